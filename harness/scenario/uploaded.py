"""A metadata file of a scenario: XML, or what ``aws iam get-saml-provider`` prints."""

import json

from harness.errors import UnreadableInput
from harness.saml.wire import read_file


def read_uploaded(path: str) -> bytes:
    """The document that a SAML provider was given. Raises UnreadableInput."""
    raw = read_file(path)
    if not raw.lstrip().startswith(b"{"):
        return raw
    try:
        document = json.loads(raw)["SAMLMetadataDocument"]
    except (ValueError, KeyError, RecursionError):
        raise UnreadableInput(f"{path}: JSON, but not what aws iam get-saml-provider prints") from None
    if not isinstance(document, str):
        raise UnreadableInput(f"{path}: SAMLMetadataDocument is no text")
    return document.encode()
