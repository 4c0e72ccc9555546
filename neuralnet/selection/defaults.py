"""The rule of automatic training: what it does with a table and a network of a size.

One table, read from the top: the first row whose bounds hold is the rule. Sizes alone decide, so
that the same call does the same on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Any

from ..model import Model
from ..optimizers import LBFGS, Adam, CosineDecay, Newton, Optimizer, Rprop
from ..training import suits

# Half decades. In standardized columns more than 100 leaves next to nothing of a weight, and less
# than 0.001 is no penalty beside the loss of the few rows that need one.
DECAYS = tuple(float(f"{10 ** (half / 2):.3g}") for half in range(-6, 5))
FOLDS = 5
# A sample of a large table says little of a decay where it has fewer rows.
LEAST_ROWS = 1_000
# Fewer rows in a fold say too little of a decay; then a small one is taken as it is.
FEWEST = 10
SMALL_TABLE_DECAY = 1e-3


@dataclass(frozen=True)
class Rule:
    """What automatic training does with tables and networks up to a size.

    Attributes
    ----------
    weights : float
        Of the network, at most.
    cells : float
        Rows times weights, at most: what one pass over the rows costs.
    optimizer : Optimizer
        Of the fits to all rows.
    iterations : int
        Of each of these, at most.
    starts : int
        The best of so many is kept.
    scout : Optimizer
        Of the fits that choose the decay.
    updates : int
        Of each of these, at most.
    decays : tuple of float
        To choose from.
    tried : float
        Cells of the rows that decays are tried on, at most: of larger tables, some rows at random.
    relative_tolerance : float or None
        Ends fits whose optimizer has no end of its own.
    learn_rate : Schedule or None
    batch_size : int or None
    validation : float or None
        The share of the rows that is held out, where training ends by these.
    patience : int or None
        Iterations without a lower loss on them.
    """

    weights: float
    cells: float
    optimizer: Optimizer
    iterations: int
    starts: int
    scout: Optimizer
    updates: int
    decays: tuple[float, ...] = DECAYS
    tried: float = inf
    relative_tolerance: float | None = None
    learn_rate: Any = None
    batch_size: int | None = None
    validation: float | None = None
    patience: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Of the fits to all rows, as `plans.make_course` takes them."""
        return {
            "optimizer": self.optimizer,
            "relative_tolerance": self.relative_tolerance,
            "learn_rate": self.learn_rate,
            "batch_size": self.batch_size,
            "validation": self.validation,
            "patience": self.patience,
        }


_SCOUT = LBFGS(tolerance=1e-4)


def _descend_in_batches(cells: float, epochs: int, **more: Any) -> Rule:
    """Mini-batches with a rate that comes down to 0, ended by rows held out."""
    return Rule(
        inf,
        cells,
        Adam(),
        epochs,
        1,
        learn_rate=CosineDecay(0.01, iterations=epochs),
        validation=0.1,
        patience=max(1, epochs // 5),
        **more,
    )


RULES = (
    # A step of Newton's method costs the square of the weights in each row, and their cube.
    Rule(60, 1e5, Newton(), 500, 10, Newton(tolerance=1e-9), 100),
    Rule(150, 6e4, Newton(), 500, 5, Newton(tolerance=1e-9), 100),
    Rule(inf, 4e5, LBFGS(), 1_000, 5, LBFGS(tolerance=1e-5), 100),
    Rule(inf, 4e6, LBFGS(), 1_000, 2, _SCOUT, 60),
    Rule(inf, 1e8, LBFGS(), 300, 2, _SCOUT, 60, tried=3e6),
    # Those above take no L1 penalty, and these mini-batches, which have to be asked for.
    Rule(inf, 4e6, Rprop(), 2_000, 3, Rprop(), 300, relative_tolerance=1e-7),
    _descend_in_batches(4e6, 300, scout=_SCOUT, updates=100),
    _descend_in_batches(
        inf, 30, scout=_SCOUT, updates=100, decays=DECAYS[::2], tried=3e6, batch_size=512
    ),
)


def find_rule(model: Model, rows: int, batch_size: int | None) -> Rule:
    """The rule for a model trained on so many rows, all at once or in mini-batches as given."""
    P = model.perceptron.n_parameters
    # A quadratic model of a loss with kinks ends at one of them.
    smooth = not any(getattr(each, "kinked", False) for each in model.perceptron.activations)
    found = next(
        rule
        for rule in RULES
        if rule.weights >= P
        and rows * P <= rule.cells
        and (batch_size is None or getattr(rule.optimizer, "takes_batches", False))
        and (smooth or not rule.optimizer.needs_curvature)
        and suits(rule.optimizer, model)
    )
    return found if suits(found.scout, model) else replace(found, scout=Rprop())


def settle(model: Model, chosen: bool) -> dict[str, Any]:
    """Settings in the place of those that were left open; ``chosen``: a decay is.

    Without a hidden layer the intercept is then free, as in ridge regression. Hidden units whose
    biases are free divide the rows more finely than rows not seen bear out.
    """
    penalize = bool(model.perceptron.activations) or not chosen
    wanted = {"scale": True, "init": "glorot", "penalize_bias": penalize}
    return {name: each for name, each in wanted.items() if getattr(model.given, name) is None}
