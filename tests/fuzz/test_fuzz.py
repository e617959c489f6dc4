"""Mutants of issued responses: nothing but a verdict comes out, and no verdict grants another session.

``HARNESS_FUZZ_MUTANTS`` sets their number; 5,000 unless it is set. ``HARNESS_FUZZ_SEED`` moves the first seed.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from functools import cache
from multiprocessing.sharedctypes import Synchronized

from harness.errors import HarnessError
from harness.saml.wire import read_capture
from harness.validate import check
from tests.fuzz.mutate import Mutant, mutant
from tests.saml.sealing import pretty
from tests.saml.world import (
    AT,
    NOW,
    accepted,
    fully_accepted,
    idp,
    issued,
    judged,
    policy,
    resigned,
    sessions,
    taken,
    unsigned,
)

MUTANTS = int(os.environ.get("HARNESS_FUZZ_MUTANTS", "5000"))
FIRST = int(os.environ.get("HARNESS_FUZZ_SEED", "0"))
BATCH = 250
PER_MUTANT = 2.0
"""Seconds: about a thousand times what one takes."""
WORKERS = min(2, os.cpu_count() or 1)


@cache
def bases() -> tuple[bytes, ...]:
    """The responses that are mutated: each signing option, other layouts, and one of another user."""
    return (
        issued(),
        issued("both"),
        issued("response"),
        resigned(pretty(unsigned())),
        resigned(unsigned(), prefixes=["samlp"]),
        idp().respond("adele@contoso.com", NOW).xml,
    )


@cache
def granted() -> frozenset[object]:
    """Every session that an unmutated base is granted."""
    return frozenset(session for base in bases() for session in sessions(judged(base)))


def verdict(one: Mutant) -> str:
    """What became of a mutant, in a word. Raises AssertionError for a session that nobody signed."""
    try:
        capture = read_capture(one.posted)
    except HarnessError:
        return "unreadable"
    report = check(capture, policy(), AT, ask_engines=False)
    if accepted(report):
        strange = set(sessions(report)) - granted()
        assert not strange, f"a session that was never signed: {strange}"
        return "accepted"
    return "judged at the signature" if taken(capture.xml).all_signatures else "refused before"


def run_batch(first: int, count: int, current: Synchronized[int], results: multiprocessing.SimpleQueue[object]) -> None:
    words: Counter[str] = Counter()
    for seed in range(first, first + count):
        current.value = seed
        one = None
        try:
            one = mutant(seed, bases())
            words[verdict(one)] += 1
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is a finding)
            made = "making the mutant" if one is None else f"{one.changes}: {one.posted[:3000]!r}"
            results.put(f"seed {seed}: {type(error).__name__}: {error} ({made})")
            return
    results.put(words)


def in_processes(mutants: int) -> tuple[Counter[str], list[str]]:
    """All batches, each in a child of its own with a limit; at most one for each core."""
    context = multiprocessing.get_context("fork")
    waiting = [(first, min(BATCH, FIRST + mutants - first)) for first in range(FIRST, FIRST + mutants, BATCH)]
    running: list[tuple[object, ...]] = []
    words: Counter[str] = Counter()
    faults: list[str] = []
    while waiting or running:
        while waiting and len(running) < WORKERS:
            first, count = waiting.pop(0)
            current, results = context.Value("l", first), context.SimpleQueue()
            child = context.Process(target=run_batch, args=(first, count, current, results))
            child.start()
            running.append((child, current, results, time.monotonic() + 10 + PER_MUTANT * count))
        for entry in [*running]:
            child, current, results, limit = entry  # type: ignore[misc]
            child.join(0.02)
            late = time.monotonic() > limit
            if child.is_alive() and results.empty() and not late:
                continue
            running.remove(entry)
            if not results.empty():
                outcome = results.get()
                words.update(outcome) if isinstance(outcome, Counter) else faults.append(str(outcome))
            else:
                faults.append(f"seed {current.value}: {'a hang' if late else f'the child died with {child.exitcode}'}")
            child.kill()
            child.join()
    return words, faults


def test_the_bases_are_accepted_unless_only_the_response_is_signed() -> None:
    assert [fully_accepted(judged(base)) for base in bases()] == [True, True, False, True, True, True]
    assert len({session for session in granted() if session is not None}) > 5


def test_a_seed_always_makes_the_same_mutant() -> None:
    assert mutant(11, bases()) == mutant(11, bases())
    assert mutant(11, bases()) != mutant(12, bases())


def test_no_mutant_crashes_hangs_or_is_granted_a_session_that_was_not_signed() -> None:
    granted()
    started = time.monotonic()
    words, faults = in_processes(MUTANTS)
    count = sum(words.values())
    reached = words["judged at the signature"] + words["accepted"]
    took = time.monotonic() - started
    share = reached / max(count, 1)
    print(f"{count:,} mutants in {took:.0f} s, {share:.0%} reached the signatures: {dict(words)}")
    assert not faults, "\n".join(faults[:10])
    assert count == MUTANTS
    assert reached >= 0.3 * count
    assert words["accepted"], "a mutant that changes nothing signed must be accepted now and then"
