"""From single sign-ins to what they mean: who could sign in when, and which step ended it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.rollover.accounts import Held
from harness.rollover.plan import Expected, Plan
from harness.rollover.signins import Tried
from harness.rollover.stage import Entrance, Stage
from harness.rollover.timeline import Moment, Timeline


@dataclass(frozen=True, slots=True)
class Outage:
    """A time during which the users of an entrance could not sign in: from ``begin`` until just before ``end``."""

    entrance: Entrance
    begin: datetime
    end: datetime
    over: bool
    """Whether it ended; else it lasts at least as long as the plan was looked at."""
    step: int | None
    """The step that caused it, from 1; None when it was there before the plan or a certificate's end caused it."""
    cause: str
    """That step in words."""
    because: str
    """What signs and what the account holds."""
    said: str
    """What AWS answered, or Entra."""

    @property
    def length(self) -> timedelta:
        return self.end - self.begin

    @property
    def last_minute(self) -> datetime:
        """The last minute in which nobody could sign in."""
        return (self.end - timedelta(microseconds=1)).replace(second=0, microsecond=0)

    @property
    def first_minute(self) -> datetime:
        return self.begin.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class After:
    """How many entrances were open once a moment had come."""

    moment: Moment
    open: int
    of: int
    expected: Expected | None

    @property
    def got(self) -> Expected:
        if self.open == self.of:
            return Expected.ALL
        return Expected.SOME if self.open else Expected.NONE

    @property
    def surprising(self) -> bool:
        return self.expected is not None and self.expected is not self.got


@dataclass(frozen=True, slots=True)
class _Seen:
    """One entrance at one moment."""

    moment: int
    said: str
    signed_by: str
    held: Held


class History:
    """Every entrance's sign-ins in the order of time."""

    def __init__(self, timeline: Timeline, stage: Stage, tried: Sequence[Tried]) -> None:
        self.timeline, self.stage = timeline, stage
        self._seen: list[list[_Seen]] = [[] for _ in stage.entrances]
        for one in tried:
            visit = timeline.visits[one.visit]
            for (entrance, held), said in zip(visit.tries, one.said, strict=True):
                self._add(entrance, _Seen(visit.moment, said, one.signed_by, held))

    def _add(self, entrance: int, seen: _Seen) -> None:
        """Of several users at the same moment, one who is turned away counts."""
        before = self._seen[entrance]
        if before and before[-1].moment == seen.moment:
            if seen.said and not before[-1].said:
                before[-1] = seen
        else:
            before.append(seen)

    def after(self, plan: Plan) -> tuple[After, ...]:
        """How many entrances were open at each moment at which all were tried."""
        closed: dict[int, int] = {}
        for history in self._seen:
            for seen in history:
                closed[seen.moment] = closed.get(seen.moment, 0) + bool(seen.said)
        total = len(self.stage.entrances)
        return tuple(
            After(moment, total - closed[number], total, plan.steps[moment.step - 1].expect if moment.step else None)
            for number, moment in enumerate(self.timeline.moments)
            if moment.settled
        )

    def outages(self) -> tuple[Outage, ...]:
        """Every outage, by entrance and then by time."""
        return tuple(
            outage
            for entrance, history in zip(self.stage.entrances, self._seen, strict=True)
            for outage in self._of(entrance, history)
        )

    def _of(self, entrance: Entrance, history: Sequence[_Seen]) -> Iterator[Outage]:
        """An outage begins where a user is first turned away and ends where one is next let in."""
        shut: list[_Seen] = []
        for seen in history:
            if seen.said:
                shut.append(seen)
            elif shut:
                if self._at(shut[0]) < self._at(seen):
                    yield self._outage(entrance, shut, self._at(seen), over=True)
                shut = []
        if shut and self._at(shut[0]) < self.timeline.until:
            yield self._outage(entrance, shut, self.timeline.until, over=False)

    def _at(self, seen: _Seen) -> datetime:
        return self.timeline.moments[seen.moment].at

    def _outage(self, entrance: Entrance, shut: Sequence[_Seen], end: datetime, *, over: bool) -> Outage:
        """The step that shut it is the first; what is said of it held for some time."""
        moment = self.timeline.moments[shut[0].moment]
        cause = moment.title if moment.step is None else f"step {moment.step}: {moment.title}"
        later = [*(self._at(seen) for seen in shut[1:]), end]
        lasting = [seen for seen, until in zip(shut, later, strict=True) if self._at(seen) < until]
        because = "; then ".join(dict.fromkeys(_because(seen) for seen in lasting))
        return Outage(entrance, moment.at, end, over, moment.step, cause, because, lasting[0].said)


def _because(seen: _Seen) -> str:
    """What signs, what the account holds, and since when."""
    if not seen.signed_by:
        return "Entra signs nothing"
    document = seen.held.document
    if document is None:
        return "the account has no such provider"
    if seen.signed_by in document.certificates:
        return f"the account trusts {seen.signed_by}, with which Entra signs, but {seen.said}"
    given = "before the plan" if seen.held.given_by is None else f"by step {seen.held.given_by}"
    listed = ", ".join(document.certificates) or "no certificate"
    return f"Entra signs with {seen.signed_by}; the account was given {listed} {given}"
