"""``saml-harness pick``: choose a role of a response in the terminal, and get credentials."""

from typing import TYPE_CHECKING

import click

from harness.cli.output import answer, complain

if TYPE_CHECKING:
    from harness.arn import RolePair


@click.command()
@click.argument("response", metavar="RESPONSE")
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
def pick(response: str, role_arn: str | None, endpoint: str, duration: int | None, form: str) -> None:
    """Choose a role of a response and print credentials for it, from a running mock AWS.

    RESPONSE is whatever check reads; - is standard input, then --role-arn is needed where several roles are offered.
    Nothing is sent to another machine.
    """
    from harness import pick as picking
    from harness.saml.wire import read_capture, read_file

    endpoint = picking.endpoint_on_this_machine(endpoint)
    capture = read_capture(read_file(response), response)
    pairs = picking.offered(capture)
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


def _ask(pairs: "tuple[RolePair, ...]", endpoint: str, *, asks: bool) -> "RolePair":
    """The only pair, or the one whose number is given. The list goes to stderr, so that stdout can be evaluated."""
    from harness.errors import HarnessError

    if not pairs:
        raise HarnessError(
            "the response offers no role that can be read; where it is encrypted give --role-arn ROLE,PROVIDER"
        )
    if len(pairs) == 1:
        return pairs[0]
    if not asks:
        raise HarnessError("the response offers several roles and standard input is in use; give --role-arn")
    listed = _list(pairs, endpoint)
    number: int = click.prompt("Role", type=click.IntRange(1, len(listed)), err=True)
    return listed[number - 1]


def _list(pairs: "tuple[RolePair, ...]", endpoint: str) -> "list[RolePair]":
    """Print the accounts with their roles, numbered; the pairs in the order of the numbers."""
    from harness.pick import alias_of
    from harness.report.plain import plain

    accounts: dict[str, list[RolePair]] = {}
    for pair in pairs:
        accounts.setdefault(pair.role.account, []).append(pair)
    listed: list[RolePair] = []
    for account, roles in accounts.items():
        alias = alias_of(endpoint, account)
        click.echo(f"Account: {account}" if alias is None else f"Account: {plain(alias)} ({account})", err=True)
        for pair in roles:
            listed.append(pair)
            click.echo(f"  {len(listed):>3}  {plain(pair.role.resource)}", err=True)
    return listed
