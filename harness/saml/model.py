"""What a SAML response says, as plain frozen facts. No behaviour, no opinions.

Texts are exactly what the document holds; None means that the element or attribute is absent.
"""

from dataclasses import dataclass
from typing import NamedTuple

from harness.lazy import lazy
from harness.saml.times import Instant


class NameId(NamedTuple):
    """``saml:NameID``: who the assertion is about."""

    value: str
    format: str | None
    name_qualifier: str | None = None
    sp_name_qualifier: str | None = None


class SubjectConfirmation(NamedTuple):
    """``saml:SubjectConfirmation`` with the attributes of its SubjectConfirmationData."""

    method: str | None
    has_data: bool
    recipient: str | None
    not_before: Instant | None
    not_on_or_after: Instant | None
    in_response_to: str | None


class Conditions(NamedTuple):
    """``saml:Conditions``. ``audiences`` is an AND of ORs: one tuple for each AudienceRestriction."""

    not_before: Instant | None
    not_on_or_after: Instant | None
    audiences: tuple[tuple[str, ...], ...]
    others: tuple[str, ...]
    """Local names of further conditions, in order: OneTimeUse, ProxyRestriction, Condition."""


class AuthnStatement(NamedTuple):
    """``saml:AuthnStatement``: when and how the user signed in."""

    authn_instant: Instant | None
    session_index: str | None
    session_not_on_or_after: Instant | None
    context_class: str | None


class Attribute(NamedTuple):
    """One ``saml:Attribute``; ``values`` are the texts of its AttributeValues in document order."""

    name: str
    name_format: str | None
    friendly_name: str | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Assertion:
    """``saml:Assertion``: the statement that a signature protects."""

    id: str | None
    version: str | None
    issue_instant: Instant | None
    issuer: str | None
    name_id: NameId | None
    confirmations: tuple[SubjectConfirmation, ...]
    conditions: Conditions | None
    authn_statements: tuple[AuthnStatement, ...]
    attributes: tuple[Attribute, ...]

    def values(self, name: str) -> tuple[str, ...]:
        """All values of the attributes that carry exactly this name."""
        return self.by_name.get(name, ())

    @lazy
    def by_name(self) -> dict[str, tuple[str, ...]]:
        """The values of all attributes of each name."""
        found: dict[str, tuple[str, ...]] = {}
        for attribute in self.attributes:
            found[attribute.name] = found.get(attribute.name, ()) + attribute.values
        return found


class Response(NamedTuple):
    """``samlp:Response`` without its assertion: the envelope, usually unsigned."""

    id: str | None
    version: str | None
    issue_instant: Instant | None
    destination: str | None
    in_response_to: str | None
    issuer: str | None
    status: str | None
    sub_status: str | None
    status_message: str | None
