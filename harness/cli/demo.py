"""``saml-harness demo``: the built-in company, end to end, and three sign-ins that break."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from harness.cli.output import answer, color, the_clock, width

if TYPE_CHECKING:
    from harness.aws.account import Aws
    from harness.entra.idp import EntraIdp
    from harness.report.model import Report


@click.command()
def demo() -> None:
    """Sign every user of the built-in company in, and show three sign-ins that break, with cause and cure.

    Keys are made for this run and kept in memory; nothing is written.
    """
    from harness.entra.idp import EntraIdp
    from harness.entra.keystore import KeyStore
    from harness.report.demo import broken_as_text, sign_ins_as_text
    from harness.scenario.load import demo_scenario
    from harness.world import aws_of

    now = the_clock()
    idp = EntraIdp(demo_scenario(), KeyStore())
    aws = aws_of(idp, now)
    reports = {user.upn: _sign_in(idp, aws, user.upn, now) for user in idp.scenario.users}
    answer(sign_ins_as_text(reports, width=width(), color=color()))

    rolled = roll_certificate(idp, now)
    broken = [
        (
            "A certificate rolled on one side only",
            "Somebody made a new certificate active in Entra. AWS still holds yesterday's metadata.",
            _sign_in(rolled, aws, "britta@contoso.com", now),
        ),
        (
            "A guest",
            "RoleSessionName is user.userprincipalname, and a guest's holds #EXT#.",
            reports["guest_fabrikam.com#EXT#@contoso.onmicrosoft.com"],
        ),
        (
            "A user with access but no role",
            "Noah is assigned to msiam_access, which has no value: Entra reports success and sends no Role.",
            reports["noah@contoso.com"],
        ),
    ]
    for number, (title, story, report) in enumerate(broken, 1):
        answer(broken_as_text(f"{number}. {title}", story, report, width=width(), color=color()))


def roll_certificate(idp: "EntraIdp", now: datetime) -> "EntraIdp":
    """The same tenant after a new certificate was created and made active, with the old one still there."""
    from harness.entra.idp import EntraIdp
    from harness.scenario.model import Certificate

    scenario = idp.scenario
    app = scenario.apps[0]
    start = now.replace(microsecond=0) - timedelta(hours=1)
    fresh = Certificate(name="new", not_before=start, not_after=start + timedelta(days=1095), active=True)
    old = tuple(one.model_copy(update={"active": False}) for one in app.certificates)
    changed = app.model_copy(update={"certificates": (*old, fresh)})
    return EntraIdp(scenario.model_copy(update={"apps": (changed, *scenario.apps[1:])}), idp.keys)


def _sign_in(idp: "EntraIdp", aws: "Aws", upn: str, now: datetime) -> "Report":
    from harness.rules import Policy
    from harness.saml.wire import read_capture
    from harness.validate import check

    capture = read_capture(idp.respond(upn, now).base64.encode())
    return check(capture, Policy(aws, aws.keys), now, source=upn)
