"""Who is signed in to Entra with which browser, and since when."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

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
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, upn: str, now: datetime) -> str:
        """A new session; the value is for its cookie."""
        value = secrets.token_urlsafe(32)
        with self._lock:
            self._held[value] = Session(upn, now)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return value

    def get(self, value: str) -> Session | None:
        with self._lock:
            return self._held.get(value)

    def end(self, value: str) -> None:
        with self._lock:
            self._held.pop(value, None)
