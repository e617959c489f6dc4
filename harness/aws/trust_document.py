"""Trust policies as IAM takes them: what CreateRole and UpdateAssumeRolePolicy refuse."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from harness.arn import parse_arn
from harness.aws.query import ApiError, over_quota
from harness.aws.trust import statement_fault

MAX_POLICY = 4096
"""What AWS's quota of 2,048 can be raised to."""


def trust_policy(document: str, account: str) -> Mapping[str, Any]:
    """A trust policy that IAM would take for a role of the account.

    Raises ApiError, with AWS's words where they are recorded.
    """
    if len("".join(document.split())) > MAX_POLICY:
        raise over_quota(f"a trust policy has at most {MAX_POLICY} characters, white space not counted")
    try:
        policy = json.loads(document, parse_constant=_no_json)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise _malformed("This policy contains invalid Json")
    for fault in _faults(policy.get("Statement"), account):
        raise _malformed(fault)
    return policy


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _malformed(words: str) -> ApiError:
    return ApiError("MalformedPolicyDocument", 400, words)


def _faults(statements: object, account: str) -> Iterator[str]:
    """What is wrong, in AWS's words first."""
    if not isinstance(statements, list | dict):
        yield "saml-harness: the trust policy has no Statement"
        return
    listed = statements if isinstance(statements, list) else [statements]
    for statement in listed:
        yield from _wildcards(statement)
    for number, statement in enumerate(listed, 1):
        if fault := _fault(statement, account):
            yield f"saml-harness: statement {number}: {fault}"


def _wildcards(statement: object) -> Iterator[str]:
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    if principal == "*":
        yield 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
    if "*" in _federated(principal):
        yield "Federated principals must be valid domain names or SAML metadata ARNs"


def _fault(statement: object, account: str) -> str:
    if not isinstance(statement, dict):
        return "it is no JSON object"
    if fault := statement_fault(statement):
        return fault
    for name in _federated(statement.get("Principal")):
        arn = parse_arn(name)
        if arn is not None and arn.account != account:
            return f"{name[:100]} is of another account; a role trusts SAML providers of its own"
    return ""


def _federated(principal: object) -> list[str]:
    """The names under Federated, one or many."""
    value = principal.get("Federated") if isinstance(principal, dict) else None
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
