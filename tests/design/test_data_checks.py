"""Likely mistakes in columns: one warning for each kind, for any number of columns."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.design.columns import find_missing, read_column
from neuralnet.design.design import Design
from neuralnet.design.summaries import ColumnSummary
from neuralnet.design.text_kinds import _KINDS, describe_text
from neuralnet.design.variable import Variable

N = 400
Y = np.random.default_rng(2).normal(size=N)
# Any of 40 places, row by row.
PLACES = np.random.default_rng(3).integers(0, 40, N)


def make(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"y": Y, **columns})


def pick(values: list) -> list:
    """A value for each row."""
    return [values[place % len(values)] for place in PLACES]


def say(text: str, data: object) -> list[str]:
    """All warnings of a fit, which must be of the data."""
    with pytest.warns(DataWarning) as reported:
        Design.fit(text, data)
    return [str(each.message) for each in reported]


# Text that reads as numbers or dates ------------------------------------------------------------

DAYS = pd.date_range("2023-12-20", periods=40)
READS = [
    ("decimals", [f"{k / 4}" for k in range(40)], "numbers"),
    ("signs and exponents", [f"{sign}{k}e-3" for k in range(1, 20) for sign in "+-"], "numbers"),
    ("integers", [str(k) for k in range(1, 41)], "numbers"),
    ("blanks around", [f" {k}. " for k in range(1, 41)], "numbers"),
    ("dots in front", [f".{k}" for k in range(1, 41)], "numbers"),
    ("decimal commas", [f"{k},5" for k in range(40)], "numbers"),
    ("thousands", [f"{k:,}.50" for k in range(900, 4900, 100)], "numbers"),
    ("days", DAYS.strftime("%Y-%m-%d").tolist(), "dates"),
    ("days and hours", DAYS.strftime("%Y-%m-%dT%H:%M:%S.000+01:00").tolist(), "dates"),
    ("days and hours of pandas", DAYS.strftime("%Y-%m-%d %H:%M:%S").tolist(), "dates"),
    ("European", DAYS.strftime("%d.%m.%Y").tolist(), "dates"),
    ("American", DAYS.strftime("%m/%d/%y %I:%M %p").tolist(), "dates"),
    ("months", [f"{2020 + k // 12}-{k % 12 + 1:02d}" for k in range(40)], "dates"),
    ("with names", DAYS.strftime("%d-%b-%Y").tolist(), "dates"),
    ("in words", DAYS.strftime("%B %d, %Y").tolist(), "dates"),
    ("percentages", [f"{k}%" for k in range(40)], "numbers"),
    ("money", [f"\u20ac{k}" for k in range(40)], "numbers"),
    ("clock times", [f"{k // 4}:{k % 4 * 15:02d}" for k in range(40)], "times"),
]


@case_by_case(("values", "kind"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_text_that_reads_as_numbers_or_dates(values: list, kind: str) -> None:
    (reported,) = say("y ~ x", make(x=pick(values)))
    number = len(set(pick(values)))
    assert re.match(
        rf"column 'x' is text of {number} levels that read as {kind}, such as ", reported
    )
    assert any(f"such as {value!r};" in reported for value in values)
    assert reported.endswith(
        "Each distinct text is a level, with a column of X: convert it, leave it out, or write "
        "C(...) around it where levels are meant"
    )


@pytest.mark.parametrize(
    ("values", "cure"),
    [
        ([f"{k / 4}" for k in range(40)], "pd.to_numeric(data['x'])"),
        ([*(f"{k / 4}" for k in range(36)), "?"], "pd.to_numeric(data['x'], errors='coerce')"),
        ([*DAYS.strftime("%d %b %Y")], "pd.to_datetime(data['x'])"),
        ([*DAYS.strftime("%d %b %Y"), "never"], "pd.to_datetime(data['x'], errors='coerce')"),
    ],
    ids=["numbers", "numbers and a mark", "dates", "dates and a mark"],
)
def test_advised_code_converts_the_column_to_numbers(values: list, cure: str) -> None:
    data = pd.DataFrame({"y": np.arange(41.0), "x": [values[k % len(values)] for k in range(41)]})
    (reported,) = say("y ~ x", data)
    assert cure in reported
    converted = data.assign(x=eval(cure, {"pd": pd, "data": data}))
    assert converted["x"].dtype.kind in ("M" if "to_datetime" in cure else "if")
    assert converted["x"].isna().sum() == values.count("?") + values.count("never")


def convert(values: list, **options: object) -> np.ndarray:
    """The numbers that the recommended code makes of a column."""
    data = pd.DataFrame({"y": np.arange(float(len(values))), "x": pd.Series(values, **options)})
    variable = Design.fit("y ~ C(x)", data).variables["x"]
    reported = describe_text(variable, categories=True)
    cure = reported.partition("; ")[2].rpartition(" converts ")[0]
    cure = cure or reported.partition("; ")[2].rpartition(" makes ")[0]
    return np.asarray(eval(cure, {"pd": pd, "data": data}))


@case_by_case("dtype", ["object", "category"])
@case_by_case(
    ("form", "days"),
    [
        ("%d.%m.%Y", pd.date_range("2020-01-01", "2020-01-31")),
        ("%d.%m.%Y", pd.date_range("2020-01-01", "2020-12-01", freq="MS")),
        ("%d/%m/%Y", pd.date_range("2020-01-01", "2020-01-31")),
        ("%d-%m-%Y", pd.date_range("2020-01-01", "2020-01-31")),
        ("%m/%d/%Y", pd.date_range("2020-01-01", "2020-01-31")),
        ("%Y/%m/%d", pd.date_range("2020-01-01", "2020-01-31")),
        ("%Y.%m.%d", pd.date_range("2020-01-01", "2020-01-31")),
        ("%d.%m.%Y %H:%M", pd.date_range("2020-01-01", "2020-01-31")),
    ],
)
def test_advised_code_reads_dates_in_their_format(form: str, days: pd.DatetimeIndex, dtype) -> None:
    found = convert([*days.strftime(form)], dtype=dtype)
    assert pd.DatetimeIndex(found).tolist() == days.tolist()


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_iso_dates_need_no_conversion(dtype) -> None:
    days = pd.date_range("2020-01-01", "2020-01-31")
    data = pd.DataFrame(
        {"y": np.arange(31.0), "x": pd.Series(days.strftime("%Y-%m-%d"), dtype=dtype)}
    )
    variable = Design.fit("y ~ C(x)", data).variables["x"]
    reported = describe_text(variable, categories=True)
    assert reported.endswith("; days(x) and month(x) make numbers of them")
    found = Design.fit("y ~ days(x) + month(x) - 1", data).read(data).X
    assert found.tolist() == [[day, 1.0] for day in range(31)]


@case_by_case("dtype", ["object", "category"])
@case_by_case(
    ("spell", "unit"),
    [
        (lambda k: f"{k}%", 1.0),
        (lambda k: f"{k / 4} %", 0.25),
        (lambda k: f"\u20ac{k}", 1.0),
        (lambda k: f"${1000 * k:,}.00", 1000.0),
        (lambda k: f"-${k}", -1.0),
        (lambda k: "0 \u20ac" if k == 0 else f"{k},50 \u20ac", None),
        (lambda k: f"{k // 60}:{k % 60:02d}", 60.0),
        (lambda k: f"{k // 60:02d}:{k % 60:02d}:00", 60.0),
        (lambda k: f"0{k % 10}:{k // 10:02d}", "clock"),
    ],
)
def test_advised_code_reads_money_percentages_and_times(spell, unit, dtype) -> None:
    places = np.arange(40)
    wanted = {None: places + 0.5 * (places > 0), "clock": places % 10 * 3600 + places // 10 * 60}
    found = convert([spell(k) for k in places.tolist()], dtype=dtype)
    assert found.tolist() == (wanted[unit] if unit in wanted else unit * places).tolist()


def test_numeric_row_identifiers_as_categories() -> None:
    """As pd.read_csv(..., dtype="category") makes them."""
    with pytest.raises(ValueError, match=r"pd\.to_numeric\(data\['x'\].* Or leave it out, as in"):
        Design.fit("y ~ x", make(x=pd.Categorical([str(value) for value in Y])))
    with pytest.raises(ValueError, match=r"new rows\. Leave it out, as in"):
        Design.fit("y ~ x", make(x=pd.Categorical([f"u{k}" for k in range(N)])))


TRUE_FACTORS = [
    ("few codes", [str(k) for k in range(1, 11)]),
    ("postal codes", [f"{k:05d}" for k in range(800, 40800, 1000)]),
    ("names", [f"site {k}" for k in range(40)]),
    ("versions", [f"1.{k}.2" for k in range(40)]),
    ("ranges", [f"{k}-{k + 9}" for k in range(0, 400, 10)]),
    ("addresses", [f"10.0.0.{k}" for k in range(40)]),
    ("nothing and infinities", ["nan", "inf", *(f"n{k}" for k in range(20))]),
    ("letters and numbers", [*map(str, range(20)), *(f"V{k}" for k in range(20))]),
]


@case_by_case("values", [row[1] for row in TRUE_FACTORS], ids=[row[0] for row in TRUE_FACTORS])
def test_factors_are_accepted_without_a_warning(values: list) -> None:
    values = pick(values)
    assert len(Design.fit("y ~ x", make(x=values)).x_names) == len({*values})


@pytest.mark.parametrize("text", ["y ~ C(x)", "y ~ factor(x)", "y ~ I(x == '1.5')", "y ~ a"])
def test_explicit_categories_and_unused_columns_give_no_warning(text: str) -> None:
    values = pick([f"{k / 4}" for k in range(40)])
    wanted = {"y ~ I(x == '1.5')": 2, "y ~ a": 2}.get(text, len({*values}))
    assert len(Design.fit(text, make(x=values, a=Y[::-1])).x_names) == wanted
    assert len(Design.fit("y ~ x", make(x=pd.Categorical(values))).x_names) == len({*values})


def test_several_columns_are_one_warning() -> None:
    numbers, days = pick([f"{k / 4}" for k in range(40)]), pick([*DAYS.strftime("%Y-%m-%d")])
    (reported,) = say("y ~ x + day", make(x=numbers, day=days))
    assert reported.startswith(
        "2 columns are text that reads as numbers, dates or times, and each level "
    )
    assert re.search(r"meant: 'x' \(40 levels that .*\), 'day' \(40 levels that .*\)$", reported)


@pytest.mark.parametrize("name", ["a{b}", "{}", "{name}", "a'b", "a%s"])
def test_names_are_reported_verbatim(name: str) -> None:
    (reported,) = say("y ~ .", make(**{name: 1.0}))
    assert reported == f"column {name!r} is constant (1.0 in every row) and carries no information"
    (reported,) = say("y ~ .", make(**{name: pick([f"{k / 4}" for k in range(40)])}))
    assert f"pd.to_numeric(data[{name!r}])" in reported


def test_response_that_reads_as_numbers() -> None:
    data = make(x=pick([f"{k / 4}" for k in range(40)]))
    (reported,) = say("x ~ y", data)
    assert re.fullmatch(
        r"the response x is text of 40 levels that read as numbers, such as '[\d.]+'; "
        r"pd\.to_numeric\(data\['x'\]\) converts them\. Each distinct text is a class: "
        r"convert it, or write C\(\.\.\.\) around it where classes are meant",
        reported,
    )
    Design.fit("C(x) ~ y", data)
    Design.fit("x ~ y", data.assign(x=data["x"].astype("category")))


def test_unique_numbers_as_text_are_not_row_identifiers() -> None:
    data = make(x=[str(value) for value in Y])
    with pytest.raises(ValueError, match="it is text of 400 levels that read as numbers, such as"):
        Design.fit("y ~ x", data)
    with pytest.raises(
        ValueError, match="looks like a row identifier, which cannot predict new rows"
    ):
        Design.fit("y ~ x", make(x=[f"u{k}" for k in range(N)]))


def test_chunks_give_the_same_warning() -> None:
    data = make(x=pick([f"{k / 4}" for k in range(40)]), day=pick([*DAYS.strftime("%Y-%m-%d")]))

    def read() -> Iterator[pd.DataFrame]:
        return (data[start : start + 90] for start in range(0, N, 90))

    assert say("y ~ .", read) == say("y ~ .", data)


def test_each_level_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not rows; of text of another kind, only the first tenth of the levels."""

    class Counting(str):
        looks = 0

        def strip(self, *given: object) -> str:
            Counting.looks += 1
            return str.strip(self)

    def look(values: list) -> int:
        column = pd.Series(values, dtype=object)
        read, summary = read_column("x", column), ColumnSummary("x")
        summary.add(column, read, ~find_missing(read))
        found = summary.to_variable()
        levels = tuple(map(Counting, found.levels))
        Counting.looks = 0
        describe_text(Variable("x", "category", found.dtype, levels, False, "", np.nan, np.nan))
        return Counting.looks

    assert look([str(k % 1000) for k in range(5000)]) == 1000
    assert look([f"id {k % 1000}" for k in range(5000)]) <= len(_KINDS) * 101


