"""The whole scenario file: one declared world, of which each side is built separately.

Identifiers that are left out are derived from the scenario's name, so that the same file always
describes the same world.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, model_validator

from harness.lazy import lazy
from harness.scenario.aws import Account, Role, SamlProvider
from harness.scenario.claims import AWS_CLAIMS, AWS_NAMESPACE, Claim, ClaimsPolicy
from harness.scenario.entra import (
    SIGN_IN,
    App,
    AppRole,
    Assignment,
    Certificate,
    Client,
    EncryptionKey,
    Group,
    Tenant,
    User,
)
from harness.scenario.tables import Table, require_unique

__all__ = [
    "AWS_CLAIMS",
    "AWS_NAMESPACE",
    "SIGN_IN",
    "Account",
    "App",
    "AppRole",
    "Assignment",
    "Certificate",
    "Claim",
    "ClaimsPolicy",
    "Client",
    "EncryptionKey",
    "Group",
    "Role",
    "SamlProvider",
    "Scenario",
    "Tenant",
    "User",
]

AS_A_FILE = "as a file"
"""The context in which a scenario is read, rather than changed: its accounts are then given what its apps publish."""
NAMESPACE = uuid.UUID("5b0dd1c9-6a37-4b8f-8f0c-6a2f0f3a9a51")


class Scenario(Table):
    """The whole file. ``version`` is that of the file format."""

    version: Literal[1]
    """Of the file format: 1."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    """Names the world: identifiers are derived from it and keys are kept under it."""
    tenant: Tenant = Field(default_factory=Tenant)
    """Which Entra tenant it is."""
    apps: tuple[App, ...] = Field(min_length=1)
    """Enterprise applications."""
    users: tuple[User, ...] = ()
    """Users, guests too."""
    groups: tuple[Group, ...] = ()
    """Security groups."""
    claims_policies: tuple[ClaimsPolicy, ...] = ()
    """Claims mapping policies, which apps may be given."""
    clients: tuple[Client, ...] = ()
    """Programs that call Graph."""
    accounts: tuple[Account, ...] = ()
    """AWS accounts."""

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> "Scenario":
        require_unique("app name", (app.name for app in self.apps))
        require_unique("user", (user.upn.lower() for user in self.users))
        require_unique("group", (group.name for group in self.groups))
        require_unique("client", (client.app_id for client in self.clients))
        require_unique("claims policy", (policy.name for policy in self.claims_policies))
        require_unique("account", (account.id for account in self.accounts))
        problems = [*self._dangling_names()]
        if info.context == AS_A_FILE:
            problems += self._impossible_uploads()
        if problems:
            raise ValueError("; ".join(problems[:20]))
        return self

    def _dangling_names(self) -> Iterator[str]:
        principals = {user.upn for user in self.users} | {group.name for group in self.groups}
        principals |= {user.object_id for user in self.users if user.object_id}
        principals |= {group.object_id for group in self.groups if group.object_id}
        for group in self.groups:
            yield from (
                f"group {group.name!r}: no user or group {one!r}" for one in group.members if one not in principals
            )
        for app in self.apps:
            yield from (
                f"app {app.name!r}: assignment to {one.to!r}, which is no user or group"
                for one in app.assignments
                if one.to not in principals
            )
        policies = {policy.name for policy in self.claims_policies}
        yield from (
            f"app {app.name!r}: there is no claims policy {app.claims_policy!r}"
            for app in self.apps
            if app.claims_policy is not None and app.claims_policy not in policies
        )

    def _impossible_uploads(self) -> Iterator[str]:
        """What no account can have been given when the file is read. Later Entra may remove what AWS still holds."""
        certificates = {app.name: {one.name for one in app.certificates} for app in self.apps}
        for account in self.accounts:
            for provider in account.saml_providers:
                if provider.app is None:
                    continue
                if provider.app not in certificates:
                    yield f"account {account.id}: SAML provider {provider.name!r} names no app {provider.app!r}"
                elif missing := set(provider.certificates or ()) - certificates[provider.app]:
                    yield f"account {account.id}: app {provider.app!r} has no certificate {sorted(missing)}"
                elif not certificates[provider.app]:
                    yield f"account {account.id}: app {provider.app!r} has no certificate, so no metadata to upload"

    def guid(self, kind: str, name: str, given: str | None = None) -> str:
        """The identifier given, or one that is always the same for this scenario, kind and name."""
        return given or _derived(f"{self.name}/{kind}/{name}")

    @lazy
    def users_by_name(self) -> Mapping[str, User]:
        """The users by their names in lower case: guests by those they have at home too."""
        found: dict[str, User] = {}
        for user in self.users:
            found.setdefault(user.upn.lower(), user)
            found.setdefault(user.home_name.lower(), user)
        return found

    @lazy
    def memberships(self) -> Mapping[str | None, tuple[Group, ...]]:
        """The groups of which a user or a group is a DIRECT member, by each name that a group may give for it."""
        found: dict[str | None, list[Group]] = {}
        for group in self.groups:
            for member in dict.fromkeys(group.members):
                found.setdefault(member, []).append(group)
        return {member: tuple(groups) for member, groups in found.items()}

    @lazy
    def tenant_id(self) -> str:
        return self.guid("tenant", "", self.tenant.id)

    def names_tenant(self, name: str, or_any: Collection[str] = ("common", "organizations")) -> bool:
        """Whether a name in an address means this tenant: its ID, a domain, or a word that means any tenant.

        Names are compared without case. The words are those of the sign-in; Graph has another.
        """
        wanted = name.lower()
        return wanted in or_any or wanted in {self.tenant_id, *map(str.lower, self.tenant.domains)}


@lru_cache(4096)
def _derived(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))
