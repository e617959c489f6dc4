"""The one shape of every report that people share: titled sections of checks.

`check`, `cases run`, `preflight` and `rollover` each turn what they found into sheets; every format prints sheets
and knows nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from harness.report.model import Finding, Outcome, Rule, Severity


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was asked, and what came of it.

    It fails when a finding is an error, or when what was asked did not come out; a warning alone fails nothing.
    """

    name: str
    """Short, and the only one of its name in the section."""
    outcome: Outcome
    title: str = ""
    """The sentence that must hold, or what stands behind the name."""
    said: str = ""
    """What there is to say beside the findings: AWS's words, or why it was skipped."""
    findings: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        return self.outcome is Outcome.FAIL

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def level(self) -> Severity | None:
        """How bad it is: an error where it failed, else the worst of its findings; None when all is well."""
        if self.failed:
            return Severity.ERROR
        found = {one.severity for one in self.findings}
        return next((severity for severity in Severity if severity in found), None)


@dataclass(frozen=True, slots=True)
class Section:
    """Checks of one kind. ``name`` is a word for programs, as in ``role-pairs``; ``title`` is for people."""

    name: str
    title: str
    entries: tuple[Entry, ...]

    def count(self, outcome: Outcome) -> int:
        """How many entries came out so."""
        return sum(one.outcome is outcome for one in self.entries)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything found about one subject. There is no ``__bool__``: ``if sheet`` would hide mistakes."""

    source: str
    """What was judged: a file as it was named, or a word for it."""
    verdict: str
    """In one sentence."""
    exit_code: int
    """0 all is well, 1 something failed, 2 no verdict could be reached."""
    sections: tuple[Section, ...]
    at: datetime | None = None
    """The instant that was judged."""
    rules: tuple[Rule, ...] = ()
    """The cards of the rules that were asked, for formats that carry them."""
    has_lines: bool = False
    """Whether the lines that findings name are lines of ``source``."""

    @property
    def entries(self) -> Iterator[tuple[Section, Entry]]:
        for section in self.sections:
            for entry in section.entries:
                yield section, entry

    def count(self, outcome: Outcome) -> int:
        """How many entries of all sections came out so."""
        return sum(section.count(outcome) for section in self.sections)


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """FAIL when a finding is an error."""
    return Outcome.FAIL if any(one.severity is Severity.ERROR for one in findings) else Outcome.PASS


def counted(sheet: Sheet) -> str:
    """How many checks there were and what came of them: ``12 checks: 10 passed, 1 failed, 1 skipped``."""
    words = ((Outcome.PASS, "passed"), (Outcome.FAIL, "failed"), (Outcome.SKIP, "skipped"))
    counts = [(sheet.count(outcome), word) for outcome, word in words]
    total = sum(count for count, _ in counts)
    told = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return f"{total:,} check{'' if total == 1 else 's'}" + (f": {told}" if told else "")
