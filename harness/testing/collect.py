"""A scenario file as a pytest suite: a section for each kind of check, a test for each check."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.preflight import Asked, Part, World, plan, plans_beside, world_of
from harness.report.entry_words import entry_lines
from harness.report.model import Outcome
from harness.report.plain import plain
from harness.report.sheet import Entry
from harness.rules import cards
from harness.scenario.load import load_scenario
from harness.testing.summary import SECTION

__all__ = ["ScenarioFile"]


class CheckFailed(AssertionError):
    """A check that failed. Its text is the report on it."""


class ScenarioFile(pytest.File):
    """A ``*.scenario.toml`` file. What is wrong with its form is an error of collection."""

    def __init__(self, *, now: datetime, **how: Any) -> None:  # noqa: ANN401  (what pytest hands on)
        super().__init__(**how)
        self._now = now

    def collect(self) -> Iterator[pytest.Collector]:
        """A section for each part of the plan."""
        try:
            for part in plan(self._world()):
                yield Section.from_parent(self, name=part.name, part=part)
        except HarnessError as error:
            raise self.CollectError(str(error)) from None

    def _world(self) -> World:
        source = _shown(self.path, self.config.rootpath)
        found, plans = load_scenario(self.path), plans_beside(self.path)
        return world_of(found, self._now, directory=self.path.parent, source=source, plans=plans)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


class Section(pytest.Collector):
    """The checks of one kind."""

    def __init__(self, *, part: Part, **how: Any) -> None:  # noqa: ANN401
        super().__init__(**how)
        self.part = part

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each check."""
        for asked in self.part.checks:
            yield CheckItem.from_parent(self, name=_name(asked.name), asked=asked, title=self.part.title)


def _name(text: str) -> str:
    """A name of one line without the sign that parts names in node ids."""
    return plain(text).replace("::", ":")


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, asked: Asked, title: str, **how: Any) -> None:  # noqa: ANN401
        super().__init__(**how)
        self._asked = asked
        self._title = title

    def runtest(self) -> None:
        """Ask. A check that could not be judged is skipped with the reason."""
        entry = self._asked.ask()
        if entry.outcome is Outcome.SKIP:
            pytest.skip("; ".join(entry_lines(entry)))
        if entry.failed:
            raise CheckFailed(_told(entry))
        if entry.findings:
            self.add_report_section("call", SECTION, "\n".join([self.nodeid, *entry_lines(entry)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """The report on the check; for anything else what pytest says."""
        if isinstance(excinfo.value, CheckFailed):
            return str(excinfo.value)
        if isinstance(excinfo.value, HarnessError):
            return f"{self.name}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What stands above a failure."""
        return self.path, None, f"{self._title}: {self.name}"


def _told(entry: Entry) -> str:
    return "\n".join([entry.title, *entry_lines(entry, {card.code: card.why for card in cards()})])
