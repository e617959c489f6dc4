"""Assertions about responses. Each failure is a small report: what was expected, what came, why, and the cure."""

from collections.abc import Iterator

from harness.report.as_text import answer_cells, pair_label
from harness.report.entry_words import finding_lines
from harness.report.model import Accepted, AwsAnswer, Finding, Refused, Report, Severity
from harness.report.verdict import exit_code, headline
from harness.rules import cards
from harness.testing.responses import Response

Judged = Response | Report


def assert_accepted(response: Judged) -> None:
    """AWS accepts at both doors, for every role, and no finding is an error. Warnings are no failure."""
    __tracebackhide__ = True
    report = _report(response)
    if exit_code(report) != 0:
        wanted = "AWS accepts at both doors, and no finding is an error"
        raise AssertionError("\n".join(_speech(wanted, report, _errors(report))))


def assert_finds(response: Judged, *codes: str) -> None:
    """Every one of these codes is reported, whatever else is."""
    __tracebackhide__ = True
    report = _report(response)
    if missing := [code for code in codes if code not in report.codes]:
        known = {card.code: card for card in cards()}
        told = [f"{code} ({known[code].summary})" if code in known else f"{code} (no such rule)" for code in missing]
        raise AssertionError("\n".join(_speech(f"a finding {', '.join(told)}", report, [*report.findings])))


def assert_aws_refuses(response: Judged, *, code: str | None = None, message: str | None = None) -> None:
    """AWS refuses at some door, with this error code and with words that hold ``message``, where they are given."""
    __tracebackhide__ = True
    report = _report(response)
    refusals = [answer for answer in report.answers if isinstance(answer, Refused)]
    if not any(_fits(one, code, message) for one in refusals):
        wanted = "AWS refuses"
        wanted += f" with {code}" if code is not None else ""
        wanted += f", saying {message!r}" if message is not None else ""
        raise AssertionError("\n".join(_speech(wanted, report, _errors(report))))


def _fits(answer: Refused, code: str | None, message: str | None) -> bool:
    return (code is None or answer.code == code) and (message is None or message in answer.message)


def _report(response: Judged) -> Report:
    return response if isinstance(response, Report) else response.report


def _errors(report: Report) -> list[Finding]:
    return [one for one in report.findings if one.severity is Severity.ERROR]


def _speech(wanted: str, report: Report, findings: list[Finding]) -> Iterator[str]:
    yield f"expected: {wanted}"
    yield f"got:      {headline(report)}"
    yield from _answers(report)
    for finding in findings:
        yield from finding_lines(finding)
    if not findings:
        yield "Nothing is wrong."


def _answers(report: Report) -> Iterator[str]:
    """Each door's answer; pairs with the same answer are told once."""
    if report.unreadable is not None:
        return
    yield f"  sign-in page: {_words(report.signin)}"
    told: dict[str, list[str]] = {}
    for one in report.sts:
        told.setdefault(_words(one.answer), []).append(pair_label(one))
    for words, doors in told.items():
        more = f" and {len(doors) - 1} more" if len(doors) > 1 else ""
        yield f"  {doors[0]}{more}: {words}"


def _words(answer: AwsAnswer) -> str:
    word, told = answer_cells(answer)
    if isinstance(answer, Accepted):
        return f"{word.plain}, {told.plain}"
    return f"{word.plain}: " + "; ".join(told.plain.splitlines())
