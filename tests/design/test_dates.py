"""Columns of dates: any type that holds them, ISO text, time zones, and the errors of others."""

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design import Design
from neuralnet.design.dates import check_zone, find_zone, holds_dates, read_dates, reads_as_dates

R = json.loads((Path(__file__).parents[1] / "reference" / "dates.json").read_text("utf-8"))
TEXTS = ["2024-01-31 08:30:15", "2023-12-31 23:00:00", None, "1969-02-28 00:00:00"]
MOMENTS = pd.Series(pd.to_datetime(TEXTS))
LOCAL = MOMENTS.to_numpy().astype("datetime64[us]")
DAYS = LOCAL.astype("datetime64[D]").astype("datetime64[us]")


def arrow(kind):
    pytest.importorskip("pyarrow")
    return kind


# name: (a column, what is read)
COLUMNS = {
    "datetime64": (lambda: MOMENTS, LOCAL),
    **{
        unit: (lambda unit=unit: MOMENTS.astype(f"datetime64[{unit}]"), LOCAL)
        for unit in ("s", "ms", "us", "ns")
    },
    "a time zone": (lambda: MOMENTS.dt.tz_localize("Europe/Berlin"), LOCAL),
    "periods of seconds": (lambda: MOMENTS.dt.to_period("s"), LOCAL),
    "periods of months": (
        lambda: MOMENTS.dt.to_period("M"),
        LOCAL.astype("datetime64[M]").astype("datetime64[us]"),
    ),
    "date": (lambda: MOMENTS.dt.date.astype(object), DAYS),
    "datetime": (
        lambda: pd.Series(
            [None if pd.isna(x) else x.to_pydatetime() for x in MOMENTS], dtype=object
        ),
        LOCAL,
    ),
    "Timestamp and None": (
        lambda: pd.Series([None if pd.isna(x) else x for x in MOMENTS], dtype=object),
        LOCAL,
    ),
    "NumPy's": (lambda: pd.Series([*LOCAL], dtype=object), LOCAL),
    "Period as objects": (lambda: MOMENTS.dt.to_period("s").astype(object), LOCAL),
    "dates and text": (
        lambda: pd.Series([datetime.date(2024, 1, 31), "2023-12-31", None, "1969-02-28"]),
        DAYS,
    ),
    "text": (lambda: pd.Series(TEXTS), LOCAL),
    "text as objects": (lambda: pd.Series(TEXTS, dtype=object), LOCAL),
    "string": (lambda: pd.Series(TEXTS, dtype="string"), LOCAL),
    "category of text": (lambda: pd.Series(TEXTS, dtype="category"), LOCAL),
    "category of dates": (lambda: MOMENTS.astype("category"), LOCAL),
    "Arrow's timestamp": (
        lambda: MOMENTS.astype(arrow("timestamp[us][pyarrow]")),
        LOCAL,
    ),
    "Arrow's timestamp with a zone": (
        lambda: MOMENTS.dt.tz_localize("Europe/Berlin").astype(
            arrow("timestamp[ns, tz=Europe/Berlin][pyarrow]")
        ),
        LOCAL,
    ),
    "Arrow's date": (lambda: MOMENTS.dt.date.astype(arrow("date32[day][pyarrow]")), DAYS),
    "Arrow's text": (lambda: pd.Series(TEXTS, dtype=arrow("string[pyarrow]")), LOCAL),
    "nothing": (lambda: pd.Series([None] * 4), np.full(4, "NaT", "datetime64[us]")),
    "missing numbers": (lambda: pd.Series([np.nan] * 4), np.full(4, "NaT", "datetime64[us]")),
}


@case_by_case("name", COLUMNS)
def test_columns_of_dates_are_read_as_local_times(name):
    make, wanted = COLUMNS[name]
    found = read_dates("d", make())
    assert found.dtype == np.dtype("datetime64[us]")
    np.testing.assert_array_equal(found, wanted)


ISO = {
    "2024-01-31": "2024-01-31T00:00",
    "2024-01": "2024-01-01T00:00",
    " 2024-01-31 ": "2024-01-31T00:00",
    "2024-01-31T08:30": "2024-01-31T08:30",
    "2024-01-31 08:30:15.25": "2024-01-31T08:30:15.250",
    "2024-01-31 08:30:15,123456789": "2024-01-31T08:30:15.123456",
    "2024-01-31T08:30Z": "2024-01-31T08:30",
    "2024-01-31 08:30:00+00:00": "2024-01-31T08:30",
    "2024-01-31T08:30:00+0530": "2024-01-31T08:30",
    "2024-01-31 08:30 -11": "2024-01-31T08:30",
    "0001-01-01": "0001-01-01T00:00",
    "9999-12-31": "9999-12-31T00:00",
}


