"""From a new certificate, inactive, to the day the old one is gone."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from harness.entra.certificates import activate, active_certificate, create_certificate, delete_certificate, reminders
from harness.entra.idp import EntraIdp
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.saml.metadata import read_metadata
from harness.scenario.model import App, Scenario
from tests.entra.worlds import KEYS, NOW, idp, scenario

APP = scenario().apps[0]


def names(app: App) -> list[tuple[str, bool]]:
    return [(one.name, one.active) for one in app.certificates]


def test_a_new_certificate_is_inactive_and_lasts_three_years():
    made = create_certificate(APP, NOW)
    assert names(made) == [("2026", True), ("2026-11-01 090000Z", False)]
    assert made.certificates[1].not_before == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert made.certificates[1].not_after == datetime(2029, 11, 1, 9, tzinfo=UTC)
    assert names(APP) == [("2026", True)], "the app it was made from is as it was"


def test_three_years_after_a_leap_day_is_the_day_before_march():
    made = create_certificate(APP, datetime(2028, 2, 29, tzinfo=UTC))
    assert made.certificates[1].not_after == datetime(2031, 2, 28, tzinfo=UTC)


def test_two_made_in_one_second_have_different_names():
    made = create_certificate(create_certificate(APP, NOW), NOW)
    assert [name for name, _ in names(made)][1:] == ["2026-11-01 090000Z", "2026-11-01 090000Z-2"]


@pytest.mark.parametrize("end", [NOW, NOW - timedelta(days=1), datetime(2029, 11, 1, 9, 0, 1, tzinfo=UTC)], ids=str)
def test_an_end_that_entra_does_not_take_is_refused_with_the_latest(end: datetime):
    with pytest.raises(HarnessError, match="up to 3 years later, 2029-11-01T09:00:00Z"):
        create_certificate(APP, NOW, not_after=end)


def test_making_one_active_makes_the_other_inactive_in_the_same_step():
    made = activate(create_certificate(APP, NOW, name="new"), "new")
    assert names(made) == [("2026", False), ("new", True)]
    assert active_certificate(made, NOW).name == "new"
    assert names(activate(made, "2026")) == [("2026", True), ("new", False)]


def test_an_inactive_certificate_can_be_removed_and_the_active_one_cannot():
    made = create_certificate(APP, NOW, name="new")
    assert names(delete_certificate(made, "new")) == [("2026", True)]
    with pytest.raises(HarnessError, match="'2026' of app 'AWS' is active"):
        delete_certificate(made, "2026")


@pytest.mark.parametrize("step", [activate, delete_certificate])
def test_an_unknown_certificate_is_refused_with_those_there_are(step):
    with pytest.raises(HarnessError, match="no certificate 'x'; its certificates: 2026"):
        step(APP, "x")


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(HarnessError, match="has a certificate named '2026' already"):
        create_certificate(APP, NOW, name="2026")


def test_an_app_without_certificates_signs_nobody_in():
    bare = EntraIdp(scenario().model_copy(update={"apps": (APP.model_copy(update={"certificates": ()}),)}), KEYS)
    with pytest.raises(EntraRefusal, match="AADSTS50003"):
        bare.respond("ada@contoso.com", NOW)


def test_mails_come_sixty_thirty_and_seven_days_before_the_active_one_ends():
    app = create_certificate(APP, NOW).model_copy(update={"notification_emails": ("ops@contoso.com",)})
    end = datetime(2029, 1, 15, 7, 2, 19, tzinfo=UTC)
    assert [(mail.at, mail.days_left, mail.certificate, mail.to) for mail in reminders(app)] == [
        (end - timedelta(days=days), days, "2026", ("ops@contoso.com",)) for days in (60, 30, 7)
    ]


def test_the_tenant_wide_metadata_has_the_issuer_and_another_key():
    mock = idp()
    wide, own = read_metadata(mock.tenant_metadata(), "wide"), read_metadata(mock.federation_metadata(NOW), "own")
    assert wide.entities[0].entity_id == own.entities[0].entity_id
    (key,) = wide.entities[0].signing
    assert key.subject == "CN=accounts.accesscontrol.windows.net"
    assert key not in own.entities[0].signing


def test_fifty_changes_at_once_lose_nothing():
    mock = idp()

    def add(number: int) -> None:
        def step(before: Scenario) -> Scenario:
            app = create_certificate(before.apps[0], NOW, name=f"c{number}")
            return before.model_copy(update={"apps": (app,)})

        mock.change(step)

    threads = [Thread(target=add, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.name for one in mock.scenario.apps[0].certificates} == {"2026", *(f"c{number}" for number in range(50))}


def test_a_change_that_fails_leaves_the_tenant_as_it_was():
    mock = idp()
    before = mock.scenario
    with pytest.raises(HarnessError):
        mock.change(lambda _: (_ for _ in ()).throw(HarnessError("no")))
    assert mock.scenario is before
