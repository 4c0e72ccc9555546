"""Construction of a model: from the arguments of NeuralNetwork and the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..activations import Activation
from ..design import (
    NA_ACTIONS,
    Design,
    ModelFrame,
    ModelMatrices,
    make_row_options,
    read_class_weight,
    read_model_frame,
    warn_of_single_rows,
)
from ..errors import DataWarning, check_formula, check_memory, check_word, cut, pluralize, warn
from ..families import Family, Gaussian, Softmax
from ..formula import join_names, parse
from ..perceptron import Perceptron, Unscaled, check_user_defined
from .engine import make_engine
from .fractions import warn_of_fractions
from .labels import Labels
from .model import Model
from .penalty_factors import read_penalty_factor
from .settings import Settings
from .training_rows import apply_class_weights
from .trials import drop_untried, warn_of_indicators

# A numeric response with no more distinct whole numbers may well mean classes.
_FEW = 10


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """The arguments of NeuralNetwork that a model is built from, strings made objects.

    Attributes
    ----------
    formula, data, weights, class_weight, offset, subset, env, na_action, engine, dtype
        As NeuralNetwork takes them.
    sizes : tuple of int
        Units of each hidden layer.
    activations : tuple of Activation
        One for each hidden layer.
    skip : bool
    family : Family or None
    given : Settings
        Penalty, start and scale, with None for what was left open.
    mixture : float
    penalty_factor : mapping or None
    """

    formula: str
    data: Any
    sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    skip: bool
    family: Family | None
    given: Settings
    mixture: float = 0.0
    penalty_factor: Any = None
    weights: Any = None
    class_weight: Any = None
    offset: Any = None
    subset: Any = None
    env: Mapping[str, Any] | None = None
    na_action: str = "drop"
    engine: Any = None
    dtype: Any = "float64"


def build_model(spec: ModelSpec) -> Model:
    """Read the training rows, and assemble the model.

    Raises
    ------
    TypeError, ValueError
        For a formula, a column or an argument that is invalid, and for rows that cannot be used.
    """
    check_formula(spec.formula, spec.data)
    check_word("na_action", spec.na_action, NA_ACTIONS)
    design, rows, model_frame = _read_rows(spec)
    family = (spec.family or _choose_family(design, rows)).for_classes(design.response.classes)
    warn_of_indicators(family, rows.response, design.response.names)
    rows, model_frame = drop_untried(family, rows, model_frame)
    outputs = family.output_names(design.response.names, design.response.classes)
    perceptron = _build_perceptron(spec, design, rows, family, len(outputs))
    check_user_defined(perceptron, rows.response, rows.index, model_frame.w)
    model = _assemble(spec, design, perceptron, outputs).with_rows(rows, model_frame)
    warn_of_single_rows(design.response, rows.response)
    warn_of_fractions(family, rows, model_frame.w, design.response.names)
    model = _weigh_classes(model, spec.class_weight)
    return model.configure(**vars(spec.given.resolve()))


def _read_rows(spec: ModelSpec) -> tuple[Design, ModelMatrices, ModelFrame]:
    """Fit the design, and read the training rows without missing values."""
    model_frame = read_model_frame(
        spec.data,
        spec.weights,
        spec.offset,
        spec.subset,
        spec.env,
        find_used=lambda names: parse(spec.formula, names, spec.env).table_columns,
    )
    design = Design.fit(
        spec.formula,
        model_frame.reader,
        env=spec.env,
        wants_classes=None if spec.family is None else spec.family.wants_classes,
        offset=model_frame.offset_names,
        impute=spec.na_action == "impute",
    )
    rows, model_frame = design.read_complete_rows(model_frame, spec.na_action)
    if model_frame.w is not None and not model_frame.w.any():
        raise ValueError("weights must not all be 0 in the rows without missing values")
    return design, rows, model_frame


def _choose_family(design: Design, rows: ModelMatrices) -> Family:
    """Return softmax for classes and gaussian for numbers."""
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


def _build_perceptron(
    spec: ModelSpec, design: Design, rows: ModelMatrices, family: Family, K: int
) -> Perceptron:
    D, intercept = rows.X.shape[1], design.terms.intercept
    skip = tuple(column for column in range(D) if spec.skip and column != intercept)
    perceptron = Perceptron((D, *spec.sizes, K), spec.activations, family, skip)
    P = perceptron.n_parameters
    check_memory(pluralize(P, "weight"), P, "Take fewer hidden units")
    return perceptron


def _assemble(
    spec: ModelSpec, design: Design, perceptron: Perceptron, outputs: Sequence[Any]
) -> Model:
    """Assemble a model without rows, class weights and the settings given."""
    response = design.response
    engine = make_engine(spec.engine, spec.dtype, perceptron)
    factor = read_penalty_factor(spec.penalty_factor, design.terms, [*design.variables], spec.env)
    if factor is not None:
        factor.flags.writeable = False
    return Model(
        design=design,
        perceptron=perceptron,
        labels=Labels(
            response.name, tuple(outputs), response.classes, response.dtype, response.ordered
        ),
        given=spec.given,
        used=Settings().resolve(),
        mixture=spec.mixture,
        penalty_factor=factor,
        scaling=Unscaled(),
        class_weights=None,
        row_options=make_row_options(spec.weights, spec.offset, spec.subset, spec.na_action),
        engine=engine.name,
        dtype=str(engine.dtype),
    )


def _weigh_classes(model: Model, class_weight: Any) -> Model:
    """Return the model with class weights on its training rows."""
    batch, classes = model.batch, model.design.response.classes
    codes = model.perceptron.family.codes(batch.Y)
    class_weights = read_class_weight(class_weight, classes, codes, batch.w)
    if class_weights is None:
        return model
    class_weights.flags.writeable = False
    weighted = apply_class_weights(batch, class_weights)
    if weighted.w is not None and not weighted.w.any():
        raise ValueError("class_weight leaves no row with a weight above 0")
    return replace(model, class_weights=class_weights).with_rows(model.rows, model.model_frame)
