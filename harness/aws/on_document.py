"""AWS's conditions on the document: the envelope, the structure it demands, and the signatures.

Each returns what AWS says when its condition is not met, else None. A condition whose evidence is missing says
nothing: what is missing has a condition of its own.
"""

from harness.aws.answers import Constraint, refuse, refuse_parameters
from harness.aws.attempt import Attempt, Objection
from harness.aws.session import LONGEST, SHORTEST
from harness.report.model import Unknown
from harness.saml.algorithms import SIGNATURE_METHODS
from harness.saml.document import DocumentFlaw
from harness.saml.dsig import SIGNATURE, SignatureCheck, SignatureFlaw
from harness.saml.names import SUCCESS

STS_CHARACTERS = 4, 100_000
PAGE_CHARACTERS = 131_072
_ALTERED = {SignatureFlaw.DIGEST, SignatureFlaw.VALUE}


def parameters_keep_their_limits(attempt: Attempt) -> Objection | None:
    """STS takes 4 to 100,000 characters of base64, and 900 to 43,200 seconds."""
    shortest, longest = STS_CHARACTERS
    broken = []
    if attempt.base64_size > longest:
        broken.append(Constraint("sAMLAssertion", "", f"have length less than or equal to {longest}"))
    if attempt.base64_size < shortest:
        broken.append(Constraint("sAMLAssertion", "", f"have length greater than or equal to {shortest}"))
    seconds = attempt.duration_seconds
    if seconds is not None and seconds > LONGEST:
        broken.append(Constraint("durationSeconds", f"'{seconds}'", f"have value less than or equal to {LONGEST}"))
    if seconds is not None and seconds < SHORTEST:
        broken.append(Constraint("durationSeconds", f"'{seconds}'", f"have value greater than or equal to {SHORTEST}"))
    return refuse_parameters(broken) if broken else None


def post_is_not_too_large(attempt: Attempt) -> Objection | None:
    """The sign-in page is reported to take less than 128 KB; its words for more are not known."""
    if attempt.base64_size < PAGE_CHARACTERS:
        return None
    return Unknown(
        f"{attempt.base64_size:,} characters of base64: the sign-in page is reported to take less than 128 KB, "
        "but not in which words it refuses more"
    )


def base64_is_clean(attempt: Attempt) -> Objection | None:
    """Every recorded response was valid base64; what AWS's decoder forgives is not known."""
    if attempt.base64_fault is None:
        return None
    return Unknown(f"the base64 is faulty ({attempt.base64_fault}), and what AWS's decoder forgives is not known")


def bytes_are_xml(attempt: Attempt) -> Objection | None:
    """Bytes that no parser reads are refused."""
    document = attempt.received.document
    malformed = any(flaw.kind is DocumentFlaw.MALFORMED for flaw in document.flaws)
    return refuse("not-xml") if document.root is None and malformed else None


def document_has_no_flaws(attempt: Attempt) -> Objection | None:
    """Nobody has recorded what AWS makes of a document that a hardened reader stops at the door."""
    flaws = [flaw for flaw in attempt.received.flaws if flaw.kind is not DocumentFlaw.MALFORMED]
    if not flaws:
        return None
    return Unknown(f"no evidence what AWS makes of a document with this flaw: {flaws[0].kind} ({flaws[0].got})")


def root_is_a_response(attempt: Attempt) -> Objection | None:
    """The posted element is a ``samlp:Response``."""
    if attempt.received.document.root is None or attempt.received.is_response:
        return None
    return Unknown("the document is no samlp:Response, and no evidence shows what AWS says to another one")


def document_is_built_as_saml_says(attempt: Attempt) -> Objection | None:
    """Elements stand where the schema puts them; how strictly AWS looks is not known."""
    if not attempt.received.shape:
        return None
    flaw = attempt.received.shape[0]
    return Unknown(f"no evidence what AWS makes of elements that break the schema: {flaw.where} holds {flaw.got}")


