"""The rows of what is known of STS, once more: over HTTP, asked by boto3 as it comes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws.account import Aws, PrivateKey, SamlProvider
from harness.aws.store import AwsStore
from harness.web.aws_api import create_aws_api
from tests.aws import cases, more_cases
from tests.aws.cases import Case, NotKnown, Refusal, Session, param
from tests.aws.responses import NOW, PAIR, PROVIDER, ROLE, arn, assumed, declared, response
from tests.web.conftest import World, serving

WITHIN = ("1.3/", "1.4/", "1.5/", "1.6/", "1.8/", "2.2/")
NOT_OVER_HTTP = {"size", "fault", "allow_sha1"}
"""What a case says of the attempt itself, and no caller of the mock can."""
SHOWN = {
    "audience": "Audience",
    "subject": "Subject",
    "subject_type": "SubjectType",
    "source_identity": "SourceIdentity",
}


def can_be_asked(case: Case) -> bool:
    """Where no metadata is given at all there is no account to ask."""
    return (
        case.row.startswith(WITHIN)
        and not NOT_OVER_HTTP & set(case.meets)
        and case.row != "2.2/06-no-metadata"
        and (case.requested is None or "," in case.requested or case.requested.startswith(" "))
    )


CASES = [case for case in cases.CASES + more_cases.CASES if can_be_asked(case)]


def accounts(case: Case) -> Aws:
    """The case's accounts. Where it declares none, one provider holds its metadata and one role trusts it."""
    aws = case.meets.get("aws") or assumed()
    if not aws.declared:
        aws = replace(declared(longest=43_200), providers={PROVIDER: SamlProvider(arn(PROVIDER), aws.fallback)})
    keys = tuple(PrivateKey(f"SAMLPK{n}", NOW, key) for n, key in enumerate(case.meets.get("opens", ())))
    return replace(aws, providers={name: replace(one, private_keys=keys) for name, one in aws.providers.items()})


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[World, dict[str, Any]]]:
    """One server for all cases; the application behind it changes."""
    held: dict[str, Any] = {}
    with serving(lambda environ, start: held["app"](environ, start)) as url:
        yield World(None, None, url), held


@pytest.mark.parametrize("case", [param(case) for case in CASES])
def test_sts_answers_over_http(asked: tuple[World, dict[str, Any]], case: Case) -> None:
    world, held = asked
    held["app"] = create_aws_api(AwsStore(accounts(case)), lambda: case.meets.get("now", NOW))
    role, _, provider = (case.requested or PAIR).partition(",")
    xml = response(**case.differs) if case.xml is None else case.xml
    call = {"RoleArn": role, "PrincipalArn": provider or PROVIDER, "SAMLAssertion": base64.b64encode(xml).decode()}
    if "duration" in case.meets:
        call["DurationSeconds"] = case.meets["duration"]
    sts = world.client("sts", parameter_validation=False)
    if isinstance(case.says, Session):
        granted(sts.assume_role_with_saml(**call), case.says)
        return
    with pytest.raises(ClientError) as caught:
        sts.assume_role_with_saml(**call)
    refused(caught.value.response, case.says)


def refused(answer: Any, says: Refusal | NotKnown) -> None:
    error, status = answer["Error"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if isinstance(says, NotKnown):
        assert (error["Code"], status) == ("SamlHarnessUnknown", 400)
        assert says.words in error["Message"]
        return
    message = says.message.replace("{request_id}", answer["ResponseMetadata"]["RequestId"])
    assert (error["Code"], status, error["Message"]) == (says.code, says.status, message)


def granted(answer: Any, says: Session) -> None:
    assert answer["AssumedRoleUser"]["Arn"].startswith("arn:aws:sts::111122223333:assumed-role/Admin/")
    for name, value in says.fields.items():
        if name == "seconds":
            assert answer["Credentials"]["Expiration"] == NOW + timedelta(seconds=value)
        elif name in SHOWN:
            assert answer[SHOWN[name]] == value


def test_most_rows_can_be_asked_over_http() -> None:
    assert len(CASES) > 100
    assert {case.row.partition("/")[0] + "/" for case in CASES} == set(WITHIN)
    assert ROLE in PAIR
