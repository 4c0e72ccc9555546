"""Standardized weights: by algebra, independent of units, and of the same function."""

import numpy as np
import pytest
from loops import case_by_case
from matplotlib.figure import Figure
from networks import make_table

from neuralnet import NeuralNetwork
from neuralnet.model.standardized_weights import standardize_weights


def standardize(net):
    model = net._model
    w, intercept = model.batch.w, model.design.terms.intercept
    return standardize_weights(model.perceptron, net.theta, net.X, w, intercept)


def make_wide(n=30_000):
    """More rows than fit in one block."""
    rng = np.random.default_rng(3)
    return {"a": rng.normal(3.0, 2.0, n), "b": rng.normal(-50.0, 9.0, n), "y": rng.normal(size=n)}


@case_by_case("weights", [None, "w"])
@case_by_case("skip", [False, True])
@case_by_case("hidden", [4, [4, 3]])
def test_they_are_the_same_function_of_standardized_inputs(hidden, skip, weights):
    table = make_wide()
    table["w"] = np.random.default_rng(4).integers(0, 3, len(table["y"])).astype(float)
    net = NeuralNetwork("y ~ a + b", table, hidden, skip=skip, init=0.3, seed=1, weights=weights)
    w = table["w"] if weights else None

    def bring(values):
        center = np.average(values, axis=0, weights=w)
        spread = np.sqrt(np.average((values - center) ** 2, axis=0, weights=w))
        return (values - center) / spread

    ones = np.ones((len(net.X), 1))
    standard = bring(net.X[:, 1:])
    matrices = standardize(net)
    inputs = np.hstack([ones, standard])
    for W, layer in zip(matrices, net.layers(), strict=True):
        if skip and W is matrices[-1]:
            inputs = np.hstack([inputs, standard])
        np.testing.assert_allclose(inputs @ W, layer.z, rtol=1e-9, atol=1e-10)
        inputs = np.hstack([ones, bring(layer.h)])


def test_without_an_intercept_inputs_are_scaled_and_not_centered():
    net = NeuralNetwork("y ~ a + b - 1", make_wide(), 3, init=0.3, seed=1)
    np.testing.assert_allclose(standardize(net)[0], net.W1 * net.X.std(axis=0)[:, None], rtol=1e-12)


def measure_lines(net):
    ax = net.plot_network(ax=Figure().add_subplot())
    return [(line.get_linewidth(), line.get_linestyle()) for line in ax.lines]


@pytest.mark.parametrize("scale", [False, True])
def test_units_of_a_column_do_not_change_the_picture(scale):
    table = make_table()
    net = NeuralNetwork("cost ~ x1 + x2 + kind", table, 3, init=0.5, seed=1, scale=scale)
    # x1 in thousandths, with a shifted zero: w x + b = (w / 1000) z - (w / 1000) (zero) + b.
    other = table.assign(x1=1000 * table["x1"] + 700)
    twin = NeuralNetwork("cost ~ x1 + x2 + kind", other, 3, seed=2, scale=scale)
    row, W = net.x_names.index("x1"), net.W1.copy()
    W[row] /= 1000
    W[0] -= 700 * W[row]
    twin.W1, twin.W2 = W, net.W2
    np.testing.assert_allclose(twin.predict(other), net.predict(table), rtol=1e-9)
    for (width, style), (expected, same) in zip(
        measure_lines(twin), measure_lines(net), strict=True
    ):
        assert width == pytest.approx(expected, rel=1e-9)
        assert style == same


def test_the_picture_says_what_widths_are(tmp_path):
    def read_caption(net):
        return net.plot_network(ax=Figure().add_subplot()).get_legend().get_title().get_text()

    for scale, without in ((False, "weights as they are"), (True, "numeric inputs standardized")):
        net = NeuralNetwork("cost ~ x1 + x2 + kind", make_table(), 3, seed=1, scale=scale)
        assert read_caption(net) == "line widths: weights times standard deviations"
        net.save(tmp_path / "net.nn")
        caption = read_caption(NeuralNetwork.load(tmp_path / "net.nn"))
        assert without in caption and "no training rows" in caption


def test_huge_and_constant_columns_are_finite():
    table = make_table().assign(x1=lambda t: 1e200 * t["x1"], one=7.0)
    net = NeuralNetwork("cost ~ x1 + x2", table, 3, init=0.0, seed=1)
    assert all(np.isfinite(W).all() for W in standardize(net))
