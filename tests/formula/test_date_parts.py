"""Functions of dates in formulas: their values, and the errors of calls that make no sense."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.formula import parse
from neuralnet.formula.date_parts import hour, month, weekday, year

R = json.loads((Path(__file__).parents[1] / "reference" / "dates.json").read_text("utf-8"))
PARTS = {"year": year, "month": month, "weekday": weekday, "hour": hour}


@case_by_case("table", ["dates", "times"])
@case_by_case("part", PARTS)
def test_parts_are_those_of_r(part, table):
    times = np.array([text.replace(" ", "T") for text in R[table]["text"]], dtype="datetime64[us]")
    found = PARTS[part](times)
    assert (found.dtype, found.tolist()) == (np.float64, R[table][part])


def test_parts_of_any_time_are_those_of_pandas():
    seconds = np.random.default_rng(1).integers(-(10**10), 10**10, 500)
    times = pd.Series(seconds.astype("datetime64[s]"))
    array = times.to_numpy().astype("datetime64[us]")
    wanted = {
        "year": times.dt.year,
        "month": times.dt.month,
        "weekday": times.dt.strftime("%u").astype(float),
        "hour": times.dt.hour,
    }
    for part, values in wanted.items():
        np.testing.assert_array_equal(PARTS[part](array), values)


@case_by_case(
    ("text", "dates"),
    [
        ("y ~ year(d) + x", {"d"}),
        ("y ~ days(d=d)", {"d"}),
        ("y ~ sin(2*pi*hour(`a b`)/24) + C(month(d))", {"d", "a b"}),
        ("log(days(d) + 1) ~ x", {"d"}),
        ("y ~ x + offset(year(d))", {"d"}),
        ("y ~ x", set()),
    ],
)
def test_a_formula_says_which_columns_are_dates(text, dates):
    assert parse(text, ["y", "x", "d", "a b"]).dates == dates


def test_the_dot_leaves_out_columns_that_are_read_as_dates():
    columns = ["y", "d", "x", "year"]
    assert parse("y ~ . + month(d)", columns).columns == ("x", "year", "d")
    assert parse("y ~ . + days( d = d ):x", columns).columns == ("x", "year", "d")
    assert parse("days(d) ~ .", columns).columns == ("y", "x", "year")
    again = parse("y ~ . + month(d)", ["y", "d", "x"])
    assert (again.columns, again.table_columns) == (("x", "d"), ("y", "d", "x"))


def test_the_dot_leaves_out_what_it_is_told_to():
    formula = parse("y ~ .^2 - u", ["y", "x", "u", "z", "w"], left_out=["u", "w"])
    assert (formula.columns, formula.table_columns) == (("x", "z"), ("y", "x", "u", "z"))
    assert formula.left_out == ("u",)
    named = parse("y ~ . + u", ["y", "x", "u"], left_out=["u"])
    assert (named.columns, named.left_out) == (("x", "u"), ("u",))
    with pytest.raises(ValueError, match="has none left but 'x', which it leaves out"):
        parse("y ~ .", ["y", "x"], left_out=["x"])


DAYS = r"days\(d\), year\(d\), month\(d\), weekday\(d\) or hour\(d\)"
WRONG = {
    "y ~ yr(d)": "unknown name 'yr'.* did you mean 'year'",
    "y ~ months(d)": "did you mean 'month'",
    "y ~ hours(d)": "did you mean 'hour'",
    "y ~ weekdays(d)": "unknown name 'weekdays'.*: weekday\\(d\\) is 1 for Monday to 7 for Sunday",
    "y ~ wday(d)": "1 for Monday",
    "y ~ quarter(d)": rf"built in are {DAYS}; any other part of a date is a column",
    "y ~ day(d)": rf"built in are {DAYS}",
    "y ~ as.Date(d)": rf"need no as\.Date: write {DAYS}",
    "y ~ ymd(d)": rf"need no conversion: write {DAYS}",
    "y ~ month('d')": r"names no column of the data: write it without quotes, as in month\(d\)",
    "y ~ month('d') + x": "without quotes",
    "y ~ month(3)": "names no column of the data$",
    "y ~ I(x + month(3))": "month takes a column of dates as d, not 3",
    "y ~ days()": "names no column of the data: days takes d and no other",
    "y ~ days(d, x)": "takes d and no other",
    "y ~ days(x=d)": "takes d and no other",
    "y ~ year(d + 1)": r"year takes a column of dates as d, not d \+ 1",
    "y ~ year(center(d))": r"year takes a column of dates as d, not center\(d\)",
    "y ~ year(year(d))": r"year takes a column of dates as d, not year\(d\)",
    "y ~ I(days(d) + d)": rf"column 'd' in .* is read as dates, .*: write {DAYS}",
    "y ~ I(d > year(d))": "column 'd' in .* is read as dates",
    "y ~ year": r"names no column of the data: year is a function, as in year\(a\)",
}


@case_by_case("text", WRONG)
def test_calls_that_make_no_sense(text):
    with pytest.raises(ValueError, match=WRONG[text]):
        parse(text, ["y", "x", "d"])
