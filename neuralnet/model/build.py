"""Build a model from a formula, a data frame and the arguments of NeuralNetwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import Activation
from ..design import (
    Design,
    ModelFrame,
    ModelMatrices,
    make_row_options,
    read_class_weight,
    read_model_frame,
)
from ..errors import DataWarning, check_choice, check_formula, check_memory, cut, warn
from ..families import Family, Gaussian, Softmax
from ..formula import join_names
from ..perceptron import Perceptron, Raw, check_own_parts
from .engine import make_engine
from .labels import Labels
from .model import _FEW, _UNEQUAL, Model, _apply_class_weights, _count_untried, _freeze
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
    model_frame = read_model_frame(data, weights, offset, subset, env)
    design = Design.fit(
        formula,
        model_frame.reader,
        env=env,
        wants_classes=None if family is None else family.wants_classes,
        offset=model_frame.offset_names,
    )
    rows, model_frame = design.read_complete_rows(model_frame, na_action)
    if model_frame.w is not None and not model_frame.w.any():
        raise ValueError("weights must not all be 0 in the rows that miss nothing")
    response = design.response
    chosen = (family or _default_family(design, rows)).suit(response.classes)
    outputs = chosen.output_names(response.names, response.classes)
    warn_of_indicators(chosen, rows.response, response.names)
    rows, model_frame = drop_untried(chosen, rows, model_frame)
    intercept = design.terms.intercept
    past = tuple(column for column in range(rows.X.shape[1]) if skip and column != intercept)
    perceptron = Perceptron((rows.X.shape[1], *sizes, len(outputs)), activations, chosen, past)
    P = perceptron.n_parameters
    check_memory(f"{P:,} weights", P, "Take fewer hidden units")
    check_own_parts(perceptron, rows.response, rows.index, model_frame.w)
    runner = make_engine(engine, dtype, perceptron)
    model = Model(
        design,
        perceptron,
        Labels(response.name, tuple(outputs), response.classes, response.dtype, response.ordered),
        given,
        Settings().resolve(),
        mixture,
        read_penalty_factor(penalty_factor, design.terms, [*design.variables], env),
        Raw(),
        None,
        make_row_options(weights, offset, subset, na_action),
        runner.engine,
        str(runner.dtype),
    ).with_rows(rows, model_frame)
    batch = model.batch
    if activations:  # without hidden units each response has weights of its own
        _compare_responses(chosen.targets(batch.Y), outputs)
    class_weights = read_class_weight(
        class_weight, response.classes, chosen.codes(batch.Y), model_frame.w
    )
    weighed = _apply_class_weights(batch, class_weights)
    if weighed.w is not None and not weighed.w.any():
        raise ValueError("class_weight leaves no row with a weight above 0")
    for array in (class_weights, model.penalty_factor):
        if array is not None:
            _freeze(array)
    model = replace(model, class_weights=class_weights).with_rows(model.rows, model_frame)
    return model.configure(**vars(given.resolve()))


def drop_untried(
    family: Family, rows: ModelMatrices, model_frame: ModelFrame
) -> tuple[ModelMatrices, ModelFrame]:
    """Training rows without those of 0 trials, which a warning counts."""
    tried = find_tried(family, rows.response, model_frame.w)
    if tried.all():
        return rows, model_frame
    warn(
        f"{_count_untried(tried, model_frame.n_selected)} dropped: they have 0 trials", DataWarning
    )
    return rows.pick(tried), model_frame.pick(tried)


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


def _default_family(design: Design, rows: ModelMatrices) -> Family:
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
