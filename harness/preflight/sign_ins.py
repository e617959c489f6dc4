"""Who will be able to sign in to what: each user of each app signs in, and AWS answers."""

from collections.abc import Iterator, Sequence
from functools import partial

from harness.arn import RolePair, parse_role_pair
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.preflight.checks import Asked, Part, once
from harness.preflight.stand_in import at_a_value
from harness.preflight.world import World
from harness.report.model import Accepted, AwsAnswer, Finding, Outcome, Refused, Report, Severity, Unknown
from harness.report.sheet import Entry
from harness.scenario.model import App, AppRole, User

TITLE = "AWS offers exactly the roles that are assigned."
_OF_ALL = ("MET", "CRT")
"""Families that say the same of every sign-in: sections of their own tell them once."""
_FEW = 4


def sign_ins(world: World) -> Part:
    """One check for each user of each app."""
    checks = [
        Asked(f"{app.name}/{user.upn}", partial(sign_in, world, app, user))
        for app in world.apps
        for user in world.members(app)
    ]
    return Part("sign-ins", "Who can sign in to what", tuple(checks))


def sign_in(world: World, app: App, user: User) -> Entry:
    """One sign-in, and what AWS offers for it."""
    name = f"{app.name}/{user.upn}"
    if app.encryption_certificate is not None:
        said = "the assertions of this app are encrypted, and the key that opens them is not here"
        return Entry(name, Outcome.SKIP, TITLE, said)
    try:
        capture = world.respond(app, user)
    except EntraRefusal as refusal:
        return Entry(name, Outcome.FAIL, TITLE, f"Entra refuses: {refusal}")
    except HarnessError as error:
        return Entry(name, Outcome.FAIL, TITLE, f"Entra cannot issue it: {error}")
    return _judged(name, world.roles_held(app, user), world.judge(capture), capture.base64_size)


def _judged(name: str, roles: Sequence[AppRole], report: Report, size: int) -> Entry:
    expected = _pairs(roles)
    offered = {one.pair: one.answer for one in report.sts if one.pair is not None}
    open_roles = [pair for pair, answer in offered.items() if isinstance(answer, Accepted)]
    findings = once(_own(report))
    said = [_summary(open_roles, size), *_difference(expected, open_roles), *_words(report)]
    exact = bool(open_roles) and {str(one) for one in expected} == {str(one) for one in open_roles}
    outcome = Outcome.PASS if exact and not report.errors else Outcome.FAIL
    if outcome is Outcome.FAIL and _only_unknown(report):
        outcome = Outcome.SKIP
    return Entry(name, outcome, TITLE, "\n".join(said), findings)


def _pairs(roles: Sequence[AppRole]) -> list[RolePair]:
    found = (parse_role_pair(role.value) for role in roles if role.value)
    return [pair for pair in found if pair is not None]


def _own(report: Report) -> Iterator[Finding]:
    """Every error; of lesser findings those about this user."""
    for one in report.findings:
        of_all = one.code[:3] in _OF_ALL or at_a_value(report, one)
        if one.severity is Severity.ERROR or not of_all:
            yield one


def _summary(open_roles: Sequence[RolePair], size: int) -> str:
    if not open_roles:
        return "no role"
    named = ", ".join(f"{pair.account}/{pair.resource}" for pair in open_roles[:_FEW])
    more = f" and {len(open_roles) - _FEW:,} more" if len(open_roles) > _FEW else ""
    return (
        f"{len(open_roles):,} role{'s' if len(open_roles) > 1 else ''}: {named}{more}; {size:,} of 100,000 characters"
    )


def _difference(expected: Sequence[RolePair], open_roles: Sequence[RolePair]) -> Iterator[str]:
    wanted, got = {str(one): one for one in expected}, {str(one): one for one in open_roles}
    for word, pairs in (("not offered", wanted.keys() - got.keys()), ("not assigned", got.keys() - wanted.keys())):
        named = [f"{(wanted | got)[one].role.account}/{(wanted | got)[one].role.resource}" for one in sorted(pairs)]
        if named:
            more = f" and {len(named) - _FEW:,} more" if len(named) > _FEW else ""
            yield f"{word}: {', '.join(named[:_FEW])}{more}"


def _words(report: Report) -> Iterator[str]:
    """What AWS says at each door, each sentence once."""
    said = [("the sign-in page", report.signin), *(("STS", one.answer) for one in report.sts)]
    words = dict.fromkeys(words_of(door, answer) for door, answer in said if not isinstance(answer, Accepted))
    yield from [*words][:_FEW]


def words_of(door: str, answer: AwsAnswer) -> str:
    """An answer that is no session, in AWS's words where they are known."""
    match answer:
        case Refused(message=message):
            return f"{door} says: {message.replace('{request_id}', '...')}"
        case Unknown(reason=reason):
            return f"what {door} says is not known: {reason}"
        case Accepted():
            return f"{door} accepts"


def _only_unknown(report: Report) -> bool:
    return not report.errors and not any(isinstance(one, Refused) for one in report.answers)
