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
from .consistency import check_model, check_sizes, check_state, check_tuning
from .design import decode_design, encode_design
from .encoding import Decoder, Encoder
from .frames import make_frame, make_index, take_apart, take_index_apart
from .transforms import Vet

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SavedNetwork:
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


def encode_network(
    network: SavedNetwork, encoder: Encoder, rows: bool, fingerprint: bool = True
) -> dict[str, Any]:
    """The document of a network, with its training rows or without, and with digests of them.

    Raises
    ------
    TypeError
        Where something in it has no place in a document.
    """
    model, state = network.model, network.state
    if not fingerprint:
        state = replace(state, watch=replace(state.watch, holdout=""))
        network = replace(network, state=state)
    history = network.history.columns(state.iteration)
    carried = rows and encoder.external_objects is not None
    return {
        "format": FORMAT,
        "versions": {
            "neuralnet": sys.modules["neuralnet"].__version__,
            "python": platform.python_version(),
            **{each.__name__: each.__version__ for each in (np, pd, patsy)},
        },
        "design": encode_design(model.design, encoder),
        **{name: encoder.encode(getattr(model, name), name) for name in _MODEL},
        **{name: encoder.encode(getattr(network, name), name) for name in _REST},
        "history": encoder.encode(history, "history"),
        # Rows that go along as they are need no proof.
        "fingerprint": model.fingerprint if fingerprint and not carried else "",
        "rows": _encode_rows(model.cases, encoder) if rows else None,
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


def _encode_rows(cases: Cases, encoder: Encoder) -> dict[str, Any]:
    """The training rows; where objects of any kind may go along, the frame as it is."""
    whole, labels = encoder.external_objects is not None, None
    whole_table = np.array_equal(cases.positions, np.arange(len(cases.labels)))
    if not cases.labels.equals(cases.frame.index):
        labels = encoder.keep(cases.labels, "") if whole else take_index_apart(cases.labels)
    frame = encoder.keep(cases.frame, "") if whole else take_apart(cases.frame)
    return {
        "frame": frame if whole else encoder.encode(frame, "the data"),
        "labels": labels if whole or labels is None else encoder.encode(labels, "the index"),
        # Where no row was left out, there is nothing to say.
        "positions": None if whole_table else encoder.encode(cases.positions, "positions"),
        "wanted": cases.wanted,
        "w": encoder.encode(cases.w, "weights"),
        "offset": encoder.encode(cases.offset, "offset"),
    }


def decode_network(
    document: Mapping[str, Any], decoder: Decoder, env: Mapping[str, Any], vet: Vet | None
) -> SavedNetwork:
    """What a document says; raises where anything in it is strange.

    ``env`` holds what a document only names; ``vet`` raises where code is not to be trusted.
    """
    parts = {name: decoder.decode(document[name], wanted) for name, wanted in _MODEL.items()}
    rest = {name: decoder.decode(document[name], wanted) for name, wanted in _REST.items()}
    if parts["engine"] == "compiled" and find_spec("numba") is None:
        parts["engine"] = "numpy"
        warn(
            "this network has engine='compiled', which needs numba, and goes on with NumPy, whose "
            "last digits differ: pip install 'formula-neuralnet[fast]' to train on as before",
            FileWarning,
        )
    state: State = rest["state"]
    check_sizes(parts["perceptron"], state.theta.size)
    inputs = parts["perceptron"].sizes[0]
    design = decode_design(document["design"], decoder, env, vet, inputs)
    model = Model(design, **parts, trained_on=decoder.decode(document["fingerprint"], str))
    check_model(model)
    check_state(model, state)
    check_tuning(model, rest["tuning"])
    columns = decoder.decode(document["history"], dict[Any, Any])
    history = History.of_columns(state.iteration, columns)
    if document["rows"] is not None:
        model = _take_rows(model, _decode_rows(document["rows"], decoder))
        if state.split is not None and len(state.split[1]) != len(model.rows.X):
            raise ValueError("rows held out of another table")
    return SavedNetwork(model, state, history, rest["stop"], rest["ends"], rest["tuning"])


def _decode_rows(parts: Mapping[str, Any], decoder: Decoder) -> Cases:
    frame = decoder.decode(parts["frame"])
    frame = frame if isinstance(frame, pd.DataFrame) else make_frame(frame)
    labels = frame.index if parts["labels"] is None else decoder.decode(parts["labels"])
    labels = labels if isinstance(labels, pd.Index) else make_index(labels)
    positions = decoder.decode(parts["positions"], NDArray[np.intp] | None)
    if positions is None and len(labels) == len(frame):
        positions = np.arange(len(frame))
    w, offset = (decoder.decode(parts[name], Floats | None) for name in ("w", "offset"))
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
    return Cases(frame, positions, labels, decoder.decode(parts["wanted"], int), w, offset)


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
