"""Several responses of unequal spread: with ``scale=True`` each counts in units of its own."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.families import Gaussian
from neuralnet.model import pick_rows
from neuralnet.storage.consistency import check_model

QUIET = {"tolerance": None, "trace": 0}


def make_table(n=200):
    """Two responses of signal and a little noise, in units 1 and 1,000."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(n, 2)), columns=["x1", "x2"])
    table["a"] = np.sin(2.0 * table["x1"]) + 0.1 * rng.normal(size=n)
    table["b"] = 1000.0 * (np.cos(2.0 * table["x2"]) + 0.1 * rng.normal(size=n)) + 500.0
    return table.assign(w=rng.integers(0, 4, n))


def measure(values, w=None):
    center = np.average(values, axis=0, weights=w)
    return center, np.sqrt(np.average((values - center) ** 2, axis=0, weights=w))


def standardize(table, w=None):
    center, spread = measure(table, w)
    return (table - center) / spread


def make_pair(left="cbind(a, b)", data=None, hidden=4, **options):
    data = make_table() if data is None else data
    options = {"scale": True, "decay": 0.1, "init": "glorot", "seed": 1} | options
    return NeuralNetwork(f"{left} ~ x1 + x2", data, hidden, **options)


def compute_fit(net):
    """The share of the variance of each response that is explained."""
    table = make_table()[["a", "b"]]
    return 1.0 - ((net.fitted - table) ** 2).sum() / ((table - table.mean()) ** 2).sum()


def test_both_responses_are_fitted():
    net = make_pair(hidden=6, decay=0.001).train(200, optimizer="newton", restarts=4, trace=0)
    assert (compute_fit(net) > 0.95).all()