# One warning a kind -----------------------------------------------------------------------------


def test_200_constant_columns_are_one_warning() -> None:
    rng = np.random.default_rng(0)
    columns = {f"k{place}": np.full(N, float(place)) for place in range(200)}
    (reported,) = say("y ~ .", make(a=rng.normal(size=N), **columns))
    listed = ", ".join(f"'k{place}' ({float(place)})" for place in range(8))
    assert reported == ("200 columns are constant and carry no information: " + listed + ", ...")


def test_constants_of_two_kinds_are_one_warning() -> None:
    (reported,) = say("y ~ a + k + g", make(a=Y[::-1], k=7, g="u"))
    assert reported == ("2 columns are constant and carry no information: 'k' (7.0), 'g' ('u')")


def test_categories_without_rows_are_one_warning() -> None:
    g = pd.Categorical(pick(list("ab")), list("abc"))
    h = pd.Categorical(pick(list("uv")), list("xuvw"))
    (reported,) = say("y ~ g + h", make(g=g, h=h))
    assert reported == (
        "2 columns have no row of some categories, dropped from their levels: 'g' ('c'), 'h' "
        "('x', 'w')"
    )


def test_rounded_columns_are_one_warning() -> None:
    large = 2**60 + np.arange(N)
    (reported,) = say("y ~ i + j", make(i=large, j=large[::-1]))
    assert reported == (
        "2 columns hold whole numbers beyond 2**53, rounded to the nearest float: 'i', 'j'. Leave "
        "out those that are identifiers, and bring others to a smaller scale"
    )


