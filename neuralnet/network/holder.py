"""The fit of a network, used by all groups of its methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd
from numpy.typing import NDArray

from ..inference import Inference
from ..model import Model, Smearing
from ..optimizers import Stop
from ..selection import find_decay_source
from ..training import CallLock, Fit, RestartResult

_BUSY = "this network is being trained just now: wait for it to end, or train a clone()"


# Why training "ended" where weights were assigned.
ASSIGNED = Stop(False, "Its weights were assigned.")


class FitHolder:
    """An object around a `Fit`, with a lock for the calls that change it."""

    _fit: Fit
    _lock: CallLock
    # The arguments of the constructor; None for a network from a file, a pickle or a fold.
    _arguments: Mapping[str, Any] | None = None
    # The output that feedforward() stored, with the theta that it belongs to.
    _output: tuple[NDArray[Any], NDArray[Any]] | None
    # The residuals that predictions on the original scale need, with the theta they belong to.
    _smearing: tuple[NDArray[Any], Smearing | None] | None
    # The record of inference, with what it is of.
    _record: tuple[tuple[Any, ...], Inference] | None
    # The table of restarts, with the model and the ends that it describes.
    _restarts: tuple[Model, tuple[RestartResult, ...], pd.DataFrame] | None
    # Whether this is a network of a cross-validation, which an interrupt is to end as a whole.
    _is_fold = False

    @classmethod
    def _hold(cls, fit: Fit, lock: CallLock | None = None) -> Self:
        """Return a network around a fit; with the lock of another one, both exclude each other."""
        net = object.__new__(cls)
        net._begin(fit, lock)
        return net

    def _begin(self, fit: Fit, lock: CallLock | None = None) -> None:
        self._fit = fit
        self._output = self._smearing = self._record = self._restarts = None
        self._lock = lock or CallLock(_BUSY)

    @property
    def _model(self) -> Model:
        return self._fit.model

    @property
    def _theta(self) -> NDArray[Any]:
        return self._fit.state.theta

    def _find_record(self) -> Inference:
        """Return the record of inference of the fit: the same one until the fit changes."""
        fit = self._fit
        made_of = fit.model, fit.state.theta, fit.ends, fit.tuning
        stored = self._record
        if stored is None or any(a is not b for a, b in zip(stored[0], made_of, strict=True)):
            source = find_decay_source(fit.model, fit.tuning)
            stored = self._record = made_of, Inference(*made_of[:3], source)
        return stored[1]

    @property
    def _is_fresh(self) -> bool:
        """True if the weights are initial ones, or the result of a choice of the decay alone."""
        return self._fit.stop != ASSIGNED and not self._fit.state.iteration
