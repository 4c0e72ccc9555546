"""Mini-batch updates: one step on each batch of the shuffled rows, in whole epochs."""

import re

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Adam, GradientDescent
from neuralnet.optimizers.schedules import Constant

QUIET = {"trace": 0, "tolerance": None}
TABLE = make_table()


def deal_by_hand(rng, n, size):
    order = rng.permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]


@case_by_case("size", [1, 7, 12, 35, 36, 50])
@case_by_case("weighted", [False, True])
def test_epochs_of_least_squares_by_hand(size, weighted):
    """Penalties are scaled by the share of the weight; batches of 7 of 36 rows leave one over."""
    w = np.resize([1.0, 2.0, 0.5], 36) if weighted else np.ones(36)
    first = np.linspace(-0.4, 0.5, 5)[:, None]
    net = NeuralNetwork(
        "cost ~ x1 + x2 + kind",
        TABLE,
        0,
        decay=(0.3,),
        weights=w if weighted else None,
        init=lambda rng, shape: first,
        seed=8,
    )
    watched = []

    class Watching(Constant):
        def step(self, t, loss):
            watched.append(loss)
            return t + 1

    net.train(3, Watching(0.01), batch_size=size, **QUIET)
    rng, W, X, y = np.random.default_rng(8), first, net.X, TABLE[["cost"]].to_numpy()
    losses, penalties = [], []
    for _ in range(3):
        losses.append(0.0)
        penalties.append(0.0)
        for rows in deal_by_hand(rng, 36, size):
            delta = w[rows, None] * (X[rows] @ W - y[rows])
            losses[-1] += 0.5 * float((delta * (X[rows] @ W - y[rows])).sum())
            share = w[rows].sum() / w.sum()
            penalties[-1] += share * 0.3 * float((W**2).sum())
            W = W - 0.01 * (X[rows].T @ delta + share * 2 * 0.3 * W)
    np.testing.assert_allclose(net.W1, W, rtol=1e-12)
    np.testing.assert_allclose(net.history["loss"], losses, rtol=1e-12)
    # Schedules and rules use the penalized loss.
    np.testing.assert_allclose(watched, np.add(losses, penalties), rtol=1e-12)


@case_by_case("options", [{}, {"class_weight": "balanced"}, {"scale": True}])
@case_by_case("optimizer", ["momentum", "nesterov", "adam"])
def test_epochs_are_optimizer_steps_on_slices(optimizer, options):
    net = make_net(decay=0.1, mixture=0.3, **options)
    record = {"momentum": "Momentum", "nesterov": "Nesterov", "adam": "Adam"}[optimizer]
    step = getattr(__import__("neuralnet.optimizers", fromlist=[record]), record)(0.004)
    whole, state = net._model.objective, net._fit.state
    rng = np.random.default_rng(1)
    rng.bit_generator.state = state.generator_state
    phi = whole.scaling.from_raw(state.theta)
    memory = step.init(phi)
    w = whole.batch.w
    w = np.ones(36) if w is None else w
    for _ in range(2):
        for rows in deal_by_hand(rng, 36, 10):
            part = whole.pick(rows, w[rows].sum() / w.sum())
            phi, memory, _ = step.step(part, phi, memory)
    net.train(2, 0.004, batch_size=10, optimizer=optimizer, **QUIET)
    np.testing.assert_allclose(net.theta, whole.scaling.to_raw(phi), rtol=1e-10)
    assert net._fit.state.generator_state == rng.bit_generator.state


def test_all_rows_in_one_batch_are_the_same_up_to_rounding():
    nets = [make_net(decay=0.1).train(5, batch_size=size, **QUIET) for size in (None, 36, 1000)]
    assert nets[1].theta.tobytes() == nets[2].theta.tobytes()
    np.testing.assert_allclose(nets[0].theta, nets[1].theta, rtol=1e-12)
    np.testing.assert_allclose(nets[0].history["loss"], nets[1].history["loss"], rtol=1e-12)


def test_rows_are_shuffled_by_the_generator_of_the_network():
    before = np.random.get_state()[1].tobytes()
    seen = []

    class Watching(GradientDescent):
        def step(self, objective, theta, state):
            seen.append(objective.batch.X)
            return super().step(objective, theta, state)

    net = make_net("gaussian")
    net.train(2, optimizer=Watching(0.001), batch_size=10, **QUIET)
    assert np.random.get_state()[1].tobytes() == before
    assert [len(X) for X in seen] == [10, 10, 10, 6] * 2
    epochs = np.vstack(seen[:4]), np.vstack(seen[4:])
    assert not np.array_equal(*epochs)
    for epoch in epochs:
        assert sorted(map(tuple, epoch)) == sorted(map(tuple, net.X))
    assert len(net.history) == 2


class Quitting(Adam):
    """Adam that fails in the second batch of the third epoch."""

    fault = KeyboardInterrupt

    def step(self, objective, theta, state):
        if state.steps == 9:
            raise self.fault
        return super().step(objective, theta, state)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError])
def test_interrupted_epoch_leaves_the_last_complete_one(fault):
    options = {"batch_size": 10, "validation": 0.1, **QUIET}
    quitting = type("Quitting", (Quitting,), {"fault": fault})
    net, twin = make_net(), make_net().train(2, optimizer="adam", **options)
    thetas = []
    with pytest.raises(fault):
        net.train(
            10,
            optimizer=quitting(),
            callback=lambda each, _: thetas.append(each.theta),
            **options,
        )
    assert net.theta.tobytes() == thetas[1].tobytes()
    assert len(net.history) == 2 and len(thetas) == 2
    reported = "Interrupted" if fault is KeyboardInterrupt else "ZeroDivisionError ended training"
    assert net.message.startswith(f"{reported} after iteration 2.")
    assert net.history.equals(twin.history)
    # The order of the rows continues as without the interrupt.
    assert net._fit.state.generator_state == twin._fit.state.generator_state


def test_batch_with_a_non_finite_loss_leaves_the_last_complete_epoch():
    """The loss at the start of that pass was finite: the remedy is a smaller rate."""
    net, twin = make_net("gaussian", 0), make_net("gaussian", 0)
    with pytest.warns(UserWarning, match="infinite at iteration 1; .* weights of iteration 0,"):
        net.train(5, 1e200, batch_size=6, trace=0)
    assert "learn_rate well below 1e+200" in net.message
    assert net.theta.tobytes() == twin.theta.tobytes() and net.history.empty
    with pytest.warns(UserWarning, match="learn_rate well below 1e\\+300, "):
        net.clone().train(5, lambda t: [1e-9, 1e300][t - 1], batch_size=6, trace=0)
    with pytest.warns(UserWarning, match="infinite at iteration") as caught:
        net.train(5000, 5.0, batch_size=6, trace=0)
    broken, kept = map(int, re.findall(r"iteration (\d+)", str(caught[0].message)))
    assert kept == len(net.history) == 0 < broken
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_start_without_a_finite_loss_is_reported_with_mini_batches_too():
    net = make_net("poisson", 0)
    net.theta = np.full(5, 1e5)
    with pytest.warns(UserWarning, match="infinite where training starts; nothing is changed"):
        net.train(5, batch_size=6, trace=0)
    assert net.history.empty and (net.theta == 1e5).all()
