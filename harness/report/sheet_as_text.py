"""Sheets for people: a table for each section, with what is wrong below its line."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report.as_text import new_console, print_finding, written
from harness.report.model import Outcome, Severity
from harness.report.plain import plain
from harness.report.sheet import Entry, Section, Sheet, counted
from harness.saml.times import show_instant

MANY = 40
"""Up to so many lines a section is shown whole; of a longer one, what is well is counted."""
_WORD = {Outcome.PASS: "ok", Outcome.FAIL: "FAIL", Outcome.SKIP: "skip"}
_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan", None: "green"}


def sheets_as_text(sheets: Sequence[Sheet], *, width: int = 100, color: bool = False, verbose: bool = False) -> str:
    """All sheets, each with its verdict. ``verbose`` shows every line of long sections."""
    console = new_console(width, color=color)
    for number, sheet in enumerate(sheets):
        judged = "" if sheet.at is None else f", judged at {show_instant(sheet.at)}"
        console.print(Text(("\n" if number else "") + plain(sheet.source) + judged, style="bold"))
        console.print(Text(f"{plain(sheet.verdict, 2000)} {counted(sheet)}.", style="bold"))
        for section in sheet.sections:
            _section(console, section, verbose=verbose)
    return written(console)


def _section(console: Console, section: Section, *, verbose: bool) -> None:
    console.print(Text(f"\n{plain(section.title)}", style="bold"))
    whole = verbose or len(section.entries) <= MANY
    shown = [entry for entry in section.entries if whole or entry.level is not None]
    longest = max((len(plain(entry.name)) for entry in shown), default=0)
    room = min(longest, (console.width - 10) * 2 // 5)
    for entry in shown:
        console.print(Padding(_line(entry, room), (0, 0, 0, 2)))
        for finding in entry.findings:
            print_finding(console, finding, indent=8)
    if hidden := len(section.entries) - len(shown):
        console.print(Text(f"  {hidden:,} more are well (--verbose lists them)"))


def _line(entry: Entry, room: int) -> Table:
    """A line of the table; every line of a section has columns of the same width."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for width in (4, room, None):
        table.add_column(overflow="fold", width=width)
    warned = entry.level is Severity.WARNING
    style = "dim" if entry.outcome is Outcome.SKIP else _STYLE[entry.level]
    said = "\n".join(plain(line, 4000) for line in (entry.said or entry.title).splitlines())
    table.add_row(Text("warn" if warned else _WORD[entry.outcome], style=style), plain(entry.name), Text(said))
    return table
