"""What an administrator changes on the Single sign-on blade: an app as it is in, the app as it is then out."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.entra.assigning import find_assignment, without_assignments
from harness.errors import HarnessError
from harness.scenario.claims import Claim
from harness.scenario.model import App, Assignment, Scenario
from harness.scenario.tables import Table

Step = Callable[[Scenario, App], App]
Kind = TypeVar("Kind", bound=Table)
IDENTIFIER_TAKEN = (
    "Please enter an Identifier which is unique within your organization. This Identifier is used by {name}."
)
"""The portal's words, as reported; where they name AWS it was the other app's name."""


def change_app(app_name: str, step: Step) -> Callable[[Scenario], Scenario]:
    """The change of a tenant that changes one of its apps. Raises HarnessError where no good tenant comes of it."""

    def change(before: Scenario) -> Scenario:
        found = next((app for app in before.apps if app.name == app_name), None)
        if found is None:
            raise HarnessError(f"there is no app {app_name!r} any more")
        made = step(before, found)
        apps = tuple(made if app is found else app for app in before.apps)
        return _judged(Scenario, {**dict(before), "apps": apps})

    return change


def set_basics(
    identifiers: Sequence[str], reply_urls: Sequence[str], sign_on_url: str, relay_state: str, *, session_control: bool
) -> Step:
    """Section 1, Basic SAML configuration. An identifier is used by one app of the tenant only."""

    def step(scenario: Scenario, app: App) -> App:
        for other in scenario.apps:
            if other.name != app.name and set(other.identifiers) & set(identifiers):
                raise HarnessError(IDENTIFIER_TAKEN.format(name=other.shown))
        if not reply_urls:
            raise HarnessError("give at least one Reply URL: without one there is nowhere to post the response")
        return _revised(
            app,
            identifiers=tuple(identifiers),
            reply_urls=tuple(reply_urls),
            sign_on_url=sign_on_url or None,
            relay_state=relay_state or None,
            session_control=session_control,
        )

    return step


def set_signing(option: str, algorithm: str, emails: Sequence[str]) -> Step:
    """Section 3: what is signed, with which digest, and who is told before the certificate ends."""
    fields = {"signing_option": option, "signing_algorithm": algorithm, "notification_emails": tuple(emails)}
    return lambda _, app: _revised(app, **fields)


def add_claim(name: str, namespace: str, source: str, value: str) -> Step:
    """A row of section 2 with a source attribute or, where that is empty, a constant."""

    def step(_: Scenario, app: App) -> App:
        _require_unlocked(app)
        given: dict[str, Any] = {"source": source} if source else {"value": value}
        row = _judged(Claim, {"name": name, "namespace": namespace} | given)
        if row.full_name in {one.full_name for one in (*app.basic_claims, *app.claims)}:
            raise HarnessError(f"there is a claim {row.full_name} already; remove it first")
        return _revised(app, claims=(*app.claims, row))

    return step


def remove_claim(full_name: str) -> Step:
    """The row of that name is gone, a basic one too."""

    def step(_: Scenario, app: App) -> App:
        _require_unlocked(app)
        left = [tuple(one for one in rows if one.full_name != full_name) for rows in (app.basic_claims, app.claims)]
        return _revised(app, basic_claims=left[0], claims=left[1])

    return step


def assign(principal: str, role: str) -> Step:
    """Users and groups: somebody gets an app role. A disabled one cannot be assigned."""

    def step(scenario: Scenario, app: App) -> App:
        found = [one for one in app.roles if role in (one.name, one.id)]
        if found and not found[0].enabled:
            raise HarnessError(f"app role {role!r} is disabled and cannot be assigned")
        if find_assignment(scenario, app, principal, role):
            return app
        return _revised(app, assignments=(*app.assignments, Assignment(to=principal, role=role)))

    return step


def unassign(principal: str, role: str) -> Step:
    """Users and groups: the assignment is gone, wherever it was made."""
    return lambda scenario, app: _revised(app, assignments=without_assignments(scenario, app, principal, role))


def _require_unlocked(app: App) -> None:
    if app.claims_policy is not None:
        raise HarnessError(
            f"claims mapping policy {app.claims_policy!r} stands in place of the claims; change it there"
        )


def _revised(app: App, **fields: object) -> App:
    return _judged(App, {**dict(app), **fields})


def _judged(table: type[Kind], fields: dict[str, Any]) -> Kind:
    try:
        return table.model_validate(fields)
    except ValidationError as error:
        said = [fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_url=False)]
        raise HarnessError("; ".join(dict.fromkeys(said))) from None
