"""What a rollover looks like from outside: a folder of real exports, flat or as ``scenario import`` takes it.

A number of twelve digits, in the name of a file or of a folder above it, says whose account it is: there lies what a
provider holds, as ``aws iam get-saml-provider`` prints it or the document alone. Any other metadata is the app's, what
else Graph and IAM print is passed over, and the rest are captured responses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.approles.model import decode, parse_json
from harness.errors import UnreadableInput
from harness.saml.document import UTF8_BOM, parse
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.received import RESPONSE
from harness.saml.wire import Capture, read_capture, read_file
from harness.scenario.exports import account_of, is_of_graph, is_of_iam

_ACCOUNT = re.compile(
    r"(?<![0-9])(?<![0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)[0-9]{12}(?![0-9])", re.IGNORECASE
)
"""Twelve digits, unless an object id of Entra's happens to end in them."""
_HOW = (
    "name what an account holds after its number (111122223333.json or .xml, or a folder 111122223333), the app's "
    "federation metadata app.xml, a captured response response.b64"
)


@dataclass(frozen=True, slots=True)
class Export:
    """What one provider of an account holds. ``name`` is that of its file without its ending, after its account."""

    account: str
    name: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Exports:
    """Everything in the folder."""

    app: Metadata
    providers: tuple[Export, ...]
    responses: tuple[Capture, ...]


def read_exports(folder: Path) -> Exports:
    """Read a folder of exports. Raises UnreadableInput, which names the file and what belongs there."""
    providers: list[Export] = []
    apps: list[Metadata] = []
    responses: list[Capture] = []
    bare: dict[str, Path] = {}
    for path in _files(folder):
        raw = read_file(str(path))
        data = _json(raw, path)
        if is_of_graph(path, data):
            continue
        if account := _account(path, folder):
            if (document := _document(raw, data, path)) is None:
                bare.setdefault(account, path)
            else:
                providers.append(Export(account, _name(account, path), read_metadata(document, str(path))))
        elif (app := _metadata(raw, path)) is not None:
            apps.append(app)
        else:
            responses.append(_response(raw, path))
    if len(apps) != 1:
        named = ", ".join(one.name for one in apps) or "none"
        raise UnreadableInput(f"{folder}: one federation metadata document of the app is wanted, found {named}; {_HOW}")
    _refuse_bare(bare, {one.account for one in providers})
    if not providers:
        raise UnreadableInput(f"{folder}: no file is named after an account; {_HOW}")
    return Exports(apps[0], tuple(providers), tuple(responses))


def _files(folder: Path) -> Iterator[Path]:
    """Every file that is not hidden, however deep."""
    try:
        next(folder.iterdir(), None)  # rglob is silent about a folder that is none
        found = sorted(path for path in folder.rglob("*") if path.is_file())
    except OSError as error:
        raise UnreadableInput(f"{folder}: {error.strerror}; name a folder of exports: {_HOW}") from None
    for path in found:
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _account(path: Path, folder: Path) -> str | None:
    """Whose file it is, by its own name or else that of a folder above it."""
    own = _ACCOUNT.search(path.name)
    return own[0] if own else account_of(path.relative_to(folder))


def _name(account: str, path: Path) -> str:
    return path.stem if account in path.stem else f"{account}/{path.stem}"


def _refuse_bare(bare: dict[str, Path], held: set[str]) -> None:
    """An account of which nothing is known must not look like one that is safe."""
    for account, path in bare.items():
        if account not in held:
            raise UnreadableInput(
                f"{path}: of account {account} there is no SAMLMetadataDocument beside it; save what aws iam "
                "get-saml-provider prints, or leave the account out"
            )


def _json(raw: bytes, path: Path) -> object:
    """The data in a file, None where it is no JSON."""
    if not raw.removeprefix(UTF8_BOM).lstrip().startswith((b"{", b"[", b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        return parse_json(decode(raw, str(path)), str(path))
    except UnreadableInput:
        return None


def _document(raw: bytes, data: object, path: Path) -> bytes | None:
    """The metadata document in an account's file, out of the JSON or as it is; None in what else IAM prints."""
    if data is None and not raw.removeprefix(UTF8_BOM).lstrip().startswith(b"{"):
        return raw
    document = data.get("SAMLMetadataDocument") if isinstance(data, dict) else None
    if document is None and is_of_iam(data):
        return None
    if not isinstance(document, str):
        raise UnreadableInput(f"{path}: no SAMLMetadataDocument in it; save what aws iam get-saml-provider prints")
    return document.encode()


def _metadata(raw: bytes, path: Path) -> Metadata | None:
    """The document, when it is metadata."""
    try:
        return read_metadata(raw, str(path))
    except UnreadableInput:
        return None


def _response(raw: bytes, path: Path) -> Capture:
    try:
        capture = read_capture(raw, str(path))
    except UnreadableInput as error:
        raise UnreadableInput(f"{error}; {_HOW}") from None
    root = parse(capture.xml).root
    if root is None or root.tag != RESPONSE:
        raise UnreadableInput(f"{path}: neither federation metadata nor a SAML response; {_HOW}")
    return capture
