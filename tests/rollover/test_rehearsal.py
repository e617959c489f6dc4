"""What a rehearsal says beside the built-in plans: mistakes, odd scenarios, and what a test asks of it."""

from datetime import timedelta

import pytest

from harness.errors import HarnessError
from harness.rollover import assert_no_outage
from harness.rollover.rehearsal import rehearse
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import Scenario
from tests.rollover.worlds import NOW, company, plan, rehearsed

CREATE = '2028-11-16T09:00:00Z create-certificate certificate = "new"'
DOWNLOAD = '2028-11-16T10:00:00Z download-metadata document = "both"'
UPDATE = '2028-11-17T09:00:00Z update-providers document = "both"'
ACTIVATE = '2028-11-24T09:00:00Z activate certificate = "new"'
RIGHT = plan(CREATE, DOWNLOAD, UPDATE, ACTIVATE)


def first_account(scenario: Scenario, **changes: object) -> Scenario:
    """The scenario with changes to the provider of its first account."""
    first, *others = scenario.accounts
    provider = first.saml_providers[0].model_copy(update=changes)
    changed = first.model_copy(update={"saml_providers": (provider,)})
    return scenario.model_copy(update={"accounts": (changed, *others)})


def test_a_test_can_ask_that_nobody_is_locked_out():
    assert_no_outage(rehearsed("overlap"))
    with pytest.raises(AssertionError) as caught:
        assert_no_outage(rehearsed("account-forgotten"))
    assert str(caught.value) == (
        "plan 'account-forgotten' locks users out once\n  444455556666/WAAD (contoso-dev) from 2028-11-24T10:05:00Z "
        "until 2028-11-25T10:10:00Z: step 4: Make certificate new active in Entra; Entra signs with new; the account "
        "was given 2026 before the plan"
    )


def test_of_many_outages_the_first_are_named_and_the_others_counted():
    with pytest.raises(AssertionError) as caught:
        assert_no_outage(rehearse(plan(CREATE, ACTIVATE), company(30), NOW))
    lines = str(caught.value).splitlines()
    assert len(lines) == 22
    assert lines[0] == "plan 'tried' locks users out 30 times"
    assert "and not over when the plan ends" in lines[1]
    assert lines[-1] == "  and 10 more"


def test_who_was_locked_out_before_is_told_apart():
    """The first account holds a document that lists nothing of use, whatever the plan does before the update."""
    scenario = first_account(company(2), certificates=())
    (outage,) = rehearse(RIGHT, scenario, NOW).outages
    assert (outage.step, outage.cause) == (None, "Before the plan")
    assert outage.because == "Entra signs with 2026; the account was given no certificate before the plan"
    assert outage.end - outage.begin == timedelta(days=1)


def test_a_role_that_trusts_nobody_is_not_blamed_on_certificates():
    scenario = company(1)
    (account,) = scenario.accounts
    role = account.roles[0].model_copy(update={"trusts": (), "trust_policy": '{"Statement": []}'})
    closed = scenario.model_copy(update={"accounts": (account.model_copy(update={"roles": (role,)}),)})
    (outage,) = rehearse(RIGHT, closed, NOW).outages
    assert outage.cause == "Before the plan"
    assert "the account trusts 2026, with which Entra signs, but AWS answers AccessDenied: " in outage.because
    assert not outage.over


def test_a_document_read_by_its_first_certificate_depends_on_the_order_of_the_list():
    """In which order Entra lists certificates is not known: either way somebody is locked out, at another step."""
    steps = (CREATE, DOWNLOAD, UPDATE, ACTIVATE)
    oldest = rehearse(plan(*steps, head="first_certificate_only = true"), company(1), NOW)
    newest = rehearse(plan(*steps, head="first_certificate_only = true\nnewest_first = true"), company(1), NOW)
    assert [(one.step, one.over) for one in oldest.outages] == [(4, False)]
    assert [(one.step, one.over) for one in newest.outages] == [(3, True)]


def test_a_certificate_that_expires_on_the_way_hands_over_by_itself():
    """Nobody makes the new one active: Entra does, when the old one ends."""
    rehearsal = rehearse(plan(CREATE, DOWNLOAD, UPDATE, head="until = 2029-02-01T00:00:00Z"), company(2), NOW)
    assert [(one.moment.title, one.open) for one in rehearsal.after][-1] == ("Certificate 2026 expires", 2)
    assert not rehearsal.outages
    forgotten = rehearse(plan(CREATE, head="until = 2029-02-01T00:00:00Z"), company(2), NOW)
    assert {(one.cause, f"{one.begin:%Y-%m-%d}") for one in forgotten.outages} == {
        ("Certificate 2026 expires", "2029-01-15")
    }


