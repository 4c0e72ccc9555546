"""Offsets as a design reads them: from a formula, from columns, from numbers beside the table."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.design.model_frame import read_model_frame
from neuralnet.design.offset import add_offsets, read_offset


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
            "a": [1.0, 2.0, 4.0, 7.0, 5.0, 3.0],
            "b": [3, 1, 2, 5, 4, 6],
            "g": list("uvwuvw"),
            "t": [True, False, False, True, True, False],
        },
        index=[10, 20, 20, 30, 40, 50],
    )


# (right side, columns named beside it, the offset by hand)
VALUES = [
    ("g + offset(a)", (), lambda d: d[["a"]]),
    ("offset(log(b))", (), lambda d: np.log(d[["b"]])),
    ("a + offset(a) + offset(2 * b)", (), lambda d: d[["a"]] + 2 * d[["b"]].to_numpy()),
    ("g + offset(cbind(a, b, log(a)))", (), lambda d: d.assign(l=np.log(d["a"]))[["a", "b", "l"]]),
    ("g", ("b",), lambda d: d[["b"]]),
    ("g", ("b", "a"), lambda d: d[["b", "a"]]),
    ("offset(a)", ("b", "a"), lambda d: d[["b", "a"]] + d[["a"]].to_numpy()),
    ("offset(center(a))", (), lambda d: d[["a"]] - 22 / 6),
]


@case_by_case(("right", "columns", "by_hand"), VALUES, ids=[row[0] for row in VALUES])
def test_offset_is_read_from_training_and_new_data(right, columns, by_hand, frame) -> None:
    design = Design.fit(f"y ~ {right}", frame, offset=columns)
    for rows in (frame, frame[3:], frame[["b", "g", "a"]][:1]):
        read = design.read(rows, response=False)
        np.testing.assert_allclose(read.offset, by_hand(rows), rtol=1e-14, atol=1e-14)
        assert read.complete.all()
    assert "offset" not in " ".join(design.x_names)


def test_offset_adds_no_column_and_removes_none_from_the_dot(frame) -> None:
    assert Design.fit("y ~ a + offset(b)", frame).x_names == ("Intercept", "a")
    assert Design.fit("y ~ . - g - t + offset(b)", frame).x_names == ("Intercept", "a", "b")


def test_no_offset_is_none(frame) -> None:
    assert Design.fit("y ~ a", frame).read(frame).offset is None


def test_missing_in_an_offset_makes_a_row_incomplete(frame) -> None:
    design = Design.fit("y ~ a + offset(log(b))", frame)
    holes = frame.astype({"b": "Float64"})
    holes.iloc[1, 2], holes.iloc[4, 1] = pd.NA, np.nan
    rows = design.read(holes)
    wanted = [True, False, True, True, False, True]
    assert rows.complete.tolist() == wanted
    assert (~np.isnan(rows.offset[:, 0])).tolist() == wanted
    assert not rows.undefined.any()


def test_infinite_offset_is_missing_in_new_rows_and_reported_in_training(frame) -> None:
    design = Design.fit("y ~ a + offset(log(b - 1))", frame[frame["b"] > 1])
    rows = design.read(frame)
    assert rows.undefined.tolist() == [False, True, False, False, False, False]
    assert rows.complete.tolist() == [True, False, True, True, True, True]
    assert np.isnan(rows.offset[1, 0])
    with pytest.raises(ValueError, match=r"offset\(log\(b - 1\)\) is not a finite .* 1 row, .* 20"):
        design.read_complete_rows(read_model_frame(frame))


def test_offsets_of_opposite_infinities_are_missing_without_a_warning(frame) -> None:
    design = Design.fit("y ~ offset(log(b - 1)) + offset(-log(b - 1))", frame[2:])
    assert design.read(frame).complete.tolist() == [True, False, True, True, True, True]


def test_numbers_beside_the_table_are_added_row_by_row(frame) -> None:
    frame["a"] = [1.0, np.nan, 4.0, 7.0, np.nan, 3.0]
    design = Design.fit("y ~ a + offset(b)", frame)
    beside = np.arange(12.0).reshape(6, 2)
    with pytest.warns(UserWarning, match="2 of 6 rows dropped"):
        rows, _ = design.read_complete_rows(read_model_frame(frame, offset=beside))
    np.testing.assert_array_equal(rows.offset, [[3, 4], [6, 7], [11, 12], [16, 17]])
    with pytest.warns(UserWarning, match="2 of 6 rows dropped"):
        alone, _ = Design.fit("y ~ a", frame).read_complete_rows(
            read_model_frame(frame, offset=beside)
        )
    np.testing.assert_array_equal(alone.offset, beside[[0, 2, 3, 5]])


@pytest.mark.parametrize("rows", [slice(0), slice(1)])
def test_no_row_and_one_row(rows, frame) -> None:
    design = Design.fit("y ~ bs(a, df=4) + offset(cbind(a, center(b)))", frame)
    assert design.read(frame[rows]).offset.shape == (len(frame[rows]), 2)


@case_by_case(
    ("right", "columns", "error", "reported"),
    [
        ("a + offset(g)", (), TypeError, r"offset\(g\) must hold numbers; g holds 'u', 'v', 'w'"),
        ("a + offset(C(b))", (), TypeError, r"C\(b\) holds 3, 1, 2"),
        ("a + offset(t)", (), TypeError, "t holds True, False"),
        ("a + offset(b > 2)", (), TypeError, "b > 2 holds True, False"),
        ("a + offset(cbind(b, g))", (), TypeError, r"offset\(cbind\(b, g\)\) .*; g holds 'u'"),
        ("a + offset(bs(a, df=4))", (), ValueError, r"of shape \(6, 4\) for 6 rows"),
        (
            "offset(cbind(a, b)) + offset(cbind(a, b, a))",
            (),
            ValueError,
            r"offset\(cbind\(a, b\)\) has 2 columns and offset\(cbind\(a, b, a\)\) has 3",
        ),
        ("a", ("g",), TypeError, r"offset\(g\) must hold numbers"),
        ("a", ("z",), ValueError, "column 'z' is not in the data"),
    ],
)
def test_invalid_offset_is_reported(right, columns, error, reported, frame) -> None:
    with pytest.raises(error, match=reported):
        Design.fit(f"y ~ {right}", frame, offset=columns).read(frame)


def test_numbers_of_other_types(frame) -> None:
    design = Design.fit("y ~ a + offset(b)", frame)
    with pytest.raises(TypeError, match=r"column 'b' was int64 in training .* give numbers"):
        design.read(frame.assign(b="x"))
    np.testing.assert_array_equal(design.read(frame.assign(b=True)).offset, 1.0)


@case_by_case(
    ("given", "names", "numbers"),
    [
        (None, (), None),
        ("a", ("a",), None),
        (["a", "b"], ("a", "b"), None),
        (("a",), ("a",), None),
        ([1, 2, 3, 4, 5, 6], (), [[1], [2], [3], [4], [5], [6]]),
        (range(6), (), [[0], [1], [2], [3], [4], [5]]),
        (np.ones((6, 2)), (), [[1, 1]] * 6),
        (np.ones(6, dtype=np.float32), (), [[1]] * 6),
        (pd.Series([1, None, 3, 4, 5, 6], list("abcdef")), (), [[1], [np.nan], [3], [4], [5], [6]]),
        (pd.array([1, None, 3, 4, 5, 6], "Int64"), (), [[1], [np.nan], [3], [4], [5], [6]]),
        (pd.DataFrame({"u": range(6), "v": 1.5}), (), [[k, 1.5] for k in range(6)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_argument_is_names_or_numbers_by_position(given, names, numbers, frame) -> None:
    found, values = read_offset(given, frame)
    assert found == names
    if numbers is None:
        assert values is None
    else:
        np.testing.assert_array_equal(values, numbers)


@case_by_case(
    ("given", "error", "reported"),
    [
        ([1, 2], ValueError, "one for each of 6 rows, not 2"),
        (np.ones((2, 6)), ValueError, "one for each of 6 rows, not 2"),
        ([], ValueError, "one for each of 6 rows, not 0"),
        (np.ones((6, 2, 2)), TypeError, "a list of such names, or numbers .*; not ndarray"),
        (3.5, TypeError, "not float"),
        ([0, np.inf, 0, 0, 0, 0], ValueError, "'offset' is infinite in 1 row, first in row 20"),
        (["a", 1, 2, 3, 4, 5], TypeError, "'offset' holds 'int', 'str'"),
        ([True] * 6, TypeError, "must be numbers, not False, True"),
        (pd.Series(list("abcdef")), TypeError, "must be numbers, not 'a', 'b'"),
    ],
)
def test_invalid_argument_is_reported(given, error, reported, frame) -> None:
    with pytest.raises(error, match=reported):
        read_offset(given, frame)


def test_offsets_add_up_and_are_not_modified() -> None:
    one, two = np.ones((3, 1)), np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(add_offsets([one, two, one], ["a", "b", "c"]), two + 2)
    total = add_offsets([one], ["a"])
    total[:] = 7.0
    assert one.tolist() == [[1], [1], [1]]
    assert add_offsets([], []) is None
