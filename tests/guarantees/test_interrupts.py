"""Interrupted training: for any cause at any point, the network is consistent and can continue.

``NEURALNET_TESTS=all`` raises the number of cases, as does ``python tests/scripts/interrupts.py``,
which contains the implementation.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from extent import ALL
from jupyter_client.manager import KernelManager
from networks import make_net, take_snapshot
from scripts.interrupts import CASES, LONG, inject, inject_in_shell, send_signals

from neuralnet.activations import Sigmoid
from neuralnet.optimizers import GradientDescent
from neuralnet.training import updates
from neuralnet.training.lock import CallLock
from neuralnet.training.loop import advance
from neuralnet.training.options import prepare_run

QUIET = {"trace": 0, "tolerance": None}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_interrupt_at_instructions_that_commit_state_leaves_a_consistent_network(case):
    made, faults = inject_in_shell(case) if ALL else inject_in_shell(case, 40)
    assert made > 35 and faults == []


@pytest.mark.long
def test_interrupt_at_every_instruction_of_gradient_descent_leaves_a_consistent_network():
    made, faults = inject_in_shell(CASES[0])
    assert made > 300 and faults == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_interrupt_at_any_instruction_leaves_a_consistent_network(case):
    made, faults = inject(case, 20)
    assert made > 15 and faults == []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that sends signals")
@pytest.mark.parametrize("case", LONG, ids=lambda case: case.name)
def test_signal_at_a_random_time_leaves_a_consistent_network(case):
    tries = 70 if ALL else 15
    made, faults = send_signals(case, tries)
    assert made >= tries and faults == []


# Causes ---------------------------------------------------------------------------------------


class Failing(GradientDescent):
    """Optimizer that raises after two steps."""

    fault: BaseException = KeyboardInterrupt()

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        if state == 2:
            raise self.fault
        return super().step(objective, theta, None)[0], state + 1, 1.0


BROKEN = [
    (KeyboardInterrupt(), "Interrupted"),
    (MemoryError(), "Ran out of memory"),
    (np.linalg.LinAlgError("singular"), "LinAlgError ended training"),
    (SystemExit(3), "SystemExit ended training"),
]


@pytest.mark.parametrize(("fault", "reported"), BROKEN, ids=lambda each: type(each).__name__)
def test_message_names_what_ended_training(fault, reported):
    net, twin = make_net(), make_net().train(2, 0.01, **QUIET)
    optimizer = type("Failing", (Failing,), {"fault": fault})(0.01)
    with pytest.raises(type(fault)) as caught:
        net.train(9, optimizer=optimizer, **QUIET)
    assert caught.value is fault
    assert (net.message, net.converged) == (f"{reported} after iteration 2.", False)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert len(net.history) == 2
    assert net.train(3, 0.01, **QUIET).theta.tobytes() == twin.train(3, **QUIET).theta.tobytes()


@pytest.mark.parametrize("fault", [MemoryError(), OSError("full"), KeyboardInterrupt()])
def test_message_says_that_it_was_the_callback(fault):
    def fail(net, number):
        if number == 2:
            raise fault

    net = make_net()
    with pytest.raises(type(fault)):
        net.train(9, callback=fail, **QUIET)
    reported = f"The callback raised {type(fault).__name__}"
    reported = "Interrupted" if isinstance(fault, KeyboardInterrupt) else reported
    assert net.message == f"{reported} after iteration 2."


def test_memory_error_in_a_pass_is_reported():
    """Allocate an array that exceeds the memory of any machine."""

    class Greedy(Sigmoid):
        calls = 0

        def value(self, z):
            Greedy.calls += 1
            # The first call is the check of a user-defined activation.
            if Greedy.calls == 5:
                np.empty(2**57)
            return super().value(z)

    net = make_net(activation=Greedy())
    with pytest.raises(MemoryError):
        net.train(9, 0.01, **QUIET)
    assert net.message == "Ran out of memory after iteration 3."
    assert net.theta.tobytes() == make_net().train(3, 0.01, **QUIET).theta.tobytes()
    assert len(net.train(2, 0.01, **QUIET).history) == 5


class Clock:
    """Clock that raises KeyboardInterrupt at the second call."""

    def __init__(self):
        self.looks = 0

    def __call__(self):
        self.looks += 1
        if self.looks == 2:
            raise KeyboardInterrupt
        return 0.0


def test_stop_requested_in_an_interrupted_update_hides_no_interrupt(monkeypatch):
    """An interrupt after the update is raised, even if a callback would stop there too."""
    net, seen = make_net(), []
    monkeypatch.setattr(updates, "perf_counter", Clock())

    def ask(net, iteration):
        seen.append(iteration)
        return True

    with pytest.raises(KeyboardInterrupt):
        net.train(5, optimizer="rprop", callback=ask, **QUIET)
    assert seen == [1] and len(net.history) == 1
    assert net.message == "Interrupted after iteration 1."


def test_interrupted_update_keeps_the_reason(monkeypatch):
    """Then no checkpoint is written after the last update."""
    net = make_net()
    course = prepare_run(net._model, net._fit.state, optimizer="rprop", tolerance=1e9)
    monkeypatch.setattr(updates, "perf_counter", Clock())
    steps = advance(course.objective, course.options, course.state, 5, lambda iteration: 5)
    step = next(steps)
    with pytest.raises(KeyboardInterrupt):
        next(steps)
    assert isinstance(step.error, KeyboardInterrupt) and step.state.iteration == 1
    assert step.stop is not None and step.stop.converged
    assert step.stop.message.endswith("is below the tolerance, 1e+09.")


def test_message_of_former_training_ends_with_the_first_step_of_the_next():
    net = make_net(hidden=0, decay=0.1).train(50, optimizer="newton", trace=0)
    assert net.converged
    seen = []
    net.train(2, callback=lambda each, _: seen.append((each.converged, each.message)), **QUIET)
    ended = len(net.history) - 2
    assert seen == [
        (False, f"Training had not ended at iteration {ended + step}.") for step in (1, 2)
    ]


# Interactive sessions -------------------------------------------------------------------------


def stop_at(number):
    calls = []

    def interrupt(net, iteration):
        calls.append(iteration)
        if len(calls) == number:
            raise KeyboardInterrupt

    return interrupt


def test_interrupt_in_an_interactive_session_returns_the_network(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    net, twin = make_net(), make_net().train(3, 0.02, **QUIET)
    with pytest.warns(UserWarning) as caught:
        assert net.train(9, 0.02, callback=stop_at(3), **QUIET) is net
    assert [(str(each.message), each.filename) for each in caught] == [
        (
            "Interrupted after iteration 3. The network is whole: train() continues from iteration "
            "3.",
            __file__,
        )
    ]
    assert net.message == "Interrupted after iteration 3."
    assert net.theta.tobytes() == twin.theta.tobytes()
    onward = twin.train(2, 0.02, **QUIET)
    assert net.train(2, 0.02, **QUIET).theta.tobytes() == onward.theta.tobytes()


def test_search_that_is_interrupted_in_an_interactive_session_returns_too(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    net, twin = make_net(), make_net().train(3, 0.02, restarts=2, **QUIET)
    with pytest.warns(UserWarning, match="^Interrupted in start 3 of 5; .* from iteration 3"):
        assert net.train(3, 0.02, restarts=5, callback=stop_at(8), **QUIET) is net
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.restarts.equals(twin.restarts)


def test_interrupt_before_a_first_step_changes_nothing_and_says_so(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    net = make_net().train(2, 0.02, **QUIET)
    before = take_snapshot(net)
    quitting = type("Failing", (Failing,), {"init": lambda self, theta: 2})(0.01)
    with pytest.warns(UserWarning, match="^Interrupted before another iteration had ended; noth"):
        assert net.train(9, optimizer=quitting, **QUIET) is net
    assert take_snapshot(net) == before


def test_other_exceptions_are_raised_in_an_interactive_session_too(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)

    def fail(net, number):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_net().train(9, callback=fail, **QUIET)


# The lock -------------------------------------------------------------------------------------


def test_lock_runs_one_call_at_a_time_and_is_free_after_any_end():
    lock, done = CallLock("busy"), []

    def fail(fault):
        raise fault

    for fault in (KeyboardInterrupt(), RuntimeError("own")):
        with pytest.raises(type(fault)) as caught:
            lock.run(lambda fault=fault: fail(fault))
        assert caught.value is fault
    lock.run(lambda: done.append(1))
    with pytest.raises(RuntimeError, match=r"^busy$") as caught:
        lock.run(lambda: lock.run(lambda: done.append(2)))
    assert done == [1] and caught.value.__suppress_context__


def test_lock_holds_between_threads():
    lock, inside, leave, faults = CallLock("busy"), threading.Event(), threading.Event(), []

    def stay():
        inside.set()
        leave.wait()

    thread = threading.Thread(target=lambda: lock.run(stay))
    thread.start()
    inside.wait()
    try:
        lock.run(lambda: None)
    except RuntimeError as error:
        faults.append(str(error))
    finally:
        leave.set()
        thread.join()
    assert faults == ["busy"]
    lock.run(lambda: faults.append("free"))
    assert faults == ["busy", "free"]


def test_floating_point_error_handling_of_the_caller_holds_in_training():
    """The caller's error handling applies in training, as when searching for an overflow."""

    class Overflowing(Sigmoid):
        def value(self, z):
            return super().value(z) + 0.0 * np.square(np.full_like(z, 1e-300))

    with np.errstate(under="raise"), pytest.raises(FloatingPointError):
        make_net(activation=Overflowing()).train(1, **QUIET)


