"""Given values are quoted in a few words, and counts agree with their nouns."""

import numpy as np
import pandas as pd
from loops import case_by_case

from neuralnet.errors import pluralize, quote, shorten


class Broken:
    def __repr__(self):
        raise RuntimeError("no text")


@case_by_case(
    ("value", "shown"),
    [
        ("y ~ x", "'y ~ x'"),
        (2.5, "2.5"),
        ([1, 2], "[1, 2]"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ({"b": 1, "a": 2}, "{'b': 1, 'a': 2}"),
        (dict.fromkeys(range(9), 0), "{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, ...}"),
        (np.arange(3), "array([0, 1, 2])"),
        (np.zeros((30, 4)), "<ndarray of shape (30, 4)>"),
        (pd.DataFrame({"a": [1, 2]}), "<DataFrame of shape (2, 1)>"),
        ([pd.Series([1.0])], "[<Series of shape (1,)>]"),
        (-5, "-5"),
        (np.float64(2.5), "2.5"),
        ([np.float32(0.1), np.int8(3)], "[0.1, 3]"),
        (Broken(), "<Broken>"),
        ([Broken()], "[<Broken>]"),
    ],
)
def test_values_are_quoted_by_their_first_entries(value, shown):
    assert quote(value) == shorten(value, 200) == shown


def test_an_int_that_python_refuses_to_write_is_quoted():
    assert quote(10**5000) == "<an int of about 5,000 digits>"


def test_a_value_that_holds_itself_is_quoted():
    endless = {}
    endless["a"] = endless
    assert len(quote(endless)) < 100


def test_long_texts_are_cut_and_keep_their_quotes():
    assert quote("a" * 1000) == f"'{'a' * 197}...'"


@case_by_case(
    ("n", "nouns", "shown"),
    [
        (0, ("row",), "0 rows"),
        (1, ("row",), "1 row"),
        (np.int64(1), ("missing value",), "1 missing value"),
        (12_345, ("weight",), "12,345 weights"),
        (2, ("matrix", "matrices"), "2 matrices"),
        (1, ("matrix", "matrices"), "1 matrix"),
    ],
)
def test_counts_agree_with_their_nouns(n, nouns, shown):
    assert pluralize(n, *nouns) == shown
