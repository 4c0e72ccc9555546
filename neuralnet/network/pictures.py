"""Plots of a network: its predictions, loss, choice of decay, weights and confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..model import UnseenPolicy
from .evaluation import Evaluation
from .statistical_pictures import StatisticalPictures

if TYPE_CHECKING:
    from ..plots import Axes

# The package of plots is imported on demand: most sessions begin without a plot.


class Pictures(StatisticalPictures, Evaluation):
    """Methods of a network that draw; each returns matplotlib Axes."""

    def plot_regions(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        at: Mapping[str, Any] | None = None,
        data: Any = None,
        unseen: UnseenPolicy = "error",
        resolution: int = 300,
        shade: bool = False,
        ax: Axes | None = None,
    ) -> Axes:
        """Plot predictions over two predictors, with the data on top.

        A formula of one predictor has a curve instead, as of `plot_interval`: with its band where
        standard errors follow from the fit.

        All other predictors have one value each: that of ``at``, else the mean of the training
        rows, or their most frequent level. The values are written below the axes.

        Parameters
        ----------
        x, y : str, optional
            Predictors; None: the first ones, numbers before categories.
        at : dict, optional
            Values of other predictors, by name.
        data : DataFrame or another table, optional
            Rows to show; None: the training rows. Rows with a missing value are left out, with a
            warning; with ``na_action="impute"`` those without a value of ``x`` or ``y``.
        unseen : {"error", "missing"}
            As in `accuracy`.
        resolution : int
            Number of points of the grid along each axis, from 2 to 2,000.
        shade : bool
            Of classes: whether regions are the paler the less probable the class is, from its
            color at 1 to white where all classes are alike.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        model, theta = self._model, self._theta
        columns = model.design.formula.columns
        if len(columns) == 1 and y is None and x in (None, *columns) and not shade:
            inferred = model.training is not None and not self._is_fresh
            band = inferred and self._find_record().judgement.allows
            return self.plot_interval(
                columns[0],
                interval="confidence" if band else None,
                at=at,
                data=data,
                unseen=unseen,
                resolution=resolution,
                ax=ax,
            )
        from .. import plots

        return plots.draw_regions(model, theta, x, y, at, data, unseen, resolution, shade, ax)

    def plot_loss(self, *, ax: Axes | None = None) -> Axes:
        """Plot the loss, and accuracy where it was traced, against iterations; return the Axes.

        With rows held out, losses are per row. With mini-batches the loss of the rows trained on
        is a running loss, see `history`.
        """
        fit = self._fit
        from .. import plots

        history = fit.history.frame(fit.state.iteration)
        return plots.draw_loss(fit.model, history, fit.state.stopping.weights, ax)

    def plot_tuning(self, *, ax: Axes | None = None) -> Axes:
        """Plot held-out deviance against decay, with standard errors; return the Axes.

        The chosen decay is marked. The dashed line is one standard error above the lowest
        deviance: the folds cannot tell a decay below the line from the best.

        Raises
        ------
        ValueError
            If training chose no decay by cross-validation.
        """
        from .. import plots

        return plots.plot_tuning(self.tuning, ax=ax)

    def plot_network(self, *, ax: Axes | None = None) -> Axes:
        """Plot inputs, hidden units and outputs with their weights; return the Axes.

        Line widths are standardized weights, whatever ``scale`` is: each weight times the standard
        deviation, over the training rows, of the column or hidden unit that it multiplies. So the
        units of a column do not matter. Biases are those of centered columns and units; they do
        not set the scale of a layer, and are drawn no wider than its largest weight. A network
        loaded without its training rows is drawn with the weights as they are (with
        ``scale=True``: on standardized numeric columns), and the plot says so.
        """
        model, theta = self._model, self._theta
        from .. import plots

        return plots.draw_diagram(model, theta, ax)

    def plot_confusion_matrix(
        self,
        data: Any = None,
        *,
        threshold: float | None = None,
        unseen: UnseenPolicy = "error",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot the confusion matrix; return the Axes.

        ``data``, ``threshold`` and ``unseen`` are as in `accuracy`.
        """
        from .. import plots

        counts = self.confusion_matrix(data, threshold=threshold, unseen=unseen)
        return plots.plot_confusion_matrix(counts, ax=ax)
