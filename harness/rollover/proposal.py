"""The overlap plan with real dates: from the day by which the new certificate must sign, backwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.entra.certificates import Reminder, reminders
from harness.errors import HarnessError
from harness.rollover.builtin import without_old
from harness.rollover.plan import Activate, CreateCertificate, Download, Plan, Update
from harness.rollover.script import DAY, HOUR, WEEK, Pace, Script, require_near
from harness.scenario.model import Certificate, Scenario

AT_ONCE = timedelta()
ROOM = timedelta(days=16)
"""Beside the work itself, when there is time: half of it before the updates, half between them and the activation."""
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with real dates, and how much room they leave."""

    plan: Plan
    new: str
    old: Mapping[str, Certificate]
    """App -> the certificate that is to be replaced."""
    ends: datetime
    """When the first of the old certificates expires."""
    updated: datetime
    """When every account has the overlap document."""
    activation: datetime
    mails: tuple[Reminder, ...]

    @property
    def slack_before(self) -> timedelta:
        """How late the updates may be."""
        return self.activation - self.updated

    @property
    def slack_after(self) -> timedelta:
        """How late the activation may be."""
        return self.ends - self.activation


def propose(scenario: Scenario, by: datetime, pace: Pace) -> Proposal:
    """The plan that has the new certificate active by that moment: on a Monday to Thursday, so that nobody repairs it
    over a weekend. Raises HarnessError when there is no time for it, or when it would come after the old one's end."""
    require_near(by)
    script = Script(scenario, pace, _next_hour(pace.now))
    activation = _good_day(by)
    if activation >= script.ends:
        raise HarnessError(
            f"by {by:%Y-%m-%d} is too late: certificate {script.first_to_end} expires on {script.ends:%Y-%m-%d %H:%M} "
            "UTC, and from then on Entra signs with a new one unasked; choose an earlier day"
        )
    begin = max(_next_hour(pace.now), _good_day(activation - 2 * HOUR - script.work - ROOM))
    room = activation - begin - 2 * HOUR - script.work
    if room < DAY:
        raise HarnessError(
            f"by {by:%Y-%m-%d} is too early: updating takes {script.work} with {pace.workers} at a time, which leaves "
            "less than a day before the activation; choose a later day or more workers"
        )
    script.until(begin).then(CreateCertificate, AT_ONCE, certificate=script.new)
    script.then(Download, document="overlap")
    script.until(max(script.done + HOUR, _good_day(begin + 2 * HOUR + room / 2)))
    script.then(Update, AT_ONCE, document="overlap")
    updated = script.done
    script.until(activation).then(Activate, AT_ONCE, certificate=script.new)
    without_old(script, WEEK).then(Download, document="new alone").then(Update, document="new alone")
    summary = f"The certificate is replaced by {by:%Y-%m-%d}, with a time in which every account trusts both."
    plan = Plan(name=f"by {by:%Y-%m-%d}", summary=summary, steps=tuple(script.steps))
    mails = tuple(one for app in scenario.apps if app.name in script.apps for one in reminders(app))
    return Proposal(plan, script.new, script.old, script.ends, updated, activation, mails)


def _good_day(by: datetime) -> datetime:
    """The last nine o'clock of a Monday to Thursday until then: on other days nobody is there to repair anything."""
    day = by.replace(hour=9, minute=0, second=0, microsecond=0)
    day = day if day <= by else day - DAY
    while day.weekday() >= FRIDAY:
        day -= DAY
    return day


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + HOUR
