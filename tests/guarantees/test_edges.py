"""Edge cases of a formula interface, one row each.

A row gives the input (a table, a formula, new rows) and the outcome: the columns of X, or the words
of an error or a warning. The tests of single modules are more detailed.
"""

import datetime
import itertools
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design

NA = pd.NA
N = 24
RNG = np.random.default_rng(20261123)
A = np.round(np.linspace(1.0, 3.0, N), 3)
B = RNG.permutation(np.round(np.linspace(0.5, 2.0, N), 3))
G = list("uvw" * (N // 3))
Y = np.round(A - B + RNG.normal(size=N), 3)
PLAIN = {"y": Y, "a": A, "b": B, "g": G}
a = np.full(N, 100.0)  # a variable of the caller


@dataclass(frozen=True)
class Gives:
    """X has these columns, after the intercept if there is one, without a warning."""

    columns: dict[str, Any]


@dataclass(frozen=True)
class Refuses:
    """Error of this kind whose message contains these words."""

    kind: type[Exception]
    words: str


@dataclass(frozen=True)
class Warns:
    """One warning that contains these words; then X has these columns."""

    words: str
    columns: dict[str, Any] | None = None


Outcome = Gives | Refuses | Warns


def table(**columns: Any) -> pd.DataFrame:
    """Base table with other or additional columns."""
    return pd.DataFrame(PLAIN).assign(**columns)


def series(values: Any, dtype: Any = None) -> pd.Series:
    """Repeat values to N rows."""
    return pd.Series(list(itertools.islice(itertools.cycle(values), N)), dtype=dtype)


def arrow(name: str) -> Any:
    pytest.importorskip("pyarrow")
    return pd.api.types.pandas_dtype(name)


def dummy(values: Any, level: Any) -> np.ndarray:
    return np.array([value == level for value in values], dtype=float)


def check(make: Callable[[], Any], outcome: Outcome) -> Any:
    """Check the outcome of ``make``; returns its result, if one is expected."""
    if isinstance(outcome, Refuses):
        with pytest.raises(outcome.kind) as caught, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make()
        found = str(caught.value)
        assert re.search(outcome.words, found), found
        # The error is the package's own: no exception of another package is shown as its cause.
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return None
    if isinstance(outcome, Gives):
        return make()
    with pytest.warns(UserWarning, match=outcome.words) as caught_warnings:
        result = make()
    assert len(caught_warnings) == 1, [str(each.message) for each in caught_warnings]
    assert caught_warnings[0].filename == __file__
    return result


def compare(net: NeuralNetwork, outcome: Outcome) -> None:
    if isinstance(outcome, Refuses) or outcome.columns is None:
        return
    names = [name for name in net.x_names if name != "Intercept"]
    assert names == list(outcome.columns)
    for name, column in outcome.columns.items():
        np.testing.assert_allclose(
            net.X[:, net.x_names.index(name)], column, rtol=1e-14, err_msg=name
        )


def run(rows: list[tuple[Any, ...]]) -> Any:
    """Parametrize over the rows of a table; the first entry of each is its id."""
    ids = [row[0] for row in rows]
    assert len(set(ids)) == len(ids)
    return case_by_case("row", [row[1:] for row in rows], ids=ids)


# 1. The dot, and names -------------------------------------------------------------------------

GV, GW = dummy(G, "v"), dummy(G, "w")
DOT = {"a": A, "b": B, "g[T.v]": GV, "g[T.w]": GW}
NAMED = [
    ("space", "a b", "`a b`", "`a b`"),
    ("dot", "Sepal.Length", "Sepal.Length", "Sepal.Length"),
    ("quote", "it's", "`it's`", "`it's`"),
    ("backslash", "a\\b", r"`a\\b`", r"`a\\b`"),
    ("keyword", "class", "class", "class"),
    ("None", "None", "None", "None"),
    ("digits first", "1st", "`1st`", "`1st`"),
    ("empty", "", "``", "``"),
    ("accent", "é", "é", "é"),
    ("ligature", "ﬁ", "ﬁ", "ﬁ"),
    ("C", "C", "C", "C"),
    ("Q", "Q", "Q", "Q"),
    ("I", "I", "I", "I"),
    ("np", "np", "np", "np"),
    ("Intercept", "Intercept", "`Intercept`", "Intercept"),
    ("colon", "a:b", "`a:b`", "`a:b`"),
    ("looks like a call", "log(a)", "`log(a)`", "`log(a)`"),
]
FORMULAS: list[tuple[str, Callable[[], Any], str, Outcome]] = [
    ("dot", table, "y ~ .", Gives(DOT)),
    ("dot less a column", table, "y ~ . - a", Gives({k: v for k, v in DOT.items() if k != "a"})),
    (
        "dot less a quoted column",
        lambda: pd.DataFrame({"y": Y, "x y": A, "b": B}),
        "y ~ . - `x y`",
        Gives({"b": B}),
    ),
    (
        "dot squared, with **",
        lambda: table()[["y", "a", "b"]],
        "y ~ .**2",
        Gives({"a": A, "b": B, "a:b": A * B}),
    ),
    (
        "dot squared, with ^",
        lambda: table()[["y", "a", "b"]],
        "y ~ .^2",
        Gives({"a": A, "b": B, "a:b": A * B}),
    ),
    (
        "dot times a column",
        lambda: table()[["y", "a", "b"]],
        "y ~ .:b",
        Gives({"b": B, "a:b": A * B}),
    ),
    (
        "dot and a function",
        lambda: table()[["y", "a", "b"]],
        "y ~ . + log(a)",
        Gives({"a": A, "b": B, "log(a)": np.log(A)}),
    ),
    (
        "dot and np",
        lambda: table()[["y", "a"]],
        "y ~ . + np.log(a)",
        Gives({"a": A, "np.log(a)": np.log(A)}),
    ),
    (
        "dot where the response is computed",
        lambda: table(y=A + 5)[["y", "b"]],
        "log(y) ~ .",
        Gives({"b": B}),
    ),
    (
        "dot where the response takes two",
        lambda: table()[["y", "a", "b"]],
        "cbind(y, a) ~ .",
        Gives({"b": B}),
    ),
    (
        "dot where the response is quoted",
        lambda: table()[["y", "b"]],
        'Q("y") ~ .',
        Gives({"b": B}),
    ),
    ("dot in a call", table, "y ~ log(.)", Refuses(ValueError, "only as a whole term")),
    ("dot on the left", table, ". ~ a", Refuses(ValueError, "name the response")),
    (
        "dot of nothing",
        lambda: table()[["y"]],
        "y ~ .",
        Refuses(ValueError, "stands for no column"),
    ),
    (
        "dot, and C of a column too",
        lambda: table()[["y", "a", "g"]],
        "y ~ . - g + C(g, Treatment('v'))",
        Gives(
            {"a": A, "C(g, Treatment('v'))[T.u]": dummy(G, "u"), "C(g, Treatment('v'))[T.w]": GW}
        ),
    ),
    ("power in a call", table, "y ~ I(a^2)", Gives({"I(a^2)": A**2})),
    ("power of one column", table, "y ~ a^2", Gives({"a": A})),
    (
        "power of ints",
        lambda: table(k=[1, 2, 3] * 8),
        "y ~ I(k**2)",
        Gives({"I(k ** 2)": np.array([1, 4, 9] * 8)}),
    ),
    ("power of brackets", table, "y ~ (a+b)^2", Gives({"a": A, "b": B, "a:b": A * B})),
    ("attribute of a column", table, "y ~ a.max", Refuses(ValueError, "unknown name 'a.max'.*'a'")),
    (
        "name that R has",
        table,
        "y ~ poly(a, 1) + factor(g) - 1 - factor(g)",
        Gives({"poly(a, 1)": (A - A.mean()) / np.sqrt(np.sum((A - A.mean()) ** 2))}),
    ),
    (
        "TRUE and FALSE",
        table,
        "y ~ ifelse(g == 'v', TRUE, FALSE):a + 0",
        Gives(
            {
                "ifelse(g == 'v', TRUE, FALSE)[False]:a": (1 - GV) * A,
                "ifelse(g == 'v', TRUE, FALSE)[True]:a": GV * A,
            }
        ),
    ),
    ("offset", table, "y ~ a + offset(b)", Gives({"a": A})),
    ("no intercept", table, "y ~ a - 1", Gives({"a": A})),
    ("unknown name", table, "y ~ aa", Refuses(ValueError, "unknown name 'aa'.*did you mean .*'a'")),
    ("unknown name taken away", table, "y ~ . - zzz", Refuses(ValueError, "unknown name 'zzz'")),
    (
        "caller's variable",
        lambda: table().drop(columns="a"),
        "y ~ a",
        Refuses(ValueError, "unknown name 'a'"),
    ),
    (
        "caller's variable in a call",
        lambda: table().drop(columns="a"),
        "y ~ log(a)",
        Refuses(ValueError, "unknown name 'a'.*not seen"),
    ),
    (
        "R's is.na",
        table,
        "y ~ a + is.na(a)",
        Refuses(ValueError, r"na_action='impute' adds a column is\.na\(a\)"),
    ),
    (
        "R's as.factor",
        table,
        "y ~ as.factor(g)",
        Gives({"factor(g)[T.v]": GV, "factor(g)[T.w]": GW}),
    ),
    ("R's as.numeric", table, "y ~ as.numeric(g)", Refuses(ValueError, r"without as.numeric\(")),
    ("line break", table, "y ~ a\n + b", Gives({"a": A, "b": B})),
    ("comment", table, "y ~ a # b", Refuses(ValueError, "comments are not allowed")),
    ("empty", table, "", Refuses(ValueError, "no '~'")),
    ("nothing on the right", table, "y ~", Refuses(ValueError, "expected a term")),
    ("no response", table, "~ a", Refuses(ValueError, "no response")),
    ("long minus", table, "y ~ a \N{MINUS SIGN} b", Refuses(ValueError, "means nothing there")),
    ("None as a formula", table, None, Refuses(TypeError, "must be a string")),
    ("bytes as a formula", table, b"y ~ a", Refuses(TypeError, "must be a string")),
    (
        "duplicated column",
        lambda: pd.concat([table(), table()[["a"]]], axis=1),
        "y ~ .",
        Refuses(ValueError, "2 columns named 'a': rename"),
    ),
    (
        "number for a name",
        lambda: table().rename(columns={"b": 0}),
        "y ~ a",
        Gives({"a": A}),
    ),
    (
        "number for a name, by the dot",
        lambda: table().rename(columns={"b": 0}),
        "y ~ .",
        Refuses(TypeError, r"'\.' in 'y ~ \.' stands for all .* strings, not by 0: rename them"),
    ),
    (
        "levels of names",
        lambda: pd.concat({"p": table()}, axis=1),
        "y ~ .",
        Refuses(TypeError, r"not by \('p', 'y'\), .*: rename them, as in data.columns = "),
    ),
    (
        "mean of the column",
        table,
        "y ~ I(a - mean(a))",
        Refuses(ValueError, r"whole column.*center\(a\)"),
    ),
    ("method mean", table, "y ~ I(a - a.mean())", Refuses(ValueError, r"center\(a\).*remember")),
    (
        "NumPy's mean",
        table,
        "y ~ I((a - np.mean(a)) / np.std(a))",
        Refuses(ValueError, "standardize"),
    ),
    ("rank", table, "y ~ a.rank()", Refuses(ValueError, "'.rank'.*elementwise")),
    ("shift", table, "y ~ a.shift()", Refuses(ValueError, "'.shift'.*elementwise")),
    ("cumsum", table, "y ~ cumsum(a)", Refuses(ValueError, "whole column")),
    (
        "factorize",
        table,
        "y ~ pd.factorize(g)[0]",
        Refuses(ValueError, "^an index in"),
    ),
    ("random number", table, "y ~ np.random.normal(a)", Refuses(ValueError, "'.normal'")),
    (
        "Python that runs",
        table,
        "y ~ I(a * __import__('os').getpid())",
        Refuses(ValueError, "not allowed|unknown name"),
    ),
    (
        "ordering of categories",
        table,
        "y ~ I(g > 'u')",
        Refuses(ValueError, r"I\(g > 'u'\): column 'g' holds categories.* == and !="),
    ),
    (
        "logarithm of text",
        table,
        "y ~ log(g)",
        Refuses(ValueError, r"log\(g\): column 'g' holds categories"),
    ),
    (
        "sum with text",
        table,
        "y ~ I(a + 'u')",
        Refuses(ValueError, "text takes no part in arithmetic"),
    ),
    ("chain of comparisons", table, "y ~ I(1 < a < 2)", Refuses(ValueError, "joined by & or |")),
    (
        "or of numbers",
        table,
        "y ~ (a | b)",
        Refuses(ValueError, r"a \| b: &, \| and ~ join comparisons"),
    ),
    (
        "column for a contrast",
        table,
        "y ~ C(g, a)",
        Refuses(ValueError, r"C takes a contrast such as Sum"),
    ),
    (
        "contrast for a column",
        table,
        "y ~ Poly(a)",
        Refuses(ValueError, r"a contrast is the second argument of C, as in C\(a, Sum\)"),
    ),
    (
        "degrees of freedom",
        table,
        "y ~ bs(a, df=2)",
        Refuses(ValueError, r"bs\(a, df=2\): df=2 is too small"),
    ),
    ("spline of text", table, "y ~ bs(g, df=4)", Refuses(ValueError, "text takes no part")),
    *(
        (
            f"name: {name}",
            lambda column=column: pd.DataFrame({"y": Y, column: A}),
            "y ~ .",
            Gives({spelled: A}),
        )
        for name, column, _, spelled in NAMED
        if column != "Intercept"
    ),
    *(
        (
            f"typed name: {name}",
            lambda column=column: pd.DataFrame({"y": Y, column: A}),
            f"y ~ log({typed})",
            Gives({f"log({typed})": np.log(A)}),
        )
        for name, column, typed, _ in NAMED
        if column not in ("log(a)",)
    ),
]


@run(FORMULAS)
def test_formula(row: tuple[Any, ...]) -> None:
    make, formula, outcome = row
    compare(check(lambda: NeuralNetwork(formula, make(), 1, seed=1), outcome), outcome)


def test_column_named_intercept_stands_beside_the_intercept() -> None:
    net = NeuralNetwork("y ~ .", pd.DataFrame({"y": Y, "Intercept": A}), 1)
    assert net.x_names == ["Intercept", "`Intercept`"]
    np.testing.assert_array_equal(net.X, np.column_stack([np.ones(N), A]))


@pytest.mark.parametrize("count", [494, 4000])
def test_long_sum_is_read_without_recursion(count: int) -> None:
    names = [f"x{i}" for i in range(count)]
    frame = pd.DataFrame(np.ones((2, count)) * [[1], [2]], columns=names).assign(y=[1.0, 2.5])
    design = Design.fit("y ~ " + " + ".join(names), frame)
    assert design.x_names == ("Intercept", *names)


# 2a. Predictors ---------------------------------------------------------------------------------

WHOLE = series([1, 2, 4])
HOLES = [1, None, 4]
SEEN = np.array([1.0, 4.0] * 8)
DROPPED = r"8 of 24 rows dropped: they have missing values \(a 8\)"
UV = ["u", "v", "v"]
V = dummy(UV * 8, "v")
V_SEEN = dummy(["u", "w"] * 8, "w")
DATES = pd.Series(pd.date_range("2026-01-01", periods=N))
NUMBERED = {"a": WHOLE.to_numpy(float)}
TRUTH = {"a[T.True]": np.array([1.0, 0, 0] * 8)}
PREDICTORS: list[tuple[str, Callable[[], Any], Outcome]] = [
    ("Int64", lambda: series([1, 2, 4], "Int64"), Gives(NUMBERED)),
    ("Int64 with NA", lambda: series([1, NA, 4], "Int64"), Warns(DROPPED, {"a": SEEN})),
    ("Float64 with NA", lambda: series([1, NA, 4], "Float64"), Warns(DROPPED, {"a": SEEN})),
    ("float with nan", lambda: series([1, np.nan, 4]), Warns(DROPPED, {"a": SEEN})),
    ("objects with NA", lambda: series([1, NA, 4], object), Warns(DROPPED, {"a": SEEN})),
    ("objects with None", lambda: series(HOLES, object), Warns(DROPPED, {"a": SEEN})),
    ("ints as objects", lambda: series([1, 2, 4], object), Gives(NUMBERED)),
    ("int64 of pyarrow", lambda: series([1, 2, 4], arrow("int64[pyarrow]")), Gives(NUMBERED)),
    (
        "double of pyarrow with null",
        lambda: series(HOLES, arrow("double[pyarrow]")),
        Warns(DROPPED, {"a": SEEN}),
    ),
    ("bool", lambda: series([True, False, False]), Gives(TRUTH)),
    ("boolean", lambda: series([True, False, False], "boolean"), Gives(TRUTH)),
    (
        "boolean with NA",
        lambda: series([True, NA, False], "boolean"),
        Warns(DROPPED, {"a[T.True]": np.array([1.0, 0] * 8)}),
    ),
    ("bool of pyarrow", lambda: series([True, False, False], arrow("bool[pyarrow]")), Gives(TRUTH)),
    (
        "bools as objects with None",
        lambda: series([True, None, False], object),
        Warns(DROPPED, {"a[T.True]": np.array([1.0, 0] * 8)}),
    ),
    ("text", lambda: series(UV), Gives({"a[T.v]": V})),
    ("text as objects", lambda: series(UV, object), Gives({"a[T.v]": V})),
    ("text with None", lambda: series(["u", None, "w"]), Warns(DROPPED, {"a[T.w]": V_SEEN})),
    (
        "string with NA",
        lambda: series(["u", NA, "w"], "string"),
        Warns(DROPPED, {"a[T.w]": V_SEEN}),
    ),
    (
        "text of pyarrow with null",
        lambda: series(["u", None, "w"], arrow("string[pyarrow]")),
        Warns(DROPPED, {"a[T.w]": V_SEEN}),
    ),
    (
        "numbers as text, in the order of text",
        lambda: series(["10", "9", "8"]),
        Gives({"a[T.8]": np.array([0.0, 0, 1] * 8), "a[T.9]": np.array([0.0, 1, 0] * 8)}),
    ),
    ("category", lambda: series(UV, pd.CategoricalDtype(["v", "u"])), Gives({"a[T.u]": 1 - V})),
    (
        "ordered category",
        lambda: series(UV, pd.CategoricalDtype(["u", "v"], ordered=True)),
        Gives({"a.Linear": (2 * V - 1) / np.sqrt(2)}),
    ),
    (
        "category with an unused level",
        lambda: series(UV, pd.CategoricalDtype(["u", "x", "v"])),
        Warns("column 'a' has no row of 'x': dropped", {"a[T.v]": V}),
    ),
    (
        "category of one level",
        lambda: series(["u"], "category"),
        Warns(r"column 'a' is constant \('u' in every row\) and carries no information", {}),
    ),
    (
        "category of no level",
        lambda: series([None], "category"),
        Refuses(ValueError, "no row of 24 is complete; missing values: y 0, a 24"),
    ),
    ("nothing but nan", lambda: series([np.nan]), Refuses(ValueError, "no row of 24 is complete")),
    (
        "nothing but None",
        lambda: series([None], object),
        Refuses(ValueError, "no row of 24 is complete"),
    ),
    (
        "one number",
        lambda: series([2.5]),
        Warns(r"column 'a' is constant \(2.5 in every row\)", {"a": np.full(N, 2.5)}),
    ),
    (
        "all true",
        lambda: series([True]),
        Warns(r"column 'a' is constant \(True in every row\)", {"a[T.True]": np.ones(N)}),
    ),
    (
        "Decimals",
        lambda: series([Decimal("1"), Decimal("2"), Decimal("4")], object),
        Gives(NUMBERED),
    ),
    (
        "mixed",
        lambda: series([1, "a", 2.5], object),
        Refuses(TypeError, "'a' holds 'float', 'int', 'str'"),
    ),
    ("lists", lambda: series([[1], [2]], object), Refuses(TypeError, "'a' holds 'list'")),
    ("bytes", lambda: series([b"u"], object), Refuses(TypeError, "'a' holds 'bytes'")),
    ("datetimes", lambda: DATES, Refuses(TypeError, r"'a' is datetime64.*days\(a\)")),
    (
        "datetimes with a zone",
        lambda: DATES.dt.tz_localize("UTC"),
        Refuses(TypeError, "'a' is datetime64"),
    ),
    ("periods", lambda: DATES.dt.to_period("D"), Refuses(TypeError, "'a' is period")),
    ("durations", lambda: DATES - DATES[0], Refuses(TypeError, "'a' is timedelta64")),
    (
        "dates as objects",
        lambda: series([datetime.date(2026, 1, 1)], object),
        Refuses(TypeError, r"'a' is dates.*days\(a\)"),
    ),
    ("complex", lambda: series([1j, 2]), Refuses(TypeError, "'a' is complex128")),
    (
        "infinity",
        lambda: series([1.0, np.inf, -np.inf]),
        Refuses(ValueError, "'a' is infinite in 16 rows, first in row 1"),
    ),
    (
        "ints beyond 2**53",
        lambda: series([2**53 + 1, 1, 2]),
        Warns("'a' holds whole numbers beyond 2\\*\\*53", {"a": np.array([2.0**53, 1, 2] * 8)}),
    ),
    (
        "ID of 24 rows gives a column for each row",
        lambda: pd.Series([f"i{i:02}" for i in range(N)]),
        Gives({f"a[T.i{i:02}]": np.eye(N)[i] for i in range(1, N)}),
    ),
]


@run(PREDICTORS)
def test_predictor(row: tuple[Any, ...]) -> None:
    make, outcome = row
    frame = table(a=make())
    before = frame.copy(deep=True)
    net = check(lambda: NeuralNetwork("y ~ a", frame, 1, seed=1), outcome)
    pd.testing.assert_frame_equal(frame, before)
    compare(net, outcome)


def test_masked_array_is_missing_where_masked() -> None:
    a = np.ma.masked_array(A, mask=np.arange(N) == 3)
    outcome = Warns("1 of 24 rows dropped", {"a": np.delete(A, 3)})
    compare(check(lambda: NeuralNetwork("y ~ a", {"y": Y, "a": a}, 1), outcome), outcome)


IDS = pd.DataFrame(
    {"y": np.arange(3000.0), "id": [f"i{i}" for i in range(3000)], "k": range(0, 6000, 2)}
)
WIDE = pd.DataFrame({"y": np.arange(200_000.0), "g": np.arange(200_000) % 3000}).astype(
    {"g": "category"}
)
TOO_WIDE = [
    (
        "an ID beside the dot",
        IDS,
        "y ~ . + id",
        "id has 3,000 levels in 3,000 rows, .* columns of X and take 137 MiB.*'. - id'",
    ),
    (
        "a few names",
        IDS[:60],
        "y ~ id + k",
        "id has 60 levels in 60 rows.*looks like a row identifier",
    ),
    ("numbers as categories", IDS, "y ~ C(k)", r"C\(k\) has 3,000 levels.*'. - k'"),
    (
        "many rows of many levels",
        WIDE,
        "y ~ g",
        "g has 3,000 levels in 200,000 rows.* take 4,646 MiB. Leave it out",
    ),
    (
        "an ID as the response",
        IDS,
        "id ~ k",
        "response id has 3,000 classes in 3,000 rows.* 69 MiB",
    ),
]


@pytest.mark.parametrize(("levels", "n"), [(50, 50), (60, 80), (1000, 1500)])
def test_many_levels_with_repeats_are_not_row_identifiers(levels: int, n: int) -> None:
    table = pd.DataFrame({"y": np.arange(n) + 0.5, "g": [f"g{i % levels}" for i in range(n)]})
    assert NeuralNetwork("y ~ g", table, 1).X.shape == (n, levels)


@run(TOO_WIDE)
def test_row_identifier_is_refused_before_memory_is_allocated(row: tuple[Any, ...]) -> None:
    frame, formula, words = row
    start = time.perf_counter()
    check(lambda: NeuralNetwork(formula, frame, 1), Refuses(ValueError, words))
    # patsy needs a second for 3,000 levels.
    assert time.perf_counter() - start < 5.0


def test_many_levels_with_enough_rows_are_not_row_identifiers() -> None:
    frame = pd.DataFrame({"y": np.arange(2500.0), "g": [f"g{i % 1100}" for i in range(2500)]})
    assert len(Design.fit("y ~ g", frame).x_names) == 1100


@pytest.mark.parametrize("n", [1, 2])
def test_one_row_is_no_constant(n: int) -> None:
    with warnings.catch_warnings(record=True) as reported:
        warnings.simplefilter("always")
        Design.fit("y ~ a", {"y": [1.0] * n, "a": [3.0] * n})
    assert len(reported) == n - 1


def test_constant_that_replaces_the_intercept_gives_no_warning() -> None:
    compare(NeuralNetwork("y ~ 0 + one + a", table(one=1.0), 1), Gives({"one": np.ones(N), "a": A}))


def test_constant_is_reported_as_the_cause_of_failing_standardization() -> None:
    words = r"standardize\(a\) is not a finite number in 24 rows.* 'a' .* no spread to divide by"
    check(lambda: NeuralNetwork("y ~ standardize(a)", table(a=3), 1), Refuses(ValueError, words))


@pytest.mark.parametrize("scale", [False, True])
def test_penalized_network_with_a_constant_column_converges(scale: bool) -> None:
    with pytest.warns(UserWarning, match=r"'b' is constant \(2.0 in every row\)"):
        net = NeuralNetwork("y ~ a + b", table(b=2.0), 0, scale=scale, decay=0.1)
    assert net.train(50, optimizer="lbfgs", trace=0).converged


# Other tables -----------------------------------------------------------------------------------


class Foreign:
    """Table of another library."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def to_pandas(self) -> Any:
        return self.given


TABLES: list[tuple[str, Callable[[], Any], Outcome]] = [
    ("dict of arrays", lambda: PLAIN, Gives(DOT)),
    ("structured array", lambda: table().astype({"g": object}).to_records(index=False), Gives(DOT)),
    (
        "structured array of fixed text",
        lambda: np.array(
            list(zip(Y, A, B, G, strict=True)),
            [("y", float), ("a", float), ("b", float), ("g", "U1")],
        ),
        Gives(DOT),
    ),
    ("Arrow table", lambda: pytest.importorskip("pyarrow").Table.from_pandas(table()), Gives(DOT)),
    ("any table with to_pandas", lambda: Foreign(table()), Gives(DOT)),
    ("what becomes no DataFrame", lambda: Foreign(table()["a"]), Refuses(TypeError, "not Foreign")),
    ("plain array", lambda: np.ones((3, 2)), Refuses(TypeError, "a list of dicts.*; not ndarray")),
    ("list of lists", lambda: [[1, 2], [3, 4]], Refuses(TypeError, "not list")),
    ("nothing", lambda: None, Refuses(TypeError, "not NoneType")),
    ("no rows", lambda: table().iloc[:0], Refuses(ValueError, "no rows")),
    (
        "columns of other lengths",
        lambda: {"y": [1, 2], "a": [1], "g": "u"},
        Refuses(ValueError, "as many values as each other: y has 2, a has 1"),
    ),
    (
        "matrices for columns",
        lambda: {"y": np.ones((2, 2))},
        Refuses(ValueError, "columns of a table are flat"),
    ),
    (
        "Series of other indexes",
        lambda: {"y": pd.Series(Y), "a": pd.Series(A[::-1], range(N)[::-1])},
        Refuses(ValueError, "different indexes"),
    ),
]


@run(TABLES)
def test_table(row: tuple[Any, ...]) -> None:
    make, outcome = row
    compare(check(lambda: NeuralNetwork("y ~ .", make(), 1, seed=1), outcome), outcome)


def test_record_of_a_structured_array_is_one_row() -> None:
    net = NeuralNetwork("y ~ .", table(), 1, seed=1)
    records = table().astype({"g": object}).to_records(index=False)
    assert net.predict(records[3]).tolist() == net.predict(table().iloc[[3]]).tolist()
    np.testing.assert_array_equal(net.fit(records), net.output)


# Missing rows -----------------------------------------------------------------------------------


def test_na_action_raise_names_the_columns_with_missing_values() -> None:
    frame = table(a=np.where(np.arange(N) < 3, np.nan, A), g=[None, *G[1:]])
    words = r"3 of 24 rows have missing values \(a 3, g 1\), and na_action='raise'"
    check(lambda: NeuralNetwork("y ~ a + g", frame, na_action="raise"), Refuses(ValueError, words))
    w = np.where(np.arange(N) == 9, np.nan, 1.0)
    words = r"4 of 24 rows .*\(a 3, weights or offset 1\)"
    check(
        lambda: NeuralNetwork("y ~ a", frame, weights=w, na_action="raise"),
        Refuses(ValueError, words),
    )
    # Unused columns, and other rows, may have missing values.
    assert NeuralNetwork("y ~ b", frame, na_action="raise").nobs == N
    assert NeuralNetwork("y ~ b + a", frame, subset=range(3, N), na_action="raise").nobs == N - 3
    words = "na_action must be one of 'drop', 'impute', 'raise', not 'fail'. Did you mean 'raise'"
    check(lambda: NeuralNetwork("y ~ b", frame, na_action="fail"), Refuses(ValueError, words))


def test_everything_by_row_is_aligned_by_position() -> None:
    frame = table(a=np.where(np.arange(N) == 1, np.nan, A)).set_axis([7] * N)
    w, offset = np.arange(1.0, N + 1), np.arange(N) * 10.0
    with pytest.warns(UserWarning, match="1 of 23 rows dropped"):
        net = NeuralNetwork("y ~ a", frame, weights=w, offset=offset, subset=range(N - 1))
    kept = [0, *range(2, N - 1)]
    np.testing.assert_array_equal(net._model.batch.w, w[kept])
    np.testing.assert_array_equal(net._model.batch.offset[:, 0], offset[kept])
    np.testing.assert_array_equal(net.X[:, 1], A[kept])


# 2b. The response -------------------------------------------------------------------------------


def kinds(*levels: Any) -> list[Any]:
    return list(itertools.islice(itertools.cycle(levels), N))


FEW_NUMBERS = r"y has 3 distinct whole numbers, and is trained as a number.*C\(y\)"
RESPONSES: list[tuple[str, Any, str, Outcome, list[Any] | None]] = [
    ("text", kinds("b", "a"), "y ~ a", Gives({"a": A}), ["a", "b"]),
    ("bool", kinds(True, False), "y ~ a", Gives({"a": A}), [False, True]),
    (
        "boolean with NA",
        pd.array(kinds(True, False, NA), "boolean"),
        "y ~ a",
        Warns(r"8 of 24 rows dropped.*\(y 8\)"),
        [False, True],
    ),
    (
        "bools as objects with None",
        kinds(True, False, None),
        "y ~ a",
        Warns("8 of 24 rows dropped"),
        [False, True],
    ),
    (
        "category in its order",
        pd.Categorical(kinds("b", "a"), ["b", "a"]),
        "y ~ a",
        Gives({"a": A}),
        ["b", "a"],
    ),
    (
        "category with an empty class",
        pd.Categorical(kinds("b", "a"), ["c", "a", "b"]),
        "y ~ a",
        Warns("column 'y' has no row of 'c': dropped"),
        ["a", "b"],
    ),
    ("few whole numbers", kinds(1, 2, 3), "y ~ a", Warns(FEW_NUMBERS), []),
    (
        "few whole numbers as objects",
        pd.Series(kinds(1, 2, 3), dtype=object),
        "y ~ a",
        Warns(FEW_NUMBERS),
        [],
    ),
    ("0 and 1", kinds(0, 1), "y ~ a", Warns("2 distinct whole numbers"), []),
    ("few whole numbers in C", kinds(3, 1, 2), "C(y) ~ a", Gives({"a": A}), [1, 2, 3]),
    (
        "one class",
        kinds("u"),
        "y ~ a",
        Refuses(ValueError, "y has one class, 'u'.* nothing to tell apart"),
        None,
    ),
    (
        "nothing but missing",
        kinds(np.nan),
        "y ~ a",
        Refuses(ValueError, "no row of 24 is complete.* y 24"),
        None,
    ),
    ("dates", DATES, "y ~ a", Refuses(TypeError, "'y' is datetime64"), None),
    ("a sum", Y, "y + b ~ .", Refuses(ValueError, r"must be one response.*cbind\(a, b\)"), None),
    ("a product", Y, "y:b ~ a", Refuses(ValueError, "must be one response"), None),
    ("an intercept on the left", Y, "1 + y ~ a", Refuses(ValueError, "must be one response"), None),
    ("itself", Y, "y ~ y", Refuses(ValueError, "response y is also a predictor"), None),
    (
        "itself in a function",
        Y,
        "y ~ log(y) + a",
        Refuses(ValueError, "response y is also a predictor"),
        None,
    ),
    (
        "itself under another name",
        A,
        "y ~ a",
        Warns("column 'a' equals the response y in every row"),
        [],
    ),
    ("its own classes", G, "y ~ a + g", Warns("column 'g' equals the response y"), ["u", "v", "w"]),
    (
        "a column of its own",
        Y,
        "C(g) ~ a + g",
        Warns(r"column 'g' equals the response C\(g\)"),
        ["u", "v", "w"],
    ),
    (
        "several columns",
        Y,
        "bs(a, df=4) ~ b",
        Refuses(ValueError, r"gives 4 columns.*cbind\(a, b\)"),
        None,
    ),
    (
        "text in a function",
        G,
        "log(y) ~ a",
        Refuses(ValueError, "column 'y' holds categories"),
        None,
    ),
]


@run(RESPONSES)
def test_response(row: tuple[Any, ...]) -> None:
    values, formula, outcome, classes = row
    net = check(lambda: NeuralNetwork(formula, table(y=values), 1, seed=1), outcome)
    compare(net, outcome)
    if classes is not None:
        assert net.classes == classes
        assert (net._model.batch.Y.dtype.kind in "iu") == bool(classes)


# 2c, 2d. New rows -------------------------------------------------------------------------------

NEW = table().iloc[[3, 4, 5]].set_axis([9, 9, 1])
GONE = np.array([False, True, False])
BASE = "y ~ a + g"
STATEFUL = "y ~ center(a) + standardize(b) + bs(a, df=4) + cr(b, df=3) + poly(b, 2) + C(g, Sum)"
K = kinds(1, 2, 3)
# (id, formula, new rows, missing rows or the message, options)
PREDICTIONS: list[tuple[str, str, Any, Any, dict[str, Any]]] = [
    ("the same rows", BASE, NEW, None, {}),
    ("without the response", BASE, NEW.drop(columns="y"), None, {}),
    ("with more columns", BASE, NEW.assign(z=1j, w=DATES[0]), None, {}),
    ("columns in another order", BASE, NEW[["g", "b", "a"]], None, {}),
    ("missing number", BASE, NEW.assign(a=[A[3], np.nan, A[5]]), GONE, {}),
    ("missing level", BASE, NEW.assign(g=[G[3], None, G[5]]), GONE, {}),
    ("category of fewer levels", BASE, NEW.assign(g=pd.Categorical(NEW.g)), None, {}),
    (
        "category in another order",
        BASE,
        NEW.assign(g=pd.Categorical(NEW.g, list("wxvu"))),
        None,
        {},
    ),
    ("states of transforms", STATEFUL, NEW, None, {}),
    (
        "a column that is not there",
        BASE,
        NEW[["g"]],
        Refuses(ValueError, "'a' is not in the data"),
        {},
    ),
    (
        "nor in a function",
        "y ~ log(a)",
        NEW[["g"]],
        Refuses(ValueError, "'a' is not in the data"),
        {},
    ),
    (
        "number as text",
        BASE,
        NEW.assign(a=["1", "2", "3"]),
        Refuses(TypeError, "'a' was float64 in training and arrives as .*'1'.*: give numbers"),
        {},
    ),
    (
        "number as a category",
        BASE,
        NEW.assign(a=pd.Categorical([1, 2, 3])),
        Refuses(TypeError, "give numbers"),
        {},
    ),
    ("number as objects", BASE, NEW.astype({"a": object}), None, {}),
    (
        "text as numbers",
        BASE,
        NEW.assign(g=1.0),
        Refuses(TypeError, "give the levels 'u', 'v', 'w'"),
        {},
    ),
    ("infinity", BASE, NEW.assign(a=np.inf), Refuses(ValueError, "'a' is infinite in 3 rows"), {}),
    (
        "unseen level",
        BASE,
        NEW.assign(g=["u", "z", "q"]),
        Refuses(
            ValueError,
            "'g' holds 'z', 'q', which training never saw; the known levels are 'u', 'v', 'w'",
        ),
        {},
    ),
    (
        "unseen level as missing",
        BASE,
        NEW.assign(g=[G[3], "z", G[5]]),
        (GONE, r"1 of 3 rows is predicted as missing.* column 'g' 'z'"),
        {"unseen": "missing"},
    ),
    (
        "unseen level of a category as missing",
        BASE,
        NEW.assign(g=pd.Categorical([G[3], "z", G[5]])),
        (GONE, "1 of 3 rows"),
        {"unseen": "missing"},
    ),
    ("nothing unseen", BASE, NEW, None, {"unseen": "missing"}),
    (
        "unseen level in a row that misses a number",
        BASE,
        NEW.assign(g=[G[3], "z", G[5]], a=[A[3], np.nan, A[5]]),
        GONE,
        {"unseen": "missing"},
    ),
    (
        "unseen number in C",
        "y ~ C(k)",
        NEW.assign(k=[1, 7, 3]),
        Refuses(ValueError, r"C\(k\) holds 7"),
        {},
    ),
    (
        "unseen number in C as missing",
        "y ~ C(k)",
        NEW.assign(k=[K[3], 7, K[5]]),
        (GONE, r"1 of 3 rows .* C\(k\) 7"),
        {"unseen": "missing"},
    ),
    (
        "both at once",
        "y ~ C(k)*g",
        NEW.assign(k=[K[3], 7, K[5]], g=[G[3], "z", G[5]]),
        (GONE, "1 of 3 rows .*column 'g' 'z'"),
        {"unseen": "missing"},
    ),
    (
        "text as numbers, unseen or not",
        BASE,
        NEW.assign(g=1.0),
        Refuses(TypeError, "give the levels"),
        {"unseen": "missing"},
    ),
    (
        "misspelt unseen",
        BASE,
        NEW,
        Refuses(ValueError, "unseen must be one of 'error', 'missing'"),
        {"unseen": "mising"},
    ),
    ("bools as 0 and 1", "y ~ t", NEW.assign(t=[0, 1, 0]), None, {}),
    ("bools as 2", "y ~ t", NEW.assign(t=[0, 2, 0]), Refuses(ValueError, "'t' holds 2.0"), {}),
    (
        "beyond the knots of bs",
        "y ~ bs(a, df=4)",
        NEW.assign(a=9.0),
        Refuses(ValueError, "outside the range that a spline saw.*lower_bound"),
        {},
    ),
    (
        "beyond the values of cr",
        "y ~ cr(a, df=3)",
        NEW.assign(a=[A[3], 9.0, A[5]]),
        (np.zeros(3, bool), r"cr\(a, df=3\): 'a' is outside .*, 1 to 3, in 1 row"),
        {},
    ),
    (
        "beyond the values of te",
        "y ~ te(cr(a, 3), cr(b, 3))",
        NEW.assign(a=[A[3], -9.0, A[5]]),
        (np.zeros(3, bool), "'a' is outside of its training range"),
        {},
    ),
    (
        "beyond the values, on purpose",
        "y ~ cr(a, df=3, lower_bound=0, upper_bound=9)",
        NEW.assign(a=[A[3], 9.0, A[5]]),
        np.zeros(3, bool),
        {},
    ),
    ("an array", BASE, np.ones((3, 4)), Refuses(TypeError, "not ndarray"), {}),
    ("a list of lists", BASE, [[1, 2]], Refuses(TypeError, "not list"), {}),
    (
        "a dict of scalars and lists that differ",
        BASE,
        {"a": [1, 2], "g": ["u"]},
        Refuses(ValueError, "as many values as each other"),
        {},
    ),
]


@run(PREDICTIONS)
def test_prediction(row: tuple[Any, ...]) -> None:
    formula, new, wanted, options = row
    net = NeuralNetwork(formula, table(k=K, t=kinds(True, False)), 2, seed=1, init=0.5)
    if isinstance(wanted, Refuses):
        check(lambda: net.predict(new, **options), wanted)
        return
    missing, words = wanted if isinstance(wanted, tuple) else (wanted, None)
    outcome = Gives({}) if words is None else Warns(words)
    found = check(lambda: net.predict(new, **options), outcome)
    assert found.index.tolist() == [9, 9, 1]
    same = net.predict().to_numpy()[3:6]
    if missing is None:
        np.testing.assert_allclose(found, same, rtol=1e-12)
    else:
        assert np.isnan(found).tolist() == missing.tolist()
        # The other rows are predicted as if they were alone.
        np.testing.assert_allclose(found.iloc[[0, 2]], same[[0, 2]], rtol=1e-12)


@pytest.mark.parametrize("formula", [BASE, STATEFUL, "y ~ C(k)*t", "y ~ 1"])
def test_no_rows_and_one_row(formula: str) -> None:
    frame = table(k=K, t=kinds(True, False))
    net = NeuralNetwork(formula, frame, 2, seed=1, init=0.5)
    assert net.predict(frame.iloc[:0]).shape == (0,)
    for row in (0, 7, N - 1):
        one, whole = frame.iloc[row], net.predict().iloc[row]
        for given_row in (frame.iloc[[row]], one, one.to_dict()):
            np.testing.assert_allclose(net.predict(given_row), [whole], rtol=1e-12)


def test_array_of_env_is_copied() -> None:
    shift = np.full(N, 2.0)
    net = NeuralNetwork("y ~ I(a * shift)", table(), 1, seed=1, env={"shift": shift})
    before = net.predict(table())
    shift[:] = 100.0
    np.testing.assert_array_equal(net.predict(table()), before)


# Changes without effect -------------------------------------------------------------------------

LEVELS = st.lists(st.sampled_from("uvw"), min_size=12, max_size=12).filter(
    lambda g: len(set(g)) == 3
)
NUMBERS = st.lists(st.integers(-999, 999), min_size=12, max_size=12, unique=True)
TERMS = ["a + g", "a*g", "g:a - 1", "a + C(g, Sum)", "poly(a, 2) + g", "standardize(a)*g"]


def make_frame(a: list[int], b: list[int], g: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"y": np.arange(12) / 7, "a": np.array(a) / 8, "b": np.array(b) / 8, "g": g}
    )


@settings(max_examples=40)
@given(NUMBERS, NUMBERS, LEVELS, st.permutations(["y", "a", "b", "g"]))
def test_order_of_columns_changes_no_column_of_x(a: list, b: list, g: list, order: list) -> None:
    frame = make_frame(a, b, g)
    one, two = (Design.fit("y ~ .^2", each) for each in (frame, frame[order]))
    X, Z = one.read(frame).X, two.read(frame).X
    spelled = {frozenset(name.split(":")): place for place, name in enumerate(two.x_names)}
    places = [spelled[frozenset(name.split(":"))] for name in one.x_names]
    np.testing.assert_array_equal(X, Z[:, places])


@settings(max_examples=40)
@given(NUMBERS, NUMBERS, LEVELS, st.sampled_from(TERMS))
def test_names_of_levels_change_no_column_of_x(a: list, b: list, g: list, text: str) -> None:
    frame = make_frame(a, b, g)
    renamed = frame.assign(g=frame["g"].map({"u": "Alpha", "v": "B ä", "w": "C:c"}))
    one, two = (Design.fit(f"y ~ {text}", each) for each in (frame, renamed))
    np.testing.assert_array_equal(one.read(frame).X, two.read(renamed).X)


@settings(max_examples=40)
@given(
    NUMBERS, NUMBERS, LEVELS, st.sampled_from(TERMS), st.permutations(range(12)), st.integers(0, 12)
)
def test_order_of_rows_and_where_they_are_cut_change_no_row(
    a: list, b: list, g: list, text: str, order: list, cut: int
) -> None:
    frame = make_frame(a, b, g)
    design = Design.fit(f"y ~ {text}", frame)
    X = design.read(frame).X
    shuffled = Design.fit(f"y ~ {text}", frame.iloc[order])
    assert shuffled.x_names == design.x_names
    np.testing.assert_allclose(shuffled.read(frame).X, X, rtol=1e-9, atol=1e-9)
    parts = [design.read(part).X for part in (frame.iloc[order[:cut]], frame.iloc[order[cut:]])]
    np.testing.assert_array_equal(np.vstack(parts), X[order])
