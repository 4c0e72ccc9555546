"""How the package speaks: warnings that point at the user's line, and hints for wrong names."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["closest", "listing", "shorten", "suggest", "warn"]

_PACKAGE = str(Path(__file__).parent) + os.sep


def warn(message: str) -> None:
    """Warn, blaming the first line outside this package."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    warnings.warn(message, UserWarning, stacklevel=level)


def listing(values: Iterable[object], most: int = 8) -> str:
    """Values as ``'a', 'b', 'c', ...``."""
    shown = list(values)
    more = ", ..." if len(shown) > most else ""
    return ", ".join(map(repr, shown[:most])) + more


def shorten(given: object) -> str:
    """What was given, on no more than a line."""
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."


def closest(name: str, columns: Sequence[str], others: Iterable[str] = ()) -> str:
    """A hint for a name that was not found: the nearest ones, else what the columns are."""
    spelled = {each.casefold(): each for each in (*others, *columns) if isinstance(each, str)}
    near = _find_near(name, spelled, 3)
    if near:
        return "did you mean " + " or ".join(repr(spelled[each]) for each in near) + "?"
    return f"the columns are [{listing(columns)}]." if columns else "the data has no columns."


def suggest(name: str, names: Iterable[str]) -> str:
    """``' Did you mean ...?'``, whatever the case; nothing where no name is near."""
    spelled = {each.casefold(): each for each in names}
    near = _find_near(name, spelled, 1)
    return f" Did you mean {spelled[near[0]]!r}?" if near else ""


def _find_near(name: str, spelled: Iterable[str], most: int) -> list[str]:
    """Names that differ little, the nearest first."""
    # Only mistakes need it, and it takes longer to import than most modules here.
    from difflib import get_close_matches

    return get_close_matches(name.casefold(), spelled, n=most, cutoff=0.6)
