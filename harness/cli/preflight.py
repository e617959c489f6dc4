"""``saml-harness preflight``: who will be able to sign in to what, and what will break."""

from datetime import datetime
from pathlib import Path

import click

from harness.cli.output import FORMAT, answer, color, the_clock, width
from harness.cli.world import INSTANT


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option(
    "--keys",
    metavar="DIR",
    help="Where signing keys are kept. Default: throw-away keys that are never written.",
)
@click.option("--at", type=INSTANT, metavar="INSTANT", help="The instant to judge at. Default: now.")
@FORMAT
@click.option("-v", "--verbose", is_flag=True, help="List everything, in long sections too.")
def preflight(scenarios: tuple[str, ...], keys: str | None, at: datetime | None, form: str, verbose: bool) -> None:
    """Hold the Entra side of a scenario against its AWS side: who can sign in to what, and what will break.

    Every user of every app signs in at the mock Entra, and the mock AWS answers. Certificates, metadata, app roles,
    trust policies and session lengths are judged on the way, and rollover plans beside the file (NAME.rollover.toml
    for NAME.scenario.toml) are rehearsed. SCENARIO is a scenario file; pytest SCENARIO runs the same checks as tests.

    Three commands look at such things. `scenario check` judges the form of the file: keys, types, names that
    nothing bears. `approles check` judges one list of roles as Graph would take it, with no account behind it.
    `preflight` judges what both sides mean together.

    Exit code 0 when every check passed, 1 when one failed or could not be judged.
    """
    from harness.entra.keystore import KeyStore
    from harness.preflight import plans_beside, sheet, world_of
    from harness.report.formats import printed
    from harness.scenario.load import load_scenario

    if keys is not None and len(scenarios) > 1:
        raise click.UsageError("--keys belong to one scenario; give one")
    now = at or the_clock()
    store = None if keys is None else KeyStore(Path(keys))
    sheets = []
    for path in scenarios:
        found, plans = load_scenario(path), plans_beside(Path(path))
        sheets.append(sheet(world_of(found, now, keys=store, directory=Path(path).parent, source=path, plans=plans)))
    answer(printed(sheets, form, width=width(), color=color(), verbose=verbose))
    raise SystemExit(max(one.exit_code for one in sheets))
