"""Scales on which predictions have symmetric intervals, and the way from there to the means.

A network gives link values: the scores, or of classes whose scores may all be shifted those minus
that of the first class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...model import Model, from_scores
from ...perceptron import read_family

Floats = NDArray[np.float64]


def to_contrasts(model: Model, eta: Floats) -> Floats:
    """Link values (n, L) of scores (n, K)."""
    return eta[:, 1:] - eta[:, :1] if is_shift_invariant(model) else eta


def is_shift_invariant(model: Model) -> bool:
    """Whether a number added to all scores of a row changes no mean, as with softmax."""
    return read_family(model.perceptron.family).is_shift_invariant


class ElementwiseScale(NamedTuple):
    """The link values themselves, each of which has a mean that increases with it."""

    model: Model
    kind: str

    def transform(self, link: Floats) -> Floats:
        """Numbers (n, L) on this scale, of link values (n, L)."""
        return link

    def transform_gradients(self, link: Floats, G: Floats) -> Floats:
        """Gradients (n, L, P) of these, from those of the link values."""
        return G

    def report(self, values: Floats) -> Floats:
        """What is predicted (n, M), from numbers on this scale."""
        reported: Floats = from_scores(self.kind, self.model.perceptron.family)(values)
        return reported

    def find_slopes(self, values: Floats) -> Floats:
        """Derivatives (n, L) of the means by these numbers; 1 on the scale of the link."""
        ones = np.ones_like(values)
        if self.kind == "link":
            return ones
        family: Any = self.model.perceptron.family
        return np.asarray(family.mean_product(family.mean(values), ones))


class OddsScale(NamedTuple):
    """The logarithm of the odds of each class, ``log(p / (1 - p))``, from softmax.

    Its derivatives by the scores c_j (that of the first class is 0): 1 for the class itself, and
    for another class j minus its share ``p_j / (1 - p)`` of the other classes.
    """

    def transform(self, link: Floats) -> Floats:
        """Numbers (n, K) on this scale, of link values (n, K - 1)."""
        scores, others = _list_others(link)
        top = others.max(axis=2)
        return np.asarray(scores - top - np.log(np.exp(others - top[:, :, None]).sum(axis=2)))

    def transform_gradients(self, link: Floats, G: Floats) -> Floats:
        """Gradients (n, K, P) of these, from those of the link values (n, K - 1, P)."""
        _, others = _list_others(link)
        shares = np.exp(others - others.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        return np.asarray((np.eye(others.shape[1]) - shares)[:, :, 1:] @ G)

    def report(self, values: Floats) -> Floats:
        """Probabilities (n, K), from numbers on this scale."""
        tail = np.exp(-np.abs(values))
        return np.where(values > 0.0, 1.0, tail) / (1.0 + tail)

    def find_slopes(self, values: Floats) -> Floats:
        """Derivatives (n, K) of the probabilities by these numbers."""
        p = self.report(values)
        return p * self.report(-values)


def _list_others(link: Floats) -> tuple[Floats, Floats]:
    """Scores (n, K), and for each class those of the others (n, K, K), its own minus infinity."""
    scores = np.insert(link, 0, 0.0, axis=1)
    own = np.eye(scores.shape[1], dtype=bool)
    return scores, np.where(own, -np.inf, scores[:, None, :])


Scale = ElementwiseScale | OddsScale


def choose_scale(model: Model, kind: str) -> Scale:
    """Choose the scale of the intervals of a type of prediction."""
    if is_shift_invariant(model) and kind != "link":
        return OddsScale()
    return ElementwiseScale(model, kind)