# Kernel ---------------------------------------------------------------------------------------

FIRST = """
from neuralnet import NeuralNetwork, load_iris
net = NeuralNetwork("Species ~ .", load_iris(), hidden=3, seed=1)
net.train({iterations}, learn_rate=1e-3, trace=100, tolerance=None{options})
"""
THEN = """
import json
stood = len(net.history)
message = net.message
net.train(5, learn_rate=1e-3, trace=0, tolerance=None)
twin = NeuralNetwork("Species ~ .", load_iris(), hidden=3, seed=1)
twin.train(stood + 5, learn_rate=1e-3, trace=0, tolerance=None)
print(json.dumps([stood, message, len(net.history), net.theta.tobytes() == twin.theta.tobytes()]))
"""


class Kernel:
    """Notebook kernel that runs cells, and is interrupted as by its stop button."""

    def __enter__(self):
        self.manager = KernelManager()
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        return self

    def __exit__(self, *fault):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, stop_after=None):
        """Outputs of a cell, interrupted at the first output that contains ``stop_after``."""
        sent, outputs = self.client.execute(code), []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            outputs.append((kind, content))
            if stop_after and stop_after in content.get("text", ""):
                self.manager.interrupt_kernel()
                stop_after = None


def read_streams(outputs, name):
    return "".join(
        content["text"] for kind, content in outputs if kind == "stream" and content["name"] == name
    )


