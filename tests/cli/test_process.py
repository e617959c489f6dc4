"""What only a process of its own can show: imports, closed pipes, the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import SOON

PROGRAM = str(Path(sys.executable).with_name("saml-harness"))
HEAVY = ("lxml", "cryptography", "flask", "pydantic", "signxml", "xmlsec", "rich", "jsonschema")
COMMANDS = (["demo"], ["issue"], ["check"], ["verify"], ["metadata"], ["metadata", "merge"], ["rules"])


def start(*arguments: object, **how: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PROGRAM, *map(str, arguments)], text=True, timeout=60, stderr=subprocess.PIPE, **how)  # type: ignore[call-overload]
    assert "Traceback" not in f"{done.stdout}{done.stderr}"
    assert "Exception ignored" not in done.stderr
    assert "internal error" not in done.stderr
    return done


def shell(command: str, **how: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command.replace("saml-harness", PROGRAM)], text=True,
                          timeout=60, capture_output=True, **how)  # fmt: skip
    assert "Traceback" not in f"{done.stdout}{done.stderr}"
    assert "Exception ignored" not in done.stderr
    assert "internal error" not in done.stderr
    return done


def loaded(*arguments: str) -> set[str]:
    """The heavy modules that a command line loads."""
    code = (
        "import sys\nfrom harness.cli import main\n"
        f"sys.argv = ['saml-harness', *{list(arguments)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', *[one for one in {HEAVY!r} if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=lambda words: " ".join(words) or "saml-harness")
def test_help_loads_nothing_heavy(command: list[str]):
    assert loaded(*command, "--help") == set()


def test_the_version_loads_nothing_heavy_either():
    assert loaded("--version") == set()


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=lambda words: " ".join(words) or "saml-harness")
def test_help_is_help(command: list[str]):
    done = start(*command, "-h", stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: saml-harness")
    assert done.stderr == ""


def test_the_exit_codes_are_in_the_help():
    done = start("--help", stdout=subprocess.PIPE)
    assert "Exit codes: 0 accepted, 1 refused or an error found, 2 no verdict could be reached." in done.stdout


def test_the_module_runs_as_the_program():
    done = subprocess.run([sys.executable, "-m", "harness", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("saml-harness 0.")


def test_an_unknown_command_is_a_usage_error():
    done = start("chekc", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command" in done.stderr


@pytest.mark.parametrize("command", ["demo", "rules", "check {r} -m {m} --at {at}", "check {r} -m {m} --format json"])
def test_a_closed_standard_output_is_one_line(command: str, made: Path):
    filled = command.format(r=made / "response.b64", m=made / "metadata.xml", at=SOON)
    done = shell(f"saml-harness {filled} >&-")
    assert done.returncode == 2
    assert done.stderr == "saml-harness: there is no standard output to print to\n"


def test_a_full_disk_is_one_line(made: Path):
    done = shell(f"saml-harness check {made / 'response.b64'} -m {made / 'metadata.xml'} >/dev/full")
    assert done.returncode == 2
    assert done.stderr == "saml-harness: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("command", [["demo"], ["rules"], ["rules", "AST003"]], ids=" ".join)
def test_a_reader_that_has_gone_is_no_fault(command: list[str]):
    """As with ``| head``: nothing on stderr, and the exit code of a program stopped by its pipe."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = start(*command, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_head_sees_the_first_line():
    done = shell("saml-harness rules | head -1")
    assert done.stdout == "XML  The document\n"
    assert done.stderr == ""
    assert done.returncode in (0, 141)


@pytest.mark.parametrize("command", ["check", "verify"])
def test_a_closed_standard_input_is_reported(command: str, made: Path):
    done = shell(f"saml-harness {command} - -m {made / 'metadata.xml'} <&-")
    assert done.returncode == 2


def test_standard_input_is_read_through_a_pipe(made: Path):
    done = shell(f"cat {made / 'response.b64'} | saml-harness check - -m {made / 'metadata.xml'} --at {SOON}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("- (base64), judged at 2026-11-01T09:00:10.000Z\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_narrow_encoding_loses_characters_and_not_the_report(encoding: str, made: Path, tmp_path: Path):
    (tmp_path / "Zoë 日本").write_bytes((made / "response.b64").read_bytes())
    done = subprocess.run(
        [PROGRAM, "check", tmp_path / "Zoë 日本", "-m", made / "metadata.xml", "--at", SOON],
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "120"}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == b""
    wanted = "Zoë 日本".encode(encoding, "backslashreplace")
    assert wanted in done.stdout.replace(b"\n", b"")


@pytest.mark.parametrize(
    ("name", "value", "coloured"), [("NO_COLOR", "1", False), ("NO_COLOR", "", True)], ids=["set", "empty"]
)
def test_colour_is_for_terminals_that_want_it(name: str, value: str, coloured: bool):
    """On a pseudo-terminal there is colour unless NO_COLOR forbids it; through a pipe there is none."""
    import pty

    controller, terminal = pty.openpty()
    environment = {key: text for key, text in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm", name: value}
    with subprocess.Popen(
        [PROGRAM, "rules", "AST003"], stdout=terminal, stderr=subprocess.PIPE, env=environment
    ) as process:
        os.close(terminal)
        shown = b""
        while True:
            try:
                piece = os.read(controller, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait(60)
    os.close(controller)
    assert b"AST003" in shown
    assert (b"\x1b[" in shown) is coloured
    assert "\x1b" not in start("rules", "AST003", stdout=subprocess.PIPE).stdout


def test_a_bug_is_one_line_and_says_how_to_see_more():
    code = (
        "import sys\nimport harness.rules\n"
        "harness.rules.cards = lambda: 1 / 0\n"
        "sys.argv = ['saml-harness', 'rules']\nfrom harness.cli import main\nmain()"
    )
    environment = {key: text for key, text in os.environ.items() if key != "SAML_HARNESS_DEBUG"}
    quiet = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (quiet.returncode, quiet.stdout) == (2, "")
    assert quiet.stderr.startswith(
        "saml-harness: internal error: ZeroDivisionError: division by zero; please report it"
    )
    assert quiet.stderr.count("\n") == 1
    loud = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment | {"SAML_HARNESS_DEBUG": "1"}
    )
    assert "Traceback" in loud.stderr
