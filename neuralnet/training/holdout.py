"""Rows held out for validation: drawn, given by position or label, or another table."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..design import find_rows, is_table
from ..errors import quote, shorten
from ..model import Model, check_unseen, read_batch
from ..perceptron import Batch
from .state import State, restore_generator

Mask = NDArray[np.bool_]


class Holdout(NamedTuple):
    """Rows to train on and rows held out.

    Attributes
    ----------
    kept_rows : (n,) mask or None
        The rows to train on, of the training rows; None: all.
    rows : Batch
        Those rows with their case weights alone.
    held_out : Batch or None
        The rows held out.
    state : State
        The state that stores the split, where it was drawn at random.
    """

    kept_rows: Mask | None
    rows: Batch
    held_out: Batch | None
    state: State

    @property
    def digest(self) -> str:
        """A short digest of the rows held out; empty for none.

        Held-out training rows are identified by position, which does not depend on floating point.
        """
        if self.held_out is None:
            return ""
        digest = sha256()
        for part in self.held_out if self.kept_rows is None else (self.kept_rows,):
            digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:16]


def hold_out(model: Model, validation: Any, state: State, unseen: str) -> Holdout:
    """Split the training rows, or read other rows, as ``validation`` specifies."""
    check_unseen(unseen)
    if validation is None:
        return Holdout(None, model.batch, None, state)
    if is_table(validation):
        other = model.apply_class_weights(read_batch(model, validation, unseen))
        return Holdout(None, model.batch, other, state)
    if isinstance(validation, Real) and not isinstance(validation, bool):
        held, state = _draw_share(model, validation, state)
    else:
        held = _find_rows(model, validation)
    weighted = model.apply_class_weights(model.batch)
    for mask, part in ((held, "out"), (~held, "back to train on")):
        if not (mask.any() if weighted.w is None else weighted.w[mask].sum() > 0):
            raise ValueError(
                f"validation={shorten(validation)} holds no row {part}, of {len(held)} that are "
                "complete and have a weight"
            )
    return Holdout(~held, model.batch.pick(~held), weighted.pick(held), state)


def _draw_share(model: Model, share: Any, state: State) -> tuple[Mask, State]:
    """Draw a stratified share of the rows at random; the same rows for the same share."""
    if not 0.0 < share < 1.0:
        raise ValueError(
            f"validation={quote(share)} is no share of the rows: give a number above 0 and below "
            "1, "
            "row positions, or a data frame"
        )
    share = float(share)
    if state.split is not None and state.split[0] == share:
        return state.split[1], state
    n = len(model.batch.X)
    generator = restore_generator(state.generator_state)
    order = generator.permutation(n)
    codes = model.perceptron.family.codes(model.batch.Y)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    # Systematic sampling over rows sorted by class is a stratified split.
    counts = np.floor(np.arange(n + 1) * share + 1e-9)
    held = np.zeros(n, dtype=bool)
    held[order[np.diff(counts) > 0]] = True
    held.flags.writeable = False
    drawn = replace(state, generator_state=generator.bit_generator.state, split=(share, held))
    return held, drawn


def _find_rows(model: Model, rows: Any) -> Mask:
    """Select training rows by position or label in the data of the network.

    Positions of rows that were dropped are allowed, and ignored.
    """
    model_frame, also = model.model_frame, "a share between 0 and 1, a data frame, "
    return find_rows("validation", rows, model_frame.labels, also)[model_frame.positions]
