"""The kernel over all rows of a batch: in blocks that a cache holds, with scratch that is kept.

Blocks are cut by sizes alone and added in their order, so that nothing else touches the bits.
Knows no penalty, no coordinates and no optimizer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import iadd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, Sums
from .perceptron import Perceptron
from .protocols import unwarned
from .workspace import Workspace, count_rows, cut_rows

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
        self._most_rows = count_rows(perceptron.sizes)
        self._idle: dict[int, list[Workspace]] = {}
        self._unfolded: tuple[Batch, Batch] | None = None

    def loss_and_gradient(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and its gradient over all rows."""
        kernel, n = self.perceptron.loss_and_gradient, len(batch.X)
        if n > self._most_rows:
            return self._add_up(partial(kernel, count_correct=False), theta, batch)
        scratch = self._take(n)
        sums = kernel(theta, self._unfold(batch), scratch, count_correct=False)
        self._idle[n].append(scratch)
        return sums

    def evaluate(self, theta: Vector, batch: Batch) -> Sums:
        """Sums of the loss and of the rows classified right."""
        return self._add_up(self.perceptron.evaluate, theta, batch)

    @unwarned
    def _add_up(
        self, kernel: Callable[[Vector, Batch, Workspace], Sums], theta: Vector, batch: Batch
    ) -> Sums:
        def run(rows: slice) -> Sums:
            some = batch.pick(rows)
            scratch = self._take(len(some.X))
            sums = kernel(theta, some, scratch)
            self._idle[scratch.n].append(scratch)
            return sums

        return reduce(iadd, map(run, cut_rows(len(batch.X), self.perceptron.sizes)))

    def _take(self, n: int) -> Workspace:
        """Scratch for so many rows that nobody has in hand; it is put back when it was used."""
        try:
            return self._idle.setdefault(n, []).pop()
        except IndexError:
            return self.perceptron.workspace(n, self.dtype)

    def _unfold(self, batch: Batch) -> Batch:
        """The batch with the response as the family reads it soonest, kept for the next time."""
        known = self._unfolded
        if known is not None and known[0] is batch:
            return known[1]
        family, K = self.perceptron.family, self.perceptron.sizes[-1]
        unfold = getattr(family, "unfold", None)
        ready = (
            batch if unfold is None or batch.w is not None else batch._replace(Y=unfold(batch.Y, K))
        )
        self._unfolded = batch, ready
        return ready
