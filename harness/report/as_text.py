"""The report for people: AWS's answers first and in AWS's words, then what is wrong and the cure."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report.model import (
    Accepted,
    AwsAnswer,
    Finding,
    Outcome,
    PairAnswer,
    Refused,
    Report,
    Rule,
    Severity,
    Unknown,
)
from harness.report.plain import plain
from harness.report.verdict import chosen, headline
from harness.saml.times import show_instant

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
FAMILIES = {
    "XML": "The document",
    "SIG": "Signatures",
    "AST": "The assertion",
    "AWS": "What AWS reads",
    "MET": "Metadata",
    "CRT": "Certificates",
    "TRU": "Trust in the AWS accounts",
    "APP": "App roles",
}
MAX_PAIRS = 12


def as_text(
    report: Report,
    *,
    width: int = 100,
    color: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    verbose: bool = False,
) -> str:
    """The whole report, ending in a line break. ``verbose`` adds the rules that were skipped, with reasons."""
    console = new_console(width, color=color)
    console.print(Text(f"{plain(report.source)}, judged at {show_instant(report.at)}", style="bold"))
    console.print(Text(plain(headline(report)), style="bold"))
    if report.unreadable is None:
        _answers(console, "AWS would answer", report.signin, report.sts)
        if report.when_fresh is not None:
            _answers(console, "One second after it was issued AWS would have answered", *report.when_fresh)
        _signatures(console, report)
    findings = chosen(report, select, ignore)
    if findings or report.unreadable is None:
        _findings(console, findings, sum(1 for _ in report.findings) - len(findings))
    _skipped(console, report, verbose=verbose)
    return written(console)


def new_console(width: int, *, color: bool) -> Console:
    """A console that writes to memory; no markup, emoji or links are ever read from values."""
    return Console(
        file=io.StringIO(),
        width=max(width, 40),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def written(console: Console) -> str:
    """What was printed, without the blanks rich pads lines with."""
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of new_console
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def rows(columns: int = 2) -> Table:
    """A table without lines: columns that wrap on their own, long words too. Nothing is ever cut off."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table


def _answers(console: Console, title: str, signin: AwsAnswer, sts: tuple[PairAnswer, ...]) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    table = rows(3)
    table.add_row("sign-in page", *answer_cells(signin))
    for label, answer in _labelled(sts):
        table.add_row(Text(label, overflow="fold"), *answer_cells(answer))
    console.print(Padding(table, (0, 0, 0, 2)))
    for assumed in dict.fromkeys(_assumptions([signin, *(one.answer for one in sts)])):
        console.print(Padding(Text(f"assumed: {plain(assumed)}", style="dim"), (0, 0, 0, 2)))


def _labelled(sts: tuple[PairAnswer, ...]) -> Iterator[tuple[str, AwsAnswer]]:
    """One row for each pair; many pairs with the same answer share one."""
    for _, group in groupby(sts, key=lambda one: one.answer if len(sts) > MAX_PAIRS else id(one)):
        alike = list(group)
        if len(alike) > MAX_PAIRS:
            yield f"STS, {len(alike)} role pairs", alike[0].answer
        else:
            yield from ((pair_label(one), one.answer) for one in alike)


def pair_label(one: PairAnswer) -> str:
    """The door and, where there is one, the pair that was asked for there."""
    if one.pair is None:
        return "STS"
    return plain(f"STS {one.pair.account} {one.pair.resource} via {one.pair.provider_name}")


def answer_cells(answer: AwsAnswer) -> tuple[Text, Text]:
    """An answer in one word and in full."""
    match answer:
        case Accepted(session=session, basis=basis):
            granted = f"session {plain(session.name)} for {session.seconds} s ({basis})"
            return Text("accepted", style="green"), Text(granted)
        case Refused():
            code = f"{answer.code} " if answer.code else ""
            said = Text(f"{_words(answer.message)}\n{code}{_status(answer)} ({answer.basis})")
            for other in answer.others:
                said.append(f"\nalso: {_words(other)}", style="dim")
            return Text("refused", style="red"), said
        case Unknown(reason=reason):
            return Text("unknown", style="yellow"), Text(plain(reason))


def _status(answer: Refused) -> str:
    return "HTTP status not known" if answer.http_status is None else f"HTTP {answer.http_status}"


