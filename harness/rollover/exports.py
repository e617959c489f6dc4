"""What a rollover looks like from outside: a folder of real exports.

The names of files say what they hold: with a number of twelve digits, what an account's provider holds, as
``aws iam get-saml-provider`` prints it or the document alone; any other metadata is the app's; anything else is a
captured response.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UnreadableInput
from harness.saml.document import UTF8_BOM, parse
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.received import RESPONSE
from harness.saml.wire import Capture, read_capture, read_file

_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_HOW = (
    "name what an account holds after its number (111122223333.json or .xml), the app's federation metadata app.xml, "
    "a captured response response.b64"
)


@dataclass(frozen=True, slots=True)
class Export:
    """What one provider of an account holds. ``name`` is that of its file without its ending."""

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
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise UnreadableInput(f"{folder}: {error.strerror}; name a folder of exports: {_HOW}") from None
    providers: list[Export] = []
    apps: list[Metadata] = []
    responses: list[Capture] = []
    for path in paths:
        raw = read_file(str(path))
        if account := _ACCOUNT.search(path.name):
            providers.append(Export(account[0], path.stem, read_metadata(_document(raw, path), str(path))))
        elif (app := _metadata(raw, path)) is not None:
            apps.append(app)
        else:
            responses.append(_response(raw, path))
    if len(apps) != 1:
        named = ", ".join(one.name for one in apps) or "none"
        raise UnreadableInput(f"{folder}: one federation metadata document of the app is wanted, found {named}; {_HOW}")
    if not providers:
        raise UnreadableInput(f"{folder}: no file is named after an account; {_HOW}")
    return Exports(apps[0], tuple(providers), tuple(responses))


def _document(raw: bytes, path: Path) -> bytes:
    """The metadata document in an export: in the JSON that IAM's clients print, or as it is."""
    text = raw.removeprefix(UTF8_BOM).lstrip()
    if not text.startswith(b"{"):
        return raw
    try:
        document = json.loads(text)["SAMLMetadataDocument"]
    except (ValueError, KeyError, RecursionError):
        document = None
    if not isinstance(document, str):
        raise UnreadableInput(f"{path}: no SAMLMetadataDocument in it; save what aws iam get-saml-provider prints")
    return document.encode("utf-8", "replace")


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
