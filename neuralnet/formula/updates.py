"""R's ``update.formula``: a formula that names parts of another one by dots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import check_formula, quote
from .factors import join_names
from .parser import Formula, parse
from .placeholders import LEXEME

# The end of a text that makes the next bracket that of a call.
_CALLED = re.compile(r"[\w.`]\s*+\Z")


def update_formula(
    old: Formula, text: str, columns: Sequence[Any], env: Mapping[str, Any] | None = None
) -> str:
    """Return a formula whose dots mean the sides of an old one, written out and simplified.

    Parameters
    ----------
    old : Formula
    text : str
        Such as ``". ~ . - x"``, ``"~ . + log(z)"`` or ``"log(.) ~ ."``. A dot on the left side is
        the old left side, which is also taken where there is none. A dot on the right side stands
        for all of the old terms, with the intercept or without it, and the offsets.
    columns : sequence
        Names of the data's columns.
    env : mapping, optional
        Further functions and values that expressions may name.

    Raises
    ------
    TypeError, ValueError
        As `parse`.
    """
    check_formula(text)
    if "~" not in text:
        raise ValueError(
            f"the formula {quote(text)} has no '~': write '. ~ . - x' to drop a term of the "
            "present formula, '. ~ . + x' to add one, or a whole formula"
        )
    if text.lstrip().startswith("~"):
        text = f". {text.lstrip()}"
    new = parse(_Dots(old).replace(text), columns, env)
    return f"{join_names(new.responses)} ~ {write_right_side(new)}"


def write_right_side(formula: Formula) -> str:
    """Write the right side with every product written out, as R simplifies it."""
    names = [term.name() for term in formula.terms if term.factors]
    names += [f"offset({join_names(factors)})" for factors in formula.offsets]
    if len(names) < len(formula.terms) + len(formula.offsets):  # There is an intercept.
        return " + ".join(names) or "1"
    return f"{' + '.join(names)} - 1" if names else "0"


class _Dots:
    """Replaces the dots of one text, from left to right."""

    def __init__(self, old: Formula) -> None:
        self.left = join_names(old.responses)
        self.right = write_right_side(old)
        names = [term.name() for term in old.terms if term.factors]
        # In a call a dot is a single column or expression.
        single = len(names) == 1 and self.right == names[0]
        self.inside = names[0] if single else "."
        self.calls: list[bool] = []
        self.end, self.behind_tilde = 0, False

    def replace(self, text: str) -> str:
        """Return the text without lone dots."""
        return LEXEME.sub(self._replace_lexeme, text)

    def _replace_lexeme(self, match: re.Match[str]) -> str:
        between = match.string[self.end : match.start()]
        self.behind_tilde |= not self.calls and "~" in between
        if match["bracket"] in ("(", "[", "{"):
            self.calls.append(bool(_CALLED.search(match.string[: match.start()])))
        elif match["bracket"] and self.calls:
            self.calls.pop()
        self.end = match.end()
        if not match["dot"]:
            return match[0]
        if not self.behind_tilde:
            return self.left
        return self.inside if any(self.calls) else f"({self.right})"
