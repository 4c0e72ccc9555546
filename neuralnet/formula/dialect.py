"""R's spelling of expressions, translated to Python's: powers, lists, names of arguments."""

from __future__ import annotations

import re

from .quoting import QUOTED

# The name of an argument with a dot, such as Boundary.knots, is no column.
_LEXEME = re.compile(
    rf"""
    (?P<quoted>{QUOTED})
    | (?P<power>(?<!\s)\s*+\^\s*+)
    | (?<![\w.])(?P<argument>[^\W\d]\w*+(?:\.\w++)++)(?=\s*+=(?!=))
    | (?P<list>(?<![\w.])c\s*+\()
    | (?P<open>\()
    | (?P<close>\))
    """,
    re.VERBOSE,
)


def spell_code(code: str) -> str:
    """Return an expression without the blanks that patsy puts around ``^``.

    Examples
    --------
    >>> spell_code("I(a ^ 2 + 1)")
    'I(a^2 + 1)'
    """
    return _LEXEME.sub(lambda match: "^" if match["power"] else match[0], code)


def translate_code(code: str) -> str:
    """Translate an expression of R, with placeholders in place of columns, to Python.

    ``^`` is a power, of the same precedence in both languages: ``-2^2`` is -4, and ``2^3^2`` is
    2**9. ``c(...)`` is a list. Dots in the names of arguments become underscores, in lower case.

    Examples
    --------
    >>> translate_code("-a^2 + f(b, Boundary.knots=c(1, 2))")
    '-a ** 2 + f(b, boundary_knots=[1, 2])'
    """
    return _LEXEME.sub(_Translator().translate, code)


class _Translator:
    """Translates the lexemes of one expression, from left to right."""

    def __init__(self) -> None:
        # The ends of the brackets that are open.
        self.ends: list[str] = []

    def translate(self, match: re.Match[str]) -> str:
        """Return the translation of a lexeme."""
        if match["power"]:
            return " ** "
        if match["argument"]:
            return match["argument"].replace(".", "_").lower()
        if match["list"] or match["open"]:
            self.ends.append("]" if match["list"] else ")")
            return "[" if match["list"] else "("
        if match["close"] and self.ends:
            return self.ends.pop()
        return match[0]
