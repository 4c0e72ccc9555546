"""Predictions of a network for new rows, and the fit to the training rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..model import (
    check_threshold,
    choose_kind,
    compute_residuals,
    compute_scores,
    label_predictions,
)
from .holder import FitHolder


class Predictions(FitHolder):
    """Methods of a network that predict."""

    def predict(
        self,
        data: Any = None,
        type: str | None = None,
        *,
        threshold: float | None = None,
        unseen: str = "error",
    ) -> pd.Series | pd.DataFrame:
        """Predict new rows, in their order and with their index.

        Parameters
        ----------
        data : DataFrame or another table, dict, or Series as one row, optional
            None: the training rows. Needs no response. The prediction for a row with a missing
            value is missing.
        type : {"class", "probs", "response", "link"}, optional
            ``class``: labels, ties to the first class. ``probs``: one column a class.
            ``response``: means; for binomial the probability of the second class. ``link``:
            scores. None: ``class`` for classes, else ``response``.
        threshold : float, optional
            For ``class``: the probability above which the second of two classes is predicted, in
            place of 0.5.
        unseen : {"error", "missing"}
            A level that training never saw is an error, or a missing value, with one warning for
            all rows.

        Raises
        ------
        TypeError, ValueError
            For a missing column, a level or a column type that training never saw, and for another
            ``type`` or ``threshold``.
        """
        labels = self._model.labels
        kind, chosen = choose_kind(type, labels), check_threshold(threshold, labels)
        if chosen is not None and kind != "class":
            raise ValueError(
                f"threshold= is for predicted classes, and type={kind!r} predicts none: leave one "
                "of them out"
            )
        values, index = compute_scores(self._model, self._theta, data, unseen, kind, chosen)
        return label_predictions(kind, labels, values, index)

    @property
    def fitted(self) -> pd.Series | pd.DataFrame:
        """Means of the training rows, ``predict(type="response")``."""
        return self.predict(type="response")

    @property
    def residuals(self) -> pd.Series | pd.DataFrame:
        """Response minus fitted mean; a class is 0 or 1 in each output."""
        return compute_residuals(self._model, self._theta)
