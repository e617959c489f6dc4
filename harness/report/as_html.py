"""Sheets as one page that needs nothing else: no script, no picture, no address of another host."""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from harness.report.entry_words import finding_parts
from harness.report.model import Outcome
from harness.report.plain import plain
from harness.report.sheet import Sheet, counted
from harness.saml.times import show_instant

_WORD = {Outcome.PASS: "passed", Outcome.FAIL: "failed", Outcome.SKIP: "skipped"}


def as_html(sheets: Sequence[Sheet]) -> str:
    """The page. What is well is folded away, what is not stands open; every value is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"plain": lambda value: plain(value, 4000), "instant": show_instant}
    page = environment.from_string(files("harness.report").joinpath("sheet.html").read_text("utf-8"))
    return page.render(sheets=sheets, word=_WORD, counted=counted, parts=finding_parts) + "\n"
