"""`saml-harness issue`."""

import base64
import os
import stat
from pathlib import Path

import pytest

from harness.saml.metadata import read_metadata
from tests.cli.running import AT, BRITTA, NOAH, SOON, run

ISSUE = ("issue", "--user", BRITTA, "--at", AT)


def test_a_response_goes_to_standard_output_as_base64():
    ran = run(*ISSUE)
    assert ran.code == 0
    assert ran.err == ""
    assert base64.b64decode(ran.out.removesuffix("\n"), validate=True).startswith(b"<samlp:Response ")


def test_a_dash_is_standard_output_and_never_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    ran = run("issue", "--user", BRITTA, "--at", AT, "-o", "-")
    assert (ran.code, base64.b64decode(ran.out)[:14]) == (0, b"<samlp:Respons")
    for command in (["issue", "--user", BRITTA, "--metadata-out", "-"], ["scenario", "init", "-o", "-", "--force"]):
        ran = run(*command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "saml-harness: -: standard output cannot be named here; name a file (./- for one called so)\n"
    assert [*tmp_path.iterdir()] == []


def test_a_response_can_be_written_as_xml():
    assert run(*ISSUE, "--xml").out.startswith('<samlp:Response ID="_')


def test_files_are_written_and_named(tmp_path: Path):
    response, metadata = tmp_path / "r.b64", tmp_path / "m.xml"
    ran = run(*ISSUE, "-o", response, "--metadata-out", metadata)
    assert (ran.code, ran.out) == (0, "")
    thumbprint = read_metadata(metadata.read_bytes()).keys[0].thumbprint
    assert ran.err.splitlines() == [
        f"saml-harness: wrote {metadata}",
        f"saml-harness: wrote {response}, signed by {thumbprint}",
    ]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m.xml", "r.b64"]
    assert run("check", response, "-m", metadata, "--at", SOON).code == 0


@pytest.mark.parametrize(("option", "bom"), [((), True), (("--bom",), True), (("--no-bom",), False)], ids=str)
def test_the_metadata_has_entras_byte_order_mark_unless_told(option: tuple[str, ...], bom: bool, tmp_path: Path):
    assert run(*ISSUE, "--metadata-out", tmp_path / "m.xml", *option).code == 0
    assert (tmp_path / "m.xml").read_bytes().startswith(b"\xef\xbb\xbf") is bom


def test_a_response_can_answer_a_request():
    assert run(*ISSUE, "--xml", "--in-response-to", "_q1").out.count('InResponseTo="_q1"') == 2


def test_a_request_id_that_is_none_is_refused_as_entra_does():
    ran = run(*ISSUE, "--in-response-to", "1 2\x01\t")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(r"saml-harness: Entra would refuse: AADSTS7500529: The value '1 2\x01\t' is not")


def test_an_existing_file_is_kept(tmp_path: Path):
    kept, new = tmp_path / "kept", tmp_path / "new"
    kept.write_text("mine")
    for options in (("-o", kept, "--metadata-out", new), ("-o", new, "--metadata-out", kept)):
        ran = run(*ISSUE, *options)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"saml-harness: {kept}: exists; --force overwrites it\n"
        assert kept.read_text() == "mine"
        assert not new.exists()


def test_an_existing_file_is_overwritten_by_force(tmp_path: Path):
    (tmp_path / "r").write_text("mine")
    assert run(*ISSUE, "-o", tmp_path / "r", "--force").code == 0
    assert (tmp_path / "r").read_text() != "mine"


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["plain", "forced"])
@pytest.mark.parametrize("option", ["-o", "--metadata-out"])
def test_a_directory_is_no_place_to_write_to(option: str, force: tuple[str, ...], tmp_path: Path):
    ran = run(*ISSUE, option, tmp_path, *force)
    assert ran.code == 2
    assert ran.err == f"saml-harness: {tmp_path}: is a directory; name a file\n"


