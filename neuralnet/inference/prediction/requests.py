"""What a prediction is asked to come with: standard errors and intervals, checked."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

from ...errors import check_flag, check_word, cut
from ...model import Model, PredictionType, choose_kind
from ..distributions import check_level

# Of the means, or of new responses.
IntervalType = Literal["confidence", "prediction"]
# How standard errors of predictions are computed.
PredictionErrors = Literal["delta", "ensemble", "bootstrap", "conformal"]
LEVEL = 0.95


class Request(NamedTuple):
    """Checked arguments of `NeuralNetwork.predict`.

    Attributes
    ----------
    kind : str
        The type of prediction.
    se_fit : bool
    interval : str or None
    level : float
    method : str or None
    """

    kind: PredictionType
    se_fit: bool
    interval: IntervalType | None
    level: float
    method: PredictionErrors | None

    @property
    def is_plain(self) -> bool:
        """True where neither errors nor intervals are asked for."""
        return not self.se_fit and self.interval is None


def read_request(
    model: Model, kind: Any, se_fit: Any, interval: Any, level: Any, method: Any
) -> Request:
    """Check the arguments of a prediction.

    Raises
    ------
    TypeError, ValueError
        For a value that does not exist, and for those that do not go together.
    """
    check_flag("se_fit", se_fit)
    if interval is not None:
        interval = check_word("interval", interval, get_args(IntervalType))
    if method is not None:
        method = check_word("method", method, get_args(PredictionErrors))
    level, is_plain = check_level(level), not se_fit and interval is None
    labels = model.labels
    if kind is None and not is_plain:
        kind = "probs" if labels.classes else "response"
    found = Request(choose_kind(kind, labels), se_fit, interval, level, method)
    (_check_plain if is_plain else _check_uncertain)(found)
    if interval == "prediction":
        _check_family(model, found)
    return found


def _check_plain(asked: Request) -> None:
    if asked.method not in (None, "ensemble"):
        raise ValueError(
            f"method={asked.method!r} says how errors are found: ask for se_fit=True or interval=, "
            "or leave it out"
        )
    if asked.level != LEVEL:
        raise ValueError("level= is that of an interval: give interval='confidence' too")
    if asked.kind == "original" and asked.method:
        raise ValueError(
            "type='original' averages over the residuals of one network: leave method= out, or use "
            "type='response'"
        )


def _check_uncertain(asked: Request) -> None:
    if asked.kind == "class":
        raise ValueError(
            "a predicted class has no standard error and no interval: its probability has, with "
            "type='probs'"
        )
    if asked.kind == "original":
        raise ValueError(
            "type='original' has no standard errors and no intervals: use type='response', and "
            "undo the function of the response for both ends of an interval"
        )
    if asked.method == "conformal" and asked.interval != "prediction":
        raise ValueError(
            "method='conformal' gives intervals of new responses, not of means: use "
            "interval='prediction', or method='bootstrap' for means"
        )


def _check_family(model: Model, asked: Request) -> None:
    """Check that responses have prediction intervals."""
    family, response = model.perceptron.family, cut(model.labels.response)
    if model.labels.classes:
        raise ValueError(
            f"{response} holds classes, which have no interval: the probabilities are the whole "
            "distribution; interval='confidence' is that of each"
        )
    if not hasattr(family, "stabilize"):
        raise ValueError(
            f"prediction intervals are for families 'gaussian' and 'poisson', and this one is "
            f"{family.name!r}: interval='confidence' is that of the means"
        )
    if asked.kind == "link":
        raise ValueError(
            "a prediction interval is one of responses, not of scores: leave type='link' out"
        )
