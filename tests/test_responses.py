"""The left side of a formula, one line a case: classes in their order, or numbers."""

import numpy as np
import pandas as pd
import pytest

from neuralnet.design import Design

ABC = list("abcabc")


def learn(values: object, left: str = "y", wants_classes: bool | None = None) -> Design:
    frame = pd.DataFrame({"y": values})
    frame["x"] = np.arange(len(frame), dtype=float)
    return Design.learn(f"{left} ~ x", frame, wants_classes=wants_classes)


def category(levels: str, ordered: bool = False) -> pd.Categorical:
    return pd.Categorical(ABC, list(levels), ordered=ordered)


# (id, response, left side, classes wanted, classes, codes or numbers)
CASES = [
    ("text", ABC, "y", None, ("a", "b", "c"), [0, 1, 2, 0, 1, 2]),
    ("category", category("cba"), "y", None, ("c", "b", "a"), [2, 1, 0, 2, 1, 0]),
    ("ordered", category("cba", True), "y", None, ("c", "b", "a"), [2, 1, 0, 2, 1, 0]),
    ("bool", [True, False, True], "y", None, (False, True), [1, 0, 1]),
    ("bool as a number", [True, False, True], "y", False, (), [1, 0, 1]),
    ("boolean", pd.array([True, False], "boolean"), "y", None, (False, True), [1, 0]),
    ("ints", [3, 1, 3], "y", None, (), [3, 1, 3]),
    ("ints as classes", [3, 1, 3], "y", True, (1, 3), [1, 0, 1]),
    ("floats as classes", [1.5, 1, 1.5], "y", True, (1.0, 1.5), [1, 0, 1]),
    ("ints in C", [3, 1, 3], "C(y)", None, (1, 3), [1, 0, 1]),
    ("floats in C", [1.5, 1, 1.5], "C(y)", None, (1.0, 1.5), [1, 0, 1]),
    ("text in C", ABC, "C(y)", None, ("a", "b", "c"), [0, 1, 2, 0, 1, 2]),
    ("ints as objects", pd.array([3, 1, 3], object), "y", None, (), [3, 1, 3]),
    ("a comparison", [3.0, 1, 3], "I(y > 2)", None, (False, True), [1, 0, 1]),
    ("a choice", [3.0, 1, 3], "np.where(y > 2, 'hi', 'lo')", None, ("hi", "lo"), [0, 1, 0]),
    ("a function", [np.e, 1, np.e], "log(y)", None, (), [1, 0, 1]),
    ("a sum", [3.0, 1, 3], "I(y + x)", None, (), [3, 2, 5]),
    ("a learned transform", [3.0, 1, 2], "center(y)", None, (), [1, -1, 0]),
]


