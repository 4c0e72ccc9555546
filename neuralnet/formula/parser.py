"""The formula dialect of R on patsy's parser: what a formula says, before any row is read.

Names mean a column of the data, else an entry of the built-in table, else one of ``env``; never
a variable of the caller. Knows no data beyond the names of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from tokenize import TokenError
from typing import Any

from patsy import PatsyError
from patsy.desc import Term
from patsy.infix_parser import ParseNode
from patsy.parse_formula import parse_formula

from ..errors import check_formula, closest, cut, listing, quote, shorten
from .algebra import DOT, OPERATORS, WITHIN, Algebra
from .expressions import parse_expression, read_arguments
from .factors import Column, Factor, is_plain, join_names, spell
from .quoting import QUOTED, STRING

# As what is quoted, no part is looked at twice: a number takes the letters behind it along, and a
# backtick without another all that follows.
_LEXEME = re.compile(
    rf"""
    Q\(\s*+(?P<Q>{STRING})\s*+\)            # patsy's way to quote a name
    | (?P<string>{STRING})
    | `(?P<quoted>(?:[^`\\]++|\\.)*+)`       # R's way to quote a name
    | (?P<number>(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+\w*+)
    | (?P<name>\.?+[^\W\d][\w.]*+)           # R's names may hold dots
    | (?P<within>%in%)
    | (?P<dot>\.)
    | (?P<bracket>[()\[\]{{}}])
    | (?P<stray>`(?s:.)*+|->|[$?\\]|!(?!=)|(?!\w)[^\x00-\x7f])
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(QUOTED)
_ESCAPE = re.compile(r"\\(.)")
# What is behind a name that is called, or that names an argument.
_BEHIND = re.compile(r"\s*+(\(|=(?!=))?+")
# Columns stand in the formula under names that Python's tokenizer accepts while it is parsed.
_PLACE = "__column_{}__"
# Python's tokenizer reads no more brackets within one another, from 3.12 on.
_DEEPEST = 200
# Characters of a name that is looked for in a text without its backticks.
_LONGEST = 200
_HINT = "A column whose name is not one plain word is written in backticks: "


@dataclass(frozen=True)
class Formula:
    """A parsed formula.

    Attributes
    ----------
    text : str
        As the user typed it.
    responses : tuple of Factors
        The left side: one, none, or those that ``cbind`` joins.
    terms : tuple of patsy Terms
        The right side in R's order: the intercept, if any, then by degree.
    columns : tuple of str
        Columns that these terms use, in order of first use.
    offsets : tuple of tuples of Factors
        What each ``offset(...)`` of the right side holds: one for all outputs, or one for each.
    table_columns : tuple of str
        Columns that the text names or that its dot stands for, in the order of the table. Parsed
        with these columns alone, the text gives the same formula.
    """

    text: str
    responses: tuple[Factor, ...]
    terms: tuple[Term, ...]
    columns: tuple[str, ...]
    offsets: tuple[tuple[Factor, ...], ...] = ()
    table_columns: tuple[str, ...] = ()

    @property
    def expanded(self) -> str:
        """The formula with every dot and product written out."""
        names = [term.name() if term.factors else "1" for term in self.terms] or ["0"]
        if self.terms and self.terms[0].factors:
            names.append("0")
        names += [f"offset({join_names(factors)})" for factors in self.offsets]
        left = f"{join_names(self.responses)} " if self.responses else ""
        return f"{left}~ {' + '.join(names)}"


