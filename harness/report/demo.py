"""The prints of ``demo``: a table of sign-ins, and a broken one explained."""

from collections.abc import Mapping

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report.as_text import answer_cells, new_console, print_finding, written
from harness.report.model import Accepted, Report
from harness.report.plain import plain


def sign_ins_as_text(reports: Mapping[str, Report], *, width: int = 100, color: bool = False) -> str:
    """Who gets in, and to what."""
    console = new_console(width, color=color)
    console.print(Text("Entra signs each user of the built-in company in; AWS answers.\n", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("user", "AWS", "role", "session"):
        table.add_column(heading, overflow="fold")
    for upn, report in reports.items():
        accepted = [one for one in report.sts if one.pair is not None and isinstance(one.answer, Accepted)]
        if not accepted:
            table.add_row(plain(upn), Text("refused", style="red"), "", ", ".join(sorted(report.error_codes)))
        for number, one in enumerate(accepted):
            session = one.answer.session if isinstance(one.answer, Accepted) else None
            role = "" if one.pair is None else f"{one.pair.role.account} {one.pair.role.resource}"
            words = "" if session is None else f"{session.name}, {session.seconds} s"
            first = number == 0
            table.add_row(
                plain(upn) if first else "", Text("accepted" if first else "", style="green"), plain(role), plain(words)
            )
    console.print(table)
    return written(console)


def broken_as_text(title: str, story: str, report: Report, *, width: int = 100, color: bool = False) -> str:
    """One refused sign-in: what happened, what AWS says, what is wrong and how to mend it."""
    console = new_console(width, color=color)
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Text(story))
    said = report.signin
    console.print(Padding(Text("AWS says: ").append(answer_cells(said)[1]), (1, 0, 0, 2)))
    for finding in report.errors:
        print_finding(console, finding)
    return written(console)
