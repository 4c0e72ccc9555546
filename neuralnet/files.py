"""A whole network as one document and arrays: for files, pickles and processes alike.

Says what is saved, what is checked when it comes back, and what is told where something could
not come along. Nothing is done with a network here.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from .archive import FORMAT, pack, read_file, refuse, unpack, write_file
from .blueprints import list_env, read_design, write_design
from .cases import Cases, Selection, read_cases, select
from .coordinates import Coordinates, Standardized
from .expressions import Expression
from .history import History
from .initialization import Forgotten, Uniform, find_draw
from .messages import listing, warn
from .model import Model
from .penalties import Penalty
from .perceptron import Perceptron
from .predictions import Labels
from .protocols import Stop
from .records import RECORDS, Reader, Writer
from .reports import End
from .tables import make_frame, make_index, take_apart, take_index_apart
from .training import Plan, State, restore_generator
from .vetting import UntrustedError, vet_condition, vet_expression

__all__ = ["Contents", "check_plan", "load", "revive", "save", "take_down"]

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


def save(contents: Contents, path: Any, *, rows: bool, tell: bool = True) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    contents : Contents
    path : path
    rows : bool
        Whether the training rows go along.
    tell : bool
        Whether to warn of what the file does not hold.

    Raises
    ------
    OSError
        Where it cannot be written.
    TypeError
        Where something in it cannot be in a file.
    ValueError
        Where the rows are asked for and are not there.
    """
    kept, left_out = _leave_out(contents)
    writer = Writer()
    document = _write(kept, writer, rows)
    write_file(path, pack(document, writer.arrays))
    if tell:
        for words in left_out:
            warn(words)


def load(
    path: Any,
    data: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    trusted: bool = False,
) -> Contents:
    """Read a file; see `NeuralNetwork.load`."""
    content, name = read_file(path)
    document, arrays = unpack(content, name)
    env = {} if env is None else env
    try:
        wanted = list_env(document["design"])
    except Exception as fault:
        refuse(name, f"{type(fault).__name__}: {fault}")
    if missing := [each for each in wanted if each not in env]:
        raise ValueError(
            f"the formula in {name} uses {listing(missing)} of your own, which no file holds: "
            f"pass env={{{missing[0]!r}: ...}}"
        )
    try:
        contents = _read(document, Reader(arrays), env, None if trusted else vet_expression)
    except (UntrustedError, MemoryError):
        raise
    except Exception as fault:
        refuse(name, f"{type(fault).__name__}: {fault}")
    given = {"weights": weights, "offset": offset, "subset": subset}
    if data is not None:
        return _give_rows(contents, data, given, env, trusted)
    _compare(contents.model, contents.model.trained_on)
    if useless := [each for each, value in given.items() if value is not None]:
        raise ValueError(f"{useless[0]}= belongs to rows: pass data= too")
    return contents


def take_down(contents: Contents) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[Any]]:
    """The document, the arrays and the objects of the user's own, training rows included."""
    own: list[Any] = []
    writer = Writer(own)
    document = _write(contents, writer, contents.model.training is not None)
    return document, writer.arrays, own


def revive(
    document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], own: Sequence[Any]
) -> Contents:
    """What `take_down` took down.

    Raises
    ------
    ValueError
        Where a newer version of neuralnet did that.
    """
    if document["format"] > FORMAT:
        raise ValueError(
            f"this pickle has format {document['format']}, of {document['versions']}; this version "
            f"of neuralnet reads formats up to {FORMAT}: install a newer one"
        )
    return _read(document, Reader(arrays, own), {}, None)


def check_plan(plan: Plan) -> None:
    """Meet before training what `save` would say of it afterwards.

    Raises
    ------
    TypeError
        Where the optimizer cannot be in a file.
    """
    Writer().write(plan.optimizer, "the optimizer")
    if plan.schedule is not None and not _is_ours(plan.schedule):
        warn(_NO_SCHEDULE)


_NO_SCHEDULE = (
    "the learning rate follows a function of your own, which the file does not hold: training that "
    "goes on from it counts the iterations of its schedule anew"
)


