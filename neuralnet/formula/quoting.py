r"""Quotes in formulas: strings, and names in backticks.

Each is taken to its end and never given back, as a long text that is looked at again from each of
its characters takes for ever. What has no end is one up to the end of the text; whoever reads it
refuses it. Knows nothing of what is quoted.
"""

from __future__ import annotations

# Patterns of re, without groups.
STRING = r""""(?:[^"\\]++|\\(?s:.))*+"?+|'(?:[^'\\]++|\\(?s:.))*+'?+"""
QUOTED = rf"{STRING}|`(?:[^`\\]++|\\(?s:.))*+`?+"
