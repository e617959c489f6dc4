"""A plan is written down step by step, each so long after the one before is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from harness.entra.certificates import active_certificate
from harness.errors import HarnessError
from harness.rollover.plan import AnyStep, Expected, InAws, near
from harness.rollover.stage import set_stage
from harness.scenario.model import Certificate, Scenario

FIRST_MAIL = timedelta(days=60)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast accounts are updated, and before which moment no plan begins."""

    now: datetime
    workers: int = 1
    minutes_per_account: float = 5

    def __post_init__(self) -> None:
        require_near(self.now)


class Script:
    """The steps so far, for one scenario. ``expect`` says who is expected to be able to sign in once a step is done."""

    def __init__(self, scenario: Scenario, pace: Pace, start: datetime | None = None) -> None:
        self._pace = pace
        stage = set_stage(scenario)
        if not stage.entrances:
            raise HarnessError(f"scenario {scenario.name!r} has no account that users of its apps could enter")
        self._entrances = [one.account for one in stage.entrances]
        self.accounts = tuple(dict.fromkeys(self._entrances))
        self.apps = stage.apps
        self.old: dict[str, Certificate] = {
            app.name: active_certificate(app, pace.now) for app in scenario.apps if app.name in stage.apps
        }
        self.ends = min(one.not_after for one in self.old.values())
        """When the first of the certificates to be replaced expires."""
        usual = next_morning(max(self.ends - FIRST_MAIL, pace.now))
        taken = {one.name for app in scenario.apps for one in app.certificates}
        self.new = _free("new", taken)
        self.steps: list[AnyStep] = []
        self.done = start or usual
        """When the last step is done."""

    def then(
        self, kind: type[AnyStep], pause: timedelta = HOUR, *, expect: Expected = Expected.ALL, **fields: object
    ) -> Self:
        """Add a step, ``pause`` after the one before is done; one in AWS at the pace of this script."""
        at = self.done + pause
        if issubclass(kind, InAws):
            fields = {"workers": self._pace.workers, "minutes_per_account": self._pace.minutes_per_account, **fields}
        step = kind.model_validate({"at": at, "expect": expect, **fields})
        self.steps.append(step)
        self.done = at + self._lasts(step)
        return self

    def until(self, moment: datetime) -> Self:
        """Nothing happens before that moment."""
        self.done = max(self.done, moment)
        return self

    @property
    def first_to_end(self) -> str:
        """The name of the certificate that expires first."""
        return min(self.old.values(), key=lambda one: one.not_after).name

    @property
    def work(self) -> timedelta:
        """How long it takes to update every account once."""
        rounds = -(-len(self._entrances) // self._pace.workers)
        return rounds * timedelta(minutes=self._pace.minutes_per_account)

    def _lasts(self, step: AnyStep) -> timedelta:
        if not isinstance(step, InAws):
            return timedelta()
        wanted = {*(self.accounts if step.accounts is None else step.accounts)} - {*step.leave_out}
        reached = sum(1 for account in self._entrances if account in wanted)
        return timedelta(minutes=step.minutes_per_account) * -(-reached // step.workers)


def require_near(moment: datetime) -> None:
    """Refuse what is too far away to count days from. Raises HarnessError."""
    try:
        near(moment)
    except ValueError as error:
        raise HarnessError(f"{error}; rollovers are planned for these years") from None


def next_morning(moment: datetime) -> datetime:
    """Nine o'clock UTC, at that moment or after it."""
    nine = moment.replace(hour=9, minute=0, second=0, microsecond=0)
    return nine if nine >= moment else nine + DAY


def _free(wanted: str, taken: set[str]) -> str:
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
