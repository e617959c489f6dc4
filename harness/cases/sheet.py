"""Cases that were run, as a sheet: a section for each family, an entry for each case."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from harness.cases.catalogue import FAMILIES
from harness.cases.endpoint import Posted
from harness.cases.run import Ran, Result
from harness.report.model import Outcome
from harness.report.sheet import Entry, Section, Sheet

_WANTED = {True: "It must be accepted.", False: "It must be rejected.", None: "Either answer will do."}


def sheet_of_cases(ran: Sequence[Ran]) -> Sheet:
    """What the validator made of the catalogue."""
    entries = [
        Entry(
            one.case.id,
            Outcome.PASS if one.result is Result.PASS else Outcome.FAIL,
            one.case.summary,
            f"{one.result.value}: {one.reason}" if one.reason else "",
        )
        for one in ran
    ]
    return _sheet("saml-harness", entries)


def sheet_of_posted(told: Sequence[Posted], acs: str) -> Sheet:
    """What a service provider made of the cases that were posted to it."""
    entries = [
        Entry(
            one.id,
            Outcome.PASS if one.passed else Outcome.FAIL,
            _WANTED[one.wanted],
            f"{one.said.value}: {one.detail}",
        )
        for one in told
    ]
    return _sheet(acs, entries)


def _sheet(source: str, entries: Sequence[Entry]) -> Sheet:
    failed = sum(one.failed for one in entries)
    verdict = f"{failed} of {len(entries)} cases did not get the answer that they must get." if failed else (
        "Every case got the answer that it must get."
    )  # fmt: skip
    return Sheet(source, verdict, 1 if failed else 0, tuple(_sections(entries)))


def _sections(entries: Iterable[Entry]) -> Iterable[Section]:
    for family, members in groupby(entries, key=lambda one: one.name.partition("/")[0]):
        yield Section(f"cases-{family}", f"Cases: {FAMILIES.get(family, family)}", tuple(members))
