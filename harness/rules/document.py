"""XML: what is refused at the door, before any signature is looked at.

Each of these has let somebody sign in as somebody else at some service provider, or stopped one.
"""

from collections.abc import Iterator

from harness.report.model import Basis, Severity
from harness.rules.core import Evidence
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.document import DocumentFlaw
from harness.saml.names import short, with_article


@rule(
    "XML001",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("XML 1.0, 2.1 Well-Formed XML Documents",),
    flaw=DocumentFlaw.MALFORMED,
)
def document_is_well_formed(evidence: Evidence) -> Iterator[Problem]:
    """The message is well-formed XML.

    Why: nothing can be read from a broken document, and a lenient reader reads something else.
    Fix: Capture the POST again from the browser's network view; copy the value of SAMLResponse whole.
    """
    yield from evidence.flaws(DocumentFlaw.MALFORMED, "The message is not well-formed XML.")


@rule("XML002", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("CVE-2025-54572",), flaw=DocumentFlaw.TOO_LARGE)
def document_is_not_huge(evidence: Evidence) -> Iterator[Problem]:
    """The message is of a size that can be handled.

    Why: a service that reads without a bound can be stopped by one message. AWS takes at most 100,000
    characters of base64.
    Fix: Look at what was given: Entra's responses are a hundred times smaller. If it is one, give the user fewer app
    roles.
    """
    yield from evidence.flaws(DocumentFlaw.TOO_LARGE, "The message is too large to be read.")


@rule(
    "XML003",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("CVE-2025-25291", "OWASP XXE"),
    flaw=DocumentFlaw.DOCTYPE,
)
def document_has_no_doctype(evidence: Evidence) -> Iterator[Problem]:
    """The document has no DOCTYPE.

    Why: a DOCTYPE can define entities that change what is read after the signature was checked, read files,
    or fill the memory.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.DOCTYPE, "The document has a DOCTYPE.")


@rule(
    "XML004",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("CVE-2017-11427", "VU#475445"),
    flaw=DocumentFlaw.COMMENT,
)
def document_has_no_comments(evidence: Evidence) -> Iterator[Problem]:
    """The document has no comments.

    Why: canonicalisation drops comments, so they can be added to a signed text, and many readers stop at
    them: admin@contoso.com<!---->.evil.example is read as admin@contoso.com.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.COMMENT, "The document holds a comment.")


@rule(
    "XML005",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("xml-crypto and processing instructions",),
    flaw=DocumentFlaw.INSTRUCTION,
)
def document_has_no_processing_instructions(evidence: Evidence) -> Iterator[Problem]:
    """The document has no processing instructions.

    Why: readers stop at them as at comments, and canonicalisers disagree about them.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.INSTRUCTION, "The document holds a processing instruction.")


@rule(
    "XML006",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("XML 1.0, 4.3.3 Character Encoding",),
    flaw=DocumentFlaw.ENCODING,
)
def document_is_utf8(evidence: Evidence) -> Iterator[Problem]:
    """The document is encoded in UTF-8.

    Why: a filter that looks at bytes does not see what a parser sees in UTF-7 or UTF-16.
    Fix: Post the response as Entra sent it; it is UTF-8 without an XML declaration.
    """
    yield from evidence.flaws(DocumentFlaw.ENCODING, "The document is in another encoding than UTF-8.")


@rule("XML007", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("XML 1.0, 2.8 Prolog",), flaw=DocumentFlaw.VERSION)
def document_is_xml_1_0(evidence: Evidence) -> Iterator[Problem]:
    """The document is XML 1.0.

    Why: canonicalisation is defined for XML 1.0 only; other versions allow other characters.
    Fix: Post the response as Entra sent it; it has no XML declaration.
    """
    yield from evidence.flaws(DocumentFlaw.VERSION, "The document says that it is another version of XML.")


@rule(
    "XML008",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 1.3.4", "CVE-2026-63182"),
    flaw=DocumentFlaw.DUPLICATE_ID,
)
def ids_are_unique(evidence: Evidence) -> Iterator[Problem]:
    """Every ID occurs once.

    Why: a signature names the signed element by its ID; with two of them, one is verified and the other read.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.DUPLICATE_ID, "An ID occurs twice.")


@rule(
    "XML009",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-core 1.3.4", "XML Schema, xs:ID"),
    flaw=DocumentFlaw.ID_NOT_NCNAME,
)
def ids_are_ncnames(evidence: Evidence) -> Iterator[Problem]:
    """Every ID begins with a letter or underscore and holds no colon or blank.

    Why: xs:ID asks for it; libraries that validate the schema refuse the response, others build an XPath
    from the value. A GUID needs a prefix, since it may begin with a digit.
    Fix: Prefix generated IDs with an underscore, as Entra does.
    """
    yield from evidence.flaws(DocumentFlaw.ID_NOT_NCNAME, "An ID is not an NCName.")


