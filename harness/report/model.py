"""The verdict as plain data: rules and their checks, AWS's answers, and the report that holds both.

Two answers stand side by side and neither is derived from the other: what AWS would say, and what is wrong.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from harness.arn import RolePair
from harness.saml.model import Assertion, Response


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """AWS refuses it, or SAML or AWS's documents say that it must be refused."""
    WARNING = "warning"
    """It works, but will hurt or breaks known tools."""
    NOTE = "note"


class Basis(StrEnum):
    """How a statement about AWS or Entra is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    REPORTED = "reported"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's card: what it asks for, why, and how to mend what breaks it."""

    code: str
    name: str
    severity: Severity
    basis: Basis
    summary: str
    why: str
    fix: str
    refs: tuple[str, ...]

    @property
    def family(self) -> str:
        return self.code[:3]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and the cure. ``claimed`` says that it was read from unsigned facts."""

    code: str
    severity: Severity
    message: str
    where: str
    line: int
    got: str
    expected: str
    fix: str
    claimed: bool


class Outcome(StrEnum):
    """What became of a rule. A skipped rule did not pass."""

    PASS = "pass"  # noqa: S105  (not a password)
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied. A SKIP says why."""

    rule: Rule
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""


class Session(NamedTuple):
    """What AssumeRoleWithSAML would grant, but for the role: that stands in the pair.

    ``seconds`` is the lifetime of the credentials; every field comes from signed facts.
    """

    name: str
    seconds: int
    issuer: str
    subject: str
    subject_type: str
    audience: str
    """AWS calls the Recipient its Audience."""
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()


class Accepted(NamedTuple):
    """AWS takes it. ``assumed`` lists what had to be taken for granted to say so."""

    session: Session
    basis: Basis
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """AWS refuses it in these words. ``others`` are further refusals that would have come later.

    ``message`` holds ``{request_id}`` where AWS puts a request ID.
    """

    code: str
    http_status: int | None
    """None where it is not known, as for the sign-in page."""
    message: str
    basis: Basis
    cause: str
    """The row of the answers table: stable, for tests and for linking to findings."""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody is known to have seen what AWS does here. A mock refuses, in words of its own."""

    reason: str


AwsAnswer = Accepted | Refused | Unknown


class PairAnswer(NamedTuple):
    """STS's answer to a call with one pair of ARNs; ``pair`` is None where the response names none."""

    pair: RolePair | None
    answer: AwsAnswer


@dataclass(frozen=True, slots=True)
class Opinions:
    """What each engine says of one signature: ``words`` are (engine, word, reason)."""

    where: str
    signed_element: str
    signed_id: str | None
    method: str | None
    key_thumbprint: str | None
    words: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found about one response. There is no ``__bool__``: ``if report`` would hide mistakes."""

    source: str
    """What the input was: its name and the form it was taken for."""
    at: datetime
    """The instant that was judged."""
    checks: tuple[Check, ...]
    signin: AwsAnswer
    sts: tuple[PairAnswer, ...]
    response: Response | None
    claimed: Assertion | None
    signed: Assertion | None
    signatures: tuple[Opinions, ...] = ()
    when_fresh: tuple[AwsAnswer, tuple[PairAnswer, ...]] | None = None
    """The answers one second after the assertion was issued, where only its age refuses now."""
    unreadable: str | None = None
    """Why no verdict could be reached, in one line; None when one was."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of all checks, in their order."""
        return tuple([finding for check in self.checks if check.findings for finding in check.findings])

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all findings."""
        return frozenset(finding.code for finding in self.findings)

    @property
    def error_codes(self) -> frozenset[str]:
        return frozenset(finding.code for finding in self.errors)

    @property
    def answers(self) -> tuple[AwsAnswer, ...]:
        """Every answer of AWS: of the sign-in page first, then of STS for each role pair."""
        return (self.signin, *(one.answer for one in self.sts))


@dataclass(frozen=True, slots=True)
class Verification:
    """What the signatures of one document are worth. ``covered`` names what a verified one protects, "" nothing."""

    name: str
    kind: str
    """Local name of the document's root."""
    verified: bool
    covered: str
    findings: tuple[Finding, ...]
    signatures: tuple[Opinions, ...]
