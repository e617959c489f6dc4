"""``saml-harness cases``: the catalogue of faults and forgeries, listed, shown, run and exported."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.output import FORMAT, answer, complain, write_file
from harness.cli.world import INSTANT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

    from harness.cases.core import Case
    from harness.cases.endpoint import Posted, Signs
    from harness.cases.run import Ran
    from harness.report.sheet import Sheet
    from harness.saml.keys import Certificate


@click.group()
def cases() -> None:
    """Every known fault and forgery, with the answer it must get."""


@cases.command("list")
@click.argument("wanted", nargs=-1, metavar="[FAMILY|KIND|ID]...")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def list_cases(wanted: tuple[str, ...], form: str) -> None:
    """List the cases: all of them, or those of a family, of a kind (faults, attacks, controls), or one."""
    from harness.cases.catalogue import chosen
    from harness.cases.page import as_markdown
    from harness.cases.show import as_json, as_text

    answer({"text": as_text, "json": as_json, "markdown": as_markdown}[form](chosen(*wanted)))


@cases.command("show")
@click.argument("identity", metavar="ID")
def show_case(identity: str) -> None:
    """Show one case: what changes, who could do it, and what must be said to it."""
    from harness.cases.catalogue import chosen
    from harness.cases.show import card

    answer("\n".join(card(case) for case in chosen(identity)))


@cases.command("run")
@click.argument("wanted", nargs=-1, metavar="[FAMILY|KIND|ID]...")
@FORMAT
@click.option("--seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Limit for each case.")
@click.option("--acs", metavar="URL", help="Post them to a service provider instead of judging them here.")
@click.option(
    "--exported", metavar="DIR", help="With --acs: what `cases export` wrote; the provider trusts its metadata."
)
@click.option("--accept-status", type=int, multiple=True, metavar="N", help="With --acs: it lets in if it answers so.")
@click.option("--accept-redirect", metavar="PREFIX", help="With --acs: it lets in if it redirects to such an address.")
@click.option("--accept-text", metavar="TEXT", help="With --acs: it lets in if its answer holds this.")
@click.option("--any-host", is_flag=True, help="With --acs: post to another machine than this one.")
def run_cases(
    wanted: tuple[str, ...],
    form: str,
    seconds: float,
    acs: str | None,
    exported: str | None,
    accept_status: tuple[int, ...],
    accept_redirect: str | None,
    accept_text: str | None,
    any_host: bool,
) -> None:
    """Judge the cases with the validator, or post them to another service provider.

    With --acs at least one way to recognise acceptance must be given, and of the folder every case that is chosen is
    posted; those that need a world of their own (other metadata, accounts, a call of STS) are skipped. Exit code 1
    when one does not get the answer it must get.
    """
    from harness.cases.catalogue import chosen
    from harness.cases.endpoint import Signs, target

    picked = chosen(*wanted)
    if acs is None and any((exported, accept_status, accept_redirect, accept_text, any_host)):
        raise click.UsageError("--exported, --accept-... and --any-host go with --acs: which provider is posted to?")
    if acs is None:
        _judge_here(picked, form, seconds)
        return
    signs = Signs(accept_status, accept_redirect, accept_text)
    _post(picked, target(acs, any_host=any_host), exported, signs, form, seconds)


def _judge_here(picked: "Sequence[Case]", form: str, seconds: float) -> None:
    from harness.cases.run import Result, run
    from harness.cases.sheet import sheet_of_cases
    from harness.cases.workshop import Workshop
    from harness.cli.judging import judge

    ran = [*run(picked, judge, Workshop(), seconds=seconds)]
    _tell(form, [sheet_of_cases(ran)], _as_text(ran), _as_json(ran))
    if any(one.result is not Result.PASS for one in ran):
        raise SystemExit(1)


def _post(
    picked: "Sequence[Case]", parts: "SplitResult", exported: str | None, signs: "Signs", form: str, seconds: float
) -> None:
    from harness.cases.endpoint import Said, Signs, post_all
    from harness.cases.sheet import sheet_of_posted
    from harness.errors import HarnessError

    if exported is None:
        raise HarnessError("--acs needs --exported DIR, whose metadata.xml the service provider trusts")
    if signs == Signs():
        raise HarnessError("give --accept-status, --accept-redirect or --accept-text: how is acceptance recognised?")
    names = frozenset(case.id for case in picked)
    told = [*post_all(Path(exported), parts, signs, names, seconds=seconds)]
    if all(one.said is Said.SKIPPED for one in told):
        why = "each needs a world of its own" if told else "the folder holds none of them"
        raise HarnessError(f"{exported}: no case was posted: {why}")
    _tell(form, [sheet_of_posted(told, parts.geturl())], _posted_as_text(told), _posted_as_json(told))
    if not all(one.passed for one in told):
        raise SystemExit(1)


def _tell(form: str, sheets: "list[Sheet]", text: str, data: str) -> None:
    """The answer in the form asked for; text and JSON are the catalogue's own."""
    from harness.report.formats import printed

    answer({"text": text, "json": data}.get(form) or printed(sheets, form))


