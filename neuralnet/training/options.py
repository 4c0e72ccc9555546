"""From the arguments of ``train`` to a plan: what is checked and put together before any step.

Reads the network's fixed parts and its state, and changes neither.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import check_memory, check_number, check_tolerance, check_whole
from ..model import Model
from ..optimizers import Optimizer, find_optimizer, find_schedule
from ..perceptron import Batch, Coordinates, InMemory, Objective, Raw, condition, damp
from .holdout import _digest, _hold_out
from .state import Plan, State
from .stopping import Rules

Mask = NDArray[np.bool_]

PATIENCE = 100


@dataclass(frozen=True, eq=False)
class Course:
    """A plan with what it starts from.

    Attributes
    ----------
    plan : Plan
    objective : Objective
        Of the rows to train on.
    rows : Batch
        Those rows with their case weights alone.
    state : State
    kept : (n,) mask or None
        Which of the training rows they are, where others are held out.
    """

    plan: Plan
    objective: Objective
    rows: Batch
    state: State
    kept: Mask | None = None


def make_course(
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
) -> Course:
    """Check the options of ``train`` and how they go together.

    Raises
    ------
    TypeError, ValueError
        Naming the option, what was given and what it takes.
    """
    record, schedule = find_optimizer(optimizer), find_schedule(learn_rate)
    if learn_rate is not None:
        record = _set_rate(record, learn_rate if schedule is None else None)
    elif isinstance(optimizer, str) and model.steepness is not None:
        rate = bound_rate(record, model.steepness)
        record = record if rate is None else _set_rate(record, rate)
    record, gradient_tolerance = _set_gradient_tolerance(record, gradient_tolerance)
    name = type(record).__name__
    if record.needs_curvature:
        check_second_order(model, name)
    elif _has_l1(model) and not getattr(record, "takes_absolute", False):
        raise ValueError(_NO_ABSOLUTE.format(name))
    check_state(record, model.perceptron.n_parameters)
    if batch_size is not None:
        batch_size = check_whole("batch_size", batch_size, least=1)
        _check_batches(record, gradient_tolerance)
    if patience is not None and validation is None:
        raise ValueError("patience watches the loss on rows held out: pass validation= too")
    kept, held, state = _hold_out(model, validation, state, unseen)
    rows = model.batch if kept is None else model.batch.pick(kept)
    objective = model.objective if kept is None else model.objective.pick(kept)
    if getattr(record, "conditions", False):
        objective = _condition(model, objective, rows)
    gauge, baseline = (Raw(), 1.0) if gradient_tolerance is None else _find_gauge(model)
    rules = Rules(
        tolerance=_pick_tolerance(tolerance, record, model),
        relative_tolerance=_check_optional("relative_tolerance", relative_tolerance),
        gradient_tolerance=gradient_tolerance,
        baseline=baseline,
        patience=_pick_patience(patience, validation),
    )
    plan = Plan(record, schedule, rules, batch_size, gauge=gauge)
    if held is not None:
        judge = replace(objective, batches=InMemory(held), standardized=False)
        weights = next(objective.batches()).weight, held.weight
        # Rows of its own a network knows by where they stand, whatever another machine computes.
        digest = _digest(held if kept is None else (kept,))
        plan = replace(plan, validation=judge, holdout=digest, weights=weights)
    return Course(plan, objective, rows, state, kept)


def _condition(model: Model, objective: Objective, rows: Batch) -> Objective:
    """The objective in standardized columns, whatever coordinates the penalty is meant in."""
    rows, all_rows = model.apply_class_weights(rows), model.apply_class_weights(model.batch)
    # Where an intercept alone makes no error, the optimizer has to find another measure.
    reference = model.share_baseline(rows)
    coordinates = model.standard
    if model.penalty and coordinates is not model.coordinates:
        coordinates = damp(coordinates, _list_curvatures(model), all_rows.weight)
    return condition(objective, coordinates, rows, reference or None)


def _list_curvatures(model: Model) -> list[NDArray[np.float64]]:
    """Second derivatives of the penalty by the rows of each matrix that reads columns of X.

    All outputs of a row have the same. Where several matrices read a column, it has to be seen in
    one way: that of the first.
    """
    perceptron = model.perceptron
    curvature = np.broadcast_to(model.penalty.curvature, perceptron.n_parameters)
    first, *others = (W[:, 0] for W in perceptron.unflatten(curvature))
    if not perceptron.skip:
        return [first]
    intercept, last = model.design.terms.intercept, others[-1].copy()
    if intercept is not None:
        last[0] = first[intercept]
    last[-len(perceptron.skip) :] = first[list(perceptron.skip)]
    return [first, last]


def _find_gauge(model: Model) -> tuple[Coordinates, float]:
    """In which coordinates a gradient means the same in any units, and beside what it is small.

    Those are weights of standardized columns and of a standardized numeric response, which
    ``scale=True`` has anyway, and the loss of an intercept alone in the optimizer's unit.
    """
    if isinstance(model.coordinates, Raw):
        return model.standard, model.baseline
    return Raw(), model.baseline / model.coordinates.unit


_NO_ABSOLUTE = (
    "{} cannot minimize an L1 penalty (mixture above 0), which has a kink where a weight is 0. "
    "Train with 'gradient_descent', 'momentum', 'nesterov', 'adam' or 'rprop', or make the network "
    "with mixture=0"
)


def check_state(record: Optimizer, P: int) -> None:
    """Raise ValueError where an optimizer would keep more of P weights than memory should hold."""
    name = type(record).__name__
    if record.needs_curvature and getattr(record, "dense_limit", P) >= P:
        what = f"second derivatives by {P:,} weights"
        check_memory(what, P * P, f"Give {name} a lower dense_limit")
    # Weights, gradient, step and what is remembered; lbfgs remembers pairs of these.
    kept = 6 + 2 * getattr(record, "memory", 0)
    check_memory(f"what {name} keeps of {P:,} weights", kept * P, "Take fewer hidden units")


def check_second_order(model: Model, what: str) -> None:
    """Raise ValueError where the penalized loss has no second derivatives."""
    if _has_l1(model):
        if what.endswith(")"):
            raise ValueError(
                f"{what} needs a penalty with second derivatives; an L1 penalty (mixture above 0) "
                "has none where a weight is 0"
            )
        raise ValueError(_NO_ABSOLUTE.format(what))
    for activation in model.perceptron.activations:
        if not hasattr(activation, "curvature"):
            name = getattr(activation, "name", type(activation).__name__)
            raise ValueError(f"{what} needs activations with a curvature; {name!r} has none")


def suits(record: Optimizer, model: Model) -> bool:
    """Whether an optimizer takes the penalty and the activations of a model."""
    curved = all(hasattr(each, "curvature") for each in model.perceptron.activations)
    absolute = bool(getattr(record, "takes_absolute", False))
    return (curved or not record.needs_curvature) and (absolute or not _has_l1(model))


def _has_l1(model: Model) -> bool:
    """Whether the penalty has a share in absolute values; a share of no penalty is none."""
    return bool(np.any(model.penalty.absolute))


def _set_rate(record: Optimizer, rate: Any) -> Optimizer:
    """The optimizer with a rate of its own; None: a schedule will set it."""
    if not (is_dataclass(record) and hasattr(record, "learn_rate")):
        raise ValueError(
            f"{type(record).__name__} takes no learn_rate: it chooses the length of its steps "
            "itself. Leave learn_rate out."
        )
    if rate is None:
        return record
    return replace(record, learn_rate=check_number("learn_rate", rate, above=True))


def _set_gradient_tolerance(record: Optimizer, given: Any) -> tuple[Optimizer, float | None]:
    """Optimizers that judge the gradient themselves take the tolerance over."""
    tolerance = _check_optional("gradient_tolerance", given)
    own = is_dataclass(record) and any(f.name == "gradient_tolerance" for f in fields(record))
    if tolerance is None or not own:
        return record, tolerance
    return replace(record, gradient_tolerance=tolerance), None  # type: ignore[type-var]


def _check_batches(record: Optimizer, gradient_tolerance: float | None) -> None:
    name = type(record).__name__
    if not getattr(record, "takes_batches", False):
        raise ValueError(
            f"{name} compares one step with the next, which mini-batches of different rows do not "
            "allow: leave batch_size out, or train with 'adam', 'momentum', 'nesterov' or "
            "'gradient_descent'"
        )
    if gradient_tolerance is not None:
        raise ValueError(
            "gradient_tolerance needs the gradient of all rows, which batch_size= leaves unknown: "
            "leave one of the two out, or stop by relative_tolerance or validation"
        )


def _check_optional(name: str, value: Any) -> float | None:
    return None if value is None else check_number(name, value)


def _pick_tolerance(given: Any, record: Optimizer, model: Model) -> float | None:
    """The articles' own for what they train, and none for everything else, unless one is given."""
    if isinstance(given, str) and given == "default":
        return getattr(record, "class_tolerance", None) if model.labels.classes else None
    return check_tolerance(given)


def _pick_patience(patience: Any, validation: Any) -> int | None:
    if patience is not None:
        return check_whole("patience", patience, least=1)
    return None if validation is None else PATIENCE


def bound_rate(optimizer: Optimizer, steepness: float) -> float | None:
    """The optimizer's own rate, or less where so steep a loss calls for it.

    At most ``1 / (2 L)``, L the steepness and half of it because weights grow; with momentum that
    times ``1 - momentum``, as past gradients add up. None where the optimizer's steps are not as
    long as the gradient.
    """
    if not getattr(optimizer, "follows_gradient", False):
        return None
    own: float = getattr(optimizer, "learn_rate", np.inf)
    kept: float = getattr(optimizer, "momentum", 0.0)
    return min(own, (1.0 - kept) / (2.0 * steepness))
