"""An app's signing certificates: which one signs, and certificates in the form of Entra's own.

Private keys are held in memory or, with a folder, in files that only their owner can read. The same
scenario gives the same certificates until its keys are removed.
"""

import os
import tempfile
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from harness.errors import BadKey, HarnessError
from harness.saml.keys import Certificate, SigningKey, make_signing_key, signing_key_from_pem
from harness.scenario.model import App
from harness.scenario.model import Certificate as Declared

SUBJECT = "Microsoft Azure Federated SSO Certificate"


def active_certificate(app: App, now: datetime) -> Declared:
    """The certificate that signs at ``now``.

    The active one; but once it has expired, a valid inactive one is used by itself. With nothing valid, Entra
    goes on signing with the expired one: whether that works is the service provider's decision.
    """
    active = next((one for one in app.certificates if one.active), app.certificates[0])
    if active.not_after > now:
        return active
    valid = [one for one in app.certificates if one.not_before <= now < one.not_after]
    return max(valid, key=lambda one: one.not_after, default=active)


class KeyStore:
    """The signing keys of a scenario's apps, made when first asked for.

    ``folder`` None keeps them in memory only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: dict[str, SigningKey] = {}

    def key(self, app: App, declared: Declared) -> SigningKey:
        """The key pair of one declared certificate. Raises BadKey when its file cannot be used."""
        name = f"{_file_name(app.name)}+{_file_name(declared.name)}"
        if name not in self._keys:
            self._keys[name] = self._load(name, declared) or self._save(name, new_key(declared))
        return self._keys[name]

    def certificate(self, app: App, declared: Declared) -> Certificate:
        return self.key(app, declared).certificate

    def _load(self, name: str, declared: Declared) -> SigningKey | None:
        if self._folder is None:
            return None
        path = self._folder / f"{name}.pem"
        try:
            pem = path.read_bytes()
            key = signing_key_from_pem(pem, pem, own_file=True)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, BadKey) as error:
            raise BadKey(f"{path}: {error}; remove it to have a new key made") from error
        wanted = (declared.not_before.replace(microsecond=0), declared.not_after.replace(microsecond=0))
        if (key.certificate.not_before, key.certificate.not_after) != wanted:
            raise BadKey(
                f"{path}: its dates are not those of certificate {declared.name!r}; remove it to have a new key made"
            )
        return key

    def _save(self, name: str, key: SigningKey) -> SigningKey:
        if self._folder is not None:
            write_private(self._folder / f"{name}.pem", key.private_pem() + key.certificate.pem.encode())
        return key


def new_key(declared: Declared) -> SigningKey:
    """A new key in the form of Entra's: self-signed, no extensions, a serial of 16 bytes below 0x80."""
    serial = int.from_bytes(bytes([os.urandom(1)[0] & 0x7F | 0x10]) + os.urandom(15), "big")
    return make_signing_key(SUBJECT, declared.not_before, declared.not_after, serial=serial)


def default_folder(scenario_name: str) -> Path:
    """The per-user state folder of a scenario."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "saml-harness" / scenario_name


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises HarnessError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HarnessError(
            f"{path}: cannot be written ({error.strerror}); choose another folder with --keys"
        ) from error


def _file_name(text: str) -> str:
    """Different names never become the same: two apps that share a key would hide a wrong metadata document."""
    return quote(text, safe="")
