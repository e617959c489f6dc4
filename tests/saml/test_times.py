"""Instants: the one form that SAML allows, and what Python's own parsers would take besides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.saml.times import parse_instant, read_instant, show_instant
from tests.saml.world import NOW, judged, resigned, unsigned

READ = {
    "2026-11-01T09:00:00Z": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "2026-11-01T09:00:00.5Z": datetime(2026, 11, 1, 9, microsecond=500_000, tzinfo=UTC),
    "2026-11-01T09:00:00.123Z": datetime(2026, 11, 1, 9, microsecond=123_000, tzinfo=UTC),
    "2026-11-01T09:00:00.1234567Z": datetime(2026, 11, 1, 9, microsecond=123_456, tzinfo=UTC),
    "2026-11-01T09:00:00.999999999Z": datetime(2026, 11, 1, 9, microsecond=999_999, tzinfo=UTC),
    "2024-02-29T23:59:59Z": datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59Z": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
}

NOT_READ = [
    "",
    " ",
    "2026-11-01",
    "20261101T090000Z",
    "2026-11-01 09:00:00Z",
    "2026-11-01x09:00:00Z",
    "2026-11-01t09:00:00Z",
    "2026-11-01T09:00:00z",
    "2026-11-01T09:00:00",
    "2026-11-01T09:00Z",
    "2026-11-01T09Z",
    "2026-W44-7T09:00:00Z",
    "2026-305T09:00:00Z",
    "2026-11-01T09:00:00+00:00",
    "2026-11-01T09:00:00-00:00",
    "2026-11-01T09:00:00+01:00",
    "2026-11-01T09:00:00+00:00:01",
    "2026-11-01T09:00:00.Z",
    "2026-11-01T09:00:00,5Z",
    "2026-11-01T09:00:00.1234567890Z",
    "2026-11-01T09:00:00Z\n",
    "\n2026-11-01T09:00:00Z",
    "2026-11-01T09:00:00Z ",
    " 2026-11-01T09:00:00Z",
    "2026-11-01T09:00:00ZZ",
    "2026-11-01T24:00:00Z",
    "2026-11-01T09:60:00Z",
    "2026-11-01T09:00:60Z",
    "2026-13-01T09:00:00Z",
    "2026-00-01T09:00:00Z",
    "2026-11-31T09:00:00Z",
    "2026-02-29T09:00:00Z",
    "2026-11-00T09:00:00Z",
    "0000-01-01T00:00:00Z",
    "-2026-11-01T09:00:00Z",
    "+2026-11-01T09:00:00Z",
    "12026-11-01T09:00:00Z",
    "26-11-01T09:00:00Z",
    "2026-1-1T9:0:0Z",
    "\u0662\u0660\u0662\u0666-11-01T09:00:00Z",
    "2026-11-01T\uff10\uff19:00:00Z",
    "2026\u201311\u201301T09:00:00Z",
    "2026-11-01T09:00:00.5\u0660Z",
    "1793523600",
    "Sun, 01 Nov 2026 09:00:00 GMT",
    "now",
    "2026-11-01T09:00:00\u0000Z",
]


@pytest.mark.parametrize("text", READ)
def test_an_instant_of_the_one_form_is_read(text: str) -> None:
    instant = read_instant(text)
    assert instant is not None
    assert instant.at == READ[text]
    assert instant.text == text


@pytest.mark.parametrize("text", NOT_READ)
def test_another_form_is_no_instant_and_keeps_its_text(text: str) -> None:
    instant = read_instant(text)
    assert instant is not None
    assert instant.at is None
    assert instant.text == text


def test_pythons_own_parser_would_take_several_of_them() -> None:
    def taken(text: str) -> bool:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True

    assert len([text for text in NOT_READ if taken(text)]) >= 12


def test_an_absent_instant_is_none() -> None:
    assert read_instant(None) is None


def test_a_fraction_is_cut_and_never_rounded_up() -> None:
    instant = read_instant("2026-11-01T09:00:00.9999999Z")
    assert instant is not None
    assert instant.at is not None
    assert instant.at < datetime(2026, 11, 1, 9, 0, 1, tzinfo=UTC)


def test_an_instant_is_shown_as_entra_writes_it() -> None:
    assert show_instant(NOW) == "2026-11-01T09:00:00.000Z"
    assert show_instant(NOW + timedelta(microseconds=123_999)) == "2026-11-01T09:00:00.123Z"
    assert show_instant(NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "2026-11-01T09:00:00.000Z"


@pytest.mark.parametrize("year", [1, 33, 999, 1000, 9999])
def test_what_is_shown_can_be_read_again(year: int) -> None:
    moment = datetime(year, 1, 1, tzinfo=UTC)
    shown = read_instant(show_instant(moment))
    assert shown is not None
    assert shown.at == moment


def test_an_instant_given_by_a_user_may_have_blanks_around_it_and_nothing_else() -> None:
    assert parse_instant(" 2026-11-01T09:00:00Z\n") == NOW
    with pytest.raises(ValueError, match="such as"):
        parse_instant("2026-11-01")


@pytest.mark.parametrize("attribute", ["IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant"])
@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "", "x", "2026-W44-7T09:00:00Z"])
def test_an_extreme_instant_in_a_signed_assertion_is_no_crash(attribute: str, text: str) -> None:
    import re

    body = unsigned()
    start = body.index(b"<Assertion ")
    changed = re.sub(rb'%b="[^"]*"' % attribute.encode(), f'{attribute}="{text}"'.encode(), body[start:])
    judged(resigned(body[:start] + changed))


def test_an_expired_response_from_the_last_second_of_time_is_no_crash() -> None:
    """Where only age refuses, the answer one second after issue is worked out: that second must exist."""
    old = unsigned().replace(b'NotOnOrAfter="2026', b'NotOnOrAfter="2020')
    start = old.index(b"<Assertion ")
    issue = old.index(b'IssueInstant="', start) + len(b'IssueInstant="')
    late = old[:issue] + b"9999-12-31T23:59:59Z" + old[old.index(b'"', issue) :]
    report = judged(resigned(late))
    assert "AST025" in report.error_codes
