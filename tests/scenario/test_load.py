"""A scenario file is read whole; whatever is wrong is said at once, each with its place."""

import tomllib
from pathlib import Path

import pytest

from harness.errors import BadScenario, UnreadableInput
from harness.scenario.load import demo_scenario, load_scenario, parse_scenario

GOOD = """
version = 1
name = "contoso"
[[apps]]
name = "AWS"
[[apps.certificates]]
name = "2026"
not_before = 2026-01-01T00:00:00Z
not_after = 2029-01-01T00:00:00Z
active = true
[[apps.roles]]
name = "Admin"
value = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Entra"
[[apps.claims]]
name = "Role"
source = "user.assignedroles"
[[apps.assignments]]
to = "ada@contoso.com"
role = "Admin"
[[users]]
upn = "ada@contoso.com"
[[groups]]
name = "admins"
members = ["ada@contoso.com"]
[[accounts]]
id = "111122223333"
[[accounts.saml_providers]]
name = "Entra"
app = "AWS"
[[accounts.roles]]
name = "Admin"
trusts = ["Entra"]
"""
FAULTS = {
    name: (fault["old"], fault["new"], fault["said"])
    for name, fault in tomllib.loads(Path(__file__).with_name("faults.toml").read_text()).items()
}


def faults(text: str) -> list[str]:
    """The lines of the refusal after its first."""
    with pytest.raises(BadScenario) as refusal:
        parse_scenario(text, "my.scenario.toml")
    first, *rest = str(refusal.value).splitlines()
    assert first == f"my.scenario.toml: {len(rest)} error{'s' if len(rest) > 1 else ''}"
    return [line.removeprefix("  ") for line in rest]


def test_the_good_file_is_read():
    scenario = parse_scenario(GOOD, "my.scenario.toml")
    assert (scenario.name, scenario.apps[0].roles[0].name, scenario.accounts[0].id) == (
        "contoso",
        "Admin",
        "111122223333",
    )


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_place(old: str, new: str, said: str):
    assert old in GOOD
    (fault,) = faults(GOOD.replace(old, new, 1))
    assert fault.startswith(said)


def test_all_faults_are_named_at_once():
    text = GOOD
    for fault in ("unknown key in a table", "account of 5 digits", "signing option", "claim with neither", "role path"):
        text = text.replace(*FAULTS[fault][:2], 1)
    assert {fault.partition(":")[0] for fault in faults(text)} == {
        "apps[0].certificates[0].thumbprint",
        "accounts[0].id",
        "apps[0].signing_option",
        "apps[0].claims[0]",
        "accounts[0].roles[0].path",
    }


def test_all_dangling_names_are_named_at_once():
    text = (
        GOOD.replace('to = "ada@', 'to = "bob@')
        .replace('members = ["ada@', 'members = ["eve@')
        .replace('app = "AWS"', 'app = "GCP"')
    )
    (fault,) = faults(text)
    assert fault.count(";") == 2


NO_SCENARIOS = {
    "empty": "",
    "word": "x",
    "bracket": "[",
    "twice": "version = 1\nversion = 1",
    "nul": "\x00",
    "open string": "a = '''",
    "tables": "[[apps]]\n" * 3,
    "huge number": "version = 9" + "9" * 5000,
    "deep": "a = " + "[" * 5000,
}


@pytest.mark.parametrize("text", NO_SCENARIOS.values(), ids=NO_SCENARIOS)
def test_what_is_no_scenario_is_refused_in_one_way(text: str):
    with pytest.raises(BadScenario, match=r"^my\.scenario\.toml: "):
        parse_scenario(text, "my.scenario.toml")


@pytest.mark.parametrize("text", ["x", "version = 1\nversion = 1"], ids=["word", "twice"])
def test_what_is_no_toml_says_where(text: str):
    with pytest.raises(BadScenario, match=r"my\.scenario\.toml: not TOML: .*line \d+, column \d+|end of document"):
        parse_scenario(text, "my.scenario.toml")


def test_many_faults_are_cut_but_counted():
    text = GOOD + "".join(f"[[users]]\nupn = 'u{number}'\nshoe_size = 44\n" for number in range(80))
    with pytest.raises(BadScenario) as refusal:
        parse_scenario(text, "my.scenario.toml")
    lines = str(refusal.value).splitlines()
    assert lines[0] == "my.scenario.toml: 80 errors"
    assert len(lines) == 51


def test_a_file_is_read_and_its_path_named(tmp_path: Path):
    path = tmp_path / "x.scenario.toml"
    path.write_text(GOOD)
    assert load_scenario(path) == parse_scenario(GOOD, "x")
    path.write_text("version = 2")
    with pytest.raises(BadScenario, match=r"x\.scenario\.toml: "):
        load_scenario(path)


@pytest.mark.parametrize("name", ["nowhere.scenario.toml", "."])
def test_a_file_that_cannot_be_read_is_no_bad_scenario(name: str, tmp_path: Path):
    with pytest.raises(UnreadableInput):
        load_scenario(tmp_path / name)


def test_the_demo_company_is_as_the_documents_say():
    demo = demo_scenario()
    assert [account.id for account in demo.accounts] == ["111122223333", "444455556666"]
    assert sum(len(account.roles) for account in demo.accounts) == 4
    assert [len(account.roles) for account in demo.accounts] == [2, 2]
    assert any(user.guest for user in demo.users)
    assert "noah@contoso.com" in {one.to for one in demo.apps[0].assignments if one.role == "msiam_access"}
    assert len(demo.apps) == 1
