"""A scenario file is a test suite: names, choice, processes, reports, and every way in which the file can be wrong."""

from pathlib import Path
from xml.sax.saxutils import unescape

import pytest
from junitparser import JUnitXml

from tests.preflight.worlds import DEMO

RUN = ("-p", "no:cacheprovider", "--saml-now", "2026-11-23T09:00:00Z")
NOAH = "production.scenario.toml::sign-ins::AWS/noah@contoso.com"
ADMIN = "production.scenario.toml::role-pairs::111122223333/contoso-prod-aws-admin"


@pytest.fixture
def production(suite: pytest.Pytester) -> pytest.Pytester:
    (suite.path / "production.scenario.toml").write_text(DEMO.read_text("utf-8"), "utf-8")
    return suite


def test_each_check_is_a_test_with_a_readable_name(production: pytest.Pytester):
    told = production.runpytest(*RUN, "--collect-only", "-q", "production.scenario.toml").stdout.str()
    assert [line for line in told.splitlines() if "::" in line] == [
        "production.scenario.toml::certificates::AWS/2026",
        "production.scenario.toml::metadata::111122223333/WAAD/signing-key",
        "production.scenario.toml::metadata::111122223333/WAAD/document",
        "production.scenario.toml::metadata::444455556666/WAAD/signing-key",
        "production.scenario.toml::metadata::444455556666/WAAD/document",
        "production.scenario.toml::app-roles::AWS",
        "production.scenario.toml::claims::AWS",
        ADMIN,
        "production.scenario.toml::role-pairs::111122223333/contoso-prod-read-only-user",
        "production.scenario.toml::role-pairs::444455556666/contoso-dev-devops-user",
        "production.scenario.toml::role-pairs::444455556666/finance/contoso-dev-finance-admin",
        "production.scenario.toml::sign-ins::AWS/britta@contoso.com",
        "production.scenario.toml::sign-ins::AWS/adele@contoso.com",
        "production.scenario.toml::sign-ins::AWS/guest_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        NOAH,
    ]


@pytest.mark.parametrize("how", [(), ("-n", "2"), ("--random-order",), ("-n", "2", "--random-order", "-W", "error")])
def test_it_runs_in_one_process_in_several_and_in_any_order(production: pytest.Pytester, how: tuple[str, ...]):
    result = production.runpytest_subprocess(*RUN, *how, "production.scenario.toml")
    result.assert_outcomes(passed=13, failed=2)


def test_one_test_can_be_named_and_words_choose(production: pytest.Pytester):
    production.runpytest(*RUN, ADMIN).assert_outcomes(passed=1)
    production.runpytest(*RUN, "-k", "finance", "production.scenario.toml").assert_outcomes(passed=1, deselected=14)
    production.runpytest(*RUN, "-k", "role-pairs and 111122223333").assert_outcomes(passed=2, deselected=13)


def test_a_failure_is_the_report_word_for_word(production: pytest.Pytester):
    told = production.runpytest(*RUN, NOAH).stdout.str()
    assert "Who can sign in to what: AWS/noah@contoso.com" in told
    assert (
        "AWS offers exactly the roles that are assigned.\n"
        "no role\n"
        "the sign-in page says: Your request included an invalid SAML response. To logout, click here.\n"
        "STS says: SAML Assertion doesn't contain the requested Role and Metadata in the attributes\n"
        "AWS004 error  There is no Role.\n"
        "  where     /Response/Assertion/AttributeStatement, line 1\n"
        "  got       none\n"
        "  expected  https://aws.amazon.com/SAML/Attributes/Role\n"
        '  why       AWS says only "invalid SAML response". Entra reports success for a user who is assigned with '
        "Default Access or msiam_access alone: those roles have no value, so no claim is sent.\n"
        "  fix       Entra, Enterprise application, Users and groups: assign the user, or a group with the user as "
        "direct member, to an app role whose value is a role ARN and a provider ARN.\n"
    ) in told
    assert "Traceback" not in told
    assert "preflight" not in told, "no frame of ours stands in the way"


def test_the_junit_file_holds_every_test(production: pytest.Pytester):
    production.runpytest(*RUN, "--junit-xml", "out.xml", "production.scenario.toml")
    read = JUnitXml.fromstring((production.path / "out.xml").read_bytes())
    assert (read.tests, read.failures, read.errors) == (15, 2, 0)
    [noah] = [case for suite in read for case in suite if "noah" in case.name]
    assert "AWS004 error  There is no Role." in unescape(noah.result[0].text)


