"""The left side of a formula, one line a case: classes in their order, or numbers."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.design.model_frame import read_model_frame

ABC = list("abcabc")


def learn(values: object, left: str = "y", wants_classes: bool | None = None) -> Design:
    frame = pd.DataFrame({"y": values})
    frame["x"] = np.arange(len(frame), dtype=float)
    judge = None if wants_classes is None else lambda numbers: wants_classes
    return Design.fit(f"{left} ~ x", frame, wants_classes=judge)


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


@case_by_case(
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


def test_class_without_rows_is_dropped_with_a_warning() -> None:
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


@case_by_case(
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
    ("C for numbers", [3, 1, 3], "C(y)", False, TypeError, r"C\(y\) must be numbers .*: 1, 3"),
    (
        "classes for numbers",
        ABC,
        "y",
        False,
        TypeError,
        "must be numbers for this family and .*; .* 'a'",
    ),
    ("dates", pd.date_range("2026", periods=3), "y", None, TypeError, "'y' is datetime64"),
    ("infinite", [1.0, np.inf], "y", None, ValueError, "'y' is infinite in 1 row"),
    ("log of -1", [1.0, -1], "log(y)", None, ValueError, r"log\(y\) is not a number in 1 row"),
    ("log of 0", [1.0, 0], "log(y)", None, ValueError, r"'log\(y\)' is infinite in 1 row"),
    ("all missing", [np.nan] * 3, "y", None, ValueError, "no row of 3 is complete; .* y 3, x 0"),
    ("several columns", [1.0, 2, 3, 4, 5], "bs(y, df=4)", None, ValueError, "gives 4 columns"),
]


@case_by_case(
    ("values", "left", "wants", "error", "reported"),
    [row[1:] for row in FAULTS],
    ids=[row[0] for row in FAULTS],
)
def test_error_in_the_response_is_reported(
    values: object, left: str, wants: bool | None, error: type, reported: str
) -> None:
    with pytest.raises(error, match=reported):
        learn(values, left, wants)


@pytest.mark.parametrize(
    ("training", "new", "reported"),
    [
        (ABC, ["z", "a"], "the response y holds 'z', which training never saw; .* 'a', 'b', 'c'"),
        ([True, False], ["yes"], "the response y holds 'yes'"),
    ],
)
def test_class_absent_in_training_is_reported(training: list, new: list, reported: str) -> None:
    with pytest.raises(ValueError, match=reported):
        learn(training).read(pd.DataFrame({"y": new, "x": 1.0}))


# Several responses ----------------------------------------------------------------------------


def make_pair() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y1": [1, 2, 3, 4],
            "a b": [1.0, np.e, 1.0, np.e],
            "t": [True, False, True, True],
            "x": [1.0, 2.0, 4.0, 7.0],
        },
        index=[5, 3, 3, 1],
    )


def test_joined_responses_are_named_and_read_as_typed() -> None:
    frame = make_pair()
    design = Design.fit("cbind(y1, log(`a b`), t) ~ x", frame)
    response = design.response
    assert response.name == "cbind(y1, log(`a b`), t)"
    assert response.names == ("y1", "log(`a b`)", "t")
    assert (response.classes, response.ordered, response.dtype) == ((), False, None)
    rows = design.read(frame)
    np.testing.assert_allclose(rows.response, [[1, 0, 1], [2, 1, 0], [3, 0, 1], [4, 1, 1]])
    assert list(rows.labels.columns) == list(response.names)
    assert rows.labels["y1"].tolist() == [1, 2, 3, 4]
    assert rows.labels["t"].tolist() == [True, False, True, True]
    assert rows.labels.index.equals(frame.index)
    assert Design.fit("cbind(`a b`, y1) ~ x", frame).response.names == ("a b", "y1")


def test_row_that_misses_any_of_the_responses_is_incomplete() -> None:
    frame = make_pair().astype({"y1": "Int64"})
    design = Design.fit("cbind(y1, log(`a b`)) ~ x", frame)
    frame.iloc[0, 0], frame.iloc[2, 1] = pd.NA, np.nan
    rows = design.read(frame)
    assert rows.complete.tolist() == [False, True, False, True]
    assert np.isnan(rows.response).tolist() == [[1, 0], [0, 0], [0, 1], [0, 0]]
    with pytest.warns(UserWarning, match="2 of 4 rows dropped"):
        kept, model_frame = design.read_complete_rows(read_model_frame(frame))
    np.testing.assert_allclose(kept.response, [[2, 1], [4, 1]])
    assert kept.labels.index.tolist() == model_frame.frame.index.tolist() == [3, 1]
    assert list(model_frame.frame) == ["y1", "a b", "x"]


def test_joined_transforms_keep_their_fitted_states() -> None:
    design = Design.fit("cbind(center(y1), x) ~ t", make_pair())
    np.testing.assert_allclose(design.read(make_pair()[:1]).response, [[-1.5, 1.0]])


def test_join_of_one_is_that_response() -> None:
    frame = make_pair().assign(k=list("abab"))
    for left, classes in (("cbind(k)", ("a", "b")), ("cbind(y1)", ())):
        response = Design.fit(f"{left} ~ x", frame).response
        assert (response.name, response.classes) == (left[6:-1], classes)


def test_no_rows_of_several_responses() -> None:
    rows = Design.fit("cbind(y1, x) ~ t", make_pair()).read(make_pair()[:0])
    assert rows.response.shape == (0, 2)
    assert rows.complete.shape == (0,)


@pytest.mark.parametrize(
    ("left", "error", "reported"),
    [
        ("cbind(y1, k)", TypeError, "response k must be numbers .* classes: 'a', 'b'"),
        ("cbind(y1, C(x))", TypeError, r"response C\(x\) must be numbers .* classes: 1, 2"),
        ("cbind(y1, log(x - 2))", ValueError, r"log\(x - 2\) is not a number in 1 row"),
        ("cbind(x, y1 + z)", ValueError, "unknown name 'z'"),
    ],
)
def test_error_in_a_joined_response_is_reported(left: str, error: type, reported: str) -> None:
    frame = make_pair().assign(k=list("abab"))
    with pytest.raises(error, match=reported):
        Design.fit(f"{left} ~ t", frame)


def test_joined_response_is_no_predictor() -> None:
    with pytest.raises(ValueError, match="the response x is also a predictor"):
        Design.fit("cbind(y1, x) ~ t + x", make_pair())
    with pytest.raises(ValueError, match="column 'y1' is not in the data"):
        Design.fit("cbind(y1, x) ~ t", make_pair()).read(make_pair()[["t", "x"]])


@case_by_case(
    ("text", "reported"),
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
def test_invalid_left_sides(text: str, reported: str) -> None:
    with pytest.raises(ValueError, match=reported):
        Design.fit(text, pd.DataFrame({"y": [1.0, 2], "x": [3.0, 4]}))
