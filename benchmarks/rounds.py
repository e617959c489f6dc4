"""Times that can be compared: every contestant in every round, in short batches, and ratios taken within a round."""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
BATCH_SECONDS = 0.005


def processor_time() -> float:
    """Seconds of processor time that this process and the children it waited for have used.

    The clock for work that is all done here: it tells what was done, and not how long a busy machine kept it waiting.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass
class Contest:
    """What was measured: microseconds per call of each contestant, round by round."""

    times: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(self.times[name])

    def ratio(self, name: str, to: str) -> float:
        """The median of the ratios within each round: a slow phase of the machine slows both."""
        pairs = zip(self.times[name], self.times[to], strict=False)
        return statistics.median(one / other for one, other in pairs)


def contest(
    contestants: dict[str, Callable[[T], object]],
    inputs: Sequence[T],
    rounds: int,
    seldom: Sequence[str] = (),
    clock: Callable[[], float] = time.perf_counter,
) -> Contest:
    """Let all run on the same inputs. Those named in ``seldom`` take part in the first few rounds only."""
    batches = {name: _batch(run, inputs, clock) for name, run in contestants.items()}
    measured = Contest({name: [] for name in contestants})
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        for name, run in contestants.items():
            if name in seldom and number >= 3:
                continue
            chosen = [inputs[(number * batches[name] + one) % len(inputs)] for one in range(batches[name])]
            run(inputs[(number * batches[name] - 1) % len(inputs)])
            start = clock()
            for one in chosen:
                run(one)
            measured.times[name].append((clock() - start) / len(chosen) * 1e6)
    gc.unfreeze()
    return measured


def _batch(run: Callable[[T], object], inputs: Sequence[T], clock: Callable[[], float]) -> int:
    """How many calls fill a batch; the calls that find it out warm the interpreter up."""
    run(inputs[0])
    start = clock()
    for one in inputs[:5]:
        run(one)
    each = max(clock() - start, 1e-6) / len(inputs[:5])
    return max(1, min(len(inputs), round(BATCH_SECONDS / each)))


def heading(first: str, roles: Sequence[int]) -> None:
    print(f"\n{first:<34}" + "".join(f"{one:>10,}" for one in roles))


def row(name: str, values: Sequence[float], digits: int = 2) -> None:
    print(f"{name:<34}" + "".join(f"{value:>10,.{digits}f}" for value in values))
