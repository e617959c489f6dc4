"""The plans that the product knows: the right one, and the ways in which rollovers go wrong.

Each is laid around the day on which the scenario's certificate expires, and says after each step who is expected to
be able to sign in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from harness.errors import HarnessError
from harness.rollover.one_app_each import one_app_each, trusting_own_addresses
from harness.rollover.plan import (
    Activate,
    CreateCertificate,
    DeleteCertificate,
    Download,
    Expected,
    Expiry,
    Plan,
    Recreate,
    RollBack,
    SetReplyUrls,
    Update,
)
from harness.rollover.script import DAY, WEEK, Pace, Script
from harness.scenario.model import App, Certificate, Scenario

SOME, NONE = Expected.SOME, Expected.NONE
AT_ONCE = timedelta()
OTHER_APP = "Another app"
Write = Callable[[Script], None]


@dataclass(frozen=True, slots=True)
class Staging:
    """A plan with the scenario it is made for: some plans need another app, or one for each account."""

    scenario: Scenario
    plan: Plan
    instead_of: Scenario | None = None
    """The scenario as it was given, where the plan is for another arrangement of it."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A plan of the product: its name, what it shows, and the function that writes its steps."""

    name: str
    summary: str
    write: Write
    prepare: Callable[[Scenario], Scenario] | None = None
    first_certificate_only: bool = False

    def stage(self, scenario: Scenario, pace: Pace) -> Staging:
        """The plan for a scenario. Raises HarnessError where there is nothing to roll."""
        prepared = scenario if self.prepare is None else self.prepare(scenario)
        script = Script(prepared, pace)
        self.write(script)
        plan = Plan(
            name=self.name,
            summary=self.summary,
            steps=tuple(script.steps),
            first_certificate_only=self.first_certificate_only,
        )
        return Staging(prepared, plan, scenario if self.write is one_app_per_account else None)


BUILT_IN: dict[str, BuiltIn] = {}


def _plan(
    prepare: Callable[[Scenario], Scenario] | None = None, *, first_certificate_only: bool = False
) -> Callable[[Write], Write]:
    """Register a plan under its function's name; the docstring is its summary."""

    def register(write: Write) -> Write:
        name = write.__name__.strip("_").replace("_", "-")
        summary = " ".join((write.__doc__ or "").split())
        BUILT_IN[name] = BuiltIn(name, summary, write, prepare, first_certificate_only)
        return write

    return register


def built_in(name: str) -> BuiltIn:
    """The plan of that name. Raises HarnessError, which lists those there are."""
    if name not in BUILT_IN:
        raise HarnessError(f"there is no plan {name!r}; those built in: {', '.join(BUILT_IN)}; or name a file *.toml")
    return BUILT_IN[name]


def _with_other_app(scenario: Scenario) -> Scenario:
    """The tenant has another app, with a certificate of its own."""
    known = [one for app in scenario.apps for one in app.certificates]
    if not known or any(app.name == OTHER_APP for app in scenario.apps):
        return scenario
    begin, end = min(one.not_before for one in known), max(one.not_after for one in known)
    own = Certificate(name="its own", not_before=begin, not_after=end, active=True)
    return scenario.model_copy(update={"apps": (*scenario.apps, App(name=OTHER_APP, certificates=(own,)))})


def _with_own_addresses(scenario: Scenario) -> Scenario:
    return trusting_own_addresses(one_app_each(scenario))


def _new_in_both(script: Script) -> Script:
    """The first steps of every plan that begins well."""
    return script.then(CreateCertificate, AT_ONCE, certificate=script.new).then(Download, document="both")


def without_old(script: Script, pause: timedelta) -> Script:
    """The old certificate is deleted in Entra, app by app where the apps' old ones have different names."""
    for name in dict.fromkeys(one.name for one in script.old.values()):
        apps = tuple(app for app, one in script.old.items() if one.name == name)
        script.then(DeleteCertificate, pause, certificate=name, apps=apps if len(apps) < len(script.old) else None)
        pause = AT_ONCE
    return script


@_plan()
def overlap(script: Script) -> None:
    """The right one: every account trusts both certificates before the new one is made active."""
    _new_in_both(script).then(Update, DAY, document="both").then(Activate, WEEK, certificate=script.new)
    without_old(script, WEEK).then(Download, document="new alone").then(Update, DAY, document="new alone")


@_plan()
def activate_first(script: Script) -> None:
    """The new certificate is made active before the accounts know it."""
    _new_in_both(script).then(Activate, certificate=script.new, expect=NONE).then(Update, document="both")


