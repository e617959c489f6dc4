"""Each plan of the product, tried on the built-in company: two accounts, P (production) and D (development)."""

import pytest

from harness.errors import HarnessError
from harness.rollover.builtin import BUILT_IN, built_in
from harness.rollover.script import Pace
from harness.scenario.load import demo_scenario
from tests.rollover.worlds import NOW, company, rehearsed

P, D = "111122223333", "444455556666"

# How many of the two accounts are open at the start and after each step.
OPEN = {
    "overlap": [2, 2, 2, 2, 2, 2, 2, 2],
    "activate-first": [2, 2, 2, 0, 2],
    "new-certificate-after-expiry": [2, 2, 0, 0, 2, 2],
    "account-forgotten": [2, 2, 2, 2, 1, 2],
    "tenant-wide-metadata": [2, 2, 2, 0, 0, 2, 2],
    "other-apps-metadata": [2, 2, 2, 0, 0, 2, 2],
    "first-certificate-only": [2, 2, 2, 2, 0, 0, 2],
    "old-certificate-removed-too-early": [2, 2, 2, 0, 2],
    "rollback-in-time": [2, 2, 2, 2, 2, 2],
    "rollback-too-late": [2, 2, 2, 2, 2, 2, 2, 0, 2],
    "one-app-per-account": [2, 2, 2, 2, 2, 2, 2, 2, 2],
    "provider-recreated": [2, 2, 2, 2, 0, 2, 2],
}

OLD_BEFORE = "Entra signs with new; the account was given 2026 before the plan"
TENANTS = "Entra signs with 2026; the account was given the tenant's own key by step 3"
GONE = (
    "the account has no such provider; then the account trusts 2026, with which Entra signs, but the browser posts to "
    "the address of a provider that was deleted: its unique ID is part of it (inferred)"
)
ANOTHERS = "Entra signs with 2026; the account was given Another app: its own by step 3"

# Account, first and last minute, the step that caused it, what signs and what the account holds.
OUTAGES = {
    "activate-first": [
        (P, "2028-11-16 11:00", "2028-11-16 12:04", 3, OLD_BEFORE),
        (D, "2028-11-16 11:00", "2028-11-16 12:09", 3, OLD_BEFORE),
    ],
    "new-certificate-after-expiry": [
        (P, "2029-01-16 07:02", "2029-01-16 09:07", 2, OLD_BEFORE),
        (D, "2029-01-16 07:02", "2029-01-16 09:12", 2, OLD_BEFORE),
    ],
    "account-forgotten": [
        (D, "2028-11-24 10:05", "2028-11-25 10:09", 4, OLD_BEFORE),
    ],
    "tenant-wide-metadata": [
        (P, "2028-11-17 10:05", "2028-11-17 12:14", 3, TENANTS),
        (D, "2028-11-17 10:10", "2028-11-17 12:19", 3, TENANTS),
    ],
    "other-apps-metadata": [
        (P, "2028-11-17 10:05", "2028-11-17 12:14", 3, ANOTHERS),
        (D, "2028-11-17 10:10", "2028-11-17 12:19", 3, ANOTHERS),
    ],
    "first-certificate-only": [
        (P, "2028-11-24 10:10", "2028-11-24 12:14", 4, "Entra signs with new; the account was given 2026 by step 3"),
        (D, "2028-11-24 10:10", "2028-11-24 12:19", 4, "Entra signs with new; the account was given 2026 by step 3"),
    ],
    "old-certificate-removed-too-early": [
        (P, "2028-11-17 10:05", "2028-11-17 11:09", 3, "Entra signs with 2026; the account was given new by step 3"),
        (D, "2028-11-17 10:10", "2028-11-17 11:09", 3, "Entra signs with 2026; the account was given new by step 3"),
    ],
    "rollback-too-late": [
        (P, "2028-11-25 12:20", "2028-11-25 13:24", 7, "Entra signs with 2026; the account was given new by step 6"),
        (D, "2028-11-25 12:20", "2028-11-25 13:29", 7, "Entra signs with 2026; the account was given new by step 6"),
    ],
    "provider-recreated": [
        (P, "2028-11-17 10:00", "2028-11-17 11:09", 4, GONE),
        (D, "2028-11-17 10:05", "2028-11-17 11:09", 4, GONE),
    ],
}  # fmt: skip


def test_every_plan_has_its_expected_table():
    assert [*BUILT_IN] == [*OPEN]


@pytest.mark.parametrize("name", OPEN)
def test_a_plan_opens_and_closes_the_accounts_as_expected(name: str):
    rehearsal = rehearsed(name)
    assert [after.open for after in rehearsal.after] == OPEN[name]
    assert {after.of for after in rehearsal.after} == {2}
    assert not rehearsal.surprises


@pytest.mark.parametrize("name", OPEN)
def test_a_plan_has_the_outages_expected_and_no_other(name: str):
    minute = "%Y-%m-%d %H:%M"
    found = [
        (one.entrance.account, f"{one.first_minute:{minute}}", f"{one.last_minute:{minute}}", one.step, one.because)
        for one in rehearsed(name).outages
    ]
    assert found == OUTAGES.get(name, [])
    assert all(one.over for one in rehearsed(name).outages)


@pytest.mark.parametrize("name", ["activate-first", "tenant-wide-metadata", "other-apps-metadata", "rollback-too-late"])
def test_aws_answers_in_its_own_words(name: str):
    assert {one.said for one in rehearsed(name).outages} == {
        "AWS answers InvalidIdentityToken: Response signature invalid"
    }


def test_the_time_lost_is_counted_for_accounts_and_for_their_users():
    """P, with three users, for 65 minutes, and D, with one, for 70."""
    rehearsal = rehearsed("activate-first")
    assert rehearsal.account_time.total_seconds() == (65 + 70) * 60
    assert rehearsal.user_time.total_seconds() == (3 * 65 + 70) * 60


def test_a_plan_says_that_it_needs_two_accounts():
    with pytest.raises(HarnessError, match="account-forgotten needs a scenario of two accounts or more"):
        built_in("account-forgotten").stage(company(1), Pace(NOW))


@pytest.mark.parametrize("name", [name for name in OPEN if name != "account-forgotten"])
def test_every_other_plan_can_be_made_for_one_account(name: str):
    assert built_in(name).stage(company(1), Pace(NOW)).plan.steps


def test_an_unknown_plan_is_refused_with_those_there_are():
    with pytest.raises(HarnessError, match="there is no plan 'overlop'; those built in: overlap, activate-first,"):
        built_in("overlop")


def test_plans_do_not_begin_before_now():
    late = demo_scenario().apps[0].certificates[0].not_after
    assert built_in("overlap").stage(demo_scenario(), Pace(late)).plan.start > late
