"""Generators of classification data: two spirals and the planar flower, as in the bundled tables.

Each returns a new DataFrame whose classes are a categorical in a fixed order. NumPy's global random
state is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import check_memory, check_number, check_whole, make_generator
from .tables import HOTDOGS, PLANAR

PETAL_LENGTH = 4.0
# The angle that one class of the flower covers in the bundled table, a little under half a turn.
SWEEP = 3.12
# Beyond this the coordinates overflow, or are noise alone.
_MOST = 1e6


def two_spirals(
    n: int = 200,
    noise: float = 1.0,
    turns: float = 1.5,
    seed: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Draw random points on two intertwined spirals, as in `load_hotdogs`.

    A point of the first class is at ``(-t cos t, t sin t)``, one of the second at
    ``(t cos t, -t sin t)``, where the angle t is uniform over ``turns`` turns from pi / 2 on.
    Uniform noise between 0 and ``noise`` is added to each coordinate.

    Parameters
    ----------
    n : int
        Number of points, at least 2. The first class comes first; if n is odd, it has one more.
    noise : float
        Width of the noise, at least 0. Neighboring arms are pi apart; the bundled table has 1.
    turns : float
        Full turns of each arm; more turns make a harder problem.
    seed : int, numpy.random.Generator or None
        An int gives the same points each time; None gives different ones.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` and ``class``, with the categories of `load_hotdogs`.

    Raises
    ------
    ValueError
        If ``n``, ``noise`` or ``turns`` is out of range, ``seed`` is negative, or the points would
        take more than 4 GiB.
    TypeError
        If an argument is not a number, or ``seed`` neither an int nor a generator.

    Examples
    --------
    >>> two_spirals(5, seed=1)["class"].tolist()
    ['not hot dog', 'not hot dog', 'not hot dog', 'hot dog', 'hot dog']
    """
    n, noise = _check_points(n, noise)
    turns = check_number("turns", turns, most=_MOST, above=True)
    generator = make_generator(seed)
    second = _halve(n)
    angle = np.pi / 2 + 2 * np.pi * turns * generator.random(n)
    radius = np.where(second, angle, -angle)
    x1 = radius * np.cos(angle) + noise * generator.random(n)
    x2 = -radius * np.sin(angle) + noise * generator.random(n)
    return _label_points(x1, x2, "class", second, HOTDOGS)


def planar_flower(
    n: int = 400,
    noise: float = 0.2,
    petals: int = 8,
    seed: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Draw random points on a flower with petals of two classes, as in `load_planar`.

    The flower is the rose ``r = 4 sin(k t)`` with ``k = petals / 2``, drawn at
    ``(r sin t, r cos t)``. The first class has evenly spaced angles t from 0 to 3.12, the second
    from 3.12 to 6.24. Normal noise is added to each angle (before r is computed) and each radius.

    Parameters
    ----------
    n : int
        Number of points, at least 2. The first class comes first; if n is odd, it has one more.
    noise : float
        Standard deviation of the noise, at least 0: of the angle in radians, of the radius in the
        unit of ``x1``; the bundled table has 0.2. Noise of the angle moves a point along the
        flower, so that the classes overlap where one ends and the other begins.
    petals : int
        Number of petals, a multiple of 4: with an odd k the petals of the two classes would
        coincide.
    seed : int, numpy.random.Generator or None
        An int gives the same points each time; None gives different ones.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` and ``y``, with the categories of `load_planar`.

    Raises
    ------
    ValueError
        If ``n``, ``noise`` or ``petals`` is out of range, ``seed`` is negative, or the points would
        take more than 4 GiB.
    TypeError
        If an argument is not a number, or ``seed`` neither an int nor a generator.

    Examples
    --------
    >>> planar_flower(5, seed=1)["y"].tolist()
    [0, 0, 0, 1, 1]
    """
    n, noise = _check_points(n, noise)
    petals = check_whole("petals", petals, least=4, most=int(_MOST))
    if petals % 4:
        raise ValueError(f"petals must be a multiple of 4, such as 4, 8 or 12, not {petals}")
    generator = make_generator(seed)
    second = _halve(n)
    first_size = n - second.sum()
    angle = np.concatenate(
        [np.linspace(0, SWEEP, first_size), np.linspace(SWEEP, 2 * SWEEP, second.sum())]
    )
    angle += noise * generator.standard_normal(n)
    radius = PETAL_LENGTH * np.sin(petals / 2 * angle) + noise * generator.standard_normal(n)
    return _label_points(radius * np.sin(angle), radius * np.cos(angle), "y", second, PLANAR)


def _label_points(
    x1: np.ndarray, x2: np.ndarray, response: str, second: np.ndarray, classes: Sequence[Any]
) -> pd.DataFrame:
    labels = pd.Categorical.from_codes(second.astype(int), categories=pd.Index(classes))
    return pd.DataFrame({"x1": x1, "x2": x2, response: labels})


def _halve(n: int) -> np.ndarray:
    """Return the mask of the last n // 2 of n rows, which belong to the second class."""
    return np.arange(n) >= n - n // 2


def _check_points(n: Any, noise: Any) -> tuple[int, float]:
    n = check_whole("n", n, least=2)
    # Angles, radii, coordinates and their noise.
    check_memory(f"{n:,} points", 8 * n, "Draw fewer")
    return n, check_number("noise", noise, most=_MOST)
