"""Where a rollover stands, from files as they come out of AWS and Entra."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.entra.certificates import activate, create_certificate
from harness.entra.idp import EntraIdp
from harness.errors import UnreadableInput
from harness.rollover.exports import read_exports
from harness.rollover.status import Standing
from harness.scenario.load import demo_scenario
from tests.cli.running import run
from tests.scenario.exporting import export

NOW = datetime(2028, 12, 1, 9, tzinfo=UTC)
P, D = "111122223333", "444455556666"
AT = ("--at", "2028-12-01T09:00:00Z")


class Company:
    """The built-in company with a second certificate, and a folder of exports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.idp = EntraIdp(demo_scenario())
        self.old = self.idp.federation_metadata(NOW, bom=False)
        self.change(lambda app: create_certificate(app, NOW, name="2029"))
        self.both = self.idp.federation_metadata(NOW)
        self.save("app.xml", self.both)

    def change(self, step) -> None:
        self.idp.change(lambda one: one.model_copy(update={"apps": (step(one.apps[0]),)}))

    def save(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def thumbprint(self, name: str) -> str:
        (app,) = self.idp.scenario.apps
        return self.idp.keys.certificate(app, next(one for one in app.certificates if one.name == name)).thumbprint

    def response(self) -> bytes:
        return self.idp.respond("britta@contoso.com", NOW).base64.encode()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def as_aws_prints(document: bytes) -> bytes:
    """The answer of ``aws iam get-saml-provider``."""
    return json.dumps(
        {"SAMLMetadataDocument": document.decode(), "CreateDate": "2026-01-15T07:05:00Z"}, indent=4
    ).encode()


def status(company: Company, *arguments: object):
    return run("rollover", "status", company.folder, *AT, *arguments)


def said(company: Company, **options: int) -> dict[str, str]:
    sheet = Standing(read_exports(company.folder), NOW, **options).sheet("exports")
    return {entry.name: entry.said.splitlines()[0] for entry in sheet.sections[0].entries}


def test_an_account_without_the_new_certificate_would_be_locked_out(company: Company):
    company.save(f"{P}.json", as_aws_prints(company.both.decode("utf-8-sig").encode()))
    company.save(f"{D}-WAAD.xml", company.old)
    ran = status(company)
    assert ran.code == 1
    new = company.thumbprint("2029")
    assert said(company) == {
        P: "trusts every certificate it must",
        f"{D}-WAAD": f"would be locked out if {new} (the new one) were made active now: it does not trust it",
    }
    assert f"1 of 2 accounts is locked out, or would be if {new} were active now." in " ".join(ran.out.split())


def test_when_all_trust_both_the_new_one_can_be_made_active(company: Company):
    for account in (P, D):
        company.save(f"{account}.xml", company.both)
    ran = status(company)
    assert ran.code == 0
    assert f"{company.thumbprint('2029')} can be made active now" in " ".join(ran.out.split())
    assert "trusted in 2 of 2 accounts" in " ".join(ran.out.split())


def test_a_captured_response_shows_what_signs_now(company: Company):
    company.change(lambda app: activate(app, "2029"))
    company.save("response.b64", company.response())
    company.save(f"{P}.xml", company.both)
    company.save(f"{D}.xml", company.old)
    new = company.thumbprint("2029")
    named = f"{new} (the new one, the active one)"
    assert said(company) == {P: "trusts what signs", D: f"locked out: it does not trust {named}, which signs now"}
    assert status(company).code == 1


def test_an_account_that_lost_the_old_one_too_early_is_found_by_a_response(company: Company):
    """Without a response nobody knows which certificate signs, and this account trusts the newest."""
    alone = company.idp.federation_metadata(NOW, bom=False, certificates=("2029",))
    company.save(f"{P}.xml", alone)
    assert status(company).code == 0
    company.save("response.b64", company.response())
    old = company.thumbprint("2026")
    assert said(company) == {P: f"locked out: it does not trust {old} (the active one), which signs now"}


def test_tenant_wide_metadata_and_another_tenant_are_found(company: Company):
    company.save(f"{P}.xml", company.idp.tenant_metadata(bom=False))
    other = demo_scenario().model_copy(update={"name": "other"})
    company.save(f"{D}.xml", EntraIdp(other).federation_metadata(NOW, bom=False))
    found = said(company)
    assert found[P] == "locked out: it trusts no certificate that the app lists"
    assert found[D].startswith("locked out: its document describes https://sts.windows.net/")


def test_what_expires_soon_is_warned_of_without_failing(company: Company):
    company.save(f"{P}.xml", company.both)
    ran = status(company)
    assert ran.code == 0
    assert "CRT002 warning  It expires in 44 days." in ran.out
    assert "CRT002" not in status(company, "--warn-days", 30).out
    assert "It expired 1 day ago." in run("rollover", "status", company.folder, "--at", "2029-01-15T09:00:00Z").out


def test_a_response_that_the_app_did_not_sign_says_nothing(company: Company):
    company.save(f"{P}.xml", company.both)
    company.save("response.b64", EntraIdp(demo_scenario()).respond("britta@contoso.com", NOW).base64.encode())
    ran = status(company)
    assert ran.code == 0
    assert "signed by no certificate that the app lists" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"{P}.json", b'{"Provider": 1}', "no SAMLMetadataDocument in it; save what aws iam get-saml-provider prints"),
        (f"{P}.json", b"{", "no SAMLMetadataDocument in it"),
        (f"{P}.xml", b"<broken", f"{P}.xml: not readable as metadata"),
        ("second.xml", None, "one federation metadata document of the app is wanted, found"),
        ("notes.txt", b"hello", "notes.txt: "),
        ("page.xml", b"<a/>", "page.xml: neither federation metadata nor a SAML response"),
    ],
)
def test_a_file_that_does_not_belong_is_named(company: Company, name: str, content: bytes | None, words: str):
    company.save(f"{D}.xml", company.both)
    company.save(name, company.both if content is None else content)
    ran = status(company)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_the_folder_that_an_import_takes_is_read_as_it_is(tmp_path: Path):
    idp = EntraIdp(demo_scenario())
    export(idp, tmp_path / "export", NOW)
    found = read_exports(tmp_path / "export")
    assert [(one.account, one.name) for one in found.providers] == [
        (P, f"{P}/saml-provider-WAAD"),
        (D, f"{D}/saml-provider-WAAD"),
    ]
    assert found.responses == ()
    (tmp_path / "export" / "response.b64").write_bytes(idp.respond("britta@contoso.com", NOW).base64.encode())
    ran = run("rollover", "status", tmp_path / "export", *AT)
    assert ran.code == 0
    assert "trusted in 2 of 2 accounts" in " ".join(ran.out.split())


def test_an_account_whose_provider_was_not_saved_is_no_safe_one(tmp_path: Path):
    export(EntraIdp(demo_scenario()), tmp_path, NOW)
    (tmp_path / "aws" / D / "saml-provider-WAAD.json").unlink()
    ran = run("rollover", "status", tmp_path, *AT)
    assert (ran.code, ran.out) == (2, "")
    assert f"of account {D} there is no SAMLMetadataDocument beside it; save what aws iam get-saml-provider" in ran.err


def test_an_empty_folder_and_none_are_refused_with_what_belongs_there(company: Company):
    with pytest.raises(UnreadableInput, match="no file is named after an account; name what an account holds after"):
        read_exports(company.folder)
    (company.folder / "app.xml").unlink()
    with pytest.raises(UnreadableInput, match="is wanted, found none; name what an account holds after its number"):
        read_exports(company.folder)
    with pytest.raises(UnreadableInput, match="No such file or directory; name a folder of exports"):
        read_exports(company.folder / "nothing")


def test_every_format_can_be_had(company: Company):
    company.save(f"{P}.xml", company.old)
    for form in ("json", "junit", "sarif", "github", "html"):
        ran = status(company, "--format", form)
        assert ran.code == 1
        assert "would be locked out" in ran.out
