"""`saml-harness approles`: build, diff and check, up to the exit code."""

import json
from pathlib import Path

import pytest

from tests.approles.lists import PROVIDER, TUTORIAL, iam_role, trust, value
from tests.cli.running import run

BUILD, DIFF, CHECK = ("approles", "build"), ("approles", "diff"), ("approles", "check")


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    path = tmp_path / "roles.txt"
    path.write_text(f"{value('Admin')}\n{value('Audit')}\n")
    return path


@pytest.fixture
def live(roles: Path, tmp_path: Path) -> Path:
    """The list as it is when Admin and Audit were PATCHed."""
    path = tmp_path / "live.json"
    assert run(*BUILD, roles, "-o", path).code == 0
    return path


def entries(text: str) -> list[dict[str, object]]:
    return json.loads(text)["appRoles"]


def test_build_prints_the_body_and_talks_on_the_side(roles: Path):
    ran = run(*BUILD, roles)
    assert ran.code == 0
    assert [one["displayName"] for one in entries(ran.out)] == ["msiam_access", "Admin,Entra", "Audit,Entra"]
    assert ran.err == (
        "saml-harness: PATCH replaces the whole list: with --live existing roles keep their ids, and you see what "
        "goes\n"
    )


def test_build_takes_the_tutorials_account_number_and_says_what_aws_thinks():
    ran = run(*BUILD, "-", stdin=TUTORIAL.encode())
    assert (ran.code, len(entries(ran.out))) == (0, 3)
    assert ran.err.count("Account number 12345 has not 12 digits: Graph takes such a value, AWS cannot.") == 2


def test_build_writes_two_bodies_when_a_role_goes(live: Path, tmp_path: Path):
    less = tmp_path / "less.txt"
    less.write_text(value("Admin"))
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    ran = run(*BUILD, less, "--live", live, "-o", one, "-o", two)
    assert (ran.code, ran.out) == (0, "")
    assert [(entry["displayName"], entry["isEnabled"]) for entry in entries(one.read_text())] == [
        ("msiam_access", True),
        ("Admin,Entra", True),
        ("Audit,Entra", False),
    ]
    assert [entry["displayName"] for entry in entries(two.read_text())] == ["msiam_access", "Admin,Entra"]
    assert f"deletes Audit,Entra: {value('Audit')}; its assignments to users and groups are deleted" in ran.err
    assert "two bodies: send the first, which disables what goes; then the second, which leaves it out" in ran.err
    printed = run(*BUILD, less, "--live", live).out
    assert printed == one.read_text() + two.read_text()


@pytest.mark.parametrize("names", [("1",), ("1", "2", "3"), ("1", "1")])
def test_build_wants_a_file_for_each_body(names: tuple[str, ...], live: Path, tmp_path: Path):
    less = tmp_path / "less.txt"
    less.write_text(value("Admin"))
    outputs = [part for name in names for part in ("-o", tmp_path / name)]
    for force in ((), ("--force",)):
        ran = run(*BUILD, less, "--live", live, *outputs, *force)
        assert (ran.code, ran.out) == (2, "")
        assert not (tmp_path / "1").exists()


def test_build_overwrites_only_when_forced(roles: Path, live: Path):
    before = live.read_bytes()
    ran = run(*BUILD, roles, "-o", live)
    assert (ran.code, ran.err.splitlines()[-1]) == (2, f"saml-harness: {live}: exists; --force overwrites it")
    assert run(*BUILD, roles, "-o", live, "--force").code == 0
    assert live.read_bytes() == before


def test_build_writes_nothing_that_graph_would_refuse(tmp_path: Path):
    long = value("p" * 100 + "/" + "x" * 60, provider="r" * 60)
    ran = run(*BUILD, "-", "-o", tmp_path / "out.json", stdin=long.encode())
    assert ran.code == 1
    assert ran.err.endswith("Graph would refuse this list; nothing is written\n")
    assert not (tmp_path / "out.json").exists()


def test_build_takes_what_iam_prints_and_names_those_left_out():
    listed = {"Roles": [iam_role("Admin", trust(PROVIDER)), iam_role("Other", trust())]}
    ran = run(*BUILD, "-", stdin=json.dumps(listed).encode())
    assert [one["value"] for one in entries(ran.out)] == [None, value("Admin")]
    assert "left out arn:aws:iam::111122223333:role/Other: the trust policy names no SAML provider" in ran.err
    ran = run(*BUILD, "-", stdin=json.dumps({"Roles": [iam_role("Other", trust())]}).encode())
    assert (ran.code, ran.err.splitlines()[-1]) == (2, "saml-harness: -: no role trusts exactly one SAML provider")


