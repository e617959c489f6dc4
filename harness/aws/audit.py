"""What CloudTrail would record of a sign-in: one event for each AssumeRoleWithSAML, granted or refused.

An event names the assertion by its ID; it never holds the response, a signature or a credential.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from harness.arn import parse_arn
from harness.aws.attempt import Attempt
from harness.aws.endpoints import ROLE_SESSION_NAME, SOURCE_IDENTITY, TRANSITIVE_TAG_KEYS
from harness.aws.query import ApiError
from harness.aws.session import name_qualifier
from harness.saml.model import Assertion

Event = Mapping[str, Any]


def event_of(
    attempt: Attempt, params: Mapping[str, str], request_id: str, *, granted_arn: str | None, error: ApiError | None
) -> Event:
    """The event for one call. ``granted_arn`` is the assumed role's; ``error`` is set where it was refused."""
    facts = attempt.facts
    event: dict[str, Any] = {
        "userIdentity": _identity(facts, params),
        "eventTime": f"{attempt.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithSAML",
        "requestParameters": _asked(attempt, facts, params),
        "requestID": request_id,
    }
    if granted_arn is not None:
        event["responseElements"] = {"assumedRoleUser": {"arn": granted_arn}}
    if error is not None:
        event |= {"errorCode": error.code, "errorMessage": str(error)}
    return event


def _identity(facts: Assertion | None, params: Mapping[str, str]) -> dict[str, Any]:
    if facts is None or facts.name_id is None:
        return {"type": "SAMLUser"}
    provider = parse_arn(params.get("PrincipalArn", ""))
    subject, account = facts.name_id.value, "" if provider is None else provider.account
    qualifier = name_qualifier(facts.issuer or "", account, "" if provider is None else provider.name)
    return {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{subject}",
        "userName": subject,
        "identityProvider": qualifier,
    }


def _asked(attempt: Attempt, facts: Assertion | None, params: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {"roleArn": params.get("RoleArn"), "principalArn": params.get("PrincipalArn")}
    if attempt.duration_seconds is not None:
        asked["durationSeconds"] = attempt.duration_seconds
    if facts is None:
        return asked
    asked["sAMLAssertionID"] = facts.id
    for name, claim in (("roleSessionName", ROLE_SESSION_NAME), ("sourceIdentity", SOURCE_IDENTITY)):
        if values := facts.values(claim):
            asked[name] = values[0]
    if attempt.tags:
        asked["principalTags"] = {key: values[0] for key, values in attempt.tags.items() if values}
    if keys := facts.values(TRANSITIVE_TAG_KEYS):
        asked["transitiveTagKeys"] = list(keys)
    return asked
