"""Selection of rows by conditions, masks, positions and labels, and its errors."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.subset import find_rows, read_subset

FRAME = pd.DataFrame(
    {
        "age": [20.0, 40.0, np.nan, 60.0, 80.0],
        "sex": ["m", "f", "m", None, "f"],
        "ill": [True, False, True, False, True],
        "a b": [1, 2, 3, 4, 5],
        "grade": pd.Categorical(list("ABCAB"), ordered=True),
    },
    index=[7, 8, 9, 9, 6],
)


def pick(subset, env=None):
    return np.flatnonzero(read_subset(subset, FRAME, env)).tolist()


@case_by_case(
    ("condition", "rows"),
    [
        ("age > 30", [1, 3, 4]),
        ("age > 30 & sex == 'f'", [1, 4]),
        ("age > 30 && sex == 'f'", [1, 4]),
        ("age > 30 and sex == 'f'", [1, 4]),
        ("30 < age < 70", [1, 3]),
        ("age > 70 | sex == 'm'", [0, 2, 4]),
        ("age > 70 or sex == 'm'", [0, 2, 4]),
        # In R a value that is missing makes a condition neither true nor false,
        ("age != 20", [1, 3, 4]),
        ("!(age == 20)", [1, 3, 4]),
        ("not age == 20", [1, 3, 4]),
        # but true or missing is true, and false and missing is false.
        ("age > 30 | ill", [0, 1, 2, 3, 4]),
        ("!(age > 30 & !ill)", [0, 2, 4]),
        ("sex %in% ['m', 'x']", [0, 2]),
        ("sex %in% c('m', 'x')", [0, 2]),
        ("sex in ('m', 'f')", [0, 1, 2, 4]),
        ("sex not in ['m']", [1, 4]),
        ("age in [20, 60]", [0, 3]),
        ("ill", [0, 2, 4]),
        ("ill == True", [0, 2, 4]),
        ("!ill", [1, 3]),
        ("`a b` >= 4", [3, 4]),
        ("log(`a b`) > 1 & ill", [2, 4]),
        ("grade >= 'B'", [1, 2, 4]),
        ("sex == '!&|'  | `a b` == 1", [0]),
        ("`a b` > limit", [4]),
    ],
)
def test_conditions_read_as_in_r(condition, rows):
    assert pick(condition, {"limit": 4}) == rows


@case_by_case(
    ("rows", "found"),
    [
        ([0, 3], [0, 3]),
        (range(2), [0, 1]),
        (np.array([4, 1]), [1, 4]),
        ([True, False, False, False, True], [0, 4]),
        (pd.array([True, None, False, True, None]), [0, 3]),
        (pd.array([3, 0], "Int64"), [0, 3]),
        (pd.array([True, None, False, True, None], "bool[pyarrow]"), [0, 3]),
        (pd.Series([True, False, False, False, True], index=FRAME.index), [0, 4]),
        (FRAME["ill"], [0, 2, 4]),
        (pd.Index([9, 6]), [2, 3, 4]),
    ],
)
def test_rows_by_mask_position_or_label(rows, found):
    assert pick(rows) == found


def test_no_subset_is_none():
    assert read_subset(None, FRAME, None) is None


def test_found_rows_share_no_memory():
    mask = np.array([True] * 5)
    read_subset(mask, FRAME, None)[:] = False
    assert mask.all()


@case_by_case(
    ("subset", "error", "reported"),
    [
        ("age", ValueError, "subset='age' must say True or False of each row"),
        ("age + 1", ValueError, "must say True or False of each row, as 'age > 40' does"),
        ("age > 100", ValueError, "subset='age > 100' picks none of 5 rows"),
        ("aeg > 1", ValueError, "unknown name 'aeg' in .* did you mean 'age'"),
        ("age >", ValueError, "cannot read the condition subset='age >'"),
        ("sex > 'a'", ValueError, "holds categories"),
        ("sex in 'mf'", ValueError, "needs a list"),
        ("sex in []", ValueError, "needs a list"),
        ("sex %in% d('m')", ValueError, "needs a list"),
        ("age > age.mean()", ValueError, "'.mean' .* is not allowed"),
        ("__import__('os')", ValueError, "unknown name '__import__'"),
        ("[age for age in (1, 2)]", ValueError, "not allowed|unknown|list"),
        ("lambda: 1", ValueError, "^a lambda in 'lambda: 1' is not allowed: a formula holds"),
        ("1 < 2", ValueError, "names no column"),
        ([5], ValueError, "subset names row 5; positions go from 0 to 4"),
        ([-1], ValueError, "subset names row -1"),
        ([1, 1], ValueError, "names a row twice; weights="),
        ([True], ValueError, "one True or False for each of 5 rows, .*; this has 1"),
        ([False] * 5, ValueError, "picks none"),
        ([], (TypeError, ValueError), "subset"),
        ([0.5], TypeError, "positions of rows"),
        (3, TypeError, "positions of rows"),
        ([[0]], TypeError, "positions of rows"),
        (pd.array([1, None], "Int64"), TypeError, "positions of rows"),
        (pd.Index([1]), ValueError, "rows that are not in the data: 1"),
        (FRAME["ill"].iloc[::-1], ValueError, "labels of the data in another order: .*subset.loc"),
    ],
)
def test_invalid_subset_is_reported(subset, error, reported):
    with pytest.raises(error, match=reported):
        read_subset(subset, FRAME, None)


@case_by_case(
    "condition",
    [
        "not " * 3000 + "ill",
        "age" + " + age" * 3000 + " > 1",
        "-" * 3000 + "age > 1",
        "~" * 90_000 + "ill",
        "(" * 201 + "ill" + ")" * 201,
        "age == '\x00'",
        "sex == '\udc80'",
        "age > 0x" + "f" * 5000,
        "age > " + "9" * 5000,
        "age\n > 1\n  and ill",
    ],
    ids=range(10),
)
def test_any_text_is_a_condition_or_an_explained_error(condition):
    with pytest.raises(ValueError, match=r"^['\"]|^cannot read the condition subset=") as caught:
        read_subset(condition, FRAME, None)
    assert type(caught.value) is ValueError and len(str(caught.value)) < 300


def test_argument_is_named_with_what_else_it_takes():
    with pytest.raises(TypeError, match=r"^validation must be a share, positions of rows"):
        find_rows("validation", "x", pd.RangeIndex(3), "a share, ")
