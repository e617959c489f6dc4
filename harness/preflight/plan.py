"""Every check of a scenario, section by section; and all of them asked."""

from harness.preflight.app_roles import AppList, app_roles
from harness.preflight.certificates import certificates
from harness.preflight.checks import Part
from harness.preflight.claims import claims
from harness.preflight.nesting import nesting
from harness.preflight.providers import providers
from harness.preflight.role_pairs import role_pairs
from harness.preflight.rollovers import rollovers
from harness.preflight.sign_ins import sign_ins
from harness.preflight.stand_in import StandIn
from harness.preflight.world import World
from harness.report.model import Outcome
from harness.report.sheet import Section, Sheet
from harness.rules import cards


def plan(world: World) -> tuple[Part, ...]:
    """The sections in the order of the report; nothing is asked yet."""
    stand_ins = {app.name: StandIn(world, app) for app in world.apps}
    lists = {app.name: AppList(world.scenario, app) for app in world.apps}
    parts = (
        certificates(world, stand_ins),
        providers(world),
        app_roles(world, lists),
        claims(stand_ins),
        role_pairs(world, stand_ins, lists),
        nesting(world),
        sign_ins(world),
        rollovers(world),
    )
    return tuple(part for part in parts if part.checks)


def sheet(world: World) -> Sheet:
    """Every check asked. The exit code is 0 only when each was answered, and well."""
    sections = [Section(part.name, part.title, tuple(one.ask() for one in part.checks)) for part in plan(world)]
    failed = sum(section.count(Outcome.FAIL) for section in sections)
    left = sum(section.count(Outcome.SKIP) for section in sections)
    return Sheet(
        world.source, _verdict(sections, failed, left), int(bool(failed or left)), tuple(sections), world.now, cards()
    )


def _verdict(sections: list[Section], failed: int, left: int) -> str:
    users = next((section for section in sections if section.name == "sign-ins"), None)
    if users is None:
        signed = "Nobody is assigned to an app."
    else:
        good, all_of_them = users.count(Outcome.PASS), len(users.entries)
        signed = f"{good:,} of {all_of_them:,} sign-ins will work."
    if failed:
        return f"{signed} {failed:,} check{'s' if failed > 1 else ''} failed."
    return f"{signed} {left:,} could not be judged." if left else f"{signed} Nothing will break."
