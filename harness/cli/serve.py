"""``saml-harness serve``: both sides on this machine, to click through."""

import signal
import threading
from pathlib import Path

import click

from harness.cli.output import answer, complain, the_clock


@click.command()
@click.argument("scenario", required=False)
@click.option(
    "--keys",
    metavar="DIR",
    help="Where signing keys are kept. Default: a per-user state folder named after the scenario.",
)
@click.option(
    "--entra-port",
    default=8400,
    show_default=True,
    help="Another free port is taken when it is in use; 0 asks for one.",
)
@click.option(
    "--aws-port", default=8401, show_default=True, help="Another free port is taken when it is in use; 0 asks for one."
)
@click.option(
    "--picker",
    type=click.Choice(["classic", "2023"]),
    default="classic",
    show_default=True,
    help="Which of AWS's role pickers is shown: 2023 is the page that it served for a day in August 2023.",
)
@click.option("--moto", is_flag=True, help="moto answers the rest of the AWS API. Needs saml-harness[moto].")
def serve(scenario: str | None, keys: str | None, entra_port: int, aws_port: int, picker: str, moto: bool) -> None:
    """Serve the mock Entra and the mock AWS on loopback: pick a user, pick a role, see the session.

    SCENARIO is a scenario file. Default: the demo company. boto3 and the AWS command line reach the same AWS with
    AWS_ENDPOINT_URL; an account number is its access key. Ctrl-C ends it.
    """
    from harness.aws.store import PickerPage
    from harness.cli.world import idp_of, scenario_or_demo
    from harness.web.server import serve as both

    idp = idp_of(scenario_or_demo(scenario), keys)
    directory = Path(scenario).parent if scenario is not None else Path()
    with both(idp, the_clock, entra_port=entra_port, aws_port=aws_port, directory=directory, moto=moto) as served:
        served.store.picker = PickerPage(picker)
        for name, url, wanted in (("Entra", served.entra_url, entra_port), ("AWS", served.aws_url, aws_port)):
            if wanted and not url.endswith(f":{wanted}"):
                complain(f"port {wanted} is in use, {name} has another")
        users = ", ".join(user.upn for user in idp.scenario.users)
        answer(f"Entra  {served.entra_url}\nAWS    {served.aws_url}\nusers  {users}\nready, Ctrl-C ends it\n")
        stop = threading.Event()
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: stop.set())
        stop.wait()
        complain("stopped")
