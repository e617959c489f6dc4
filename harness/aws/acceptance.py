"""What AWS answers to a response: its conditions in order, and the first that is not met decides.

The order is inferred, because every recorded case broke one condition alone: where several are broken, the
answer is marked inferred and lists the others. A refusal that is known outranks what is unknown, and only when
nothing is broken and nothing unknown is a session granted, from signed facts alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from harness.arn import RESERVED, RolePair, can_exist, parse_arn, parse_role_pair
from harness.aws import on_assertion, on_document, on_pair
from harness.aws.answers import on_page, refuse
from harness.aws.attempt import Asked, Attempt, Door, Given, Objection, ask
from harness.aws.granting import grant
from harness.lazy import lazy
from harness.report.model import Accepted, AwsAnswer, Basis, PairAnswer, Refused, Unknown
from harness.saml.model import Assertion

__all__ = ["CHECKS", "Attempt", "Door", "answers", "of_several", "page_answers", "signin_answer", "sts_answers"]

BOTH = frozenset(Door)
STS_ONLY = frozenset({Door.STS})
PAGE_ONLY = frozenset({Door.PAGE})


@dataclass(frozen=True, slots=True, eq=False)
class OfAttempt:
    """A condition on the response as a whole, or on its meeting with this moment."""

    holds: Callable[[Attempt], Objection | None]
    doors: frozenset[Door] = BOTH
    settled_by: Given | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OfAssertion:
    """A condition on what the assertion says; not asked where there is none to read."""

    holds: Callable[[Assertion], Objection | None]
    doors: frozenset[Door] = BOTH
    settled_by: Given | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OfPair:
    """A condition on one pair of role and provider."""

    holds: Callable[[Asked], Objection | None]
    doors: frozenset[Door] = BOTH
    settled_by: Given | None = None


Condition = OfAttempt | OfAssertion | OfPair

CHECKS: tuple[Condition, ...] = (
    OfAttempt(on_document.parameters_keep_their_limits, STS_ONLY),
    OfAttempt(on_document.post_is_not_too_large, PAGE_ONLY),
    OfAttempt(on_document.base64_is_clean),
    OfAttempt(on_document.bytes_are_xml, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.document_has_no_flaws, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.root_is_a_response, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.document_is_built_as_saml_says, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.there_is_exactly_one_assertion, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.versions_are_2_0, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.envelope_is_whole, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.status_is_success, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.nothing_inside_is_encrypted, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.conditions_are_there, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.not_before_can_be_read, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.instants_can_be_read, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.conditions_are_of_known_kinds, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.subject_is_confirmed_once, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.confirmation_is_bearer, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.confirmation_has_an_end, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.confirmation_has_a_recipient, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.name_id_has_a_format, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.name_id_has_a_value, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.sign_in_is_stated_once, settled_by=Given.USUAL_RESPONSE),
    OfPair(on_pair.provider_exists),
    OfAttempt(on_document.assertion_can_be_opened, settled_by=Given.USUAL_RESPONSE),
    OfPair(on_pair.encryption_is_as_required),
    OfAttempt(on_document.assertion_is_signed, settled_by=Given.USUAL_RESPONSE),
    OfPair(on_pair.issuer_is_in_the_metadata),
    OfAttempt(on_document.signed_content_is_unchanged, settled_by=Given.USUAL_RESPONSE),
    OfPair(on_pair.keys_are_the_providers),
    OfAttempt(on_document.signatures_keep_the_profile, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_document.signature_methods_are_rsa, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_assertion.assertion_has_not_expired),
    OfAttempt(on_assertion.assertion_is_at_most_five_minutes_old),
    OfAssertion(on_assertion.assertion_says_when_it_was_issued, settled_by=Given.USUAL_RESPONSE),
    OfAttempt(on_assertion.assertion_is_not_from_the_future),
    OfAssertion(on_assertion.attributes_are_not_repeated, settled_by=Given.USUAL_RESPONSE),
    OfAssertion(on_assertion.single_attributes_have_one_value),
    OfAssertion(on_assertion.session_name_is_there),
    OfAssertion(on_assertion.session_name_is_well_formed),
    OfAssertion(on_assertion.source_identity_is_well_formed),
    OfPair(on_pair.pair_is_offered),
    OfPair(on_pair.arns_stand_without_blanks, STS_ONLY, settled_by=Given.USUAL_PAIR),
    OfPair(on_pair.role_and_provider_share_an_account, settled_by=Given.USUAL_PAIR),
    OfPair(on_pair.role_is_not_reserved),
    OfPair(on_pair.such_a_pair_can_exist, settled_by=Given.USUAL_PAIR),
    OfAssertion(on_assertion.name_id_is_there, settled_by=Given.USUAL_RESPONSE),
    OfPair(on_pair.role_exists, settled_by=Given.NO_ACCOUNTS),
    OfPair(on_pair.role_trusts_the_provider, settled_by=Given.NO_ACCOUNTS),
    OfPair(on_pair.role_trusts_session_tags, settled_by=Given.NO_ACCOUNTS),
    OfPair(on_pair.role_trusts_the_source_identity, settled_by=Given.NO_ACCOUNTS),
    OfPair(on_pair.role_allows_the_duration, STS_ONLY, settled_by=Given.NO_ACCOUNTS),
    OfPair(on_pair.role_allows_the_console_session, PAGE_ONLY, settled_by=Given.NO_ACCOUNTS),
    OfAssertion(on_assertion.session_duration_is_in_range),
    OfAttempt(on_assertion.session_tags_are_well_formed),
    OfAttempt(on_assertion.transitive_keys_are_tags),
)
"""AWS's conditions in the order in which they are taken to be asked. Each name is a sentence that must hold."""


