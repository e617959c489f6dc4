"""The signing keys behind declared certificates, in the form of Entra's own.

Private keys are held in memory or, with a folder, in files that only their owner can read. The same
scenario gives the same certificates until its keys are removed.
"""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from harness.errors import BadKey, HarnessError
from harness.files import write_whole
from harness.saml.keys import Certificate, SigningKey, make_signing_key, signing_key_from_pem
from harness.scenario.model import App
from harness.scenario.model import Certificate as Declared

SUBJECT = "Microsoft Azure Federated SSO Certificate"
TENANT_SUBJECT = "accounts.accesscontrol.windows.net"
TENANT_KEY_FROM, TENANT_KEY_UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)


class KeyStore:
    """The signing keys of a scenario's apps, made when first asked for.

    ``folder`` None keeps them in memory only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: dict[tuple[str, str], SigningKey] = {}
        self._tenant: SigningKey | None = None
        self._lock = threading.Lock()

    def key(self, app: App, declared: Declared) -> SigningKey:
        """The key pair of one declared certificate. Raises BadKey when its file cannot be used."""
        wanted = (app.name, declared.name)
        with self._lock:
            if wanted not in self._keys:
                name = "+".join(map(_file_name, wanted))
                self._keys[wanted] = self._load(name, declared) or self._save(name, declared)
            return self._keys[wanted]

    def use(self, app: App, declared: Declared, key: SigningKey) -> None:
        """Take a key of somebody's own for a declared certificate; it is held in memory only."""
        with self._lock:
            self._keys[app.name, declared.name] = key

    def certificate(self, app: App, declared: Declared) -> Certificate:
        return self.key(app, declared).certificate

    def tenant_key(self) -> SigningKey:
        """The tenant-wide key, which signs for no enterprise application: metadata without ``appid`` lists it."""
        with self._lock:
            if self._tenant is None:
                self._tenant = make_signing_key(TENANT_SUBJECT, TENANT_KEY_FROM, TENANT_KEY_UNTIL)
            return self._tenant

    def _load(self, name: str, declared: Declared) -> SigningKey | None:
        if self._folder is None:
            return None
        path = self._folder / f"{name}.pem"
        try:
            _require_private(path)
            pem = path.read_bytes()
            key = signing_key_from_pem(pem, pem, own_file=True)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, BadKey) as error:
            said = str(error).removeprefix(f"{path}: ")
            raise BadKey(f"{path}: {said}; or remove it to have a new key made") from error
        wanted = (declared.not_before.replace(microsecond=0), declared.not_after.replace(microsecond=0))
        if (key.certificate.not_before, key.certificate.not_after) != wanted:
            raise BadKey(
                f"{path}: its dates are not those of certificate {declared.name!r}; remove it to have a new key made"
            )
        return key

    def _save(self, name: str, declared: Declared) -> SigningKey:
        key = new_key(declared)
        if self._folder is None:
            return key
        try:
            write_private(self._folder / f"{name}.pem", key.private_pem() + key.certificate.pem.encode())
        except FileExistsError:
            # Another process was first: there is one key for a certificate, and it is that one.
            return self._load(name, declared) or key
        return key


def new_key(declared: Declared) -> SigningKey:
    """A new key in the form of Entra's: self-signed, no extensions, a serial of 16 bytes below 0x80."""
    serial = int.from_bytes(bytes([os.urandom(1)[0] & 0x7F | 0x10]) + os.urandom(15), "big")
    return make_signing_key(declared.subject or SUBJECT, declared.not_before, declared.not_after, serial=serial)


def default_folder(scenario_name: str) -> Path:
    """The per-user state folder of a scenario. A relative XDG_STATE_HOME is ignored, as its specification says."""
    base = Path(os.environ.get("XDG_STATE_HOME") or "")
    if not base.is_absolute():
        base = Path.home() / ".local" / "state"
    return base / "saml-harness" / scenario_name


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read. Raises FileExistsError, and HarnessError for anything else."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_private(path.parent)
    except OSError as error:
        raise HarnessError(
            f"{path}: cannot be written ({error.strerror}); choose another folder with --keys"
        ) from error
    write_whole(path, content, mode=0o600)


def _require_private(path: Path) -> None:
    """Refuse a key file or folder that others can read. Raises BadKey with the cure, and OSError."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        safe = "700" if path.is_dir() else "600"
        raise BadKey(f"{path}: others may read it (mode {mode:03o}); chmod {safe} {path}")


def _file_name(text: str) -> str:
    """Different names never become the same: two apps that share a key would hide a wrong metadata document."""
    return quote(text, safe="")
