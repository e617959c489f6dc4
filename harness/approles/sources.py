"""Where role pairs come from: the tutorial's text file, or what ``aws iam list-roles`` prints."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from harness.approles.model import capped, count, decode, parse_json
from harness.arn import RolePair, parse_arn, parse_role_pair
from harness.errors import UnreadableInput

_HEADINGS = ("rolearn,trustedentities", "rolearn,trustedentity")
FORMAT = "<Role ARN>,<Trusted entities>"


@dataclass(frozen=True)
class RoleList:
    """Role pairs in the order of their files; of IAM's roles, those left out, each with the reason."""

    pairs: tuple[RolePair, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def is_iam(data: object) -> bool:
    """Whether JSON data is IAM's: an object with ``Roles``, or a list of roles."""
    if isinstance(data, dict):
        return "Roles" in data
    return isinstance(data, list) and bool(data) and all(isinstance(one, dict) and "Arn" in one for one in data)


def read_roles(raw: bytes, name: str) -> RoleList:
    """The role pairs in a file of either form. Raises UnreadableInput, which lists every line that is wrong."""
    text = decode(raw, name)
    if not text.lstrip().startswith(("{", "[")):
        return RoleList(_from_lines(text, name))
    data = parse_json(text, name)
    if not is_iam(data):
        raise UnreadableInput(f"{name}: JSON without IAM roles; expected lines of {FORMAT} or aws iam list-roles")
    return roles_of_iam(data, name)


def _from_lines(text: str, name: str) -> tuple[RolePair, ...]:
    seen: dict[str, int] = {}
    faults, pairs = [], []
    for number, line in _lines(text):
        pair = parse_role_pair(line)
        if pair is None:
            faults.append(f"  line {number}: {_line_fault(line)}")
        elif (first := seen.setdefault(str(pair), number)) != number:
            faults.append(f"  line {number}: the same pair as line {first}")
        else:
            pairs.append(pair)
    if faults:
        raise UnreadableInput("\n".join([f"{name}: {count(len(faults), 'line')} wrong", *capped(faults)]))
    if not pairs:
        raise UnreadableInput(f"{name}: no roles; expected lines of {FORMAT}")
    return tuple(pairs)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that say something, with their numbers; a heading in the tutorial's words says nothing."""
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        stripped = line.strip()
        if stripped and re.sub(r"[<>\s]", "", stripped[:100]).lower() not in _HEADINGS:
            yield number, stripped


def _line_fault(line: str) -> str:
    """Why a line is no pair."""
    parts = [part.strip() for part in line.split(",")]
    kinds = [arn.kind if (arn := parse_arn(part)) else "" for part in parts]
    if kinds.count("saml-provider") > 1:
        return f"{kinds.count('saml-provider')} SAML providers; write one line for each"
    if kinds.count("role") > 1:
        return f"{kinds.count('role')} roles; write one line for each"
    if len(parts) < 2:
        return f"no comma; expected {FORMAT}"
    strange = [part for part, kind in zip(parts, kinds, strict=True) if not kind]
    if strange:
        return f"{_short(strange[0])} is the ARN of no role and no SAML provider"
    return f"expected {FORMAT}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 120 else f"{text[:120]}...")


def roles_of_iam(data: object, name: str) -> RoleList:
    """The roles whose trust policy names exactly one SAML provider. Raises UnreadableInput."""
    roles = data["Roles"] if isinstance(data, dict) else data
    if not isinstance(roles, list):
        raise UnreadableInput(f"{name}: Roles is no list; expected the output of aws iam list-roles")
    pairs: dict[RolePair, None] = {}
    left_out = []
    for number, role in enumerate(roles):
        found = _pair_of(role)
        if isinstance(found, RolePair):
            pairs[found] = None
        else:
            arn = role.get("Arn") if isinstance(role, dict) else None
            left_out.append((arn if isinstance(arn, str) else f"Roles[{number}]", found))
    return RoleList(tuple(pairs), tuple(left_out))


def _pair_of(role: object) -> RolePair | str:
    """The pair of a role as IAM prints it, or why it has none."""
    if not isinstance(role, dict) or not isinstance(role.get("Arn"), str):
        return "no Arn"
    arn = parse_arn(role["Arn"])
    if arn is None or arn.kind != "role":
        return "a name with a comma or blank cannot stand in a Role value" if "," in role["Arn"] else "no role ARN"
    providers = _providers(role.get("AssumeRolePolicyDocument"))
    if isinstance(providers, str):
        return providers
    if len(providers) != 1:
        return f"the trust policy names {len(providers) or 'no'} SAML provider{'s' if providers else ''}"
    pair = parse_role_pair(f"{arn},{providers[0]}")
    return pair or f"{_short(providers[0])} is the ARN of no SAML provider"


def _providers(policy: object) -> list[str] | str:
    """The SAML providers that a trust policy lets in, or why it cannot be told."""
    if isinstance(policy, str):
        try:
            policy = json.loads(unquote(policy))
        except (ValueError, RecursionError):
            return "the trust policy is not JSON"
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return "no trust policy"
    named: dict[str, bool] = {}
    for statement in statements:
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            for arn in _federated(statement):
                named[arn] = named.get(arn, False) or _with_saml(statement)
    if len(named) == 1 and not any(named.values()):
        return "the trust policy names a SAML provider but does not allow sts:AssumeRoleWithSAML"
    return list(named)


def _federated(statement: dict[Any, Any]) -> list[str]:
    principal = statement.get("Principal")
    federated = principal.get("Federated") if isinstance(principal, dict) else None
    return [one for one in _list(federated) if isinstance(one, str) and ":saml-provider/" in one]


def _with_saml(statement: dict[Any, Any]) -> bool:
    actions = {one.lower() for one in _list(statement.get("Action")) if isinstance(one, str)}
    return not actions.isdisjoint({"*", "sts:*", "sts:assumerole*", "sts:assumerolewithsaml"})


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
