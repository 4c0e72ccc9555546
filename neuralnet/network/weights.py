"""Attributes of a network that hold its weights: theta and the matrices W1, W2, ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..errors import METHOD_ARGUMENTS, explain_attribute, find_argument, quote, suggest
from ..model import label_weights, name_weights, read_matrix, read_vector
from .holder import ASSIGNED, FitHolder

Matrix = NDArray[np.float64]
_WEIGHTS = re.compile(r"W([1-9]\d*+)")

if TYPE_CHECKING:

    class WeightMatrix:
        """The attribute W1, W2, ...: read as a matrix, assigned from all that is like an array."""

        def __get__(self, net: object, owner: type | None = None) -> Matrix: ...

        def __set__(self, net: object, values: ArrayLike | pd.DataFrame) -> None: ...


class Weights(FitHolder):
    """Attributes of a network that hold its weights; only these can be assigned."""

    @property
    def theta(self) -> Matrix:
        """All weights as one vector (P,), layer after layer, each row by row; read-only."""
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._assign(read_vector("theta", values, self._theta.size))

    @property
    def W(self) -> tuple[Matrix, ...]:
        """The weight matrices as read-only views of theta.

        ``net.W1`` is ``net.W[0]``, and so on for each layer. Editors and type checkers know the
        names W1 to W9; of a deeper network they know ``net.W[9]``.
        """
        return self._model.perceptron.unflatten(self._theta)

    def coef(self) -> dict[str, pd.DataFrame]:
        """Return the weights as labelled frames, ``{"W1": ..., "W2": ...}``.

        ``net.W1 = frame`` assigns such a frame by its labels, in any order.
        """
        return label_weights(self._model, [W.copy() for W in self.W])

    if TYPE_CHECKING:
        W1 = W2 = W3 = W4 = W5 = W6 = W7 = W8 = W9 = WeightMatrix()
    else:
        # Type checkers would take these for a permission to read and assign any name.

        def __getattr__(self, name: str) -> Any:
            # copy and pickle look for methods of an object that has no attributes yet.
            if name.startswith("_") or "_fit" not in vars(self):
                raise AttributeError(name)
            return self._find_matrix(name)

        def __setattr__(self, name: str, value: Any) -> None:
            if self._layer(name) is None and (name.startswith("_") or name == "theta"):
                object.__setattr__(self, name, value)
            else:
                self._assign_matrix(name, value)

    def _find_matrix(self, name: str) -> Matrix:
        """Return a weight matrix by its name; AttributeError for any other name."""
        layer = self._layer(name)
        if layer is None:
            hint = explain_attribute(name, dir(self), METHOD_ARGUMENTS)
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {quote(name)}{hint}"
            )
        return self.W[layer]

    def _assign_matrix(self, name: str, value: Any) -> None:
        """Assign a weight matrix by its name; AttributeError for any other name."""
        layer = self._layer(name)
        if layer is not None:
            matrices, names = list(self.W), name_weights(self._model)[layer]
            matrices[layer] = read_matrix(name, value, *names)
            self._assign(self._model.perceptron.flatten(tuple(matrices)))
            return
        settable = ["theta", *(f"W{i}" for i, _ in enumerate(self.W, start=1))]
        shown = quote(name)
        there = name in dir(self)
        what = f"{shown} is read-only" if there else f"no attribute {shown}"
        found = find_argument(name, METHOD_ARGUMENTS)
        if there and not found.startswith(f"{name}="):
            hint = ""  # W is not a misspelled argument.
        else:
            hint = f" {found}." if found else suggest(name, settable)
        raise AttributeError(f"{what}: only {', '.join(settable)} can be set.{hint}")

    def __dir__(self) -> list[str]:
        names = {name for name in dir(type(self)) if not name.startswith("_")}
        return sorted(names | {f"W{layer}" for layer, _ in enumerate(self.W, start=1)})

    def _layer(self, name: str) -> int | None:
        """Return the index of a weight matrix W1, W2, ...; None for any other name."""
        match = _WEIGHTS.fullmatch(name)
        # Python refuses to convert thousands of digits.
        number = int(match[1]) if match and len(match[1]) < 10 else 0
        return number - 1 if 0 < number <= len(self.W) else None

    def _assign(self, theta: Matrix) -> None:
        fit = self._fit
        self._lock.run(lambda: fit.commit(state=fit.state.restart(theta), stop=ASSIGNED))
