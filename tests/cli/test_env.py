"""A command in a world where production's names are the mock's: its environment, its signals, its end."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.cli.test_process import PROGRAM
from tests.threads import handled_by, in_a_thread

HOSTILE = {
    "NO_PROXY": "*",
    "no_proxy": ".amazonaws.com,.microsoftonline.com",
    "HTTPS_PROXY": "http://192.0.2.1:3128",
    "https_proxy": "http://192.0.2.1:3128",
    "Https_Proxy": "http://192.0.2.1:3128",
    "npm_config_https_proxy": "http://192.0.2.1:3128",
    "npm_config_noproxy": "*",
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "AWS_ENDPOINT_URL_STS": "https://sts.amazonaws.com",
    "AWS_ENDPOINT_URL_IAM": "http://192.0.2.1",
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_SECURITY_TOKEN": "real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/real",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/real",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "real",
    "AWS_BEARER_TOKEN_BEDROCK": "real",
    "AWS_CONFIG_FILE": "/home/real/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/home/real/.aws/credentials",
    "AWS_DATA_PATH": "/home/real/models",
    "AWS_EC2_METADATA_DISABLED": "false",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://169.254.169.254",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
    "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
    "SSL_CERT_DIR": "/etc/ssl/certs",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "PYTHONHTTPSVERIFY": "0",
    "BOTO_CONFIG": "/home/real/.boto",
}
"""What a shell that works with real accounts, or somebody who means ill, may have set."""
INHERITED = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
SHOW = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def serving(keys: Path) -> Iterator[str]:
    """``saml-harness serve --real-hosts``: the address of Entra's side."""
    command = [PROGRAM, "serve", "--real-hosts", "--keys", str(keys), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        url = running.stdout.readline().split()[1]
        assert any(line.startswith("ready") for line in running.stdout)
        yield url
        running.terminate()
        running.communicate(timeout=20)


@pytest.fixture
def env(serving: str):
    """Run ``saml-harness env`` to its end; attached to what is running, unless other options are given."""

    def run(*command: str, options: tuple[str, ...] | None = None, **how) -> subprocess.CompletedProcess[str]:
        given = ("--attach", serving) if options is None else options
        done = subprocess.run([PROGRAM, "env", *given, "--", *command], text=True, timeout=60, capture_output=True,
                              **{"env": INHERITED, **how})  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return run


def shown(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_nothing_hostile_is_inherited(env) -> None:
    seen = shown(env(*SHOW, env=INHERITED | HOSTILE))
    gone = {
        name
        for name in HOSTILE
        if name not in ("HTTPS_PROXY", "https_proxy", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CONFIG_FILE")
        and name not in ("NO_PROXY", "no_proxy", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED")
    }
    assert not gone & seen.keys()
    assert not set(HOSTILE.items()) & seen.items()
    assert "192.0.2.1" not in str(seen)
    assert "real" not in {value for name, value in seen.items() if name.startswith("AWS_")}


def test_what_is_left_leads_to_this_machine(env, keys: Path) -> None:
    seen = shown(env(*SHOW, options=("--keys", str(keys)), env=INHERITED | HOSTILE))
    proxies = {seen[name] for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY")}
    assert len(proxies) == 1
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", proxies.pop())
    assert seen["NO_PROXY"] == seen["no_proxy"] == "localhost,127.0.0.1,::1"
    trusts = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
    assert len({seen[name] for name in trusts}) == 1
    assert seen["AWS_EC2_METADATA_DISABLED"] == "true"
    assert seen["AWS_DEFAULT_REGION"] == "us-east-1"
    folder = Path(seen["AWS_CONFIG_FILE"]).parent
    assert Path(seen["AWS_SHARED_CREDENTIALS_FILE"]).parent == Path(seen["AWS_CA_BUNDLE"]).parent == folder
    assert {name for name in seen if name.startswith("AWS_")} == {
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_SHARED_CREDENTIALS_FILE",
    }


def test_a_chosen_region_and_all_else_are_kept(env) -> None:
    seen = shown(env(*SHOW, env=INHERITED | {"AWS_REGION": "eu-central-1", "AWS_PAGER": "", "MINE": "kept"}))
    assert (seen["AWS_REGION"], seen["AWS_PAGER"], seen["MINE"]) == ("eu-central-1", "", "kept")
    assert "AWS_DEFAULT_REGION" not in seen


def test_configuration_files_are_empty_private_and_gone_at_the_end(env) -> None:
    done = env(
        "sh",
        "-c",
        'wc -c <"$AWS_CONFIG_FILE"; wc -c <"$AWS_SHARED_CREDENTIALS_FILE"; '
        'stat -c %a "$(dirname "$AWS_CONFIG_FILE")"; dirname "$AWS_CONFIG_FILE"; ls "$(dirname "$AWS_CONFIG_FILE")"',
    )
    *facts, folder, first, second, third = done.stdout.split()
    assert (facts, first, second, third) == (["0", "0", "700"], "authority.pem", "config", "credentials")
    assert not Path(folder).exists()


def test_the_only_file_about_the_authority_is_its_certificate(env) -> None:
    done = env("sh", "-c", 'cat "$(dirname "$AWS_CA_BUNDLE")"/*')
    assert done.stdout.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in done.stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("true",), 0),
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "exit 255"), 255),
        (("sh", "-c", "kill -TERM $$"), 143),
        (("sh", "-c", "kill -KILL $$"), 137),
        (("no-such-command-anywhere",), 127),
        (("/",), 126),
        (("",), 126),
    ],
    ids=["true", "7", "255", "TERM", "KILL", "not found", "a folder", "empty"],
)
def test_the_exit_code_is_the_commands(env, command: tuple[str, ...], code: int) -> None:
    done = env(*command)
    assert done.returncode == code
    if code in (126, 127):
        assert re.fullmatch(r"saml-harness: .{0,300}: (command not found|cannot be started: .+)\n", done.stderr[-400:])


