"""Columns of dates: from any type that holds them, and from ISO 8601 text, to local times.

A time zone is that of the training data. Knows nothing of formulas.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, listing, quote, visible

Times = NDArray[np.datetime64]
_TYPES = (datetime.date, np.datetime64, pd.Period)

# ISO 8601 with hyphens, which can be read in one way only: a month, a date, or date and time. Days
# of the year and of the week are left out, as few programs write them.
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d(?:-\d\d)?+)"
    r"(?:(?<=-\d\d-\d\d)[T ](?P<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?+)"
    r"(?:(?<=:\d\d:\d\d)[.,](?P<fraction>\d++))?+\ ?+(?P<zone>Z|[+-]\d\d(?::?+[0-5]\d)?+)?+)?+"
)
_ZONE = re.compile(r"(?!dateutil)[A-Za-z][\w+-]*+(?:/[\w+-]++){0,2}+|UTC[+-]\d\d:\d\d")
# pandas reads the first of two numbers as the month, unless dayfirst=True.
_DAY_FIRST = re.compile(r"(?:(?:1[3-9]|[23]\d)[-/.]|\d{1,2}+\.)\d{1,2}+[-/.]\d")


def holds_dates(column: pd.Series) -> bool:
    """True if a column holds dates by its type, or objects that are dates; text does not."""
    dtype = column.dtype
    if dtype == np.object_:
        present = column[column.notna()]
        return len(present) > 0 and all(isinstance(each, _TYPES) for each in present)
    return dtype.kind == "M" or isinstance(dtype, pd.PeriodDtype) or _is_arrow(dtype)


def reads_as_dates(texts: Iterable[Any]) -> bool:
    """True if all of some texts, of which there is one at least, are ISO dates."""
    distinct = list(texts)
    if not distinct or not all(isinstance(each, str) for each in distinct):
        return False
    try:
        _parse_texts(distinct)
    except ValueError:
        return False
    return True


def is_day_first(texts: Iterable[str]) -> bool:
    """True if some text is a date whose first number can only be the day."""
    return any(_DAY_FIRST.match(each.strip()) for each in texts)


def read_dates(name: str, column: pd.Series, zone: str | None = None) -> Times:
    """Read a column of dates or of ISO text as local times (n,) in microseconds.

    Parameters
    ----------
    name : str
    column : Series
    zone : str, optional
        The time zone of the training data, '' for none; times of other zones are converted to it,
        and times without a zone are times in it. None: that of the column.

    Raises
    ------
    TypeError
        Where the column holds no dates, or dates in a zone that training did not have.
    ValueError
        Where a text is no ISO date, or zones differ within the column.
    """
    if column.isna().all():
        return np.full(len(column), "NaT", dtype="datetime64[us]")
    times = _read_times(name, column)
    found = _find_name(name, times.dt.tz)
    if found and zone is not None and found != zone:
        if not zone:
            raise TypeError(
                f"column {quote(name)} had no time zone in training, and arrives in {found}: give "
                f"local times, data[{quote(name)}].dt.tz_localize(None)"
            )
        times = times.dt.tz_convert(zone)
    if times.dt.tz is not None:
        times = times.dt.tz_localize(None)
    return np.asarray(_to_microseconds(name, times).to_numpy(dtype="datetime64[us]"))


def find_zone(name: str, column: pd.Series) -> str:
    """The time zone of a column that `read_dates` reads; '' for none."""
    first = column[column.notna()].iloc[:1]
    return _find_name(name, _read_times(name, first).dt.tz) if len(first) else ""


def check_zone(zone: str) -> None:
    """Raise ValueError for text that is no name of a time zone; names are looked up by pandas."""
    if zone and not _ZONE.fullmatch(zone):
        raise ValueError(f"no time zone is called {zone!r}"[:200])


def _read_times(name: str, column: Any) -> Any:
    """A column of one of pandas' types of dates, with or without a time zone."""
    dtype: Any = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _read_times(name, column.astype(dtype.categories.dtype))
    if _is_arrow(dtype):
        array: Any = column.array
        return pd.Series(array.__arrow_array__().to_pandas(date_as_object=False).array)
    if dtype.kind == "M":
        return column
    if isinstance(dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    present = column[column.notna()]
    if not all(issubclass(each, (str, *_TYPES)) for each in set(map(type, present))):
        raise _refuse(name, column, present)
    codes, distinct = pd.factorize(column)
    values = list(distinct)
    moments, zone = _read_values(name, values)
    # The code of a missing value, -1, indexes the last element.
    times = pd.Series(np.append(moments, np.datetime64("NaT", "us"))[codes])
    return times.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else times


def _is_arrow(dtype: Any) -> bool:
    """True for Arrow's dates and timestamps, whose kind differs between releases of pandas."""
    return hasattr(dtype, "pyarrow_dtype") and str(dtype).startswith(("date", "timestamp"))


def _read_values(name: str, values: Sequence[Any]) -> tuple[Times, str]:
    """Times of texts and objects, and their zone: in UTC if they have one, else local."""
    moments = np.empty(len(values), dtype="datetime64[us]")
    is_text = np.array([isinstance(each, str) for each in values])
    texts = [each for each in values if isinstance(each, str)]
    zones: set[str] = set()
    try:
        moments[is_text], offsets = _parse_texts(texts)
    except ValueError:
        raise _refuse_text(name, texts) from None
    zones |= offsets
    for place in np.flatnonzero(~is_text).tolist():
        value = values[place]
        value = value.start_time if isinstance(value, pd.Period) else value
        zone = getattr(value, "tzinfo", None)
        zones.add(_find_name(name, zone))
        if zone is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
        moments[place] = np.datetime64(value, "us")
    if len(zones) > 1:
        shown = listing(sorted(each or "no zone" for each in zones), most=3)
        data = f"data[{quote(name)}]"
        raise ValueError(
            f"column {quote(name)} holds times in several zones, {shown}: bring them to one, as in "
            f"{data} = pd.to_datetime({data}, utc=True).dt.tz_convert('Europe/Berlin')"
        )
    return moments, zones.pop()


def _parse_texts(texts: Sequence[str]) -> tuple[Times, set[str]]:
    """Times of ISO texts, in UTC where they have an offset, and the zones of these offsets.

    Raises
    ------
    ValueError
        For any other text, and for days that no calendar has.
    """
    plain, offsets, zones = [], [], set()
    for text in texts:
        match = _ISO.fullmatch(text.strip())
        if match is None:
            raise ValueError(text)
        time, fraction = match["time"], match["fraction"]
        plain.append(
            match["date"] + (f"T{time}" if time else "") + (f".{fraction[:6]}" if fraction else "")
        )
        minutes = _read_offset(match["zone"])
        zones.add("" if minutes is None else _name_offset(minutes))
        offsets.append(minutes or 0)
    times = np.array(plain, dtype="datetime64[us]") - np.array(offsets, dtype="timedelta64[m]")
    return times, zones


def _read_offset(zone: str | None) -> int | None:
    """Minutes that a zone such as ``+02:00`` is ahead of UTC; None without a zone."""
    if zone is None or zone == "Z":
        return None if zone is None else 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1) * (60 * int(digits[:2]) + int(digits[2:]))