def test_leaks_are_one_warning() -> None:
    (reported,) = say("y ~ u + a + v", make(u=Y, v=Y, a=Y[::-1]))
    assert reported == (
        "2 columns equal a response in every row (target leakage): 'u' (y), 'v' (y). Leave them "
        "out of the predictors"
    )
    (reported,) = say("cbind(y, z) ~ u + v", make(z=Y[::-1], u=Y, v=Y[::-1]))
    assert reported.startswith(
        "2 columns equal a response in every row (target leakage): 'u' (y), 'v'"
    )


def test_splines_beyond_their_knots_are_one_warning() -> None:
    pytest.importorskip("scipy")
    data = make(a=Y[::-1], b=np.roll(Y, 1))
    net = NeuralNetwork("y ~ cr(a, df=4) + cr(b, df=4)", data, hidden=0, seed=1)
    with pytest.warns(DataWarning) as reported:
        net.predict({"a": [99.0, 0.0], "b": [99.0, -99.0]})
    assert len(reported) == 1
    assert re.fullmatch(
        r"2 splines may take any value outside of the training range: cr\(a, df=4\) \('a' is "
        r"outside of its training range, \S+ to \S+, in 1 row\), cr\(b, .*\('b' .* in 2 rows\)\. "
        "Set their lower_bound= and upper_bound= if this is intended",
        str(reported[0].message),
    )
    with pytest.warns(DataWarning, match=r"^cr\(a, df=4\): 'a' is outside of its"):
        net.predict({"a": 99.0, "b": 0.0})
