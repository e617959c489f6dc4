"""The scenario file's tables. Unknown keys are refused, so that a typo is never a silent default.

Identifiers that are left out are derived from the scenario's name, so that the same file always
describes the same world.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

NAMESPACE = uuid.UUID("5b0dd1c9-6a37-4b8f-8f0c-6a2f0f3a9a51")
AWS_NAMESPACE = "https://aws.amazon.com/SAML/Attributes"
SIGN_IN = "https://signin.aws.amazon.com/saml"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("give the time zone, as in 2026-01-01T00:00:00Z")
    return moment.astimezone(UTC)


def _no_control_characters(text: str) -> str:
    if any(ord(character) < 32 or character in "\x7f\ufffe\uffff" for character in text):
        raise ValueError("it holds a control character, which no SAML claim can carry")
    return text


Moment = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, AfterValidator(_no_control_characters)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$")]
Guid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]


class Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Tenant(Table):
    """The Entra tenant."""

    id: Guid | None = None
    display_name: Text = "Contoso"
    domains: tuple[Text, ...] = ("contoso.com",)


class Certificate(Table):
    """A SAML signing certificate of an app. Entra allows up to three years."""

    name: Name
    not_before: Moment
    not_after: Moment
    active: bool = False

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Certificate":
        if self.not_before >= self.not_after:
            raise ValueError("not_after must be later than not_before")
        if self.not_before.year < 1950:
            raise ValueError("not_before must not be before 1950, where X.509 begins")
        return self


class AppRole(Table):
    """An app role. ``value`` is what goes into the claim; without one it only lets the user in."""

    name: Text
    value: Text | None = None
    id: Guid | None = None
    enabled: bool = True


class Claim(Table):
    """A row of Attributes & Claims: a user attribute by ``source``, or a constant ``value``."""

    name: Text
    namespace: Text = ""
    source: Text | None = None
    value: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Claim":
        if (self.source is None) == (self.value is None):
            raise ValueError("give either source or value")
        return self

    @property
    def full_name(self) -> str:
        """Namespace and name as Entra joins them: a slash is always put between."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Assignment(Table):
    """A user or group assigned to an app role; both by name."""

    to: Text
    role: Text


AWS_CLAIMS = (
    Claim(name="Role", namespace=AWS_NAMESPACE, source="user.assignedroles"),
    Claim(name="RoleSessionName", namespace=AWS_NAMESPACE, source="user.userprincipalname"),
    Claim(name="SessionDuration", namespace=AWS_NAMESPACE, value="3600"),
)


