"""Warning classes, and warnings that name the caller's line."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from .messages import _MOST, visible

# The files of this package, and the one that leaves its context managers.
_OURS = (str(Path(__file__).parents[1]) + os.sep, contextlib.__file__)


class NeuralNetworkWarning(UserWarning):
    """Base class of all warnings of this package, for a single filter."""


class DataWarning(NeuralNetworkWarning):
    """Data that may not be as intended: rows left out, columns without information or leaking."""


class ConvergenceWarning(NeuralNetworkWarning):
    """Training diverged, learned nothing, or has no optimum to converge to."""


class OverconfidenceWarning(NeuralNetworkWarning):
    """Overfitting: predictions of new rows are likely to be worse than those of training rows."""


class FileWarning(NeuralNetworkWarning):
    """A file cannot hold all of a network, or training from it will not be bit-for-bit equal."""


class InterruptWarning(NeuralNetworkWarning):
    """Training was interrupted in a REPL or a notebook; the network is whole."""


def warn(message: str, category: type[NeuralNetworkWarning]) -> None:
    """Warn at the line of the first caller outside this package."""
    message = visible(message)
    level = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def warn_of_all(
    findings: Mapping[str, str], one: str, several: str, category: type[NeuralNetworkWarning]
) -> None:
    """Warn once of all columns or terms with the same finding; without findings do not warn.

    Parameters
    ----------
    findings : mapping of str to str
        A detail for each column or term, by its displayed name.
    one, several : str
        Templates for a single name, with ``{name}`` and ``{what}``, its detail, and for several,
        with their number ``{n}``, the ``{names}``, or ``{each}``, the names with their details.
    category : type
        The class of the warning.
    """
    if len(findings) == 1:
        ((name, what),) = findings.items()
        warn(one.format(name=name, what=what), category)
    elif findings:
        more = ["..."] * (len(findings) > _MOST)
        names = [*list(findings)[:_MOST], *more]
        each = [*(f"{name} ({what})" for name, what in list(findings.items())[:_MOST]), *more]
        message = several.format(n=len(findings), names=", ".join(names), each=", ".join(each))
        warn(message, category)
