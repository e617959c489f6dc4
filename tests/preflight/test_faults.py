"""Each way in which the two sides can part, and the check that says so."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.entra.directory import assigned_roles
from harness.errors import UnreadableInput
from harness.report.model import Outcome
from tests.preflight.worlds import (
    ADELE,
    ADMIN,
    BRITTA,
    NOW,
    READER,
    Change,
    Data,
    codes,
    entry,
    judged,
    keys,
    outcomes,
    role,
    world,
)

PROVIDER = "arn:aws:iam::111122223333:saml-provider/WAAD"
GUEST, NOAH = "AWS/guest_fabrikam.com#EXT#@contoso.onmicrosoft.com", "AWS/noah@contoso.com"
ALWAYS = {f"sign-ins::{GUEST}": "fail", f"sign-ins::{NOAH}": "fail"}
"""The built-in company has a guest whose name AWS refuses, and a user without a role."""


def policy(action: str = "sts:AssumeRoleWithSAML", principal: str = PROVIDER, **condition: object) -> str:
    statement = {"Effect": "Allow", "Principal": {"Federated": principal}, "Action": action, "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


AUD = {"SAML:aud": "https://signin.aws.amazon.com/saml"}


def with_policy(text: str) -> Change:
    def change(of: Data) -> None:
        role(of).pop("trusts")
        role(of)["trust_policy"] = text

    return change


def test_the_built_in_company_is_well_but_for_a_guest_and_a_user_without_role():
    found = judged()
    assert outcomes(found) == ALWAYS
    assert found.exit_code == 1
    assert found.verdict == "2 of 4 sign-ins will work. 2 checks failed."
    assert [section.name for section in found.sections] == [
        "certificates",
        "metadata",
        "app-roles",
        "claims",
        "role-pairs",
        "sign-ins",
    ]


def test_a_world_in_which_nothing_breaks_says_so():
    def change(of: Data) -> None:
        of["users"] = [one for one in of["users"] if one["upn"] in ("britta@contoso.com", "adele@contoso.com")]
        of["apps"][0]["assignments"] = [one for one in of["apps"][0]["assignments"] if "noah" not in one["to"]]
        for group in of["groups"]:
            group["members"] = [one for one in group["members"] if "#EXT#" not in one]

    found = judged(change)
    assert (outcomes(found), found.exit_code) == ({}, 0)
    assert found.verdict == "2 of 2 sign-ins will work. Nothing will break."


def gone(of: Data) -> None:
    of["accounts"][0]["roles"].pop(0)


def renamed(of: Data) -> None:
    of["accounts"][0]["saml_providers"][0]["name"] = "Waad"
    for one in of["accounts"][0]["roles"]:
        one["trusts"] = ["Waad"]


def stranger(of: Data) -> None:
    of["accounts"][0]["saml_providers"].append({"name": "Other", "app": "AWS"})
    role(of)["trusts"] = ["Other"]


def long_session(of: Data) -> None:
    of["apps"][0]["claims"] = [
        {"name": "Role", "namespace": "https://aws.amazon.com/SAML/Attributes", "source": "user.assignedroles"},
        {"name": "RoleSessionName", "namespace": "https://aws.amazon.com/SAML/Attributes", "source": "user.mail"},
        {"name": "SessionDuration", "namespace": "https://aws.amazon.com/SAML/Attributes", "value": "7200"},
    ]
    for one in (one for account in of["accounts"] for one in account["roles"]):
        one["max_session_duration"] = 7200
    role(of)["max_session_duration"] = 3600


def not_a_pair(of: Data) -> None:
    one = of["apps"][0]["roles"][1]
    one["value"] = one["value"].partition(",")[0]


DENIED = "STS says: Not authorized to perform sts:AssumeRoleWithSAML"


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        pytest.param(gone, "TRU002", DENIED, id="the role is gone"),
        pytest.param(renamed, "TRU001", "STS says: Specified provider doesn't exist", id="the provider's name differs"),
        pytest.param(stranger, "TRU003", DENIED, id="the role trusts another provider"),
        pytest.param(
            with_policy(policy(StringEquals={"SAML:aud": "https://elsewhere.example/"})), "TRU003", DENIED,
            id="the trust policy wants another audience",
        ),
        pytest.param(with_policy(policy("sts:AssumeRole", StringEquals=AUD)), "TRU003", DENIED, id="another action"),
        pytest.param(long_session, "TRU004", "", id="the session is longer than the role allows"),
    ],
)  # fmt: skip
def test_a_role_that_cannot_be_assumed_fails_and_so_do_its_holders(change: Change, code: str, said: str):
    of = world(change)
    pair = entry(of, "role-pairs", ADMIN)
    assert pair.outcome is Outcome.FAIL
    assert code in codes(pair)
    assert pair.said.partition(" (Service")[0] == said or not said
    assert entry(of, "role-pairs", "444455556666/contoso-dev-devops-user").outcome is Outcome.PASS
    britta = entry(of, "sign-ins", BRITTA)
    assert britta.outcome is Outcome.FAIL
    if code != "TRU004":  # the console session is what the page makes of it; STS is not asked for its length
        assert f"not offered: {ADMIN}" in britta.said


def test_a_value_that_is_no_pair_fails_under_the_name_of_its_app_role():
    of = world(not_a_pair)
    pair = entry(of, "role-pairs", "contoso-prod-aws-admin,WAAD")
    assert pair.outcome is Outcome.FAIL
    assert codes(pair) == {"AWS005"}
    assert [one.where for one in pair.findings] == ["app role contoso-prod-aws-admin,WAAD"]


def test_a_condition_on_who_signs_in_is_judged_for_somebody_who_holds_the_role():
    condition = {"StringEquals": AUD | {"SAML:sub": "britta@contoso.com"}}
    of = world(with_policy(policy(**condition)))
    assert entry(of, "role-pairs", ADMIN).outcome is Outcome.PASS
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.PASS

    def nobody_he_knows(of: Data) -> None:
        with_policy(policy(StringEquals=AUD | {"SAML:sub": "somebody@contoso.com"}))(of)

    of = world(nobody_he_knows)
    assert codes(entry(of, "role-pairs", ADMIN)) == {"TRU003"}
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.FAIL
    assert entry(of, "sign-ins", ADELE).outcome is Outcome.PASS


def test_what_cannot_be_told_is_skipped_and_never_well():
    condition = {"StringEquals": AUD, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    found = judged(with_policy(policy(**condition)))
    told = outcomes(found)
    assert told == ALWAYS | {f"sign-ins::{BRITTA}": "skip"}
    pair = entry(world(with_policy(policy(**condition))), "role-pairs", ADMIN)
    assert (pair.outcome, codes(pair)) == (Outcome.PASS, {"TRU008"})
    assert "what STS says is not known" in entry(world(with_policy(policy(**condition))), "sign-ins", BRITTA).said


def test_a_policy_without_audience_is_a_warning():
    pair = entry(world(with_policy(policy())), "role-pairs", ADMIN)
    assert (pair.outcome, codes(pair)) == (Outcome.PASS, {"TRU007"})


@pytest.mark.parametrize(
    ("length", "outcome", "code"), [(239, "pass", None), (240, "pass", "AWS012"), (250, "fail", "APP009")]
)
def test_the_length_of_a_pair_is_judged(length: int, outcome: str, code: str | None):
    def change(of: Data) -> None:
        one = of["apps"][0]["roles"][1]
        path = "/" + "p" * (length - len(one["value"].replace(",", ""))) + "/"
        path = path[:-2] + "/"
        one["value"] = one["value"].replace(":role/", f":role{path}")
        role(of)["path"] = path
        assert len(one["value"]) == length + 1

    pair = entry(
        world(change), "role-pairs", next(name for name in names(change) if name.endswith("contoso-prod-aws-admin"))
    )
    assert pair.outcome.value == outcome
    assert code is None or code in codes(pair)


def names(change: Change) -> list[str]:
    from harness.preflight import plan

    return [one.name for part in plan(world(change)) if part.name == "role-pairs" for one in part.checks]


def test_one_role_in_two_apps_has_two_names():
    def change(of: Data) -> None:
        again = {**of["apps"][0], "name": "AWS 2", "identifiers": ["https://signin.aws.amazon.com/saml#2"]}
        of["apps"].append(again)

    assert [one for one in names(change) if one.startswith(ADMIN)] == [
        f"{ADMIN} via WAAD in AWS",
        f"{ADMIN} via WAAD in AWS 2",
    ]


# Metadata and certificates


def rolled_on_one_side(of: Data) -> None:
    old = of["apps"][0]["certificates"][0]
    old["active"] = False
    new = {**old, "name": "2027", "not_before": datetime(2026, 11, 1, tzinfo=UTC), "active": True}
    of["apps"][0]["certificates"].append(new)
    of["accounts"][0]["saml_providers"][0]["certificates"] = ["2026"]


def test_a_certificate_rolled_on_one_side_fails_where_the_metadata_is_old():
    of = world(rolled_on_one_side)
    old, new = (entry(of, "metadata", f"{account}/WAAD/signing-key") for account in ("111122223333", "444455556666"))
    assert (old.outcome, new.outcome) == (Outcome.FAIL, Outcome.PASS)
    assert codes(old) == {"MET013"}
    assert old.findings[0].got.startswith("AWS signs with 2027, ")
    britta = entry(of, "sign-ins", BRITTA)
    assert "STS says: Response signature invalid" in britta.said
    assert "the sign-in page says: " not in britta.said  # the other account's roles open it
    assert entry(of, "role-pairs", ADMIN).outcome is Outcome.PASS, "the pair itself is right"


@pytest.mark.parametrize(
    ("left", "code", "outcome"),
    [(-1, "CRT001", "fail"), (5, "CRT002", "pass"), (45, "CRT003", "pass"), (70, None, "pass")],
)
def test_the_end_of_the_certificate_that_signs_is_told(left: int, code: str | None, outcome: str):
    end = datetime(2029, 1, 15, 7, 2, 19, tzinfo=UTC)
    one = entry(world(now=end - timedelta(days=left)), "certificates", "AWS/2026")
    assert (one.outcome.value, codes(one)) == (outcome, {code} - {None})
    assert one.said == "signs, 2026-01-15 to 2029-01-15"


def test_a_certificate_that_does_not_sign_is_told_and_not_judged():
    of = world(rolled_on_one_side)
    assert entry(of, "certificates", "AWS/2026").said == "inactive, 2026-01-15 to 2029-01-15"
    assert entry(of, "certificates", "AWS/2027").said == "signs, 2026-11-01 to 2029-01-15"


def test_metadata_of_a_file_is_read_beside_the_scenario(tmp_path: Path):
    def change(of: Data) -> None:
        provider = of["accounts"][0]["saml_providers"][0]
        provider.pop("app")
        provider["metadata"] = "held.xml"

    with pytest.raises(UnreadableInput, match=r"held\.xml: No such file"):
        world(change, directory=tmp_path)
    (tmp_path / "held.xml").write_bytes(world().idp.federation_metadata(NOW, app="AWS", bom=True))
    of = world(change, directory=tmp_path)
    assert entry(of, "metadata", "111122223333/WAAD/signing-key").outcome is Outcome.PASS
    assert codes(entry(of, "metadata", "111122223333/WAAD/document")) == {"MET001"}
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.PASS


def test_a_provider_that_no_app_role_names_is_skipped():
    one = entry(world(stranger), "metadata", "111122223333/Other/signing-key")
    assert (one.outcome, one.said) == (Outcome.SKIP, "no app role names this provider")


def test_an_app_without_certificate_signs_nobody_in():
    def change(of: Data) -> None:
        of["apps"].append({"name": "Bare", "roles": of["apps"][0]["roles"], "assignments": [
            {"to": "adele@contoso.com", "role": "contoso-prod-read-only-user,WAAD"}]})  # fmt: skip

    of = world(change)
    assert entry(of, "sign-ins", "Bare/adele@contoso.com").said.startswith("Entra refuses: AADSTS")
    assert entry(of, "claims", "Bare").outcome is Outcome.FAIL
    assert entry(of, "role-pairs", f"{READER} via WAAD in Bare").outcome is Outcome.FAIL


# Claims, lists, people


def test_a_claim_of_the_wrong_case_is_told_once_and_breaks_everybody():
    def change(of: Data) -> None:
        long_session(of)
        of["apps"][0]["claims"][0]["name"] = "role"

    of = world(change)
    assert "AWS004" in codes(entry(of, "claims", "AWS"))
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.FAIL
    assert entry(of, "sign-ins", ADELE).outcome is Outcome.FAIL


def test_the_list_of_app_roles_is_judged_as_graph_would():
    def change(of: Data) -> None:
        of["apps"][0]["roles"] = of["apps"][0]["roles"][1:]
        of["apps"][0]["assignments"] = of["apps"][0]["assignments"][:4]

    one = entry(world(change), "app-roles", "AWS")
    assert (one.outcome, codes(one)) == (Outcome.FAIL, {"APP019"})
    assert one.said.splitlines()[0] == "4 of 1,200 entries of the manifest"


def test_a_nested_group_gives_nothing_and_is_told():
    def change(of: Data) -> None:
        of["users"].append({"upn": "nina@contoso.com"})
        of["groups"].append({"name": "inner", "members": ["nina@contoso.com"]})
        of["groups"][0]["members"].append("inner")

    of = world(change)
    one = entry(of, "nested-groups", "AWS/contoso-prod-aws-admin")
    assert (one.outcome, codes(one)) == (Outcome.PASS, {"APP023"})
    assert one.findings[0].got == "nina@contoso.com gets nothing"
    assert "AWS/nina@contoso.com" not in [one.name for section in judged(change).sections for one in section.entries]


def test_too_many_roles_for_one_assertion_fail_by_size():
    def change(of: Data) -> None:
        account = of["accounts"][0]
        start = "arn:aws:iam::111122223333:role"
        for number in range(400):
            account["roles"].append({"name": f"r{number:03}", "path": "/team/of/everybody/", "trusts": ["WAAD"]})
            value = f"{start}/team/of/everybody/r{number:03},{PROVIDER}"
            of["apps"][0]["roles"].append({"name": f"r{number:03}", "value": value})
            of["apps"][0]["assignments"].append({"to": "adele@contoso.com", "role": f"r{number:03}"})

    of = world(change)
    adele = entry(of, "sign-ins", ADELE)
    assert adele.outcome is Outcome.FAIL
    assert codes(adele) == {"AWS019", "AWS020"}
    assert entry(of, "role-pairs", "111122223333/team/of/everybody/r399").outcome is Outcome.PASS
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.PASS


def test_an_app_that_encrypts_is_skipped_with_the_reason():
    app = world().scenario.apps[0]
    certificate = keys().certificate(app, app.certificates[0])

    def change(of: Data) -> None:
        of["apps"][0]["encryption_certificate"] = certificate.base64

    one = entry(world(change), "sign-ins", BRITTA)
    assert (one.outcome, one.said) == (
        Outcome.SKIP,
        "the assertions of this app are encrypted, and the key that opens them is not here",
    )


def test_who_holds_what_is_what_entra_says():
    """The index of assignments is a quicker way to the same answer, by names and by object ids."""

    def change(of: Data) -> None:
        of["users"][1]["object_id"] = "11111111-2222-3333-4444-555555555555"
        of["groups"][0]["object_id"] = "11111111-2222-3333-4444-666666666666"
        of["groups"][1]["members"] = ["11111111-2222-3333-4444-555555555555"]
        of["apps"][0]["assignments"][0]["to"] = "11111111-2222-3333-4444-666666666666"
        of["apps"][0]["roles"][2]["id"] = "11111111-2222-3333-4444-777777777777"
        of["apps"][0]["assignments"][1]["role"] = "11111111-2222-3333-4444-777777777777"

    of = world(change)
    for user in of.scenario.users:
        for app in of.apps:
            assert of.roles_held(app, user) == [*assigned_roles(of.scenario, app, user)]
    assert entry(of, "sign-ins", ADELE).outcome is Outcome.PASS
    assert entry(of, "sign-ins", BRITTA).outcome is Outcome.PASS
