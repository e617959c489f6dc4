"""`saml-harness check`: every option, and its default."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.saml import encryption
from harness.saml.signing import sign
from tests.aws import responses
from tests.cli.running import AT, BRITTA, SOON, run
from tests.rules import world

PROVIDER = "arn:aws:iam::111122223333:saml-provider/WAAD"
ADMIN = "arn:aws:iam::111122223333:role/contoso-prod-aws-admin"
READER = "arn:aws:iam::111122223333:role/contoso-prod-read-only-user"
DEMO = Path(__file__).parents[2] / "harness" / "scenario" / "demo.scenario.toml"


def checked(*arguments: object, stdin: bytes = b"") -> tuple[int, list[dict]]:
    """Exit code and reports."""
    ran = run("check", *arguments, "--format", "json", stdin=stdin)
    assert ran.err == ""
    return ran.code, json.loads(ran.out)["reports"]


def codes(report: dict) -> set[str]:
    return {finding["code"] for finding in report["findings"] if finding["severity"] == "error"}


@pytest.fixture
def against(made: Path) -> tuple[object, ...]:
    """The usual options."""
    return ("-m", made / "metadata.xml", "--at", SOON)


def test_a_good_response_exits_0(made: Path, against):
    ran = run("check", made / "response.b64", *against)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[:2] == [
        f"{made / 'response.b64'} (base64), judged at 2026-11-01T09:00:10.000Z",
        "AWS would accept; no error.",
    ]


def test_a_bad_one_exits_1(made: Path, against):
    code, (report,) = checked(made / "noah.b64", *against)
    assert (code, codes(report)) == (1, {"AWS004"})
    code, (report,) = checked(made / "guest.b64", *against)
    assert (code, codes(report)) == (1, {"AWS002", "AWS003"})


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("response.b64", "response.xml"), 0),
        (("response.b64", "noah.b64"), 1),
        (("noah.b64", "response.b64"), 1),
        (("response.b64", "nowhere"), 2),
        (("nowhere", "noah.b64", "response.b64"), 2),
    ],
    ids=str,
)
def test_of_several_files_the_worst_counts_and_all_are_judged(names: tuple[str, ...], code: int, made: Path, against):
    got, reports = checked(*(made / name for name in names), *against)
    assert got == code
    assert [report["source"].split()[0] for report in reports] == [str(made / name) for name in names]
    text = run("check", *(made / name for name in names), *against)
    assert text.code == code
    assert text.out.count("judged at") == len(names)


def test_without_metadata_there_is_no_verdict(made: Path):
    ran = run("check", made / "response.b64", "--at", SOON)
    assert ran.code == 2
    assert "No verdict: no trusted key: give the identity provider's metadata with --metadata." in ran.out


def test_the_clock_is_the_default_instant(made: Path):
    """These responses are of 2026-11-01, so now they are too old; the instants in reports show it."""
    code, (report,) = checked(made / "response.b64", "-m", made / "metadata.xml")
    assert report["at"][:4] >= "2026"
    assert code == (0 if report["at"] < "2026-11-01T09:05" else 1)


def posted(made: Path) -> str:
    return (made / "response.b64").read_text().strip()


def har(*entries: tuple[str, str]) -> bytes:
    """A HAR of one POST for each (value, time)."""
    found = [
        {
            "startedDateTime": time,
            "request": {
                "method": "POST",
                "url": "https://signin.aws.amazon.com/saml?x=1",
                "postData": {"params": [{"name": "SAMLResponse", "value": value}]},
            },
        }
        for value, time in entries
    ]
    return json.dumps({"log": {"entries": [{"request": {"method": "GET", "url": "https://x/"}}, *found]}}).encode()


def test_a_har_is_judged_at_the_time_of_its_post(made: Path, tmp_path: Path):
    (tmp_path / "c.har").write_bytes(har((posted(made), "2026-11-01T10:00:20.500+01:00")))
    code, (report,) = checked(tmp_path / "c.har", "-m", made / "metadata.xml")
    assert (code, report["at"]) == (0, "2026-11-01T09:00:20.500Z")
    assert report["source"] == f"{tmp_path / 'c.har'} (HAR)"
    code, (report,) = checked(tmp_path / "c.har", "-m", made / "metadata.xml", "--at", "2026-11-02T00:00:00Z")
    assert (code, report["at"]) == (1, "2026-11-02T00:00:00.000Z")


def test_of_several_posts_one_is_chosen(made: Path, tmp_path: Path):
    noah = (made / "noah.b64").read_text().strip()
    (tmp_path / "c.har").write_bytes(har((posted(made), SOON), (noah, "2026-11-01T09:01:00Z")))
    options = (tmp_path / "c.har", "-m", made / "metadata.xml")
    code, (report,) = checked(*options)
    assert code == 2
    assert report["unreadable"].startswith(
        "holds 2 responses, choose one with --entry N (1: 2026-11-01 09:00:10+00:00 to "
    )
    assert [checked(*options, "--entry", number)[0] for number in (1, 2, 3)] == [0, 1, 2]
    assert run("check", *options, "--entry", "0").code == 2


FORMS = {
    "base64": lambda b64, xml: b64,
    "wrapped": lambda b64, xml: b"\r\n".join(b64[at : at + 76] for at in range(0, len(b64), 76)),
    "percent-encoded": lambda b64, xml: quote(b64, safe="").encode(),
    "form body": lambda b64, xml: b"SAMLResponse=" + quote(b64, safe="").encode() + b"&RelayState=https%3A%2F%2Fx%2F",
    "XML": lambda b64, xml: xml,
    "XML with a declaration": lambda b64, xml: b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml + b"\n",
    "HTML form": lambda b64, xml: b'<html><form><input type="hidden" name="SAMLResponse" value="' + b64 + b'"/></form>',
    "HAR": lambda b64, xml: har((b64.decode(), SOON)),
    "SAML-tracer export": lambda b64, xml: json.dumps(
        {"requests": [{"url": "https://x/", "post": [["SAMLResponse", b64.decode()]]}]}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_any_form_is_read_from_standard_input_and_named(form: str, made: Path, against):
    xml = (made / "response.xml").read_bytes()
    code, (report,) = checked("-", *against, stdin=FORMS[form](base64.b64encode(xml), xml))
    assert code == 0
    assert report["source"].startswith(f"- ({form.split(' with a ')[0].split('-enc')[0].replace('wrapped', 'base64')}")


def test_one_document_may_stand_for_several_providers(made: Path, against):
    other = "arn:aws:iam::444455556666:saml-provider/WAAD"
    assert run("check", made / "response.b64", *against, "--provider-arn", PROVIDER, "--provider-arn", other).code == 0


def test_a_provider_that_was_not_named_is_not_known(made: Path, against):
    code, (report,) = checked(made / "response.b64", *against, "--provider-arn", PROVIDER)
    assert (code, codes(report)) == (1, {"AWS021"})
    answers = [one["answer"]["answer"] for one in report["aws"]["sts"]]
    assert answers == ["accepted", "accepted", "unknown", "unknown"]


def test_a_provider_of_another_spelling_is_an_error(made: Path, against):
    code, (report,) = checked(made / "response.b64", *against, "--provider-arn", PROVIDER.replace("WAAD", "waad"))
    assert (code, codes(report)) == (1, {"AWS021"})


def test_documents_and_providers_must_pair_up(made: Path):
    twice = ("-m", made / "metadata.xml", "-m", made / "metadata.xml")
    for options, said in (
        (twice, "several --metadata need as many --provider-arn, in the same order"),
        ((*twice, "--provider-arn", PROVIDER), "2 --metadata for 1 --provider-arn; give one for each"),
        (("--provider-arn", PROVIDER), "0 --metadata for 1 --provider-arn; give one for each"),
    ):
        ran = run("check", made / "response.b64", *options)
        assert (ran.code, ran.out, ran.err) == (2, "", f"saml-harness: {said}\n")


@pytest.mark.parametrize("arn", ["WAAD", ADMIN, PROVIDER + " ", ""], ids=repr)
def test_a_provider_arn_that_is_none_is_refused(arn: str, made: Path, against):
    ran = run("check", made / "response.b64", *against, "--provider-arn", arn)
    assert (ran.code, ran.out) == (2, "")
    assert f"--provider-arn {arn!r}: not the ARN of a SAML provider" in ran.err


def test_every_role_is_tried_unless_one_is_named(made: Path, against):
    _, (report,) = checked(made / "response.b64", *against)
    assert len(report["aws"]["sts"]) == 4
    code, (report,) = checked(made / "response.b64", *against, "--role-arn", READER)
    assert (code, [one["role"] for one in report["aws"]["sts"]]) == (0, [READER])


@pytest.mark.parametrize(
    ("role", "message"),
    [
        (ADMIN + "s", "SAML Assertion doesn't contain the requested Role and Metadata in the attributes"),
        ("admin", "Request ARN is invalid"),
    ],
)
def test_a_role_that_is_not_offered_is_refused(role: str, message: str, made: Path, against):
    code, (report,) = checked(made / "response.b64", *against, "--role-arn", role)
    assert (code, codes(report)) == (1, {"AWS022"})
    assert [one["answer"]["message"] for one in report["aws"]["sts"]] == [message]


def test_another_acs_is_expected_only_on_request(made: Path, against):
    regional = "https://us-east-1.signin.aws.amazon.com/saml"
    code, (report,) = checked(made / "response.b64", *against, "--acs", regional)
    assert (code, codes(report)) == (1, {"AST004", "AST005"})
    assert (
        run(
            "check", made / "response.b64", *against, "--acs", regional, "--acs", "https://signin.aws.amazon.com/saml"
        ).code
        == 0
    )


def test_the_partition_is_that_of_the_roles_unless_named(made: Path, against):
    code, (report,) = checked(made / "response.b64", *against, "--partition", "aws-cn")
    assert (code, codes(report)) == (1, {"AST003", "AST004", "AST005", "AWS010"})
    assert run("check", made / "response.b64", *against, "--partition", "aws").code == 0
    assert run("check", made / "response.b64", *against, "--partition", "moon").code == 2


def test_a_scenario_judges_trust_too(made: Path, state: Path):
    code, (report,) = checked(made / "response.b64", "--scenario", DEMO, "--at", SOON)
    assert (code, codes(report)) == (0, set())
    assert not any(one["answer"]["assumed"] for one in report["aws"]["sts"])


def test_a_scenario_knows_what_is_missing(made: Path, tmp_path: Path):
    (tmp_path / "x.scenario.toml").write_text(
        DEMO.read_text().replace('trusts = ["WAAD"]\nmax_session_duration = 14400', "trust_policy = '{}'")
    )
    code, (report,) = checked(made / "response.b64", "--scenario", tmp_path / "x.scenario.toml", "--at", SOON)
    assert (code, codes(report)) == (1, {"TRU003"})


def test_a_scenario_whose_providers_hold_another_document(made: Path, tmp_path: Path):
    """--metadata beside --scenario: what if this were uploaded to every provider?"""
    assert (
        run("issue", "--user", BRITTA, "--keys", tmp_path / "other", "--metadata-out", tmp_path / "other.xml").code == 0
    )
    code, (report,) = checked(made / "response.b64", "--scenario", DEMO, "--at", SOON, "-m", tmp_path / "other.xml")
    assert (code, codes(report)) == (1, {"SIG002", "MET003"})


def test_a_scenario_with_its_own_keys_knows_no_others(made: Path, tmp_path: Path):
    code, (report,) = checked(made / "response.b64", "--scenario", DEMO, "--at", SOON, "--keys", tmp_path / "keys")
    assert (code, codes(report)) == (1, {"SIG002", "MET003"})


def test_options_that_would_be_ignored_are_refused(made: Path):
    metadata = ("-m", made / "metadata.xml")
    for options in ((*metadata, *metadata), ("--provider-arn", PROVIDER)):
        ran = run("check", made / "response.b64", "--scenario", DEMO, *options)
        assert ran.code == 2
        assert "--scenario names the providers itself" in ran.err


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted response, the provider's private key, another one, and metadata."""
    folder = tmp_path_factory.mktemp("sealed")
    xml = world.response(encrypted=encryption.Encryption())
    (folder / "response.xml").write_bytes(xml)
    (folder / "both.xml").write_bytes(sign(xml, "_r1", world.key()))
    (folder / "provider.pem").write_bytes(responses.key("opens for provider").private_pem())
    (folder / "another.pem").write_bytes(responses.key("another").private_pem())
    (folder / "metadata.xml").write_bytes(world.metadata().raw)
    return folder


