"""How a rule is declared: a function whose docstring is its card, and which yields a `Problem` for each wrong thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc
from typing import TYPE_CHECKING

from harness.report.model import Basis, Check, Outcome, Rule, Severity
from harness.rules.usual import Usual

if TYPE_CHECKING:
    from harness.rules.core import Evidence


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found. ``where`` is a path of local names."""

    message: str
    where: str = ""
    got: str = ""
    expected: str = ""
    line: int = 0


Finder = Callable[["Evidence"], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Registered:
    """A rule with its function, and the check that stands for "it passed"."""

    card: Rule
    find: Finder
    passed: Check
    flaw: StrEnum | None
    """The one kind of flaw that the rule is about, if it is about one: without it there is nothing to ask."""
    settled_by: Usual | None
    """What must be unusual before the rule can find anything, if that is known: else there is nothing to ask."""
    settled: Check
    """What stands in the report then."""


REGISTRY: dict[str, Registered] = {}
GONE = frozenset({"SIG022"})
"""Codes that were once given to a rule, and are not given again."""


def rule(
    code: str,
    *,
    severity: Severity,
    basis: Basis,
    refs: tuple[str, ...],
    flaw: StrEnum | None = None,
    settled_by: Usual | None = None,
    without: str = "",
) -> Callable[[Finder], Finder]:
    """Register a rule. Its docstring holds the summary, then ``Why:`` and ``Fix:`` paragraphs.

    ``without`` is an attribute of the assertion that is not there where the rule is settled, which skips it.
    """

    def register(find: Finder) -> Finder:
        if code in REGISTRY or code in GONE:
            raise ValueError(f"the code {code} is taken")
        summary, why, fix = _paragraphs(find.__doc__ or "")
        card = Rule(code, find.__name__.replace("_", "-"), severity, basis, summary, why, fix, refs)
        passed = Check(card, Outcome.PASS)
        settled = Check(card, Outcome.SKIP, reason=no_attribute(without)) if without else passed
        REGISTRY[code] = Registered(card, find, passed, flaw, settled_by, settled)
        return find

    return register


def no_attribute(name: str) -> str:
    """Why a rule about an attribute is skipped."""
    return f"there is no {name.rpartition('/')[2]} attribute"


def _paragraphs(docstring: str) -> tuple[str, str, str]:
    text = re.sub(r"\s*\n(?!\s*\n|Why:|Fix:)", " ", cleandoc(docstring))
    summary, _, rest = text.partition("Why:")
    why, _, fix = rest.partition("Fix:")
    return summary.strip(), why.strip(), fix.strip()


def order_by(families: tuple[str, ...]) -> None:
    """Put the registry in the order of the report: family by family, then by number."""
    ordered = sorted(REGISTRY.items(), key=lambda item: (families.index(item[1].card.family), item[0]))
    REGISTRY.clear()
    REGISTRY.update(ordered)


def cards() -> tuple[Rule, ...]:
    """Every rule's card, in the order of the report."""
    return tuple(registered.card for registered in REGISTRY.values())
