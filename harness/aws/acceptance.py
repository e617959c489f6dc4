"""What AWS answers to a response: its conditions in order, and the first that is not met decides.

The order is inferred, because every recorded case broke one condition alone: where several are broken, the
answer is marked inferred and lists the others. A refusal that is known outranks what is unknown, and only when
nothing is broken and nothing unknown is a session granted, from signed facts alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.arn import RolePair, parse_arn, parse_role_pair
from harness.aws import on_assertion, on_document, on_pair
from harness.aws.answers import on_page, refuse
from harness.aws.attempt import Asked, Attempt, Door, Objection, ask
from harness.aws.endpoints import PARTITIONS, PRINCIPAL_TAG
from harness.aws.session import session_of
from harness.report.model import Accepted, AwsAnswer, Basis, PairAnswer, Refused, Unknown
from harness.saml.model import Assertion
from harness.saml.names import RSA_SHA256, SHA256

__all__ = ["CHECKS", "Attempt", "Door", "answers", "of_several", "page_answers", "signin_answer", "sts_answers"]

BOTH = frozenset(Door)
STS_ONLY = frozenset({Door.STS})
PAGE_ONLY = frozenset({Door.PAGE})


@dataclass(frozen=True, slots=True, eq=False)
class OfAttempt:
    """A condition on the response as a whole, or on its meeting with this moment."""

    holds: Callable[[Attempt], Objection | None]
    doors: frozenset[Door] = BOTH


@dataclass(frozen=True, slots=True, eq=False)
class OfAssertion:
    """A condition on what the assertion says; not asked where there is none to read."""

    holds: Callable[[Assertion], Objection | None]
    doors: frozenset[Door] = BOTH


@dataclass(frozen=True, slots=True, eq=False)
class OfPair:
    """A condition on one pair of role and provider."""

    holds: Callable[[Asked], Objection | None]
    doors: frozenset[Door] = BOTH


Condition = OfAttempt | OfAssertion | OfPair

CHECKS: tuple[Condition, ...] = (
    OfAttempt(on_document.parameters_keep_their_limits, STS_ONLY),
    OfAttempt(on_document.post_is_not_too_large, PAGE_ONLY),
    OfAttempt(on_document.base64_is_clean),
    OfAttempt(on_document.bytes_are_xml),
    OfAttempt(on_document.document_has_no_flaws),
    OfAttempt(on_document.root_is_a_response),
    OfAttempt(on_document.document_is_built_as_saml_says),
    OfAttempt(on_document.there_is_exactly_one_assertion),
    OfAttempt(on_document.versions_are_2_0),
    OfAttempt(on_document.envelope_is_whole),
    OfAttempt(on_document.status_is_success),
    OfAttempt(on_document.nothing_inside_is_encrypted),
    OfAssertion(on_assertion.conditions_are_there),
    OfAssertion(on_assertion.not_before_can_be_read),
    OfAssertion(on_assertion.instants_can_be_read),
    OfAssertion(on_assertion.conditions_are_of_known_kinds),
    OfAssertion(on_assertion.subject_is_confirmed_once),
    OfAssertion(on_assertion.confirmation_is_bearer),
    OfAssertion(on_assertion.confirmation_has_an_end),
    OfAssertion(on_assertion.confirmation_has_a_recipient),
    OfAssertion(on_assertion.name_id_has_a_format),
    OfAssertion(on_assertion.name_id_has_a_value),
    OfAssertion(on_assertion.sign_in_is_stated_once),
    OfPair(on_pair.provider_exists),
    OfAttempt(on_document.assertion_can_be_opened),
    OfPair(on_pair.encryption_is_as_required),
    OfAttempt(on_document.assertion_is_signed),
    OfPair(on_pair.issuer_is_in_the_metadata),
    OfAttempt(on_document.signed_content_is_unchanged),
    OfPair(on_pair.keys_are_the_providers),
    OfAttempt(on_document.signatures_keep_the_profile),
    OfAttempt(on_document.signature_methods_are_rsa),
    OfAttempt(on_assertion.assertion_has_not_expired),
    OfAttempt(on_assertion.assertion_is_at_most_five_minutes_old),
    OfAssertion(on_assertion.assertion_says_when_it_was_issued),
    OfAttempt(on_assertion.assertion_is_not_from_the_future),
    OfAssertion(on_assertion.attributes_are_not_repeated),
    OfAssertion(on_assertion.single_attributes_have_one_value),
    OfAssertion(on_assertion.session_name_is_there),
    OfAssertion(on_assertion.session_name_is_well_formed),
    OfAssertion(on_assertion.source_identity_is_well_formed),
    OfPair(on_pair.pair_is_offered),
    OfPair(on_pair.arns_stand_without_blanks, STS_ONLY),
    OfPair(on_pair.role_and_provider_share_an_account),
    OfPair(on_pair.role_is_not_reserved),
    OfPair(on_pair.such_a_pair_can_exist),
    OfAssertion(on_assertion.name_id_is_there),
    OfPair(on_pair.role_exists),
    OfPair(on_pair.role_trusts_the_provider),
    OfPair(on_pair.role_trusts_session_tags),
    OfPair(on_pair.role_trusts_the_source_identity),
    OfPair(on_pair.role_allows_the_duration, STS_ONLY),
    OfPair(on_pair.role_allows_the_console_session, PAGE_ONLY),
    OfAssertion(on_assertion.session_duration_is_in_range),
    OfAttempt(on_assertion.session_tags_are_well_formed),
    OfAttempt(on_assertion.transitive_keys_are_tags),
)
"""AWS's conditions in the order in which they are taken to be asked. Each name is a sentence that must hold."""


