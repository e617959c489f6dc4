"""The prints of ``approles``: changes and findings, as text and as data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.approles.check import Budget, Problem
from harness.approles.patch import Change
from harness.report.as_text import new_console, rows, written
from harness.report.plain import plain

_SIGN = {"add": "+", "delete": "-", "change": "~", "disable": "~", "enable": "~"}
MAX_SHOWN = 100
_STYLE = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def changes_as_text(changes: Sequence[Change], unchanged: int, *, width: int = 100, color: bool = False) -> str:
    """What PATCH would do, a line for each entry, and how many entries stay as they are."""
    console = new_console(width, color=color)
    table = rows(3)
    for change in changes:
        said = Text(plain(change.words))
        if change.refused:
            said.append(f"\n{change.refused}", style="red")
        table.add_row(f"{_SIGN[change.kind]} {change.kind}", plain(change.role.display_name), said)
    if changes:
        console.print(table)
    counted = Counter(change.kind for change in changes)
    done = ", ".join(f"{kind} {number:,}" for kind, number in counted.items()) or "change nothing"
    console.print(Text(f"PATCH would {done}; {unchanged:,} stay as they are."))
    return written(console)


def problems_as_text(
    name: str,
    problems: Sequence[Problem],
    used: Sequence[Budget],
    left_out: Sequence[tuple[str, str]],
    *,
    width: int = 100,
    color: bool = False,
) -> str:
    """Findings with place and source, then the room that is left."""
    console = new_console(width, color=color)
    errors = sum(one.severity == "error" for one in problems)
    console.print(Text(f"{plain(name)}: {len(problems):,} findings, {errors:,} of them errors", style="bold"))
    for one in problems[:MAX_SHOWN]:
        _problem(console, one)
    if len(problems) > MAX_SHOWN:
        console.print(Text(f"  and {len(problems) - MAX_SHOWN:,} more; --format json lists them all"))
    if left_out:
        console.print(Text("\nLeft out", style="bold"))
        table = rows()
        for arn, reason in left_out:
            table.add_row(plain(arn), plain(reason))
        console.print(Padding(table, (0, 0, 0, 2)))
    console.print(Text("\nRoom", style="bold"))
    console.print(Padding(_room(used), (0, 0, 0, 2)))
    return written(console)


def _problem(console: Console, one: Problem) -> None:
    """A finding with its place and how it is known."""
    console.print(Text("  ").append(one.severity, _STYLE[one.severity]).append(f"  {plain(one.message)}"))
    table = rows()
    refused = f"{one.refused_by} refuses it; " if one.refused_by else ""
    for label, value in (("where", one.where), ("got", one.got), ("known", f"{refused}{one.basis}: {one.source}")):
        if value:
            table.add_row(Text(label, style="dim"), plain(value))
    console.print(Padding(table, (0, 0, 0, 4)))


def _room(used: Sequence[Budget]) -> Table:
    table = rows(3)
    for one in used:
        limit = f"about {one.limit:,}" if one.basis == "inferred" else f"{one.limit:,}"
        table.add_row(one.name, f"{one.used:,} of {limit}", Text(f"{one.basis}: {one.source}", style="dim"))
    return table


def problems_as_data(
    name: str, problems: Sequence[Problem], used: Sequence[Budget], left_out: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The same as `problems_as_text`, for programs."""
    return {
        "format": "saml-harness approles",
        "version": 1,
        "source": name,
        "findings": [asdict(one) for one in problems],
        "left_out": [{"arn": arn, "reason": reason} for arn, reason in left_out],
        "budgets": [asdict(one) for one in used],
    }
