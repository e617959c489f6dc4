"""Independent pieces of work dealt out to processes, with what was read before the fork in common.

A process is given its share at the start and waits for nothing afterwards, so none is left behind when the
command is stopped: writing to a reader who is gone ends it.
"""

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import TypeVar

from harness.errors import HarnessError

T = TypeVar("T")
CHUNK = 50
"""Results are sent in chunks: small enough to show progress, large enough to cost nothing."""


def in_processes(work: Callable[[int], T], size: int, processes: int) -> Iterator[T]:
    """``work(0)`` to ``work(size - 1)``, in any order. Raises HarnessError with what went wrong in a process.

    One process alone, or a program that runs threads and so cannot be forked safely, does it itself.
    """
    if (
        min(processes, size) < 2
        or threading.active_count() > 1
        or "fork" not in multiprocessing.get_all_start_methods()
    ):
        yield from (work(number) for number in range(size))
        return
    context = multiprocessing.get_context("fork")
    readers, started = [], []
    for first in range(processes):
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=_share, args=(work, range(first, size, processes), writer), daemon=True)
        process.start()
        writer.close()
        readers.append(reader)
        started.append(process)
    try:
        yield from _collected(readers)
    finally:
        for process in started:
            process.terminate()
            process.join()


def _collected(readers: "list[Connection[None, list[T] | str | None]]") -> Iterator[T]:
    """The results as they come: a list of them, None at the end, or a text that says what went wrong."""
    while readers:
        ready = wait(readers)
        for reader in [one for one in readers if one in ready]:
            try:
                done = reader.recv()
            except EOFError:
                raise HarnessError("a process that signed users in ended early; try --processes 1") from None
            if done is None:
                readers.remove(reader)
            elif isinstance(done, str):
                raise HarnessError(done)
            else:
                yield from done


def _share(work: Callable[[int], T], numbers: range, writer: "Connection[list[T] | str | None, None]") -> None:
    """One process's part."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is asked, and ends the others
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what is shared lives as long as the process: looking through it again and again costs a tenth
    try:
        for start in range(0, len(numbers), CHUNK):
            writer.send([work(number) for number in numbers[start : start + CHUNK]])
        writer.send(None)
    except BrokenPipeError:
        return
    except HarnessError as error:
        writer.send(str(error))
    except Exception as error:  # noqa: BLE001  (the parent raises it; here a traceback would reach the user)
        writer.send(f"{type(error).__name__}: {error}")
