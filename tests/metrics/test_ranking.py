"""ROC AUC, average precision and the best threshold, against scikit-learn and by counting pairs."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.metrics import average_precision, find_best_threshold, roc_auc


@st.composite
def ranked_rows(draw):
    """Rows of both classes, scores with many ties, and weights, some of 0, or None."""
    n = draw(st.integers(2, 30))
    truth = [True, False, *draw(st.lists(st.booleans(), min_size=n - 2, max_size=n - 2))]
    score = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(
        0.0, 1.0, allow_subnormal=False
    )
    scores = draw(st.lists(score, min_size=n, max_size=n))
    positive = st.lists(st.floats(0.125, 8.0) | st.just(0.0), min_size=n - 2, max_size=n - 2)
    return (
        np.array(truth),
        np.array(scores),
        draw(st.none() | positive.map(lambda w: [1.0, 2.0, *w])),
    )


@given(ranked_rows())
def test_areas_are_those_of_scikit_learn(rows):
    truth, scores, w = rows
    expected = sklearn.metrics.roc_auc_score(truth, scores, sample_weight=w)
    assert roc_auc(truth, scores, w) == pytest.approx(expected, rel=1e-10)
    expected = sklearn.metrics.average_precision_score(truth, scores, sample_weight=w)
    assert average_precision(truth, scores, w) == pytest.approx(expected, rel=1e-10)


@given(ranked_rows())
def test_auc_is_the_share_of_pairs_in_order(rows):
    truth, scores, w = rows
    w = np.ones(len(truth)) if w is None else np.array(w)
    pairs = np.sign(scores[truth][:, None] - scores[~truth]) / 2.0 + 0.5
    weights = w[truth][:, None] * w[~truth]
    assert roc_auc(truth, scores, w) == pytest.approx((pairs * weights).sum() / weights.sum())
    assert roc_auc(~truth, -scores, w) == pytest.approx(roc_auc(truth, scores, w))


@given(ranked_rows())
def test_no_threshold_has_a_higher_f1(rows):
    truth, p, w = rows
    w = np.ones(len(truth)) if w is None else np.array(w)
    if not p.any():
        assert np.isnan(find_best_threshold(truth, p, w)).all()
        return
    threshold, f1 = find_best_threshold(truth, p, w)
    assert 0.0 < threshold < 1.0

    def score(t):
        return sklearn.metrics.f1_score(truth, p > t, sample_weight=w, zero_division=0.0)

    assert f1 == pytest.approx(score(threshold), rel=1e-10)
    assert all(score(t) <= f1 + 1e-12 for t in p[(p > 0.0) & (p < 1.0)])


def test_threshold_has_few_digits_and_is_between_two_probabilities():
    truth = [False, False, True, True]
    assert find_best_threshold(truth, [0.0, 0.30101, 0.30111, 0.9]) == (0.3011, 1.0)
    close = np.nextafter(0.3, 1.0)
    assert find_best_threshold(truth, [0.0, 0.3, close, 0.9]) == (0.3, 1.0)


def test_undefined_without_a_pair_or_a_positive_row():
    for truth, w in (([True, True], None), ([True, False], [1.0, 0.0])):
        assert np.isnan(roc_auc(truth, [0.2, 0.7], w))
        assert average_precision(truth, [0.2, 0.7], w) == 1.0
    for truth, w in (([False, False], None), ([True, False], [0.0, 1.0])):
        assert np.isnan(roc_auc(truth, [0.2, 0.7], w))
        assert np.isnan(average_precision(truth, [0.2, 0.7], w))
        assert np.isnan(find_best_threshold(truth, [0.2, 0.7], w)).all()
    assert np.isnan(find_best_threshold([False, True], [0.0, 5e-324])).all()
    assert np.isnan(roc_auc([], [])) and np.isnan(average_precision([], []))
    assert np.isnan(roc_auc([True], [0.3])) and average_precision([True], [0.3]) == 1.0


def test_scores_without_information_give_a_half_and_the_prevalence():
    truth = np.arange(50) < 3
    assert roc_auc(truth, np.full(50, 0.3)) == 0.5
    assert average_precision(truth, np.full(50, 0.3)) == pytest.approx(3 / 50)


def test_infinite_scores_have_their_rank():
    assert roc_auc([False, True, True], [-np.inf, 0.0, np.inf]) == 1.0


@case_by_case(
    ("truth", "scores", "w", "message"),
    [
        (["yes", "no"], [0.1, 0.2], None, "such as y == 'yes'; it holds other values"),
        ([0, 2], [0.1, 0.2], None, "it holds other values"),
        ([0.0, np.nan], [0.1, 0.2], None, "truth is missing in 1 of 2 rows"),
        (pd.array([True, None], "boolean"), [0.1, 0.2], None, "truth is missing in 1 of 2 rows"),
        ([[True]], [0.1], None, "truth has 2 dimensions"),
        ([True, False], [0.1], None, r"scores has the shape \(1,\); give one number a row"),
        ([True, False], [0.1, np.nan], None, "scores is missing in 1 of 2 rows"),
        ([True, False], [0.1, 0.2], [1.0, -1.0], "the weight of row 1 is -1"),
    ],
)
@case_by_case("measure", [roc_auc, average_precision])
def test_bad_arrays_are_refused(measure, truth, scores, w, message):
    with pytest.raises(ValueError, match=message):
        measure(truth, scores, w)


def test_scores_that_are_text_are_refused():
    with pytest.raises(TypeError, match="scores must be one number for each row"):
        roc_auc([True, False], ["high", "low"])