def test_the_command_has_the_three_streams_to_itself(env) -> None:
    done = env("sh", "-c", "cat; echo said >&2", input="through\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "through\n", "said\n")


def test_options_of_the_command_are_its_own(env) -> None:
    assert env("printf", "%s", "--attach").stdout == "--attach"
    assert env("echo", "-h", "--keys").stdout == "-h --keys\n"


@pytest.mark.parametrize("arguments", [[], ["--"]])
def test_without_a_command_there_is_a_usage_error(arguments: list[str]) -> None:
    done = subprocess.run([PROGRAM, "env", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "Missing argument '-- COMMAND...'" in done.stderr


def test_a_scenario_that_cannot_be_read_starts_nothing(env, tmp_path: Path) -> None:
    done = env("touch", str(tmp_path / "ran"), options=("--scenario", str(tmp_path / "none.scenario.toml")))
    assert done.returncode == 2
    assert "none.scenario.toml" in done.stderr
    assert not (tmp_path / "ran").exists()


BOTO = """
import boto3, sys
client = boto3.client("iam", aws_access_key_id="111122223333", aws_secret_access_key="none")
print(client.meta.endpoint_url, client.list_saml_providers()["SAMLProviderList"][0]["Arn"])
"""


def test_boto3_reaches_the_mock_by_its_true_name(env, keys: Path) -> None:
    done = env(sys.executable, "-c", BOTO, options=("--keys", str(keys)), env=INHERITED | HOSTILE)
    assert done.stdout == "https://iam.amazonaws.com arn:aws:iam::111122223333:saml-provider/WAAD\n"


@pytest.mark.parametrize("url", ["https://example.com/", "http://sts.amazonaws.com/", "http://169.254.169.254/"])
def test_no_other_name_is_reached(env, url: str) -> None:
    code = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10)"
    done = subprocess_error(env, code, url)
    assert "403 Forbidden" in done or "HTTP Error 403" in done


def subprocess_error(env, code: str, *arguments: str) -> str:
    """The last line of an uncaught exception."""
    quiet = f"import sys\ntry:\n    exec({code!r})\nexcept Exception as error:\n    sys.exit(str(error))"
    done = env(sys.executable, "-c", quiet, *arguments)
    assert done.returncode == 1
    return done.stderr


def test_programs_on_this_machine_are_reached_without_the_proxy(env) -> None:
    with answering(b"here") as url:
        code = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read())"
        assert env(sys.executable, "-c", code, url).stdout == "b'here'\n"


TRAP = "trap 'echo got {0}; exit 5' {0}; echo started; while :; do sleep 0.05; done"


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1"])
def test_signals_are_handed_on_and_the_end_is_the_commands(keys: Path, name: str) -> None:
    command = [PROGRAM, "env", "--keys", str(keys), "--", "sh", "-c", TRAP.format(name)]
    number = getattr(signal, f"SIG{name}")
    before = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore it, as nohup does
    try:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    finally:
        signal.signal(number, before)
    with running:
        try:
            assert running.stdout.readline() == "started\n"
            running.send_signal(number)
            out, _ = running.communicate(timeout=20)
        except BaseException:
            os.killpg(running.pid, signal.SIGKILL)
            raise
    assert (running.returncode, out) == (5, f"got {name}\n")


def test_a_signal_before_the_command_is_its_end(keys: Path, tmp_path: Path) -> None:
    command = [PROGRAM, "env", "--keys", str(keys), "--", "touch", str(tmp_path / "ran")]
    code = (
        "import os, signal, sys\nfrom harness.cli import env, main\nbefore = env._own\n"
        "def own(*a):\n    os.kill(os.getpid(), signal.SIGTERM)\n    return before(*a)\n"
        f"env._own = own\nsys.argv = {command!r}\nmain()"
    )
    code = code.replace("from harness.cli import env, main", "import harness.cli\nfrom harness.cli import main\n"
                        "env = sys.modules['harness.cli.env']")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=INHERITED)
    assert (done.returncode, done.stderr) == (143, "")
    assert not (tmp_path / "ran").exists()


