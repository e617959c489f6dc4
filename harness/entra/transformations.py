"""Claims transformations: one or two small steps from source values to the values of a claim.

A step that gives nothing leaves the claim to what comes next: an earlier condition, or the row's own source.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import regex

from harness.entra.attributes import Values
from harness.entra.refusals import regex_timed_out
from harness.errors import HarnessError
from harness.scenario.claims import Transformation

REGEX_SECONDS = 0.5
"""How long the user-given patterns of one claim may run. Entra's own limit is not published; its refusal is."""
_NAMED_GROUP = re.compile(r"\(\?'(\w+)'")
_PLACE = re.compile(r"\{(\w+)\}")

Read = Callable[[str], Values]
"""From a source such as ``user.mail``, or a constant, to its values."""


def transform(steps: Sequence[Transformation], read: Read) -> Values:
    """The values after the last step. Raises HarnessError for a pattern that is none, EntraRefusal for a slow one."""
    values: Values = ()
    for step in steps:
        values = read(step.input) if step.input is not None else values
        taken = values if step.multivalued else values[:1]
        method = _method(step, max(len(taken), 1))
        values = tuple([made for one in taken or ("",) for made in method(step, one, read) if made])
    return values


def _method(step: Transformation, count: int) -> "Method":
    """What the step does to each of so many values, which share the time that patterns have."""
    if step.method == "RegexReplace":
        return partial(_regex_replace, seconds=REGEX_SECONDS / count)
    return _METHODS[step.method]


def _join(step: Transformation, value: str, read: Read) -> Values:
    others = read(step.input2 or "")
    taken = others if step.multivalued else others[:1]
    return tuple([f"{value}{step.value or ''}{other}" for other in taken]) if value else ()


def _if_it(test: Callable[[str, str], bool]) -> "Method":
    def method(step: Transformation, value: str, read: Read) -> Values:
        if test(value, step.value or ""):
            return read(step.output or "")
        return read(step.output_no_match) if step.output_no_match is not None else ()

    return method


def _between(step: Transformation, value: str, _: Read) -> Values:
    _before, start, rest = value.partition(step.value or "")
    inside, end, _after = rest.partition(step.end or "")
    return (inside,) if start and end else ()


def _after(step: Transformation, value: str, _: Read) -> Values:
    _before, mark, rest = value.partition(step.value or "")
    return (rest,) if mark else ()


def _before(step: Transformation, value: str, _: Read) -> Values:
    before, mark, _rest = value.partition(step.value or "")
    return (before,) if mark else ()


def _affix(pattern: str) -> "Method":
    compiled = re.compile(pattern)

    def method(_step: Transformation, value: str, _read: Read) -> Values:
        found = compiled.search(value)
        return (found[0],) if found else ()

    return method


def _substring(step: Transformation, value: str, _: Read) -> Values:
    start = step.start or 0
    return (value[start : None if step.length is None else start + step.length],)


def _regex_replace(step: Transformation, value: str, read: Read, *, seconds: float) -> Values:
    try:
        # Entra's patterns are .NET's: a group is named (?'name'...) there.
        pattern = regex.compile(_NAMED_GROUP.sub(r"(?P<\1>", step.pattern or ""))
        found = pattern.search(value, timeout=seconds)
    except (regex.error, RecursionError) as error:
        raise HarnessError(f"the pattern {str(step.pattern)[:200]!r} of a RegexReplace is none: {error}") from None
    except TimeoutError:
        raise regex_timed_out(step.pattern or "") from None
    if found is None:
        return read(step.output_no_match) if step.output_no_match is not None else ()
    groups = {name: text or "" for name, text in found.groupdict().items()}
    inputs = {name: "".join(read(source)[:1]) for name, source in step.parameters.items()}
    names = inputs | groups
    return (_PLACE.sub(lambda place: names.get(place[1], place[0]), step.replacement or ""),)


Method = Callable[[Transformation, str, Read], Values]
_METHODS: Mapping[str, Method] = {
    "ExtractMailPrefix": lambda _, value, __: (value.partition("@")[0],),
    "Join": _join,
    "ToLowercase": lambda _, value, __: (value.lower(),),
    "ToUppercase": lambda _, value, __: (value.upper(),),
    "Contains": _if_it(lambda value, wanted: wanted in value),
    "StartWith": _if_it(str.startswith),
    "EndWith": _if_it(str.endswith),
    "ExtractAfter": _after,
    "ExtractBefore": _before,
    "ExtractBetween": _between,
    "ExtractAlphaPrefix": _affix(r"^[A-Za-z]+"),
    "ExtractAlphaSuffix": _affix(r"[A-Za-z]+$"),
    "ExtractNumericPrefix": _affix(r"^[0-9]+"),
    "ExtractNumericSuffix": _affix(r"[0-9]+$"),
    "IfEmpty": lambda step, value, read: (value,) if value else read(step.output or ""),
    "IfNotEmpty": lambda step, value, read: read(step.output or "") if value else (),
    "Substring": _substring,
}
