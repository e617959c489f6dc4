"""A user whom nobody is, who holds any app role and signs in for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.arn import parse_role_pair
from harness.aws.endpoints import ROLE
from harness.errors import HarnessError
from harness.lazy import lazy
from harness.preflight.world import World
from harness.report.model import AwsAnswer, Finding, Report
from harness.scenario.model import App, AppRole, Assignment, User

TOGETHER = 100
"""Roles in one sign-in: as many as a rule lists problems, and far from the limits of size."""
_VALUE = re.compile(r".*/Attribute(?:\[(?P<attribute>\d+)\])?/AttributeValue\[(?P<number>\d+)\]")
_SOURCE = re.compile(r'"user\.(\w+)"')
_OF_THE_SIGNER = frozenset({"CRT001", "CRT002", "CRT003", "CRT007"})
_GIVEN = frozenset({
    "userprincipalname", "localuserprincipalname", "mail", "displayname", "givenname", "surname", "employeeid",
    "objectid", "mailnickname", "assignedroles",
})  # fmt: skip


@dataclass
class StandIn:
    """A user whom nobody is, with a value for every attribute that the app's claims ask for."""

    world: World
    app: App
    known: dict[str, tuple[tuple[Finding, ...], AwsAnswer | None]] = field(default_factory=dict)
    """By the value of an app role: what was found there, and AWS's answer to the pair."""
    trouble: str = ""
    """Why nobody can sign in at all."""

    @property
    def user(self) -> User:
        """Named so that every rule about names is content."""
        claims = self.app.model_dump_json(include={"claims", "name_id"})
        asked = dict.fromkeys(_SOURCE.findall(claims), "preflight")
        upn = f"preflight@{(*self.world.scenario.tenant.domains, 'preflight.example')[0]}"
        return User(
            upn=upn, mail=upn, display_name="Preflight", given_name="Pre", surname="Flight", employee_id="0",
            attributes={name: value for name, value in asked.items() if name not in _GIVEN},
        )  # fmt: skip

    @lazy
    def carrying(self) -> tuple[AppRole, ...]:
        """The app roles that carry something."""
        return tuple(role for role in self.app.roles if role.value)

    @lazy
    def ordinary(self) -> Report | None:
        """A sign-in with one role, at an AWS that trusts this app: what is wrong then is wrong for everybody."""
        return self.sign_in(self.carrying[:1], trusted=True)

    def sign_in(self, roles: Sequence[AppRole], *, trusted: bool = False) -> Report | None:
        """The stand-in's sign-in with these roles; None when Entra cannot issue it, and ``trouble`` says why."""
        user = self.user
        assignments = tuple(Assignment(to=user.upn, role=role.id or role.name) for role in roles)
        update = {"roles": tuple(roles), "assignments": assignments, "encryption_certificate": None}
        try:
            capture = self.world.issue(self.app.model_copy(update=update), user)
            return self.world.judge(capture, self.world.trusting(self.app) if trusted else None)
        except HarnessError as error:
            self.trouble = f"Entra cannot issue it: {error}"
            return None

    def found_for(self, role: AppRole) -> tuple[tuple[Finding, ...], AwsAnswer | None]:
        """What is found at the value of one app role, and AWS's answer."""
        value = role.value or ""
        if value not in self.known:
            start = self._places[value] // TOGETHER * TOGETHER
            self._look_at(self.carrying[start : start + TOGETHER])
        return self.known[value]

    @lazy
    def _places(self) -> dict[str, int]:
        return {role.value or "": place for place, role in enumerate(self.carrying)}

    def _look_at(self, roles: Sequence[AppRole]) -> None:
        report = self.sign_in(roles)
        found = {} if report is None else by_value(report)
        answers = {} if report is None else {one.pair: one.answer for one in report.sts}
        for role in roles:
            pair = parse_role_pair(role.value or "")
            self.known[role.value or ""] = (tuple(found.get(role.value or "", ())), answers.get(pair))

    def certificate_findings(self) -> tuple[Finding, ...]:
        """What is said of the certificate that signs."""
        found = () if self.ordinary is None else self.ordinary.findings
        return tuple(one for one in found if one.code in _OF_THE_SIGNER)

    def holder(self, role: AppRole) -> User | None:
        """Somebody who truly holds the role."""
        return next((one for one in self.world.members(self.app) if role in self.world.roles_held(self.app, one)), None)


def by_value(report: Report) -> Mapping[str, Sequence[Finding]]:
    """The findings that stand at a value of the Role attribute, by that value."""
    facts = report.signed or report.claimed
    values = () if facts is None else facts.values(ROLE)
    found: dict[str, list[Finding]] = {}
    for one in report.findings:
        number = at_a_value(report, one)
        if number and number <= len(values):
            found.setdefault(values[number - 1], []).append(one)
    return found


def at_a_value(report: Report, one: Finding) -> int:
    """Which value of the Role attribute a finding stands at, from 1; 0 when it stands elsewhere."""
    facts = report.signed or report.claimed
    place = _VALUE.fullmatch(one.where)
    if place is None or facts is None:
        return 0
    attribute = int(place["attribute"] or 1) - 1
    if attribute >= len(facts.attributes) or facts.attributes[attribute].name != ROLE:
        return 0
    return int(place["number"])
