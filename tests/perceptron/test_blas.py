"""BLAS threads: their limit, when it applies, and that the previous number is restored.

The tests observe the requested number, never a time; records take the place of libraries.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextvars import Context

import numpy as np
import pandas as pd
import pytest
from networks import make_net

from neuralnet import NeuralNetwork, load_iris
from neuralnet.perceptron import blas
from neuralnet.perceptron.blas import LARGE_PRODUCT, SMALL_PRODUCT, limit_blas_threads

QUIET = {"trace": 0, "tolerance": None}
MEDIUM = 1e6


class Library:
    """A BLAS with eight threads, which records the numbers of threads that are set."""

    user_api = "blas"

    def __init__(self):
        self.num_threads, self.asked = 8, []

    def set_num_threads(self, threads):
        self.num_threads = threads
        self.asked.append(threads)


@pytest.fixture
def library(monkeypatch):
    found = Library()
    monkeypatch.setattr(blas, "_find_libraries", lambda: (found,))
    yield found
    assert found.num_threads == 8 and not blas._limited and not blas._previous


def make_rows(n=3_000, D=16, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.normal(size=(n, D)), columns=[f"x{d}" for d in range(D)])
    return data.assign(y=rng.normal(size=n))


@pytest.mark.parametrize(
    ("largest", "threads"),
    [
        (SMALL_PRODUCT - 1, 8),
        (SMALL_PRODUCT, 1),
        (MEDIUM, 1),
        (LARGE_PRODUCT, 1),
        (LARGE_PRODUCT + 1, 8),
    ],
)
def test_one_thread_for_products_of_medium_size(library, largest, threads):
    assert limit_blas_threads(largest, lambda: library.num_threads) == threads


def test_threads_are_restored_after_an_error(library):
    with pytest.raises(ZeroDivisionError):
        limit_blas_threads(MEDIUM, lambda: 1 / 0)
    assert library.asked == [1, 8]


def test_nested_work_keeps_the_limit_of_the_outermost(library):
    def outside(largest):
        return limit_blas_threads(LARGE_PRODUCT + 1, lambda: limit_blas_threads(largest, look))

    def look():
        return library.num_threads

    assert outside(MEDIUM) == 8 and library.asked == []
    inner = limit_blas_threads(MEDIUM, lambda: limit_blas_threads(LARGE_PRODUCT + 1, look))
    assert inner == 1 and library.asked == [1, 8]


@pytest.mark.parametrize("first", ["a", "b"])
def test_computations_that_overlap_restore_once_both_have_ended(library, first):
    """Whichever of two threads ends first."""
    inside = {name: threading.Event() for name in "ab"}
    leave = {name: threading.Event() for name in "ab"}

    def work(name):
        inside[name].set()
        assert leave[name].wait(10)

    threads = {}
    for name in "ab":
        threads[name] = threading.Thread(
            target=limit_blas_threads, args=(MEDIUM, lambda name=name: work(name))
        )
        threads[name].start()
        assert inside[name].wait(10)
    for name in (first, "ab".replace(first, "")):
        assert library.num_threads == 1
        leave[name].set()
        threads[name].join()
    assert library.num_threads == 8


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that signals")
def test_interrupts_at_any_moment_restore_the_threads(library):
    """One in each of many short computations, from before it begins to after its end."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    heard = 0
    try:
        for delay in np.linspace(1e-6, 2e-4, 1_000):
            try:
                signal.setitimer(signal.ITIMER_REAL, delay)
                limit_blas_threads(MEDIUM, lambda: sum(range(300)))
                time.sleep(3e-4)
            except KeyboardInterrupt:
                heard += 1
            assert library.num_threads == 8 and not blas._limited and not blas._LIMITED.get()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard


def test_signal_that_comes_while_threads_are_set_may_compute_itself(library, monkeypatch):
    def set_and_compute(threads):
        library.set_num_threads = set_num_threads
        run_in_new_context()
        set_num_threads(threads)

    def run_in_new_context():
        Context().run(limit_blas_threads, MEDIUM, lambda: None)

    set_num_threads = library.set_num_threads
    monkeypatch.setattr(library, "set_num_threads", set_and_compute, raising=False)
    assert limit_blas_threads(MEDIUM, lambda: library.num_threads) == 1


# Passes of networks ---------------------------------------------------------------------------


METHOD_ARGUMENTS = {
    "train": lambda net: net.train(3, 1e-6, **QUIET),
    "restarts": lambda net: net.train(2, 1e-6, restarts=2, **QUIET),
    "newton": lambda net: net.train(2, optimizer="newton", **QUIET),
    "backpropagate": lambda net: net.backpropagate(1e-6),
    "predict": lambda net: net.predict(),
    "new rows": lambda net: net.predict(make_rows(2_000, seed=1)),
    "fit": lambda net: net.fit(net.X),
    "compute_loss": lambda net: net.compute_loss(),
    "residuals": lambda net: net.residuals,
    "objective": lambda net: net.objective(),
    "layers": lambda net: net.layers(),
}


@pytest.mark.parametrize("name", METHOD_ARGUMENTS)
def test_passes_limit_threads_once(library, name):
    net = NeuralNetwork("y ~ .", make_rows(), 8, seed=1)
    assert library.asked == []
    METHOD_ARGUMENTS[name](net)
    assert library.asked == [1, 8]


def test_threads_are_restored_after_a_callback_error(library):
    net = NeuralNetwork("y ~ .", make_rows(), 8, seed=1)

    def fail(net, iteration):
        assert library.num_threads == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        net.train(3, 1e-6, callback=fail, **QUIET)


def test_small_work_sets_no_threads(library):
    """One row to predict, and tables whose products no BLAS shares out."""
    net = NeuralNetwork("y ~ .", make_rows(), 8, seed=1)
    net.predict(make_rows(1))
    make_net().train(5, 1e-3, **QUIET).predict()
    assert library.asked == []


def test_products_of_a_hessian_are_larger_than_those_of_a_pass(library):
    """150 rows times 43 weights squared, beside 150 rows times 5 by 5 weights."""
    net = NeuralNetwork("Species ~ .", load_iris(), 5, seed=1)
    net.train(2, optimizer="newton", **QUIET)
    net.hessian()
    assert library.asked == [1, 8, 1, 8]


def test_large_products_keep_their_threads(library):
    net = NeuralNetwork("y ~ .", make_rows(600, 300), 250, seed=1)
    net.train(1, 1e-9, **QUIET).predict()
    assert library.asked == []


def test_real_libraries_are_set_to_one_thread_and_back():
    """In a process that has two."""
    pytest.importorskip("threadpoolctl")
    code = (
        "import neuralnet, sys; assert 'threadpoolctl' not in sys.modules\n"
        "from neuralnet.perceptron.blas import limit_blas_threads\n"
        "from threadpoolctl import threadpool_info\n"
        "def look():\n"
        "    return [each['num_threads'] for each in threadpool_info()\n"
        "            if each['user_api'] == 'blas']\n"
        "print(look(), limit_blas_threads(1e6, look), look(), sep='; ')"
    )
    environment = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    before, inside, after = done.stdout.strip().split("; ")
    assert before == after, done.stderr
    assert inside == before.replace("2", "1")


def test_without_threadpoolctl_nothing_is_changed():
    code = (
        "import sys; sys.modules['threadpoolctl'] = None\n"
        "from neuralnet.perceptron import blas\n"
        "print(blas.limit_blas_threads(1e6, lambda: blas._find_libraries()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "()", done.stderr
