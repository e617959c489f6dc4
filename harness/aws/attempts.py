"""What was posted to the sign-in page, and refused by STS: kept for a while, so that its report can be read.

In memory only, and bounded: a response names people and roles.
"""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from harness.aws.account import Aws
from harness.aws.attempt import Door

MAX_KEPT = 100
MAX_ARN = 2048
MAX_POSTED = 400_000
"""Of one response; no door of AWS takes as many, and what is beyond is not kept."""
MAX_CHARACTERS = 4_000_000
"""Of all kept responses together."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A posted response beside the accounts that it met and the answer it got, in words."""

    id: str
    posted: str
    """The value of SAMLResponse or SAMLAssertion as it came."""
    at: datetime
    door: Door
    aws: Aws
    answer: str
    role_arn: str | None = None


class Attempts:
    """The last attempts, each by an ID that cannot be guessed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, posted: str, at: datetime, door: Door, aws: Aws, answer: str, *, role_arn: str | None = None) -> str:
        """Remember an attempt; the oldest go when there are too many. Returns its ID."""
        role_arn = None if role_arn is None else role_arn[:MAX_ARN]
        kept = Kept(secrets.token_urlsafe(12), posted[:MAX_POSTED], at, door, aws, answer, role_arn)
        with self._lock:
            self._kept[kept.id] = kept
            while len(self._kept) > MAX_KEPT or sum(len(one.posted) for one in self._kept.values()) > MAX_CHARACTERS:
                self._kept.popitem(last=False)
        return kept.id

    def recent(self, count: int) -> tuple[Kept, ...]:
        """The last attempts, newest first."""
        with self._lock:
            return tuple(self._kept.values())[: -count - 1 : -1]

    def get(self, attempt_id: str) -> Kept | None:
        """An attempt, unless it has gone."""
        with self._lock:
            return self._kept.get(attempt_id)
