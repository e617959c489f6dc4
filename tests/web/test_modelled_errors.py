"""Every error that botocore's models name for our operations reaches boto3 as the class it has for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from flask import Response

from harness.aws.query import ApiError, error_xml
from harness.web.aws_api import _IAM, _STS, create_aws_api
from tests.web.conftest import PROD, World, serving
from tests.web.test_iam_rows import HELD, MISSING, Iam
from tests.web.test_sts_api import assume, tampered

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def called(world: World, account: str = PROD) -> Any:
    return world.client("iam", account)


def old(world: World) -> Any:
    response = world.response()
    world.now += timedelta(minutes=6)
    return assume(world, SAMLAssertion=response)


def without_sts(world: World) -> Any:
    world.store.without_sts = frozenset({PROD})
    return assume(world)


def conflict(world: World) -> Any:
    iam, name = called(world), "contoso-prod-aws-admin"
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    return iam.delete_role(RoleName=name)


def too_many_tags(world: World) -> Any:
    tags = [{"Key": f"k{n}", "Value": ""} for n in range(30)]
    more = [{"Key": f"m{n}", "Value": ""} for n in range(30)]
    called(world).tag_saml_provider(SAMLProviderArn=HELD, Tags=tags)
    return called(world).tag_saml_provider(SAMLProviderArn=HELD, Tags=more)


HAPPENS: dict[str, dict[str, Callable[[World], Any]]] = {
    "sts": {
        "InvalidIdentityToken": lambda world: assume(world, SAMLAssertion=tampered(world.response())),
        "ExpiredTokenException": old,
        "MalformedPolicyDocument": lambda world: assume(world, Policy="no JSON"),
        "RegionDisabledException": without_sts,
    },
    "iam": {
        "InvalidInput": lambda world: Iam(world).create("<x/>" + " " * 1000),
        "EntityAlreadyExists": lambda world: Iam(world).create(name="WAAD"),
        "LimitExceeded": too_many_tags,
        "NoSuchEntity": lambda world: Iam(world).get(MISSING),
        "MalformedPolicyDocument": lambda world: called(world).create_role(RoleName="x", AssumeRolePolicyDocument="{"),
        "DeleteConflict": conflict,
    },
}
NEVER = {
    "IDPRejectedClaim": "modelled for this family of calls, and nobody is known to have seen it for SAML",
    "PackedPolicyTooLarge": "how AWS packs tags and policies is not published, so nobody can say when it is too much",
    "ConcurrentModification": "changes are made one after the other here",
    "ServiceFailure": "a failure of AWS's own",
    "UnmodifiableEntity": "for service-linked roles, which the mock does not have",
    "PolicyNotAttachable": "for policies of service-linked roles, which the mock does not have",
}


def modelled(service: str) -> dict[str, Any]:
    """Code -> shape, of every error of the operations that the mock answers."""
    model = boto3.client(service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x").meta.service_model
    operations = [name for name in model.operation_names if name in {*_IAM, *_STS}]
    shapes = [shape for name in operations for shape in model.operation_model(name).error_shapes]
    return {shape.error_code: shape for shape in shapes}


BOTH = ("sts", "iam")


@pytest.mark.parametrize("service", BOTH)
def test_every_modelled_error_happens_or_says_why_not(service: str) -> None:
    assert set(modelled(service)) == set(HAPPENS[service]) | (set(NEVER) & set(modelled(service)))


@pytest.mark.parametrize(("service", "code"), [(service, code) for service in BOTH for code in HAPPENS[service]])
def test_boto3_sees_its_own_class(world: World, service: str, code: str) -> None:
    shape = modelled(service)[code]
    with pytest.raises(ClientError) as caught:
        HAPPENS[service][code](world)
    assert type(caught.value).__name__ == shape.name
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == shape.metadata["error"]["httpStatusCode"]


@pytest.mark.parametrize("code", NEVER)
def test_an_error_that_never_happens_would_be_understood(world: World, code: str) -> None:
    """A server that answers with it in our form: boto3 knows the class."""
    service = next(one for one in BOTH if code in modelled(one))
    shape = modelled(service)[code]
    xml = error_xml(ApiError(code, 400, "words"), "https://iam.amazonaws.com/doc/2010-05-08/", "id")
    app = create_aws_api(world.store, lambda: world.now)
    app.before_request(lambda: Response(xml, shape.metadata["error"]["httpStatusCode"], mimetype="text/xml"))
    with serving(app) as url:
        client = replace(world, url=url).client(service, parameter_validation=False)
        call = client.assume_role_with_saml if service == "sts" else client.list_roles
        with pytest.raises(ClientError, match="words") as caught:
            call()
    assert type(caught.value).__name__ == shape.name
