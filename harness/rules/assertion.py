"""AST: what SAML 2.0 and AWS's documents ask of the assertion.

Several of these AWS STS is observed not to check (Audience, Recipient, NotBefore): they are errors all the
same, because the documents ask for them and other doors or a later AWS may.
"""

from collections import Counter
from collections.abc import Iterator

from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, DATA, Evidence, Unavailable
from harness.rules.registry import Problem, rule
from harness.rules.usual import Usual
from harness.saml.names import BEARER
from harness.saml.times import Instant, show_instant

_SUBJECT = f"{ASSERTION}/Subject"
_CONDITIONS = f"{ASSERTION}/Conditions"
_RESPONSE = "/Response"


@rule(
    "AST003", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 2.5.1.4",), settled_by=Usual.ADDRESSES
)
def audience_is_this_provider(evidence: Evidence) -> Iterator[Problem]:
    """The assertion is addressed to this service provider.

    Why: an assertion made for another service must not open this one. AWS STS is observed not to check it, so
    a wrong Identifier stays unnoticed until something else does.
    Fix: Entra, Enterprise application, Single sign-on, Basic SAML Configuration: Identifier (Entity ID). Entra
    cuts everything from # on, so https://signin.aws.amazon.com/saml#2 is fine there.
    """
    audiences = evidence.conditions.audiences
    expected = evidence.partition.audiences
    where = f"{_CONDITIONS}/AudienceRestriction"
    if not audiences:
        yield Problem("No AudienceRestriction names the audience.", _CONDITIONS, "none", " or ".join(expected))
    for restriction in audiences:
        if not set(restriction) & set(expected):
            yield Problem(
                "The assertion is addressed to another service provider.",
                where,
                got=", ".join(restriction) or "nothing",
                expected=" or ".join(expected),
            )


@rule(
    "AST006",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Issuer not present in specified provider",),
    settled_by=Usual.METADATA,
)
def issuer_is_in_the_metadata(evidence: Evidence) -> Iterator[Problem]:
    """The assertion's Issuer is an entityID of the metadata that AWS holds.

    Why: AWS looks for the key under this name. The usual cause is metadata of another tenant.
    Fix: Download Federation Metadata XML from this very application in Entra and upload it to the SAML
    provider.
    """
    known = {entity for document in evidence.metadata for entity in document.entity_ids}
    issuer = evidence.assertion.issuer
    if issuer not in known:
        yield Problem(
            "The Issuer is not in the metadata.",
            f"{ASSERTION}/Issuer",
            got=issuer or "none",
            expected=" or ".join(sorted(known)) or "metadata of an identity provider",
        )


@rule(
    "AST010",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Invalid base64 SAMLResponse",),
    settled_by=Usual.RESPONSE,
)
def conditions_are_there(evidence: Evidence) -> Iterator[Problem]:
    """The assertion has Conditions.

    Why: AWS refuses an assertion without them, with its catch-all message.
    Fix: Entra always writes them. Another issuer: add Conditions with NotBefore and NotOnOrAfter.
    """
    if evidence.assertion.conditions is None:
        yield Problem("The assertion has no Conditions.", ASSERTION, "none", "Conditions")


@rule(
    "AST011",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response has expired", "saml-core 2.5.1"),
    settled_by=Usual.TIMES,
)
def conditions_have_not_expired(evidence: Evidence) -> Iterator[Problem]:
    """NotOnOrAfter of the Conditions lies in the future.

    Why: AWS refuses an expired response without any allowance for clocks that differ.
    Fix: Sign in again. If it is fresh, compare the clocks.
    """
    yield from _past(evidence, evidence.conditions.not_on_or_after, f"{_CONDITIONS}/@NotOnOrAfter")


