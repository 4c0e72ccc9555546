"""Loaders of the bundled tables: iris, hotdogs and planar, from the csv files beside this one.

Each returns a new DataFrame whose classes are a categorical in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any, Literal

import pandas as pd

from ..errors import check_choice

SPECIES = ["setosa", "versicolor", "virginica"]
HOTDOGS = ["not hot dog", "hot dog"]
PLANAR = [0, 1]
PlanarPart = Literal["all", "train", "test"]
PLANAR_TABLES: dict[PlanarPart, str] = {
    "all": "planar",
    "train": "planar_train",
    "test": "planar_test",
}


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
    """Load the hot dogs: two intertwined spirals, which are not linearly separable.

    Returns
    -------
    DataFrame
        200 rows: ``x1``, ``x2`` (no unit) and ``class``, a categorical in the order not hot dog,
        hot dog (100 rows each, in that order).

    Notes
    -----
    Simulated with R (seed 42) for this project, after the idea of D. Selby's article "Building a
    neural network from scratch in R" (2018). It has the license of this package. `two_spirals`
    generates more points.

    Examples
    --------
    >>> load_hotdogs()["class"].value_counts().to_dict()
    {'not hot dog': 100, 'hot dog': 100}
    """
    return _read_table("hotdogs", "class", HOTDOGS)


def load_planar(part: PlanarPart = "all") -> pd.DataFrame:
    """Load the planar flower: eight petals of two classes that overlap.

    Parameters
    ----------
    part : {"all", "train", "test"}
        All 400 rows, the 320 rows to train on, or the other 80 to test on. The last two are one
        fixed split of the whole table, written with 15 digits instead of 17.

    Returns
    -------
    DataFrame
        ``x1``, ``x2`` (no unit) and ``y``, a categorical of the integers 0 and 1.

    Raises
    ------
    ValueError
        If ``part`` is another value.

    Notes
    -----
    Simulated with NumPy (legacy generator, seed 1) for this project, after the idea of the
    articles "Building a neural net from scratch using R" by Akshaj. It has the license of this
    package. `planar_flower` generates more points.

    Examples
    --------
    >>> len(load_planar()), len(load_planar("train")), len(load_planar("test"))
    (400, 320, 80)
    """
    return _read_table(check_choice("part", part, PLANAR_TABLES), "y", PLANAR)


def _read_table(name: str, response: str, classes: Sequence[Any]) -> pd.DataFrame:
    """Read a bundled table; all columns but the response are floats."""
    with (resources.files("neuralnet.datasets") / f"{name}.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    # float() of a string is correctly rounded; the parser of pandas 2 is so only with an option
    # that pandas 3 warns about.
    columns = table.drop(columns=response).astype(float)
    index = pd.Index(classes)
    labels = pd.Categorical(table[response].astype(index.dtype), categories=index)
    return columns.assign(**{response: labels})
