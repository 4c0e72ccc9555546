"""Checks that the decoded parts of a network are consistent, and contain only valid values.

They are made when a file is loaded: a later error would not name the file.
"""

from __future__ import annotations

from dataclasses import fields
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from ..design import NA_ACTIONS, add_offsets
from ..errors import MOST_LAYERS
from ..model import CHOSEN, EVIDENCE, Labels, Model, check_penalty_factor
from ..perceptron import Perceptron, Scaled, find_initializer
from ..selection import Tuning
from ..training import RestartResult, State, restore_generator
from .records import is_record

_ENGINES = (("numpy", "float64"), ("numpy", "float32"), ("compiled", "float64"))
_ARRAYS = {"weights", "offset", "subset"}


def check_sizes(perceptron: Perceptron, P: int) -> None:
    """Raise where a perceptron has impossible layers, or another number of weights than P."""
    sizes, layers = perceptron.sizes, len(perceptron.activations)
    if layers > MOST_LAYERS:
        raise ValueError(f"more than {MOST_LAYERS:,} layers")
    if len(sizes) != layers + 2 or min(sizes) < 1:
        raise ValueError("layers of another size")
    if any(not 0 <= column < sizes[0] for column in perceptron.skip):
        raise ValueError("columns that skip and are not there")
    if perceptron.n_parameters != P:
        raise ValueError("another number of weights")


def check_model(model: Model) -> None:
    """Raise where the parts of a model are inconsistent."""
    widths = len(model.design.x_names), len(model.labels.outputs)
    if (model.perceptron.sizes[0], model.perceptron.sizes[-1]) != widths:
        raise ValueError("layers of another size")
    _check_labels(model)
    classes = model.labels.classes
    _check_row_options(model)
    _check_offsets(model)
    if (model.engine, model.dtype) not in _ENGINES:
        raise ValueError("an unknown engine")
    balance = model.class_weights
    if balance is not None and (balance.shape != (len(classes),) or not _is_weight(balance)):
        raise ValueError("weights of other classes")
    _check_settings(model)
    _check_spreads(model)
    if isinstance(model.scaling, Scaled):
        _check_scaling(model.scaling, model)


def _check_row_options(model: Model) -> None:
    """Raise where rows are selected, or predictors imputed, in an unknown way."""
    selection, design = model.row_options, model.design
    if not set(selection.arrays) <= _ARRAYS or selection.na_action not in NA_ACTIONS:
        raise ValueError("rows selected by unknown options")
    filled = {name for name, each in design.variables.items() if each.fill is not None}
    if filled != (design.fillable if selection.na_action == "impute" else set()):
        raise ValueError("other columns imputed than the options say")


def _check_settings(model: Model) -> None:
    """Raise where penalty or start are impossible, or differ from what the user gave."""
    given, used = model.given, model.used
    find_initializer(used.init)
    decay = used.decay
    if type(decay) is not float and (type(decay) is not tuple or {*map(type, decay)} != {float}):
        raise ValueError("an invalid decay")
    if np.shape(decay) not in ((), (len(model.perceptron.shapes),)) or not _is_weight(decay):
        raise ValueError("a penalty of other weights")
    if used.penalize_bias is None or used.scale is not isinstance(model.scaling, Scaled):
        raise ValueError("settings that do not say what is used")
    if not 0 <= model.mixture <= 1:
        raise ValueError("an invalid mixture")
    if given.decay not in (None, CHOSEN, EVIDENCE) and given.decay != decay:
        raise ValueError("another decay than was given")
    if given.decay == EVIDENCE and type(decay) is not float:
        raise ValueError("several decays by evidence, which gives one")
    if given.init is not None:
        find_initializer(given.init)
    for name in ("init", "scale", "penalize_bias"):
        wanted, value = getattr(given, name), getattr(used, name)
        if wanted is not None and wanted is not value and wanted != value:
            raise ValueError(f"another {name} than was given")
    if model.penalty_factor is not None:
        check_penalty_factor(model.penalty_factor, model.design.terms)
    # The property raises where decay times penalty_factor overflows.
    _ = model.penalty


def check_tuning(model: Model, tuning: Tuning | None) -> None:
    """Raise for impossible trials of decays, or where another decay is used than was chosen."""
    trials = () if tuning is None else tuning.trials
    if not trials:
        return
    decays = np.array([trial.decay for trial in trials], dtype=np.float64)
    seconds = [trial.seconds for trial in trials]
    if not _is_weight(decays) or (np.diff(decays) <= 0).any() or not _is_weight(seconds):
        raise ValueError("invalid trials of decays")
    if any(np.isnan(trial.deviance) or trial.std_error < 0 for trial in trials):
        raise ValueError("invalid deviances")
    chosen = [trial.decay for trial in trials if trial.chosen]
    if chosen != [model.used.decay] or model.given.decay not in (None, CHOSEN):
        raise ValueError("another decay than was chosen")


def _check_offsets(model: Model) -> None:
    """Raise where offsets have an impossible number of columns, or are given in two ways."""
    offsets, K = model.design.offsets, model.perceptron.sizes[-1]
    total = add_offsets([np.zeros((1, len(o.factors))) for o in offsets], [o.name for o in offsets])
    if total is not None:
        model.perceptron.family.spread_offset(total, K)
    named = len(offsets) > len(model.design.formula.offsets)
    if named and "offset" in model.row_options.arrays:
        raise ValueError("an offset both of columns and of numbers")


