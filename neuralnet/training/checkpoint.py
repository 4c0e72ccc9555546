"""Checkpoints: save a network every n iterations while it is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import check_whole
from ..optimizers import Stop
from .state import State, StepResult


class Checkpoint:
    """Saves a network while it is trained.

    Parameters
    ----------
    save : callable
        ``save(path, stop, tell=...)`` of the network; ``stop`` is stored as the stop reason, and
        ``tell`` is whether to warn of what the file does not hold.
    path : path
    every : int
        Save after each iteration whose number is a multiple of this.
    restarts : int
        Starts to train from: at most one.
    """

    def __init__(self, save: Callable[..., None], path: Any, every: Any, restarts: int) -> None:
        if restarts > 1:
            raise ValueError(
                "checkpoint= saves one training, and restarts= runs several: train one start at a "
                "time, or without checkpoint="
            )
        self.every: int = check_whole("every", every, least=1)
        self._save, self._path, self._last = save, path, 0

    def begin(self, state: State, iterations: int) -> None:
        """Save before the first step, to fail early where the path cannot be written."""
        self._last = state.iteration + iterations
        self._save(self._path, _make_reason(state))

    def finish(self, stop: Stop | None) -> None:
        """Save the finished training."""
        self._save(self._path, stop, tell=False)

    def update(self, step: StepResult) -> None:
        """Save a committed state, every n iterations.

        The last one is left to `finish`: were the process killed before, the file would lack what
        the end of training adds.
        """
        state = step.state
        if state.iteration % self.every == 0 and state.iteration < self._last and not step.stop:
            self._save(self._path, _make_reason(state), tell=False)


def _make_reason(state: State) -> Stop:
    """The stop reason in a file of training that has not ended."""
    return Stop(False, f"Interrupted after iteration {state.iteration}.")