def test_a_folder_of_scenarios_is_collected_beside_other_tests(production: pytest.Pytester):
    folder = production.mkdir("worlds")
    for name in ("one", "two"):
        text = DEMO.read_text("utf-8").replace('name = "contoso-demo"', f'name = "{name}"')
        (folder / f"{name}.scenario.toml").write_text(text)
    (folder / "notes.toml").write_text("not = 'one'")
    production.makepyfile("def test_theirs():\n    pass\n")
    production.runpytest(*RUN).assert_outcomes(passed=3 * 13 + 1, failed=3 * 2)
    production.runpytest(*RUN, "worlds").assert_outcomes(passed=2 * 13, failed=2 * 2)


def rewritten(of: pytest.Pytester, old: str, new: str) -> None:
    path = of.path / "production.scenario.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_cannot_be_judged_is_skipped_with_the_reason(production: pytest.Pytester):
    policy = (
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": {"Federated": '
        '"arn:aws:iam::111122223333:saml-provider/WAAD"}, "Condition": {"StringEquals": {"SAML:aud": '
        '"https://signin.aws.amazon.com/saml"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}'
    )
    rewritten(production, 'trusts = ["WAAD"]', f"trust_policy = '{policy}'")
    result = production.runpytest(*RUN, "-rs", "-k", "britta or adele")
    result.assert_outcomes(passed=1, skipped=1, deselected=13)
    assert "IpAddress aws:SourceIp: the value of this key is not in the response" in result.stdout.str()


@pytest.mark.parametrize("how", [(), ("-n", "2")])
def test_what_works_but_will_hurt_is_listed_after_the_run(production: pytest.Pytester, how: tuple[str, ...]):
    late = ("-p", "no:cacheprovider", "--saml-now", "2029-01-01T09:00:00Z")
    told = production.runpytest_subprocess(*late, *how, "-W", "error", "production.scenario.toml")
    told.assert_outcomes(passed=13, failed=2)
    told.stdout.fnmatch_lines(
        [
            "*saml-harness: works, but will hurt*",
            "production.scenario.toml::certificates::AWS/2026",
            "signs, 2026-01-15 to 2029-01-15",
            "CRT002 warning  The signing certificate expires within 30 days.",
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("version = 1", "version = = 1", "production.scenario.toml: not TOML", id="no TOML"),
        pytest.param("version = 1", "version = 1\ncolour = 'red'", "  colour: unknown key", id="unknown key"),
        pytest.param(
            'members = ["britta@contoso.com"]', 'members = ["nobody@contoso.com"]',
            "group 'contoso-prod-aws-admin': no user or group 'nobody@contoso.com'", id="dangling name",
        ),
        pytest.param(
            'trusts = ["WAAD"]', 'trusts = ["Waad"]',
            "role 'contoso-prod-aws-admin' trusts 'Waad', which is no SAML provider of the account", id="contradiction",
        ),
        pytest.param('app = "AWS"', 'metadata = "held.xml"', "held.xml: No such file or directory", id="no metadata"),
        pytest.param(
            'app = "AWS"', 'metadata = "production.scenario.toml"', "metadata of 111122223333/WAAD", id="no XML"
        ),
    ],
)  # fmt: skip
def test_a_broken_file_fails_at_collection_with_its_place(
    production: pytest.Pytester, old: str, new: str, said: str
):  # fmt: skip
    rewritten(production, old, new)
    result = production.runpytest(*RUN, "production.scenario.toml")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    told = result.stdout.str()
    assert said in told
    assert "Traceback" not in told
    assert "preflight" not in told, "no frame of ours stands in the way"


def test_a_file_that_is_too_large_is_refused_at_once(production: pytest.Pytester):
    with (production.path / "production.scenario.toml").open("ab") as file:
        file.truncate(40_000_000)
    told = production.runpytest(*RUN, "production.scenario.toml").stdout.str()
    assert "production.scenario.toml: more than 32,000,000 bytes" in told


def test_a_hostile_name_stays_one_line_of_the_list(production: pytest.Pytester):
    rewritten(production, 'upn = "noah@contoso.com"', 'upn = "noah::\\u202e@contoso.com"')
    rewritten(production, 'to = "noah@contoso.com"', 'to = "noah::\\u202e@contoso.com"')
    told = production.runpytest(*RUN, "--collect-only", "-q").stdout.str()
    assert "production.scenario.toml::sign-ins::AWS/noah:\\u202e@contoso.com" in told
    assert "\u202e" not in told


def test_nothing_is_written(production: pytest.Pytester):
    before = sorted(production.path.rglob("*"))
    production.runpytest_subprocess(*RUN, "production.scenario.toml", "-p", "no:cacheprovider")
    made = [one for one in production.path.rglob("*") if one not in before and "__pycache__" not in one.parts]
    assert [one for one in made if Path("state") in one.relative_to(production.path).parents] == []