def _check_labels(model: Model) -> None:
    """Raise where labels of outputs or classes differ from those of the design and the family."""
    response, family = model.design.response, model.perceptron.family
    classes, dtype = response.classes, response.dtype
    if len(set(classes)) < len(classes):
        raise ValueError("a class that is there twice")
    outputs = family.output_names(response.names, classes)
    labels = Labels(response.name, tuple(outputs), classes, dtype, response.ordered)
    # 1, 1.0 and True are equal, and look different.
    if labels != model.labels or repr(labels) != repr(model.labels):
        raise ValueError("other classes or outputs than the response and the family have")
    spelled = labels.classify(np.arange(len(classes)), pd.RangeIndex(len(classes))).tolist()
    booleans = [[isinstance(each, bool | np.bool_) for each in some] for some in (classes, spelled)]
    if spelled != list(classes) or booleans[0] != booleans[1]:
        raise ValueError("classes that their dtype changes")


def _is_weight(values: Any) -> bool:
    """Return True where all values are finite and at least 0."""
    return bool((np.isfinite(values) & (np.asarray(values) >= 0)).all())


def _check_spreads(model: Model) -> None:
    """Raise where the loss counts responses in other units than the scaling has, or impossible."""
    spreads, scaling = model.perceptron.spreads, model.scaling
    units = scaling.y_spreads if isinstance(scaling, Scaled) else None
    if spreads is None or units is None:
        if spreads is not units:
            raise ValueError("a loss in other units than the scaling")
        return
    if not np.array_equal(spreads, units) or spreads.shape != (len(model.labels.outputs),):
        raise ValueError("a loss in other units than the scaling")
    if not ((spreads > 1e-153) & (spreads < 1e153)).all():
        raise ValueError("scaling without a spread")


def _check_scaling(scaling: Scaled, model: Model) -> None:
    """Raise where scaling do not fit the layers of the network."""
    shapes, skip = model.perceptron.shapes, model.perceptron.skip
    intercept, ends = model.design.terms.intercept, np.cumsum([0, *map(prod, shapes)]).tolist()
    wanted = [(0, shapes[0], intercept), *([(ends[-2], shapes[-1], 0)] if skip else [])]
    found = [(each.start, each.shape, each.bias) for each in scaling.layers]
    bias = intercept if len(shapes) == 1 else 0
    if scaling.shapes != shapes or found != wanted or scaling.y_bias != bias:
        raise ValueError("scaling of another network")
    center, spread = scaling.y_center, scaling.y_spread
    family = model.perceptron.family
    moved = center.any() or spread != 1.0
    if moved and is_record(family) and family.scalable_response(np.zeros((1, len(center)))) is None:
        raise ValueError("a center for a response that has none")
    if center.shape != shapes[-1][1:] or not np.isfinite(center).all():
        raise ValueError("scaling of other outputs")
    if not (spread > 0 and 0 < spread**2 < np.inf):
        raise ValueError("scaling without a spread")
    for layer in scaling.layers:
        inputs = (layer.shape[0],)
        if layer.center.shape != inputs or not np.isfinite(layer.center).all():
            raise ValueError("scaling without a center")
        spreads = layer.spread
        if spreads.shape != inputs or not (np.isfinite(spreads) & (spreads > 0)).all():
            raise ValueError("scaling without a spread")
    with np.errstate(all="ignore"):
        there = scaling.from_raw(scaling.to_raw(np.zeros(ends[-1])))
    if not np.isfinite(there).all():
        raise ValueError("scaling beyond what floats hold")


def check_state(model: Model, state: State) -> None:
    """Raise where training could not continue from a state."""
    P = model.perceptron.n_parameters
    if state.theta.shape != (P,) or state.iteration < 0:
        raise ValueError("a state of another network")
    restore_generator(state.generator_state)
    mask = np.ones(P, dtype=bool) if state.mask is None else state.mask
    if mask.shape != (P,) or not mask.any() or (state.mask is not None and mask.all()):
        raise ValueError("a mask of other weights")
    if is_record(state.optimizer):
        assert state.optimizer is not None
        fresh = state.optimizer.init(np.zeros(np.count_nonzero(mask)))
        _check_optimizer_state(state.optimizer_state, fresh)
    if is_record(state.schedule):
        assert state.schedule is not None
        if type(state.schedule.init()) is not type(state.schedule_state):
            raise TypeError("a schedule with the state of another")
    for theta in (state.stopping.best_theta, state.stopping.theta_to_resume):
        if theta is not None and theta.shape != (P,):
            raise ValueError("a state of another network")
    if state.split is not None and state.split[1].ndim != 1:
        raise ValueError("an invalid holdout mask")
    if state.smearing is not None:
        state.smearing.check(len(model.labels.outputs))


def check_ends(model: Model, ends: tuple[RestartResult, ...]) -> None:
    """Raise where starts ended with weights of another network."""
    P = model.perceptron.n_parameters
    if any(each.theta is not None and each.theta.shape != (P,) for each in ends):
        raise ValueError("starts of another network")


def _check_optimizer_state(state: Any, fresh: Any) -> None:
    """Raise where the arrays of a state differ from those of a fresh one, but for their rows."""
    if type(state) is not type(fresh):
        raise TypeError("an optimizer with the state of another")
    counts = set()
    for field in fields(fresh):
        shape, wanted = (np.shape(getattr(each, field.name)) for each in (state, fresh))
        if shape[-1:] != wanted[-1:] or len(shape) != len(wanted):
            raise ValueError("an optimizer with the state of another network")
        counts |= {shape[0]} if len(shape) > 1 else set()
    if len(counts) > 1:
        raise ValueError("an optimizer with a history of unequal length")
