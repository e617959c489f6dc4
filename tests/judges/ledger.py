"""How many documents each judge saw, so that a run can show that the judges really sat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Entry:
    """The count of one judge or producer."""

    version: str
    accepted: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.refused


_judges: dict[str, Entry] = {}
_producers: dict[str, Entry] = {}


def judged(name: str, version: str, accepted: Iterable[bool]) -> None:
    """Enter a judge's answers, one truth value for each document."""
    entry = _judges.setdefault(name, Entry(version))
    for yes in accepted:
        if yes:
            entry.accepted += 1
        else:
            entry.refused += 1


def produced(name: str, version: str) -> None:
    """Enter one response that a foreign identity provider made."""
    _producers.setdefault(name, Entry(version)).accepted += 1


def documents(name: str) -> int:
    """How many documents the judge of this name saw; 0 if it never sat."""
    return _judges[name].total if name in _judges else 0


def lines() -> list[str]:
    """One printable line for each judge and each producer that did anything."""
    judges = [
        f"judge {name} {entry.version} judged {entry.total} accepted {entry.accepted} refused {entry.refused}"
        for name, entry in sorted(_judges.items())
    ]
    return judges + [
        f"producer {name} {entry.version} made {entry.total}" for name, entry in sorted(_producers.items())
    ]


def forget(name: str) -> None:
    """Strike a judge out again; for the ledger's own test."""
    _judges.pop(name, None)
