"""What a network is apart from its weights: design, layers, training rows, names of outputs.

A frozen record built once from the user's arguments; its methods are pure functions of theta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .activations import Activation
from .batches import Batch
from .coordinates import Raw, standardize
from .design import Design, Rows, read_weights
from .display import MatrixHead, head
from .families import Family, Gaussian, Softmax
from .messages import warn
from .objective import InMemory, Objective
from .perceptron import Layer, Perceptron
from .predictions import Labels
from .variables import as_frame

__all__ = ["Model", "build_model"]

Matrix = NDArray[np.float64]

# A numeric response with no more distinct whole numbers than this may well mean classes.
_FEW = 10


@dataclass(frozen=True, eq=False)
class Model:
    """See the module.

    Attributes
    ----------
    design : Design
    perceptron : Perceptron
    labels : Labels
        Names of outputs and classes.
    rows : Rows
        The training rows: X, the response, its labels and the index.
    frame : DataFrame
        The columns that the formula uses, for the training rows.
    batch : Batch
        The training rows as the kernel reads them.
    objective : Objective
        Of the training rows.
    weights : str or None
        The column of case weights, where they came from one.
    """

    design: Design
    perceptron: Perceptron
    labels: Labels
    rows: Rows
    frame: pd.DataFrame
    batch: Batch
    objective: Objective
    weights: str | None

    def copy(self) -> Model:
        """A model whose arrays and frames are its own; frozen parts are shared."""
        rows = self.rows.pick(np.ones(len(self.rows.X), dtype=bool))
        w = None if self.batch.w is None else self.batch.w.copy()
        batch = Batch(_freeze(rows.X), self.batch.Y.copy(), w)
        objective = replace(self.objective, batches=InMemory(batch))
        frame = self.frame.copy()
        return replace(self, rows=rows, frame=frame, batch=batch, objective=objective)

    def read_scores(self, theta: Matrix, data: Any) -> tuple[Matrix, pd.Index]:
        """Scores (n, K) of new rows, nan where a row misses something, and their index."""
        if data is None:
            return self.perceptron.scores(theta, self.rows.X), self.rows.index
        rows = self.design.read(data, response=False)
        complete = rows.complete
        if complete.all():
            return self.perceptron.scores(theta, rows.X), rows.index
        eta = np.full((len(complete), self.perceptron.sizes[-1]), np.nan)
        eta[complete] = self.perceptron.scores(theta, rows.X[complete])
        return eta, rows.index

    def read_matrix(self, data: Any) -> Matrix:
        """A design matrix (n, D) from one, or from a data frame; None: the training rows'."""
        if data is None:
            return self.rows.X
        if not isinstance(data, np.ndarray):
            return self.design.read(data, response=False).X
        D = self.perceptron.sizes[0]
        if data.ndim != 2 or data.shape[1] != D:
            raise ValueError(
                f"a design matrix must have {D} columns, {list(self.design.x_names)}; this array "
                f"has shape {data.shape}. A DataFrame is read by the formula."
            )
        return data.astype(np.float64)

    def read_batch(self, data: Any) -> Batch:
        """Complete rows with their response and weights; None: the training rows.

        A network whose weights came from a column takes them from new data that has it;
        otherwise every new row counts once.
        """
        if data is None:
            return self.batch
        frame = as_frame(data)
        rows = self.design.read(frame)
        w = read_weights(self.weights, frame) if self.weights in frame.columns else None
        keep = rows.complete if w is None else rows.complete & ~np.isnan(w)
        if not keep.any():
            raise ValueError(f"none of {len(keep)} rows is complete, response included")
        if not keep.all():
            warn(
                f"{len(keep) - keep.sum()} of {len(keep)} rows left out: they have missing values, "
                "or a term that is no finite number"
            )
            rows, w = rows.pick(keep), None if w is None else w[keep]
        return Batch(rows.X, self.perceptron.family.encode(rows.response, rows.index), w)

    def layers(self, theta: Matrix, data: Any) -> tuple[Layer, ...]:
        """The arrays of one pass over complete rows; no deltas where the response is missing."""
        response = self.design.response.factor.columns
        if data is None or set(response) <= set(as_frame(data).columns):
            return self.perceptron.layers(theta, self.read_batch(data))
        rows = self.design.read(data, response=False)
        X = rows.X[rows.complete]
        return self.perceptron.layers(theta, Batch(X, np.empty(len(X))), known=False)

    def classify(self, theta: Matrix, data: Any) -> tuple[pd.Series, pd.Series, Matrix | None]:
        """True and predicted labels of complete rows, and their weights."""
        batch, family = self.read_batch(data), self.perceptron.family
        predicted = family.classify(self.perceptron.scores(theta, batch.X))
        truth = family.codes(batch.Y)
        assert predicted is not None and truth is not None
        index = pd.RangeIndex(len(truth))
        return self.labels.classify(truth, index), self.labels.classify(predicted, index), batch.w

    def residuals(self, theta: Matrix) -> pd.Series | pd.DataFrame:
        """Response less mean of the training rows, on the scale of the means."""
        mu = self.perceptron.mean(theta, self.batch.X)
        response = self.perceptron.family.indicator(self.batch.Y, mu.shape[1])
        return self.labels.tabulate(response - mu, self.labels.outputs, self.rows.index)

    @property
    def baseline(self) -> float:
        """Loss of the best constant output."""
        family, batch = self.perceptron.family, self.batch
        K = self.perceptron.sizes[-1]
        eta = family.link(family.mean_response(batch.Y, batch.w, K))
        everywhere = np.broadcast_to(eta, (len(batch.X), K))
        return family.loss_and_delta(everywhere, batch.Y, batch.w)[0]

    @property
    def hidden_names(self) -> list[list[str]]:
        """Names of the hidden units, layer by layer: h1, h2, ... or, with more layers, h2.1."""
        sizes = self.perceptron.sizes[1:-1]
        return [
            [f"h{unit}" if len(sizes) == 1 else f"h{layer}.{unit}" for unit in range(1, size + 1)]
            for layer, size in enumerate(sizes, start=1)
        ]

    def label_weights(self, matrices: Sequence[Matrix]) -> dict[str, pd.DataFrame]:
        """Weight matrices as frames with names on rows and columns."""
        names = [list(self.design.x_names), *self.hidden_names, list(self.labels.outputs)]
        rows = [names[0], *(["Intercept", *layer] for layer in names[1:-1])]
        return {
            f"W{layer}": pd.DataFrame(matrix, index=rows[layer - 1], columns=names[layer])
            for layer, matrix in enumerate(matrices, start=1)
        }

    def describe(self, matrices: Sequence[Matrix], output: Matrix) -> list[MatrixHead]:
        """The heads of X, the weights and the output, with names."""
        shown = head(len(self.rows.X))
        index = self.rows.index[shown]
        X = pd.DataFrame(self.rows.X[shown], index=index, columns=list(self.design.x_names))
        heads = [MatrixHead("X", self.rows.X.shape, X)]
        for name, frame in self.label_weights(matrices).items():
            heads.append(MatrixHead(name, frame.shape, frame.iloc[head(len(frame))]))
        means = pd.DataFrame(output[shown], index=index, columns=list(self.labels.outputs))
        return [*heads, MatrixHead("output", output.shape, means)]


