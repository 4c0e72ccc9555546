"""Rows held out for validation: drawn, given by position or label, or another table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import find_rows
from ..errors import shorten
from ..model import Model
from ..perceptron import Batch
from .state import State, restore_generator

Mask = NDArray[np.bool_]


def _hold_out(
    model: Model, validation: Any, state: State, unseen: str
) -> tuple[Mask | None, Batch | None, State]:
    """Which rows to train on, if not all; the rows to judge by; and the state that knows them."""
    if validation is None:
        return None, None, state
    if isinstance(validation, pd.DataFrame | Mapping) or hasattr(validation, "to_pandas"):
        return None, model.apply_class_weights(model.read_batch(validation, unseen)), state
    if isinstance(validation, Real) and not isinstance(validation, bool):
        held, state = _draw_share(model, float(validation), state)
    else:
        held = _find_rows(model, validation)
    w = model.apply_class_weights(model.batch).w
    for mask, part in ((held, "out"), (~held, "back to train on")):
        if not (mask.any() if w is None else w[mask].sum() > 0):
            raise ValueError(
                f"validation={shorten(validation)} holds no row {part}, of {len(held)} that are "
                "complete and have a weight"
            )
    return ~held, model.apply_class_weights(model.batch).pick(held), state


def _draw_share(model: Model, share: float, state: State) -> tuple[Mask, State]:
    """So many of the rows at random, of each class alike; the same ones when asked again."""
    if not 0.0 < share < 1.0:
        raise ValueError(
            f"validation={share:g} is no share of the rows: give a number above 0 and below 1, row "
            "positions, or a data frame"
        )
    if state.split is not None and state.split[0] == share:
        return state.split[1], state
    n = len(model.batch.X)
    generator = restore_generator(state.generator_state)
    order = generator.permutation(n)
    codes = model.perceptron.family.codes(model.batch.Y)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    # Every so many-th of them, so that classes, which lie together now, give alike.
    counts = np.floor(np.arange(n + 1) * share + 1e-9)
    held = np.zeros(n, dtype=bool)
    held[order[np.diff(counts) > 0]] = True
    held.flags.writeable = False
    drawn = replace(state, generator_state=generator.bit_generator.state, split=(share, held))
    return held, drawn


def _find_rows(model: Model, rows: Any) -> Mask:
    """Which training rows are meant, by position in the data that the network was given.

    Rows that were dropped may be named, and do not matter.
    """
    model_frame, also = model.model_frame, "a share between 0 and 1, a data frame, "
    return find_rows("validation", rows, model_frame.labels, also)[model_frame.positions]


def _digest(parts: Iterable[NDArray[Any] | None]) -> str:
    """A short name of rows, by which they are known when training goes on."""
    digest = sha256()
    for part in parts:
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]
