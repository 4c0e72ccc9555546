"""Engine: evaluate a perceptron over all rows of a batch, in blocks of rows, with NumPy.

Blocks are cut by sizes alone and summed in order: threads change no bit. Knows no penalty, no
scaling and no training.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import iadd
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .batch import Batch, Sums
from .blocks import choose_block_rows, split_rows
from .perceptron import Perceptron
from .second_derivatives import compute_hessian
from .threads import count_threads, map_in_order
from .workspace import Workspace

Vector = NDArray[np.float64]

# Longest uninterruptible stretch of computation, in seconds.
BLINK = 0.05


class FusedSteps(NamedTuple):
    """Result of several updates in one call.

    Attributes
    ----------
    losses, values : (count,) arrays
        The loss before each update, without and with the penalty.
    loss : float
        The last loss; infinite or nan if it ended the updates.
    theta, memory : (P,) array and optimizer's state
        After the last update.
    before : tuple of theta and optimizer's state
        Before the last update.
    """

    losses: Vector
    values: Vector
    loss: float
    theta: Vector
    memory: Any
    before: tuple[Vector, Any]


class NumpyEngine:
    """Evaluate a perceptron with NumPy; threads may share an engine.

    Parameters
    ----------
    perceptron : Perceptron
    dtype : dtype
        Precision of the passes; sums are float64.
    """

    name: ClassVar[str] = "numpy"
    # Blocks run one after the other: only matrix products use threads, those of BLAS.
    multithreaded: ClassVar[bool] = False

    def __init__(self, perceptron: Perceptron, dtype: Any = np.float64) -> None:
        self.perceptron: Perceptron = perceptron
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.most_rows: int = choose_block_rows(perceptron.sizes)
        self._idle: dict[int, list[Workspace]] = {}
        self._prepared: tuple[Batch, Batch] | None = None

    def copy(self, perceptron: Perceptron | None = None) -> NumpyEngine:
        """Make an engine of the same kind, of another perceptron if one is given."""
        return NumpyEngine(perceptron or self.perceptron, self.dtype)

    def loss_and_gradient(self, theta: Vector, batch: Batch) -> Sums:
        """Sum the loss and its gradient over all rows."""
        if len(batch.X) <= self.most_rows:
            return self.run_block(theta, self.prepare(batch))
        threads = count_threads() if self.multithreaded else 1
        run = partial(self.run_block, theta)
        return self._sum_blocks(run, batch, self.most_rows, threads)

    def evaluate(self, theta: Vector, batch: Batch) -> Sums:
        """Sum the loss and the weight of the rows classified right over all rows."""

        def run(block: Batch) -> Sums:
            scratch = self._take_workspace(len(block.X))
            sums = self.perceptron.evaluate(theta, block, scratch)
            self._idle[scratch.n].append(scratch)
            return sums

        # Not `most_rows`: all engines evaluate in the same blocks, to the same bits.
        return self._sum_blocks(run, batch, choose_block_rows(self.perceptron.sizes))

    def hessian(self, theta: Vector, batch: Batch) -> Vector:
        """Hessian of the loss, (P, P), in float64 whatever the precision."""
        return compute_hessian(self.perceptron, theta, batch)

    def run_block(self, theta: Vector, block: Batch) -> Sums:
        """Loss and gradient of a block of rows."""
        scratch = self._take_workspace(len(block.X))
        sums = self.perceptron.loss_and_gradient(theta, block, scratch, count_correct=False)
        self._idle[scratch.n].append(scratch)
        return sums

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
        """Run several updates in one call; None without a fused loop for this optimizer."""
        return None

    def prepare(self, batch: Batch) -> Batch:
        """The batch in its fastest layout (cached): X by columns, Y as the family prepares it."""
        cached = self._prepared
        if cached is not None and cached[0] is batch:
            return cached[1]
        prepare_response, ready = getattr(self.perceptron.family, "prepare_response", None), batch
        if prepare_response is not None:
            ready = ready._replace(Y=prepare_response(batch.Y, self.perceptron.sizes[-1]))
        # After the family: it may have made floats of codes, which are never cast.
        ready = ready.cast(self.dtype)
        ready = ready._replace(X=np.asfortranarray(ready.X))
        self._prepared = batch, ready
        return ready

    def _sum_blocks(
        self, run: Callable[[Batch], Sums], batch: Batch, most_rows: int, threads: int = 1
    ) -> Sums:
        blocks = split_rows(len(batch.X), most_rows)

        def run_rows(rows: slice) -> Sums:
            return run(batch.pick(rows).cast(self.dtype))

        return reduce(iadd, map_in_order(run_rows, blocks, threads))

    def _take_workspace(self, n: int) -> Workspace:
        """Take an idle workspace for n rows, or make one; the caller puts it back after use."""
        try:
            return self._idle.setdefault(n, []).pop()
        except IndexError:
            return self.perceptron.workspace(n, self.dtype)
