"""Parser of formulas: R's dialect on top of patsy's operator-precedence parser.

A name is a column of the data, else an entry of the built-in table, else one of ``env``; never a
variable of the caller. Knows no data beyond the names of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from tokenize import TokenError
from typing import Any

from patsy import PatsyError
from patsy.desc import Term
from patsy.infix_parser import ParseNode
from patsy.parse_formula import parse_formula

from ..errors import check_formula, cut, listing, quote, shorten
from .algebra import OPERATORS, Algebra
from .expressions import parse_expression, read_arguments
from .factors import Column, Factor, join_names
from .functions import TABLE
from .placeholders import BACKTICKS, DOT, PLACEHOLDER, WITHIN, hide_columns
from .quoting import QUOTED, is_plain, quote_name

_QUOTED = re.compile(QUOTED)
_OF_DATES = "|".join(name for name, function in TABLE.items() if function.takes_dates)
# The column of a function of dates.
_DATES = re.compile(rf"(?<![\w.])(?:{_OF_DATES})\(\s*+(?:d\s*+=\s*+)?+({PLACEHOLDER.pattern})")
# Characters of the longest column name that is searched for outside backticks.
_LONGEST = 200


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
        For each ``offset(...)`` of the right side a factor for all outputs, or one for each.
    table_columns : tuple of str
        Columns that the text names or that its dot stands for, in the order of the table. Parsed
        with these columns alone, the text gives the same formula.
    left_out : tuple of str
        Those that the text names and its dot does not stand for.
    """

    text: str
    responses: tuple[Factor, ...]
    terms: tuple[Term, ...]
    columns: tuple[str, ...]
    offsets: tuple[tuple[Factor, ...], ...] = ()
    table_columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The distinct factors of terms, responses and offsets."""
        terms = (factor for term in self.terms for factor in term.factors)
        return tuple(dict.fromkeys(chain(terms, self.responses, *self.offsets)))

    @property
    def dates(self) -> frozenset[str]:
        """Columns that are read as dates."""
        return frozenset(name for factor in self.factors for name in factor.dates)

    def add_factors(self, factors: Iterable[Factor]) -> Formula:
        """Return the formula with a term for each of some factors behind all others."""
        return replace(self, terms=(*self.terms, *(Term([factor]) for factor in factors)))

    @property
    def expanded(self) -> str:
        """The formula with every dot and product written out."""
        names = [term.name() if term.factors else "1" for term in self.terms] or ["0"]
        if self.terms and self.terms[0].factors:
            names.append("0")
        names += [f"offset({join_names(factors)})" for factors in self.offsets]
        left = f"{join_names(self.responses)} " if self.responses else ""
        return f"{left}~ {' + '.join(names)}"


def parse(
    text: str,
    columns: Sequence[Any],
    env: Mapping[str, Any] | None = None,
    left_out: Collection[str] = (),
) -> Formula:
    """Parse a formula.

    Parameters
    ----------
    text : str
        Such as ``"Species ~ ."``, ``"y ~ a * log(b)"``, ``"y ~ (a + b)^2 - 1"``,
        ``"cbind(y1, y2) ~ ."`` or ``"y ~ a + offset(log(b))"``.
    columns : sequence
        Names of the data's columns, in order. A formula can name those that are strings.
    env : mapping, optional
        Further functions and values that expressions may name.
    left_out : collection of str
        Columns that the dot does not stand for. Nor does it stand for responses, and for columns
        that a function of dates takes.

    Raises
    ------
    TypeError
        If the formula is not a string, or its dot includes a column whose name is not one.
    ValueError
        If it cannot be parsed, or has an unknown name.
    """
    check_formula(text)
    if "~" not in text:
        raise ValueError(f"the formula {quote(text)} has no '~': write 'response ~ predictors'")
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"env must be a dict such as {{'squash': f}}, not {quote(env)}")
    try:
        return _read(text, columns, env or {}, left_out)
    except ValueError as fault:
        raise add_backtick_hint(fault, text, columns) from None


def has_dot(text: str, columns: Sequence[Any]) -> bool:
    """Return whether a formula has a lone dot; False where it cannot be read."""
    try:
        return DOT in hide_columns(text, columns, {})
    except ValueError:
        return False


def add_backtick_hint(fault: ValueError, text: str, columns: Sequence[Any]) -> ValueError:
    """Add to the error of a formula or a condition the columns that need backticks in it."""
    message = str(fault).removesuffix(f" {BACKTICKS}`a b`")
    # Text in quotes names no column.
    bare = _QUOTED.sub('"', text)
    lacking = (
        name
        for name in dict.fromkeys(columns)
        if isinstance(name, str)
        and not is_plain(name)
        and _is_contained(name, text if "'" in name or '"' in name else bare)
        and not _is_readable(name, columns, message)
    )
    # Three are enough: each check parses a formula of all columns, and there may be hundreds.
    examples = ", ".join(cut(quote_name(name)) for name in islice(lacking, 3))
    if not examples or type(fault) is not ValueError:
        return fault
    end = "" if message.endswith((".", "?")) else "."
    return ValueError(f"{message}{end} {BACKTICKS}{examples}")


def _normalize(text: str) -> str:
    """Return a text in lower case with single blanks."""
    return " ".join(text.lower().split())


def _is_contained(name: str, text: str) -> bool:
    """Return whether a text contains a name as whole words; False for very long names."""
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


def _is_readable(name: str, columns: Sequence[Any], message: str) -> bool:
    """Return whether a name is valid without backticks, with another meaning, as ``a-b`` and ``2``.

    ``message`` is the error of the formula that contains it.
    """
    if name.isdigit():
        return not message.startswith(f"{name} is not a term")
    try:
        _read(f"~ {name}", columns, {})
    except ValueError:
        return False
    return True


def _read(
    text: str, columns: Sequence[Any], env: Mapping[str, Any], left_out: Collection[str] = ()
) -> Formula:
    """Parse a formula as `parse` does, without the hint."""
    try:
        return _read_sides(text, columns, env, left_out)
    except PatsyError as fault:
        why = cut(fault.message.replace("a noun", "a term").replace(WITHIN, "%in%"))
        raise ValueError(f"cannot read the formula {quote(text)}: {why}") from None
    except RecursionError:
        raise ValueError(
            f"the formula {quote(text[:40])}... nests products or signs too deeply: write a sum "
            "of terms"
        ) from None


def _read_sides(
    text: str, columns: Sequence[Any], env: Mapping[str, Any], left_out: Collection[str]
) -> Formula:
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
    leaf = _make_leaf_reader(text, columns, places, env)
    *left, right = tree.args
    responses = _read_responses(left[0], leaf, text) if left else ()
    taken = {column for response in responses for column in response.columns}
    taken |= {*left_out, *(places[place] for place in _DATES.findall(hidden))}
    dot = [Column(name) for name in columns if name not in taken]
    algebra = Algebra(leaf, dot, text, left_out)
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
        tuple(dict.fromkeys(name for name in columns if name in named and name in left_out)),
    )


def _parse_tree(hidden: str, text: str) -> ParseNode:
    """Return patsy's tree of a formula with placeholders."""
    try:
        return parse_formula(hidden, extra_operators=OPERATORS)
    except (AssertionError, SyntaxError, TokenError) as fault:
        # Patsy asserts tokens of Python's tokenizer, whose errors differ between releases.
        cause = fault if isinstance(fault, TokenError) else fault.__context__
        why = cause.args[0] if isinstance(cause, TokenError) else "it is not written as Python is"
        raise ValueError(f"cannot read the formula {shorten(text)}: {why}") from None


def _make_leaf_reader(
    text: str, columns: Sequence[Any], places: Mapping[str, str], env: Mapping[str, Any]
) -> Callable[[str], Factor]:
    """Make the function that reads a leaf of the tree: a column or an expression."""

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
