"""A pinned scenario names everything by identifier, and describes the world that it was made from."""

from harness.entra.directory import assigned_roles
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import Scenario
from harness.scenario.pinned import pinned
from harness.scenario.saving import scenario_text

DEMO = demo_scenario()


def test_pinning_again_changes_nothing():
    once = pinned(DEMO)
    assert pinned(once) == once
    assert pinned(DEMO) is once


def test_a_pinned_scenario_can_be_told_as_a_file():
    assert parse_scenario(scenario_text(pinned(DEMO)), "pinned") == pinned(DEMO)


def test_everybody_has_the_roles_that_he_had():
    def held(scenario: Scenario) -> dict[str, list[str]]:
        app = scenario.apps[0]
        return {user.upn: [role.name for role in assigned_roles(scenario, app, user)] for user in scenario.users}

    assert held(pinned(DEMO)) == held(DEMO)
    assert sum(map(len, held(DEMO).values())) == 7


def test_identifiers_are_those_that_are_derived_elsewhere():
    app, user = pinned(DEMO).apps[0], pinned(DEMO).users[0]
    assert app.app_id == DEMO.guid("app", "AWS")
    assert user.object_id == DEMO.guid("user", user.upn)
    assert app.roles[0].id == "7dfd756e-8c27-4472-b2b7-38c17fc5de5e", "msiam_access comes from the template"
