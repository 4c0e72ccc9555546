"""Runs a perceptron's passes as machine code: what the loops read, and what they leave."""

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
from .layout import FAMILY_CODES, KINDS, Rows, describe
from .steps import LOOPS, MOST_OPTIONS, Training, make_run_steps

Vector = NDArray[np.float64]

_HERE = Path(__file__).parent
_PACKAGE = _HERE.parents[1]
_FORMULAS = [_PACKAGE / "activations.py"]
_FORMULAS += [
    path for name in ("families", "optimizers") for path in (_PACKAGE / name).glob("*.py")
]
_SOURCES = sorted([*_HERE.glob("*.py"), *_FORMULAS])
# What an earlier release has left in the cache goes by another.
_DIGEST = sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:16]
_run_steps, _hessian = make_run_steps(_DIGEST), make_hessian(_DIGEST)


# For whoever wants no update.
_NONE = Training(
    np.empty((0, 0)),
    0,
    0,
    np.zeros(MOST_OPTIONS),
    np.empty(0),
    -np.inf,
    np.empty(0),
    np.empty(0),
    np.empty((1, 0)),
)


class CompiledEngine(NumpyEngine):
    """An engine whose loss and gradient, and trainings of first order, are machine code.

    Raises
    ------
    ValueError
        For an activation or a family that is not the package's own.
    """

    name: ClassVar[str] = "compiled"
    multithreaded: ClassVar[bool] = True

    def __init__(self, perceptron: Perceptron) -> None:
        super().__init__(perceptron)
        _check_own(perceptron)
        # It makes smaller blocks itself: these are to be worth a thread's while.
        self.most_rows = MAX_BLOCK_ROWS
        self._network = describe(perceptron)
        self._known: tuple[Batch, Rows] | None = None
        # Seconds an update, as last met: machine code hears of no interrupt.
        self._pace = BLINK

    def copy(self) -> CompiledEngine:
        return CompiledEngine(self.perceptron)

    def run_block(self, theta: Vector, block: Batch) -> Sums:
        gradient = np.empty(theta.size)
        _, loss = _run_steps(theta.copy(), gradient, self._read(block), self._network, _NONE)
        return Sums(loss, gradient, block.weight, np.nan)

    def hessian(self, theta: Vector, batch: Batch) -> Vector:
        H = np.empty((theta.size, theta.size))
        _hessian(theta.copy(), self._read(batch), self._network, H)
        return H

    def prepare(self, batch: Batch) -> Batch:
        return batch

    def run_steps(
        self,
        optimizer: Any,
        theta: Vector,
        memory: Any,
        batch: Batch,
        *,
        updates: int,
        curvature: float | Vector,
        tolerance: float | None,
    ) -> FusedSteps | None:
        kind = LOOPS.get(type(optimizer))
        if kind is None or len(batch.X) > self.most_rows:
            return None
        options = np.zeros(MOST_OPTIONS)
        options[: len(fields(optimizer))] = astuple(optimizer)
        arrays, steps = _unpack(memory, theta.size)
        losses, values = np.empty((2, min(updates, 1 + int(BLINK / self._pace))))
        theta = theta.copy()
        past = np.empty((1 + len(arrays), theta.size))
        training = Training(
            arrays,
            steps,
            kind,
            options,
            np.broadcast_to(curvature, theta.shape).copy() if np.any(curvature) else np.empty(0),
            -np.inf if tolerance is None or tolerance <= 0.0 else tolerance,
            losses,
            values,
            past,
        )
        begun = perf_counter()
        rows, gradient = self._read(batch), np.empty(theta.size)
        count, loss = _run_steps(theta, gradient, rows, self._network, training)
        self._pace = (perf_counter() - begun) / max(1, count)
        return FusedSteps(
            losses[:count],
            values[:count],
            loss,
            theta,
            _pack(memory, arrays, steps + count),
            (past[0], _pack(memory, past[1:], steps + count - 1)),
        )

    def _read(self, batch: Batch) -> Rows:
        known = self._known
        if known is not None and known[0] is batch:
            return known[1]
        rows = _read_rows(batch, isinstance(self.perceptron.family, GroupedBinomial))
        self._known = batch, rows
        return rows


def _check_own(perceptron: Perceptron) -> None:
    for what, record, table in (
        *(("activation", each, KINDS) for each in perceptron.activations),
        ("family", perceptron.family, FAMILY_CODES),
    ):
        if type(record) not in table:
            raise ValueError(
                f"engine='compiled' has machine code for the package's own records alone, and the "
                f"{what} {type(record).__name__} is none of them: use engine='numpy'"
            )


def _lock(array: Any, dtype: Any = np.float64) -> Any:
    """In the order of its rows without gaps, and read-only: to machine code that is a type."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def _read_rows(batch: Batch, grouped: bool) -> Rows:
    n, w = len(batch.X), batch.w
    Y: Any = batch.Y
    if grouped:
        w = Y[:, 1] if w is None else Y[:, 1] * w
        Y = Y[:, :1]
    codes = Y.ndim == 1
    return Rows(
        _lock(batch.X),
        _lock(Y if codes else (), np.int64),
        _lock(np.empty((0, 0)) if codes else Y.T),
        _lock(() if w is None else w),
        _lock(np.empty((n, 0)) if batch.offset is None else batch.offset),
    )


def _unpack(memory: Any, size: int) -> tuple[Vector, int]:
    """An optimizer's state as rows of arrays, and how many steps are behind it."""
    values = [getattr(memory, field.name) for field in fields(memory)]
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    return np.array(arrays).reshape(len(arrays), size), getattr(memory, "steps", 0)


def _pack(memory: Any, arrays: Vector, steps: int) -> Any:
    """A state of the same kind from these."""
    names = [f.name for f in fields(memory) if isinstance(getattr(memory, f.name), np.ndarray)]
    found: dict[str, Any] = {name: row.copy() for name, row in zip(names, arrays, strict=True)}
    if hasattr(memory, "steps"):
        found["steps"] = steps
    return replace(memory, **found)
