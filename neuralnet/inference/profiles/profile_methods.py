"""The methods of an explanation that report shapes: partial dependence, local effects, profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...errors import check_flag, check_memory, quote
from ...model import check_offset
from ..effects.effects import ScaleType, is_link
from ..explained import Explained, check_predictor
from .curves import tabulate_curves
from .grids import INNER, POINTS, WHOLE, check_grid, make_grid
from .lek import check_shares, profile
from .local_effects import accumulate_effects
from .partial_dependence import compute_partial_dependence


class ProfileMethods(Explained):
    """Curves of the predictions along a column."""

    def partial_dependence(
        self,
        variables: str | list[str] | tuple[str, str],
        grid: int | Mapping[str, Any] = POINTS,
        *,
        ice: bool = False,
        type: ScaleType = "response",
    ) -> pd.DataFrame:
        """Partial dependence: the mean prediction of all rows with a column at one value.

        Parameters
        ----------
        variables : str or pair of str
            A column of the data, or two for each pair of their values.
        grid : int or dict
            The number of values of a column of numbers or dates, at least 2; or columns with their
            values. Numbers are evenly spaced from the 5 % to the 95 % quantile of the rows, by case
            weight; where they have no more different values than that, these are taken. Dates are
            evenly spaced over their range in training. Levels are all taken.
        ice : bool
            Whether to return the curve of each row, its individual conditional expectation.
        type : {"response", "link"}
            The scale: means, which are probabilities for classes; or scores, for several classes
            minus that of the first class.

        Returns
        -------
        DataFrame
            With columns ``term`` and ``value``, for a pair also ``term2`` and ``value2``, ``row``
            (the label of the row, for ``ice``), ``group`` (the class or the response, where there
            are several outputs) and ``estimate``. A value is a float, a timestamp or, of a column
            with levels, a category.

        Raises
        ------
        ValueError
            For a column that is no predictor, one with a single value, and values that it does not
            have.

        Notes
        -----
        At value v of the columns ``sum_i w_i f(v, x_i) / sum_i w_i``, with the other columns
        ``x_i`` as they are in row i, and its case weight. It is a description of the network: where
        columns are correlated it averages over combinations that no row has. Local effects do not.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Species", load_iris(), hidden=0)
        >>> explained = net.train(optimizer="newton", trace=0).explain()
        >>> explained.partial_dependence("Petal.Length", {"Petal.Length": [2, 4]}).round(3)
                   term  value  estimate
        0  Petal.Length    2.0     4.253
        1  Petal.Length    4.0     6.062

        References
        ----------
        J. H. Friedman (2001). Greedy function approximation. Annals of Statistics 29. A. Goldstein,
        A. Kapelner, J. Bleich, E. Pitkin (2015). Peeking inside the black box. Journal of
        Computational and Graphical Statistics 24.
        """
        names = _read_names(variables)
        for name in names:
            check_predictor(self.model, f"variables={quote(name)}", name)
        link, ice = is_link(type), check_flag("ice", ice)
        chosen = check_grid(grid, names)
        grids = [make_grid(self.rows, name, chosen, INNER) for name in names]
        n = len(self.rows.w) if ice else 1
        for each in grids:
            n *= len(each.points)
        check_memory("predictions over a grid", n * self.model.perceptron.sizes[-1], "Thin grid=")
        values = compute_partial_dependence(self.rows, self.theta, grids, link, ice)
        ends = ["", "2"][: len(grids)]
        terms = {f"term{end}": name for end, name in zip(ends, names, strict=True)}
        axes: dict[str, tuple[int, Any]] = {
            f"value{end}": (axis + ice, each.points)
            for axis, (end, each) in enumerate(zip(ends, grids, strict=True))
        }
        if ice:
            axes["row"] = 0, self.rows.frame.index
        table = tabulate_curves(self.model, link, terms, axes, values)
        first = [column for end in ends for column in (f"term{end}", f"value{end}")]
        return table[[*first, *(each for each in table if each not in first)]]

    def accumulated_local_effects(
        self, variable: str, bins: int | None = None, *, type: ScaleType = "response"
    ) -> pd.DataFrame:
        """Accumulated local effects: how the mean prediction changes with a column near the data.

        Differences of predictions, of rows that are close to the value, are averaged and added up.
        Unlike partial dependence they leave the other columns of a row as they occur with its
        value.

        Parameters
        ----------
        variable : str
            A column of the data.
        bins : int, optional
            The number of intervals between quantiles of a column of numbers, by default 20, at most
            the number of rows. Equal quantiles are one, so that there may be fewer.
        type : {"response", "link"}
            As in `partial_dependence`.

        Returns
        -------
        DataFrame
            With columns ``term``, ``value`` (the ends of the intervals, or the levels that the rows
            have), ``group`` and ``estimate``, of which the mean over the rows is 0.

        Raises
        ------
        ValueError
            For a column that is no predictor, a date, a column with a single value, and more bins
            than rows.

        Notes
        -----
        *Numbers.* With ends ``z_0 < ... < z_K``, which are the smallest value and the quantiles at
        k / K (R's type 1), the effect at ``z_k`` is the sum over the intervals up to it of the mean
        of ``f(z_j, x_i) - f(z_(j-1), x_i)`` over the rows i in ``(z_(j-1), z_j]``; minus the mean
        over the intervals, by the weight of their rows, of the effects at both ends. *Levels* are
        in their order in training, which for text is the alphabet's: between neighbours the
        differences of the rows of both are averaged, and the mean effect of all rows is taken off.
        For levels without an order the effects depend on that order, as far as the network is not
        additive. (R's ALEPlot orders them by the similarity of their rows first.) Case weights
        count.

        Examples
        --------
        A line has the slope of its coefficient:

        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Species", load_iris(), hidden=0)
        >>> explained = net.train(optimizer="newton", trace=0).explain()
        >>> found = explained.accumulated_local_effects("Petal.Length", bins=2)
        >>> found.round(3)
                   term  value  estimate
        0  Petal.Length    1.0    -2.827
        1  Petal.Length    4.3     0.158
        2  Petal.Length    6.9     2.510
        >>> (found["estimate"].diff() / found["value"].diff()).round(3).tolist()
        [nan, 0.905, 0.905]

        References
        ----------
        D. W. Apley, J. Zhu (2020). Visualizing the effects of predictor variables in black box
        supervised learning models. Journal of the Royal Statistical Society B 82.
        """
        name = _read_name(variable)
        check_predictor(self.model, f"variable={quote(name)}", name)
        link = is_link(type)
        grid, values = accumulate_effects(self.rows, self.theta, name, bins, link)
        axes = {"value": (0, grid.points)}
        return tabulate_curves(self.model, link, {"term": name}, axes, values)

    def lek_profile(
        self,
        variable: str,
        at: list[float] | tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        grid: int | Mapping[str, Any] = POINTS,
        *,
        type: ScaleType = "response",
    ) -> pd.DataFrame:
        """Lek's profile: predictions along a column with all others held at their quantiles.

        Parameters
        ----------
        variable : str
            A column of the data.
        at : list of float
            The shares of the quantiles: 0 for the smallest value of each other column, 1 for the
            largest.
        grid : int or dict
            As in `partial_dependence`, but evenly spaced over the whole range of the rows.
        type : {"response", "link"}
            As in `partial_dependence`.

        Returns
        -------
        DataFrame
            With columns ``term``, ``value``, ``quantile``, ``group`` and ``estimate``.

        Raises
        ------
        ValueError
            As in `partial_dependence`, and where the offset was given as numbers for the training
            rows.

        Notes
        -----
        Only numbers have quantiles, those of the rows by case weight (R's type 7). Columns with
        levels are held at the level of most rows; dates, and columns that only an offset uses, at
        their mean in training. That all other columns are small, or large, together may be far
        from any row.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), hidden=0)
        >>> explained = net.train(optimizer="newton", trace=0).explain()
        >>> explained.lek_profile("Petal.Length", at=[0, 1], grid=2).round(3)
                   term  value  quantile  estimate
        0  Petal.Length    1.0       0.0     3.912
        1  Petal.Length    6.9       0.0     6.696
        2  Petal.Length    1.0       1.0     5.341
        3  Petal.Length    6.9       1.0     8.126

        References
        ----------
        S. Lek, M. Delacoste, P. Baran, I. Dimopoulos, J. Lauga, S. Aulagnier (1996). Application of
        neural networks to modelling nonlinear relationships in ecology. Ecological Modelling 90.
        M. Gevrey, I. Dimopoulos, S. Lek (2003). Review and comparison of methods to study the
        contribution of variables in artificial neural network models. Ecological Modelling 160.
        """
        name, shares, link = _read_name(variable), check_shares(at), is_link(type)
        check_predictor(self.model, f"variable={quote(name)}", name)
        check_offset(self.model)
        line = make_grid(self.rows, name, check_grid(grid, [name]), WHOLE)
        values = profile(self.rows, self.theta, line, shares, link)
        axes = {"value": (1, line.points), "quantile": (0, shares)}
        return tabulate_curves(self.model, link, {"term": name}, axes, values)


def _read_name(variable: Any) -> str:
    if not isinstance(variable, str):
        raise TypeError(f"variable must be the name of a column, not {quote(variable)}")
    return variable


def _read_names(variables: Any) -> list[str]:
    names = [variables] if isinstance(variables, str) else variables
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise TypeError(
            "variables must be the name of a column, or a list of two for each pair of their "
            f"values, not {quote(variables)}"
        )
    if not 1 <= len(names) <= 2 or len({*names}) < len(names):
        raise ValueError(
            f"variables must name one column, or two different ones, not {quote(variables)}: call "
            "the method once for each column"
        )
    return list(names)