@pytest.mark.parametrize("name", ["response.xml", "both.xml"])
@pytest.mark.parametrize(
    ("keys", "code", "unreadable"),
    [
        ((), 2, "the assertion is encrypted: give its key with --decrypt-key"),
        (("another.pem",), 2, "the assertion is encrypted: the key given does not open it"),
        (("provider.pem",), 0, None),
        (("another.pem", "provider.pem"), 0, None),
    ],
    ids=["none", "wrong", "right", "second"],
)
def test_an_encrypted_assertion_needs_its_key(keys, code: int, unreadable: str | None, name: str, sealed: Path):
    options = [word for key in keys for word in ("--decrypt-key", sealed / key)]
    got, (report,) = checked(sealed / name, "-m", sealed / "metadata.xml", "--at", SOON[:-3] + "00Z", *options)
    assert (got, report["unreadable"]) == (code, unreadable)


def test_a_third_decryption_key_is_not_silently_dropped(sealed: Path):
    options = ["--decrypt-key", sealed / "provider.pem"] * 3
    ran = run("check", sealed / "response.xml", "-m", sealed / "metadata.xml", *options)
    assert ran.code == 2
    assert "at most two --decrypt-key" in ran.err


def test_sha1_is_an_error_unless_allowed(tmp_path: Path):
    old = 'name = "AWS"\n'
    (tmp_path / "x.scenario.toml").write_text(DEMO.read_text().replace(old, f'{old}signing_algorithm = "sha1"\n', 1))
    issue = ("issue", "--user", BRITTA, "--at", AT, "--scenario", tmp_path / "x.scenario.toml")
    assert run(*issue, "-o", tmp_path / "r", "--metadata-out", tmp_path / "m").code == 0
    code, (report,) = checked(tmp_path / "r", "-m", tmp_path / "m", "--at", SOON)
    assert (code, codes(report)) == (1, {"SIG014"})
    code, (report,) = checked(tmp_path / "r", "-m", tmp_path / "m", "--at", SOON, "--allow-sha1")
    assert (code, codes(report)) == (0, set())
    assert "SIG023" in {finding["code"] for finding in report["findings"]}


