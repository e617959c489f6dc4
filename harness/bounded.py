"""The last things of a kind, held in memory by a key, and never more than a limit of them."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """A table that many threads may use. When it is full, or too heavy, the oldest entries go."""

    def __init__(self, most: int, *, weight: Callable[[T], int] = lambda _: 0, heaviest: int = 0) -> None:
        self._most, self._weight, self._heaviest = most, weight, heaviest
        self._held: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, value: T) -> None:
        """Hold a value, as the newest."""
        with self._lock:
            self._held[key] = value
            while len(self._held) > self._most or sum(map(self._weight, self._held.values())) > self._heaviest:
                self._held.popitem(last=False)

    def get(self, key: str) -> T | None:
        """The value of a key, unless it is unknown or has gone."""
        with self._lock:
            return self._held.get(key)

    def drop(self, key: str) -> None:
        """Forget a key, known or not."""
        with self._lock:
            self._held.pop(key, None)

    def newest(self) -> tuple[T, ...]:
        """Everything that is held, newest first."""
        with self._lock:
            return tuple(reversed(self._held.values()))
