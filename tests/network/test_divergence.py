"""Failing training: interrupts, divergence, and warnings that point to the user's line."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest
from networks import OPTIMIZERS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.optimizers.gradient_descent import FirstOrder, GradientDescent
from neuralnet.optimizers.schedules import FunctionSchedule
from neuralnet.training.intercept_comparison import assess

QUIET = {"trace": 0, "tolerance": None}


@dataclass(frozen=True)
class Leap(FirstOrder):
    """Plain steps, then one to where `end` is given, or an interrupt."""

    after: int
    end: float | None = None

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        if state < self.after:
            moved, _, value = GradientDescent(0.01).step(objective, theta, None)
            return moved, state + 1, value
        if self.end is None:
            raise KeyboardInterrupt
        value, _ = objective(theta)
        return np.full_like(theta, self.end), state + 1, value


def test_interrupt_leaves_a_consistent_network():
    net, twin = make_net(), make_net()
    with pytest.raises(KeyboardInterrupt):
        net.train(10, optimizer=Leap(4), **QUIET)
    twin.train(4, 0.01, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert len(net.history) == 4
    assert (net.message, net.converged) == ("Interrupted after iteration 4.", False)
    assert net.train(2, 0.01, **QUIET).theta.tobytes() == twin.train(2, **QUIET).theta.tobytes()
    assert net.history["iteration"].tolist() == [1, 2, 3, 4, 5, 6]


def test_infinite_loss_stops_training_with_a_warning():
    net = make_net("gaussian", 0)
    start = net.theta.tobytes()
    with pytest.warns(UserWarning, match=r"infinite at iteration \d+") as caught:
        net.train(5000, learn_rate=5.0, trace=0)
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message) == net.message
    broken, kept = map(int, re.findall(r"iteration (\d+)", net.message))
    # The loss increases from the first step on.
    assert kept == len(net.history) == 0 and broken > 10
    assert net.theta.tobytes() == start
    assert "learn_rate well below 5" in net.message
    assert "scale=True" in net.message
    assert net.converged is False
    before = net.compute_loss()
    assert net.train(50, learn_rate=0.01, trace=0).compute_loss() < before
    assert net.history["iteration"].tolist() == list(range(1, 51))


def test_divergence_on_raw_counts_leaves_a_trainable_network():
    """The loss diverges on unscaled columns, and a much smaller rate continues from there."""
    table = make_table()
    table["size"] = 50 + 10 * table["x1"]
    net = NeuralNetwork("count ~ size", table, hidden=0, family="poisson", seed=1)
    start = net.compute_loss()
    with pytest.warns(UserWarning, match="infinite at iteration 3; .* weights of iteration 0, wh"):
        net.train(100, learn_rate=0.02, trace=0)
    assert net.compute_loss() == start
    assert net.train(20, learn_rate=1e-6, trace=0).compute_loss() < 0.9 * start
    assert net.history["iteration"].tolist() == list(range(1, 21))
    assert np.isfinite(net.history["loss"]).all()


def test_loss_that_is_nan_is_reported_as_such():
    net, twin = make_net("softmax", 0), make_net("softmax", 0)
    with pytest.warns(UserWarning, match="not a number at iteration 4; .* weights of iteration 2,"):
        net.train(10, optimizer=Leap(2, end=1e308), **QUIET)
    assert net.theta.tobytes() == twin.train(2, 0.01, **QUIET).theta.tobytes()
    assert "learn_rate" not in net.message


def make_slope(engine, decay=0.0):
    """Least squares, started near its optimum along the steepest direction only, and a rate.

    The rate is 2.2 over the largest eigenvalue of the Hessian: each step multiplies the error along
    the steepest direction by -1.2, and reduces all others.
    """
    net = make_net("gaussian", 0, engine=engine, decay=decay)
    eigenvalues, V = np.linalg.eigh(net.hessian())
    optimum = np.linalg.solve(net.hessian(), -net.objective(np.zeros_like(net.theta))[1])
    net.theta = optimum + V @ np.append(np.ones(len(V) - 1), 1e-3)
    return net, 2.2 / eigenvalues[-1]


def find_lowest(net, iterations, **options):
    """Iteration and weights of the lowest penalized loss, evaluated at each of n iterations."""
    twin, met = net.clone(), [net.theta]
    twin.train(iterations, callback=lambda each, _: met.append(each.theta), **options)
    values = [net.objective(theta)[0] for theta in met]
    lowest = int(np.argmin(values))
    assert 0 < lowest < iterations and values[-1] > 2.0 * values[lowest]
    return lowest, met[lowest]


@pytest.mark.parametrize(
    "engine",
    ["numpy", pytest.param("compiled", marks=pytest.mark.xdist_group("machine code"))],
)
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize(
    ("optimizer", "tolerance"), [("gradient_descent", None), ("momentum", 1e-9)]
)
def test_divergence_leaves_the_network_of_the_lowest_loss(engine, decay, optimizer, tolerance):
    """As if training had ended there: weights, history, and later training."""
    net, rate = make_slope(engine, decay)
    # With a momentum of 0.9, rates up to 1.9 times as large are stable.
    rate *= 1.9 if optimizer == "momentum" else 1.0
    options = {"optimizer": optimizer, "learn_rate": rate, "tolerance": tolerance, "trace": 0}
    lowest, theta = find_lowest(net, 90, **options)
    twin = net.clone().train(lowest, **options)
    assert twin.theta.tobytes() == theta.tobytes()
    for watching in ({}, {"trace": 7}, {"callback": lambda each, _: None}):
        broken = net.clone()
        with pytest.warns(UserWarning, match=f"back at the weights of iteration {lowest}, where"):
            broken.train(20_000, **options | watching)
        assert broken.theta.tobytes() == theta.tobytes()
        assert broken.history["loss"].tolist() == twin.history["loss"].tolist()
        slower = options | {"learn_rate": 0.1 * rate}
        after = broken.train(50, **slower).theta
        assert after.tobytes() == twin.clone().train(50, **slower).theta.tobytes()
        assert broken.history["iteration"].tolist() == list(range(1, lowest + 51))


def test_divergence_with_mini_batches_goes_back_to_the_best_pass():
    """The loss of a pass is that of its batches, and belongs to the weights before it."""
    net, rate = make_slope("numpy")
    options = {"learn_rate": 2.0 * rate, "batch_size": 20, **QUIET}
    longer = net.clone().train(60, **options)
    lowest = int(longer.history["loss"].argmin())
    assert 0 < lowest < 40
    twin = net.clone().train(lowest, **options)
    with pytest.warns(UserWarning, match=f"back at the weights of iteration {lowest}, where"):
        net.train(20_000, **options)
    assert net.theta.tobytes() == twin.theta.tobytes() and len(net.history) == lowest
    ahead = [each.train(2, 1e-3, batch_size=20, **QUIET).theta.tobytes() for each in (net, twin)]
    assert ahead[0] == ahead[1]


def test_lowest_loss_includes_the_penalty():
    """Such a strong penalty makes the weights smaller, and the unpenalized loss larger."""
    net = make_net("gaussian", 0, decay=1e4)
    net.theta = np.linalg.solve(*make_normal_equations(net))
    rates = FunctionSchedule(lambda t: 1e-5 if t <= 4 else 1.0)
    with pytest.warns(UserWarning, match="back at the weights of iteration 4, where"):
        net.train(5000, rates, **QUIET)
    assert net.history["loss"].is_monotonic_increasing and len(net.history) == 4


def make_normal_equations(net):
    return net.X.T @ net.X, net.X.T @ net.Y.to_numpy()


# newton and lbfgs reduce the loss from such a start: see test_convergence.py.
@pytest.mark.parametrize("optimizer", [o for o in OPTIMIZERS if o not in ("newton", "lbfgs")])
def test_start_without_a_finite_loss_is_reported_and_kept(optimizer):
    net = make_net("poisson", 0)
    net.theta = np.full(5, 1e5)
    with pytest.warns(UserWarning, match="infinite where training starts"):
        net.train(10, optimizer=optimizer, trace=0)
    assert net.history.empty
    assert (net.theta == 1e5).all()


def test_diverging_manual_step_is_reported():
    net = make_net("poisson", 0)
    before = net.theta.tobytes()
    with pytest.warns(
        UserWarning, match="infinite at iteration 2; .* weights of iteration 0,"
    ) as caught:
        net.backpropagate(1e5)
    assert caught[0].filename == __file__
    assert net.theta.tobytes() == before
    assert "infinite" in net.message


def test_training_without_improvement_is_reported(iris):
    """The loss of an intercept alone is 150 log(3)."""
    net = NeuralNetwork("Species ~ .", iris, seed=1)
    net.train(99, learn_rate=1e-7, trace=0)
    with pytest.warns(UserWarning, match="not 1 % below the 164.79 that") as caught:
        net.train(1, learn_rate=1e-7, trace=0)
    assert f"{150 * np.log(3):.5g}" == "164.79"
    assert caught[0].filename == __file__
    assert "Likely cause: learn_rate=1e-07 is too low (pass learn_rate=" in str(caught[0].message)
    net.train(300, learn_rate=0.001, trace=0)
    assert net.compute_loss() < 0.99 * 150 * np.log(3)


def test_advice_begins_at_one_percent():
    judge = partial(assess, start=200.0, baseline=100.0, has_rate=True)
    assert judge(98.99) == ""
    assert "not 1 % below the 100" in judge(99.01)


def test_training_that_increases_the_loss_is_reported(iris):
    """The loss of an intercept alone is half the sum of squares around the mean."""
    net = NeuralNetwork("Sepal.Length ~ Petal.Width", iris, seed=1)
    with pytest.warns(UserWarning, match="the loss rose") as caught:
        net.train(100, learn_rate=0.02, trace=0)
    message = str(caught[0].message)
    assert f"not 1 % below the {0.5 * 149 * iris['Sepal.Length'].var():.5g} that" in message
    assert "learn_rate=0.02 is too high, as in 99 of the last 99 updates the loss rose" in message
    with pytest.warns(UserWarning, match="saturated or dead.*restarts=10"):
        net.train(1, optimizer="rprop", trace=0)


def test_dropped_rows_are_reported_once_at_the_users_line(iris):
    iris.loc[[3, 77], "Petal.Width"] = np.nan
    iris.loc[[3, 80, 81, 82, 83], "Species"] = pd.NA
    with pytest.warns(UserWarning) as caught:
        net = NeuralNetwork("Species ~ .", iris, seed=1)
    assert [str(warning.message)[:19] for warning in caught] == ["6 of 150 rows dropp"]
    assert caught[0].filename == __file__
    assert net.nobs == len(net.Y) == len(net.X) == 144
    net.train(3, trace=0).predict()
    assert take_snapshot(net)
