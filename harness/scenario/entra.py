"""The tables of Entra's side: the tenant, its apps, users and groups."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from harness.errors import HarnessError
from harness.lazy import lazy
from harness.saml.keys import read_certificate_file
from harness.scenario.claims import AWS_CLAIMS, BASIC_CLAIMS, Claim, GroupClaim, NameId
from harness.scenario.tables import Guid, Moment, Name, Table, Text, require_unique

USER_ATTRIBUTES = frozenset(
    {
        "city",
        "companyname",
        "country",
        "department",
        "dnsdomainname",
        "facsimiletelephonenumber",
        "jobtitle",
        "netbiosname",
        "onpremisessamaccountname",
        "onpremisesuserprincipalname",
        "othermail",
        "postalcode",
        "preferredlanguage",
        "state",
        "streetaddress",
        "telephonenumber",
        "usagelocation",
        *(f"extensionattribute{number}" for number in range(1, 16)),
    }
)
"""Source attributes without a field of their own: they stand under ``attributes`` of a user."""
SIGN_IN = "https://signin.aws.amazon.com/saml"


class Tenant(Table):
    """The Entra tenant."""

    id: Guid | None = None
    """The tenant ID, which is in the Issuer and in every address. Derived from the scenario's name when left out."""
    display_name: Text = "Contoso"
    """What pages call the tenant."""
    domains: tuple[Text, ...] = ("contoso.com",)
    """Verified domains; each names the tenant in an address."""
    graph_delay: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds until Graph's answers show a change: a replica may be minutes behind. Changes count at once."""


class Certificate(Table):
    """A SAML signing certificate of an app. Entra allows up to three years."""

    name: Name
    """How the scenario names it; Entra shows a thumbprint instead."""
    not_before: Moment
    """From when it is valid, with a time zone."""
    not_after: Moment
    """Until when."""
    active: bool = False
    """Whether it signs. One at most; with none, or an expired one, a valid inactive one is used."""
    subject: Annotated[Text, Field(min_length=1, max_length=64)] | None = None
    """The common name; Entra's own when left out. Graph lets the caller choose it."""

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
    """Its display name."""
    value: Text | None = None
    """Role ARN, comma, SAML provider ARN, for AWS."""
    id: Guid | None = None
    """Derived when left out."""
    description: Text | None = None
    """The name, when left out."""
    enabled: bool = True
    """A disabled role cannot be assigned any more, and who holds it keeps it in the token."""
    origin: Literal["Application", "ServicePrincipal"] | None = None
    """Where it came from: with the application, or added to the service principal."""

    @property
    def made_by(self) -> str:
        """Its origin: where none is given, a role without a value came with the application."""
        return self.origin or ("ServicePrincipal" if self.value else "Application")


class Assignment(Table):
    """A user or group assigned to an app role; each by name or by object id."""

    to: Text
    """A user's ``upn``, a group's name, or an object id."""
    role: Text
    """An app role's name or id."""
    created: Moment | None = None
    """When it was made; Graph shows it."""


def _readable(text: str) -> str:
    try:
        read_certificate_file(text.encode(), "the text")
    except HarnessError as error:
        raise ValueError(str(error)) from None
    return text


CertificateText = Annotated[str, Field(max_length=20_000), AfterValidator(_readable)]


class EncryptionKey(Table):
    """A certificate that was uploaded for token encryption, under the identifier that Graph knows it by."""

    id: Guid
    """Its keyId."""
    certificate: CertificateText
    """PEM or base64."""


def _address(text: str) -> str:
    try:
        _ = urlsplit(text).port
    except ValueError as error:
        raise ValueError(f"{text!r} is no address: {error}") from None
    return text


Address = Annotated[Text, AfterValidator(_address)]


class Held(NamedTuple):
    """The app roles that somebody holds, in the app's order, and the values that are sent of them."""

    roles: tuple[AppRole, ...]
    values: tuple[str, ...]


