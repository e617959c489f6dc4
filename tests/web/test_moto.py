"""moto behind the mock AWS: one truth for roles, and our sessions work at every service."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.config import Config

from harness.errors import HarnessError
from harness.web.authority import make_authority
from harness.web.hosts import SERVED
from harness.web.server import Served, serve
from tests.web.conftest import DEV, NOW, PROD, Refusal, World
from tests.web.test_sts_api import provider

pytest.importorskip("moto", reason="moto is not installed: pip install 'saml-harness[moto]'")

DEVOPS = f"arn:aws:iam::{DEV}:role/contoso-dev-devops-user"
ANYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
NAME = "contoso-dev-devops-user"


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    """moto dates what it makes with the real clock; our side lives in the world's time."""
    with serve(world.idp, lambda: NOW, moto=True) as running:
        yield running


def client(served: Served, service: str, key: str = DEV, secret: str = "none", token: str | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=served.aws_url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def sign_in(served: Served, world: World, role: str = DEVOPS, account: str = DEV) -> dict[str, Any]:
    arguments = {"RoleArn": role, "PrincipalArn": provider(account), "SAMLAssertion": world.response()}
    return client(served, "sts").assume_role_with_saml(**arguments)


def of_session(served: Served, granted: dict[str, Any], service: str) -> Any:
    keys = granted["Credentials"]
    return client(served, service, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_our_session_works_at_other_services_in_its_account(served: Served, world: World) -> None:
    granted = sign_in(served, world)
    of_session(served, granted, "s3").create_bucket(Bucket="team-data")
    assert [one["Name"] for one in client(served, "s3").list_buckets()["Buckets"]] == ["team-data"]
    assert client(served, "s3", PROD).list_buckets()["Buckets"] == []
    queue = of_session(served, granted, "sqs").create_queue(QueueName="jobs")["QueueUrl"]
    assert f"/{DEV}/jobs" in queue


def test_who_we_are_is_the_same_everywhere(served: Served, world: World) -> None:
    granted = sign_in(served, world)
    identity = of_session(served, granted, "sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{DEV}:assumed-role/{NAME}/britta@contoso.com"
    assert identity["UserId"] == granted["AssumedRoleUser"]["AssumedRoleId"]
    role = client(served, "iam").get_role(RoleName=NAME)["Role"]
    assert identity["UserId"] == f"{role['RoleId']}:britta@contoso.com"


def test_the_roles_of_the_scenario_are_motos_roles(served: Served) -> None:
    iam = client(served, "iam")
    roles = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    assert set(roles) == {NAME, "contoso-dev-finance-admin"}
    assert roles["contoso-dev-finance-admin"]["Path"] == "/finance/"
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-dev"]
    iam.put_role_policy(RoleName=NAME, PolicyName="inline", PolicyDocument=ANYTHING)
    assert iam.list_role_policies(RoleName=NAME)["PolicyNames"] == ["inline"]


def test_a_trust_policy_changed_at_moto_decides_who_gets_in(served: Served, world: World, refusal: Refusal) -> None:
    iam = client(served, "iam")
    before = iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    elsewhere = json.loads(json.dumps(before).replace("/WAAD", "/Other"))
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(elsewhere))
    denied = ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML")
    assert refusal(lambda: sign_in(served, world)) == denied
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(before))
    assert sign_in(served, world)["Subject"] == "britta@contoso.com"


def test_a_role_deleted_and_made_again_at_moto_is_ours_too(served: Served, world: World, refusal: Refusal) -> None:
    iam = client(served, "iam")
    trust = iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    iam.delete_role(RoleName=NAME)
    assert refusal(lambda: sign_in(served, world))[0] == "AccessDenied"
    made = iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=json.dumps(trust),
        MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "b"}],
    )["Role"]
    granted = sign_in(served, world)
    assert granted["AssumedRoleUser"]["AssumedRoleId"] == f"{made['RoleId']}:britta@contoso.com"
    held = served.store.aws.roles[DEVOPS]
    assert (held.max_session_duration, dict(held.tags)) == (7200, {"a": "b"})


def test_a_trust_policy_is_refused_in_the_words_of_aws(served: Served, refusal: Refusal) -> None:
    everybody = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}'
    call = client(served, "iam").create_role
    refused = refusal(lambda: call(RoleName="x", AssumeRolePolicyDocument=everybody))
    assert refused == (
        "MalformedPolicyDocument",
        400,
        'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
    )