def test_an_expired_certificate_alone_goes_on_working():
    """AWS does not look at the dates of a certificate."""
    late = plan('2030-06-01T09:00:00Z expiry certificate = "2026"')
    assert not rehearse(late, company(1), NOW).outages


def test_two_apps_are_rolled_each_with_its_own_certificate():
    scenario = two_apps()
    rehearsal = rehearse(RIGHT, scenario, NOW)
    assert [one.app for one in rehearsal.entrances] == ["AWS", "Second"]
    assert not rehearsal.outages
    one = plan(CREATE + '; apps = ["AWS"]', DOWNLOAD, UPDATE, ACTIVATE + '; apps = ["AWS"]')
    assert not rehearse(one, scenario, NOW).outages
    crossed = plan(CREATE, DOWNLOAD + '; of = "Second"', UPDATE, ACTIVATE)
    assert [(out.entrance.app, out.step) for out in rehearse(crossed, scenario, NOW).outages] == [("AWS", 3)]


def test_a_document_of_one_app_cannot_be_given_to_the_accounts_of_another():
    with pytest.raises(HarnessError, match="document 'both' was not downloaded for app 'Second'"):
        rehearse(plan(CREATE, DOWNLOAD + '; apps = ["AWS"]', UPDATE), two_apps(), NOW)


def two_apps() -> Scenario:
    """Two accounts, each entered by an app of its own."""
    scenario = company(2)
    (app,) = scenario.apps
    apps = [
        {
            "name": name,
            "certificates": app.certificates,
            "roles": [role],
            "assignments": [given],
            "identifiers": [named],
        }
        for name, role, given, named in zip(
            ("AWS", "Second"),
            app.roles,
            app.assignments,
            ("https://signin.aws.amazon.com/saml", "https://signin.aws.amazon.com/saml#2"),
            strict=True,
        )
    ]
    first, second = scenario.accounts
    provider = second.saml_providers[0].model_copy(update={"app": "Second"})
    second = second.model_copy(update={"saml_providers": (provider,)})
    return Scenario.model_validate({**dict(scenario), "apps": apps, "accounts": (first, second)})


def test_providers_that_nobody_can_try_are_named_and_leave_the_others_alone(tmp_path):
    scenario = company(2)
    (tmp_path / "idp.xml").write_bytes(_own_metadata())
    real = first_account(scenario, app=None, metadata="idp.xml")
    rehearsal = rehearse(RIGHT, real, NOW, directory=tmp_path)
    assert [one.account for one in rehearsal.entrances] == ["100000000001"]
    assert [(one.account, one.reason) for one in rehearsal.closed] == [
        ("100000000000", "its metadata is a file: no app of the scenario signs for it")
    ]


def _own_metadata() -> bytes:
    from harness.entra.idp import EntraIdp

    return EntraIdp(demo_scenario()).federation_metadata(NOW, bom=False)


def test_a_scenario_that_nobody_can_try_is_refused_with_the_reasons():
    bare = parse_scenario('version = 1\nname = "bare"\n[[apps]]\nname = "AWS"\n', "bare")
    with pytest.raises(HarnessError, match="nobody of scenario 'bare' could try the plan: no account has a SAML"):
        rehearse(RIGHT, bare, NOW)
    (app,) = company(1).apps
    roleless = app.model_copy(update={"roles": (), "assignments": ()})
    with pytest.raises(HarnessError, match="could try the plan: no app role of app AWS leads there"):
        rehearse(RIGHT, company(1).model_copy(update={"apps": (roleless,)}), NOW)


def test_assertions_are_rehearsed_in_plain_where_the_app_encrypts():
    """The private keys that open them are in no scenario, and a rollover does not change them."""
    from harness.entra.keystore import KeyStore

    scenario = company(1)
    (app,) = scenario.apps
    pem = KeyStore().certificate(app, app.certificates[0]).pem
    sealed = first_account(
        scenario.model_copy(update={"apps": (app.model_copy(update={"encryption_certificate": pem}),)}),
        encryption_required=True,
    )
    assert not rehearse(RIGHT, sealed, NOW).outages
