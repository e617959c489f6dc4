"""Real exports become a scenario: the same people get the same answers, and what is missing or wrong is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.entra.idp import EntraIdp
from harness.errors import BadScenario, UnreadableInput
from harness.preflight import sheet, world_of
from harness.scenario.exports import read_export
from harness.scenario.from_export import import_export
from harness.scenario.load import parse_scenario
from harness.scenario.model import Scenario
from tests.preflight.test_faults import rolled_on_one_side
from tests.preflight.worlds import NOW, data, keys, outcomes
from tests.scenario.exporting import export, write


def exported(folder: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
    declared = data()
    change(declared)
    return export(EntraIdp(Scenario.model_validate(declared), keys()), folder / "export", NOW)


def imported(folder: Path, old: Scenario | None = None) -> tuple[Scenario, list[str]]:
    made = import_export(read_export(folder), "imported", folder.parent, old)
    return parse_scenario(made.text, "imported"), made.notes


def failing(scenario: Scenario, folder: Path) -> dict[str, str]:
    return outcomes(sheet(world_of(scenario, NOW, directory=folder)))


def test_a_company_that_was_exported_signs_in_as_before(tmp_path: Path):
    scenario, notes = imported(exported(tmp_path))
    assert failing(scenario, tmp_path) == {
        "sign-ins::AWS/guest_fabrikam.com#EXT#@contoso.onmicrosoft.com": "fail",
        "sign-ins::AWS/noah@contoso.com": "fail",
    }
    assert scenario.tenant_id == Scenario.model_validate(data()).tenant_id
    assert scenario.tenant.domains == ("contoso.com", "contoso.onmicrosoft.com")
    assert [account.alias for account in scenario.accounts] == ["contoso-prod", "contoso-dev"]
    assert [len(account.roles) for account in scenario.accounts] == [2, 2]
    assert notes == [
        "account 111122223333: 1 role trusts no SAML provider; left out.",
        "account 444455556666: 1 role trusts no SAML provider; left out.",
        "app AWS: claims are not exported; it has the tutorial's three.",
    ]


def test_which_certificates_an_account_holds_is_read_from_its_metadata(tmp_path: Path):
    scenario, _ = imported(exported(tmp_path, rolled_on_one_side))
    told = failing(scenario, tmp_path)
    assert told["metadata::111122223333/WAAD/signing-key"] == "fail"
    assert "metadata::444455556666/WAAD/signing-key" not in told
    assert sorted(one.active for one in scenario.apps[0].certificates) == [False, True]


def test_a_document_of_somebody_else_is_kept_as_it_is(tmp_path: Path):
    folder = exported(tmp_path)
    other = EntraIdp(Scenario.model_validate(data() | {"name": "other"}))
    document = other.federation_metadata(NOW, app="AWS", bom=False).decode()
    write(folder / "aws" / "111122223333" / "saml-provider-WAAD.json", {"SAMLMetadataDocument": document})
    scenario, notes = imported(folder)
    assert scenario.accounts[0].saml_providers[0].metadata == "export/aws/111122223333/saml-provider-WAAD.json"
    assert any("holds none of the app's certificates, but" in note for note in notes)
    britta = [
        entry for _, entry in sheet(world_of(scenario, NOW, directory=tmp_path)).entries if "britta" in entry.name
    ]
    assert "STS says: Issuer not present in specified provider" in britta[0].said


def test_a_refresh_keeps_what_no_export_holds(tmp_path: Path):
    folder = exported(tmp_path)
    scenario, _ = imported(folder)
    claim = {"name": "Role", "namespace": "https://aws.amazon.com/SAML/Attributes", "source": "user.assignedroles"}
    changed = scenario.model_dump(mode="json", exclude_none=True)
    changed["apps"][0] |= {"claims": [claim], "token_lifetime": 7200}
    again, notes = imported(folder, Scenario.model_validate(changed))
    assert [one.name for one in again.apps[0].claims] == ["Role"]
    assert again.apps[0].token_lifetime == 7200
    assert "app AWS: kept from the file before: claims, token_lifetime." in notes


def test_nested_groups_and_object_ids_are_taken_over(tmp_path: Path):
    def change(of: dict[str, Any]) -> None:
        of["users"].append({"upn": "nina@contoso.com", "display_name": "Nina"})
        of["groups"].append({"name": "inner", "members": ["nina@contoso.com"]})
        of["groups"][0]["members"].append("inner")

    scenario, _ = imported(exported(tmp_path, change))
    groups = {group.name: group.members for group in scenario.groups}
    assert groups["contoso-prod-aws-admin"] == ("britta@contoso.com", "inner")
    assert groups["inner"] == ("nina@contoso.com",)


Edit = Callable[[Path], None]


def edit(path: str, change: Callable[[Any], Any]) -> Edit:
    def apply(folder: Path) -> None:
        [found] = folder.glob(path)
        told = json.loads(found.read_text())
        write(found, change(told) or told)

    return apply


def text(path: str, content: str) -> Edit:
    return lambda folder: (folder / path).write_text(content, "utf-8") and None


def truncated(told: dict[str, Any]) -> None:
    told["IsTruncated"] = True


def next_page(told: dict[str, Any]) -> None:
    told["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/users?$skiptoken=x"


def stranger(told: dict[str, Any]) -> None:
    told["value"][0]["principalId"] = "99999999-0000-0000-0000-000000000000"


def other_role(told: dict[str, Any]) -> None:
    told["value"][0]["appRoleId"] = "99999999-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(text("entra/AWS.json", "{"), "entra/AWS.json: not JSON", id="cut off"),
        pytest.param(text("entra/AWS.xml", "<x/>"), "entra/AWS.xml", id="no metadata"),
        pytest.param(edit("aws/111122223333/roles.json", truncated), "roles.json: is cut off", id="AWS page"),
        pytest.param(edit("entra/users.json", next_page), "users.json: names another page", id="Graph page"),
        pytest.param(edit("entra/AWS-assigned.json", stranger),
                     "AWS-assigned.json[0]: no user or group 99999999-0000-0000-0000-000000000000", id="unknown user"),
        pytest.param(edit("entra/AWS-assigned.json", other_role),
                     "AWS-assigned.json[0]: the app has no role 99999999-0000-0000-0000-000000000000",
                     id="unknown role"),
        pytest.param(edit("entra/AWS.json", lambda told: {**told, "appRoles": [1]}), "appRoles[0]: not an object",
                     id="no app role"),
        pytest.param(edit("entra/AWS.json", lambda told: {**told, "displayName": 7}), "displayName is no text",
                     id="type"),
        pytest.param(edit("entra/AWS.json", lambda told: {**told, "samlSingleSignOnSettings": {"relayState": [None]}}),
                     "AWS.json[0]: samlSingleSignOnSettings: relayState is no text", id="relay state"),
        pytest.param(edit("entra/AWS.json", lambda told: {**told, "samlSingleSignOnSettings": "x"}),
                     "AWS.json[0]: samlSingleSignOnSettings is no object", id="settings"),
        pytest.param(edit("entra/AWS.json", lambda told: {**told, "servicePrincipalNames": ["x", "\ud800"]}),
                     "AWS.json: servicePrincipalNames[1]: half of a surrogate pair", id="surrogate"),
        pytest.param(edit("entra/users.json", lambda told: {**told, "\udfff": 1}),
                     "users.json: (a key): half of a surrogate pair", id="surrogate in a key"),
        pytest.param(edit("aws/111122223333/saml-provider-WAAD.json", lambda _: {"SAMLMetadataDocument": "\ud800"}),
                     "saml-provider-WAAD.json: SAMLMetadataDocument: half of a surrogate pair", id="document"),
        pytest.param(edit("aws/111122223333/aliases.json", lambda _: {"AccountAliases": [None]}),
                     "aliases.json: AccountAliases holds what is no text", id="alias"),
        pytest.param(edit("entra/users.json", lambda _: {"value": [{"userPrincipalName": "a@b.c"}]}), "has no id",
                     id="selected fields"),
        pytest.param(edit("aws/111122223333/providers.json", lambda _: {"SAMLProviderList": [{"Arn": "arn:aws"}]}),
                     "is no SAML provider of account 111122223333", id="another account"),
        pytest.param(lambda folder: (folder / "aws" / "111122223333").rename(folder / "aws" / "prod") and None,
                     "of which AWS account? Put it into a folder named by the account's 12 digits", id="no account"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_file_and_cure(change: Edit, said: str, tmp_path: Path):
    folder = exported(tmp_path)
    change(folder)
    with pytest.raises((UnreadableInput, BadScenario)) as raised:
        imported(folder)
    assert said in str(raised.value)


def test_what_was_saved_twice_is_there_once(tmp_path: Path):
    folder = exported(tmp_path)
    before, _ = imported(folder)
    for name in (
        "entra/AWS",
        "entra/AWS-assigned",
        "entra/users",
        "aws/111122223333/roles",
        "aws/111122223333/aliases",
    ):
        (folder / f"{name}-again.json").write_bytes((folder / f"{name}.json").read_bytes())
    assert imported(folder)[0] == before


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("aws/111122223333/aliases", lambda _: {"AccountAliases": ["other"]},
         r"aliases\.json: the alias is contoso-prod, and in .*aliases-2\.json other; keep the newer"),
        ("entra/users", lambda told: {"value": [{**told["value"][0], "userPrincipalName": "x@contoso.com"}]},
         r"users\.json\[0\]: userPrincipalName of .* is another in .*users-2\.json\[0\]; keep the newer"),
        ("aws/111122223333/roles", lambda told: {"Roles": [{**told["Roles"][0], "MaxSessionDuration": 7200}]},
         r"roles\.json: Roles\[0\]: MaxSessionDuration of arn:.* is another in .*roles-2\.json"),
    ],
)  # fmt: skip
def test_two_files_that_contradict_each_other_are_both_named(
    name: str, change: Callable[[Any], Any], said: str, tmp_path: Path
):
    folder = exported(tmp_path)
    write(folder / f"{name}-2.json", change(json.loads((folder / f"{name}.json").read_text())))
    with pytest.raises(UnreadableInput, match=said):
        read_export(folder)


def test_an_empty_folder_is_refused_with_the_page_that_helps(tmp_path: Path):
    with pytest.raises(UnreadableInput, match=r"holds no service principal and no AWS account; docs/exports\.md"):
        read_export(tmp_path)
    with pytest.raises(UnreadableInput, match="not a folder"):
        read_export(tmp_path / "nothing")


def test_a_file_that_is_none_of_them_is_told_and_left_out(tmp_path: Path):
    folder = exported(tmp_path)
    write(folder / "package.json", {"name": "x"})
    _, notes = imported(folder)
    assert any("package.json: neither service principal, assignments, users, groups nor" in note for note in notes)


def test_pages_of_a_long_list_are_put_together(tmp_path: Path):
    folder = exported(tmp_path)
    users = json.loads((folder / "entra" / "users.json").read_text())["value"]
    write(folder / "entra" / "users.json", {"value": users[:2], "@odata.nextLink": "https://graph.microsoft.com/x"})
    write(folder / "entra" / "users-2.json", {"value": users[2:]})
    scenario, _ = imported(folder)
    assert len(scenario.users) == 4