def test_what_is_typed_at_the_terminal_arrives_once(keys: Path) -> None:
    """Ctrl-C goes to every process in the foreground: the command must not get it twice."""
    code = (
        "import signal, time\nseen = []\nsignal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
        "print('started', flush=True)\nwhile not seen:\n    time.sleep(0.02)\ntime.sleep(0.5)\n"
        "print('times', len(seen))"
    )
    child, terminal = pty.fork()
    if child == 0:
        os.execv(PROGRAM, [PROGRAM, "env", "--keys", str(keys), "--", sys.executable, "-c", code])
    got = b""
    try:
        while b"times" not in got or not got.endswith(b"\n"):
            piece = os.read(terminal, 1000)
            if b"started" in piece:
                os.write(terminal, b"\x03")
            got += piece
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert b"times 1\r\n" in got
    assert os.waitstatus_to_exitcode(status) == 0


def test_it_can_be_attached_to_what_is_running(env, serving: str) -> None:
    elsewhere = {"http_proxy": "http://192.0.2.1:1", "HTTP_PROXY": "http://192.0.2.1:1"}
    first = env(sys.executable, "-c", BOTO, options=("--attach", serving), env=INHERITED | elsewhere)
    assert first.stdout == "https://iam.amazonaws.com arn:aws:iam::111122223333:saml-provider/WAAD\n"
    proxies = {shown(env(*SHOW, options=("--attach", f"{serving}/")))["HTTPS_PROXY"] for _ in range(2)}
    assert len(proxies) == 1


def answering(body: bytes, status: int = 200):
    """A small server of something else."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return in_a_thread(handled_by(Answer))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com", "not an address on this machine"),
        ("https://127.0.0.1:8400", "not an address on this machine"),
        ("http://user@127.0.0.1.example.com", "not an address on this machine"),
        ("127.0.0.1:8400", "not an address on this machine"),
        ("http://[", "not an address on this machine"),
        ("http://127.0.0.1:99999", "not an address on this machine"),
    ],
)
def test_only_this_machine_is_attached_to(env, url: str, said: str) -> None:
    done = env("true", options=("--attach", url))
    assert done.returncode == 2
    assert said in done.stderr


def test_nothing_there_to_attach_to_is_said(env) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    done = env("true", options=("--attach", url))
    assert (done.returncode, f"--attach {url}: does not answer" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{}", 200, "no `saml-harness serve --real-hosts` answers there"),
        (b"[]", 200, "no `saml-harness serve --real-hosts` answers there"),
        (b"\xff<html>", 200, "no `saml-harness serve --real-hosts` answers there"),
        (b'{"proxy": "http://127.0.0.1:1", "authority": "none"}', 200, "no `saml-harness serve --real-hosts`"),
        (b"[" * 100_000, 200, "no `saml-harness serve --real-hosts` answers there"),
        (b"no", 404, "answers 404; is it `saml-harness serve` with --real-hosts?"),
        (b"no", 302, "answers 302"),
    ],
    ids=range(7),
)
def test_something_else_is_not_attached_to(env, body: bytes, status: int, said: str) -> None:
    with answering(body, status) as url:
        done = env("true", options=("--attach", url))
    assert done.returncode == 2
    assert said in done.stderr
    assert "internal error" not in done.stderr


def test_a_proxy_elsewhere_is_not_taken(env, serving: str) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{serving}/real-hosts.json", timeout=10) as answer:
        way = json.load(answer)
    with answering(json.dumps(way | {"proxy": "http://192.0.2.1:1"}).encode()) as url:
        done = env("true", options=("--attach", url))
    assert (done.returncode, "its proxy is not on this machine" in done.stderr) == (2, True)


def test_attaching_leaves_no_place_for_a_scenario_of_ones_own(env) -> None:
    done = env("true", options=("--attach", "http://127.0.0.1:1", "--scenario", "x"))
    assert (done.returncode, "--scenario and --keys have no place beside it" in done.stderr) == (2, True)
