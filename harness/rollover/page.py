"""A rehearsal as one page that needs nothing else: the picture, and the table below it."""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from harness.report.model import Outcome
from harness.report.plain import plain
from harness.report.sheet import Sheet
from harness.rollover.picture import as_svg
from harness.rollover.rehearsal import Rehearsal

_WORD = {Outcome.PASS: "ok", Outcome.FAIL: "out", Outcome.SKIP: "not tried"}


def as_page(rehearsal: Rehearsal, sheet: Sheet) -> str:
    """The page. Every value is escaped; its one script filters the accounts, and the page is whole without it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = lambda value: plain(value, 4000)
    script = _text("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page = environment.from_string(_text("page.html")).render(
        sheet=sheet,
        summary=rehearsal.plan.summary,
        word=_WORD,
        picture=Markup(as_svg(rehearsal, alone=False)),  # noqa: S704  (the library escapes the texts it draws)
        script=Markup(script),  # noqa: S704  (our own file)
        script_hash=f"sha256-{digest}",
    )
    return page + "\n"


def _text(name: str) -> str:
    return files("harness.rollover").joinpath(name).read_text("utf-8")
