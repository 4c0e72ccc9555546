"""What a network is apart from its weights: design, layers, names of outputs, training rows.

A frozen record built once from the user's arguments; its methods are pure functions of theta.
The training rows may be absent, as in a network from a file; all else goes on without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from math import nan, prod
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import Design, ModelFrame, ModelMatrices, RowOptions, Unseen, as_frame, read_weights
from ..errors import DataWarning, check_choice, listing, shorten, warn
from ..formula import join_names
from ..optimizers import Newton
from ..perceptron import (
    MOST_ROWS,
    SMALL,
    Batch,
    Coordinates,
    InMemory,
    Layer,
    Objective,
    Penalty,
    Perceptron,
    Raw,
    Reading,
    Runner,
    Standardized,
    Sums,
    count_rows,
    cut_rows,
    draw_weights,
    measure_steepness,
    run_with_few_threads,
    spread_decay,
    standardize,
    standardize_columns,
)
from .collinearity import Dependency, find_dependencies
from .display import MatrixHead, head
from .engine import make_engine
from .labels import Labels, from_scores
from .penalty_factors import name_penalty_factor
from .settings import Settings
from .trials import find_tried

Matrix = NDArray[np.float64]
T = TypeVar("T")

# Whether levels that training never saw are missing.
_UNSEEN = {"error": False, "missing": True}
# Responses whose standard deviations are further apart than this do not share a loss well.
_UNEQUAL = 30.0
# A numeric response with no more distinct whole numbers than this may well mean classes.
_FEW = 10
# An intercept's loss below this share of what scores of 0 come to is rounding.
_NOTHING = 1e-24

_NO_ROWS = (
    "this network was loaded without its training rows: NeuralNetwork.load(path, data=...) gives "
    "them back to it"
)


@dataclass(frozen=True, eq=False)
class Training:
    """The training rows, as tables and as the kernel reads them.

    Attributes
    ----------
    rows : ModelMatrices
        The training rows: X, the response, its labels and the index.
    model_frame : ModelFrame
        The training rows of the data: the columns that the formula uses, and where they stood.
    batch : Batch
        The training rows as the kernel reads them.
    objective : Objective
        Of these rows.
    """

    rows: ModelMatrices
    model_frame: ModelFrame
    batch: Batch
    objective: Objective

    @cached_property
    def fingerprint(self) -> str:
        """By which these very numbers are known again: a digest of X, Y, weights and offset."""
        digest = sha256()
        for part in self.batch:
            digest.update(b"-" if part is None else f"{part.dtype.str}{part.shape}".encode())
            if part is not None:
                digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Model:
    """See the module.

    Attributes
    ----------
    design : Design
    perceptron : Perceptron
    labels : Labels
        Names of outputs and classes.
    given, used : Settings
        What the user gave, with None for what was left open, and what stands in its place.
    mixture : float
        The share of the penalty in absolute values.
    penalty_factor : (D,) array or None
        What multiplies the decay of the weights that read each column of X.
    coordinates : Coordinates
        In which the optimizer works, and the penalty and the start are meant.
    class_weights : (number of classes,) array or None
        What rows of each class weigh besides in the loss.
    row_options : RowOptions
        How the training rows were chosen and weighed.
    engine, dtype : str
        What runs the passes, and what they compute in.
    training : Training or None
        None where the rows did not come along.
    trained_on : str
        The fingerprint of rows that did not come along.
    """

    design: Design
    perceptron: Perceptron
    labels: Labels
    given: Settings
    used: Settings
    mixture: float
    penalty_factor: Matrix | None
    coordinates: Coordinates
    class_weights: Matrix | None
    row_options: RowOptions
    engine: str = "numpy"
    dtype: str = "float64"
    training: Training | None = None
    trained_on: str = ""

    @property
    def fingerprint(self) -> str:
        """By which the training rows are known again."""
        return self.trained_on if self.training is None else self.training.fingerprint

    @property
    def rows(self) -> ModelMatrices:
        """X, the response, its labels and the index of the training rows."""
        return self._trained.rows

    @property
    def model_frame(self) -> ModelFrame:
        """The columns that the formula uses, and where the training rows stood."""
        return self._trained.model_frame

    @property
    def batch(self) -> Batch:
        """The training rows as the kernel reads them."""
        return self._trained.batch

    @property
    def objective(self) -> Objective:
        """Of the training rows."""
        return self._trained.objective

    @property
    def grain(self) -> int:
        """Rows times weights of what is computed in one go: a block of rows, or all of few."""
        rows = min(len(self.batch.X), count_rows(self.perceptron.sizes))
        return rows * self.perceptron.n_parameters

    def compute(self, work: Callable[[], T], n: int | None = None, hessian: bool = False) -> T:
        """Call ``work()``, which passes over n rows, with as many threads of BLAS as pay.

        ``n`` None: over the training rows. ``hessian``: it may form second derivatives too, whose
        products are larger.
        """
        rows = min(len(self.batch.X) if n is None else n, count_rows(self.perceptron.sizes))
        largest = rows * max(map(prod, self.perceptron.shapes))
        return run_with_few_threads(max(largest, SMALL) if hessian else largest, work)

    @property
    def _trained(self) -> Training:
        if self.training is None:
            raise ValueError(_NO_ROWS)
        return self.training

    def with_rows(self, rows: ModelMatrices, model_frame: ModelFrame) -> Model:
        """The same with these rows to train on; both belong to the model from now on."""
        family, K = self.perceptron.family, self.perceptron.sizes[-1]
        if rows.offset is not None:
            rows = replace(rows, offset=_freeze(family.spread_offset(rows.offset, K)))
        Y = family.encode(rows.response, rows.index)
        batch = Batch(_freeze(rows.X), Y, model_frame.w, rows.offset)
        runner = make_engine(self.engine, self.dtype, self.perceptron)
        weighed = InMemory(self.apply_class_weights(batch).cast(runner.dtype))
        penalty, coordinates = self.penalty, self.coordinates
        objective = Objective(self.perceptron, weighed, penalty, coordinates, runner=runner)
        return replace(self, training=Training(rows, model_frame, batch, objective))

    def configure(self, **changes: Any) -> Model:
        """The same with other `settings` used; rows and runner are shared.

        Raises
        ------
        ValueError
            Where columns are to be standardized and there are no rows.
        """
        used = replace(self.used, **changes)
        same = used.scale == self.used.scale
        coordinates = self.coordinates if same else self.standard if used.scale else Raw()
        model, training = replace(self, used=used, coordinates=coordinates), self.training
        if training is not None:
            objective = training.objective
            objective = replace(objective, penalty=model.penalty, coordinates=coordinates)
            model = replace(model, training=replace(training, objective=objective))
        # What the rows alone tell need not be found again.
        kept = ("standard", "baseline", "intercept", "untaught", *(["steepness"] if same else []))
        vars(model).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return model

    @cached_property
    def penalty(self) -> Penalty:
        """On the weights in their coordinates."""
        used, perceptron = self.used, self.perceptron
        biases = [self.design.terms.intercept, *[0] * (len(perceptron.shapes) - 1)]
        spread = spread_decay(
            used.decays,
            perceptron.shapes,
            spared=[] if used.penalize_bias else biases,
            factor=self.penalty_factor,
            skip=perceptron.skip,
        )
        return Penalty(_freeze(spread) if isinstance(spread, np.ndarray) else spread, self.mixture)

    def penalize(self, theta: Matrix) -> float:
        """The penalty alone, in the units of the loss."""
        coordinates = self.coordinates
        return self.penalty.value(coordinates.from_raw(theta)) * coordinates.unit

    def draw(self, generator: np.random.Generator) -> Matrix:
        """Weights (P,) to start from."""
        shapes, intercept = self.perceptron.shapes, self.design.terms.intercept
        drawn = draw_weights(self.used.init, shapes, intercept, generator)
        theta = self.coordinates.to_raw(self.perceptron.flatten(drawn))
        first, *later = self.perceptron.unflatten(theta)
        first[self.untaught] = 0.0
        for last in later[-1:]:
            past = len(last) - len(self.perceptron.skip)
            last[past:][np.isin(self.perceptron.skip, self.untaught)] = 0.0
        return theta

    @cached_property
    def untaught(self) -> NDArray[np.intp]:
        """Columns of X for levels, or cells of levels, that no training row has.

        Nothing moves their weights. They start at 0, so that such a level is predicted like the
        one that others are compared with, and not by chance.
        """
        X = self.rows.X
        columns = np.flatnonzero(self.design.terms.is_categorical)
        for rows in cut_rows(len(X), MOST_ROWS):
            # The first rows have most levels.
            columns = columns[~X[rows, columns].any(axis=0)]
            if not columns.size:
                break
        return columns

    def apply_class_weights(self, batch: Batch) -> Batch:
        """Rows with the weights of their classes on top of their case weights."""
        return _apply_class_weights(batch, self.class_weights)

    def copy(self) -> Model:
        """A model whose arrays and frames are its own; frozen parts are shared."""
        if self.training is None:
            return self
        rows = self.rows.pick(np.ones(len(self.rows.X), dtype=bool))
        w = None if self.batch.w is None else self.batch.w.copy()
        batch = Batch(_freeze(rows.X), self.batch.Y.copy(), w, rows.offset)
        runner = self.objective.runner.renew()
        rows_read = InMemory(self.apply_class_weights(batch).cast(runner.dtype))
        objective = replace(self.objective, batches=rows_read, runner=runner)
        model_frame = self.model_frame.pick(np.ones(len(rows.X), dtype=bool))
        return replace(self, training=Training(rows, model_frame, batch, objective))

    def check_offset(self) -> None:
        """Raise ValueError where the offset of new rows cannot be known."""
        if "offset" in self.row_options.arrays:
            raise ValueError(
                "the offset was given as numbers for the training rows, so that other rows have "
                "none: make the network with a column's name, offset='...', or with offset(...) in "
                "the formula"
            )

    def _read(self, data: Any, response: bool, unseen: str) -> tuple[ModelMatrices, Unseen]:
        """New rows as the design reads them, with an offset for each output, if there is one.

        ``unseen="missing"``: a level of a predictor that training never saw counts as missing, and
        is collected.
        """
        found = Unseen()
        collect = found if check_choice("unseen", unseen, _UNSEEN) else None
        self.check_offset()
        rows = self.design.read(data, response=response, unseen=collect)
        if rows.offset is None:
            return rows, found
        K = self.perceptron.sizes[-1]
        offset = self.perceptron.family.spread_offset(rows.offset, K)
        return replace(rows, offset=offset), found

    def read_rows(self, data: Any, unseen: str = "error") -> ModelMatrices:
        """New rows to predict, row for row; they need no response."""
        rows, found = self._read(data, False, unseen)
        if found.rows:
            n = len(rows.index)
            warn(f"{found.rows} of {n} rows are predicted as missing, for {found}", DataWarning)
        return rows

    def read_scores(
        self, theta: Matrix, data: Any, unseen: str = "error", kind: str = "link"
    ) -> tuple[NDArray[Any], pd.Index]:
        """What predictions of rows are made of, and their index: scores (n, K) for "link".

        Where a row misses something it is nan, and -1 for "class". ``data=None`` takes the
        training rows.
        """
        check_choice("unseen", unseen, _UNSEEN)
        rows = self.rows if data is None else self.read_rows(data, unseen)
        complete = rows.complete
        function, some = from_scores(kind, self.perceptron.family), rows
        if not complete.all():
            some = rows.pick(complete)
        known = self._map_scores(function, theta, some.X, some.offset)
        if some is rows:
            return known, rows.index
        shape = (len(complete), *known.shape[1:])
        values = np.full(shape, -1 if kind == "class" else np.nan, known.dtype)
        values[complete] = known
        return values, rows.index

    def means(self, theta: Matrix, data: Any, unseen: str = "error") -> Matrix:
        """Means (n, K) of a design matrix or a data frame; None: of the training rows."""
        check_choice("unseen", unseen, _UNSEEN)
        if not isinstance(data, np.ndarray) or data.dtype.names:
            rows = self.rows if data is None else self.read_rows(data, unseen)
            return self._map_scores(self.perceptron.family.mean, theta, rows.X, rows.offset)
        if self.design.offsets or "offset" in self.row_options.arrays:
            raise ValueError(
                "a design matrix holds no offset, and this network has one: give a DataFrame"
            )
        D = self.perceptron.sizes[0]
        if data.ndim != 2 or data.shape[1] != D:
            raise ValueError(
                f"a design matrix must have {D} columns, [{listing(self.design.x_names)}]; this "
                f"array has shape {data.shape}. A DataFrame is read by the formula."
            )
        return self._map_scores(self.perceptron.family.mean, theta, data.astype(np.float64))

    def _map_scores(
        self, function: Any, theta: Matrix, X: Matrix, offset: Matrix | None = None
    ) -> NDArray[Any]:
        run = partial(self.perceptron.map_scores, function, theta, X, offset)
        return self.compute(run, len(X))

    def read_complete(
        self, data: Any, unseen: str = "error", response: bool = True
    ) -> tuple[ModelMatrices, Matrix | None, NDArray[np.bool_]]:
        """New rows that miss nothing, their case weights, and which they are; warns of the others.

        A network whose weights came from a column takes them from new data that has it;
        otherwise every new row counts once.
        """
        frame = as_frame(data)
        rows, found = self._read(frame, response, unseen)
        weights = self.row_options.weights if response else None
        w = read_weights(weights, frame) if weights in frame.columns else None
        keep = rows.complete if w is None else rows.complete & ~np.isnan(w)
        left, n = len(keep) - int(keep.sum()), len(keep)
        causes = {
            "missing values or terms that are no finite number": left - found.rows,
            str(found): found.rows,
        }
        told = ", ".join(
            cause if count == left else f"{count} for {cause}"
            for cause, count in causes.items()
            if count
        )
        if left == n:
            what = ", response included" if response else ""
            raise ValueError(f"none of {n} rows is complete{what}{told and f': {told}'}")
        if left:
            warn(f"{left} of {n} rows left out: {told}", DataWarning)
            rows, w = rows.pick(keep), None if w is None else w[keep]
        tried = find_tried(self.perceptron.family, rows.response, w) if response else keep[keep]
        if not tried.all():
            warn(f"{_count_untried(tried, n)} left out: they have 0 trials", DataWarning)
            rows, w = rows.pick(tried), None if w is None else w[tried]
            keep[keep] = tried
        return rows, w, keep

    def read_batch(self, data: Any, unseen: str = "error") -> Batch:
        """Complete rows with their response and weights; None: the training rows."""
        check_choice("unseen", unseen, _UNSEEN)
        if data is None:
            return self.batch
        rows, w, _ = self.read_complete(data, unseen)
        Y = self.perceptron.family.encode(rows.response, rows.index)
        return Batch(rows.X, Y, w, rows.offset)

    def layers(self, theta: Matrix, data: Any, unseen: str = "error") -> tuple[Layer, ...]:
        """The arrays of one pass over complete rows; no deltas where the response is missing."""
        response = self.design.response.variables
        if data is None or set(response) <= set(as_frame(data).columns):
            batch = self.read_batch(data, unseen)
            if len(batch.X) <= count_rows(self.perceptron.sizes):
                # As the runner reads few rows: so dW is its gradient to the last bit.
                batch = batch._replace(X=np.asfortranarray(batch.X))
            return self.compute(partial(self.perceptron.layers, theta, batch), len(batch.X))
        rows, _, _ = self.read_complete(data, unseen, response=False)
        batch = Batch(rows.X, np.empty(len(rows.X)), None, rows.offset)
        run = partial(self.perceptron.layers, theta, batch, known=False)
        return self.compute(run, len(batch.X))

    def classify(
        self, theta: Matrix, data: Any, unseen: str = "error"
    ) -> tuple[pd.Series, pd.Series, Matrix | None]:
        """True and predicted labels of complete rows, and their weights."""
        batch, family = self.read_batch(data, unseen), self.perceptron.family
        predicted = self._map_scores(family.classify, theta, batch.X, batch.offset)
        truth = family.codes(batch.Y)
        assert truth is not None
        index = pd.RangeIndex(len(truth))
        return self.labels.classify(truth, index), self.labels.classify(predicted, index), batch.w

    def evaluate(self, theta: Matrix, batch: Batch) -> Sums:
        """Loss and rows classified right, of any number of rows."""
        run = partial(Runner(self.perceptron).evaluate, theta, batch)
        return self.compute(run, len(batch.X))

    def residuals(self, theta: Matrix) -> pd.Series | pd.DataFrame:
        """Response less mean of the training rows, on the scale of the means."""
        residuals, Y, family = self.means(theta, None), self.batch.Y, self.perceptron.family
        for rows in cut_rows(len(Y), count_rows(self.perceptron.sizes)):
            mu = residuals[rows]
            residuals[rows] = family.indicator(Y[rows], mu.shape[1]) - mu
        return self.labels.tabulate(residuals, self.labels.outputs, self.rows.index)

    @cached_property
    def standard(self) -> Standardized:
        """Coordinates in which columns and a numeric response have mean 0 and deviation 1."""
        if isinstance(self.coordinates, Standardized):
            return self.coordinates
        batch, perceptron = self.batch, self.perceptron
        targets, terms = perceptron.family.targets(batch.Y), self.design.terms
        if targets is not None and batch.offset is not None:
            targets = targets - batch.offset
        found = standardize(
            perceptron.shapes,
            batch.X,
            targets,
            terms.is_numeric,
            terms.intercept,
            batch.w,
            perceptron.skip,
        )
        # Copies of the network share what nobody can write to.
        for array in found.arrays:
            _freeze(array)
        return found

    @cached_property
    def standard_readings(self) -> tuple[Reading, ...]:
        """The columns of X in `standard`, which exist where a response is beyond floats."""
        if isinstance(self.coordinates, Standardized):
            return self.coordinates.readings
        perceptron, terms = self.perceptron, self.design.terms
        return standardize_columns(
            perceptron.shapes,
            self.batch.X,
            terms.is_numeric,
            terms.intercept,
            self.batch.w,
            perceptron.skip,
        )

    @cached_property
    def steepness(self) -> float | None:
        """How steep the loss is in standardized columns, as `rates` sees it; None in raw ones."""
        if not isinstance(self.coordinates, Standardized):
            return None
        return self.measure_steepness(self.batch)

    def measure_steepness(self, rows: Batch) -> float:
        """How steep the loss of some rows is in the columns that the optimizer sees."""
        center, spread = np.zeros(self.perceptron.sizes[0]), np.ones(self.perceptron.sizes[0])
        if isinstance(self.coordinates, Standardized):
            reading = self.coordinates.readings[0]
            center, spread = reading.center, reading.spread
        return measure_steepness(self.perceptron, center, spread, self.apply_class_weights(rows))

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """Exactly collinear columns of X whose weights no penalty holds, without hidden layers."""
        if self.perceptron.activations:
            return ()
        # Cells without a row are no matter of collinearity: their weights stay at 0.
        free = np.setdiff1d(self.free_columns, self.untaught)
        return find_dependencies(self.rows.X, self.design.terms.intercept, free)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Mask of the weights (P,) that no penalty holds."""
        return np.broadcast_to(np.equal(self.penalty.decay, 0.0), self.perceptron.n_parameters)

    @property
    def free_columns(self) -> NDArray[np.intp]:
        """Columns of X of which no penalty holds any weight in the first matrix."""
        return np.flatnonzero(self.perceptron.unflatten(self.free)[0].all(axis=1))

    def share_baseline(self, rows: Batch) -> float:
        """The part of the `baseline` that belongs to some rows, by weight.

        ``rows`` have the weights of their classes, as `apply_class_weights` gives them.
        """
        return self.baseline * rows.weight / self.apply_class_weights(self.batch).weight

    @cached_property
    def baseline(self) -> float:
        """Loss of the best constant output, or of the best constant scores beside the offset.

        0 where the response does not vary, and rounding is all that is left of its size.
        """
        batch, K = self.apply_class_weights(self.batch), self.perceptron.sizes[-1]
        least, at_zero = (
            _judge_constant(self, eta, batch) for eta in (self.intercept, np.zeros(K))
        )
        return least if least > _NOTHING * at_zero else 0.0

    @cached_property
    def intercept(self) -> Matrix:
        """Scores (K,) of an intercept alone, the best for the training rows."""
        family, batch = self.perceptron.family, self.apply_class_weights(self.batch)
        eta = family.link(family.mean_response(batch.Y, batch.w, self.perceptron.sizes[-1]))
        return eta if batch.offset is None else _fit_intercepts(*_hear_bias(self, batch), eta)

    def judge_intercept(self, batch: Batch) -> float:
        """Loss of that intercept alone on any rows, with their weights."""
        return _judge_constant(self, self.intercept, batch)

    def without_hidden(self) -> Model:
        """The GLM of the same columns, family and settings, its intercept without a penalty."""
        D, K = self.perceptron.sizes[0], self.perceptron.sizes[-1]
        used = replace(self.used, scale=False, penalize_bias=False)
        bare = replace(
            self,
            perceptron=Perceptron((D, K), (), self.perceptron.family),
            coordinates=Raw(),
            used=used,
        )
        return bare.with_rows(self.rows, self.model_frame).configure(scale=self.used.scale)

    @property
    def beside(self) -> str:
        """What was given beside the formula and tells in what is learned or predicted."""
        row_options, design = self.row_options, self.design
        offsets = design.offsets[len(design.formula.offsets) :]
        told = {
            "offset": ", ".join(join_names(each.factors) for each in offsets),
        }
        chosen = {"weights": row_options.weights, "subset": row_options.subset}
        told |= {name: shorten(text) for name, text in chosen.items() if text is not None}
        told |= {name: "row by row" for name in row_options.arrays}
        decays: list[float] = np.ravel(self.used.decays).tolist()
        factors = name_penalty_factor(self.penalty_factor, design.terms)
        told |= {
            "class_weight": ""
            if self.class_weights is None
            else listing(self.class_weights.tolist()),
            "decay": listing(dict.fromkeys(decays)) if any(decays) else "",
            "mixture": str(self.mixture or ""),
            "penalize_bias": "" if self.used.penalize_bias else "False",
            "penalty_factor": shorten(factors, 200) if factors else "",
            "scale": "True" if isinstance(self.coordinates, Standardized) else "",
        }
        return ", ".join(f"{name} {what}" for name, what in told.items() if what)

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
        return {
            f"W{layer}": pd.DataFrame(matrix, index=rows, columns=columns)
            for layer, (matrix, (rows, columns)) in enumerate(
                zip(matrices, self.weight_names, strict=True), start=1
            )
        }

    @property
    def weight_names(self) -> list[tuple[list[Any], list[Any]]]:
        """Names of the rows and of the columns of each weight matrix."""
        names = [list(self.design.x_names), *self.hidden_names, list(self.labels.outputs)]
        rows = [names[0], *(["Intercept", *layer] for layer in names[1:-1])]
        rows[-1] += [self.design.x_names[column] for column in self.perceptron.skip]
        return list(zip(rows, names[1:], strict=True))

    def describe(self, theta: Matrix) -> list[MatrixHead]:
        """The heads of X, the weights and the output, with names; without rows, of the weights."""
        heads = [
            MatrixHead(name, frame.shape, frame.iloc[head(len(frame))])
            for name, frame in self.label_weights(self.perceptron.unflatten(theta)).items()
        ]
        if self.training is None:
            return heads
        shown = head(len(self.rows.X))
        index = self.rows.index[shown]
        X = pd.DataFrame(self.rows.X[shown], index=index, columns=list(self.design.x_names))
        first = MatrixHead("X", self.rows.X.shape, X)
        offset = None if self.rows.offset is None else self.rows.offset[shown]
        mu = self.perceptron.mean(theta, self.rows.X[shown], offset)
        means = pd.DataFrame(mu, index=index, columns=list(self.labels.outputs))
        return [first, *heads, MatrixHead("output", (len(self.rows.X), mu.shape[1]), means)]


