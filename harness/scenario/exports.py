"""A folder of real exports, read: what Microsoft Graph and the AWS command line print, and federation metadata.

What a file is gets recognised by what is in it. Only two things are said by names: the AWS account, by a folder of
twelve digits, and whose members a file of group members lists, by a folder ``members`` and the group's object id.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from harness.approles.model import capped, decode, parse_json
from harness.arn import ACCOUNT_ID
from harness.errors import UnreadableInput
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.wire import read_file

MOST_FILES = 20_000
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Placed(NamedTuple):
    """One object of an export, and where it stands."""

    place: str
    data: dict[str, Any]

    def text(self, key: str) -> str | None:
        """A text, or None where it is missing or null. Raises UnreadableInput for anything else."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise UnreadableInput(f"{self.place}: {key} is no text")
        return value or None

    def required(self, key: str) -> str:
        """A text that must be there. Raises UnreadableInput."""
        value = self.text(key)
        if value is None:
            raise UnreadableInput(f"{self.place}: has no {key}; export it whole, without $select of other fields")
        return value

    def inner(self, key: str) -> "Placed":
        """An object within; an absent one is empty. Raises UnreadableInput."""
        value = self.data.get(key) or {}
        if not isinstance(value, dict):
            raise UnreadableInput(f"{self.place}: {key} is no object")
        return Placed(f"{self.place}: {key}", value)

    def entries(self, key: str) -> "list[Placed]":
        """A list of objects; an absent one is empty. Raises UnreadableInput."""
        return _placed(self.data.get(key) or [], f"{self.place}: {key}")


@dataclass
class AccountExport:
    """One AWS account's folder."""

    id: str
    roles: list[Placed] = field(default_factory=list)
    providers: list[Placed] = field(default_factory=list)
    documents: dict[str, tuple[Path, Metadata]] = field(default_factory=dict)
    """Metadata by the name of the file it came in: ``get-saml-provider`` does not say whose it is."""
    alias: str | None = None
    alias_place: str = ""


@dataclass
class Export:
    """Everything that a folder holds."""

    folder: Path
    apps: list[Placed] = field(default_factory=list)
    assignments: list[Placed] = field(default_factory=list)
    users: list[Placed] = field(default_factory=list)
    groups: list[Placed] = field(default_factory=list)
    members: dict[str, list[Placed]] = field(default_factory=dict)
    organizations: list[Placed] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    accounts: dict[str, AccountExport] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def read_export(folder: Path) -> Export:
    """The export in a folder. Raises UnreadableInput, which lists every file that cannot be read."""
    if not folder.is_dir():
        raise UnreadableInput(f"{folder}: not a folder; give the one that holds the exports")
    export, faults, unfinished = Export(folder), [], dict[str, list[str]]()
    for path in _files(folder):
        try:
            _read(export, path, unfinished)
        except UnreadableInput as error:
            faults.append(f"  {error}")
    faults += [f"  {fault}" for fault in _missing_pages(export, unfinished)]
    if faults:
        raise UnreadableInput("\n".join([f"{folder}: cannot be imported", *capped(faults)]))
    _fold(export)
    if not export.apps and not export.accounts:
        raise UnreadableInput(f"{folder}: holds no service principal and no AWS account; docs/exports.md lists both")
    return export


def _fold(export: Export) -> None:
    """What was saved twice is there once."""
    for kind in ("apps", "assignments", "users", "groups", "organizations"):
        setattr(export, kind, _folded(getattr(export, kind), "id"))
    for account in export.accounts.values():
        account.roles = _folded(account.roles, "Arn")
        account.providers = _folded(account.providers, "Arn")


def _folded(found: list[Placed], key: str) -> list[Placed]:
    """Each object once, with all that is known of it. Raises UnreadableInput where two files contradict each other."""
    known: dict[str, Placed] = {}
    for one in found:
        name = one.data.get(key)
        first = known.setdefault(name if isinstance(name, str) else one.place, one)
        both = (field for field in first.data.keys() & one.data.keys() if not field.startswith("@"))
        if differing := sorted(field for field in both if first.data[field] != one.data[field]):
            raise UnreadableInput(f"{one.place}: {differing[0]} of {name} is another in {first.place}; keep the newer")
        first.data.update(one.data)
    return [*known.values()]


def _files(folder: Path) -> Iterator[Path]:
    found = [one for one in sorted(folder.rglob("*")) if one.suffix in (".json", ".xml") and one.is_file()]
    if len(found) > MOST_FILES:
        raise UnreadableInput(f"{folder}: more than {MOST_FILES:,} files; give the folder of the exports alone")
    yield from found


