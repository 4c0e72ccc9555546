"""Training that goes wrong: interrupts, losses that explode, and warnings on the user's line."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest
from networks import OPTIMIZERS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.diagnosis import assess
from neuralnet.optimizers import FirstOrder, GradientDescent

QUIET = {"trace": 0, "tolerance": None}


@dataclass(frozen=True)
class Leap(FirstOrder):
    """Plain steps, then one to where `end` says, or an interrupt."""

    after: int
    end: float | None = None

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        if state < self.after:
            return GradientDescent(0.01).step(objective, theta, None)[0], state + 1, 1.0
        if self.end is None:
            raise KeyboardInterrupt
        value, _ = objective(theta)
        return np.full_like(theta, self.end), state + 1, value


def test_interrupt_leaves_a_network_that_is_whole():
    net, twin = make_net(), make_net()
    with pytest.raises(KeyboardInterrupt):
        net.train(10, optimizer=Leap(4), **QUIET)
    twin.train(4, 0.01, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert len(net.history) == 4
    assert (net.message, net.converged) == ("Interrupted after iteration 4.", False)
    assert net.train(2, 0.01, **QUIET).theta.tobytes() == twin.train(2, **QUIET).theta.tobytes()
    assert net.history["iteration"].tolist() == [1, 2, 3, 4, 5, 6]


def test_loss_that_becomes_infinite_stops_training_and_is_told():
    net = make_net("gaussian", 0)
    with pytest.warns(UserWarning, match=r"infinite at iteration \d+") as caught:
        net.train(5000, learn_rate=5.0, trace=0)
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message) == net.message
    broken, kept = map(int, re.findall(r"iteration (\d+)", net.message))
    assert kept == len(net.history) == broken - 2
    assert "learn_rate well below 5" in net.message
    assert "scale=True" in net.message
    assert net.converged is False
    loss = net.compute_loss()
    assert np.isfinite(loss)
    assert np.isfinite(net.theta).all()
    # The next weights would have had no finite loss: one more step shows it.
    with pytest.warns(UserWarning, match="infinite"):
        net.clone().train(1, learn_rate=5.0, trace=0)
    net.theta = make_net("gaussian", 0).theta
    before = net.compute_loss()
    assert net.train(50, learn_rate=0.01, trace=0).compute_loss() < before
    assert net.history["iteration"].tolist() == list(range(1, kept + 51))


def test_beginners_first_experience_of_counts():
    """The loss explodes on raw columns, and a much smaller rate goes on from there."""
    table = make_table()
    table["size"] = 50 + 10 * table["x1"]
    net = NeuralNetwork("count ~ size", table, hidden=0, family="poisson", seed=1)
    with pytest.warns(UserWarning, match="infinite at iteration 3; .* iteration 1 are kept"):
        net.train(100, learn_rate=0.02, trace=0)
    broken = net.compute_loss()
    assert np.isfinite(broken)
    assert net.train(20, learn_rate=1e-8, trace=0).compute_loss() < broken
    assert net.history["iteration"].tolist() == list(range(1, 22))
    assert np.isfinite(net.history["loss"]).all()


def test_loss_that_is_not_a_number_is_told_as_such():
    net, twin = make_net("softmax", 0), make_net("softmax", 0)
    with pytest.warns(UserWarning, match=r"not a number at iteration 4; .* iteration 2 are kept"):
        net.train(10, optimizer=Leap(2, end=1e308), **QUIET)
    assert net.theta.tobytes() == twin.train(2, 0.01, **QUIET).theta.tobytes()
    assert "learn_rate" not in net.message


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_start_without_a_finite_loss_is_told_and_kept(optimizer):
    net = make_net("poisson", 0)
    net.theta = np.full(5, 1e5)
    with pytest.warns(UserWarning, match="infinite where training starts"):
        net.train(10, optimizer=optimizer, trace=0)
    assert net.history.empty
    assert (net.theta == 1e5).all()


def test_diverging_step_by_hand_is_told():
    net = make_net("poisson", 0)
    before = net.theta.tobytes()
    with pytest.warns(
        UserWarning, match="infinite at iteration 2; .* iteration 0 are kept"
    ) as caught:
        net.backpropagate(1e5)
    assert caught[0].filename == __file__
    assert net.theta.tobytes() == before
    assert "infinite" in net.message


def test_training_that_comes_to_nothing_is_told(iris):
    """An intercept alone reaches 150 log(3)."""
    net = NeuralNetwork("Species ~ .", iris, seed=1)
    net.train(99, learn_rate=1e-7, trace=0)
    with pytest.warns(UserWarning, match="not 1 % below the 164.79 that") as caught:
        net.train(1, learn_rate=1e-7, trace=0)
    assert f"{150 * np.log(3):.5g}" == "164.79"
    assert caught[0].filename == __file__
    assert "another learn_rate, more iterations, another seed" in str(caught[0].message)
    net.train(300, learn_rate=0.001, trace=0)
    assert net.compute_loss() < 0.99 * 150 * np.log(3)


def test_advice_begins_at_one_percent():
    judge = partial(assess, start=200.0, baseline=100.0, rated=True)
    assert judge(98.99) == ""
    assert "not 1 % below the 100" in judge(99.01)


def test_training_that_makes_it_worse_is_told(iris):
    """An intercept alone reaches half the sum of squares around the mean."""
    net = NeuralNetwork("Sepal.Length ~ Petal.Width", iris, seed=1)
    start = net.compute_loss()
    with pytest.warns(UserWarning, match="it rose") as caught:
        net.train(100, learn_rate=0.02, trace=0)
    message = str(caught[0].message)
    assert f"not 1 % below the {0.5 * 149 * iris['Sepal.Length'].var():.5g} that" in message
    assert f"rose, from {start:.5g}. Start again with a smaller learn_rate" in message
    with pytest.warns(UserWarning, match="Start again with another optimizer"):
        net.train(1, optimizer="rprop", trace=0)


def test_dropped_rows_are_told_once_and_where(iris):
    iris.loc[[3, 77], "Petal.Width"] = np.nan
    iris.loc[[3, 80, 81, 82, 83], "Species"] = pd.NA
    with pytest.warns(UserWarning) as caught:
        net = NeuralNetwork("Species ~ .", iris, seed=1)
    assert [str(warning.message)[:19] for warning in caught] == ["6 of 150 rows dropp"]
    assert caught[0].filename == __file__
    assert net.nobs == len(net.Y) == len(net.X) == 144
    net.train(3, trace=0).predict()
    assert take_snapshot(net)
