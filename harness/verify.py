"""XML and signature only, of any identity provider's response or metadata. It knows no AWS and no clock."""

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.aws.account import Aws
from harness.errors import UnreadableInput
from harness.report.model import Opinions, Verification
from harness.rules import Evidence, Policy, run
from harness.saml.document import METADATA, Document, parse
from harness.saml.dsig import SignatureCheck, verify
from harness.saml.engines import opinions
from harness.saml.keys import Certificate
from harness.saml.metadata import ROOTS
from harness.saml.names import short
from harness.saml.received import RESPONSE, Received, receive

_FAMILIES = frozenset({"XML", "SIG"})
_FOR_RESPONSES = frozenset({"SIG001", "XML017"})
"""Not asked here: AWS demands a signature in the Assertion itself, and metadata is welcome."""
_NO_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)
"""The rules of these families ask no clock; the evidence needs some instant."""


def verify_document(
    xml: bytes,
    keys: Sequence[Certificate],
    *,
    name: str = "document",
    allow_sha1: bool = False,
    ask_engines: bool = True,
    base64_fault: str | None = None,
) -> Verification:
    """Check every signature of a response or metadata document against the trusted keys.

    Raises UnreadableInput when the document is of another kind.
    """
    received = receive(xml, keys, allow_sha1=allow_sha1)
    root = received.document.root
    if root is None:
        received = _as_metadata(xml, keys, allow_sha1=allow_sha1)
        root = received.document.root
    kind = "unreadable" if root is None else short(root.tag)
    if root is not None and root.tag not in (*ROOTS, RESPONSE):
        raise UnreadableInput(f"{name}: expected a SAML Response or metadata, but its root is {kind}")
    words = all_opinions(received, keys) if ask_engines else ()
    policy = Policy(Aws(declared=False), tuple(keys), allow_sha1=allow_sha1)
    evidence = Evidence(received, policy, _NO_CLOCK, base64_fault=base64_fault, opinions=words)
    checks = [check for check in run(evidence, _FAMILIES) if check.rule.code not in _FOR_RESPONSES]
    findings = tuple(finding for check in checks for finding in check.findings)
    covered = _covered(received)
    return Verification(
        name=name,
        kind=kind,
        verified=bool(covered) and not any(finding.severity == "error" for finding in findings),
        covered=covered,
        findings=findings,
        signatures=words or all_opinions(received, ()),
    )


def _as_metadata(xml: bytes, keys: Sequence[Certificate], *, allow_sha1: bool) -> Received:
    """A second look under the wider limits of metadata, for documents that a message may not be as large as."""
    document = parse(xml, METADATA)
    if document.root is not None and document.root.tag not in ROOTS:
        return Received(parse(xml), ())
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
