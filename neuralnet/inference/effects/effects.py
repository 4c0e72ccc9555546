"""Effects: contrasts of the means, averaged or row by row, as tables with errors and tests.

An effect is the difference of the means at two values of a column, or a slope; a prediction is the
mean itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_choice, check_flag, quote
from ...model import Model
from ..distributions import check_level, t_quantile, t_tail
from .contrasts import Contrast, choose_predictors, make_comparisons, make_slopes
from .effect_rows import EffectRows, read_effect_rows
from .estimands import Estimand, count_effects
from .uncertainty import Uncertainty

Vector = NDArray[np.float64]

# Averages over the rows, or over the population that the rows are a sample of.
EffectTarget = Literal["rows", "population"]
_TARGETS: dict[EffectTarget, bool] = {"rows": False, "population": True}
# The scale of an effect or of a mean.
ScaleType = Literal["response", "link"]
_SCALES: dict[ScaleType, bool] = {"response": False, "link": True}


class Options(NamedTuple):
    """Checked arguments of effects: flags in the place of words."""

    by: str | None
    population: bool
    average: bool
    level: float
    link: bool


def check_options(by: Any, target: Any, average: Any, level: Any, scale: Any) -> Options:
    """Check the arguments of effects; ``scale`` is ``type=``."""
    population = check_choice("target", target, _TARGETS)
    if by is not None and not isinstance(by, str):
        raise TypeError(f"by must be the name of a column, not {quote(by)}")
    if not check_flag("average", average):
        if by is not None:
            raise ValueError("by= is for averages: leave out average=False")
        if population:
            raise ValueError(
                "target='population' is for averages of rows, as a sample of a population: leave "
                "out average=False"
            )
    return Options(by, population, average, check_level(level), is_link(scale))


def is_link(scale: Any) -> bool:
    """Return whether ``scale``, which is ``type=``, is that of the link."""
    return check_choice("type", scale, _SCALES)


def tabulate_slopes(
    model: Model, source: Uncertainty, variables: Any, data: Any, options: Options
) -> pd.DataFrame:
    """Estimate average slopes; see `Inference.slopes`."""
    rows = read_effect_rows(model, data, by=options.by)
    contrasts = make_slopes(rows, choose_predictors(model, variables, slopes=True))
    return tabulate_effects(rows, contrasts, source, options)


def tabulate_comparisons(
    model: Model,
    source: Uncertainty,
    variables: Any,
    data: Any,
    contrast: Mapping[str, tuple[Any, Any]] | None,
    options: Options,
) -> pd.DataFrame:
    """Estimate average comparisons; see `Inference.comparisons`."""
    rows = read_effect_rows(model, data, by=options.by)
    contrasts = make_comparisons(rows, choose_predictors(model, variables, slopes=False), contrast)
    return tabulate_effects(rows, contrasts, source, options)


def tabulate_predictions(
    model: Model, source: Uncertainty, data: Any, options: Options
) -> pd.DataFrame:
    """Estimate average predictions; see `Inference.predictions`."""
    rows = read_effect_rows(model, data, by=options.by)
    every = np.ones(len(rows.w), dtype=bool)
    contrasts = [Contrast("", "", rows.inputs, None, None, every)]
    return tabulate_effects(rows, contrasts, source, options)


def tabulate_effects(
    rows: EffectRows, contrasts: Iterable[Contrast], source: Uncertainty, options: Options
) -> pd.DataFrame:
    """Estimate contrasts of some rows, as a tidy table; see `Inference.slopes`."""
    groups = rows.group(options.by)
    names, found = [], []
    for contrast in contrasts:
        names.append((contrast.term, contrast.label))
        averaged = groups if options.average else None
        estimand = Estimand(rows, contrast, averaged, options.population, options.link)
        work = partial(source.estimate, estimand)
        found.append(rows.model.compute(work, len(rows.w), hessian=True))
    # Contrast by contrast, output by output, and then the groups or rows.
    values = np.array([each.values for each in found]).swapaxes(1, 2)
    variances = np.array([each.variances for each in found]).swapaxes(1, 2)
    places = np.indices(values.shape).reshape(3, -1)
    labels = _label(rows.model, names, options.link, places)
    numbers = _test(values.ravel(), variances.ravel(), options.level, source.df)
    if groups.labels is not None:
        if options.by in {**labels, **numbers}:
            raise ValueError(f"by={quote(options.by)} is a column of the result too: rename it")
        labels[str(options.by)] = groups.labels.take(places[2])
    index = None if options.average else rows.frame.index.take(places[2])
    columns = {name: each.array for name, each in labels.items()}
    return pd.DataFrame({**columns, **numbers}, index=index)


def _label(
    model: Model, names: list[tuple[str, str]], link: bool, places: NDArray[np.intp]
) -> dict[str, pd.Series]:
    """Columns that say what each estimate is of; ``places`` of contrast, output and row."""
    found: dict[str, pd.Series] = {}
    if any(term for term, _ in names):
        for column, each in zip(("term", "contrast"), zip(*names, strict=True), strict=True):
            found[column] = pd.Series(each).take(places[0])
    groups = label_outputs(model, places[1], link)
    return found if groups is None else {**found, "group": groups}


def label_outputs(model: Model, places: NDArray[np.intp], link: bool) -> pd.Series | None:
    """Name the outputs at some places of those that have effects; None for a single output."""
    outputs = model.labels.outputs
    if len(outputs) == 1:
        return None
    codes = places + len(outputs) - count_effects(model, link)
    if model.labels.classes:
        return model.labels.classify(codes, pd.RangeIndex(codes.size))
    return pd.Series(outputs).take(codes)


def _test(values: Vector, variances: Vector, level: float, df: float) -> dict[str, Vector]:
    """Standard errors, tests against 0 and intervals of estimates."""
    errors = np.sqrt(variances)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = values / errors
    width = t_quantile(0.5 + level / 2.0, df) * errors
    return {
        "estimate": values,
        "std_error": errors,
        "statistic": statistics,
        "p_value": np.array([2.0 * t_tail(abs(each), df) for each in statistics.tolist()]),
        "lower": values - width,
        "upper": values + width,
    }
