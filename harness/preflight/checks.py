"""A check that was not asked yet, and findings by a rule's card."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from harness.report.model import Finding, Rule
from harness.report.sheet import Entry
from harness.rules import cards


@dataclass(frozen=True, slots=True)
class Asked:
    """A check by its name. ``ask`` does the work, once for each call."""

    name: str
    ask: Callable[[], Entry]


@dataclass(frozen=True, slots=True)
class Part:
    """The checks of one section."""

    name: str
    title: str
    checks: tuple[Asked, ...]


@cache
def _cards() -> dict[str, Rule]:
    return {card.code: card for card in cards()}


def finding(code: str, message: str, *, where: str = "", got: str = "", expected: str = "") -> Finding:
    """A finding under the card of a rule: its severity and its cure."""
    card = _cards()[code]
    return Finding(code, card.severity, message, where, 0, got, expected, card.fix, False)


def apart(names: Sequence[str], *longer: Sequence[str]) -> Iterator[str]:
    """Each name, or where two are the same the longer ones, the first of which tells them apart; else a number."""
    waiting = [names, *longer]
    counts = [Counter(one) for one in waiting]
    seen: Counter[str] = Counter()
    for forms in zip(*waiting, strict=True):
        chosen = next((one for one, count in zip(forms, counts, strict=True) if count[one] == 1), forms[-1])
        seen[chosen] += 1
        yield chosen if seen[chosen] == 1 else f"{chosen} ({seen[chosen]})"


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each once."""
    return tuple(dict.fromkeys(findings))