def answers(attempt: Attempt, requested: str | None = None) -> tuple[AwsAnswer, tuple[PairAnswer, ...]]:
    """The sign-in page's answer and STS's answers. What both doors ask is asked once."""
    judge = _Judge(attempt)
    sts = _sts(judge, requested)
    return _signin(judge, sts), sts


def sts_answers(attempt: Attempt, requested: str | None = None) -> tuple[PairAnswer, ...]:
    """STS's answer for each usable pair of the Role attribute, or for the pair that is ``requested``.

    ``requested`` is a role ARN, or role and provider ARN with a comma between them.
    """
    return _sts(_Judge(attempt), requested)


def _sts(judge: "_Judge", requested: str | None) -> tuple[PairAnswer, ...]:
    attempt = judge.attempt
    if requested is not None:
        return _requested(judge, attempt, requested)
    if not attempt.pairs:
        return (PairAnswer(None, judge.without_pair(Door.STS, *_nothing_offered(attempt))),)
    return judge.answers(Door.STS)


def signin_answer(attempt: Attempt, sts: Sequence[PairAnswer] = ()) -> AwsAnswer:
    """The sign-in page's answer. It names no role: one usable pair is enough.

    A pair that STS accepts is tried first, because it most likely settles it.
    """
    return _signin(_Judge(attempt), sts)


def _signin(judge: "_Judge", sts: Sequence[PairAnswer]) -> AwsAnswer:
    attempt = judge.attempt
    if not attempt.pairs:
        no_role = () if attempt.facts is None else (refuse("page-no-role"),)
        return _shown(judge.without_pair(Door.PAGE, *no_role))
    likely = (one.pair for one in sts if one.pair is not None and isinstance(one.answer, Accepted))
    answers: dict[AwsAnswer, None] = {}
    for pair in (*islice(likely, 1), *judge.one_of_each.values()):
        answer = judge.answer(pair, Door.PAGE)
        if isinstance(answer, Accepted):
            return Accepted(answer.session, Basis.INFERRED, answer.assumed)
        answers[answer] = None
    return _shown(of_several(tuple(answers)))


def page_answers(attempt: Attempt) -> tuple[PairAnswer, ...]:
    """What the sign-in page would answer for each usable pair, once it was picked."""
    judge = _Judge(attempt)
    return tuple(PairAnswer(pair, _shown(judge.answer(pair, Door.PAGE))) for pair in attempt.pairs)


def of_several(answers: Sequence[AwsAnswer]) -> AwsAnswer:
    """One answer where the user could pick among pairs that all fail."""
    if unknown := next((one for one in answers if isinstance(one, Unknown)), None):
        return unknown
    first, *others = [one for one in answers if isinstance(one, Refused)]
    return _first_of([first, *others]) if others else first


def _shown(answer: AwsAnswer) -> AwsAnswer:
    return on_page(answer) if isinstance(answer, Refused) else answer


def _nothing_offered(attempt: Attempt) -> tuple[Objection, ...]:
    return () if attempt.facts is None else (refuse("pair-not-offered"),)


