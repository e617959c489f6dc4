"""Unmodified clients sign in to the mock AWS: over HTTP, in real time, with credentials that work afterwards."""

from __future__ import annotations

import configparser
import json
import re
import socket
import subprocess
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import boto3
import pytest

from harness.entra.idp import EntraIdp
from harness.web.authority import make_authority
from harness.web.server import Served
from tests.clients.adfs import RIGHT, login_page
from tests.clients.conftest import now
from tests.clients.programs import Client, client

BRITTA = "britta@contoso.com"
ADMIN = "arn:aws:iam::111122223333:role/contoso-prod-aws-admin"
PROVIDER = "arn:aws:iam::111122223333:saml-provider/WAAD"
ASSUMED = "arn:aws:sts::111122223333:assumed-role/contoso-prod-aws-admin/britta@contoso.com"


def respond(idp: EntraIdp, user: str = BRITTA) -> str:
    return idp.respond(user, now()).base64


def whose(served: Served, key: str, secret: str, token: str) -> str:
    """To whom the mock says that credentials belong."""
    sts = boto3.client(
        "sts",
        "us-east-1",
        endpoint_url=served.aws_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )
    return sts.get_caller_identity()["Arn"]


def of_json(served: Served, text: str) -> str:
    keys = json.loads(text)
    return whose(served, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


@pytest.fixture
def aws(served: Served, tmp_path: Path) -> Client:
    return client("awscli", "aws", tmp_path, AWS_ENDPOINT_URL=served.aws_url)


def assume(aws: Client, assertion: str, role: str = ADMIN) -> subprocess.CompletedProcess[str]:
    (aws.home / "response.b64").write_text(assertion)
    arguments = ["--role-arn", role, "--principal-arn", PROVIDER, "--saml-assertion", "file://response.b64"]
    return aws.run("sts", "assume-role-with-saml", *arguments)


def test_awscli_assumes_a_role_and_knows_who_it_is(aws: Client, idp: EntraIdp) -> None:
    done = assume(aws, respond(idp))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["AssumedRoleUser"]["Arn"] == ASSUMED
    keys = answer["Credentials"]
    aws.variables |= {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    assert json.loads(aws.run("sts", "get-caller-identity").stdout)["Arn"] == ASSUMED


def test_awscli_shows_a_refusal_in_the_words_of_aws(aws: Client, idp: EntraIdp) -> None:
    done = assume(aws, respond(idp), f"{ADMIN}-no")
    assert done.returncode != 0
    assert (
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithSAML operation: SAML Assertion "
        "doesn't contain the requested Role and Metadata in the attributes"
    ) in done.stderr


def test_awscli_uploads_metadata_as_the_runbook_says(aws: Client, idp: EntraIdp) -> None:
    aws.variables |= {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "none"}
    (aws.home / "metadata.xml").write_bytes(idp.federation_metadata(now(), bom=False))
    named = ["--saml-provider-arn", PROVIDER]
    done = aws.run("iam", "update-saml-provider", *named, "--saml-metadata-document", "file://metadata.xml")
    assert json.loads(done.stdout) == {"SAMLProviderArn": PROVIDER}, done.stderr
    assert "SAMLSP" in json.loads(aws.run("iam", "get-saml-provider", *named).stdout)["SAMLProviderUUID"]


def test_aws_saml_auth_prints_credentials(served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    tool = client("aws-saml-auth", "aws-saml-auth", tmp_path, AWS_ENDPOINT_URL_STS=served.aws_url)
    arguments = ["-L", "http://x", "-p", "t", "--print-creds", "--no-saml-cache", "--no-resolve-aliases"]
    done = tool.run(*arguments, "-R", "us-east-1", "-d", "3600", "--saml-assertion", respond(idp), stdin="1\n")
    found = dict(re.findall("(AWS_[A-Z_]+)='?([^'\n ;]+)", done.stdout))
    assert "AWS_ACCESS_KEY_ID" in found, done.stdout + done.stderr
    arn = whose(served, found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"])
    assert arn == ASSUMED


@pytest.mark.parametrize("password", [RIGHT, "wrong"])
def test_alohomora_logs_in_and_writes_a_profile(served: Served, idp: EntraIdp, tmp_path: Path, password: str) -> None:
    tool = client("alohomora", "alohomora", tmp_path, AWS_ENDPOINT_URL_STS=served.aws_url)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".alohomora").write_text("[default]\nauth-method = none\n")
    wanted = ["--account", "111122223333", "--role-name", "contoso-prod-aws-admin", "--idp-name", "WAAD"]
    with login_page(lambda user: respond(idp, user)) as url:
        arguments = ["--idp-url", url, "--username", BRITTA, *wanted, "--aws-profile", "mock", "--duration", "3600"]
        done = tool.run(*arguments, stdin=f"{password}\n")
    if password != RIGHT:
        assert "Incorrect user ID or password." in done.stdout + done.stderr
        return
    assert done.returncode == 0, done.stdout + done.stderr
    written = configparser.ConfigParser()
    written.read(tmp_path / ".aws" / "credentials")
    keys = written["mock"]
    arn = whose(served, keys["aws_access_key_id"], keys["aws_secret_access_key"], keys["aws_session_token"])
    assert arn == ASSUMED


@pytest.mark.parametrize("role", [ADMIN, "arn:aws:iam::444455556666:role/finance/contoso-dev-finance-admin"])
def test_awsprocesscreds_prints_credentials_for_a_profile(
    served: Served, idp: EntraIdp, tmp_path: Path, role: str
) -> None:
    authority = make_authority({"localhost"}, now())
    (tmp_path / "ca.pem").write_text(authority.certificate.pem)
    variables = {"AWS_ENDPOINT_URL_STS": served.aws_url, "REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem")}
    tool = client("awsprocesscreds", "awsprocesscreds-saml", tmp_path, **variables)
    with login_page(lambda user: respond(idp, user), authority.context) as url:
        done = tool.run("-e", url, "-u", BRITTA, "-p", "adfs", "-a", role, "--no-cache", stdin=f"{RIGHT}\n")
    assert done.returncode == 0, done.stderr
    document = done.stdout[done.stdout.index("{") :]
    assert json.loads(document)["Version"] == 1
    assert of_json(served, document).split("/")[1:] == [role.rpartition("/")[2], BRITTA]


PORT = 8090
"""sts-saml-driver listens there and nowhere else."""


def posted(response: str) -> tuple[int, str | None, str]:
    """Post to sts-saml-driver once it listens: status, Location, page. It serves one connection, so none is wasted."""
    deadline = time.monotonic() + 30
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    while True:
        connection = HTTPConnection("localhost", PORT, timeout=30)
        try:
            connection.request("POST", "/saml", urlencode({"SAMLResponse": response}), form)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "sts-saml-driver does not listen"
            time.sleep(0.1)
    answer = connection.getresponse()
    found = answer.status, answer.headers["Location"], answer.read().decode()
    connection.close()
    return found


@pytest.fixture
def driver(served: Served, tmp_path: Path) -> Client:
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind(("127.0.0.1", PORT))
        except OSError:
            pytest.skip(f"port {PORT}, which sts-saml-driver insists on, is in use")
    (tmp_path / "ca.pem").write_text(served.real.authority.certificate.pem)
    through = {
        "HTTPS_PROXY": served.real.proxy_url,
        "AWS_CA_BUNDLE": str(tmp_path / "ca.pem"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem"),
    }
    return client("sts-saml-driver", "stssamldriver", tmp_path, **through)


NAMED = ["--role-arn", ADMIN, "--saml-provider-arn", PROVIDER, "--issuer", "https://127.0.0.1:1/"]


def test_sts_saml_driver_prints_credentials(served: Served, idp: EntraIdp, driver: Client) -> None:
    """With no endpoint given at all: it takes the mock for sts.amazonaws.com."""
    running = driver.start(*NAMED)
    status, _, page = posted(respond(idp))
    out, err = running.communicate(timeout=30)
    assert (status, "SAML Login Succesfull" in page) == (200, True), err
    assert of_json(served, out) == ASSUMED


def test_sts_saml_driver_opens_the_console_by_the_federation_endpoint(idp: EntraIdp, driver: Client) -> None:
    running = driver.start(*NAMED, "--console")
    status, location, _ = posted(respond(idp))
    _, err = running.communicate(timeout=30)
    assert status == 302, err
    assert location.startswith("https://us-east-1.signin.aws.amazon.com/federation?Action=login&Issuer=")
    assert "&SigninToken=" in location


def test_sts_saml_driver_shows_a_refusal(idp: EntraIdp, driver: Client) -> None:
    running = driver.start(*NAMED)
    old = idp.respond(BRITTA, datetime(2026, 11, 1, tzinfo=UTC)).base64
    status, _, page = posted(old)
    running.communicate(timeout=30)
    assert status == 400
    assert "Response has expired" in page
