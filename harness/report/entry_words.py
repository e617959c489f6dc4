"""One entry in words, for every format that holds plain text; and mail addresses made unreadable."""

import re
from collections.abc import Iterator, Mapping

from harness.report.model import Finding
from harness.report.plain import plain
from harness.report.sheet import Entry

_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"|/]+@\w[\w.-]*")
_MANY = 4000


class Masks:
    """Mail addresses replaced by ``user1@masked``, ``user2@masked`` in the order in which they are met.

    Within one document the same address always becomes the same name, so that a reader can still tell two users
    apart; nothing of the address is left.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        return _ADDRESS.sub(self._masked, text) if "@" in text else text

    def _masked(self, found: re.Match[str]) -> str:
        return self._known.setdefault(found[0].lower(), f"user{len(self._known) + 1}@masked")


def entry_lines(entry: Entry, whys: Mapping[str, str] = {}) -> Iterator[str]:
    """What an entry has to say, a line each, safe to show. ``whys`` are the reasons of rules, by their codes."""
    if entry.said:
        yield from (plain(line, _MANY) for line in entry.said.splitlines())
    for finding in entry.findings:
        yield from finding_lines(finding, whys.get(finding.code, ""))


def finding_lines(finding: Finding, why: str = "") -> Iterator[str]:
    """A finding with its place, both sides, the reason where it is given, and the cure."""
    claimed = "  (claimed: read from unsigned facts)" if finding.claimed else ""
    yield f"{finding.code} {finding.severity}  {plain(finding.message)}{claimed}"
    parts = dict(finding_parts(finding))
    fix = parts.pop("fix", "")
    for label, value in (*parts.items(), ("why", plain(why, _MANY)), ("fix", fix)):
        if value:
            yield f"  {label:<9} {value}"


def finding_parts(finding: Finding) -> Iterator[tuple[str, str]]:
    """Where, got, expected and fix, each safe to show; those that there are."""
    line = f", line {finding.line}" if finding.where and finding.line else ""
    parts = (
        ("where", plain(finding.where) + line), ("got", plain(finding.got)), ("expected", plain(finding.expected)),
        ("fix", plain(finding.fix, _MANY)),
    )  # fmt: skip
    yield from ((label, value) for label, value in parts if value)


def headline_of(entry: Entry) -> str:
    """The first thing to say of an entry that is not well, in one line."""
    if worst := next((one for one in entry.findings if one.severity is entry.level), None):
        return f"{worst.code}: {plain(worst.message)}"
    return plain(entry.said.partition("\n")[0] or entry.title or entry.name)