def held_together(roles: Iterable[AppRole]) -> Held:
    """These roles with their values; a role without one sends none."""
    roles = tuple(roles)
    return Held(roles, tuple([role.value for role in roles if role.value]))


class App(Table):
    """An enterprise application of the gallery's AWS kind."""

    name: Name
    """How the scenario names it, and what My Apps shows."""
    display_name: Text | None = None
    """What Entra shows, which need not be unique; the name when left out."""
    app_id: Guid | None = None
    """The application (client) ID, which metadata and access URLs carry. Derived when left out."""
    object_id: Guid | None = None
    """The service principal's object ID. Derived when left out."""
    enabled: bool = True
    """A disabled app signs nobody in."""
    identifiers: tuple[Address, ...] = (SIGN_IN,)
    """Identifiers (Entity ID). The first is the Audience, without what follows ``#``."""
    reply_urls: tuple[Address, ...] = (SIGN_IN,)
    """Reply URLs. The first is where a response goes that nobody asked for."""
    sign_on_url: Address | None = None
    """With one, the My Apps tile sends the user there; empty for AWS, which has no such page."""
    relay_state: Text | None = None
    """Sent along with a response that nobody asked for."""
    assignment_required: bool = True
    """Whether only assigned users get in."""
    session_control: bool = False
    """Conditional Access routes the sign-in through the proxied address, ``.mcas.ms``."""
    signing_option: Literal["assertion", "response", "both"] = "assertion"
    """What is signed."""
    signing_algorithm: Literal["sha256", "sha1"] = "sha256"
    """With which digest."""
    token_lifetime: Annotated[int, Field(ge=600, le=86400)] = 3600
    """Validity of the Conditions in seconds; the subject confirmation always lasts an hour."""
    certificates: tuple[Certificate, ...] = ()
    """Signing certificates."""
    preferred_thumbprint: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{40}$")] | None = None
    """As Graph took it, when it is that of no certificate here: Graph does not look."""
    notification_emails: Annotated[tuple[Text, ...], Field(max_length=5)] = ()
    """Who is told before the certificate ends."""
    encryption_certificate: CertificateText | None = None
    """PEM or base64 of the certificate for which assertions are encrypted; None for none."""
    encryption_keys: tuple[EncryptionKey, ...] = ()
    """Those uploaded through Graph; of them, the one above is in use."""
    verification_certificates: tuple[CertificateText, ...] = ()
    """With any, only signed requests are taken, and My Apps does not lead in."""
    roles: tuple[AppRole, ...] = ()
    """App roles."""
    name_id: NameId = NameId()
    """The unique user identifier."""
    basic_claims: tuple[Claim, ...] = BASIC_CLAIMS
    """The rows that every app starts with; they come before the others and can be changed or removed."""
    claims: Annotated[tuple[Claim, ...], Field(max_length=100)] = AWS_CLAIMS
    """The rows of Attributes & Claims after the basic ones."""
    claims_policy: Text | None = None
    """Name of a claims mapping policy of the tenant, which then stands in place of the claims."""
    group_claim: GroupClaim | None = None
    """Groups in the token; none when left out."""
    attribute_name_format: bool = False
    """The advanced option that writes a NameFormat on every attribute."""
    shuffle_roles: bool = False
    """The order of the role values is not documented: a switch to show that nothing relies on it."""
    assignments: tuple[Assignment, ...] = ()
    """Who has which app role."""
    import_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,128}$")] | None = None
    """Access key ID with which the role import calls IAM; the mock AWS takes the number of an account."""

    @property
    def shown(self) -> str:
        return self.display_name or self.name

    @lazy
    def held(self) -> Mapping[str | None, Held]:
        """The app roles of each principal that an assignment names."""
        holders: dict[str, list[str]] = {}
        for one in self.assignments:
            holders.setdefault(one.role, []).append(one.to)
        found: dict[str, dict[int, AppRole]] = {}
        for position, role in enumerate(self.roles):
            for name in (role.name, role.id or role.name):
                for principal in holders.get(name, ()):
                    found.setdefault(principal, {})[position] = role
        return {principal: held_together(roles.values()) for principal, roles in found.items()}

    @model_validator(mode="after")
    def _consistent(self) -> "App":
        active = [certificate.name for certificate in self.certificates if certificate.active]
        if len(active) > 1:
            raise ValueError(f"more than one certificate is active: {', '.join(active)}")
        require_unique("certificate name", (certificate.name for certificate in self.certificates))
        require_unique("encryption key", (key.id for key in self.encryption_keys))
        require_unique("role name without an id", (role.name for role in self.roles if role.id is None))
        require_unique("role id", (role.id for role in self.roles if role.id))
        require_unique("claim", (row.full_name for row in (*self.basic_claims, *self.claims)))
        require_unique("role value", (role.value for role in self.roles if role.value))
        known = Counter(name for role in self.roles for name in {role.name, role.id or role.name})
        for assignment in self.assignments:
            if not known[assignment.role]:
                raise ValueError(f"assignment to {assignment.to!r}: there is no app role named {assignment.role!r}")
            if known[assignment.role] > 1:
                raise ValueError(f"assignment to {assignment.to!r}: several app roles are named {assignment.role!r}")
        return self