def answers(attempt: Attempt, requested: str | None = None) -> tuple[AwsAnswer, tuple[PairAnswer, ...]]:
    """The sign-in page's answer and STS's answers. What both doors ask is asked once."""
    plan = _plan(CHECKS)
    shared = _shared(attempt, plan)
    sts = _sts(_Judge(attempt, Door.STS, plan, shared), requested)
    return _signin(_Judge(attempt, Door.PAGE, plan, shared), sts), sts


def sts_answers(attempt: Attempt, requested: str | None = None) -> tuple[PairAnswer, ...]:
    """STS's answer for each usable pair of the Role attribute, or for the pair that is ``requested``.

    ``requested`` is a role ARN, or role and provider ARN with a comma between them.
    """
    plan = _plan(CHECKS)
    return _sts(_Judge(attempt, Door.STS, plan, _shared(attempt, plan)), requested)


def _sts(judge: "_Judge", requested: str | None) -> tuple[PairAnswer, ...]:
    attempt = judge.attempt
    if requested is not None:
        return _requested(judge, attempt, requested)
    if not attempt.pairs:
        return (PairAnswer(None, judge.without_pair(*_nothing_offered(attempt))),)
    return tuple([PairAnswer(pair, judge.answer(pair)) for pair in attempt.pairs])


def signin_answer(attempt: Attempt, sts: Sequence[PairAnswer] = ()) -> AwsAnswer:
    """The sign-in page's answer. It names no role: one usable pair is enough.

    A pair that STS accepts is tried first, because it most likely settles it.
    """
    plan = _plan(CHECKS)
    return _signin(_Judge(attempt, Door.PAGE, plan, _shared(attempt, plan)), sts)


def _signin(judge: "_Judge", sts: Sequence[PairAnswer]) -> AwsAnswer:
    attempt = judge.attempt
    if not attempt.pairs:
        no_role = () if attempt.facts is None else (refuse("page-no-role"),)
        return _shown(judge.without_pair(*no_role))
    likely = [one.pair for one in sts if one.pair is not None and isinstance(one.answer, Accepted)]
    answers: dict[AwsAnswer, None] = {}
    for pair in (*likely[:1], *attempt.pairs):
        answer = judge.answer(pair)
        if isinstance(answer, Accepted):
            return Accepted(answer.session, Basis.INFERRED, answer.assumed)
        answers[answer] = None
    return _shown(of_several(tuple(answers)))


def page_answers(attempt: Attempt) -> tuple[PairAnswer, ...]:
    """What the sign-in page would answer for each usable pair, once it was picked."""
    plan = _plan(CHECKS)
    judge = _Judge(attempt, Door.PAGE, plan, _shared(attempt, plan))
    return tuple(PairAnswer(pair, _shown(judge.answer(pair))) for pair in attempt.pairs)


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
            return (PairAnswer(wanted, judge.answer(wanted, offered=False)),)
    elif malformed := _malformed(requested):
        return (PairAnswer(None, malformed),)
    else:
        offered = [pair for pair in attempt.pairs if str(pair.role) == requested]
    if not offered:
        return (PairAnswer(None, judge.without_pair(*_nothing_offered(attempt))),)
    return tuple(PairAnswer(pair, judge.answer(pair)) for pair in offered)


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


@dataclass(frozen=True, slots=True)
class _Plan:
    """The conditions, sorted by what they ask about, each with its place in the order."""

    of_attempt: tuple[tuple[int, OfAttempt], ...]
    of_assertion: tuple[tuple[int, OfAssertion], ...]
    of_pair: dict[Door, tuple[tuple[int, OfPair], ...]]


@lru_cache(8)
def _plan(checks: tuple[Condition, ...]) -> _Plan:
    placed = [*enumerate(checks)]
    return _Plan(
        tuple((place, check) for place, check in placed if isinstance(check, OfAttempt)),
        tuple((place, check) for place, check in placed if isinstance(check, OfAssertion)),
        {
            door: tuple((place, check) for place, check in placed if isinstance(check, OfPair) and door in check.doors)
            for door in Door
        },
    )


Found = tuple[int, Objection]
"""An objection with the place of its condition in `CHECKS`."""


def _shared(attempt: Attempt, plan: _Plan) -> list[Found]:
    """The objections that do not depend on the pair, of both doors, in order."""
    facts = attempt.facts
    found = [(place, said) for place, check in plan.of_attempt if (said := check.holds(attempt)) is not None]
    if facts is not None:
        found += [(place, said) for place, check in plan.of_assertion if (said := check.holds(facts)) is not None]
    return sorted(found, key=_place)