def _name_offset(minutes: int) -> str:
    """The name of a zone with a constant offset, as pandas reads it."""
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"


def name_zone(zone: Any) -> str | None:
    """The name by which pandas finds a time zone again; '' for no zone, None where it has none."""
    if zone is None:
        return ""
    constant = zone.utcoffset(None)
    if constant is not None and not constant.total_seconds() % 60:
        return _name_offset(int(constant.total_seconds()) // 60)
    return str(zone) if _ZONE.fullmatch(str(zone)) else None


def _find_name(name: str, zone: Any) -> str:
    """The name of the zone of a column; raise where it has none."""
    found = name_zone(zone)
    if found is None:
        raise ValueError(
            f"column {quote(name)} is in the time zone {cut(zone)}, which has no name by which new "
            f"data could be converted: data[{quote(name)}].dt.tz_convert('Europe/Berlin') gives "
            "it one"
        )
    return found


def _to_microseconds(name: str, times: Any) -> Any:
    try:
        return times.dt.as_unit("us")
    except ValueError as fault:  # pandas' OutOfBoundsDatetime
        raise ValueError(
            f"column {quote(name)} holds dates beyond all calendars: {fault}"
        ) from None


def _refuse_text(name: str, texts: Sequence[str]) -> ValueError:
    """The error of text that is no ISO date, with the remedy."""
    bad = next(each for each in texts if not reads_as_dates([each]))
    data = f"data[{quote(name)}]"
    order = ", dayfirst=True" if is_day_first(texts) else ""
    return ValueError(
        f"column {quote(name)} is text such as {quote(bad)}, which is no ISO date such as "
        f"'2024-01-31' or '2024-01-31 08:30': convert it, {data} = pd.to_datetime({data}{order}), "
        f"with format= if days and months could be confused, or read the file with parse_dates=["
        f"{quote(name)}]"
    )


def _refuse(name: str, column: pd.Series, values: pd.Series) -> TypeError:
    """The error of a column that holds no dates, with the remedy."""
    data = f"data[{quote(name)}]"
    remedy = ""
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "b":
        low, high = min(values), max(values)
        remedy = f". pd.to_datetime({data}, unit='s') makes dates of seconds since 1970"
        if 1000_01_01 <= low <= high <= 9999_12_31:
            remedy = f". pd.to_datetime({data}, format='%Y%m%d') makes dates of numbers as 20240131"
        if 1000 <= low <= high <= 9999:
            remedy = f". Years are numbers already: write {cut(name)} itself"
    return TypeError(
        f"column {quote(name)} is {visible(column.dtype)} ({listing(values, most=3)}), and year, "
        "month, weekday, hour and days take dates, or text of ISO dates such as "
        f"'2024-01-31'{remedy}"
    )
