"""Interrupt training everywhere, and count inconsistent networks.

``python tests/scripts/interrupts.py [n]`` interrupts a training of each kind at every instruction
of the modules that store state, at n instructions evenly spread over the whole package, and by n
signals at random times (default 250). A network is consistent if its weights and its history are
those of training that ended after some number of iterations, its message describes the end, and
it continues to the same bits as training without the interrupt.
"""

import contextlib
import gc
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from networks import make_net

import neuralnet

PACKAGE = Path(neuralnet.__file__).parent
EVERYWHERE = tuple(map(str, PACKAGE.rglob("*.py")))
# Modules that commit states and lock out a second training.
COMMITTING = (
    *("network/network", "network/holder", "selection/session"),
    *("training/lock", "training/fit", "training/restarts", "training/conclusion"),
)
SHELL = tuple(str(PACKAGE / f"{name}.py") for name in COMMITTING)
assert all(map(os.path.exists, SHELL))
QUIET = {"trace": 0, "tolerance": None}
# Python 3.12 and later trace all instructions of a code object only if it was traced just before;
# runs that end before the target instruction are repeated.
AGAIN = 3
# Iterations after an interrupt, which must give the bits of undisturbed training.
ONWARD = 2


@dataclass
class Case:
    """Training to interrupt, and the allowed results.

    ``allowed`` maps the bits of theta and the rows of history to an undisturbed network with them.
    """

    name: str
    options: dict[str, Any]
    iterations: int = 4
    restarts: int = 1
    net: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def untrained(self) -> Any:
        return make_net(**({"hidden": 2} | self.net))

    def make(self) -> Any:
        return self.untrained.clone()

    def run(self, net: Any, iterations: int | None = None, **more: Any) -> Any:
        count = self.iterations if iterations is None else iterations
        return net.train(count, **(self.options | QUIET | more))

    def prepare(self) -> None:
        self.onward: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
        self.allowed = {tell(self.make()): self.make()}
        self.messages = {find_reason(self.make())}
        stages: list[Any] = []

        def look(net: Any, number: int) -> None:
            if len(stages) < self.iterations:
                stages.append(net.clone())

        net = self.run(self.make(), callback=look)
        for stage in [*stages, net]:
            self.allowed[tell(stage)] = stage
            self.messages.add(find_reason(stage))
            self.messages.add(f"Interrupted after iteration {len(stage.history)}.")
        for number in range(1, self.iterations + 1):
            # The weights of the lowest loss are kept, where the last ones are worse.
            ended = self.make()
            with contextlib.suppress(KeyboardInterrupt):
                self.run(ended, callback=partial(_interrupt, number))
            self.allowed.setdefault(tell(ended), ended)
        if "validation" in self.options:
            # The best weights are kept, as at the end of so many iterations.
            for number in range(1, self.iterations + 1):
                whole = self.run(self.make(), number)
                self.allowed[tell(whole)] = whole
        for starts in range(1, self.restarts + 1):
            best = self.run(self.make(), restarts=starts)
            self.allowed[tell(best)] = best
            self.messages.add(find_reason(best))
        if self.restarts == 1:
            # Such a copy continues like training that was not interrupted there.
            middle = stages[len(stages) // 2].clone()
            self.run(middle, self.iterations + ONWARD - len(middle.history))
            whole = self.run(self.make(), self.iterations + ONWARD)
            assert middle.theta.tobytes() == whole.theta.tobytes()

    def judge(self, net: Any) -> str:
        """Describe the inconsistency of a network after an interrupt; '' if there is none."""
        stood = tell(net)
        if stood not in self.allowed:
            return f"weights or history of no whole iteration ({len(net.history)} rows)"
        reported = find_reason(net)
        begun, _, number = reported.rstrip(".").partition(" after iteration ")
        right = number == str(len(net.history)) if begun == "Interrupted" else True
        kept = self.restarts > 1 and reported.startswith("Interrupted ") and "is kept" in reported
        if not right or (reported not in self.messages and not kept):
            return f"the message is {net.message!r}"
        if stood not in self.onward:
            self.onward[stood] = tell(self.run(self.allowed[stood].clone(), ONWARD))
        try:
            if tell(self.run(net, ONWARD)) != self.onward[stood]:
                return "went on to other bits"
        except Exception as error:
            return f"did not go on: {error}"
        return ""


def _interrupt(number: int, net: Any, iteration: int) -> None:
    if iteration == number:
        raise KeyboardInterrupt


def find_reason(net: Any) -> str:
    """Reason why training ended, without additions about its weights."""
    reported, *_ = net.message.partition(" Training ended at loss")
    return str(reported.partition(" The weights of")[0])


def tell(net: Any) -> tuple[bytes, bytes]:
    return net.theta.tobytes(), net.history.to_numpy().tobytes()


CASES = [
    Case("gradient descent", {"learn_rate": 0.02}),
    Case("validation and batches", {"optimizer": "adam", "batch_size": 10, "validation": 0.2}),
    Case("lbfgs, scaled", {"optimizer": "lbfgs"}, net={"scale": True, "decay": 0.1}),
    Case("newton", {"optimizer": "newton"}, 2),
    Case("restarts", {"optimizer": "rprop", "restarts": 3}, 2, restarts=3),
]
# Long enough for signals to arrive during training.
LONG = [
    Case("gradient descent", {"learn_rate": 1e-3}, 120),
    Case("validation and batches", CASES[1].options, 25),
    Case("rprop", {"optimizer": "rprop", "relative_tolerance": 1e-9}, 100),
]


class Injector:
    """Trace function that raises once, at the k-th instruction of the package."""

    def __init__(self, at: int, files: tuple[str, ...]) -> None:
        self.at, self.files, self.seen = at, set(files), 0

    def __call__(self, frame: Any, event: str, arg: object) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        frame.f_trace_opcodes = True
        return self.step

    def step(self, frame: Any, event: str, arg: object) -> Any:
        if event in ("opcode", "line"):
            self.seen += 1
            if self.seen == self.at:
                raise KeyboardInterrupt
        return self.step

    def run(self, work: Callable[[], object]) -> bool:
        """Run the work; returns True if it was interrupted."""
        former = sys.gettrace()
        try:
            sys.settrace(self)
            work()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(former)
        return False


def inject(case: Case, tries: int, files: tuple[str, ...] = EVERYWHERE) -> tuple[int, list[str]]:
    """Interrupt at instructions of some files; returns the number and the inconsistencies."""
    case.prepare()
    for _ in range(AGAIN):
        counter, net = Injector(0, files), case.make()
        counter.run(lambda net=net: case.run(net))  # type: ignore[misc]
    faults: list[str] = []
    made, tries = 0, min(tries, counter.seen)
    for at in (1 + k * counter.seen // tries for k in range(tries)):
        for _ in range(AGAIN):
            injector, net = Injector(at, files), case.make()
            interrupted = injector.run(lambda net=net: case.run(net))  # type: ignore[misc]
            if injector.seen >= at:
                break
        else:
            continue  # not as long as the counted training
        made += 1
        if not interrupted:
            faults.append(f"{case.name}, instruction {at}: swallowed")
        if wrong := case.judge(net):
            faults.append(f"{case.name}, instruction {at} of {counter.seen}: {wrong}")
    return made, faults


def inject_in_shell(case: Case, tries: int = 10**9) -> tuple[int, list[str]]:
    """Interrupt in a shell at every instruction of the modules that store state, or at n."""
    return inject(case, tries, SHELL)


def send_signals(case: Case, tries: int, seed: int = 1) -> tuple[int, list[str]]:
    """Interrupt by a timer at random times; returns the number and the inconsistencies."""
    case.prepare()
    rng, faults, made = random.Random(seed), [], 0
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    # Interrupts inside callbacks of the garbage collector are swallowed.
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    length = 0.02
    try:
        while made < tries:
            net, hit = case.make(), False
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, length))
                case.run(net)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                hit = True
            made += hit
            # Adjusted so that most of them arrive before the end.
            length *= 1.02 if hit else 0.9
            if wrong := case.judge(net):
                faults.append(f"{case.name}, a signal: {wrong}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.callbacks[:] = callbacks
    return made, faults


def main(tries: int) -> int:
    everything: list[str] = []
    kinds = (
        (inject_in_shell, CASES, ()),
        (inject, CASES, (tries,)),
        (send_signals, LONG, (tries,)),
    )
    for kind, cases, options in kinds:
        for case in cases:
            made, faults = kind(case, *options)
            print(f"{kind.__name__:16} {case.name:24} {made:6} interrupts, {len(faults)} torn")
            everything += faults
    print(*everything[:20], sep="\n")
    return min(1, len(everything))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 250))
