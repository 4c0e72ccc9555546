"""The formula dialect of R on patsy's parser: what a formula says, before any row is read.

Names mean a column of the data, else an entry of the built-in table, else one of ``env``; never
a variable of the caller. Knows no data beyond the names of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from tokenize import TokenError
from typing import Any

from patsy import PatsyError
from patsy.desc import Term
from patsy.infix_parser import Operator, ParseNode
from patsy.parse_formula import parse_formula

from .expressions import Column, Factor, join_names, parse_expression, read_arguments
from .messages import closest, cut, listing, quote, shorten
from .quoting import STRING

__all__ = ["Formula", "find_names", "hide_columns", "parse"]

# As what is quoted, no part is looked at twice: a number takes the letters behind it along, and a
# backtick without another all that follows.
_LEXEME = re.compile(
    rf"""
    Q\(\s*+(?P<Q>{STRING})\s*+\)            # patsy's way to quote a name
    | (?P<string>{STRING})
    | `(?P<quoted>(?:[^`\\]++|\\.)*+)`       # R's way to quote a name
    | (?P<number>(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+\w*+)
    | (?P<name>\.?+[^\W\d][\w.]*+)           # R's names may hold dots
    | (?P<within>%in%)                       # b %in% a is R's other spelling of a:b
    | (?P<dot>\.)
    | (?P<bracket>[()\[\]{{}}])
    | (?P<stray>`(?s:.)*+|[$?\\]|!(?!=)|(?!\w)[^\x00-\x7f])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
# What is behind a name that is called, or that names an argument.
_BEHIND = re.compile(r"\s*+(\(|=(?!=))?+")
# Columns stand in the formula under names that Python's tokenizer accepts while it is parsed.
_PLACE = "__column_{}__"
_DOT = "__dot__"
# Python's tokenizer reads no more brackets within one another, from 3.12 on.
_DEEPEST = 200
# Terms that products and powers may make, and pairs of terms that are looked at for them.
_MOST_TERMS, _MOST_PAIRS = 50_000, 1_000_000


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
    """

    text: str
    responses: tuple[Factor, ...]
    terms: tuple[Term, ...]
    columns: tuple[str, ...]
    offsets: tuple[tuple[Factor, ...], ...] = ()

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
    if not isinstance(text, str):
        raise TypeError(f"the formula must be a string such as 'y ~ x', not {quote(text)}")
    if "~" not in text:
        raise ValueError(f"the formula {quote(text)} has no '~': write 'response ~ predictors'")
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"env must be a dict such as {{'squash': f}}, not {quote(env)}")
    try:
        return _read(text, columns, env or {})
    except PatsyError as fault:
        told = cut(fault.message.replace("a noun", "a term"))
        raise ValueError(f"cannot read the formula {quote(text)}: {told}") from None
    except RecursionError:
        raise ValueError(
            f"the formula {text[:40]!r}... nests products or signs too deeply: write a sum of terms"
        ) from None


def _read(text: str, columns: Sequence[Any], env: Mapping[str, Any]) -> Formula:
    places: dict[str, str] = {}
    hidden = hide_columns(text, columns, places)
    unnamed = [name for name in columns if not isinstance(name, str)]
    if unnamed and _DOT in hidden:
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
    algebra = _Algebra(leaf, dot, text)
    terms = algebra.terms(right)
    used = dict.fromkeys(c for term in terms for f in term.factors for c in f.columns)
    return Formula(text, responses, terms, tuple(used), tuple(algebra.offsets))


def _parse_tree(hidden: str, text: str) -> ParseNode:
    """Patsy's tree of a formula, whose columns are hidden."""
    try:
        return parse_formula(hidden, extra_operators=[Operator("^", 2, 500)])
    except (AssertionError, SyntaxError, TokenError) as fault:
        # Patsy asserts what Python's tokenizer may say of odd text, and that differs by release.
        said = fault if isinstance(fault, TokenError) else fault.__context__
        told = said.args[0] if isinstance(said, TokenError) else "it is not written as Python is"
        raise ValueError(f"cannot read the formula {shorten(text)}: {told}") from None


def hide_columns(text: str, columns: Sequence[Any], places: dict[str, str]) -> str:
    """Replace names of columns and the lone dot by identifiers; fills ``places``.

    What is left has no more brackets within brackets, and no other characters, than Python reads.
    """
    if "__column_" in text or _DOT in text:
        raise ValueError(f"names like __column_0__ and {_DOT} are reserved: {quote(text)}")
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
            return f" {_DOT} "
        if match["stray"]:
            raise ValueError(
                f"cannot read the formula {quote(text)}: {match['stray'][0]!r} means nothing "
                "there. A column whose name holds such characters is written in backticks: `a b`"
            )
        if match["within"]:
            return ":"
        quoted = match["Q"][1:-1] if match["Q"] else match["quoted"]
        if quoted is not None:
            unescaped = _ESCAPE.sub(r"\1", quoted)
            name = unescaped if unescaped in known else quoted
            if name not in known:
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
    if _DOT in arguments:
        raise ValueError(f"'.' has no meaning on the left side of {quote(text)}: name the response")
    responses = tuple(map(leaf, arguments))
    for place, response in enumerate(responses):
        if response in responses[:place]:
            raise ValueError(
                f"{cut(response.name())} is named twice on the left side of {quote(text)}"
            )
    return responses


# Terms in order of appearance: the set of factors that makes two terms the same, and the
# factors in the order in which they were written.
_Terms = dict[frozenset[Factor], tuple[Factor, ...]]


