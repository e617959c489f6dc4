"""XML and signature only, of any identity provider's response or metadata. It knows no AWS and no clock."""

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.aws.account import Aws
from harness.errors import UnreadableInput
from harness.report.model import Opinions, Verification
from harness.rules import Evidence, Policy, run
from harness.saml.document import METADATA, Document, DocumentFlaw, parse
from harness.saml.dsig import SignatureCheck, verify
from harness.saml.engines import opinions
from harness.saml.keys import Certificate
from harness.saml.metadata import ROOTS, Metadata
from harness.saml.names import SAML, short, with_article
from harness.saml.read import text_of
from harness.saml.received import ASSERTION, ENCRYPTED, RESPONSE, Received, receive

_ISSUER = f"{{{SAML}}}Issuer"
_FAMILIES = frozenset({"XML", "SIG"})
_FOR_RESPONSES = frozenset({"SIG001", "XML017"})
"""Not asked here: AWS demands a signature in the Assertion itself, and metadata is welcome."""
_NO_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)
"""The rules of these families ask no clock; the evidence needs some instant."""


def verify_document(
    xml: bytes,
    keys: Sequence[Certificate] = (),
    metadata: Sequence[Metadata] = (),
    *,
    name: str = "document",
    allow_sha1: bool = False,
    ask_engines: bool = True,
    base64_fault: str | None = None,
) -> Verification:
    """Check every signature of a response or metadata document.

    Trusted are ``keys``, and of ``metadata`` the keys of the entity that the document names as its issuer.
    Raises UnreadableInput when the document cannot be judged: no XML, of another kind, encrypted, no key for it.
    """
    document = _readable(xml, name)
    trusted = [*dict.fromkeys([*keys, *(key for one in metadata for key in one.keys_for(_issuer(document)))])]
    if not trusted:
        raise UnreadableInput(f"{name}: no trusted key: no metadata given describes its issuer {_issuer(document)!r}")
    received = _received(document, trusted, allow_sha1=allow_sha1)
    words = all_opinions(received, trusted) if ask_engines else ()
    policy = Policy(Aws(declared=False), tuple(trusted), allow_sha1=allow_sha1)
    evidence = Evidence(received, policy, _NO_CLOCK, base64_fault=base64_fault, opinions=words)
    checks = [check for check in run(evidence, _FAMILIES) if check.rule.code not in _FOR_RESPONSES]
    findings = tuple(finding for check in checks for finding in check.findings)
    covered = _covered(received)
    return Verification(
        name=name,
        kind="unreadable" if document.root is None else short(document.root.tag),
        verified=bool(covered) and not any(finding.severity == "error" for finding in findings),
        covered=covered,
        findings=findings,
        signatures=words or all_opinions(received, ()),
    )


def _readable(xml: bytes, name: str) -> Document:
    """The document, if it is one that can be judged. Metadata may be larger than a message."""
    document = parse(xml, METADATA)
    root = document.root
    if root is not None and root.tag not in ROOTS:
        document = parse(xml)
        root = document.root
    for flaw in document.flaws:
        if flaw.kind in (DocumentFlaw.MALFORMED, DocumentFlaw.TOO_LARGE):
            raise UnreadableInput(f"{name}: not readable as XML ({flaw.kind}: {flaw.got})")
    if root is not None and root.tag not in (*ROOTS, RESPONSE):
        kind = with_article(short(root.tag))
        raise UnreadableInput(f"{name}: expected a SAML Response or metadata, but its root is {kind}")
    if root is not None and next(root.iter(ENCRYPTED), None) is not None:
        raise UnreadableInput(f"{name}: the assertion is encrypted; check --decrypt-key opens it")
    return document


def _issuer(document: Document) -> str | None:
    """Who the document says it is from: the Issuer of its assertion, or the entityID of metadata."""
    root = document.root
    if root is None:
        return None
    if root.tag in ROOTS:
        return root.get("entityID")
    assertion = next(root.iter(ASSERTION), None)
    return text_of((root if assertion is None else assertion).find(_ISSUER))


def _received(document: Document, keys: Sequence[Certificate], *, allow_sha1: bool) -> Received:
    if document.root is not None and document.root.tag == RESPONSE:
        return receive(document.raw, keys, allow_sha1=allow_sha1)
    return Received(document, verify(document, keys, allow_sha1=allow_sha1))


def _covered(received: Received) -> str:
    """What the verified signatures protect: the assertion of a response, or a whole metadata document."""
    root = received.document.root
    if root is None or not received.signatures or not all(one.verified for one in received.signatures):
        return ""
    if root.tag in ROOTS:
        whole = [one for one in received.signatures if one.where.count("/") == 2]
        return f"the {whole[0].signed_element}" if whole else ""
    if received.assertion_count != 1:
        return ""
    outer = received.response_signature
    if outer is not None:
        return "the Response with its Assertion"
    return "the Assertion" if received.own_signature is not None else ""


def all_opinions(received: Received, keys: Sequence[Certificate]) -> tuple[Opinions, ...]:
    """Each engine's word on every signature, the strict profile's first."""
    documents = [(received.document, received.signatures)]
    if received.inner is not None:
        documents.append((received.inner, received.inner_signatures))
    return tuple(
        _opinions(document, check, position, keys)
        for document, checks in documents
        for position, check in enumerate(checks)
    )


def _opinions(document: Document, check: SignatureCheck, position: int, keys: Sequence[Certificate]) -> Opinions:
    strict = "verifies" if check.verified else "refuses"
    others = opinions(document, check, position, keys)
    return Opinions(
        where=check.where,
        signed_element=check.signed_element,
        signed_id=check.signed_id,
        method=check.method,
        key_thumbprint=None if check.key is None else check.key.thumbprint,
        words=(
            ("strict", strict, ", ".join(flaw.kind for flaw in check.flaws)),
            *((said.engine, said.word.value, said.reason) for said in others),
        ),
    )
