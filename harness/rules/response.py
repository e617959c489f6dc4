"""AST: the response as a whole: its structure, its envelope, and where it is addressed to."""

from collections.abc import Iterator

from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, DATA, Evidence, Unavailable, from_flaw
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.names import SUCCESS

_RESPONSE = "/Response"


@rule(
    "AST001",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-schema-protocol-2.0", "CVE-2021-21238"),
    settled_by=Usual.RESPONSE,
)
def elements_stand_as_the_schema_says(evidence: Evidence) -> Iterator[Problem]:
    """Every SAML element has the children that the schema allows, in its order.

    Why: elements that a schema would not allow are where forged content hides; AWS refuses several of these
    with its catch-all message.
    Fix: Entra always writes valid documents. Another issuer, or a template of your own: follow the order given.
    """
    if evidence.received.flaws:
        raise Unavailable("the XML door refused the document")
    for flaw in evidence.received.shape:
        yield from_flaw(flaw, "The children of this element are not what the SAML schema allows.")


@rule(
    "AST002",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("saml-profiles 4.1.4.2", "CVE-2022-41912"),
    settled_by=Usual.RESPONSE,
)
def there_is_one_assertion(evidence: Evidence) -> Iterator[Problem]:
    """The Response carries exactly one Assertion, and none hides elsewhere in the document.

    Why: with several, one is verified and another read. Entra sends one; several, or one inside Advice, are
    unsupported here.
    Fix: Entra always sends one. If there is none, the response reports a failure: read its Status.
    """
    received = evidence.received
    if received.document.root is None or not received.is_response:
        raise Unavailable("the document holds no Response")
    if received.assertion_count != 1:
        got = f"{received.assertion_count} in the document"
        yield Problem("There is not exactly one Assertion.", _RESPONSE, got, "one, directly in the Response")
    elif not received.assertions and not received.encrypted:
        yield Problem("The Assertion is not directly in the Response.", _RESPONSE, "elsewhere", "/Response/Assertion")


@rule(
    "AST004",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SAML assertions",),
    settled_by=Usual.ADDRESSES,
)
def recipient_is_an_acs(evidence: Evidence) -> Iterator[Problem]:
    """The Recipient is an ACS URL of AWS.

    Why: AWS documents it, and trust policies compare SAML:aud with this value. STS is observed to take any.
    Fix: Entra, Enterprise application, Single sign-on, Basic SAML Configuration: Reply URL.
    """
    recipient = evidence.confirmation.recipient
    if recipient is None:
        raise Unavailable("the SubjectConfirmationData has no Recipient, see AST015")
    if not evidence.is_acs(recipient):
        yield Problem("The Recipient is no ACS of AWS.", f"{DATA}/@Recipient", recipient, evidence.expected_acs)


@rule(
    "AST005",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-bindings 3.5.5.2",),
    settled_by=Usual.ADDRESSES,
)
def destination_is_an_acs(evidence: Evidence) -> Iterator[Problem]:
    """The Response's Destination is an ACS URL of AWS.

    Why: a response meant for another address must not be taken; whether AWS compares it is not known, but
    command-line clients post to whatever stands here.
    Fix: Entra, Enterprise application, Single sign-on, Basic SAML Configuration: Reply URL.
    """
    destination = evidence.response.destination
    if destination is None:
        raise Unavailable("the Response has no Destination")
    if not evidence.is_acs(destination):
        yield Problem(
            "The Destination is no ACS of AWS.", f"{_RESPONSE}/@Destination", destination, evidence.expected_acs
        )


@rule(
    "AST007",
    severity=Severity.WARNING,
    basis=Basis.OBSERVED,
    refs=("saml-profiles 4.1.4.2",),
    settled_by=Usual.RESPONSE,
)
def both_issuers_are_one(evidence: Evidence) -> Iterator[Problem]:
    """Response and Assertion name the same Issuer.

    Why: AWS looks only at the Assertion's, other service providers refuse the difference.
    Fix: Entra writes the same in both. Find out what changed the envelope.
    """
    outer = evidence.response.issuer
    if outer is not None and outer != evidence.assertion.issuer:
        yield Problem(
            "Response and Assertion name different Issuers.",
            f"{_RESPONSE}/Issuer",
            got=outer,
            expected=evidence.assertion.issuer or "none",
        )


