"""The audit log: one event in CloudTrail's shape for each AssumeRoleWithSAML."""

from __future__ import annotations

import base64
import json
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from tests.web.conftest import PROD, World
from tests.web.test_sts_api import ADMIN, assume, provider


def events(world: World) -> list[dict]:
    with urlopen(f"{world.url}/audit.jsonl") as answer:
        return [json.loads(line) for line in answer.read().decode().splitlines()]


def test_a_granted_call_is_recorded(world: World) -> None:
    granted = assume(world)
    (event,) = events(world)
    identity = event["userIdentity"]
    assert identity["type"] == "SAMLUser"
    assert identity["principalId"] == f"{granted['NameQualifier']}:britta@contoso.com"
    assert (identity["userName"], identity["identityProvider"]) == ("britta@contoso.com", granted["NameQualifier"])
    asked = event["requestParameters"]
    assert (asked["roleArn"], asked["principalArn"]) == (ADMIN, provider(PROD))
    assert asked["roleSessionName"] == "britta@contoso.com"
    assert asked["sAMLAssertionID"].startswith("_")
    assert event["eventTime"] == "2026-11-01T09:00:00Z"
    assert event["responseElements"]["assumedRoleUser"]["arn"] == granted["AssumedRoleUser"]["Arn"]
    assert event["requestID"] == granted["ResponseMetadata"]["RequestId"]


def test_a_refused_call_is_recorded_with_its_error(world: World) -> None:
    with pytest.raises(ClientError):
        assume(world, role=f"arn:aws:iam::{PROD}:role/other")
    (event,) = events(world)
    assert event["errorCode"] == "InvalidIdentityToken"
    assert event["errorMessage"].startswith("SAML Assertion doesn't contain the requested Role")
    assert "responseElements" not in event


def test_the_log_holds_no_response_signature_or_credential(world: World) -> None:
    response = world.response()
    granted = assume(world, SAMLAssertion=response)
    text = json.dumps(events(world))
    for secret in (response, response[400:460], *granted["Credentials"].values()):
        assert str(secret) not in text


def test_an_event_stays_small_whatever_is_posted(world: World) -> None:
    """Nothing of these is signed: whoever can post can try it."""
    huge = "".join(
        f'<Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:{n}{"k" * 400}">'
        f"<AttributeValue>{'v' * 400}</AttributeValue></Attribute>"
        for n in range(70)
    )
    xml = base64.b64decode(world.response()).replace(b"</AttributeStatement>", f"{huge}</AttributeStatement>".encode())
    with pytest.raises(ClientError):
        assume(world, SAMLAssertion=base64.b64encode(xml).decode())
    unchecked = world.client("sts", parameter_validation=False)
    with pytest.raises(ClientError):
        unchecked.assume_role_with_saml(RoleArn="x" * 1_000_000, PrincipalArn="y", SAMLAssertion="z" * 1_000_000)
    tagged, long = events(world)
    assert len(tagged["requestParameters"]["principalTags"]) == 60
    assert len(json.dumps(tagged)) < 50_000
    assert len(json.dumps(long)) < 5_000
    assert all(len(kept.posted) <= 400_000 for kept in world.store.attempts.recent(10))
