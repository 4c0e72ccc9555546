"""Effects: contrasts of the means, averaged or row by row, with errors by the delta method.

An effect is the difference of the means at two values of a column, or a slope; a prediction is the
mean itself. The errors rest on the Jacobian of the scores, in blocks of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_choice, check_flag, quote
from ...model import Model
from ...perceptron import Scaled, read_family, split_jacobian
from ..distributions import check_level, t_quantile, t_tail
from .contrasts import Contrast
from .effect_rows import EffectRows, Groups

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Share of a gradient along undetermined directions above which it counts: differences have some
# rounding error.
_ALONG = 1e-6


class Fit(NamedTuple):
    """Weights with their uncertainty.

    Attributes
    ----------
    theta : (P,) array
    covariance : (P, P) array
        In standardized coordinates.
    scaling : Scaled
        Between theta and these.
    undetermined : (P, m) array
        Orthonormal directions in these that change no prediction of the training rows.
    """

    theta: Vector
    covariance: Floats
    scaling: Scaled
    undetermined: Floats


class Options(NamedTuple):
    """Checked arguments of effects: flags in the place of words."""

    by: str | None
    population: bool
    average: bool
    level: float
    link: bool
    ensemble: bool


class Effects(NamedTuple):
    """Estimates and their variances, (R, L): of R groups or rows, for L outputs."""

    values: Floats
    variances: Floats


def check_options(
    by: Any, target: Any, average: Any, level: Any, method: Any, scale: Any
) -> Options:
    """Check the arguments of effects; ``scale`` is ``type=``."""
    population = check_choice("target", target, {"rows": False, "population": True})
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
    link = check_choice("type", scale, {"response": False, "link": True})
    ensemble = check_choice("method", method, {"delta": False, "ensemble": True})
    return Options(by, population, average, check_level(level), link, ensemble)


def tabulate_effects(
    rows: EffectRows,
    contrasts: Iterable[Contrast],
    fits: Sequence[Fit],
    options: Options,
    df: float,
) -> pd.DataFrame:
    """Estimate contrasts of some rows, as a tidy table; see `Inference.slopes`.

    ``df``: degrees of freedom of the t statistics, infinite for normal ones.
    """
    groups = rows.group(options.by)
    names, found = [], []
    for contrast in contrasts:
        names.append((contrast.term, contrast.label))
        work = partial(_estimate, rows, contrast, fits, options, groups)
        found.append(rows.model.compute(work, len(rows.w), hessian=True))
    # Contrast by contrast, output by output, and then the groups or rows.
    values = np.array([each.values for each in found]).swapaxes(1, 2)
    variances = np.array([each.variances for each in found]).swapaxes(1, 2)
    places = np.indices(values.shape).reshape(3, -1)
    labels = _label(rows.model, names, options.link, places)
    numbers = _test(values.ravel(), variances.ravel(), options.level, df)
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


def _estimate(
    rows: EffectRows, contrast: Contrast, fits: Sequence[Fit], options: Options, groups: Groups
) -> Effects:
    """Estimate a contrast from one fit, or from several."""
    if options.average:
        return mix([_average(rows, contrast, fit, options, groups) for fit in fits])
    return mix([_list_rows(rows, contrast, fit, options.link) for fit in fits])


def mix(effects: Sequence[Effects]) -> Effects:
    """Mean and variance of the mixture of several fits with equal weights.

    The variance is that within fits plus that between them.
    """
    values = np.array([each.values for each in effects])
    within = np.mean([each.variances for each in effects], axis=0)
    return Effects(values.mean(axis=0), within + values.var(axis=0))


def _average(
    rows: EffectRows, contrast: Contrast, fit: Fit, options: Options, groups: Groups
) -> Effects:
    """Average a contrast within groups, by case weight."""
    w, codes = rows.w[contrast.known], groups.codes[contrast.known]
    L = count_effects(rows.model, options.link)
    values, sums = np.empty((len(w), L)), np.zeros((groups.n_groups, L, fit.theta.size))
    for some, effects, G in split_effects(rows.model, contrast, fit.theta, options.link):
        values[some] = effects
        for code in np.unique(codes[some][codes[some] >= 0]):
            chosen = codes[some] == code
            sums[code] += np.tensordot(w[some][chosen], G[chosen], axes=1)
    counted = codes >= 0
    w, codes, values = w[counted], codes[counted], values[counted]
    totals = np.bincount(codes, w, groups.n_groups)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = _sum_groups(codes, w[:, None] * values, groups.n_groups) / totals
        variances = find_variances(fit, sums / totals[:, :, None])
        if options.population:
            squares = w[:, None] * (values - means[codes]) ** 2
            spread = _sum_groups(codes, squares, groups.n_groups) / np.maximum(totals - 1.0, 0.0)
            variances += spread / totals
    return Effects(means, variances)


def _sum_groups(codes: NDArray[np.intp], values: Floats, count: int) -> Floats:
    """Sums (count, L) of the rows (n, L) of each group."""
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def _list_rows(rows: EffectRows, contrast: Contrast, fit: Fit, link: bool) -> Effects:
    """Estimate a contrast in each row; nan where it is not known."""
    shape = len(rows.w), count_effects(rows.model, link)
    found = Effects(np.full(shape, np.nan), np.full(shape, np.nan))
    places = np.flatnonzero(contrast.known)
    for some, effects, G in split_effects(rows.model, contrast, fit.theta, link):
        found.values[places[some]] = effects
        found.variances[places[some]] = find_variances(fit, G)
    return found


def find_variances(fit: Fit, gradients: Floats) -> Floats:
    """Variances (..., L) of estimates by their gradients by theta (..., L, P).

    nan where a gradient has a part along an undetermined direction.
    """
    G = fit.scaling.gradient_to_scaled(gradients)
    variances = np.maximum(((G @ fit.covariance) * G).sum(axis=-1), 0.0)
    along = np.linalg.norm(G @ fit.undetermined, axis=-1)
    return np.where(along > _ALONG * np.linalg.norm(G, axis=-1), np.nan, variances)


def split_effects(
    model: Model, contrast: Contrast, theta: Vector, link: bool
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield blocks of the known rows with their effects (m, L) and gradients (m, L, P)."""
    sides = [contrast.high] if contrast.low is None else [contrast.high, contrast.low]
    blocks = [split_jacobian(model.perceptron, theta, X, offset) for X, offset in sides]
    for parts in zip(*blocks, strict=True):
        some = parts[0][0]
        means = [_compute_means(model, eta, J, link) for _, eta, J in parts]
        values, G = means[0]
        for low, gradients in means[1:]:
            values, G = values - low, G - gradients
        if contrast.step is not None:
            step = contrast.step[some]
            values, G = values / step[:, None], G / step[:, None, None]
        yield some, values, G


def _compute_means(model: Model, eta: Floats, J: Floats, link: bool) -> tuple[Floats, Floats]:
    """Means (m, L) of scores, or the scores themselves, and their gradients (m, L, P)."""
    family, (m, K) = model.perceptron.family, eta.shape
    if link:
        M = np.eye(K)
        if count_effects(model, link) < K:
            M = M[1:] - M[0]
        return eta @ M.T, M @ J
    mu = family.mean(eta)
    units = np.broadcast_to(np.eye(K)[:, None, :], (K, m, K))
    D = np.moveaxis(family.mean_product(mu, units), 0, 2)  # type: ignore[attr-defined]
    return mu, D @ J


def count_effects(model: Model, link: bool) -> int:
    """The number of outputs that have effects.

    Of the scores of classes only differences are determined: those to the first class are taken.
    """
    K = model.perceptron.sizes[-1]
    return K - (link and read_family(model.perceptron.family).is_shift_invariant)
