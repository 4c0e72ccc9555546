"""Algebra of terms on the right side of a formula: sums, products and powers, as in R.

Knows no data: the reader of leaves and the columns of the dot are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product

from patsy.desc import Term
from patsy.infix_parser import Operator, ParseNode

from ..errors import cut, listing, quote, shorten
from .expressions import read_arguments
from .factors import Factor
from .placeholders import DOT, WITHIN

# R's operators that patsy lacks. %in% has a higher precedence than *, and a lower one than ':'.
OPERATORS: list[Operator] = [Operator("^", 2, 500), Operator(WITHIN, 2, 250)]
# Limits on the terms that products and powers make, and on the pairs of terms combined for them.
_MOST_TERMS, _MOST_PAIRS = 50_000, 1_000_000

# Terms in order of appearance: the set of factors, which identifies a term, and the factors in the
# order in which they were written.
_Terms = dict[frozenset[Factor], tuple[Factor, ...]]


class Algebra:
    """Expands the right side of a single formula.

    Parameters
    ----------
    leaf : callable
        Returns the factor of a leaf of the tree.
    dot : sequence of Factors
        The columns of the lone dot.
    text : str
        The formula, for errors.
    left_out : collection of str
        Columns that the dot leaves out, for errors.

    Attributes
    ----------
    intercept : bool
        Whether the 0s and 1s of the formula leave an intercept.
    offsets : list of tuples of Factors
        The arguments of each ``offset(...)``.
    """

    def __init__(
        self,
        leaf: Callable[[str], Factor],
        dot: Sequence[Factor],
        text: str,
        left_out: Collection[str] = (),
    ) -> None:
        self.leaf: Callable[[str], Factor] = leaf
        self.dot: Sequence[Factor] = dot
        self.text: str = text
        self.left_out: Collection[str] = left_out
        self.intercept: bool = True
        self.removing: bool = False
        self.multiplying: bool = False
        self.offsets: list[tuple[Factor, ...]] = []
        self.pairs: int = 0
        self.appearance: dict[Factor, int] = {}

    def terms(self, right: ParseNode) -> tuple[Term, ...]:
        """Return all terms in R's order: by degree, then by appearance; also within a term."""
        terms = self.expand(ParseNode("+", None, [right], None)).values()
        ordered = (sorted(term, key=self.appearance.__getitem__) for term in sorted(terms, key=len))
        intercept = [Term([])] if self.intercept else []
        return (*intercept, *map(Term, ordered))

    def expand(self, node: ParseNode) -> _Terms:
        """Return the terms of a node, and collect its offsets."""
        if node.type in ("+", "-"):
            return self._sum(node)
        if node.type in _PRODUCTS:
            left, right = (self._expand_part(part) for part in node.args)
            return _PRODUCTS[node.type](self._interact, left, right)
        if node.type in ("^", "**"):
            return self._power(node)
        if node.type != "PYTHON_EXPR":
            if node.type == "~":
                raise ValueError(
                    f"'~' is not a term of {quote(self.text)}: its place is between response "
                    "and predictors. The opposite of a column t of True and False is I(~t)"
                )
            raise ValueError(
                f"{cut(node.token.extra)} is not a term of {quote(self.text)}: 0 and 1 stand "
                "for the intercept in a sum of terms; arithmetic goes into I(...)"
            )
        code = node.token.extra
        if inside := read_arguments(code, "offset"):
            self._add_offset(inside)
            return {}
        factors = self.dot if code == DOT else [self.leaf(code)]
        if not factors:
            but = f" but {listing(self.left_out)}, which it leaves out" if self.left_out else ""
            raise ValueError(
                f"'.' in {quote(self.text)} stands for no column: the data has none left{but}"
            )
        for factor in factors:
            self.appearance.setdefault(factor, len(self.appearance))
        return {frozenset([factor]): (factor,) for factor in factors}

    def _expand_part(self, node: ParseNode) -> _Terms:
        """Expand a part of a product or a power, where no offset may be."""
        before, self.multiplying = self.multiplying, True
        terms = self.expand(node)
        self.multiplying = before
        return terms

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
        terms: _Terms = {}
        for sign, part in _flatten_sum(node):
            if part.type in ("ZERO", "ONE"):
                adding = (sign == "+") != self.removing
                self.intercept = (part.type == "ONE") == adding
            elif sign == "+":
                for key, term in self.expand(part).items():
                    terms.setdefault(key, term)
            else:
                # As in R, minus within minus adds the intercept.
                self.removing = not self.removing
                for key in self.expand(part):
                    terms.pop(key, None)
                self.removing = not self.removing
        return terms

    def _power(self, node: ParseNode) -> _Terms:
        base, exponent = node.args
        count = exponent.token.extra if exponent.type in ("ONE", "NUMBER") else ""
        if not count.isdigit() or not count.strip("0"):
            raise ValueError(
                f"a power of terms in {quote(self.text)} must be a whole number above 0"
            )
        terms = expanded = newest = self._expand_part(base)
        # R orders products by their position among all pairs, so that all pairs are combined.
        products = any(len(term) > 1 for term in terms.values())
        # Higher powers than the number of terms have the same terms; int() reads no endless digits.
        steps = len(terms) if len(count) > 9 else min(int(count), len(terms))
        for _ in range(steps - 1):
            if products:
                expanded = self._interact(terms, expanded)
                continue
            interactions = self._interact(newest, terms)
            newest = {key: term for key, term in interactions.items() if key not in expanded}
            expanded = expanded | newest
            self._check_terms(len(expanded))
        return expanded

    def _interact(self, left: _Terms, right: _Terms) -> _Terms:
        """Return the interactions of all pairs of terms."""
        self.pairs += len(left) * len(right)
        if self.pairs > _MOST_PAIRS:
            self._check_terms(_MOST_TERMS + 1)
        terms: _Terms = {}
        for (a, first), (b, second) in product(left.items(), right.items()):
            if (key := a | b) not in terms:
                terms[key] = first + tuple(factor for factor in second if factor not in a)
                self._check_terms(len(terms))
        return terms

    def _check_terms(self, count: int) -> None:
        if count > _MOST_TERMS:
            raise ValueError(
                f"the products of {shorten(self.text)} make more than {_MOST_TERMS:,} terms: name "
                "fewer columns, or take a lower power"
            )


_Interact = Callable[[_Terms, _Terms], _Terms]


def _cross(interact: _Interact, left: _Terms, right: _Terms) -> _Terms:
    return left | right | interact(left, right)


def _join(terms: _Terms) -> _Terms:
    """Return a single term of all the factors."""
    factors = dict.fromkeys(factor for term in terms.values() for factor in term)
    return {frozenset(factors): tuple(factors)}


_PRODUCTS: dict[str, Callable[[_Interact, _Terms, _Terms], _Terms]] = {
    ":": lambda interact, left, right: interact(left, right),
    "*": _cross,
    "/": lambda interact, left, right: left | interact(_join(left), right),
    WITHIN: lambda interact, left, right: interact(left, _join(right)),
}


def _flatten_sum(node: ParseNode) -> list[tuple[str, ParseNode]]:
    """Return the signed parts of ``a + b - c ...`` in order, by a loop: sums may be long."""
    parts = []
    while node.type in ("+", "-"):
        parts.append((node.type, node.args[-1]))
        if len(node.args) == 1:
            return parts[::-1]
        node = node.args[0]
    return [("+", node), *parts[::-1]]
