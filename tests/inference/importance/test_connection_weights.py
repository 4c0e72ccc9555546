"""Connection weights: worked by hand from the published formulas."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table

from neuralnet import NeuralNetwork

SIGNS = pd.DataFrame([*product([-1.0, 1.0], repeat=3)], columns=["a", "b", "y"])


def make_hand_net(hidden=2, formula="y ~ a + b", **options):
    """A network on two columns of mean 0 and standard deviation 1."""
    return NeuralNetwork(formula, SIGNS, hidden, family="gaussian", activation="tanh", **options)


def test_example_of_neural_net_tools():
    """The weights of the examples of ``garson`` and ``olden`` there; the numbers are fractions."""
    net = make_hand_net()
    net.W1 = np.array([[13.12, -0.11], [1.49, -0.19], [0.16, -0.16]])
    net.W2 = np.array([[0.56], [-0.52], [0.81]])
    explained = net.explain()
    assert explained.olden()["estimate"].tolist() == pytest.approx(
        [1.49 * -0.52 - 0.19 * 0.81, 0.16 * -0.52 - 0.16 * 0.81], rel=1e-14
    )
    shares = [1.49 / 1.65, 0.19 / 0.35]
    goh = explained.garson(outgoing=False)["estimate"]
    assert goh.tolist() == pytest.approx([sum(shares) / 2, 1 - sum(shares) / 2], rel=1e-14)
    weighted = (0.52 * shares[0] + 0.81 * shares[1]) / (0.52 + 0.81)
    garson = explained.garson()["estimate"]
    assert garson.tolist() == pytest.approx([weighted, 1 - weighted], rel=1e-14)


def loop_garson(W, V, outgoing):
    """The steps of Garson, or of Goh and of Olden and Jackson, one number at a time."""
    inputs, units, outputs = len(W), len(V), V.shape[1]
    found = np.zeros((inputs, outputs))
    for k in range(outputs):
        sums = np.zeros(inputs)
        for h in range(units):
            products = [abs(W[i, h]) * abs(V[h, k]) for i in range(inputs)]
            whole = sum(abs(W[:, h])) if outgoing else sum(products)
            sums += np.array(products) / whole
        found[:, k] = sums / sums.sum()
    return found


@case_by_case("outgoing", [True, False])
def test_garson_of_several_outputs_is_the_loop_over_its_steps(outgoing):
    table = make_table().assign(more=1)
    net = NeuralNetwork(
        "cbind(count, more) ~ x1 + kind", table, 3, family="poisson", init=1, seed=2
    )
    net.theta = net.theta
    found = net.explain().garson(outgoing=outgoing)
    spreads = net.X[:, 1:].std(axis=0)
    wanted = loop_garson(net.W1[1:] * spreads[:, None], net.W2[1:], outgoing)
    assert found["term"].tolist() == ["x1"] * 2 + ["kind"] * 4
    assert found["column"].tolist() == ["x1"] * 2 + ["kind[T.b]"] * 2 + ["kind[T.c]"] * 2
    assert found["group"].tolist() == ["count", "more"] * 3
    np.testing.assert_allclose(found["estimate"], wanted.ravel(), rtol=1e-13)
    by_term = net.explain().garson("term", outgoing=outgoing)
    sums = np.array([wanted[0], wanted[1] + wanted[2]]).ravel()
    np.testing.assert_allclose(by_term["estimate"], sums, rtol=1e-13)
    assert by_term.columns.tolist() == ["term", "group", "estimate"]


def test_olden_adds_the_products_along_all_paths():
    """Through two hidden layers, and beside them."""
    net = make_hand_net([2, 3], skip=True, init=1, seed=1)
    net.theta = net.theta
    W1, W2, W3 = net.W
    wanted = [
        W3[4 + i, 0]
        + sum(W1[1 + i, g] * W2[1 + g, h] * W3[1 + h, 0] for g, h in product(range(2), range(3)))
        for i in range(2)
    ]
    assert W3.shape == (6, 1)
    np.testing.assert_allclose(net.explain().olden()["estimate"], wanted, rtol=1e-13)


def test_olden_without_a_hidden_layer_is_the_standardized_coefficients():
    table = make_table().assign(w=np.resize([1.0, 3.0, 0.0], 36))
    net = NeuralNetwork("cost ~ x1 + kind", table, hidden=0, weights="w").train(1, 1e-3, trace=0)
    rows = np.repeat(net.X[:, 1:], table["w"].astype(int), axis=0)
    found = net.explain().olden()
    np.testing.assert_allclose(found["estimate"], net.W1[1:, 0] * rows.std(axis=0), rtol=1e-12)
    by_term = net.explain().olden(by="term")
    assert by_term["term"].tolist() == ["x1", "kind"]
    sums = [found["estimate"][0], found["estimate"][1:].sum()]
    np.testing.assert_allclose(by_term["estimate"], sums, rtol=1e-14)


def test_what_changes_no_prediction_changes_no_importance():
    """Units of columns, the order and the signs of tanh units, and a shift of all scores."""
    table = make_table()
    net = NeuralNetwork("species ~ x1 + x2", table, 3, activation="tanh", init=1, seed=1)
    net.theta = net.theta
    twin = NeuralNetwork(
        "species ~ x1 + x2", table.assign(x1=1000 * table["x1"]), 3, activation="tanh"
    )
    order, signs = [2, 0, 1], np.array([1.0, -1.0, -1.0])
    W1, W2 = net.W1[:, order] * signs, net.W2.copy()
    W2[1:] = net.W2[1:][order] * signs[:, None]
    W1[1] /= 1000.0
    twin.W1, twin.W2 = W1, W2 + np.array([[0.0], [2.0], [-1.0], [0.5]])
    np.testing.assert_allclose(twin.fit(), net.fit(), rtol=1e-11)
    for method in ("olden", "garson"):
        one, other = (getattr(each.explain(), method)() for each in (net, twin))
        np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-11)
        assert one["group"].tolist() == net.classes * 2
        assert one["group"].dtype == table["species"].dtype


def test_units_without_weights_count_for_nothing():
    net = make_hand_net()
    net.W1 = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 3.0]])
    net.W2 = np.array([[0.0], [5.0], [2.0]])
    assert net.explain().garson()["estimate"].tolist() == [0.25, 0.75]
    net.W1 = np.zeros((3, 2))
    assert net.explain().garson()["estimate"].isna().all()
    assert net.explain().olden()["estimate"].tolist() == [0.0, 0.0]


def test_a_formula_without_an_intercept_has_all_its_columns():
    net = make_hand_net(hidden=0, formula="y ~ a + b - 1")
    net.W1 = np.array([[2.0], [-3.0]])
    assert net.explain().olden()["estimate"].tolist() == [2.0, -3.0]


@case_by_case(
    "options, message",
    [
        ({"hidden": 0}, "exactly one hidden layer.*0 hidden layers: use olden"),
        ({"hidden": [2, 2]}, "exactly one hidden layer.*2 hidden layers: use olden"),
        ({"skip": True}, "connections that skip.*use olden"),
    ],
)
def test_garson_refuses_other_networks(options, message):
    net = make_hand_net(**options)
    net.theta = net.theta
    with pytest.raises(ValueError, match=message):
        net.explain().garson()


def test_choices_are_checked():
    net = make_hand_net()
    net.theta = net.theta
    with pytest.raises(ValueError, match="by must be one of 'column', 'term'"):
        net.explain().olden(by="input")
    with pytest.raises(TypeError, match="outgoing must be True or False"):
        net.explain().garson(outgoing="no")
