"""The sign-in endpoint: a posted response becomes the role picker, a session, or a refusal.

The same response is posted again with the role that was picked, so its age counts while the user looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.arn import RolePair
from harness.aws.acceptance import Attempt, of_several, page_answers, signin_answer
from harness.aws.account import Aws, SamlProvider
from harness.aws.answers import on_page, refuse, words_of
from harness.aws.attempt import Door
from harness.aws.audit import Outcome, event_of
from harness.aws.endpoints import ROLE
from harness.aws.intake import attempt_of
from harness.aws.store import AwsStore, IssuedSession, issue
from harness.report.model import Accepted, AwsAnswer, PairAnswer, Refused, Session, Unknown


@dataclass(frozen=True, slots=True)
class PickerAccount:
    """One account of the picker: its number, its alias, and its roles as (ARN, name)."""

    number: str
    alias: str | None
    roles: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        return self.number if self.alias is None else f"{self.alias} ({self.number})"

    @property
    def heading(self) -> str:
        return f"Account: {self.label}"


@dataclass(frozen=True, slots=True)
class Picker:
    """Several roles can be assumed: the user has to choose. ``withheld`` counts the pairs that cannot be."""

    accounts: tuple[PickerAccount, ...]
    withheld: int


@dataclass(frozen=True, slots=True)
class Entered:
    """The user is in: the role, the session, its credentials, and the claims but for the roles."""

    pair: RolePair
    session: Session
    credentials: IssuedSession
    claims: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """AWS's answer, a refusal or an unknown one."""

    answer: AwsAnswer
    pair: RolePair | None = None
    """The pair that was picked, where one was."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the page answers, and the ID under which the report of the posted response can be read."""

    found: Picker | Entered | TurnedAway
    report: str


def sign_in(
    store: AwsStore,
    posted: str,
    now: datetime,
    request_id: str,
    *,
    role_index: str | None = None,
    provider_id: str = "",
) -> Reply:
    """What the page answers to a posted SAMLResponse, which is kept and recorded.

    ``role_index`` is the role ARN that was picked. ``provider_id`` is that of a post to one provider's own address.
    A single role is entered without a picker; of several, those that can be assumed are offered, be it one.
    """
    aws = store.aws
    home = next((one for one in aws.providers.values() if provider_id and one.unique_id == provider_id), None)
    providers = [*aws.providers.values()] if home is None else [home]
    attempt = attempt_of(aws, posted, now, certificates=aws.keys, providers=providers)
    found: Picker | Entered | TurnedAway
    if provider_id and home is None:
        found = TurnedAway(Unknown(f"no SAML provider has the ID {provider_id[:64]}"))
    else:
        found = _decide(store, attempt, _answers(attempt, posted, home), role_index)
    words = words_of(found.answer, request_id) if isinstance(found, TurnedAway) else "accepted"
    report = store.attempts.keep(posted, now, Door.PAGE, aws, words, role_arn=role_index)
    if not isinstance(found, Picker):
        store.record(event_of(Door.PAGE, now, _params(found), request_id, attempt, _outcome(found, words, report)))
    return Reply(found, report)


def _decide(
    store: AwsStore, attempt: Attempt, answers: Sequence[PairAnswer], role_index: str | None
) -> Picker | Entered | TurnedAway:
    usable = {one.pair: one.answer for one in answers if one.pair and isinstance(one.answer, Accepted)}
    if not usable:
        refusals = tuple(dict.fromkeys(one.answer for one in answers))
        return TurnedAway(of_several(refusals) if refusals else signin_answer(attempt))
    if role_index is None and len({one.pair.role for one in answers if one.pair}) > 1:
        return Picker(_accounts(attempt.aws, [*usable]), len(answers) - len(usable))
    for pair, answer in usable.items():
        if role_index is None or str(pair.role) == role_index:
            issued = issue(store, pair, answer.session, attempt.now)
            return Entered(pair, answer.session, issued, _claims(attempt))
    for one in answers:
        if one.pair and str(one.pair.role) == role_index:
            return TurnedAway(one.answer, one.pair)
    return TurnedAway(on_page(refuse("pair-not-offered")))


def _answers(attempt: Attempt, posted: str, home: SamlProvider | None) -> tuple[PairAnswer, ...]:
    """The page's answer for each pair. An encrypted assertion is opened anew for each provider with its own keys."""
    answers = page_answers(attempt)
    if not attempt.received.encrypted:
        return answers
    by_provider: dict[str, list[RolePair]] = {}
    for pair in attempt.pairs:
        by_provider.setdefault(str(pair.provider), []).append(pair)
    known: dict[RolePair | None, AwsAnswer] = {}
    for arn, pairs in by_provider.items():
        known |= _of_provider(attempt, posted, arn, pairs)
    return tuple(PairAnswer(pair, _at_address(attempt.aws, pair, home, known.get(pair))) for pair in attempt.pairs)


def _of_provider(
    attempt: Attempt, posted: str, arn: str, pairs: Sequence[RolePair]
) -> Mapping[RolePair | None, AwsAnswer]:
    """The answers for the pairs of one provider, which opens the assertion with its own keys."""
    aws, provider = attempt.aws, attempt.aws.providers.get(arn)
    providers = () if provider is None else (provider,)
    own = attempt_of(aws, posted, attempt.now, certificates=aws.keys, providers=providers)
    return {one.pair: one.answer for one in page_answers(own) if one.pair in pairs}


def _at_address(aws: Aws, pair: RolePair, home: SamlProvider | None, answer: AwsAnswer | None) -> AwsAnswer:
    """AWS documents that a provider which requires encryption is posted to at its own address."""
    if answer is None:
        return Unknown(f"the assertion is encrypted, and no private key of {pair.provider} opens it")
    provider = aws.providers.get(str(pair.provider))
    if provider is None or not provider.required or home is provider:
        return answer
    return Unknown(
        f"{pair.provider} requires encryption: AWS documents that the response is then posted to the provider's own "
        f"address, /saml/acs/{provider.unique_id}, but not what another address answers"
    )


def _claims(attempt: Attempt) -> tuple[tuple[str, tuple[str, ...]], ...]:
    signed = attempt.received.signed
    found = () if signed is None else signed.attributes
    return tuple((one.name, one.values) for one in found if one.name != ROLE)


def _params(found: Entered | TurnedAway) -> dict[str, str]:
    if found.pair is None:
        return {}
    return {"RoleArn": str(found.pair.role), "PrincipalArn": str(found.pair.provider)}


def _outcome(found: Entered | TurnedAway, words: str, report: str) -> Outcome:
    if isinstance(found, Entered):
        return Outcome(found.credentials.arn, report=report)
    code = found.answer.code if isinstance(found.answer, Refused) else ""
    return Outcome(None, code, words, report)


def _accounts(aws: Aws, pairs: Sequence[RolePair]) -> tuple[PickerAccount, ...]:
    grouped: dict[str, dict[str, str]] = {}
    for pair in pairs:
        grouped.setdefault(pair.account, {})[str(pair.role)] = pair.role.name
    return tuple(
        PickerAccount(account, aws.aliases.get(account), tuple(roles.items())) for account, roles in grouped.items()
    )
