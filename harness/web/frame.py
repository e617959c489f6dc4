"""What both sides of a run have on every page: the clock's control, the inspector, links to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, request

from harness.aws.store import AwsStore
from harness.entra.certificates import active_certificate
from harness.entra.idp import EntraIdp
from harness.web.aws_api import MAX_BODY, Clock
from harness.web.clock import Moment, SimulatedClock, clock_blueprint
from harness.web.inspect import inspect_blueprint
from harness.web.inspections import Inspections
from harness.web.rollover import rollover_blueprint
from harness.web.saving import saving_blueprint
from harness.web.ways_in import ways_blueprint
from harness.world import scenario_now


@dataclass
class Common:
    """What both sides of a run share: not a mind, but a clock, and pages that look at both.

    The addresses are filled in once both listen.
    """

    inspections: Inspections
    blueprints: tuple[Blueprint, ...]
    entra_url: str = ""
    aws_url: str = ""

    def reaches(self, url: str) -> bool:
        """Whether a link of this page to that side is worth showing: a browser that follows it to another host says
        cross-site, and is refused there. Under true names the two sides are two sites."""
        return urlsplit(url).hostname == urlsplit(request.host_url).hostname

    def at(self, entra_url: str, aws_url: str) -> "Common":
        """The same under other addresses."""
        return replace(self, entra_url=entra_url, aws_url=aws_url)


def common_of(idp: EntraIdp, store: AwsStore, clock: SimulatedClock, directory: Path) -> Common:
    """The pages that both sides of a run have. ``directory`` is where the scenario's metadata files are."""
    inspections = Inspections(store)
    start = scenario_now(idp, store.aws, directory)
    pages = (
        clock_blueprint(clock, partial(ends_of_certificates, idp, clock)),
        inspect_blueprint(inspections, clock),
        rollover_blueprint(idp, store, inspections, clock),
        ways_blueprint(idp, clock),
        saving_blueprint(start, lambda: scenario_now(idp, store.aws, directory)),
    )
    return Common(inspections, pages)


def frame(app: Flask, common: Common) -> Flask:
    """Give an application what both sides have."""
    for blueprint in common.blueprints:
        if blueprint.name not in app.blueprints:
            app.register_blueprint(blueprint)
    for limit in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        app.config[limit] = MAX_BODY
    app.extensions["common"] = app.jinja_env.globals["common"] = common
    return app


def ends_of_certificates(idp: EntraIdp, clock: Clock) -> Sequence[Moment]:
    """The day before the certificate that signs for each app expires, earliest first."""
    day, now = timedelta(days=1), clock()
    active = [(app.name, active_certificate(app, now)) for app in idp.scenario.apps if app.certificates]
    named = [
        Moment(f"the day before certificate {one.name} of {app} expires", one.not_after - day) for app, one in active
    ]
    return sorted(named, key=lambda moment: moment.at)
