"""The kernel over all rows of a batch: in blocks that a cache holds, with scratch that is kept.

Blocks are cut by sizes alone and added in their order, so that nothing else touches the bits.
Knows no penalty, no coordinates and no training.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import iadd
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import unwarned
from .batch import Batch, Sums
from .blocks import choose_block_rows, split_rows
from .perceptron import Perceptron
from .second_derivatives import compute_hessian
from .threads import count_threads, map_in_order
from .workspace import Workspace

Vector = NDArray[np.float64]


class FusedSteps(NamedTuple):
    """Several updates in a row, made in one go.

    Attributes
    ----------
    losses, values : (count,) arrays
        Before each update, without and with the penalty.
    loss : float
        The last that was met: no finite number where that broke off what was asked for.
    theta, memory : array and optimizer's state
        After the last update.
    before : tuple of the same
        Before the last update.
    """

    losses: Vector
    values: Vector
    loss: float
    theta: Vector
    memory: Any
    before: tuple[Vector, Any]


class NumpyEngine:
    """Runs a perceptron's passes with NumPy; any number of threads may share one.

    Parameters
    ----------
    perceptron : Perceptron
    dtype : dtype
        What passes compute in; sums come out in float64.
    """

    name: ClassVar[str] = "numpy"
    # NumPy works one thread at a time but for the products, which its library multithreaded itself.
    multithreaded: ClassVar[bool] = False

    def __init__(self, perceptron: Perceptron, dtype: Any = np.float64) -> None:
        self.perceptron, self.dtype = perceptron, np.dtype(dtype)
        self.most_rows = choose_block_rows(perceptron.sizes)
        self._idle: dict[int, list[Workspace]] = {}
        self._unfolded: tuple[Batch, Batch] | None = None

    def copy(self) -> NumpyEngine:
        """One of the same kind, with scratch of its own."""
        return NumpyEngine(self.perceptron, self.dtype)

    def loss_and_gradient(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and its gradient over all rows."""
        if len(batch.X) <= self.most_rows:
            return self.run_block(theta, self.prepare(batch))
        threads = count_threads() if self.multithreaded else 1
        run = partial(self.run_block, theta)
        return self._add_up(run, batch, self.most_rows, threads)

    def evaluate(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and of the rows classified right."""

        def run(block: Batch) -> Sums:
            scratch = self._take(len(block.X))
            sums = self.perceptron.evaluate(theta, block, scratch)
            self._idle[scratch.n].append(scratch)
            return sums

        # However large the blocks are in which gradients are computed.
        return self._add_up(run, batch, choose_block_rows(self.perceptron.sizes))

    def hessian(self, theta: Vector, batch: Batch) -> Vector:
        """Second derivatives of the loss, (P, P), in float64 whatever the precision."""
        return compute_hessian(self.perceptron, theta, batch)

    def run_block(self, theta: Vector, block: Batch) -> Sums:
        """Loss and gradient of so few rows that a cache holds them."""
        scratch = self._take(len(block.X))
        sums = self.perceptron.loss_and_gradient(theta, block, scratch, count_correct=False)
        self._idle[scratch.n].append(scratch)
        return sums

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
        """Several updates in one go; None where there is no loop for such an optimizer."""
        return None

    def prepare(self, batch: Batch) -> Batch:
        """The batch in the form that is read soonest, kept for the next time.

        That is X column by column, and the response as the family says.
        """
        known = self._unfolded
        if known is not None and known[0] is batch:
            return known[1]
        unfold, ready = getattr(self.perceptron.family, "unfold", None), batch
        if unfold is not None:
            ready = ready._replace(Y=unfold(batch.Y, self.perceptron.sizes[-1]))
        # Only now: what is unfolded may be floats, or codes that must stay whole.
        ready = ready.cast(self.dtype)
        ready = ready._replace(X=np.asfortranarray(ready.X))
        self._unfolded = batch, ready
        return ready

    def _add_up(
        self, run: Callable[[Batch], Sums], batch: Batch, most_rows: int, threads: int = 1
    ) -> Sums:
        blocks = split_rows(len(batch.X), most_rows)

        @unwarned
        def run_rows(rows: slice) -> Sums:
            return run(batch.pick(rows).cast(self.dtype))

        return reduce(iadd, map_in_order(run_rows, blocks, threads))

    def _take(self, n: int) -> Workspace:
        """Scratch for so many rows that nobody has in hand; it is put back when it was used."""
        try:
            return self._idle.setdefault(n, []).pop()
        except IndexError:
            return self.perceptron.workspace(n, self.dtype)


# Seconds that may be lost where training is broken off: what looks at nothing takes no longer.
BLINK = 0.05
