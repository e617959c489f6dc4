"""``saml-harness serve``: both sides on this machine, to click through."""

import signal
import tempfile
import threading
import webbrowser
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.environment import authority, way_in
from harness.cli.output import answer, complain, the_clock

if TYPE_CHECKING:
    from harness.web.server import Served


class _Ipv4(click.ParamType[IPv4Address]):
    """One IPv4 address."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IPv4Address:
        try:
            address = IPv4Address(str(value))
        except ValueError:
            self.fail(f"{value!r} is no IPv4 address", param, ctx)
        if address.is_unspecified or address.is_multicast:
            self.fail(f"{value} is not one address of this machine", param, ctx)
        return address


IPV4 = _Ipv4()


@click.command()
@click.argument("scenario", required=False)
@click.option(
    "--keys",
    metavar="DIR",
    help="Where signing keys are kept. Default: a per-user state folder named after the scenario.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_533),
    default=8400,
    show_default=True,
    help="Entra's; AWS has the next, the proxy the one after. Where one is in use a free one is taken; 0 takes free "
    "ones for all.",
)
@click.option(
    "--host",
    type=IPV4,
    default="127.0.0.1",
    show_default=True,
    help="The one address of this machine to listen on. Another than loopback lets others in.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the front page in your browser.")
@click.option(
    "--picker",
    type=click.Choice(["classic", "2023"]),
    default="classic",
    show_default=True,
    help="Which of AWS's role pickers is shown: 2023 is the page that it served for a day in August 2023.",
)
@click.option("--moto", is_flag=True, help="moto answers the rest of the AWS API. Needs saml-harness[moto].")
@click.option(
    "--real-hosts",
    is_flag=True,
    help="Serve both under production's host names too, through a proxy on this machine, for clients pointed at it.",
)
def serve(
    scenario: str | None,
    keys: str | None,
    port: int,
    host: IPv4Address,
    open_browser: bool,
    picker: str,
    moto: bool,
    real_hosts: bool,
) -> None:
    """Serve the mock Entra and the mock AWS on loopback: pick a user, pick a role, see the session.

    SCENARIO is a scenario file. Default: the demo company. boto3 and the AWS command line reach the same AWS with
    AWS_ENDPOINT_URL; an account number is its access key. Ctrl-C ends it.
    """
    _warn_of_others(host, real_hosts=real_hosts)
    from harness.aws.store import PickerPage
    from harness.cli.world import idp_of, scenario_or_demo
    from harness.web.server import serve as both

    idp = idp_of(scenario_or_demo(scenario), keys)
    directory = Path(scenario).parent if scenario is not None else Path()
    trust = authority() if real_hosts else None
    ports = {f"{who}_port": port and port + number for number, who in enumerate(("entra", "aws", "proxy"))}
    with (
        tempfile.TemporaryDirectory(prefix="saml-harness-", ignore_cleanup_errors=True) as folder,
        both(idp, the_clock, host=str(host), directory=directory, moto=moto, authority=trust, **ports) as served,
    ):
        served.store.picker = PickerPage(picker)
        _tell_of_other_ports(served, ports)
        users = ", ".join(user.upn for user in idp.scenario.users)
        answer(f"Entra  {served.entra_url}\nAWS    {served.aws_url}\nusers  {users}\n")
        if served.real is not None:
            answer(way_in(served.real, served.entra_url, Path(folder)))
        answer("ready, Ctrl-C ends it\n")
        if open_browser and not webbrowser.open(served.entra_url):
            complain(f"no browser could be opened; go to {served.entra_url}")
        stop = threading.Event()
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: stop.set())
        stop.wait()
        complain("stopped")


def _warn_of_others(host: IPv4Address, *, real_hosts: bool) -> None:
    """Production's names are for this machine alone, and who can reach the mock can do everything in it."""
    if host.is_loopback:
        return
    if real_hosts:
        raise click.UsageError(f"--real-hosts is for this machine alone; {host} is no loopback address")
    complain(f"warning: whoever reaches {host} can sign in as anyone and change everything in this mock")


def _tell_of_other_ports(served: "Served", ports: Mapping[str, int]) -> None:
    addresses = {"Entra": (served.entra_url, ports["entra_port"]), "AWS": (served.aws_url, ports["aws_port"])}
    if served.real is not None:
        addresses["the proxy"] = (served.real.proxy_url, ports["proxy_port"])
    for name, (url, wanted) in addresses.items():
        if wanted and not url.endswith(f":{wanted}"):
            complain(f"port {wanted} is in use, {name} has another")
