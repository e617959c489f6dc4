"""What a rule may ask for, and how all of them are run.

A rule asks `Evidence` for what it needs: evidence that is not there skips the rule, with the reason. Rules hold no
None-checks, never raise findings for each other and know nothing of AWS's own verdict.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, NoReturn

from harness.arn import Arn, RolePair, parse_role_pairs
from harness.aws.account import Aws
from harness.aws.endpoints import PARTITIONS, ROLE, Partition
from harness.aws.trust import Verdict
from harness.lazy import lazy
from harness.report.model import Check, Finding, Opinions, Outcome, Rule
from harness.rules.registry import REGISTRY, Problem, Registered, no_attribute
from harness.rules.usual import Usual, usual_of
from harness.saml.document import DocumentFlaw, Flaw
from harness.saml.dsig import SignatureFlaw
from harness.saml.keys import Certificate
from harness.saml.metadata import Metadata
from harness.saml.model import Assertion, Conditions, Response, SubjectConfirmation
from harness.saml.received import Received

ASSERTION = "/Response/Assertion"
DATA = f"{ASSERTION}/Subject/SubjectConfirmation/SubjectConfirmationData"


class Unavailable(Exception):
    """Evidence that a rule asked for is not there. Its text is the reason of the skip."""


class Plan(NamedTuple):
    """The checks of a report as they stand before any rule is asked, and the rules to ask, each with its place."""

    checks: tuple[Check, ...]
    asked: tuple[tuple[int, Registered], ...]


@dataclass(frozen=True)
class Policy:
    """What the response is judged against. Every default is stated in ``check --help``."""

    aws: Aws
    keys: tuple[Certificate, ...]
    """The trusted keys: the signing keys of all metadata given."""
    acs: tuple[str, ...] = ()
    """Expected ACS URLs; empty means any that AWS documents for the partition."""
    partition: str | None = None
    """None: that of the role ARNs, else ``aws``."""
    role: str | None = None
    """The role ARN that is meant to be assumed, if one was named."""
    allow_sha1: bool = False

    @lazy
    def settled(self) -> Mapping[str, Check]:
        """What came of the rules that ask this policy alone: their answer is the same for every response."""
        return {code: check for code, one in REGISTRY.items() if (check := _apply_to_policy(one, self)) is not None}

    @lazy
    def plan(self) -> "Callable[[frozenset[StrEnum], frozenset[Usual], frozenset[str] | None], Plan]":
        """What is left to ask under this policy where some flaws are absent and some things usual."""
        return lru_cache(64)(lambda *given: _plan(self.settled, *given))


@dataclass
class Evidence:
    """What a rule may ask for. Whatever is missing raises `Unavailable` with the reason."""

    received: Received
    policy: Policy
    now: datetime
    base64_size: int = 0
    base64_fault: str | None = None
    opinions: tuple[Opinions, ...] = ()

    @lazy
    def response(self) -> Response:
        if self.received.response is None:
            raise Unavailable("the document holds no Response")
        return self.received.response

    @lazy
    def assertion(self) -> Assertion:
        """Signed facts where there are any, else claimed ones."""
        facts = self.received.facts
        if facts is None:
            if self.received.encrypted:
                raise Unavailable("the assertion is encrypted and was not opened")
            raise Unavailable("there is no assertion")
        return facts

    @property
    def claimed_only(self) -> bool:
        return self.received.signed is None

    @lazy
    def conditions(self) -> Conditions:
        if self.assertion.conditions is None:
            raise Unavailable("the assertion has no Conditions")
        return self.assertion.conditions

    @lazy
    def confirmation(self) -> SubjectConfirmation:
        """The SubjectConfirmation, where there is one with data."""
        for confirmation in self.assertion.confirmations:
            if confirmation.has_data:
                return confirmation
        raise Unavailable("there is no SubjectConfirmationData")

    @lazy
    def metadata(self) -> tuple[Metadata, ...]:
        if not self.policy.aws.documents:
            raise Unavailable("no metadata was given")
        return self.policy.aws.documents

    @lazy
    def declared(self) -> Aws:
        """The accounts of a scenario."""
        if not self.policy.aws.declared:
            raise Unavailable("no scenario says what the AWS accounts hold")
        return self.policy.aws

    @lazy
    def role_values(self) -> tuple[str, ...]:
        """The values of the Role attribute."""
        values = self.assertion.values(ROLE)
        if not values:
            raise Unavailable("there is no Role attribute with a value")
        return values

    @lazy
    def parsed_roles(self) -> tuple[RolePair | None, ...]:
        """The values of the Role attribute as pairs; None for one that is no pair."""
        facts = self.received.facts
        return () if facts is None else parse_role_pairs(facts.values(ROLE))

    @lazy
    def pairs(self) -> tuple[tuple[int, RolePair], ...]:
        """The usable values of the Role attribute, each with its position from 1."""
        self.role_values  # noqa: B018  (unavailable without any)
        return tuple([(number, pair) for number, pair in enumerate(self.parsed_roles, 1) if pair is not None])

    @lazy
    def named_providers(self) -> tuple[Arn, ...]:
        """The providers that the pairs name, each once."""
        return tuple(dict.fromkeys([pair.provider for _, pair in self.pairs]))

    @lazy
    def odd_pairs(self) -> tuple[tuple[int, RolePair], ...]:
        """Those pairs that are not just as the documents write them."""
        return tuple([(number, pair) for number, pair in self.pairs if not pair.usual])

    @lazy
    def verdicts(self) -> dict[tuple[RolePair, str], Verdict]:
        """What trust policies said to an action for a pair, kept for the rules that ask again."""
        return {}

    @lazy
    def partition(self) -> Partition:
        """The partition asked for, else that of the first role, else ``aws``."""
        name = self.policy.partition
        if name is None:
            first = next(filter(None, self.parsed_roles), None)
            name = "aws" if first is None else first.partition
        return PARTITIONS.get(name, PARTITIONS["aws"])

    def is_acs(self, url: str) -> bool:
        """Whether a URL is an ACS asked for, or any that AWS documents for the partition."""
        return url in self.policy.acs if self.policy.acs else self.partition.is_acs(url)

    @property
    def expected_acs(self) -> str:
        return " or ".join(self.policy.acs) or self.partition.acs

    @lazy
    def signer(self) -> Certificate:
        """The certificate whose key signed the assertion."""
        own = self.received.own_signature
        if own is None or own.key is None:
            raise Unavailable("no trusted key verified the assertion's signature")
        return own.key

    def single(self, name: str) -> str:
        """The one value of an attribute of the assertion."""
        values = self.assertion.values(name)
        if not values:
            raise Unavailable(no_attribute(name))
        return values[0]

    def value_path(self, name: str, number: int = 1) -> str:
        """Where the value ``number`` (from 1) of an attribute stands."""
        position = next((i for i, one in enumerate(self.assertion.attributes, 1) if one.name == name), 0)
        many = len(self.assertion.attributes) > 1
        attribute = f"Attribute[{position}]" if many else "Attribute"
        return f"{ASSERTION}/AttributeStatement/{attribute}/AttributeValue[{number}]"

    def flaws(self, kind: StrEnum, message: str) -> Iterator[Problem]:
        """A problem for each flaw of one kind that the protocol layer saw in the document."""
        for flaw in self.received.flaws:
            if flaw.kind is kind:
                yield from_flaw(flaw, message)

    @lazy
    def absent_flaws(self) -> frozenset[StrEnum]:
        """The kinds of flaws that were looked for and not found."""
        if self.received.usual is not None:
            return _ALL_FLAWS
        looked_for: frozenset[StrEnum] = _ALL_FLAWS if self.received.all_signatures else _DOCUMENT_FLAWS
        return looked_for.difference(
            [flaw.kind for flaw in self.received.flaws],
            [flaw.kind for check in self.received.all_signatures for flaw in check.flaws],
        )

    def signature_flaws(self, kind: StrEnum, message: str) -> Iterator[Problem]:
        """A problem for each flaw of one kind in a signature."""
        checks = self.received.all_signatures
        if not checks:
            raise Unavailable("the XML door refused the document" if self.received.flaws else "there is no signature")
        for check in checks:
            for flaw in check.flaws:
                if flaw.kind is kind:
                    yield from_flaw(flaw, message)


_DOCUMENT_FLAWS = frozenset(DocumentFlaw)
_ALL_FLAWS = _DOCUMENT_FLAWS | frozenset(SignatureFlaw)


def from_flaw(flaw: Flaw, message: str) -> Problem:
    """The problem that a flaw seen by the protocol layer is."""
    return Problem(message, flaw.where, got=flaw.got, line=flaw.line)


MAX_PROBLEMS = 100
"""Problems listed for one rule: a hostile document may hold thousands, and a hundred show what is wrong."""
_CLAIMED_FAMILIES = frozenset({"AST", "AWS", "TRU"})


def run(evidence: Evidence, families: frozenset[str] | None = None) -> tuple[Check, ...]:
    """Apply every rule, or those of some families, in the order of the report. Nothing stops at a problem."""
    plan = evidence.policy.plan(evidence.absent_flaws, usual_of(evidence), families)
    checks = [*plan.checks]
    for place, registered in plan.asked:
        checks[place] = _apply(registered, evidence)
    return tuple(checks)


def _plan(
    settled: Mapping[str, Check], absent: frozenset[StrEnum], usual: frozenset[Usual], families: frozenset[str] | None
) -> Plan:
    rules = [one for one in REGISTRY.values() if families is None or one.card.family in families]
    return Plan(
        tuple(settled.get(one.card.code, one.settled) for one in rules),
        tuple(
            (place, one)
            for place, one in enumerate(rules)
            if one.card.code not in settled and one.flaw not in absent and one.settled_by not in usual
        ),
    )


def _apply(registered: Registered, evidence: Evidence) -> Check:
    try:
        problems = registered.find(evidence)
        first = next(problems, None)
        if first is None:
            return registered.passed
        found = [first, *islice(problems, MAX_PROBLEMS - 1)]
    except Unavailable as reason:
        return _skip(registered.card.code, str(reason))
    findings = tuple(_finding(registered.card, problem, evidence) for problem in found)
    return Check(registered.card, Outcome.FAIL, findings)


class _AsksForMore(Exception):
    """A rule asked for something else than the policy."""


class _PolicyAlone(Evidence):
    """Evidence that holds a policy and nothing of any response."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def asks_for_more(self) -> NoReturn:
        raise _AsksForMore


for _field in fields(Evidence):
    if _field.name != "policy":
        setattr(_PolicyAlone, _field.name, property(_PolicyAlone.asks_for_more))


def _apply_to_policy(registered: Registered, policy: Policy) -> Check | None:
    try:
        return _apply(registered, _PolicyAlone(policy))
    except _AsksForMore:
        return None


@lru_cache(1024)
def _skip(code: str, reason: str) -> Check:
    """Skips are few and alike: the reasons are sentences of this program."""
    return Check(REGISTRY[code].card, Outcome.SKIP, reason=reason)


def _finding(card: Rule, problem: Problem, evidence: Evidence) -> Finding:
    return Finding(
        code=card.code,
        severity=card.severity,
        message=problem.message,
        where=problem.where,
        line=problem.line or evidence.received.document.line_at(problem.where),
        got=problem.got,
        expected=problem.expected,
        fix=card.fix,
        claimed=evidence.claimed_only and card.family in _CLAIMED_FAMILIES,
    )
