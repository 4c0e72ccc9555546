"""Evaluation of factors: their values, with patsy's errors as errors of the formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from patsy import PatsyError

from ..errors import cut, quote, visible
from .factors import Factor
from .transforms.factor_levels import Box

# Messages of NumPy in the terms of a formula, by a part of each.
_TRANSLATIONS = {
    "numpy boolean": "True and False take no '-': ~ gives the opposite, * 1 makes numbers of them",
    "inhomogeneous": "a natural spline needs a knot between its ends: write df=3 or more",
}
# The longest message, in characters; a user-defined function may raise any.
_LONGEST = 1_000


@contextmanager
def translate_errors(formula: str) -> Iterator[None]:
    """Raise patsy's errors as errors of the formula."""
    try:
        yield
    except PatsyError as fault:
        if isinstance(fault.__cause__, ImportError):
            raise ImportError(
                f"{quote(formula)} uses splines, which need scipy: "
                "pip install 'formula-neuralnet[splines]'"
            ) from None
        if isinstance(fault.__cause__, NotImplementedError):
            raise ValueError(
                f"cannot evaluate {quote(formula)}: a value lies outside the range that a spline "
                "saw in training, and splines do not reach beyond it; give the spline wider bounds "
                "(lower_bound=, upper_bound=) when the network is made"
            ) from None
        message = fault.message.removeprefix(f"{cut(formula)}: ")
        matches = (words for part, words in _TRANSLATIONS.items() if part in message)
        message = next(matches, message)
        raise ValueError(
            f"cannot evaluate {quote(formula)}: {visible(message, _LONGEST)}"
        ) from None
    except (IndexError, TypeError) as fault:
        # Patsy raises these for an invalid coding.
        raise ValueError(f"cannot evaluate {quote(formula)}: {visible(fault, _LONGEST)}") from None


def evaluate_factor(
    factor: Factor, state: Mapping[str, Any], columns: Mapping[str, Any], text: str
) -> Any:
    """Return the values of a factor with fitted transforms, those of ``C(...)`` without its box.

    Parameters
    ----------
    factor : Factor
    state : mapping
    columns : mapping
        The columns of the complete rows.
    text : str
        The formula, or the part of one, that errors name.

    Raises
    ------
    ValueError, ImportError
        If the values cannot be computed.
    """
    with translate_errors(text):
        return unbox(factor.eval(dict(state), columns))


def is_boxed(value: Any) -> bool:
    """Return whether a value comes from ``C(...)``."""
    return isinstance(value, Box)


def unbox(value: Any) -> Any:
    """Return the content of ``C(...)``; any other value as it is."""
    return value.data if isinstance(value, Box) else value
