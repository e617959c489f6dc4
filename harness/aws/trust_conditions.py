"""The Condition block of a policy: operators over the keys of one request.

A condition holds, does not hold, or cannot be told. AND and OR over the three follow Kleene: one that does not
hold decides an AND, one that holds decides an OR, whatever the others are.
"""

import ipaddress
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Context = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case, each with its values; a key that the request does not have is left out."""

_KNOWN_SPACES = ("saml:", "aws:requesttag/")
_KNOWN_KEYS = {
    "aws:tagkeys", "aws:principalaccount", "aws:principaltype", "aws:principalarn", "aws:currenttime",
    "aws:epochtime", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys", "sts:externalid",
}  # fmt: skip
"""Keys whose absence from a context means that the request does not have them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something holds; None when that cannot be told. The reason says why it does not."""

    holds: bool | None
    reason: str = ""


def both(first: Outcome, second: Outcome) -> Outcome:
    """The AND of two outcomes."""
    if first.holds is False or second.holds is True:
        return first
    return second if second.holds is False or first.holds is True else first


def like(text: str, pattern: str) -> bool:
    """Whether a pattern with ``*`` and ``?`` fits the whole text. Never more than text times pattern steps."""
    if "*" not in pattern and "?" not in pattern:
        return text == pattern
    place = star = resume = 0
    at = 0
    starred = False
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            starred, star, resume = True, place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place, at = place + 1, at + 1
        elif starred:
            resume += 1
            place, at = star + 1, resume
        else:
            return False
    return not pattern[place:].strip("*")


def conditions_hold(block: object, context: Context) -> Outcome:
    """Whether every operator of a Condition block holds."""
    if block is None:
        return Outcome(True)
    if not isinstance(block, Mapping):
        return Outcome(None, "its Condition is no JSON object")
    outcome = Outcome(True)
    for name, wanted in block.items():
        if not isinstance(wanted, Mapping):
            return Outcome(None, f"its condition {str(name)[:60]!r} is no JSON object")
        for key, values in wanted.items():
            outcome = both(outcome, _holds(str(name), str(key), values, context))
    return outcome


def _holds(name: str, key: str, wanted: object, context: Context) -> Outcome:
    """One operator over one key."""
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    values = _values(wanted)
    got = context.get(key.lower())
    where = f"{name} {key}"
    if values is None or not values:
        return Outcome(None, f"{where}: its value is neither a text nor a list of texts")
    known = name == "Null" or (base in OPERATORS and quantifier in ("", "ForAnyValue", "ForAllValues"))
    if not known:
        return Outcome(None, f"the condition operator {name[:60]!r} is not known here")
    if any("${" in value for value in values):
        return Outcome(None, f"{where}: policy variables are not resolved here")
    if got is None and not _is_known(key.lower()):
        return Outcome(None, f"{where}: the value of this key is not in the response")
    if name == "Null":
        return _told(((got is None) == (values[0].lower() == "true")), where, got, values)
    if got is None:
        absent_is_fine = rest != base or quantifier == "ForAllValues" or (not quantifier and OPERATORS[base].negated)
        return _told(absent_is_fine, where, got, values)
    return _compare(OPERATORS[base], quantifier, where, got, values)


def _values(wanted: object) -> list[str] | None:
    found = wanted if isinstance(wanted, list) else [wanted]
    if any(not isinstance(one, str | int | float) for one in found):
        return None
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in found]


def _is_known(key: str) -> bool:
    return key.startswith(_KNOWN_SPACES) or key in _KNOWN_KEYS


def _told(holds: bool, where: str, got: tuple[str, ...] | None, wanted: list[str]) -> Outcome:
    if holds:
        return Outcome(True)
    shown = "absent" if got is None else ", ".join(got)[:120]
    return Outcome(False, f"{where} is {shown}; the policy says {', '.join(wanted)[:200]}")


@dataclass(frozen=True, slots=True)
class _Operator:
    """How one value is compared with one of the policy's. ``negated`` operators hold when none matches."""

    matches: Callable[[str, str], bool]
    negated: bool = False


def _compare(how: _Operator, quantifier: str, where: str, got: tuple[str, ...], wanted: list[str]) -> Outcome:
    if len(got) > 1 and not quantifier:
        return Outcome(None, f"{where}: the key has {len(got)} values and the operator no ForAnyValue or ForAllValues")
    try:
        each = [any(how.matches(value, one) for one in wanted) is not how.negated for value in got]
    except (ValueError, InvalidOperation, OverflowError):
        return Outcome(None, f"{where}: a value is not of the kind that the operator compares")
    return _told(all(each) if quantifier == "ForAllValues" else any(each), where, got, wanted)


def _number(compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(Decimal(value), Decimal(wanted))


def _date(compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(_moment(value), _moment(wanted))


def _moment(text: str) -> datetime:
    """A date as policies write it: ISO 8601, or seconds since 1970."""
    if text.isascii() and text.isdigit() and len(text) > 4:
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _arn_like(value: str, pattern: str) -> bool:
    """ARNs are compared part by part, so that a wildcard never reaches over a colon."""
    ours, theirs = value.split(":", 5), pattern.split(":", 5)
    return len(ours) == len(theirs) == 6 and all(map(like, ours, theirs))


def _in_network(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _fold(compare: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(value.casefold(), wanted.casefold())


def _ordered(prefix: str, kind: Callable[[Callable[[Any, Any], bool]], Callable[[str, str], bool]]) -> Iterable[
    tuple[str, _Operator]
]:  # fmt: skip
    yield prefix + "Equals", _Operator(kind(operator.eq))
    yield prefix + "NotEquals", _Operator(kind(operator.eq), negated=True)
    yield prefix + "LessThan", _Operator(kind(operator.lt))
    yield prefix + "LessThanEquals", _Operator(kind(operator.le))
    yield prefix + "GreaterThan", _Operator(kind(operator.gt))
    yield prefix + "GreaterThanEquals", _Operator(kind(operator.ge))


OPERATORS: dict[str, _Operator] = {
    "StringEquals": _Operator(operator.eq),
    "StringNotEquals": _Operator(operator.eq, negated=True),
    "StringEqualsIgnoreCase": _Operator(_fold(operator.eq)),
    "StringNotEqualsIgnoreCase": _Operator(_fold(operator.eq), negated=True),
    "StringLike": _Operator(like),
    "StringNotLike": _Operator(like, negated=True),
    "Bool": _Operator(_fold(operator.eq)),
    "ArnEquals": _Operator(_arn_like),
    "ArnLike": _Operator(_arn_like),
    "ArnNotEquals": _Operator(_arn_like, negated=True),
    "ArnNotLike": _Operator(_arn_like, negated=True),
    "IpAddress": _Operator(_in_network),
    "NotIpAddress": _Operator(_in_network, negated=True),
    **dict(_ordered("Numeric", _number)),
    **dict(_ordered("Date", _date)),
}
"""Every operator but Null, which asks for presence alone."""
