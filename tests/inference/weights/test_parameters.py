"""Reported parameters: a canonical order and sign of units, and contrasts of classes."""

import numpy as np
import pandas as pd
import pytest
from networks import FORMULAS, make_net, make_table
from r_models import assert_agrees

from neuralnet import NeuralNetwork

NUMBERS = [
    "llf",
    "deviance",
    "null_deviance",
    "edf",
    "df_resid",
    "dispersion",
    "aic",
    "bic",
    "nobs",
]


def clone(net, theta):
    other = net.clone()
    other.theta = theta
    return other


def permute_units(net, layer, order, signs=1.0):
    """Theta with the units of a layer in another order, and with these signs."""
    W = [each.copy() for each in net.W]
    units = len(order)
    W[layer] = (W[layer] * signs)[:, order]
    below = W[layer + 1]
    below[1 : 1 + units] = (below[1 : 1 + units] * np.reshape(signs, (-1, 1)))[order]
    return np.concatenate([each.ravel() for each in W])


@pytest.fixture(scope="module")
def nets():
    """Networks at rest, by family, with two tanh layers."""
    options = {"hidden": [3, 2], "activation": "tanh", "decay": 0.05}
    made = {}
    for family, skip in [("gaussian", False), ("softmax", True), ("binomial", False)]:
        net = make_net(family, skip=skip, **options).train(optimizer="newton", trace=0)
        assert net.inference().judgement.allows
        made[family] = net
    return made


@pytest.mark.parametrize("family", ["gaussian", "softmax", "binomial"])
def test_order_and_signs_of_units_change_nothing_but_labels(nets, family):
    net = nets[family]
    found = net.inference()
    changes = [(0, [2, 0, 1], [1, -1, -1]), (1, [1, 0], [-1, 1]), (1, [0, 1], [-1, -1])]
    for layer, order, signs in changes:
        theta = permute_units(net, layer, order, signs)
        other = clone(net, theta)
        np.testing.assert_allclose(other.output, net.output, rtol=1e-10)
        changed = other.inference()
        assert_agrees(changed.params, found.params, 1e-8)
        assert_agrees(changed.vcov(), found.vcov(), 1e-7)
        assert_agrees(changed.vcov("HC3"), found.vcov("HC3"), 1e-7)
        for name in NUMBERS:
            assert getattr(changed, name) == pytest.approx(getattr(found, name), rel=1e-9)


def test_parameters_are_weights_of_the_same_function(nets):
    net = nets["gaussian"]
    found = net.inference()
    matrices = found.parameters.arrange(net.theta)
    theta = np.concatenate([each.ravel() for each in matrices])
    np.testing.assert_array_equal(found.params, theta)
    np.testing.assert_allclose(clone(net, theta).output, net.output, rtol=1e-10)
    for layer in (0, 1):
        outgoing = matrices[layer + 1][1:]
        sizes = np.linalg.norm(outgoing, axis=1)
        assert (np.diff(sizes) <= 0.0).all()
        largest = np.abs(outgoing).argmax(axis=1)
        assert (outgoing[np.arange(len(outgoing)), largest] > 0.0).all()


def test_labels_are_the_names_of_the_weights(nets):
    net = nets["gaussian"]
    found = net.inference()
    for (matrix, row, column), value in found.params.items():
        sign = 1.0
        for name in (row, column):
            sign *= -1.0 if name.startswith("-") else 1.0
        weight = net.coef()[matrix].loc[row.removeprefix("-"), column.removeprefix("-")]
        assert value == sign * weight
    assert any("-" in name for name in found.params.index.get_level_values("to"))
    assert found.params.index.names == ["matrix", "from", "to"]


def test_signs_of_sigmoid_units_stay():
    net = make_net("gaussian", hidden=3, decay=0.05).train(optimizer="newton", trace=0)
    labels = net.inference().params.index.to_frame()
    assert not labels["from"].str.startswith("-").any()
    assert not labels["to"].str.startswith("-").any()


