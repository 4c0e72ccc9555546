"""Calibration: scikit-learn's curve, statsmodels' limits, and rows that are repeated."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from loops import case_by_case
from networks import make_net, make_table
from pandas.testing import assert_frame_equal
from r_models import fit, infer, read_table
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from neuralnet import NeuralNetwork
from neuralnet.errors import DataWarning
from neuralnet.inference.diagnostics.calibration import compute_wilson_limits

TRAINING = {"optimizer": "newton", "trace": 0}


def check_curve(table, truth, probability, bins):
    true, predicted = calibration_curve(truth, probability, n_bins=bins, strategy="quantile")
    np.testing.assert_allclose(table["observed"], true, rtol=1e-12)
    np.testing.assert_allclose(table["predicted"], predicted, rtol=1e-12)
    assert table["n"].sum() == len(truth)


@case_by_case("bins", [1, 3, 10, 17])
def test_curves_are_those_of_scikit_learn(bins):
    net, found = fit("pima_tr"), infer("pima_tr")
    check_curve(found.calibration(bins=bins), net.Y.eq(net.classes[1]), net.output[:, 0], bins)
    net, found = fit("survey"), infer("survey").calibration(bins=bins)
    assert [*found["group"].unique()] == net.classes
    for k, name in enumerate(net.classes):
        table = found[found["group"] == name]
        check_curve(table, net.Y.eq(name), net.output[:, k], bins)


def test_two_classes_of_softmax_are_the_second():
    table, training = make_table(), {"hidden": 0, "family": "softmax"}
    one = make_net("binomial", 0).train(**TRAINING).inference()
    two = NeuralNetwork("win ~ x1 + x2 + kind", table, **training).train(**TRAINING).inference()
    assert_frame_equal(one.calibration(bins=4), two.calibration(bins=4), rtol=1e-5)


def test_predictions_that_are_alike_are_in_one_bin():
    table = make_table()
    net = NeuralNetwork("win ~ kind", table, 0, family="binomial").train(**TRAINING)
    found = net.inference().calibration()
    check_curve(found, table["win"], net.output[:, 0], 10)
    shares = table.groupby("kind")["win"].mean().sort_values()
    np.testing.assert_allclose(found["observed"], shares)
    np.testing.assert_allclose(found["predicted"], shares, rtol=1e-6)


def test_limits_of_shares_are_wilsons():
    for share, n, level in [(0.0, 4, 0.95), (1.0, 9, 0.5), (0.25, 8, 0.9), (1 / 3, 6000, 0.99)]:
        expected = proportion_confint(round(share * n), n, 1.0 - level, method="wilson")
        assert compute_wilson_limits(share, n, level) == pytest.approx(expected, abs=1e-15)


@case_by_case("family", ["gaussian", "poisson"])
def test_means_of_numbers_have_limits_by_t(family):
    net = make_net(family, 0).train(**TRAINING)
    found = net.inference().calibration(bins=4, level=0.9)
    order = np.argsort(net.output[:, 0])
    for rows, row in zip(np.split(order, 4), found.itertuples(), strict=True):
        y = net.Y.to_numpy(dtype=float)[rows]
        assert (row.lower + row.upper) / 2.0 == pytest.approx(y.mean(), rel=1e-10)
        width = (row.upper - row.lower) / 2.0 / scipy.stats.sem(y)
        assert scipy.stats.t.cdf(width, len(y) - 1) == pytest.approx(0.95, rel=1e-10)
        assert [row.predicted, row.observed, row.n] == pytest.approx(
            [net.output[rows, 0].mean(), y.mean(), len(y)]
        )
    each = net.inference().calibration(bins=36)
    assert each[each["n"] == 1][["lower", "upper"]].isna().all(axis=None)


@case_by_case("family", ["softmax", "gaussian"])
def test_a_weight_of_2_is_a_row_twice(family):
    table = make_table().assign(times=np.resize([2, 1, 3, 0], 36))
    once = NeuralNetwork(
        make_net(family).formula, table, 1, family=family, weights="times", decay=0.1, seed=1
    ).train(**TRAINING)
    again = NeuralNetwork(
        once.formula, table.loc[table.index.repeat(table["times"])], 1, family=family, decay=0.1
    )
    again.theta = once.theta
    expected = again.inference().calibration(bins=5)
    assert_frame_equal(once.inference().calibration(bins=5), expected)
    # The column of the weights counts in new data too.
    assert_frame_equal(once.inference().calibration(table, bins=5), expected)


def test_trials_count():
    """As their successes and failures, one row each."""
    table = read_table("esoph")
    counts = [table["ncases"], table["ncontrols"]]
    single = pd.concat(
        [table.loc[table.index.repeat(n)].assign(won=1.0 * (not i)) for i, n in enumerate(counts)]
    )
    net = NeuralNetwork("won ~ agegp + alcgp + tobgp", single, 0, family="binomial")
    net.theta = fit("esoph").theta
    found, expected = infer("esoph").calibration(), net.inference().calibration()
    assert_frame_equal(found, expected)
    assert found["n"].sum() == sum(counts).sum()


def test_new_rows_are_read_as_accuracy_reads_them():
    table = make_table()
    net = make_net("binomial", 0).train(**TRAINING)
    found, new = net.inference(), table.iloc[::2]
    check_curve(found.calibration(new, 3), new["win"], net.predict(new, type="response"), 3)
    new = new.assign(x1=new["x1"].where(np.arange(18) > 2))
    with pytest.warns(DataWarning, match="3 of 18 rows left out: missing values"):
        assert found.calibration(new)["n"].sum() == 15
    with pytest.raises(ValueError, match="'win' is not in the data"):
        found.calibration(table.drop(columns="win"))
    with pytest.raises(ValueError, match="bins must be a whole number of at least 1, not 0"):
        found.calibration(bins=0)
    with pytest.raises(ValueError, match="level must be a number above 0 and below 1"):
        found.calibration(level=95)


def test_rows_without_weight_are_nothing_to_compare():
    table = make_table().assign(w=1.0)
    net = NeuralNetwork("win ~ x1", table, 0, family="binomial", weights="w").train(**TRAINING)
    table = table.assign(w=np.arange(36) == 0, x1=table["x1"].where(np.arange(36) > 0))
    with (
        pytest.warns(DataWarning, match="1 of 36 rows left out"),
        pytest.raises(ValueError, match="no row has a weight above 0"),
    ):
        net.inference().calibration(table.astype({"w": float}))
