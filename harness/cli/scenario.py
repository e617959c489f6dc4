"""``saml-harness scenario``: start, check, show and import scenario files."""

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.output import answer, color, complain, refuse_existing, the_clock, width, write_file
from harness.errors import BadScenario, HarnessError, UnreadableInput

SUFFIX = ".scenario.toml"
FORCE = click.option("--force", is_flag=True, help="Overwrite an existing file.")


@click.group()
def scenario() -> None:
    """Start, check, show and import scenario files."""


@scenario.command()
@click.argument("name", default="my-company")
@click.option("-o", "--output", metavar="FILE", help="Where to write it. Default: standard output.")
@FORCE
def init(name: str, output: str | None, force: bool) -> None:
    """Write a scenario file to start from: the built-in company, called NAME, with comments.

    NAME holds small letters, digits and hyphens. Keys are kept by name, so give each company its own.
    """
    from harness.scenario.starting import starting_text

    text = starting_text(_good_name(name))
    if output is None:
        answer(text)
    else:
        write_file(output, text.encode(), force=force)
        complain(f"wrote {output}")


def _good_name(name: str) -> str:
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name, re.ASCII):
        raise HarnessError(f"{name!r} is no name for a scenario: 1 to 63 small letters, digits and hyphens")
    return name


@scenario.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def check(files: Sequence[str]) -> None:
    """Check the form of scenario files: every error at once, each with its place.

    What both sides mean together, and who can sign in, saml-harness preflight tells.

    Exit code 1 when a file has errors, 2 when one cannot be read or is not TOML.
    """
    raise SystemExit(max(_checked(path) for path in files))


def _checked(path: str) -> int:
    """Say how one file is; its exit code."""
    from harness.report.plain import plain
    from harness.scenario.load import load_scenario

    try:
        found = load_scenario(path)
    except BadScenario as error:
        lines = str(error).splitlines()
        if len(lines) == 1:  # a list of places is a verdict; one line says that there was nothing to judge
            complain(lines[0])
            return 2
        answer("".join(f"{plain(line, 4000)}\n" for line in lines))
        return 1
    except UnreadableInput as error:
        complain(str(error))
        return 2
    roles = sum(len(account.roles) for account in found.accounts)
    counted = (
        _counted(len(found.apps), "app"),
        _counted(len(found.users), "user"),
        _counted(len(found.accounts), "account"),
        _counted(roles, "role"),
    )
    answer(f"{plain(path)}: good ({found.name}: {', '.join(counted)})\n")
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@scenario.command()
@click.argument("file", required=False)
def show(file: str | None) -> None:
    """Show who is assigned what, certificates, accounts and roles. Without FILE: the built-in company."""
    from harness.cli.scenario_text import scenario_as_text
    from harness.cli.world import scenario_or_demo

    answer(scenario_as_text(scenario_or_demo(file), width=width(), color=color()))


@scenario.command()
@click.option("--format", "form", type=click.Choice(["json", "markdown"]), default="json", show_default=True)
def schema(form: str) -> None:
    """Print every table and key of scenario files: as JSON schema, for editors, or as a page."""
    import json

    from harness.scenario.model import Scenario
    from harness.scenario.reference import reference

    if form == "markdown":
        answer(reference())
        return
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema()}
    answer(json.dumps(whole, indent=2) + "\n")


@scenario.command("import")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option(
    "--roles",
    metavar="FILE",
    help="Instead of DIR: a line <Role ARN>,<Trusted entities> for each role, or what aws iam list-roles prints.",
)
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write the scenario.")
@click.option("--name", metavar="NAME", help="The scenario's name. Default: that of the file.")
@click.option("--force", is_flag=True, help="Overwrite an existing file; with DIR it is refreshed.")
def import_(folder: str | None, roles: str | None, output: str, name: str | None, force: bool) -> None:
    """Make a scenario from real exports, or from a list of roles.

    DIR holds what Microsoft Graph and the AWS command line print: service principals, assignments, users, groups, and
    a folder of IAM JSON for each account; docs/exports.md lists the commands. What cannot be exported, private keys
    above all, is replaced and said. With --force an existing file is refreshed: claims and other things that no export
    holds are kept from it.

    From a list of roles come accounts, SAML providers, roles with trust, app roles, and a group for each.
    """
    if (folder is None) == (roles is None):
        raise click.UsageError("give either DIR, with the exports, or --roles FILE")
    called = _good_name(name or Path(output).name.removesuffix(SUFFIX).removesuffix(".toml").lower())
    if not force:
        refuse_existing(output)
    if roles is not None:
        _from_roles(roles, output, called, force=force)
    elif folder is not None:
        _from_export(folder, output, called, force=force)


def _from_roles(roles: str, output: str, called: str, *, force: bool) -> None:
    from harness.approles.sources import read_roles
    from harness.report.plain import plain
    from harness.saml.wire import read_file
    from harness.scenario.importing import import_roles

    found = read_roles(read_file(roles), roles)
    for arn, reason in found.left_out:
        complain(plain(f"left out {arn}: {reason}", 2000))
    if not found.pairs:
        raise UnreadableInput(f"{roles}: no role trusts exactly one SAML provider")
    write_file(output, import_roles(found.pairs, called, the_clock()).encode(), force=force)
    complain(f"wrote {output}: {_counted(len(found.pairs), 'app role')}; it has no users yet")


def _from_export(folder: str, output: str, called: str, *, force: bool) -> None:
    from harness.scenario.exports import read_export
    from harness.scenario.from_export import import_export
    from harness.scenario.load import load_scenario, parse_scenario

    old = load_scenario(output) if force and Path(output).exists() else None
    made = import_export(read_export(Path(folder)), called, Path(output).parent, old)
    write_file(output, made.text.encode(), force=force)
    for note in made.notes:
        complain(note)
    found = parse_scenario(made.text, output)
    roles = sum(len(app.roles) for app in found.apps)
    complain(
        f"wrote {output}: {_counted(len(found.apps), 'app')}, {_counted(roles, 'app role')}, "
        f"{_counted(len(found.users), 'user')}, {_counted(len(found.accounts), 'account')}; "
        "its private keys are throw-away ones"
    )