class App(Table):
    """An enterprise application of the gallery's AWS kind."""

    name: Name
    app_id: Guid | None = None
    object_id: Guid | None = None
    identifiers: tuple[Text, ...] = (SIGN_IN,)
    reply_urls: tuple[Text, ...] = (SIGN_IN,)
    relay_state: Text | None = None
    assignment_required: bool = True
    signing_option: Literal["assertion", "response", "both"] = "assertion"
    signing_algorithm: Literal["sha256", "sha1"] = "sha256"
    token_lifetime: Annotated[int, Field(ge=600, le=86400)] = 3600
    certificates: tuple[Certificate, ...] = Field(min_length=1)
    roles: tuple[AppRole, ...] = ()
    claims: tuple[Claim, ...] = AWS_CLAIMS
    assignments: tuple[Assignment, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "App":
        active = [certificate.name for certificate in self.certificates if certificate.active]
        if len(active) > 1:
            raise ValueError(f"more than one certificate is active: {', '.join(active)}")
        _unique("certificate name", (certificate.name for certificate in self.certificates))
        _unique("role name", (role.name for role in self.roles))
        _unique("role value", (role.value for role in self.roles if role.value))
        known = {role.name for role in self.roles}
        for assignment in self.assignments:
            if assignment.role not in known:
                raise ValueError(f"assignment to {assignment.to!r}: there is no app role named {assignment.role!r}")
        return self


class User(Table):
    """A user. ``home_tenant`` makes the user a guest."""

    upn: Text
    object_id: Guid | None = None
    display_name: Text | None = None
    given_name: Text | None = None
    surname: Text | None = None
    mail: Text | None = None
    employee_id: Text | None = None
    home_tenant: Guid | None = None

    @property
    def guest(self) -> bool:
        return self.home_tenant is not None or "#EXT#" in self.upn


class Group(Table):
    """A security group. Only direct members count for app roles; nested groups do not."""

    name: Name
    object_id: Guid | None = None
    members: tuple[Text, ...] = ()


class SamlProvider(Table):
    """An IAM SAML provider and where its metadata came from: one of the apps, or a file."""

    name: Annotated[str, Field(pattern=r"^[\w._-]{1,128}$")]
    app: Text | None = None
    metadata: Text | None = None
    certificates: tuple[Text, ...] | None = None
    """Of the app's certificates, those that the uploaded document held; all when left out."""
    encryption_required: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> "SamlProvider":
        if (self.app is None) == (self.metadata is None):
            raise ValueError("give either app (its federation metadata was uploaded) or metadata (a file)")
        return self


class Role(Table):
    """An IAM role. Its trust is either the usual policy for the providers named, or a policy in JSON."""

    name: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")]
    path: Annotated[str, Field(pattern=r"^/([\x21-\x7e]+/)?$")] = "/"
    max_session_duration: Annotated[int, Field(ge=3600, le=43200)] = 3600
    trusts: tuple[Text, ...] = ()
    trust_policy: Text | None = None
    tags: dict[str, str] = {}

    @field_validator("trust_policy", mode="before")
    @classmethod
    def _is_json(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                policy = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"not JSON: {error}") from None
            if not isinstance(policy, dict):
                raise ValueError("not a policy but another JSON value")  # noqa: TRY004  (pydantic takes ValueError)
            return json.dumps(policy)
        return value

    @model_validator(mode="after")
    def _one_trust(self) -> "Role":
        if bool(self.trusts) == (self.trust_policy is not None):
            raise ValueError("give either trusts (names of SAML providers) or trust_policy (JSON)")
        return self


class Account(Table):
    """An AWS account."""

    id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    alias: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=3, max_length=63)] | None = None
    partition: Literal["aws", "aws-cn", "aws-us-gov"] = "aws"
    saml_providers: tuple[SamlProvider, ...] = ()
    roles: tuple[Role, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Account":
        _unique("SAML provider", (provider.name for provider in self.saml_providers))
        _unique("role", (role.name for role in self.roles))
        known = {provider.name for provider in self.saml_providers}
        for role in self.roles:
            for name in role.trusts:
                if name not in known:
                    raise ValueError(f"role {role.name!r} trusts {name!r}, which is no SAML provider of the account")
        return self

    def provider_arn(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.id}:saml-provider/{name}"

    def role_arn(self, role: Role) -> str:
        return f"arn:{self.partition}:iam::{self.id}:role{role.path}{role.name}"


class Scenario(Table):
    """The whole file. ``version`` is that of the file format."""

    version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    tenant: Tenant = Tenant()
    apps: tuple[App, ...] = Field(min_length=1)
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    accounts: tuple[Account, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        _unique("app name", (app.name for app in self.apps))
        _unique("user", (user.upn.lower() for user in self.users))
        _unique("group", (group.name for group in self.groups))
        _unique("account", (account.id for account in self.accounts))
        problems = [*self._dangling_names()]
        if problems:
            raise ValueError("; ".join(problems[:20]))
        return self

    def _dangling_names(self) -> Iterator[str]:
        principals = {user.upn for user in self.users} | {group.name for group in self.groups}
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
        certificates = {app.name: {one.name for one in app.certificates} for app in self.apps}
        for account in self.accounts:
            for provider in account.saml_providers:
                if provider.app is None:
                    continue
                if provider.app not in certificates:
                    yield f"account {account.id}: SAML provider {provider.name!r} names no app {provider.app!r}"
                elif missing := set(provider.certificates or ()) - certificates[provider.app]:
                    yield f"account {account.id}: app {provider.app!r} has no certificate {sorted(missing)}"

    def guid(self, kind: str, name: str, given: str | None = None) -> str:
        """The identifier given, or one that is always the same for this scenario, kind and name."""
        return given or _derived(f"{self.name}/{kind}/{name}")

    @property
    def tenant_id(self) -> str:
        return self.guid("tenant", "", self.tenant.id)


@lru_cache(4096)
def _derived(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def _unique(what: str, names: Iterator[Any]) -> None:
    twice = [str(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{what} occurs more than once: {', '.join(twice[:5])}")
