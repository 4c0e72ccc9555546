"""Offsets in networks: they are added to the scores, and affect nothing else."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table
from scipy.special import expit, logsumexp, softmax

from neuralnet import NeuralNetwork

QUIET = {"tolerance": None, "trace": 0}
TIGHT = {"optimizer": "newton", **QUIET}
LEFT = {"softmax": "species", "binomial": "win", "gaussian": "cost", "poisson": "count"}
MEANS = {"softmax": softmax, "binomial": expit, "gaussian": lambda eta: eta, "poisson": np.exp}
each = case_by_case("family", LEFT)


def make_shifted():
    """Table of the other tests, with three columns that are used only as offsets."""
    table = make_table()
    rng = np.random.default_rng(8)
    return table.assign(**dict(zip("abc", rng.normal(0.5, 1.0, (3, 36)), strict=True)))


def list_columns(family):
    return ["a", "b", "c"] if family == "softmax" else ["a"]


def write(family):
    columns = ", ".join(list_columns(family))
    inside = f"cbind({columns})" if family == "softmax" else columns
    return f"{LEFT[family]} ~ x1 + x2 + kind + offset({inside})"


def make_net(family, hidden=3, data=None, **options):
    data = make_shifted() if data is None else data
    return NeuralNetwork(
        write(family), data, hidden, family=family, **{"init": 0.5, "seed": 1} | options
    )


def make_plain(family, hidden=3, **options):
    """The same network without an offset, or with one given as an argument."""
    formula = write(family).rsplit(" +", 1)[0]
    return NeuralNetwork(
        formula, make_shifted(), hidden, family=family, **{"init": 0.5, "seed": 1} | options
    )


# Effect of an offset --------------------------------------------------------------------------


@each
def test_offset_is_added_to_the_scores_everywhere(family):
    net, table = make_net(family), make_shifted()
    plain, shift = make_plain(family), table[list_columns(family)].to_numpy()
    plain.theta = net.theta
    np.testing.assert_array_equal(net.X, plain.X)
    eta = plain.layers()[-1].z + shift
    axis = {"axis": 1} if family == "softmax" else {}
    mu = MEANS[family](eta, **axis)
    np.testing.assert_allclose(net.layers()[-1].z, eta, rtol=1e-12)
    np.testing.assert_allclose(net.output, mu, rtol=1e-12)
    np.testing.assert_allclose(np.reshape(net.fitted, mu.shape), mu, rtol=1e-12)
    for data in (None, table, table.drop(columns=LEFT[family]), table.to_dict("list")):
        link = np.asarray(net.predict(data, type="link")).reshape(36, -1)
        np.testing.assert_allclose(link, eta, rtol=1e-12)
        np.testing.assert_allclose(net.fit(data), mu, rtol=1e-12)
        np.testing.assert_allclose(net.layers(data)[-1].z, eta, rtol=1e-12)
    np.testing.assert_allclose(net.feedforward().output, mu, rtol=1e-12)
    assert net.compute_loss(table) == pytest.approx(net.compute_loss(), rel=1e-13)
    if net.classes:
        codes = eta.argmax(axis=1) if family == "softmax" else (eta[:, 0] > 0).astype(int)
        assert net.predict().tolist() == [net.classes[code] for code in codes]
        assert net.accuracy() == (net.predict() == net.Y).mean()
        assert net.confusion_matrix().to_numpy().trace() == (net.predict() == net.Y).sum()
    whole = np.asarray(net.fitted).ravel() + np.asarray(net.residuals).ravel()
    kept = np.asarray(plain.fitted).ravel() + np.asarray(plain.residuals).ravel()
    np.testing.assert_allclose(whole, kept, atol=1e-13)


@each
def test_argument_and_formula_mean_the_same_and_add_up(family):
    table, columns = make_shifted(), list_columns(family)
    named = columns if len(columns) > 1 else columns[0]
    array = table[columns].to_numpy()
    net = make_net(family)
    for offset in (named, columns, array, table[columns], array.tolist()):
        twin = make_plain(family, offset=offset)
        assert twin.compute_loss() == net.compute_loss()
        assert (
            twin.train(3, **QUIET).theta.tobytes() == net.clone().train(3, **QUIET).theta.tobytes()
        )
    doubled = make_plain(family, offset=2 * array)
    for offset in (columns, array):
        assert make_net(family, offset=offset).compute_loss() == pytest.approx(
            doubled.compute_loss(), rel=1e-13
        )


@each
def test_offset_of_fitted_scores_replaces_the_network(family):
    """With the scores of a network as its offset, a network with zero weights predicts the same."""
    net = make_plain(family)
    scores = np.asarray(net.predict(type="link")).reshape(36, -1)
    silent = make_plain(family, 0, init=0.0, offset=scores)
    np.testing.assert_allclose(silent.output, net.output, rtol=1e-12)
    assert silent.compute_loss() == pytest.approx(net.compute_loss(), rel=1e-12)


@pytest.mark.parametrize("scale", [False, True])
@each
def test_offset_that_is_linear_moves_the_coefficients(family, scale):
    """Adding X @ B to the scores subtracts B from the best weights, without a hidden layer."""
    options = {"scale": scale, "decay": 0.0}
    table = make_shifted()
    table["win"] = np.random.default_rng(1).random(36) < expit(table["x1"])  # not separable
    table["species"] = np.where(table["win"], "a", np.resize(["b", "c", "a"], 36))
    formula = f"{LEFT[family]} ~ x1 + x2"
    plain = NeuralNetwork(formula, table, 0, family=family, seed=1, **options).train(**TIGHT)
    K = plain.output.shape[1]
    B = np.random.default_rng(2).normal(size=(3, K))
    moved = NeuralNetwork(formula, table, 0, family=family, seed=1, offset=plain.X @ B, **options)
    moved.train(**TIGHT)
    expected = plain.W1 - B
    found = moved.W1
    if family == "softmax":  # only differences of the columns are identified
        expected, found = (W[:, 1:] - W[:, :1] for W in (expected, found))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)
    assert moved.compute_loss() == pytest.approx(plain.compute_loss(), rel=1e-10)


@each
@pytest.mark.parametrize("hidden", [0, 3])
def test_gradient_and_hessian_are_derivatives(family, hidden):
    net = make_net(family, hidden, weights=np.arange(36) % 3, decay=0.1)
    steps = 1e-5 * np.eye(net.theta.size)
    for function, derivative in (
        (lambda theta: net.objective(theta)[0], net.objective()[1]),
        (lambda theta: net.objective(theta)[1], net.hessian()),
    ):
        rises = [function(net.theta + step) - function(net.theta - step) for step in steps]
        largest = np.abs(derivative).max()
        np.testing.assert_allclose(np.array(rises) / 2e-5, derivative, rtol=0, atol=1e-7 * largest)


# Intercepts alone -----------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, np.arange(36) % 3])
@each
def test_baseline_is_the_loss_of_intercepts_beside_the_offset(family, weights):
    net, table = make_net(family, weights=weights), make_shifted()
    columns = list_columns(family)
    alone = NeuralNetwork(
        f"{LEFT[family]} ~ 1", table, 0, family=family, offset=columns, weights=weights
    ).train(**TIGHT)
    assert net._model.baseline == pytest.approx(alone.compute_loss(), rel=1e-10)
    assert net.clone()._model.baseline == net._model.baseline


def test_baseline_of_large_exposures_has_the_closed_form():
    table = make_shifted().assign(people=np.exp(np.linspace(10.0, 20.0, 36)))
    net = NeuralNetwork("count ~ x1 + offset(log(people))", table, 0, family="poisson", seed=1)
    mu = table["people"] * table["count"].sum() / table["people"].sum()
    y = table["count"]
    loss = (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0) - (y - mu)).sum()
    assert net._model.baseline == pytest.approx(loss, rel=1e-10)


# Rows -----------------------------------------------------------------------------------------


@each
def test_missing_offset_drops_the_row_and_is_missing_out(family):
    table, columns = make_shifted(), list_columns(family)
    holes = table.copy()
    holes.iloc[[3, 8], 7] = np.nan
    whole = table.drop(index=table.index[[3, 8]])
    with pytest.warns(UserWarning, match="2 of 36 rows dropped"):
        net = make_net(family, data=holes)
    assert net.nobs == 34 == len(net.Y) == len(net.output)
    twin = make_net(family, data=whole)
    assert net.compute_loss() == twin.compute_loss()
    predicted = np.asarray(net.predict(holes, type="link")).reshape(36, -1)
    assert np.isnan(predicted).all(axis=1).nonzero()[0].tolist() == [3, 8]
    assert np.isnan(net.fit(holes)).all(axis=1).nonzero()[0].tolist() == [3, 8]
    with pytest.warns(UserWarning, match="2 of 36 rows left out"):
        assert net.compute_loss(holes) == pytest.approx(net.compute_loss(whole), rel=1e-13)
    with pytest.warns(UserWarning, match="2 of 36 rows dropped"):
        beside = make_plain(family, offset=holes[columns].to_numpy())
    assert beside.compute_loss() == net.compute_loss()


@each
def test_array_stays_aligned_where_other_rows_are_dropped(family):
    table, columns = make_shifted(), list_columns(family)
    offset = table[columns].to_numpy().copy()
    offset[30] = np.nan
    weights = np.ones(36)
    weights[12] = np.nan
    holes = table.copy()
    holes.iloc[5, 0] = np.nan
    formula = f"{LEFT[family]} ~ x1 + x2"
    with pytest.warns(UserWarning, match="3 of 36 rows dropped"):
        net = NeuralNetwork(
            formula, holes, 2, family=family, offset=offset, weights=weights, seed=1, init=0.5
        )
    kept = table.drop(index=table.index[[5, 12, 30]])
    # Case weights of 1 are summed as weights: the last bit may differ from no weights.
    ones = np.ones(33)
    twin = NeuralNetwork(
        formula, kept, 2, family=family, offset=list_columns(family), weights=ones, seed=1, init=0.5
    )
    assert net.compute_loss() == twin.compute_loss()
    assert net.Y.index.equals(kept.index)


def test_row_without_an_offset_does_not_influence_training():
    table = pd.DataFrame({"y": list("ababq"), "x": [1.0, 2.0, 3.0, 5.0, 90.0]})
    offset = [[0.0, 1.0]] * 4 + [[np.nan, 1.0]]
    with pytest.warns(UserWarning, match="1 of 5 rows dropped"):
        net = NeuralNetwork("y ~ standardize(x)", table, 2, offset=offset, seed=1)
    assert net.classes == ["a", "b"]


@pytest.mark.parametrize("rows", [slice(0), slice(4, 5), slice(None, None, -1)])
@each
def test_rows_are_predicted_in_their_order_with_their_index(family, rows):
    net, table = make_net(family), make_shifted()
    some, whole = net.predict(table[rows], type="link"), net.predict(table, type="link")
    assert some.index.equals(table[rows].index)
    np.testing.assert_allclose(some, whole[rows], rtol=1e-12, atol=1e-12)


def test_one_row_as_dict_and_series():
    net, row = make_net("poisson"), make_shifted().iloc[7]
    wanted = net.predict().iloc[7]
    for one in (row, row.to_dict(), {name: [value] for name, value in row.items()}):
        assert net.predict(one).iloc[0] == pytest.approx(wanted, rel=1e-12)


def test_infinite_offset_is_missing_in_predictions_and_reported_in_training():
    table = make_shifted().assign(time=np.arange(36.0) + 1)
    net = NeuralNetwork("count ~ x1 + offset(log(time))", table, 0, family="poisson", seed=1)
    predicted = net.predict(table.assign(time=np.arange(36.0)))
    assert predicted.isna().tolist() == [True] + [False] * 35
    with pytest.raises(ValueError, match=r"offset\(log\(time\)\) .* in 1 row, first in row 100"):
        NeuralNetwork(
            "count ~ x1 + offset(log(time))", table.assign(time=np.arange(36.0)), family="poisson"
        )


# An array, and copies ---------------------------------------------------------------------------


@each
def test_array_belongs_to_the_training_rows_alone(family):
    table = make_shifted()
    net = make_plain(family, offset=table[list_columns(family)])
    loss = net.compute_loss()
    calls = [net.predict, net.fit, net.compute_loss, net.layers]
    if net.classes:
        calls += [net.accuracy, net.confusion_matrix, net.metrics]
    for call in calls:
        call()
        with pytest.raises(ValueError, match=r"name, offset='...', or with offset\(...\) in"):
            call(table)
    with pytest.raises(ValueError, match="offset was given as numbers for the training rows"):
        net.plot_regions()
    assert net.compute_loss() == loss


@each
def test_design_matrix_holds_no_offset(family):
    for net in (
        make_net(family),
        make_plain(family, offset=np.ones((36, 3))[:, : len(list_columns(family))]),
    ):
        with pytest.raises(ValueError, match=r"holds no offset, .* give a DataFrame"):
            net.fit(net.X)


@each
def test_copies_share_nothing_with_the_users_array(family):
    offset = make_shifted()[list_columns(family)].to_numpy().copy()
    net = make_plain(family, offset=offset)
    twin, loss = net.clone(), net.compute_loss()
    offset[:] = 5.0
    assert twin.compute_loss() == net.compute_loss() == loss
    assert not np.shares_memory(net._model.batch.offset, twin._model.batch.offset)
    twin.train(3, **QUIET)
    assert net.compute_loss() == loss


def test_surface_is_drawn_with_the_offset_held_at_its_mean(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "neuralnet.plots.model_plots.plot_surface",
        lambda predict, *rest, **options: asked.update(f=predict),
    )
    table = make_shifted().assign(time=np.linspace(1.0, 9.0, 36))
    net = NeuralNetwork("count ~ x1 + x2 + offset(log(time))", table, 2, family="poisson", seed=1)
    for at, time in (({}, 5.0), ({"time": 2.0}, 2.0)):
        net.plot_regions(at=at)
        drawn = asked["f"](np.array([0.5, -1.0]), np.array([0.0, 2.0]))
        rows = pd.DataFrame({"x1": [0.5, -1.0], "x2": [0.0, 2.0], "time": time})
        np.testing.assert_allclose(drawn, net.predict(rows), rtol=1e-12)
    with pytest.raises(ValueError, match="'time' is no predictor"):
        net.plot_regions("time")


# Softmax by hand --------------------------------------------------------------------------------


def test_softmax_with_an_offset_for_each_class_maximizes_its_likelihood():
    net, table = make_net("softmax"), make_shifted()
    plain = make_plain("softmax")
    plain.theta = net.theta
    eta = plain.layers()[-1].z + table[["a", "b", "c"]].to_numpy()
    y = table["species"].cat.codes.to_numpy()
    loss = (logsumexp(eta, axis=1) - eta[np.arange(36), y]).sum()
    assert net.compute_loss() == pytest.approx(loss, rel=1e-13)
