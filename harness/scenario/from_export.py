"""A scenario from real exports: Graph's service principals, assignments, users and groups; IAM's roles and providers.

Private keys cannot be exported, so every certificate is a throw-away one with the true one's dates. That is enough:
which of them an account holds is read from the thumbprints in its own metadata.
"""

import base64
import binascii
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w

from harness.approles.model import AppRole, live_roles
from harness.arn import parse_arn, parse_role_pair
from harness.errors import UnreadableInput
from harness.report.plain import plain
from harness.saml.keys import Certificate
from harness.saml.metadata import Metadata
from harness.scenario.entra_export import people
from harness.scenario.exports import AccountExport, Export, Placed
from harness.scenario.load import parse_scenario
from harness.scenario.model import Scenario

_TENANT = re.compile(r"https://sts\.windows\.net/([0-9a-f-]{36})/")
_HEAD = """\
# Made by `saml-harness scenario import` from exports of Microsoft Graph and AWS IAM.
# Every private key behind it is a throw-away one of this scenario: the true ones cannot be exported.
"""


@dataclass
class Imported:
    """The text of the scenario, and what a person should know about it."""

    text: str
    notes: list[str] = field(default_factory=list)


def import_export(export: Export, name: str, directory: Path, old: Scenario | None = None) -> Imported:
    """The scenario of an export. ``directory`` is where it will lie, ``old`` the one that it refreshes.

    Raises UnreadableInput for what contradicts itself, BadScenario for what no scenario can hold.
    """
    found = _Import(export, directory, old)
    data = {"version": 1, "name": name, **found.tables()}
    told = "".join(f"# {plain(one, 2000)}\n" for one in found.notes)
    text = f"{_HEAD}{told}\n{tomli_w.dumps(data)}"
    parse_scenario(text, name)
    return Imported(text, found.notes)


@dataclass
class _App:
    """An app on its way into the scenario."""

    table: dict[str, Any]
    roles: tuple[AppRole, ...]
    thumbprints: dict[str, str]
    """Name of each certificate by the thumbprint of the true one."""

    @property
    def providers(self) -> frozenset[str]:
        """The ARNs of the SAML providers that its roles name."""
        pairs = [parse_role_pair(role.value) for role in self.roles if role.value]
        return frozenset(str(pair.provider) for pair in pairs if pair is not None)


