"""One clock for both sides, set through pages and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.web.clock import SimulatedClock, turn
from harness.web.server import Served, serve
from tests.web.conftest import NOW
from tests.web.test_serve import Browser


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


def ask(url: str, wish: object = None) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    body, sent = (None, {}) if wish is None else (json.dumps(wish), {"Content-Type": "application/json"})
    connection.request("GET" if wish is None else "POST", "/clock", body, sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if answer.status == 200 else {"said": text}


def test_real_time_passes_on_a_clock_that_was_set() -> None:
    real = [NOW]
    clock = SimulatedClock(lambda: real[0])
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    real[0] += timedelta(seconds=7)
    assert clock() == datetime(2030, 1, 1, 0, 0, 7, tzinfo=UTC)
    clock.back()
    assert (clock(), clock.simulated) == (NOW + timedelta(seconds=7), False)


def test_a_stopped_clock_shows_the_same_until_it_runs_again() -> None:
    real = [NOW]
    clock = SimulatedClock(lambda: real[0])
    clock.stop()
    real[0] += timedelta(hours=1)
    assert clock() == NOW
    clock.advance(timedelta(minutes=5))
    assert (clock(), clock.stopped) == (NOW + timedelta(minutes=5), True)
    clock.run()
    real[0] += timedelta(seconds=1)
    assert clock() == NOW + timedelta(minutes=5, seconds=1)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({}, 'say "advance" with seconds'),
        ({"advance": "soon"}, "advance takes seconds, not 'soon'"),
        ({"advance": "nan"}, "advance takes seconds"),
        ({"advance": 9e11}, "from 1950 to 9000"),
        ({"to": "tomorrow"}, "'tomorrow' is not an instant"),
        ({"to": "9999-12-31T23:59:59Z"}, "from 1950 to 9000"),
        ({"stopped": "maybe"}, "stopped takes true or false, not 'maybe'"),
        ({"stopped": None, "advance": 5}, "stopped takes true or false, not 'None'"),
        ({"to": "expiry"}, "no app has a certificate"),
    ],
)
def test_what_is_no_time_is_refused_with_the_cure(wish: dict[str, object], said: str) -> None:
    clock = SimulatedClock(lambda: NOW)
    with pytest.raises(HarnessError, match=said):
        turn(clock, wish, ())
    assert clock() == NOW


def test_both_sides_show_the_time_that_was_set_on_one(served: Served) -> None:
    assert ask(served.aws_url)[1]["simulated"] is False
    assert ask(served.entra_url, {"advance": 300})[0] == 200
    assert ask(served.aws_url)[1]["now"] == "2026-11-01T09:05:00.000000Z"
    assert served.clock() == NOW + timedelta(minutes=5)


def test_the_day_before_the_certificate_expires_is_one_step_away(served: Served) -> None:
    assert ask(served.aws_url, {"to": "expiry"})[1]["now"] == "2029-01-14T07:02:19.000000Z"
    assert ask(served.aws_url, {"to": "real"})[1] == {
        "now": "2026-11-01T09:00:00.000000Z",
        "simulated": False,
        "stopped": False,
        "offset_seconds": 0.0,
    }


def test_a_wish_that_makes_no_sense_is_answered_with_400(served: Served) -> None:
    status, answer = ask(served.entra_url, {"to": "never"})
    assert (status, answer["said"]) == (
        400,
        "saml-harness: 'never' is not an instant in UTC such as 2026-11-01T09:00:00Z\n",
    )
    assert ask(served.entra_url, [1])[0] == 400


def test_the_control_stands_on_the_page_and_returns_to_it(served: Served) -> None:
    browser = Browser()
    _, page = browser.open(f"{served.entra_url}/")
    status, page = browser.use(page, "/clock", advance="300")
    assert status == 200
    assert "2026-11-01 09:05:00 UTC" in page
    assert "My Apps" in page
    status, page = browser.use(page, "/clock", to="2027-03-01T12:00")
    assert "2027-03-01 12:00:00 UTC" in page


def test_a_response_older_than_five_minutes_by_this_clock_is_refused(served: Served, idp: EntraIdp) -> None:
    posted = idp.respond("adele@contoso.com", served.clock()).base64
    ask(served.aws_url, {"advance": 301})
    status, page = Browser().open(f"{served.aws_url}/saml", {"SAMLResponse": posted})
    assert status == 400
    assert "within 5 minutes of issuance" in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\r\nX: y", ""])
def test_the_clock_returns_to_no_other_place(served: Served, back: str) -> None:
    browser = Browser()
    _, page = browser.open(f"{served.entra_url}/clock", Accept="text/html")
    status, page = browser.use(page, "/clock", advance="1", back=back)
    assert status == 200
    assert browser.url == f"{served.entra_url}/"


def test_steps_that_are_made_at_once_are_all_made() -> None:
    from concurrent.futures import ThreadPoolExecutor

    clock = SimulatedClock(lambda: NOW)
    with ThreadPoolExecutor(16) as hands:
        for _ in hands.map(lambda _: clock.advance(timedelta(seconds=1)), range(2000)):
            pass
    assert clock() == NOW + timedelta(seconds=2000)
