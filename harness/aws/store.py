"""What the mock's AWS accounts hold while it runs: providers, roles, aliases and the sessions it issued.

Readers get a frozen `Aws`; a change makes a new one and puts it in its place under a lock, so a sign-in that has
begun never sees half a change and no reader waits.
"""

import base64
import hashlib
import secrets
import string
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from harness.arn import Arn, RolePair
from harness.aws.account import Aws, Role, SamlProvider
from harness.aws.attempts import Attempts
from harness.aws.expiring import Expiring
from harness.report.model import Session

T = TypeVar("T")
MAX_EVENTS = 1_000
MAX_SESSIONS = 20_000
_CAPITALS = string.ascii_uppercase + string.digits


class PickerPage(StrEnum):
    """Which of AWS's role pickers is shown."""

    CLASSIC = "classic"
    """The page of every other day."""
    AUGUST_2023 = "2023"
    """The page that AWS served on 2023-08-21 and then withdrew; its data stands in a ``meta`` element."""


def unique_id(prefix: str, length: int = 16) -> str:
    """An identifier in the form of AWS's: a prefix that tells the kind, then capitals and digits."""
    return prefix + "".join(secrets.choice(_CAPITALS) for _ in range(length))


def derived_id(prefix: str, seed: str, length: int = 16) -> str:
    """The same form, always the same for a seed."""
    return prefix + base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode("ascii")[:length]


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """Temporary credentials that the mock handed out. They look like AWS's and are worth nothing outside."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    account: str
    arn: str
    """Of the assumed role: ``arn:aws:sts::<account>:assumed-role/<role>/<session>``."""
    user_id: str
    expires: datetime
    tags: tuple[tuple[str, str], ...] = ()
    source_identity: str | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Of the role, without its path, and of the session."""
        _, role, session = self.arn.split("/", 2)
        return role, session


class AwsStore:
    """The accounts of a running mock. In accounts ``without_sts``, STS is not activated in the region."""

    def __init__(self, aws: Aws, accounts: Sequence[str] = (), *, without_sts: Collection[str] = ()) -> None:
        self.accounts = frozenset(accounts) | {arn.account for arn in aws.arns}
        self.without_sts = frozenset(without_sts)
        self.picker = PickerPage.CLASSIC
        self._aws = aws
        self.attempts = Attempts()
        self._sessions: Expiring[IssuedSession] = Expiring(MAX_SESSIONS)
        self._events: deque[Mapping[str, object]] = deque(maxlen=MAX_EVENTS)
        self._lock = threading.Lock()

    @property
    def aws(self) -> Aws:
        """What the accounts hold at this moment; it never changes afterwards."""
        return self._aws

    def change(self, make: Callable[[Aws], Aws]) -> Aws:
        """Replace what is held by what ``make`` makes of it; whatever it raises leaves everything as it was."""
        with self._lock:
            self._aws = make(self._aws)
            return self._aws

    def remember(self, session: IssuedSession, now: datetime) -> None:
        """Remember a session, so that its credentials are known."""
        self._sessions.put(session.access_key_id, session, session.expires, now)

    def record(self, event: Mapping[str, object]) -> None:
        """Keep an audit event; the oldest go when there are too many."""
        with self._lock:
            self._events.append(event)

    @property
    def events(self) -> tuple[Mapping[str, object], ...]:
        """The audit events, oldest first."""
        with self._lock:
            return tuple(self._events)

    def session(self, access_key_id: str, now: datetime) -> IssuedSession | None:
        return self._sessions.get(access_key_id, now)


def issue(store: AwsStore, pair: RolePair, session: Session, now: datetime) -> IssuedSession:
    """Temporary credentials for an accepted sign-in, remembered by the mock."""
    role = store.aws.roles.get(str(pair.role))
    role_id = role.unique_id if role is not None and role.unique_id else derived_id("AROA", str(pair.role), 17)
    issued = IssuedSession(
        access_key_id=unique_id("ASIA"),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(192),
        account=pair.account,
        arn=f"arn:{pair.partition}:sts::{pair.account}:assumed-role/{pair.role.name}/{session.name}",
        user_id=f"{role_id}:{session.name}",
        expires=now + timedelta(seconds=session.seconds),
        tags=session.tags,
        source_identity=session.source_identity,
    )
    store.remember(issued, now)
    return issued


def with_provider(aws: Aws, provider: SamlProvider) -> Aws:
    """The same accounts with this provider added or replaced."""
    return replace(aws, providers={**aws.providers, str(provider.arn): provider})


def without_provider(aws: Aws, arn: str) -> Aws:
    """The same accounts without this provider."""
    return replace(aws, providers=_without(aws.providers, arn))


def with_role(aws: Aws, role: Role) -> Aws:
    """The same accounts with this role added or replaced."""
    return replace(aws, roles={**aws.roles, str(role.arn): role})


def without_role(aws: Aws, arn: Arn) -> Aws:
    """The same accounts without this role."""
    return replace(aws, roles=_without(aws.roles, str(arn)))


def _without(held: Mapping[str, T], arn: str) -> Mapping[str, T]:
    return {key: value for key, value in held.items() if key != arn}
