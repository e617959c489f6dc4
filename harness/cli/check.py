"""``saml-harness check``: AWS's answers and every finding."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.output import FORMAT, answer, color, the_clock, width
from harness.cli.world import INSTANT

if TYPE_CHECKING:
    from harness.aws.account import Aws
    from harness.report.model import Report
    from harness.rules import Policy


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-m",
    "--metadata",
    multiple=True,
    metavar="FILE",
    help="The identity provider's metadata as AWS holds it. Repeat it once for each --provider-arn.",
)
@click.option(
    "--scenario",
    metavar="FILE",
    help="A scenario file: SAML providers, roles and trust policies are judged too.",
)
@click.option(
    "--keys",
    metavar="DIR",
    help="Where the scenario's keys are kept. Default: a per-user state folder named after the scenario.",
)
@click.option(
    "--provider-arn",
    multiple=True,
    metavar="ARN",
    help="The SAML provider that holds the metadata. Default: each provider named in the response is assumed to.",
)
@click.option("--role-arn", metavar="ARN", help="The role to assume. Default: every role of the response is tried.")
@click.option(
    "--acs",
    multiple=True,
    metavar="URL",
    help="The expected ACS. Default: any ACS that AWS documents for the partition.",
)
@click.option(
    "--partition",
    type=click.Choice(["aws", "aws-cn", "aws-us-gov"]),
    help="Default: that of the first role ARN, else aws.",
)
@click.option(
    "--decrypt-key",
    multiple=True,
    metavar="PEM",
    help="Private key for an encrypted assertion, newest first, at most two. Default: none, then there is no verdict.",
)
@click.option(
    "--at",
    type=INSTANT,
    metavar="INSTANT",
    help="The instant to judge at. Default: the time of the POST for a HAR or trace, else now.",
)
@click.option(
    "--entry", type=click.IntRange(min=1), metavar="N", help="Which response of a HAR or trace. Default: the only one."
)
@click.option("--allow-sha1", is_flag=True, help="Verify signatures with SHA-1; they are reported as a warning.")
@click.option(
    "--select",
    multiple=True,
    metavar="CODE",
    help="Print only findings of this code or family. The exit code does not change.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    help="Do not print findings of this code or family. The exit code does not change.",
)
@FORMAT
@click.option("-v", "--verbose", is_flag=True, help="List the rules that were skipped, with the reasons.")
def check(
    files: Sequence[str],
    metadata: Sequence[str],
    scenario: str | None,
    keys: str | None,
    provider_arn: Sequence[str],
    role_arn: str | None,
    acs: Sequence[str],
    partition: str | None,
    decrypt_key: Sequence[str],
    at: datetime | None,
    entry: int | None,
    allow_sha1: bool,
    select: Sequence[str],
    ignore: Sequence[str],
    form: str,
    verbose: bool,
) -> None:
    """Judge captured SAML responses: what AWS would answer, and everything that is wrong.

    FILE is a response as base64, XML, form body, saved HTML page, HAR or SAML-tracer export; - is standard input.
    What it is gets guessed, and the report says the guess.
    """
    from harness.cli.world import decrypt_keys
    from harness.report.as_json import as_json
    from harness.report.as_text import as_text
    from harness.report.formats import SHARED, printed
    from harness.report.sheet_of_report import sheet_of_report
    from harness.report.verdict import exit_code, worst
    from harness.rules import Policy

    if len(decrypt_key) > 2:
        raise click.UsageError("at most two --decrypt-key, as AWS keeps at most two")
    if scenario is not None and (provider_arn or len(metadata) > 1):
        raise click.UsageError("--scenario names the providers itself; beside it give at most one --metadata")
    _require_known((*select, *ignore))
    opened = decrypt_keys(decrypt_key)
    aws = _aws(metadata, scenario, keys, provider_arn, at or the_clock())
    policy = Policy(aws, aws.keys, tuple(acs), partition, role_arn, allow_sha1)
    reports = [_judge(path, policy, at, entry, opened) for path in files]
    if form == "json":
        answer(as_json(reports, select=select, ignore=ignore))
    elif form in SHARED:
        pairs = zip(reports, files, strict=True)
        answer(printed([sheet_of_report(one, file, select=select, ignore=ignore) for one, file in pairs], form))
    else:
        texts = [
            as_text(one, width=width(), color=color(), select=select, ignore=ignore, verbose=verbose) for one in reports
        ]
        answer("\n".join(texts))
    raise SystemExit(worst([exit_code(report) for report in reports]))


def _require_known(codes: Sequence[str]) -> None:
    from harness.rules import cards

    for code in codes:
        if not any(card.code.startswith(code.upper()) for card in cards()):
            raise click.UsageError(f"there is no rule or family {code!r}; saml-harness rules lists them")


def _aws(
    metadata: Sequence[str], scenario: str | None, keys: str | None, provider_arns: Sequence[str], now: datetime
) -> "Aws":
    from harness.cli.world import aws_of_metadata, idp_of, read_metadata_files, scenario_or_demo
    from harness.world import aws_of

    documents = read_metadata_files(metadata)
    if scenario is None:
        return aws_of_metadata(documents, provider_arns)
    declared = scenario_or_demo(scenario)
    aws = aws_of(idp_of(declared, keys), now, Path(scenario).parent)
    return aws.with_metadata(documents[0]) if documents else aws


def _judge(path: str, policy: "Policy", at: datetime | None, entry: int | None, opened: Sequence[object]) -> "Report":
    from harness.errors import UnreadableInput
    from harness.report.model import Report, Unknown
    from harness.saml.wire import read_capture, read_file
    from harness.validate import check as judge

    try:
        capture = read_capture(read_file(path), path, entry)
    except UnreadableInput as error:
        reason = str(error).removeprefix(f"{path}: ")
        nothing = Unknown("there is nothing to judge")
        return Report(path, at or the_clock(), (), nothing, (), None, None, None, unreadable=reason)
    now = at or capture.posted_at or the_clock()
    return judge(capture, policy, now, source=path, decrypt_keys=opened)  # type: ignore[arg-type]
