"""The value for the missing ones of a column, beside scikit-learn's, and its place."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.design.columns import read_column
from neuralnet.design.filling import choose_fill, fill_missing
from neuralnet.design.summaries import ColumnSummary
from neuralnet.design.variable import Variable
from neuralnet.formula import Integers

impute = pytest.importorskip("sklearn.impute")
BIG = 2**53


def learn(values: pd.Series) -> Variable:
    summary = ColumnSummary("a")
    read = read_column("a", values)
    summary.add(values, read, np.asarray(values.notna()))
    return summary.to_variable()


def choose(values: pd.Series, is_coded: bool = False) -> Any:
    return choose_fill(learn(values), [read_column("a", values)], is_coded)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e307, 1e307) | st.none(), min_size=1, max_size=9))
def test_the_median_is_scikit_learn_s(numbers: list[float | None]) -> None:
    values = pd.Series(numbers, dtype=float)
    if values.isna().all():
        return
    judge = impute.SimpleImputer(strategy="median").fit(values.to_frame())
    assert choose(values) == judge.statistics_[0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*"cab", None]), min_size=1, max_size=9))
def test_the_most_frequent_level_is_scikit_learn_s(levels: list[str | None]) -> None:
    """Text levels are sorted, and of several the first is taken, as there."""
    values = pd.Series(levels, dtype=object)
    if values.isna().all():
        return
    judge = impute.SimpleImputer(strategy="most_frequent", missing_values=None)
    assert choose(values) == judge.fit(values.to_frame()).statistics_[0]


@case_by_case(
    ("values", "wanted"),
    [
        (pd.Categorical(["z", "a", None], ["z", "a"], ordered=True), "z"),
        (pd.Categorical(["a", "z", "z", None], ["z", "a", "m"]), "z"),
        (pd.array([True, False, None], "boolean"), False),
        ([True, True, False, None], True),
        ([1.7e308, 1.7e308, np.nan], 1.7e308),
        (pd.array([1, 2**60 + 4096, 2**60 + 1, None], "Int64"), 2**60),
    ],
    ids=["ties by the order of levels", "categories", "ties of booleans", "objects", "huge", "big"],
)
def test_value(values: Any, wanted: Any) -> None:
    found = choose(pd.Series(values))
    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([3.0, 1.0, 3.0, 2.0, np.nan], 3.0),
        ([3.0, 1.0, 1.0, 3.0, np.nan, np.nan, np.nan], 1.0),
        (pd.array([BIG + 1, BIG + 1, 5, None], "Int64"), BIG + 1),
    ],
    ids=["most frequent", "ties", "exact"],
)
def test_numbers_that_are_levels_have_a_most_frequent_one(values: Any, wanted: Any) -> None:
    assert choose(pd.Series(values), is_coded=True) == wanted


def test_parts_are_one_column() -> None:
    a, b = pd.Series([9.0, np.nan, 1.0]), pd.Series([1.0, 2.0])
    parts = [read_column("a", each) for each in (a, b)]
    assert choose_fill(learn(a), parts, is_coded=False) == 1.5
    assert choose_fill(learn(a), parts, is_coded=True) == 1.0
    assert choose_fill(learn(a), [np.full(3, np.nan)], is_coded=False) is None


@pytest.mark.parametrize("fill", [2.5, 7])
def test_numbers_are_filled_in_a_copy(fill: float) -> None:
    values = np.array([1.0, np.nan, 3.0])
    variable = Variable("a", "number", np.dtype(float), (), False, 2.0, 1.0, 3.0, fill)
    np.testing.assert_array_equal(fill_missing(variable, values), [1.0, fill, 3.0])
    assert np.isnan(values[1])


def test_integers_stay_exact() -> None:
    values = Integers(np.array([BIG + 1, 0]), np.array([False, True]))
    variable = Variable("a", "number", "Int64", (), False, 2.0, 1, BIG + 3, BIG + 3)
    assert fill_missing(variable, values).tolist() == [BIG + 1, BIG + 3]
    assert fill_missing(variable, np.array([5.0, np.nan])).tolist() == [5, BIG + 3]
    half = Variable("a", "number", "Int64", (), False, 2.0, 1.0, 3.0, 2.5)
    assert fill_missing(half, values).tolist() == [float(BIG), 2.5]
