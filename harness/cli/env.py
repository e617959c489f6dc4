"""``saml-harness env``: one command in a world where production's names are the mock's."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.environment import Way, authority
from harness.cli.output import the_clock
from harness.cli.running import run
from harness.errors import HarnessError
from harness.loopback import parts_on_this_machine

if TYPE_CHECKING:
    from harness.saml.keys import Certificate

MAX_ANSWER = 1_000_000


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option("--scenario", metavar="FILE", help="A scenario file. Default: the demo company.")
@click.option(
    "--keys",
    metavar="DIR",
    help="Where signing keys are kept. Default: a per-user state folder named after the scenario.",
)
@click.option(
    "--attach", metavar="URL", help="Use a running `saml-harness serve --real-hosts`: the address of either side."
)
def env(command: tuple[str, ...], scenario: str | None, keys: str | None, attach: str | None) -> None:
    """Run COMMAND where the true host names of Entra and AWS are the mock's, and return its exit code.

    Both sides are served for as long as COMMAND runs. Its environment leads to them and holds nothing of your own
    AWS: no profile, credential, configuration file or endpoint. Programs that heed no proxy are not held back.
    """
    if attach is not None and (scenario is not None or keys is not None):
        raise click.UsageError("--attach uses what is running: --scenario and --keys have no place beside it")

    def start(stack: ExitStack) -> Way:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saml-harness-")))
        proxy_url, certificate = stack.enter_context(_own(scenario, keys)) if attach is None else _running(attach)
        way = Way(proxy_url, folder)
        way.prepare(certificate)
        return way

    raise SystemExit(run(command, start))


@contextmanager
def _own(scenario: str | None, keys: str | None) -> "Iterator[tuple[str, Certificate]]":
    """Both sides on free ports: the proxy that leads to them and the authority that vouches for them."""
    from harness.cli.world import idp_of, scenario_or_demo
    from harness.web.server import serve

    directory = Path(scenario).parent if scenario is not None else Path()
    idp = idp_of(scenario_or_demo(scenario), keys)
    with serve(idp, the_clock, directory=directory, authority=authority()) as served:
        if served.real is None:
            raise HarnessError("the true host names are not served")
        yield served.real.proxy_url, served.real.authority.certificate


def _running(url: str) -> "tuple[str, Certificate]":
    """What a running server says of its proxy and its authority. Raises HarnessError."""
    from harness.errors import BadKey
    from harness.saml.keys import read_certificates

    if not _is_here(url):
        raise HarnessError(f"--attach {url}: not an address on this machine; give one that `serve` printed")
    try:
        said = json.loads(_fetch(url))
        proxy_url, (certificate,) = str(said["proxy"]), read_certificates(str(said["authority"]).encode())
    except (ValueError, KeyError, TypeError, RecursionError, BadKey):
        raise HarnessError(f"--attach {url}: no `saml-harness serve --real-hosts` answers there") from None
    if not _is_here(proxy_url):
        raise HarnessError(f"--attach {url}: its proxy is not on this machine")
    if certificate.not_after <= the_clock():
        raise HarnessError(f"--attach {url}: its authority was made for a day, which is over; start it again")
    return proxy_url, certificate


def _is_here(url: str) -> bool:
    """Whether a URL is plain HTTP to a port of this machine."""
    parts = parts_on_this_machine(url)
    return parts is not None and parts.scheme == "http"


def _fetch(url: str) -> bytes:
    """The way in, as a running server tells it. No proxy is asked, whatever the environment says."""
    import urllib.error
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url.rstrip("/") + "/real-hosts.json", timeout=10) as answer:
            return bytes(answer.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        raise HarnessError(
            f"--attach {url}: answers {error.code}; is it `saml-harness serve` with --real-hosts?"
        ) from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"--attach {url}: does not answer: {getattr(error, 'reason', error)}") from None
