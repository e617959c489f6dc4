"""Whom a role trusts: its trust policy judged for one action, one identity provider and one assertion.

Pure: a policy is any JSON value, and none raises. What the evaluation cannot know is UNDECIDED, never allowed:
operators it does not speak, policy variables, and keys whose value is not in the response.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from harness.arn import RolePair
from harness.aws.endpoints import (
    PRINCIPAL_TAG,
    ROLE_SESSION_NAME,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
)
from harness.aws.session import name_qualifier, subject_type
from harness.aws.trust_conditions import Context, Outcome, both, conditions_hold, like
from harness.saml.model import Assertion

STATEMENT_PARTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"}


class Decision(StrEnum):
    """What a trust policy says to one action."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision and why. The reason of an ALLOWED is empty."""

    decision: Decision
    reason: str = ""


def evaluate(policy: object, action: str, principal_arn: str, context: Context) -> Verdict:
    """Whether the policy lets the identity provider do ``action``. A Deny that applies outranks every Allow."""
    statements = _statements(policy)
    if isinstance(statements, str):
        return Verdict(Decision.DENIED, statements)
    allows: list[_Read] = []
    denies: list[_Read] = []
    for number, statement in enumerate(statements, 1):
        read = _read(statement, action, principal_arn, context, f"statement {number}")
        (denies if read.denies else allows).append(read)
    return _weigh(allows, denies, action)


def _weigh(allows: "list[_Read]", denies: "list[_Read]", action: str) -> Verdict:
    if denied := next((one for one in denies if one.outcome.holds), None):
        return Verdict(Decision.DENIED, f"{denied.name} denies {action}")
    allowed = any(one.outcome.holds for one in allows)
    open_allow = next((one for one in allows if one.outcome.holds is None), None)
    open_deny = next((one for one in denies if one.outcome.holds is None), None)
    if open_deny is not None and (allowed or open_allow is not None):
        return Verdict(Decision.UNDECIDED, open_deny.said)
    if allowed:
        return Verdict(Decision.ALLOWED)
    if open_allow is not None:
        return Verdict(Decision.UNDECIDED, open_allow.said)
    nearest = max(allows, key=lambda one: one.stage, default=None)
    return Verdict(Decision.DENIED, f"no statement allows {action}" if nearest is None else nearest.said)


@dataclass(frozen=True, slots=True)
class _Read:
    """One statement, read for one request. ``stage`` tells how far it came: the furthest explains a refusal best."""

    name: str
    denies: bool
    outcome: Outcome
    stage: int

    @property
    def said(self) -> str:
        return f"{self.name}: {self.outcome.reason}"


def _statements(policy: object) -> list[Any] | str:
    """The statements of a policy, or what is wrong with it."""
    if not isinstance(policy, Mapping):
        return "the trust policy is no JSON object"
    statements = policy.get("Statement")
    if isinstance(statements, Mapping):
        return [statements]
    if not isinstance(statements, list) or not statements:
        return "the trust policy has no Statement"
    return statements


def _read(statement: object, action: str, principal_arn: str, context: Context, name: str) -> _Read:
    if not isinstance(statement, Mapping):
        return _Read(name, False, Outcome(None, "it is no JSON object"), 0)
    denies = statement.get("Effect") == "Deny"
    if fault := statement_fault(statement):
        return _Read(name, denies, Outcome(None, fault), 0)
    asked: tuple[Callable[[], Outcome], ...] = (
        lambda: _action_matches(statement, action),
        lambda: _principal_matches(statement, principal_arn, denies=denies),
        lambda: conditions_hold(statement.get("Condition"), context),
    )
    outcome = Outcome(True)
    for stage, part in enumerate(asked):
        outcome = both(outcome, part())
        if outcome.holds is False:
            return _Read(name, denies, outcome, stage)
    return _Read(name, denies, outcome, len(asked))


def statement_fault(statement: Mapping[Any, Any]) -> str:
    """What makes it no statement of a trust policy; "" when nothing does."""
    effect = statement.get("Effect")
    strange = [str(part) for part in statement if part not in STATEMENT_PARTS]
    if strange:
        return f"a trust policy has no {strange[0][:40]!r}"
    return "" if effect in ("Allow", "Deny") else f"its Effect is {str(effect)[:40]!r}"


def _texts(value: object) -> list[str] | None:
    """A string or a list of strings, as policies write one or many; None for anything else."""
    found: list[object] = value if isinstance(value, list) else [value]
    texts = [one for one in found if isinstance(one, str)]
    return texts if len(texts) == len(found) else None


def _action_matches(statement: Mapping[Any, Any], action: str) -> Outcome:
    part = "NotAction" if "NotAction" in statement else "Action"
    patterns = _texts(statement.get(part))
    if patterns is None or ("Action" in statement and "NotAction" in statement):
        return Outcome(None, "its Action is not a list of names")
    named = any(like(action.lower(), pattern.lower()) for pattern in patterns)
    if named is (part == "Action"):
        return Outcome(True)
    return Outcome(False, f"its {part} does not allow {action}")


