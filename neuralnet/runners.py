"""The kernel over all rows of a batch: in blocks that a cache holds, with scratch that is kept.

Blocks are cut by sizes alone and added in their order, so that nothing else touches the bits.
Knows no penalty, no coordinates and no optimizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import iadd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, Sums
from .perceptron import Perceptron
from .protocols import unwarned
from .workspace import Workspace, cut_rows

__all__ = ["Runner"]

Vector = NDArray[np.float64]


class Runner:
    """Runs a perceptron's passes with NumPy; any number of threads may share one.

    Parameters
    ----------
    perceptron : Perceptron
    dtype : dtype
        What passes compute in; sums come out in float64.
    """

    def __init__(self, perceptron: Perceptron, dtype: Any = np.float64) -> None:
        self.perceptron, self.dtype = perceptron, np.dtype(dtype)
        self._idle: dict[int, list[Workspace]] = {}
        self._unfolded: tuple[Batch, Batch] | None = None

    def loss_and_gradient(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and its gradient over all rows."""
        blocks = cut_rows(len(batch.X), self.perceptron.sizes)
        if len(blocks) == 1:
            batch = self._unfold(batch)
            with self._borrow(len(batch.X)) as scratch:
                return self.perceptron.loss_and_gradient(
                    theta, batch, scratch, count_correct=False
                )
        return self._add_up(self.perceptron.loss_and_gradient, theta, batch, blocks)

    def evaluate(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and of the rows classified right."""
        blocks = cut_rows(len(batch.X), self.perceptron.sizes)
        return self._add_up(self.perceptron.evaluate, theta, batch, blocks)

    @unwarned
    def _add_up(
        self,
        kernel: Callable[[Vector, Batch, Workspace], Sums],
        theta: Vector,
        batch: Batch,
        blocks: list[slice],
    ) -> Sums:
        def run(rows: slice) -> Sums:
            some = batch.pick(rows)
            with self._borrow(len(some.X)) as scratch:
                return kernel(theta, some, scratch)

        return reduce(iadd, map(run, blocks))

    @contextmanager
    def _borrow(self, n: int) -> Iterator[Workspace]:
        """Scratch that no other thread has, and that is there again for the next pass."""
        idle = self._idle.setdefault(n, [])
        try:
            scratch = idle.pop()
        except IndexError:
            scratch = self.perceptron.workspace(n, self.dtype)
        yield scratch
        idle.append(scratch)

    def _unfold(self, batch: Batch) -> Batch:
        """The batch with the response as the family reads it soonest, kept for the next time."""
        known = self._unfolded
        if known is not None and known[0] is batch:
            return known[1]
        family, K = self.perceptron.family, self.perceptron.sizes[-1]
        unfold = getattr(family, "unfold", None)
        ready = batch if unfold is None else batch._replace(Y=unfold(batch.Y, K))
        self._unfolded = batch, ready
        return ready
