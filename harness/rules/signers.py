"""SIG: by whom it was signed, whether the right thing was signed, and whether the engines agree."""

from collections.abc import Iterator

from harness.errors import BadKey
from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, Evidence, Unavailable
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.b64 import decode_base64
from harness.saml.document import Flaw
from harness.saml.dsig import SignatureFlaw
from harness.saml.keys import Certificate, certificate_from_base64
from harness.saml.model import Assertion


@rule(
    "SIG001",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response (with optional signature) must contain an assertion with a mandatory signature",),
    settled_by=Usual.RESPONSE,
)
def assertion_is_signed(evidence: Evidence) -> Iterator[Problem]:
    """The Assertion carries a signature of its own.

    Why: AWS demands it; a signature on the Response alone is refused, although it would protect the same bytes.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates, Edit, Signing Option: Sign SAML
    assertion (or: Sign SAML response and assertion).
    """
    received = evidence.received
    if received.flaws:
        raise Unavailable("the XML door refused the document")
    if not received.assertions:
        raise Unavailable("there is no assertion")
    if any(check.signed_element == "Assertion" for check in received.all_signatures):
        return
    only = "only the Response is signed" if received.all_signatures else "nothing is signed"
    yield Problem("The Assertion is not signed.", ASSERTION, got=only, expected="a Signature in the Assertion")


@rule(
    "SIG002",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response signature invalid",),
    flaw=SignatureFlaw.VALUE,
)
def signature_is_by_a_trusted_key(evidence: Evidence) -> Iterator[Problem]:
    """Every signature was made with a key that the metadata lists for signing.

    Why: this is the only proof that Entra said it. The usual causes: the certificate was rolled in Entra and
    AWS still holds the old metadata, or AWS was given another application's metadata.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates: download Federation Metadata XML and
    upload it to the SAML provider of each AWS account (aws iam update-saml-provider).
    """
    if not evidence.policy.keys:
        raise Unavailable("no trusted key was given")
    trusted = ", ".join(key.thumbprint for key in evidence.policy.keys[:10])
    for problem in evidence.signature_flaws(SignatureFlaw.VALUE, "No trusted key made this signature."):
        yield Problem(
            problem.message,
            problem.where,
            got=_named_by(evidence, problem.where),
            expected=f"one of {trusted}",
            line=problem.line,
        )


def _named_by(evidence: Evidence, where: str) -> str:
    for check in evidence.received.all_signatures:
        if check.where == where and check.key_info:
            try:
                return f"KeyInfo names {certificate_from_base64(check.key_info).thumbprint}"
            except BadKey:
                return "KeyInfo holds no readable certificate"
    return "no certificate in KeyInfo"


@rule("SIG018", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("saml-core 5.4.5",), settled_by=Usual.RESPONSE)
def key_info_names_the_signer(evidence: Evidence) -> Iterator[Problem]:
    """KeyInfo carries the certificate that made the signature.

    Why: it is only a hint and never trusted, but Entra always writes it, and people read it to see which key
    was used. Another certificate there misleads them.
    Fix: Compare the thumbprints in Entra's SAML Certificates pane with those that AWS holds.
    """
    for check in evidence.received.all_signatures:
        if check.key is None:
            continue
        if check.key_info is None:
            yield Problem("KeyInfo carries no certificate.", check.where, "none", check.key.thumbprint, line=check.line)
        elif not _same_bytes(check.key_info, check.key):
            yield Problem(
                "KeyInfo carries another certificate than the one that signed.",
                check.where,
                got=_named_by(evidence, check.where),
                expected=check.key.thumbprint,
                line=check.line,
            )


def _same_bytes(text: str, key: Certificate) -> bool:
    try:
        return text == key.base64 or decode_base64(text) == key.der
    except ValueError:
        return False


@rule(
    "SIG019",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("Somorovsky et al. 2012",),
    settled_by=Usual.RESPONSE,
)
def claimed_facts_are_the_signed_ones(evidence: Evidence) -> Iterator[Problem]:
    """What the document shows first is what was signed.

    Why: in a wrapping attack a genuine signed assertion lies somewhere in the document while a forged one
    stands where readers look.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    received = evidence.received
    if received.signed is None:
        raise Unavailable("no verified signature covers an assertion")
    if received.claimed is not None and received.claimed != received.signed:
        name, shown, meant = _first_difference(received.claimed, received.signed)
        yield Problem(
            f"The first assertion in the document is not the signed one: its {name} differs.",
            ASSERTION,
            got=shown,
            expected=meant,
        )


def _first_difference(shown: Assertion, signed: Assertion) -> tuple[str, str, str]:
    for name in ("id", "issuer", "name_id", "attributes", "conditions", "confirmations", "authn_statements"):
        one, other = getattr(shown, name), getattr(signed, name)
        if one != other:
            return name, str(one)[:200], str(other)[:200]
    return "content", "other values", "the signed values"


@rule("SIG020", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("harness.saml.engines",))
def engines_agree(evidence: Evidence) -> Iterator[Problem]:
    """The strict profile, xmlsec and signxml say the same of every signature.

    Why: a difference means that one of the three reads the document otherwise; until it is understood nothing
    in the response should be trusted.
    Fix: Report it to this project with a redacted response.
    """
    if not evidence.opinions:
        raise Unavailable("the other engines were not asked")
    for check, opinion in zip(evidence.received.all_signatures, evidence.opinions, strict=False):
        mine = "verifies" if check.verified else "refuses"
        others = [(engine, word) for engine, word, _ in opinion.words if word in ("verifies", "refuses")]
        if any(word != mine for _, word in others) and not _only_sha1(check.flaws):
            said = ", ".join(f"{engine} {word}" for engine, word in others)
            yield Problem("The engines disagree about a signature.", check.where, said, f"strict {mine}")


def _only_sha1(flaws: tuple[Flaw, ...]) -> bool:
    """The strict profile refuses SHA-1 by policy; the engines were asked about the arithmetic alone."""
    return bool(flaws) and all(flaw.kind is SignatureFlaw.SHA1 for flaw in flaws)


@rule("SIG021", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("saml-core 5.3",), settled_by=Usual.RESPONSE)
def both_signatures_are_by_one_key(evidence: Evidence) -> Iterator[Problem]:
    """Response and Assertion are signed with the same key.

    Why: both keys are trusted, so it is accepted, and the Assertion's own bytes decide; but no identity provider
    does this on purpose.
    Fix: Look for a proxy that signs the Response anew, or a rollover that is half done.
    """
    outer, own = evidence.received.response_signature, evidence.received.own_signature
    if outer and own and outer.key and own.key and outer.key.public_bytes != own.key.public_bytes:
        yield Problem(
            "Response and Assertion are signed with different keys.",
            outer.where,
            got=outer.key.thumbprint,
            expected=own.key.thumbprint,
        )


@rule(
    "SIG023",
    severity=Severity.WARNING,
    basis=Basis.INFERRED,
    refs=("Entra: certificate signing options",),
)
def allowed_sha1_is_still_weak(evidence: Evidence) -> Iterator[Problem]:
    """Even where SHA-1 is allowed, it is reported.

    Why: SHA-1 can be collided; a response signed with it should be moved to SHA-256.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates, Edit, Signing Algorithm: SHA-256.
    """
    if not evidence.policy.allow_sha1:
        raise Unavailable("SHA-1 is not allowed, see SIG014")
    for check in evidence.received.all_signatures:
        if "sha1" in f"{check.method} {check.digest_method}":
            yield Problem("SHA-1 is used, and allowed by your flag.", check.where, f"{check.method}", "SHA-256")
