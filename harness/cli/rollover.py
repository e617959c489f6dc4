"""``saml-harness rollover``: rehearse a certificate rollover, plan it, and see where it stands."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.output import (
    FORMAT,
    answer,
    color,
    complain,
    refuse_existing,
    refuse_same,
    the_clock,
    width,
    write_file,
)
from harness.cli.world import INSTANT

if TYPE_CHECKING:
    from harness.report.sheet import Section
    from harness.rollover.builtin import Staging
    from harness.rollover.rehearsal import Progress
    from harness.rollover.script import Pace

WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Accounts that are updated at the same time. Default: 1.",
)
MINUTES = click.option(
    "--minutes-per-account", type=click.FloatRange(0, 1440), metavar="M", help="What one account takes. Default: 5."
)

PROCESSES = click.option(
    "--processes", type=click.IntRange(1, 64), metavar="N", help="Processes that sign in. Default: one per core."
)
DAY = click.DateTime(["%Y-%m-%d"])


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
@click.option("--list", "listing", is_flag=True, help="List the built-in plans and stop; -v: all about plans.")
@click.option("--at", type=INSTANT, metavar="INSTANT", help="The present: no plan begins before it. Default: now.")
@WORKERS
@MINUTES
@click.option(
    "--users", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many users try each account."
)
@PROCESSES
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
    from harness.rollover.reference import plans_page
    from harness.rollover.rehearsal import rehearse as rehearsed
    from harness.rollover.sheet import sheet_of

    if listing:
        answer(plans_page() if verbose else "".join(f"{name:<34} {one.summary}\n" for name, one in BUILT_IN.items()))
        return
    if svg is not None and not force:
        refuse_existing(svg)
    now = at or the_clock()
    staging = _staging(scenario, named, now, workers, minutes_per_account)
    with _progress() as progress:
        found = rehearsed(
            staging.plan,
            staging.scenario,
            now,
            samples=users,
            processes=processes or os.cpu_count() or 1,
            progress=progress,
            directory=_beside(scenario),
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


def _beside(scenario: str | None) -> Path:
    """Where the names of metadata files in a scenario start."""
    return Path() if scenario is None else Path(scenario).parent


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


@contextmanager
def _progress() -> "Iterator[Progress | None]":
    """A bar on a terminal. It starts no thread, because sign-ins are made in forks."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Signing in", file=sys.stderr) as bar:

        def tell(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield tell


@rollover.command()
@click.argument("scenario", required=False)
@click.option("--by", required=True, type=DAY, metavar="DATE", help="The day by which the new certificate must sign.")
@click.option("--at", type=INSTANT, metavar="INSTANT", help="The present. Default: now.")
@WORKERS
@MINUTES
@PROCESSES
@click.option("-o", "--output", metavar="FILE", help="Where to write the runbook. Default: standard output.")
@click.option("--toml", metavar="FILE", help="Write the plan as well, for rehearse --plan FILE.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def plan(
    scenario: str | None,
    by: datetime,
    at: datetime | None,
    workers: int | None,
    minutes_per_account: float | None,
    processes: int | None,
    output: str | None,
    toml: str | None,
    force: bool,
) -> None:
    """Propose the overlap plan with real dates, rehearse it, and write the runbook: portal paths and commands.

    The dates leave room for late updates and a late activation, and never activate on a Friday or a weekend. SCENARIO
    is a scenario file that names your app's ID and your accounts. Default: the demo company.

    Exit code 1 when the rehearsal locks anyone out, 2 when there is no time for the plan.
    """
    from harness.cli.world import scenario_or_demo
    from harness.rollover.proposal import propose
    from harness.rollover.rehearsal import rehearse as rehearsed
    from harness.rollover.runbook import runbook
    from harness.rollover.sheet import verdict

    by = by.replace(hour=23, minute=59, tzinfo=UTC)
    named = [path for path in (output, toml) if path is not None]
    if force:
        refuse_same(named)
    else:
        refuse_existing(*named)
    world, pace = scenario_or_demo(scenario), _pace(at or the_clock(), workers, minutes_per_account)
    proposal = propose(world, by, pace)
    with _progress() as progress:
        found = rehearsed(
            proposal.plan,
            world,
            pace.now,
            processes=processes or os.cpu_count() or 1,
            progress=progress,
            directory=_beside(scenario),
        )
    text = runbook(proposal, found, world, pace)
    if toml is not None:
        write_file(toml, proposal.plan.to_toml().encode(), force=force)
    if output is None:
        answer(text)
    else:
        write_file(output, text.encode(), force=force)
        complain(f"wrote {output}. {verdict(found)}")
    raise SystemExit(int(found.locked_out))


@rollover.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--warn-days", type=click.IntRange(0, 1095), default=60, show_default=True, help="Warn so many days before."
)
@click.option("--at", type=INSTANT, metavar="INSTANT", help="The instant to judge at. Default: now.")
@FORMAT
@click.option("-v", "--verbose", is_flag=True, help="List every account, however many.")
def status(folder: str, warn_days: int, at: datetime | None, form: str, verbose: bool) -> None:
    """Say from real exports who trusts which certificate, and what an activation would do now.

    DIR holds a file for each account, named after its number (111122223333.json, as aws iam get-saml-provider prints
    it, or 111122223333.xml, the document alone), the app's federation metadata (app.xml) and, where you have one, a
    captured response, which shows what signs now. The folder of scenario import does too, with the app's federation
    metadata in it: there a folder 111122223333 says whose provider it is.

    Exit code 1 when an account is locked out, or would be if the newest certificate were made active now.
    """
    from harness.report.formats import printed
    from harness.rollover.exports import read_exports
    from harness.rollover.status import Standing

    sheet = Standing(read_exports(Path(folder)), at or the_clock(), warn_days).sheet(folder)
    answer(printed([sheet], form, width=width(), color=color(), verbose=verbose))
    raise SystemExit(sheet.exit_code)