def _posted_as_text(told: "list[Posted]") -> str:
    from harness.report.plain import plain

    failed = [one for one in told if not one.passed]
    lines = [f"{one.said.value.upper():<8} {one.id}: {plain(one.detail, 500)}" for one in failed]
    counts = Counter(one.said.value for one in told)
    shown = ", ".join(f"{counts[name]} {name}" for name in ("accepted", "rejected", "hang", "crash", "skipped"))
    return "\n".join([*lines, f"{len(told)} cases: {shown}; {len(failed)} not as they must be"]) + "\n"


def _posted_as_json(told: "list[Posted]") -> str:
    from harness.cases.show import FORMAT, VERSION
    from harness.report.as_json import written

    results = [
        {"id": one.id, "said": one.said.value, "detail": one.detail, "wanted": one.wanted, "passed": one.passed}
        for one in told
    ]
    return written({"format": f"{FORMAT} posted", "version": VERSION, "results": results})


def _as_text(ran: "list[Ran]") -> str:
    from harness.report.plain import plain

    lines = [f"{one.result.value.upper():<6} {one.case.id}: {plain(one.reason, 2000)}" for one in ran if one.reason]
    counts = Counter(one.result.value for one in ran)
    told = ", ".join(f"{counts[name]} {name}" for name in ("pass", "fail", "hang", "crash"))
    return "\n".join([*lines, f"{len(ran)} cases: {told}"]) + "\n"


def _as_json(ran: "list[Ran]") -> str:
    from harness.cases.show import FORMAT, VERSION
    from harness.report.as_json import written

    results = [
        {
            "id": one.case.id,
            "result": one.result.value,
            "reason": one.reason or None,
            "codes": None if one.outcome is None else sorted(one.outcome.codes),
            "sts": None if one.outcome is None else [str(said) for said in one.outcome.sts],
            "signin": None if one.outcome is None else str(one.outcome.page),
            "engines": None if one.outcome is None else [*one.outcome.engines],
        }
        for one in ran
    ]
    return written({"format": f"{FORMAT} run", "version": VERSION, "results": results})


@cases.command("export")
@click.argument("directory", metavar="DIR")
@click.option(
    "--at", type=INSTANT, metavar="INSTANT", help="The instant for which they are made. Default: the cases' own."
)
@click.option(
    "--encrypt-for", metavar="CERTIFICATE", help="The provider's certificate; without it encrypted cases are left out."
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def export_cases(directory: str, at: datetime | None, encrypt_for: str | None, force: bool) -> None:
    """Write one file for each case and cases.json, to test a service provider in any language.

    The files hold what a browser posts. Keys are made anew each time; no private key is written. What a case meets
    (metadata, accounts, the parameters of a call) stands in cases.json, which cases.schema.json describes.
    """
    from harness.cases.catalogue import chosen
    from harness.cases.export import INDEX, exported
    from harness.cases.workshop import CLOCK, Workshop

    provider = None if encrypt_for is None else _certificate(encrypt_for)
    files = [*exported(chosen(), Workshop(at or CLOCK, provider))]
    _make_room(directory, [name for name, _ in files], force=force)
    for name, content in files:
        write_file(str(Path(directory) / name), content, force=force)
    complain(f"wrote {len(files)} files; {Path(directory) / INDEX} lists them")


def _certificate(path: str) -> "Certificate":
    """The one certificate in a file, with an RSA key. Raises HarnessError."""
    from harness.errors import BadKey
    from harness.saml.keys import read_certificates
    from harness.saml.wire import read_file

    found = read_certificates(read_file(path))
    if len(found) != 1 or found[0].key_type != "RSA":
        raise BadKey(f"{path}: expected one certificate with an RSA key: assertions are encrypted for such")
    return found[0]


def _make_room(directory: str, names: list[str], *, force: bool) -> None:
    """Look at every place before anything is written, then make the folders. Raises HarnessError."""
    from harness.cli.output import refuse_existing
    from harness.errors import HarnessError

    if not force:
        refuse_existing(*(str(Path(directory) / name) for name in names))
    try:
        for folder in {(Path(directory) / name).parent for name in names}:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(f"{directory}: cannot be made: {error.strerror}") from None
