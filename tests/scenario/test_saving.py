"""A saved scenario reads back as the same, whatever it holds."""

from __future__ import annotations

import pytest

from harness.errors import BadScenario
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import Scenario
from harness.scenario.saving import changes_since, scenario_text

EVERYTHING = """
version = 1
name = "everything"
[tenant]
id = "00000000-0000-4000-8000-000000000001"
display_name = "Größe & Söhne \\"x\\" \\\\"
domains = ["one.example", "two.example"]
[[claims_policies]]
name = "policy"
definition = '{"ClaimsMappingPolicy": {"Version": 1}}'
[[users]]
upn = "a@one.example"
object_id = "00000000-0000-4000-8000-000000000002"
attributes = { department = "R&D", extensionattribute1 = "x" }
[[users]]
upn = "b@one.example"
home_tenant = "00000000-0000-4000-8000-000000000003"
[[groups]]
name = "g"
members = ["a@one.example"]
[[apps]]
name = "AWS"
identifiers = ["https://signin.aws.amazon.com/saml#2"]
relay_state = "https://console.aws.amazon.com/"
claims_policy = "policy"
session_control = true
notification_emails = ["ops@one.example"]
group_claim = { which = "assigned", as_roles = true }
name_id = { source = "user.mail", format = "persistent", transformations = [{ method = "ExtractMailPrefix" }] }
[[apps.certificates]]
name = "one"
not_before = 2026-01-01T00:00:00.5+01:00
not_after = 2027-01-01T00:00:00Z
active = true
[[apps.roles]]
name = "r"
value = "arn:aws:iam::111122223333:role/r,arn:aws:iam::111122223333:saml-provider/P"
enabled = false
[[apps.assignments]]
to = "g"
role = "r"
[[apps.claims]]
name = "Role"
namespace = "https://aws.amazon.com/SAML/Attributes"
source = "user.assignedroles"
conditions = [{ users = "guests", groups = ["g"], value = "x" }]
[[apps.claims]]
name = "RoleSessionName"
transformations = [{ method = "Join", input = "user.givenname", value = ".", input2 = "user.surname" }]
[[accounts]]
id = "111122223333"
partition = "aws-us-gov"
alias = "one-alias"
[[accounts.saml_providers]]
name = "P"
app = "AWS"
certificates = ["one"]
encryption_required = true
tags = { team = "identity" }
[[accounts.saml_providers]]
name = "Q"
metadata = "other.xml"
[[accounts.roles]]
name = "r"
path = "/team/x/"
max_session_duration = 7200
trusts = ["P", "Q"]
tags = { a = "b" }
[[accounts.roles]]
name = "own"
trust_policy = '{"Version": "2012-10-17", "Statement": []}'
"""


def test_the_built_in_company_reads_back_as_the_same() -> None:
    demo = demo_scenario()
    assert parse_scenario(scenario_text(demo), "demo") == demo


def test_a_scenario_with_a_value_in_every_table_reads_back_as_the_same() -> None:
    scenario = parse_scenario(EVERYTHING, "everything")
    assert parse_scenario(scenario_text(scenario), "again") == scenario


def test_texts_that_toml_must_escape_are_kept() -> None:
    document = '<a b="1">\r\n\t\u00e9\\n """ \u202e</a>'
    demo = demo_scenario()
    account = demo.accounts[0]
    provider = account.saml_providers[0].model_copy(update={"app": None, "metadata_document": document})
    changed = account.model_copy(update={"saml_providers": (provider,)})
    scenario = demo.model_copy(update={"accounts": (changed, *demo.accounts[1:])})
    again = parse_scenario(scenario_text(scenario), "again")
    assert again.accounts[0].saml_providers[0].metadata_document == document
    assert again == scenario


def test_what_has_its_default_is_left_out() -> None:
    text = scenario_text(demo_scenario())
    assert "token_lifetime" not in text
    assert "claims" not in text


def test_nothing_changed_is_no_line() -> None:
    assert changes_since(demo_scenario(), demo_scenario()) == []


def test_a_change_is_told_as_a_diff_from_the_start() -> None:
    demo = demo_scenario()
    now = demo.model_copy(update={"users": demo.users[:-1]})
    lines = changes_since(demo, _without_assignment(now, "noah@contoso.com"))
    assert lines[:2] == ["--- at the start", "+++ now"]
    assert '-upn = "noah@contoso.com"' in lines


def test_a_world_that_no_file_can_say_is_refused_with_its_places() -> None:
    demo = demo_scenario()
    broken = demo.model_copy(update={"users": demo.users[1:]})
    with pytest.raises(BadScenario, match=r"no user or group 'britta@contoso.com'"):
        scenario_text(broken)


def _without_assignment(scenario: Scenario, upn: str) -> Scenario:
    (app,) = scenario.apps
    kept = tuple(one for one in app.assignments if one.to != upn)
    return scenario.model_copy(update={"apps": (app.model_copy(update={"assignments": kept}),)})
