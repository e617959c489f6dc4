"""SAML instants: ``xs:dateTime`` in UTC, read strictly.

`datetime.fromisoformat` takes week dates, basic form, any separator and missing zones; ``strptime`` takes
digits of any script. SAML (saml-core 1.3.3) allows one form, so one ASCII expression reads it.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")


class Instant(NamedTuple):
    """An instant as written, and the moment it means (None when it is not a SAML instant)."""

    text: str
    at: datetime | None


def read_instant(text: str | None) -> Instant | None:
    """The instant in an attribute value; None when the attribute is absent.

    Fractions beyond microseconds are cut, never rounded, so that no instant moves into the future.
    """
    if text is None:
        return None
    moment = None
    if INSTANT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None  # a 30th of February
    return Instant(text, moment)


def parse_instant(text: str) -> datetime:
    """The moment ``text`` means. Raises ValueError when it is not an instant in UTC."""
    instant = read_instant(text.strip())
    if instant is None or instant.at is None:
        raise ValueError(f"{text!r} is not an instant in UTC such as 2026-11-01T09:00:00Z")
    return instant.at


def show_instant(moment: datetime) -> str:
    """``moment`` with three digits of milliseconds and a Z, as Entra writes it."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    day = f"{_TWO[utc.year // 100]}{_TWO[utc.year % 100]}-{_TWO[utc.month]}-{_TWO[utc.day]}"
    return f"{day}T{_TWO[utc.hour]}:{_TWO[utc.minute]}:{_TWO[utc.second]}.{_THREE[utc.microsecond // 1000]}Z"


# A response says six instants, and isoformat takes three times as long as looking its numbers up.
_TWO, _THREE = [[f"{number:0{digits}}" for number in range(10**digits)] for digits in (2, 3)]
