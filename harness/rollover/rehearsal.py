"""A rehearsal: a plan tried on a scenario, sign-in by sign-in, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from harness.aws.from_scenario import aws_from_scenario
from harness.entra.directory import find_app
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.errors import HarnessError
from harness.rollover.accounts import Accounts
from harness.rollover.history import After, History, Outage
from harness.rollover.plan import Plan
from harness.rollover.processes import in_processes
from harness.rollover.signins import SignIns, Tried
from harness.rollover.stage import Closed, Entrance, set_stage
from harness.rollover.timeline import Moment, lay_out
from harness.scenario.model import SamlProvider, Scenario
from harness.scenario.uploaded import read_uploaded

Progress = Callable[[int, int], None]
"""Told how many of how many visits are done."""


@dataclass(frozen=True)
class Rehearsal:
    """What a plan did to a scenario. ``after`` has one entry for every moment at which everybody signed in."""

    scenario: str
    plan: Plan
    entrances: tuple[Entrance, ...]
    closed: tuple[Closed, ...]
    moments: tuple[Moment, ...]
    after: tuple[After, ...]
    outages: tuple[Outage, ...]
    until: datetime
    signed: int
    """Fresh responses that Entra signed."""
    verified: int
    """Times that AWS read and verified one."""
    longest_response: int
    """Base64 characters of the longest response."""

    @property
    def start(self) -> datetime:
        return self.plan.start

    @cached_property
    def account_time(self) -> timedelta:
        """Time lost, counted once for each entrance that was closed."""
        return sum((outage.length for outage in self.outages), timedelta())

    @cached_property
    def user_time(self) -> timedelta:
        """Time lost, counted for each user who may use a closed entrance; who lost two accounts counts twice."""
        return sum((outage.length * outage.entrance.users for outage in self.outages), timedelta())

    @property
    def locked_out(self) -> bool:
        return bool(self.outages)

    @property
    def surprises(self) -> tuple[After, ...]:
        """Moments that ended otherwise than the plan expects."""
        return tuple(one for one in self.after if one.surprising)


def rehearse(
    plan: Plan,
    scenario: Scenario,
    now: datetime,
    *,
    samples: int = 1,
    processes: int = 1,
    progress: Progress | None = None,
    directory: Path = Path(),
) -> Rehearsal:
    """Try a plan on a scenario. ``samples`` users stand for all who may use a provider.

    Keys are made for this rehearsal and live in memory alone. ``directory`` is where relative names of metadata
    files start. Raises BadPlan when the plan cannot be carried out, HarnessError when nobody could try it.
    """
    stage = set_stage(scenario, samples)
    if not stage.entrances:
        reasons = "; ".join(sorted({one.reason for one in stage.closed})) or "no account has a SAML provider"
        raise HarnessError(f"nobody of scenario {scenario.name!r} could try the plan: {reasons}")
    scenario, keys = stage.scenario, KeyStore()
    uploads = _Uploads(EntraIdp(scenario, keys), plan.start, directory)
    aws = aws_from_scenario(scenario, uploads.document)
    accounts = Accounts(plan, stage, aws, uploads.names)
    timeline = lay_out(plan, stage, EntraIdp(scenario, keys), accounts, now)
    sign_ins = SignIns(timeline, stage, scenario, aws, keys)
    tried: list[Tried] = []
    for one in in_processes(sign_ins.make, len(timeline.visits), processes):
        tried.append(one)
        if progress is not None:
            progress(len(tried), len(timeline.visits))
    tried.sort(key=lambda one: one.visit)
    history = History(timeline, stage, tried)
    return Rehearsal(
        scenario=scenario.name,
        plan=plan,
        entrances=stage.entrances,
        closed=stage.closed,
        moments=timeline.moments,
        after=history.after(plan),
        outages=history.outages(),
        until=timeline.until,
        signed=sum(1 for one in tried if one.signed_by),
        verified=sum(one.verified for one in tried),
        longest_response=max(one.base64_size for one in tried),
    )


class _Uploads:
    """The documents that the providers hold when the plan starts, each made once, with the names of what it lists."""

    def __init__(self, idp: EntraIdp, at: datetime, directory: Path) -> None:
        self.idp, self.at, self.directory = idp, at, directory
        self.names: dict[bytes, tuple[str, ...]] = {}
        self._made: dict[tuple[str, tuple[str, ...]], bytes] = {}

    def document(self, provider: SamlProvider) -> bytes:
        """What a provider was given."""
        if provider.metadata is not None or provider.app is None:
            return read_uploaded(str(self.directory / (provider.metadata or "")))
        app = find_app(self.idp.scenario, provider.app)
        listed = tuple(
            one.name for one in app.certificates if provider.certificates is None or one.name in provider.certificates
        )
        if (app.name, listed) not in self._made:
            raw = self.idp.federation_metadata(self.at, app=app.name, bom=False, certificates=listed)
            self._made[app.name, listed] = raw
            self.names[raw] = listed
        return self._made[app.name, listed]


def assert_no_outage(rehearsal: Rehearsal) -> None:
    """Nobody is locked out at any time. Raises AssertionError, which names accounts, times and causes."""
    if rehearsal.outages:
        shown = [_line(one) for one in rehearsal.outages[:20]]
        more = len(rehearsal.outages) - len(shown)
        raise AssertionError(
            f"plan {rehearsal.plan.name!r} locks users out {_times(len(rehearsal.outages))}\n  "
            + "\n  ".join([*shown, *([f"and {more} more"] if more else [])])
        )


def _line(outage: Outage) -> str:
    until = f"until {outage.end:%Y-%m-%dT%H:%M:%SZ}" if outage.over else "and not over when the plan ends"
    return f"{outage.entrance.label} from {outage.begin:%Y-%m-%dT%H:%M:%SZ} {until}: {outage.cause}; {outage.because}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
