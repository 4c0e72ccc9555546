"""Ownership of data and messages, and the state after a failed call."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork, load_hotdogs
from neuralnet.optimizers import GradientDescent


def test_later_changes_of_the_data_do_not_reach_the_network():
    table = pd.DataFrame({"y": list("abab"), "x": [1.0, 2.0, 3.0, 5.0], "w": [1.0, 2.0, 1.0, 1.0]})
    net = NeuralNetwork("y ~ x", table, 2, weights="w", seed=1)
    loss, X, labels = net.compute_loss(), net.X.copy(), net.Y.tolist()
    table.loc[0, ["x", "w"]] = 1000.0
    table.loc[0, "y"] = "b"
    assert net.compute_loss() == loss
    assert np.array_equal(net.X, X)
    assert net.Y.tolist() == labels


def test_row_of_weight_0_does_not_influence_training():
    table = pd.DataFrame(
        {"y": list("ababq"), "x": [1.0, 2.0, 3.0, 5.0, 90.0], "w": [1, 1, 1, 1, np.nan]}
    )
    with pytest.warns(UserWarning, match="^1 of 5 rows dropped"):
        net = NeuralNetwork("y ~ standardize(x)", table, 2, weights="w", seed=1)
    without = NeuralNetwork("y ~ standardize(x)", table[:4], 2, weights="w", seed=1)
    assert net.classes == ["a", "b"]
    assert np.array_equal(net.X, without.X)


def test_call_that_fails_at_once_leaves_the_message():
    class Broken(GradientDescent):
        def init(self, theta):
            raise ValueError("no start")

    net = NeuralNetwork("class ~ x1", load_hotdogs(), 0, family="binomial", seed=1)
    net.train(200, optimizer="newton", trace=0)
    message = net.message
    with pytest.raises(ValueError, match="no start"):
        net.train(3, optimizer=Broken(), trace=0)
    assert (net.message, net.converged) == (message, True)
    assert net.train(0, optimizer="newton", trace=0).converged


@pytest.mark.parametrize("missing", ["init", "step", "check_convergence", "needs_curvature"])
def test_optimizer_must_have_all_methods(missing):
    parts = {"init": None, "step": None, "check_convergence": None, "needs_curvature": False}
    del parts[missing]
    net = NeuralNetwork("class ~ x1", load_hotdogs(), 0, family="binomial", seed=1)
    with pytest.raises(TypeError, match=f"an object with .*{missing}"):
        net.train(1, optimizer=SimpleNamespace(**parts))


def test_overflowing_means_are_infinite_without_a_warning():
    table = pd.DataFrame({"y": [0.0, 3.0, 40.0], "x": [1.0, 2.0, 3.0]})
    net = NeuralNetwork("y ~ x", table, 0, family="poisson", seed=1)
    net.theta = [0.0, 1000.0]
    assert np.isinf(net.predict(type="response")).all()
    assert np.isinf(net.fit()).all() and np.isinf(net.layers()[0].h).all()
    assert net.compute_loss() == np.inf


def test_bad_count_is_named_by_its_row():
    table = pd.DataFrame({"y": [np.nan, 1.0, -3.0], "x": [1.0, 2.0, 3.0]}, index=["i", "j", "k"])
    with (
        pytest.warns(UserWarning, match="1 of 3 rows dropped"),
        pytest.raises(ValueError, match="row k has -3"),
    ):
        NeuralNetwork("y ~ x", table, 0, family="poisson")