def _principal_matches(statement: Mapping[Any, Any], principal_arn: str, *, denies: bool) -> Outcome:
    """Only a Federated principal that names the provider matches; ``{"AWS": "*"}`` was seen not to allow."""
    principal = statement.get("Principal")
    if "NotPrincipal" in statement or not isinstance(principal, Mapping):
        return Outcome(None, "its principal is none that IAM takes for an identity provider")
    federated = _texts(principal.get("Federated", []))
    if federated is None or "*" in federated:
        return Outcome(None, "its Federated principal is none that IAM takes")
    if principal_arn in federated:
        return Outcome(True)
    if denies and "*" in (_texts(principal.get("AWS", [])) or []):
        return Outcome(None, 'whether a Deny for {"AWS": "*"} stops an identity provider is not known')
    return Outcome(False, f"its principal is not {principal_arn}")


def context_of(assertion: Assertion, pair: RolePair, now: datetime) -> Context:
    """What a policy may ask about: the condition keys in lower case, each with its values."""
    issuer = assertion.issuer or ""
    qualifier = name_qualifier(issuer, pair.provider_account, pair.provider.name)
    found: dict[str, tuple[str, ...]] = {
        "saml:iss": (issuer,),
        "saml:namequalifier": (qualifier,),
        "saml:doc": (f"{pair.provider_account}/{pair.provider.name}",),
        "saml:aud": tuple(one.recipient for one in assertion.confirmations if one.recipient is not None),
        "aws:principalaccount": (pair.provider_account,),
        "aws:principaltype": ("User",),
        "aws:currenttime": (now.isoformat(),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "sts:rolesessionname": assertion.values(ROLE_SESSION_NAME),
        "sts:sourceidentity": assertion.values(SOURCE_IDENTITY),
        "sts:transitivetagkeys": assertion.values(TRANSITIVE_TAG_KEYS),
    }
    if assertion.name_id is not None:
        found["saml:sub"] = (assertion.name_id.value,)
        if assertion.name_id.format is not None:
            found["saml:sub_type"] = (subject_type(assertion.name_id.format),)
    found.update(_from_attributes(assertion))
    return {key: values for key, values in found.items() if values}


def _from_attributes(assertion: Assertion) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Tags, and the directory attributes that AWS maps to keys. Of several for one key only the first counts."""
    keys: dict[str, tuple[str, ...]] = {}
    tag_keys = []
    for attribute in assertion.attributes:
        if attribute.name.startswith(PRINCIPAL_TAG):
            tag = attribute.name.removeprefix(PRINCIPAL_TAG)
            tag_keys.append(tag)
            keys.setdefault(f"aws:requesttag/{tag.lower()}", attribute.values)
        elif (key := DIRECTORY_KEYS.get(attribute.name)) is not None:
            keys.setdefault(key, attribute.values)
    keys["aws:tagkeys"] = tuple(tag_keys)
    return keys.items()


_EDU_PERSON = (
    "affiliation", "nickname", "orgdn", "orgunitdn", "primaryaffiliation", "principalname", "entitlement",
    "primaryorgunitdn", "scopedaffiliation", "targetedid", "assurance",
)  # fmt: skip
_EDU_ORG = ("homepageuri", "identityauthnpolicyuri", "legalname", "superioruri", "whitepagesuri")
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
DIRECTORY_KEYS = {
    **{f"urn:oid:1.3.6.1.4.1.5923.1.1.1.{n}": f"saml:eduperson{name}" for n, name in enumerate(_EDU_PERSON, 1)},
    **{f"urn:oid:1.3.6.1.4.1.5923.1.2.1.{n}": f"saml:eduorg{name}" for n, name in enumerate(_EDU_ORG, 2)},
    "urn:oid:2.5.4.3": "saml:cn",
    _CLAIMS + "name": "saml:name",
    _CLAIMS + "givenname": "saml:givenname",
    _CLAIMS + "surname": "saml:surname",
    _CLAIMS + "emailaddress": "saml:mail",
    "http://schemas.xmlsoap.org/claims/CommonName": "saml:commonname",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "saml:uid",
    "2.5.4.3": "saml:commonname",
    "2.5.4.4": "saml:surname",
    "2.4.5.42": "saml:givenname",
    "2.5.4.45": "saml:x500uniqueidentifier",
    "0.9.2342.19200300100.1.1": "saml:uid",
    "0.9.2342.19200300100.1.3": "saml:mail",
    "0.9.2342.19200300.100.1.45": "saml:organizationstatus",
}
"""Attribute name -> condition key, as AWS's guide prints them: its slips (2.4.5.42, a SID as uid) included."""