def _apply_class_weights(batch: Batch, class_weights: Matrix | None) -> Batch:
    """Case weights times the weights of classes."""
    if class_weights is None:
        return batch
    w = class_weights[batch.Y.ravel().astype(np.intp)]
    return batch._replace(w=w if batch.w is None else batch.w * w)


def _fit_intercepts(perceptron: Perceptron, batch: Batch, eta: Matrix) -> Matrix:
    """The best K intercepts beside an offset, which have no closed form.

    ``eta`` are the best without the offset.
    """
    objective = Objective(perceptron, InMemory(batch))
    theta = eta - np.average(np.asarray(batch.offset), axis=0, weights=batch.w)
    optimizer = Newton()
    state = optimizer.init(theta)
    for _ in range(100):
        theta, state, _ = optimizer.step(objective, theta, state)
        if optimizer.verdict(state, nan) is not None:
            break
    return theta


def _freeze(array: Matrix) -> Matrix:
    array.flags.writeable = False
    return array


def _count_untried(tried: NDArray[np.bool_], n: int) -> str:
    return f"{np.count_nonzero(~tried)} of {n} rows"


def _hear_bias(model: Model, batch: Batch) -> tuple[Perceptron, Batch]:
    """A network of one bias an output, and rows in which nothing else is heard."""
    ones = batch._replace(X=np.ones((len(batch.X), 1)))
    return Perceptron((1, model.perceptron.sizes[-1]), (), model.perceptron.family), ones


def _judge_constant(model: Model, eta: Matrix, batch: Batch) -> float:
    # As the kernel adds up any number of rows.
    perceptron, ones = _hear_bias(model, batch)
    return Runner(perceptron).evaluate(eta, ones).loss