@rule(
    "XML010",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("xmlsec add_ids", "The Fragile Lock"),
    flaw=DocumentFlaw.FOREIGN_ID,
)
def ids_are_called_id(evidence: Evidence) -> Iterator[Problem]:
    """Identifiers stand in plain ID or Id attributes only.

    Why: libraries look for the signed element under xml:id, samlp:ID, id and more, each in its own order, so
    a decoy under another name is found by some of them first.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.FOREIGN_ID, "An identifier has another name than ID.")


@rule(
    "XML011", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("GHSA-qhrp-hfff-vphr",), flaw=DocumentFlaw.TOO_DEEP
)
def nesting_is_shallow(evidence: Evidence) -> Iterator[Problem]:
    """Elements are not nested without end.

    Why: deep nesting exhausts the stack of recursive readers; a SAML response needs about ten levels.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.TOO_DEEP, "Elements are nested too deeply.")


@rule(
    "XML012",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("GHSA-qhrp-hfff-vphr",),
    flaw=DocumentFlaw.TOO_MANY_ELEMENTS,
)
def elements_are_countable(evidence: Evidence) -> Iterator[Problem]:
    """The number of elements is within bounds.

    Why: every later step costs time for each element.
    Fix: Give each user fewer app roles, or use one enterprise application for each AWS account.
    """
    yield from evidence.flaws(DocumentFlaw.TOO_MANY_ELEMENTS, "The document has too many elements.")


@rule(
    "XML013",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("libxml2 C14N cost",),
    flaw=DocumentFlaw.TOO_MANY_NAMESPACES,
)
def namespaces_are_few(evidence: Evidence) -> Iterator[Problem]:
    """The number of namespace declarations is within bounds.

    Why: the cost of canonicalisation grows with namespaces times elements; 24 KB can keep it busy for seconds.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.TOO_MANY_NAMESPACES, "The document declares too many namespaces.")


@rule(
    "XML014",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("libxml2 C14N cost",),
    flaw=DocumentFlaw.TOO_MANY_ATTRIBUTES,
)
def attributes_are_few(evidence: Evidence) -> Iterator[Problem]:
    """No element has more XML attributes than any SAML element could need.

    Why: canonicalisation sorts attributes one by one, so ten thousand of them cost a second.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.TOO_MANY_ATTRIBUTES, "An element has too many attributes.")


@rule(
    "XML015",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("CVE-2025-66568", "Canonical XML 1.0, 1.3"),
    flaw=DocumentFlaw.RELATIVE_NAMESPACE,
)
def namespaces_are_absolute(evidence: Evidence) -> Iterator[Problem]:
    """Every namespace URI is absolute.

    Why: libxml2 cannot canonicalise a document with a relative one; wrappers have taken that failure for an
    empty result, and then every signature over nothing verifies everything.
    Fix: Entra never sends this. Find out what changed the response on its way, and trust nothing in it.
    """
    yield from evidence.flaws(DocumentFlaw.RELATIVE_NAMESPACE, "A namespace URI is relative.")


@rule(
    "XML016",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("RFC 4648, 4", "saml-bindings 3.5.4"),
    settled_by=Usual.POST,
)
def base64_is_strict(evidence: Evidence) -> Iterator[Problem]:
    """The posted value is plain base64.

    Why: decoders differ in what junk they drop, so two programs may see two messages. It is also what a cut
    or URL-safe copy of the value looks like.
    Fix: Capture the POST again from the browser's network view; copy the value of SAMLResponse whole.
    """
    if evidence.base64_fault is not None:
        yield Problem(
            "The value is not plain base64.",
            "/",
            got=evidence.base64_fault,
            expected="A-Z a-z 0-9 + / and = at the end, with line breaks at most",
        )


@rule(
    "XML017",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("saml-bindings 3.5.4", "saml-core 3.3.3"),
    settled_by=Usual.RESPONSE,
)
def message_is_a_response(evidence: Evidence) -> Iterator[Problem]:
    """The message is a SAML 2.0 Response.

    Why: an ACS takes Responses only; a metadata document, an AuthnRequest or a bare Assertion is none.
    Fix: Give the value of the SAMLResponse form field that the browser posts to AWS.
    """
    root = evidence.received.document.root
    if root is not None and not evidence.received.is_response:
        yield Problem(
            f"This is {with_article(short(root.tag))}, not a Response.",
            f"/{short(root.tag)}",
            got=str(root.tag),
            expected="{urn:oasis:names:tc:SAML:2.0:protocol}Response",
        )
