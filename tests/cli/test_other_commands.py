"""`saml-harness metadata`, `rules` and `demo`."""

import json
import re
import sys
from pathlib import Path

import pytest

from harness.rules import cards
from harness.saml.metadata import read_metadata
from tests.aws.responses import NOW
from tests.cli.running import AT, BRITTA, SOON, run
from tests.rules import world

SHOWN = ("metadata", "show")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two issues of the demo company's metadata, and documents of others."""
    folder = tmp_path_factory.mktemp("metadata")
    for name in ("old", "new"):
        issue = ("issue", "--user", BRITTA, "--keys", folder / f"{name}.keys", "--metadata-out", folder / f"{name}.xml")
        assert run(*issue).code == 0
    for name, metadata in {
        "other": world.metadata(issuer="https://other.example/"),
        "empty": world.metadata(edits=[(' use="signing"', ' use="encryption"')]),
        "moved": world.metadata(edits=[("login.example", "login.moved.example")]),
        "plain": world.metadata(),
    }.items():
        (folder / f"{name}.xml").write_bytes(metadata.raw)
    return folder


def thumbprint(path: Path) -> str:
    return read_metadata(path.read_bytes()).keys[0].thumbprint


def test_show_says_who_with_which_keys_and_where(documents: Path):
    ran = run(*SHOWN, documents / "old.xml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{documents / 'old.xml'}: signed with a certificate it carries itself: this proves")
    said = " ".join(ran.out.split())
    assert "identity provider https://sts.windows.net/5c8f22c0-6a66-537d-8485-6d20124ca763/" in said
    assert f"signs {thumbprint(documents / 'old.xml')} 2026-01-15 to 2029-01-15 RSA 2048" in said
    assert "sign-on HTTP-POST https://login.microsoftonline.com/" in said
    assert "MET001 warning" in said


def test_show_exits_1_when_a_document_has_an_error(documents: Path):
    ran = run(*SHOWN, documents / "old.xml", documents / "empty.xml")
    assert ran.code == 1
    assert "MET004 error" in ran.out


def test_show_gives_data(documents: Path):
    ran = run(*SHOWN, documents / "old.xml", documents / "empty.xml", "--format", "json")
    data = json.loads(ran.out)
    assert (ran.code, data["format"], data["version"]) == (1, "saml-harness metadata", 1)
    first, second = data["documents"]
    (entity,) = first["entities"]
    assert [one["thumbprint"] for one in entity["certificates"]] == [thumbprint(documents / "old.xml")]
    assert entity["certificates"][0]["key"] == "RSA 2048"
    assert len(entity["endpoints"]) == 2
    assert second["signature"] == "not signed"
    assert [one["code"] for one in second["findings"]] == ["MET004"]


def test_diff_of_a_document_with_itself_is_nothing(documents: Path):
    ran = run("metadata", "diff", documents / "old.xml", documents / "old.xml")
    assert (ran.code, ran.out) == (0, "The same identity provider, certificates and endpoints.\n")


def test_diff_shows_the_certificates_that_change(documents: Path):
    ran = run("metadata", "diff", documents / "old.xml", documents / "new.xml")
    assert ran.code == 1
    gone, come = (" ".join(part.split()) for part in re.split(r"^(?=[+-] )", ran.out, flags=re.MULTILINE)[1:])
    assert gone.startswith(
        f"- {thumbprint(documents / 'old.xml')} 2026-01-15 to 2029-01-15 RSA 2048 CN=Microsoft Azure"
    )
    assert come.startswith(f"+ {thumbprint(documents / 'new.xml')} ")


def test_diff_shows_another_identity_provider_and_endpoint(documents: Path):
    ran = run("metadata", "diff", documents / "plain.xml", documents / "other.xml")
    assert ran.code == 1
    assert "identity provider: https://sts.windows.net/" in ran.out
    assert "becomes https://other.example/" in " ".join(ran.out.split())
    ran = run("metadata", "diff", documents / "plain.xml", documents / "moved.xml")
    assert (ran.code, ran.out.splitlines()) == (
        1,
        ["- HTTP-Redirect https://login.example/saml2", "+ HTTP-Redirect https://login.moved.example/saml2"],
    )


def test_diff_takes_two_documents(documents: Path):
    assert run("metadata", "diff", documents / "old.xml").code == 2


def test_merge_trusts_the_keys_of_both_and_says_what_it_did(documents: Path, tmp_path: Path):
    merged = tmp_path / "merged.xml"
    ran = run("metadata", "merge", documents / "old.xml", documents / "new.xml", "-o", merged)
    assert (ran.code, ran.out) == (0, "")
    old, new = thumbprint(documents / "old.xml"), thumbprint(documents / "new.xml")
    assert [one.thumbprint for one in read_metadata(merged.read_bytes()).keys] == [old, new]
    first, second, third = ran.err.splitlines()
    assert first.startswith(
        f"saml-harness: added {new} (CN=Microsoft Azure Federated SSO Certificate), valid until 2029"
    )
    assert second == "saml-harness: dropped the document's signature, which no longer fits"
    assert third == f"saml-harness: wrote {merged}"
    assert b"Signature" not in merged.read_bytes()
    assert merged.read_bytes().startswith(b"<?xml")
    assert merged.read_bytes().count(b"<KeyDescriptor") == 6


