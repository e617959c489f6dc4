"""How a user signed in, in the words of the assertion and in those of Entra's refusal."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.scenario.model import User

_AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_METHOD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/"
PASSWORD = _METHOD + "password"
MULTIPLE = "http://schemas.microsoft.com/claims/multipleauthn"
_PASSWORDS = frozenset({_AC + "Password", _AC + "PasswordProtectedTransport", _AC + "Unspecified"})


@dataclass(frozen=True, slots=True)
class Method:
    """One way of signing in."""

    words: str
    """As the refusal AADSTS75011 names it."""
    references: tuple[str, ...]
    """The values of the claim authnmethodsreferences."""
    context: str
    """The AuthnContextClassRef."""
    satisfies: frozenset[str]
    """The classes of a RequestedAuthnContext that it meets."""


METHODS: Mapping[str, Method] = {
    "password": Method("Password", (PASSWORD,), _AC + "Password", _PASSWORDS),
    "mfa": Method("Password, MultiFactor", (PASSWORD, MULTIPLE), _AC + "Password", _PASSWORDS),
    "x509": Method(
        "X509, MultiFactor", (_METHOD + "x509", MULTIPLE), _AC + "X509", frozenset({_AC + "X509", _AC + "Unspecified"})
    ),
}
_ASKED = {_AC + "PasswordProtectedTransport": "Password, ProtectedTransport"}


def method_of(user: User) -> Method:
    """How this user signs in."""
    return METHODS[user.authentication]


def words_for(context: str) -> str:
    """A requested class as the refusal names it; the last part of its URI where no words are known."""
    return _ASKED.get(context, context.rpartition(":")[2])
