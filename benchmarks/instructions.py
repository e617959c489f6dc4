"""Instructions per validation, counted by callgrind: they repeat where times do not.

    python benchmarks/instructions.py [--roles 10,100] [--calls 20]

One process makes a key and the documents and keeps the key to itself; a second, under valgrind, validates them.
A call of getppid marks the beginning and the end of each count.
"""

import argparse
import gc
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import contestants
from documents import make_world

from harness.saml.metadata import Metadata, read_metadata

CONTESTANTS: dict[str, Callable[[Metadata], contestants.Validator]] = {
    "raw xmlsec": contestants.raw_xmlsec,
    "ours": contestants.ours,
}
WARM_UP = 40
"""Calls before the count: the interpreter rewrites its code to what it has seen."""


def main() -> None:
    options = _options()
    if options.folder:
        _count(Path(options.folder), options.calls)
        return
    counts = [int(one) for one in options.roles.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        world = make_world()
        Path(folder, "metadata.xml").write_bytes(world.metadata.raw)
        for roles in counts:
            Path(folder, f"{roles:05d}.txt").write_text("\n".join(world.documents(roles, options.calls)))
        totals = _run(Path(folder), options.calls)
    print(f"Instructions per call in thousands, {options.calls} calls on distinct documents\n")
    print(f"{'roles':>6}" + "".join(f"{name:>14}" for name in CONTESTANTS) + f"{'ratio':>9}")
    for number, roles in enumerate(sorted(counts)):
        row = [total / options.calls for total in totals[2 * number : 2 * number + 2]]
        print(f"{roles:>6}" + "".join(f"{one / 1000:>14,.0f}" for one in row) + f"{row[1] / row[0]:>9.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", default="10,100")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(folder: Path, calls: int) -> list[int]:
    out = folder / "counts"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-before=getppid"]
    command = [*valgrind, sys.executable, __file__, "--folder", str(folder), "--calls", str(calls)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(ended.stderr)
    dumps = sorted(folder.glob("counts.*"), key=lambda path: int(path.suffix[1:]))
    totals = [int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)[1]) for path in dumps]  # type: ignore[index]
    # A dump at each mark holds what ran since the mark before: every second one is a count.
    return totals[1::2]


def _count(folder: Path, calls: int) -> None:
    metadata = read_metadata((folder / "metadata.xml").read_bytes())
    made = {name: make(metadata) for name, make in CONTESTANTS.items()}
    for path in sorted(folder.glob("*.txt")):
        documents = path.read_text().split("\n")
        for accepts in made.values():
            for number in range(WARM_UP):
                assert accepts(documents[number % len(documents)])
            gc.collect()
            gc.freeze()
            os.getppid()
            for number in range(calls):
                accepts(documents[number])
            os.getppid()


if __name__ == "__main__":
    main()
