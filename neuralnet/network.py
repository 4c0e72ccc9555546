"""NeuralNetwork: the stateful object that users hold, in the manner of R's R6 classes.

It keeps state and asks others: no arithmetic happens here. ``self._state`` is the one committed
record; weights and outputs are read from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import display, pictures, plots
from .activations import Activation, Sigmoid
from .arguments import check_flag, check_hidden, check_number, check_whole
from .choices import pick_activations, pick_family, pick_optimizer
from .families import Family, Softmax
from .history import History
from .initialization import draw_weights, make_generator
from .messages import suggest, warn
from .metrics import confusion_matrix, summarize_class, summarize_classification
from .model import build_model
from .optimizers import GradientDescent
from .perceptron import Layer
from .predictions import label_predictions
from .protocols import Optimizer, Stop
from .training import State, Step, advance, assess

__all__ = ["NeuralNetwork"]

Matrix = NDArray[np.float64]
_WEIGHTS = re.compile(r"W([1-9]\d*)")
_USED_UP = Stop(False, "The iterations asked for are used up.")
_ASSIGNED = Stop(False, "Its weights were assigned.")
# Nobody expects anything of the first steps.
_BEFORE_JUDGEMENT = 100


class NeuralNetwork:
    """A neural network from a formula and a data frame.

    Parameters
    ----------
    formula : str
        As in R: ``"Species ~ ."``, ``"y ~ a * log(b) - 1"``. Names mean columns of the data,
        else built-in functions, else ``env``; never variables of the caller.
    data : DataFrame or dict of columns
        Rows that miss a value which the formula uses are dropped, with a warning.
    hidden : int or list of int
        Units of each hidden layer; 0: none, which makes the network a GLM.
    family : str or Family, optional
        ``"softmax"`` (default for classes), ``"binomial"`` (two classes, one logistic output for
        the second), ``"gaussian"`` (default for numbers) or ``"poisson"``.
    activation : str, Activation or list of them
        ``"sigmoid"`` or ``"tanh"``; a list names one for each hidden layer.
    decay : float
        Penalty ``decay * sum(theta**2)``, biases included, as in R's nnet.
    weights : str or array, optional
        Case weights, a column's name or one for each row: a weight of 2 is a row twice.
    scale : bool
        Optimize, penalize and start in the coordinates of standardized numeric columns (and of a
        standardized numeric response). All that is shown stays in raw units.
    init : float, str or callable
        Start: the standard deviation of normal weights, ``"glorot"``, ``"he"``, or
        ``(rng, shape) -> array``.
    seed : int or numpy.random.Generator, optional
        For the start. NumPy's global generator is never touched.
    env : dict, optional
        Functions and values that the formula may name.

    Raises
    ------
    TypeError, ValueError
        Saying what was given, what was wanted and what to do.

    Notes
    -----
    The loss is a sum over rows: half the weighted deviance. With H = [1 h] the forward pass of
    one hidden layer is ``h = activation(X W1)``, ``eta = H W2``, ``output = mean(eta)``, and the
    backward pass ``delta = output - Y``, ``dW2 = H' delta``,
    ``dW1 = X' (slope(h) * (delta W2[1:]'))``.

    Examples
    --------
    >>> from neuralnet import NeuralNetwork, load_iris
    >>> net = NeuralNetwork("Species ~ .", data=load_iris(), hidden=5, seed=1)
    >>> net.W1.shape, net.W2.shape, net.output.shape
    ((5, 5), (6, 3), (150, 3))
    >>> net.train(3000, learn_rate=0.001, trace=0).accuracy() > 0.95
    True
    """

    def __init__(
        self,
        formula: str,
        data: Any,
        hidden: int | Sequence[int] = 5,
        *,
        family: str | Family | None = None,
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        decay: float = 0.0,
        weights: str | ArrayLike | None = None,
        scale: bool = False,
        init: float | str | Callable[..., ArrayLike] = 0.01,
        seed: int | np.random.Generator | None = None,
        env: Mapping[str, Any] | None = None,
    ) -> None:
        sizes = check_hidden(hidden)
        model = build_model(
            formula,
            data,
            sizes,
            family=pick_family(family),
            activations=pick_activations(activation, len(sizes)),
            decay=check_number("decay", decay),
            weights=weights,
            scale=check_flag("scale", scale),
            env=env,
        )
        rng = make_generator(seed)
        drawn = draw_weights(init, model.perceptron.shapes, model.design.terms.intercept, rng)
        theta = model.objective.coordinates.to_raw(model.perceptron.flatten(drawn))
        self._model = model
        self._state = State(_freeze(theta), None, None, rng.bit_generator.state, 0)
        self._history = History()
        self._output: tuple[Matrix, Matrix] | None = None
        self._stop: Stop | None = None

    # What it is made of ---------------------------------------------------------------------

    @property
    def formula(self) -> str:
        """The formula as it was typed."""
        return self._model.design.formula.text

    @property
    def family(self) -> str:
        """Name of the family."""
        return self._model.perceptron.family.name

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer; empty without one."""
        return self._model.perceptron.sizes[1:-1]

    @property
    def classes(self) -> list[Any]:
        """Class labels in their fixed order; empty for a numeric response."""
        return list(self._model.labels.classes)

    @property
    def x_names(self) -> list[str]:
        """Names of the columns of X."""
        return list(self._model.design.x_names)

    @property
    def nobs(self) -> int:
        """Number of training rows."""
        return len(self._model.rows.X)

    @property
    def X(self) -> Matrix:
        """The design matrix, (n, D); read-only."""
        return self._model.rows.X

    @property
    def Y(self) -> pd.Series:
        """The response as it came, (n,)."""
        return self._model.rows.labels.copy()

    # Weights --------------------------------------------------------------------------------

    @property
    def theta(self) -> Matrix:
        """All weights in one vector (P,), row by row, layer after layer; read-only."""
        return self._state.theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._assign(_check_array("theta", values, self._state.theta.shape))

    @property
    def W(self) -> tuple[Matrix, ...]:
        """The weight matrices as read-only views of theta."""
        return self._model.perceptron.unflatten(self._state.theta)

    def coef(self) -> dict[str, pd.DataFrame]:
        """Weights as labelled frames, ``{"W1": ..., "W2": ...}``."""
        return self._model.label_weights([W.copy() for W in self.W])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        layer = self._layer(name)
        if layer is None:
            raise AttributeError(f"no attribute {name!r}.{suggest(name, dir(self))}")
        return self.W[layer]

    def __setattr__(self, name: str, value: Any) -> None:
        layer = self._layer(name)
        if layer is not None:
            matrices = list(self.W)
            matrices[layer] = _check_array(name, value, matrices[layer].shape)
            self._assign(self._model.perceptron.flatten(tuple(matrices)))
        elif name.startswith("_") or name == "theta":
            object.__setattr__(self, name, value)
        else:
            settable = ["theta", *(f"W{i}" for i, _ in enumerate(self.W, start=1))]
            what = f"{name!r} is read-only" if name in dir(self) else f"no attribute {name!r}"
            hint = suggest(name, settable)
            raise AttributeError(f"{what}: only {', '.join(settable)} can be set.{hint}")

    def __dir__(self) -> list[str]:
        names = {name for name in dir(type(self)) if not name.startswith("_")}
        return sorted(names | {f"W{layer}" for layer, _ in enumerate(self.W, start=1)})

    def _layer(self, name: str) -> int | None:
        """Which matrix is called W1, W2, ...; None for any other name."""
        match = _WEIGHTS.fullmatch(name)
        return int(match[1]) - 1 if match and int(match[1]) <= len(self.W) else None

    def _assign(self, theta: Matrix) -> None:
        self._state = replace(
            self._state, theta=_freeze(theta), optimizer=None, optimizer_state=None
        )
        self._stop = _ASSIGNED

    # Forward, backward ----------------------------------------------------------------------

    @property
    def output(self) -> Matrix:
        """Means (n, K) for the training rows at the current theta."""
        if self._output is not None and self._output[0] is self._state.theta:
            return self._output[1]
        return _freeze(self.fit())

    def fit(self, data: Any = None) -> Matrix:
        """Means (n, K) of a forward pass; stores nothing.

        Parameters
        ----------
        data : DataFrame, dict or (n, D) design matrix, optional
            None: the training rows. Rows that miss a value give nan.
        """
        model = self._model
        return model.perceptron.mean(self._state.theta, model.read_matrix(data))

    def feedforward(self) -> NeuralNetwork:
        """Store ``output``; returns self."""
        self._output = (self._state.theta, _freeze(self.fit()))
        return self

    def backpropagate(self, learn_rate: float = 0.01) -> NeuralNetwork:
        """One step of gradient descent from the current theta; returns self."""
        optimizer = GradientDescent(check_number("learn_rate", learn_rate, above=True))
        last = self._advance(optimizer, 1)
        self._stop = (last and last.stop) or _USED_UP
        if last is not None and last.failed:
            warn(self._stop.message)
        return self

    @property
    def gradient(self) -> tuple[Matrix, ...]:
        """Gradient of the penalized loss, as matrices shaped like ``W``."""
        return self._model.perceptron.unflatten(self.objective()[1])

    def layers(self, data: Any = None) -> tuple[Layer, ...]:
        """Every array of a forward and backward pass, layer by layer.

        Returns
        -------
        tuple of Layer
            With ``z``, ``h``, ``delta`` and ``dW``; in the last layer ``z`` are the scores and
            ``h`` the means. Without the response in ``data``, ``delta`` and ``dW`` are None.
        """
        return self._model.layers(self._state.theta, data)

    def objective(self, theta: ArrayLike | None = None) -> tuple[float, Matrix]:
        """Penalized loss and its gradient (P,)."""
        return self._model.objective.in_raw_units(self._at(theta))

    def hessian(self, theta: ArrayLike | None = None) -> Matrix:
        """Second derivatives of the penalized loss, (P, P), exact.

        Raises
        ------
        ValueError
            Where an activation has no curvature.
        """
        self._require_curvature("hessian()")
        return self._model.objective.hessian_in_raw_units(self._at(theta))

    def _at(self, theta: ArrayLike | None) -> Matrix:
        shape = self._state.theta.shape
        return self._state.theta if theta is None else _check_array("theta", theta, shape)

    def _require_curvature(self, what: str) -> None:
        for activation in self._model.perceptron.activations:
            if not hasattr(activation, "curvature"):
                name = getattr(activation, "name", type(activation).__name__)
                raise ValueError(f"{what} needs activations with a curvature; {name!r} has none")

    # Training -------------------------------------------------------------------------------

    def train(
        self,
        iterations: float = 10_000,
        learn_rate: float | None = None,
        tolerance: float | None = 0.01,
        trace: float = 100,
        *,
        optimizer: str | Optimizer = "gradient_descent",
    ) -> NeuralNetwork:
        """Train, going on from where the network stands.

        Parameters
        ----------
        iterations : int
            Most updates to make; each takes all rows once.
        learn_rate : float, optional
            None: the optimizer's own, 0.01 for gradient descent. The loss is a sum over rows, so
            that good rates are smaller the more rows there are.
        tolerance : float, optional
            Stop after the first update whose loss before was below; 0 or None: never.
        trace : int
            Print loss and accuracy every so many iterations; 0: silent.
        optimizer : str or Optimizer
            ``"gradient_descent"``, ``"momentum"``, ``"nesterov"``, ``"adam"``, ``"rprop"``,
            ``"lbfgs"``, ``"newton"``, or a record of `neuralnet.optimizers`.

        Returns
        -------
        NeuralNetwork
            Itself. ``converged`` and ``message`` say how it ended.

        Raises
        ------
        TypeError, ValueError
            For an argument that makes no sense, a rate that the optimizer does not take, and an
            optimizer that needs a curvature which an activation lacks.

        Warns
        -----
        UserWarning
            Where the loss became infinite or not a number (the last weights with a finite loss
            are kept), and where the network is hardly better than an intercept alone.
        """
        record = pick_optimizer(optimizer, learn_rate)
        if record.needs_curvature:
            self._require_curvature(type(record).__name__)
        iterations, trace = check_whole("iterations", iterations), check_whole("trace", trace)
        tolerance = None if tolerance is None else _check_tolerance(tolerance)
        before = self._state.iteration
        last = self._advance(record, iterations, tolerance, trace)
        self._conclude(last, before, record)
        return self

    def _advance(
        self, optimizer: Optimizer, iterations: int, tolerance: float | None = None, trace: int = 0
    ) -> Step | None:
        """Commit each state of the loop, then trace it; returns the last step, if any."""
        step, start = None, self._state
        objective = self._model.objective
        try:
            for step in advance(objective, optimizer, self._state, iterations, tolerance):
                number = step.state.iteration
                traced = trace > 0 and number % trace == 0 and step.updated
                accuracy = self.accuracy() if traced and self.classes else np.nan
                if step.updated:
                    self._history.write(number - 1, step.loss, accuracy)
                self._state = step.state
                if traced:
                    display.print_trace(number, step.loss, accuracy)
        except BaseException:
            if self._state is not start:
                self._stop = Stop(False, f"Interrupted after iteration {self._state.iteration}.")
            raise
        return step

    def _conclude(self, last: Step | None, before: int, optimizer: Optimizer) -> None:
        """Keep why training ended, from iteration ``before``; warn where it came to nothing."""
        if last is None:
            return
        number = self._state.iteration
        self._stop = last.stop or _USED_UP
        if last.failed:
            warn(self._stop.message)
        elif number >= max(_BEFORE_JUDGEMENT, before + 1) and self.x_names != ["Intercept"]:
            start = float(self.history["loss"].iloc[before])
            advice = assess(self.compute_loss(), start, self._model.baseline, optimizer)
            if advice:
                warn(advice)

    @property
    def history(self) -> pd.DataFrame:
        """One row an iteration: its number, the loss before that update, traced accuracy."""
        return self._history.frame(self._state.iteration)

    @property
    def converged(self) -> bool:
        """Whether the last training ended by its stopping rule."""
        return self._stop is not None and self._stop.converged

    @property
    def message(self) -> str:
        """Why the last training ended."""
        return "Not trained yet." if self._stop is None else self._stop.message

    # Judging --------------------------------------------------------------------------------

    def compute_loss(self, data: Any = None, penalty: bool = False) -> float:
        """Half the weighted deviance at the current theta, a sum over rows.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        penalty : bool
            Whether ``decay`` counts.
        """
        model, theta = self._model, self._state.theta
        loss = model.perceptron.evaluate(theta, model.read_batch(data)).loss
        return loss + model.objective.penalty_in_raw_units(theta) if penalty else loss

    def accuracy(self, data: Any = None) -> float:
        """Share of the rows, by case weight, whose class is predicted right.

        Raises
        ------
        ValueError
            Where the response is a number.
        """
        self._require_classes("accuracy()")
        model = self._model
        sums = model.perceptron.evaluate(self._state.theta, model.read_batch(data))
        return sums.correct / sums.weight

    def confusion_matrix(self, data: Any = None) -> pd.DataFrame:
        """Counts of true classes (rows) against predicted ones (columns)."""
        self._require_classes("confusion_matrix()")
        truth, predicted, w = self._model.classify(self._state.theta, data)
        return confusion_matrix(truth, predicted, self.classes, w)

    def metrics(self, data: Any = None, positive: Any = None) -> pd.DataFrame | pd.Series:
        """Precision, recall, F1 and support of each class, accuracy and averages.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        positive : label, optional
            Only this class, as a Series with the accuracy.

        Notes
        -----
        As scikit-learn defines them. A share of nothing, such as the precision of a class that
        is never predicted, is 0.
        """
        self._require_classes("metrics()")
        table = self.confusion_matrix(data)
        if positive is None:
            return summarize_classification(table)
        return summarize_class(table, positive)

    def _require_classes(self, what: str) -> None:
        if not self.classes:
            raise ValueError(
                f"{what} needs a response of classes; {self._model.labels.response} is a number"
            )

    # Predicting -----------------------------------------------------------------------------

    def predict(self, data: Any = None, type: str | None = None) -> pd.Series | pd.DataFrame:
        """Predictions for new rows, in their order and with their index.

        Parameters
        ----------
        data : DataFrame, dict, or Series as one row, optional
            None: the training rows. Needs no response. A row that misses a value is predicted as
            missing.
        type : {"class", "probs", "response", "link"}, optional
            ``class``: labels, ties to the first class. ``probs``: one column a class.
            ``response``: means; for binomial the probability of the second class. ``link``:
            scores. None: ``class`` for classes, else ``response``.

        Raises
        ------
        TypeError, ValueError
            For a missing column, a level or a type that training never saw, another ``type``.
        """
        eta, index = self._model.read_scores(self._state.theta, data)
        return label_predictions(
            type, self._model.perceptron.family, self._model.labels, eta, index
        )

    @property
    def fitted(self) -> pd.Series | pd.DataFrame:
        """Means of the training rows, ``predict(type="response")``."""
        return self.predict(type="response")

    @property
    def residuals(self) -> pd.Series | pd.DataFrame:
        """Response less fitted mean; a class counts as 0 or 1 in each output."""
        return self._model.residuals(self._state.theta)

    # Pictures -------------------------------------------------------------------------------

    def plot_regions(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        at: Mapping[str, Any] | None = None,
        data: Any = None,
        resolution: int = 300,
        ax: Any = None,
    ) -> Any:
        """Draw what is predicted over two predictors, with the data on top.

        Parameters
        ----------
        x, y : str, optional
            Predictors; None: the first ones, numbers before categories.
        at : dict, optional
            Values at which other predictors are held; else their mean or most frequent level.
        data : DataFrame, optional
            Rows to show; None: the training rows.
        resolution : int
            Points of the grid along each axis.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        theta = self._state.theta
        return pictures.draw_regions(self._model, theta, x, y, at, data, resolution, ax)

    def plot_loss(self, *, ax: Any = None) -> Any:
        """Draw the loss, and traced accuracy, against iterations; returns the Axes."""
        return plots.plot_loss(self.history, baseline=self._model.baseline, ax=ax)

    def plot_network(self, *, ax: Any = None) -> Any:
        """Draw inputs, hidden units and outputs with their weights; returns the Axes.

        Weights are drawn as they are: for predictors in units of very different size, compare
        networks made with ``standardize`` in the formula.
        """
        return pictures.draw_diagram(self._model, self.W, ax)

    def plot_confusion_matrix(self, data: Any = None, *, ax: Any = None) -> Any:
        """Draw the confusion matrix; returns the Axes."""
        return plots.plot_confusion_matrix(self.confusion_matrix(data), ax=ax)

    # The seed's functions -------------------------------------------------------------------

    @staticmethod
    def sigmoid(x: ArrayLike) -> Matrix:
        """The logistic function, elementwise."""
        return Sigmoid().value(np.asarray(x, dtype=np.float64))

    @staticmethod
    def dsigmoid(x: ArrayLike) -> Matrix:
        """Slope of the logistic function where its *value* is x: ``x * (1 - x)``."""
        h = np.asarray(x, dtype=np.float64)
        return Sigmoid().slope(h, h)

    @staticmethod
    def softmax(x: ArrayLike) -> Matrix:
        """``exp(x) / sum(exp(x))`` in each row."""
        return Softmax().mean(np.atleast_2d(np.asarray(x, dtype=np.float64)))

    # Copies and looks -----------------------------------------------------------------------

    def clone(self) -> NeuralNetwork:
        """A deep copy: state, history and data; nothing mutable is shared."""
        twin = object.__new__(type(self))
        twin._model = self._model.copy()
        twin._state = deepcopy(self._state)
        twin._state.theta.flags.writeable = False
        twin._history = self._history.copy()
        twin._output = None
        twin._stop = self._stop
        return twin

    def __copy__(self) -> NeuralNetwork:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> NeuralNetwork:
        return self.clone()

    def __repr__(self) -> str:
        return display.render_text(*self._describe())

    def _repr_html_(self) -> str:
        return display.render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[display.MatrixHead]]:
        model, loss = self._model, self.compute_loss()
        accuracy = f", accuracy {self.accuracy():.3f}" if self.classes else ""
        number = self._state.iteration
        lines = [
            f"NeuralNetwork  {self.formula}",
            f"{model.perceptron.describe()}; {self.nobs} rows, {self._state.theta.size} weights",
            f"Loss {loss:.5g}{accuracy} after {number} iteration{'s' * (number != 1)}. "
            f"{self.message}",
        ]
        return lines, model.describe(self.W, self.output)


def _freeze(array: Matrix) -> Matrix:
    array.flags.writeable = False
    return array


def _check_array(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Matrix:
    """A finite copy of the wanted shape."""
    try:
        given = np.array(values)
        array = given.astype(np.float64, casting="unsafe" if given.dtype == object else "same_kind")
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers of shape {shape}") from None
    if array.shape != shape:
        raise ValueError(f"{name} has shape {shape}; the array given has shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; the array given holds nan or infinite numbers")
    return array


def _check_tolerance(tolerance: Any) -> float:
    complaint = f"tolerance must be a number or None, not {tolerance!r}"
    if not isinstance(tolerance, Real) or isinstance(tolerance, bool):
        raise TypeError(complaint)
    if np.isnan(float(tolerance)):
        raise ValueError(complaint)
    return float(tolerance)
