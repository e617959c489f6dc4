"""The tags of what IAM holds, within the limits that IAM documents. The words of a refusal are ours."""

import unicodedata
from collections.abc import Mapping

from harness.aws.query import ApiError, over_quota, pairs

MAX_TAGS = 50
"""That one role or provider holds."""
_SIGNS = "_.:/=+-@"


def tags_of(params: Mapping[str, str], held: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is held, and the tags that a call adds. Raises ApiError for what IAM documents not to take."""
    added = pairs(params, "Tags")
    for key, value in added:
        if fault := _fault(key, value):
            raise ApiError("ValidationError", 400, f"saml-harness: tag {key[:40]!r}: {fault}")
    tags = {**(held or {}), **dict(added)}
    if len(tags) > MAX_TAGS:
        raise over_quota(f"a role or provider has at most {MAX_TAGS} tags")
    return tags


def _fault(key: str, value: str) -> str:
    if not 1 <= len(key) <= 128:
        return "a key has 1 to 128 characters"
    if len(value) > 256:
        return "a value has at most 256 characters"
    if key.lower().startswith("aws:"):
        return "keys that begin with aws: are AWS's own"
    if not all(one in _SIGNS or unicodedata.category(one)[0] in "LZN" for one in key + value):
        return f"keys and values hold letters, digits, blanks and {' '.join(_SIGNS)}"
    return ""
