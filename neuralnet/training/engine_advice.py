"""Advice on the engine: recommend the compiled one for long training of small networks.

Based on counts, not on measured time: the same training gets the same advice on any machine.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from ..errors import pluralize
from ..model import Model
from ..optimizers import Adam, GradientDescent, Momentum, Nesterov
from ..perceptron import BUILT_IN, Unscaled
from .options import TrainingRun

# Machine code saves the overhead of NumPy calls on small arrays. Measured with one processor,
# an iteration took NumPy 6 times as long with 6,450 rows times weights (iris), 3 times with 30,400
# (the hot dogs), 2.3 times with 57,500, 1.3 to 1.8 times with 110,000, and as long with 400,000.
SMALL = 60_000
# An iteration saves about 1 ns for each row times weight, and no less than 20 us between the calls
# of NumPy: measured, 19.5 us on iris (29.7 to 10.2) and 32.7 us on the hot dogs (61.8 to 29.1).
FLOOR = 20_000
# Rows times weights times iterations that save more than the half minute of compilation.
LONG = 3e10

# Optimizers of which the compiled engine runs several updates at once.
OPTIMIZERS = (GradientDescent, Momentum, Nesterov, Adam)


def recommend_engine(model: Model, run: TrainingRun, iterations: int) -> str:
    """Recommend engine='compiled' for a training by NumPy that it would make faster; else ''.

    ``iterations`` are those of this training, over all starts. Iterations of earlier calls count
    too; the call in which the count becomes large enough gets the sentence.
    """
    before = run.state.iteration
    n, P = len(run.rows.X), model.perceptron.n_parameters
    saved = max(n * P, FLOOR)
    reached = saved * before < LONG <= saved * (before + iterations)
    if not (reached and n * P <= SMALL and _has_machine_code(model, run)):
        return ""
    count = before + iterations
    text = (
        f"Long training of a small network ({pluralize(count, 'iteration')}, "
        f"{pluralize(n, 'row')}, {pluralize(P, 'weight')}) is "
        "faster with NeuralNetwork(..., engine='compiled'), which is compiled once on a machine, "
        "for about half a minute."
    )
    if find_spec("numba") is None:
        text += " It needs numba: pip install 'formula-neuralnet[fast]'."
    return text


def _has_machine_code(model: Model, run: TrainingRun) -> bool:
    """True if the compiled engine can run several such updates at once, and NumPy ran them."""
    objective, perceptron = run.objective, model.perceptron
    return (
        (model.engine, model.dtype) == ("numpy", "float64")
        and run.options.can_fuse
        and type(run.options.optimizer) in OPTIMIZERS
        and {*map(type, perceptron.activations), type(perceptron.family)} <= BUILT_IN
        and objective.in_memory
        and isinstance(objective.scaling, Unscaled)
        and not np.any(objective.l1_weight)
    )
