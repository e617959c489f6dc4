"""What is wrong with a plan is said with the step and the cure."""

from datetime import timedelta

import pytest

from harness.rollover.plan import BadPlan, load_plan, parse_plan
from harness.rollover.reference import EXAMPLE
from harness.rollover.rehearsal import rehearse
from tests.rollover.worlds import NOW, company, plan, rehearsed

CREATE = '2028-11-16T09:00:00Z create-certificate certificate = "new"'
DOWNLOAD = '2028-11-16T10:00:00Z download-metadata document = "both"'
UPDATE = '2028-11-17T09:00:00Z update-providers document = "both"; minutes_per_account = 30'
ACTIVATE = '2028-11-24T09:00:00Z activate certificate = "new"'

# What is wrong -> the steps, and the words of the error.
IMPOSSIBLE = {
    "activated before it is created": (
        ['2028-11-16T09:00:00Z activate certificate = "new"'],
        "step 1 (activate, 2028-11-16T09:00:00Z): app 'AWS' has no certificate 'new'; its certificates: 2026",
    ),
    "never existed": (
        [CREATE, '2028-11-24T09:00:00Z delete-certificate certificate = "2019"'],
        "step 2 (delete-certificate, 2028-11-24T09:00:00Z): app 'AWS' has no certificate '2019'; "
        "its certificates: 2026, new",
    ),
    "made twice": (
        [CREATE, CREATE],
        "step 2 (create-certificate, 2028-11-16T09:00:00Z): app 'AWS' has or had a certificate 'new'; "
        "choose another name",
    ),
    "made under the name of one that was deleted": (
        [
            CREATE,
            '2028-11-17T09:00:00Z delete-certificate certificate = "new"',
            '2028-11-18T09:00:00Z create-certificate certificate = "new"',
        ],
        "step 3 (create-certificate, 2028-11-18T09:00:00Z): app 'AWS' has or had a certificate 'new'",
    ),
    "too long": (
        [CREATE + "; not_after = 2032-01-01T00:00:00Z"],
        "Entra takes an end of up to 3 years later, 2031-11-16T09:00:00Z",
    ),
    "deleted while active": (
        ['2028-11-16T09:00:00Z delete-certificate certificate = "2026"'],
        "certificate '2026' of app 'AWS' is active, and what Entra does without it is not known",
    ),
    "active already": (
        ['2028-11-16T09:00:00Z activate certificate = "2026"'],
        "certificate '2026' of app 'AWS' is active already",
    ),
    "rolled back before anything was activated": (
        [CREATE, "2028-11-24T09:00:00Z roll-back"],
        "step 2 (roll-back, 2028-11-24T09:00:00Z): no earlier step made another certificate of app 'AWS' active",
    ),
    "rolled back to a deleted certificate": (
        [
            CREATE,
            ACTIVATE,
            '2028-11-25T09:00:00Z delete-certificate certificate = "2026"',
            "2028-11-26T09:00:00Z roll-back",
        ],
        "step 4 (roll-back, 2028-11-26T09:00:00Z): app 'AWS' has no certificate '2026'; its certificates: new",
    ),
    "not expired yet": (
        ['2028-11-16T09:00:00Z expiry certificate = "2026"'],
        "certificate '2026' of app 'AWS' is valid until 2029-01-15T00:00:00Z; date the step then",
    ),
    "a document that nobody downloads": (
        [CREATE, UPDATE],
        "step 2 (update-providers, 2028-11-17T09:00:00Z): document 'both' is downloaded by no step",
    ),
    "a document that is downloaded later": (
        [CREATE, UPDATE, '2028-11-18T09:00:00Z download-metadata document = "both"'],
        "step 2 (update-providers, 2028-11-17T09:00:00Z): document 'both' is downloaded only by "
        "step 3 (download-metadata, 2028-11-18T09:00:00Z)",
    ),
    "a document of a certificate there is not": (
        ['2028-11-16T10:00:00Z download-metadata document = "b"; certificates = ["new"]'],
        "step 1 (download-metadata, 2028-11-16T10:00:00Z): app 'AWS' has no certificate 'new'",
    ),
    "unknown account": (
        [CREATE, DOWNLOAD, UPDATE + '; accounts = ["999999999999"]'],
        "step 3 (update-providers, 2028-11-17T09:00:00Z): the scenario has no account 999999999999",
    ),
    "unknown forgotten account": (
        [CREATE, DOWNLOAD, UPDATE + '; leave_out = ["999999999999"]'],
        "the scenario has no account 999999999999",
    ),
    "nothing to update": (
        [CREATE, DOWNLOAD, UPDATE + '; accounts = ["100000000000"]; leave_out = ["100000000000"]'],
        "step 3 (update-providers, 2028-11-17T09:00:00Z): no account is left in which anything would be updated",
    ),
    "unknown app": (
        [CREATE + '; apps = ["GCP"]'],
        "step 1 (create-certificate, 2028-11-16T09:00:00Z): the scenario has no app 'GCP'; its apps: AWS",
    ),
    "in the past": (
        ['2026-11-16T09:00:00Z create-certificate certificate = "new"'],
        "step 1 (create-certificate, 2026-11-16T09:00:00Z): its date is past; it is 2026-12-01T09:00:00Z now",
    ),
    "out of order": (
        [DOWNLOAD, CREATE],
        "step 2 (create-certificate, 2028-11-16T09:00:00Z): it is dated before "
        "step 1 (download-metadata, 2028-11-16T10:00:00Z)",
    ),
    "overlapping updates of one provider": (
        [
            CREATE,
            DOWNLOAD,
            UPDATE,
            '2028-11-17T09:45:00Z update-providers document = "both"; accounts = ["100000000001"]',
        ],
        "step 4 (update-providers, 2028-11-17T09:45:00Z): 100000000001/Entra would be reached at "
        "2028-11-17T09:45:00Z, while step 3 (update-providers, 2028-11-17T09:00:00Z) is at work there until "
        "2028-11-17T10:00:00Z; two updates of one provider must not overlap",
    ),
    "an address of its own for many accounts": (
        ["2028-11-16T09:00:00Z set-reply-urls"],
        "app 'AWS' serves 3 accounts, and a provider's own address serves one",
    ),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_an_impossible_plan_is_refused_with_its_step(what: str):
    steps, said = IMPOSSIBLE[what]
    with pytest.raises(BadPlan) as caught:
        rehearse(plan(*steps), company(3), NOW)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_plan_is_not_cut_off_before_its_last_step_is_done():
    with pytest.raises(BadPlan, match=r"step 3 \(update-providers, .*\): it is done at 2028-11-17T10:30:00Z, after"):
        rehearse(plan(CREATE, DOWNLOAD, UPDATE, head="until = 2028-11-17T10:00:00Z"), company(3), NOW)


def test_one_account_may_be_updated_while_another_is():
    other = '2028-11-17T09:05:00Z update-providers document = "both"; accounts = ["100000000001"]'
    steps = [CREATE, DOWNLOAD, UPDATE + '; accounts = ["100000000000"]', other, ACTIVATE]
    assert [one.entrance.account for one in rehearse(plan(*steps), company(3), NOW).outages] == ["100000000002"]


# Text -> lines of the error, which all stand in one message.
MALFORMED = {
    "steps = 3": ["name: Field required", "steps: Input should be a valid tuple"],
    'version = 1\nname = "x"\nsteps = []': ["steps: Tuple should have at least 1 item"],
    'version = 2\nname = "x"\n[[steps]]\ndo = "roll-back"\nat = 2028-01-01T00:00:00Z': ["version: Input should be 1"],
    'version = 1\nname = "x"\ncolour = 1\n[[steps]]\ndo = "dance"\nat = 2028-01-01T00:00:00Z': [
        "step 1 (dance): do must be one of create-certificate, download-metadata, update-providers,",
        "colour: unknown key",
    ],
    'version = 1\nname = "x"\n[[steps]]\nat = 2028-01-01T00:00:00Z': ["step 1: do must be one of create-certificate,"],
    'version = 1\nname = "x"\n[[steps]]\ndo = "activate"\nat = 2028-01-01T00:00:00\ncertificat = "a"': [
        "step 1 (activate): at: give the time zone, as in 2026-01-01T00:00:00Z",
        "step 1 (activate): certificate: Field required",
        "step 1 (activate): certificat: unknown key",
    ],
    'version = 1\nname = "x"\n[[steps]]\ndo = "update-providers"\nat = 2028-01-01T00:00:00Z\ndocument = "d"\n'
    'workers = 0\naccounts = ["12345"]\nminutes_per_account = nan': [
        "step 1 (update-providers): workers: Input should be greater than or equal to 1",
        "step 1 (update-providers): accounts.0: String should match pattern '^[0-9]{12}$'",
        "step 1 (update-providers): minutes_per_account: Input should be a finite number",
    ],
    'version = 1\nname = "x"\n[[steps]]\ndo = "download-metadata"\nat = 2028-01-01T00:00:00Z\ndocument = "d"\n'
    'tenant_wide = true\nof = "b"': ["step 1 (download-metadata): give one of certificates, of and tenant_wide"],
    'version = 1\nname = "x"\n[[steps]]\ndo = "roll-back"\nat = 9999-12-31T23:59:59Z': [
        "step 1 (roll-back): at: 9999-12-31 is not between 2000 and 2100"
    ],
    "version = ": ["plan.toml: not TOML: Invalid value"],
}  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_plan_is_refused_with_every_place(text: str):
    with pytest.raises(BadPlan) as caught:
        parse_plan(text, "plan.toml")
    assert str(caught.value).startswith("plan.toml: ")
    for line in MALFORMED[text]:
        assert line in str(caught.value)


def test_a_missing_plan_is_named():
    with pytest.raises(Exception, match=r"nothing\.toml: No such file or directory"):
        load_plan("nothing.toml")


@pytest.mark.parametrize("name", ["overlap", "account-forgotten", "provider-recreated", "new-certificate-after-expiry"])
def test_a_plan_written_to_a_file_is_the_same_plan(name: str):
    written = rehearsed(name).plan
    assert parse_plan(written.to_toml(), "plan.toml") == written


def test_a_plan_is_looked_at_for_a_day_after_its_last_step():
    rehearsal = rehearse(plan(CREATE, '2028-11-24T09:00:00Z activate certificate = "new"'), company(2), NOW)
    assert rehearsal.until - rehearsal.plan.steps[-1].at == timedelta(days=1)
    assert [(one.length, one.over) for one in rehearsal.outages] == [(timedelta(days=1), False)] * 2


def test_the_plan_on_the_page_about_plans_can_be_rehearsed():
    rehearsal = rehearse(parse_plan(EXAMPLE, "example"), company(3), NOW)
    assert not rehearsal.outages
    assert rehearsal.after[-2].moment.at - rehearsal.plan.steps[2].at == timedelta(minutes=20)
