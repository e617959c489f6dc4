"""The answers that cases expect of AWS, written out by hand: nothing is taken from the product's own table.

``{request_id}`` stands where AWS puts an ID.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a response at one door."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Nobody is known to have seen what AWS does; no session is granted."""
    UNREADABLE = "unreadable"
    """There is no message to hold out to AWS."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One door's answer. ``code`` and ``message`` are AWS's, and empty unless it refuses in known words.

    A ``code`` without a ``message`` is expected where AWS's code is known and its sentence is not.
    """

    verdict: Verdict
    code: str = ""
    message: str = ""

    def met_by(self, given: "Answer") -> bool:
        """Whether what was given is what is expected here."""
        return given == self or (bool(self.code and not self.message) and given.code == self.code)

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.verdict.value, self.code, self.message)))


def refused(code: str, message: str) -> Answer:
    """A refusal in AWS's words."""
    return Answer(Verdict.REFUSED, code, message)


def _token(message: str) -> Answer:
    return refused("InvalidIdentityToken", message)


_INNER = (
    "(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; "
    "Request ID: {request_id}; Proxy: null)"
)
ACCEPTED = Answer(Verdict.ACCEPTED)
UNKNOWN = Answer(Verdict.UNKNOWN)
UNREADABLE = Answer(Verdict.UNREADABLE)

CATCH_ALL = _token(f"Invalid base64 SAMLResponse {_INNER}")
UNSIGNED = _token(
    f"Response (with optional signature) must contain an assertion with a mandatory signature {_INNER}"
)  # fmt: skip
NO_PROVIDER = _token(
    "Specified provider doesn't exist (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: "
    "AuthSamlManifestNotFoundException; Request ID: {request_id}; Proxy: null)"
)
OTHER_ISSUER = _token(f"Issuer not present in specified provider {_INNER}")
BAD_SIGNATURE = _token("Response signature invalid")
EXPIRED = refused("ExpiredTokenException", "Response has expired")
TOO_OLD = refused("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
NO_SESSION_NAME = _token("RoleSessionName is required in AuthnResponse")
BAD_SESSION_NAME = _token("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
BAD_SOURCE_IDENTITY = _token('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
NOT_OFFERED = _token("SAML Assertion doesn't contain the requested Role and Metadata in the attributes")
DENIED = refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
TOO_LONG = refused(
    "ValidationError",
    "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: "
    "Member must have length less than or equal to 100000",
)
TOO_LONG_FOR_THE_ROLE = refused(
    "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
)
STS_IS_OFF = refused(
    "RegionDisabledException",
    "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in "
    "this region using the IAM Console.",
)
_ARN_PATTERN = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
_EMPTY_ARN = (
    "Value '' at '{0}' failed to satisfy constraint: Member must satisfy regular expression pattern: " + _ARN_PATTERN,
    "Value '' at '{0}' failed to satisfy constraint: Member must have length greater than or equal to 20",
)
EMPTY_ARNS = refused(
    "ValidationError",
    "4 validation errors detected: "
    + "; ".join(one.format(name) for name in ("roleArn", "principalArn") for one in _EMPTY_ARN),
)
MALFORMED = refused("MalformedInput", "")
BAD_ROLE_PARAMETER = refused("ValidationError", "Request ARN is invalid")
BAD_PROVIDER_PARAMETER = refused("ValidationError", "Principal ARN is invalid")
NO_ROLE_PAGE = refused("", "Your request included an invalid SAML response. To logout, click here.")


def invalid(message: str = "") -> Answer:
    """A parameter of the call breaks a limit; the words are left open where they are not known."""
    return refused("ValidationError", message)


def constraint(value: str, member: str, limit: str, number: int) -> Answer:
    """AWS's sentence for one parameter that breaks one limit."""
    return invalid(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have {limit} than or equal to {number}"
    )


def on_the_page(answer: Answer) -> Answer:
    """The same answer as the sign-in page shows it: a fault of STS gets the page's own tail."""
    if answer.verdict is not Verdict.REFUSED or not answer.code:
        return answer
    status = 403 if answer.code == "AccessDenied" else 400
    tail = (
        f"(Service: AWSSecurityTokenService; Status Code: {status}; Error Code: {answer.code}; "
        "Request ID: {request_id}; Proxy: null). Please try again."
    )
    return refused(answer.code, f"{answer.message} {tail}")
