"""R squared, RMSE and MAE, against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from neuralnet.metrics import summarize_regression

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 2.0])


@given(st.data(), st.integers(1, 20))
def test_measures_are_those_of_scikit_learn(data, n):
    y, mu = (np.array(data.draw(st.lists(NUMBERS, min_size=n, max_size=n))) for _ in range(2))
    w = data.draw(st.none() | st.lists(st.floats(0.125, 8.0), min_size=n, max_size=n))
    found = summarize_regression(y, mu, w)
    square = sklearn.metrics.mean_squared_error(y, mu, sample_weight=w)
    assert found["rmse"] == pytest.approx(np.sqrt(square), rel=1e-10)
    expected = sklearn.metrics.mean_absolute_error(y, mu, sample_weight=w)
    assert found["mae"] == pytest.approx(expected, rel=1e-10)
    if (y == y[0]).all():
        assert np.isnan(found["r2"])
    elif y.std() > 1e-3 * abs(y).max():  # elsewhere the rounding of the mean shows
        expected = sklearn.metrics.r2_score(y, mu, sample_weight=w, force_finite=False)
        assert found["r2"] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_constant_response_has_no_r_squared_whatever_its_mean_rounds_to():
    assert np.isnan(summarize_regression(np.full(7, 0.1), np.full(7, 0.2))["r2"])
    # Rows of weight 0 do not count.
    assert np.isnan(summarize_regression([1.0, 1.0, 5.0], [1.0, 2.0, 3.0], [1, 1, 0])["r2"])


def test_no_weight_gives_no_measures():
    assert summarize_regression([1.0, 2.0], [1.0, 1.0], [0, 0]).isna().all()
    assert summarize_regression([], []).isna().all()


def test_infinite_prediction_is_infinitely_wrong():
    found = summarize_regression([1.0, 2.0], [1.0, np.inf])
    assert found.to_dict() == {"r2": -np.inf, "rmse": np.inf, "mae": np.inf}


@pytest.mark.parametrize(
    ("y", "mu", "message"),
    [
        ([1.0, 2.0], [1.0], r"predicted has the shape \(1,\)"),
        ([1.0, np.nan], [1.0, 2.0], "truth is missing in 1 of 2 rows"),
        ([1.0, 2.0], [np.nan, 2.0], "predicted is missing in 1 of 2 rows"),
    ],
)
def test_bad_numbers_are_refused(y, mu, message):
    with pytest.raises(ValueError, match=message):
        summarize_regression(y, mu)
