"""The tables of Attributes & Claims: rows, their conditions and transformations, NameID and the group claim."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.lazy import lazy
from harness.scenario.tables import Guid, Table, Text

AWS_NAMESPACE = "https://aws.amazon.com/SAML/Attributes"

Method = Literal[
    "ExtractMailPrefix",
    "Join",
    "ToLowercase",
    "ToUppercase",
    "Contains",
    "EndWith",
    "StartWith",
    "ExtractAfter",
    "ExtractBefore",
    "ExtractBetween",
    "ExtractAlphaPrefix",
    "ExtractAlphaSuffix",
    "ExtractNumericPrefix",
    "ExtractNumericSuffix",
    "IfEmpty",
    "IfNotEmpty",
    "Substring",
    "RegexReplace",
]
_NEEDS: dict[str, tuple[str, ...]] = {
    "Join": ("input2",),
    "Contains": ("value", "output"),
    "EndWith": ("value", "output"),
    "StartWith": ("value", "output"),
    "ExtractAfter": ("value",),
    "ExtractBefore": ("value",),
    "ExtractBetween": ("value", "end"),
    "IfEmpty": ("output",),
    "IfNotEmpty": ("output",),
    "Substring": ("start",),
    "RegexReplace": ("pattern", "replacement"),
}


class Transformation(Table):
    """One transformation. Inputs and outputs are ``user.`` attributes or, without that prefix, constants."""

    method: Method
    """What is done."""
    input: Text | None = None
    """Left out in the second transformation, it is what the first gave."""
    input2: Text | None = None
    """Join's second input."""
    value: Text | None = None
    """What is looked for; for Join the separator."""
    end: Text | None = None
    """Where ExtractBetween ends."""
    output: Text | None = None
    """What IfEmpty and the like give: an attribute or a constant."""
    output_no_match: Text | None = None
    """What is given when nothing matched; nothing when left out."""
    start: Annotated[int, Field(ge=0)] | None = None
    """Characters that Substring leaves out."""
    length: Annotated[int, Field(ge=1)] | None = None
    """Without one, Substring goes to the end."""
    pattern: Text | None = None
    """RegexReplace's, in .NET's notation; it runs under a time limit."""
    replacement: Text | None = None
    """RegexReplace's, with ``{name}`` for groups and parameters."""
    multivalued: bool = False
    """Treat the source as multivalued; otherwise its first value only."""
    parameters: dict[str, Text] = Field(default_factory=dict, max_length=5)
    """Further inputs of RegexReplace, used as ``{name}`` in the replacement."""

    @model_validator(mode="after")
    def _complete(self) -> "Transformation":
        missing = [field for field in _NEEDS.get(self.method, ()) if getattr(self, field) is None]
        if missing:
            raise ValueError(f"{self.method} needs {' and '.join(missing)}")
        return self


class Sourced(Table):
    """Where a value comes from: a user attribute, a constant, or one or two transformations."""

    source: Text | None = None
    """A source attribute, such as ``user.mail`` or ``user.assignedroles``."""
    value: Text | None = None
    """A constant, without quotes."""
    transformations: Annotated[tuple[Transformation, ...], Field(max_length=2)] = ()
    """One or two steps."""

    @model_validator(mode="after")
    def _one_source(self) -> "Sourced":
        given = [self.source is not None, self.value is not None, bool(self.transformations)]
        if sum(given) != 1:
            raise ValueError("give either source or value, or transformations")
        if self.transformations and self.transformations[0].input is None:
            raise ValueError("the first transformation needs an input")
        return self


class Condition(Sourced):
    """A source for some users only: of a type, and members of one of the groups where any are named."""

    users: Literal["any", "members", "guests", "entra_guests", "external_guests"] = "any"
    """The type of user it holds for."""
    groups: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    """Only direct members of one of these (that nested groups do not count is inferred)."""


