"""Work that is dealt out to processes comes back whole, or is said to have failed; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.rollover.processes import in_processes
from harness.scenario.saving import scenario_text
from tests.rollover.worlds import company

PIECES = """
import os
from harness.errors import HarnessError
from harness.rollover.processes import in_processes

def square(number):
    return number * number

def own_process(number):
    return os.getpid()

def broken(number):
    if number == 7:
        raise HarnessError("seven cannot be done")
    return number

def crashing(number):
    return 1 // (number - 7)

def dying(number):
    os._exit(3)

def said(work):
    try:
        return [*in_processes(work, 20, 2)]
    except HarnessError as error:
        return str(error)

"""


def alone(expression: str) -> str:
    """What an expression comes to in a program of its own: this one may run threads, and then it does not fork."""
    command = [sys.executable, "-c", f"{PIECES}print({expression})"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.mark.parametrize("processes", [1, 2, 3, 500])
def test_every_piece_is_done_once(processes: int):
    squares = [number * number for number in range(200)]
    assert alone(f"sorted(in_processes(square, 200, {processes}))") == str(squares)


def test_several_processes_do_it():
    assert alone("len({*in_processes(own_process, 10, 2)} - {os.getpid()})") == "2"


def test_a_program_with_threads_does_it_itself():
    """A fork takes no threads along, and may leave a lock taken for ever."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert {*in_processes(lambda _: os.getpid(), 10, 2)} == {os.getpid()}
    finally:
        stop.set()
        thread.join()


def test_what_cannot_be_done_is_said():
    assert alone("said(broken)") == "seven cannot be done"


def test_a_crash_in_a_process_is_said_in_one_line():
    assert alone("said(crashing)") == "ZeroDivisionError: integer division or modulo by zero"


def test_a_process_that_dies_is_noticed():
    assert alone("said(dying)") == "a process that signed users in ended early; try --processes 1"


def started(folder: Path) -> subprocess.Popen[str]:
    """A rehearsal of some seconds, in a process group of its own, well under way."""
    path = folder / "company.scenario.toml"
    path.write_text(scenario_text(company(400, 400)))
    command = [sys.executable, "-m", "harness", "rollover", "rehearse", path, "--processes", "2"]
    running = subprocess.Popen(
        [*map(str, command), "--svg", str(folder / "timeline.svg")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: len(members(running.pid)) == 3)
    return running


def members(group: int) -> list[int]:
    """The processes of a group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(holds) -> None:
    """Wait for a state that must come; a minute is for machines that are busy."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come")


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc, which is Linux's")


@needs_proc
def test_an_interrupted_rehearsal_leaves_no_file_and_no_process(tmp_path: Path):
    running = started(tmp_path)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode != 0
    assert out == ""
    assert "Traceback" not in err
    wait_until(lambda: not members(running.pid))
    assert [one.name for one in tmp_path.iterdir()] == ["company.scenario.toml"]


@needs_proc
def test_processes_end_by_themselves_when_their_parent_is_gone(tmp_path: Path):
    running = started(tmp_path)
    running.kill()
    running.communicate(timeout=60)
    wait_until(lambda: not members(running.pid))
    assert [one.name for one in tmp_path.iterdir()] == ["company.scenario.toml"]
