"""From a report to an exit code, and to the findings that are shown. The one place where both are decided."""

from collections.abc import Sequence

from harness.report.model import Accepted, Finding, Refused, Report

ACCEPTED, REFUSED, UNJUDGED = 0, 1, 2


def exit_code(report: Report) -> int:
    """0 when AWS accepts at both doors and nothing is an error; 1 when not; 2 when no verdict could be reached.

    What AWS would do being unknown is never 0.
    """
    if report.unreadable is not None:
        return UNJUDGED
    if report.errors or any(not isinstance(answer, Accepted) for answer in report.answers):
        return REFUSED
    return ACCEPTED


def worst(codes: Sequence[int]) -> int:
    """The exit code for several files."""
    return max(codes, default=ACCEPTED)


def headline(report: Report) -> str:
    """The verdict in one line."""
    if report.unreadable is not None:
        return f"No verdict: {report.unreadable}."
    errors = len(report.errors)
    counted = "no error" if not errors else f"{errors} error{'s' if errors > 1 else ''}"
    if any(isinstance(answer, Refused) for answer in report.answers):
        return f"AWS would refuse; {counted}."
    if any(not isinstance(answer, Accepted) for answer in report.answers):
        return f"What AWS would answer is not known; {counted}."
    return f"AWS would accept; {counted}."


def chosen(report: Report, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The findings to print: codes or families to select, then to ignore, in either case of letters.

    Exit codes do not depend on it.
    """
    wanted, unwanted = tuple(code.upper() for code in select), tuple(code.upper() for code in ignore)
    return tuple(
        finding
        for finding in report.findings
        if (not wanted or finding.code.startswith(wanted)) and not (unwanted and finding.code.startswith(unwanted))
    )