@pytest.mark.parametrize("option", ["-o", "--metadata-out"])
def test_a_folder_that_is_missing_or_a_file_is_named(option: str, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    for target, reason in (("nowhere/r", "No such file or directory"), ("file/r", "Not a directory")):
        ran = run(*ISSUE, option, tmp_path / target)
        assert ran.code == 2
        assert ran.err == f"saml-harness: {tmp_path / target}: cannot be written: {reason}\n"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_for_want_of_room_or_rights_is_said():
    """/proc takes no files, even from root."""
    ran = run(*ISSUE, "-o", "/proc/response.b64")
    assert ran.code == 2
    assert ran.err.startswith("saml-harness: /proc/response.b64: cannot be written: ")


def test_a_response_and_its_keys_are_their_owners_alone(tmp_path: Path):
    """A fresh response opens the roles it names; the metadata is public."""
    wanted = ("-o", tmp_path / "r", "--keys", tmp_path / "keys", "--metadata-out", tmp_path / "m.xml")
    assert run(*ISSUE, *wanted).code == 0
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "m.xml").stat().st_mode) & 0o444 == 0o444
    (pem,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_two_outputs_need_two_files(tmp_path: Path):
    ran = run(*ISSUE, "-o", tmp_path / "same", "--metadata-out", tmp_path / "same", "--force")
    assert (ran.code, ran.err) == (2, f"saml-harness: {tmp_path}/same: named twice; name two files\n")
    assert not (tmp_path / "same").exists()


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    ran = run(*ISSUE, "-o", tmp_path / "pipe", "--force", "--keys", tmp_path / "keys")
    assert (ran.code, ran.err) == (2, f"saml-harness: {tmp_path}/pipe: is no regular file; name one\n")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_is_followed_and_stays(tmp_path: Path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run(*ISSUE, "-o", tmp_path / "link", "--force", "--keys", tmp_path / "keys").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() != "old"


def test_keys_are_kept_per_user_and_scenario(state: Path):
    assert run(*ISSUE).code == 0
    folder = state / "saml-harness" / "contoso-demo"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()] == [0o600]


def test_the_same_scenario_gives_the_same_certificate_until_its_keys_are_removed(tmp_path: Path):
    def signed_by() -> str:
        done = run(*ISSUE, "--keys", tmp_path / "keys", "-o", tmp_path / "r", "--force")
        assert done.code == 0
        return done.err.rpartition("signed by ")[2]

    first = signed_by()
    assert signed_by() == first
    next((tmp_path / "keys").iterdir()).unlink()
    assert signed_by() != first


def test_an_unknown_user_is_answered_with_the_known_ones():
    ran = run("issue", "--user", "nobody@contoso.com")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(
        "saml-harness: there is no user 'nobody@contoso.com' in scenario 'contoso-demo'; its users: britta@"
    )
    assert ran.err.count("\n") == 1


def test_an_unknown_app_is_answered_with_the_known_ones():
    ran = run(*ISSUE, "--app", "Other")
    assert (ran.code, ran.err) == (2, "saml-harness: name one of the apps of scenario 'contoso-demo': AWS\n")


def test_a_user_without_a_role_value_gets_a_response():
    assert run("issue", "--user", NOAH, "--at", AT).code == 0


def test_a_user_who_is_not_assigned_is_refused_by_entra(tmp_path: Path):
    path = tmp_path / "x.scenario.toml"
    path.write_text(
        'version = 1\nname = "x"\n[[apps]]\nname = "AWS"\n[[apps.certificates]]\nname = "c"\n'
        "not_before = 2026-01-01T00:00:00Z\nnot_after = 2029-01-01T00:00:00Z\n"
        '[[users]]\nupn = "bob@contoso.com"\n'
    )
    ran = run("issue", "--user", "bob@contoso.com", "--scenario", path, "-o", tmp_path / "r")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("saml-harness: Entra would refuse: AADSTS50105: Your administrator has configured")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("at", ["yesterday", "2026-11-01", "2026-11-01T09:00:00", "2026-11-01T09:00:00+01:00", ""])
def test_an_instant_that_is_none_is_a_usage_error(at: str):
    ran = run("issue", "--user", BRITTA, "--at", at)
    assert ran.code == 2
    assert "is not an instant in UTC such as 2026-11-01T09:00:00Z" in ran.err


def test_without_a_user_the_usage_is_shown():
    ran = run("issue")
    assert ran.code == 2
    assert "Missing option '--user'" in ran.err