@rule("AST008", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 3.2.2.2",), settled_by=Usual.RESPONSE)
def status_is_success(evidence: Evidence) -> Iterator[Problem]:
    """The Response reports success.

    Why: any other status says that nobody was signed in, whatever else the document holds.
    Fix: Read the StatusMessage: Entra puts an AADSTS code there that names the cause.
    """
    response = evidence.response
    if response.status != SUCCESS:
        detail = "; ".join(filter(None, (response.status, response.sub_status, response.status_message)))
        yield Problem("The status is not Success.", f"{_RESPONSE}/Status", detail[:300] or "none", SUCCESS)


@rule(
    "AST009",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 3.2.2", "saml-core 2.3.3"),
    settled_by=Usual.RESPONSE,
)
def versions_are_2_0(evidence: Evidence) -> Iterator[Problem]:
    """Response and Assertion say Version 2.0.

    Why: a reader of SAML 2.0 must refuse other versions.
    Fix: Entra always writes 2.0. Another issuer: choose SAML 2.0, not 1.1 or WS-Federation.
    """
    for where, version in (
        (_RESPONSE, evidence.response.version),
        (ASSERTION, evidence.assertion.version),
    ):
        if version != "2.0":
            yield Problem("The version is not 2.0.", f"{where}/@Version", version or "none", "2.0")


@rule(
    "AST018",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-profiles 4.1.4.3",),
    settled_by=Usual.RESPONSE,
)
def in_response_to_agrees(evidence: Evidence) -> Iterator[Problem]:
    """Response and SubjectConfirmationData answer the same request, or none.

    Why: only the one inside the assertion is signed; a difference means that the envelope was exchanged.
    Fix: Entra writes both or neither. Find out what changed the envelope.
    """
    outer, inner = evidence.response.in_response_to, evidence.confirmation.in_response_to
    if outer != inner:
        yield Problem(
            "InResponseTo differs between envelope and assertion.",
            f"{_RESPONSE}/@InResponseTo",
            got=outer or "none",
            expected=inner or "none",
        )


@rule(
    "AST019",
    severity=Severity.NOTE,
    basis=Basis.INFERRED,
    refs=("IAM User Guide: SAML federation",),
    settled_by=Usual.RESPONSE,
)
def response_is_unsolicited(evidence: Evidence) -> Iterator[Problem]:
    """The response answers no request.

    Why: AWS's SAML federation starts at the identity provider; a request in its name is made up by a client such
    as a command-line tool. AWS ignores InResponseTo as far as known.
    Fix: Nothing to do.
    """
    inner = evidence.confirmation.in_response_to
    if inner is not None and inner == evidence.response.in_response_to:
        yield Problem(
            "The response answers a request, which AWS does not send.", f"{DATA}/@InResponseTo", inner, "none"
        )


@rule(
    "AST029",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 2.3.4", "IAM User Guide: encrypted assertions"),
    settled_by=Usual.RESPONSE,
)
def encrypted_assertion_can_be_opened(evidence: Evidence) -> Iterator[Problem]:
    """An encrypted assertion can be decrypted with the key given.

    Why: nothing in it can be judged otherwise.
    Fix: Give the private key that was uploaded to the SAML provider with --decrypt-key.
    """
    received = evidence.received
    if received.encrypted and received.inner is None:
        failed = "it cannot be decrypted with the key given" if received.decryption_failed else "no key was given"
        yield Problem(
            "The assertion is encrypted and was not opened.",
            "/Response/EncryptedAssertion",
            failed,
            "a plain assertion inside",
        )


@rule(
    "AST030",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 3.2.2", "saml-core 2.3.3"),
    settled_by=Usual.RESPONSE,
)
def messages_have_ids(evidence: Evidence) -> Iterator[Problem]:
    """Response and Assertion have an ID.

    Why: a signature refers to the element by it, and so do logs.
    Fix: Entra always writes them. Another issuer: add a random ID that begins with an underscore.
    """
    for where, value in ((_RESPONSE, evidence.response.id), (ASSERTION, evidence.assertion.id)):
        if not value:
            yield Problem("The ID is missing.", where, "none", "an ID")


@rule(
    "AST031",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("IAM User Guide: encrypted assertions",),
    settled_by=Usual.METADATA,
)
def assertion_is_encrypted_where_required(evidence: Evidence) -> Iterator[Problem]:
    """A provider that requires encryption is sent an encrypted assertion.

    Why: with AssertionEncryptionMode Required AWS refuses a plain one, with its catch-all message.
    Fix: Entra, Enterprise application, Token encryption: import the provider's certificate and activate it; or set
    the provider to Allowed (aws iam update-saml-provider --assertion-encryption-mode Allowed).
    """
    if evidence.received.encrypted:
        return
    providers = evidence.policy.aws.providers
    for arn in map(str, evidence.named_providers):
        if arn in providers and providers[arn].required:
            yield Problem(f"{arn} requires encryption.", ASSERTION, "a plain Assertion", "an EncryptedAssertion")