def parse(text: str, columns: Sequence[Any], env: Mapping[str, Any] | None = None) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        Such as ``"Species ~ ."``, ``"y ~ a * log(b)"``, ``"y ~ (a + b)^2 - 1"``,
        ``"cbind(y1, y2) ~ ."`` or ``"y ~ a + offset(log(b))"``.
    columns : sequence
        Names of the data's columns, in order. A formula can name those that are strings.
    env : mapping, optional
        Further functions and values that expressions may name.

    Raises
    ------
    TypeError
        Where the formula is not a string, or its dot stands for a column whose name is none.
    ValueError
        Where it cannot be parsed, or names what is neither a column nor a function here.
    """
    check_formula(text)
    if "~" not in text:
        raise ValueError(f"the formula {quote(text)} has no '~': write 'response ~ predictors'")
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"env must be a dict such as {{'squash': f}}, not {quote(env)}")
    try:
        return _read(text, columns, env or {})
    except ValueError as fault:
        raise add_hint(fault, text, columns) from None


def add_hint(fault: ValueError, text: str, columns: Sequence[Any]) -> ValueError:
    """The error of a formula or a condition, with the columns that lack their backticks in it."""
    told = str(fault).removesuffix(f" {_HINT}`a b`")
    # What is in quotes is not meant as a column.
    bare = _QUOTED.sub('"', text)
    lacking = (
        name
        for name in dict.fromkeys(columns)
        if isinstance(name, str)
        and not is_plain(name)
        and _stands_in(name, text if "'" in name or '"' in name else bare)
        and not _is_readable(name, columns, told)
    )
    # A formula may hold hundreds, and to look at one takes as long as to read all columns.
    found = [*islice(lacking, 3)]
    if not found or type(fault) is not ValueError:
        return fault
    end = "" if told.endswith((".", "?")) else "."
    return ValueError(f"{told}{end} {_HINT}{', '.join(cut(spell(name)) for name in found)}")


def _normalize(text: str) -> str:
    return " ".join(text.lower().split())


def _stands_in(name: str, text: str) -> bool:
    """Whether a name, which is not too long to be typed, stands in a text as words of its own."""
    sought, text = _normalize(name), _normalize(text)
    if len(name) > _LONGEST or not any(map(_is_word, sought)):
        return False
    start = text.find(sought)
    while start >= 0:
        around = text[max(0, start - 1) : start], text[start + len(sought) :][:1]
        ends = zip(around, (sought[0], sought[-1]), strict=True)
        if not any(_is_word(outside) and _is_word(inside) for outside, inside in ends):
            return True
        start = text.find(sought, start + 1)
    return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_readable(name: str, columns: Sequence[Any], told: str) -> bool:
    """Whether a name without its backticks means something else, as ``a-b`` and ``2`` may."""
    if name.isdigit():
        return not told.startswith(f"{name} is not a term")
    try:
        _read(f"~ {name}", columns, {})
    except ValueError:
        return False
    return True


def _read(text: str, columns: Sequence[Any], env: Mapping[str, Any]) -> Formula:
    """As `parse`, without the hint."""
    try:
        return _read_sides(text, columns, env)
    except PatsyError as fault:
        told = cut(fault.message.replace("a noun", "a term").replace(WITHIN, "%in%"))
        raise ValueError(f"cannot read the formula {quote(text)}: {told}") from None
    except RecursionError:
        raise ValueError(
            f"the formula {text[:40]!r}... nests products or signs too deeply: write a sum of terms"
        ) from None


def _read_sides(text: str, columns: Sequence[Any], env: Mapping[str, Any]) -> Formula:
    places: dict[str, str] = {}
    hidden = hide_columns(text, columns, places)
    unnamed = [name for name in columns if not isinstance(name, str)]
    if unnamed and DOT in hidden:
        raise TypeError(
            f"'.' in {quote(text)} stands for all other columns, and a formula can only name "
            f"columns by strings, not by {listing(unnamed)}: rename them, as in data.columns = "
            "data.columns.map(str), or write the predictors in place of '.'"
        )
    tree = _parse_tree(hidden, text)
    leaf = _leaf_reader(text, columns, places, env)
    *left, right = tree.args
    responses = _read_responses(left[0], leaf, text) if left else ()
    taken = {column for response in responses for column in response.columns}
    dot = [Column(name) for name in columns if name not in taken]
    algebra = Algebra(leaf, dot, text)
    terms = algebra.terms(right)
    used = dict.fromkeys(c for term in terms for f in term.factors for c in f.columns)
    named = {*places.values(), *(factor.column for factor in dot if DOT in hidden)}
    return Formula(
        text,
        responses,
        terms,
        tuple(used),
        tuple(algebra.offsets),
        tuple(dict.fromkeys(name for name in columns if name in named)),
    )


def _parse_tree(hidden: str, text: str) -> ParseNode:
    """Patsy's tree of a formula, whose columns are hidden."""
    try:
        return parse_formula(hidden, extra_operators=OPERATORS)
    except (AssertionError, SyntaxError, TokenError) as fault:
        # Patsy asserts what Python's tokenizer may say of odd text, and that differs by release.
        said = fault if isinstance(fault, TokenError) else fault.__context__
        told = said.args[0] if isinstance(said, TokenError) else "it is not written as Python is"
        raise ValueError(f"cannot read the formula {shorten(text)}: {told}") from None


