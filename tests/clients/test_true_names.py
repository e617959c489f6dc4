"""Unmodified clients in `saml-harness env`: they know no endpoint, and take the mock for the real thing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import boto3

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
PROGRAM = Path(sys.executable).with_name("saml-harness")


def through(served: Served, tool: Client, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a client inside ``saml-harness env``, attached to what is served here."""
    outside = Client(PROGRAM, tool.home, tool.variables)
    return outside.run("env", "--attach", served.entra_url, "--", tool.path, *arguments, stdin=stdin)


def test_awscli_assumes_a_role_at_sts_itself(served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    aws = client("awscli", "aws", tmp_path)
    (tmp_path / "response.b64").write_text(idp.respond(BRITTA, now()).base64)
    named = ["--role-arn", ADMIN, "--principal-arn", PROVIDER, "--saml-assertion", "file://response.b64"]
    done = through(served, aws, "--debug", "sts", "assume-role-with-saml", *named)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["AssumedRoleUser"]["Arn"] == ASSUMED
    assert "https://sts.us-east-1.amazonaws.com" in done.stderr


def test_awscli_finds_no_credentials_of_the_users_own(served: Served, tmp_path: Path) -> None:
    aws = client("awscli", "aws", tmp_path, AWS_ACCESS_KEY_ID="AKIAREAL", AWS_SECRET_ACCESS_KEY="real")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id=AKIAREAL\naws_secret_access_key=real\n"
    )
    done = through(served, aws, "sts", "get-caller-identity")
    assert done.returncode != 0
    assert "Unable to locate credentials" in done.stderr


def test_awscli_reaches_no_other_service(served: Served, tmp_path: Path) -> None:
    aws = client("awscli", "aws", tmp_path, AWS_MAX_ATTEMPTS="1")
    done = through(served, aws, "--no-sign-request", "s3api", "list-buckets")
    assert done.returncode != 0
    assert 'Failed to connect to proxy URL: "http://127.0.0.1:' in done.stderr


def adfs(served: Served, idp: EntraIdp, home: Path, *arguments: str, stdin: str = "") -> str:
    """What aws-adfs prints when it signs in at a page like that of AD FS, and scrapes AWS's picker."""
    authority = make_authority({"localhost"}, now())
    (home / "adfs.pem").write_text(authority.certificate.pem)
    tool = client("aws-adfs", "aws-adfs", home, username=BRITTA, password=RIGHT)
    with login_page(lambda user: idp.respond(user, now()).base64, authority.context) as url:
        host = ["--adfs-host", urlsplit(url).netloc, "--adfs-ca-bundle", str(home / "adfs.pem"), "--no-sspi"]
        how = ["--env", "--stdout", "--no-session-cache", "--region", "us-east-1"]
        done = through(served, tool, "login", *host, *how, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def whose(served: Served, document: str) -> str:
    keys = json.loads(document)
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    given = dict(zip(names, (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]), strict=True))
    return boto3.client("sts", "us-east-1", endpoint_url=served.aws_url, **given).get_caller_identity()["Arn"]


def test_aws_adfs_scrapes_the_accounts_from_the_picker(served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    """The names stand in the picker alone: the response has numbers."""
    out = adfs(served, idp, tmp_path, stdin="0\n")
    assert re.findall(r"^(\S+):$", out, re.MULTILINE) == ["contoso-dev", "contoso-prod"]
    assert out.count("-> ") == 4
    assert whose(served, out[out.index('{"') :]).endswith(":assumed-role/contoso-dev-devops-user/britta@contoso.com")


def test_aws_adfs_takes_the_role_it_was_told(served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    assert whose(served, adfs(served, idp, tmp_path, "--role-arn", ADMIN)) == ASSUMED