def _known_attributes(held: dict[str, str]) -> dict[str, str]:
    """Names without case, as claims read them."""
    require_unique("attribute", (name.lower() for name in held))
    lowered = {name.lower(): value for name, value in held.items()}
    if unknown := sorted(lowered.keys() - USER_ATTRIBUTES):
        raise ValueError(f"no attribute of users is named {unknown[0]!r}; known: {', '.join(sorted(USER_ATTRIBUTES))}")
    return lowered


class User(Table):
    """A user. ``home_tenant`` makes the user a guest."""

    upn: Text
    """The user principal name; a guest's local one holds ``#EXT#``."""
    object_id: Guid | None = None
    """Derived when left out."""
    display_name: Text | None = None
    """``user.displayname``."""
    given_name: Text | None = None
    """``user.givenname``."""
    surname: Text | None = None
    """``user.surname``."""
    mail: Text | None = None
    """``user.mail``."""
    employee_id: Text | None = None
    """``user.employeeid``."""
    home_tenant: Guid | None = None
    """The tenant of a guest who signs in with another Entra tenant."""
    authentication: Literal["password", "mfa", "x509"] = "password"
    """How the user signs in: with ``x509`` (Windows Hello, FIDO) a request for a password is refused."""
    attributes: Annotated[dict[str, Text], AfterValidator(_known_attributes)] = Field(default_factory=dict)
    """Further source attributes, such as ``department`` for ``user.department``; names are taken without case."""

    @lazy
    def guest(self) -> bool:
        return self.home_tenant is not None or "#EXT#" in self.upn

    @lazy
    def home_name(self) -> str:
        """The user principal name: a guest who signs in with another Entra tenant has that tenant's."""
        local, mark, _ = self.upn.partition("#EXT#")
        if mark and self.home_tenant is not None:
            name, _, domain = local.rpartition("_")
            return f"{name}@{domain}"
        return self.upn


class Group(Table):
    """A security group. Only direct members count for app roles; nested groups do not."""

    name: Annotated[Text, Field(min_length=1, max_length=256)]
    """Its display name."""
    display_name: Annotated[Text, Field(min_length=1, max_length=256)] | None = None
    """What Entra shows, which need not be unique; the name when left out."""
    object_id: Guid | None = None
    """Derived when left out."""
    description: Text | None = None
    """What Graph shows beside the name."""
    members: tuple[Text, ...] = ()
    """Users by ``upn``, groups by name, or object ids."""

    @property
    def shown(self) -> str:
        return self.display_name or self.name


class Client(Table):
    """A program that calls Graph, with the application permissions it was granted.

    A program that is not declared may do everything.
    """

    name: Name
    """What it is called."""
    app_id: Guid
    """Its application (client) ID."""
    permissions: tuple[Text, ...] = ()
    """Application permissions, such as ``Application.ReadWrite.All``."""
