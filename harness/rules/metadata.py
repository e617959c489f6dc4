"""MET: the federation metadata that AWS would be given."""

from collections.abc import Iterator
from datetime import datetime

from harness.aws.account import Aws
from harness.errors import BadKey
from harness.report.model import Basis, Finding, Severity
from harness.rules.core import Evidence, Policy, Unavailable, run
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.document import Document, DocumentFlaw
from harness.saml.dsig import SignatureFlaw
from harness.saml.keys import certificate_from_base64
from harness.saml.metadata import Metadata
from harness.saml.received import Received
from harness.saml.times import read_instant

TENANT_WIDE_SUBJECT = "CN=accounts.accesscontrol.windows.net"
_DOWNLOAD = "Entra, Enterprise application, Single sign-on, SAML Certificates: Federation Metadata XML"


@rule("MET001", severity=Severity.WARNING, basis=Basis.DOCUMENTED, refs=("IAM User Guide: create a SAML provider",))
def metadata_has_no_byte_order_mark(evidence: Evidence) -> Iterator[Problem]:
    """The metadata file begins without a byte order mark.

    Why: Entra puts one in front; IAM documents that it refuses such a file with "Could not parse metadata".
    Fix: Save the file as UTF-8 without BOM before uploading: tail -c +4 metadata.xml > clean.xml.
    """
    for document in evidence.metadata:
        if document.document.bom:
            yield Problem(f"{document.name} begins with a byte order mark.", got="EF BB BF", expected="<")


@rule("MET002", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("Entra: federation metadata",))
def metadata_is_of_the_application(evidence: Evidence) -> Iterator[Problem]:
    """The metadata lists the application's own certificates, not those of the whole tenant.

    Why: the document without ?appid= carries Microsoft's tenant-wide keys; Entra signs for an application with
    that application's certificate, so AWS would refuse every response.
    Fix: Download it from the application: Entra, Enterprise application, Single sign-on, SAML Certificates:
    Federation Metadata XML, or add ?appid=<application id> to the address.
    """
    for document in evidence.metadata:
        if any(TENANT_WIDE_SUBJECT in key.subject for key in document.keys):
            yield Problem(f"{document.name} holds the tenant-wide keys.", got=TENANT_WIDE_SUBJECT, expected=_DOWNLOAD)