class _Algebra:
    """The right side of one formula, walked once.

    ``intercept`` is what its 0s and 1s left, ``offsets`` are those that it met.
    """

    def __init__(self, leaf: Callable[[str], Factor], dot: Sequence[Factor], text: str) -> None:
        self.leaf, self.dot, self.text = leaf, dot, text
        self.intercept, self.removing, self.multiplying = True, False, False
        self.offsets: list[tuple[Factor, ...]] = []
        self.pairs = 0
        self.appearance: dict[Factor, int] = {}

    def terms(self, right: ParseNode) -> tuple[Term, ...]:
        """All terms as R orders them: by degree, then by appearance, and so within a term."""
        found = self.expand(ParseNode("+", None, [right], None)).values()
        ordered = (sorted(term, key=self.appearance.__getitem__) for term in sorted(found, key=len))
        intercept = [Term([])] if self.intercept else []
        return (*intercept, *map(Term, ordered))

    def expand(self, node: ParseNode) -> _Terms:
        if node.type in ("+", "-"):
            return self._sum(node)
        if node.type in _PRODUCTS:
            left, right = (self._expand_part(part) for part in node.args)
            return _PRODUCTS[node.type](self._interact, left, right)
        if node.type in ("^", "**"):
            return self._power(node)
        if node.type != "PYTHON_EXPR":
            what = "'~'" if node.type == "~" else node.token.extra
            raise ValueError(
                f"{cut(what)} is not a term of {quote(self.text)}: 0 and 1 stand for the intercept "
                "in a sum of terms; arithmetic goes into I(...)"
            )
        code = node.token.extra
        if inside := read_arguments(code, "offset"):
            self._add_offset(inside)
            return {}
        factors = self.dot if code == _DOT else [self.leaf(code)]
        if not factors:
            raise ValueError(
                f"'.' in {quote(self.text)} stands for no column: the data has none left"
            )
        for factor in factors:
            self.appearance.setdefault(factor, len(self.appearance))
        return {frozenset([factor]): (factor,) for factor in factors}

    def _expand_part(self, node: ParseNode) -> _Terms:
        """A part of a product or a power."""
        before, self.multiplying = self.multiplying, True
        found = self.expand(node)
        self.multiplying = before
        return found

    def _add_offset(self, arguments: list[str]) -> None:
        if self.multiplying or self.removing:
            raise ValueError(
                f"an offset is added to the scores as it is: in {quote(self.text)} write it as a "
                "part of the sum, '+ offset(...)', not in a product or a power, and not behind '-'"
            )
        if len(arguments) > 1:
            raise ValueError(
                f"offset in {quote(self.text)} takes one column or expression; for one column an "
                "output write offset(cbind(a, b))"
            )
        columns = read_arguments(arguments[0], "cbind") or arguments
        self.offsets.append(tuple(map(self.leaf, columns)))

    def _sum(self, node: ParseNode) -> _Terms:
        found: _Terms = {}
        for sign, part in _flatten_sum(node):
            if part.type in ("ZERO", "ONE"):
                adding = (sign == "+") != self.removing
                self.intercept = (part.type == "ONE") == adding
            elif sign == "+":
                for key, term in self.expand(part).items():
                    found.setdefault(key, term)
            else:
                # As in R, what is taken away inside of what is taken away comes back.
                self.removing = not self.removing
                for key in self.expand(part):
                    found.pop(key, None)
                self.removing = not self.removing
        return found

    def _power(self, node: ParseNode) -> _Terms:
        base, exponent = node.args
        count = exponent.token.extra if exponent.type in ("ONE", "NUMBER") else ""
        if not count.isdigit() or not count.strip("0"):
            raise ValueError(
                f"a power of terms in {quote(self.text)} must be a whole number above 0"
            )
        terms = found = newest = self._expand_part(base)
        # A power beyond the number of terms has the same terms; Python reads no endless numbers.
        steps = len(terms) if len(count) > 9 else min(int(count), len(terms))
        for _ in range(steps - 1):
            made = self._interact(newest, terms)
            newest = {key: term for key, term in made.items() if key not in found}
            found = found | newest
            self._check_terms(len(found))
        return found

    def _interact(self, left: _Terms, right: _Terms) -> _Terms:
        self.pairs += len(left) * len(right)
        if self.pairs > _MOST_PAIRS:
            self._check_terms(_MOST_TERMS + 1)
        found: _Terms = {}
        for (a, first), (b, second) in product(left.items(), right.items()):
            if (key := a | b) not in found:
                found[key] = first + tuple(factor for factor in second if factor not in a)
                self._check_terms(len(found))
        return found

    def _check_terms(self, count: int) -> None:
        if count > _MOST_TERMS:
            raise ValueError(
                f"the products of {shorten(self.text)} make more than {_MOST_TERMS:,} terms: name "
                "fewer columns, or take a lower power"
            )


_Interact = Callable[[_Terms, _Terms], _Terms]


def _cross(interact: _Interact, left: _Terms, right: _Terms) -> _Terms:
    return left | right | interact(left, right)


def _nest(interact: _Interact, left: _Terms, right: _Terms) -> _Terms:
    """``left / right``: left, and all of left's factors together with each term of right."""
    factors = dict.fromkeys(factor for term in left.values() for factor in term)
    return left | interact({frozenset(factors): tuple(factors)}, right)


_PRODUCTS: dict[str, Callable[[_Interact, _Terms, _Terms], _Terms]] = {
    ":": lambda interact, left, right: interact(left, right),
    "*": _cross,
    "/": _nest,
}


def _flatten_sum(node: ParseNode) -> list[tuple[str, ParseNode]]:
    """Signed parts of ``a + b - c ...`` in order. A loop: a long sum is a deep tree."""
    parts = []
    while node.type in ("+", "-"):
        parts.append((node.type, node.args[-1]))
        if len(node.args) == 1:
            return parts[::-1]
        node = node.args[0]
    return [("+", node), *parts[::-1]]
