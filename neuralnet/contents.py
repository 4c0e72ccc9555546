"""All that a network consists of as one document and arrays, and back.

One record serves files, pickles and processes alike. What comes back is checked to go together
before anything is made of it; nothing is done with a network here.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from .archive import FORMAT
from .arguments import MOST_LAYERS
from .blueprints import Vet, read_design, write_design
from .cases import Cases, Selection
from .coordinates import Coordinates, Standardized
from .history import History
from .initialization import find_draw
from .messages import warn
from .model import Model
from .offsets import add_offsets
from .penalties import Penalty
from .perceptron import Perceptron
from .predictions import Labels
from .protocols import Stop
from .records import Reader, Writer, is_record
from .reports import End
from .states import State, restore_generator
from .tables import make_frame, make_index, take_apart, take_index_apart

__all__ = ["Contents", "read_contents", "write_contents"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contents:
    """All that a network consists of.

    Attributes
    ----------
    model : Model
    state : State
    history : History
    stop : Stop or None
        Why the last training ended.
    ends : tuple of End
        How its starts ended.
    """

    model: Model
    state: State
    history: History
    stop: Stop | None
    ends: tuple[End, ...]


def write_contents(
    contents: Contents, writer: Writer, rows: bool, fingerprint: bool = True
) -> dict[str, Any]:
    """The document of a network, with its training rows or without, and with digests of them.

    Raises
    ------
    TypeError
        Where something in it has no place in a document.
    """
    model, state = contents.model, contents.state
    if not fingerprint:
        state = replace(state, watch=replace(state.watch, holdout=""))
        contents = replace(contents, state=state)
    design = model.design
    history = contents.history.columns(state.iteration)
    carried = rows and writer.own is not None
    return {
        "format": FORMAT,
        "versions": {
            "neuralnet": sys.modules[__package__].__version__,
            "python": platform.python_version(),
            **{each.__name__: each.__version__ for each in (np, pd, patsy)},
        },
        "formula": design.formula.text,
        "expanded": design.formula.expanded,
        "design": write_design(design, writer),
        **{name: writer.write(getattr(model, name), name) for name in _MODEL},
        **{name: writer.write(getattr(contents, name), name) for name in _REST},
        "history": writer.write(history, "history"),
        # Rows that go along as they are need no proof.
        "fingerprint": model.fingerprint if fingerprint and not carried else "",
        "rows": _write_cases(model.cases, writer) if rows else None,
    }


# Fields of the model that are records or plain values, and their types; the same of the rest.
_MODEL: dict[str, Any] = {
    "perceptron": Perceptron,
    "labels": Labels,
    "penalty": Penalty,
    "coordinates": Coordinates,
    "balance": Floats | None,
    "init": Any,
    "selection": Selection,
    "engine": str,
    "dtype": str,
}
_ENGINES = (("numpy", "float64"), ("numpy", "float32"), ("compiled", "float64"))
_ARRAYS = {"weights", "offset", "subset"}
_REST: dict[str, Any] = {"state": State, "stop": Stop | None, "ends": tuple[End, ...]}


def _write_cases(cases: Cases, writer: Writer) -> dict[str, Any]:
    """The training rows; where objects of any kind may go along, the frame as it is."""
    whole, labels = writer.own is not None, None
    whole_table = np.array_equal(cases.positions, np.arange(len(cases.labels)))
    if not cases.labels.equals(cases.frame.index):
        labels = writer.keep(cases.labels, "") if whole else take_index_apart(cases.labels)
    frame = writer.keep(cases.frame, "") if whole else take_apart(cases.frame)
    return {
        "frame": frame if whole else writer.write(frame, "the data"),
        "labels": labels if whole or labels is None else writer.write(labels, "the index"),
        # Where no row was left out, there is nothing to say.
        "positions": None if whole_table else writer.write(cases.positions, "positions"),
        "wanted": cases.wanted,
        "w": writer.write(cases.w, "weights"),
        "offset": writer.write(cases.offset, "offset"),
    }


def read_contents(
    document: Mapping[str, Any], reader: Reader, env: Mapping[str, Any], vet: Vet | None
) -> Contents:
    """What a document says; raises where anything in it is strange.

    ``env`` holds what a document only names; ``vet`` raises where code is not to be trusted.
    """
    design = read_design(document["design"], reader, env, vet)
    told = document["formula"], document["expanded"]
    if told != (design.formula.text, design.formula.expanded):
        raise ValueError("a formula that says other than its design")
    parts = {name: reader.read(document[name], wanted) for name, wanted in _MODEL.items()}
    rest = {name: reader.read(document[name], wanted) for name, wanted in _REST.items()}
    if parts["engine"] == "compiled" and find_spec("numba") is None:
        parts["engine"] = "numpy"
        warn(
            "this network has engine='compiled', which needs numba, and goes on with NumPy, whose "
            "last digits differ: pip install 'formula-neuralnet[fast]' to train on as before"
        )
    model = Model(design, **parts, trained_on=reader.read(document["fingerprint"], str))
    state: State = rest["state"]
    _check_model(model, state.theta.size)
    _check_state(model, state)
    columns = reader.read(document["history"], dict[Any, Any])
    history = History.of_columns(state.iteration, columns)
    if document["rows"] is not None:
        model = _take_rows(model, _read_cases(document["rows"], reader))
        if state.split is not None and len(state.split[1]) != len(model.rows.X):
            raise ValueError("rows held out of another table")
    return Contents(model, state, history, rest["stop"], rest["ends"])


def _read_cases(parts: Mapping[str, Any], reader: Reader) -> Cases:
    frame = reader.read(parts["frame"])
    frame = frame if isinstance(frame, pd.DataFrame) else make_frame(frame)
    labels = frame.index if parts["labels"] is None else reader.read(parts["labels"])
    labels = labels if isinstance(labels, pd.Index) else make_index(labels)
    positions = reader.read(parts["positions"], NDArray[np.intp] | None)
    if positions is None and len(labels) == len(frame):
        positions = np.arange(len(frame))
    w, offset = (reader.read(parts[name], Floats | None) for name in ("w", "offset"))
    n = len(frame)
    beside = [each for each in (positions, w, offset) if each is not None]
    if positions is None or any(len(each) != n for each in beside) or positions.ndim != 1:
        raise ValueError("rows of different number")
    if n and not 0 <= positions.min() <= positions.max() < len(labels):
        raise ValueError("rows beyond the table")
    if w is not None and (w.ndim != 1 or not (np.isfinite(w) & (w >= 0)).all()):
        raise ValueError("weights that are none")
    if offset is not None and (offset.ndim != 2 or not np.isfinite(offset).all()):
        raise ValueError("an offset that is none")
    return Cases(frame, positions, labels, reader.read(parts["wanted"], int), w, offset)


def _take_rows(model: Model, cases: Cases) -> Model:
    if not len(cases.frame):
        raise ValueError("no rows")
    arrays = model.selection.arrays
    weighed = model.selection.weights is not None or "weights" in arrays
    if weighed != (cases.w is not None) or ("offset" in arrays) != (cases.offset is not None):
        raise ValueError("weights or an offset that were not given, or are missing")
    rows = model.design.read_kept(cases)
    if not rows.complete.all():
        raise ValueError("rows that miss something")
    taken = model.take(rows, cases)
    w = taken.weigh(taken.batch).w
    if w is not None and not w.any():
        raise ValueError("no row with a weight above 0")
    return taken


def _check_model(model: Model, P: int) -> None:
    """Raise where the parts of a model, for so many weights, do not go together."""
    sizes, layers = model.perceptron.sizes, len(model.perceptron.activations)
    widths = len(model.design.x_names), len(model.labels.outputs)
    if layers > MOST_LAYERS:
        raise ValueError(f"more than {MOST_LAYERS:,} layers")
    if len(sizes) != layers + 2 or min(sizes) < 1 or (sizes[0], sizes[-1]) != widths:
        raise ValueError("layers of another size")
    if model.perceptron.n_parameters != P:
        raise ValueError("another number of weights")
    if any(not 0 <= column < sizes[0] for column in model.perceptron.skip):
        raise ValueError("columns that skip and are not there")
    _check_labels(model)
    classes = model.labels.classes
    selection = model.selection
    if not set(selection.arrays) <= _ARRAYS or selection.na_action not in ("drop", "raise"):
        raise ValueError("rows chosen by what there is not")
    _check_offsets(model)
    find_draw(model.init)
    if (model.engine, model.dtype) not in _ENGINES:
        raise ValueError("an engine that there is not")
    balance = model.balance
    if balance is not None and (balance.shape != (len(classes),) or not _is_weight(balance)):
        raise ValueError("weights of other classes")
    if np.shape(model.penalty.decay) not in ((), (P,)) or not _is_weight(model.penalty.decay):
        raise ValueError("a penalty of other weights")
    if not 0 <= model.penalty.mixture <= 1:
        raise ValueError("a share that is none")
    if isinstance(model.coordinates, Standardized):
        _check_coordinates(model.coordinates, model)


def _check_offsets(model: Model) -> None:
    """Raise where offsets are as many as no network adds, or are given in two ways."""
    offsets, K = model.design.offsets, model.perceptron.sizes[-1]
    total = add_offsets([np.zeros((1, len(o.factors))) for o in offsets], [o.name for o in offsets])
    if total is not None:
        model.perceptron.family.spread_offset(total, K)
    named = len(offsets) > len(model.design.formula.offsets)
    if named and "offset" in model.selection.arrays:
        raise ValueError("an offset both of columns and of numbers")


def _check_labels(model: Model) -> None:
    """Raise where outputs or classes are called other than the design and the family call them."""
    response, family = model.design.response, model.perceptron.family
    classes, dtype = response.classes, response.dtype
    if len(set(classes)) < len(classes):
        raise ValueError("a class that stands twice")
    outputs = family.output_names(response.names, classes)
    labels = Labels(response.name, tuple(outputs), classes, dtype, response.ordered)
    # 1, 1.0 and True are equal, and look different.
    if labels != model.labels or repr(labels) != repr(model.labels):
        raise ValueError("other classes or outputs than the response and the family have")
    spelled = labels.classify(np.arange(len(classes)), pd.RangeIndex(len(classes))).tolist()
    truth = [isinstance(each, bool | np.bool_) for each in classes]
    if spelled != list(classes) or truth != [isinstance(e, bool | np.bool_) for e in spelled]:
        raise ValueError("classes that their type spells otherwise")


def _is_weight(values: Any) -> bool:
    """Whether all of it is finite and at least 0."""
    return bool((np.isfinite(values) & (np.asarray(values) >= 0)).all())


def _check_coordinates(coordinates: Standardized, model: Model) -> None:
    """Raise where they are not such as are learned for this network."""
    shapes, skip = model.perceptron.shapes, model.perceptron.skip
    intercept, ends = model.design.terms.intercept, np.cumsum([0, *map(prod, shapes)]).tolist()
    wanted = [(0, shapes[0], intercept), *([(ends[-2], shapes[-1], 0)] if skip else [])]
    found = [(each.start, each.shape, each.bias) for each in coordinates.readings]
    bias = intercept if len(shapes) == 1 else 0
    if coordinates.shapes != shapes or found != wanted or coordinates.y_bias != bias:
        raise ValueError("coordinates of another network")
    center, spread = coordinates.y_center, coordinates.y_spread
    family = model.perceptron.family
    moved = center.any() or spread != 1.0
    if moved and is_record(family) and family.targets(np.zeros((1, len(center)))) is None:
        raise ValueError("a response with a center that it has not")
    if center.shape != shapes[-1][1:] or not np.isfinite(center).all():
        raise ValueError("coordinates of other outputs")
    if not (spread > 0 and 0 < spread**2 < np.inf):
        raise ValueError("coordinates without a spread")
    for reading in coordinates.readings:
        inputs = (reading.shape[0],)
        if reading.center.shape != inputs or not np.isfinite(reading.center).all():
            raise ValueError("coordinates without a center")
        spreads = reading.spread
        if spreads.shape != inputs or not (np.isfinite(spreads) & (spreads > 0)).all():
            raise ValueError("coordinates without a spread")
    with np.errstate(all="ignore"):
        there = coordinates.from_raw(coordinates.to_raw(np.zeros(ends[-1])))
    if not np.isfinite(there).all():
        raise ValueError("coordinates beyond what floats hold")


def _check_state(model: Model, state: State) -> None:
    """Raise where training could not go on from a state."""
    P = model.perceptron.n_parameters
    if state.theta.shape != (P,) or state.iteration < 0:
        raise ValueError("a state of another network")
    restore_generator(state.generator_state)
    if is_record(state.optimizer):
        assert state.optimizer is not None
        _check_memory(state.optimizer_state, state.optimizer.init(np.zeros(P)))
    if is_record(state.schedule):
        assert state.schedule is not None
        first = state.schedule.init()
        if type(first) is not type(state.schedule_state):
            raise TypeError("a schedule with the state of another")
    for theta in (state.watch.best_theta, state.watch.ahead):
        if theta is not None and theta.shape != (P,):
            raise ValueError("a state of another network")
    if state.split is not None and state.split[1].ndim != 1:
        raise ValueError("rows held out that are none")


def _check_memory(memory: Any, fresh: Any) -> None:
    """Raise where an optimizer's state is not like one of its own, up to numbers of rows."""
    if type(memory) is not type(fresh):
        raise TypeError("an optimizer with the state of another")
    counts = set()
    for field in fields(fresh):
        shape, wanted = (np.shape(getattr(each, field.name)) for each in (memory, fresh))
        if shape[-1:] != wanted[-1:] or len(shape) != len(wanted):
            raise ValueError("an optimizer with the state of another network")
        counts |= {shape[0]} if len(shape) > 1 else set()
    if len(counts) > 1:
        raise ValueError("an optimizer with a memory of unequal length")
