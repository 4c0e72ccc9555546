"""What the dot of a formula leaves out: dates, and text that differs in every row."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design import Design
from neuralnet.errors import DataWarning

N = 12
DAYS = pd.Series(pd.date_range("2024-01-30", periods=N, freq="31h"))
NAMES = [f"id {k}" for k in range(N)]


def make(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({"y": rng.normal(size=N), "x": rng.normal(size=N), **columns})


def fit(text: str, data: Any) -> tuple[Design, list[str]]:
    """A design, and the warnings of columns left out."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        design = Design.fit(text, data)
    messages = [str(each.message) for each in caught]
    assert all(issubclass(each.category, DataWarning) for each in caught)
    return design, [each for each in messages if each.startswith("'.' leaves out")]


LEFT_OUT: dict[str, tuple[Callable[[], Any], str]] = {
    "datetime64": (lambda: DAYS, "dates"),
    "a time zone": (lambda: DAYS.dt.tz_localize("Europe/Berlin"), "dates"),
    "dates that repeat": (lambda: DAYS.dt.floor("30D"), "dates"),
    "missing dates": (lambda: DAYS.where(DAYS.index % 2 == 0), "dates"),
    "nothing but missing dates": (lambda: pd.to_datetime([None] * N), "dates"),
    "periods": (lambda: DAYS.dt.to_period("M"), "dates"),
    "date": (lambda: DAYS.dt.date.astype(object), "dates"),
    "ISO text": (lambda: DAYS.astype(str), "dates"),
    "ISO text that repeats": (lambda: DAYS.dt.strftime("%Y-%m-%d").where(DAYS.index > 5), "dates"),
    "months": (lambda: DAYS.dt.strftime("%Y-%m"), "dates"),
    "text": (lambda: NAMES, "text that differs in every row"),
    "text as objects": (lambda: pd.Series(NAMES, dtype=object), "text that differs in every row"),
    "string": (lambda: pd.Series(NAMES, dtype="string"), "text that differs in every row"),
    "categories": (lambda: pd.Categorical(NAMES), "text that differs in every row"),
    "missing text": (
        lambda: [None if k % 2 else name for k, name in enumerate(NAMES)],
        "text that differs in every row",
    ),
    "codes": (lambda: [f"{k:05}" for k in range(N)], "text that differs in every row"),
    "other dates": (
        lambda: DAYS.dt.strftime("%d.%m.%Y %H:%M"),
        "text that differs in every row",
    ),
}


@case_by_case("name", LEFT_OUT)
def test_columns_that_the_dot_leaves_out(name: str) -> None:
    make_column, why = LEFT_OUT[name]
    table = make(c=make_column(), z=np.arange(N) % 5)
    design, reported = fit("y ~ .", table)
    assert design.x_names == ("Intercept", "x", "z")
    assert len(reported) == 1 and reported[0].startswith(
        f"'.' leaves out column 'c', which is {why}. "
    )
    assert ("days(c) or month(c)" in reported[0]) is (why == "dates")
    assert ("pool(c, 20)" in reported[0]) is (why != "dates")
    # New data need no such column, and missing values in it drop no row.
    assert not np.isnan(design.read(table.drop(columns="c")).X).any()
    assert [*design.variables] == ["x", "z"]


KEPT: dict[str, Any] = {
    "numbers": np.arange(N) * 1.5,
    "identifiers": np.arange(N) + 10**9,
    "numbers as objects": pd.Series([*range(N)], dtype=object),
    "text of numbers": [f"{k / 4}" for k in range(N)],
    "text of amounts": [f"${k},000" for k in range(1, N + 1)],
    "text that repeats": ["u", "v", "w"] * 4,
    "text with one pair": [*NAMES[1:], NAMES[1]],
    "ordered categories": pd.Categorical(NAMES, NAMES, ordered=True),
    "booleans": [True, False] * 6,
    "text in two rows": [None] * 10 + ["u", "v"],
}


@case_by_case("name", KEPT)
def test_columns_that_the_dot_keeps(name: str) -> None:
    table = make(c=KEPT[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        design, reported = fit("y ~ .", table)
        assert design.x_names == Design.fit("y ~ x + c", table).x_names
    assert not reported


def test_one_warning_lists_all_columns_and_what_to_do() -> None:
    table = make(**{"when": DAYS, "a {b}": NAMES, "day": DAYS.astype(str)})
    _, reported = fit("y ~ .", table)
    assert reported == [
        "'.' leaves out 3 columns: 'when' (dates), 'a {b}' (text that differs in every row), 'day' "
        "(dates). Name them to use them: days(when) or month(when) for dates, pool(`a {b}`, 20) "
        "for text with levels of 20 rows or more. '. - when - `a {b}` - day' leaves them out "
        "without this warning"
    ]


TEXTS = [
    ("y ~ .^2", ["Intercept", "x", "z", "x:z"], True),
    ("y ~ . - x", ["Intercept", "z"], True),
    ("y ~ (.):z", ["Intercept", "z", "x:z"], True),
    ("y ~ . - when - name", ["Intercept", "x", "z"], False),
    ("y ~ . + days(when) - name", ["Intercept", "x", "z", "days(when)"], False),
    ("y ~ . - days(when) - name", ["Intercept", "x", "z"], False),
    ("log(days(when) + 1) ~ . - name - y", ["Intercept", "x", "z"], False),
]


@case_by_case(("text", "names", "is_told"), TEXTS)
@case_by_case("as_text", [False, True])
def test_the_dot_in_other_formulas(text: str, names: list[str], is_told: bool, as_text) -> None:
    when = DAYS.astype(str) if as_text else DAYS
    table = make(when=when, name=NAMES, z=np.arange(N) % 5)
    design, reported = fit(text, table)
    assert sorted(design.x_names) == sorted(names)
    assert bool(reported) is is_told
    parts = [table[:5], table[5:]]
    in_chunks, told_of_chunks = fit(text, lambda: iter(parts))
    assert in_chunks.x_names == design.x_names and told_of_chunks == reported


def test_chunks_are_read_only_as_far_as_needed() -> None:
    read: list[int] = []

    def give() -> Any:
        for k in range(3):
            read.append(k)
            yield make(g=["u", "v"] * 6)

    Design.fit("y ~ .", give)
    # The first chunk shows that nothing is left out; the scan reads all.
    assert read == [0, 0, 1, 2]


def test_a_dot_of_nothing_else() -> None:
    table = make(when=DAYS).drop(columns="x")
    with pytest.raises(ValueError, match="has none left but 'when', which it leaves out"):
        Design.fit("y ~ .", table)


def test_text_that_is_named_is_treated_as_before() -> None:
    table = make(name=NAMES)
    assert len(Design.fit("y ~ name", table).x_names) == N
    design, reported = fit("y ~ . + name", table)
    assert (
        design.x_names[:2] == ("Intercept", "x") and len(design.x_names) == N + 1 and not reported
    )
    long = pd.DataFrame({"y": np.arange(60.0), "name": [f"u{k}" for k in range(60)]})
    with pytest.raises(ValueError, match="looks like a row identifier"):
        Design.fit("y ~ name", long)
    assert re.fullmatch(r"'\.' leaves out.*", fit("y ~ . - 1", long.assign(x=1.5))[1][0])
