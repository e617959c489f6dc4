"""AWS's refusals: one table of what AWS says to a response, in which words, and how that is known.

Messages are those of the API's ``<Message>``. ``{request_id}`` stays in them: a server that answers puts an ID
there, a report leaves it. The sign-in page shows the same faults with a tail of its own, see `on_page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.report.model import AwsAnswer, Basis, Refused, Unknown

_INNER = (
    "(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: {error}; "
    "Request ID: {{request_id}}; Proxy: null)"
)
_BAD_RESPONSE = _INNER.format(error="AuthSamlInvalidSamlResponseException")
_NO_MANIFEST = _INNER.format(error="AuthSamlManifestNotFoundException")
_CATCH_ALL = f"Invalid base64 SAMLResponse {_BAD_RESPONSE}"
_NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"
_CONSTRAINTS = "{count} validation error{plural} detected: {details}"
_PAGE = "Your request included an invalid SAML response. To logout, click here."

_RECORDED = "Recorded against live AWS STS by the project radkawar/stackd (September 2026): "
_TROUBLE = "AWS IAM User Guide, Troubleshooting SAML federation: "
_PAGE_STATUS = " The HTTP status of the page is not known."


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal. ``page_basis`` is how it is known that the sign-in page says the same."""

    code: str
    http_status: int | None
    """None for the sign-in page: its status is not known."""
    message: str
    basis: Basis
    source: str
    page_basis: Basis = Basis.INFERRED


def _token(message: str, basis: Basis, source: str, page_basis: Basis = Basis.INFERRED) -> Row:
    return Row("InvalidIdentityToken", 400, message, basis, source, page_basis)


def _structure(what: str) -> Row:
    """A fault in the structure that live STS was seen to answer with its one catch-all message."""
    return _token(_CATCH_ALL, Basis.OBSERVED, _RECORDED + what)


def _denied(basis: Basis, source: str) -> Row:
    return Row("AccessDenied", 403, _NOT_AUTHORIZED, basis, source, Basis.DOCUMENTED)


def _invalid(message: str, basis: Basis, source: str, page_basis: Basis = Basis.INFERRED) -> Row:
    return Row("ValidationError", 400, message, basis, source, page_basis)


REFUSALS = {
    "parameter-constraint": _invalid(
        _CONSTRAINTS,
        Basis.REPORTED,
        "Form of the sentence from an error log in aws-runas issue #80; the limits are those of AWS's API reference.",
    ),
    "assertion-too-long": _invalid(
        _CONSTRAINTS,
        Basis.INFERRED,
        "AWS's API reference limits SAMLAssertion to 4 to 100,000 characters; the sentence is put together like "
        "those of other parameters, and the value is left out because AWS marks it as sensitive.",
    ),
    "request-arn-invalid": _invalid(
        "Request ARN is invalid", Basis.REPORTED, "okta-aws-cli-assume-role issue #307, saml2aws issue #536."
    ),
    "principal-arn-invalid": _invalid(
        "Principal ARN is invalid", Basis.REPORTED, "Error logs of users, beside those of the request ARN."
    ),
    "not-xml": _token(
        _CATCH_ALL,
        Basis.INFERRED,
        "Inferred from the words of the message: every recorded case was valid base64 of readable XML.",
    ),
    "conditions-missing": _structure("an assertion without Conditions."),
    "not-before-unreadable": _structure("a NotBefore of Conditions that is no date."),
    "confirmation-repeated": _structure("two SubjectConfirmations; AWS's documents ask for exactly one."),
    "confirmation-time-missing": _structure("SubjectConfirmationData without NotOnOrAfter."),
    "recipient-missing": _structure("SubjectConfirmationData without Recipient."),
    "name-id-format-missing": _structure("a NameID without Format."),
    "authn-statement-missing": _structure("an assertion without AuthnStatement."),
    "plaintext-not-allowed": _structure("a plain assertion for a provider that requires encryption."),
    "provider-missing": _token(
        f"Specified provider doesn't exist {_NO_MANIFEST}",
        Basis.REPORTED,
        "Error logs of users who named a provider that is not there.",
    ),
    "assertion-unsigned": _token(
        f"Response (with optional signature) must contain an assertion with a mandatory signature {_BAD_RESPONSE}",
        Basis.OBSERVED,
        _RECORDED + "nothing signed, and only the Response signed.",
    ),
    "issuer-unknown": _token(
        f"Issuer not present in specified provider {_BAD_RESPONSE}",
        Basis.DOCUMENTED,
        _TROUBLE + "the Issuer is not an entityID of the provider's metadata; also cloudbeaver issue #3112.",
        Basis.DOCUMENTED,
    ),
    "signature-invalid": _token(
        "Response signature invalid",
        Basis.OBSERVED,
        _RECORDED + "changed content, another key, a bad Response signature beside a good one. " + _TROUBLE
        + "the metadata and the certificate that signs differ.",
        Basis.DOCUMENTED,
    ),
    "provider-without-keys": _token(
        "Response signature invalid",
        Basis.INFERRED,
        "IAM was seen to take metadata without a certificate, which no signature can fit; the words are inferred.",
    ),
    "response-expired": Row(
        "ExpiredTokenException",
        400,
        "Response has expired",
        Basis.OBSERVED,
        _RECORDED + "NotOnOrAfter or SessionNotOnOrAfter 60 seconds in the past. Also saml2aws issue #759.",
    ),
    "response-too-old": Row(
        "ExpiredTokenException",
        400,
        "Token must be redeemed within 5 minutes of issuance",
        Basis.REPORTED,
        "gimme-aws-creds issue #251 and many others. That the five minutes count from the assertion's "
        "IssueInstant, and where exactly they end, is inferred.",
        Basis.REPORTED,
    ),
    "session-name-missing": _token(
        "RoleSessionName is required in AuthnResponse", Basis.DOCUMENTED, _TROUBLE + "no RoleSessionName.",
        Basis.DOCUMENTED,
    ),
    "session-name-invalid": _token(
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{{2,64}}", Basis.DOCUMENTED,
        _TROUBLE + "a RoleSessionName with other characters or of another length.", Basis.DOCUMENTED,
    ),
    "source-identity-invalid": _token(
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{{2,64}} and not begin with "aws:"', Basis.DOCUMENTED,
        _TROUBLE + "a SourceIdentity with other characters, of another length, or reserved.", Basis.DOCUMENTED,
    ),
    "pair-not-offered": _token(
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes", Basis.OBSERVED,
        _RECORDED + "a pair of ARNs that the Role attribute does not hold.",
    ),
    "role-missing": _denied(Basis.DOCUMENTED, _TROUBLE + "the role does not exist."),
    "trust-denies": _denied(Basis.OBSERVED, _RECORDED + "the role's trust policy or its conditions do not allow it."),
    "tags-not-trusted": _denied(
        Basis.DOCUMENTED, "AWS IAM User Guide, Passing session tags: the trust policy must allow sts:TagSession."
    ),
    "source-identity-not-trusted": _denied(
        Basis.DOCUMENTED,
        "AWS IAM User Guide, SAML assertions: the trust policy must allow sts:SetSourceIdentity.",
    ),
    "name-id-missing": _denied(Basis.DOCUMENTED, _TROUBLE + "the assertion has no NameID."),
    "duration-above-role-maximum": _invalid(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        Basis.REPORTED,
        "Error logs of many users; AWS's troubleshooting page words it slightly differently.",
    ),
    "region-disabled": Row(
        "RegionDisabledException",
        403,
        "STS is not activated in this region for account:{account}. Your account administrator can activate STS "
        "in this region using the IAM Console.",
        Basis.REPORTED,
        "Error logs of users; the code is in AWS's API reference.",
    ),
    "page-no-role": Row(
        "", None, _PAGE, Basis.DOCUMENTED,
        _TROUBLE + "the Role attribute is missing or holds no usable pair." + _PAGE_STATUS, Basis.DOCUMENTED,
    ),
    "page-unreadable": Row(
        "", None, _PAGE, Basis.INFERRED,
        _TROUBLE + "the page's words for an invalid response; that bytes which are no XML get them is inferred."
        + _PAGE_STATUS,
    ),
}  # fmt: skip
"""Every refusal by its cause. The causes are stable: findings and tests name them.

The two rows of the sign-in page have no error code, because the page shows none.
"""


