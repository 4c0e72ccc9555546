"""Figures of a network: loss, gradient, case weights, scaling, arrays of a forward pass."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from loops import case_by_case
from networks import FORMULAS, make_net, make_table
from scipy.special import xlogy
from sklearn import metrics

from neuralnet import DataWarning, NeuralNetwork

RNG = np.random.default_rng(4)
WEIGHTS = RNG.integers(1, 4, 36)
# Half the deviance of each row, from means and the response as 0s and 1s or numbers.
LOSSES = {
    "softmax": lambda y, mu: -xlogy(y, mu).sum(axis=1),
    "binomial": lambda y, mu: -(xlogy(y, mu) + xlogy(1 - y, 1 - mu)).sum(axis=1),
    "gaussian": lambda y, mu: 0.5 * ((y - mu) ** 2).sum(axis=1),
    "poisson": lambda y, mu: (xlogy(y, y / mu) - (y - mu)).sum(axis=1),
}
KINDS = [
    {},
    {"hidden": 0},
    {"hidden": [3, 2], "activation": "tanh"},
    {"decay": 0.3, "weights": WEIGHTS},
    {"decay": 0.3, "weights": WEIGHTS, "scale": True},
]
QUIET = {"trace": 0, "tolerance": None}


def read_response(net):
    """Y as 0s and 1s, or numbers, (n, K)."""
    if net.family == "softmax":
        return (net.Y.to_numpy()[:, None] == np.array(net.classes)).astype(float)
    return net.Y.to_numpy(dtype=float)[:, None]


def differentiate(function, theta, step=1e-5):
    """Central differences for every parameter."""
    moves = step * np.eye(theta.size)
    rises = [np.asarray(function(theta + m)) - function(theta - m) for m in moves]
    return np.array(rises) / (2 * step)


# Loss and accuracy ----------------------------------------------------------------------------


@case_by_case("weights", [None, WEIGHTS])
@case_by_case("family", FORMULAS)
def test_loss_is_half_the_weighted_deviance(family, weights):
    net = make_net(family, weights=weights, decay=0.3)
    rows = LOSSES[family](read_response(net), net.output)
    loss = rows.sum() if weights is None else weights @ rows
    np.testing.assert_allclose(net.compute_loss(), loss, rtol=1e-13)
    np.testing.assert_allclose(
        net.compute_loss(penalty=True), loss + 0.3 * (net.theta**2).sum(), rtol=1e-13
    )


@pytest.mark.parametrize("family", FORMULAS)
def test_weight_of_two_is_a_row_twice(family):
    weighted = make_net(family, weights=WEIGHTS, decay=0.1)
    table = make_table()
    repeated = NeuralNetwork(
        FORMULAS[family], table.loc[table.index.repeat(WEIGHTS)], 3, family=family, decay=0.1
    )
    for scale in (1.0, 0.5):
        repeated.theta = weighted.theta = scale * weighted.theta
        assert (weighted.nobs, repeated.nobs) == (36, WEIGHTS.sum())
        np.testing.assert_allclose(weighted.compute_loss(), repeated.compute_loss(), rtol=1e-13)
        for one, other in zip(weighted.gradient, repeated.gradient, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        if weighted.classes:
            assert weighted.accuracy() == pytest.approx(repeated.accuracy(), rel=1e-14)
            table, others = weighted.confusion_matrix(), repeated.confusion_matrix()
            np.testing.assert_array_equal(table, others)
    for net in (weighted, repeated):
        net.train(20, 0.001, **QUIET)
    np.testing.assert_allclose(weighted.theta, repeated.theta, rtol=1e-9)


def test_accuracy_counts_rows_by_weight():
    net = make_net("softmax", weights=WEIGHTS)
    right = (net.predict() == net.Y).to_numpy()
    assert 0 < right.sum() < 36
    assert net.accuracy() == pytest.approx(WEIGHTS[right].sum() / WEIGHTS.sum(), rel=1e-14)
    assert net.accuracy(make_table()) == pytest.approx(right.mean(), rel=1e-14)


def test_weights_by_column_are_read_from_new_data_that_has_it():
    table = make_table().assign(w=WEIGHTS)
    net, twin = make_net("binomial", weights=WEIGHTS), make_net("binomial")
    named = NeuralNetwork(FORMULAS["binomial"], table, 3, family="binomial", weights="w")
    named.theta = net.theta
    assert named.compute_loss() == net.compute_loss() == named.compute_loss(table)
    assert named.accuracy(table) == net.accuracy()
    # Without the column, or for weights that are not a column, a new row has weight 1.
    once = twin.compute_loss()
    with pytest.warns(DataWarning, match="no column 'w', which holds the case weights: each row"):
        assert named.compute_loss(table.drop(columns="w")) == once
    np.testing.assert_allclose(net.compute_loss(table), once, rtol=1e-14)


@pytest.mark.parametrize("family", FORMULAS)
def test_loss_of_new_rows_adds_up(family):
    net, table = make_net(family), make_table()
    parts = [net.compute_loss(part) for part in (table[:10], table[10:].to_dict("list"))]
    np.testing.assert_allclose(sum(parts), net.compute_loss(), rtol=1e-13)


def test_incomplete_rows_of_new_data_are_left_out_with_a_warning():
    net, table = make_net("softmax"), make_table()
    holes = table.astype({"species": object})
    holes.iloc[[2, 5], 0] = np.nan
    holes.iloc[7, 3] = None
    whole = table.drop(index=table.index[[2, 5, 7]])
    for ask in (net.compute_loss, net.accuracy):
        with pytest.warns(UserWarning, match="3 of 36 rows left out") as caught:
            assert ask(holes) == pytest.approx(ask(whole), rel=1e-13)
        assert caught[0].filename == __file__


def test_confusion_matrix_and_metrics_are_those_of_scikit_learn(iris):
    net = NeuralNetwork("Species ~ .", iris, seed=1).train(200, 0.001, trace=0)
    truth, predicted = iris["Species"], net.predict(iris)
    expected = metrics.confusion_matrix(truth, predicted, labels=net.classes)
    table = net.confusion_matrix(iris)
    np.testing.assert_array_equal(table, expected)
    assert list(table.index) == list(table.columns) == net.classes
    assert (table.index.name, table.columns.name) == ("truth", "predicted")
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, predicted)
    found = net.metrics()
    expected = {"precision": precision, "recall": recall, "f1": f1, "support": support}
    for column, values in expected.items():
        np.testing.assert_allclose(found.by_class.loc[net.classes, column], values, rtol=1e-13)
    np.testing.assert_allclose(found.overall["accuracy"], net.accuracy(iris), rtol=1e-13)
    one = net.metrics(iris, positive="virginica")
    assert (one["precision"], one["recall"]) == pytest.approx((precision[2], recall[2]))


# Derivatives ----------------------------------------------------------------------------------


@case_by_case("options", KINDS)
@case_by_case("family", FORMULAS)
def test_gradient_is_the_slope_of_the_objective(family, options):
    net = make_net(family, **options)
    bits = net.theta.tobytes()
    value, gradient = net.objective()
    assert value == pytest.approx(net.compute_loss(penalty=True), rel=1e-13)
    slopes = differentiate(lambda theta: net.objective(theta)[0], net.theta)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-7, atol=1e-7 * np.abs(slopes).max())
    assert [dW.shape for dW in net.gradient] == [W.shape for W in net.W]
    np.testing.assert_array_equal(np.concatenate([dW.ravel() for dW in net.gradient]), gradient)
    gradient[:] = 0.0
    assert net.objective()[1].any()
    assert net.theta.tobytes() == bits


@case_by_case("options", KINDS)
@case_by_case("family", FORMULAS)
def test_hessian_is_the_slope_of_the_gradient(family, options):
    net = make_net(family, **options)
    for theta in (net.theta, 0.5 * net.theta):
        H = net.hessian(theta)
        slopes = differentiate(lambda theta: net.objective(theta)[1], theta)
        np.testing.assert_allclose(H, slopes, rtol=1e-7, atol=1e-7 * np.abs(H).max())
        np.testing.assert_allclose(H, H.T, rtol=0, atol=1e-12 * np.abs(H).max())
    np.testing.assert_array_equal(net.hessian(net.theta), net.hessian())


@pytest.mark.parametrize("family", FORMULAS)
def test_layers_hold_every_array_of_a_pass(family):
    net = make_net(family, [3, 2], activation="tanh", weights=WEIGHTS, decay=0.3)
    layers = net.layers()
    assert [layer.z.shape for layer in layers] == [(36, 3), (36, 2), (36, net.output.shape[1])]
    np.testing.assert_allclose(layers[0].z, net.X @ net.W1, rtol=1e-13)
    np.testing.assert_allclose(layers[1].z, net.W2[0] + layers[0].h @ net.W2[1:], rtol=1e-12)
    np.testing.assert_allclose(layers[0].h, np.tanh(layers[0].z), rtol=1e-13)
    np.testing.assert_array_equal(layers[2].h, net.output)
    np.testing.assert_allclose(
        layers[2].delta, WEIGHTS[:, None] * (net.output - read_response(net)), atol=1e-13
    )
    slope = (1 - layers[1].h ** 2) * (layers[2].delta @ net.W3[1:].T)
    np.testing.assert_allclose(layers[1].delta, slope, rtol=1e-12, atol=1e-15)
    for layer, W, dW in zip(layers, net.W, net.gradient, strict=True):
        np.testing.assert_allclose(layer.dW + 2 * 0.3 * W, dW, rtol=1e-12, atol=1e-12)


def test_layers_of_new_data_with_and_without_the_response():
    net, table = make_net("softmax"), make_table()
    for known, reported in zip(net.layers(table[:5]), net.layers(), strict=True):
        np.testing.assert_allclose(known.h, reported.h[:5], rtol=1e-13)
        np.testing.assert_allclose(known.delta, reported.delta[:5], rtol=1e-12, atol=1e-15)
    for layer, reported in zip(
        net.layers(table[["x1", "x2", "kind"]][:5]), net.layers(), strict=True
    ):
        np.testing.assert_allclose(layer.z, reported.z[:5], rtol=1e-12)
        assert (layer.delta, layer.dW) == (None, None)


def test_static_functions_agree_with_the_articles():
    x = np.array([[-800.0, 0.0], [1.0, 800.0]])
    np.testing.assert_allclose(NeuralNetwork.sigmoid(x), [[0, 0.5], [1 / (1 + np.exp(-1)), 1]])
    np.testing.assert_array_equal(make_net().dsigmoid(x), x * (1 - x))
    np.testing.assert_allclose(NeuralNetwork.softmax(x + 800), [[0, 1], [0, 1]], atol=1e-300)
    np.testing.assert_allclose(NeuralNetwork.softmax([[0.0, np.log(3)]]), [[0.25, 0.75]])


# Scaling --------------------------------------------------------------------------------------


def make_wide():
    """Two columns and a response on scales unsuitable for plain gradient descent."""
    table = make_table()
    return pd.DataFrame(
        {
            "mass": 1500 + 300 * table["x1"],
            "share": 0.002 + 0.001 * table["x2"],
            "kind": table["kind"],
            "price": 20_000 + 5_000 * table["cost"],
            "count": table["count"],
            "species": table["species"],
        }
    )


@pytest.mark.filterwarnings(
    "ignore:Training ended", "ignore:The loss became", "ignore:the columns of X differ in spread"
)
@case_by_case("response", ["price", "count", "species"])
@case_by_case("hidden", [0, 3])
def test_scaling_affects_training_only(response, hidden):
    options = {"family": "poisson"} if response == "count" else {}
    table = make_wide()
    net, raw = (
        NeuralNetwork(f"{response} ~ mass + share + kind", table, hidden, scale=scale, **options)
        for scale in (True, False)
    )
    raw.theta = net.theta
    np.testing.assert_array_equal(net.X[:, 1], table["mass"])
    np.testing.assert_array_equal(net.output, raw.output)
    assert net.compute_loss() == raw.compute_loss()
    np.testing.assert_allclose(net.objective()[1], raw.objective()[1], rtol=1e-6, atol=1e-6)
    net.train(200, 0.01, **QUIET)
    h = net.X
    for W in net.W[:-1]:
        h = np.column_stack([np.ones(36), 1 / (1 + np.exp(-h @ W))])
    np.testing.assert_allclose(
        net.predict(table, "link").to_numpy().ravel(), (h @ net.W[-1]).ravel()
    )
    assert net.history["loss"][0] == pytest.approx(raw.compute_loss(), rel=1e-12)
    raw.theta = net.theta
    assert raw.compute_loss() == net.compute_loss() < 0.95 * net.history["loss"][0]
    # In raw coordinates the loss decreases less at any rate.
    best = np.inf
    for rate in 10.0 ** np.arange(-14, -3):
        twin = NeuralNetwork(f"{response} ~ mass + share + kind", table, hidden, seed=1, **options)
        best = min(best, twin.train(200, rate, **QUIET).compute_loss())
    assert net.compute_loss() < best


def test_scaled_training_finds_the_glm_in_raw_units():
    """The coefficients of statsmodels are found."""
    table = make_wide()
    for response, family, judge in (
        ("count", "poisson", sm.families.Poisson()),
        ("price", "gaussian", sm.families.Gaussian()),
    ):
        net = NeuralNetwork(
            f"{response} ~ mass + share + kind", table, 0, family=family, scale=True
        )
        net.train(optimizer="newton", **QUIET)
        fit = sm.GLM(table[response], net.X, family=judge).fit(tol=1e-14)
        assert net.converged
        np.testing.assert_allclose(net.W1[:, 0], fit.params, rtol=1e-6)
        np.testing.assert_allclose(2 * net.compute_loss(), fit.deviance, rtol=1e-10)


@pytest.mark.parametrize("formula", ["price ~ mass + share + kind", "price ~ mass + share - 1"])
def test_penalty_and_start_count_in_scaled_coordinates(formula):
    """As for a network on columns that were standardized by hand."""
    table = make_wide()
    by_hand = table.copy()
    centered = not formula.endswith("- 1")
    for name in ("mass", "share"):
        by_hand[name] = (table[name] - centered * table[name].mean()) / table[name].std(ddof=0)
    by_hand["price"] = (table["price"] - table["price"].mean()) / table["price"].std(ddof=0)
    net = NeuralNetwork(formula, table, scale=True, decay=0.3, init=0.5, seed=1)
    twin = NeuralNetwork(formula, by_hand, decay=0.3, init=0.5, seed=1)
    unit = table["price"].var(ddof=0)
    for _ in range(2):
        np.testing.assert_allclose(
            net.output, table["price"].mean() + np.sqrt(unit) * twin.output, rtol=1e-10
        )
        for penalty in (False, True):
            expected = unit * twin.compute_loss(penalty=penalty)
            np.testing.assert_allclose(net.compute_loss(penalty=penalty), expected, rtol=1e-10)
        for one in (net, twin):
            one.train(50, 0.01, **QUIET)


# Fitted and residuals -------------------------------------------------------------------------


@pytest.mark.parametrize("family", FORMULAS)
def test_fitted_and_residuals_add_up_to_the_response(family):
    net = make_net(family)
    whole = np.asarray(net.fitted) + np.asarray(net.residuals)
    np.testing.assert_allclose(whole.reshape(36, -1), read_response(net), atol=1e-14)
    assert net.residuals.index.equals(make_table().index)
    assert net.fitted.equals(net.predict(type="response"))


def test_class_weights_of_zero_total_are_reported():
    table = make_table()
    nothing = dict.fromkeys(["small", "middle", "large"], 0)
    with pytest.raises(ValueError, match="class_weight leaves no row with a weight"):
        NeuralNetwork("species ~ x1", table, class_weight=nothing)
    some = nothing | {"small": 1}
    none = (table["species"] != "small").astype(float).to_numpy()
    with pytest.raises(ValueError, match="class_weight leaves no row with a weight"):
        NeuralNetwork("species ~ x1", table, class_weight=some, weights=none)
    net = NeuralNetwork("species ~ x1", table, class_weight=some, seed=1)
    with pytest.raises(ValueError, match="holds no row out"):
        net.train(1, validation=np.flatnonzero(none), trace=0)


@pytest.mark.parametrize("family", FORMULAS)
def test_layers_show_the_gradient_bit_for_bit(family):
    net = make_net(family)
    for layer, gradient in zip(net.layers(), net.gradient, strict=True):
        np.testing.assert_array_equal(layer.dW, gradient)
