"""Cases against any judge. A hang and a crash are results, not the end of the run.

The work is done in a child process, because no signal interrupts libxml2: a judge that keeps silent too long
is ended with its child, and the next child goes on with the case after.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection

from harness.cases.core import Case, Material
from harness.cases.recipe import USER
from harness.cases.words import Answer, Verdict
from harness.cases.workshop import ENTRA, INTRUDER, OPENS, Workshop

SECONDS = 10.0
"""Far more than any case takes, so that a slow machine is no failure and a hang is one."""


class Result(StrEnum):
    """What became of a case."""

    PASS = "pass"  # noqa: S105  (not a password)
    FAIL = "fail"
    HANG = "hang"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a judge said. ``subjects`` are the users for whom a session was granted."""

    codes: frozenset[str]
    """Every code that was reported."""
    errors: frozenset[str]
    """Those among them that are errors."""
    sts: tuple[Answer, ...]
    page: Answer
    subjects: frozenset[str] = frozenset()
    causes: frozenset[str] = frozenset()
    """The rows of AWS's refusals that were given, by the judge's own names."""
    engines: tuple[str, ...] = ()
    """What each engine said of each signature."""
    entra: str = ""
    """What Entra said where it refused: a code, a colon and its words."""


Judge = Callable[[Material], Outcome]


@dataclass(frozen=True, slots=True)
class Ran:
    """One case that was run: its result, why, and what was said where anything was."""

    case: Case
    result: Result
    reason: str = ""
    outcome: Outcome | None = None


def shortcomings(case: Case, outcome: Outcome) -> Iterator[str]:
    """What an outcome lacks, and what it says that it should not. Nothing when the case passes."""
    expected = case.expected
    if missing := expected.codes - outcome.codes:
        yield f"missing {', '.join(sorted(missing))}"
    if unexpected := outcome.errors - expected.codes:
        yield f"unexpected {', '.join(sorted(unexpected))}"
    for door, wanted, given in (("STS", expected.sts, outcome.sts), ("sign-in page", expected.page, (outcome.page,))):
        for one in dict.fromkeys(given) if given else (Answer(Verdict.UNREADABLE),):
            if not wanted.met_by(one):
                yield f"{door} says {one}, expected {wanted}"
    if not outcome.entra.startswith(expected.entra) or bool(outcome.entra) != bool(expected.entra):
        yield f"Entra says {outcome.entra or 'nothing'}, expected {expected.entra or 'a sign-in'}"
    if strangers := outcome.subjects - {USER, ""}:
        yield f"a session is granted to {', '.join(sorted(strangers))}"


def run(cases: Sequence[Case], judge: Judge, workshop: Workshop, *, seconds: float = SECONDS) -> Iterator[Ran]:
    """Run cases one by one, each within so many seconds."""
    for name in (ENTRA, INTRUDER, OPENS):
        workshop.key(name)  # made here, so that no child makes its own
    waiting = [*cases]
    while waiting:
        for ran in _one_child([*waiting], judge, workshop, seconds):
            yield ran
            waiting.pop(0)


def _one_child(cases: Sequence[Case], judge: Judge, workshop: Workshop, seconds: float) -> Iterator[Ran]:
    """The results of one child: of all cases, or of those up to the one that ended it."""
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(cases, judge, workshop, far), daemon=True)
    child.start()
    far.close()
    try:
        for case in cases:
            ran = _heard(near, case, seconds)
            yield ran
            if ran.outcome is None and not ran.reason.startswith(_RAISED):
                return
    finally:
        child.kill()
        child.join()
        near.close()


_RAISED = "raised "


def _heard(near: "Connection[object, object]", case: Case, seconds: float) -> Ran:
    try:
        if not near.poll(seconds):
            return Ran(case, Result.HANG, f"no answer within {seconds:g} seconds")
        said = near.recv()
    except (EOFError, OSError):
        return Ran(case, Result.CRASH, "the process died")
    if not isinstance(said, Outcome):
        return Ran(case, Result.CRASH, f"{_RAISED}{said}")
    reason = "; ".join(shortcomings(case, said))
    return Ran(case, Result.FAIL if reason else Result.PASS, reason, said)


def _work(cases: Sequence[Case], judge: Judge, workshop: Workshop, answer: "Connection[object, object]") -> None:
    """The child: whatever a judge raises is told, not thrown."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for case in cases:
        try:
            said: object = judge(case.material(workshop))
        except Exception as error:  # noqa: BLE001  (a crash is a result)
            said = f"{type(error).__name__}: {error}"[:500]
        answer.send(said)
