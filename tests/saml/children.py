"""Work that may hang or swell runs in a child process: no signal interrupts libxml2."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5.0
"""Far more than any of this takes, so that a slow machine is no failure and a hang is one."""
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Ended:
    """How a child ended: what the work returned as text, and what was printed on the way."""

    result: str
    printed: str
    timed_out: bool = False


def in_child(work: Callable[[], str], seconds: float = SECONDS) -> Ended:
    """Run ``work`` in a forked child, with its output caught and a hard limit."""
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe(duplex=False)
    with tempfile.TemporaryFile() as output:
        child = context.Process(target=_work, args=(work, far, output.fileno()))
        child.start()
        far.close()
        try:
            finished = near.poll(seconds)
            result = near.recv() if finished else ""
        except EOFError:
            result = f"the child died with {child.exitcode}"
        if not finished:
            child.kill()
        child.join()
        output.seek(0)
        return Ended(result, output.read().decode("utf-8", "replace"), timed_out=not finished)


def _work(work: Callable[[], str], answer: multiprocessing.connection.Connection, output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        answer.send(work())
    except BaseException as error:  # noqa: BLE001  (the parent wants to know whatever it was)
        answer.send(f"raised {type(error).__name__}: {error}")
    os._exit(0)


_MEASURED = """
import sys
from harness.errors import HarnessError
from harness.saml.wire import read_capture
from tests.saml.children import judge_capture
import harness.validate
raw = sys.stdin.buffer.read()
print(judge_capture(raw))
# Not ru_maxrss: that survives fork and exec, and so tells the peak of whoever started this.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(int(peak.split()[1]) // 1024)
"""


def judge_capture(raw: bytes) -> str:
    """What the whole product says of a captured input, in one word and a line."""
    from harness.errors import HarnessError
    from harness.saml.wire import read_capture
    from harness.validate import check
    from tests.saml.world import AT, policy

    try:
        report = check(read_capture(raw), policy(), AT, ask_engines=False)
    except HarnessError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return ", ".join(sorted(report.error_codes))


def measured(raw: bytes, seconds: float = 60.0) -> tuple[str, int]:
    """The same in a fresh interpreter, with the most megabytes it ever held."""
    ended = subprocess.run(
        [sys.executable, "-c", _MEASURED], input=raw, capture_output=True, timeout=seconds, check=True, cwd=ROOT
    )
    assert not ended.stderr
    words, megabytes = ended.stdout.decode().splitlines()
    return words, int(megabytes)
