"""What both sides of a run have on every page: the clock's control, the inspector, links to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from harness.entra.certificates import active_certificate
from harness.entra.idp import EntraIdp
from harness.web.aws_api import MAX_BODY, Clock
from harness.web.clock import Moment, Moments, SimulatedClock, clock_blueprint
from harness.web.inspect import inspect_blueprint
from harness.web.inspections import Inspections


@dataclass
class Common:
    """What both sides of a run share: not a mind, but a clock, and pages that link to each other.

    The addresses are filled in once both listen.
    """

    clock: SimulatedClock
    moments: Moments
    inspections: Inspections
    entra_url: str = ""
    aws_url: str = ""


def frame(app: Flask, common: Common) -> Flask:
    """Give an application what both sides have."""
    app.register_blueprint(clock_blueprint(common.clock, common.moments))
    if "inspect" not in app.blueprints:
        app.register_blueprint(inspect_blueprint(common.inspections, common.clock))
    for limit in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        app.config[limit] = MAX_BODY
    app.jinja_env.globals["common"] = common
    return app


def ends_of_certificates(idp: EntraIdp, clock: Clock) -> Sequence[Moment]:
    """The day before the certificate that signs for each app expires, earliest first."""
    day, now = timedelta(days=1), clock()
    active = [(app.name, active_certificate(app, now)) for app in idp.scenario.apps if app.certificates]
    named = [
        Moment(f"the day before certificate {one.name} of {app} expires", one.not_after - day) for app, one in active
    ]
    return sorted(named, key=lambda moment: moment.at)
