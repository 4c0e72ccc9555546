"""Accumulated local effects: the definition in loops, and what they are of simple functions."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork


def predict(net, table):
    kind = "probs" if net.classes else "response"
    return np.asarray(net.predict(table, type=kind)).reshape(len(table), -1)


def loop_numbers(net, table, name, bins, w):
    """The definition of Apley and Zhu, one interval at a time, with weights (n,)."""
    x, order = table[name].to_numpy(), np.argsort(table[name].to_numpy())
    shares = w[order].cumsum() / w.sum()
    edges = [x[order][w[order] > 0][0]]
    for k in range(1, bins + 1):
        edges.append(x[order][np.argmax(shares >= k / bins - 1e-9)])
    edges = np.unique(edges)
    curve, middle = [0.0 * predict(net, table)[0]], 0.0
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = (x > low) & (x <= high) | (x == edges[0]) & (k == 0)
        some, weight = table[inside], w[inside]
        change = predict(net, some.assign(**{name: high})) - predict(
            net, some.assign(**{name: low})
        )
        curve.append(curve[-1] + weight @ change / weight.sum())
        middle = middle + weight.sum() * (curve[-1] + curve[-2]) / 2.0
    return edges, np.array(curve) - middle / w.sum()


@pytest.mark.parametrize("family", FORMULAS)
def test_numbers_follow_the_definition(family):
    table = make_table().assign(x1=lambda d: d.x1.round(1), w=np.resize([1.0, 2.5, 0.5], 36))
    net = NeuralNetwork(
        FORMULAS[family], table, 3, family=family, weights="w", init=0.8, seed=1
    ).train(3, 1e-3, trace=0)
    explained, w = net.explain(), table["w"].to_numpy()
    for name, bins in {"x1": 12, "x2": 5}.items():
        edges, wanted = loop_numbers(net, table, name, bins, w)
        found = explained.accumulated_local_effects(name, bins)
        K = wanted.shape[1] if family == "softmax" else 1
        assert found["value"].tolist() == [*edges] * K
        np.testing.assert_allclose(
            found["estimate"], wanted[:, -K:].T.ravel(), rtol=1e-9, atol=1e-13
        )


def loop_levels(net, table, name, levels, w):
    """The definition for levels in an order, of which each has rows."""
    codes = np.array([levels.index(each) for each in table[name]])
    curve = [0.0 * predict(net, table)[0]]
    for k in range(len(levels) - 1):
        beside = (codes == k) | (codes == k + 1)
        some, weight = table[beside], w[beside]
        low, high = (
            some.assign(**{name: pd.Categorical([each] * len(some), levels)})
            for each in (levels[k], levels[k + 1])
        )
        change = predict(net, high) - predict(net, low)
        curve.append(curve[-1] + weight @ change / weight.sum())
    curve = np.array(curve)
    shares = np.bincount(codes, w, len(levels)) / w.sum()
    return curve - shares @ curve


@case_by_case("family", ["gaussian", "softmax"])
def test_levels_follow_the_definition(family):
    levels = ["S", "M", "L", "XL"]
    table = make_table().assign(
        kind=pd.Categorical(np.resize(["L", "S", "M", "XL", "S"], 36), levels, ordered=True)
    )
    net = NeuralNetwork(FORMULAS[family], table, 3, family=family, init=0.8, seed=1)
    explained = net.train(3, 1e-3, trace=0).explain()
    found = explained.accumulated_local_effects("kind")
    wanted = loop_levels(net, table, "kind", levels, np.ones(36))
    np.testing.assert_allclose(found["estimate"], wanted.T.ravel(), rtol=1e-9, atol=1e-13)
    assert found["value"].dtype == table["kind"].dtype
    # Without rows of a level its neighbours are beside each other.
    some = table[table["kind"] != "M"]
    found = net.explain(some).accumulated_local_effects("kind")
    wanted = loop_levels(net, some, "kind", ["S", "L", "XL"], np.ones(len(some)))
    np.testing.assert_allclose(found["estimate"], wanted.T.ravel(), rtol=1e-9, atol=1e-13)


def test_numbers_that_the_formula_codes_are_levels():
    table = make_table().assign(size=np.resize([8, 4, 6, 4], 36))
    net = NeuralNetwork("cost ~ C(size) + x1", table, 0).train(3, 1e-3, trace=0)
    found = net.explain().accumulated_local_effects("size")
    b = {name: net.W1[place, 0] for place, name in enumerate(net.x_names)}
    wanted = np.array([0.0, b["C(size)[T.6]"], b["C(size)[T.8]"]])
    shares = np.array([0.5, 0.25, 0.25])
    assert found["value"].tolist() == [4.0, 6.0, 8.0]
    np.testing.assert_allclose(found["estimate"], wanted - shares @ wanted, rtol=1e-10)


@pytest.fixture(scope="module")
def correlated():
    rng = np.random.default_rng(3)
    x1 = rng.normal(size=60)
    return pd.DataFrame({"x1": x1, "x2": x1 + 0.1 * rng.normal(size=60), "y": 1.5 * x1})


def test_line_has_the_slope_of_its_coefficient(correlated):
    net = NeuralNetwork("y ~ x1 + x2", correlated, hidden=0)
    net.W1 = np.array([[1.0], [2.0], [-5.0]])
    for bins in (None, 4, 60):
        found = net.explain().accumulated_local_effects("x1", bins)
        assert len(found) == (bins or 20) + (bins != 60)
        slopes = found["estimate"].diff()[1:] / found["value"].diff()[1:]
        np.testing.assert_allclose(slopes, 2.0, rtol=1e-10)


def test_additive_net_gives_the_function_of_the_column_alone(correlated):
    """Whatever the correlation; for two columns that are nearly one."""
    net = NeuralNetwork("y ~ x1 + x2", correlated, 2, activation="tanh")
    net.W1 = np.array([[0.3, -0.2], [1.7, 0.0], [0.0, 4.0]])
    net.W2 = np.array([[1.0], [2.5], [-30.0]])
    found = net.explain().accumulated_local_effects("x1", 9)
    alone = 2.5 * np.tanh(0.3 + 1.7 * found["value"])
    np.testing.assert_allclose(
        found["estimate"] - found["estimate"][0], alone - alone[0], atol=1e-12
    )


@case_by_case(
    "arguments, message",
    [
        (("x1", 37), "bins=37 for 36 rows with a value"),
        (("x1", 0), "bins must be a whole number of at least 1"),
        (("kind", 3), "bins= divides numbers, and 'kind' has the levels"),
        (("when",), "'when': local effects are of numbers and levels, and dates are neither"),
        (("e",), "only in the offset"),
        (("x11",), "no predictor of the formula: did you mean"),
    ],
)
def test_errors_say_what_to_give(arguments, message):
    table = make_table().assign(e=1.0, when=pd.date_range("2024-01-01", periods=36, freq="11D"))
    net = NeuralNetwork("cost ~ x1 + kind + month(when) + offset(e)", table, 1)
    explained = net.train(1, 1e-3, trace=0).explain()
    with pytest.raises(ValueError, match=message):
        explained.accumulated_local_effects(*arguments)


def test_variable_must_be_a_name():
    with pytest.raises(TypeError, match="variable must be the name of a column"):
        make_net().train(1, 1e-3, trace=0).explain().accumulated_local_effects(["x1"])
