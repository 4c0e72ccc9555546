"""The different optima that training from several starts ended at, and their log evidence."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..model import Model
from ..training import RestartResult, tabulate_restarts
from .evidence import measure_log_evidence

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Units of log evidence by which an optimum may be below the best.
WITHIN = 8.0
# Relative differences up to which two penalized losses, and the scores of two fits, are the same:
# well above what is left where an optimizer stops.
_SAME_LOSS, _SAME_SCORES = 1e-5, 1e-3
# Rows of which scores are compared, at most.
_MOST_ROWS = 2_000


class Optimum(NamedTuple):
    """Weights of an optimum, its log evidence, and its decay where that is its own; else nan."""

    theta: Vector
    evidence: float
    decay: float = np.nan


def find_optima(model: Model, theta: Vector, ends: Sequence[RestartResult]) -> tuple[Optimum, ...]:
    """Find the different optima within 8 units of log evidence of the best, best first.

    The weights of the fit alone where none of the ends has them, or no evidence is defined.
    """
    kept = [each for each in ends if each.theta is not None]
    if not any(np.array_equal(each.theta, theta) for each in kept):  # type: ignore[arg-type]
        return (Optimum(theta, measure_log_evidence(model, theta)),)
    found: dict[int, Optimum] = {}
    for end, number in zip(kept, number_optima(model, kept), strict=True):
        evidence = find_evidence(model, end)
        if number is None or isnan(evidence):
            continue
        if number not in found or evidence > found[number].evidence:
            found[number] = Optimum(end.theta, evidence, end.decay)  # type: ignore[arg-type]
    ranked = sorted(found.values(), key=lambda each: -each.evidence)
    if not ranked:
        return (Optimum(theta, np.nan),)
    return tuple(each for each in ranked if each.evidence >= ranked[0].evidence - WITHIN)


def find_evidence(model: Model, end: RestartResult) -> float:
    """Return the log evidence of an end: as training found it, else measured; nan if undefined."""
    if not isnan(end.evidence) or end.theta is None:
        return end.evidence
    return measure_log_evidence(model, end.theta)


def number_optima(model: Model, ends: Sequence[RestartResult]) -> list[int | None]:
    """Number the ends by the optimum that each is at: 1 for that of the best end.

    Two ends are at the same optimum where penalized losses and scores are the same. So hidden
    units may be in another order, and those of an odd activation have other signs: neither changes
    a score. None for an end without weights, and without training rows.
    """
    numbers: list[int | None] = [None] * len(ends)
    if model.training is None:
        return numbers
    met: list[tuple[float, Floats]] = []
    for place in sorted(range(len(ends)), key=lambda place: ends[place].score):
        theta = ends[place].theta
        if theta is None or not np.isfinite(theta).all():
            continue
        this = ends[place].penalized_loss, _compute_scores(model, theta)
        same = (each for each, other in enumerate(met) if _is_same(this, other))
        number = next(same, len(met))
        if number == len(met):
            met.append(this)
        numbers[place] = number + 1
    return numbers


def _compute_scores(model: Model, theta: Vector) -> Floats:
    """Scores of some rows, without what all scores of a row have in common if that is free."""
    batch, perceptron = model.batch, model.perceptron
    step = max(1, -(-len(batch.X) // _MOST_ROWS))
    offset = None if batch.offset is None else batch.offset[::step]
    eta = perceptron.scores(theta, batch.X[::step], offset)
    if getattr(perceptron.family, "is_shift_invariant", False):
        eta = eta - eta.mean(axis=1, keepdims=True)
    return np.asarray(eta)


def _is_same(one: tuple[float, Floats], other: tuple[float, Floats]) -> bool:
    (loss, eta), (least, best) = one, other
    if not (isfinite(loss) and abs(loss - least) <= _SAME_LOSS * max(abs(loss), abs(least))):
        return False
    spread = float((best - best.mean(axis=0)).std()) or inf
    return float(np.sqrt(((eta - best) ** 2).mean())) <= _SAME_SCORES * spread


def tabulate_ends(model: Model, ends: Sequence[RestartResult]) -> pd.DataFrame:
    """Tabulate how training ended from each start, with log evidence and number of the optimum."""
    table = tabulate_restarts(ends)
    numbers = pd.Series(number_optima(model, ends), index=table.index, dtype="Int64")
    table["evidence"] = np.array([find_evidence(model, each) for each in ends], dtype=np.float64)
    place = list(table.columns).index("evidence") + 1
    table.insert(place, "optimum", numbers if numbers.isna().any() else numbers.astype("int64"))
    return table
