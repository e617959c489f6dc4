"""Sheets as workflow commands of GitHub: an annotation for each finding. Mail addresses are masked."""

from collections.abc import Iterator, Sequence

from harness.report.entry_words import Masks, entry_lines, finding_lines
from harness.report.model import Finding, Severity
from harness.report.plain import plain
from harness.report.sheet import Entry, Sheet, counted

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_github(sheets: Sequence[Sheet]) -> str:
    """Errors first within each sheet, since GitHub shows ten of a kind for each step; then the verdict."""
    masks = Masks()
    lines = []
    for sheet in sheets:
        lines += sorted(_annotations(sheet, masks), key=_rank)
        lines.append(masks(f"{plain(sheet.source)}: {plain(sheet.verdict, 2000)} {counted(sheet)}"))
    return "\n".join(lines) + "\n"


def _rank(line: str) -> int:
    return [*_COMMAND.values()].index(line[2:].partition(" ")[0])


def _annotations(sheet: Sheet, masks: Masks) -> Iterator[str]:
    for section, entry in sheet.entries:
        for finding in entry.findings:
            title = entry.name if entry.name.startswith(finding.code) else f"{finding.code} {entry.name}"
            yield _line(finding.severity, _place(sheet, finding), title, finding, masks)
        if entry.failed and not entry.errors:
            yield _line(Severity.ERROR, _place(sheet), f"{section.title}: {entry.name}", entry, masks)


def _line(severity: Severity, place: dict[str, str], title: str, about: Finding | Entry, masks: Masks) -> str:
    told = finding_lines(about) if isinstance(about, Finding) else entry_lines(about)
    properties = {**place, "title": plain(title)}
    shown = ",".join(f"{key}={_property(masks(value))}" for key, value in properties.items())
    return f"::{_COMMAND[severity]} {shown}::{_data(masks(chr(10).join(told)))}"


def _place(sheet: Sheet, finding: Finding | None = None) -> dict[str, str]:
    place = {"file": plain(sheet.source)}
    if finding is not None and sheet.has_lines and finding.line:
        place["line"] = str(finding.line)
    return place


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
