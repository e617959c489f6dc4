"""IAM over HTTP, driven by boto3: what is recorded of the real service, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.conftest import NOW, PROD, Refusal, World

ARN = f"arn:aws:iam::{PROD}:saml-provider/WAAD"
MISSING = f"arn:aws:iam::{PROD}:saml-provider/nobody"


def test_a_provider_comes_and_goes(world: World) -> None:
    iam = world.client("iam")
    document = world.idp.federation_metadata(NOW, bom=False).decode()
    arn = iam.create_saml_provider(SAMLMetadataDocument=document, Name="New")["SAMLProviderArn"]
    assert [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]] == [ARN, arn]
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]] == [ARN]


def test_tags_come_and_go(world: World) -> None:
    iam = world.client("iam")
    iam.tag_saml_provider(SAMLProviderArn=ARN, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    iam.untag_saml_provider(SAMLProviderArn=ARN, TagKeys=["b"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=ARN)["Tags"] == [{"Key": "a", "Value": "1"}]


def test_the_tutorials_role_wizard_runs(world: World) -> None:
    """A SAML role with a tag and AdministratorAccess, as the tutorial makes it."""
    iam = world.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": ARN},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }
    name = "contoso-aws-admin"
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "Azureadtest", "Value": name}]
    )["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    held = iam.get_role(RoleName=name)["Role"]
    assert held["AssumeRolePolicyDocument"] == trust
    assert (held["MaxSessionDuration"], held["Arn"]) == (7200, made["Arn"])
    assert made["Arn"] in [role["Arn"] for role in iam.list_roles()["Roles"]]
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyName"] == "AdministratorAccess"
    iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)


INVALID_TRUST = {
    "everybody": ('{"Statement":[{"Principal":"*"}]}', 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
    "every provider": (
        '{"Statement":[{"Principal":{"Federated":"*"}}]}',
        "Federated principals must be valid domain names or SAML metadata ARNs",
    ),
    "no JSON": ("{", "This policy contains invalid Json"),
    "no number": ('{"Statement":[{"Effect":NaN}]}', "This policy contains invalid Json"),
    "nothing": ("{}", "saml-harness: the trust policy has no Statement"),
    "a text for a statement": ('{"Statement":["x"]}', "saml-harness: statement 1: it is no JSON object"),
    "neither allowed nor denied": (
        '{"Statement":{"Effect":"Maybe"}}',
        "saml-harness: statement 1: its Effect is 'Maybe'",
    ),
    "a resource": (
        '{"Statement":[{"Effect":"Deny"},{"Effect":"Allow","Resource":"*"}]}',
        "saml-harness: statement 2: a trust policy has no 'Resource'",
    ),
    "another account's provider": (
        '{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::444455556666:saml-provider/WAAD"}}]}',
        "saml-harness: statement 1: arn:aws:iam::444455556666:saml-provider/WAAD is of another account; a role trusts "
        "SAML providers of its own",
    ),
}


@pytest.mark.parametrize("name", INVALID_TRUST)
def test_a_trust_policy_is_refused(world: World, refusal: Refusal, name: str) -> None:
    policy, message = INVALID_TRUST[name]
    call = world.client("iam").create_role
    refused = refusal(lambda: call(RoleName="x", AssumeRolePolicyDocument=policy))
    assert refused == ("MalformedPolicyDocument", 400, message)
    change = world.client("iam").update_assume_role_policy
    assert refusal(lambda: change(RoleName="contoso-prod-aws-admin", PolicyDocument=policy)) == refused


TAGS = {
    "no key": ([("", "x")], "ValidationError", "saml-harness: tag '': a key has 1 to 128 characters"),
    "a long key": (
        [("k" * 129, "x")],
        "ValidationError",
        f"saml-harness: tag '{'k' * 40}': a key has 1 to 128 characters",
    ),
    "a long value": (
        [("k", "x" * 257)],
        "ValidationError",
        "saml-harness: tag 'k': a value has at most 256 characters",
    ),
    "a key of AWS": (
        [("AWS:x", "x")],
        "ValidationError",
        "saml-harness: tag 'AWS:x': keys that begin with aws: are AWS's own",
    ),
    "a control character": (
        [("k", "a\x07b")],
        "ValidationError",
        "saml-harness: tag 'k': keys and values hold letters, digits, blanks and _ . : / = + - @",
    ),
    "too many": (
        [(f"k{number}", "") for number in range(51)],
        "LimitExceeded",
        "saml-harness: a role or provider has at most 50 tags",
    ),
}


@pytest.mark.parametrize("name", TAGS)
def test_a_tag_beyond_its_limits_is_refused_on_roles_and_providers(world: World, refusal: Refusal, name: str) -> None:
    pairs, code, message = TAGS[name]
    tags = [{"Key": key, "Value": value} for key, value in pairs]
    iam, expected = (
        world.client("iam", parameter_validation=False),
        (code, 409 if code == "LimitExceeded" else 400, message),
    )
    held = iam.get_role(RoleName="contoso-prod-aws-admin")["Role"]
    trust = json.dumps(held["AssumeRolePolicyDocument"])
    assert refusal(lambda: iam.tag_role(RoleName="contoso-prod-aws-admin", Tags=tags)) == expected
    assert refusal(lambda: iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust, Tags=tags)) == expected
    assert refusal(lambda: iam.tag_saml_provider(SAMLProviderArn=ARN, Tags=tags)) == expected
    assert iam.get_role(RoleName="contoso-prod-aws-admin")["Role"].get("Tags") == held.get("Tags")


def test_a_tag_at_its_limits_is_taken(world: World) -> None:
    tags = [{"Key": "é" * 128, "Value": "a b+" * 64}, {"Key": "cost:centre", "Value": ""}]
    world.client("iam").tag_role(RoleName="contoso-prod-aws-admin", Tags=tags)
    assert world.client("iam").get_role(RoleName="contoso-prod-aws-admin")["Role"]["Tags"][-2:] == tags


def test_a_description_has_a_thousand_characters_at_most(world: World, refusal: Refusal) -> None:
    iam = world.client("iam", parameter_validation=False)
    iam.update_role(RoleName="contoso-prod-aws-admin", Description="d" * 1000)
    assert refusal(lambda: iam.update_role(RoleName="contoso-prod-aws-admin", Description="d" * 1001)) == (
        "ValidationError",
        400,
        f"1 validation error detected: Value '{'d' * 100}' at 'description' failed to satisfy constraint: Member must "
        "have length less than or equal to 1000",
    )
    assert iam.get_role(RoleName="contoso-prod-aws-admin")["Role"]["Description"] == "d" * 1000


def test_an_alias_is_no_account_number(world: World, refusal: Refusal) -> None:
    iam = world.client("iam")
    assert refusal(lambda: iam.create_account_alias(AccountAlias="444455556666")) == (
        "ValidationError",
        400,
        "saml-harness: an account alias cannot be an account number",
    )
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-prod"]


def test_an_account_has_one_alias(world: World) -> None:
    iam = world.client("iam")
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-prod"]
    iam.create_account_alias(AccountAlias="contoso-live")
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-live"]


def test_an_account_sees_only_its_own(world: World, refusal: Refusal) -> None:
    other = world.client("iam", "444455556666")
    assert refusal(lambda: other.get_saml_provider(SAMLProviderArn=ARN))[0] == "NoSuchEntity"
    stranger = world.client("iam", "AKIASTRANGER")
    assert refusal(stranger.list_roles)[:2] == ("InvalidClientTokenId", 403)


def test_a_rolled_certificate_is_trusted_after_the_update(world: World, refusal: Refusal) -> None:
    """The whole point: metadata replaced over the API changes which responses are taken."""
    from harness.cli.demo import roll_certificate

    rolled = roll_certificate(world.idp, NOW)
    arguments = {"RoleArn": f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin", "PrincipalArn": ARN}
    sts, iam = world.client("sts"), world.client("iam")

    def sign_in() -> Any:
        return sts.assume_role_with_saml(**arguments, SAMLAssertion=rolled.respond("britta@contoso.com", NOW).base64)

    assert refusal(sign_in) == ("InvalidIdentityToken", 400, "Response signature invalid")
    iam.update_saml_provider(
        SAMLProviderArn=ARN, SAMLMetadataDocument=rolled.federation_metadata(NOW, bom=False).decode()
    )
    assert sign_in()["Subject"] == "britta@contoso.com"


def test_lists_come_in_pages_as_at_aws(world: World) -> None:
    """A script that reads the first page alone misses roles here too."""
    iam = world.client("iam")
    trust = json.dumps(iam.get_role(RoleName="contoso-prod-aws-admin")["Role"]["AssumeRolePolicyDocument"])
    for number in range(120):
        iam.create_role(RoleName=f"team-{number:03}", AssumeRolePolicyDocument=trust)
    first = iam.list_roles()
    assert (len(first["Roles"]), first["IsTruncated"]) == (100, True)
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 50})
    names = [role["RoleName"] for page in pages for role in page["Roles"]]
    assert len(names) == len(set(names)) == 122
    tagged = [{"Key": f"k{number}", "Value": ""} for number in range(5)]
    iam.tag_saml_provider(SAMLProviderArn=ARN, Tags=tagged)
    seen, more = [], {}
    while True:
        page = iam.list_saml_provider_tags(SAMLProviderArn=ARN, MaxItems=2, **more)
        seen += page["Tags"]
        if not page["IsTruncated"]:
            break
        more = {"Marker": page["Marker"]}
    assert seen == tagged


def test_a_marker_that_was_not_given_out_is_refused(world: World, refusal: Refusal) -> None:
    for marker in ("***", "a"):
        code, status, message = refusal(lambda marker=marker: world.client("iam").list_roles(Marker=marker))
        assert (code, status) == ("ValidationError", 400)
        assert "Marker" in message


def test_a_list_of_roles_holds_no_tags(world: World) -> None:
    iam = world.client("iam")
    iam.tag_role(RoleName="contoso-prod-aws-admin", Tags=[{"Key": "a", "Value": "b"}])
    assert iam.get_role(RoleName="contoso-prod-aws-admin")["Role"]["Tags"]
    assert not any("Tags" in role for role in iam.list_roles()["Roles"])


@pytest.mark.parametrize("odd", ["\x00", "\x0b", "\ufffe", "\x1b[31m"])
def test_what_xml_cannot_hold_is_not_sent(world: World, refusal: Refusal, odd: str) -> None:
    """boto3 would not be able to read the answer."""
    code, _, message = refusal(lambda: world.client("iam").get_role(RoleName=f"no{odd}role"))
    assert code == "ValidationError"
    assert "no\ufffd" in message
