"""The report on one response as a sheet: AWS's answers, then each family of rules."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.report.as_text import FAMILIES, answer_cells, pair_label
from harness.report.model import Accepted, AwsAnswer, Check, Outcome, PairAnswer, Report
from harness.report.sheet import Entry, Section, Sheet, outcome_of
from harness.report.verdict import chosen, exit_code, headline


def sheet_of_report(report: Report, file: str, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Sheet:
    """``file`` is the input as it was named. ``select`` and ``ignore`` choose what is shown, never the exit code."""
    shown = frozenset(id(one) for one in chosen(report, select, ignore))
    return Sheet(
        source=file,
        verdict=headline(report),
        exit_code=exit_code(report),
        sections=(*_input(report), *_answers(report), *_families(report, shown)),
        at=report.at,
        rules=tuple(check.rule for check in report.checks),
        has_lines=report.source.endswith("(XML)"),
    )


def _input(report: Report) -> Iterator[Section]:
    if report.unreadable is not None:
        entry = Entry("input", Outcome.FAIL, "The input can be judged.", report.unreadable)
        yield Section("input", "The input", (entry,))


def _answers(report: Report) -> Iterator[Section]:
    if report.unreadable is None:
        entries = (_answer("sign-in page", report.signin), *map(_pair, report.sts))
        yield Section("aws-answers", "What AWS would answer", _apart(entries))


def _pair(one: PairAnswer) -> Entry:
    return _answer(pair_label(one), one.answer)


def _answer(name: str, answer: AwsAnswer) -> Entry:
    word, told = answer_cells(answer)
    outcome = Outcome.PASS if isinstance(answer, Accepted) else Outcome.FAIL
    return Entry(name, outcome, said=f"{word.plain}: {told.plain}")


def _apart(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries of one name but once: a response may repeat a pair, and the answer is the same."""
    return tuple({entry.name: entry for entry in entries}.values())


def _families(report: Report, shown: frozenset[int]) -> Iterator[Section]:
    for family, checks in groupby(report.checks, key=lambda check: check.rule.family):
        entries = tuple(_check(check, shown) for check in checks)
        yield Section(family.lower(), FAMILIES.get(family, family), entries)


def _check(check: Check, shown: frozenset[int]) -> Entry:
    findings = tuple(one for one in check.findings if id(one) in shown)
    outcome = Outcome.SKIP if check.outcome is Outcome.SKIP else outcome_of(check.findings)
    hidden = len(check.findings) - len(findings)
    said = f"{hidden} finding{'s are' if hidden > 1 else ' is'} not shown" if hidden else check.reason
    return Entry(f"{check.rule.code} {check.rule.name}", outcome, check.rule.summary, said, findings)
