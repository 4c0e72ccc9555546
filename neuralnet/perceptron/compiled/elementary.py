"""Elementary functions for machine code, and compilation of the package's formulas.

``exp``, ``expm1`` and ``tanh`` are written so that a compiler can vectorize them, unlike calls of
the C library. The formulas that use them are in activations, families and optimizers.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from contextlib import suppress
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

# Division by 0 is infinite as in NumPy, not an error; fused multiply-add is allowed.
compiled: Any = njit(error_model="numpy", fastmath={"contract"}, nogil=True)

_LOG2_E = 1.4426950408889634
# ln 2 in two parts; the first has few digits, so that its products with k are exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOWEST, _HIGHEST = -708.0, 709.782712893384


@compiled
def _split(x):  # type: ignore[no-untyped-def]
    """Range reduction of exp: half a power of two, s, and q, with ``exp(x) = 2 s (1 + q)``.

    With k the whole number next to x / ln 2 and r = x - k ln 2, ``2 s = 2**k`` and ``q = expm1(r)``
    by Taylor's series up to r**13: the rest is below 1e-17 of r, which is at most 0.35.
    """
    x = min(max(x, _LOWEST), _HIGHEST)
    k = math.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    # A double has its exponent, plus 1023, in the bits from 52 on.
    s = np.int64((np.int64(k) + 1022) << 52).view(np.float64)
    return s, r + (r * r) * p


@compiled
def exp(x):  # type: ignore[no-untyped-def]
    """The exponential function."""
    s, q = _split(x)
    value = 2.0 * (s + s * q)
    value = value if x >= _LOWEST else 0.0
    value = value if x <= _HIGHEST else np.inf
    return value if x == x else x


@compiled
def _expm1(x):  # type: ignore[no-untyped-def]
    s, q = _split(x)
    value = 2.0 * (s * q + (s - 0.5))
    value = value if x <= _HIGHEST else np.inf
    return value if x == x else x


@compiled
def _tanh(x):  # type: ignore[no-untyped-def]
    e = _expm1(-2.0 * abs(x))
    return math.copysign(e / (2.0 + e), x)


@compiled
def _where(condition, a, b):  # type: ignore[no-untyped-def]
    return a if condition else b


@compiled
def _maximum(a, b):  # type: ignore[no-untyped-def]
    return a if a >= b or a != a else b


@compiled
def _minimum(a, b):  # type: ignore[no-untyped-def]
    return a if a <= b or a != a else b


@compiled
def _heaviside(x, at_zero):  # type: ignore[no-untyped-def]
    return 1.0 if x > 0.0 else (at_zero if x == 0.0 else 0.0 * x)


@compiled
def _ones_like(x):  # type: ignore[no-untyped-def]
    return 1.0


@compiled
def _positive(x):  # type: ignore[no-untyped-def]
    return x


@compiled
def _zeros_like(x):  # type: ignore[no-untyped-def]
    return 0.0


# Replacements of NumPy's functions in compiled formulas; log and log1p are those of C.
_NAMES: dict[str, Any] = {
    "exp": exp,
    "expm1": _expm1,
    "heaviside": _heaviside,
    "log": math.log,
    "log1p": math.log1p,
    "maximum": _maximum,
    "minimum": _minimum,
    "ones_like": _ones_like,
    "positive": _positive,
    "sqrt": math.sqrt,
    "tanh": _tanh,
    "where": _where,
    "zeros_like": _zeros_like,
}


def compile_as(name: str, function: Any, options: Any = compiled) -> Any:
    """Compile a function under a unique name.

    Compiled code calls functions by name, also code from the cache on disk: two functions of one
    name could be taken for each other.
    """
    function.__name__ = function.__qualname__ = name
    return options(function)


class _SafeCache:
    """A cache on disk that may fail: the function is then compiled again, or kept in memory only.

    Numba raises the errors of reading and writing: a full disk, a folder of another user, a
    truncated file.
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def load_overload(self, *args: Any) -> Any:
        try:
            return self._cache.load_overload(*args)
        except Exception:
            # The unreadable entry is replaced by the function compiled now.
            with suppress(Exception):
                self._cache.flush()
            return None

    def save_overload(self, *args: Any) -> None:
        with suppress(Exception):
            self._cache.save_overload(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)


def compile_cached(name: str, function: Any) -> Any:
    """Compile under a unique name, and cache on disk if numba finds a writable folder."""
    machine_code = compile_as(name, function)
    # Numba raises RuntimeError if it finds no writable folder.
    with suppress(RuntimeError, OSError):
        machine_code.enable_caching()
        machine_code._cache = _SafeCache(machine_code._cache)
    return machine_code


def compile_formula(formula: Callable[..., Any]) -> Any:
    """Compile a NumPy formula for single numbers, with the functions that it calls in its folder.

    A method takes a record of options in place of ``self``.
    """
    plain: Any = inspect.unwrap(formula)
    names = {**plain.__globals__, **_NAMES}
    for name in plain.__code__.co_names:
        helper = names.get(name)
        if isinstance(helper, FunctionType) and _find_folder(helper) == _find_folder(plain):
            names[name] = compile_formula(helper)
    return compile_as(plain.__qualname__, FunctionType(plain.__code__, names))


def _find_folder(function: FunctionType) -> str:
    return function.__module__.rpartition(".")[0]
