"""The different optima that training from several starts ended at, and their log evidence."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isclose, isfinite, isnan, log, nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..model import Model
from ..training import RestartResult, tabulate_restarts
from .evidence import measure_log_evidence

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Units of log evidence, or of the penalized log-likelihood, by which an optimum may be below the
# best: so many, or this number for each row if that is more. The first is what is probable if the
# truth is such a network, the second what predicts a row hardly worse. In five folds of the Boston
# table (400 rows, 5 and 10 units, decay by evidence) averages within 8 units explain 83.2 and
# 85.7 % of the variance, within a sixteenth for each row 86.3 and 87.3 %, the best alone 82.0 and
# 83.9 %.
WITHIN, WITHIN_PER_ROW = 8.0, 1.0 / 16.0
# Relative differences up to which two penalized losses, and the scores of two fits, are the same:
# well above what is left where an optimizer stops.
_SAME_LOSS, _SAME_SCORES = 1e-5, 1e-3
# Rows of which scores are compared, at most.
_MOST_ROWS = 2_000


class Optimum(NamedTuple):
    """Weights of an optimum, and its log evidence."""

    theta: Vector
    evidence: float


def find_optima(model: Model, theta: Vector, ends: Sequence[RestartResult]) -> tuple[Optimum, ...]:
    """Find the different optima whose log evidence is near that of the best, best first.

    Where no evidence is defined: whose penalized log-likelihood is, see `find_reach`. The weights
    of the fit alone where none of the ends has them.
    """
    kept = [each for each in ends if each.theta is not None]
    if not any(np.array_equal(each.theta, theta) for each in kept):  # type: ignore[arg-type]
        return (Optimum(theta, measure_log_evidence(model, theta)),)
    numbers = number_optima(model, kept)
    found: dict[int, Optimum] = {}
    for end, number in zip(kept, numbers, strict=True):
        # At the decay that was kept, with which all ends were fitted on.
        evidence = measure_log_evidence(model, end.theta)  # type: ignore[arg-type]
        better = number not in found or evidence > found[number].evidence
        if better and not isnan(evidence):
            found[number] = Optimum(end.theta, evidence)  # type: ignore[arg-type]
    ranked = sorted(found.values(), key=lambda each: -each.evidence)
    if not ranked:
        return _rank_by_loss(model, theta, kept, numbers)
    least = ranked[0].evidence - find_reach(model)
    return tuple(each for each in ranked if each.evidence >= least)


def find_reach(model: Model) -> float:
    """Number of units by which an optimum may be below the best: 8, or a sixteenth of the rows."""
    return max(WITHIN, WITHIN_PER_ROW * model.batch.weight)


def _rank_by_loss(
    model: Model, theta: Vector, ends: Sequence[RestartResult], numbers: Sequence[int]
) -> tuple[Optimum, ...]:
    """Rank the different optima by penalized loss, the fit first, without those far above it."""
    own = next(place for place, end in enumerate(ends) if np.array_equal(end.theta, theta))  # type: ignore[arg-type]
    order = sorted(range(len(ends)), key=lambda place: ends[place].penalized_loss)
    firsts: dict[int, int] = {numbers[own]: own}
    for place in order:
        firsts.setdefault(numbers[place], place)
    lowest, reach = ends[order[0]].penalized_loss, find_reach(model)
    return tuple(
        Optimum(end.theta, nan)  # type: ignore[arg-type]
        for end in (ends[place] for place in firsts.values())
        if end is ends[own] or _measure_gap(model, end.penalized_loss, lowest) <= reach
    )


def _measure_gap(model: Model, value: float, lowest: float) -> float:
    """Difference of two penalized losses in units of the log-likelihood.

    With an unknown dispersion at that of the highest likelihood: half the number of responses times
    the logarithm of their ratio.
    """
    if not getattr(model.perceptron.family, "has_dispersion", False):
        return value - lowest
    n = model.batch.weight * model.perceptron.sizes[-1]
    return 0.5 * n * log(value / lowest) if lowest > 0.0 else inf


def find_evidence(model: Model, end: RestartResult) -> float:
    """Return the log evidence of an end: as training found it, else measured; nan if undefined."""
    if not isnan(end.evidence) or end.theta is None:
        return end.evidence
    return measure_log_evidence(model, end.theta)


def number_optima(model: Model, ends: Sequence[RestartResult]) -> list[int]:
    """Number the ends by the optimum that each is at: 1 for that of the best end.

    Two ends are at the same optimum where losses, penalized losses and scores are the same. So
    hidden units may be in another order, and those of an odd activation have other signs: neither
    changes a score. Losses alone are compared for large networks, whose ends have no weights, and
    without training rows.
    """
    numbers = [0] * len(ends)
    met: list[tuple[RestartResult, Floats | None]] = []
    for place in sorted(range(len(ends)), key=lambda place: ends[place].score):
        end = ends[place]
        this = end, None if end.theta is None else _compute_scores(model, end.theta)
        same = (number for number, other in enumerate(met) if _is_same(this, other))
        number = next(same, len(met))
        if number == len(met):
            met.append(this)
        numbers[place] = number + 1
    return numbers


def _compute_scores(model: Model, theta: Vector) -> Floats | None:
    """Scores of some rows, without what all scores of a row have in common if that is free."""
    if model.training is None:
        return None
    batch, perceptron = model.batch, model.perceptron
    step = max(1, -(-len(batch.X) // _MOST_ROWS))
    offset = None if batch.offset is None else batch.offset[::step]
    eta = perceptron.scores(theta, batch.X[::step], offset)
    if getattr(perceptron.family, "is_shift_invariant", False):
        eta = eta - eta.mean(axis=1, keepdims=True)
    return np.asarray(eta)


def _is_same(
    one: tuple[RestartResult, Floats | None], other: tuple[RestartResult, Floats | None]
) -> bool:
    (end, eta), (best, reference) = one, other
    losses = ((end.loss, best.loss), (end.penalized_loss, best.penalized_loss))
    if not all(isclose(*pair, rel_tol=_SAME_LOSS) and isfinite(pair[0]) for pair in losses):
        return False
    if eta is None or reference is None:
        return True
    spread = float((reference - reference.mean(axis=0)).std()) or inf
    return float(np.sqrt(((eta - reference) ** 2).mean())) <= _SAME_SCORES * spread


def tabulate_ends(model: Model, ends: Sequence[RestartResult]) -> pd.DataFrame:
    """Tabulate how training ended from each start, with log evidence and number of the optimum."""
    table = tabulate_restarts(ends)
    table["evidence"] = np.array([find_evidence(model, each) for each in ends], dtype=np.float64)
    numbers = np.array(number_optima(model, ends), dtype=np.int64)
    table.insert(list(table.columns).index("evidence") + 1, "optimum", numbers)
    return table
