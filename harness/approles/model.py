"""An app role as Graph holds it, and the three forms in which a list of them arrives as JSON."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.arn import RolePair
from harness.errors import UnreadableInput

NAMESPACE = uuid.UUID("0d0a1b0e-2f4f-5c55-9f0f-5b7f6b1f9c53")
MSIAM = "msiam_access"
MSIAM_ID = "7dfd756e-8c27-4472-b2b7-38c17fc5de5e"
"""The id of ``msiam_access`` in the tutorial; an app's own is kept when its live list is known."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEYS = ("allowedMemberTypes", "description", "displayName", "id", "isEnabled", "origin", "value")


@dataclass(frozen=True)
class AppRole:
    """One entry of ``appRoles``. Without a value it only lets the user in."""

    id: str
    display_name: str
    value: str | None
    description: str = ""
    enabled: bool = True
    origin: str = "ServicePrincipal"
    member_types: tuple[str, ...] = ("User",)
    others: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Keys that this program does not know; they are sent back as they came."""

    def as_json(self) -> dict[str, Any]:
        """The entry as the PATCH body carries it, its keys in the order of the tutorial."""
        own = (list(self.member_types), self.description, self.display_name, self.id, self.enabled, self.origin)
        return {**dict(zip(_KEYS, (*own, self.value), strict=True)), **self.others}

    def with_enabled(self, enabled: bool) -> "AppRole":
        return replace(self, enabled=enabled)


def msiam_access() -> AppRole:
    """The entry that every AWS app of the gallery is born with."""
    return AppRole(MSIAM_ID, MSIAM, None, MSIAM, origin="Application")


def app_role(pair: RolePair) -> AppRole:
    """The entry for a role pair: named ``Role,Provider``, role first, its id derived from the value."""
    name, value = f"{pair.role.name},{pair.provider.name}", str(pair)
    return AppRole(str(uuid.uuid5(NAMESPACE, value)), name, value, name)


def body(roles: Sequence[AppRole]) -> dict[str, Any]:
    """The body of ``PATCH /servicePrincipals/{id}``."""
    return {"appRoles": [role.as_json() for role in roles]}


def decode(raw: bytes, name: str) -> str:
    """The text of a file, in UTF-8 or, with its mark, UTF-16 as PowerShell writes. Raises UnreadableInput."""
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UnreadableInput(f"{name}: binary data; expected lines of <Role ARN>,<Trusted entities>, or JSON")
    if not text.strip():
        raise UnreadableInput(f"{name}: is empty")
    return text


def parse_json(text: str, name: str) -> object:
    """The data in a JSON text. Raises UnreadableInput, also for a text in it that no file could hold."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(f"{name}: not JSON: {error}") from None
    if "\\ud" in text.lower() and (place := _half_a_character(data)) is not None:
        raise UnreadableInput(f"{name}: {place}: half of a surrogate pair, which is no character; export it again")
    return data


def _half_a_character(data: object) -> str | None:
    """Where the first text stands that holds a lone surrogate, such as ``appRoles[0].value``."""
    waiting: list[tuple[str, object]] = [("", data)]
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, str) and _SURROGATE.search(one):
            return place.lstrip(".") or "the text"
        if isinstance(one, dict):
            waiting += [(f"{place}.(a key)", key) for key in one]
            waiting += [(f"{place}.{key}", value) for key, value in one.items()]
        elif isinstance(one, list):
            waiting += [(f"{place}[{number}]", value) for number, value in enumerate(one)]
    return None


def read_live(raw: bytes, name: str) -> tuple[AppRole, ...]:
    """The app roles in a service principal, a PATCH body or a bare list. Raises UnreadableInput."""
    return live_roles(parse_json(decode(raw, name), name), name)


def live_roles(data: object, name: str) -> tuple[AppRole, ...]:
    """The app roles in JSON data; every entry that is none is named. Raises UnreadableInput."""
    entries = _entries(data, name)
    faults = [f"  appRoles[{number}]: {fault}" for number, entry in enumerate(entries) if (fault := _fault(entry))]
    if faults:
        raise UnreadableInput("\n".join([f"{name}: {count(len(faults), 'entry')} no app role", *capped(faults)]))
    return tuple(_role(entry) for entry in entries)


def _entries(data: object, name: str) -> list[Any]:
    """The list, wherever it stands: Graph's list answer may hold one service principal."""
    if isinstance(data, dict) and "appRoles" not in data and isinstance(data.get("value"), list):
        found = data["value"]
        if len(found) != 1:
            raise UnreadableInput(f"{name}: a list of {len(found)} service principals; save the one you mean")
        data = found[0]
    if isinstance(data, dict):
        data = data.get("appRoles")
    if not isinstance(data, list):
        raise UnreadableInput(f"{name}: no app roles; expected a service principal, a list, or an object with appRoles")
    return data


def _fault(entry: object) -> str:
    """What of an entry has another type than Graph gives it; "" when all is well."""
    if not isinstance(entry, dict):
        return "not an object"
    for key in ("id", "displayName"):
        if not isinstance(entry.get(key), str):
            return f"{key} is no text"
    for key in ("description", "value", "origin"):
        if not isinstance(entry.get(key), str | None):
            return f"{key} is no text"
    if not isinstance(entry.get("isEnabled", True), bool):
        return "isEnabled is neither true nor false"
    types = entry.get("allowedMemberTypes", ["User"])
    good = isinstance(types, list) and all(isinstance(one, str) for one in types)
    return "" if good else "allowedMemberTypes is no list of texts"


def _role(entry: Mapping[str, Any]) -> AppRole:
    return AppRole(
        id=entry["id"],
        display_name=entry["displayName"],
        value=entry.get("value"),
        description=entry.get("description") or "",
        enabled=entry.get("isEnabled", True),
        origin=entry.get("origin") or "ServicePrincipal",
        member_types=tuple(entry.get("allowedMemberTypes", ["User"])),
        others={key: value for key, value in entry.items() if key not in _KEYS},
    )


def capped(lines: Sequence[str], most: int = 50) -> list[str]:
    """The first lines, and how many more there are."""
    return [*lines[:most], *([f"  and {len(lines) - most:,} more"] if len(lines) > most else [])]


def count(number: int, noun: str) -> str:
    """A number with its noun, as "2 entries are" and "1 entry is" start."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"1 {noun} is" if number == 1 else f"{number:,} {plural} are"
