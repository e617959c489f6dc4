"""What ``saml-harness serve --real-hosts`` prints is enough to reach production's names here."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.cli.test_env import HOSTILE, INHERITED, SHOW
from tests.cli.test_process import PROGRAM


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Everything up to the ready line."""
    keys = tmp_path_factory.mktemp("keys")
    command = [PROGRAM, "serve", "--real-hosts", "--keys", str(keys), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        lines = list(takewhile(lambda line: not line.startswith("ready"), running.stdout))
        yield "".join(lines)
        folder = Path(re.search(r"AWS_CA_BUNDLE=(\S+)/authority\.pem", "".join(lines))[1])
        running.terminate()
        running.communicate(timeout=20)
    assert running.returncode == 0
    assert not folder.exists()


def test_its_shell_lines_lead_a_client_to_the_mock(printed: str) -> None:
    shell = re.search(r"a shell:\n(.*?)\n\n", printed, re.DOTALL)[1]
    asked = "python3 -c 'import os; print(os.environ.get(\"AWS_PROFILE\"))'; curl -sS https://sts.amazonaws.com/logout"
    done = subprocess.run(
        ["sh", "-c", f"{shell}\n{asked}"], capture_output=True, text=True, timeout=60, env=INHERITED | HOSTILE
    )
    assert done.stdout.startswith("None\n<!DOCTYPE html>")
    assert "You are signed out." in done.stdout
    for name in ("HTTPS_PROXY", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"\nexport {name}=" in printed


@pytest.mark.parametrize("program", ["sh", "bash"])
def test_its_shell_lines_make_the_same_world_as_env(printed: str, program: str) -> None:
    shell = re.search(r"a shell:\n(.*?)\n\n", printed, re.DOTALL)[1]
    odd = {"AWS_REGION": "eu-central-1", "MINE": "two\nlines", "odd-AWS_PROXY": "x"}
    done = subprocess.run(
        [program, "-c", f'set -e\n{shell}\nexec "$0" -c "$1"', sys.executable, SHOW[2]],
        capture_output=True, text=True, timeout=60, env=INHERITED | HOSTILE | odd,
    )  # fmt: skip
    assert done.stderr == ""
    seen = json.loads(done.stdout)
    assert "192.0.2.1" not in str(seen)
    assert not set(HOSTILE.items()) & seen.items()
    assert {name for name in seen if name.startswith(("AWS_", "SSL_", "BOTO", "PYTHONHTTPS", "NODE_TLS"))} == {
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_REGION",
        "AWS_SHARED_CREDENTIALS_FILE",
        "SSL_CERT_FILE",
    }
    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == ("eu-central-1", "eu-central-1")
    assert seen["MINE"] == "two\nlines"


def test_its_browser_line_is_ready_to_run(printed: str) -> None:
    words = shlex.split(re.search(r"a browser:\n(.*?)\n\n", printed, re.DOTALL)[1])
    proxy = re.search(r"^proxy +(\S+),", printed, re.MULTILINE)[1]
    assert (words[0], words[-1]) == ("chromium", "https://myapps.microsoft.com/")
    assert f"--proxy-server={proxy}" in words
    assert any(re.fullmatch(r"--ignore-certificate-errors-spki-list=[A-Za-z0-9+/]{43}=", word) for word in words)
    assert "--ignore-certificate-errors" not in words


def test_its_one_command_is_ready_to_run(printed: str) -> None:
    words = shlex.split(re.search(r"one command: +(.*) COMMAND\n", printed)[1])
    done = subprocess.run([PROGRAM, *words[1:], "printenv", "HTTPS_PROXY"], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in printed


def test_nothing_tells_anyone_to_trust_the_authority_for_good(printed: str) -> None:
    """No store of a system or a browser is named, here or in the help."""
    helps = [
        subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, timeout=60).stdout
        for words in (["serve"], ["env"])
    ]
    for text in (printed, *helps):
        assert not re.search(r"certutil|update-ca|trust anchor|keychain|import", text, re.IGNORECASE)


def refused(*options: str) -> str:
    done = subprocess.run([PROGRAM, "serve", *options], capture_output=True, text=True, timeout=60, env=INHERITED)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1"])
def test_production_names_are_for_this_machine_alone(host: str) -> None:
    said = refused("--real-hosts", "--host", host)
    assert f"--real-hosts is for this machine alone; {host} is no loopback address" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "224.0.0.1", "::", "localhost", "127.1", ""])
def test_one_address_is_listened_on_and_never_all(host: str) -> None:
    assert "Invalid value for '--host'" in refused("--host", host)


def test_another_address_than_loopback_is_warned_of() -> None:
    """This one is of no machine, so that nothing is served there."""
    said = refused("--host", "192.0.2.1", "--port", "0")
    assert "warning: whoever reaches 192.0.2.1 can sign in as anyone and change everything in this mock" in said
    assert said.endswith("saml-harness: no port on 192.0.2.1 can be listened on\n")


def test_another_address_of_loopback_is_served_under_its_own_name(tmp_path: Path) -> None:
    command = [PROGRAM, "serve", "--host", "127.0.0.2", "--port", "0", "--keys", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        url = running.stdout.readline().split()[1]
        assert any(line.startswith("ready") for line in running.stdout)
        asked = subprocess.run(["curl", "-sS", f"{url}/"], capture_output=True, text=True, timeout=30, env=INHERITED)
        running.terminate()
        _, talk = running.communicate(timeout=20)
    assert url.startswith("http://127.0.0.2:")
    assert "britta@contoso.com" in asked.stdout
    assert "warning" not in talk
