"""Concurrent calls on one network: predictions are correct, and only one thread trains."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.model.new_data import compute_means

QUIET = {"trace": 0, "tolerance": None}
FORMULAS = {
    "plain": "species ~ x1 + x2 + kind",
    "mean and spread": "species ~ standardize(x1) + center(x2)",
    "polynomial": "species ~ poly(x1, 3) + kind:x2",
    "levels": "species ~ C(kind, Sum) * x1",
    "spline": "species ~ bs(x1, df=5, lower_bound=-9, upper_bound=9) + kind",
    "numbers": "species ~ np.exp(x1) + I(x2 ** 2) + offset(cbind(x1, x2, x1))",
}
COUNT = 8


@pytest.fixture(autouse=True)
def _switch_often():
    """Switch threads a thousand times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def run_together(works):
    """Start all calls at the same moment; returns their results or errors, in order."""
    gate = threading.Barrier(len(works))

    def start(work):
        gate.wait()
        try:
            return work()
        except BaseException as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(start, work) for work in works]]


@pytest.mark.parametrize("name", FORMULAS)
def test_predictions_from_many_threads_are_right(name):
    if name == "spline":
        pytest.importorskip("scipy")
    net = NeuralNetwork(FORMULAS[name], make_table(), 3, seed=1, init=0.5).train(5, **QUIET)
    tables = [make_table(120).iloc[k * 7 : k * 7 + 30] for k in range(COUNT)]
    expected = [net.predict(table, type="probs") for table in tables]
    # A clone has an empty cache: all threads compute its lazy values at once.
    fresh = NeuralNetwork(FORMULAS[name], make_table(), 3, seed=1, init=0.5)
    fresh.theta = net.theta

    def ask(k):
        return [fresh.predict(tables[(k + i) % COUNT], type="probs") for i in range(15)]

    for k, found in enumerate(run_together([lambda k=k: ask(k) for k in range(COUNT)])):
        assert isinstance(found, list), found
        for i, each in enumerate(found):
            pd.testing.assert_frame_equal(each, expected[(k + i) % COUNT], rtol=1e-12)


def test_methods_that_read_may_run_at_once():
    net, table = make_net(decay=0.1).train(5, **QUIET), make_table()
    asks = [
        lambda: net.compute_loss(table),
        lambda: net.accuracy(),
        lambda: net.hessian().sum(),
        lambda: net.objective()[0],
        lambda: net.confusion_matrix().to_numpy().sum(),
        lambda: net.feedforward().output.sum(),
        lambda: net.layers(table)[-1].dW.sum(),
        lambda: net.clone().train(2, **QUIET).compute_loss(),
    ]
    expected = [ask() for ask in asks]
    found = run_together([lambda ask=ask: [ask() for _ in range(8)] for ask in asks])
    for each, value in zip(found, expected, strict=True):
        assert isinstance(each, list), each
        np.testing.assert_allclose(each, value, rtol=1e-10)


@pytest.mark.parametrize("restarts", [1, 3])
def test_prediction_while_another_thread_trains_uses_a_consistent_state(restarts):
    net, table, known = make_net(), make_table(), {}
    options = {"optimizer": "rprop", "restarts": restarts, **QUIET}
    first = net.predict(table, type="probs").to_numpy()
    twin = make_net().train(
        120, callback=lambda each, i: known.setdefault(each.theta.tobytes(), each.theta), **options
    )
    states = np.stack(
        [first] + [compute_means(twin.clone()._model, theta, table) for theta in known.values()]
    )
    done, faults, seen = threading.Event(), [], set()

    def watch():
        while not done.is_set():
            found = net.predict(table, type="probs").to_numpy()
            near = np.abs(states - found).max(axis=(1, 2))
            if near.min() > 1e-12:
                faults.append(near.min())
            seen.add(int(near.argmin()))
            rows = net.history
            if not (np.isfinite(rows["loss"]).all() and len(rows) <= 120):
                faults.append(rows)

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        # Checked at every step, since a callback commits each of them.
        net.train(120, callback=lambda each, i: None, **options)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert faults == [] and seen
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_two_trainings_at_the_same_moment_are_one_training_and_one_error():
    start, twin = make_net(), make_net().train(3, 0.01, **QUIET)
    for _ in range(200):
        net, over = start.clone(), threading.Event()

        def hold(each, number, over=over):
            # Continue until the other call has been rejected, so that both are sure to overlap.
            over.wait(10)

        def train(net=net, hold=hold, over=over):
            try:
                return net.train(3, 0.01, callback=hold, **QUIET)
            except RuntimeError as error:
                over.set()
                return error

        found = run_together([train, train])
        errors = [each for each in found if each is not net]
        assert len(errors) == 1, found
        assert "being trained just now" in str(errors[0])
        assert net.theta.tobytes() == twin.theta.tobytes()
        assert len(net.history) == 3


def test_weights_cannot_be_set_while_another_thread_trains():
    net, inside, over = make_net(), threading.Event(), threading.Event()

    def hold(each, number):
        inside.set()
        over.wait(10)

    thread = threading.Thread(target=lambda: net.train(2, 0.01, callback=hold, **QUIET))
    thread.start()
    inside.wait(10)
    try:
        with pytest.raises(RuntimeError, match="being trained just now"):
            net.theta = np.zeros(net.theta.size)
        with pytest.raises(RuntimeError, match="being trained just now"):
            net.backpropagate()
    finally:
        over.set()
        thread.join()
    assert net.theta.tobytes() == make_net().train(2, 0.01, **QUIET).theta.tobytes()


def test_networks_train_in_parallel_threads():
    """Each network has its own buffers and error handling."""
    families = ["softmax", "binomial", "gaussian", "poisson"] * 2
    options = {"learn_rate": 1e-3, **QUIET}
    expected = [make_net(family).train(60, **options).theta.tobytes() for family in families]
    nets = [make_net(family) for family in families]
    found = run_together([lambda net=net: net.train(60, **options) for net in nets])
    assert [each.theta.tobytes() for each in found] == expected
