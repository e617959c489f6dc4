"""Both sides on loopback, each in its own thread, behind a server that real traffic is served with."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from harness.aws.endpoints import PARTITIONS
from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.web.authority import Authority
from harness.web.aws_api import MAX_BODY, Clock, api_blueprint
from harness.web.aws_moto import Moto
from harness.web.aws_signin import OPEN_PATHS, signin_blueprint
from harness.web.clock import SimulatedClock
from harness.web.entra_app import create_entra_app
from harness.web.flask_app import FlaskApp
from harness.web.frame import common_of, frame
from harness.web.guard import LOOPBACK_NAMES, guard
from harness.web.hosts import AWS_HOSTS, ENTRA_HOSTS, LOGIN
from harness.web.inspect import inspect_blueprint
from harness.web.inspections import Inspections
from harness.web.listening import HOST, listening
from harness.web.real_hosts import RealHosts, real_hosts, tell_the_way
from harness.world import aws_of

PROXY_PORT = 8402


@dataclass(frozen=True)
class Served:
    """Where both sides listen, and what AWS's side holds."""

    entra_url: str
    aws_url: str
    store: AwsStore
    clock: SimulatedClock
    """What both ask for the time; it runs from the one that was given."""
    real: RealHosts | None = None
    """The way to both under their true names, where that was asked for."""


def create_aws_app(
    store: AwsStore,
    clock: Clock,
    *,
    names: Collection[str] = LOOPBACK_NAMES,
    inspections: Inspections | None = None,
) -> Flask:
    """AWS's side in one application: sign-in page, STS, IAM and the inspector. ``names`` are its hosts."""
    app = FlaskApp(__name__, static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.register_blueprint(api_blueprint(store, clock))
    app.register_blueprint(signin_blueprint(store, clock))
    app.register_blueprint(inspect_blueprint(inspections or Inspections(store), clock))
    guard(app, is_open=lambda path: path.startswith(OPEN_PATHS), names=names)
    return app


@contextmanager
def serve(
    idp: EntraIdp,
    clock: Clock,
    *,
    host: str = HOST,
    entra_port: int = 0,
    aws_port: int = 0,
    directory: Path = Path(),
    authority: Authority | None = None,
    proxy_port: int = 0,
    moto: bool = False,
) -> Iterator[Served]:
    """Serve until the block ends. A port that is taken is replaced by a free one; 0 asks for a free one.

    ``host`` is the one address of this machine that both listen on. With an ``authority`` for
    `harness.web.hosts.SERVED` both sides are reached under their true names as well, on loopback. With ``moto`` the
    rest of the AWS API is moto's. Raises HarnessError when it is not installed.
    """
    clock = SimulatedClock(clock)
    names = (*LOOPBACK_NAMES, host)
    store = AwsStore(aws_of(idp, clock(), directory), tuple(one.id for one in idp.scenario.accounts))
    common = common_of(idp, store, clock, directory)
    with ExitStack() as stack:
        real: RealHosts | None = None
        aws = frame(create_aws_app(store, clock, names=names, inspections=common.inspections), common)
        tell_the_way(aws, lambda: real)
        behind = Moto(store, clock) if moto else None
        if behind is not None:
            behind.stand_behind(aws)
        common.aws_url = f"http://{host}:{stack.enter_context(listening(aws, aws_port, host=host))}"
        entra = frame(create_entra_app(idp, clock, common.aws_url, names=names), common)
        tell_the_way(entra, lambda: real)
        common.entra_url = f"http://{host}:{stack.enter_context(listening(entra, entra_port, host=host))}"
        if authority is not None:
            # Applications of their own: what is served on loopback must never send a browser to a true name.
            true = common.at(f"https://{LOGIN}", f"https://{PARTITIONS['aws'].host}")
            true_entra = frame(
                create_entra_app(idp, clock, true.aws_url, names=ENTRA_HOSTS, iam_url=common.aws_url), true
            )
            true_aws = frame(create_aws_app(store, clock, names=AWS_HOSTS, inspections=common.inspections), true)
            if behind is not None:
                behind.stand_behind(true_aws, AWS_HOSTS)
            real = stack.enter_context(real_hosts(true_entra, true_aws, authority, port=proxy_port))
        yield Served(common.entra_url, common.aws_url, store, clock, real)
