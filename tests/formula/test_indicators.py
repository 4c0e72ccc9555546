"""Indicators of missing values as factors of terms."""

import numpy as np
import pytest
from loops import case_by_case

from neuralnet.formula import Column, Indicator, Missing, parse


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (Indicator("a"), "is.na(a)"),
        (Indicator("a b"), "is.na(`a b`)"),
        (Indicator("is.na(a)"), "is.na(`is.na(a)`)"),
        (Indicator("a", others=("b", "c")), "is.na(a) & is.na(b) & is.na(c)"),
        (Indicator("a", others=("b", "c", "d")), "is.na(a) & is.na(b) & is.na(c) & 1 more"),
    ],
)
def test_the_name_is_r_s_expression(factor: Indicator, name: str) -> None:
    assert factor.name() == name


def test_it_is_no_column_of_the_same_name() -> None:
    assert Indicator("a") != Column("a")
    assert Column("is.na(a)").name() == "`is.na(a)`"
    with pytest.raises(ValueError, match=r"cannot read 'is.na\(a\)'"):
        parse("y ~ is.na(a)", ["y", "a"])


def test_it_is_1_where_all_of_its_columns_are_missing() -> None:
    first, second = np.array([[True, True, False, False], [True, False, True, False]])
    data = {Missing("a"): first, Missing("b"): second, "a": np.arange(4.0)}
    np.testing.assert_array_equal(Indicator("a").eval({}, data), [1.0, 1.0, 0.0, 0.0])
    both = Indicator("a", others=("b",))
    np.testing.assert_array_equal(both.eval({}, data), [1.0, 0.0, 0.0, 0.0])
    assert both.columns == ("a", "b")
    assert both.is_rowwise({})


@case_by_case(
    ("term", "coded"),
    [
        ("C(a)", ("a",)),
        ("factor(a)", ("a",)),
        ("C(a + b, Sum)", ()),
        ("C(a > 2):log(b)", ()),
        ("relevel(factor(a), 2) + C(a + b):factor(b)", ("a", "b")),
        ("log(a)", ()),
        ("I(a > 2)", ()),
    ],
)
def test_columns_of_which_levels_are_made(term: str, coded: tuple[str, ...]) -> None:
    terms = parse(f"y ~ 0 + {term}", ["y", "a", "b"]).terms
    factors = [factor for each in terms for factor in each.factors]
    found = [name for factor in factors for name in getattr(factor, "coded_columns", ())]
    assert tuple(found) == coded
