"""Model frames: weights, offsets and positions stay in step with the rows that are kept."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.model_frame import read_model_frame
from neuralnet.design.weights import read_class_weight, read_weights


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"y": list("abcabc"), "a": [1.0, 2.0, 4.0, 7.0, 5.0, 3.0]},
        index=[10, 10, 20, 30, 40, 50],
    )


def test_columns_weights_and_offset_stay_aligned(frame: pd.DataFrame) -> None:
    w, offset = [1, np.nan, 3, 4, 5, 6], [10, 20, np.nan, 40, 50, 60]
    model_frame = read_model_frame(frame, w, offset, subset="a < 6")
    # Row 1 has no weight, row 2 no offset, row 3 is not in the subset.
    assert model_frame.positions.tolist() == [0, 4, 5]
    assert (len(model_frame.labels), model_frame.n_selected) == (6, 5)
    assert model_frame.w.tolist() == [1, 5, 6]
    assert model_frame.offset.tolist() == [[10], [50], [60]]
    assert model_frame.frame["a"].tolist() == [1, 5, 3]
    again = model_frame.pick(np.array([False, True, True]))
    assert again.positions.tolist() == [4, 5]
    assert again.w.tolist() == [5, 6]
    assert (len(again.labels), again.n_selected) == (6, 5)


def test_all_rows_are_kept_by_default(frame: pd.DataFrame) -> None:
    model_frame = read_model_frame(frame)
    assert model_frame.positions.tolist() == list(range(6))
    assert model_frame.w is model_frame.offset is None
    assert read_model_frame(frame, offset="a").offset_names == ("a",)


def test_no_row_with_both_weight_and_offset_is_an_error(frame: pd.DataFrame) -> None:
    w, offset = [1, 1, 1, np.nan, np.nan, np.nan], [np.nan] * 3 + [1, 1, 1]
    with pytest.raises(ValueError, match="none of 6 rows has both a weight and an offset"):
        read_model_frame(frame, w, offset)


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        (None, None),
        ("a", [1, 2, 4, 7, 5, 3]),
        ([0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2]),
        (pd.Series(range(6), index=list("abcdef")), [0, 1, 2, 3, 4, 5]),
        (pd.array([1, None, 2, 0, 1, 2], "Int64"), [1, np.nan, 2, 0, 1, 2]),
    ],
    ids=["none", "column", "list", "series of another index", "missing"],
)
def test_weights_are_one_for_each_row_by_position(
    weights: object, wanted: list | None, frame: pd.DataFrame
) -> None:
    w = read_weights(weights, frame)
    if wanted is None:
        assert w is None
    else:
        np.testing.assert_array_equal(w, wanted)


@case_by_case(
    ("weights", "error", "reported"),
    [
        ("b", ValueError, "column 'b' is not in the data"),
        ([1, 2], ValueError, "one for each of 6 rows, not 2"),
        ([1, 2, 3, -1, 5, 6], ValueError, "0 or more; row 30 has -1"),
        ([0] * 6, ValueError, "must not all be 0"),
        ([np.inf] * 6, ValueError, "infinite"),
        (list("abcdef"), TypeError, "must be numbers"),
        ([True] * 6, TypeError, "must be numbers"),
    ],
    ids=["column", "count", "negative", "zero", "infinite", "text", "bools"],
)
def test_invalid_weights_are_reported(
    weights: object, error: type, reported: str, frame: pd.DataFrame
) -> None:
    with pytest.raises(error, match=reported):
        read_weights(weights, frame)


def balance(given: object, w: list[float] | None = None) -> np.ndarray | None:
    return read_class_weight(given, ("x", "y"), np.array([0, 0, 0, 1]), w and np.array(w))


def test_balanced_class_weights_are_equal_in_sum_and_keep_the_total() -> None:
    each = balance("balanced")
    # As scikit-learn: n / (K n_k).
    assert each.tolist() == [4 / 6, 4 / 2]
    assert each[0] * 3 == each[1] * 1
    assert balance("balanced", [1.0, 2.0, 3.0, 2.0]).tolist() == [8 / 12, 8 / 4]
    assert balance({"y": 2, "x": 0.5}).tolist() == [0.5, 2.0]
    assert balance(None) is None


@case_by_case(
    ("given", "error", "reported"),
    [
        ("balance", ValueError, "class_weight must be one of 'balanced', not 'balance'"),
        ([1, 2], TypeError, "'balanced' or a dict"),
        ({"x": 1}, ValueError, "must name each class, 'x', 'y'; this names 'x'"),
        ({"x": 1, "z": 1}, ValueError, "this names 'x', 'z'"),
        ({"x": 1, "y": -1}, ValueError, "class_weight of 'y' must be a number of at least 0"),
        ({"x": 1, "y": "2"}, TypeError, "class_weight of 'y'"),
    ],
)
def test_invalid_class_weights_are_reported(given: object, error: type, reported: str) -> None:
    with pytest.raises(error, match=reported):
        balance(given)


def test_class_weights_need_classes_with_positive_weight() -> None:
    with pytest.raises(ValueError, match="needs a response of classes"):
        read_class_weight("balanced", (), None, None)
    with pytest.raises(ValueError, match="'y' has none"):
        balance("balanced", [1.0, 1.0, 1.0, 0.0])


def test_series_in_another_order_is_refused(frame: pd.DataFrame) -> None:
    frame = frame.set_axis(list("uvwxyz"))
    for name in ("weights", "offset"):
        backwards = frame["a"].iloc[::-1]
        with pytest.raises(ValueError, match=f"labels of the data in another order: .*{name}.loc"):
            read_model_frame(frame, **{name: backwards})
        by_label = read_model_frame(frame, **{name: backwards.loc[frame.index]})
        by_position = read_model_frame(frame, **{name: frame["a"].to_numpy()})
        np.testing.assert_array_equal(by_label.w, by_position.w)
        np.testing.assert_array_equal(by_label.offset, by_position.offset)
