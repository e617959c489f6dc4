"""``saml-harness pick``, against a mock AWS that is really running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest

from harness.cases.catalogue import chosen
from harness.cases.workshop import Workshop
from harness.cli.output import the_clock
from harness.cli.world import idp_of, scenario_or_demo
from harness.saml.times import parse_instant
from harness.web.server import Served, serve
from tests.cli.running import NOAH, SOON, run
from tests.cli.test_process import shell

ADMIN = "arn:aws:iam::111122223333:role/contoso-prod-aws-admin"


@pytest.fixture(scope="module")
def served(state: Path) -> Iterator[Served]:
    at: datetime = parse_instant(SOON)
    with serve(idp_of(scenario_or_demo(None), None), lambda: at) as running:
        yield running


def pick(served: Served, *arguments: object, stdin: bytes = b""):
    return run("pick", *arguments, "--endpoint", served.aws_url, stdin=stdin)


def test_a_role_is_chosen_by_its_number_and_the_list_stays_off_stdout(made: Path, served: Served) -> None:
    done = pick(served, made / "response.b64", stdin=b"3\n")
    assert done.code == 0
    assert done.err.splitlines()[:6] == [
        "Account: contoso-prod (111122223333)",
        "    1  contoso-prod-aws-admin",
        "    2  contoso-prod-read-only-user",
        "Account: contoso-dev (444455556666)",
        "    3  contoso-dev-devops-user",
        "    4  finance/contoso-dev-finance-admin",
    ]
    assert [line.partition("=")[0] for line in done.out.splitlines()] == [
        "export AWS_ACCESS_KEY_ID",
        "export AWS_SECRET_ACCESS_KEY",
        "export AWS_SESSION_TOKEN",
        "export AWS_ENDPOINT_URL",
        "export AWS_DEFAULT_REGION",
    ]
    assert "assumed-role/contoso-dev-devops-user/britta@contoso.com until 2026-11-01T10:00:10Z" in done.err


@pytest.mark.parametrize(
    ("own", "region"),
    [({}, "us-east-1"), ({"AWS_REGION": "eu-central-1"}, "eu-central-1"),
     ({"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1")],
)  # fmt: skip
def test_a_shell_keeps_its_region_or_gets_one(made: Path, served: Served, own: dict[str, str], region: str) -> None:
    done = pick(served, made / "response.b64", "--role-arn", ADMIN)
    shown = subprocess.run(["sh", "-c", f'{done.out}\necho "$AWS_DEFAULT_REGION"'], capture_output=True, text=True,
                           check=True, env={"PATH": os.environ["PATH"], **own})  # fmt: skip
    assert shown.stdout == f"{region}\n"


def test_a_shell_evaluates_what_is_printed(made: Path, served: Served) -> None:
    done = pick(served, made / "response.b64", "--role-arn", ADMIN)
    shown = subprocess.run(
        ["sh", "-c", f'eval "$1"; {sys.executable} -c "{WHO}"', "sh", done.out],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert shown.stdout.strip().endswith("assumed-role/contoso-prod-aws-admin/britta@contoso.com")


WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def test_the_sdk_reads_it_as_a_credential_process(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In real time: the SDK looks at the expiry."""
    response, config = tmp_path / "now.b64", tmp_path / "config"
    assert run("issue", "--user", "britta@contoso.com", "-o", response).code == 0
    with serve(idp_of(scenario_or_demo(None), None), the_clock) as served:
        command = f"{sys.executable} -m harness pick {response} --role-arn {ADMIN} --endpoint {served.aws_url}"
        process = f"credential_process = {command} --format credential_process"
        config.write_text(f"[profile mock]\nregion = us-east-1\n{process}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        sts = boto3.Session(profile_name="mock").client("sts", endpoint_url=served.aws_url)
        assert sts.get_caller_identity()["Arn"].endswith("assumed-role/contoso-prod-aws-admin/britta@contoso.com")


def test_the_process_form_is_the_documented_one(made: Path, served: Served) -> None:
    done = pick(served, made / "response.b64", "--role-arn", ADMIN, "--format", "credential_process")
    document = json.loads(done.out)
    assert (list(document), document["Version"]) == (
        ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"],
        1,
    )
    assert document["Expiration"] == "2026-11-01T10:00:10Z"


def test_a_refusal_is_in_the_words_of_aws_and_names_its_report(made: Path, served: Served) -> None:
    stranger = "arn:aws:iam::111122223333:role/other,arn:aws:iam::111122223333:saml-provider/WAAD"
    done = pick(served, made / "response.b64", "--role-arn", stranger)
    assert (done.code, done.out) == (1, "")
    assert "InvalidIdentityToken: SAML Assertion doesn't contain the requested Role and Metadata" in done.err
    assert f"the report of this response: {served.aws_url}/inspect/" in done.err


def test_the_duration_is_passed_on(made: Path, served: Served) -> None:
    done = pick(served, made / "response.b64", "--role-arn", ADMIN, "--duration", "900")
    assert "until 2026-11-01T09:15:10Z" in done.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (
            ["noah.b64"],
            b"",
            "the response holds no Role that names a role and a provider; saml-harness check says what",
        ),
        (["-"], b"in", "standard input is in use; give --role-arn"),
        (
            ["response.b64", "--role-arn", "arn:aws:iam::1:role/x"],
            b"",
            "does not offer arn:aws:iam::1:role/x; it",
        ),
        (["response.b64", "--role-arn", "a,b"], b"", "is no role ARN and provider ARN"),
        (["response.b64"], b"", "nobody answers at standard input; give --role-arn"),
        (["response.b64"], b"77\n", "nobody answers at standard input; give --role-arn"),
        (["missing.b64"], b"", "No such file"),
    ],
)
def test_what_cannot_be_picked_is_said(
    made: Path, served: Served, arguments: list[str], stdin: bytes, words: str
) -> None:
    name, *more = arguments
    given = (made / "response.b64").read_bytes() if stdin == b"in" else stdin
    done = pick(served, name if name == "-" else made / name, *more, stdin=given)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sts.amazonaws.com",
        "http://evil.example:8401",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "file:///etc/passwd",
        "http://127.0.0.1:x",
        "",
    ],
)
def test_nothing_is_sent_to_another_machine(made: Path, endpoint: str) -> None:
    done = run("pick", made / "response.b64", "--role-arn", ADMIN, "--endpoint", endpoint)
    assert done.code == 2
    assert "the endpoint is a mock on this machine" in done.err


