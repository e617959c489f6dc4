"""``saml-harness pick``: choose a role of a response in the terminal, and get credentials."""

import sys
from typing import TYPE_CHECKING

import click

from harness.cli.output import answer, complain
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.arn import RolePair
    from harness.saml.wire import Capture


@click.command()
@click.argument("response", metavar="[RESPONSE]", required=False)
@click.option("--server", metavar="URL", help="Instead of RESPONSE: a running mock Entra, where --user signs in.")
@click.option("--user", metavar="UPN", help="Who signs in at --server.")
@click.option("--app", metavar="NAME", help="The application at --server. Default: the only one.")
@click.option("--role-arn", metavar="ARN", help="The role, or role and provider with a comma. Default: you are asked.")
@click.option(
    "--endpoint", default="http://127.0.0.1:8401", show_default=True, metavar="URL", help="Where the mock AWS listens."
)
@click.option("--duration", type=click.IntRange(900, 43_200), metavar="SECONDS", help="DurationSeconds of the call.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["shell", "credential_process"]),
    default="shell",
    show_default=True,
    help="shell is for eval; credential_process is JSON for a profile of the AWS command line.",
)
def pick(
    response: str | None,
    server: str | None,
    user: str | None,
    app: str | None,
    role_arn: str | None,
    endpoint: str,
    duration: int | None,
    form: str,
) -> None:
    """Choose a role of a response and print credentials for it, from a running mock AWS.

    RESPONSE is whatever check reads; - is standard input, then --role-arn is needed where several roles are offered.
    Nothing is sent to another machine. As credential_process of a profile, --server and --user give fresh credentials
    whenever the old ones have expired.
    """
    from harness import pick as picking

    endpoint = picking.endpoint_on_this_machine(endpoint)
    capture = _response(response, server, user, app)
    pairs = picking.offered(capture)
    if not pairs and not role_arn:
        raise HarnessError(picking.why_nothing(capture))
    pair = picking.choose(pairs, role_arn) if role_arn else _ask(pairs, endpoint, asks=response != "-")
    try:
        credentials = picking.assume(endpoint, capture, pair, duration)
    except picking.Turned as error:
        complain(f"AWS refuses {pair.role}: {error}")
        if error.report:
            complain(f"the report of this response: {error.report}")
        raise SystemExit(1) from None
    complain(f"{credentials.arn} until {credentials.expiration}")
    if form == "shell":
        answer(picking.as_exports(credentials, endpoint))
    else:
        answer(picking.as_process(credentials))


def _response(response: str | None, server: str | None, user: str | None, app: str | None) -> "Capture":
    """The response in a file, or a fresh one from a running mock Entra."""
    from harness.saml.wire import read_capture, read_file
    from harness.web.fetch import TurnedAway, fetch_response

    if response is not None and server is None and user is None and app is None:
        return read_capture(read_file(response), response)
    if response is not None or server is None or user is None:
        raise click.UsageError("give RESPONSE, or --server and --user")
    try:
        return fetch_response(server, user, app).response
    except TurnedAway as refusal:
        complain(f"Entra would refuse: {refusal}")
        raise SystemExit(1) from None


def _ask(pairs: "tuple[RolePair, ...]", endpoint: str, *, asks: bool) -> "RolePair":
    """The only pair, or the one whose number is given. The list goes to stderr, so that stdout can be evaluated."""
    if len(pairs) == 1:
        return pairs[0]
    if not asks:
        raise HarnessError("the response offers several roles and standard input is in use; give --role-arn")
    listed = _list(pairs, endpoint)
    return listed[_number(len(listed)) - 1]


def _number(most: int) -> int:
    """What is typed at the prompt. Raises HarnessError where nobody can type."""
    if sys.stdin is not None:
        try:
            return int(click.prompt("Role", type=click.IntRange(1, most), err=True))
        except click.Abort:
            if sys.stdin.isatty():  # somebody is there, and has had enough
                raise
    raise HarnessError("the response offers several roles and nobody answers at standard input; give --role-arn")


def _list(pairs: "tuple[RolePair, ...]", endpoint: str) -> "list[RolePair]":
    """Print the accounts with their roles, numbered; the pairs in the order of the numbers."""
    from harness.pick import alias_of
    from harness.report.plain import plain

    accounts: dict[str, list[RolePair]] = {}
    for pair in pairs:
        accounts.setdefault(pair.account, []).append(pair)
    listed: list[RolePair] = []
    for account, roles in accounts.items():
        alias = alias_of(endpoint, account)
        click.echo(f"Account: {account}" if alias is None else f"Account: {plain(alias)} ({account})", err=True)
        for pair in roles:
            listed.append(pair)
            click.echo(f"  {len(listed):>3}  {plain(pair.resource)}", err=True)
    return listed