def refuse(cause: str, **values: object) -> Refused:
    """The refusal for a cause. ``values`` fill the places of its message. Raises KeyError for another cause."""
    row = REFUSALS[cause]
    message = row.message.format(**{"request_id": "{request_id}", **values})
    return Refused(row.code, row.http_status, message, row.basis, cause)


def source_of(cause: str) -> str:
    """Where the knowledge of a refusal comes from, in a sentence or two."""
    return REFUSALS[cause].source


@dataclass(frozen=True, slots=True)
class Constraint:
    """A parameter that breaks a limit."""

    member: str
    value: str
    """As it is printed, quotes and all; empty where it is not printed, because it is secret or a list."""
    phrase: str
    """What AWS says after ``Member must``."""

    def __str__(self) -> str:
        value = f" {self.value}" if self.value else ""
        return f"Value{value} at '{self.member}' failed to satisfy constraint: Member must {self.phrase}"


def refuse_parameters(broken: Sequence[Constraint]) -> Refused:
    """AWS's one sentence for every parameter that breaks a limit."""
    cause = "assertion-too-long" if any(not one.value for one in broken) else "parameter-constraint"
    details = "; ".join(map(str, broken))
    return refuse(cause, count=len(broken), plural="" if len(broken) == 1 else "s", details=details)


def on_page(refused: Refused) -> Refused:
    """The same refusal as the sign-in page shows it: an STS fault with the page's own tail."""
    row = REFUSALS[refused.cause]
    if not row.code:
        return refused
    if refused.cause == "not-xml":
        return replace(refuse("page-unreadable"), others=refused.others)
    tail = (
        f"(Service: AWSSecurityTokenService; Status Code: {refused.http_status}; Error Code: {refused.code}; "
        "Request ID: {request_id}; Proxy: null). Please try again."
    )
    basis = Basis.INFERRED if refused.others else row.page_basis
    return replace(refused, http_status=None, message=f"{refused.message} {tail}", basis=basis)


def with_request_id(message: str, request_id: str) -> str:
    """A message as a server sends it. Not ``str.format``: two of AWS's messages hold other braces."""
    return message.replace("{request_id}", request_id)


def words_of(answer: AwsAnswer, request_id: str) -> str:
    """An answer that is no acceptance, in words: AWS's own, or ours where AWS's are not known, which say so."""
    if isinstance(answer, Refused):
        return with_request_id(answer.message, request_id)
    reason = answer.reason if isinstance(answer, Unknown) else "nothing was asked for"
    return f"saml-harness: what AWS answers here is not known: {reason}"