@pytest.mark.parametrize("options", [{"hidden": 0}, {"hidden": 2, "decay": 0.05}])
def test_order_of_classes_changes_the_contrasts_by_algebra(options):
    options = {"activation": "tanh"} | options
    net = make_net("softmax", **options).train(optimizer="newton", trace=0)
    table, order = make_table(), [2, 0, 1]
    levels = [net.classes[each] for each in order]
    table["species"] = table["species"].cat.reorder_categories(levels)
    W = [*net.W[:-1], net.W[-1][:, order]]
    options = {"decay": 0, **options}
    other = NeuralNetwork(net.formula, table, family="softmax", **options)
    other.theta = np.concatenate([each.ravel() for each in W])
    assert list(other.classes) == levels
    one, two = net.inference(), other.inference()
    for name in NUMBERS:
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9)
    # From contrasts with classes[0] to contrasts with classes[2], for each row of the last matrix.
    first = len(net.W) - 1
    rows, K = net.W[-1].shape
    before = sum(each.size for each in net.W[:first])
    # Classes 0 and 1 minus class 2, of contrasts 1 - 0 and 2 - 0.
    rebase = np.array([[0.0, -1.0], [1.0, -1.0]])
    C = np.zeros((len(one.params),) * 2)
    C[:before, :before] = np.eye(before)
    C[before:, before:] = np.kron(np.eye(rows), rebase)
    # A sign belongs to a unit's largest contrast, which may be another one.
    if first:
        flips = [
            -1.0 if (a[0] != b[0]) else 1.0
            for a, b in zip(
                one.params.index.get_level_values("to")[:2],
                two.params.index.get_level_values("to")[:2],
                strict=True,
            )
        ]
        S = np.concatenate([np.tile(flips, before // 2), np.repeat([1.0, *flips], K - 1)])
        C = C * S[:, None]
    assert_agrees(two.params, C @ one.params, 1e-7)
    for kind in ("hessian", "HC0", "HC3"):
        assert_agrees(two.vcov(kind), C @ one.vcov(kind).to_numpy() @ C.T, 1e-6)


def test_two_classes_are_a_binomial():
    softmax = NeuralNetwork("win ~ x1 + x2 + kind", make_table(), 0, family="softmax", seed=1)
    softmax.train(optimizer="newton", trace=0)
    binomial = make_net("binomial", hidden=0).train(optimizer="newton", trace=0)
    one, two = softmax.inference(), binomial.inference()
    assert_agrees(one.params, two.params, 1e-7)
    for kind in ("hessian", "HC0", "HC1", "HC3"):
        assert_agrees(one.vcov(kind), two.vcov(kind), 1e-6)
    for name in [*NUMBERS, "df_model"]:
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9), name
    assert [*one.params.index.get_level_values("output").unique()] == [True]


def test_order_of_rows_changes_nothing():
    rows = np.random.default_rng(1).permutation(36)
    for family in ("gaussian", "softmax"):
        net = make_net(family, hidden=2, decay=0.05).train(optimizer="newton", trace=0)
        other = NeuralNetwork(FORMULAS[family], make_table().iloc[rows], 2, decay=0.05)
        other.theta = net.theta
        one, two, groups = net.inference(), other.inference(), np.arange(36) % 5
        for name in NUMBERS:
            assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9)
        for kind in ("hessian", "HC0", "HC3"):
            assert_agrees(two.vcov(kind), one.vcov(kind), 1e-7)
        by_group = two.vcov("cluster", groups[rows])
        assert_agrees(by_group, one.vcov("cluster", groups), 1e-7)


def test_several_counts_have_an_output_each():
    table = make_table().assign(more=np.random.default_rng(1).poisson(3.0, 36))
    options = {"hidden": 0, "family": "poisson"}
    both = NeuralNetwork("cbind(count, more) ~ x1 + x2", table, **options)
    found = both.train(optimizer="newton", trace=0).inference()
    assert found.params.index.names == ["output", "term"]
    alone = []
    for name in ("count", "more"):
        net = NeuralNetwork(f"{name} ~ x1 + x2", table, **options)
        alone.append(net.train(optimizer="newton", trace=0).inference())
        assert_agrees(found.params[name], alone[-1].params, 1e-7)
        for kind in ("hessian", "HC0"):
            V = found.vcov(kind).loc[name, name]
            assert_agrees(V, alone[-1].vcov(kind), 1e-7)
    for name in ("llf", "deviance", "null_deviance", "edf", "df_model"):
        total = sum(getattr(each, name) for each in alone)
        assert getattr(found, name) == pytest.approx(total, rel=1e-9), name
    # Independent by the Hessian; by the sandwich rows may correlate.
    np.testing.assert_allclose(found.vcov().loc["count", "more"], 0.0, atol=1e-14)


def test_labels_without_a_hidden_layer_are_the_columns():
    net = make_net("gaussian", hidden=0).train(optimizer="newton", trace=0)
    assert net.inference().params.index.equals(pd.Index(net.x_names, name="term"))


@pytest.mark.parametrize("family", ["gaussian", "softmax", "binomial"])
def test_parameters_give_back_weights_of_the_same_function(nets, family):
    net = nets[family]
    parameters = net.inference().parameters
    theta = parameters.invert(net.inference().params.to_numpy())
    np.testing.assert_allclose(clone(net, theta).output, net.output, rtol=1e-12)
    np.testing.assert_allclose(parameters.transform(theta), net.inference().params, rtol=1e-14)
    if family != "softmax":
        assert np.array_equal(theta, net.theta)