def _requested(judge: "_Judge", attempt: Attempt, requested: str) -> tuple[PairAnswer, ...]:
    wanted = parse_role_pair(requested)
    if wanted is not None and not wanted.blanks:
        named = (wanted.role, wanted.provider)
        offered = [pair for pair in attempt.pairs if (pair.role, pair.provider) == named]
        if not offered:
            return (PairAnswer(wanted, judge.answer(wanted, Door.STS, offered=False)),)
    elif malformed := _malformed(requested):
        return (PairAnswer(None, malformed),)
    else:
        offered = [pair for pair in attempt.pairs if str(pair.role) == requested]
    if not offered:
        return (PairAnswer(None, judge.without_pair(Door.STS, *_nothing_offered(attempt))),)
    return tuple(PairAnswer(pair, judge.answer(pair, Door.STS)) for pair in offered)


def _malformed(requested: str) -> Refused | None:
    """STS looks at the form of its two ARN parameters before anything else; blanks are a fault in them."""
    role, comma, provider = requested.partition(",")
    for text, kind, cause in (
        (role, "role", "request-arn-invalid"),
        (provider if comma else None, "saml-provider", "principal-arn-invalid"),
    ):
        arn = None if text is None else parse_arn(text)
        if text is not None and (arn is None or arn.kind != kind):
            return refuse(cause)
    return None


class _Plan(NamedTuple):
    """The conditions to ask, sorted by what they ask about, each with its place in the order."""

    of_attempt: tuple[tuple[int, OfAttempt], ...]
    of_assertion: tuple[tuple[int, OfAssertion], ...]
    of_pair: tuple[tuple[int, OfPair], ...]
    of_usual_pair: tuple[tuple[int, OfPair], ...]
    """Those of a pair that is just as the documents write it."""


@lru_cache(64)
def _plan(checks: tuple[Condition, ...], given: frozenset[Given]) -> _Plan:
    placed = [(place, check) for place, check in enumerate(checks) if check.settled_by not in given]
    of_pair = [(place, check) for place, check in placed if isinstance(check, OfPair)]
    return _Plan(
        tuple((place, check) for place, check in placed if isinstance(check, OfAttempt)),
        tuple((place, check) for place, check in placed if isinstance(check, OfAssertion)),
        tuple(of_pair),
        tuple((place, check) for place, check in of_pair if check.settled_by is not Given.USUAL_PAIR),
    )


_pair_answer = partial(tuple.__new__, PairAnswer)

Found = tuple[int, Objection]
"""An objection with the place of its condition in `CHECKS`."""