def test_a_response_by_either_key_passes_under_the_merged_document(documents: Path, tmp_path: Path):
    merged = tmp_path / "merged.xml"
    assert run("metadata", "merge", documents / "old.xml", documents / "new.xml", "-o", merged).code == 0
    for name in ("old", "new"):
        response = run("issue", "--user", BRITTA, "--at", AT, "--keys", documents / f"{name}.keys").out
        assert run("check", "-", "-m", merged, "--at", SOON, stdin=response.encode()).code == 0


def test_merge_prints_without_an_output(documents: Path):
    ran = run("metadata", "merge", documents / "old.xml", documents / "new.xml")
    assert ran.code == 0
    assert len(read_metadata(ran.out.encode()).keys) == 2


def test_merging_what_is_the_same_says_so(documents: Path):
    ran = run("metadata", "merge", documents / "old.xml", documents / "old.xml")
    assert ran.code == 0
    assert "nothing to add: " in ran.err


@pytest.mark.parametrize("order", [("old", "other"), ("other", "old")], ids=" then ".join)
def test_documents_of_different_identity_providers_are_not_merged(
    order: tuple[str, str], documents: Path, tmp_path: Path
):
    ran = run("metadata", "merge", *(documents / f"{one}.xml" for one in order), "-o", tmp_path / "m")
    assert (ran.code, ran.out) == (2, "")
    assert "documents of different identity providers are not merged" in ran.err
    assert not (tmp_path / "m").exists()


def test_merge_needs_two_documents_and_keeps_existing_files(documents: Path, tmp_path: Path):
    assert run("metadata", "merge", documents / "old.xml").code == 2
    (tmp_path / "m").write_text("mine")
    merge = ("metadata", "merge", documents / "old.xml", documents / "new.xml", "-o", tmp_path / "m")
    assert run(*merge).code == 2
    assert (tmp_path / "m").read_text() == "mine"
    assert run(*merge, "--force").code == 0


def test_rules_lists_every_rule():
    ran = run("rules")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^  ([A-Z]{3}\d{3})", ran.out, re.MULTILINE) == [card.code for card in cards()]


@pytest.mark.parametrize("family", ["TRU", "tru"])
def test_a_family_lists_its_own(family: str):
    codes = re.findall(r"^  ([A-Z]{3})\d{3}", run("rules", family).out, re.MULTILINE)
    assert set(codes) == {"TRU"}
    assert len(codes) == len([card for card in cards() if card.family == "TRU"])


@pytest.mark.parametrize("code", ["AST003", "ast003"])
def test_a_code_shows_its_card(code: str):
    ran = run("rules", code)
    assert ran.code == 0
    assert ran.out.startswith(
        "AST003 audience-is-this-provider\nThe assertion is addressed to this service provider.\n"
    )
    assert "Basic SAML Configuration: Identifier (Entity ID)." in ran.out


@pytest.mark.parametrize("code", ["AST999", "nothing", "[bold]", "\x1b[31m"], ids=repr)
def test_an_unknown_code_is_one_line(code: str):
    ran = run("rules", code)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("; saml-harness rules lists them\n")
    assert "\x1b" not in ran.err


def test_the_demo_shows_who_gets_in_and_three_sign_ins_that_break(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules["harness.cli.demo"], "the_clock", lambda: NOW)
    ran = run("demo")
    assert (ran.code, ran.err) == (0, "")
    table, *stories = re.split(r"^\d\. ", ran.out, flags=re.MULTILINE)
    rows = "\n".join(" ".join(line.split()) for line in table.splitlines())
    assert "\nbritta@contoso.com accepted 111122223333 contoso-prod-aws-admin" in rows
    assert "\n444455556666 finance/contoso-dev-finance-admin" in rows
    assert "\nadele@contoso.com accepted 111122223333 contoso-prod-read-only-user" in rows
    assert "\nnoah@contoso.com refused AWS004" in rows
    assert re.search(r"\nguest_fabrikam\.com#EXT#\S* refused AWS002, AWS003", rows)
    assert rows.count("accepted") == 2
    rolled, guest, no_role = stories
    assert "AWS says: Response signature invalid" in rolled
    assert "SIG002 error" in rolled
    assert "MET003 error" in rolled
    assert "RoleSessionName in AuthnResponse must match" in guest
    assert "AWS003 error" in guest
    assert "Your request included an invalid SAML response. To logout, click here." in no_role
    assert "AWS004 error" in no_role
    for story in stories:
        assert "fix " in story


def test_the_demo_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run("demo").code == 0
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("columns", ["10", "40", "80", "500"])
def test_the_demo_fits_its_terminal(columns: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, run("demo").out.splitlines())) <= max(40, min(120, int(columns)))