def test_where_nobody_listens_the_cure_is_named(made: Path) -> None:
    done = run("pick", made / "response.b64", "--role-arn", ADMIN, "--endpoint", "http://127.0.0.1:1")
    assert done.code == 2
    assert "start the mock with: saml-harness serve" in done.err


ANSWERS = {
    "no XML": (b"hello", "the answer is not AWS's"),
    "another XML": (b"<a/>", "the answer holds no AccessKeyId"),
    "a quote in a key": (
        b"<a><AccessKeyId>';id;'</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>"
        b"<Expiration>x</Expiration><AssumedRoleUser><Arn>x</Arn></AssumedRoleUser></a>",
        "a character that no credential has",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_something_else_that_listens_there_is_found_out(made: Path, name: str) -> None:
    body, words = ANSWERS[name]

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = run("pick", made / "response.b64", "--role-arn", ADMIN, "--endpoint", url)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_a_single_role_is_not_asked_for(made: Path, served: Served, tmp_path: Path) -> None:
    adele = tmp_path / "adele.b64"
    assert run("issue", "--user", "adele@contoso.com", "--at", SOON, "-o", adele).code == 0
    done = pick(served, adele)
    assert done.code == 0
    assert "Role" not in done.err.splitlines()[0]
    assert NOAH not in done.said


def test_a_fresh_response_comes_from_a_running_entra(state: Path) -> None:
    with serve(idp_of(scenario_or_demo(None), None), the_clock) as served:
        done = pick(served, "--server", served.entra_url, "--user", "adele@contoso.com")
        refused = pick(served, "--server", served.entra_url, "--user", "nobody@contoso.com")
    assert done.code == 0
    assert "assumed-role/contoso-prod-read-only-user/adele@contoso.com until" in done.err
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "saml-harness: Entra would refuse: there is no user nobody@contoso.com in this tenant.\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["x.b64", "--server", "http://127.0.0.1:1"], ["--server", "http://127.0.0.1:1"], ["x", "--user", "u"]],
)
def test_a_response_comes_from_one_place(arguments: list[str]) -> None:
    done = run("pick", *arguments)
    assert done.code == 2
    assert "give RESPONSE, or --server and --user" in done.err


def test_an_encrypted_response_is_said_to_be_one(served: Served, tmp_path: Path) -> None:
    (case,) = chosen("controls/encrypted-with-aes256-gcm")
    (tmp_path / "sealed.b64").write_bytes(case.material(Workshop()).posted)
    done = pick(served, tmp_path / "sealed.b64")
    assert done.code == 2
    assert "the response is encrypted, so its roles cannot be read; give --role-arn ROLE,PROVIDER" in done.err


def test_a_closed_standard_input_is_not_asked(made: Path, served: Served) -> None:
    done = shell(f"saml-harness pick {made / 'response.b64'} --endpoint {served.aws_url} <&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody answers at standard input; give --role-arn" in done.stderr


def test_the_usage_shows_that_a_response_is_one_of_two_ways() -> None:
    assert "pick [OPTIONS] [RESPONSE]" in run("pick", "--help").out
