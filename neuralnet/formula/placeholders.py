"""Placeholders: identifiers in place of the columns of a formula while Python's parsers read it.

A column may have any name, such as ``Sepal.Length`` or ``a b``; patsy and `ast` read only
identifiers. Knows no operators and no terms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..errors import closest, quote, shorten
from .quoting import STRING

# Placeholders of the lone dot and of %in%: a reserved name, and an operator that Python's tokenizer
# accepts and no expression contains.
DOT, WITHIN = "__dot__", "->"
PLACEHOLDER = re.compile(r"__column_\d++__")
_PLACEHOLDER = "__column_{}__"
BACKTICKS = "A column whose name is not one plain word is written in backticks: "

# R's names of functions that are written otherwise here.
_WRITTEN = {"as.factor": "factor"}

# All quantifiers are possessive, so that the time is linear in the length of the text: a number
# includes the letters after it, and a backtick without its partner all that follows.
LEXEME = re.compile(
    rf"""
    Q\(\s*+(?P<Q>{STRING})\s*+\)            # patsy's quotation of a name
    | (?P<string>{STRING})
    | `(?P<quoted>(?:[^`\\]++|\\.)*+)`       # R's quotation of a name
    | (?P<number>(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+\w*+)
    | (?P<name>\.?+[^\W\d][\w.]*+)           # R's names may contain dots
    | (?P<within>%in%)
    | (?P<dot>\.)
    | (?P<bracket>[()\[\]{{}}])
    | (?P<stray>`(?s:.)*+|->|%/?%|[$?\\]|!(?!=)|(?!\w)[^\x00-\x7f])
    """,
    re.VERBOSE,
)
# Python's operators for signs of R, whose precedence is another there.
_HINTS = {
    "!": "The opposite of a column t of True and False is I(~t)",
    "%%": "The remainder is I(a % 2), in brackets where it is multiplied: I(b * (a % 2))",
    "%/%": "The whole quotient is I(a // 2), in brackets where it is multiplied: I(b * (a // 2))",
}
_ESCAPE = re.compile(r"\\(.)")
# What follows the name of a function, or of an argument.
_BEHIND = re.compile(r"\s*+(\(|=(?!=))?+")
# Python's tokenizer reads no deeper brackets, from 3.12 on.
_DEEPEST = 200


def hide_columns(text: str, columns: Sequence[Any], places: dict[str, str]) -> str:
    """Replace the columns, the lone dot and ``%in%`` of a formula or a condition by placeholders.

    Parameters
    ----------
    text : str
    columns : sequence
        Names of the data's columns.
    places : dict
        Filled with the column of each placeholder.

    Returns
    -------
    str
        Free of characters, and of depths of brackets, that Python's tokenizer does not read.

    Raises
    ------
    ValueError
        For unknown quoted names, signs without a meaning, and brackets nested too deeply.
    """
    if "__column_" in text or DOT in text:
        raise ValueError(f"names like __column_0__ and {DOT} are reserved: {quote(text)}")
    hidden = LEXEME.sub(_Replacer(text, columns, places).replace, text)
    if any("\ud800" <= character <= "\udfff" for character in hidden):
        raise ValueError(
            f"{shorten(text)} contains half a character (a surrogate), which has no meaning: in "
            "backticks it may be a part of a column's name"
        )
    return hidden


def find_names(text: str) -> dict[str, bool]:
    """Return the names in a formula, without its strings: each with whether it may be a column.

    A name that is called like a function, or names an argument, is no column.
    """
    names: dict[str, bool] = {}
    for match in LEXEME.finditer(text):
        quoted = _read_quoted(match)
        if quoted is not None:
            names[_ESCAPE.sub(r"\1", quoted)] = True
        elif match["name"]:
            plain = _read_behind(match) == ""
            names[match["name"]] = names.get(match["name"], False) or plain
    return names


def _read_quoted(match: re.Match[str]) -> str | None:
    """Return the name in backticks or in ``Q(...)``, with its escapes; None for other lexemes."""
    return match["Q"][1:-1] if match["Q"] else match["quoted"]


def _read_behind(match: re.Match[str]) -> str:
    """Return ``(`` after the name of a function, ``=`` after that of an argument, else ''."""
    behind = _BEHIND.match(match.string, match.end())
    return behind[1] or "" if behind else ""


class _Replacer:
    """Replaces the lexemes of one text, from left to right."""

    def __init__(self, text: str, columns: Sequence[Any], places: dict[str, str]) -> None:
        self.text, self.columns, self.places = text, columns, places
        self.names = {name for name in columns if isinstance(name, str)}
        self.lengths = set(map(len, self.names))
        self.placeholders: dict[str, str] = {}
        self.depth = 0

    def replace(self, match: re.Match[str]) -> str:
        """Return the replacement of a lexeme."""
        if match["bracket"]:
            self._count_bracket(match["bracket"])
        if match["stray"]:
            raise self._refuse(match["stray"])
        if match["dot"]:
            return f" {DOT} "
        if match["within"]:
            return f" {WITHIN} "
        quoted = _read_quoted(match)
        if quoted is not None:
            return self._place_quoted(quoted)
        if match["name"] and (behind := _read_behind(match)) != "=":
            called = behind == "("
            if called and match["name"] in _WRITTEN:
                return _WRITTEN[match["name"]]
            return self._place_name(match["name"], called)
        return match[0]

    def _place(self, name: str) -> str:
        """Return the placeholder of a column."""
        if name not in self.placeholders:
            self.placeholders[name] = _PLACEHOLDER.format(len(self.placeholders))
            self.places[self.placeholders[name]] = name
        return self.placeholders[name]

    def _place_quoted(self, quoted: str) -> str:
        unescaped = _ESCAPE.sub(r"\1", quoted)
        name = unescaped if unescaped in self.names else quoted
        if name in self.names:
            return self._place(name)
        for other in self.columns:
            if str(other) == name:
                raise ValueError(
                    f"the formula names {quote(name)}, but that column's name is the "
                    f"{type(other).__name__} {other}, and names must be strings: rename it, as in "
                    "data.columns = data.columns.map(str)"
                )
        raise ValueError(f"the formula names {quote(name)}: {closest(name, self.columns)}")

    def _place_name(self, name: str, called: bool) -> str:
        """Replace the longest start of a dotted name that is a column, if any.

        Only starts as long as a column are compared: a name may have thousands of dots.
        """
        stop = name.rfind(".") if called else len(name)
        while stop > 0:
            start = name[:stop] if stop in self.lengths else ""
            if start in self.names and start and (start != "np" or stop == len(name)):
                return self._place(start) + name[stop:]
            stop = name.rfind(".", 0, stop)
        return name

    def _count_bracket(self, bracket: str) -> None:
        self.depth += 1 if bracket in "([{" else -1
        if self.depth > _DEEPEST:
            raise ValueError(
                f"{shorten(self.text)} has more than {_DEEPEST} brackets within one another: leave "
                "out those that change nothing, or make columns of parts beforehand"
            )

    def _refuse(self, stray: str) -> ValueError:
        """Return the error for a sign without a meaning in formulas."""
        sign = stray if stray in (WITHIN, *_HINTS) else stray[0]
        hint = _HINTS.get(sign, f"{BACKTICKS}`a b`")
        return ValueError(
            f"cannot read the formula {quote(self.text)}: {sign!r} means nothing there. {hint}"
        )
