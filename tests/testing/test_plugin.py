"""The plugin as a user's project meets it: fixtures, overriding, options."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_house import HEAVY

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "pytest.md"


def test_a_run_that_uses_nothing_of_it_imports_nothing_heavy(suite: pytest.Pytester):
    suite.makeconftest(
        'pytest_plugins = ["harness.pytest_plugin"]\n'
        "import sys\n"
        "def pytest_unconfigure(config):\n"
        f"    print('heavy:', [one for one in {[*HEAVY, 'click', 'jinja2', 'harness.testing.collect']!r} "
        "if one in sys.modules])\n"
    )
    suite.makepyfile("def test_of_theirs():\n    pass\n")
    result = suite.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["heavy: []"])


def test_the_entry_point_is_named_as_its_module():
    """Under another name an installed package and a clone's conftest would both register it, and pytest refuses."""
    from importlib.metadata import entry_points

    [found] = [one for one in entry_points(group="pytest11") if one.value == "harness.pytest_plugin"]
    assert found.name == "harness.pytest_plugin"


def documented() -> dict[str, tuple[str, str]]:
    """Scope and type of each fixture on the page."""
    rows = re.findall(r"^\| `(\w+)` \| (session|function) \| `(.+?)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: (scope, kind) for name, scope, kind in rows}


def test_the_page_lists_every_fixture_with_its_scope(suite: pytest.Pytester):
    told = suite.runpytest("--fixtures", "-p", "no:cacheprovider").stdout.str()
    found = re.findall(r"^((?:make_)?saml_\w+)(?: \[(\w+) scope\])? -- ", told, re.MULTILINE)
    assert {name: scope or "function" for name, scope in found} == {
        name: scope for name, (scope, _) in documented().items()
    }


def test_the_types_on_the_page_are_those_of_the_fixtures():
    source = (ROOT / "harness" / "pytest_plugin.py").read_text("utf-8")
    for name, (_, kind) in documented().items():
        [annotated] = re.findall(rf"^def {name}\((?:.|\n)*?\) -> (.+):$", source, re.MULTILINE)
        last = kind.replace("datetime.datetime", "datetime")
        assert re.sub(r"\b(\w+\.)+(?=\w)", "", last) == annotated, name


def test_a_module_may_have_its_own_tenant_and_another_keeps_its_own(suite: pytest.Pytester):
    """Fixtures of session scope that hang on each other would keep the first module's answer."""
    override = """
        import pytest
        from harness import demo_scenario
        from harness.testing import assert_accepted

        @pytest.fixture(scope="{scope}")
        def saml_tenant():
            accounts = demo_scenario().accounts
            return demo_scenario().model_copy(update={{"name": "{name}", "accounts": accounts[::{step}]}})

        def test_own(saml_tenant, saml_account, saml_idp, saml_response, saml_signing_key):
            assert saml_idp.scenario.name == "{name}"
            assert saml_account == "{account}"
            response = saml_response()
            assert saml_idp.scenario.tenant_id in response.report.signed.issuer
            assert saml_idp.signing_key(saml_tenant.apps[0], response.at) is saml_signing_key
            assert_accepted(response)
    """
    suite.makepyfile(
        test_one=override.format(scope="session", name="one", step=1, account="111122223333"),
        test_two=override.format(scope="module", name="two", step=-1, account="444455556666"),
        test_three=override.format(scope="function", name="three", step=-1, account="444455556666"),
        test_four="def test_default(saml_account):\n    assert saml_account == '111122223333'\n",
    )
    suite.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_what_a_test_changes_in_the_tenant_is_gone_with_it(suite: pytest.Pytester):
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_change(saml_idp, saml_sp, number):
            assert saml_idp.scenario.name == "contoso-demo"
            assert len(saml_sp.aws.documents[0].keys) == 1
            saml_idp.change(lambda tenant: tenant.model_copy(update={"name": "changed"}))
            saml_sp.aws = None
        """
    )
    suite.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_keys_are_made_once_in_a_run(suite: pytest.Pytester):
    suite.makepyfile(
        """
        import pytest
        seen = set()

        @pytest.mark.parametrize("number", range(20))
        def test_key(saml_signing_key, make_saml_idp, saml_tenant, saml_now, number):
            seen.add(saml_signing_key.certificate.thumbprint)
            seen.add(make_saml_idp(saml_tenant).respond("britta@contoso.com", saml_now).signed_by.thumbprint)
            assert len(seen) == 1
        """
    )
    suite.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=20)


def test_a_key_of_somebodys_own_signs(suite: pytest.Pytester):
    suite.makepyfile(
        """
        from datetime import timedelta
        import pytest
        from harness.saml.keys import make_signing_key
        from harness.testing import assert_accepted

        @pytest.fixture(scope="session")
        def saml_signing_key(saml_now):
            return make_signing_key("Ours", saml_now - timedelta(days=1), saml_now + timedelta(days=100))

        def test_own(saml_response, saml_signing_key):
            response = saml_response()
            assert_accepted(response)
            assert response.report.signatures[0].key_thumbprint == saml_signing_key.certificate.thumbprint
        """
    )
    suite.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


# Options


def test_the_instant_can_be_named(suite: pytest.Pytester):
    suite.makepyfile(
        """
        def test_now(saml_now, saml_response):
            assert saml_now.isoformat() == "2027-05-06T07:08:09+00:00"
            assert saml_response().report.at == saml_now
        """
    )
    suite.runpytest("-p", "no:cacheprovider", "--saml-now", "2027-05-06T07:08:09Z").assert_outcomes(passed=1)
    result = suite.runpytest("-p", "no:cacheprovider", "--saml-now", "yesterday")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --saml-now: 'yesterday'*"])


CASES = """
    import pytest

    def test_every(saml_case, saml_case_metadata):
        assert saml_case.metadata == saml_case_metadata
        assert saml_case.posted

    @pytest.mark.saml_cases("timing/session-expired", "envelope")
    def test_some(saml_case):
        assert saml_case.id.startswith(("timing", "envelope"))
"""


def test_cases_are_chosen_by_option_and_by_marker(suite: pytest.Pytester):
    suite.makepyfile(CASES)
    run = ("-p", "no:cacheprovider", "-q", "--collect-only")
    everything = suite.runpytest(*run).stdout.str()
    assert everything.count("test_every[") > 200
    assert "test_some[timing/session-expired]" in everything
    assert "test_some[wrapping" not in everything
    few = suite.runpytest(*run, "--saml-cases", "wrapping", "--saml-cases", "timing/session-expired").stdout.str()
    assert "test_every[wrapping/signature-removed]" in few
    assert "test_every[controls" not in few
    assert few.count("test_some[") == 1
    timing = suite.runpytest(*run, "--saml-cases", "timing").stdout.str().count("::test_")
    suite.runpytest("-p", "no:cacheprovider", "--saml-cases", "timing").assert_outcomes(passed=timing)


def test_a_case_that_is_none_is_named_with_the_way_to_the_list(suite: pytest.Pytester):
    suite.makepyfile(CASES)
    result = suite.runpytest("-p", "no:cacheprovider", "--saml-cases", "nonsense")
    assert result.ret != 0
    told = result.stdout.str() + result.stderr.str()
    assert "there is no case, family or kind 'nonsense'; saml-harness cases list names them" in told
    assert "Traceback" not in told


def test_the_plugin_works_in_random_order_and_over_several_processes(suite: pytest.Pytester):
    suite.makepyfile(
        """
        import pytest
        from harness.testing import assert_accepted, assert_finds

        @pytest.mark.parametrize("user", ["britta@contoso.com", "adele@contoso.com"] * 3)
        def test_user(saml_response, user):
            assert_accepted(saml_response(user=user))

        def test_live(saml_live_sp, saml_live_idp):
            assert saml_live_sp.url != saml_live_idp.url

        @pytest.mark.saml_cases("timing")
        def test_case(saml_case):
            assert saml_case.accepted in (True, False, None)
        """
    )
    result = suite.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", "--random-order", "-W", "error")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] > 10


@pytest.mark.parametrize("how", [["-m", "pytest"], ["-m", "pytest", "-p", "harness.pytest_plugin"]])
def test_naming_the_plugin_twice_is_no_mistake(how: list[str], tmp_path: Path):
    (tmp_path / "test_one.py").write_text("def test_one(saml_response):\n    assert saml_response().base64\n")
    done = subprocess.run(
        [sys.executable, *how, "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
