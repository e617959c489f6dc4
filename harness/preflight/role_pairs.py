"""Each app role by itself: the pair it carries, its length, and what the AWS account holds for it.

A stand-in who holds the roles signs in, a hundred roles at a time; what is found at one value of his Role claim is
said of that app role.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from harness.approles.model import MSIAM
from harness.arn import parse_role_pair
from harness.errors import HarnessError
from harness.preflight.app_roles import AppList
from harness.preflight.checks import Asked, Part, apart, once
from harness.preflight.sign_ins import words_of
from harness.preflight.stand_in import StandIn, by_value
from harness.preflight.world import World
from harness.report.model import Finding, Outcome, Refused, Severity, Unknown
from harness.report.sheet import Entry, outcome_of
from harness.scenario.model import App, AppRole

TITLE = "The role exists, trusts its SAML provider, and the session fits it."
_BY_TRUST = frozenset({"TRU003", "TRU008"})


def role_pairs(world: World, stand_ins: Mapping[str, StandIn], lists: Mapping[str, AppList]) -> Part:
    """One check for each app role but those that every app is born with."""
    found = [(app, role) for app in world.apps for role in app.roles if role.value or role.name not in (MSIAM, "User")]
    checks = [
        Asked(name, partial(_entry, name, stand_ins[app.name], lists[app.name], role))
        for (app, role), name in zip(found, _names(found), strict=True)
    ]
    return Part("role-pairs", "App roles and what AWS holds for them", tuple(checks))


def _names(found: Sequence[tuple[App, AppRole]]) -> Iterator[str]:
    """``account/role``; with its provider, then with its app, where that names two."""
    short, middle, long = [], [], []
    for app, role in found:
        pair = parse_role_pair(role.value) if role.value else None
        short.append(role.name if pair is None else f"{pair.account}/{pair.resource}")
        middle.append(short[-1] if pair is None else f"{short[-1]} via {pair.provider_name}")
        long.append(f"{middle[-1]} in {app.name}")
    return apart(short, middle, long)


def _entry(name: str, stand_in: StandIn, listed: AppList, role: AppRole) -> Entry:
    own = listed.of_role(role)
    if not role.value:
        return Entry(name, outcome_of(own), "It only lets the user in.", "nothing of it is sent to AWS", own)
    findings, answer = stand_in.found_for(role)
    if stand_in.trouble:
        return Entry(name, Outcome.FAIL, TITLE, stand_in.trouble, own)
    if any(one.code in _BY_TRUST for one in findings):
        findings = _as_for_a_holder(stand_in, role, findings)
    told = (*own, *_told(role, findings))
    outcome = outcome_of(told)
    said = words_of("STS", answer) if outcome is Outcome.FAIL and isinstance(answer, Refused | Unknown) else ""
    return Entry(name, outcome, TITLE, said, told)


def _told(role: AppRole, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with the app role for their place, instead of a path in the stand-in's response."""
    shown = (one for one in once(findings) if one.severity is not Severity.NOTE)
    return tuple(replace(one, where=f"app role {role.name}", line=0) for one in shown)


def _as_for_a_holder(stand_in: StandIn, role: AppRole, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """A trust policy may ask who signs in, and the stand-in is nobody: then somebody who holds the role counts."""
    user = stand_in.holder(role)
    if user is None:
        return tuple(findings)
    try:
        report = stand_in.world.judge(stand_in.world.respond(stand_in.app, user))
    except HarnessError:
        return tuple(findings)
    return tuple(by_value(report).get(role.value or "", ()))
