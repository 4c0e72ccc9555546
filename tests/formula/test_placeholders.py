"""Placeholders in place of the columns of a formula, and the names that a formula contains."""

import pytest
from loops import case_by_case

from neuralnet.formula.placeholders import find_names, hide_columns

COLUMNS = ["a", "a b", "a.b", "np", "log", "c`d", 1]


@case_by_case(
    ("text", "hidden", "places"),
    [
        ("y ~ a", "y ~ __column_0__", ["a"]),
        ("a + a.b + a", "__column_0__ + __column_1__ + __column_0__", ["a", "a.b"]),
        ("`a b`:Q('a b')", "__column_0__:__column_0__", ["a b"]),
        (r"`c\`d`", "__column_0__", ["c`d"]),
        ("a.round(2)", "__column_0__.round(2)", ["a"]),
        ("a.b.c", "__column_0__.c", ["a.b"]),
        ("np.log(a)", "np.log(__column_0__)", ["a"]),
        ("log(log)", "log(__column_0__)", ["log"]),
        ("scale(a, a=2)", "scale(__column_0__, a=2)", ["a"]),
        ("a == 'a' + 1e5a", "__column_0__ == 'a' + 1e5a", ["a"]),
        ("y ~ .", "y ~  __dot__ ", []),
        ("a %in% b", "__column_0__  ->  b", ["a"]),
    ],
)
def test_columns_become_placeholders(text: str, hidden: str, places: list[str]) -> None:
    found: dict[str, str] = {}
    assert hide_columns(text, COLUMNS, found) == hidden
    assert found == {f"__column_{i}__": name for i, name in enumerate(places)}


@case_by_case(
    ("text", "message"),
    [
        ("__column_1__ + a", "are reserved"),
        ("__dot__", "are reserved"),
        ("`b a`", "the formula names 'b a': "),
        ("`1`", "that column's name is the int 1"),
        ("a $ b", r"'\$' means nothing there"),
        ("!a", r"is I\(~t\)"),
        ("(" * 201, "more than 200 brackets within one another"),
        ("a == '\ud800'", "a surrogate"),
    ],
)
def test_unreadable_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hide_columns(text, COLUMNS, {})


def test_names_of_a_formula_may_be_columns_unless_called() -> None:
    found = find_names("y ~ log(a) + `a b` + scale(c, center=d) + Q('e f') == 'g' + log")
    columns = {"y", "a", "a b", "c", "d", "e f", "log"}
    assert {name for name, column in found.items() if column} == columns
    assert found.keys() - columns == {"scale", "center"}
