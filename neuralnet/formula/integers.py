"""Whole numbers that floats cannot tell apart, kept exact beside the floats that they round to.

Mostly they are names of something: an ID, a hash. Knows no column, formula or network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from ..errors import MAX_EXACT_INTEGER

_COMPARISONS = {
    *(np.equal, np.not_equal),
    *(np.less, np.less_equal, np.greater, np.greater_equal),
}
# What Python computes of whole numbers without rounding any of them.
_ARITHMETIC = {
    *(np.add, np.subtract, np.multiply, np.true_divide, np.floor_divide, np.remainder),
    *(np.negative, np.positive, np.absolute, np.sign, np.maximum, np.minimum),
}
# What leaves whole numbers as they are.
_SAME = {np.floor, np.ceil, np.trunc, np.rint, np.round}


class Integers(NDArrayOperatorsMixin):
    """Whole numbers of which some lie at 2**53 or beyond; some may be missing.

    Comparisons, sums, products, quotients and remainders are exact; everything else sees the
    nearest floats.

    Parameters
    ----------
    whole : (n,) array of int64, uint64 or Python's ints
    missing : (n,) array of bool, optional
    """

    ndim = 1
    dtype = np.dtype(np.float64)

    def __init__(self, whole: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> None:
        self.whole = whole
        self.missing = np.zeros(len(whole), dtype=bool) if missing is None else missing

    @classmethod
    def from_objects(cls, objects: NDArray[Any]) -> NDArray[np.float64] | Integers:
        """From Python's numbers; floats where these say the same, or where some are fractions.

        Raises
        ------
        OverflowError
            Where one is too large for a float.
        """
        floats: NDArray[np.float64] = objects.astype(np.float64)
        missing = np.isnan(floats)
        whole = all(not isinstance(one, float) for one in objects[~missing])
        if not whole or not (np.abs(floats) >= MAX_EXACT_INTEGER).any():
            return floats
        return cls(np.where(missing, 0, objects), missing)

    @property
    def shape(self) -> tuple[int]:
        return (len(self.whole),)

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, rows: Any) -> Any:
        found = self.whole[rows]
        return Integers(found, self.missing[rows]) if np.ndim(found) else int(found)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"whole numbers of 2**53 or beyond come without .{name}: np.asarray(...) gives the "
            "nearest floats"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        wanted = np.dtype(np.float64 if dtype is None else dtype)
        if wanted.kind in "iu":
            return self.whole.astype(wanted)
        found = self.whole.astype(wanted if wanted.kind == "O" else np.float64)
        found[self.missing] = np.nan
        return found.astype(wanted, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            if ufunc in _SAME:
                return self
            if ufunc in _COMPARISONS:
                return ufunc(*map(_list_objects, inputs)).astype(bool)
            if ufunc in _ARITHMETIC and all(map(_is_whole, inputs)):
                return Integers.from_objects(ufunc(*map(_list_wholes, inputs)))
        return getattr(ufunc, method)(*map(_round, inputs), **options)

    def __array_function__(self, function: Any, types: Any, given: Any, options: Any) -> Any:
        if function in _SAME and len(given) == 1 and not options:
            return self
        if len(given) == 3 and not options and all(map(_is_whole, given)):
            if function is np.where:
                chosen = np.where(_round(given[0]), *map(_list_wholes, given[1:]))
                return Integers.from_objects(chosen)
            if function is np.clip:
                return np.minimum(np.maximum(given[0], given[1]), given[2])
        return function(*map(_round, given), **{name: _round(v) for name, v in options.items()})

    def exact(self) -> NDArray[Any]:
        """An array of integers; of objects, with nan, where some are missing."""
        return np.asarray(self, dtype=object) if self.missing.any() else self.whole

    def tolist(self) -> list[Any]:
        """Python's ints, nan where missing."""
        found: list[Any] = self.exact().tolist()
        return found


def _round(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_round, value))
    return np.asarray(value) if isinstance(value, Integers) else value


def _list_objects(value: Any) -> Any:
    """Python's own numbers, which it compares exactly, ints with floats too."""
    return np.asarray(value, dtype=object)


def _is_whole(value: Any) -> bool:
    if isinstance(value, Integers):
        return True
    array = np.asarray(value)
    if array.dtype.kind == "f":
        present = array[~np.isnan(array)]
        return bool((present == np.rint(present)).all() and np.isfinite(present).all())
    return array.dtype.kind in "biu" or (array.dtype.kind == "O" and isinstance(value, int))


def _list_wholes(value: Any) -> Any:
    """Python's ints; nan where missing."""
    objects = _list_objects(value)
    kind = getattr(value, "dtype", np.asarray(value).dtype).kind
    if isinstance(value, Integers) or kind not in "bf":
        return objects
    wholes = [int(one) if one == one else one for one in objects.ravel()]
    return np.array(wholes, dtype=object).reshape(objects.shape)


def find_distinct(values: Any) -> Any:
    """The different numbers among floats or integers."""
    if isinstance(values, Integers):
        return Integers(np.unique(values.whole[~values.missing]))
    return pd.unique(values)


def spell_levels(parts: Sequence[Any], what: str = "") -> list[Any]:
    """The different numbers of several arrays in order, as ints where all of them are whole.

    Raises
    ------
    ValueError
        Where floats are too large to tell whole numbers apart.
    """
    plain = [part for part in parts if not isinstance(part, Integers)]
    floats = np.unique(np.concatenate([np.empty(0), *plain]))
    floats = floats[~np.isnan(floats)]
    large = floats[np.abs(floats) >= MAX_EXACT_INTEGER]
    if large.size:
        raise ValueError(
            f"{what}floats such as {float(large[0])!r} cannot tell whole numbers apart, so that "
            "several levels would be taken for one: give integers, as dtype 'Int64' where values "
            "are missing, or text"
        )
    whole = (floats == np.rint(floats)).all()
    found = set((floats.astype(np.int64) if whole else floats).tolist())
    for part in parts:
        if isinstance(part, Integers):
            found.update(part.tolist())
    return sorted(found)


def join(parts: Sequence[Any]) -> Any:
    """Arrays of numbers one after the other."""
    kinds = {part.whole.dtype if isinstance(part, Integers) else None for part in parts}
    if kinds == {None} or not all(map(_is_exact, parts)):
        return np.concatenate([np.asarray(part) for part in parts])
    missing = [part.missing if isinstance(part, Integers) else np.isnan(part) for part in parts]
    # NumPy joins integers with and without a sign as floats.
    wholes = [part.whole for part in parts] if len(kinds) == 1 else map(_list_wholes, parts)
    return Integers(np.concatenate(list(wholes)), np.concatenate(missing))


def _is_exact(part: Any) -> bool:
    """Whether no whole number in it can have been rounded."""
    return isinstance(part, Integers) or (
        _is_whole(part) and not (np.abs(part) >= MAX_EXACT_INTEGER).any()
    )