@rule("AST012", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 2.5.1",), settled_by=Usual.TIMES)
def conditions_are_already_valid(evidence: Evidence) -> Iterator[Problem]:
    """NotBefore of the Conditions lies in the past.

    Why: SAML says that such an assertion is not valid yet. AWS STS is observed to take it.
    Fix: Compare the clocks; Entra dates NotBefore back by five minutes.
    """
    not_before = evidence.conditions.not_before
    if not_before is not None and not_before.at is not None and evidence.now < not_before.at:
        yield Problem(
            "The assertion is not valid yet.",
            f"{_CONDITIONS}/@NotBefore",
            got=not_before.text,
            expected=f"at most {show_instant(evidence.now)}",
        )


@rule("AST013", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 2.5.1.2",), settled_by=Usual.TIMES)
def validity_has_a_length(evidence: Evidence) -> Iterator[Problem]:
    """NotBefore is earlier than NotOnOrAfter.

    Why: otherwise there is no moment at which the assertion is valid.
    Fix: Entra never sends this. Another issuer: correct the token lifetime.
    """
    start, end = evidence.conditions.not_before, evidence.conditions.not_on_or_after
    if start and end and start.at and end.at and start.at >= end.at:
        yield Problem("The validity ends before it begins.", _CONDITIONS, f"{start.text} to {end.text}", "a time span")


@rule(
    "AST014",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("IAM User Guide: SAML assertions",),
    settled_by=Usual.RESPONSE,
)
def there_is_one_bearer_confirmation(evidence: Evidence) -> Iterator[Problem]:
    """The Subject has exactly one SubjectConfirmation, by bearer.

    Why: AWS documents exactly one and is observed to refuse two with its catch-all message. None, and other methods
    than bearer, are against the profile; nobody is known to have seen AWS's answer to them.
    Fix: Entra writes one. Another issuer: leave only the bearer confirmation.
    """
    confirmations = evidence.assertion.confirmations
    if len(confirmations) != 1:
        yield Problem("There is not exactly one SubjectConfirmation.", _SUBJECT, f"{len(confirmations)}", "one")
    for confirmation in confirmations:
        if confirmation.method != BEARER:
            where = f"{_SUBJECT}/SubjectConfirmation/@Method"
            yield Problem("The confirmation method is not bearer.", where, confirmation.method or "none", BEARER)


@rule(
    "AST015",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Invalid base64 SAMLResponse",),
    settled_by=Usual.RESPONSE,
)
def confirmation_data_is_complete(evidence: Evidence) -> Iterator[Problem]:
    """SubjectConfirmationData carries Recipient and NotOnOrAfter.

    Why: AWS refuses a response without either, with its catch-all message.
    Fix: Entra writes both. Another issuer: add them.
    """
    if not evidence.assertion.confirmations:
        raise Unavailable("there is no SubjectConfirmation, see AST014")
    for confirmation in evidence.assertion.confirmations:
        where = f"{_SUBJECT}/SubjectConfirmation"
        if not confirmation.has_data:
            yield Problem("There is no SubjectConfirmationData.", where, "none", "SubjectConfirmationData")
        elif confirmation.recipient is None:
            yield Problem("The Recipient is missing.", DATA, "none", evidence.expected_acs)
        elif confirmation.not_on_or_after is None:
            yield Problem("NotOnOrAfter is missing.", DATA, "none", "an instant")


@rule(
    "AST016",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response has expired",),
    settled_by=Usual.TIMES,
)
def confirmation_has_not_expired(evidence: Evidence) -> Iterator[Problem]:
    """NotOnOrAfter of the SubjectConfirmationData lies in the future.

    Why: AWS refuses an expired response without any allowance for clocks that differ.
    Fix: Sign in again. If it is fresh, compare the clocks.
    """
    yield from _past(evidence, evidence.confirmation.not_on_or_after, f"{DATA}/@NotOnOrAfter")


@rule(
    "AST017",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    refs=("saml-profiles 4.1.4.2",),
    settled_by=Usual.RESPONSE,
)
def confirmation_has_no_not_before(evidence: Evidence) -> Iterator[Problem]:
    """SubjectConfirmationData has no NotBefore.

    Why: the profile forbids it for bearer; AWS ignores it, stricter service providers refuse it.
    Fix: Entra never sends it. Another issuer: leave it out, Conditions has its own.
    """
    if evidence.confirmation.not_before is not None:
        yield Problem(
            "NotBefore is not allowed here.", f"{DATA}/@NotBefore", evidence.confirmation.not_before.text, "none"
        )


@rule(
    "AST020",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Not authorized to perform sts:AssumeRoleWithSAML",),
    settled_by=Usual.RESPONSE,
)
def name_id_is_there(evidence: Evidence) -> Iterator[Problem]:
    """The Subject has a NameID with a value.

    Why: AWS documents AccessDenied for a response without one.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: Unique User Identifier (Name ID).
    """
    name_id = evidence.assertion.name_id
    if name_id is None or not name_id.value.strip():
        yield Problem("There is no NameID.", _SUBJECT, "none" if name_id is None else "empty", "a NameID")


@rule(
    "AST021",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Invalid base64 SAMLResponse",),
    settled_by=Usual.RESPONSE,
)
def name_id_has_a_format(evidence: Evidence) -> Iterator[Problem]:
    """The NameID names its Format.

    Why: AWS refuses a NameID without one, with its catch-all message; any value will do.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: Name identifier format.
    """
    if evidence.assertion.name_id is None:
        raise Unavailable("there is no NameID, see AST020")
    if evidence.assertion.name_id.format is None:
        yield Problem("The NameID has no Format.", f"{_SUBJECT}/NameID", "none", "a Format")


@rule(
    "AST022",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Invalid base64 SAMLResponse",),
    settled_by=Usual.RESPONSE,
)
def authn_statement_is_there(evidence: Evidence) -> Iterator[Problem]:
    """The assertion says how the user signed in.

    Why: AWS refuses an assertion without an AuthnStatement, with its catch-all message. What it does with two is not
    known.
    Fix: Entra always writes one. Another issuer: add an AuthnStatement.
    """
    count = len(evidence.assertion.authn_statements)
    if count != 1:
        yield Problem("There is not exactly one AuthnStatement.", ASSERTION, f"{count}", "one")


@rule(
    "AST023",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS STS: Response has expired",),
    settled_by=Usual.RESPONSE,
)
def session_has_not_expired(evidence: Evidence) -> Iterator[Problem]:
    """SessionNotOnOrAfter lies in the future.

    Why: AWS refuses a response whose session has ended, and otherwise shortens the credentials to it.
    Fix: Sign in again. Entra does not write this attribute; another issuer: raise its session lifetime.
    """
    for statement in evidence.assertion.authn_statements:
        yield from _past(
            evidence, statement.session_not_on_or_after, f"{ASSERTION}/AuthnStatement/@SessionNotOnOrAfter"
        )


@rule("AST024", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 1.3.3",), settled_by=Usual.RESPONSE)
def instants_are_utc(evidence: Evidence) -> Iterator[Problem]:
    """Every instant is written in UTC, as 2026-11-01T09:00:00.000Z, and IssueInstant is there.

    Why: readers guess differently at other forms, or crash; AWS refuses a NotBefore that it cannot read.
    Fix: Entra writes this form. Another issuer: write UTC with a Z.
    """
    assertion = evidence.assertion
    for owner, where in ((evidence.response, _RESPONSE), (assertion, ASSERTION)):
        if owner.issue_instant is None:
            yield Problem("IssueInstant is missing.", where, "none", "an instant in UTC")
    for where, instant in _instants(evidence):
        if instant is not None and instant.at is None:
            yield Problem("This is not an instant in UTC.", where, instant.text, "YYYY-MM-DDThh:mm:ss.mmmZ")


def _instants(evidence: Evidence) -> Iterator[tuple[str, Instant | None]]:
    assertion = evidence.assertion
    yield f"{_RESPONSE}/@IssueInstant", evidence.response.issue_instant
    yield f"{ASSERTION}/@IssueInstant", assertion.issue_instant
    if assertion.conditions is not None:
        yield f"{_CONDITIONS}/@NotBefore", assertion.conditions.not_before
        yield f"{_CONDITIONS}/@NotOnOrAfter", assertion.conditions.not_on_or_after
    for confirmation in assertion.confirmations:
        yield f"{DATA}/@NotBefore", confirmation.not_before
        yield f"{DATA}/@NotOnOrAfter", confirmation.not_on_or_after
    for statement in assertion.authn_statements:
        yield f"{ASSERTION}/AuthnStatement/@AuthnInstant", statement.authn_instant
        yield f"{ASSERTION}/AuthnStatement/@SessionNotOnOrAfter", statement.session_not_on_or_after


@rule("AST025", severity=Severity.ERROR, basis=Basis.INFERRED, refs=("saml-core 2.3.3",), settled_by=Usual.TIMES)
def assertion_was_issued_in_the_past(evidence: Evidence) -> Iterator[Problem]:
    """The assertion was issued in the past.

    Why: a future IssueInstant means that the clocks differ; what AWS does with it is not known.
    Fix: Compare the clocks.
    """
    issued = evidence.assertion.issue_instant
    if issued is not None and issued.at is not None and issued.at > evidence.now:
        yield Problem(
            "The assertion was issued in the future.",
            f"{ASSERTION}/@IssueInstant",
            got=issued.text,
            expected=f"at most {show_instant(evidence.now)}",
        )


@rule(
    "AST026",
    severity=Severity.ERROR,
    basis=Basis.INFERRED,
    refs=("saml-core 2.7.3", "CVE-2025-46573"),
    settled_by=Usual.RESPONSE,
)
def attribute_names_are_unique(evidence: Evidence) -> Iterator[Problem]:
    """No two Attributes have the same Name.

    Why: service providers differ in which of them they take.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: remove the second claim of this name.
    """
    names = [attribute.name for attribute in evidence.assertion.attributes]
    if len(set(names)) == len(names):
        return
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(
                "An attribute name occurs more than once.",
                f"{ASSERTION}/AttributeStatement",
                f"{count} x {name}",
                "once",
            )


@rule("AST027", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("saml-core 2.5.1.1",), settled_by=Usual.RESPONSE)
def conditions_are_understood(evidence: Evidence) -> Iterator[Problem]:
    """Conditions holds no condition of an unknown kind.

    Why: SAML says that an assertion with a condition one does not understand is not valid.
    Fix: Entra never sends one. Another issuer: remove it.
    """
    if "Condition" in evidence.conditions.others:
        yield Problem("There is a condition of an unknown kind.", _CONDITIONS, "Condition", "AudienceRestriction")


@rule("AST028", severity=Severity.NOTE, basis=Basis.OBSERVED, refs=("saml-core 2.5.1.5",), settled_by=Usual.RESPONSE)
def conditions_are_heeded(evidence: Evidence) -> Iterator[Problem]:
    """Conditions asks for nothing that AWS ignores.

    Why: AWS is observed to ignore OneTimeUse and ProxyRestriction; it has no replay cache, so the same
    response can be used again until it is five minutes old.
    Fix: Do not rely on it.
    """
    for name in evidence.conditions.others:
        if name in ("OneTimeUse", "ProxyRestriction"):
            yield Problem(f"AWS ignores {name}.", f"{_CONDITIONS}/{name}", name, "no such condition")


def _past(evidence: Evidence, end: Instant | None, where: str) -> Iterator[Problem]:
    if end is not None and end.at is not None and end.at <= evidence.now:
        yield Problem("The response has expired.", where, end.text, f"later than {show_instant(evidence.now)}")
