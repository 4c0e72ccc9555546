"""Losses that are hardly better than that of an intercept alone."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import OPTIMIZERS

from neuralnet import NeuralNetwork
from neuralnet.training.intercept_comparison import assess

QUIET = {"trace": 0, "tolerance": None}
RNG = np.random.default_rng(3)


@case_by_case(
    ("loss", "begun", "baseline", "expected"),
    [
        (98.9, 120.0, 100.0, None),
        (98.9, 90.0, 100.0, None),
        (0.0, 0.0, 0.0, None),
        (99.1, 120.0, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (99.1, 99.1, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (199.0, 220.0, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (200.0, 120.0, 100.0, "it rose, from 120. Start again with {}"),
        (201.0, 220.0, 100.0, "it is far above. Start again with {}"),
    ],
)
@case_by_case(
    ("rated", "advice"),
    [
        (True, {"hardly": "another learn_rate, ", "it": "a smaller learn_rate"}),
        (False, {"hardly": "", "it": "another optimizer"}),
    ],
)
def test_loss_hardly_better_than_an_intercept_is_reported(
    loss, begun, baseline, expected, rated, advice
):
    words = assess(loss, begun, baseline, rated)
    if expected is None:
        assert words == ""
    else:
        assert f"at loss {loss:g}, not 1 % below the {baseline:g} that" in words
        assert expected.format(advice[expected.split()[0]]) in words


@case_by_case("optimizer", OPTIMIZERS)
def test_advice_names_a_rate_only_where_there_is_one(optimizer):
    """The response is unpredictable."""
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": np.repeat([0.0, 1.0], 20)})
    net = NeuralNetwork("y ~ x", table, 1, family="gaussian", seed=1, init="glorot", scale=True)
    with pytest.warns(UserWarning, match="not 1 % below the 5 that") as caught:
        net.train(100, optimizer=optimizer, **QUIET)
    rated = optimizer in ("gradient_descent", "momentum", "nesterov", "adam")
    assert ("learn_rate" in str(caught[0].message)) == rated
    assert caught[0].filename == __file__


def test_class_weights_count_in_what_an_intercept_alone_reaches():
    """With balanced class weights it is log(2) per row, however rare a class is."""
    x = RNG.normal(size=400)
    table = pd.DataFrame({"x": x, "y": RNG.random(400) < 1 / (1 + np.exp(3.0 - x))})
    net = NeuralNetwork("y ~ x", table, 0, family="binomial", class_weight="balanced", seed=1)
    assert net._model.baseline == pytest.approx(400 * np.log(2), rel=1e-12)
    net.train(300, 1e-3, **QUIET)
    assert net.compute_loss() < 0.99 * 400 * np.log(2)