@_plan()
def new_certificate_after_expiry(script: Script) -> None:
    """The old certificate has expired when a new one is made: Entra signs with that at once, unasked."""
    end = max(one.not_after for one in script.old.values())
    script.until(end)
    for name in dict.fromkeys(one.name for one in script.old.values()):
        apps = tuple(app for app, one in script.old.items() if one.name == name)
        script.then(Expiry, AT_ONCE, certificate=name, apps=apps if len(apps) < len(script.old) else None)
    script.then(CreateCertificate, DAY, certificate=script.new, expect=NONE)
    script.then(Download, document="both", expect=NONE).then(Update, document="both")
    script.then(Activate, certificate=script.new)


@_plan()
def account_forgotten(script: Script) -> None:
    """One account is left out of the update."""
    if len(script.accounts) < 2:
        raise HarnessError("the plan account-forgotten needs a scenario of two accounts or more")
    last = script.accounts[-1:]
    _new_in_both(script).then(Update, DAY, document="both", leave_out=last)
    script.then(Activate, WEEK, certificate=script.new, expect=SOME)
    script.then(Update, DAY, document="both", accounts=last)


@_plan()
def tenant_wide_metadata(script: Script) -> None:
    """The accounts are given the metadata without an app ID, which has the right issuer and the wrong key."""
    script.then(CreateCertificate, AT_ONCE, certificate=script.new)
    script.then(Download, document="tenant-wide", tenant_wide=True)
    script.then(Update, DAY, document="tenant-wide", expect=NONE)
    script.then(Download, document="both", expect=NONE).then(Update, document="both")
    script.then(Activate, WEEK, certificate=script.new)


@_plan(_with_other_app)
def other_apps_metadata(script: Script) -> None:
    """The accounts are given the metadata of another app, which has the right issuer and the wrong key."""
    script.then(CreateCertificate, AT_ONCE, certificate=script.new)
    script.then(Download, document="wrong", of=OTHER_APP)
    script.then(Update, DAY, document="wrong", expect=NONE)
    script.then(Download, document="both", expect=NONE).then(Update, document="both")
    script.then(Activate, WEEK, certificate=script.new)


@_plan(first_certificate_only=True)
def first_certificate_only(script: Script) -> None:
    """A service provider that keeps the first certificate of a document only. AWS keeps them all."""
    _new_in_both(script).then(Update, DAY, document="both")
    script.then(Activate, WEEK, certificate=script.new, expect=NONE)
    script.then(Download, document="new alone", certificates=(script.new,), expect=NONE)
    script.then(Update, document="new alone")


@_plan()
def old_certificate_removed_too_early(script: Script) -> None:
    """The accounts are given the new certificate alone while Entra still signs with the old one."""
    script.then(CreateCertificate, AT_ONCE, certificate=script.new)
    script.then(Download, document="new alone", certificates=(script.new,))
    script.then(Update, DAY, document="new alone", expect=NONE).then(Activate, certificate=script.new)


@_plan()
def rollback_in_time(script: Script) -> None:
    """Something is wrong after the activation, and the old certificate is made active again: all still trust it."""
    _new_in_both(script).then(Update, DAY, document="both")
    script.then(Activate, WEEK, certificate=script.new).then(RollBack)


@_plan()
def rollback_too_late(script: Script) -> None:
    """The old certificate is made active again when the accounts no longer trust it."""
    _new_in_both(script).then(Update, DAY, document="both").then(Activate, WEEK, certificate=script.new)
    script.then(Download, DAY, document="new alone", certificates=(script.new,))
    script.then(Update, document="new alone")
    script.then(RollBack, expect=NONE).then(Update, document="both")


@_plan(one_app_each)
def one_app_per_account(script: Script) -> None:
    """An app for each account, each with a certificate of its own: one account goes first, the others follow."""
    first, others = script.apps[:1], script.apps[1:]
    for apps, accounts in ((first, script.accounts[:1]), (others, script.accounts[1:])):
        if apps and accounts:
            script.then(CreateCertificate, DAY, certificate=script.new, apps=apps)
            script.then(Download, document="both", apps=apps).then(Update, document="both", accounts=accounts)
            script.then(Activate, DAY, certificate=script.new, apps=apps)


@_plan(_with_own_addresses)
def provider_recreated(script: Script) -> None:
    """Providers are deleted and created again: absent for a while, and their own addresses are new."""
    script.then(SetReplyUrls, AT_ONCE)
    _new_in_both(script).then(Recreate, DAY, document="both", expect=NONE)
    script.then(SetReplyUrls).then(Activate, WEEK, certificate=script.new)
