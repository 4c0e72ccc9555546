"""Tables to learn from: iris, hotdogs and planar as bundled, and generators of more like them.

Every function returns a fresh DataFrame whose classes are a categorical in a fixed order. Nothing
here knows a network, and NumPy's global random state is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

SPECIES = ["setosa", "versicolor", "virginica"]
HOTDOGS = ["not hot dog", "hot dog"]
PLANAR = [0, 1]
PLANAR_TABLES = {"all": "planar", "train": "planar_train", "test": "planar_test"}
PETAL_LENGTH = 4.0
SWEEP = 3.12  # Angle that one class of the flower covers: the table's, a little under half a turn.


def load_iris() -> pd.DataFrame:
    """Load Anderson's iris measurements, with the columns and row order of R's ``iris``.

    Returns
    -------
    DataFrame
        150 rows: ``Sepal.Length``, ``Sepal.Width``, ``Petal.Length``, ``Petal.Width`` (cm) and
        ``Species``, a categorical in the order setosa, versicolor, virginica (50 rows each).

    Notes
    -----
    Source: E. Anderson (1935), The irises of the Gaspe Peninsula, Bulletin of the American Iris
    Society 59, 2-5; published by R. A. Fisher (1936), The use of multiple measurements in
    taxonomic problems, Annals of Eugenics 7, 179-188. Public domain.

    Examples
    --------
    >>> load_iris().groupby("Species", observed=True)["Petal.Length"].max().to_dict()
    {'setosa': 1.9, 'versicolor': 5.1, 'virginica': 6.9}
    """
    return _read_table("iris", "Species", SPECIES)


def load_hotdogs() -> pd.DataFrame:
    """Load the hot dogs: two spirals wound into each other, which no straight line parts.

    Returns
    -------
    DataFrame
        200 rows: ``x1``, ``x2`` (no unit) and ``class``, a categorical in the order not hot dog,
        hot dog (100 rows each, in that order).

    Notes
    -----
    Simulated with R (seed 42) for this project, after the idea of D. Selby's article "Building a
    neural network from scratch in R" (2018). It comes under the licence of this package.
    `two_spirals` makes more.

    Examples
    --------
    >>> load_hotdogs()["class"].value_counts().to_dict()
    {'not hot dog': 100, 'hot dog': 100}
    """
    return _read_table("hotdogs", "class", HOTDOGS)


def load_planar(part: str = "all") -> pd.DataFrame:
    """Load the planar flower: eight petals of two classes that overlap.

    Parameters
    ----------
    part : {"all", "train", "test"}
        All 400 rows; or 320 of them to learn from; or the other 80 to test with. The last two
        are one fixed shuffle of the whole table, written with 15 digits instead of 17.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` (no unit) and ``y``, a categorical of the integers 0 and 1.

    Raises
    ------
    ValueError
        If ``part`` is none of the three.

    Notes
    -----
    Simulated with NumPy (legacy generator, seed 1) for this project, after the idea of the
    articles "Building a neural net from scratch using R" by Akshaj. It comes under the licence of
    this package. `planar_flower` makes more.

    Examples
    --------
    >>> len(load_planar()), len(load_planar("train")), len(load_planar("test"))
    (400, 320, 80)
    """
    if part not in list(PLANAR_TABLES):
        wanted = ", ".join(map(repr, PLANAR_TABLES))
        raise ValueError(f"part is {part!r}; planar has the parts {wanted}")
    return _read_table(PLANAR_TABLES[part], "y", PLANAR)


def two_spirals(
    n: int = 200,
    noise: float = 1.0,
    turns: float = 1.5,
    seed: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Draw points on two spirals wound into each other, like those of `load_hotdogs`.

    A point at the angle t, uniform over ``turns`` turns from pi / 2 on, lies at
    ``(-t cos t, t sin t)`` in the first class and opposite, at ``(t cos t, -t sin t)``, in the
    second; a uniform number between 0 and ``noise`` is then added to each coordinate.

    Parameters
    ----------
    n : int
        Number of points, at least 2. The first class comes first; it has the odd one.
    noise : float
        Width of the noise, at least 0. Neighboring arms are pi apart, the table has 1.
    turns : float
        Full turns that each arm makes; the more, the harder.
    seed : int, numpy.random.Generator or None
        The same int gives the same points; None gives new ones every time.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` and ``class``, with the categories of `load_hotdogs`.

    Raises
    ------
    ValueError
        If ``n``, ``noise`` or ``turns`` is not such a number, or ``seed`` is negative.
    TypeError
        If ``seed`` is neither an int nor a generator.

    Examples
    --------
    >>> two_spirals(5, seed=1)["class"].tolist()
    ['not hot dog', 'not hot dog', 'not hot dog', 'hot dog', 'hot dog']
    """
    _check_points(n, noise)
    if not (isinstance(turns, Real) and 0 < turns < np.inf):
        raise ValueError(f"turns is {turns!r}; give a finite number above 0")
    generator = _make_generator(seed)
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
    """Draw points on a flower whose petals belong to two classes, like that of `load_planar`.

    The flower is the rose ``r = 4 sin(k t)`` with ``k = petals / 2``, drawn at
    ``(r sin t, r cos t)``. The first class has evenly spaced angles t from 0 to 3.12, the second
    from 3.12 to 6.24; normal noise is added to every angle (before drawing) and every radius.

    Parameters
    ----------
    n : int
        Number of points, at least 2. The first class comes first; it has the odd one.
    noise : float
        Standard deviation of the noise, at least 0: of the angle in radians, of the radius in the
        unit of ``x1``; the table has 0.2. Noise of the angle moves a point along the flower, so
        the classes mix where one ends and the other begins.
    petals : int
        Number of petals, a multiple of 4: with an odd k the two classes would draw the same
        petals, one over the other.
    seed : int, numpy.random.Generator or None
        The same int gives the same points; None gives new ones every time.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` and ``y``, with the categories of `load_planar`.

    Raises
    ------
    ValueError
        If ``n``, ``noise`` or ``petals`` is not such a number, or ``seed`` is negative.
    TypeError
        If ``seed`` is neither an int nor a generator.

    Examples
    --------
    >>> planar_flower(5, seed=1)["y"].tolist()
    [0, 0, 0, 1, 1]
    """
    _check_points(n, noise)
    if not isinstance(petals, (int, np.integer)) or petals < 4 or petals % 4:
        raise ValueError(f"petals is {petals!r}; give a multiple of 4, such as 4, 8 or 12")
    generator = _make_generator(seed)
    second = _halve(n)
    first_size = n - second.sum()
    angle = np.concatenate(
        [np.linspace(0, SWEEP, first_size), np.linspace(SWEEP, 2 * SWEEP, second.sum())]
    )
    angle += noise * generator.standard_normal(n)
    radius = PETAL_LENGTH * np.sin(petals / 2 * angle) + noise * generator.standard_normal(n)
    return _label_points(radius * np.sin(angle), radius * np.cos(angle), "y", second, PLANAR)


def _read_table(name: str, response: str, classes: Sequence[Any]) -> pd.DataFrame:
    """Read a bundled table; all columns but the response are floats."""
    with (resources.files("neuralnet.datasets") / f"{name}.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    # Python reads a number exact to the last bit; pandas 2 does so only with an option that
    # pandas 3 warns about.
    columns = table.drop(columns=response).astype(float)
    index = pd.Index(classes)
    labels = pd.Categorical(table[response].astype(index.dtype), categories=index)
    return columns.assign(**{response: labels})


def _label_points(
    x1: np.ndarray, x2: np.ndarray, response: str, second: np.ndarray, classes: Sequence[Any]
) -> pd.DataFrame:
    labels = pd.Categorical.from_codes(second.astype(int), categories=pd.Index(classes))
    return pd.DataFrame({"x1": x1, "x2": x2, response: labels})


def _halve(n: int) -> np.ndarray:
    """Whether each of n rows belongs to the second class, which has the last n // 2."""
    return np.arange(n) >= n - n // 2


def _check_points(n: int, noise: float) -> None:
    if not isinstance(n, (int, np.integer)) or n < 2:
        raise ValueError(f"n is {n!r}; give a whole number, 2 or more: a point for each class")
    if not (isinstance(noise, Real) and 0 <= noise < np.inf):
        raise ValueError(f"noise is {noise!r}; give a finite number, 0 or above")


def _make_generator(seed: int | np.random.Generator | None) -> np.random.Generator:
    if not (seed is None or isinstance(seed, (int, np.integer, np.random.Generator))):
        raise TypeError(f"seed is {seed!r}; give an int, a numpy.random.Generator or None")
    if isinstance(seed, (int, np.integer)) and seed < 0:
        raise ValueError(f"seed is {seed!r}; give an int of 0 or above")
    return np.random.default_rng(seed)
