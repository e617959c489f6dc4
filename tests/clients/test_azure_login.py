"""aws-azure-login, unmodified, in Debian's Chromium, which checks every certificate."""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path

import pytest

from harness.entra.idp import EntraIdp
from harness.web.server import Served
from tests.clients.programs import Client
from tests.clients.test_clients import whose
from tests.clients.test_true_names import ADMIN, ASSUMED, BRITTA, through

PROGRAM = Path(__file__).parent / "node" / "node_modules" / ".bin" / "aws-azure-login"
LINES = """
set -eu
# A store of certificates for this one home, which is thrown away.
mkdir -p "$HOME/.pki/nssdb"
certutil -d "sql:$HOME/.pki/nssdb" -N --empty-password
certutil -d "sql:$HOME/.pki/nssdb" -A -t C,, -n mock -i "$AWS_CA_BUNDLE"
# Its browser takes the proxy from a wrapper. It would itself, but with https_proxy set its own call to STS ends in
# "proxy_agent_1.default is not a function" since 3.6.2 (its issue 322), so STS is told by its address.
printf '#!/bin/sh\\nexec chromium --proxy-server=%s "$@"\\n' "$HTTPS_PROXY" >"$HOME/chromium"
chmod 755 "$HOME/chromium"
unset https_proxy
export PUPPETEER_EXECUTABLE_PATH="$HOME/chromium" AWS_ENDPOINT_URL_STS="$STS"
cp "$HOME/profile" "$AWS_CONFIG_FILE"
aws-azure-login --no-prompt --no-sandbox --profile mock
cp "$AWS_SHARED_CREDENTIALS_FILE" "$HOME/received"
"""
PROFILE = """
[profile mock]
azure_tenant_id={tenant}
azure_app_id_uri=https://signin.aws.amazon.com/saml
azure_default_username={user}
azure_default_role_arn={role}
azure_default_duration_hours=1
azure_default_remember_me=false
region=us-east-1
"""


def test_aws_azure_login_signs_in_and_receives_credentials(served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    if not PROGRAM.exists():
        pytest.skip("aws-azure-login is not installed: .ci/clients installs it")
    for program in ("chromium", "certutil", "node"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: .ci/judges installs it")
    (tmp_path / "profile").write_text(PROFILE.format(tenant=idp.scenario.tenant_id, user=BRITTA, role=ADMIN))
    tool = Client(Path("/bin/sh"), tmp_path, {"STS": served.aws_url, "azure_default_password": "not-a-real-password"})
    done = through(served, tool, "-c", f'PATH="{PROGRAM.parent}:$PATH"\n{LINES}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Assuming role {ADMIN} in region us-east-1" in done.stdout
    keys = received(tmp_path / "received")
    assert whose(served, keys["aws_access_key_id"], keys["aws_secret_access_key"], keys["aws_session_token"]) == ASSUMED


def received(path: Path) -> configparser.SectionProxy:
    written = configparser.ConfigParser()
    written.read(path)
    return written["mock"]
