"""A rehearsal as a sheet: who can sign in after each step, the outages, and every account."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from harness.report.model import Outcome
from harness.report.sheet import Entry, Section, Sheet
from harness.rollover.history import After, Outage
from harness.rollover.rehearsal import Rehearsal
from harness.rollover.stage import Entrance

SHOWN = 40
"""Up to so many accounts are listed where people read."""


def sheet_of(rehearsal: Rehearsal, source: str, *, more: Sequence[Section] = (), every_account: bool = True) -> Sheet:
    """``source`` is the scenario as it was named; ``more`` are further sections. Without ``every_account`` a long
    list of accounts is left out: the outages say it in fewer lines."""
    accounts = every_account or len(rehearsal.entrances) <= SHOWN
    return Sheet(
        source=f"{source}: plan {rehearsal.plan.name}",
        verdict=verdict(rehearsal),
        exit_code=1 if rehearsal.locked_out else 0,
        sections=(
            Section("steps", "Who can sign in after each step", tuple(_steps(rehearsal))),
            *_outages(rehearsal),
            *([Section("accounts", "The accounts", tuple(_accounts(rehearsal)))] if accounts else []),
            *_closed(rehearsal),
            *more,
        ),
    )


def verdict(rehearsal: Rehearsal) -> str:
    """What came of the plan in two sentences, the second being what was done to know it."""
    total = len(rehearsal.entrances)
    out = len({one.entrance.provider for one in rehearsal.outages})
    if out:
        said = (
            f"{out:,} of {counted(total, 'account')} {'is' if out == 1 else 'are'} locked out for a while: "
            f"{whole_minutes(rehearsal.account_time):,} account-minutes and "
            f"{whole_minutes(rehearsal.user_time):,} user-minutes are lost."
        )
    else:
        said = f"Nobody is locked out of {counted(total, 'account')} at any time."
    surprises = len(rehearsal.surprises)
    if surprises:
        said += f" {counted(surprises, 'step')} ended otherwise than the plan expects."
    return f"{said} {rehearsal.signed:,} responses were signed and {rehearsal.verified:,} times verified."


def counted(number: int, noun: str) -> str:
    """``1 account``, ``2 accounts``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def whole_minutes(time: timedelta) -> int:
    """Minutes, of which one that has begun counts."""
    return -int(-time.total_seconds() // 60)


def minute(moment: datetime) -> str:
    """An instant to the minute, in UTC as everything here."""
    return f"{moment:%Y-%m-%d %H:%M}"


def lasting(time: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = whole_minutes(time)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (rest, "min")]
    shown = [f"{number} {unit}" for number, unit in parts if number][:2]
    return " ".join(shown) or "0 min"


def _steps(rehearsal: Rehearsal) -> Iterator[Entry]:
    for place, one in enumerate(rehearsal.after):
        number = f"step {one.moment.step}" if one.moment.step else (one.moment.title if place else "start")
        outcome = Outcome.PASS if one.open == one.of else Outcome.FAIL
        said = f"{one.moment.title}\n{_who(one)}"
        yield Entry(f"{minute(one.moment.at)}, {number}", outcome, one.moment.title, said)


def _who(one: After) -> str:
    said = f"{one.open:,} of {counted(one.of, 'account')} open"
    if one.expected is None:
        return said
    return said + (f", but the plan expects: {one.expected}" if one.surprising else ", as expected")


def _outages(rehearsal: Rehearsal) -> Iterator[Section]:
    """The outages of one cause are one entry, however many accounts it locked out."""
    causes: dict[tuple[str, str, str], list[Outage]] = defaultdict(list)
    for outage in rehearsal.outages:
        causes[outage.cause, outage.because, outage.said].append(outage)
    if causes:
        entries = tuple(_cause(number, *words, outages) for number, (words, outages) in enumerate(causes.items(), 1))
        yield Section("outages", "Who is locked out, and why", entries)


def _cause(number: int, cause: str, because: str, said: str, outages: Sequence[Outage]) -> Entry:
    time = sum((one.length for one in outages), timedelta())
    users = sum((one.length * one.entrance.users for one in outages), timedelta())
    lines = (
        f"{counted(len(outages), 'account')} from {minute(min(one.first_minute for one in outages))} "
        f"to {minute(max(one.last_minute for one in outages))}"
        f"{'' if all(one.over for one in outages) else ', and not over when the plan ends'}",
        f"{whole_minutes(time):,} account-minutes, {whole_minutes(users):,} user-minutes",
        f"{because}. {said[:1].upper()}{said[1:]}",
    )
    return Entry(f"{number}. {cause}", Outcome.FAIL, because, "\n".join(lines))


def _accounts(rehearsal: Rehearsal) -> Iterator[Entry]:
    by_entrance: dict[str, list[Outage]] = defaultdict(list)
    for outage in rehearsal.outages:
        by_entrance[str(outage.entrance.provider)].append(outage)
    for entrance in rehearsal.entrances:
        outages = by_entrance[str(entrance.provider)]
        said = "\n".join(_line(one) for one in outages) or f"open throughout, for {_users(entrance)}"
        yield Entry(entrance.label, Outcome.FAIL if outages else Outcome.PASS, "", said)


def _line(one: Outage) -> str:
    end = "" if one.over else " and longer"
    return (
        f"{minute(one.first_minute)} to {minute(one.last_minute)}{end} ({lasting(one.length)}), "
        f"{_users(one.entrance)}: {one.cause}"
    )


def _users(entrance: Entrance) -> str:
    return counted(entrance.users, "user") if entrance.users else "no user yet (a stand-in tried it)"


def _closed(rehearsal: Rehearsal) -> Iterator[Section]:
    entries = tuple(Entry(f"{one.account}/{one.provider}", Outcome.SKIP, "", one.reason) for one in rehearsal.closed)
    if entries:
        yield Section("not-tried", "Providers that nobody tried", entries)
