"""Engines: NumPy, or the compiled engine on demand."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from ..errors import check_choice, check_word
from ..perceptron import NumpyEngine, Perceptron

EngineName = Literal["numpy", "compiled"]
Precision = Literal["float64", "float32"]
_PRECISIONS: dict[Precision, Any] = {"float64": np.float64, "float32": np.float32}


def make_engine(engine: Any, dtype: Any, perceptron: Perceptron) -> NumpyEngine:
    """Make the engine that evaluates a perceptron; None: NumPy's.

    Raises
    ------
    ImportError
        If the compiled engine is asked for and numba is not installed.
    TypeError, ValueError
        For another engine or dtype, and for a combination that does not exist.
    """
    precision = check_choice("dtype", _name_dtype(dtype), _PRECISIONS)
    double = precision is np.float64
    engine = "numpy" if engine is None else engine
    check_word("engine", engine, get_args(EngineName))
    if engine == "numpy":
        return NumpyEngine(perceptron, precision)
    if not double:
        raise ValueError(
            "engine='compiled' computes in float64 alone: leave dtype out, or use engine='numpy'"
        )
    try:
        from ..perceptron.compiled import CompiledEngine
    except ImportError as fault:
        raise ImportError(
            "engine='compiled' needs numba: pip install 'formula-neuralnet[fast]'"
        ) from fault
    return CompiledEngine(perceptron)


def _name_dtype(dtype: Any) -> Any:
    """Return NumPy's name of a dtype such as ``np.float32``; other values as they are."""
    try:
        return str(np.dtype(dtype).name)
    except (TypeError, ValueError):
        return dtype
