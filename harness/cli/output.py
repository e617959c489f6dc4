"""What commands share about the outside: printing, writing files, the clock, the width of the terminal."""

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from harness.errors import HarnessError
from harness.files import write_whole
from harness.report.formats import FORMATS

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="junit, sarif and github are for CI and mask mail addresses; html is one page to share.",
)


def complain(text: str) -> None:
    """Say something to the person: on stderr, each line made safe to show."""
    from harness.report.plain import plain

    lines = [plain(line, 4000) for line in text.splitlines()]
    click.echo("saml-harness: " + "\n".join(lines), err=True)


def answer(text: str) -> None:
    """Print the answer: on stdout, as it is."""
    if sys.stdout is None:
        raise HarnessError("there is no standard output to print to")
    # A terminal that cannot show a character gets its escape instead: better than no answer.
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None
    except OSError as error:
        raise HarnessError(f"cannot write to standard output: {error.strerror}") from None


def width() -> int:
    """Columns of the terminal; a hundred where there is none, within 40 to 120."""
    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def color() -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR says not to."""
    return bool(sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def the_clock() -> datetime:
    """The wall clock, asked here and nowhere else in the library."""
    return datetime.now(UTC)  # noqa: TID251  (the one place)


def refuse_same(paths: Sequence[str]) -> None:
    """Two outputs need two files. Raises HarnessError."""
    if len({Path(path).resolve() for path in paths}) != len(paths):
        raise HarnessError(f"{paths[0]}: named twice; name two files")


def refuse_existing(*paths: str) -> None:
    """Look before anything is written, so that a refusal leaves nothing half done. Raises HarnessError."""
    refuse_same(paths)
    for path in paths:
        _refuse_dash(path)
        if Path(path).is_dir():
            raise HarnessError(f"{path}: is a directory; name a file")
        if Path(path).exists():
            raise HarnessError(f"{path}: exists; --force overwrites it")


def _refuse_dash(path: str) -> None:
    """Whoever writes - means standard output, and would look for it in vain in a file of that name."""
    if path == "-":
        raise HarnessError("-: standard output cannot be named here; name a file (./- for one called so)")


def write_file(path: str, content: bytes, *, force: bool, mode: int = 0o644) -> None:
    """Write a file whole or not at all; an existing one only when forced. Raises HarnessError."""
    _refuse_dash(path)
    try:
        write_whole(Path(path), content, mode=mode, replace=force)
    except FileExistsError:
        raise HarnessError(f"{path}: exists; --force overwrites it") from None
