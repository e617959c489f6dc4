"""What was posted to the sign-in page, and refused by STS: kept for a while, so that its report can be read.

In memory only, and bounded: a response names people and roles.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from harness.aws.account import Aws
from harness.aws.attempt import Door
from harness.bounded import Bounded

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
        self._kept = Bounded[Kept](MAX_KEPT, weight=lambda one: len(one.posted), heaviest=MAX_CHARACTERS)

    def keep(self, posted: str, at: datetime, door: Door, aws: Aws, answer: str, *, role_arn: str | None = None) -> str:
        """Remember an attempt; the oldest go when there are too many. Returns its ID."""
        role_arn = None if role_arn is None else role_arn[:MAX_ARN]
        kept = Kept(secrets.token_urlsafe(12), posted[:MAX_POSTED], at, door, aws, answer, role_arn)
        self._kept.put(kept.id, kept)
        return kept.id

    def recent(self, count: int) -> tuple[Kept, ...]:
        """The last attempts, newest first."""
        return self._kept.newest()[:count]

    def get(self, attempt_id: str) -> Kept | None:
        """An attempt, unless it has gone."""
        return self._kept.get(attempt_id)