def build_model(
    formula: str,
    data: Any,
    sizes: tuple[int, ...],
    *,
    family: Family | None,
    activations: tuple[Activation, ...],
    decay: float,
    weights: Any,
    scale: bool,
    env: Mapping[str, Any] | None,
) -> Model:
    """Read the training rows and put the fixed parts of a network together."""
    wants_classes = None if family is None else family.wants_classes
    frame = as_frame(data)
    total, w = len(frame), read_weights(weights, frame)
    if w is not None and np.isnan(w).any():
        # A row without a weight must not teach the design anything either.
        frame, w = frame[~np.isnan(w)], w[~np.isnan(w)]
    design = Design.learn(formula, frame, env=env, wants_classes=wants_classes)
    rows, w, frame = design.read_training(frame, w, total)
    response = design.response
    chosen = family or _default_family(design, rows)
    outputs = chosen.output_names(response.name, response.classes)
    perceptron = Perceptron((rows.X.shape[1], *sizes, len(outputs)), activations, chosen)
    batch = Batch(_freeze(rows.X), chosen.encode(rows.response, rows.index), w)
    coordinates = (
        Raw()
        if not scale
        else standardize(
            perceptron.shapes,
            batch.X,
            chosen.targets(batch.Y),
            design.terms.is_numeric,
            design.terms.intercept,
            w,
        )
    )
    objective = Objective(perceptron, InMemory(batch), decay, coordinates)
    labels = Labels(
        response.name, tuple(outputs), response.classes, response.dtype, response.ordered
    )
    column = weights if isinstance(weights, str) else None
    return Model(design, perceptron, labels, rows, frame, batch, objective, column)


def _default_family(design: Design, rows: Rows) -> Family:
    """Softmax for classes, gaussian for numbers."""
    if design.response.classes:
        return Softmax()
    values = np.unique(rows.response)
    if 1 < len(values) <= _FEW and (values == np.rint(values)).all():
        name = design.response.factor.name()
        warn(
            f"the response {name} has {len(values)} distinct whole numbers, and is trained as a "
            f"number (family='gaussian'). Write C({name}) in the formula if they are classes, or "
            "name a family."
        )
    return Gaussian()


def _freeze(array: Matrix) -> Matrix:
    array.flags.writeable = False
    return array
