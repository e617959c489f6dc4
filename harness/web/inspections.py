"""Responses that can be looked at again: issued or posted in this run, pasted or uploaded. In memory, and bounded."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.aws.account import Aws
from harness.aws.attempts import Kept
from harness.aws.intake import opening_keys
from harness.aws.store import AwsStore
from harness.bounded import Bounded
from harness.errors import UnreadableInput
from harness.report.model import Report
from harness.rules import Policy
from harness.saml.received import Received, receive
from harness.saml.wire import Capture, read_capture
from harness.validate import check

MAX_KEPT = 200
MAX_BYTES = 8_000_000
"""Of all kept documents together."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A response beside the instant and the accounts it is judged by, and how it came here."""

    id: str
    capture: Capture
    at: datetime
    origin: str
    """In words: ``issued by Entra``, ``posted to sign-in page``."""
    aws: Aws
    answer: str = ""
    """What it was answered, where it was posted in this run."""
    role_arn: str | None = None
    """The role that was picked or asked for."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An inspection with its report, and what the report was made from."""

    report: Report
    received: Received


class Inspections:
    """The last responses, each by an ID that cannot be guessed."""

    def __init__(self, store: AwsStore) -> None:
        self.store = store
        self._kept = Bounded[Inspection](MAX_KEPT, weight=lambda one: len(one.capture.xml), heaviest=MAX_BYTES)

    def keep(self, capture: Capture, at: datetime, origin: str, aws: Aws | None = None) -> str:
        """Remember a response, by default beside the accounts as they are now. Returns its ID."""
        made = Inspection(secrets.token_urlsafe(12), capture, at, origin, aws or self.store.aws)
        self._kept.put(made.id, made)
        return made.id

    def get(self, inspection_id: str) -> Inspection | None:
        """A response that was kept here, or that AWS's side kept when it was posted; unless it has gone."""
        own = self._kept.get(inspection_id)
        if own is not None:
            return own
        kept = self.store.attempts.get(inspection_id)
        return None if kept is None else _of_attempt(kept)

    def recent(self, count: int = 50) -> Sequence[Inspection]:
        """The last ones of this run and of uploads, newest first."""
        found = [*self._kept.newest(), *map(_of_attempt, self.store.attempts.recent(count))]
        return sorted(found, key=lambda one: one.at, reverse=True)[:count]


def judge(inspection: Inspection, at: datetime | None = None) -> Judged:
    """The report on a kept response: as of its own instant and accounts, or of another instant."""
    aws, capture = inspection.aws, inspection.capture
    keys = opening_keys([*aws.providers.values()])
    policy = Policy(aws, aws.keys, role=inspection.role_arn)
    report = check(capture, policy, at or inspection.at, source=inspection.origin, decrypt_keys=keys)
    return Judged(report, receive(capture.xml, aws.keys, decrypt_keys=keys))


def _of_attempt(kept: Kept) -> Inspection:
    origin = f"posted to {'the sign-in page' if kept.door == 'sign-in page' else kept.door}"
    try:
        capture = read_capture(kept.posted.encode(), "SAMLResponse")
    except UnreadableInput as error:
        capture = Capture("no response", b"", len(kept.posted), str(error))
    capture = capture._replace(posted_at=kept.at)
    return Inspection(kept.id, capture, kept.at, origin, kept.aws, kept.answer, kept.role_arn)
