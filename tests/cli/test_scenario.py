"""`saml-harness scenario`: start, check, show, schema and import."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.scenario.load import demo_scenario, load_scenario
from tests.approles.lists import TUTORIAL, value
from tests.cli.running import AT, SOON, run

INIT, CHECK, SHOW, SCHEMA, IMPORT = (("scenario", word) for word in ("init", "check", "show", "schema", "import"))


def test_init_writes_the_demo_company_under_another_name(tmp_path: Path):
    path = tmp_path / "acme.scenario.toml"
    ran = run(*INIT, "acme", "-o", path)
    assert (ran.code, ran.out, ran.err) == (0, "", f"saml-harness: wrote {path}\n")
    assert load_scenario(path) == demo_scenario().model_copy(update={"name": "acme"})
    assert path.read_text().startswith("# A scenario of saml-harness: one file for both sides")
    assert run(*INIT, "acme").out == path.read_text()
    assert 'name = "my-company"' in run(*INIT).out
    assert run(*INIT, "acme", "-o", path).code == 2
    assert run(*INIT, "other", "-o", path, "--force").code == 0


@pytest.mark.parametrize("name", ["Acme", "a b", "-x", 'a"\nx', "a" * 64, ""])
def test_a_name_that_is_none_is_refused(name: str):
    ran = run(*INIT, "--", name)
    assert (ran.code, ran.out) == (2, "")
    assert "is no name for a scenario" in ran.err


def test_check_names_every_error_with_its_place(tmp_path: Path):
    good, bad = tmp_path / "good.scenario.toml", tmp_path / "bad.scenario.toml"
    run(*INIT, "good", "-o", good)
    bad.write_text(good.read_text().replace('upn = "noah', 'upm = "noah').replace("version = 1", "version = 2"))
    ran = run(*CHECK, good, bad)
    assert (ran.code, ran.err) == (1, "")
    first, count, *places = ran.out.splitlines()
    assert first == f"{good}: good (good: 1 app, 4 users, 2 accounts, 4 roles)"
    assert count == f"{bad}: 3 errors"
    assert [place.split(":")[0].strip() for place in places] == ["version", "users[3].upn", "users[3].upm"]


@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [
        (b"", 1, "bad: "),
        (b"\x00\x01\xff", 2, "not TOML"),
        (b'{"a": 1}', 2, "not TOML"),
        (b"[" * 100_000, 2, "not TOML"),
        (b"x" * 32_000_001, 2, "more than 32,000,000 bytes"),
        (b'name = "\\u001b[2J"', 1, "name: "),
    ],
    ids=["empty", "binary", "JSON", "deep", "huge", "hostile"],
)
def test_what_is_no_scenario_is_said_to_be_none(raw: bytes, code: int, said: str, tmp_path: Path):
    (tmp_path / "bad").write_bytes(raw)
    ran = run(*CHECK, tmp_path / "bad")
    assert ran.code == code
    assert said in ran.said
    assert "\x1b" not in ran.said
    assert code == 1 or (ran.out == "" and len(ran.err.splitlines()) == 1)


def test_of_several_files_the_worst_code_counts(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    assert run(*CHECK, tmp_path / "empty", tmp_path / "missing").code == 2


def test_show_says_who_is_assigned_what():
    ran = run(*SHOW)
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "contoso-demo: Contoso, tenant 5c8f22c0-6a66-537d-8485-6d20124ca763"
    for line in (
        "2026 2026-01-15 2029-01-15 active",
        "britta@contoso.com contoso-prod-aws-admin contoso-prod-aws-admin,WAAD",
        "noah@contoso.com msiam_access",
        "444455556666 contoso-dev finance/contoso-dev-finance-admin WAAD 3600 s",
        "111122223333 WAAD app AWS",
    ):
        assert line in lines


def test_show_tells_groups_without_members_and_users_without_roles(tmp_path: Path):
    path = tmp_path / "odd.scenario.toml"
    text = run(*INIT, "odd").out.replace('members = ["britta@contoso.com"]', "members = []")
    path.write_text(text.replace('to = "noah@contoso.com"', 'to = "adele@contoso.com"'))
    lines = [" ".join(line.split()) for line in run(*SHOW, path).out.splitlines()]
    assert "nobody contoso-prod-aws-admin contoso-prod-aws-admin,WAAD" in lines
    assert "noah@contoso.com not assigned" in lines


def test_show_of_a_file_with_errors_exits_2(tmp_path: Path):
    (tmp_path / "bad").write_bytes(b"")
    ran = run(*SHOW, tmp_path / "bad")
    assert (ran.code, ran.out) == (2, "")


def test_the_schema_takes_the_demo_and_refuses_a_typo():
    schema = json.loads(run(*SCHEMA).out)
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema)
    data = json.loads(json.dumps(tomllib.loads(run(*INIT).out), default=str))
    assert list(judge.iter_errors(data)) == []
    data["tenant"]["domians"] = []
    assert [error.validator for error in judge.iter_errors(data)] == ["additionalProperties"]


def test_import_makes_both_sides_from_the_list(tmp_path: Path):
    roles, made = tmp_path / "roles.txt", tmp_path / "acme.scenario.toml"
    pairs = [value("Admin"), value("Admin", "444455556666"), value("team/a+b", "444455556666", "Two")]
    pairs.append(value("Admin", provider="Two"))
    roles.write_text("\n".join(pairs))
    ran = run(*IMPORT, "--roles", roles, "-o", made)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"saml-harness: wrote {made}: 4 app roles; it has no users yet\n"
    scenario = load_scenario(made)
    (app,) = scenario.apps
    assert scenario.name == "acme"
    assert [role.value for role in app.roles] == [None, *pairs]
    assert [role.name for role in app.roles][1:] == [
        "Admin,Entra 111122223333",
        "Admin,Entra 444455556666",
        "a+b,Two",
        "Admin,Two",
    ]
    assert [group.name for group in scenario.groups] == ["Admin-111122223333", "Admin-444455556666", "a-b"]
    assert [(account.id, [one.name for one in account.saml_providers]) for account in scenario.accounts] == [
        ("111122223333", ["Entra", "Two"]),
        ("444455556666", ["Entra", "Two"]),
    ]
    assert [(role.path, role.trusts) for account in scenario.accounts for role in account.roles] == [
        ("/", ("Entra", "Two")),
        ("/", ("Entra",)),
        ("/team/", ("Two",)),
    ]


def test_a_user_added_to_an_imported_scenario_signs_in(tmp_path: Path):
    made = tmp_path / "acme.scenario.toml"
    listed = f"{value('Admin')}\n{value('Audit')}".encode()
    assert run(*IMPORT, "--roles", "-", "-o", made, "--name", "acme-two", stdin=listed).code == 0
    text = made.read_text().replace("members = []", 'members = ["ada@contoso.com"]')
    text = text.replace("not_before = 20", "not_before = 2025-01-01T00:00:00Z # 20")
    made.write_text(text + '\n[[users]]\nupn = "ada@contoso.com"\n')
    response = run("issue", "--scenario", made, "--user", "ada@contoso.com", "--at", AT).out
    ran = run("check", "-", "--scenario", made, "--at", SOON, stdin=response.encode())
    assert ran.code == 0, ran.out
    assert "role/Audit" in ran.out or "Audit" in ran.out


def test_import_refuses_what_aws_cannot_hold_all_at_once(tmp_path: Path):
    made = tmp_path / "acme.scenario.toml"
    ran = run(*IMPORT, "--roles", "-", "-o", made, stdin=TUTORIAL.encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "saml-harness: acme: 2 errors"
    assert ran.err.count("account number 12345 has not 12 digits") == 2
    odd = [value("a/Admin"), value("b/Admin"), value("x!"), value().replace("3333:saml", "4444:saml")]
    odd += [value("Gov").replace("arn:aws:", "arn:aws-cn:"), value("Moon").replace("arn:aws:", "arn:aws-moon:")]
    ran = run(*IMPORT, "--roles", "-", "-o", made, stdin="\n".join(odd).encode())
    for said in (
        "account 111122223333: role Admin has more than one path",
        "account 111122223333: in more than one partition",
        "role names have 1 to 64 characters",
        "role and SAML provider stand in different accounts",
        "there is no partition aws-moon",
    ):
        assert said in ran.err
    assert not made.exists()


@pytest.mark.parametrize("raw", [b"", b"\x00", b"{junk", b"hello"], ids=["empty", "binary", "junk", "words"])
def test_import_of_what_is_no_list_exits_2_and_writes_nothing(raw: bytes, tmp_path: Path):
    made = tmp_path / "acme.scenario.toml"
    ran = run(*IMPORT, "--roles", "-", "-o", made, stdin=raw)
    assert (ran.code, ran.out, made.exists()) == (2, "", False)


def test_import_overwrites_only_when_forced(tmp_path: Path):
    made = tmp_path / "acme.scenario.toml"
    made.write_text("mine")
    again = (*IMPORT, "--roles", "-", "-o", made)
    assert run(*again, stdin=value().encode()).code == 2
    assert made.read_text() == "mine"
    assert run(*again, "--force", stdin=value().encode()).code == 0
    load_scenario(made)
