"""What is wrong with a list of app roles: every limit, with its basis."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.approles.check import Problem, budgets, characters, check, pairs_that_fit
from harness.approles.model import AppRole, msiam_access
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario import model
from harness.scenario.load import demo_scenario
from tests.approles.lists import role, value


def found(*roles: AppRole) -> list[Problem]:
    return list(check((msiam_access(), *roles)))


def test_a_good_list_has_no_findings():
    assert found(role("Admin"), role("Audit")) == []


@pytest.mark.parametrize(
    ("text", "refused_by", "said"),
    [
        (value(account="12345"), "AWS", "Account number 12345 has not 12 digits"),
        (value().replace(",", ", "), "Graph", "The value holds a blank."),
        (value("Ädmin"), "Graph", "The value holds characters that Graph does not take: Ä"),
        ('a"b\\', "Graph", 'The value holds characters that Graph does not take: "\\'),
        (".x", "Graph", "The value starts with a dot."),
        ("Admin", "AWS", "The value is no pair"),
        (value("a!"), "AWS", "IAM cannot hold this name"),
        (value("p" * 60 + "/" + "q" * 64, provider="r" * 60), "Graph", "The value has 25"),
    ],
)
def test_an_unusable_value_is_an_error_and_says_who_refuses(text: str, refused_by: str, said: str):
    errors = [one for one in found(replace(role(), value=text)) if one.severity == "error"]
    assert (refused_by, "appRoles[1]") in {
        (one.refused_by, one.where) for one in errors if one.message.startswith(said)
    }


def test_each_limit_of_length_is_told_with_its_source():
    for length, sources in {119: [], 120: ["December 2020"], 121: ["December 2020", "Graph's reference"]}.items():
        text = value("x" * (length - len(value(""))))
        assert len(text) == length
        notes = found(replace(role(), value=text))
        assert [one.severity for one in notes] == ["note"] * len(sources)
        assert all(source in one.message for source, one in zip(sources, notes, strict=True))


@pytest.mark.parametrize(
    ("length", "importable", "storable"),
    [(240, True, True), (241, False, True), (249, False, True), (250, False, False)],
)
def test_the_role_import_takes_less_than_graph_stores(length: int, importable: bool, storable: bool):
    text = value(
        "p" * 100 + "/" + "x" * 60, provider="r" * (length - len(value("p" * 100 + "/" + "x" * 60, provider="")))
    )
    assert len(text) == length
    said = [one for one in found(replace(role(), value=text)) if one.severity != "note"]
    assert any("role import" in one.message for one in said) is not importable
    assert any(one.refused_by == "Graph" for one in said) is not storable


def test_duplicates_of_id_and_value_are_errors_and_of_names_a_warning():
    twins = found(role(), role())
    assert [(one.severity, one.where) for one in twins] == [
        ("error", "appRoles[1], appRoles[2]"),
        ("error", "appRoles[1], appRoles[2]"),
        ("warning", "appRoles[1], appRoles[2]"),
    ]
    assert [one.message.split()[2] for one in twins] == ["id", "value", "displayName"]


@pytest.mark.parametrize(
    ("change", "severity", "said"),
    [
        ({"id": "x"}, "error", "The id is no GUID."),
        ({"member_types": ()}, "error", "allowedMemberTypes is empty."),
        ({"member_types": ("Application",)}, "error", "Users and groups cannot be assigned"),
        ({"enabled": False}, "note", "Disabled: it cannot be assigned any more, but those who have it keep it"),
        ({"value": None}, "warning", "It has no value"),
        ({"value": ",".join(reversed(value().split(",")))}, "note", "The provider comes first"),
        ({"value": value().replace("3333:saml", "4444:saml")}, "warning", "Role and SAML provider stand in different"),
    ],
)
def test_an_odd_entry_is_told(change: dict[str, object], severity: str, said: str):
    (problem,) = found(replace(role(), **change))  # type: ignore[arg-type]
    assert problem.severity == severity
    assert problem.message.startswith(said)


def test_a_list_without_msiam_access_is_refused_by_graph():
    (problem,) = check((role(),))
    assert (problem.severity, problem.refused_by, problem.where) == ("error", "Graph", "appRoles")
    assert problem.message.startswith("msiam_access is missing")


def test_budgets_of_entries_assignments_and_characters_are_told():
    many = [role(f"role-{number:04d}") for number in range(1501)]
    said = {one.message.partition(";")[0]: one.severity for one in found(*many)}
    assert said["1,502 entries"] == "error"
    assert said["1,501 roles"] == "warning"
    assert [one.severity for one in found(*many[:1199])] == ["warning"]
    assert [(one.used, one.limit) for one in budgets(many)[:2]] == [(1501, 1200), (1501, 1500)]


def test_an_empty_list_uses_no_room():
    assert [one.used for one in budgets(())][:3] == [0, 0, 0]
    assert pairs_that_fit(()) == 0


@pytest.mark.parametrize("number", [1, 50, 250])
def test_the_estimate_of_characters_is_near_what_the_mock_sends(number: int):
    roles = [role(f"role-{one:04d}-with-a-name") for one in range(number)]
    scenario = demo_scenario()
    user = "britta@contoso.com"
    app = scenario.apps[0].model_copy(
        update={
            "roles": tuple(model.AppRole(name=str(place), value=one.value) for place, one in enumerate(roles)),
            "assignments": tuple(model.Assignment(to=user, role=str(place)) for place in range(number)),
        }
    )
    idp = EntraIdp(scenario.model_copy(update={"apps": (app,)}), KeyStore())
    sent = len(idp.respond(user, datetime(2026, 11, 1, tzinfo=UTC)).base64)
    assert abs(characters(roles) - sent) <= sent * 0.05
