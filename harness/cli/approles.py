"""``saml-harness approles``: from the list of roles to the PATCH body, and what it would do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from harness.cli.output import answer, color, complain, refuse_existing, refuse_same, width, write_file
from harness.errors import HarnessError, UnreadableInput

if TYPE_CHECKING:
    from harness.approles.check import Problem
    from harness.approles.model import AppRole
    from harness.approles.sources import RoleList

LIVE = click.option(
    "--live", metavar="JSON", help="The app roles as they are: the service principal from Graph, or its appRoles."
)


@click.group()
def approles() -> None:
    """Build, compare and check the app roles that carry AWS roles."""


@approles.command()
@click.argument("file")
@LIVE
@click.option("-o", "--output", multiple=True, metavar="FILE", help="Where to write the body. Twice for two bodies.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def build(file: str, live: str | None, output: Sequence[str], force: bool) -> None:
    """Write the body of PATCH /servicePrincipals/{id} that makes the app's roles those of FILE.

    FILE holds a line <Role ARN>,<Trusted entities> for each role, or what aws iam list-roles prints; - is standard
    input. PATCH replaces the whole list: with --live existing ids stay, and a role that goes takes two bodies, sent
    one after the other. Exit code 1 when Graph would refuse the body; then nothing is written.
    """
    from harness.approles.check import check as judge
    from harness.approles.patch import bodies, diff, wanted_roles
    from harness.report.plain import plain

    now = None if live is None else _live(live)
    wanted = wanted_roles(_sources(file).pairs, now)
    _tell(judge(wanted))
    steps = bodies(wanted, now)
    if now is None:
        complain("PATCH replaces the whole list: with --live existing roles keep their ids, and you see what goes")
    for change in diff(wanted, now or ()):
        if change.kind == "delete":
            complain(plain(f"deletes {change.role.display_name}: {change.words}", 2000))
    _write(steps, output, force=force)


def _write(steps: "Sequence[Sequence[AppRole]]", output: Sequence[str], *, force: bool) -> None:
    """The bodies to their files, or one after the other to standard output."""
    from harness.approles.model import body

    if output and len(output) != len(steps):
        needed = (
            "two bodies, to disable and then to remove: give -o twice" if len(steps) == 2 else "one body: give -o once"
        )
        raise HarnessError(f"this takes {needed}")
    if force:
        refuse_same(output)
    else:
        refuse_existing(*output)
    if len(steps) == 2:
        complain("two bodies: send the first, which disables what goes; then the second, which leaves it out")
    for number, roles in enumerate(steps):
        text = _dumped(body(roles))
        if output:
            write_file(output[number], text.encode(), force=force)
            complain(f"wrote {output[number]}: {len(roles)} app roles")
        else:
            answer(text)


def _tell(problems: "Sequence[Problem]") -> None:
    """Say what is wrong; stop when Graph would refuse."""
    from harness.report.plain import plain

    told = [one for one in problems if one.severity != "note"]
    for one in told[:20]:
        complain(plain(f"{one.severity}: {one.where}: {one.message} {one.got}".rstrip(), 2000))
    if len(told) > 20:
        complain(f"and {len(told) - 20:,} findings more; saml-harness approles check lists them")
    if any(problem.severity == "error" and problem.refused_by == "Graph" for problem in problems):
        complain("Graph would refuse this list; nothing is written")
        raise SystemExit(1)


@approles.command("diff")
@click.argument("file")
@click.option(
    "--live",
    metavar="JSON",
    required=True,
    help="The app roles as they are: the service principal from Graph, or its appRoles.",
)
def difference(file: str, live: str) -> None:
    """Say what PATCH would add, change and delete.

    FILE is a list of roles, or a PATCH body. Exit code 1 when there is a difference.
    """
    from harness.approles.patch import diff, wanted_roles
    from harness.cli.approles_text import changes_as_text

    found = _read(file)
    now = _live(live)
    wanted = found if isinstance(found, tuple) else wanted_roles(found.pairs, now)
    changes = diff(wanted, now)
    unchanged = len(wanted) - sum(change.kind != "delete" for change in changes)
    answer(changes_as_text(changes, unchanged, width=width(), color=color()))
    raise SystemExit(int(bool(changes)))


@approles.command()
@click.argument("file")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(file: str, form: str) -> None:
    """Find what is wrong with a list of roles, a PATCH body or a service principal, and how much room is left.

    The list is judged as Graph would take it; whether the roles exist in AWS, saml-harness preflight tells.

    Exit code 1 when something is an error.
    """
    from harness.approles.check import budgets
    from harness.approles.check import check as judge
    from harness.approles.patch import wanted_roles
    from harness.cli.approles_text import problems_as_data, problems_as_text

    found = _read(file)
    roles, left_out = (found, ()) if isinstance(found, tuple) else (wanted_roles(found.pairs), found.left_out)
    problems = judge(roles)
    if form == "json":
        answer(_dumped(problems_as_data(file, problems, budgets(roles), left_out)))
    else:
        answer(problems_as_text(file, problems, budgets(roles), left_out, width=width(), color=color()))
    raise SystemExit(int(any(problem.severity == "error" for problem in problems)))


def _read(file: str) -> "RoleList | tuple[AppRole, ...]":
    """A list of roles, or app roles as Graph holds them: whichever the file is."""
    from harness.approles.model import decode, live_roles, parse_json
    from harness.approles.sources import is_iam, read_roles
    from harness.saml.wire import read_file

    raw = read_file(file)
    text = decode(raw, file)
    if text.lstrip().startswith(("{", "[")) and not is_iam(data := parse_json(text, file)):
        return live_roles(data, file)
    return read_roles(raw, file)


def _sources(file: str) -> "RoleList":
    from harness.approles.sources import read_roles
    from harness.report.plain import plain
    from harness.saml.wire import read_file

    found = read_roles(read_file(file), file)
    for arn, reason in found.left_out:
        complain(plain(f"left out {arn}: {reason}", 2000))
    if not found.pairs:
        raise UnreadableInput(f"{file}: no role trusts exactly one SAML provider")
    return found


def _live(path: str) -> "tuple[AppRole, ...]":
    from harness.approles.model import read_live
    from harness.saml.wire import read_file

    return read_live(read_file(path), path)


def _dumped(data: object) -> str:
    import json

    return json.dumps(data, indent=2) + "\n"
