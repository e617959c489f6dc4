"""SIG: what was signed, how, and by whom. The strict profile of `harness.saml.dsig`, one rule for each demand."""

from collections.abc import Iterator

from harness.errors import BadKey
from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, Evidence, Problem, Unavailable, rule
from harness.saml.b64 import decode_base64
from harness.saml.document import Flaw
from harness.saml.dsig import MAX_PREFIXES, SignatureFlaw
from harness.saml.keys import Certificate, certificate_from_base64
from harness.saml.model import Assertion

_OUTSIDE = "outside the profile"


@rule(
    "SIG001",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response (with optional signature) must contain an assertion with a mandatory signature",),
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


@rule(
    "SIG003",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response signature invalid",),
    flaw=SignatureFlaw.DIGEST,
)
def content_is_what_was_signed(evidence: Evidence) -> Iterator[Problem]:
    """The signed element is unchanged since it was signed.

    Why: the digest in the signature is of other content. Somebody edited the response, or a tool re-indented
    it: white space is content.
    Fix: Give the response exactly as posted. If it was only pretty-printed for reading, take the original.
    """
    yield from evidence.signature_flaws(SignatureFlaw.DIGEST, "The content was changed after it was signed.")


@rule(
    "SIG004",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 2.3.3", "saml-core 3.2.2"),
    flaw=SignatureFlaw.MISPLACED,
)
def signature_stands_in_its_place(evidence: Evidence) -> Iterator[Problem]:
    """A Signature stands directly in the Response or Assertion, right after its Issuer.

    Why: the schema puts it there. A signature found elsewhere protects something that nobody reads.
    Fix: Entra always places it right. Another issuer: insert the Signature after the Issuer element.
    """
    yield from evidence.signature_flaws(SignatureFlaw.MISPLACED, "The Signature is not where SAML puts it.")


@rule("SIG005", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 5.4.1",), flaw=SignatureFlaw.REPEATED)
def element_has_one_signature(evidence: Evidence) -> Iterator[Problem]:
    """An element carries at most one Signature.

    Why: of two, one may be checked and the other trusted.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.REPEATED, "The element carries a second Signature.")


@rule(
    "SIG006",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 5.4.2", "Somorovsky et al. 2012"),
    flaw=SignatureFlaw.OTHER_ELEMENT,
)
def reference_is_to_the_parent(evidence: Evidence) -> Iterator[Problem]:
    """A Signature refers to the element it stands in.

    Why: signature wrapping moves the signed element away and puts a forged one where readers look.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(
        SignatureFlaw.OTHER_ELEMENT, "The Signature covers another element than the one it stands in."
    )


@rule("SIG007", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 5.4.2",), flaw=SignatureFlaw.URI)
def reference_uri_is_an_id(evidence: Evidence) -> Iterator[Problem]:
    """The Reference URI is # and an ID, nothing else.

    Why: libraries read files, evaluate XPath or hang for URIs of other forms, before they check the signature.
    Fix: The issuer must sign by ID: URI="#" followed by the ID of the Assertion.
    """
    yield from evidence.signature_flaws(SignatureFlaw.URI, f"The Reference URI is {_OUTSIDE}.")


@rule(
    "SIG008",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 5.4.2", "CVE-2026-33487"),
    flaw=SignatureFlaw.REFERENCES,
)
def there_is_one_reference(evidence: Evidence) -> Iterator[Problem]:
    """A Signature has exactly one Reference.

    Why: SAML says so; with two, some libraries check the first and return the last.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.REFERENCES, "There is not exactly one Reference.")


@rule(
    "SIG009",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 5.4.3",),
    flaw=SignatureFlaw.CANONICALIZATION,
)
def canonicalization_is_exclusive(evidence: Evidence) -> Iterator[Problem]:
    """SignedInfo is canonicalised by exclusive canonicalisation without comments.

    Why: SAML recommends it and Entra uses it; inclusive canonicalisation changes with the surroundings and can
    be made to take minutes.
    Fix: Another issuer than Entra: choose http://www.w3.org/2001/10/xml-exc-c14n#.
    """
    yield from evidence.signature_flaws(SignatureFlaw.CANONICALIZATION, f"The canonicalisation is {_OUTSIDE}.")


@rule(
    "SIG010", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 5.4.4",), flaw=SignatureFlaw.TRANSFORMS
)
def transforms_are_the_two(evidence: Evidence) -> Iterator[Problem]:
    """The transforms are enveloped-signature, then exclusive canonicalisation.

    Why: SAML allows no others. XPath and XSLT choose what is signed, and some libraries run them first or
    ignore them silently.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.TRANSFORMS, f"The transforms are {_OUTSIDE}.")


@rule(
    "SIG011", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("libxml2 C14N cost",), flaw=SignatureFlaw.PREFIX_LIST
)
def prefix_list_is_short(evidence: Evidence) -> Iterator[Problem]:
    """An InclusiveNamespaces PrefixList names few prefixes.

    Why: its cost grows with prefixes times elements; libraries were seen to hang on a long one.
    Fix: The issuer needs at most the prefixes used in attribute values, usually xs.
    """
    for problem in evidence.signature_flaws(SignatureFlaw.PREFIX_LIST, "The PrefixList is too long."):
        expected = f"at most {MAX_PREFIXES}, and not #default"
        yield Problem(problem.message, problem.where, problem.got, expected, line=problem.line)


@rule(
    "SIG012",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("CVE-2018-7644", "RFC 9231"),
    flaw=SignatureFlaw.METHOD,
)
def signature_method_is_allowed(evidence: Evidence) -> Iterator[Problem]:
    """The signature algorithm is RSA, RSA-PSS or ECDSA with SHA-2.

    Why: MD5 and RIPEMD can be forged, an HMAC could be keyed with the public certificate, and an unknown name
    was taken for SHA-1 by some libraries.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates, Edit, Signing Algorithm: SHA-256.
    """
    yield from evidence.signature_flaws(SignatureFlaw.METHOD, "The signature algorithm is not allowed.")


@rule("SIG013", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("RFC 9231",), flaw=SignatureFlaw.DIGEST_METHOD)
def digest_method_is_allowed(evidence: Evidence) -> Iterator[Problem]:
    """The digest algorithm is of the SHA-2 family.

    Why: the signature protects only the digest; whoever can collide the digest can change the content.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates, Edit, Signing Algorithm: SHA-256.
    """
    yield from evidence.signature_flaws(SignatureFlaw.DIGEST_METHOD, "The digest algorithm is not allowed.")


@rule(
    "SIG014",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("Entra: certificate signing options",),
    flaw=SignatureFlaw.SHA1,
)
def sha1_is_not_used(evidence: Evidence) -> Iterator[Problem]:
    """SHA-1 is not used to sign.

    Why: SHA-1 can be collided; Entra still offers it for old service providers. What AWS says is not known.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates, Edit, Signing Algorithm: SHA-256.
    """
    yield from evidence.signature_flaws(SignatureFlaw.SHA1, "SHA-1 is used.")


@rule(
    "SIG015",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("XML-DSig 4.3", "CVE-2025-29775"),
    flaw=SignatureFlaw.BASE64,
)
def signature_values_are_plain(evidence: Evidence) -> Iterator[Problem]:
    """SignatureValue and DigestValue are plain base64 texts.

    Why: a comment or element inside splits the value: one reader sees the genuine part, another the forged.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.BASE64, "A signature value is not plain base64.")


@rule("SIG016", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("XML-DSig 4.1", "CVE-2025-29774"))
def signature_holds_what_it_must(evidence: Evidence) -> Iterator[Problem]:
    """A Signature holds SignedInfo, SignatureValue and at most one KeyInfo, and nothing else.

    Why: everything inside a Signature is unsigned although it lies in the signed element: an Object or a
    second SignedInfo there is a hiding place.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.CHILDREN, "The Signature holds something it should not.")
    yield from evidence.signature_flaws(SignatureFlaw.SIGNED_INFO, "The SignedInfo is not built as XML-DSig says.")


@rule("SIG017", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("CVE-2021-40690",), flaw=SignatureFlaw.KEY_INFO)
def key_info_is_inert(evidence: Evidence) -> Iterator[Problem]:
    """KeyInfo holds certificates, names or key values, and nothing that must be fetched or followed.

    Why: RetrievalMethod makes libraries read files and addresses of an attacker's choice.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.KEY_INFO, "KeyInfo holds something it should not.")


@rule("SIG018", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("saml-core 5.4.5",))
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


@rule("SIG019", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("Somorovsky et al. 2012",))
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


@rule("SIG021", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("saml-core 5.3",))
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
    "SIG022", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("CVE-2025-66568",), flaw=SignatureFlaw.UNCANONICAL
)
def content_can_be_canonicalised(evidence: Evidence) -> Iterator[Problem]:
    """The signed element has a canonical form.

    Why: a library that takes a failed canonicalisation for an empty one verifies a signature over nothing.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.signature_flaws(SignatureFlaw.UNCANONICAL, "The signed element cannot be canonicalised.")


@rule("SIG023", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("Entra: certificate signing options",))
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