@rule("MET003", severity=Severity.ERROR, basis=Basis.REPORTED, refs=("azure-docs #107996",), settled_by=Usual.METADATA)
def metadata_knows_the_signing_certificate(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that the response names is in the metadata of its issuer.

    Why: all applications of a tenant share one Issuer, only the certificate differs. A right Issuer with an
    unknown certificate means metadata of another application, or a certificate rolled in Entra alone.
    Fix: Compare the thumbprint with Entra's SAML Certificates pane of this application, then download
    Federation Metadata XML there and upload it to every AWS account.
    """
    issuer = evidence.assertion.issuer
    known = [*dict.fromkeys(key for document in evidence.metadata for key in document.keys_for(issuer))]
    if not known:
        raise Unavailable("no metadata describes this Issuer, see AST006")
    for check in evidence.received.all_signatures:
        if check.key_info is None or all(flaw.kind is not SignatureFlaw.VALUE for flaw in check.flaws):
            continue
        try:
            named = certificate_from_base64(check.key_info)
        except BadKey:
            continue
        if named not in known:
            thumbprints = ", ".join(key.thumbprint for key in known)
            yield Problem(
                "The Issuer is right, but its metadata does not hold the certificate that signed.",
                check.where,
                got=f"{named.thumbprint} (valid until {named.not_after:%Y-%m-%d})",
                expected=thumbprints,
                line=check.line,
            )


@rule("MET004", severity=Severity.ERROR, basis=Basis.OBSERVED, refs=("IAM: metadata without certificate is accepted",))
def metadata_has_a_signing_certificate(evidence: Evidence) -> Iterator[Problem]:
    """The metadata holds at least one certificate for signing.

    Why: IAM accepts a document without one, and then every sign-in fails.
    Fix: Download the metadata again from the application in Entra.
    """
    for document in evidence.metadata:
        for entity in document.entities:
            if not entity.signing:
                yield Problem(
                    f"{document.name} lists no signing certificate.", got=str(entity.entity_id), expected="one"
                )


@rule("MET005", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("saml-metadata 3",))
def metadata_is_unchanged(evidence: Evidence) -> Iterator[Problem]:
    """The metadata's own signature verifies.

    Why: Entra signs the document with the application's certificate. Verified with a certificate it carries
    itself, this proves integrity, not origin; a failure says that somebody edited the file.
    Fix: Download it again, or remove the Signature after editing on purpose (saml-harness metadata merge does).
    """
    for document in evidence.metadata:
        if document.signature is not None and not document.signature.verified:
            got = ", ".join(flaw.kind for flaw in document.signature.flaws)
            yield Problem(
                f"The signature of {document.name} does not verify.", got=got, expected="an unchanged document"
            )


@rule("MET006", severity=Severity.ERROR, basis=Basis.OBSERVED, refs=("IAM: must reference at least one issuer",))
def metadata_describes_an_identity_provider(evidence: Evidence) -> Iterator[Problem]:
    """The metadata describes a SAML 2.0 identity provider.

    Why: IAM refuses others: "SAML Providers must reference at least one SAML assertion issuer."
    Fix: Take Entra's metadata, not that of AWS.
    """
    for document in evidence.metadata:
        if not document.entities:
            yield Problem(f"{document.name} describes no identity provider.", got="no IDPSSODescriptor", expected="one")


@rule(
    "MET007", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM API: SAMLMetadataDocument 1000 to 10000000",)
)
def metadata_has_a_length_that_iam_takes(evidence: Evidence) -> Iterator[Problem]:
    """The metadata document has 1,000 to 10,000,000 characters.

    Why: IAM refuses others before it reads them.
    Fix: Upload the whole document as Entra delivers it.
    """
    for document in evidence.metadata:
        size = len(document.raw)
        if not 1_000 <= size <= 10_000_000:
            yield Problem(
                f"{document.name} has a length that IAM refuses.", got=f"{size:,}", expected="1,000 to 10,000,000"
            )


@rule("MET008", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM quotas: keys per SAML provider",))
def metadata_has_at_most_ten_keys(evidence: Evidence) -> Iterator[Problem]:
    """The metadata lists at most ten keys.

    Why: that is IAM's quota for a SAML provider.
    Fix: Delete old certificates in Entra, then download the metadata again.
    """
    for document in evidence.metadata:
        if len(document.keys) > 10:
            yield Problem(f"{document.name} lists too many keys.", got=f"{len(document.keys)}", expected="at most 10")


@rule(
    "MET009", severity=Severity.NOTE, basis=Basis.DOCUMENTED, refs=("IAM quotas: identity providers per SAML provider",)
)
def metadata_describes_one_entity(evidence: Evidence) -> Iterator[Problem]:
    """The metadata describes one identity provider.

    Why: IAM takes several, so presumably the provider trusts all of them.
    Fix: Upload only the document of the application.
    """
    for document in evidence.metadata:
        if len(document.entities) > 1:
            yield Problem(
                f"{document.name} describes several identity providers.",
                got=f"{len(document.entities)}",
                expected="one",
            )


@rule("MET010", severity=Severity.NOTE, basis=Basis.OBSERVED, refs=("IAM: validUntil is ignored",))
def metadata_is_in_date(evidence: Evidence) -> Iterator[Problem]:
    """The metadata's validUntil lies in the future.

    Why: AWS ignores it; other consumers refuse the document after that date.
    Fix: Download the metadata again.
    """
    for document in evidence.metadata:
        until = read_instant(document.valid_until)
        if until is not None and (until.at is None or until.at <= evidence.now):
            yield Problem(
                f"{document.name} says that it is out of date.", "/EntityDescriptor/@validUntil", until.text, "later"
            )


@rule("MET011", severity=Severity.ERROR, basis=Basis.OBSERVED, refs=("IAM: Could not parse metadata",))
def metadata_certificates_are_readable(evidence: Evidence) -> Iterator[Problem]:
    """Every certificate in the metadata can be read.

    Why: IAM refuses the document otherwise.
    Fix: Download the metadata again; a certificate was cut or edited.
    """
    for document in evidence.metadata:
        for entity in document.entities:
            for fault in entity.unreadable:
                yield Problem(
                    f"A certificate in {document.name} cannot be read.", got=fault, expected="base64 of X.509 DER"
                )


@rule("MET012", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("the XML family of rules",))
def metadata_comes_through_the_door(evidence: Evidence) -> Iterator[Problem]:
    """The metadata has none of the flaws for which a response is refused.

    Why: trust begins with this document. IAM is observed to take a comment; what it does with the other flaws
    is not known.
    Fix: Download the metadata again from the application in Entra.
    """
    for document in evidence.metadata:
        for flaw in document.document.flaws:
            if flaw.kind is not DocumentFlaw.COMMENT:
                yield Problem(
                    f"{document.name}: {flaw.kind}.", flaw.where, flaw.got, "a plain document", line=flaw.line
                )


@rule(
    "MET013",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Issuer not present in specified provider", "AWS: Response signature invalid"),
    settled_by=Usual.METADATA,
)
def provider_of_each_pair_knows_the_signer(evidence: Evidence) -> Iterator[Problem]:
    """The SAML provider of each role pair holds the Issuer and the key that signed.

    Why: every AWS account has its own copy of the metadata. One that was forgotten at a rollover, or holds another
    tenant's document, refuses a response that the others accept.
    Fix: Entra, Enterprise application, Single sign-on, SAML Certificates: download Federation Metadata XML and
    upload it to this provider (aws iam update-saml-provider).
    """
    signer, issuer = evidence.signer.public_bytes, evidence.assertion.issuer
    for arn in evidence.named_providers:
        document = evidence.policy.aws.metadata_of(str(arn))
        if document is None:
            continue
        if signer not in document.trusts(issuer):
            keys = document.keys_for(issuer)
            known = ", ".join(key.thumbprint for key in keys) or " or ".join(document.entity_ids) or "no issuer"
            got = f"{evidence.signer.thumbprint} of {issuer}"
            yield Problem(f"The metadata of {arn} does not hold what signed.", got=got, expected=known)


def check_metadata(document: Metadata, now: datetime) -> tuple[Finding, ...]:
    """What is wrong with a metadata document by itself, without any response."""
    nothing = Received(Document(b"", None, (), bom=False), ())
    policy = Policy(Aws(declared=False, fallback=document), document.keys)
    checks = run(Evidence(nothing, policy, now), frozenset({"MET", "CRT"}))
    return tuple(finding for check in checks for finding in check.findings)
