"""The console of a mock AWS: who is signed in with which browser, and the federation endpoint as another way in."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.aws.expiring import Expiring
from harness.aws.session import LONGEST, SHORTEST
from harness.aws.store import AwsStore, IssuedSession
from harness.errors import HarnessError

MAX_HELD = 1_000
TOKEN_LIVES = timedelta(minutes=15)
MAX_TARGET = 2_000
_CONSOLE = re.compile(
    r"https://(?:[a-z0-9-]+\.)*console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)(?:[/?#][!-~]*)?"
)


class NoSigninToken(HarnessError):
    """The federation endpoint refuses."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One browser's session. ``target`` is the console page that was asked for: it is shown, never followed."""

    credentials: IssuedSession
    until: datetime
    target: str = ""
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    report: str = ""
    """The ID under which the report of the response can be read; empty without a response."""


def console_target(url: str, own: str = "") -> str:
    """The URL when it is a page of a console, or below ``own``; else nothing. Which hosts AWS lets through is not
    known: these are all that its documents name."""
    fits = len(url) <= MAX_TARGET and (
        _CONSOLE.fullmatch(url) or (own and re.fullmatch(re.escape(own) + "[!-~]*", url))
    )
    return url if fits else ""


class Console:
    """Browsers by the value of their cookie, and sign-in tokens."""

    def __init__(self) -> None:
        self._browsers: Expiring[SignedIn] = Expiring(MAX_HELD)
        self._tokens: Expiring[SignedIn] = Expiring(MAX_HELD)

    def enter(self, signed_in: SignedIn, now: datetime) -> str:
        """Remember a browser; the value is for its cookie."""
        value = secrets.token_urlsafe(32)
        self._browsers.put(value, signed_in, signed_in.until, now)
        return value

    def who(self, cookie: str, now: datetime) -> SignedIn | None:
        return self._browsers.get(cookie, now)

    def leave(self, cookie: str) -> None:
        self._browsers.drop(cookie)

    def signin_token(self, store: AwsStore, session: str, duration: str | None, now: datetime) -> str:
        """Action=getSigninToken: a token for the credentials in ``session``, a JSON object. Lives fifteen minutes.

        Raises NoSigninToken.
        """
        given = _credentials(session)
        held = store.session(given[0], now)
        if held is None or given != (held.access_key_id, held.secret_access_key, held.session_token):
            # AWS documents these words for credentials that are not valid.
            raise NoSigninToken("Invalid credentials parameter")
        until = held.expires if duration is None else now + timedelta(seconds=_seconds(duration))
        token = secrets.token_urlsafe(192)
        self._tokens.put(token, SignedIn(held, until), now + TOKEN_LIVES, now)
        return token

    def of_token(self, token: str, now: datetime) -> SignedIn | None:
        """Whom a sign-in token lets in."""
        return self._tokens.get(token, now)


def _credentials(session: str) -> tuple[str, str, str]:
    try:
        read = json.loads(session)
    except (ValueError, RecursionError):
        read = None
    names = ("sessionId", "sessionKey", "sessionToken")
    values = [read[name] for name in names if isinstance(read.get(name), str)] if isinstance(read, dict) else []
    if len(values) != len(names):
        raise NoSigninToken(f"saml-harness: Session is a JSON object with {', '.join(names)}")
    return values[0], values[1], values[2]


def _seconds(duration: str) -> int:
    seconds = int(duration) if re.fullmatch("[0-9]{1,6}", duration, re.ASCII) else 0
    if not SHORTEST <= seconds <= LONGEST:
        raise NoSigninToken(f"saml-harness: SessionDuration is a number from {SHORTEST} to {LONGEST}")
    return seconds
