"""Who is signed in to Entra with which browser, and since when."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from harness.bounded import Bounded

MOST = 10_000
"""Sessions that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Session:
    """A user's session. It began at ``since``, which every response repeats as its AuthnInstant."""

    upn: str
    since: datetime


class Sessions:
    """The sessions of one run, by the value of their cookie."""

    def __init__(self) -> None:
        self._held = Bounded[Session](MOST)

    def begin(self, upn: str, now: datetime) -> str:
        """A new session; the value is for its cookie."""
        value = secrets.token_urlsafe(32)
        self._held.put(value, Session(upn, now))
        return value

    def get(self, value: str) -> Session | None:
        return self._held.get(value)

    def end(self, value: str) -> None:
        self._held.drop(value)
