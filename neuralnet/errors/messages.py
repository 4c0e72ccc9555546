"""How the package speaks: warnings that point at the user's line, and hints for wrong names."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# Characters of a formula, a name or a path in a message.
_LONG = 200
# Names or values in a list.
_MOST = 8
_PACKAGE = str(Path(__file__).parents[1]) + os.sep


class NeuralNetworkWarning(UserWarning):
    """All warnings of this package, for one filter over them."""


class DataWarning(NeuralNetworkWarning):
    """What a table or a formula holds: rows left out, columns that tell nothing or too much."""


class ConvergenceWarning(NeuralNetworkWarning):
    """Training diverged, learned nothing, or has no optimum to end at."""


class OverconfidenceWarning(NeuralNetworkWarning):
    """Predictions for rows not seen are likely to be worse than those for the rows trained on."""


class FileWarning(NeuralNetworkWarning):
    """A file cannot hold all of a network, or training cannot go on from it to the same bits."""


class InterruptWarning(NeuralNetworkWarning):
    """Training was stopped in a REPL or a notebook, and the network is that of the last update."""


def visible(text: object, most: int | None = None) -> str:
    r"""Text on one line that does nothing but show itself, as a terminal or a page may print it.

    Control characters, which move a cursor or color a line, marks that turn the direction of
    writing, and all else that nobody sees stand as the escapes that ``repr`` has for them.

    Parameters
    ----------
    text : object
        What a table or a file called something, or a sentence that holds such names.
    most : int, optional
        Characters to show; what is behind them is left out.

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
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in shown)


def warn(message: str, category: type[NeuralNetworkWarning]) -> None:
    """Warn, blaming the first line outside this package."""
    message = visible(message)
    level = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def warn_of_all(
    found: Mapping[str, str], one: str, several: str, category: type[NeuralNetworkWarning]
) -> None:
    """Warn once of all columns or terms in which the same was found; of none, not at all.

    Parameters
    ----------
    found : mapping of str to str
        What was found, by names as they are to be shown.
    one, several : str
        The message for one name, with ``{name}`` and ``{what}``, and for more, with ``{n}`` of
        them, ``{names}`` alone, or ``{each}`` name with what was found.
    category : type
    """
    if len(found) == 1:
        ((name, what),) = found.items()
        warn(one.format(name=name, what=what), category)
    elif found:
        more = ["..."] * (len(found) > _MOST)
        names = [*list(found)[:_MOST], *more]
        each = [*(f"{name} ({what})" for name, what in list(found.items())[:_MOST]), *more]
        words = several.format(n=len(found), names=", ".join(names), each=", ".join(each))
        warn(words, category)


def listing(values: Iterable[object], most: int = _MOST) -> str:
    """Values as ``'a', 'b', 'c', ...``, each of them cut where it is very long."""
    shown = list(values)
    more = ", ..." if len(shown) > most else ""
    return ", ".join(quote(each) for each in shown[:most]) + more


def shorten(given: object, most: int = 60) -> str:
    """What was given, on no more than a line."""
    return visible(repr(given), most)


def quote(given: object) -> str:
    """A formula, a name or a path in quotes, cut where it is very long."""
    if isinstance(given, str) and len(given) > _LONG:
        given = f"{given[: _LONG - 3]}..."
    return visible(repr(given)) if isinstance(given, str) else shorten(given, _LONG)


def cut(given: object) -> str:
    """The same without quotes."""
    return visible(given, _LONG)


def closest(name: str, columns: Sequence[object], others: Iterable[str] = ()) -> str:
    """A hint for a name that was not found: the nearest ones, else what the columns are."""
    spelled = {each.casefold(): each for each in (*others, *columns) if isinstance(each, str)}
    near = find_near(name, spelled, 3)
    if near:
        return "did you mean " + " or ".join(quote(spelled[each]) for each in near) + "?"
    return f"the columns are [{listing(columns)}]." if columns else "the data has no columns."


def suggest(name: str, names: Iterable[str]) -> str:
    """``' Did you mean ...?'``, whatever the case; nothing where no name is near."""
    spelled = {each.casefold(): each for each in names}
    near = find_near(name, spelled, 1)
    return f" Did you mean {quote(spelled[near[0]])}?" if near else ""


def find_near(name: str, spelled: Iterable[str], most: int, cutoff: float = 0.6) -> list[str]:
    """Names that differ little, the nearest first; none of a very long one, as that takes long.

    ``cutoff`` is the least similarity, from 0 to 1.
    """
    if len(name) > _LONG:
        return []
    # Only mistakes need it, and it takes longer to import than most modules here.
    from difflib import get_close_matches

    return get_close_matches(name.casefold(), spelled, n=most, cutoff=cutoff)