def _words(message: str) -> str:
    """AWS's words; the request ID that AWS puts in differs each time."""
    return plain(message.replace("{request_id}", "..."))


def _assumptions(answers: Iterable[AwsAnswer]) -> Iterator[str]:
    for answer in answers:
        if isinstance(answer, Accepted):
            yield from answer.assumed


def _signatures(console: Console, report: Report) -> None:
    if not report.signatures:
        return
    console.print(Text("\nSignatures", style="bold"))
    table = rows()
    for one in report.signatures:
        algorithm = (one.method or "no algorithm").rpartition("#")[2]
        words = ", ".join(f"{engine} {word}" for engine, word, _ in one.words)
        key = f"key {one.key_thumbprint}" if one.key_thumbprint else "no trusted key"
        table.add_row(plain(f"{one.signed_element} {one.signed_id}"), plain(f"{algorithm}, {key}: {words}"))
    console.print(Padding(table, (0, 0, 0, 2)))


def _findings(console: Console, findings: Sequence[Finding], hidden: int) -> None:
    if not findings:
        words = f"{hidden} findings are not shown." if hidden else "Nothing is wrong."
        console.print(Text(f"\n{words}", style="bold"))
        return
    counts = [(severity, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    counted = ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts if count)
    console.print(Text(f"\nWhat is wrong: {counted}", style="bold"))
    for family, group in groupby(findings, key=lambda finding: finding.code[:3]):
        console.print(Text(f"\n  {FAMILIES.get(family, family)}"))
        for finding in group:
            print_finding(console, finding)


def print_finding(console: Console, finding: Finding, indent: int = 2) -> None:
    """One finding with its place, both sides and the cure."""
    title = Text().append(f"{finding.code} {finding.severity}", style=_STYLE[finding.severity])
    title.append(f"  {plain(finding.message)}")
    if finding.claimed:
        title.append("  (claimed: read from unsigned facts)", style="dim")
    console.print(Padding(title, (0, 0, 0, indent)))
    table = rows()
    where = plain(finding.where) + (f", line {finding.line}" if finding.where and finding.line else "")
    for label, value in (
        ("where", where),
        ("got", plain(finding.got)),
        ("expected", plain(finding.expected)),
        ("fix", plain(finding.fix, 4000)),
    ):
        if value:
            table.add_row(Text(label, style="dim"), Text(value, overflow="fold"))
    console.print(Padding(table, (0, 0, 0, indent + 2)))


def _skipped(console: Console, report: Report, *, verbose: bool) -> None:
    skipped = [check for check in report.checks if check.outcome is Outcome.SKIP]
    if not skipped:
        return
    passed = sum(check.outcome is Outcome.PASS for check in report.checks)
    console.print(
        Text(f"\n{passed} rules passed, {len(skipped)} were skipped" + ("" if verbose else " (--verbose lists them)."))
    )
    if verbose:
        table = rows()
        for check in skipped:
            table.add_row(check.rule.code, Text(plain(check.reason)))
        console.print(Padding(table, (0, 0, 0, 2)))


def card_as_text(card: Rule, *, width: int = 100, color: bool = False) -> str:
    """One rule's card."""
    console = new_console(width, color=color)
    console.print(Text(f"{card.code} {card.name}", style="bold"))
    console.print(Text(card.summary))
    table = rows()
    for label, value in (
        ("severity", f"{card.severity} ({card.basis})"),
        ("why", card.why),
        ("fix", card.fix),
        ("sources", "; ".join(card.refs)),
    ):
        table.add_row(Text(label, style="dim"), Text(value))
    console.print(Padding(table, (0, 0, 0, 2)))
    return written(console)


def cards_as_text(cards: Sequence[Rule], *, width: int = 100, color: bool = False) -> str:
    """Cards as a list: one line each, below the name of their family."""
    console = new_console(width, color=color)
    for family, group in groupby(cards, key=lambda card: card.family):
        console.print(Text(f"{family}  {FAMILIES.get(family, '')}", style="bold"))
        table = rows(3)
        for card in group:
            table.add_row(card.code, Text(card.severity, style=_STYLE[card.severity]), Text(card.summary))
        console.print(Padding(table, (0, 0, 1, 2)))
    return written(console)