def _read(export: Export, path: Path, unfinished: dict[str, list[str]]) -> None:
    raw = read_file(str(path))
    if path.suffix == ".xml":
        export.metadata.append(read_metadata(raw, str(path)))
        return
    data = parse_json(decode(raw, str(path)), str(path))
    if is_of_iam(data):
        _read_aws(export, path, data, account_of(path))
        return
    kind = _read_graph(export, path, data)
    if isinstance(data, dict) and data.get("@odata.nextLink"):
        unfinished.setdefault(kind, []).append(str(path))


_AWS = ("Roles", "SAMLProviderList", "SAMLMetadataDocument", "AccountAliases")


def is_of_iam(data: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is what one of IAM's commands prints."""
    return isinstance(data, dict) and any(key in data for key in _AWS)


def is_of_graph(path: Path, data: object) -> bool:
    """Whether this is what Graph prints; an empty list is taken for one."""
    found = [data] if (listed := _listed(data)) is None else listed
    return all(isinstance(one, dict) and (_group_of(path) or _kind(one)) for one in found)


def account_of(path: Path) -> str | None:
    """The AWS account whose folder a file lies in."""
    return next((part for part in reversed(path.parts[:-1]) if ACCOUNT_ID.fullmatch(part)), None)


def _listed(data: object) -> list[Any] | None:
    """The list that Graph answers with, or that a program made of it."""
    listed = data.get("value") if isinstance(data, dict) else data
    return listed if isinstance(listed, list) else None


def _group_of(path: Path) -> str | None:
    """The group whose members a file lists."""
    group = path.name.split(".")[0].lower()
    return group if path.parent.name == "members" and _GUID.fullmatch(group) else None


def _read_aws(export: Export, path: Path, data: dict[str, Any], account: str | None) -> None:
    if account is None:
        raise UnreadableInput(f"{path}: of which AWS account? Put it into a folder named by the account's 12 digits")
    if data.get("IsTruncated") or data.get("NextToken"):
        raise UnreadableInput(f"{path}: is cut off (IsTruncated); let the AWS command line page, without --max-items")
    held = export.accounts.setdefault(account, AccountExport(account))
    held.roles += _placed(data.get("Roles") or [], f"{path}: Roles")
    held.providers += _placed(data.get("SAMLProviderList") or [], f"{path}: SAMLProviderList")
    if isinstance(document := data.get("SAMLMetadataDocument"), str):
        held.documents[path.stem] = (path, read_metadata(document.encode(), str(path)))
    for alias in data.get("AccountAliases") or []:
        if not isinstance(alias, str):
            raise UnreadableInput(f"{path}: AccountAliases holds what is no text")
        if held.alias not in (None, alias):
            raise UnreadableInput(
                f"{path}: the alias is {alias}, and in {held.alias_place} {held.alias}; keep the newer"
            )
        held.alias, held.alias_place = alias, str(path)


def _read_graph(export: Export, path: Path, data: object) -> str:
    """Put each object where it belongs; the kind of the file."""
    found = _placed([data] if (listed := _listed(data)) is None else listed, str(path))
    if group := _group_of(path):
        export.members.setdefault(group, []).extend(found)
        return f"members of {group}"
    kinds = {_kind(one.data) for one in found} or {"nothing"}
    if len(kinds) > 1 or (kind := kinds.pop()) == "":
        export.ignored.append(f"{path}: neither service principal, assignments, users, groups nor organization")
        return str(path)
    if kind != "nothing":
        getattr(export, kind).extend(found)
    return kind


def _kind(data: dict[str, Any]) -> str:
    """Which list of an export an object of Graph belongs to."""
    if "appRoleId" in data and "principalId" in data:
        return "assignments"
    if "appRoles" in data or "servicePrincipalType" in data:
        return "apps"
    if "userPrincipalName" in data:
        return "users"
    if "verifiedDomains" in data:
        return "organizations"
    if "securityEnabled" in data or "groupTypes" in data or "#microsoft.graph.group" in str(data.get("@odata.type")):
        return "groups"
    return ""


def _missing_pages(export: Export, unfinished: dict[str, list[str]]) -> Iterator[str]:
    """Files that name a next page which is nowhere: as many pages of a kind as name another cannot be all."""
    for kind, paths in unfinished.items():
        pages = {one.place.rpartition("[")[0] for one in _of_kind(export, kind)}
        if len(pages) <= len(paths):
            yield f"{paths[-1]}: names another page (@odata.nextLink); save that beside it, or export with all pages"


def _of_kind(export: Export, kind: str) -> list[Placed]:
    if kind.startswith("members of "):
        return export.members.get(kind.removeprefix("members of "), [])
    return getattr(export, kind, [])


def _placed(found: object, place: str) -> list[Placed]:
    if not isinstance(found, list):
        raise UnreadableInput(f"{place}: is no list")
    for number, one in enumerate(found):
        if not isinstance(one, dict):
            raise UnreadableInput(f"{place}[{number}]: is no object")
    return [Placed(f"{place}[{number}]", one) for number, one in enumerate(found)]