@case_by_case("text", ISO)
def test_iso_text(text):
    assert reads_as_dates([text])
    (found,) = read_dates("d", pd.Series([text]))
    assert found == np.datetime64(ISO[text])


NOT_ISO = [
    *("31.01.2024", "01/02/2024", "31 Jan 2024", "2024/01/31", "20240131", "2024", "2024-1-31"),
    *("2024-02-30", "2024-13-01", "2024-13", "2024-01-31 25:00", "2024-01-31 8:30", "NaT", ""),
    *("2024-01-31 08:60", "2024-01-31x", "2024-01T08:30", "2024-01-31 08:30 CET", "2024-W05-3"),
    *("2024-01-31 08:30.5", "2024-01-31Z", "x2024-01-31"),
]


@case_by_case("text", NOT_ISO)
def test_other_text_is_refused_with_a_remedy(text):
    assert not reads_as_dates(["2024-01-31", text])
    with pytest.raises(ValueError, match=r"column 'd' is text such as .*no ISO date") as reported:
        read_dates("d", pd.Series(["2024-01-31", text]))
    assert repr(text) in str(reported.value) and "parse_dates=['d']" in str(reported.value)
    assert ("dayfirst=True" in str(reported.value)) is (text == "31.01.2024")


REFUSED = {
    "numbers": (pd.Series([1.5, 2.0]), r"column 'd' is float64 \(1.5, 2.0\).*unit='s'"),
    "numbers of days": (pd.Series([20240131, 20231231]), "format='%Y%m%d'"),
    "years": (pd.Series([2024, 2023]), "Years are numbers already: write d itself"),
    "booleans": (pd.Series([True, False]), "column 'd' is bool"),
    "durations": (pd.Series(pd.to_timedelta([1, 2], "D")), "column 'd' is timedelta64"),
    "times": (pd.Series([datetime.time(8)]), "column 'd' is object"),
    "lists": (pd.Series([[1], [2]]), "column 'd' is object"),
    "dates and numbers": (pd.Series([datetime.date(2024, 1, 1), 1.5]), "column 'd' is object"),
}


@case_by_case("name", REFUSED)
def test_other_columns_are_refused(name):
    column, reported = REFUSED[name]
    assert not holds_dates(column)
    with pytest.raises(TypeError, match=reported):
        read_dates("d", column)


# Time zones --------------------------------------------------------------------------------------


def test_local_times_are_those_of_r():
    utc = pd.Series(pd.to_datetime(R["berlin"]["utc"]).tz_localize("UTC"))
    local = utc.dt.tz_convert("Europe/Berlin")
    wanted = pd.to_datetime(R["berlin"]["text"]).to_numpy().astype("datetime64[us]")
    np.testing.assert_array_equal(read_dates("d", local), wanted)
    # New data in another zone is converted to the zone of training.
    np.testing.assert_array_equal(read_dates("d", utc, "Europe/Berlin"), wanted)
    texts = pd.Series([f"{text}Z" for text in R["berlin"]["utc"]])
    np.testing.assert_array_equal(read_dates("d", texts, "Europe/Berlin"), wanted)
    # Times without a zone are local already.
    plain = pd.Series(R["berlin"]["text"])
    np.testing.assert_array_equal(read_dates("d", plain, "Europe/Berlin"), wanted)


ZONES = {
    "Europe/Berlin": lambda: MOMENTS.dt.tz_localize("Europe/Berlin"),
    "UTC": lambda: MOMENTS.dt.tz_localize(datetime.UTC),
    "UTC-02:30": lambda: MOMENTS.dt.tz_localize(
        datetime.timezone(-datetime.timedelta(hours=2, minutes=30))
    ),
    "UTC+05:30": lambda: pd.Series([None, "2024-01-31T08:30+05:30"]),
    "": lambda: MOMENTS,
}


@pytest.mark.parametrize("zone", ZONES)
def test_zones_have_names_by_which_they_are_found_again(zone):
    column = ZONES[zone]()
    assert find_zone("d", column) == zone
    check_zone(zone)
    np.testing.assert_array_equal(read_dates("d", column, zone), read_dates("d", column))


def test_zones_that_do_not_fit():
    aware = MOMENTS.dt.tz_localize("Europe/Berlin")
    with pytest.raises(TypeError, match=r"no time zone in training.*dt\.tz_localize\(None\)"):
        read_dates("d", aware, "")
    mixed = pd.Series(["2024-01-31T08:30+01:00", "2024-07-31T08:30+02:00"])
    with pytest.raises(ValueError, match=r"several zones, 'UTC\+01:00', 'UTC\+02:00'.*utc=True"):
        read_dates("d", mixed)
    half = pd.Series(["2024-01-31T08:30", "2024-07-31T08:30Z"])
    with pytest.raises(ValueError, match="several zones, 'UTC', 'no zone'"):
        read_dates("d", half)
    for name in ("dateutil//etc/passwd", "../x", "Europe/../x", "/etc/passwd", "a b", "tzlocal()"):
        with pytest.raises(ValueError, match="no time zone is called"):
            check_zone(name)


