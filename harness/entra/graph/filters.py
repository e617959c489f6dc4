"""``$filter``: the part of OData's language that directory objects take."""

import re
from collections.abc import Callable
from typing import Any

from harness.entra.graph.errors import bad_filter, unsupported_filter

Test = Callable[[dict[str, Any]], bool]
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z0-9_@.$-]+(?:/[A-Za-z0-9_]+)*)|([(),:]))")
MAX_TOKENS = 200
_UNSUPPORTED = {"contains": "Contains", "endswith": "EndsWith", "ne": "NotEqualsMatch"}


def parse_filter(text: str) -> Test:
    """The test that a filter stands for. Raises GraphError."""
    tokens = _tokens(text)
    if len(tokens) > MAX_TOKENS:
        raise bad_filter(f"more than {MAX_TOKENS} words")
    reader = _Reader(tokens)
    test = reader.either()
    if reader.left:
        raise bad_filter(f"{reader.next()!r} is not expected here")
    return test


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise bad_filter(f"cannot be read from character {at + 1} on")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Reader:
    """One pass over the words, from the loosest binding to the tightest."""

    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens[::-1]

    def next(self, expected: str = "") -> str:
        found = self.left.pop() if self.left else ""
        if not found or (expected and found != expected):
            raise bad_filter(f"{expected or 'more'} is expected instead of {found or 'the end'!r}")
        return found

    def at(self, word: str) -> bool:
        if self.left and self.left[-1].lower() == word:
            self.left.pop()
            return True
        return False

    def either(self) -> Test:
        tests = [self.both()]
        while self.at("or"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda one: any(test(one) for test in tests)

    def both(self) -> Test:
        tests = [self.term()]
        while self.at("and"):
            tests.append(self.term())
        return tests[0] if len(tests) == 1 else lambda one: all(test(one) for test in tests)

    def term(self) -> Test:
        if self.at("not"):
            test = self.term()
            return lambda one: not test(one)
        if self.at("("):
            test = self.either()
            self.next(")")
            return test
        word = self.next()
        if self.at("("):
            return self.function(word)
        return self.comparison(word)

    def function(self, name: str) -> Test:
        """``startswith(property,'x')``, or ``property/any(x:x eq 'y')``."""
        if name.endswith("/any"):
            return self.any_of(name.removesuffix("/any"))
        if name.lower() != "startswith":
            raise unsupported_filter(_UNSUPPORTED.get(name.lower(), name))
        path = self.next()
        self.next(",")
        start = _value(self.next())
        self.next(")")
        if not isinstance(start, str):
            raise bad_filter("startswith compares with a text")
        return lambda one: str(_at(one, path) or "").lower().startswith(start.lower())

    def any_of(self, path: str) -> Test:
        variable = self.next()
        self.next(":")
        self.next(variable)
        inner = self.comparison("it")
        self.next(")")
        return lambda one: any(inner({"it": value}) for value in _items(one, path))

    def comparison(self, path: str) -> Test:
        operator = self.next().lower()
        if operator == "eq":
            wanted = _value(self.next())
            return lambda one: _same(_at(one, path), wanted)
        if operator == "in":
            self.next("(")
            values = [_value(self.next())]
            while self.at(","):
                values.append(_value(self.next()))
            self.next(")")
            return lambda one: any(_same(_at(one, path), value) for value in values)
        raise unsupported_filter(_UNSUPPORTED.get(operator, operator))


def _value(token: str) -> str | bool | None:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    known = {"true": True, "false": False, "null": None}
    return known.get(token.lower(), token)


def _at(data: dict[str, Any], path: str) -> Any:  # noqa: ANN401  (JSON)
    """The value at ``info/logoUrl`` or ``displayName``. Raises GraphError for a property that is not there."""
    found: Any = data
    for step in path.split("/"):
        if not isinstance(found, dict) or step not in found:
            raise bad_filter(f"there is no property {path!r}")
        found = found[step]
    return found


def _items(data: dict[str, Any], path: str) -> list[Any]:
    """The values of a collection, of which ``any`` asks. Raises GraphError for a property that is none."""
    found = _at(data, path)
    if not isinstance(found, list | None):
        raise bad_filter(f"the property {path!r} is no collection")
    return found or []


def _same(held: object, wanted: object) -> bool:
    """Texts of the directory are compared without case."""
    if isinstance(held, str) and isinstance(wanted, str):
        return held.lower() == wanted.lower()
    return held is wanted
