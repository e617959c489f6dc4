"""Things that are held by a key until they expire, and never more than a limit of them."""

import threading
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


class Expiring(Generic[T]):
    """A bounded table. What has expired is never given out; when it is full, the oldest entries go."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[str, tuple[T, datetime]] = {}
        self._lock = threading.Lock()

    def put(self, key: str, value: T, until: datetime, now: datetime) -> None:
        """Hold a value until an instant."""
        with self._lock:
            self._held[key] = (value, until)
            if len(self._held) > self._limit:
                self._held = {one: entry for one, entry in self._held.items() if entry[1] > now}
            while len(self._held) > self._limit:
                del self._held[next(iter(self._held))]

    def get(self, key: str, now: datetime) -> T | None:
        """The value of a key, unless it is unknown or has expired."""
        entry = self._held.get(key)
        return None if entry is None or entry[1] <= now else entry[0]

    def drop(self, key: str) -> None:
        """Forget a key, known or not."""
        with self._lock:
            self._held.pop(key, None)
