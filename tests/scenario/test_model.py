"""What a scenario leaves out is derived from it, so that the same file is always the same world."""

import copy
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.aws.from_scenario import aws_from_scenario
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.errors import UnreadableInput
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import Account, Claim, Role
from harness.world import aws_of
from tests.entra.worlds import NOW
from tests.scenario.test_load import GOOD

FILED = GOOD.replace('app = "AWS"\n', 'metadata = "held/metadata.xml"\n')


def test_derived_identifiers_never_change():
    """Literals: what one run prints, the next must print as well."""
    demo = demo_scenario()
    assert demo.tenant_id == "5c8f22c0-6a66-537d-8485-6d20124ca763"
    assert demo.guid("user", "britta@contoso.com") == "b118874b-76c2-5b23-b116-afdb8c591f9a"
    assert demo.guid("app", "AWS") == "2fb758cc-e8dc-56d8-934f-e86a33940da5"


def test_derived_identifiers_differ_by_scenario_kind_and_name():
    one, other = parse_scenario(GOOD, "x"), parse_scenario(GOOD.replace('"contoso"', '"fabrikam"'), "x")
    found = [one.tenant_id, other.tenant_id, one.guid("user", "a"), one.guid("app", "a"), one.guid("user", "b")]
    assert len(set(found)) == 5


def test_a_given_identifier_wins():
    assert (
        demo_scenario().guid("user", "x", "bbbbbbbb-0000-4000-8000-000000000001")
        == "bbbbbbbb-0000-4000-8000-000000000001"
    )


def test_a_scenario_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        demo_scenario().name = "other"


@pytest.mark.parametrize(
    ("namespace", "full"),
    [("", "Role"), ("https://aws.amazon.com", "https://aws.amazon.com/Role"), ("x/", "x//Role")],
)
def test_a_claims_full_name_always_has_a_slash_between(namespace: str, full: str):
    assert Claim(name="Role", namespace=namespace, value="x").full_name == full


def test_arns_hold_partition_and_path():
    account = Account(id="111122223333", partition="aws-cn")
    role = Role(name="Admin", path="/team/blue/", trust_policy="{}")
    assert account.role_arn(role) == "arn:aws-cn:iam::111122223333:role/team/blue/Admin"
    assert account.provider_arn("Entra") == "arn:aws-cn:iam::111122223333:saml-provider/Entra"


@pytest.mark.parametrize(("upn", "guest"), [("ada@contoso.com", False), ("ada_x.example#EXT#@contoso.com", True)])
def test_a_guest_is_known_by_the_name(upn: str, guest: bool):
    scenario = parse_scenario(
        GOOD.replace("[[groups]]", f'[[users]]\nupn = "{upn.replace("ada@", "bob@")}"\n[[groups]]'), "x"
    )
    assert scenario.users[-1].guest is guest


def test_claims_default_to_those_of_the_gallery_app():
    app = demo_scenario().apps[0]
    assert [claim.full_name.rpartition("/")[2] for claim in app.claims] == [
        "Role",
        "RoleSessionName",
        "SessionDuration",
    ]
    assert app.identifiers == app.reply_urls == ("https://signin.aws.amazon.com/saml",)


def test_a_role_that_trusts_a_provider_has_the_policy_of_the_console():
    scenario = parse_scenario(GOOD, "x")
    idp = EntraIdp(scenario, KeyStore())
    aws = aws_of(idp, NOW)
    assert aws.declared
    assert aws.roles["arn:aws:iam::111122223333:role/Admin"].trust_policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/Entra"},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }


def test_metadata_files_stand_beside_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir("/")
    scenario = parse_scenario(FILED, "x")
    idp = EntraIdp(scenario, KeyStore())
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "metadata.xml").write_bytes(idp.federation_metadata(NOW))
    aws = aws_of(idp, NOW, tmp_path)
    assert aws.documents[0].entity_ids == (idp.issuer,)


def test_a_metadata_file_that_is_missing_or_none_is_named(tmp_path: Path):
    scenario = parse_scenario(FILED, "x")
    idp = EntraIdp(scenario, KeyStore())
    with pytest.raises(UnreadableInput, match=r"held/metadata\.xml: No such file"):
        aws_of(idp, NOW, tmp_path)
    with pytest.raises(UnreadableInput, match="metadata of 111122223333/Entra: not readable as metadata"):
        aws_from_scenario(scenario, lambda _: b"no metadata")


def test_a_provider_holds_the_certificates_that_were_uploaded():
    dates = "not_before = 2026-06-01T00:00:00Z\nnot_after = 2028-01-01T00:00:00Z"
    text = GOOD.replace("[[apps.roles]]", f'[[apps.certificates]]\nname = "2027"\n{dates}\n[[apps.roles]]', 1)
    every = parse_scenario(text, "x")
    one = parse_scenario(text.replace('app = "AWS"', 'app = "AWS"\ncertificates = ["2027"]'), "x")
    keys = KeyStore()
    assert len(aws_of(EntraIdp(every, keys), NOW).documents[0].keys) == 2
    (held,) = aws_of(EntraIdp(one, keys), NOW).documents[0].keys
    assert held.not_after.year == 2028


def test_what_was_worked_out_of_a_table_does_not_go_along_with_a_copy():
    app = demo_scenario().apps[0]
    held = app.held
    assert held
    assert app.model_copy(update={"assignments": ()}).held == {}
    assert app.model_copy(update={"assignments": ()}, deep=True).held == {}
    assert "held" not in copy.deepcopy(app).__dict__
    assert {name for name, _ in app} == set(type(app).model_fields)
    assert app.model_dump() == demo_scenario().apps[0].model_dump()
    assert app == demo_scenario().apps[0]
    assert app.held is held
