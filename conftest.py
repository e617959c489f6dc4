"""What the project's own test suite shares. Everything a user of the plugin would want belongs in the package."""

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["pytester", "harness.pytest_plugin"]

STRICT = "SAML_HARNESS_NO_SKIPS"
"""CI sets it: then a skip, an expected failure or a missing judge is a failure."""


# Tests read what a pipe gets: an exported width, as some shells and test runners have, would break its lines elsewhere.
os.environ.pop("COLUMNS", None)


def pytest_report_header() -> str:
    return f"{STRICT}={os.environ.get(STRICT, '')} (set it to fail on skips, as CI does)"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if os.environ.get(STRICT) and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but {STRICT} is set: {report.longrepr}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which third-party programs judged how many documents."""
    from tests.judges import ledger

    lines = ledger.lines()
    if lines:
        terminalreporter.section("judges")
        for line in lines:
            terminalreporter.write_line(line)
