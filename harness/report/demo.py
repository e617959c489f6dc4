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
    for heading in ("user", "AWS", "account", "role", "session"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "role")
    for upn, report in reports.items():
        accepted = [
            (one.pair.role, one.answer.session) for one in report.sts if one.pair and isinstance(one.answer, Accepted)
        ]
        if not accepted:
            table.add_row(plain(upn), Text("refused", style="red"), "", ", ".join(sorted(report.error_codes)))
        for number, (role, session) in enumerate(accepted):
            first = (plain(upn), Text("accepted", style="green")) if number == 0 else ("", "")
            table.add_row(*first, plain(role.account), plain(role.resource), f"{session.seconds} s")
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
