"""The algebra of terms on the right side of a formula: sums, products and powers, as R has them.

Knows no data: what a leaf of the tree means, and which columns the dot stands for, it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from patsy.desc import Term
from patsy.infix_parser import Operator, ParseNode

from ..errors import cut, quote, shorten
from .expressions import read_arguments
from .factors import Factor
from .placeholders import DOT, WITHIN

# R's operators that patsy does not have. %in% binds closer than *, and ':' closer still.
OPERATORS = [Operator("^", 2, 500), Operator(WITHIN, 2, 250)]
# Terms that products and powers may make, and pairs of terms that are looked at for them.
_MOST_TERMS, _MOST_PAIRS = 50_000, 1_000_000

# Terms in order of appearance: the set of factors that makes two terms the same, and the
# factors in the order in which they were written.
_Terms = dict[frozenset[Factor], tuple[Factor, ...]]


class Algebra:
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
            if node.type == "~":
                raise ValueError(
                    f"'~' is not a term of {quote(self.text)}: it stands once, between response "
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
        # Their place in R's order is that among all pairs, not where they stand in the base.
        products = any(len(term) > 1 for term in terms.values())
        # A power beyond the number of terms has the same terms; Python reads no endless numbers.
        steps = len(terms) if len(count) > 9 else min(int(count), len(terms))
        for _ in range(steps - 1):
            if products:
                found = self._interact(terms, found)
                continue
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


def _join(terms: _Terms) -> _Terms:
    """One term of all the factors."""
    factors = dict.fromkeys(factor for term in terms.values() for factor in term)
    return {frozenset(factors): tuple(factors)}


_PRODUCTS: dict[str, Callable[[_Interact, _Terms, _Terms], _Terms]] = {
    ":": lambda interact, left, right: interact(left, right),
    "*": _cross,
    "/": lambda interact, left, right: left | interact(_join(left), right),
    WITHIN: lambda interact, left, right: interact(left, _join(right)),
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
