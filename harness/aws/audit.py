"""What CloudTrail would record of a sign-in: one event for each AssumeRoleWithSAML, granted or refused.

The sign-in page calls it too, for the role that was picked; what it refuses before a role is chosen is recorded
without one. An event names the assertion by its ID; it never holds the response, a signature or a credential. The
field ``samlHarness`` is ours: the door, and the ID under which our report can be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.arn import parse_arn
from harness.aws.attempt import Attempt, Door
from harness.aws.endpoints import ROLE_SESSION_NAME, SOURCE_IDENTITY, TRANSITIVE_TAG_KEYS
from harness.aws.session import name_qualifier
from harness.saml.model import Assertion

Event = Mapping[str, Any]
MAX_ARN, MAX_TEXT, MAX_ENTRIES = 2048, 300, 60
"""An event stays small whatever is posted: AWS itself allows no longer ARN, name or tag, and no more tags."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: in an assumed role, or in a refusal with its code and words."""

    granted_arn: str | None = None
    code: str = ""
    message: str = ""
    report: str | None = None
    """The ID of the kept attempt."""


def event_of(
    door: Door, now: datetime, params: Mapping[str, str], request_id: str, attempt: Attempt | None, outcome: Outcome
) -> Event:
    """The event for one call. Without an attempt nothing was read of the response."""
    facts = None if attempt is None else attempt.facts
    event: dict[str, Any] = {
        "userIdentity": _bounded(_identity(facts, params)),
        "eventTime": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithSAML",
        "requestParameters": _asked(params) | ({} if attempt is None else _bounded(_read(attempt))),
        "requestID": request_id,
        "samlHarness": {"door": str(door), "report": outcome.report},
    }
    if outcome.granted_arn is not None:
        event["responseElements"] = {"assumedRoleUser": {"arn": outcome.granted_arn}}
    else:
        event |= {"errorCode": outcome.code, "errorMessage": outcome.message}
    return event


def _identity(facts: Assertion | None, params: Mapping[str, str]) -> dict[str, Any]:
    provider = parse_arn(params.get("PrincipalArn", ""))
    if facts is None or facts.name_id is None:
        return {"type": "SAMLUser"}
    subject = facts.name_id.value
    if provider is None:
        return {"type": "SAMLUser", "userName": subject}
    qualifier = name_qualifier(facts.issuer or "", provider.account, provider.name)
    return {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{subject}",
        "userName": subject,
        "identityProvider": qualifier,
    }


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    names = {"roleArn": "RoleArn", "principalArn": "PrincipalArn"}
    return {shown: params[name][:MAX_ARN] if name in params else None for shown, name in names.items()}


def _bounded(value: Any) -> Any:  # noqa: ANN401  (whatever JSON can hold)
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, list):
        return [_bounded(one) for one in value[:MAX_ENTRIES]]
    if isinstance(value, dict):
        return {key[:MAX_TEXT]: _bounded(one) for key, one in [*value.items()][:MAX_ENTRIES]}
    return value


def _read(attempt: Attempt) -> dict[str, Any]:
    read: dict[str, Any] = {}
    if attempt.duration_seconds is not None:
        read["durationSeconds"] = attempt.duration_seconds
    facts = attempt.facts
    if facts is None:
        return read
    read["sAMLAssertionID"] = facts.id
    for name, claim in (("roleSessionName", ROLE_SESSION_NAME), ("sourceIdentity", SOURCE_IDENTITY)):
        if values := facts.values(claim):
            read[name] = values[0]
    if attempt.tags:
        read["principalTags"] = {key: values[0] for key, values in attempt.tags.items() if values}
    if keys := facts.values(TRANSITIVE_TAG_KEYS):
        read["transitiveTagKeys"] = list(keys)
    return read
