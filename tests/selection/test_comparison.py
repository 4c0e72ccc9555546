"""Comparisons on the same folds: the corrected standard error, and which are possible."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from loops import case_by_case
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.selection.comparison import compute_corrected_std_error

NEWTON = {"optimizer": "newton"}


def test_standard_error_is_that_of_nadeau_and_bengio():
    """5 folds twice: 10 differences of variance 11/12 * 10, a quarter as many rows held out."""
    differences = np.arange(10.0)
    expected = np.sqrt((1 / 10 + 1 / 4) * 55 / 6)
    assert compute_corrected_std_error(differences, k=5) == pytest.approx(expected, rel=1e-14)


def test_a_comparison_is_made_of_two_cross_validations_on_the_same_folds():
    net, other = make_net("gaussian", 0, decay=0.1), make_net("gaussian", 2, decay=1.0, seed=9)
    before = [take_snapshot(each) for each in (net, other)]
    found = net.compare(other, 4, 2, **NEWTON)
    pd.testing.assert_frame_equal(
        found.first.folds, net.cross_validate(4, 2, **NEWTON).folds, check_exact=True
    )
    folds = found.folds
    names = ["r2", "rmse", "mae", "deviance_explained"]
    pairs = [f"{name}_{which}" for name in names for which in ("first", "second")]
    assert list(folds) == ["repeat", "fold", "rows", "first", "second", "difference", *pairs]
    np.testing.assert_array_equal(found.first.folds["intercept"], found.second.folds["intercept"])
    np.testing.assert_array_equal(folds["difference"], folds["first"] - folds["second"])
    # Folds of 36 rows are of one size.
    assert found.difference == pytest.approx(folds["difference"].mean(), rel=1e-12)
    error = np.sqrt((1 / 8 + 1 / 3) * folds["difference"].var())
    assert found.std_error == pytest.approx(error, rel=1e-12)
    assert found.df == 7
    assert found.t == pytest.approx(found.difference / error, rel=1e-12)
    p = 2.0 * scipy.stats.t.sf(abs(found.t), 7)
    assert found.p_value == pytest.approx(p, abs=1e-13)
    interval = scipy.stats.t.interval(0.95, 7, found.difference, error)
    assert found.interval == pytest.approx(interval, rel=1e-9)
    assert np.isnan(found.accuracy_difference) and np.isnan(found.accuracy_std_error)
    again = net.compare(other, 4, 2, **NEWTON)
    pd.testing.assert_frame_equal(folds, again.folds, check_exact=True)
    assert [take_snapshot(each) for each in (net, other)] == before


def test_equal_networks_differ_by_exactly_nothing():
    net = make_net(hidden=2, decay=0.1)
    found = net.compare(make_net(hidden=2, decay=0.1, seed=5), 3, iterations=20, batch_size=7)
    assert found.difference == found.std_error == found.accuracy_difference == 0.0
    assert (found.folds["difference"] == 0.0).all()
    assert found.interval == (0.0, 0.0)
    assert np.isnan(found.t) and np.isnan(found.p_value)


def test_families_of_classes_are_compared():
    """Two logistic outputs are equivalent to one with half the penalty."""
    table = make_table()
    one = NeuralNetwork("win ~ x1", table, 0, family="binomial", decay=0.05, seed=1)
    two = NeuralNetwork("win ~ x1", table, 0, decay=0.1, seed=1)
    found = one.compare(two, 4, **NEWTON)
    np.testing.assert_allclose(found.folds["difference"], 0.0, atol=1e-9)
    assert found.accuracy_difference == 0.0
    assert (found.metrics["difference"].abs() < 1e-9).all()


# With whole patients held out, a slope in patient numbers is extrapolated.
@pytest.mark.filterwarnings("ignore:.*Overconfident", "ignore:.*decay=.* is so high")
def test_groups_hold_for_both_whatever_columns_their_formulas_use():
    table = make_table().assign(patient=np.repeat(np.arange(12), 3))
    net = NeuralNetwork("cost ~ x1 + patient", table, 0, decay="cv", seed=1)
    other = NeuralNetwork("cost ~ x1", table, 0, decay="cv", seed=1)
    found = net.compare(other, 3, groups="patient", **NEWTON)
    by_hand = net.compare(other, 3, groups=table["patient"], **NEWTON)
    pd.testing.assert_frame_equal(found.folds, by_hand.folds, check_exact=True)


TABLE = make_table()


@case_by_case(
    ("other", "kind", "message"),
    [
        (TABLE, TypeError, "takes another NeuralNetwork, not DataFrame"),
        (
            NeuralNetwork("cost ~ x1", TABLE[:30], 0),
            ValueError,
            "different rows, 36 and 30, .* subset=",
        ),
        (
            NeuralNetwork("cost ~ x1", pd.concat([TABLE, TABLE[:1]]), 0, subset=range(1, 37)),
            ValueError,
            "different rows, 36 each, but not the same",
        ),
        (NeuralNetwork("x2 ~ x1", TABLE, 0), ValueError, "different responses, cost and x2"),
        (
            NeuralNetwork("log(cost) ~ x1", TABLE.assign(cost=TABLE["cost"] ** 2), 0),
            ValueError,
            "different r",
        ),
        (NeuralNetwork("win ~ x1", TABLE, 0), ValueError, "different responses, cost and win"),
        (
            NeuralNetwork("cost ~ x1", TABLE, 0, weights=np.arange(1.0, 37.0)),
            ValueError,
            "the networks differ in weights=",
        ),
    ],
)
def test_networks_that_cannot_be_compared_are_refused(other, kind, message):
    net = NeuralNetwork("cost ~ x1 + x2", TABLE, 0)
    with pytest.raises(kind, match=message):
        net.compare(other)


def test_deviances_in_other_units_are_not_compared():
    gaussian = NeuralNetwork("count ~ x1", TABLE, 0, family="gaussian")
    poisson = NeuralNetwork("count ~ x1", TABLE, 0, family="poisson")
    with pytest.raises(ValueError, match="of the families 'gaussian' and 'poisson' are in differ"):
        gaussian.compare(poisson)
    balanced = NeuralNetwork("win ~ x1", TABLE, 0, class_weight="balanced")
    with pytest.raises(ValueError, match="the networks differ in class_weight="):
        balanced.compare(NeuralNetwork("win ~ x1", TABLE, 0))


def test_what_is_shown():
    net, other = make_net("gaussian", 0, decay=1.0), make_net("gaussian", 1, decay=1.0)
    found = net.compare(other, 3, **NEWTON)
    text = repr(found).splitlines()
    assert text[0] == "Comparison in the same 3 folds"
    assert text[1].startswith("first: cost ~ x1 + x2 + kind; 5 inputs - 1 gaussian output; dev")
    assert text[2].startswith("second: cost ~ x1 + x2 + kind; 5 inputs - 1 sigmoid - 1 gaussian")
    assert text[3].startswith(f"difference {found.difference:.4g}, standard error")
    assert text[4] == f"t {found.t:.3g} with 2 degrees of freedom, p value {found.p_value:.2g}"
    assert "<summary>folds (3, 14)</summary>" in found._repr_html_()


def test_measures_are_compared_in_the_folds_where_both_are_defined():
    """In some folds only one of them predicts the second class, and has a precision."""
    net, other = make_net("binomial", 0, decay=300.0), make_net("binomial", 0, decay=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = net.compare(other, 6, 2, **NEWTON)
    folds, table = found.folds, found.metrics
    assert list(table.index) == list(found.first.metrics.index)
    assert (folds["precision_first"].isna() & folds["precision_second"].notna()).any()
    for name in table.index[1:]:
        one, two = folds[f"{name}_first"], folds[f"{name}_second"]
        pd.testing.assert_series_equal(one, found.first.folds[name], check_names=False)
        pd.testing.assert_series_equal(two, found.second.folds[name], check_names=False)
        gaps = (one - two).dropna()
        row, n = table.loc[name], len(gaps)
        assert row["folds"] == n > 1
        # Folds of 36 rows are of one size.
        means = row["first"], row["second"], row["difference"]
        expected = one[gaps.index].mean(), two[gaps.index].mean(), gaps.mean()
        assert means == pytest.approx(expected, rel=1e-10, abs=1e-15)
        error = np.sqrt((1 / n + 1 / 5) * gaps.var())
        assert row["std_error"] == pytest.approx(error, rel=1e-10, abs=1e-15)
    assert table.loc["deviance", "difference"] == found.difference
    assert table.loc["accuracy", "difference"] == found.accuracy_difference


def test_a_class_that_folds_lack_is_warned_of_once():
    table = make_table().assign(y=np.where(np.arange(36) < 3, "b", "a"))
    nets = [NeuralNetwork(f"y ~ {x}", table, 0, decay=0.1, seed=1) for x in ("x1", "x2")]
    with pytest.warns(UserWarning) as reported:
        nets[0].compare(nets[1], 6, iterations=3)
    assert sum("folds lack a class" in str(each.message) for each in reported) == 1
