"""How long a document that was made to keep a service busy takes until its verdict, worst first.

    python benchmarks/hostile.py [--only-small]

Documents of up to 250 KB are those of the attack tests, judged with all three engines and without; inputs of 10 MB
run in a process of their own, which also tells its memory.
"""

import argparse
import base64
import contextlib
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documents import AT, World, make_world
from rounds import processor_time

from harness.errors import HarnessError
from harness.saml.wire import read_capture
from harness.validate import check
from tests.saml.children import in_child
from tests.saml.hostile import DOCUMENTS
from tests.saml.test_hostile import INPUTS

MUST, REACH = 50, 10
MUST_LARGE, MUST_MEGABYTES = 1_000, 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only-small", action="store_true")
    options = parser.parse_args()
    world = make_world()
    genuine = [milliseconds(world, one) for one in world.documents(10, 5)]
    print(f"a genuine response of 10 roles: {min(genuine):.1f} ms\n")
    print("documents of up to 250 KB, ms of processor time until the verdict")
    times = {}
    for name, make in DOCUMENTS.items():
        text = base64.b64encode(make()).decode()
        times[name] = min(milliseconds(world, text) for _ in range(3))
    for name, taken in sorted(times.items(), key=lambda item: -item[1])[:20]:
        print(f"{taken:>9.1f}  {name}")
    worst, slow = max(times.values()), sum(taken > REACH for taken in times.values())
    verdict = "met" if worst <= MUST else "NOT MET"
    print(f"{len(times)} documents; aim (must / reach for) {MUST} / {REACH} ms; worst {worst:.1f}: {verdict};")
    print(f"{slow} of them take longer than {REACH} ms")
    if not options.only_small:
        large(world)


def milliseconds(world: World, text: str) -> float:
    start = processor_time()
    check(read_capture(text.encode()), world.policy, AT, ask_engines=False)
    return (processor_time() - start) * 1_000


def large(world: World) -> None:
    """Ten megabytes of anything, each in a process that began with what this one holds."""
    rows = []
    for name, make in INPUTS.items():
        raw = make()

        def judge(raw: bytes = raw) -> str:
            start = time.perf_counter()
            with contextlib.suppress(HarnessError):
                check(read_capture(raw), world.policy, AT)
            taken = (time.perf_counter() - start) * 1_000
            return f"{taken} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}"

        taken, megabytes = map(float, in_child(judge, seconds=60).result.split())
        rows.append((taken, megabytes, name))
    print("\ninputs of 10 MB: ms, peak MB of the process (the input and all libraries included)")
    for taken, megabytes, name in sorted(rows, reverse=True)[:12]:
        print(f"{taken:>9.0f}{megabytes:>7.0f}  {name}")
    worst, most = max(one[0] for one in rows), max(one[1] for one in rows)
    verdict = "met" if worst <= MUST_LARGE and most <= MUST_MEGABYTES else "NOT MET"
    print(
        f"{len(rows)} inputs; aim {MUST_LARGE} ms, {MUST_MEGABYTES} MB; worst {worst:.0f} ms, {most:.0f} MB: {verdict}"
    )


if __name__ == "__main__":
    main()
