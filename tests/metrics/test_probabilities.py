"""Log loss, Brier score and the measures of each class, against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.metrics import brier_score, log_loss, summarize_probabilities

CLASSES = ["c", "a", "d", "b"]


@st.composite
def probability_rows(draw):
    """Rows of some of 2 to 4 classes, probabilities with ties, and weights or None."""
    K, n = draw(st.integers(2, 4)), draw(st.integers(1, 25))
    codes = np.array(draw(st.lists(st.integers(0, K - 1), min_size=n, max_size=n)))
    part = st.sampled_from([0.1, 0.2, 0.5, 1.0]) | st.floats(0.01, 1.0)
    P = np.array(draw(st.lists(part, min_size=n * K, max_size=n * K))).reshape(n, K)
    w = draw(st.none() | st.lists(st.floats(0.125, 8.0), min_size=n, max_size=n))
    return CLASSES[:K], codes, P / P.sum(axis=1, keepdims=True), w


@given(probability_rows())
def test_log_loss_is_that_of_scikit_learn(rows):
    classes, codes, P, w = rows
    expected = sklearn.metrics.log_loss(codes, P, labels=range(len(classes)), sample_weight=w)
    found = log_loss(np.array(classes)[codes], P, classes, w)
    assert found == pytest.approx(expected, rel=1e-10)


@given(probability_rows())
def test_brier_score_is_the_mean_square_of_each_class(rows):
    """For two classes that of scikit-learn, for more the sum over the classes (Brier, 1950)."""
    classes, codes, P, w = rows
    Y = np.eye(len(classes))[codes]
    each = [np.average((P[:, k] - Y[:, k]) ** 2, weights=w) for k in range(len(classes))]
    expected = sum(each) if len(classes) > 2 else each[1]
    labels = np.array(classes)[codes]
    assert brier_score(labels, P, classes, w) == pytest.approx(expected, rel=1e-10)
    if len(classes) == 2:
        theirs = sklearn.metrics.brier_score_loss(codes == 1, P[:, 1], sample_weight=w)
        assert brier_score(labels, P[:, 1], classes, w) == pytest.approx(theirs, rel=1e-10)
    table = summarize_probabilities(labels, P, classes, w)
    np.testing.assert_allclose(table.loc[classes, "brier"], each, rtol=1e-10)


@given(probability_rows())
def test_each_class_against_the_others_is_that_of_scikit_learn(rows):
    classes, codes, P, w = rows
    table = summarize_probabilities(np.array(classes)[codes], P, classes, w)
    assert list(table.index) == [*classes, "macro average", "weighted average"]
    weights = np.ones(len(codes)) if w is None else np.array(w)
    areas, precisions = [], []
    for k, name in enumerate(classes):
        truth, one = codes == k, table.loc[name]
        assert one["support"] == pytest.approx(weights[truth].sum())
        assert one["prevalence"] == pytest.approx(weights[truth].sum() / weights.sum())
        defined = truth.any() and not truth.all()
        judges = sklearn.metrics.roc_auc_score, sklearn.metrics.average_precision_score
        area = judges[0](truth, P[:, k], sample_weight=w) if defined else np.nan
        precision = judges[1](truth, P[:, k], sample_weight=w) if truth.any() else np.nan
        found = one[["roc_auc", "average_precision"]].astype(float)
        np.testing.assert_allclose(found, [area, precision], rtol=1e-10)
        areas.append(area)
        precisions.append(precision)
    for name, each in (("roc_auc", areas), ("average_precision", precisions)):
        macro = np.nan if np.isnan(each).all() else np.nanmean(each)
        assert table.loc["macro average", name] == pytest.approx(macro, rel=1e-10, nan_ok=True)
    if len(np.unique(codes)) == len(classes) > 2:
        for average in ("macro", "weighted"):
            expected = sklearn.metrics.roc_auc_score(
                codes, P, multi_class="ovr", average=average, sample_weight=w
            )
            # scikit-learn weighs classes by numbers of rows, whatever the weights of these.
            if average == "macro" or w is None:
                found = table.loc[f"{average} average", "roc_auc"]
                assert found == pytest.approx(expected, rel=1e-10)


def test_weight_of_2_is_a_row_twice_and_of_0_is_no_row():
    labels, P = list("abba"), np.array([0.1, 0.8, 0.4, 1.0])
    w, rows = [2, 1, 1, 0], [0, 0, 1, 2]
    one = summarize_probabilities(labels, P, ["a", "b"], w)
    other = summarize_probabilities([labels[i] for i in rows], P[rows], ["a", "b"])
    np.testing.assert_allclose(one, other)
    for measure in (log_loss, brier_score):
        expected = measure([labels[i] for i in rows], P[rows], ["a", "b"])
        assert measure(labels, P, ["a", "b"], w) == pytest.approx(expected)
        assert np.isnan(measure(labels, P, ["a", "b"], np.zeros(4)))


def test_certain_and_wrong_costs_infinitely_much():
    assert log_loss(["a", "b"], [0.0, 0.0], ["a", "b"]) == np.inf
    assert log_loss(["a", "b"], [0.0, 1.0], ["a", "b"]) == 0.0


def test_columns_of_a_frame_are_matched_by_class():
    P = pd.DataFrame({"b": [0.9, 0.2], "a": [0.1, 0.8]})
    assert log_loss(["b", "a"], P, ["a", "b"]) == pytest.approx(-np.log([0.9, 0.8]).mean())


@case_by_case(
    ("probabilities", "kind", "message"),
    [
        ([0.1, 1.2], ValueError, "must be from 0 to 1; row 1 has"),
        ([0.1, np.nan], ValueError, "probabilities is missing in 1 of 2 rows"),
        ([0.1, 0.2, 0.3], ValueError, r"shape \(3,\); give one for each row and class, \(2, 2\)"),
        (np.full((2, 3), 0.2), ValueError, r"has the shape \(2, 3\)"),
        (pd.DataFrame({"a": [1, 1], "c": [0, 0]}), ValueError, r"columns \['a', 'c'\]; the cl"),
        (["low", "high"], TypeError, "probabilities must be numbers"),
    ],
)
@case_by_case("measure", [log_loss, brier_score, summarize_probabilities])
def test_bad_probabilities_are_refused(measure, probabilities, kind, message):
    with pytest.raises(kind, match=message):
        measure(["a", "b"], probabilities, ["a", "b"])
