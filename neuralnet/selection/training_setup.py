"""Options of one call of ``train``, with a value for each that the user left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from ..errors import check_flag, check_whole
from ..model import Model
from ..training import PATIENCE, Checkpoint, Reporter, StageReporter, find_tqdm
from .descriptions import describe_fits
from .evidence_search import EvidenceSearch
from .regularization_path import GridSearch


@dataclass(frozen=True)
class TrainingSetup:
    """Options of one call of ``train``, with a value for each that the user left open.

    Attributes
    ----------
    model : Model
        With the settings to train with; a decay that is still to be chosen is provisional.
    options : mapping
        Options of `prepare_run`.
    iterations : int
        Largest number of iterations from each start.
    starts : int
        Number of starts.
    fresh : bool
        True: the weights of all starts are drawn. False: the first start has the present weights.
    search : GridSearch, EvidenceSearch or None
        How the decay is chosen; None: it is known.
    automatic : bool
    decay_note : str
        Description of a decay that is known.
    fit_cost : float
        Estimated duration of the training from one start, as a multiple of a fit of the search.
    """

    model: Model
    options: Mapping[str, Any]
    iterations: int
    starts: int
    fresh: bool = False
    search: GridSearch | EvidenceSearch | None = None
    automatic: bool = False
    decay_note: str = ""
    fit_cost: float = 1.0

    @property
    def work(self) -> float:
        """Estimated duration of all fits, as a multiple of a fit of the search."""
        search = 0.0 if self.search is None else self.search.work
        return search + self.fit_cost * self.starts

    def make_progress_callback(self, stages: StageReporter) -> Callable[[int, float], None]:
        """Make a function of updates and loss that advances the progress bar of the stages."""
        each, least = self.fit_cost / self.iterations, inf

        def advance(updates: int, loss: float) -> None:
            nonlocal least
            least = min(least, loss)
            stages.advance(updates * each, f"loss {least:.5g}")

        return advance

    def describe(self, decay: str) -> str:
        """Describe what was chosen, as a sentence that begins with ``decay``."""
        if not self.automatic or isinstance(self.search, EvidenceSearch):
            return f"{decay}."
        options = self.options
        fits = describe_fits(
            self.model, options["optimizer"], options["batch_size"], self.starts, self.fresh
        )
        return f"{decay}; {fits}."


def make_reporters(
    setup: TrainingSetup, trace: Any, progress: Any, callback: Any, checkpoint: Checkpoint | None
) -> tuple[StageReporter, Reporter]:
    """Make the reporters of the stages of automatic training, and of the iterations."""
    automatic, lines = setup.automatic, check_whole("trace", trace) > 0
    stages = _make_stages(setup, lines, check_flag("progress", progress))
    reporter = Reporter(
        0 if automatic else trace,
        callback,
        progress and not automatic,
        setup.iterations * setup.starts,
        checkpoint,
        setup.make_progress_callback(stages) if automatic else None,
    )
    return stages, reporter


def _make_stages(setup: TrainingSetup, lines: bool, shown: bool) -> StageReporter:
    """Make the reporter of the stages; ``shown``: with a progress bar from the beginning."""
    if not setup.automatic and setup.search is None:
        return StageReporter(1.0, lines=False, patience=inf)
    if shown:
        find_tqdm()
    # Manual training has a progress bar of its iterations, after the choice of the decay.
    patience = 0.0 if shown and setup.automatic else PATIENCE if lines else inf
    return StageReporter(setup.work, lines=lines, patience=patience)
