"""One call of Graph and its answer, without HTTP."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.entra.graph.errors import GraphError, invalid, ours, unreadable

Json = dict[str, Any]
MAX_BODY = 4_000_000
"""Bytes of a request, as Graph takes them."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request below the version: ``base`` is the address up to it, ``path`` what follows, in pieces."""

    method: str
    path: tuple[str, ...]
    now: datetime
    base: str = "https://graph.microsoft.com/v1.0"
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    authorization: str = ""

    @property
    def beta(self) -> bool:
        return "/beta" in self.base

    def json(self) -> Json:
        """The body, which must be one JSON object; annotations are left out. Raises GraphError."""
        try:
            data = json.loads(self.body)
            json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            raise unreadable(str(error)) from None
        if not isinstance(data, dict):
            raise unreadable("not an object")
        return {key: value for key, value in data.items() if not key.startswith("@odata.") or key == "@odata.id"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and, mostly, a JSON object."""

    status: int
    body: Json | None = None


def entity(call: Call, name: str, data: Json, status: int = 200) -> Answer:
    """One object, with the context that names its collection. Raises GraphError for a query that is not taken."""
    refuse_other_options(call, {"$select"})
    context = {"@odata.context": f"{call.base}/$metadata#{name}/$entity"}
    return Answer(status, {**context, **selected(call, data)})


def refuse_other_options(call: Call, known: Collection[str]) -> None:
    """Refuse an option that would silently do nothing, such as ``$expand``. Raises GraphError."""
    for key in call.query:
        if key.startswith("$") and key not in known:
            raise ours(f"this mock has no {key} here; it takes {', '.join(sorted(known))}")


def selected(call: Call, data: Json) -> Json:
    """Of an object, what ``$select`` names. A name that it does not have is left out, as Graph does."""
    if "$select" not in call.query:
        return data
    wanted = {name.strip() for name in call.query["$select"].split(",")}
    return {name: value for name, value in data.items() if name in wanted}


def error_body(error: GraphError, now: datetime | None, request_id: str, client_request_id: str) -> Json:
    """An error in Graph's form; without its instant where nobody could ask the clock."""
    when = {} if now is None else {"date": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"}
    inner = {**when, "request-id": request_id, "client-request-id": client_request_id}
    details = [{"code": code, "message": message, "target": target} for code, message, target in error.details]
    told: Json = {"code": error.code, "message": error.message}
    return {"error": {**told, **({"details": details} if details else {}), "innerError": inner}}


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there. Raises GraphError."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise invalid([(name, "a text is needed")])
    return value


def optional_text(data: Mapping[str, Any], name: str) -> str | None:
    """A text, or None where it is null or missing. Raises GraphError."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid([(name, "not a text")])
    return value or None


def flag(value: object, name: str) -> bool:
    """True or false, and nothing that looks like it. Raises GraphError."""
    if not isinstance(value, bool):
        raise invalid([(name, "neither true nor false")])
    return value


def objects(value: object, name: str) -> Sequence[Json]:
    """A list of objects. Raises GraphError."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid([(name, "not a list of objects")])
    return value


def stamp(moment: datetime | None) -> str | None:
    """An instant as Graph prints most of them."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment(value: object, name: str) -> datetime:
    """An instant from JSON. Raises GraphError."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may be before the year 1
        pass
    raise invalid([(name, "not an instant such as 2029-01-15T07:02:19Z")])