class _Import:
    """One import: what is made of each part, and the notes that are taken on the way."""

    def __init__(self, export: Export, directory: Path, old: Scenario | None) -> None:
        self.export, self.directory, self.old = export, directory, old
        self.notes: list[str] = list(export.ignored)
        self.apps = [self._app(one) for one in export.apps]

    def tables(self) -> dict[str, Any]:
        """Every table of the scenario, in the order of the file."""
        names = {str(app.table["object_id"]): app for app in self.apps}
        found = people(self.export, {key: (app.table, app.roles) for key, app in names.items()})
        self.notes += found.notes
        accounts = [self._account(one) for one in self.export.accounts.values()]
        self._keep_from_old()
        if not self.apps:
            raise UnreadableInput(f"{self.export.folder}: holds no service principal, so nobody can sign in")
        return {
            "tenant": self._tenant(),
            "apps": [app.table for app in self.apps],
            "users": found.users,
            "groups": found.groups,
            **self._old_policies(),
            "accounts": accounts,
        }

    def _tenant(self) -> dict[str, Any]:
        ids = {match[1] for one in self._documents() for entity in one.entities
               if (match := _TENANT.fullmatch(entity.entity_id or ""))}  # fmt: skip
        organization = next(iter(self.export.organizations), None)
        found: dict[str, Any] = {}
        if organization is not None:
            ids = {organization.required("id")}
            domains = [one.required("name") for one in organization.entries("verifiedDomains")]
            found = {"display_name": organization.text("displayName") or "", "domains": domains}
        if len(ids) != 1:
            told = f"{len(ids)} tenants are named in the metadata" if ids else "no metadata names the tenant"
            self.notes.append(f"{told}; its id is derived from the scenario's name. Set tenant.id.")
            return found
        return {"id": ids.pop(), **found}

    def _documents(self) -> Iterator[Metadata]:
        yield from self.export.metadata
        if not self.export.metadata:
            yield from (document for one in self.export.accounts.values() for _, document in one.documents.values())

    def _app(self, one: Placed) -> _App:
        roles = live_roles(one.data, one.place)
        certificates, thumbprints = self._certificates(one)
        names = [text for text in _texts(one, "servicePrincipalNames") if text != one.text("appId")]
        table: dict[str, Any] = {
            "name": _name(one.required("displayName"), one.required("id"), [other.text("displayName") for other in
                                                                          self.export.apps]),
            "object_id": one.required("id"), "app_id": one.text("appId"),
            "enabled": one.data.get("accountEnabled") is not False,
            "assignment_required": one.data.get("appRoleAssignmentRequired") is not False,
            "identifiers": names or None, "reply_urls": _texts(one, "replyUrls") or None,
            "relay_state": one.inner("samlSingleSignOnSettings").text("relayState"),
            "notification_emails": _texts(one, "notificationEmailAddresses")[:5] or None,
            "certificates": certificates,
            "roles": [_role(role) for role in roles],
        }  # fmt: skip
        return _App({key: value for key, value in table.items() if value is not None}, roles, thumbprints)

    def _certificates(self, one: Placed) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The certificates that the service principal lists, or else those of the only metadata document."""
        preferred = (one.text("preferredTokenSigningKeyThumbprint") or "").upper()
        listed = {print_: dates for key in one.entries("keyCredentials") if (print_ := _thumbprint(key))
                  and key.text("usage") in ("Verify", "Sign") and (dates := _dates(key))}  # fmt: skip
        if not listed and len(self.export.metadata) == 1 == len(self.export.apps):
            keys = [key for entity in self.export.metadata[0].entities for key in entity.signing]
            listed = {key.thumbprint: (key.not_before, key.not_after) for key in keys}
        if not listed:
            self.notes.append(f"{one.place}: no certificate found (keyCredentials, federation metadata); add one.")
        if preferred not in listed:
            preferred = max(listed, key=lambda known: listed[known][1], default="")
            if len(listed) > 1:
                self.notes.append(f"{one.place}: which certificate is active is not said; taken is {preferred[:8]}.")
        names = {known: f"{dates[0]:%Y-%m-%d} {known[:8]}" for known, dates in listed.items()}
        tables = [{"name": names[known], "not_before": start, "not_after": end, "active": known == preferred}
                  for known, (start, end) in listed.items()]  # fmt: skip
        return tables, names

    def _account(self, one: AccountExport) -> dict[str, Any]:
        wanted = {arn for app in self.apps for role in app.roles if role.value
                  and (pair := parse_role_pair(role.value)) for arn in (str(pair.role),)}  # fmt: skip
        roles = [self._aws_role(role) for role in one.roles if _federates(role) or role.text("Arn") in wanted]
        if left := len(one.roles) - len(roles):
            trusts = "1 role trusts" if left == 1 else f"{left:,} roles trust"
            self.notes.append(f"account {one.id}: {trusts} no SAML provider; left out.")
        arns = [(held, parse_arn(held.required("Arn"))) for held in one.providers]
        for held, arn in arns:
            if arn is None or arn.account != one.id:
                raise UnreadableInput(f"{held.place}: {held.text('Arn')} is no SAML provider of account {one.id}")
        providers = [self._provider(one, arn.resource, str(arn)) for _, arn in arns if arn is not None]
        partition = next((arn.partition for _, arn in arns if arn is not None), "aws")
        table = {"id": one.id, "alias": one.alias, "partition": partition, "saml_providers": providers, "roles": roles}
        return {key: value for key, value in table.items() if value is not None}

    def _aws_role(self, one: Placed) -> dict[str, Any]:
        import json

        policy = one.data.get("AssumeRolePolicyDocument")
        if not isinstance(policy, dict):
            raise UnreadableInput(f"{one.place}: AssumeRolePolicyDocument is no object; aws iam list-roles prints one")
        found: dict[str, Any] = {"name": one.required("RoleName"), "path": one.text("Path") or "/"}
        if isinstance(longest := one.data.get("MaxSessionDuration"), int):
            found["max_session_duration"] = longest
        return {**found, "trust_policy": json.dumps(policy)}

    def _provider(self, account: AccountExport, name: str, arn: str) -> dict[str, Any]:
        """A provider by what it holds: certificates of an app, or a document of somebody else's."""
        users = [app for app in self.apps if arn in app.providers] or self.apps
        document = _document_of(account, name)
        if document is None:
            self.notes.append(f"{arn}: no get-saml-provider beside it; taken to hold all certificates of the app.")
            return {"name": name, "app": users[0].table["name"]} if users else {"name": name, "metadata": "missing.xml"}
        path, metadata = document
        held = [key for entity in metadata.entities for key in entity.signing]
        app = max(users, key=lambda one: sum(key.thumbprint in one.thumbprints for key in held), default=None)
        known = (
            []
            if app is None
            else [app.thumbprints[key.thumbprint] for key in held if key.thumbprint in app.thumbprints]
        )
        if app is None or not known:
            self.notes.append(f"{arn}: holds none of the app's certificates, but {_told(held)}.")
            return {"name": name, "metadata": os.path.relpath(path, self.directory)}
        return {"name": name, "app": app.table["name"], "certificates": list(dict.fromkeys(known))}

    def _keep_from_old(self) -> None:
        """What no export holds stays as it was: claims and how tokens are signed."""
        known = {app.object_id or app.name: app for app in (self.old.apps if self.old else ())}
        for app in self.apps:
            before = known.get(app.table["object_id"]) or known.get(app.table["name"])
            if before is None:
                self.notes.append(f"app {app.table['name']}: claims are not exported; it has the tutorial's three.")
                continue
            kept = before.model_dump(mode="json", exclude_defaults=True, exclude_none=True, exclude=set(app.table))
            app.table.update({key: value for key, value in kept.items() if key != "assignments"})
            if kept:
                self.notes.append(f"app {app.table['name']}: kept from the file before: {', '.join(sorted(kept))}.")

    def _old_policies(self) -> dict[str, Any]:
        policies = self.old.claims_policies if self.old else ()
        dumped = [one.model_dump(mode="json", exclude_defaults=True, exclude_none=True) for one in policies]
        return {"claims_policies": dumped} if dumped else {}


