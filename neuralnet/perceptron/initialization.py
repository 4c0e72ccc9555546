"""Initialization of weights: normal, Glorot, He, uniform, or by a user-defined function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..errors import check_choice, check_number, check_signature, quote

Matrix = NDArray[np.float64]
# Rules for the spread of initial weights.
InitRule = Literal["glorot", "he", "uniform"]
Initializer = Callable[[Generator, tuple[int, int], "int | None"], Matrix]


def draw_weights(
    init: Any, shapes: Sequence[tuple[int, int]], intercept: int | None, rng: Generator
) -> tuple[Matrix, ...]:
    """Draw the initial weight matrices, one for each layer.

    Parameters
    ----------
    init : number, str or callable
        A number: standard deviation of normal weights, biases too. ``"glorot"``: uniform within
        ``sqrt(6 / (fan_in + fan_out))`` of 0. ``"he"``: normal with variance ``2 / fan_in``.
        Both count the fan-in without the bias, and start biases at 0. ``"uniform"``: within 0.7
        of 0, biases too. A callable ``(rng, shape) -> array`` is called once for each matrix.
    shapes : sequence of (rows, columns)
        Biases are in row 0, in the first matrix in row ``intercept``.
    intercept : int or None
        None: the first matrix has no biases.
    rng : Generator

    Notes
    -----
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks. He et al. (2015), Delving deep into rectifiers. The uniform start is that of R's
    nnet: Venables and Ripley (2002), Modern applied statistics with S.
    """
    draw = find_initializer(init)
    biases = [intercept, *[0] * (len(shapes) - 1)]
    return tuple(draw(rng, shape, bias) for shape, bias in zip(shapes, biases, strict=True))


@dataclass(frozen=True, slots=True)
class UnsavedInit:
    """Placeholder for a user-defined function that a file cannot store."""

    def __call__(self, rng: Generator, shape: tuple[int, int]) -> Matrix:
        """Raise ValueError."""
        raise ValueError(
            "the init of this network was a function, which its file does not hold: there is "
            "nothing to draw new weights with, as restarts= would"
        )


def find_initializer(init: Any) -> Initializer:
    """Return the function that draws one matrix for ``init``; TypeError for an invalid one."""
    if isinstance(init, str):
        return check_choice("init", init, _SCHEMES)
    if callable(init):
        check_signature("init", init, "rng", "shape")
        return lambda rng, shape, bias: _check_drawn(init(rng, shape), shape)
    if not isinstance(init, Real) or isinstance(init, bool):
        raise TypeError(
            "init must be the standard deviation of normal weights, one of "
            f"{', '.join(map(repr, _SCHEMES))}, or a function (rng, shape) -> array; not "
            f"{quote(init)}"
        )
    spread = check_number("init", init)
    return lambda rng, shape, bias: spread * rng.standard_normal(shape)


def _glorot(rng: Generator, shape: tuple[int, int], bias: int | None) -> Matrix:
    rows, columns = shape
    fan_in = rows - (bias is not None)
    limit = np.sqrt(6.0 / max(1, fan_in + columns))
    return _clear_bias(rng.uniform(-limit, limit, shape), bias)


def _he(rng: Generator, shape: tuple[int, int], bias: int | None) -> Matrix:
    fan_in = shape[0] - (bias is not None)
    return _clear_bias(np.sqrt(2.0 / max(1, fan_in)) * rng.standard_normal(shape), bias)


def _uniform(rng: Generator, shape: tuple[int, int], bias: int | None) -> Matrix:
    return 0.7 * rng.uniform(-1.0, 1.0, shape)


_SCHEMES: dict[InitRule, Initializer] = {"glorot": _glorot, "he": _he, "uniform": _uniform}


def _clear_bias(matrix: Matrix, bias: int | None) -> Matrix:
    if bias is not None:
        matrix[bias] = 0.0
    return matrix


def _check_drawn(drawn: Any, shape: tuple[int, int]) -> Matrix:
    try:
        array = np.array(drawn)
        matrix = array.astype(
            np.float64, casting="unsafe" if array.dtype == object else "same_kind"
        )
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"init(rng, shape) must return an array of numbers of shape {shape}, not {quote(drawn)}"
        ) from None
    if matrix.shape != shape or not np.isfinite(matrix).all():
        raise ValueError(
            f"init(rng, shape) must return a finite array of shape {shape}; it returned one of "
            f"shape {matrix.shape}"
        )
    return matrix
