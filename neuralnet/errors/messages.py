"""Texts of errors and warnings: safe quoting, hints for misspelt names, the warning classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from numbers import Number
from reprlib import Repr
from typing import Any, SupportsIndex

# Characters of a formula, a name or a path in a message, and entries of a list.
_LONG = 200
_MOST = 8


class _Shown(Repr):
    """The ``repr`` of an object, with a few entries of a long one; a table is named by its shape.

    A table or a list given for another argument is then neither written nor printed whole. Numbers
    of NumPy are shown as numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in ("list", "tuple", "dict", "set", "frozenset", "array", "deque"):
            setattr(self, f"max{name}", _MOST)
        self.maxstring = self.maxother = self.maxlong = _LONG

    def repr1(self, x: Any, level: int) -> str:
        if isinstance(x, Number) and type(x).__module__ == "numpy":
            return str(x)
        shape = getattr(x, "shape", ())
        short = type(x).__name__ == "ndarray" and x.size <= _MOST
        if isinstance(shape, tuple) and shape and not short:
            return f"<{type(x).__name__} of shape {shape}>"
        return super().repr1(x, level)

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write thousands of digits.
        digits = int(x.bit_length() * 0.30103)
        return repr(x) if digits < _LONG else f"<an int of about {digits:,} digits>"

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        # In the order of the dict, while the base class sorts.
        if level <= 0:
            return "{...}"
        shown = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in islice(x.items(), self.maxdict)
        ]
        return f"{{{', '.join([*shown, *['...'] * (len(x) > self.maxdict)])}}}"

    def repr_str(self, x: str, level: int) -> str:
        return repr(x[:_LONG])

    def repr_instance(self, x: Any, level: int) -> str:
        try:
            return repr(x)
        except Exception:
            return f"<{type(x).__name__}>"


_SHOWN = _Shown()


def visible(text: object, most: int | None = None) -> str:
    r"""Return a text with every unprintable character escaped as in ``repr``, on one line.

    So a name from a table or a file cannot move the cursor of a terminal, color a line, or reverse
    the direction of writing.

    Parameters
    ----------
    text : object
        A name, or a sentence with names in it.
    most : int, optional
        The number of characters to keep.

    Examples
    --------
    >>> visible("age\x1b[2K"), visible("café \u2067b"), visible("abcdefgh", most=6)
    ('age\\x1b[2K', 'café \\u2067b', 'abc...')
    """
    shown = str(text)
    if most is not None and len(shown) > most:
        shown = f"{shown[: most - 3]}..."
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in shown)


def listing(values: Iterable[object], most: int = _MOST) -> str:
    """Return the first values as ``'a', 'b', 'c', ...``, with long ones truncated."""
    shown = list(values)
    more = ", ..." if len(shown) > most else ""
    return ", ".join(map(quote, shown[:most])) + more


def shorten(value: object, most: int = 60) -> str:
    """Return the ``repr`` of an object, truncated to a line; that of a table is its shape."""
    return visible(_SHOWN.repr(value), most)


def quote(value: object) -> str:
    """Return a text in quotes, or the ``repr`` of another value, truncated where it is long.

    Examples
    --------
    >>> quote("y ~ x"), quote(2.5), quote(list(range(10_000)))
    ("'y ~ x'", '2.5', '[0, 1, 2, 3, 4, 5, 6, 7, ...]')
    """
    if isinstance(value, str) and len(value) > _LONG:
        value = f"{value[: _LONG - 3]}..."
    return visible(repr(str(value))) if isinstance(value, str) else shorten(value, _LONG)


def cut(value: object) -> str:
    """Return the same as `quote`, without the quotes."""
    return visible(value, _LONG)


def pluralize(n: SupportsIndex, noun: str, plural: str = "") -> str:
    """Return a count with its noun, in the plural unless it is 1.

    Examples
    --------
    >>> pluralize(1, "row"), pluralize(2500, "row"), pluralize(2, "class", "classes")
    ('1 row', '2,500 rows', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def closest(name: str, columns: Sequence[object], others: Iterable[str] = ()) -> str:
    """Return a hint for an unknown name: the most similar names, else a list of the columns."""
    spelled = {each.casefold(): each for each in (*others, *columns) if isinstance(each, str)}
    near = find_near(name, spelled, 3)
    if near:
        return "did you mean " + " or ".join(quote(spelled[each]) for each in near) + "?"
    return f"the columns are [{listing(columns)}]." if columns else "the data has no columns."


def suggest(name: str, names: Iterable[str]) -> str:
    """Return ``' Did you mean ...?'`` with the most similar name, or an empty string."""
    spelled = {each.casefold(): each for each in names}
    near = find_near(name, spelled, 1)
    return f" Did you mean {quote(spelled[near[0]])}?" if near else ""


def find_near(name: str, spelled: Iterable[str], most: int, cutoff: float = 0.6) -> list[str]:
    """Return at most ``most`` similar names, the most similar first; case is ignored.

    ``cutoff`` is the least similarity, from 0 to 1. The time grows with the length of the name, so
    a very long one has no similar names.
    """
    if len(name) > _LONG:
        return []
    # Imported here, as it is slow to import and only errors need it.
    from difflib import get_close_matches

    return get_close_matches(name.casefold(), spelled, n=most, cutoff=cutoff)
