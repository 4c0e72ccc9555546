"""Texts of errors and warnings: safe quoting, hints for misspelt names, the warning classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# Characters of a formula, a name or a path in a message, and entries of a list.
_LONG = 200
_MOST = 8


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
    """Return the ``repr`` of an object, truncated to a line."""
    return visible(repr(value), most)


def quote(value: object) -> str:
    """Return a formula, a name or a path in quotes, truncated where it is very long."""
    if isinstance(value, str) and len(value) > _LONG:
        value = f"{value[: _LONG - 3]}..."
    return visible(repr(value)) if isinstance(value, str) else shorten(value, _LONG)


def cut(value: object) -> str:
    """Return the same as `quote`, without the quotes."""
    return visible(value, _LONG)


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
