"""CV+ by its definition: refits by statsmodels without each fold, and ranks counted one by one."""

from math import ceil, floor

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.inference.prediction import cross_conformal

N = 63


def make_table(n=N, seed=1):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    y = 1.0 + 2.0 * a - b + rng.normal(size=n)
    table = pd.DataFrame({"a": a, "b": b, "y": y, "e": rng.uniform(0.5, 3.0, n)})
    table["count"] = rng.poisson(table["e"] * np.exp(0.5 + 0.4 * a))
    table["w"] = np.resize([1, 2, 0, 3], n)
    return table


NEW = make_table(9, seed=2)


def fit(formula, table=None, hidden=0, **options):
    table = make_table() if table is None else table
    options = {"seed": 1, "init": "glorot"} | options
    return NeuralNetwork(formula, table, hidden, **options).train(optimizer="newton", trace=0)


def bound(centers, residuals, level):
    """Barber and others (2021), section 3: ranks of all differences and sums, for each new row."""
    n, alpha = len(residuals), round(1.0 - level, 10)
    lower, upper = [], []
    for row in range(centers.shape[1]):
        differences = sorted(c[row] - r for c, r in zip(centers, residuals, strict=True))
        sums = sorted(c[row] + r for c, r in zip(centers, residuals, strict=True))
        lower.append(differences[floor(alpha * (n + 1)) - 1])
        upper.append(sums[ceil(round((1.0 - alpha) * (n + 1), 10)) - 1])
    return np.array(lower), np.array(upper)


def leave_folds_out(net, judge, table, transform, w=None):
    """Predictions of new rows by the fit without the fold of each row, and its residual."""
    folds = net.inference().fold_fits.fold
    centers, residuals = np.empty((N, len(NEW))), np.empty(N)
    for number in range(folds.max() + 1):
        held = folds == number
        predict = judge(table[~held], None if w is None else w[~held])
        y = net.Y.to_numpy()[held]
        residuals[held] = np.abs(transform(y) - transform(predict(table[held])))
        centers[held] = transform(predict(NEW))
    if w is None:
        return centers, residuals
    return np.repeat(centers, w, axis=0), np.repeat(residuals, w)


def regress(rows, w):
    design = lambda data: sm.add_constant(data[["a", "b"]])  # noqa: E731
    w = np.ones(len(rows)) if w is None else w
    found = sm.WLS(rows["y"], design(rows), w).fit()
    return lambda data: found.predict(design(data)).to_numpy()


def count(rows, w):
    design = lambda data: sm.add_constant(data[["a"]])  # noqa: E731
    offset = lambda data: np.log(data["e"])  # noqa: E731
    model = sm.GLM(rows["count"], design(rows), sm.families.Poisson(), offset=offset(rows))
    found = model.fit(tol=1e-14)
    return lambda data: found.predict(design(data), offset=offset(data)).to_numpy()


@pytest.fixture(scope="module")
def least_squares():
    return fit("y ~ a + b")


@case_by_case("level", [0.5, 0.8, 0.9, 0.95, 1.0 - 1.0 / 64.0])
def test_intervals_are_the_definition(least_squares, level):
    """At the last level the rank is 1, which floating point would round down to 0."""
    net = least_squares
    lower, upper = bound(*leave_folds_out(net, regress, make_table(), lambda y: y), level)
    found = net.predict(NEW, interval="prediction", method="conformal", level=level)
    np.testing.assert_allclose(found["lower"], lower, rtol=1e-6)
    np.testing.assert_allclose(found["upper"], upper, rtol=1e-6)
    assert found["fit"].equals(net.predict(NEW).rename("fit"))


def test_a_weight_of_two_counts_a_row_twice():
    table = make_table()
    net, w = fit("y ~ a + b", table, weights="w"), table["w"].to_numpy()
    lower, upper = bound(*leave_folds_out(net, regress, table, lambda y: y, w), 0.9)
    found = net.predict(NEW, interval="prediction", method="conformal", level=0.9)
    np.testing.assert_allclose(found["lower"], lower, rtol=1e-6)
    np.testing.assert_allclose(found["upper"], upper, rtol=1e-6)


def test_counts_have_residuals_of_square_roots():
    net = fit("count ~ a + offset(log(e))", family="poisson")
    folds = leave_folds_out(net, count, make_table(), lambda y: np.sqrt(y + 0.375))
    lower, upper = (np.maximum(each, 0.0) ** 2 - 0.375 for each in bound(*folds, 0.9))
    found = net.predict(NEW, interval="prediction", method="conformal", level=0.9)
    np.testing.assert_allclose(found["lower"], np.maximum(lower, 0.0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["upper"], upper, rtol=1e-6)


def test_folds_are_balanced_and_fits_are_made_once(least_squares):
    record = least_squares.inference()
    sizes = np.bincount(record.fold_fits.fold)
    assert len(sizes) == 10 and set(sizes) == {6, 7}
    assert record.fold_fits is least_squares.inference().fold_fits


@case_by_case("options", [{"activation": "relu"}, {"mixture": 0.5}, {"activation": "tanh"}])
def test_any_network_has_conformal_intervals_of_new_rows(monkeypatch, options):
    """By default where there are hidden units, also without second derivatives.

    That fewer than 80 % of 200 new rows are covered has a probability below 1e-9 if 95 % are
    expected.
    """
    monkeypatch.setattr(cross_conformal, "N_STARTS", 1)
    net = NeuralNetwork("y ~ a + b", make_table(), 2, decay=0.1, seed=1, scale=True, **options)
    net = net.train(300, optimizer="rprop", trace=0)
    new = make_table(200, seed=3)
    found = net.predict(new, interval="prediction")
    covered = (found["lower"] <= new["y"]) & (new["y"] <= found["upper"])
    assert covered.mean() >= 0.8
    # They say something: a tenth of the rows at least is outside of intervals of 50 %.
    half = net.predict(new, interval="prediction", level=0.5)
    assert ((half["lower"] > new["y"]) | (new["y"] > half["upper"])).mean() > 0.1


def test_too_few_rows_for_a_level_are_an_error(least_squares):
    with pytest.raises(ValueError, match=r"level=0.99 needs at least 99 training rows.* are 63"):
        least_squares.predict(NEW, interval="prediction", method="conformal", level=0.99)