def _told(held: Sequence[Certificate]) -> str:
    return ", ".join(key.thumbprint[:8] for key in held) or "no certificate at all"


def _texts(one: Placed, key: str) -> list[str]:
    found = one.data.get(key) or []
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise UnreadableInput(f"{one.place}: {key} is no list of texts")
    return found


def _name(wanted: str, object_id: str, others: Sequence[str | None]) -> str:
    """A name that the scenario takes, with a piece of the object id where two apps share one."""
    name = re.sub(r"[^A-Za-z0-9 ._@-]", "-", wanted).strip()[:80] or "app"
    name = name if name[0].isalnum() else f"app {name}"
    return f"{name} {object_id[:8]}" if Counter(others)[wanted] > 1 else name


def _role(role: AppRole) -> dict[str, Any]:
    origin = role.origin if role.origin in ("Application", "ServicePrincipal") else None
    table = {"name": role.display_name, "value": role.value, "id": role.id.lower(), "enabled": role.enabled,
             "description": role.description or None, "origin": origin}  # fmt: skip
    return {key: value for key, value in table.items() if value is not None}


def _thumbprint(key: Placed) -> str:
    """The SHA-1 thumbprint of a key credential, whose identifier is base64 of it, or of its hexadecimal digits."""
    try:
        raw = base64.b64decode(key.text("customKeyIdentifier") or "", validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(raw) == 20:
        return raw.hex().upper()
    text = raw.decode("ascii", "replace").upper()
    return text if re.fullmatch(r"[0-9A-F]{40}", text) else ""


def _dates(key: Placed) -> tuple[datetime, datetime] | None:
    try:
        return tuple(datetime.fromisoformat(key.required(name)) for name in ("startDateTime", "endDateTime"))  # type: ignore[return-value]  # two of them
    except ValueError as error:
        raise UnreadableInput(f"{key.place}: {error}") from None


def _federates(role: Placed) -> bool:
    return ":saml-provider/" in str(role.data.get("AssumeRolePolicyDocument"))


def _document_of(account: AccountExport, name: str) -> tuple[Path, Metadata] | None:
    """The document of a provider: by a file name that ends in its name, or the only one of the account."""
    fits = [stem for stem in account.documents if stem == name or stem.endswith(f"-{name}")]
    if not fits and len(account.documents) == len(account.providers) == 1:
        fits = [*account.documents]
    return account.documents[max(fits, key=len)] if fits else None
