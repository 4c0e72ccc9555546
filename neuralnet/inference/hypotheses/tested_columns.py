"""Columns that tests add to a model: powers and products of standardized columns of X."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from ...perceptron import Batch, measure_moments

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Share of the rows that may be coefficients: of one term, and of all products of three columns.
TERM_SHARE, TERASVIRTA_SHARE = 0.1, 0.25


def standardize_tested(batch: Batch, columns: NDArray[np.intp], center: bool = True) -> Floats:
    """Return columns of X with mean 0 and deviation 1, without those that are constant.

    So products of columns span the same space in all units. ``center=False``: with a mean square of
    1, where the model has no constant.
    """
    X = batch.X[:, columns]
    if not X.shape[1]:
        return X
    means, spreads = measure_moments(X, batch.w)
    moving = spreads > 1e-12 * np.abs(means)
    if not center:
        sizes = np.hypot(means, spreads)
        return np.asarray(X[:, sizes > 0.0] / sizes[sizes > 0.0])
    return np.asarray((X[:, moving] - means[moving]) / spreads[moving])


def expand_term(tested: Floats, others: Floats, batch: Batch, n_outputs: int) -> Floats:
    """Return columns of a term, their squares and cubes, and products with the other columns.

    All of the term's own coefficients are tested. Products are limited, so that all tested
    coefficients are at most a tenth of the rows (`TERM_SHARE`): beyond that, each column is
    multiplied by the leading principal components of the other columns, as many as the limit
    allows, and at least one.

    Parameters
    ----------
    tested : (n, m) array
        Standardized columns of the term.
    others : (n, D - m) array
        The other standardized columns.
    batch : Batch
        The rows: their case weights count.
    n_outputs : int
        Number of scores that each column may enter.
    """
    m, d = tested.shape[1], others.shape[1]
    if not m:
        return tested
    most = int(max(1.0, (TERM_SHARE * batch.weight / n_outputs - 3 * m) // m))
    if d > most:
        others = find_components(others, batch.w, most)
    products = [tested * each[:, None] for each in others.T]
    return np.hstack([tested, tested**2, tested**3, *products])


def expand_terasvirta(Z: Floats, batch: Batch, n_outputs: int) -> Floats:
    """Return the products of columns that stand for any smooth function of them.

    All products of two and of three columns (Teräsvirta, Lin and Granger, 1993, Journal of Time
    Series Analysis 14). If these are more than a quarter of the rows (`TERASVIRTA_SHARE`), the
    products of two and the cubes; then the squares and cubes; then, as where all columns hold two
    values, those of the leading principal components, as many as the limit allows, and at least one
    (Castle and Hendry, 2010, Journal of Econometrics 158).
    """
    if not Z.shape[1]:
        return Z
    d, limit = Z.shape[1], TERASVIRTA_SHARE * batch.weight / n_outputs
    pairs = d * (d + 1) // 2
    if pairs + pairs * (d + 2) // 3 <= limit:
        return np.hstack([_multiply(Z, 2), _multiply(Z, 3)])
    if pairs + d <= limit:
        return np.hstack([_multiply(Z, 2), Z**3])
    # Powers of columns of two values add nothing, those of components do.
    if 2 * d > limit or all(len(np.unique(each)) < 3 for each in Z.T):
        Z = find_components(Z, batch.w, int(max(1.0, limit // 2)))
    return np.hstack([Z**2, Z**3])


def find_components(Z: Floats, w: Vector | None, most: int) -> Floats:
    """Return the leading principal components of standardized columns, at unit deviation."""
    root = np.ones((len(Z), 1)) if w is None else np.sqrt(w)[:, None]
    _, s, along = np.linalg.svd(root * Z, full_matrices=False)
    clear = s[:most] > 1e-7 * s[0]
    components = Z @ along[:most][clear].T / s[:most][clear]
    return np.asarray(components * np.linalg.norm(root))


def _multiply(Z: Floats, degree: int) -> Floats:
    """Return all products of some columns, (n, number of products)."""

    def products() -> Iterator[Floats]:
        for places in combinations_with_replacement(range(Z.shape[1]), degree):
            yield np.prod(Z[:, places], axis=1)

    return np.column_stack(list(products()))
