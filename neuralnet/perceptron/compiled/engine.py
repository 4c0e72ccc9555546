"""Compiled engine: conversion between batches, optimizer states and the arrays of machine code."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...families import GroupedBinomial
from ..batch import Batch, Sums
from ..blocks import MAX_BLOCK_ROWS
from ..engine import BLINK, FusedSteps, NumpyEngine
from ..perceptron import Perceptron
from .hessian import make_hessian
from .layout import ACTIVATION_CODES, FAMILY_CODES, Rows, pack_network
from .steps import MAX_OPTIONS, OPTIMIZER_CODES, Steps, make_run_steps

Vector = NDArray[np.float64]

_HERE = Path(__file__).parent
_PACKAGE = _HERE.parents[1]
_FORMULAS = [
    path
    for name in ("activations", "families", "optimizers")
    for path in (_PACKAGE / name).glob("*.py")
]
_SOURCES = sorted([*_HERE.glob("*.py"), _HERE.parent / "blocks.py", *_FORMULAS])
# A hash of the sources in the names of cached functions: other sources never find them.
_DIGEST = sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:16]
_run_steps, _hessian = make_run_steps(_DIGEST), make_hessian(_DIGEST)


# No updates: the compiled loop then computes the loss and the gradient alone.
_NO_STEPS = Steps(
    np.empty((0, 0)),
    0,
    0,
    np.zeros(MAX_OPTIONS),
    np.empty(0),
    -np.inf,
    np.empty(0),
    np.empty(0),
    np.empty((1, 0)),
)


class CompiledEngine(NumpyEngine):
    """Engine whose passes and first-order optimizers are machine code.

    Raises
    ------
    ValueError
        For a user-defined activation or family.
    """

    name: ClassVar[str] = "compiled"
    multithreaded: ClassVar[bool] = True

    def __init__(self, perceptron: Perceptron) -> None:
        super().__init__(perceptron)
        _check_built_in(perceptron)
        # For threads alone: within them compiled loops take smaller blocks.
        self.most_rows = MAX_BLOCK_ROWS
        self._network = pack_network(perceptron)
        self._cached_rows: tuple[Batch, Rows] | None = None
        # Last measured seconds per update; bounds how long compiled code runs without checking for
        # interrupts.
        self._seconds_per_update = BLINK

    def copy(self, perceptron: Perceptron | None = None) -> CompiledEngine:
        return CompiledEngine(perceptron or self.perceptron)

    def run_block(self, theta: Vector, block: Batch) -> Sums:
        gradient = np.empty(theta.size)
        _, loss = _run_steps(theta.copy(), gradient, self._pack(block), self._network, _NO_STEPS)
        return Sums(loss, gradient, block.weight, np.nan)

    def hessian(self, theta: Vector, batch: Batch) -> Vector:
        H = np.empty((theta.size, theta.size))
        _hessian(theta.copy(), self._pack(batch), self._network, H)
        return H

    def prepare(self, batch: Batch) -> Batch:
        return batch

    def run_steps(
        self,
        optimizer: Any,
        theta: Vector,
        state: Any,
        batch: Batch,
        *,
        updates: int,
        curvature: float | Vector,
        tolerance: float | None,
    ) -> FusedSteps | None:
        kind = OPTIMIZER_CODES.get(type(optimizer))
        if kind is None or len(batch.X) > self.most_rows:
            return None
        arrays, steps = _unpack_state(state, theta.size)
        losses, values = np.empty((2, min(updates, 1 + int(BLINK / self._seconds_per_update))))
        previous = np.empty((1 + len(arrays), theta.size))
        plan = Steps(
            arrays,
            steps,
            kind,
            _read_options(optimizer),
            np.broadcast_to(curvature, theta.shape).copy() if np.any(curvature) else np.empty(0),
            -np.inf if tolerance is None or tolerance <= 0.0 else tolerance,
            losses,
            values,
            previous,
        )
        start = perf_counter()
        rows, theta, gradient = self._pack(batch), theta.copy(), np.empty(theta.size)
        count, loss = _run_steps(theta, gradient, rows, self._network, plan)
        self._seconds_per_update = (perf_counter() - start) / max(1, count)
        return FusedSteps(
            losses[:count],
            values[:count],
            loss,
            theta,
            _pack_state(state, arrays, steps + count),
            (previous[0], _pack_state(state, previous[1:], steps + count - 1)),
        )

    def _pack(self, batch: Batch) -> Rows:
        cached = self._cached_rows
        if cached is not None and cached[0] is batch:
            return cached[1]
        rows = _pack_rows(batch, isinstance(self.perceptron.family, GroupedBinomial))
        self._cached_rows = batch, rows
        return rows


def _check_built_in(perceptron: Perceptron) -> None:
    for what, record, table in (
        *(("activation", each, ACTIVATION_CODES) for each in perceptron.activations),
        ("family", perceptron.family, FAMILY_CODES),
    ):
        if type(record) not in table:
            raise ValueError(
                f"engine='compiled' has machine code for the package's own records alone, and the "
                f"{what} {type(record).__name__} is none of them: use engine='numpy'"
            )


def _make_readonly(array: Any, dtype: Any = np.float64) -> Any:
    """View an array as contiguous and read-only, which is one type of machine code."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def _pack_rows(batch: Batch, grouped: bool) -> Rows:
    n, w = len(batch.X), batch.w
    Y: Any = batch.Y
    if grouped:
        w = Y[:, 1] if w is None else Y[:, 1] * w
        Y = Y[:, :1]
    codes = Y.ndim == 1
    return Rows(
        _make_readonly(batch.X),
        _make_readonly(Y if codes else (), np.int64),
        _make_readonly(np.empty((0, 0)) if codes else Y.T),
        _make_readonly(() if w is None else w),
        _make_readonly(np.empty((n, 0)) if batch.offset is None else batch.offset),
    )


def _read_options(optimizer: Any) -> Vector:
    options = np.zeros(MAX_OPTIONS)
    options[: len(fields(optimizer))] = astuple(optimizer)
    return options


def _unpack_state(state: Any, size: int) -> tuple[Vector, int]:
    """Arrays (arrays, P) of an optimizer's state, and its number of steps."""
    values = [getattr(state, field.name) for field in fields(state)]
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    return np.array(arrays).reshape(len(arrays), size), getattr(state, "steps", 0)


def _pack_state(state: Any, arrays: Vector, steps: int) -> Any:
    """Rebuild an optimizer's state from its arrays and its number of steps."""
    names = [f.name for f in fields(state) if isinstance(getattr(state, f.name), np.ndarray)]
    values: dict[str, Any] = {name: row.copy() for name, row in zip(names, arrays, strict=True)}
    if hasattr(state, "steps"):
        values["steps"] = steps
    return replace(state, **values)
