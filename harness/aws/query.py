"""AWS's query protocol: form parameters in, XML out. What STS and IAM share."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from xml.sax.saxutils import escape

from harness.aws.answers import Constraint, refuse_parameters, with_request_id
from harness.errors import HarnessError
from harness.report.model import Refused

Result = Mapping[str, Any]
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MAX_PRINTED = 100
"""Characters of a value that a refusal repeats."""


class ApiError(HarnessError):
    """A call is refused. ``code`` and ``http_status`` are what AWS's clients see.

    ``cause`` names the row of AWS's refusals; empty where the words are not from there.
    """

    def __init__(self, code: str, http_status: int, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.http_status = http_status
        self.cause = cause
        self.report: str | None = None
        """The ID of our report of the response, where one was refused."""


def refused(answer: Refused, request_id: str) -> ApiError:
    """A refusal as an error of the API."""
    message = with_request_id(answer.message, request_id)
    return ApiError(answer.code, answer.http_status or 400, message, answer.cause)


def over_quota(words: str) -> ApiError:
    """A quota of AWS's is exceeded. The code is AWS's, the words are ours."""
    return ApiError("LimitExceeded", 409, f"saml-harness: {words}")


@dataclass(frozen=True, slots=True)
class Member:
    """The limits of one parameter: the length of a text, the range of a number, or how many a list may hold."""

    name: str
    shortest: int = 0
    longest: int | None = None
    required: bool = False
    kind: Literal["text", "number", "list"] = "text"
    secret: bool = False
    """Its value is never printed."""
    pattern: str = ""
    """As AWS prints it; of the regular expressions in AWS's models, those that Python reads the same way."""

    @property
    def shown(self) -> str:
        """The name as AWS prints it in a constraint."""
        return self.name[:1].lower() + self.name[1:]

    def broken(self, params: Mapping[str, str]) -> Iterator[Constraint]:
        """The limits that a call breaks."""
        if self.kind == "list":
            yield from self._outside(len(listed(params, self.name)), "")
            return
        value = params.get(self.name)
        if value is None:
            if self.required:
                yield Constraint(self.shown, "null", "not be null")
            return
        said = "" if self.secret else f"'{value[:MAX_PRINTED]}'"
        if self.pattern and re.fullmatch(self.pattern, value, re.ASCII) is None:
            yield Constraint(self.shown, said, f"satisfy regular expression pattern: {self.pattern}")
        yield from self._outside(whole_number(self.name, value) if self.kind == "number" else len(value), said)

    def _outside(self, size: int, said: str) -> Iterator[Constraint]:
        what = "value" if self.kind == "number" else "length"
        if size < self.shortest:
            yield Constraint(self.shown, said, f"have {what} greater than or equal to {self.shortest}")
        if self.longest is not None and size > self.longest:
            yield Constraint(self.shown, said, f"have {what} less than or equal to {self.longest}")


def require(params: Mapping[str, str], *members: Member) -> None:
    """Refuse a call that breaks limits, naming every one of them. Raises ApiError."""
    broken = [constraint for member in members for constraint in member.broken(params)]
    if broken:
        raise refused(refuse_parameters(broken), "")


PAGE = 100
"""Entries of a list where the caller names no number: AWS's default."""
_PAGING = (Member("MaxItems", 1, 1000, kind="number"), Member("Marker", 1, 2048))


def paged(params: Mapping[str, str], name: str, entries: Mapping[str, object]) -> Result:
    """One page of a list: what stands after Marker in the order of the keys, at most MaxItems. Raises ApiError."""
    require(params, *_PAGING)
    after = _unmark(params["Marker"]) if "Marker" in params else ""
    rest = [key for key in sorted(entries) if key > after]
    shown = rest[: int(params.get("MaxItems", PAGE))]
    cut = len(rest) > len(shown)
    marker = base64.urlsafe_b64encode(shown[-1].encode()).decode("ascii") if cut else None
    return {name: [entries[key] for key in shown], "IsTruncated": cut, "Marker": marker}


def _unmark(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise ApiError("ValidationError", 400, "saml-harness: this Marker was not given out") from None


def whole_number(name: str, text: str) -> int:
    """The number that a parameter holds. Raises ApiError for what no client of AWS writes, long runs of digits too."""
    if re.fullmatch(r"-?[0-9]{1,9}", text) is None:
        raise ApiError("MalformedInput", 400, f"saml-harness: {name} is not a number of at most nine digits")
    return int(text)


def listed(params: Mapping[str, str], name: str) -> list[str]:
    """The values of ``Name.member.1``, ``Name.member.2`` and so on. Raises ApiError."""
    return [value for _, _, value in sorted(_members(params, name), key=lambda found: found[0])]


def pairs(params: Mapping[str, str], name: str) -> list[tuple[str, str]]:
    """The values of ``Name.member.N.Key`` and ``.Value``, in the order of N. Raises ApiError."""
    return [(one.get("Key", ""), one.get("Value", "")) for one in parts(params, name).values()]


def parts(params: Mapping[str, str], name: str) -> dict[int, dict[str, str]]:
    """Of every ``Name.member.N``, in the order of N: its parts and their values. Raises ApiError."""
    found: dict[int, dict[str, str]] = {}
    for index, part, value in _members(params, name):
        found.setdefault(index, {})[part] = value
    return dict(sorted(found.items()))


def _members(params: Mapping[str, str], name: str) -> Iterator[tuple[int, str, str]]:
    """Of every member of a list: its index, the name of its part ("" for a plain value), and the value."""
    for key, value in params.items():
        if key.startswith(f"{name}.member."):
            index, _, part = key.removeprefix(f"{name}.member.").partition(".")
            yield whole_number(f"the index of {key[:100]}", index), part, value


def response_xml(action: str, namespace: str, result: Result | None, request_id: str) -> str:
    """A successful answer. ``result`` None makes one without a result element, as IAM's deletions have."""
    inside = "" if result is None else f"<{action}Result>{_elements(result)}</{action}Result>"
    return (
        f'<{action}Response xmlns="{namespace}">{inside}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )


def error_xml(error: ApiError, namespace: str, request_id: str) -> str:
    """A refusal."""
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{_escaped(str(error))}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _elements(result: Result) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in result.items() if value is not None)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _elements(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(f"<member>{_value(one)}</member>" for one in value)
    return _escaped(str(value))


def _escaped(text: str) -> str:
    """Text of an element; what XML cannot hold, not even escaped, is replaced.

    A carriage return is written as a reference: whoever reads XML takes a plain one for a line feed.
    """
    return escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})
