"""The clock that both sides ask: the real one, set to another instant, or stopped.

Everything that has a date follows it: timestamps, ages, sessions, certificates. Real time passes on a clock that was
set, unless it was stopped as well.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from harness.errors import HarnessError
from harness.saml.times import parse_instant
from harness.web.aws_api import Clock
from harness.web.careful import wants_page

_LOCAL = re.compile(r"\d{4,}-\d\d-\d\dT\d\d:\d\d(?P<seconds>:\d\d(\.\d+)?)?", re.ASCII)
EARLIEST, LATEST = datetime(1950, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant worth setting the clock to."""

    name: str
    at: datetime


Moments = Callable[[], Sequence[Moment]]


class SimulatedClock:
    """A clock that can be set. Until then it shows what ``real`` shows."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._offset = timedelta()
        self._stopped_at: datetime | None = None
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._now()

    @property
    def stopped(self) -> bool:
        return self._stopped_at is not None

    @property
    def offset(self) -> timedelta:
        """How far the clock is from the real one; zero for one that was not set."""
        with self._lock:
            return self._offset if self._stopped_at is None else self._stopped_at - self._real()

    @property
    def simulated(self) -> bool:
        """Whether it shows anything but real time."""
        return self.stopped or bool(self._offset)

    def advance(self, by: timedelta) -> None:
        """Let this much time pass. Raises HarnessError when that leaves the calendar."""
        with self._lock:
            try:
                self._set(self._now() + by)
            except OverflowError:
                raise _outside() from None

    def set(self, to: datetime) -> None:
        """Show this instant from now on; a stopped clock stays stopped. Raises HarnessError outside 1950 to 9000."""
        with self._lock:
            self._set(to)

    def stop(self) -> None:
        """Show the same instant until it is set, or runs again."""
        with self._lock:
            self._stopped_at = self._now()

    def run(self) -> None:
        """Go on from the instant shown."""
        with self._lock:
            now, self._stopped_at = self._now(), None
            self._set(now)

    def back(self) -> None:
        """Show real time again."""
        with self._lock:
            self._offset, self._stopped_at = timedelta(), None

    def _now(self) -> datetime:
        return self._real() + self._offset if self._stopped_at is None else self._stopped_at

    def _set(self, to: datetime) -> None:
        if not EARLIEST <= to <= LATEST:
            raise _outside()
        if self._stopped_at is None:
            self._offset = to - self._real()
        else:
            self._stopped_at = to


def _outside() -> HarnessError:
    return HarnessError(f"the clock can be set to any instant from {EARLIEST:%Y} to {LATEST:%Y}")


def clock_blueprint(clock: SimulatedClock, moments: Moments) -> Blueprint:
    """``/clock`` as a page and as JSON, and the control that stands on every page."""
    blueprint = Blueprint("clock", __name__)

    @blueprint.get("/clock")
    def show() -> AnyResponse:
        if wants_page():
            return Response(render_template("clock.html", title="Clock", moments=moments()))
        return jsonify(state_of(clock))

    @blueprint.post("/clock")
    def change() -> AnyResponse:
        posted = request.get_json() if request.is_json else request.form.to_dict()
        if not isinstance(posted, dict):
            abort(400, "saml-harness: the clock takes a JSON object")
        try:
            turn(clock, posted, moments())
        except HarnessError as error:
            abort(400, f"saml-harness: {error}")
        return jsonify(state_of(clock)) if request.is_json else redirect(_own_path(posted.get("back", "")), 303)

    @blueprint.app_context_processor
    def control() -> dict[str, object]:
        first = next(iter(moments()), None)
        # A page that answers a post cannot be opened again: there the control opens a page of its own.
        back = request.full_path.rstrip("?") if request.method == "GET" else "/clock"
        return {"clock": clock, "clock_now": clock(), "clock_moment": first, "clock_back": back}

    return blueprint


def state_of(clock: SimulatedClock) -> Mapping[str, object]:
    """What the clock shows, for programs."""
    return {
        "now": f"{clock().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "simulated": clock.simulated,
        "stopped": clock.stopped,
        "offset_seconds": clock.offset.total_seconds(),
    }


def turn(clock: SimulatedClock, wish: Mapping[str, object], moments: Sequence[Moment]) -> None:
    """Do what was asked for: ``advance`` by seconds, or ``to`` an instant, ``expiry`` or ``real``; then
    ``stopped`` true or false. Raises HarnessError, which says what can be asked for."""
    stops = "stopped" in wish and _is_true(wish["stopped"])
    if "advance" in wish:
        clock.advance(timedelta(seconds=_seconds(wish["advance"])))
    elif wish.get("to") == "real":
        clock.back()
    elif "to" in wish:
        clock.set(_instant(str(wish["to"]), moments))
    elif "stopped" not in wish:
        raise HarnessError(
            'say "advance" with seconds, "to" with an instant, "expiry" or "real", or "stopped" true or false'
        )
    if "stopped" in wish:
        clock.stop() if stops else clock.run()


def _is_true(value: object) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise HarnessError(f"stopped takes true or false, not {str(value)[:40]!r}")
    return text == "true"


def _seconds(value: object) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = float("nan")
    if not abs(seconds) < 1e12:
        raise HarnessError(f"advance takes seconds, not {str(value)[:40]!r}")
    return seconds


def _instant(text: str, moments: Sequence[Moment]) -> datetime:
    if text == "expiry":
        if not moments:
            raise HarnessError("no app has a certificate that could expire")
        return moments[0].at
    # What a browser's field for date and time gives: no zone, and no seconds where they are zero.
    local = _LOCAL.fullmatch(text)
    try:
        return parse_instant(f"{text}{'' if local['seconds'] else ':00'}Z" if local else text)
    except ValueError as error:
        raise HarnessError(str(error)) from None


def _own_path(path: object) -> str:
    """A path of this server to return to; anything else becomes the front page."""
    own = isinstance(path, str) and path.startswith("/") and path.isprintable() and not set(path[1:2]) & set("/\\")
    return str(path) if own else "/"
