"""SIG: how it was signed. The strict profile of `harness.saml.dsig`, one rule for each demand."""

from collections.abc import Iterator

from harness.report.model import Basis, Severity
from harness.rules.core import Evidence
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.dsig import MAX_PREFIXES, SignatureFlaw

_OUTSIDE = "outside the profile"


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
    refs=("saml-core 5.4.3", "CVE-2025-66568"),
    flaw=SignatureFlaw.CANONICALIZATION,
)
def canonicalization_is_exclusive(evidence: Evidence) -> Iterator[Problem]:
    """SignedInfo is canonicalised by exclusive canonicalisation without comments, and what is signed can be.

    Why: SAML recommends it and Entra uses it; inclusive canonicalisation changes with the surroundings and can
    be made to take minutes. A library that takes a failure for empty bytes verifies a signature over nothing.
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


@rule(
    "SIG016",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("XML-DSig 4.1", "CVE-2025-29774"),
    settled_by=Usual.RESPONSE,
)
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
