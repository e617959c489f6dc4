"""The runbook of a proposal: each step with its portal path, its commands, a check and the way back, as Markdown.

Every value in a command is quoted for the shell, every value in the text for Markdown: names come from a file that
anybody may have written.
"""

import re
import shlex
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from harness.entra.directory import app_id_of, find_app
from harness.report.plain import plain
from harness.rollover.plan import AnyStep, DeleteCertificate
from harness.rollover.proposal import Proposal
from harness.rollover.rehearsal import Rehearsal
from harness.rollover.script import Pace
from harness.rollover.sheet import counted, lasting, minute, verdict
from harness.rollover.stage import Entrance, set_stage
from harness.scenario.model import Scenario

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")


@dataclass(frozen=True, slots=True)
class _Line:
    """A step in the table of dates."""

    number: int
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _App:
    """An app whose certificate is rolled; ``file`` begins the names of its files."""

    name: str
    app_id: str
    file: str
    entrances: tuple[Entrance, ...]


def runbook(proposal: Proposal, rehearsal: Rehearsal, scenario: Scenario, pace: Pace) -> str:
    """The whole document. ``rehearsal`` is that of the proposal's plan, and says what came of it."""
    environment = Environment(autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701  (Markdown)
    environment.filters |= {
        "sh": shlex.quote,
        "cell": _cell,
        "day": lambda at: f"{at:%Y-%m-%d}",
        "minute": minute,
        "lasting": lasting,
        "held": _held,
        "export": _export,
    }
    steps = [_Line(number, one.title, one.at) for number, one in enumerate(proposal.plan.steps, 1)]
    apps = _apps(scenario)
    at_once = f"{counted(pace.workers, 'account')} at a time, {pace.minutes_per_account:g} minutes each"
    return environment.from_string(files("harness.rollover").joinpath("runbook.md").read_text("utf-8")).render(
        name=", ".join(app.name for app in apps),
        portal_names=" and then ".join(app.name for app in apps),
        tenant=scenario.tenant_id,
        proposal=proposal,
        mails=proposal.mails,
        closed=rehearsal.closed,
        verdict=f"Rehearsed with the mock Entra and the mock AWS: {verdict(rehearsal)}",
        steps=steps,
        after=_after(steps, proposal.plan.steps),
        apps=apps,
        pace=at_once,
    )


def _apps(scenario: Scenario) -> list[_App]:
    stage = set_stage(scenario)
    return [
        _App(
            name,
            app_id_of(scenario, find_app(scenario, name)),
            "app" if len(stage.apps) == 1 else f"app{number}",
            tuple(one for one in stage.entrances if one.app == name),
        )
        for number, name in enumerate(stage.apps, 1)
    ]


def _after(lines: list[_Line], steps: tuple[AnyStep, ...]) -> list[_Line]:
    """The steps after the activation: delete, download, update."""
    first = next(number for number, one in enumerate(steps) if isinstance(one, DeleteCertificate))
    return [lines[first], *lines[-2:]]


def _held(entrance: Entrance) -> str:
    """The file that keeps what an account held."""
    return f"held/{entrance.account}-{entrance.provider.name}.xml"


def _export(entrance: Entrance, file: str) -> str:
    """The file that says what an account holds now, where ``rollover status`` looks for it."""
    return f"{file}.exports/{entrance.account}-{entrance.provider.name}.xml"


def _cell(text: str) -> str:
    """A value in the text of a Markdown document, without any meaning of its own."""
    return _MARKUP.sub(r"\\\1", plain(text, 1000))