def test_diff_says_in_words_what_patch_would_do(live: Path):
    ran = run(*DIFF, "-", "--live", live, stdin=f"{value('Admin')}\n{value('New')}".encode())
    said = " ".join(ran.out.split())
    assert ran.code == 1
    assert f"- delete Audit,Entra {value('Audit')}; its assignments to users and groups are deleted with it" in said
    assert "CannotDeleteOrUpdateEnabledEntitlement" in said
    assert f"+ add New,Entra {value('New')}" in said
    assert ran.out.endswith("PATCH would delete 1, add 1; 2 stay as they are.\n")


def test_diff_of_the_same_is_nothing(roles: Path, live: Path):
    for file in (roles, live):
        ran = run(*DIFF, file, "--live", live)
        assert (ran.code, ran.out) == (0, "PATCH would change nothing; 3 stay as they are.\n")


def test_diff_of_a_body_without_msiam_access_says_so(live: Path):
    ran = run(*DIFF, "-", "--live", live, stdin=json.dumps(entries(live.read_text())[1:]).encode())
    assert ran.code == 1
    assert "the list does not match the application object" in " ".join(ran.out.split())


def test_check_shows_findings_and_room(live: Path):
    ran = run(*CHECK, live)
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    assert said.startswith(f"{live}: 0 findings, 0 of them errors Room entries of the manifest 3 of 1,200")
    ran = run(*CHECK, "-", stdin=TUTORIAL.encode())
    assert ran.code == 1
    assert "AWS refuses it; documented: IAM: names and quotas" in ran.out


def test_check_gives_data():
    listed = {"Roles": [iam_role("a!", trust(PROVIDER)), iam_role("Other", trust())]}
    ran = run(*CHECK, "-", "--format", "json", stdin=json.dumps(listed).encode())
    data = json.loads(ran.out)
    assert (ran.code, data["format"], data["version"], data["source"]) == (1, "saml-harness approles", 1, "-")
    (finding,) = data["findings"]
    assert (finding["severity"], finding["refused_by"], finding["where"]) == ("error", "AWS", "appRoles[1]")
    assert data["left_out"] == [
        {"arn": "arn:aws:iam::111122223333:role/Other", "reason": "the trust policy names no SAML provider"}
    ]
    assert data["budgets"][0]["limit"] == 1200


def test_hostile_names_move_no_cursor():
    hostile = [{"id": "\x1b[2J", "displayName": "\u202eAdmin", "value": "\x1b]0;x\x07", "description": ""}]
    ran = run(*CHECK, "-", stdin=json.dumps(hostile).encode())
    assert ran.code == 1
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.said)
    ran = run(*DIFF, "-", "--live", "-", stdin=json.dumps(hostile).encode())
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.said)


def test_a_name_of_two_lines_cannot_speak_for_the_program(roles: Path, tmp_path: Path):
    hostile = [{"id": "x", "displayName": "a\nsaml-harness: wrote everything", "value": "b"}]
    (tmp_path / "hostile.json").write_text(json.dumps(hostile))
    ran = run(*BUILD, roles, "--live", tmp_path / "hostile.json")
    assert ran.code == 0
    assert "\nsaml-harness: wrote everything" not in ran.err
    listed = {"Roles": [{"Arn": "a\nsaml-harness: wrote everything"}]}
    assert "\nsaml-harness: wrote" not in run(*BUILD, "-", stdin=json.dumps(listed).encode()).err


@pytest.mark.parametrize("command", [BUILD, CHECK, DIFF], ids=lambda command: command[1])
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\x00\x01", "binary data"),
        (b"{junk", "not JSON"),
        (b"7", "1 line is wrong"),
        (b"x" * 32_000_001, "more than 32,000,000 bytes"),
    ],
    ids=["empty", "binary", "junk", "number", "huge"],
)
def test_what_cannot_be_read_gets_a_clear_line_and_code_2(
    command: tuple[str, str], raw: bytes, said: str, live: Path, tmp_path: Path
):
    (tmp_path / "bad").write_bytes(raw)
    ran = run(*command, tmp_path / "bad", *(("--live", live) if command == DIFF else ()))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"saml-harness: {tmp_path / 'bad'}: {said}")


def test_live_json_that_is_none_gets_a_clear_line_and_code_2(roles: Path):
    ran = run(*DIFF, roles, "--live", roles)
    assert (ran.code, ran.out) == (2, "")
    assert "not JSON" in ran.err
    assert run(*DIFF, roles, "--live", roles.parent / "missing").code == 2


def test_a_long_list_of_findings_is_counted():
    listed = "\n".join(value(f"role-{number}", "12345") for number in range(150)).encode()
    ran = run(*CHECK, "-", stdin=listed)
    assert ran.out.startswith("-: 150 findings, 150 of them errors\n")
    assert "and 50 more; --format json lists them all" in ran.out
    ran = run(*BUILD, "-", stdin=listed)
    assert (ran.code, len(ran.err.splitlines())) == (0, 22)
    assert "and 130 findings more; saml-harness approles check lists them" in ran.err
