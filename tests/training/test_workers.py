"""Parallel tasks in threads and in processes: order, reproducibility and early ends."""

import contextvars
import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from networks import make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.perceptron.threads import count_processors, map_in_order
from neuralnet.selection import decay
from neuralnet.training import Fit, restarts, workers
from neuralnet.training.workers import (
    AbandonedError,
    ProcessPool,
    WorkerPool,
    count_jobs,
    stop_if_abandoned,
)

QUIET = {"trace": 0}
THREADS = [1, 2, 4]


def spin(patience=20.0):
    """Long computation that checks for cancellation."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        stop_if_abandoned()
        time.sleep(0.001)
    raise AssertionError("nobody ended it")


# Threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", THREADS)
def test_results_come_in_the_order_of_the_tasks(threads):
    def work(task):
        # Later tasks finish first.
        time.sleep((12 - task) * 1e-3)
        return task * task

    assert list(map_in_order(work, range(12), threads)) == [task * task for task in range(12)]
    assert list(map_in_order(work, [], threads)) == []


@pytest.mark.parametrize("threads", THREADS)
def test_exception_is_raised_after_the_results_before_it(threads):
    def work(task):
        if task == 2:
            raise ZeroDivisionError
        time.sleep(0.02)
        return task

    found = []
    with pytest.raises(ZeroDivisionError), closing(map_in_order(work, range(9), threads)) as runs:
        for each in runs:
            found.append(each)
    assert found == [0, 1]


@pytest.mark.parametrize("threads", [2, 4])
def test_closing_the_iterator_ends_all_tasks(threads):
    begun, ended = [], []

    def work(task):
        begun.append(task)
        if task:
            try:
                spin()
            except AbandonedError:
                ended.append(task)
                raise
        return task

    with closing(map_in_order(work, range(50), threads)) as runs:
        assert next(runs) == 0
        while len(begun) <= threads:
            time.sleep(0.001)
    assert sorted(begun) == [0, *sorted(ended)] and len(begun) <= threads + 1


def test_context_and_error_handling_of_the_caller_hold_in_threads():
    color = contextvars.ContextVar("color", default="gray")
    color.set("red")

    def work(task):
        return color.get(), np.geterr()["under"], threading.current_thread().name

    with np.errstate(under="raise"):
        found = list(map_in_order(work, range(3), 3))
    assert {each[:2] for each in found} == {("red", "raise")}
    assert threading.current_thread().name not in {each[2] for each in found}


def test_threads_start_no_further_threads():
    def work(task):
        here = threading.get_ident()
        return list(map_in_order(lambda _: threading.get_ident() == here, range(3), 3))

    assert list(map_in_order(work, range(3), 3)) == [[True] * 3] * 3


def test_sizes_alone_choose_the_number_of_threads(monkeypatch):
    monkeypatch.setenv("NEURALNET_THREADS", "3")
    assert WorkerPool(None).count_threads(workers.MIN_GRAIN) == 3
    assert WorkerPool(None).count_threads(workers.MIN_GRAIN - 1) == 1
    assert WorkerPool(None, alone=True).count_threads(workers.MIN_GRAIN) == 1


def test_number_of_processes_is_checked():
    assert count_jobs(None) == 0
    assert [count_jobs(each) for each in (1, 4, 2.0)] == [1, 4, 2]
    assert count_jobs(-1) == count_processors() >= 1
    for odd in (0, -2, True, "2", 1.5):
        with pytest.raises((TypeError, ValueError), match="n_jobs"):
            count_jobs(odd)


# Processes ------------------------------------------------------------------------------------


def tell(number, task):
    print(f"task {task}")
    warnings.warn("odd tasks are odd" if task % 2 else "even tasks are even", stacklevel=1)
    if task == 4:
        raise ZeroDivisionError("of task 4")
    return os.getpid(), number + task


def test_processes_give_results_prints_warnings_and_faults_in_order(capsys):
    carrier, found = SimpleNamespace(number=100), []
    with (
        pytest.raises(ZeroDivisionError, match="of task 4"),
        pytest.warns(UserWarning) as caught,
        ProcessPool(100, 2, carrier, "number") as workers,
        closing(workers.map(tell, range(6), 0)) as runs,
    ):
        for each in runs:
            found.append(each)
    assert [each[1] for each in found] == [100, 101, 102, 103]
    assert os.getpid() not in {each[0] for each in found}
    assert capsys.readouterr().out.splitlines() == [f"task {task}" for task in range(4)]
    reported = {str(each.message) for each in caught}
    assert reported == {"odd tasks are odd", "even tasks are even"}
    assert {each.filename for each in caught} == {__file__}


def die(shared, task):
    os._exit(3)


def test_process_that_dies_is_explained():
    with (
        pytest.raises(RuntimeError, match="__main__"),
        ProcessPool(1, 1, SimpleNamespace(number=1), "number") as workers,
    ):
        list(workers.map(die, [1], 0))


# Networks -------------------------------------------------------------------------------------


TRAININGS = {
    "automatic": {},
    "validation": {"validation": 0.2},
    "restarts": {"restarts": 3},
    "starts by hand": {"iterations": 30, "optimizer": "newton", "restarts": 4},
    "share held out": {"iterations": 9, "optimizer": "rprop", "restarts": 3, "validation": 0.3},
}


FORMULAS = {"softmax": "species ~ x1 + x2 + kind", "gaussian": "cost ~ poly(x1, 2) + kind"}


def make(family="softmax", **options):
    return NeuralNetwork(FORMULAS[family], make_table(60), 1, seed=3, **options)


def show(net):
    """All state that training changes, except for the seconds."""
    tuning = net.tuning.drop(columns="seconds")
    parts = (net.theta, net.history.to_numpy(), tuning.to_numpy(float))
    state = net._fit.state.generator_state
    return [each.tobytes() for each in parts], net.restarts.to_csv(), net.message, net.decay, state


@pytest.fixture(params=[2, 4])
def threaded(request, monkeypatch):
    """Use threads for tasks of any size."""
    monkeypatch.setattr(workers, "MIN_GRAIN", 0.0)
    monkeypatch.setenv("NEURALNET_THREADS", str(request.param))


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.filterwarnings("ignore:Overconfident")
def test_any_number_of_threads_gives_the_same_bits(name, monkeypatch):
    known = show(make().train(**TRAININGS[name], **QUIET))
    monkeypatch.setattr(workers, "MIN_GRAIN", 0.0)
    for threads in THREADS[1:]:
        monkeypatch.setenv("NEURALNET_THREADS", str(threads))
        assert show(make().train(**TRAININGS[name], **QUIET)) == known


def test_folds_are_tried_in_threads_at_all(threaded, monkeypatch):
    seen = set()

    def spy(*args, of=decay.evaluate_fold):
        seen.add(threading.get_ident())
        return of(*args)

    monkeypatch.setattr(decay, "evaluate_fold", spy)
    make().train(**QUIET)
    assert seen and threading.get_ident() not in seen


@pytest.mark.filterwarnings("ignore:Overconfident")
@pytest.mark.parametrize("family", ["softmax", pytest.param("gaussian", marks=pytest.mark.long)])
def test_processes_give_the_same_bits(family):
    one, two = make(family), make(family)
    assert show(two.train(n_jobs=2, **QUIET)) == show(one.train(**QUIET))


@pytest.mark.long
@pytest.mark.parametrize("name", ["starts by hand", "share held out"])
def test_starts_in_processes_give_the_same_bits_and_lines(name, capsys):
    one, two = make(), make()
    one.train(trace=5, **TRAININGS[name])
    lines = capsys.readouterr().out
    two.train(trace=5, n_jobs=2, **TRAININGS[name])
    assert capsys.readouterr().out == lines and "Start 3 of" in lines
    assert show(one) == show(two)
    assert show(one.train(5, 0.01, **QUIET)) == show(two.train(5, 0.01, **QUIET))


def test_unpicklable_parts_are_refused_and_change_nothing():
    net = NeuralNetwork(
        "species ~ f(x1) + x2", make_table(90), 2, seed=1, env={"f": lambda x: x + 1.0}
    )
    before = take_snapshot(net)
    with pytest.raises(TypeError, match=r"n_jobs= sends .* cannot be pickled"):
        net.train(n_jobs=2, **QUIET)
    with pytest.raises(TypeError, match=r"n_jobs= sends .* cannot be pickled"):
        make().train(9, lambda t: 0.01, n_jobs=2, restarts=2, **QUIET)
    assert take_snapshot(net) == before


# Interrupts ---------------------------------------------------------------------------------


def break_at(fold, how, monkeypatch):
    """Call ``how`` when one fold is evaluated."""
    calls = []

    def broken(model, held, search, seed, of=decay.evaluate_fold):
        calls.append(seed)
        if seed[1] == fold:
            how()
        return of(model, held, search, seed)

    monkeypatch.setattr(decay, "evaluate_fold", broken)
    return calls


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise ZeroDivisionError("in a fold")


@pytest.mark.parametrize(
    ("how", "fault"), [(interrupt, KeyboardInterrupt), (fail, ZeroDivisionError)]
)
def test_exception_in_a_fold_leaves_the_best_of_those_before_it(how, fault, threaded, monkeypatch):
    nets = []
    for threads in ("1", os.environ["NEURALNET_THREADS"]):
        monkeypatch.setenv("NEURALNET_THREADS", threads)
        with monkeypatch.context() as patch:
            break_at(3, how, patch)
            net = make()
            with pytest.raises(fault):
                net.train(**QUIET)
        nets.append(net)
    assert show(nets[0]) == show(nets[1])
    assert "the best fit so far" in nets[0].message and len(nets[0].tuning) > 2
    assert nets[0].tuning["std_error"].notna().all()
    assert nets[1].train(**QUIET).message.startswith("Chose decay")


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals between threads")
def test_interrupt_from_the_keyboard_ends_all_threads_at_once(threaded, monkeypatch):
    count = threading.active_count()

    def press():
        os.kill(os.getpid(), signal.SIGINT)
        spin()

    calls = break_at(4, press, monkeypatch)
    net = make()
    with pytest.raises(KeyboardInterrupt):
        net.train(**QUIET)
    assert [*range(1, 5)] == sorted(seed[1] for seed in calls)[:4]
    assert "the best fit so far" in net.message
    # No thread is left that could disturb the next training.
    assert threading.active_count() == count
    monkeypatch.undo()
    assert net.train(**QUIET).message.startswith("Chose decay")


def test_interrupt_in_starts_keeps_the_best_that_had_ended(threaded, monkeypatch):
    options = {"iterations": 30, "optimizer": "lbfgs", **QUIET}
    whole, net = make().train(restarts=2, **options), make()
    run = restarts.run

    def broken(fit, course, iterations, reporter):
        if course.state.theta.tobytes() == third:
            raise KeyboardInterrupt
        return run(fit, course, iterations, reporter)

    rng = np.random.default_rng(3)
    third = [make()._model.draw(rng) for _ in range(3)][-1].tobytes()
    monkeypatch.setattr(restarts, "run", broken)
    with pytest.raises(KeyboardInterrupt):
        net.train(restarts=6, **options)
    assert net.restarts.equals(whole.restarts)
    assert net.theta.tobytes() == whole.theta.tobytes()
    assert net.message == "Interrupted in start 3 of 6; the best before it is kept."


@pytest.mark.filterwarnings("ignore:Training ended at loss")
def test_interrupt_in_the_first_start_keeps_its_last_weights(threaded, monkeypatch):
    """If no start had ended, the result is that of the first start alone."""
    count, far, commit = min(3, int(os.environ["NEURALNET_THREADS"])), set(), Fit.commit
    one = threading.Lock()

    def press(self, **fields):
        commit(self, **fields)
        # Sent once, whichever thread is last: a second signal would interrupt the test runner.
        with one:
            last = self.state.iteration > 20 and len(far) < count
            if last:
                far.add(id(self))
                last = len(far) == count
        if last:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Fit, "commit", press)
    for _ in range(3):
        # Python drops the exception of a signal that comes while it collects garbage.
        net = make()
        far.clear()
        try:
            net.train(20_000, 1e-4, tolerance=None, restarts=3, **QUIET)
        except KeyboardInterrupt:
            break
    else:
        pytest.fail("no signal interrupted training")
    monkeypatch.undo()
    n = len(net.history)
    assert n > 20 and net.message == f"Interrupted after iteration {n}."
    twin = make().train(n, 1e-4, tolerance=None, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert (
        net.train(9, 1e-4, **QUIET).theta.tobytes() == twin.train(9, 1e-4, **QUIET).theta.tobytes()
    )


def test_pools_without_processes_work_in_this_process():
    with WorkerPool(5) as workers:
        assert list(workers.map(lambda shared, task: shared + task, [1, 2], 0)) == [6, 7]
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(stop_if_abandoned).result() is None
