"""Check the arguments of ``train`` and prepare a training run from them.

Reads the model and the state of a network, and changes neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, check_tolerance, check_whole
from ..model import Model, read_mask
from ..optimizers import (
    Optimizer,
    Schedule,
    find_optimizer,
    find_schedule,
    has_option,
    read_capabilities,
)
from ..perceptron import Batch, FreeGradient, Objective, Restriction, Unscaled, restrict
from .compatibility import check_mini_batches, check_optimizer
from .gradient_units import condition_objective, find_gradient_scale
from .holdout import Holdout, Mask, hold_out
from .learning_rate import limit_learn_rate
from .state import State, TrainingOptions
from .stopping import StoppingRules

PATIENCE = 100


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Everything that the training loop starts from.

    Attributes
    ----------
    options : TrainingOptions
    objective : Objective
        The objective on the rows to train on.
    rows : Batch
        Those rows with their case weights alone.
    state : State
    kept_rows : (n,) mask or None
        The rows to train on, of the training rows, where others are held out.
    """

    options: TrainingOptions
    objective: Objective
    rows: Batch
    state: State
    kept_rows: Mask | None = None


def prepare_run(
    model: Model,
    state: State,
    *,
    optimizer: Any = "gradient_descent",
    learn_rate: Any = None,
    tolerance: Any = None,
    relative_tolerance: Any = None,
    gradient_tolerance: Any = None,
    batch_size: Any = None,
    validation: Any = None,
    patience: Any = None,
    unseen: str = "error",
    mask: Any = None,
) -> TrainingRun:
    """Check the options of ``train`` and prepare a run.

    Raises
    ------
    TypeError, ValueError
        Naming the option, what was given and what is allowed.
    """
    trained = read_mask(model, mask)
    lipschitz = _bound_curvature(model, trained, state.theta)
    chosen, schedule = _choose_optimizer(lipschitz, optimizer, learn_rate)
    chosen, threshold = _set_gradient_tolerance(chosen, gradient_tolerance)
    check_optimizer(chosen, model, trained)
    batch_size = _choose_batch_size(batch_size, chosen, threshold)
    patience = _choose_patience(patience, validation)
    split, objective = hold_out(model, validation, state, unseen), model.objective
    if split.kept_rows is not None:
        objective = objective.pick(split.kept_rows)
    if read_capabilities(chosen).wants_standardized:
        objective = condition_objective(model, objective, split.rows)
    scale, baseline = (Unscaled(), 1.0) if threshold is None else find_gradient_scale(model)
    rules = StoppingRules(
        tolerance=_choose_tolerance(tolerance, chosen, model),
        relative_tolerance=_check_optional("relative_tolerance", relative_tolerance),
        gradient_tolerance=threshold,
        baseline=baseline,
        patience=patience,
    )
    options = TrainingOptions(chosen, schedule, rules, batch_size, gradient_scaling=scale)
    options = _add_validation(options, objective, split)
    options, objective = _restrict(options, objective, trained, state.theta)
    return TrainingRun(options, objective, split.rows, split.state, split.kept_rows)


def _restrict(
    options: TrainingOptions, objective: Objective, mask: Mask | None, theta: NDArray[np.float64]
) -> tuple[TrainingOptions, Objective]:
    """Options and objective of the weights in a mask alone, if any, with the others fixed."""
    if mask is None:
        return options, objective
    found = restrict(objective, mask, theta)
    # The absolute value of a sum of weights has no proximal step.
    if np.any(found.restriction.dependent_biases & (np.asarray(objective.l1_weight) > 0.0)):
        raise ValueError(
            "mask= fixes an intercept that scale=True shifts with the weights of its columns, so "
            "that its L1 penalty (mixture above 0) is none of single weights: make the network "
            "with penalize_bias=False or scale=False, or let the intercept be trained"
        )
    held, scaling = options.validation, options.gradient_scaling
    if held is not None:
        held = restrict(held, mask, theta)
    if not isinstance(scaling, Unscaled):
        scaling = FreeGradient(scaling, mask, theta)
    return replace(options, mask=mask, validation=held, gradient_scaling=scaling), found


def _bound_curvature(model: Model, mask: Mask | None, theta: NDArray[np.float64]) -> float | None:
    """A Lipschitz constant of the gradient by the weights in a mask; None in raw columns."""
    if model.lipschitz is None or mask is None:
        return model.lipschitz
    if not Restriction(model.scaling, mask, theta).dependent_biases.any():
        return model.lipschitz
    return max(model.lipschitz, model.estimate_lipschitz(model.batch, centered=False))


def _choose_optimizer(
    lipschitz: float | None, optimizer: Any, learn_rate: Any
) -> tuple[Optimizer, Schedule | None]:
    """The optimizer with its learning rate, and the schedule of the rate, if there is one."""
    chosen, schedule = find_optimizer(optimizer), find_schedule(learn_rate)
    if learn_rate is not None:
        return _set_rate(chosen, learn_rate if schedule is None else None), schedule
    if isinstance(optimizer, str) and lipschitz is not None:
        rate = limit_learn_rate(chosen, lipschitz)
        chosen = chosen if rate is None else _set_rate(chosen, rate)
    return chosen, schedule


def _set_rate(optimizer: Optimizer, rate: Any) -> Optimizer:
    """The optimizer with a learning rate; None: a schedule will set it."""
    if not has_option(optimizer, "learn_rate"):
        raise ValueError(
            f"{type(optimizer).__name__} takes no learn_rate: it chooses the length of its steps "
            "itself. Leave learn_rate out."
        )
    if rate is None:
        return optimizer
    rate = check_number("learn_rate", rate, above=True)
    return replace(optimizer, learn_rate=rate)  # type: ignore[type-var]


def _set_gradient_tolerance(optimizer: Optimizer, value: Any) -> tuple[Optimizer, float | None]:
    """Pass the tolerance to an optimizer that checks the gradient itself; else leave it a rule."""
    tolerance = _check_optional("gradient_tolerance", value)
    if not has_option(optimizer, "gradient_tolerance"):
        return optimizer, tolerance
    if tolerance is None:
        return optimizer, None
    return replace(optimizer, gradient_tolerance=tolerance), None  # type: ignore[type-var]


def _choose_tolerance(value: Any, optimizer: Optimizer, model: Model) -> float | None:
    """The tolerance on the loss; "default" is that of the optimizer for classes, else none."""
    if isinstance(value, str) and value == "default":
        return read_capabilities(optimizer).class_tolerance if model.labels.classes else None
    return check_tolerance(value)


def _choose_batch_size(
    batch_size: Any, optimizer: Optimizer, gradient_tolerance: float | None
) -> int | None:
    if batch_size is None:
        return None
    size = check_whole("batch_size", batch_size, least=1)
    check_mini_batches(optimizer, gradient_tolerance)
    return size


def _choose_patience(patience: Any, validation: Any) -> int | None:
    if patience is not None and validation is None:
        raise ValueError("patience watches the loss on rows held out: pass validation= too")
    if patience is not None:
        return check_whole("patience", patience, least=1)
    return None if validation is None else PATIENCE


def _check_optional(name: str, value: Any) -> float | None:
    return None if value is None else check_number(name, value)


def _add_validation(
    options: TrainingOptions, objective: Objective, split: Holdout
) -> TrainingOptions:
    """The options with the objective on the rows held out, if there are any."""
    if split.held_out is None:
        return options
    return replace(
        options,
        validation=replace(objective, batches=(split.held_out,), standardized=False),
        holdout=split.digest,
        weights=(objective.batch.weight, split.held_out.weight),
    )
