"""Defaults of automatic training, by the number of rows and of weights.

One table, read from the top: the first entry whose limits hold is used. Sizes alone decide, so that
the same call does the same on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Any

from ..model import EVIDENCE, Model
from ..optimizers import LBFGS, Adam, CosineDecay, Newton, Optimizer, Rprop, read_capabilities
from ..perceptron import read_activation
from ..training import suits

# Two values per decade. In standardized columns, more than 100 shrinks weights to almost 0, and
# less than 0.001 is negligible beside the loss, even of the few rows that need a penalty.
DECAYS = tuple(float(f"{10 ** (half / 2):.3g}") for half in range(-6, 5))
FOLDS = 5
# Smallest sample of a large table on which decays are tried.
MIN_SAMPLE_ROWS = 1_000
# Folds of fewer rows cannot rank decays; with fewer than two such folds a small decay is used.
MIN_FOLD_ROWS = 10
SMALL_TABLE_DECAY = 1e-3


@dataclass(frozen=True)
class TrainingDefaults:
    """Defaults for networks and tables up to a size.

    Attributes
    ----------
    max_weights : float
        Largest number of weights of the network.
    max_cells : float
        Largest number of rows times weights, the cost of one pass over the rows.
    optimizer : Optimizer
        Of the fits to all rows.
    iterations : int
        Largest number of iterations of each of these fits.
    starts : int
        Number of starts, of which the best is kept.
    search_optimizer : Optimizer
        Of the fits by which the decay is chosen.
    search_updates : int
        Largest number of updates of each of these fits.
    decays : tuple of float
        Grid of decays.
    search_cells : float
        Largest number of rows times weights on which decays are tried: of a larger table a random
        sample of rows is used.
    relative_tolerance : float or None
        For optimizers without a stopping rule.
    learn_rate : Schedule or None
    batch_size : int or None
    validation : float or None
        Share of the rows held out for early stopping.
    patience : int or None
        Iterations without a lower validation loss before training stops.
    """

    max_weights: float
    max_cells: float
    optimizer: Optimizer
    iterations: int
    starts: int
    search_optimizer: Optimizer
    search_updates: int
    decays: tuple[float, ...] = DECAYS
    search_cells: float = inf
    relative_tolerance: float | None = None
    learn_rate: Any = None
    batch_size: int | None = None
    validation: float | None = None
    patience: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Options of `prepare_run` for the fits to all rows."""
        return {
            "optimizer": self.optimizer,
            "relative_tolerance": self.relative_tolerance,
            "learn_rate": self.learn_rate,
            "batch_size": self.batch_size,
            "validation": self.validation,
            "patience": self.patience,
        }


_SEARCH_LBFGS = LBFGS(tolerance=1e-4)


def _use_mini_batches(max_cells: float, epochs: int, **others: Any) -> TrainingDefaults:
    """Adam in mini-batches, with a learning rate that decreases to 0 and early stopping."""
    return TrainingDefaults(
        inf,
        max_cells,
        Adam(),
        epochs,
        1,
        learn_rate=CosineDecay(0.01, iterations=epochs),
        validation=0.1,
        patience=max(1, epochs // 5),
        **others,
    )


DEFAULTS = (
    # A Newton step with P weights costs P**2 operations for each row, and P**3 to solve for it.
    TrainingDefaults(60, 1e5, Newton(), 500, 10, Newton(tolerance=1e-9), 100),
    TrainingDefaults(150, 6e4, Newton(), 500, 5, Newton(tolerance=1e-9), 100),
    TrainingDefaults(inf, 4e5, LBFGS(), 1_000, 5, LBFGS(tolerance=1e-5), 100),
    TrainingDefaults(inf, 4e6, LBFGS(), 1_000, 2, _SEARCH_LBFGS, 60),
    TrainingDefaults(inf, 1e8, LBFGS(), 300, 2, _SEARCH_LBFGS, 60, search_cells=3e6),
    # Rprop for an L1 penalty, which Newton's method and L-BFGS do not support. Adam where the user
    # passes batch_size=, and for larger tables.
    TrainingDefaults(inf, 4e6, Rprop(), 2_000, 3, Rprop(), 300, relative_tolerance=1e-7),
    _use_mini_batches(4e6, 300, search_optimizer=_SEARCH_LBFGS, search_updates=100),
    _use_mini_batches(
        inf,
        30,
        search_optimizer=_SEARCH_LBFGS,
        search_updates=100,
        decays=DECAYS[::2],
        search_cells=3e6,
        batch_size=512,
    ),
)

# Where evidence chooses the decay: Newton's method whatever the size, as every update of the decay
# needs a matrix of all pairs of weights anyway. With 211 weights and 1,000 rows exact steps were 15
# times as fast as those by conjugate gradients.
EVIDENCE_OPTIMIZER = Newton(dense_limit=3_000)
EVIDENCE_DEFAULTS = TrainingDefaults(inf, inf, EVIDENCE_OPTIMIZER, 500, 4, EVIDENCE_OPTIMIZER, 500)


def find_defaults(model: Model, rows: int, batch_size: int | None) -> TrainingDefaults:
    """Find the defaults for a model and n rows, with the user's batch size if there is one."""
    if model.given.decay == EVIDENCE and batch_size is None:
        return EVIDENCE_DEFAULTS
    P = model.perceptron.n_parameters
    # A quadratic model of the loss does not hold beyond a kink.
    smooth = not any(read_activation(each).kinked for each in model.perceptron.activations)
    defaults = next(
        each
        for each in DEFAULTS
        if each.max_weights >= P
        and rows * P <= each.max_cells
        and (batch_size is None or read_capabilities(each.optimizer).takes_batches)
        and (smooth or not each.optimizer.needs_curvature)
        and suits(each.optimizer, model)
    )
    if suits(defaults.search_optimizer, model):
        return defaults
    return replace(defaults, search_optimizer=Rprop())


def choose_settings(model: Model, decay_is_chosen: bool) -> dict[str, Any]:
    """Choose scale, init and penalize_bias where the user left them open.

    Without a hidden layer, the intercept is free when a decay is chosen, as in ridge regression.
    With hidden units, biases are penalized: free ones partition the rows more finely than new rows
    confirm.
    """
    penalize = bool(model.perceptron.activations) or not decay_is_chosen
    settings = {"scale": True, "init": "glorot", "penalize_bias": penalize}
    return {name: each for name, each in settings.items() if getattr(model.given, name) is None}
