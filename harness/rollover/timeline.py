"""A plan on the clock: what Entra and every account hold after each step, and who signs in then.

After each step everybody signs in; and where an account has an instant of its own (its provider is updated while
others wait, it is deleted and not yet created again), those who enter that account do. Certificates expire by
themselves, and that is an instant as well. In between nothing changes, so nothing has to be tried.
"""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.rollover.accounts import Accounts, Held
from harness.rollover.plan import BadPlan, CreateCertificate, Download, Expiry, InAws, Plan, Recreate
from harness.rollover.stage import Stage
from harness.rollover.tenant import Tenant
from harness.scenario.model import App

LOOK_ON = timedelta(days=1)
_DELETE, _GIVE = "delete", "give"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant at which something changed. ``step`` is its number from 1; None for the start and for expiries."""

    at: datetime
    step: int | None
    title: str
    settled: bool
    """Whether the step is done, so that everybody signs in; else those alone whom it has just reached."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One fresh response of one user, tried at one or more entrances at the same instant."""

    moment: int
    app: App
    user: str
    tries: tuple[tuple[int, Held], ...]
    stale_address: bool
    """Whether the response is posted to the address of a provider that no longer exists."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The instants in order, and every visit."""

    moments: tuple[Moment, ...]
    visits: tuple[Visit, ...]
    until: datetime


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """What happens at an instant. At equal instants expiries come first, then steps by number."""

    at: datetime
    step: int
    turn: int
    kind: str = ""
    reached: tuple[int, ...] = ()
    settled: bool = True
    title: str = ""


def lay_out(plan: Plan, stage: Stage, idp: EntraIdp, accounts: Accounts, now: datetime) -> Timeline:
    """Carry the plan out on the clock. Changes ``idp`` and ``accounts``, which belong to this rehearsal alone.

    Raises BadPlan, which names the step, where the plan cannot be carried out.
    """
    _require_dates(plan, now)
    return _Clock(plan, stage, idp, accounts).run()


def _require_dates(plan: Plan, now: datetime) -> None:
    for number, step in enumerate(plan.steps, 1):
        if step.at < now:
            raise BadPlan(f"{plan.label(number)}: its date is past; it is {now:%Y-%m-%dT%H:%M:%SZ} now (--at sets it)")
        if number > 1 and step.at < plan.steps[number - 2].at:
            raise BadPlan(f"{plan.label(number)}: it is dated before {plan.label(number - 1)}; put steps in order")