def test_production_names_lead_to_the_same_moto(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role made under iam.amazonaws.com is there on loopback, and the other way round."""
    for name in ("AWS_CA_BUNDLE", "HTTPS_PROXY", "NO_PROXY", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(world.idp, lambda: NOW, moto=True, authority=make_authority(SERVED, datetime.now(UTC))) as served:
        (tmp_path / "ca.pem").write_text(served.real.authority.certificate.pem)
        true = boto3.client(
            "iam",
            region_name="us-east-1",
            aws_access_key_id=DEV,
            aws_secret_access_key="none",
            verify=str(tmp_path / "ca.pem"),
            config=Config(proxies={"https": served.real.proxy_url}, retries={"total_max_attempts": 1}),
        )
        trust = true.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
        true.create_role(RoleName="made-there", AssumeRolePolicyDocument=json.dumps(trust))
        assert client(served, "iam").get_role(RoleName="made-there")["Role"]["RoleId"]
        assert f"arn:aws:iam::{DEV}:role/made-there" in served.store.aws.roles


def test_saml_providers_stay_ours(served: Served, refusal: Refusal) -> None:
    iam = client(served, "iam")
    assert iam.get_saml_provider(SAMLProviderArn=provider(DEV))["SAMLProviderUUID"].startswith("SAMLSP")
    missing = f"arn:aws:iam::{DEV}:saml-provider/nobody"
    expected = ("NoSuchEntity", 404, f"Manifest not found for arn {missing}")
    assert refusal(lambda: iam.get_saml_provider(SAMLProviderArn=missing)) == expected


def test_an_alias_given_at_moto_is_on_the_role_picker(served: Served, world: World) -> None:
    client(served, "iam").create_account_alias(AccountAlias="renamed")
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/saml", urlencode({"SAMLResponse": world.response()}), form)
    page = connection.getresponse().read().decode()
    connection.close()
    assert f"Account: renamed ({DEV})" in page


def test_a_chained_role_is_motos_and_knows_who_it_is(served: Served, world: World) -> None:
    granted = sign_in(served, world)
    chained = of_session(served, granted, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{DEV}:role/finance/contoso-dev-finance-admin", RoleSessionName="next"
    )
    arn = of_session(served, chained, "sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{DEV}:assumed-role/contoso-dev-finance-admin/next"


@pytest.mark.parametrize("call", ["get_session_token", "get_federation_token"])
def test_a_saml_session_gets_no_other_token(served: Served, world: World, refusal: Refusal, call: str) -> None:
    sts = of_session(served, sign_in(served, world), "sts")
    arguments = {"Name": "xx"} if call == "get_federation_token" else {}
    assert refusal(lambda: getattr(sts, call)(**arguments))[:2] == ("AccessDenied", 403)


def test_a_chained_role_lasts_an_hour_at_most(served: Served, world: World, refusal: Refusal) -> None:
    sts = of_session(served, sign_in(served, world), "sts")
    arguments = {"RoleArn": DEVOPS, "RoleSessionName": "next"}
    assert refusal(lambda: sts.assume_role(**arguments, DurationSeconds=3601))[:2] == ("ValidationError", 400)
    assert sts.assume_role(**arguments, DurationSeconds=3600)["Credentials"]


def test_a_stranger_gets_nothing_from_moto(served: Served, refusal: Refusal) -> None:
    for service, call in (("s3", "list_buckets"), ("iam", "list_users"), ("sts", "get_caller_identity")):
        stranger = getattr(client(served, service, "AKIASTRANGER"), call)
        assert refusal(stranger)[:2] == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize("header", [("Origin", "https://evil.example"), ("Host", "evil.example")])
def test_no_browser_page_reaches_moto(served: Served, header: tuple[str, str]) -> None:
    name, value = header
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    signed = f"AWS4-HMAC-SHA256 Credential={DEV}/20261101/us-east-1/s3/aws4_request, SignedHeaders=host"
    connection.request("GET", "/", headers={"Authorization": signed, name: value})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in (400, 403, 404)
    assert b"ListAllMyBuckets" not in body


def test_what_moto_does_not_speak_is_a_clear_error(served: Served, refusal: Refusal) -> None:
    code, status, message = refusal(lambda: client(served, "sts").decode_authorization_message(EncodedMessage="x"))
    assert (code, status) == ("InternalFailure", 500)
    assert message.startswith("saml-harness: moto fails at sts: NotImplementedError")


def test_without_moto_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setitem(sys.modules, "moto.moto_server", None)
    starting = serve(world.idp, lambda: NOW, moto=True)
    with pytest.raises(HarnessError, match=r"pip install 'saml-harness\[moto\]'"):
        starting.__enter__()
