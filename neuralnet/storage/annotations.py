"""Type annotations of fields, checked at run time against the values from a file."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

import numpy as np


def check_type(value: Any, wanted: Any) -> Any:
    """Return a value that is of an annotated type; raise TypeError for any other."""
    if not fits(value, wanted):
        raise TypeError(f"a {type(value).__name__} in place of {wanted}"[:200])
    return value


def fits(value: Any, wanted: Any) -> bool:
    """Return True where a value is of an annotated type.

    An integer counts as a float, a bool as neither. An object fits a protocol that has its
    public methods.

    Examples
    --------
    >>> fits((1.5, 2), tuple[float, ...]), fits((1.5, "2"), tuple[float, ...])
    (True, False)
    """
    origin, arguments = get_origin(wanted), get_args(wanted)
    # NDArray is an alias by the "type" statement since NumPy 2.5.
    if hasattr(wanted, "__value__"):
        return fits(value, wanted.__value__[arguments] if arguments else wanted.__value__)
    if wanted is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and _fits_tuple(value, arguments)
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and _fits_scalar(value.dtype.kind, *arguments)
    if wanted in (int, float):
        kinds = (int, np.integer, *((float, np.floating) if wanted is float else ()))
        return isinstance(value, kinds) and not isinstance(value, bool)
    if getattr(wanted, "_is_protocol", False):
        return all(hasattr(value, name) for name in vars(wanted) if not name.startswith("_"))
    kind = origin or wanted
    return callable(value) if kind is Callable else isinstance(value, kind)


def _fits_tuple(value: tuple[Any, ...], arguments: tuple[Any, ...]) -> bool:
    if arguments[-1] is ...:
        return all(fits(each, arguments[0]) for each in value)
    return len(value) == len(arguments) and all(map(fits, value, arguments))


def _fits_scalar(kind: str, shape: Any, dtype: Any) -> bool:
    """Compare the kind of an array's dtype with ``ndarray[shape, dtype[scalar]]``."""
    (scalar,) = get_args(dtype)
    return kind in ("fiub" if scalar in (Any, np.generic) else np.dtype(scalar).kind)
