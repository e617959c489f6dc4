"""A command of the user's as a child process: its signals, its end, its exit code."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType

from harness.cli.environment import Way
from harness.cli.output import complain

_TYPED = frozenset({signal.SIGINT, signal.SIGQUIT})
_PASSED_ON = (*_TYPED, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


A_MOMENT = 3600.0
"""Seconds of one wait. Any limit makes Python look often: in a wait without one, a signal that comes just before it
is handed on only when the command has ended."""


class Child:
    """A process that gets the signals we get. One that came before it was started is its end."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.early = 0

    def watch(self) -> None:
        """From now on signals are the child's; those that are ignored stay so."""
        for number in _PASSED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.pass_on)

    def pass_on(self, number: int, _: FrameType | None) -> None:
        """Hand a signal on, unless the terminal has sent it to the child as well."""
        if self.process is None:
            self.early = number
        elif number not in _TYPED or not _in_foreground():
            self.process.send_signal(number)

    def start(self, command: Sequence[str], environment: dict[str, str]) -> int:
        """Start it; the exit code that shells have for a command that cannot be started, or 0."""
        try:
            self.process = subprocess.Popen(command, env=environment)  # noqa: S603  (running it is what was asked for)
        except FileNotFoundError:
            complain(f"{command[0]}: command not found")
            return 127
        except (OSError, ValueError) as error:
            complain(f"{command[0]}: cannot be started: {getattr(error, 'strerror', None) or error}")
            return 126
        if self.early:  # it came while the child was being started
            self.process.send_signal(self.early)
        return 0

    def end(self) -> int:
        """Wait, and the exit code as shells count it: 128 and more for the end by a signal."""
        while self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self.process.wait(A_MOMENT)
                return code if code >= 0 else 128 - code
        return 0


def run(command: Sequence[str], start: Callable[[ExitStack], Way]) -> int:
    """Start what the command needs, run it to its end, stop what was started; returns its exit code."""
    child = Child()
    child.watch()
    with ExitStack() as stack:
        environment = start(stack).environment(os.environ)
        if child.early:
            return 128 + child.early
        return child.start(command, environment) or child.end()


def _in_foreground() -> bool:
    """Whether what is typed at the terminal reaches our whole process group, the child in it."""
    try:
        with open("/dev/tty", "rb") as terminal:  # noqa: PTH123  (a device, not a file)
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
