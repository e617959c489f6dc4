"""CRT: the certificates in the metadata. AWS takes only the key from them, people take the date."""

from collections.abc import Iterator
from datetime import timedelta

from harness.report.model import Basis, Severity
from harness.rules.core import Evidence
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.keys import Certificate


def _certificates(evidence: Evidence) -> Iterator[Certificate]:
    """Each certificate of the metadata once."""
    yield from dict.fromkeys(key for document in evidence.metadata for key in document.keys)


def _named(key: Certificate) -> str:
    return f"{key.thumbprint} ({key.subject})"


@rule(
    "CRT001",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("Entra: manage federation certificates",),
    settled_by=Usual.SIGNER,
)
def signing_certificate_has_not_expired(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that signed has not expired.

    Why: AWS goes on accepting it, and Entra goes on signing. But as soon as anybody creates a new certificate,
    Entra signs with that one by itself, and AWS does not know it: every sign-in fails.
    Fix: Do not create a certificate first. Follow the overlap plan: new certificate, upload the metadata with
    both to every account, then activate. With an expired one the switch is immediate, so plan a window.
    """
    if evidence.signer.not_after <= evidence.now:
        yield Problem(
            "The signing certificate has expired.",
            got=f"{evidence.signer.not_after:%Y-%m-%d}: {_named(evidence.signer)}",
            expected="a later date",
        )


@rule(
    "CRT002",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    refs=("Entra: notification mails 60, 30 and 7 days before",),
    settled_by=Usual.SIGNER,
)
def signing_certificate_has_a_month_left(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that signed is valid for 30 days more.

    Why: Entra's last mails come 30 and 7 days before; the rollover has to reach every AWS account in that time.
    Fix: Create the next certificate now, leave it inactive, and upload the new metadata everywhere.
    """
    left = evidence.signer.not_after - evidence.now
    if timedelta(0) < left <= timedelta(days=30):
        stage = "7" if left <= timedelta(days=7) else "30"
        yield Problem(
            f"The signing certificate expires within {stage} days.",
            got=f"{evidence.signer.not_after:%Y-%m-%d}: {_named(evidence.signer)}",
            expected="more than 30 days",
        )


@rule(
    "CRT003",
    severity=Severity.NOTE,
    basis=Basis.DOCUMENTED,
    refs=("Entra: notification mails 60, 30 and 7 days before",),
    settled_by=Usual.SIGNER,
)
def signing_certificate_has_two_months_left(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that signed is valid for 60 days more.

    Why: Entra's first mail comes 60 days before expiry, which is the time to plan.
    Fix: Plan the rollover.
    """
    left = evidence.signer.not_after - evidence.now
    if timedelta(days=30) < left <= timedelta(days=60):
        yield Problem(
            "The signing certificate expires within 60 days.",
            got=f"{evidence.signer.not_after:%Y-%m-%d}: {_named(evidence.signer)}",
            expected="more than 60 days",
        )


@rule("CRT004", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("NIST SP 800-57",))
def keys_have_2048_bits(evidence: Evidence) -> Iterator[Problem]:
    """RSA keys have at least 2048 bits.

    Why: shorter ones are no longer considered safe; Entra makes 2048.
    Fix: Create a new certificate in Entra.
    """
    for key in _certificates(evidence):
        if key.key_type == "RSA" and 1024 <= key.key_bits < 2048:
            yield Problem("The RSA key is short.", got=f"{key.key_bits} bits: {_named(key)}", expected="2048 bits")


@rule("CRT005", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: keys of at least 1024 bits",))
def keys_have_1024_bits(evidence: Evidence) -> Iterator[Problem]:
    """RSA keys have at least 1024 bits.

    Why: AWS documents that it refuses shorter ones.
    Fix: Create a new certificate in Entra.
    """
    for key in _certificates(evidence):
        if key.key_type == "RSA" and key.key_bits < 1024:
            yield Problem(
                "AWS does not take so short an RSA key.",
                got=f"{key.key_bits} bits: {_named(key)}",
                expected="1024 bits",
            )


@rule("CRT006", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: no repeated extensions",))
def extensions_are_not_repeated(evidence: Evidence) -> Iterator[Problem]:
    """No certificate repeats an X.509 extension.

    Why: AWS documents that it refuses such a certificate.
    Fix: Create a new certificate in Entra; its certificates have no extensions.
    """
    for key in _certificates(evidence):
        if key.repeats_an_extension:
            yield Problem("A certificate repeats an extension.", got=_named(key), expected="each extension once")


@rule("CRT007", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("RFC 5280 4.1.2.5",), settled_by=Usual.SIGNER)
def signing_certificate_is_already_valid(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that signed is already valid.

    Why: AWS looks at no dates, other service providers do.
    Fix: Compare the clocks, or wait.
    """
    if evidence.signer.not_before > evidence.now:
        yield Problem(
            "The signing certificate is not valid yet.",
            got=f"{evidence.signer.not_before:%Y-%m-%d}: {_named(evidence.signer)}",
            expected="an earlier date",
        )


@rule(
    "CRT008",
    severity=Severity.NOTE,
    basis=Basis.REPORTED,
    refs=("azure-docs PR 111432", "python-saml #161"),
    settled_by=Usual.METADATA,
)
def signer_is_listed_first(evidence: Evidence) -> Iterator[Problem]:
    """The certificate that signed stands first in its metadata.

    Why: Entra lists active and inactive certificates without a mark, in an order that is not documented. AWS
    is taken to try them all, since it documents room for ten; some service providers read only the first.
    Fix: Nothing to do for AWS. Do not upload this document to a service provider that reads one certificate.
    """
    for document in evidence.metadata:
        keys = document.keys_for(evidence.assertion.issuer)
        if evidence.signer in keys[1:] and keys[0].public_bytes != evidence.signer.public_bytes:
            yield Problem(
                f"The signing certificate is not the first in {document.name}.",
                got=_named(evidence.signer),
                expected=_named(keys[0]),
            )


@rule("CRT009", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("saml-metadata 2.4.1.1",))
def keys_are_rsa_or_ec(evidence: Evidence) -> Iterator[Problem]:
    """Certificates carry RSA or elliptic-curve keys.

    Why: no SAML signature algorithm here uses another kind, so such a key can verify nothing.
    Fix: Create a new certificate in Entra; it is RSA-2048.
    """
    for key in _certificates(evidence):
        if key.key_type not in ("RSA", "EC"):
            yield Problem(
                "No signature can be verified with this key.",
                got=f"{key.key_type}: {_named(key)}",
                expected="RSA or EC",
            )
