"""Permutation importance: what a score loses when the columns of a term move between rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, listing, pluralize, quote, warn
from ...model import Model, read_complete_rows, warn_of_no_weights
from ...perceptron import Batch
from ..effects.effect_rows import EffectRows
from ..explained import check_predictor
from .scores import Score

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
Places = NDArray[np.intp]


class Observations(NamedTuple):
    """Rows and their responses, in the same order."""

    rows: EffectRows
    batch: Batch


def read_observations(rows: EffectRows) -> Observations:
    """Read the responses of rows, without rows that have none.

    Raises
    ------
    ValueError
        If the data has no response.
    """
    model = rows.model
    if model.training is not None and rows.frame is model.model_frame.frame:
        return Observations(rows, model.batch)
    names = list(model.design.response.variables)
    if missing := [name for name in names if name not in rows.frame.columns]:
        raise ValueError(
            "importance() compares predictions with the response, and the data has no column "
            f"{listing(missing)}: give the rows with it, as in explain(data)"
        )
    found, w, keep = read_complete_rows(model, rows.frame, "missing")
    if w is None:
        warn_of_no_weights(model)
    Y = model.perceptron.family.encode(found.response, found.index)
    return Observations(rows.pick(keep), Batch(found.X, Y, w, found.offset))


def find_units(model: Model, scope: Any = None) -> dict[str, tuple[str, ...]]:
    """Find the columns of the data that are permuted together, by the names of their terms.

    Terms of the same columns, as ``x`` and ``I(x**2)``, are a unit. A term whose columns all have
    terms of their own, as the interaction in ``a * b``, is one only where ``scope`` names it.

    Raises
    ------
    TypeError, ValueError
        If ``scope`` names anything but terms and predictors.
    """
    names: dict[frozenset[str], list[str]] = {}
    for term in model.design.formula.terms:
        columns = frozenset(chain.from_iterable(factor.columns for factor in term.factors))
        if columns:
            names.setdefault(columns, []).append(term.name())
    if scope is not None:
        return _read_scope(model, names, scope)
    if not names:
        raise ValueError("the formula has no term whose importance could be measured")
    return {
        " + ".join(terms): tuple(sorted(columns))
        for columns, terms in names.items()
        if frozenset(chain(*(other for other in names if other < columns))) != columns
    }


def _read_scope(
    model: Model, names: Mapping[frozenset[str], list[str]], scope: Any
) -> dict[str, tuple[str, ...]]:
    wanted = [scope] if isinstance(scope, str) else scope
    if not isinstance(wanted, list | tuple) or not all(isinstance(each, str) for each in wanted):
        raise TypeError(
            f"scope must be the name of a term or a predictor, or a list of them, not "
            f"{quote(scope)}"
        )
    if not wanted:
        raise ValueError("scope names no term: leave it out for all of them")
    terms = {each: columns for columns, given in names.items() for each in given}
    units = {}
    for name in wanted:
        what = f"scope={quote(name)}"
        check_predictor(model, what, name, terms, "term and no predictor")
        units[name] = tuple(sorted(terms.get(name, [name])))
    return units


def draw_sources(w: Vector, count: int, generator: np.random.Generator) -> Iterator[Places]:
    """Yield random assignments: the row (n,) whose values each row takes.

    With equal case weights they are permutations. Else the values of row j arrive in row i with the
    probability ``w[j] / sum(w)``, as where each row stood there as often as its weight: rows lie
    one after the other on a line, as long as their weights, once in order and once at random,
    rotated by a random length, and take the values of the row beside their middle.
    """
    n, ends = len(w), w.cumsum()
    for _ in range(count):
        order = generator.permutation(n)
        middles = w[order].cumsum() - 0.5 * w[order] + ends[-1] * generator.random()
        beside = np.searchsorted(ends, middles % ends[-1], side="right")
        source = np.empty(n, dtype=np.intp)
        source[order] = np.minimum(beside, n - 1)
        yield source


def permute(
    observations: Observations,
    units: Mapping[str, tuple[str, ...]],
    sources: Iterable[Places],
    score: Score,
) -> Floats:
    """Compute the loss of a score, (repeats, units, m), where columns take the values of others.

    Rows in which the formula has no number then are left out of both scores, with a warning.
    """
    rows, batch = observations
    whole, left_out = score.compute(batch), dict.fromkeys(units, 0)
    losses: list[list[Vector]] = []
    for source in sources:
        losses.append([])
        for name, columns in units.items():
            moved = {each: rows.frame[each].array.take(source) for each in columns}
            (X, offset), known = rows.change_columns(moved)
            changed, before = batch._replace(X=X, offset=offset), whole
            if not known.all():
                left_out[name] = max(left_out[name], int((~known).sum()))
                changed, before = changed.pick(known), score.compute(batch.pick(known))
            losses[-1].append(before - score.compute(changed))
    for name, most in left_out.items():
        if most:
            warn(
                f"where {quote(name)} is permuted, the formula has no number in up to {most} of "
                f"{pluralize(len(batch.X), 'row')}: they are left out there",
                DataWarning,
            )
    return np.array(losses)


def tabulate_importance(
    losses: Floats, names: Iterable[str], score: Score, average: bool
) -> pd.DataFrame:
    """Tabulate means and deviations of losses (repeats, units, m), or each of them."""
    n, U, m = losses.shape
    unit, output, repeat = np.indices((U, m, 1 if average else n)).reshape(3, -1)
    table = pd.DataFrame({"term": pd.Series(list(names)).take(unit).array})
    if score.outputs:
        table["group"] = pd.Series(score.outputs).take(output).array
    if not average:
        estimates = losses.transpose(1, 2, 0).ravel()
        return table.assign(repeat=repeat + 1, estimate=estimates)
    spread = losses.std(axis=0, ddof=1) if n > 1 else np.full((U, m), np.nan)
    return table.assign(estimate=losses.mean(axis=0).ravel(), std_dev=spread.ravel())
