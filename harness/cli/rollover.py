"""``saml-harness rollover``: rehearse a certificate rollover, plan it, and see where it stands."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.output import FORMAT, answer, color, refuse_existing, the_clock, width, write_file
from harness.cli.world import INSTANT

if TYPE_CHECKING:
    from harness.report.sheet import Section
    from harness.rollover.builtin import Staging
    from harness.rollover.rehearsal import Progress
    from harness.rollover.script import Pace

LONG_RUN = 500
"""From so many sign-ins on a run shows its progress."""
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Accounts that are updated at the same time. Default: 1.",
)
MINUTES = click.option(
    "--minutes-per-account", type=click.FloatRange(0, 1440), metavar="M", help="What one account takes. Default: 5."
)


@click.group()
def rollover() -> None:
    """Rehearse a certificate rollover, plan it, and see where it stands."""


@rollover.command()
@click.argument("scenario", required=False)
@click.option(
    "--plan",
    "named",
    default="overlap",
    metavar="NAME|FILE",
    help="A built-in plan or a file *.toml. Default: overlap.",
)
@click.option("--list", "listing", is_flag=True, help="List the built-in plans and stop.")
@click.option("--at", type=INSTANT, metavar="INSTANT", help="The present: no plan begins before it. Default: now.")
@WORKERS
@MINUTES
@click.option(
    "--users", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many users try each account."
)
@click.option(
    "--processes", type=click.IntRange(1, 64), metavar="N", help="Processes that sign in. Default: one per core."
)
@click.option("--svg", metavar="FILE", help="Write the timeline as a picture, too.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@FORMAT
@click.option("-v", "--verbose", is_flag=True, help="List every account, however many.")
def rehearse(
    scenario: str | None,
    named: str,
    listing: bool,
    at: datetime | None,
    workers: int | None,
    minutes_per_account: float | None,
    users: int,
    processes: int | None,
    svg: str | None,
    force: bool,
    form: str,
    verbose: bool,
) -> None:
    """Try a rollover plan on a simulated clock, with real sign-ins after every step.

    Entra signs with the key that would be active then, every account verifies with the metadata it would hold. The
    keys are made for the rehearsal and thrown away. SCENARIO is a scenario file. Default: the demo company.

    Exit code 1 when anyone is locked out at any time, 2 when the plan cannot be carried out.
    """
    from harness.report.formats import printed
    from harness.rollover.builtin import BUILT_IN
    from harness.rollover.rehearsal import rehearse as rehearsed
    from harness.rollover.sheet import sheet_of

    if listing:
        answer("".join(f"{name:<34} {one.summary}\n" for name, one in BUILT_IN.items()))
        return
    if svg is not None and not force:
        refuse_existing(svg)
    now = at or the_clock()
    staging = _staging(scenario, named, now, workers, minutes_per_account)
    found = rehearsed(
        staging.plan,
        staging.scenario,
        now,
        samples=users,
        processes=processes or os.cpu_count() or 1,
        progress=_progress(),
        directory=Path() if scenario is None else Path(scenario).parent,
    )
    every = verbose or form != "text"
    sheet = sheet_of(found, scenario or "the demo company", more=_comparison(staging), every_account=every)
    if svg is not None:
        from harness.rollover.picture import as_svg

        write_file(svg, as_svg(found).encode(), force=force)
    if form == "html":
        from harness.rollover.page import as_page

        answer(as_page(found, sheet))
    else:
        answer(printed([sheet], form, width=width(), color=color(), verbose=verbose))
    raise SystemExit(sheet.exit_code)


def _staging(
    scenario: str | None, named: str, now: datetime, workers: int | None, minutes_per_account: float | None
) -> "Staging":
    """The plan that is named, with the scenario it is for."""
    from harness.cli.world import scenario_or_demo
    from harness.rollover.builtin import Staging, built_in
    from harness.rollover.plan import load_plan

    world = scenario_or_demo(scenario)
    if not named.endswith(".toml"):
        return built_in(named).stage(world, _pace(now, workers, minutes_per_account))
    if workers is not None or minutes_per_account is not None:
        raise click.UsageError(
            "--workers and --minutes-per-account are for built-in plans; a file's steps say their own"
        )
    return Staging(world, load_plan(named))


def _pace(now: datetime, workers: int | None, minutes_per_account: float | None) -> "Pace":
    from harness.rollover.script import Pace

    usual = Pace(now)
    each = usual.minutes_per_account if minutes_per_account is None else minutes_per_account
    return Pace(now, workers or usual.workers, each)


def _comparison(staging: "Staging") -> "tuple[Section, ...]":
    from harness.rollover.comparison import comparison

    return () if staging.instead_of is None else (comparison(staging.instead_of, staging.scenario),)


def _progress() -> "Progress | None":
    """Shows on a terminal how far a long run has come; it starts no thread, as sign-ins are made in forks."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, of: int) -> None:
        if of >= LONG_RUN and (done % 50 == 0 or done == of):
            filled = 30 * done // of
            end = "\r" + " " * 60 + "\r" if done == of else ""
            click.echo(f"\r  [{'#' * filled:<30}] {done:,} of {of:,} responses{end}", nl=False, err=True)

    return tell
