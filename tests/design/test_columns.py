"""Reading of columns of any dtype, at training and on new data, one line a case."""

import datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.columns import find_missing, read_column
from neuralnet.design.complete_columns import ColumnReader, read_complete
from neuralnet.design.frames import as_frame, pick_column
from neuralnet.design.levels import Values, match_levels
from neuralnet.design.summaries import ColumnSummary, warn_of_levels
from neuralnet.design.variable import Variable, is_boolean

NA = pd.NA


def series(values: object, dtype: object = None) -> pd.Series:
    return pd.Series(values, dtype=dtype)


def category(values: object, levels: object = None, ordered: bool = False) -> pd.Series:
    return pd.Series(pd.Categorical(values, levels, ordered=ordered))


def spell(values: Values) -> object:
    """Numbers as a list, categories as values and levels; None where missing."""
    found = [
        None if missing else value
        for value, missing in zip(values, find_missing(values), strict=True)
    ]
    return (found, list(values.categories)) if isinstance(values, pd.Categorical) else found


def learn(values: pd.Series, name: str = "a") -> Variable:
    read = read_column(name, values)
    summary = ColumnSummary(name)
    summary.add(values, read, ~find_missing(read))
    return summary.to_variable()


def arrow(name: str) -> object:
    """A dtype of pyarrow; skips where pyarrow is not installed."""
    pytest.importorskip("pyarrow")
    return pd.api.types.pandas_dtype(name)


NUMBERS = [
    ("int8", lambda: series([1, 2], "int8"), [1, 2]),
    ("uint64", lambda: series([1, 2**63], "uint64"), [1, 2.0**63]),
    ("float32", lambda: series([1, 0.5], "float32"), [1, 0.5]),
    ("float16", lambda: series([1, 0.5], "float16"), [1, 0.5]),
    ("float with nan", lambda: series([1, np.nan]), [1, None]),
    ("long double", lambda: series(np.array([1, 2], np.longdouble)), [1, 2]),
    ("Int64", lambda: series([1, 2], "Int64"), [1, 2]),
    ("Int64 with NA", lambda: series([1, NA], "Int64"), [1, None]),
    ("Float64 with NA", lambda: series([1.5, NA], "Float64"), [1.5, None]),
    ("Int64, all NA", lambda: series([NA, NA], "Int64"), [None, None]),
    ("sparse", lambda: series(pd.arrays.SparseArray([0, 1.5])), [0, 1.5]),
    ("sparse ints", lambda: series(pd.arrays.SparseArray([0, 1])), [0, 1]),
    ("ints as objects", lambda: series([1, 2], object), [1, 2]),
    ("ints as objects with None", lambda: series([1, None], object), [1, None]),
    ("ints as objects with NA", lambda: series([1, NA], object), [1, None]),
    ("NumPy's ints as objects", lambda: series([np.int8(1), 2], object), [1, 2]),
    ("ints and floats as objects", lambda: series([1, 2.5], object), [1, 2.5]),
    ("long ints", lambda: series([10**30, 2], object), [10**30, 2]),
    ("int64 of pyarrow", lambda: series([1, None], arrow("int64[pyarrow]")), [1, None]),
    ("double of pyarrow", lambda: series([1.5, None], arrow("double[pyarrow]")), [1.5, None]),
    ("uint8 of pyarrow", lambda: series([1, 2], arrow("uint8[pyarrow]")), [1, 2]),
    ("null of pyarrow", lambda: series([None, None], arrow("null[pyarrow]")), [None, None]),
    ("one row", lambda: series([1.5]), [1.5]),
    ("no row", lambda: series([], float), []),
    ("no row of objects", lambda: series([], object), []),
    ("no row of text", lambda: series([], "string"), []),
    ("no row of a category", lambda: category([]), []),
    ("nothing but None", lambda: series([None, None], object), [None, None]),
    ("nothing but missing text", lambda: series([NA, NA], "string"), [None, None]),
    ("nothing but a missing category", lambda: category([None, None]), [None, None]),
    ("nothing but missing dates", lambda: series(pd.to_datetime([None, None])), [None, None]),
]
BOOLEANS = [
    ("bool", lambda: series([True, False]), [True, False]),
    ("bool, all true", lambda: series([True, True]), [True, True]),
    ("boolean", lambda: series([True, False], "boolean"), [True, False]),
    ("boolean with NA", lambda: series([False, NA], "boolean"), [False, None]),
    ("bools as objects", lambda: series([True, False], object), [True, False]),
    ("bools as objects with None", lambda: series([False, None], object), [False, None]),
    ("NumPy's bools", lambda: series([np.bool_(True), False], object), [True, False]),
    ("sparse bools", lambda: series(pd.arrays.SparseArray([False, True])), [False, True]),
    ("bool of pyarrow", lambda: series([True, None], arrow("bool[pyarrow]")), [True, None]),
    ("category of bools", lambda: category([True, False]), [True, False]),
]
CATEGORIES = [
    ("text", lambda: series(["b", "a"]), ["b", "a"], ["a", "b"]),
    ("text with None", lambda: series(["b", None, "a"]), ["b", None, "a"], ["a", "b"]),
    ("text as objects", lambda: series(["b", "a"], object), ["b", "a"], ["a", "b"]),
    (
        "all kinds of missing",
        lambda: series(["b", None, np.nan, NA], object),
        ["b", *[None] * 3],
        ["b"],
    ),
    ("string", lambda: series(["b", "a"], "string"), ["b", "a"], ["a", "b"]),
    ("string with NA", lambda: series(["b", NA], "string"), ["b", None], ["b"]),
    ("NumPy's text", lambda: series([np.str_("b"), "a"], object), ["b", "a"], ["a", "b"]),
    ("numbers as text", lambda: series(["10", "9", "8"]), ["10", "9", "8"], ["10", "8", "9"]),
    ("empty text", lambda: series(["", "a"]), ["", "a"], ["", "a"]),
    ("category", lambda: category(["b", "a"]), ["b", "a"], ["a", "b"]),
    ("category in its own order", lambda: category(["b", "a"], ["b", "a"]), ["b", "a"], ["b", "a"]),
    ("category with None", lambda: category(["b", None]), ["b", None], ["b"]),
    ("category with more levels", lambda: category(["b"], ["c", "b"]), ["b"], ["c", "b"]),
    ("category of ints", lambda: category([3, 1]), [3, 1], [1, 3]),
    ("category of floats", lambda: category([2.5, 1]), [2.5, 1], [1, 2.5]),
    ("category of mixed kinds", lambda: category(["a", 1], ["a", 1]), ["a", 1], ["a", 1]),
    ("text of pyarrow", lambda: series(["b", None], arrow("string[pyarrow]")), ["b", None], ["b"]),
    (
        "large text of pyarrow",
        lambda: series(["b", None], arrow("large_string[pyarrow]")),
        ["b", None],
        ["b"],
    ),
]
CASES = [
    *NUMBERS,
    *((name, make, (values, [False, True])) for name, make, values in BOOLEANS),
    *((name, make, (values, levels)) for name, make, values, levels in CATEGORIES),
]


