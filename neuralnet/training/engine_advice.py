"""Whether the compiled engine would have made a training faster, judged by counts alone.

Knows no clock: the same training gets the same answer on any machine.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from ..model import Model
from ..optimizers import Adam, GradientDescent, Momentum, Nesterov
from ..perceptron import BUILT_IN, Unscaled
from .options import Course

# What machine code gains on NumPy is the time between small arrays. Measured with one processor,
# an iteration took NumPy 6 times as long with 6,450 rows times weights (iris), 3 times with 30,400
# (the hot dogs), 2.3 times with 57,500, 1.3 to 1.8 times with 110,000, and as long with 400,000.
SMALL = 60_000
# An iteration saves about 1 ns for each row times weight, and no less than 20 us between the calls
# of NumPy: measured, 19.5 us on iris (29.7 to 10.2) and 32.7 us on the hot dogs (61.8 to 29.1).
FLOOR = 20_000
# Rows times weights times iterations that save more than the half minute of compiling.
LONG = 3e10

# Those whose updates the compiled engine makes in one go.
OPTIMIZERS = (GradientDescent, Momentum, Nesterov, Adam)


def recommend_engine(model: Model, course: Course, iterations: int) -> str:
    """A sentence for a training by NumPy that engine='compiled' would make faster; else ''.

    ``iterations`` are those of this training, all starts together. The count goes on from call to
    call, and the sentence belongs to the one in which it becomes large enough.
    """
    before = course.state.iteration
    n, P = len(course.rows.X), model.perceptron.n_parameters
    saved = max(n * P, FLOOR)
    reached = saved * before < LONG <= saved * (before + iterations)
    if not (reached and n * P <= SMALL and _has_machine_code(model, course)):
        return ""
    made = before + iterations
    told = (
        f"So long a training of so small a network ({made:,} iterations, {n:,} rows, {P:,} "
        "weights) takes less time with NeuralNetwork(..., engine='compiled'), which is compiled "
        "once on a machine, for about half a minute."
    )
    if find_spec("numba") is None:
        told += " It needs numba: pip install 'formula-neuralnet[fast]'."
    return told


def _has_machine_code(model: Model, course: Course) -> bool:
    """Whether the compiled engine would run such updates in one go, and NumPy has run them."""
    objective, perceptron = course.objective, model.perceptron
    return (
        (model.engine, model.dtype) == ("numpy", "float64")
        and course.plan.is_plain
        and type(course.plan.optimizer) in OPTIMIZERS
        and {*map(type, perceptron.activations), type(perceptron.family)} <= BUILT_IN
        and objective.in_memory
        and isinstance(objective.scaling, Unscaled)
        and not np.any(objective.absolute)
    )