def test_what_is_printed_can_be_chosen_but_not_the_exit_code(made: Path, against):
    for options, shown in (
        (("--select", "AWS"), {"AWS002", "AWS003"}),
        (("--select", "AWS002"), {"AWS002"}),
        (("--ignore", "AWS"), set()),
        (("--select", "AWS", "--ignore", "AWS002"), {"AWS003"}),
    ):
        code, (report,) = checked(made / "guest.b64", *against, *options)
        assert (code, codes(report)) == (1, shown)


def test_skipped_rules_are_listed_on_request(made: Path, against):
    assert "no scenario says what the AWS accounts hold" in run("check", made / "response.b64", *against, "-v").out
    assert "no scenario says" not in run("check", made / "response.b64", *against).out


def test_findings_that_are_not_shown_are_counted(made: Path, against):
    """An expired response in which only SIG is asked for: nothing is shown, and nothing is said to be right."""
    late = ("-m", made / "metadata.xml", "--at", "2026-12-24T00:00:00Z")
    ran = run("check", made / "response.b64", *late, "--select", "sig")
    assert ran.code == 1
    assert "findings are not shown." in ran.out
    assert "Nothing is wrong" not in ran.out


def test_a_code_that_no_rule_has_is_a_usage_error(made: Path, against):
    ran = run("check", made / "response.b64", *against, "--ignore", "AWS999")
    assert ran.code == 2
    assert "there is no rule or family 'AWS999'" in ran.err


def test_the_same_provider_twice_is_an_error(made: Path, against):
    ran = run("check", made / "response.b64", *against, "--provider-arn", PROVIDER, "--provider-arn", PROVIDER)
    assert (ran.code, ran.err) == (2, "saml-harness: the same --provider-arn is given twice\n")
