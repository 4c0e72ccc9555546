"""Exact arrays of integers that floats do not represent, such as identifiers and hashes.

Knows no column, formula or network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from ..errors import MAX_EXACT_INTEGER

COMPARISONS = (
    *(np.equal, np.not_equal),
    *(np.less, np.less_equal, np.greater, np.greater_equal),
)
# Operations that are exact with Python's integers.
_ARITHMETIC = {
    *(np.add, np.subtract, np.multiply, np.true_divide, np.floor_divide, np.remainder),
    *(np.negative, np.positive, np.absolute, np.sign, np.maximum, np.minimum),
}
# Operations that do not change an integer.
_IDENTITIES = {np.floor, np.ceil, np.trunc, np.rint, np.round}


class Integers(NDArrayOperatorsMixin):
    """An array of integers, some at 2**53 or beyond and some missing.

    Comparisons, sums, products, quotients and remainders are exact; all other operations use the
    nearest floats.

    Parameters
    ----------
    whole : (n,) array of int64, uint64 or Python's ints
    missing : (n,) array of bool, optional
    """

    ndim: ClassVar[int] = 1
    dtype: ClassVar[np.dtype[np.float64]] = np.dtype(np.float64)

    def __init__(self, whole: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> None:
        self.whole: NDArray[Any] = whole
        self.missing: NDArray[np.bool_] = (
            np.zeros(len(whole), dtype=np.bool_) if missing is None else missing
        )

    @classmethod
    def from_objects(cls, objects: NDArray[Any]) -> NDArray[np.float64] | Integers:
        """Make an array from Python's numbers: of floats where these are exact or have fractions.

        Raises
        ------
        OverflowError
            If a number is too large for a float.
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
        whole = self.whole[rows]
        return Integers(whole, self.missing[rows]) if np.ndim(whole) else int(whole)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"an array of integers of 2**53 or beyond has no attribute {name!r}: np.asarray(...) "
            "gives the nearest floats"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        wanted = np.dtype(np.float64 if dtype is None else dtype)
        if wanted.kind in "iu":
            return self.whole.astype(wanted)
        array = self.whole.astype(wanted if wanted.kind == "O" else np.float64)
        array[self.missing] = np.nan
        return array.astype(wanted, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            if ufunc in _IDENTITIES:
                return self
            if ufunc in COMPARISONS:
                return ufunc(*map(_list_objects, inputs)).astype(bool)
            if ufunc in _ARITHMETIC and all(map(_is_whole, inputs)):
                return Integers.from_objects(ufunc(*map(_list_wholes, inputs)))
        return getattr(ufunc, method)(*map(_round, inputs), **options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function in _IDENTITIES and len(args) == 1 and not options:
            return self
        if len(args) == 3 and not options and all(map(_is_whole, args)):
            if function is np.where:
                chosen = np.where(_round(args[0]), *map(_list_wholes, args[1:]))
                return Integers.from_objects(chosen)
            if function is np.clip:
                return np.minimum(np.maximum(args[0], args[1]), args[2])
        return function(*map(_round, args), **{name: _round(v) for name, v in options.items()})

    def exact(self) -> NDArray[Any]:
        """Return an array of integers; of objects, with nan, where some are missing."""
        return np.asarray(self, dtype=object) if self.missing.any() else self.whole

    def tolist(self) -> list[Any]:
        """Return a list of Python's integers, with nan where missing."""
        numbers: list[Any] = self.exact().tolist()
        return numbers


def _round(value: Any) -> Any:
    """Return a value with the nearest floats in place of `Integers`, also in a list or tuple."""
    if isinstance(value, list | tuple):
        return type(value)(map(_round, value))
    return np.asarray(value) if isinstance(value, Integers) else value


def _list_objects(value: Any) -> Any:
    """Return Python's numbers, which compare exactly, also integers with floats."""
    return np.asarray(value, dtype=object)


def _is_whole(value: Any) -> bool:
    """Return whether a value has integers only, apart from missing ones."""
    if isinstance(value, Integers):
        return True
    array = np.asarray(value)
    if array.dtype.kind == "f":
        present = array[~np.isnan(array)]
        return bool((present == np.rint(present)).all() and np.isfinite(present).all())
    return array.dtype.kind in "biu" or (array.dtype.kind == "O" and isinstance(value, int))


def _list_wholes(value: Any) -> Any:
    """Return an array of Python's integers, with nan where missing."""
    objects = _list_objects(value)
    kind = getattr(value, "dtype", np.asarray(value).dtype).kind
    if isinstance(value, Integers) or kind not in "bf":
        return objects
    wholes = [int(one) if one == one else one for one in objects.ravel()]
    return np.array(wholes, dtype=object).reshape(objects.shape)


def find_distinct(values: Any) -> Any:
    """Return the distinct numbers of an array of floats or `Integers`."""
    if isinstance(values, Integers):
        return Integers(np.unique(values.whole[~values.missing]))
    return pd.unique(values)


def as_integers(numbers: Any) -> NDArray[Any]:
    """Return numbers as integers where all of them are whole and none can be rounded."""
    if isinstance(numbers, Integers):
        return np.asarray(numbers, dtype=object)
    whole = (numbers == np.rint(numbers)).all()
    exact = whole and not (np.abs(numbers) >= MAX_EXACT_INTEGER).any()
    return np.asarray(numbers.astype(np.int64) if exact else numbers)


def find_levels(parts: Sequence[Any], what: str = "") -> list[Any]:
    """Return the sorted distinct numbers of several arrays, as integers where all are whole.

    Raises
    ------
    ValueError
        If some floats may be rounded integers.
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
    levels = set(as_integers(floats).tolist())
    for part in parts:
        if isinstance(part, Integers):
            levels.update(part.tolist())
    return sorted(levels)


def concatenate_numbers(parts: Sequence[Any]) -> Any:
    """Concatenate arrays of numbers, exactly where all of them are exact."""
    kinds = {part.whole.dtype if isinstance(part, Integers) else None for part in parts}
    if kinds == {None} or not all(map(_is_exact, parts)):
        return np.concatenate([np.asarray(part) for part in parts])
    missing = [part.missing if isinstance(part, Integers) else np.isnan(part) for part in parts]
    # NumPy concatenates signed and unsigned integers to floats.
    wholes = [part.whole for part in parts] if len(kinds) == 1 else map(_list_wholes, parts)
    return Integers(np.concatenate(list(wholes)), np.concatenate(missing))


def _is_exact(part: Any) -> bool:
    """Return whether no number of an array can be a rounded integer."""
    return isinstance(part, Integers) or (
        _is_whole(part) and not (np.abs(part) >= MAX_EXACT_INTEGER).any()
    )
