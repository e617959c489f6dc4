"""Files are written whole or not at all, to the path given and nowhere else."""

import contextlib
import os
import secrets
from pathlib import Path

from harness.errors import HarnessError


def write_whole(path: Path, content: bytes, *, mode: int = 0o644, replace: bool = False) -> None:
    """Write a file beside its place, then put it there. ``mode`` is lessened by the umask.

    Without ``replace`` an existing file stays: FileExistsError. Raises HarnessError for anything else that
    cannot be written, and for a target that is no regular file.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.is_dir():
        raise HarnessError(f"{path}: is a directory; name a file")
    if target.exists() and not target.is_file():
        raise HarnessError(f"{path}: is no regular file; name one")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        _write(temporary, content, mode)
        if replace:
            temporary.replace(target)
        else:
            os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        raise HarnessError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