RESTRICTED = frozenset(
    f"http://schemas.{name}"
    for name in (
        "microsoft.com/ws/2008/06/identity/claims/role",
        "microsoft.com/ws/2008/06/identity/claims/groups",
        "microsoft.com/identity/claims/tenantid",
        "microsoft.com/identity/claims/objectidentifier",
        "microsoft.com/identity/claims/identityprovider",
        "microsoft.com/claims/authnmethodsreferences",
        "xmlsoap.org/ws/2005/05/identity/claims/upn",
    )
)


class Claim(Sourced):
    """A row of Attributes & Claims. Of its conditions that hold, the last one counts."""

    name: Text
    """The last part of the attribute's name, or all of it."""
    namespace: Text = ""
    """The part before; a slash is always put between."""
    conditions: tuple[Condition, ...] = ()
    """Other sources for some users; of those that hold, the last one counts."""

    @model_validator(mode="after")
    def _not_restricted(self) -> "Claim":
        if self.full_name.lower() in RESTRICTED:
            raise ValueError(f"Entra does not let a claim be named {self.full_name}: it is restricted")
        return self

    @lazy
    def full_name(self) -> str:
        """Namespace and name as Entra joins them: a slash is always put between."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @lazy
    def attribute(self) -> str | None:
        """The source attribute, in lower case and without ``user.``, of a row that knows no other source."""
        if self.source is None or self.conditions or self.transformations:
            return None
        return self.source.lower().removeprefix("user.")


NAME_ID_SOURCES = (
    "user.userprincipalname",
    "user.mail",
    "user.onpremisessamaccountname",
    "user.employeeid",
    "user.telephonenumber",
    *(f"user.extensionattribute{number}" for number in range(1, 16)),
)


class NameId(Table):
    """The unique user identifier. ``transformations`` may be ExtractMailPrefix, or Join with a domain."""

    source: Text = "user.userprincipalname"
    """Where its value comes from."""
    format: Literal["emailAddress", "persistent", "unspecified", "windows"] = "emailAddress"
    """Its Format."""
    transformations: Annotated[tuple[Transformation, ...], Field(max_length=1)] = ()
    """ExtractMailPrefix, or Join with a domain."""

    @model_validator(mode="after")
    def _allowed(self) -> "NameId":
        if self.source.lower() not in NAME_ID_SOURCES:
            raise ValueError(f"NameID takes one of the sources {', '.join(NAME_ID_SOURCES)}")
        if any(one.method not in ("ExtractMailPrefix", "Join") for one in self.transformations):
            raise ValueError("NameID takes the transformations ExtractMailPrefix and Join only")
        if any(one.input is not None and one.input.lower() not in NAME_ID_SOURCES for one in self.transformations):
            raise ValueError("a transformation of NameID takes NameID's sources only; left out, it is the source")
        return self


class GroupClaim(Table):
    """Groups in the token. ``as_roles`` puts them into the role claim, where they replace the app roles."""

    which: Literal["all", "assigned"] = "all"
    """All of a user's groups, nested ones included, or those assigned to the app."""
    identifier: Literal["object_id", "name"] = "object_id"
    """What is sent of a group."""
    as_roles: bool = False
    """Sent in the role claim, in place of the app roles."""


class ClaimsPolicy(Table):
    """A claims mapping policy of the tenant. ``definition`` is its JSON text, as Graph holds it."""

    name: Text
    """What apps name it by."""
    id: Guid | None = None
    """Derived when left out."""
    definition: Text
    """Its JSON, as Graph holds it."""


_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
BASIC_CLAIMS = (
    Claim(name="givenname", namespace=_SOAP, source="user.givenname"),
    Claim(name="surname", namespace=_SOAP, source="user.surname"),
    Claim(name="emailaddress", namespace=_SOAP, source="user.mail"),
    Claim(name="name", namespace=_SOAP, source="user.userprincipalname"),
)
AWS_CLAIMS = (
    Claim(name="Role", namespace=AWS_NAMESPACE, source="user.assignedroles"),
    Claim(name="RoleSessionName", namespace=AWS_NAMESPACE, source="user.userprincipalname"),
    Claim(name="SessionDuration", namespace=AWS_NAMESPACE, value="3600"),
)