def test_automatic_training_fits_both_without_a_warning():
    net = NeuralNetwork("cbind(a, b) ~ x1 + x2", make_table(), 6, decay=0.001, seed=1)
    assert (compute_fit(net.train(trace=0)) > 0.95).all()


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    "options",
    [{"optimizer": "adam"}, {"optimizer": "rprop"}, {"optimizer": "adam", "batch_size": 64}],
)
@pytest.mark.parametrize(
    "engine",
    ["numpy", pytest.param("compiled", marks=pytest.mark.xdist_group("machine code"))],
)
def test_training_equals_that_of_responses_standardized_by_hand(weights, options, engine):
    """The same start and penalty give the same network in other units, after each iteration."""
    if engine == "compiled":
        pytest.importorskip("numba")
    table = make_table()
    w = None if weights is None else table[weights].to_numpy(float)
    by_hand = standardize(table[["x1", "x2", "a", "b"]], w).assign(w=table["w"])
    net = make_pair(weights=weights, engine=engine)
    twin = make_pair(data=by_hand, scale=False, weights=weights, engine=engine)
    center, spread = measure(table[["a", "b"]].to_numpy(), w)
    for iterations in (0, 1, 12):
        for each in (net, twin):
            each.train(iterations, **options, **QUIET)
        np.testing.assert_allclose(net.output, center + spread * twin.output, rtol=1e-7)
        assert net.compute_loss() == pytest.approx(twin.compute_loss(), rel=1e-8)
        assert net.objective()[0] == pytest.approx(twin.objective()[0], rel=1e-8)
    np.testing.assert_allclose(net.W[-1][1:], spread * twin.W[-1][1:], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("weights", [None, "w"])
def test_without_hidden_units_the_optimum_is_ridge_regression_of_standardized_responses(weights):
    table, decay = make_table(), 7.0
    w = np.ones(len(table)) if weights is None else table[weights].to_numpy(float)
    Z = standardize(table[["x1", "x2"]].to_numpy(), w)
    center, spread = measure(table[["a", "b"]].to_numpy(), w)
    Y = (table[["a", "b"]].to_numpy() - center) / spread
    B = np.linalg.solve(Z.T @ (w[:, None] * Z) + 2.0 * decay * np.eye(2), Z.T @ (w[:, None] * Y))
    net = make_pair(hidden=0, decay=decay, weights=weights).train(50, optimizer="newton", trace=0)
    np.testing.assert_allclose(net.output, center + spread * (Z @ B), rtol=1e-10)
    residuals = Y - Z @ B
    assert net.compute_loss() == pytest.approx(w @ (residuals**2).sum(axis=1) / 2.0, rel=1e-12)


@pytest.mark.parametrize("optimizer", ["lbfgs", "newton"])
def test_optimum_is_that_of_responses_standardized_by_hand(optimizer):
    """Also of the optimizers that always work in standardized columns."""
    table = make_table()
    center, spread = measure(table[["x1", "x2", "a", "b"]].to_numpy())
    net = make_pair(hidden=2, decay=1.0).train(500, optimizer=optimizer, trace=0)
    assert net.converged
    twin = make_pair(data=standardize(table), hidden=2, decay=1.0, scale=False)
    W1, W2 = (W.copy() for W in net.W)
    W1[0] += center[:2] @ W1[1:]
    W1[1:] *= spread[:2, None]
    W2[0] -= center[2:]
    twin.theta = np.concatenate([W1.ravel(), (W2 / spread[2:]).ravel()])
    value, gradient = twin.objective()
    assert net.objective()[0] == pytest.approx(value, rel=1e-12)
    assert np.abs(gradient).max() < 1e-4 * value


def test_derivatives_are_those_of_the_loss():
    net = make_pair(weights="w").train(3, optimizer="newton", trace=0)
    theta, H = net.theta, net.hessian()
    gradient = net.objective()[1]
    for place in range(theta.size):
        step = 1e-5 * max(abs(theta[place]), 1.0) * np.eye(theta.size)[place]
        (up, rise), (down, fall) = (net.objective(theta + each) for each in (step, -step))
        largest = np.abs(gradient).max() + np.abs(H[place, place]) * step.sum()
        assert (up - down) / (2.0 * step.sum()) == pytest.approx(
            gradient[place], rel=0, abs=1e-6 * largest
        )
        found = (rise - fall) / (2.0 * step.sum())
        np.testing.assert_allclose(found, H[place], rtol=0, atol=1e-6 * np.abs(H[place]).max())


def test_deviances_of_folds_do_not_depend_on_units():
    """The units are those of the whole table in each fold."""
    options = {"optimizer": "newton", "iterations": 20, "k": 3}
    small = make_pair("cbind(a, I(b / 1000))", hidden=0).cross_validate(**options)
    large = make_pair(hidden=0).cross_validate(**options)
    columns = ["deviance", "intercept"]
    np.testing.assert_allclose(large.folds[columns], small.folds[columns], rtol=1e-9)
    # Of an intercept alone it is about the number of responses.
    assert large.intercept == pytest.approx(2.0, rel=0.05)
    table = make_table()[["a", "b"]].to_numpy()
    spread = measure(table)[1]
    net = make_pair(hidden=0)
    assert net.compute_loss() == pytest.approx((((net.output - table) / spread) ** 2).sum() / 2.0)


def test_networks_that_count_responses_in_other_units_are_not_compared():
    one, other, open_ = (make_pair(hidden=0, scale=scale) for scale in (True, False, None))
    with pytest.raises(ValueError, match="give both networks the same scale="):
        one.compare(other, k=3, optimizer="newton")
    with pytest.raises(ValueError, match="give both networks the same scale="):
        one.compare(open_, k=3, optimizer="newton")
    found = other.compare(open_, k=3, optimizer="newton")
    assert abs(found.difference) <= 1e-9 * found.first.deviance


def test_responses_that_share_a_loss_badly_are_reported_where_training_begins():
    net = make_pair(scale=None)
    with pytest.warns(
        DataWarning, match=r"factor of 9.*: b will be fitted, a hardly\. Pass scale="
    ):
        net.train(1, 1e-9, trace=0)
    net.train(1, 1e-9, trace=0)
    for quiet in (make_pair(), make_pair(scale=None, hidden=0), make_pair("cbind(a, I(b/1000))")):
        quiet.train(1, 1e-9, trace=0)


def test_a_family_of_ones_own_is_told_to_bring_them_to_one_scale():
    @dataclass(frozen=True)
    class Robust(Gaussian):
        name: str = "robust"

    net = make_pair(family=Robust())
    assert net._model.perceptron.spreads is None
    with pytest.warns(DataWarning, match=r"a hardly\. Bring them to one scale"):
        net.train(1, 1e-9, trace=0)


@pytest.mark.parametrize("value", [0.1, 1e6])
def test_constant_response_is_its_constant(value):
    table = make_table().assign(a=value)
    net = make_pair(data=table).train(30, optimizer="newton", trace=0)
    np.testing.assert_allclose(net.output[:, 0], value, rtol=1e-6)
    assert net.compute_loss() < 0.5 * len(table)


def test_spread_beyond_floats_is_refused():
    with pytest.raises(ValueError, match=r"standard deviation of .*e-201, whose square is beyond"):
        make_pair(data=make_table().assign(a=lambda d: 1e-200 * d["a"]))


def test_one_response_and_counts_are_as_without():
    table = make_table().assign(n=np.arange(200) % 5, m=np.arange(200) % 7)
    for left, family in (("b", "gaussian"), ("cbind(n, m)", "poisson")):
        net = NeuralNetwork(f"{left} ~ x1 + x2", table, family=family, scale=True, seed=1)
        assert net._model.perceptron.spreads is None


def test_files_and_copies_keep_the_units(tmp_path):
    net = make_pair().train(5, optimizer="adam", trace=0)
    net.save(tmp_path / "with.nn", data=True)
    net.save(tmp_path / "without.nn")
    twins = [net.clone(), NeuralNetwork.load(tmp_path / "with.nn")]
    twins += [NeuralNetwork.load(tmp_path / "without.nn", data=make_table())]
    net.train(5, trace=0, optimizer="adam")
    for twin in twins:
        twin.train(5, trace=0, optimizer="adam")
        np.testing.assert_array_equal(twin.theta, net.theta)
        assert twin.compute_loss() == net.compute_loss()


def test_automatic_training_after_manual_training_changes_the_units():
    net = make_pair(scale=None, decay=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        net.train(5, 1e-9, trace=0)
    raw = net.compute_loss()
    net.train(trace=0)
    table = make_table()[["a", "b"]].to_numpy()
    residuals = (net.output - table) / measure(table)[1]
    assert net.compute_loss() == pytest.approx((residuals**2).sum() / 2.0, rel=1e-10)
    assert raw > 1e6


@pytest.mark.parametrize("spreads", [(1.0, 1.0), (1.0,), (np.nan, 1.0), (0.0, 1.0), ()])
def test_other_units_than_those_of_the_scaling_are_refused_in_a_file(spreads):
    model = make_pair()._model
    check_model(model)
    family = replace(model.perceptron.family, spreads=spreads)
    with pytest.raises(ValueError, match="a loss in other units than the scaling"):
        check_model(replace(model, perceptron=replace(model.perceptron, family=family)))
    plain = replace(model.perceptron, family=Gaussian())
    with pytest.raises(ValueError, match="a loss in other units than the scaling"):
        check_model(replace(model, perceptron=plain))


@pytest.mark.parametrize("spread", [0.0, -1.0, np.nan, np.inf, 1e-200])
def test_impossible_units_are_refused_in_a_file(spread):
    model = make_pair()._model
    spreads = (spread, 1.0)
    family = replace(model.perceptron.family, spreads=spreads)
    scaling = replace(model.scaling, y_spreads=np.array(spreads))
    forged = replace(model, perceptron=replace(model.perceptron, family=family), scaling=scaling)
    with pytest.raises(ValueError, match="scaling"):
        check_model(forged)


def test_networks_of_files_from_before_keep_their_loss():
    """They have one spread for all responses, and a loss in raw units."""
    model = make_pair()._model
    plain = replace(model.perceptron, family=Gaussian())
    old = replace(model, perceptron=plain, scaling=replace(model.scaling, y_spreads=None))
    check_model(old)
    fold = pick_rows(old.with_rows(old.rows, old.model_frame), np.arange(150))
    assert fold.perceptron.spreads is None
    assert fold.scaling.y_spreads is None