@pytest.mark.parametrize(
    ("values", "left", "wants", "classes", "codes"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_response_is_read_as(
    values: object, left: str, wants: bool | None, classes: tuple, codes: list
) -> None:
    design = learn(values, left, wants)
    assert design.response.classes == classes
    assert list(map(type, design.response.classes)) == list(map(type, classes))
    frame = pd.DataFrame({"y": values, "x": np.arange(len(codes), dtype=float)})
    response = design.read(frame).response
    assert response.dtype.kind == ("i" if classes else "f")
    np.testing.assert_allclose(response, codes, rtol=1e-15, atol=1e-15)


def test_ordered_category_is_remembered() -> None:
    assert learn(category("cba", True)).response.ordered
    assert not learn(category("cba")).response.ordered


def test_class_without_rows_is_dropped_and_told() -> None:
    with pytest.warns(UserWarning, match="column 'y' has no row of 'd'"):
        design = learn(pd.Categorical(ABC, list("dcba")))
    assert design.response.classes == ("c", "b", "a")


# (id, left side, training, new data, codes or numbers, labels)
NEW = [
    ("text, missing", "y", ABC, ["c", None], [2, -1], ["c", None]),
    ("category, other order", "y", ABC, pd.Categorical(["c", "a"], list("ca")), [2, 0], ["c", "a"]),
    ("numbers, missing", "y", [1.0, 2], [3.0, np.nan], [3, np.nan], [3.0, None]),
    ("function, missing", "log(y)", [1.0, 2], [1.0, np.nan], [0, np.nan], [0.0, None]),
    ("bools, missing", "I(y > 1)", [1.0, 2], [2.0, np.nan], [1, -1], [True, None]),
    ("ints in C, missing", "C(y)", [1, 2], [2, np.nan], [1, -1], [2, None]),
    ("center keeps the old mean", "center(y)", [1.0, 3], [1.0, 5], [-1, 3], [-1.0, 3.0]),
]


@pytest.mark.parametrize(
    ("left", "training", "new", "codes", "labels"),
    [row[1:] for row in NEW],
    ids=[row[0] for row in NEW],
)
def test_new_data_keeps_rows_and_labels(
    left: str, training: list, new: object, codes: list, labels: list
) -> None:
    index = pd.Index(["second", "first"])
    frame = pd.DataFrame({"y": pd.Series(new, index), "x": [1.0, 2.0]}, index=index)
    rows = learn(training, left).read(frame)
    np.testing.assert_array_equal(rows.response, codes)
    assert [None if pd.isna(label) else label for label in rows.labels] == labels
    assert rows.labels.index.equals(index)
    np.testing.assert_array_equal(rows.complete, [label is not None for label in labels])


def test_bools_as_numbers_may_be_missing() -> None:
    design = learn([True, False], wants_classes=False)
    frame = pd.DataFrame({"y": pd.array([True, None], "boolean"), "x": 1.0})
    np.testing.assert_array_equal(design.read(frame).response, [1, np.nan])


FAULTS = [
    ("one class", ["a"] * 3, "y", None, ValueError, "y has one class, 'a'"),
    ("one number as a class", [1.0] * 3, "y", True, ValueError, "y has one class, 1,"),
    ("one class in C", [1.0] * 3, "C(y)", None, ValueError, r"C\(y\) has one class, 1,"),
    ("classes for numbers", ABC, "y", False, TypeError, "must be numbers for this family; .* 'a'"),
    ("dates", pd.date_range("2026", periods=3), "y", None, TypeError, "'y' is datetime64"),
    ("infinite", [1.0, np.inf], "y", None, ValueError, "'y' is infinite in 1 rows"),
    ("log of -1", [1.0, -1], "log(y)", None, ValueError, r"log\(y\) is not a number in 1 rows"),
    ("log of 0", [1.0, 0], "log(y)", None, ValueError, r"'log\(y\)' is infinite in 1 rows"),
    ("all missing", [np.nan] * 3, "y", None, ValueError, "no row of 3 is complete; .* y 3, x 0"),
    ("several columns", [1.0, 2, 3, 4, 5], "bs(y, df=4)", None, ValueError, "1-dimensional"),
]


@pytest.mark.parametrize(
    ("values", "left", "wants", "error", "told"),
    [row[1:] for row in FAULTS],
    ids=[row[0] for row in FAULTS],
)
def test_fault_of_the_response_is_told(
    values: object, left: str, wants: bool | None, error: type, told: str
) -> None:
    with pytest.raises(error, match=told):
        learn(values, left, wants)


@pytest.mark.parametrize(
    ("training", "new", "told"),
    [
        (ABC, ["z", "a"], "the response y holds 'z', which training never saw; .* 'a', 'b', 'c'"),
        ([True, False], ["yes"], "the response y holds 'yes'"),
    ],
)
def test_class_that_training_never_saw_is_told(training: list, new: list, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        learn(training).read(pd.DataFrame({"y": new, "x": 1.0}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("~ x", "has no response: name it left of '~'"),
        ("y", "has no '~'"),
        ("", "has no '~'"),
        ("y ~ y", "the response y is also a predictor"),
        ("y ~ x + y", "the response y is also a predictor"),
        ("log(y) ~ log(y)", r"the response log\(y\) is also a predictor"),
        ("y ~ 0", "has no predictors"),
        ("y ~ x - 1 - x", "has no predictors"),
    ],
)
def test_sides_that_make_no_sense(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Design.learn(text, pd.DataFrame({"y": [1.0, 2], "x": [3.0, 4]}))
