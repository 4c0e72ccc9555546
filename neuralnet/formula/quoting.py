r"""Quotation in formulas: patterns of strings and of names in backticks, and names so written.

All quantifiers are possessive: with backtracking the time would be quadratic in the length of a
text. A quotation without an end extends to the end of the text, and is refused by the parser.
"""

from __future__ import annotations

import re

# Without groups, so that other patterns can include them.
STRING = r""""(?:[^"\\]++|\\(?s:.))*+"?+|'(?:[^'\\]++|\\(?s:.))*+'?+"""
QUOTED = rf"{STRING}|`(?:[^`\\]++|\\(?s:.))*+`?+"

_PLAIN = re.compile(r"\.?+[^\W\d][\w.]*+")
_ESCAPED = re.compile(r"([`\\])")


def is_plain(column: str) -> bool:
    """Return whether a column's name needs no backticks in a formula."""
    return bool(_PLAIN.fullmatch(column)) and column != "Intercept"


def quote_name(column: str) -> str:
    """Return a column's name as it is written in a formula, in backticks where needed."""
    return column if is_plain(column) else "`" + _ESCAPED.sub(r"\\\1", column) + "`"
