"""Plots of what may be inferred from a network: effects, intervals, residuals, importance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..errors import check_choice, check_flag
from ..inference import (
    EffectErrors,
    ImportanceMeasure,
    IntervalType,
    PredictionErrors,
    ResidualKind,
    ScaleType,
    read_request,
)
from ..model import UnseenPolicy
from .predictions import Predictions
from .statistics import Statistics

if TYPE_CHECKING:
    from ..plots import Axes

# Shapes of a prediction, with the title of their axis if it is not that of the mean.
ShapeKind = Literal["partial", "ale", "lek"]
_SHAPES: dict[ShapeKind, str] = {"partial": "", "ale": "Effect on the mean", "lek": ""}

# The package of plots is imported on demand: most sessions begin without a plot.


class StatisticalPictures(Predictions, Statistics):
    """Methods of a network that draw its statistics; each returns matplotlib Axes.

    Of two classes the second is drawn: the first would be its mirror image.
    """

    def plot_effects(
        self,
        variables: str | list[str] | None = None,
        data: Any = None,
        *,
        contrast: Mapping[str, tuple[Any, Any]] | None = None,
        level: float = 0.95,
        method: EffectErrors = "delta",
        type: ScaleType = "response",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot average effects of predictors with their intervals, a forest plot; return the Axes.

        A number goes from its lower to its upper quartile, a factor from its first level to each
        other, with the other columns as they are. Of two classes the second is drawn. The numbers
        are those of ``inference().comparisons()`` with the same arguments; any other table of
        effects is drawn by `neuralnet.plots.plot_effects`.

        Parameters
        ----------
        variables, data, contrast, level, method, type
            As in `Inference.comparisons`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy; and for
            columns and choices that do not exist.
        """
        effects = self.inference().comparisons(
            variables, data, contrast=contrast, level=level, method=method, type=type
        )
        from .. import plots

        model = self._model
        title = plots.name_effect(model, type)
        return plots.plot_effects(
            plots.take_second(model, effects), title, str(model.labels.response), ax=ax
        )

    def plot_interval(
        self,
        x: str,
        *,
        interval: IntervalType | None = "confidence",
        level: float = 0.95,
        method: PredictionErrors | None = None,
        at: Mapping[str, Any] | None = None,
        data: Any = None,
        unseen: UnseenPolicy = "error",
        resolution: int = 100,
        ax: Axes | None = None,
    ) -> Axes:
        """Plot the prediction along one predictor with its band, and the data; return the Axes.

        All other predictors have one value each, as in `plot_regions`, which is written below the
        axes: the points differ in those predictors too, and need not lie in the band. Classes have
        a curve of their probability each, of two the second, and rows are ticks. Levels have points
        with bars. The numbers are those of ``predict(newdata, type="response", interval=...)``.

        Parameters
        ----------
        x : str
            A predictor. Its range is that of the rows shown.
        interval : {"confidence", "prediction"} or None
            The band: of the mean, or of new responses; None: no band, which needs no inference.
        level, method
            As in `predict`.
        at, data, unseen
            As in `plot_regions`.
        resolution : int
            Number of points along a number, from 2 to 2,000.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            If there is no interval, with the reasons and the remedy, as in `predict`.
        """
        read_request(self._model, "response", False, interval, level, method)
        options: dict[str, Any] = {"level": level, "method": method, "interval": interval}
        note = f"{100 * level:g} % {interval} interval" if interval is not None else ""
        from .. import plots

        def predict(frame: Any) -> Any:
            return self.predict(frame, type="response", **options)

        return plots.draw_interval(self._model, predict, x, at, data, unseen, resolution, note, ax)

    def plot_residuals(
        self,
        kind: ResidualKind = "quantile",
        against: str = "fitted",
        *,
        standardized: bool = False,
        seed: Any = 1,
        ax: Axes | None = None,
    ) -> Axes:
        """Plot residuals of the training rows; return the Axes.

        Against fitted means or a predictor with their running mean, which is near 0 where the
        network is right; or against normal quantiles, on whose line they are then. The numbers are
        those of ``inference().residuals()`` and `fitted`.

        Parameters
        ----------
        kind : {"quantile", "deviance", "pearson", "response", "working"}
            As in `Inference.residuals`. Quantile residuals are standard normal where the network is
            right, whatever the family.
        against : str
            ``"fitted"``, ``"normal"``, or the name of a predictor. Of several classes that have one
            residual together, ``"fitted"`` is the largest probability.
        standardized, seed
            As in `Inference.residuals`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            As in `Inference.residuals`, and for a name that is no predictor.
        """
        residuals = self.inference().residuals(kind, standardized=standardized, seed=seed)
        from .. import plots

        standard = kind == "quantile" or standardized
        name = f"standardized {kind}" if standardized else kind
        return plots.draw_residuals(
            self._model, residuals, self.fitted, name, against, standard, ax
        )

    def plot_calibration(
        self,
        data: Any = None,
        bins: int = 10,
        level: float = 0.95,
        *,
        unseen: UnseenPolicy = "error",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot observed against predicted means, or shares against probabilities; return the Axes.

        Points are bins of predictions with limits of what is observed. On the dashed diagonal both
        are equal. The numbers are those of ``inference().calibration()``, with the same arguments.

        Parameters
        ----------
        data, bins, level, unseen
            As in `Inference.calibration`: give rows held out where there are any.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        table = self.inference().calibration(data, bins, level, unseen=unseen)
        from .. import plots

        labels = self._model.labels
        what = "probability" if labels.classes else "mean"
        return plots.plot_calibration(table, what, str(labels.response), ax=ax)

    def plot_importance(
        self,
        data: Any = None,
        n: int = 10,
        measure: ImportanceMeasure | None = None,
        seed: int = 1,
        *,
        unseen: UnseenPolicy = "error",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot the permutation importance of terms, the largest on top; return the Axes.

        Bars are one standard deviation over the permutations to either side. The numbers are those
        of ``explain(data).importance(n, measure, seed)``. It says what this network uses, not what
        matters in the world.

        Parameters
        ----------
        data, unseen
            As in `explain`.
        n, measure, seed
            As in `Explanation.importance`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        table = self.explain(data, unseen=unseen).importance(n, measure, seed)
        from .. import plots

        return plots.plot_importance(table, plots.name_importance(measure), ax=ax)

    def plot_shape(
        self,
        variable: str,
        kind: ShapeKind = "partial",
        data: Any = None,
        *,
        ice: bool = False,
        type: ScaleType = "response",
        unseen: UnseenPolicy = "error",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot how the predictions of all rows change along one predictor; return the Axes.

        Parameters
        ----------
        variable : str
            A predictor.
        kind : {"partial", "ale", "lek"}
            ``"partial"``: the mean prediction with the predictor at one value in all rows.
            ``"ale"``: accumulated local effects, which are around 0 and leave the other predictors
            as they occur with its value. ``"lek"``: with all others at their quantiles, a curve for
            each. The numbers are those of ``explain(data)``: `partial_dependence`,
            `accumulated_local_effects` and `lek_profile`.
        data, unseen
            As in `explain`.
        ice : bool
            Of ``"partial"``: whether to draw the thin curve of each row too.
        type : {"response", "link"}
            As in `Explanation.partial_dependence`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        title, ice = check_choice("kind", kind, _SHAPES), check_flag("ice", ice)
        if ice and kind != "partial":
            raise ValueError(f"ice=True is for kind='partial', not {kind!r}")
        explained, strands = self.explain(data, unseen=unseen), None
        if kind == "partial":
            table = explained.partial_dependence(variable, type=type)
            if ice:
                strands = explained.partial_dependence(variable, ice=True, type=type)
        elif kind == "ale":
            table = explained.accumulated_local_effects(variable, type=type)
        else:
            table = explained.lek_profile(variable, type=type)
        if type == "link":
            title = "Effect on the score" if title else "Score"
        from .. import plots

        return plots.draw_shape(self._model, table, strands, title, ax)