class _Clock:
    """The state while a plan runs."""

    def __init__(self, plan: Plan, stage: Stage, idp: EntraIdp, accounts: Accounts) -> None:
        self.plan, self.stage, self.idp, self.accounts = plan, stage, idp, accounts
        self.tenant = Tenant(stage, idp, accounts)
        self.turns = count()
        self.moments: list[Moment] = []
        self.visits: list[Visit] = []
        self.events: list[_Event] = []

    def run(self) -> Timeline:
        everyone = tuple(range(len(self.stage.entrances)))
        self._look(Moment(self.plan.start, None, "Before the plan", True), everyone)
        for number in range(1, len(self.plan.steps) + 1):
            self._schedule(number)
        until = self._until()
        self._expect_expiries()
        while self.events and self.events[0].at <= until:
            event = heapq.heappop(self.events)
            self._happen(event)
            title = event.title or self.plan.steps[event.step - 1].title
            moment = Moment(event.at, event.step or None, title, event.settled)
            self._look(moment, everyone if event.settled else event.reached)
        return Timeline(tuple(self.moments), tuple(self.visits), until)

    def _until(self) -> datetime:
        """When to stop looking. Raises BadPlan when steps would still be under way."""
        done = max(self.events)
        until = self.plan.until or done.at + LOOK_ON
        if until < done.at:
            raise BadPlan(
                f"{self.plan.label(done.step)}: it is done at {done.at:%Y-%m-%dT%H:%M:%SZ}, after the plan's until"
            )
        return until

    def _expect_expiries(self, name: str | None = None) -> None:
        """Those who enter by an app sign in when a certificate of it expires: of that name, or any of them."""
        said = {(one.certificate, one.at) for one in self.plan.steps if isinstance(one, Expiry)}
        ends: dict[tuple[datetime, str], set[str]] = defaultdict(set)
        for app in self.tenant.apps:
            for one in app.certificates:
                if one.not_after > self.plan.start and name in (None, one.name):
                    ends[one.not_after, one.name].add(app.name)
        for (at, ending), apps in ends.items():
            if (ending, at) not in said:
                reached = tuple(place for place, one in enumerate(self.stage.entrances) if one.app in apps)
                settled = len(reached) == len(self.stage.entrances)
                title = f"Certificate {ending} expires"
                self._push(_Event(at, 0, next(self.turns), "", reached, settled, title))

    def _push(self, event: _Event) -> None:
        heapq.heappush(self.events, event)

    def _schedule(self, number: int) -> None:
        step = self.plan.steps[number - 1]
        if not isinstance(step, InAws):
            self._push(_Event(step.at, number, next(self.turns)))
            return
        self._require_document(number, step)
        reached = self._reached(number, step)
        one = timedelta(minutes=step.minutes_per_account)
        size = step.workers if step.minutes_per_account else len(reached)
        batches = [reached[start : start + size] for start in range(0, len(reached), size)]
        for turn, batch in enumerate(batches):
            begun, done = step.at + turn * one, step.at + (turn + 1) * one
            self.accounts.reserve(number, batch, begun, done)
            if isinstance(step, Recreate):
                self._push(_Event(begun, number, next(self.turns), _DELETE, batch, settled=False))
            last = turn == len(batches) - 1
            self._push(_Event(done, number, next(self.turns), _GIVE, batch, settled=last))

    def _reached(self, number: int, step: InAws) -> tuple[int, ...]:
        """The entrances that a step in AWS concerns."""
        known = {account.id for account in self.idp.scenario.accounts}
        for named in (*(step.accounts or ()), *step.leave_out):
            if named not in known:
                raise BadPlan(f"{self.plan.label(number)}: the scenario has no account {named}")
        wanted = known if step.accounts is None else {*step.accounts}
        wanted -= {*step.leave_out}
        reached = tuple(place for place, entrance in enumerate(self.stage.entrances) if entrance.account in wanted)
        if not reached:
            raise BadPlan(f"{self.plan.label(number)}: no account is left in which anything would be updated")
        return reached

    def _require_document(self, number: int, step: InAws) -> None:
        later = next(
            (
                place
                for place, one in enumerate(self.plan.steps, 1)
                if isinstance(one, Download) and one.document == step.document
            ),
            None,
        )
        if later is None or later > number:
            when = "by no step" if later is None else f"only by {self.plan.label(later)}"
            raise BadPlan(f"{self.plan.label(number)}: document {step.document!r} is downloaded {when}")

    def _happen(self, event: _Event) -> None:
        if not event.step:
            return
        step = self.plan.steps[event.step - 1]
        try:
            if not isinstance(step, InAws):
                self.tenant.take(step)
            elif event.kind == _DELETE:
                self.accounts.delete(event.reached)
            else:
                self.accounts.give(event.step, event.reached, step.document, again=isinstance(step, Recreate))
        except HarnessError as error:
            raise BadPlan(f"{self.plan.label(event.step)}: {error}") from None
        if isinstance(step, CreateCertificate):
            self._expect_expiries(step.certificate)

    def _look(self, moment: Moment, entrances: Sequence[int]) -> None:
        """Everybody who stands for these entrances signs in: one response for each app and user."""
        self.moments.append(moment)
        tries: dict[tuple[str, str], list[tuple[int, Held]]] = defaultdict(list)
        for number in entrances:
            entrance = self.stage.entrances[number]
            for user, _ in entrance.samples:
                tries[entrance.app, user].append((number, self.accounts.held[number]))
        apps = {app.name: app for app in self.tenant.apps}
        for (name, user), tried in tries.items():
            gone = self.accounts.is_gone(apps[name].reply_urls[0])
            self.visits.append(Visit(len(self.moments) - 1, apps[name], user, tuple(tried), gone))