class _Judge:
    """The conditions of both doors, asked of one attempt. ``shared`` is what was found for all pairs alike."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.known: dict[object, _Judged] = {}
        self.plan = plan = _plan(CHECKS, attempt.given)
        facts = attempt.facts
        found = [(place, said) for place, check in plan.of_attempt if (said := check.holds(attempt)) is not None]
        if facts is not None:
            found += [(place, said) for place, check in plan.of_assertion if (said := check.holds(facts)) is not None]
        self.shared = found
        self.refused_at = {door for place, said in found if isinstance(said, Refused) for door in CHECKS[place].doors}
        self.refusals: dict[tuple[Door, object], Refused | Unknown | None] = {}

    def without_pair(self, door: Door, *more: Objection) -> AwsAnswer:
        """The answer where no pair can be asked for. ``more`` are objections to that itself: the page looks for
        roles before it asks STS anything, STS looks for the pair late."""
        shared = _at(door, self.shared)
        objections = [*more, *shared] if door is Door.PAGE else [*shared, *more]
        return _decide(objections) or Unknown("no evidence is there to judge the response by")

    def answer(self, pair: RolePair, door: Door, *, offered: bool = True) -> AwsAnswer:
        """The answer for one pair. Pairs that no condition can tell apart are judged once."""
        facts = self.attempt.facts
        return self.without_pair(door) if facts is None else self._judged(facts, pair, offered=offered).at(door)

    def answers(self, door: Door) -> tuple[PairAnswer, ...]:
        """The answer for each pair of the response."""
        known = {kind: self.answer(pair, door) for kind, pair in self.one_of_each.items()}
        return tuple(map(_pair_answer, zip(self.attempt.pairs, map(known.__getitem__, self._kinds), strict=True)))

    @lazy
    def one_of_each(self) -> dict[object, RolePair]:
        """The first pair of each kind, in the order of the response."""
        found: dict[object, RolePair] = {}
        for kind, pair in zip(self._kinds, self.attempt.pairs, strict=True):
            found.setdefault(kind, pair)
        return found

    @lazy
    def _kinds(self) -> Sequence[object]:
        """Of each pair of the response, what kind it is of."""
        pairs = self.attempt.pairs
        return (None,) * len(pairs) if self.attempt.pairs_are_alike else [*map(self._kind, pairs)]

    def _kind(self, pair: RolePair) -> object:
        """Everything that the conditions ask of a pair: where accounts are declared, all of it."""
        aws, reserved = self.attempt.aws, RESERVED in pair.resource
        if aws.declared:
            return pair
        held: object = None
        if aws.providers or aws.fallback is None:
            text = str(pair.provider)
            held = text if text in aws.providers or aws.fallback is None else None
        if pair.usual and not reserved:
            return held
        return (
            held, pair.blanks, pair.account == pair.provider_account, pair.partition == pair.provider_partition,
            reserved and pair.role.name, can_exist(pair) or pair,
        )  # fmt: skip

    def _judged(self, facts: Assertion, pair: RolePair, *, offered: bool) -> "_Judged":
        if not offered:
            return self._judge(ask(self.attempt, facts, pair, offered=False))
        kind = None if self.attempt.pairs_are_alike else self._kind(pair)
        judged = self.known.get(kind)
        if judged is None:
            judged = self.known[kind] = self._judge(ask(self.attempt, facts, pair))
        return judged

    def _judge(self, asked: Asked) -> "_Judged":
        checks = self.plan.of_usual_pair if asked.pair.usual else self.plan.of_pair
        return _Judged(
            self, asked, [(place, said) for place, check in checks if (said := check.holds(asked)) is not None]
        )

    def objected(self, door: Door, own: Sequence[Found]) -> Refused | Unknown | None:
        """What a door objects to a pair of which so much was found. Where anything is refused, only refusals count:
        pairs that are refused for the same reasons are answered alike."""
        refusals = [(place, said.cause) for place, said in own if isinstance(said, Refused)]
        refused = tuple([one for one in refusals if door in CHECKS[one[0]].doors])
        if not refused and door not in self.refused_at:
            return _decide(_at(door, [*self.shared, *own]))
        if (door, refused) not in self.refusals:
            self.refusals[door, refused] = _decide(_at(door, [*self.shared, *own]))
        return self.refusals[door, refused]


class _Judged:
    """One pair with what was found of it, at either door. What it is answered is worked out when it is asked for."""

    def __init__(self, judge: _Judge, asked: Asked, own: Sequence[Found]) -> None:
        self.judge = judge
        self.asked = asked
        self.own = own
        self.answers: dict[Door, AwsAnswer] = {}

    def at(self, door: Door) -> AwsAnswer:
        """What one door answers."""
        answer = self.answers.get(door)
        if answer is None:
            faulty = bool(self.own or self.judge.shared)
            answer = (self.judge.objected(door, self.own) if faulty else None) or self.granted[door]
            self.answers[door] = answer
        return answer

    @lazy
    def granted(self) -> dict[Door, Accepted | Unknown]:
        """What each door answers where it objects to nothing."""
        return grant(self.asked)


def _at(door: Door, found: Sequence[Found]) -> list[Objection]:
    """The objections of one door, in their order."""
    return [objection for place, objection in sorted(found, key=_place) if door in CHECKS[place].doors]


def _place(found: tuple[int, Objection]) -> int:
    return found[0]


def _decide(objections: Sequence[Objection]) -> Refused | Unknown | None:
    """The first refusal; without one, everything that is not known; None when there is nothing to say."""
    refusals = [one for one in objections if isinstance(one, Refused)]
    if refusals:
        return _first_of(refusals)
    reasons = dict.fromkeys(one.reason for one in objections if isinstance(one, Unknown))
    return Unknown("; ".join(reasons)) if reasons else None


def _first_of(refusals: Sequence[Refused]) -> Refused:
    """The first of several refusals. Which one AWS says first is inferred, unless all read the same."""
    first = refusals[0]
    said = dict.fromkeys(message for one in refusals for message in (one.message, *one.others))
    others = tuple(message for message in said if message != first.message)
    return replace(first, basis=Basis.INFERRED, others=others) if others else first
