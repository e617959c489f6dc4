"""What ``verify`` found, for people and programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.padding import Padding
from rich.text import Text

from harness.report.as_json import finding_as_data, opinions_as_data
from harness.report.as_json import written as written_as_json
from harness.report.as_text import new_console, print_finding, rows, written
from harness.report.model import Verification
from harness.report.plain import plain


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A file that could not be judged, and why."""

    name: str
    reason: str


Result = Verification | Unjudged


def verdict(result: Result) -> str:
    """One word for the outcome of a file."""
    if isinstance(result, Unjudged):
        return "unreadable"
    return "verified" if result.verified else "refused"


def verifications_as_text(results: Sequence[Result], *, width: int = 100, color: bool = False) -> str:
    """Each file's verdict, what is covered, every signature with each engine's word, and the findings."""
    console = new_console(width, color=color)
    for result in results:
        if isinstance(result, Unjudged):
            console.print(Text(plain(f"{verdict(result)}  {result.name}: {result.reason}"), style="bold red"))
            continue
        style = "bold green" if result.verified else "bold red"
        covered = f"covers {result.covered}" if result.covered else "nothing is covered by a verified signature"
        console.print(Text(plain(f"{verdict(result)}  {result.name} ({result.kind}): {covered}"), style=style))
        for one in result.signatures:
            table = rows()
            table.add_row("signed", Text(plain(f"{one.signed_element} {one.signed_id}"), overflow="fold"))
            table.add_row("algorithm", Text(plain(one.method or "none"), overflow="fold"))
            table.add_row("key", Text(one.key_thumbprint or "no trusted key fits"))
            for engine, word, reason in one.words:
                table.add_row(engine, Text(plain(f"{word}: {reason}" if reason else word), overflow="fold"))
            console.print(Padding(table, (0, 0, 0, 2)))
        for finding in result.findings:
            print_finding(console, finding)
    return written(console)


def verifications_as_json(results: Sequence[Result]) -> str:
    """The same as data."""
    return written_as_json({"format": "saml-harness verify", "version": 1, "files": [_as_data(one) for one in results]})


def _as_data(result: Result) -> dict[str, Any]:
    if isinstance(result, Unjudged):
        return {"file": result.name, "verdict": verdict(result), "reason": result.reason, "codes": []}
    return {
        "file": result.name,
        "kind": result.kind,
        "verdict": verdict(result),
        "covered": result.covered or None,
        "codes": sorted({finding.code for finding in result.findings}),
        "findings": [finding_as_data(finding) for finding in result.findings],
        "signatures": [opinions_as_data(one) for one in result.signatures],
    }
