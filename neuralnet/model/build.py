"""Build a model from a formula, a data frame and the arguments of NeuralNetwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import Activation
from ..design import Cases, Design, Rows, read_cases, read_class_weight, select
from ..errors import DataWarning, check_choice, check_formula, check_memory, cut, warn
from ..families import Family, Gaussian, Softmax
from ..formula import join_names
from ..perceptron import Perceptron, Unscaled, check_user_defined
from .engine import make_engine
from .labels import Labels
from .model import _FEW, _UNEQUAL, Model, _count_untried, _freeze, _weigh
from .penalty_factors import read_penalty_factor
from .settings import Settings
from .trials import find_tried, warn_of_indicators

Matrix = NDArray[np.float64]


def build_model(
    formula: str,
    data: Any,
    sizes: tuple[int, ...],
    *,
    family: Family | None,
    activations: tuple[Activation, ...],
    skip: bool,
    given: Settings,
    mixture: float,
    penalty_factor: Any,
    weights: Any,
    class_weight: Any,
    offset: Any,
    subset: Any,
    env: Mapping[str, Any] | None,
    na_action: str,
    engine: Any,
    dtype: Any,
) -> Model:
    """Read the training rows and put the fixed parts of a network together."""
    check_formula(formula, data)
    check_choice("na_action", na_action, dict.fromkeys(("drop", "raise")))
    cases = read_cases(data, weights, offset, subset, env)
    design = Design.learn(
        formula,
        cases.frame,
        env=env,
        wants_classes=None if family is None else family.wants_classes,
        offset=cases.offset_names,
    )
    rows, cases = design.read_training(cases, na_action)
    if cases.w is not None and not cases.w.any():
        raise ValueError("weights must not all be 0 in the rows that miss nothing")
    response = design.response
    chosen = (family or _default_family(design, rows)).suit(response.classes)
    outputs = chosen.output_names(response.names, response.classes)
    warn_of_indicators(chosen, rows.response, response.names)
    rows, cases = drop_untried(chosen, rows, cases)
    intercept = design.terms.intercept
    past = tuple(column for column in range(rows.X.shape[1]) if skip and column != intercept)
    perceptron = Perceptron((rows.X.shape[1], *sizes, len(outputs)), activations, chosen, past)
    P = perceptron.n_parameters
    check_memory(f"{P:,} weights", P, "Take fewer hidden units")
    check_user_defined(perceptron, rows.response, rows.index, cases.w)
    engine = make_engine(engine, dtype, perceptron)
    model = Model(
        design,
        perceptron,
        Labels(response.name, tuple(outputs), response.classes, response.dtype, response.ordered),
        given,
        Settings().resolve(),
        mixture,
        read_penalty_factor(penalty_factor, design.terms, [*design.variables], env),
        Unscaled(),
        None,
        select(weights, offset, subset, na_action),
        engine.name,
        str(engine.dtype),
    ).take(rows, cases)
    batch = model.batch
    if activations:  # without hidden units each response has weights of its own
        _compare_responses(chosen.targets(batch.Y), outputs)
    balance = read_class_weight(class_weight, response.classes, chosen.codes(batch.Y), cases.w)
    weighed = _weigh(batch, balance)
    if weighed.w is not None and not weighed.w.any():
        raise ValueError("class_weight leaves no row with a weight above 0")
    for array in (balance, model.penalty_factor):
        if array is not None:
            _freeze(array)
    model = replace(model, balance=balance).take(model.rows, cases)
    return model.configure(**vars(given.resolve()))


def drop_untried(family: Family, rows: Rows, cases: Cases) -> tuple[Rows, Cases]:
    """Training rows without those of 0 trials, which a warning counts."""
    tried = find_tried(family, rows.response, cases.w)
    if tried.all():
        return rows, cases
    warn(f"{_count_untried(tried, cases.wanted)} dropped: they have 0 trials", DataWarning)
    return rows.pick(tried), cases.pick(tried)


def _compare_responses(targets: Matrix | None, names: Sequence[Any]) -> None:
    """Warn where one response is so much larger than another that only it will be fitted."""
    if targets is None or targets.shape[1] == 1:
        return
    spreads = targets.std(axis=0)
    most, least = int(spreads.argmax()), int(spreads.argmin())
    if spreads[least] > 0 and spreads[most] > _UNEQUAL * spreads[least]:
        warn(
            f"the responses differ in spread by a factor of {spreads[most] / spreads[least]:,.0f}, "
            f"and their squares add up to one loss: {names[most]} will be fitted, {names[least]} "
            "hardly. Bring them to one scale, as in cbind(a / 1000, b), or fit one network each.",
            DataWarning,
        )


def _default_family(design: Design, rows: Rows) -> Family:
    """Softmax for classes, gaussian for numbers."""
    if design.response.classes:
        return Softmax()
    values = np.unique(rows.response)
    if 1 < len(values) <= _FEW and (values == np.rint(values)).all():
        factors = design.formula.responses
        name = cut(join_names(factors))
        classes = f"Write C({name}) in the formula if they are classes, or name"
        counts = "Name family='binomial' if they are successes and failures, or"
        warn(
            f"the response {name} has {len(values)} distinct whole numbers, and is trained as a "
            f"number (family='gaussian'). {classes if len(factors) == 1 else counts} a family.",
            DataWarning,
        )
    return Gaussian()