def _leave_out(contents: Contents) -> tuple[Contents, list[str]]:
    """What a file can hold of a network, and words for the rest."""
    model, state, told = contents.model, contents.state, []
    if isinstance(model.init, Real):
        model = replace(model, init=float(model.init))
    elif type(model.init) not in (str, Uniform, Forgotten):
        model = replace(model, init=Forgotten())
        told.append(
            "init is a function of your own, which the file does not hold: the network from it "
            "cannot train with restarts="
        )
    if state.schedule is not None and not _is_ours(state.schedule):
        state = replace(state, schedule=None, schedule_state=None)
        told.append(_NO_SCHEDULE)
    for factor, info in model.design.terms.info.factor_infos.items():
        if isinstance(factor, Expression):
            parts = {name: vars(each) for name, each in info.state["transforms"].items()}
            try:
                vet_expression(factor, parts)
            except UntrustedError as fault:
                told.append(f"load() will want trusted=True for this file: {fault}")
    return replace(contents, model=model, state=state), told


def _is_ours(record: Any) -> bool:
    return RECORDS.get(type(record).__name__) is type(record)


def _write(contents: Contents, writer: Writer, rows: bool) -> dict[str, Any]:
    model, state = contents.model, contents.state
    design = model.design
    history = contents.history.columns(state.iteration)
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
        "fingerprint": "" if rows and writer.own is not None else model.fingerprint,
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
}
_REST: dict[str, Any] = {"state": State, "stop": Stop | None, "ends": tuple[End, ...]}


def _write_cases(cases: Cases, writer: Writer) -> dict[str, Any]:
    """The training rows; where objects of any kind may go along, the frame as it is."""
    whole = writer.own is not None
    labels = None
    if not cases.labels.equals(cases.frame.index):
        labels = writer.keep(cases.labels, "") if whole else take_index_apart(cases.labels)
    frame = writer.keep(cases.frame, "") if whole else take_apart(cases.frame)
    return {
        "frame": frame if whole else writer.write(frame, "the data"),
        "labels": labels if whole or labels is None else writer.write(labels, "the index"),
        "positions": writer.write(cases.positions, "positions"),
        "wanted": cases.wanted,
        "w": writer.write(cases.w, "weights"),
        "offset": writer.write(cases.offset, "offset"),
    }


def _read(
    document: Mapping[str, Any], reader: Reader, env: Mapping[str, Any], vet: Any
) -> Contents:
    design = read_design(document["design"], reader, env, vet)
    parts = {name: reader.read(document[name], wanted) for name, wanted in _MODEL.items()}
    rest = {name: reader.read(document[name], wanted) for name, wanted in _REST.items()}
    model = Model(design, **parts, trained_on=reader.read(document["fingerprint"], str))
    state: State = rest["state"]
    _check_model(model, state.theta.size)
    _check_state(model, state)
    columns = reader.read(document["history"], dict[Any, Any])
    history = History.of_columns(state.iteration, columns)
    if document["rows"] is not None:
        model = _take_rows(model, _read_cases(document["rows"], reader))
    return Contents(model, state, history, rest["stop"], rest["ends"])


def _read_cases(parts: Mapping[str, Any], reader: Reader) -> Cases:
    frame = reader.read(parts["frame"])
    frame = frame if isinstance(frame, pd.DataFrame) else make_frame(frame)
    labels = frame.index if parts["labels"] is None else reader.read(parts["labels"])
    labels = labels if isinstance(labels, pd.Index) else make_index(labels)
    positions = reader.read(parts["positions"], NDArray[np.intp])
    w, offset = (reader.read(parts[name], Floats | None) for name in ("w", "offset"))
    n = len(frame)
    beside = [positions, *(each for each in (w, offset) if each is not None)]
    if any(len(each) != n for each in beside) or positions.ndim != 1:
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
    return model.take(model.design.read_kept(cases), cases)


