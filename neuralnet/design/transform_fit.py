"""Fitting of stateful transforms, such as ``scale(x)``, in passes over blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..formula import Factor, translate_errors
from .chunks import Blocks
from .complete_columns import CompleteColumns


@dataclass(eq=False)
class TransformFit:
    """The state of a factor's transforms while it is fitted.

    Attributes
    ----------
    factor : Factor
    formula : str
        The formula that errors name.
    watch : callable or None
        Gets the factor's values, block by block, in one more pass after the transforms are fitted.
    state : dict
        What patsy calls the state of a factor.
    n_passes : int
        The number of passes over all blocks.
    """

    factor: Factor
    formula: str
    watch: Callable[[Any], None] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    n_passes: int = 0
    _n_transform_passes: int = 0

    def __post_init__(self) -> None:
        with translate_errors(self.formula):
            self._n_transform_passes = self.factor.memorize_passes_needed(self.state, None)
        self.n_passes = self._n_transform_passes + (self.watch is not None)

    def take(self, which: int, columns: CompleteColumns) -> None:
        """Process one block in pass number ``which``."""
        with translate_errors(self.formula):
            if which < self._n_transform_passes:
                self.factor.memorize_chunk(self.state, which, columns)
                return
            value = self.factor.eval(self.state, columns)
        if self.watch is not None:
            self.watch(value)

    def finish(self, which: int) -> None:
        """End pass number ``which``, in which all blocks were processed."""
        if which < self._n_transform_passes:
            with translate_errors(self.formula):
                self.factor.memorize_finish(self.state, which)


def fit_transforms(fits: Sequence[TransformFit], blocks: Blocks) -> None:
    """Fit all transforms together, in as many passes as the most demanding one needs."""
    for which in range(max((fit.n_passes for fit in fits), default=0)):
        active = [fit for fit in fits if which < fit.n_passes]
        for columns in blocks():
            for fit in active:
                fit.take(which, columns)
        for fit in active:
            fit.finish(which)