def test_interrupted_cell_of_a_notebook_keeps_the_trained_network():
    with Kernel() as kernel:
        outputs = kernel.run(FIRST.format(iterations=10**7, options=""), "Iteration 300\t")
        assert [kind for kind, _ in outputs if kind == "error"] == []
        assert "Traceback" not in str(outputs)
        reported = read_streams(outputs, "stderr")
        assert reported.count("InterruptWarning: Interrupted after iteration") == 1
        # The value of the cell is the network, displayed as usual.
        assert "NeuralNetwork" in str(outputs[-1]) and outputs[-1][0] == "execute_result"
        (line,) = read_streams(kernel.run(THEN), "stdout").splitlines()
        stood, message, rows, same = json.loads(line)
        assert stood >= 300 and rows == stood + 5 and same
        assert message == f"Interrupted after iteration {stood}."
        assert f"continues from iteration {stood}." in reported

        outputs = kernel.run(
            FIRST.format(iterations=200, options=", restarts=10**4"), "Start 3 of 10000"
        )
        assert "Traceback" not in str(outputs)
        reported = read_streams(outputs, "stderr")
        assert (
            "InterruptWarning: Interrupted in start" in reported
            and "the best before it is kept" in reported
        )
        (line,) = read_streams(
            kernel.run("print(len(net.history), len(net.restarts) >= 3)"), "stdout"
        ).splitlines()
        assert line == "200 True"