def _give_rows(
    contents: Contents, data: Any, given: Mapping[str, Any], env: Mapping[str, Any], trusted: bool
) -> Contents:
    """The network with rows to train on, as its own design reads them."""
    model, selection = contents.model, contents.model.selection
    if missing := [name for name in selection.arrays if given[name] is None]:
        raise ValueError(
            f"{missing[0]} was given row by row when this network was made, which its file does "
            f"not hold: pass {missing[0]}= beside data="
        )
    offset = given["offset"]
    if offset is not None and "offset" not in selection.arrays:
        raise ValueError("this network has no offset= of numbers: its formula says what it adds")
    weights = selection.weights if given["weights"] is None else given["weights"]
    subset, vet = given["subset"], None
    if subset is None:
        subset, vet = selection.subset, None if trusted else partial(vet_condition, env=env)
    cases = read_cases(data, weights, offset, subset, env, vet)
    if cases.offset_names:
        raise TypeError("offset= must be numbers here, as when this network was made")
    rows, cases = model.design.read_training(cases, selection.na_action)
    model = replace(model, selection=select(weights, offset, subset, selection.na_action))
    model = model.take(rows, cases)
    _compare(model, contents.model.trained_on)
    state = contents.state
    if state.split is not None and len(state.split[1]) != len(rows.X):
        state = replace(state, split=None)
    return replace(contents, model=model, state=state)


def _compare(model: Model, fingerprint: str) -> None:
    if model.fingerprint != fingerprint:
        warn(
            "these are not the rows that the network was trained on, or not their weights or "
            "offset, or another machine makes other numbers of them: training goes on, but not "
            "to the same bits"
        )


def _check_model(model: Model, P: int) -> None:
    """Raise where the parts of a model, for so many weights, do not go together."""
    sizes, layers = model.perceptron.sizes, len(model.perceptron.activations)
    widths = len(model.design.x_names), len(model.labels.outputs)
    if len(sizes) != layers + 2 or min(sizes) < 1 or (sizes[0], sizes[-1]) != widths:
        raise ValueError("layers of another size")
    if model.perceptron.n_parameters != P:
        raise ValueError("another number of weights")
    if any(not 0 <= column < sizes[0] for column in model.perceptron.skip):
        raise ValueError("columns that skip and are not there")
    classes = model.labels.classes
    if classes != model.design.response.classes or len(set(classes)) < len(classes):
        raise ValueError("other classes than the response has")
    outputs = model.perceptron.family.output_names(model.design.response.names, classes)
    if list(outputs) != list(model.labels.outputs):
        raise ValueError("other outputs than the family has")
    find_draw(model.init)
    if model.balance is not None and model.balance.shape != (len(classes),):
        raise ValueError("weights of other classes")
    if np.shape(model.penalty.decay) not in ((), (P,)):
        raise ValueError("a penalty of other weights")
    if isinstance(model.coordinates, Standardized):
        _check_coordinates(model.coordinates, model.perceptron.shapes)


def _check_coordinates(coordinates: Standardized, shapes: tuple[tuple[int, int], ...]) -> None:
    rows, K = shapes[-1]
    bias = coordinates.y_bias
    if coordinates.shapes != shapes or coordinates.y_center.shape != (K,):
        raise ValueError("coordinates of another network")
    if bias is not None and not 0 <= bias < rows:
        raise ValueError("coordinates without their bias")
    ends = np.cumsum([0, *(rows * columns for rows, columns in shapes)]).tolist()
    for reading in coordinates.readings:
        layer = ends.index(reading.start)
        inputs = (shapes[layer][0],)
        if reading.shape != shapes[layer] or reading.center.shape != inputs:
            raise ValueError("coordinates of another network")
        if reading.spread.shape != inputs or not (reading.spread > 0).all():
            raise ValueError("coordinates without a spread")
        if reading.bias is not None and not 0 <= reading.bias < inputs[0]:
            raise ValueError("coordinates without their bias")


def _check_state(model: Model, state: State) -> None:
    """Raise where training could not go on from a state."""
    P = model.perceptron.n_parameters
    if state.theta.shape != (P,) or state.iteration < 0:
        raise ValueError("a state of another network")
    restore_generator(state.generator_state)
    if _is_ours(state.optimizer):
        assert state.optimizer is not None
        _check_memory(state.optimizer_state, state.optimizer.init(np.zeros(P)))
    if _is_ours(state.schedule):
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
    for field in fields(fresh):
        shape, wanted = (np.shape(getattr(each, field.name)) for each in (memory, fresh))
        if shape[-1:] != wanted[-1:] or len(shape) != len(wanted):
            raise ValueError("an optimizer with the state of another network")
