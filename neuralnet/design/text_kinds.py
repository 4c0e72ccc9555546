"""Detection of text that reads as numbers, dates or times. Knows no formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..errors import cut, pluralize, quote
from ..formula import Column
from .dates import is_day_first, reads_as_dates
from .variable import Variable

# Text of at most this many levels may well be codes, such as "1" to "5".
_FEW = 10
# In a column that reads as numbers, at least this share of the levels does. The others may be
# marks of missing values, such as "?".
_SHARE = 0.9
# Postal codes have leading zeros, and numbers have none.
_CODE = re.compile(r"0\d++")
_NUMBER = r"[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+"
_NUMBERS = re.compile(_NUMBER)
_COMMAS = re.compile(rf"{_NUMBER}|[+-]?+\d++,\d++|[+-]?+\d{{1,3}}+(?:,\d{{3}})++(?:\.\d*+)?+")
# Amounts of money and percentages.
_MARK = r"[$\u20ac\u00a3\u00a5]"


def _mark(number: str) -> re.Pattern[str]:
    """The pattern of a number with a currency or a percent sign."""
    return re.compile(rf"\A[+-]?+(?:{_MARK}\ ?+[+-]?+{number}|{number}\ ?+(?:%|{_MARK}))")


_MARKED = _mark(r"(?:\d{1,3}+(?:,\d{3})++(?:\.\d*+)?+|\d++\.?+\d*+|\.\d++)")
_MARKED_COMMAS = _mark(r"\d++(?:,\d{1,2}+)?+")
_MINUTES = re.compile(r"\d{1,2}+:[0-5]\d")
_SECONDS = re.compile(r"\d{1,2}+:[0-5]\d:[0-5]\d(?:\.\d++)?+")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}+"
_DATES = re.compile(
    rf"""
    (?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}           # 2024-01-31
    |\d{{1,2}}([-/.])\d{{1,2}}\2(?:\d{{4}}|\d{{2}})  # 31.01.2024
    |\d{{4}}[-/]\d{{1,2}}                          # 2024-01
    |\d{{1,2}}[-/.\ ]{{1,2}}{_MONTH}[-/.,\ ]{{1,2}}(?:\d{{4}}|\d{{2}})  # 31 Jan 2024
    |{_MONTH}[.\ ]{{1,2}}\d{{1,2}},?+\ \d{{4}}       # January 31, 2024
    )(?:[T\ ]\d{{1,2}}:[\d:.]{{1,20}}\ ?+(?:[ap]m|z|[+-][\d:]{{1,6}})?+)?+""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class _Kind:
    """A kind of values: its name, its spelling, and code that converts ``{data}``."""

    name: str
    spelling: re.Pattern[str]
    remedy: str


_KINDS = (
    _Kind("numbers", _NUMBERS, "pd.to_numeric({data}{rest}) converts them"),
    _Kind("numbers", _COMMAS, "pd.read_csv takes thousands=',' or decimal=','"),
    _Kind(
        "dates",
        _DATES,
        "pd.to_datetime({data}{rest}) makes dates of them, for days({name}) and month({name})",
    ),
    _Kind(
        "numbers",
        _MARKED,
        "pd.to_numeric({data}.str.replace('[^0-9.+-]', '', regex=True){rest}) converts them",
    ),
    _Kind(
        "numbers",
        _MARKED_COMMAS,
        "pd.to_numeric({data}.str.replace('[^0-9,+-]', '', regex=True).str.replace(',', '.')"
        "{rest}) converts them",
    ),
    _Kind(
        "times",
        _MINUTES,
        "pd.to_timedelta({data} + ':00'{rest}).dt.total_seconds() makes seconds of them",
    ),
    _Kind(
        "times",
        _SECONDS,
        "pd.to_timedelta({data}{rest}).dt.total_seconds() makes seconds of them",
    ),
)


def reads_as_numbers(levels: Sequence[str]) -> bool:
    """True if text reads as numbers, but for some marks of missing values; codes do not."""
    if any(map(_CODE.fullmatch, levels)):
        return False
    kinds = (kind for kind in _KINDS if kind.name == "numbers")
    return any(_find_others(levels, kind) is not None for kind in kinds)


def describe_text(variable: Variable, categories: bool = False) -> str:
    """Describe what the levels of a column of text read as, and the remedy; '' for true levels.

    Categories by their dtype are levels on purpose, and are examined only with ``categories``.
    Only levels are examined, not rows.
    """
    typed = isinstance(variable.dtype, pd.CategoricalDtype)
    if variable.kind != "category" or (typed and not categories):
        return ""
    levels = variable.levels
    if len(levels) <= _FEW or not all(isinstance(level, str) for level in levels):
        return ""
    for kind in _KINDS:
        others = _find_others(levels, kind)
        if others is not None:
            return "" if any(map(_CODE.fullmatch, levels)) else _describe(variable, kind, others)
    return ""


def _find_others(levels: Sequence[str], kind: _Kind) -> list[str] | None:
    """The levels with another spelling; None if there are too many."""
    limit = (1 - _SHARE) * len(levels)
    others: list[str] = []
    for level in levels:
        if not kind.spelling.fullmatch(level.strip()):
            others.append(level)
            if len(others) > limit:
                return None
    return others


def _describe(variable: Variable, kind: _Kind, others: Sequence[str]) -> str:
    strange = set(others)
    example = next(each for each in (variable.typical, *variable.levels) if each not in strange)
    but = f", but for {quote(others[0])}" if others else ""
    more = f" and {len(others) - 1:,} more" if others[1:] else ""
    rest = ", errors='coerce'" if others else ""
    data = f"data[{quote(variable.name)}]"
    if isinstance(variable.dtype, pd.CategoricalDtype):
        data += ".astype(object)"
    if kind.spelling is _DATES and is_day_first(variable.levels):
        rest = f", dayfirst=True{rest}"
    name = cut(Column(variable.name).name())
    remedy = kind.remedy.format(data=data, rest=rest, name=name)
    if kind.spelling is _DATES and reads_as_dates(variable.levels):
        remedy = f"days({name}) and month({name}) make numbers of them"
    return (
        f"{pluralize(len(variable.levels), 'level')} that read as {kind.name}, such as "
        f"{quote(example)}{but}"
        f"{more}; {remedy}"
    )
