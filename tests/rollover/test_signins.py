"""Every sign-in of a rehearsal is made and verified; none is remembered."""

import random
from collections import Counter

import pytest

from harness.entra import idp as entra_idp
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.rollover.rehearsal import rehearse
from harness.rollover.stage import Cuts, set_stage
from harness.saml import dsig, usual
from harness.scenario.load import demo_scenario
from tests.rollover.worlds import NOW, company, plan

STEPS = (
    '2028-11-16T09:00:00Z create-certificate certificate = "new"',
    '2028-11-16T10:00:00Z download-metadata document = "both"',
    '2028-11-17T09:00:00Z update-providers document = "both"; minutes_per_account = 5; workers = 3',
    '2028-11-24T09:00:00Z activate certificate = "new"',
)


# Accounts, users, workers -> responses signed, times verified. Everybody signs in five times: at the start and after
# each of the four steps. Before the last round of the update is done, each earlier round has an instant of its own.
@pytest.mark.parametrize(
    ("accounts", "users", "signed", "verified"),
    [
        (1, 1, 5 * 1, 5 * 1),
        (3, 1, 5 * 1, 5 * 3),
        (4, 1, 5 * 1 + 1, 5 * 4 + 3),
        (10, 1, 5 * 1 + 3, 5 * 10 + 9),
        (10, 10, 5 * 10 + 9, 5 * 10 + 9),
        (10, 2, 5 * 2 + 3 * 2, 5 * 10 + 9),
    ],
)
def test_signatures_made_and_verified_are_what_arithmetic_says(accounts: int, users: int, signed: int, verified: int):
    rehearsal = rehearse(plan(*STEPS), company(accounts, users), NOW)
    assert (rehearsal.signed, rehearsal.verified) == (signed, verified)


def test_the_numbers_count_real_work(monkeypatch: pytest.MonkeyPatch):
    """Entra's writer is called as often as the report says, each time for another response; and so is the search for
    the key that fits a signature, on the short way of reading a response and on the long one together."""
    calls: Counter[str] = Counter()
    written: set[bytes] = set()
    write, fit = entra_idp.write_response, dsig.signer_of

    def writing(*arguments, **options):
        calls["signed"] += 1
        xml = write(*arguments, **options)
        written.add(xml)
        return xml

    def fitting(*arguments, **options):
        calls["verified"] += 1
        return fit(*arguments, **options)

    monkeypatch.setattr(entra_idp, "write_response", writing)
    for module in (dsig, usual):
        monkeypatch.setattr(module, "signer_of", fitting)
    rehearsal = rehearse(plan(*STEPS), company(10, 2), NOW)
    assert calls == {"signed": rehearsal.signed, "verified": rehearsal.verified}
    assert len(written) == rehearsal.signed == 16


def test_every_instant_has_responses_of_its_own(monkeypatch: pytest.MonkeyPatch):
    """An old key is refused on a response made at that instant, never on a replay."""
    asked = []
    respond = EntraIdp.respond

    def responding(self, upn, now, **options):
        asked.append((upn, now))
        return respond(self, upn, now, **options)

    monkeypatch.setattr(EntraIdp, "respond", responding)
    rehearsal = rehearse(plan(*STEPS), company(4, 2), NOW)
    assert {at for _, at in asked} == {moment.at for moment in rehearsal.moments}


def test_several_users_of_an_account_can_try_it():
    one = rehearse(plan(*STEPS), demo_scenario(), NOW)
    three = rehearse(plan(*STEPS), demo_scenario(), NOW, samples=3)
    assert [len(entrance.samples) for entrance in three.entrances] == [3, 1]
    assert (one.verified, three.verified) == (5 * 2, 5 * 4)


def test_processes_share_the_work_and_find_the_same():
    alone = rehearse(plan(*STEPS[:3]), company(20, 20), NOW)
    shared = rehearse(plan(*STEPS[:3]), company(20, 20), NOW, processes=2)
    assert alone == shared


def test_progress_is_told_up_to_the_last():
    told: list[tuple[int, int]] = []
    rehearsal = rehearse(plan(*STEPS), company(4, 4), NOW, progress=lambda done, of: told.append((done, of)))
    assert told == [(number, rehearsal.signed) for number in range(1, rehearsal.signed + 1)]


@pytest.mark.parametrize("upn", ["britta@contoso.com", "adele@contoso.com", "noah@contoso.com"])
def test_a_scenario_cut_down_to_one_user_gives_the_same_response(upn: str):
    scenario, keys = demo_scenario(), KeyStore()
    whole = EntraIdp(scenario, keys, random.Random(7)).respond(upn, NOW)
    cut = Cuts(scenario).cut(upn, "AWS")
    assert EntraIdp(cut, keys, random.Random(7)).respond(upn, NOW).xml == whole.xml
    assert [user.upn for user in cut.users] == [upn]


def test_where_nobody_holds_a_role_yet_a_stand_in_tries():
    """An imported scenario has roles and no users; what it loses is counted in accounts, and in no users."""
    scenario = company(3).model_copy(update={"users": ()})
    stage = set_stage(scenario)
    assert [one.samples[0][0] for one in stage.entrances] == [f"stand-in-{number}@contoso.com" for number in range(3)]
    assert {one.users for one in stage.entrances} == {0}
    rehearsal = rehearse(plan(STEPS[0], STEPS[3]), scenario, NOW)
    assert [after.open for after in rehearsal.after] == [3, 3, 0]
    assert rehearsal.account_time.total_seconds() == 3 * 86_400
    assert not rehearsal.user_time


def test_a_provider_to_which_no_role_leads_is_named():
    scenario = company(2)
    (app,) = scenario.apps
    bare = app.model_copy(update={"roles": app.roles[:1], "assignments": app.assignments[:1]})
    stage = set_stage(scenario.model_copy(update={"apps": (bare,)}))
    assert [one.account for one in stage.entrances] == ["100000000000"]
    assert [(one.account, one.reason) for one in stage.closed] == [
        ("100000000001", "no app role of app AWS leads there")
    ]