class _Judge:
    """The conditions of one door, asked of one attempt. ``shared`` is what was found for all pairs alike."""

    def __init__(self, attempt: Attempt, door: Door, plan: _Plan, shared: Sequence[Found]) -> None:
        self.attempt = attempt
        self.door = door
        self.conditions = plan.of_pair[door]
        self.shared = [(place, objection) for place, objection in shared if door in CHECKS[place].doors]
        self.known: dict[object, AwsAnswer] = {}

    def without_pair(self, *more: Objection) -> AwsAnswer:
        """The answer where no pair can be asked for. ``more`` are objections to that itself: the page looks for
        roles before it asks STS anything, STS looks for the pair late."""
        shared = [objection for _, objection in self.shared]
        objections = [*more, *shared] if self.door is Door.PAGE else [*shared, *more]
        return _decide(objections) or Unknown("no evidence is there to judge the response by")

    def answer(self, pair: RolePair, *, offered: bool = True) -> AwsAnswer:
        """The answer for one pair. Pairs that no condition can tell apart are judged once."""
        facts = self.attempt.facts
        if facts is None:
            return self.without_pair()
        if self.attempt.aws.declared or not offered:
            return self._judge(ask(self.attempt, facts, pair, offered=offered))
        alike = self._alike(pair)
        answer = self.known.get(alike)
        if answer is None:
            answer = self.known[alike] = self._judge(ask(self.attempt, facts, pair))
        return answer

    def _alike(self, pair: RolePair) -> object:
        """Everything that the conditions ask of a pair where no account is declared."""
        aws, role, provider = self.attempt.aws, pair.role, pair.provider
        held: object = None
        if aws.providers or aws.fallback is None:
            text = str(provider)
            held = text if text in aws.providers or aws.fallback is None else None
        return (
            held, pair.blanks, role.account == provider.account, role.partition == provider.partition,
            on_pair.RESERVED in role.resource and role.name, pair.usual or pair,
        )  # fmt: skip

    def _judge(self, asked: Asked) -> AwsAnswer:
        own = [(place, objection) for place, check in self.conditions if (objection := check.holds(asked)) is not None]
        if not own and not self.shared:
            return _grant(asked, self.door)
        objections = sorted([*self.shared, *own], key=_place)
        return _decide([objection for _, objection in objections]) or _grant(asked, self.door)


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


def _grant(asked: Asked, door: Door) -> AwsAnswer:
    signed = _proven(asked)
    session = None if signed is None else session_of(asked.attempt, signed, door)
    if session is None:
        return Unknown("the response is not proven by the assertion's own signature")
    return Accepted(session, _basis(asked), tuple(_assumed(asked, door)))


def _proven(asked: Asked) -> Assertion | None:
    """The signed facts, when nothing else could stand beside them. The last gate: it relies on no condition."""
    received = asked.attempt.received
    signed = received.signed
    if signed is None or received.own_signature is None or asked.metadata is None:
        return None
    clean = not received.flaws and not received.shape and asked.attempt.base64_fault is None
    alone = received.assertion_count == 1 and len(received.assertions) == 1
    trusted = asked.metadata.trusts(signed.issuer)
    all_fit = all(
        check.verified and check.key is not None and check.key.public_bytes in trusted
        for check in received.all_signatures
    )
    return signed if clean and alone and all_fit else None


def _basis(asked: Asked) -> Basis:
    """Observed for what was recorded: SHA-256, one key in the metadata, sent to an ACS, to no request."""
    received = asked.attempt.received
    recorded = all(check.method == RSA_SHA256 and check.digest_method == SHA256 for check in received.all_signatures)
    one_key = asked.metadata is not None and len(asked.metadata.trusts(asked.assertion.issuer)) == 1
    plain = _is_sent_to_aws(asked) and not _answers_a_request(asked)
    return Basis.OBSERVED if recorded and one_key and plain else Basis.INFERRED


def _is_sent_to_aws(asked: Asked) -> bool:
    """Whether the Destination is absent or an ACS; that AWS overlooks another is not known."""
    response = asked.attempt.received.response
    destination = None if response is None else response.destination
    return destination is None or any(partition.is_acs(destination) for partition in PARTITIONS.values())


def _answers_a_request(asked: Asked) -> bool:
    response = asked.attempt.received.response
    confirmed = [one.in_response_to for one in asked.assertion.confirmations]
    return any((response is not None and response.in_response_to, *confirmed))


def _assumed(asked: Asked, door: Door) -> Iterator[str]:
    """What had to be taken for granted to say that AWS accepts."""
    if not asked.attempt.aws.declared:
        yield "the SAML provider exists and holds the metadata given"
        yield "the role exists, its trust policy allows this, and its maximum session is long enough"
    if asked.attempt.received.encrypted:
        yield "the provider holds the private key that opens the assertion"
    if _answers_a_request(asked):
        yield "AWS ignores InResponseTo"
    if any(attribute.name.startswith(PRINCIPAL_TAG) for attribute in asked.assertion.attributes):
        yield "the session tags fit into AWS's packed size"
    if door is Door.PAGE:
        yield "the sign-in page asks what STS asks; whether it checks Destination and Audience too is not known"
