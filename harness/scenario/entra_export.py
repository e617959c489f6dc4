"""Who is assigned to what, from Graph's exports: users, groups with their direct members, and assignments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.approles.model import AppRole, capped
from harness.errors import UnreadableInput
from harness.scenario.exports import Export, Placed

NO_ROLE = "00000000-0000-0000-0000-000000000000"
_USER = {"displayName": "display_name", "givenName": "given_name", "surname": "surname", "mail": "mail",
         "employeeId": "employee_id"}  # fmt: skip
_FURTHER = ("department", "jobTitle", "companyName", "onPremisesSamAccountName", "onPremisesUserPrincipalName")
Apps = Mapping[str, tuple[dict[str, Any], Sequence[AppRole]]]


@dataclass
class People:
    """The tables of users and groups; assignments went into the apps."""

    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def people(export: Export, apps: Apps) -> People:
    """Users and groups as far as an app is assigned to them. Assignments are put into the apps' tables.

    Raises UnreadableInput, which lists every assignment that names nobody of the export.
    """
    found = _People(export, apps)
    found.assign()
    return found.tables()


class _People:
    """Principals by object id."""

    def __init__(self, export: Export, apps: Apps) -> None:
        self.export, self.apps = export, apps
        self.users = {one.required("id").lower(): one for one in export.users}
        self.groups = {one.required("id").lower(): one for one in export.groups}
        for members in export.members.values():
            for one in members:
                if one.text("userPrincipalName"):
                    self.users.setdefault(one.required("id").lower(), one)
        names = Counter(one.text("displayName") for one in self.groups.values())
        self.group_names = {
            key: f"{one.required('displayName')} {key[:8]}" if names[one.text("displayName")] > 1
            else one.required("displayName")
            for key, one in self.groups.items()
        }  # fmt: skip
        self.needed: dict[str, None] = {}
        self.notes: list[str] = []

    def assign(self) -> None:
        """Put every assignment into its app."""
        faults = [fault for one in self.export.assignments if (fault := self._assign(one))]
        if faults:
            raise UnreadableInput("\n".join([f"{self.export.folder}: assignments that name nothing", *capped(faults)]))

    def _assign(self, one: Placed) -> str:
        """Put one assignment into its app; why that cannot be, "" when all is well."""
        principal, resource = one.required("principalId").lower(), one.required("resourceId")
        if resource not in self.apps:
            return f"  {one.place}: no service principal {resource} in the export; export it too"
        table, roles = self.apps[resource]
        if one.required("appRoleId") == NO_ROLE:
            self.notes.append(f"{one.place}: default access carries no role; left out.")
            return ""
        if one.required("appRoleId").lower() not in {role.id.lower() for role in roles}:
            return f"  {one.place}: the app has no role {one.text('appRoleId')}; export both at the same time"
        if one.text("principalType") == "ServicePrincipal":
            self.notes.append(f"{one.place}: a service principal does not sign in; left out.")
            return ""
        name = self._name(principal)
        if name is None:
            called = one.text("principalDisplayName")
            return f"  {one.place}: no user or group {principal} ({called}) in the export; export users and groups"
        table.setdefault("assignments", []).append({"to": name, "role": one.required("appRoleId").lower()})
        return ""

    def _name(self, principal: str) -> str | None:
        """What the scenario calls a principal, who is needed from now on."""
        if principal in self.users:
            self.needed[principal] = None
            return self.users[principal].required("userPrincipalName")
        if principal in self.groups:
            if principal not in self.needed:
                self.needed[principal] = None
                for one in self._members(principal):
                    self._name(one)
            return self.group_names[principal]
        return None

    def _members(self, group: str) -> list[str]:
        """The direct members that the export knows: users and groups."""
        listed = self.export.members.get(group)
        if listed is None:
            listed = self.groups[group].entries("members")
            if "members" not in self.groups[group].data:
                self.notes.append(f"group {self.group_names[group]}: no members exported (members/{group}.json).")
        found = [one.required("id").lower() for one in listed]
        return [one for one in found if one in self.users or one in self.groups]

    def tables(self) -> People:
        """Those who are needed, in the order of the export."""
        users = [self._user(one) for key, one in self.users.items() if key in self.needed]
        groups = [
            {"name": self.group_names[key], "object_id": key,
             "members": [name for one in self._members(key) if (name := self._name(one))]}
            for key in self.groups if key in self.needed
        ]  # fmt: skip
        left = len(self.users) - len(users)
        if left:
            self.notes.append(f"{left:,} users are assigned to nothing; left out.")
        return People(users, groups, list(dict.fromkeys(self.notes)))

    def _user(self, one: Placed) -> dict[str, Any]:
        table: dict[str, Any] = {"upn": one.required("userPrincipalName"), "object_id": one.required("id").lower()}
        table |= {ours: text for theirs, ours in _USER.items() if (text := one.text(theirs))}
        further = {name: text for name in _FURTHER if (text := one.text(name))}
        return {**table, "attributes": further} if further else table