def there_is_exactly_one_assertion(attempt: Attempt) -> Objection | None:
    """One assertion, child of the Response: any further one is a place to hide."""
    received = attempt.received
    if not received.is_response:
        return None
    if received.assertion_count != 1:
        return Unknown(f"no evidence what AWS makes of a response with {received.assertion_count} assertions")
    if not received.assertions and not received.encrypted:
        return Unknown("no evidence what AWS makes of an assertion that is no child of the Response")
    return None


def versions_are_2_0(attempt: Attempt) -> Objection | None:
    """Response and Assertion are of SAML 2.0."""
    received = attempt.received
    found = [one.version for one in (received.response, received.facts) if one is not None]
    wrong = [version for version in found if version != "2.0"]
    return Unknown(f"no evidence what AWS makes of SAML version {wrong[0]!r}") if wrong else None


def envelope_is_whole(attempt: Attempt) -> Objection | None:
    """The Response has an ID and a readable IssueInstant, as SAML asks; nobody is known to have left them out."""
    response = attempt.received.response
    if response is None:
        return None
    if not response.id:
        return Unknown("the Response has no ID, and what AWS does then is not known")
    if response.issue_instant is None or response.issue_instant.at is None:
        return Unknown("the Response has no readable IssueInstant, and what AWS does then is not known")
    return None


def status_is_success(attempt: Attempt) -> Objection | None:
    """The identity provider says that it worked. AWS has an error for the contrary, never seen for SAML."""
    response = attempt.received.response
    if response is None or response.status == SUCCESS:
        return None
    return Unknown(f"no evidence what AWS makes of a response whose status is {response.status!r}")


def assertion_can_be_opened(attempt: Attempt) -> Objection | None:
    """An encrypted assertion is judged by what is inside."""
    received = attempt.received
    if not received.encrypted or received.inner is not None:
        return None
    if received.decryption_failed:
        return Unknown("the encrypted assertion cannot be decrypted with the key given")
    return Unknown("the assertion is encrypted and no key was given that opens it")


def nothing_inside_is_encrypted(attempt: Attempt) -> Objection | None:
    """Encrypted parts of an assertion, and subjects that are no NameID, are not described by AWS."""
    if not attempt.hides_parts:
        return None
    return Unknown("no evidence what AWS makes of an EncryptedID, EncryptedAttribute or BaseID")


def assertion_is_signed(attempt: Attempt) -> Objection | None:
    """The assertion carries a signature of its own: one on the Response does not stand in for it."""
    received = attempt.received
    if len(received.assertions) != 1 or received.assertion_count != 1:
        return None
    assertion = received.assertions[0]
    signature = next(assertion.iterchildren(SIGNATURE), None)
    return refuse("assertion-unsigned") if signature is None else None


def signed_content_is_unchanged(attempt: Attempt) -> Objection | None:
    """What was signed is what is there, in every signature present."""
    kinds = {flaw.kind for check in attempt.received.all_signatures for flaw in check.flaws}
    return refuse("signature-invalid") if SignatureFlaw.DIGEST in kinds else None


def signatures_keep_the_profile(attempt: Attempt) -> Objection | None:
    """Signatures are built as SAML asks; what AWS makes of any other is not recorded."""
    for check in attempt.received.all_signatures:
        strange = [flaw for flaw in check.flaws if flaw.kind not in _ALTERED]
        if any(flaw.kind is SignatureFlaw.SHA1 for flaw in strange):
            return Unknown("no evidence whether AWS still takes SHA-1 in a signature")
        if strange:
            return Unknown(f"no evidence what AWS makes of this signature: {strange[0].kind} ({strange[0].got})")
    return None


def signature_methods_are_rsa(attempt: Attempt) -> Objection | None:
    """AWS publishes no list of algorithms; only RSA with PKCS #1 padding has been seen to be taken."""
    checks = attempt.received.all_signatures
    return Unknown("no evidence which algorithms beyond RSA AWS takes") if any(map(_not_rsa, checks)) else None


def _not_rsa(check: SignatureCheck) -> bool:
    method = SIGNATURE_METHODS.get(check.method or "")
    return method is not None and method.family != "RSA"
