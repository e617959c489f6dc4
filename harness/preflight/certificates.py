"""When each signing certificate ends, and which of them signs."""

from collections.abc import Mapping
from functools import partial

from harness.entra.certificates import active_certificate
from harness.preflight.checks import Asked, Part
from harness.preflight.stand_in import StandIn
from harness.preflight.world import World
from harness.report.sheet import Entry, outcome_of
from harness.scenario.model import Certificate

TITLE = "It is valid, and there is time to roll it over."


def certificates(world: World, stand_ins: Mapping[str, StandIn]) -> Part:
    """One check for each certificate of each app."""
    checks = [
        Asked(f"{app.name}/{one.name}", partial(_entry, f"{app.name}/{one.name}", stand_ins[app.name], one))
        for app in world.apps
        for one in app.certificates
    ]
    return Part("certificates", "Signing certificates", tuple(checks))


def _entry(name: str, stand_in: StandIn, one: Certificate) -> Entry:
    signs = active_certificate(stand_in.app, stand_in.world.now) == one
    said = f"{_state(one, signs=signs)}, {one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}"
    findings = stand_in.certificate_findings() if signs else ()
    return Entry(name, outcome_of(findings), TITLE, said, findings)


def _state(one: Certificate, *, signs: bool) -> str:
    if signs:
        return "signs" if one.active else "signs, although it was not made active"
    return "active, but expired: another signs" if one.active else "inactive"
