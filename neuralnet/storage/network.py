"""All that a network consists of as one document and arrays, and back.

One record serves files, pickles and processes alike. What comes back is checked to go together
before anything is made of it; nothing is done with a network here.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ..design import Cases, Selection
from ..errors import FileWarning, warn
from ..model import Labels, Model, Settings
from ..optimizers import Stop
from ..perceptron import Coordinates, Perceptron
from ..selection import Tuning
from ..training import End, History, State
from .archive import FORMAT
from .consistency import check_model, check_state, check_tuning
from .design import Vet, read_design, write_design
from .frames import make_frame, make_index, take_apart, take_index_apart
from .values import Reader, Writer

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
    tuning : Tuning or None
        What was chosen for it.
    """

    model: Model
    state: State
    history: History
    stop: Stop | None
    ends: tuple[End, ...]
    tuning: Tuning | None


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
            "neuralnet": sys.modules["neuralnet"].__version__,
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
    "given": Settings,
    "used": Settings,
    "mixture": float,
    "penalty_factor": Floats | None,
    "coordinates": Coordinates,
    "balance": Floats | None,
    "selection": Selection,
    "engine": str,
    "dtype": str,
}
_REST: dict[str, Any] = {
    "state": State,
    "stop": Stop | None,
    "ends": tuple[End, ...],
    "tuning": Tuning | None,
}


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
            "last digits differ: pip install 'formula-neuralnet[fast]' to train on as before",
            FileWarning,
        )
    model = Model(design, **parts, trained_on=reader.read(document["fingerprint"], str))
    state: State = rest["state"]
    check_model(model, state.theta.size)
    check_state(model, state)
    check_tuning(model, rest["tuning"])
    columns = reader.read(document["history"], dict[Any, Any])
    history = History.of_columns(state.iteration, columns)
    if document["rows"] is not None:
        model = _take_rows(model, _read_cases(document["rows"], reader))
        if state.split is not None and len(state.split[1]) != len(model.rows.X):
            raise ValueError("rows held out of another table")
    return Contents(model, state, history, rest["stop"], rest["ends"], rest["tuning"])


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
