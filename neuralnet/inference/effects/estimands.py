"""Estimands: averages of a contrast, or the contrast in each row, as functions of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...model import Model
from ...perceptron import Scaled, read_family, split_jacobian
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


class Effects(NamedTuple):
    """Estimates and their variances, (R, L): of R groups or rows, for L outputs."""

    values: Floats
    variances: Floats


@dataclass(frozen=True, eq=False)
class Estimand:
    """A contrast of some rows, as a function of the weights.

    Attributes
    ----------
    rows : EffectRows
    contrast : Contrast
    groups : Groups or None
        Groups of rows over which it is averaged; None: its value in each row.
    population : bool
        Whether the rows are a sample of those that the average is of.
    link : bool
        Whether it is of scores instead of means.
    """

    rows: EffectRows
    contrast: Contrast
    groups: Groups | None
    population: bool
    link: bool

    def measure(self, theta: Vector) -> Effects:
        """Return the values (R, L) at theta, and the variances that the sampling of rows adds."""
        values = compute_effects(self.rows.model, self.contrast, theta, self.link)
        if self.groups is None:
            found = np.full((len(self.rows.w), values.shape[1]), np.nan)
            found[self.contrast.known] = values
            return Effects(found, np.zeros_like(found))
        codes, w = self._codes, self._w
        counted = codes >= 0
        w, codes, values = w[counted, None], codes[counted], values[counted]
        with np.errstate(divide="ignore", invalid="ignore"):
            means = self._sum_groups(codes, w * values) / self._totals
            if not self.population:
                return Effects(means, np.zeros_like(means))
            squares = self._sum_groups(codes, w * (values - means[codes]) ** 2)
            spread = squares / np.maximum(self._totals - 1.0, 0.0)
            return Effects(means, spread / self._totals)

    def propagate(self, fit: Fit) -> Floats:
        """Return the variances (R, L) that follow from those of the weights, by the delta method.

        ``g' V g``, g the gradient of the values by the weights and V their covariance.
        """
        model, contrast = self.rows.model, self.contrast
        blocks = split_gradients(model, contrast, fit.theta, self.link)
        if self.groups is None:
            L = count_effects(model, self.link)
            found, places = np.full((len(self.rows.w), L), np.nan), np.flatnonzero(contrast.known)
            for some, G in blocks:
                found[places[some]] = find_variances(fit, G)
            return found
        codes, w = self._codes, self._w
        sums = np.zeros((self.groups.n_groups, count_effects(model, self.link), fit.theta.size))
        for some, G in blocks:
            for code in np.unique(codes[some][codes[some] >= 0]):
                chosen = codes[some] == code
                sums[code] += np.tensordot(w[some][chosen], G[chosen], axes=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return find_variances(fit, sums / self._totals[:, :, None])

    @cached_property
    def _w(self) -> Vector:
        return self.rows.w[self.contrast.known]

    @cached_property
    def _codes(self) -> NDArray[np.intp]:
        assert self.groups is not None
        return self.groups.codes[self.contrast.known]

    @cached_property
    def _totals(self) -> Floats:
        """Weights (R, 1) of the groups."""
        counted = self._codes >= 0
        return self._sum_groups(self._codes[counted], self._w[counted, None])

    def _sum_groups(self, codes: NDArray[np.intp], values: Floats) -> Floats:
        """Sums (R, L) of the rows (n, L) of each group."""
        assert self.groups is not None
        count = partial(np.bincount, codes, minlength=self.groups.n_groups)
        return np.column_stack([count(column) for column in values.T])


def find_variances(fit: Fit, gradients: Floats) -> Floats:
    """Variances (..., L) of estimates by their gradients by theta (..., L, P).

    nan where a gradient has a part along an undetermined direction.
    """
    G = fit.scaling.gradient_to_scaled(gradients)
    variances = np.maximum(((G @ fit.covariance) * G).sum(axis=-1), 0.0)
    along = np.linalg.norm(G @ fit.undetermined, axis=-1)
    return np.where(along > _ALONG * np.linalg.norm(G, axis=-1), np.nan, variances)


def compute_effects(model: Model, contrast: Contrast, theta: Vector, link: bool) -> Floats:
    """Effects (m, L) in the known rows."""
    perceptron = model.perceptron
    function = partial(_find_scores, model) if link else perceptron.family.mean
    values = perceptron.map_scores(function, theta, *contrast.high)
    if contrast.low is not None:
        values = values - perceptron.map_scores(function, theta, *contrast.low)
    return values if contrast.step is None else values / contrast.step[:, None]


def split_gradients(
    model: Model, contrast: Contrast, theta: Vector, link: bool
) -> Iterator[tuple[slice, Floats]]:
    """Yield blocks of the known rows with the gradients (m, L, P) of their effects."""
    sides = [contrast.high] if contrast.low is None else [contrast.high, contrast.low]
    blocks = [split_jacobian(model.perceptron, theta, X, offset) for X, offset in sides]
    for parts in zip(*blocks, strict=True):
        some = parts[0][0]
        G, *others = [_compute_gradients(model, eta, J, link) for _, eta, J in parts]
        for other in others:
            G = G - other
        yield some, G if contrast.step is None else G / contrast.step[some][:, None, None]


def _find_scores(model: Model, eta: Floats) -> Floats:
    """The determined scores (m, L)."""
    return eta @ _contrast_scores(model).T


def _contrast_scores(model: Model) -> Floats:
    """The matrix (L, K) of the differences of scores that are determined."""
    M = np.eye(model.perceptron.sizes[-1])
    return M[1:] - M[0] if count_effects(model, link=True) < len(M) else M


def _compute_gradients(model: Model, eta: Floats, J: Floats, link: bool) -> Floats:
    """Gradients (m, L, P) of means, or of the scores themselves."""
    if link:
        return _contrast_scores(model) @ J
    family, (m, K) = model.perceptron.family, eta.shape
    units = np.broadcast_to(np.eye(K)[:, None, :], (K, m, K))
    D = np.moveaxis(family.mean_product(family.mean(eta), units), 0, 2)  # type: ignore[attr-defined]
    return np.asarray(D @ J)


def count_effects(model: Model, link: bool) -> int:
    """The number of outputs that have effects.

    Of the scores of classes only differences are determined: those to the first class are taken.
    """
    K = model.perceptron.sizes[-1]
    return K - (link and read_family(model.perceptron.family).is_shift_invariant)