@case_by_case(("make", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_column_is_read_as(make: object, wanted: object) -> None:
    values = make()
    before = values.copy()
    assert spell(read_column("a", values)) == wanted
    pd.testing.assert_series_equal(values, before)


@case_by_case("make", [c[1] for c in BOOLEANS], ids=[c[0] for c in BOOLEANS])
def test_booleans_are_recognized(make: object) -> None:
    assert is_boolean(read_column("a", make()))


@case_by_case(
    "values",
    [
        category([True, False], [True, False]),
        category([True, True]),
        category([False, True], ordered=True),
        category([0, 1]),
        series(["False", "True"]),
        series([0.0, 1.0]),
    ],
    ids=["order of its own", "one level", "ordered", "ints", "text", "numbers"],
)
def test_values_that_only_resemble_booleans(values: pd.Series) -> None:
    assert not is_boolean(read_column("a", values))


def test_large_ints_are_rounded_as_numpy_rounds_them() -> None:
    values = series([2**53 + 1, -(2**60) - 1])
    np.testing.assert_array_equal(read_column("a", values), values.to_numpy().astype(float))


def test_masked_array_is_missing_where_masked() -> None:
    frame = as_frame({"a": np.ma.masked_array([1.0, 2.0], mask=[False, True])})
    assert spell(read_column("a", frame["a"])) == [1, None]


DATES = pd.to_datetime(["2026-01-01", "2026-01-02"])
REFUSED = [
    ("dates", lambda: series(DATES), r"is datetime64.* by functions: write days\(`a b`\), year\("),
    ("dates with a zone", lambda: series(DATES.tz_localize("UTC")), "is datetime64"),
    ("periods", lambda: series(DATES.to_period("D")), r"is period\[D\]"),
    ("intervals", lambda: series(pd.interval_range(0, 2)), "is interval"),
    ("complex", lambda: series([1j, 2]), "is complex128"),
    (
        "dates as objects",
        lambda: series([datetime.date(2026, 1, 1)], object),
        r"is dates.*days\(`a b`\)",
    ),
    ("complex as objects", lambda: series([1j, 2], object), "holds 'complex', 'int'"),
    ("NumPy's complex", lambda: series([np.complex128(1j)], object), "holds 'complex128'"),
    ("durations", lambda: series(pd.to_timedelta([1, 2], "D")), "is timedelta64.*total_seconds"),
    ("durations as objects", lambda: series([datetime.timedelta(1)], object), "is durations"),
    ("fractions", lambda: series([Fraction(1, 2)], object), "holds 'Fraction'"),
    ("numbers and text", lambda: series([1, "a", 2.5], object), "holds 'float', 'int', 'str'"),
    ("bools and ints", lambda: series([True, 2], object), "holds 'bool', 'int'"),
    ("bools and text", lambda: series([True, "a"], object), "holds 'bool', 'str'"),
    ("lists", lambda: series([[1], [2]], object), "holds 'list': a formula takes one value"),
    ("tuples", lambda: series([(1, 2)], object), "holds 'tuple'"),
    ("bytes", lambda: series([b"a"], object), "holds 'bytes'.*decode"),
    ("dates of pyarrow", lambda: series(DATES, arrow("timestamp[ns][pyarrow]")), "is timestamp"),
    ("bytes of pyarrow", lambda: series([b"a"], arrow("binary[pyarrow]")), "is binary"),
]


@case_by_case(("make", "reported"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_column_is_refused_by_name(make: object, reported: str) -> None:
    with pytest.raises(TypeError, match=f"column 'a b' {reported}"):
        read_column("a b", make())


@pytest.mark.parametrize(
    "values",
    [
        series([1, np.inf, -np.inf]),
        series([1, np.inf, -np.inf], "float32"),
        series([1, np.inf, -np.inf], object),
        series([1, np.inf, -np.inf], "Float64"),
    ],
    ids=["float", "float32", "object", "Float64"],
)
def test_infinities_are_reported(values: pd.Series) -> None:
    with pytest.raises(ValueError, match="column 'a' is infinite in 2 rows, first in row 1"):
        read_column("a", values)


class TestLearn:
    def test_numbers(self) -> None:
        variable = learn(series([1.0, np.nan, 4.0, 1.0]))
        assert (variable.kind, variable.levels) == ("number", ())
        assert (variable.typical, variable.low, variable.high) == (2.0, 1.0, 4.0)

    def test_booleans(self) -> None:
        variable = learn(series([True, True, False]))
        assert (variable.kind, variable.levels) == ("boolean", (False, True))
        assert variable.typical

    def test_booleans_keep_the_value_that_no_row_has(self) -> None:
        assert learn(series([True, True])).levels == (False, True)

    def test_text(self) -> None:
        variable = learn(series(["c", "a", None, "c"]))
        assert (variable.kind, variable.levels) == ("category", ("a", "c"))
        assert (variable.typical, variable.ordered) == ("c", False)
        assert np.isnan([variable.low, variable.high]).all()

    def test_category_keeps_its_order(self) -> None:
        variable = learn(category(["a", "b"], ["b", "a"], ordered=True))
        assert (variable.levels, variable.ordered) == (("b", "a"), True)

    def test_level_without_rows_is_dropped_with_a_warning(self) -> None:
        summary, values = ColumnSummary("a"), category(["a", "c"], ["d", "c", "b", "a"])
        summary.add(values, read_column("a", values), np.array([True, True]))
        assert summary.to_variable().levels == ("c", "a")
        with pytest.warns(UserWarning, match="^column 'a' has no row of 'd', 'b': dropped"):
            warn_of_levels([summary])


TEXT = series(["a", "b", "c"])
GROUPS = category(["a", "b", "c"])
# (id, training, new data, what is read)
READ = [
    ("category, fewer levels", GROUPS, category(["c"]), ["c"]),
    ("category, other order", GROUPS, category(["a", "c"], ["c", "b", "a"]), ["a", "c"]),
    ("category, more levels unused", GROUPS, category(["a"], ["a", "z"]), ["a"]),
    ("category, missing", GROUPS, category(["a", None]), ["a", None]),
    ("category, all missing", GROUPS, category([None]), [None]),
    ("category, nothing but None", GROUPS, series([None, None], object), [None, None]),
    ("category, nothing but nan", GROUPS, series([np.nan]), [None]),
    ("category, no rows", GROUPS, category([]), []),
    ("category, no rows of floats", GROUPS, series([], float), []),
    ("category as text", GROUPS, series(["c", "a"]), ["c", "a"]),
    ("category as string", GROUPS, series(["c", NA], "string"), ["c", None]),
    ("text as a category", TEXT, category(["c", "a"]), ["c", "a"]),
    ("text as objects", TEXT, series(["c", None], object), ["c", None]),
    ("ints of a category as ints", category([3, 1, 2]), series([1, 2]), [1, 2]),
    ("ints of a category as floats", category([3, 1, 2]), series([1.0, np.nan]), [1, None]),
    ("ints of a category as Int64", category([3, 1, 2]), series([1, NA], "Int64"), [1, None]),
    (
        "category of bools as bools",
        category([1 > 0, 0 > 1], [True, False]),
        series([False]),
        [False],
    ),
    ("bools as 0 and 1", series([True, False]), series([0, 1]), [False, True]),
    ("bools as 0.0 and nan", series([True, False]), series([0, np.nan]), [False, None]),
    ("bools as objects", series([True, False]), series([True, None], object), [True, None]),
    ("bools as boolean", series([True, False]), series([True, NA], "boolean"), [True, None]),
    ("numbers as ints", series([1.5, 2]), series([1, 2]), [1, 2]),
    ("numbers as Int64", series([1.5, 2]), series([1, NA], "Int64"), [1, None]),
    ("numbers as objects", series([1.5, 2]), series([1, None], object), [1, None]),
    ("numbers as bools", series([1.5, 2]), series([True, False]), [1, 0]),
    ("numbers as boolean", series([1.5, 2]), series([True, NA], "boolean"), [1, None]),
    ("numbers, missing text", series([1.5, 2]), series([NA], "string"), [None]),
    ("numbers, no rows of text", series([1.5, 2]), series([], object), []),
]


def read_new_column(variable: Variable, values: pd.Series) -> Values:
    return variable.match(read_column(variable.name, values, variable), values.dtype)


@case_by_case(
    ("training", "new", "wanted"), [row[1:] for row in READ], ids=[row[0] for row in READ]
)
def test_new_data_is_read_by_value(training: pd.Series, new: pd.Series, wanted: list) -> None:
    variable = learn(training)
    read = read_new_column(variable, new)
    if variable.kind == "number":
        assert spell(read) == wanted
    else:
        assert spell(read) == (wanted, list(variable.levels))


# (id, training, new data, the error, its text)
DRIFT = [
    (
        "numbers as text",
        series([1.5]),
        series(["1", "2"]),
        TypeError,
        "was float64 in training and arrives as (str|object) \\('1', '2'\\): give numbers",
    ),
    (
        "a number mistyped",
        series([1.5, 2.5]),
        series(["1", "big", "2"]),
        TypeError,
        "arrives as (str|object) \\('big'\\): give numbers",
    ),
    ("numbers as a category", series([1.5]), category([1, 2]), TypeError, "arrives as category"),
    ("numbers as dates", series([1.5]), series(DATES), TypeError, "is datetime64"),
    ("numbers, infinite", series([1.5]), series([np.inf]), ValueError, "is infinite"),
    (
        "text as numbers",
        TEXT,
        series([1, 2]),
        TypeError,
        "arrives as int64 \\(1.0, 2.0\\): give the levels 'a', 'b', 'c'",
    ),
    ("category as numbers", GROUPS, series([1.0]), TypeError, "was category .* arrives as float64"),
    ("text as bools", TEXT, series([True]), ValueError, "holds True, which training never saw"),
    (
        "bools as text",
        series([True, False]),
        series(["True"]),
        ValueError,
        "holds 'True', which .* known levels are False, True",
    ),
    (
        "bools as 2",
        series([True, False]),
        series([0, 2]),
        ValueError,
        "holds 2.0, which training never saw",
    ),
    ("ints of a category, unseen", category([1, 2]), series([9]), ValueError, "holds 9.0, which"),
    (
        "unseen level",
        GROUPS,
        series(["z", "a"]),
        ValueError,
        "holds 'z', which training never saw; the known levels are 'a', 'b', 'c'",
    ),
    ("unseen level of a category", GROUPS, category(["z", "a"]), ValueError, "holds 'z', which"),
    (
        "many unseen levels",
        TEXT,
        series(list("klmnopqrstu")),
        ValueError,
        "'q', 'r', \\.\\.\\., which",
    ),
]


@case_by_case(
    ("training", "new", "error", "reported"),
    [row[1:] for row in DRIFT],
    ids=[row[0] for row in DRIFT],
)
def test_changed_kind_of_a_column_is_reported(
    training: pd.Series, new: pd.Series, error: type, reported: str
) -> None:
    with pytest.raises(error, match=f"column 'a' .*{reported}"):
        read_new_column(learn(training), new)


def test_level_dropped_in_training_counts_as_unseen() -> None:
    variable = learn(category(["a", "c"], ["a", "b", "c"]))
    with pytest.raises(ValueError, match="holds 'b', which training never saw"):
        read_new_column(variable, series(["b"]))


def test_levels_are_matched_to_codes() -> None:
    codes = match_levels(pd.Categorical(["b", None, "a"]), ("a", "x", "b"), "the response")
    np.testing.assert_array_equal(codes, [2, -1, 0])
    np.testing.assert_array_equal(match_levels(np.array([3.0, np.nan]), (1, 3), "it"), [1, -1])


class TestFrame:
    @pytest.mark.parametrize(
        ("data", "rows"),
        [
            ({"a": 1.0, "g": "u"}, 1),
            ({"a": [1.0, 2.0], "g": "u"}, 2),
            ({"a": np.array([1.0, 2.0]), "g": ["u", "v"]}, 2),
            (pd.Series({"a": 1.0, "g": "u"}, name="seven"), 1),
            (pd.DataFrame({"a": [1.0], "g": ["u"]}), 1),
            ({"a": [], "g": []}, 0),
        ],
        ids=["scalars", "a scalar for all rows", "columns", "series", "frame", "no rows"],
    )
    def test_rows(self, data: object, rows: int) -> None:
        frame = as_frame(data)
        assert frame.shape == (rows, 2)
        assert list(frame) == ["a", "g"]

    def test_series_becomes_a_row_with_types_and_name(self) -> None:
        frame = as_frame(pd.Series({"a": 1, "g": "u", "t": True}, name="seven"))
        assert list(frame.index) == ["seven"]
        assert pd.api.types.is_integer_dtype(frame["a"])
        assert frame["t"].dtype == bool

    def test_frame_is_not_copied(self) -> None:
        frame = pd.DataFrame({"a": [1.0]})
        assert as_frame(frame) is frame

    @pytest.mark.parametrize("data", [np.ones((2, 1)), [{"a": 1}, 2], None, "a", 3.0], ids=type)
    def test_anything_else_is_an_error(self, data: object) -> None:
        with pytest.raises(
            TypeError, match=f"must be a pandas DataFrame.* not {type(data).__name__}"
        ):
            as_frame(data)

    @pytest.mark.parametrize(
        ("columns", "reported"),
        [
            (["Age", "b"], "'age' is not in the data: did you mean 'Age'"),
            (["b", "c"], r"the columns are \['b', 'c'\]"),
            ([0, 1], r"the columns are \[0, 1\]"),
            ([], "the data has no columns"),
            (["age", "age"], "the data has 2 columns named 'age': rename them"),
        ],
        ids=["near", "far", "numbers", "none", "twice"],
    )
    def test_column_that_cannot_be_picked(self, columns: list, reported: str) -> None:
        frame = pd.DataFrame([range(len(columns))], columns=columns)
        with pytest.raises(ValueError, match=reported):
            pick_column(frame, "age")


def test_complete_rows_are_ready_to_compute_with() -> None:
    frame = pd.DataFrame(
        {"a": [1.0, np.nan, 3.0, 4.0], "g": ["u", "v", None, "w"], "t": [True, False, True, False]}
    )
    variables = {name: learn(frame[name], name) for name in frame}
    ready, complete = read_complete(variables, ColumnReader(frame))
    np.testing.assert_array_equal(complete, [True, False, False, True])
    np.testing.assert_array_equal(ready["a"], [1, 4])
    assert list(ready["g"]) == ["u", "w"]
    assert ready["t"].dtype == bool
    np.testing.assert_array_equal(ready["t"], [True, False])
