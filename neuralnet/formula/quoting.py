r"""Patterns of quotation in formulas: strings, and names in backticks.

All quantifiers are possessive: with backtracking the time would be quadratic in the length of a
text. A quotation without an end extends to the end of the text, and is refused by the parser.
"""

from __future__ import annotations

# Without groups, so that other patterns can include them.
STRING = r""""(?:[^"\\]++|\\(?s:.))*+"?+|'(?:[^'\\]++|\\(?s:.))*+'?+"""
QUOTED = rf"{STRING}|`(?:[^`\\]++|\\(?s:.))*+`?+"
