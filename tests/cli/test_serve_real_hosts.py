"""What ``saml-harness serve --real-hosts`` prints is enough to reach production's names here."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.cli.test_env import HOSTILE, INHERITED
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
