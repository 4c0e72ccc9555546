"""A network as one document and arrays, and back.

Files, pickles and processes use the same record. Decoded parts are checked for consistency before
a network is made of them.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ..design import ModelFrame, RowOptions
from ..errors import FileWarning, warn
from ..model import Labels, Model, Settings, fit_smearing
from ..optimizers import Stop
from ..perceptron import Perceptron, Scaling
from ..selection import Tuning
from ..training import Fit, History, RestartResult, State
from .archive import FORMAT
from .consistency import check_ends, check_model, check_sizes, check_state, check_tuning
from .design import decode_design, encode_design
from .encoding import Decoder, Encoder
from .frames import decode_frame, decode_index, encode_frame, encode_index
from .transforms import SafetyCheck

Floats = NDArray[np.float64]


def encode_network(
    network: Fit, encoder: Encoder, rows: bool, fingerprint: bool = True
) -> dict[str, Any]:
    """Return the document of a network.

    Parameters
    ----------
    network : Fit
    encoder : Encoder
        Collects the arrays.
    rows : bool
        Whether the training rows are in it.
    fingerprint : bool
        Whether digests of the training rows and of the rows held out are in it.

    Raises
    ------
    TypeError
        Where a document cannot hold some part.
    """
    model, state = network.model, network.state
    if not fingerprint:
        state = replace(state, stopping=replace(state.stopping, holdout=""))
        network = replace(network, state=state)
    if model.training is not None:
        state = replace(state, smearing=None if rows else fit_smearing(model, state.theta))
        network = replace(network, state=state)
    history = network.history.columns(state.iteration)
    has_frame = rows and encoder.external_objects is not None
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
        # No fingerprint is needed when the rows themselves are stored.
        "fingerprint": model.fingerprint if fingerprint and not has_frame else "",
        "rows": _encode_rows(model.model_frame, encoder) if rows else None,
    }


# Types of the fields that are records or plain values: of the model, and of the network.
_MODEL: dict[str, Any] = {
    "perceptron": Perceptron,
    "labels": Labels,
    "given": Settings,
    "used": Settings,
    "mixture": float,
    "penalty_factor": Floats | None,
    "scaling": Scaling,
    "class_weights": Floats | None,
    "row_options": RowOptions,
    "engine": str,
    "dtype": str,
}
_REST: dict[str, Any] = {
    "state": State,
    "stop": Stop | None,
    "ends": tuple[RestartResult, ...],
    "tuning": Tuning | None,
}


def _encode_rows(model_frame: ModelFrame, encoder: Encoder) -> dict[str, Any]:
    """Return the document of the training rows; a pickle keeps the frame itself."""
    all_rows = np.array_equal(model_frame.positions, np.arange(len(model_frame.labels)))
    same_labels = model_frame.labels.equals(model_frame.frame.index)
    if encoder.external_objects is not None:
        frame = encoder.keep(model_frame.frame, "")
        labels = None if same_labels else encoder.keep(model_frame.labels, "")
    else:
        frame = encoder.encode(encode_frame(model_frame.frame), "the data")
        labels = (
            None if same_labels else encoder.encode(encode_index(model_frame.labels), "the index")
        )
    return {
        "frame": frame,
        "labels": labels,
        "positions": None if all_rows else encoder.encode(model_frame.positions, "positions"),
        "n_selected": model_frame.n_selected,
        "w": encoder.encode(model_frame.w, "weights"),
        "offset": encoder.encode(model_frame.offset, "offset"),
    }


def decode_network(
    document: Mapping[str, Any],
    decoder: Decoder,
    env: Mapping[str, Any],
    check_safety: SafetyCheck | None,
) -> Fit:
    """Return the network of a document; raise where anything in it is inconsistent.

    Parameters
    ----------
    document : mapping
    decoder : Decoder
        Holds the arrays.
    env : mapping
        User-defined functions and values, of which a file holds the names alone.
    check_safety : callable or None
        Raises where an expression is not to be trusted.
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
    design = decode_design(document["design"], decoder, env, check_safety, inputs)
    model = Model(design, **parts, trained_on=decoder.decode(document["fingerprint"], str))
    check_model(model)
    check_state(model, state)
    check_ends(model, rest["ends"])
    check_tuning(model, rest["tuning"])
    columns = decoder.decode(document["history"], dict[Any, Any])
    history = History.of_columns(state.iteration, columns)
    if document["rows"] is not None:
        model = _add_rows(model, _decode_rows(document["rows"], decoder))
        if state.split is not None and len(state.split[1]) != len(model.rows.X):
            raise ValueError("rows held out of another table")
    return Fit(model, state, history, rest["stop"], rest["ends"], rest["tuning"])


def _decode_rows(parts: Mapping[str, Any], decoder: Decoder) -> ModelFrame:
    frame = decoder.decode(parts["frame"])
    frame = frame if isinstance(frame, pd.DataFrame) else decode_frame(frame)
    labels = frame.index if parts["labels"] is None else decoder.decode(parts["labels"])
    labels = labels if isinstance(labels, pd.Index) else decode_index(labels)
    positions = decoder.decode(parts["positions"], NDArray[np.intp] | None)
    if positions is None and len(labels) == len(frame):
        positions = np.arange(len(frame))
    w, offset = (decoder.decode(parts[name], Floats | None) for name in ("w", "offset"))
    n = len(frame)
    arrays = [each for each in (positions, w, offset) if each is not None]
    if positions is None or any(len(each) != n for each in arrays) or positions.ndim != 1:
        raise ValueError("rows of different number")
    if n and not 0 <= positions.min() <= positions.max() < len(labels):
        raise ValueError("rows beyond the table")
    if w is not None and (w.ndim != 1 or not (np.isfinite(w) & (w >= 0)).all()):
        raise ValueError("invalid weights")
    if offset is not None and (offset.ndim != 2 or not np.isfinite(offset).all()):
        raise ValueError("an invalid offset")
    return ModelFrame(frame, positions, labels, decoder.decode(parts["n_selected"], int), w, offset)


def _add_rows(model: Model, model_frame: ModelFrame) -> Model:
    if not len(model_frame.frame):
        raise ValueError("no rows")
    arrays = model.row_options.arrays
    has_weights = model.row_options.weights is not None or "weights" in arrays
    if has_weights != (model_frame.w is not None) or ("offset" in arrays) != (
        model_frame.offset is not None
    ):
        raise ValueError("weights or an offset that were not given, or are missing")
    rows = model.design.read_training_rows(model_frame)
    if not rows.complete.all():
        raise ValueError("rows that miss something")
    model = model.with_rows(rows, model_frame)
    w = model.apply_class_weights(model.batch).w
    if w is not None and not w.any():
        raise ValueError("no row with a weight above 0")
    return model