def hide_columns(text: str, columns: Sequence[Any], places: dict[str, str]) -> str:
    """Replace names of columns and the lone dot by identifiers; fills ``places``.

    What is left has no more brackets within brackets, and no other characters, than Python reads.
    """
    if "__column_" in text or DOT in text:
        raise ValueError(f"names like __column_0__ and {DOT} are reserved: {quote(text)}")
    known = {name for name in columns if isinstance(name, str)}
    lengths = set(map(len, known))
    numbers: dict[str, str] = {}
    depth = 0

    def place(name: str) -> str:
        if name not in numbers:
            numbers[name] = _PLACE.format(len(numbers))
            places[numbers[name]] = name
        return numbers[name]

    def replace(match: re.Match[str]) -> str:
        nonlocal depth
        if match["bracket"]:
            depth += 1 if match["bracket"] in "([{" else -1
            if depth > _DEEPEST:
                raise ValueError(
                    f"{shorten(text)} has more than {_DEEPEST} brackets within one another: leave "
                    "out those that change nothing, or make columns of parts beforehand"
                )
        if match["dot"]:
            return f" {DOT} "
        if match["stray"]:
            sign = WITHIN if match["stray"] == WITHIN else match["stray"][0]
            if sign == "!":
                raise ValueError(
                    f"cannot read the formula {quote(text)}: '!' means nothing there. The opposite "
                    "of a column t of True and False is I(~t)"
                )
            raise ValueError(
                f"cannot read the formula {quote(text)}: {sign!r} means nothing there. {_HINT}`a b`"
            )
        if match["within"]:
            return f" {WITHIN} "
        quoted = match["Q"][1:-1] if match["Q"] else match["quoted"]
        if quoted is not None:
            unescaped = _ESCAPE.sub(r"\1", quoted)
            name = unescaped if unescaped in known else quoted
            if name not in known:
                for other in columns:
                    if str(other) == name:
                        raise ValueError(
                            f"the formula names {quote(name)}, but that column's name is the "
                            f"{type(other).__name__} {other}, and names must be strings: rename "
                            "it, as in data.columns = data.columns.map(str)"
                        )
                raise ValueError(f"the formula names {quote(name)}: {closest(name, columns)}")
            return place(name)
        if match["name"]:
            sign = _read_behind(text, match)
            if sign != "=":
                return _hide_name(match["name"], known, lengths, place, called=sign == "(")
        return match[0]

    hidden = _LEXEME.sub(replace, text)
    if any("\ud800" <= character <= "\udfff" for character in hidden):
        raise ValueError(
            f"{shorten(text)} holds half a character (a surrogate), which stands for nothing: in "
            "backticks it may be a part of a column's name"
        )
    return hidden


def find_names(text: str) -> dict[str, bool]:
    """What a formula names, but for its strings: each with whether a column may be meant.

    What is called like a function, or names an argument, is no column.
    """
    names: dict[str, bool] = {}
    for match in _LEXEME.finditer(text):
        quoted = match["Q"][1:-1] if match["Q"] else match["quoted"]
        if quoted is not None:
            names[_ESCAPE.sub(r"\1", quoted)] = True
        elif match["name"]:
            called = _read_behind(text, match) != ""
            names[match["name"]] = names.get(match["name"], False) or not called
    return names


def _read_behind(text: str, match: re.Match[str]) -> str:
    """The bracket or the sign that makes a name one of a function or of an argument."""
    behind = _BEHIND.match(text, match.end())
    return behind[1] or "" if behind else ""


def _hide_name(
    name: str, known: set[str], lengths: set[int], place: Callable[[str], str], called: bool
) -> str:
    """The name of a column, or a column and what is written behind its dot, or the name.

    ``lengths`` are those of the known names: a name of thousands of dots has as many starts.
    """
    stop = name.rfind(".") if called else len(name)
    while stop > 0:
        start = name[:stop] if stop in lengths else ""
        if start in known and start and (start != "np" or stop == len(name)):
            return place(start) + name[stop:]
        stop = name.rfind(".", 0, stop)
    return name


def _leaf_reader(
    text: str, columns: Sequence[Any], places: Mapping[str, str], env: Mapping[str, Any]
) -> Callable[[str], Factor]:
    def read(code: str) -> Factor:
        if code in places:
            return Column(places[code])
        return parse_expression(code, places, columns, env, text)

    return read


def _read_responses(
    node: ParseNode, leaf: Callable[[str], Factor], text: str
) -> tuple[Factor, ...]:
    if node.type != "PYTHON_EXPR":
        raise ValueError(
            f"the left side of {quote(text)} must be one response: a column, or a function of "
            "columns such as log(y). For a sum or a product of columns write I(a + b), for several "
            "responses cbind(a, b)."
        )
    code = node.token.extra
    arguments = read_arguments(code, "cbind") or [code]
    if DOT in arguments:
        raise ValueError(f"'.' has no meaning on the left side of {quote(text)}: name the response")
    responses = tuple(map(leaf, arguments))
    for place, response in enumerate(responses):
        if response in responses[:place]:
            raise ValueError(
                f"{cut(response.name())} is named twice on the left side of {quote(text)}"
            )
    return responses
