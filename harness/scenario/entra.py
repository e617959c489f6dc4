"""The tables of Entra's side: the tenant, its apps, users and groups."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.errors import HarnessError
from harness.saml.keys import read_certificate_file
from harness.scenario.claims import AWS_CLAIMS, BASIC_CLAIMS, Claim, GroupClaim, NameId
from harness.scenario.tables import Guid, Moment, Name, Table, Text, require_unique

SIGN_IN = "https://signin.aws.amazon.com/saml"


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
    value: Text | None = None
    id: Guid | None = None
    description: Text | None = None
    enabled: bool = True
    origin: Literal["Application", "ServicePrincipal"] | None = None

    @property
    def made_by(self) -> str:
        """Its origin: where none is given, a role without a value came with the application."""
        return self.origin or ("ServicePrincipal" if self.value else "Application")


class Assignment(Table):
    """A user or group assigned to an app role; each by name or by object id."""

    to: Text
    role: Text
    created: Moment | None = None


def _readable(text: str) -> str:
    try:
        read_certificate_file(text.encode(), "the text")
    except HarnessError as error:
        raise ValueError(str(error)) from None
    return text


CertificateText = Annotated[str, Field(max_length=20_000), AfterValidator(_readable)]


class App(Table):
    """An enterprise application of the gallery's AWS kind."""

    name: Name
    display_name: Text | None = None
    """What Entra shows, which need not be unique; the name when left out."""
    app_id: Guid | None = None
    object_id: Guid | None = None
    enabled: bool = True
    identifiers: tuple[Text, ...] = (SIGN_IN,)
    reply_urls: tuple[Text, ...] = (SIGN_IN,)
    sign_on_url: Text | None = None
    """With one, the My Apps tile sends the user there; empty for AWS, which has no such page."""
    relay_state: Text | None = None
    assignment_required: bool = True
    session_control: bool = False
    """Conditional Access routes the sign-in through the proxied address, ``.mcas.ms``."""
    signing_option: Literal["assertion", "response", "both"] = "assertion"
    signing_algorithm: Literal["sha256", "sha1"] = "sha256"
    token_lifetime: Annotated[int, Field(ge=600, le=86400)] = 3600
    certificates: tuple[Certificate, ...] = ()
    preferred_thumbprint: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{40}$")] | None = None
    """As Graph took it, when it is that of no certificate here: Graph does not look."""
    notification_emails: Annotated[tuple[Text, ...], Field(max_length=5)] = ()
    encryption_certificate: CertificateText | None = None
    """PEM or base64 of the certificate for which assertions are encrypted; None for none."""
    verification_certificates: tuple[CertificateText, ...] = ()
    """With any, only signed requests are taken, and My Apps does not lead in."""
    roles: tuple[AppRole, ...] = ()
    name_id: NameId = NameId()
    basic_claims: tuple[Claim, ...] = BASIC_CLAIMS
    """The rows that every app starts with; they come before the others and can be changed or removed."""
    claims: Annotated[tuple[Claim, ...], Field(max_length=100)] = AWS_CLAIMS
    claims_policy: Text | None = None
    """Name of a claims mapping policy of the tenant, which then stands in place of the claims."""
    group_claim: GroupClaim | None = None
    attribute_name_format: bool = False
    """The advanced option that writes a NameFormat on every attribute."""
    shuffle_roles: bool = False
    """The order of the role values is not documented: a switch to show that nothing relies on it."""
    assignments: tuple[Assignment, ...] = ()
    import_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,128}$")] | None = None
    """Access key ID with which the role import calls IAM; the mock AWS takes the number of an account."""

    @property
    def shown(self) -> str:
        return self.display_name or self.name

    @model_validator(mode="after")
    def _consistent(self) -> "App":
        active = [certificate.name for certificate in self.certificates if certificate.active]
        if len(active) > 1:
            raise ValueError(f"more than one certificate is active: {', '.join(active)}")
        require_unique("certificate name", (certificate.name for certificate in self.certificates))
        require_unique("role name without an id", (role.name for role in self.roles if role.id is None))
        require_unique("role id", (role.id for role in self.roles if role.id))
        require_unique("role value", (role.value for role in self.roles if role.value))
        known = Counter(name for role in self.roles for name in {role.name, role.id or role.name})
        for assignment in self.assignments:
            if not known[assignment.role]:
                raise ValueError(f"assignment to {assignment.to!r}: there is no app role named {assignment.role!r}")
            if known[assignment.role] > 1:
                raise ValueError(f"assignment to {assignment.to!r}: several app roles are named {assignment.role!r}")
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
    authentication: Literal["password", "mfa", "x509"] = "password"
    """How the user signs in: with ``x509`` (Windows Hello, FIDO) a request for a password is refused."""
    attributes: dict[str, Text] = Field(default_factory=dict)
    """Further source attributes, such as ``department`` for ``user.department``."""

    @property
    def guest(self) -> bool:
        return self.home_tenant is not None or "#EXT#" in self.upn


class Group(Table):
    """A security group. Only direct members count for app roles; nested groups do not."""

    name: Annotated[Text, Field(min_length=1, max_length=256)]
    display_name: Annotated[Text, Field(min_length=1, max_length=256)] | None = None
    """What Entra shows, which need not be unique; the name when left out."""
    object_id: Guid | None = None
    description: Text | None = None
    members: tuple[Text, ...] = ()

    @property
    def shown(self) -> str:
        return self.display_name or self.name


class Client(Table):
    """A program that calls Graph, with the application permissions it was granted.

    A program that is not declared may do everything.
    """

    name: Name
    app_id: Guid
    permissions: tuple[Text, ...] = ()
