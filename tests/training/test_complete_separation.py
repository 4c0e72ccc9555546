"""Complete separation of the classes, without a hidden layer."""

import warnings

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.training.separation import is_separated

QUIET = {"trace": 0, "tolerance": None}


def make_separable(**options):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 3, "y": list("aabb") * 3})
    options = {"hidden": 0, "family": "binomial", "seed": 1} | options
    hidden = options.pop("hidden")
    return NeuralNetwork("y ~ x", table, hidden, **options)


def is_separated_at(net, theta):
    net.theta = theta
    return is_separated(net._model, net.theta)


def test_separation_is_every_row_right_at_almost_no_loss():
    steep = [-250.0, 100.0]
    assert is_separated_at(make_separable(), steep)
    assert not is_separated_at(make_separable(), [-2.5, 1.0])  # all right, but not certain
    assert not is_separated_at(make_separable(), [-350.0, 100.0])  # certain, but wrong
    assert not is_separated_at(make_separable(decay=1e-9), steep)
    assert is_separated_at(make_separable(family="softmax"), [125.0, -125.0, -50.0, 50.0])
    deep = make_separable(hidden=1)
    assert not is_separated_at(deep, [-250.0, 100.0, -250.0, 500.0])
    numbers = NeuralNetwork("y ~ x", {"x": [1.0, 2.0, 4.0], "y": [0.5, 1.0, 2.0]}, 0)
    assert not is_separated_at(numbers, [0.0, 0.5])


@pytest.mark.parametrize("scale", [False, True])
def test_weights_that_no_penalty_holds_may_separate(scale):
    """Only unpenalized weights can diverge; an intercept or an uninformative term does not."""
    steep = [-250.0, 100.0]
    free = {"decay": 1e-9, "penalize_bias": False, "scale": scale}
    assert not is_separated_at(make_separable(**free), steep)
    assert is_separated_at(make_separable(**free, penalty_factor={"x": 0}), steep)
    table = make_separable().X[:, 1]
    table = pd.DataFrame({"x": table, "z": np.resize([0.0, 1.0], 12), "y": list("aabb") * 3})
    for term, told in [("x", True), ("z", False)]:
        options = {**free, "penalty_factor": {term: 0}, "family": "binomial"}
        net = NeuralNetwork("y ~ x + z", table, 0, **options)
        assert is_separated_at(net, [*steep, 0.1]) == told


def test_row_that_is_wrong_is_no_separation_however_little_it_weighs():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 2.4], "y": list("aabbb")})
    w = np.array([1e6, 1e6, 1e6, 1e6, 1e-3])
    net = NeuralNetwork("y ~ x", table, 0, family="binomial", weights=w, seed=1)
    assert not is_separated_at(net, [-250.0, 100.0])
    assert net.compute_loss() < 1e-3 * net._model.baseline
    assert is_separated_at(net, [-235.0, 100.0])


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs", "rprop"])
def test_separation_is_reported_with_a_remedy(optimizer):
    net = make_separable()
    with pytest.warns(UserWarning, match="separated without error.*decay=1e-3") as caught:
        net.train(500, optimizer=optimizer, **QUIET)
    assert [warning.filename for warning in caught] == [__file__]
    told = (
        "The classes can be separated without error, so that the weights grow without end: some "
        "decay, such as decay=1e-3, keeps them finite."
    )
    assert str(caught[0].message) == told and net.message.endswith(told)
    assert not net.converged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_separable(decay=1e-3).train(500, optimizer=optimizer, **QUIET)
