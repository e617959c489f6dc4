"""STS over HTTP, driven by boto3 as it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from harness.web.aws_api import create_aws_api
from tests.web.conftest import DEV, NOW, PROD, Refusal, World

ADMIN = f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin"
FINANCE = f"arn:aws:iam::{DEV}:role/finance/contoso-dev-finance-admin"


def provider(account: str) -> str:
    return f"arn:aws:iam::{account}:saml-provider/WAAD"


def assume(world: World, role: str = ADMIN, account: str = PROD, **more: Any) -> Any:
    arguments = {"RoleArn": role, "PrincipalArn": provider(account), "SAMLAssertion": world.response()} | more
    return world.client("sts").assume_role_with_saml(**arguments)


def test_a_good_response_opens_the_role(world: World) -> None:
    granted = assume(world)
    assert (
        granted["AssumedRoleUser"]["Arn"]
        == f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-aws-admin/britta@contoso.com"
    )
    assert granted["AssumedRoleUser"]["AssumedRoleId"].endswith(":britta@contoso.com")
    assert granted["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert granted["Credentials"]["Expiration"] == NOW + timedelta(hours=1)
    assert granted["Audience"] == "https://signin.aws.amazon.com/saml"
    assert granted["Subject"] == "britta@contoso.com"
    assert granted["SubjectType"] == "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    assert granted["Issuer"] == world.idp.issuer
    assert len(granted["NameQualifier"]) == 28
    assert granted["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == granted["ResponseMetadata"]["RequestId"]


def test_the_path_of_a_role_is_dropped_from_the_session(world: World) -> None:
    granted = assume(world, FINANCE, DEV)
    assert (
        granted["AssumedRoleUser"]["Arn"]
        == f"arn:aws:sts::{DEV}:assumed-role/contoso-dev-finance-admin/britta@contoso.com"
    )


def test_the_credentials_say_who_they_are_and_expire(world: World) -> None:
    granted = assume(world)
    keys = granted["Credentials"]
    sts = world.client("sts", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    assert sts.get_caller_identity()["Arn"] == granted["AssumedRoleUser"]["Arn"]
    assert sts.get_caller_identity()["UserId"] == granted["AssumedRoleUser"]["AssumedRoleId"]
    iam = world.client("iam", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    assert [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]] == [provider(PROD)]
    world.now += timedelta(hours=2)
    with pytest.raises(sts.exceptions.ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()


EXPIRED = "ExpiredTokenException"
INVALID = "InvalidIdentityToken"
REFUSALS = {
    "another role": (
        {"role": f"arn:aws:iam::{PROD}:role/other"},
        (INVALID, 400, "SAML Assertion doesn't contain the requested Role and Metadata in the attributes"),
    ),
    "no role ARN": (
        {"role": f"arn:aws:iam::{PROD}:user/other-user"},
        ("ValidationError", 400, "Request ARN is invalid"),
    ),
    "no provider ARN": (
        {"PrincipalArn": f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin"},
        ("ValidationError", 400, "Principal ARN is invalid"),
    ),
    "longer than the role's maximum": (
        {"DurationSeconds": 20000},
        ("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    ),
    "longer than STS allows": (
        {"DurationSeconds": 50000},
        (
            "ValidationError",
            400,
            "1 validation error detected: Value '50000' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 43200",
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_call_is_refused_in_the_words_of_aws(world: World, refusal: Refusal, name: str) -> None:
    changed, expected = REFUSALS[name]
    assert refusal(lambda: assume(world, **changed)) == expected


def test_modelled_errors_are_the_classes_that_boto3_has(world: World) -> None:
    sts = world.client("sts")
    old = world.response()
    arguments = {"RoleArn": ADMIN, "PrincipalArn": provider(PROD)}
    with pytest.raises(sts.exceptions.InvalidIdentityTokenException, match="Response signature invalid"):
        sts.assume_role_with_saml(**arguments, SAMLAssertion=tampered(old))
    world.now += timedelta(minutes=6)
    with pytest.raises(
        sts.exceptions.ExpiredTokenException, match="Token must be redeemed within 5 minutes of issuance"
    ):
        sts.assume_role_with_saml(**arguments, SAMLAssertion=old)


def tampered(response: str) -> str:
    import base64

    return base64.b64encode(base64.b64decode(response).replace(b"britta@", b"mallet@")).decode()


def test_a_role_that_does_not_trust_the_provider_is_denied(world: World, refusal: Refusal) -> None:
    iam = world.client("iam")
    nobody = '{"Version":"2012-10-17","Statement":[]}'
    iam.update_assume_role_policy(RoleName="contoso-prod-aws-admin", PolicyDocument=nobody)
    expected = ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML")
    assert refusal(lambda: assume(world)) == expected


def test_what_aws_answers_is_not_invented(world: World, refusal: Refusal) -> None:
    """A comment in the document: nobody is known to have seen what AWS says, so the words and the code are ours."""
    import base64

    odd = base64.b64encode(base64.b64decode(world.response()).replace(b"</samlp:Status>", b"</samlp:Status><!-- -->"))
    code, status, message = refusal(lambda: assume(world, SAMLAssertion=odd.decode()))
    assert (code, status) == ("SamlHarnessUnknown", 400)
    assert message.startswith("saml-harness: what AWS answers here is not known: ")


def test_many_at_once_each_get_their_own_session(world: World) -> None:
    users = ["britta@contoso.com", "adele@contoso.com"] * 20
    role = f"arn:aws:iam::{PROD}:role/contoso-prod-read-only-user"
    sts = world.client("sts")

    def one(upn: str) -> tuple[str, str, str]:
        granted = sts.assume_role_with_saml(
            RoleArn=role, PrincipalArn=provider(PROD), SAMLAssertion=world.response(upn)
        )
        return upn, granted["Subject"], granted["Credentials"]["AccessKeyId"]

    with ThreadPoolExecutor(16) as pool:
        done = [*pool.map(one, users)]
    assert all(upn == subject for upn, subject, _ in done)
    assert len({key for _, _, key in done}) == len(users)


def test_a_packed_size_is_told_where_something_is_packed(world: World) -> None:
    assert "PackedPolicySize" not in assume(world)
    assert "PackedPolicySize" in assume(world, Policy='{"Version":"2012-10-17","Statement":[]}')
    assert "PackedPolicySize" in assume(world, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])


LIMITS = {
    "eleven policies": (
        {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11},
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less "
        "than or equal to 10",
    ),
    "a policy that is no ARN": (
        {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {"arn": "ReadOnlyAccess-and-more"}]},
        "saml-harness: PolicyArns.member.2.arn is no ARN of a managed policy such as "
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    "a policy of too long an ARN": (
        {"PolicyArns": [{"arn": f"arn:aws:iam::{PROD}:policy/{'x' * 2048}"}]},
        "saml-harness: PolicyArns.member.1.arn is no ARN of a managed policy such as "
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    "a policy too long": (
        {"Policy": "x" * 2049},
        f"1 validation error detected: Value '{'x' * 100}' at 'policy' failed to satisfy constraint: Member must have "
        "length less than or equal to 2048",
    ),
    "a response too long": (
        {"SAMLAssertion": "A" * 100_001},
        "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: Member must have length "
        "less than or equal to 100000",
    ),
    "no parameters": (
        {"role": None, "PrincipalArn": None, "SAMLAssertion": None},
        "3 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; "
        "Value null at 'principalArn' failed to satisfy constraint: Member must not be null; Value null at "
        "'sAMLAssertion' failed to satisfy constraint: Member must not be null",
    ),
    "an empty role": (
        {"role": ""},
        "2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-"
        "\\u10FFFF]+; Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or "
        "equal to 20",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_named_in_the_sentence_of_aws(world: World, refusal: Refusal, name: str) -> None:
    changed, message = LIMITS[name]
    given = {"role": ADMIN, "PrincipalArn": provider(PROD), "SAMLAssertion": "AAAA"} | changed
    call = {"RoleArn" if key == "role" else key: value for key, value in given.items() if value is not None}
    unchecked = world.client("sts", parameter_validation=False)
    assert refusal(lambda: unchecked.assume_role_with_saml(**call)) == ("ValidationError", 400, message)


def test_a_policy_without_its_arn_is_refused(world: World) -> None:
    call = {"Action": "AssumeRoleWithSAML", "RoleArn": ADMIN, "PrincipalArn": provider(PROD), "SAMLAssertion": "AAAA"}
    answer = create_aws_api(world.store, lambda: NOW).test_client().post("/", data=call | {"PolicyArns.member.1": "x"})
    assert answer.status_code == 400
    assert "<Code>ValidationError</Code>" in answer.text
    assert "saml-harness: PolicyArns.member.1.arn is no ARN of a managed policy" in answer.text