def test_polars_keeps_the_zone():
    pl = pytest.importorskip("polars")
    moments = pl.Series("d", [datetime.datetime(2024, 7, 1, 8), None])
    table = pl.DataFrame(
        {
            "y": [1.0, 2.0],
            "d": moments.dt.replace_time_zone("Europe/Berlin"),
            "e": [datetime.date(2024, 2, 1), datetime.date(2024, 2, 4)],
        }
    )
    design = Design.fit("y ~ weekday(e) - 1", table)
    assert design.read(table).X.tolist() == [[4.0], [7.0]]
    design = Design.fit("y ~ hour(d) - 1", table)
    assert design.read(table).X[0].tolist() == [8.0]
    assert design.variables["d"].zone == "Europe/Berlin"


# In a design -------------------------------------------------------------------------------------


def make(**columns):
    return pd.DataFrame({"y": np.arange(4.0), "d": MOMENTS, **columns})


def test_a_design_of_dates():
    design = Design.fit("y ~ year(d) + month(d) + weekday(d) + hour(d) + days(d) - 1", make())
    found = design.read(make()).X
    wanted = [[2024, 1, 3, 8], [2023, 12, 7, 23], [np.nan] * 4, [1969, 2, 5, 0]]
    np.testing.assert_array_equal(found[:, :4], wanted)
    days = (MOMENTS - MOMENTS.min()) / pd.Timedelta(days=1)
    np.testing.assert_allclose(found[:, 4], days, rtol=1e-15)
    variable = design.variables["d"]
    assert (variable.kind, variable.levels) == ("date", ())
    assert variable.typical == str(MOMENTS.mean().round("s"))
    new = {"d": ["2024-01-31", None], "y": [0.0, 1.0]}
    np.testing.assert_array_equal(design.read(new).X[:, 1], [1, np.nan])
    for value in (datetime.date(2024, 1, 31), pd.Timestamp("2024-01-31"), "2024-01-31"):
        assert design.read({"d": value}, response=False).X[0, :4].tolist() == [2024, 1, 3, 0]
        row = pd.Series({"d": value, "x": 1.5})
        assert design.read(row, response=False).X[0, 1] == 1


def test_months_as_levels():
    table = make(d=pd.to_datetime(["2024-01-31", "2023-03-01", "2023-03-02", "2024-12-01"]))
    design = Design.fit("y ~ C(month(d)) + factor(weekday(d))", table)
    assert design.x_names[1:3] == ("C(month(d))[T.3]", "C(month(d))[T.12]")
    assert design.x_names[3:] == ("factor(weekday(d))[T.4]", "factor(weekday(d))[T.7]")
    with pytest.raises(ValueError, match=r"C\(month\(d\)\) holds 2, which training never saw"):
        design.read({"d": ["2024-02-07"]}, response=False)


@pytest.mark.parametrize("size", [1, 3, 4])
def test_chunks_make_the_same_design(size):
    table = make(d=pd.Series(TEXTS))
    text = "y ~ days(d) + C(month(d)) + hour(d)"
    whole = Design.fit(text, table)
    parts = Design.fit(text, lambda: (table[k : k + size] for k in range(0, 4, size)))
    np.testing.assert_array_equal(parts.read(table).X, whole.read(table).X)
    assert parts.variables == whole.variables
    zones = [make(d=MOMENTS.dt.tz_localize(zone)) for zone in ("UTC", "Europe/Berlin")]
    with pytest.raises(TypeError, match=r"chunk 2: .*time zone Europe/Berlin.*time zone UTC"):
        Design.fit(text, lambda: iter(zones))


@case_by_case("text", ["y ~ d", "y ~ d + x", "y ~ log(d)", "y ~ C(d)", "d ~ y"])
@case_by_case("name", ["datetime64", "a time zone", "periods of months", "date"])
def test_dates_without_a_function_are_refused(text, name):
    table = make(x=np.ones(4), d=COLUMNS[name][0]())
    with pytest.raises(TypeError, match=r"column 'd' is .* by functions: write days\(d\), year"):
        Design.fit(text, table)


@pytest.mark.parametrize("text", ["y ~ d + year(d)", "y ~ C(d):days(d)", "y ~ hour(d) + offset(d)"])
def test_dates_are_dates_in_the_whole_formula(text):
    for values in (MOMENTS, pd.Series(TEXTS)):
        with pytest.raises(ValueError, match=r"column 'd' of .* is read as dates"):
            Design.fit(text, make(d=values))
