"""NeuralNetwork: the stateful object that users hold, in the manner of R's R6 classes.

It keeps state and asks others: no arithmetic happens here. ``self._state`` is the one committed
record; weights and outputs are read from it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .activations import Activation, Sigmoid, find_activations
from .errors import (
    CALLS,
    LIMIT,
    ConvergenceWarning,
    DataWarning,
    InterruptWarning,
    OverconfidenceWarning,
    check_calls,
    check_flag,
    check_hidden,
    check_memory,
    check_number,
    check_share,
    check_whole,
    cut,
    explain_attribute,
    find_argument,
    quote,
    suggest,
    visible,
    warn,
)
from .families import Family, Softmax, find_family
from .metrics import confusion_matrix, summarize_class, summarize_classification
from .model import (
    MatrixHead,
    Model,
    build_model,
    check_settings,
    choose_kind,
    join_lines,
    label_predictions,
    read_matrix,
    read_vector,
    render_html,
    render_text,
)
from .optimizers import Optimizer, Schedule, Stop
from .perceptron import Layer, make_generator, map_in_order
from .selection import (
    Comparison,
    CrossValidation,
    Dealt,
    Recipe,
    Tuning,
    check_comparable,
    check_training,
    choose_decay,
    chooses_decay,
    compare,
    cross_validate,
    deal,
    finds_nothing,
    is_automatic,
    judge_confidence,
    make_recipe,
    make_stages,
    renew,
    tabulate_trials,
    tell_memorizing,
)
from .training import (
    AbandonedError,
    Checkpoint,
    Course,
    Crew,
    End,
    Exclusion,
    Finding,
    History,
    ProcessCrew,
    Reporter,
    StageReporter,
    State,
    Step,
    advance,
    check_second_order,
    compare_spreads,
    count_jobs,
    diagnose,
    dump,
    explain_choice,
    explain_fault,
    explain_return,
    explain_search,
    finish,
    make_course,
    measure_end,
    recommend_engine,
    restore_generator,
    stop_if_abandoned,
    tabulate_ends,
    tell_dependencies,
)

# Files and pictures are imported where they are first asked for: most sessions begin without.
if TYPE_CHECKING:
    from .storage import SavedNetwork

__all__ = ["NeuralNetwork"]

Matrix = NDArray[np.float64]
_WEIGHTS = re.compile(r"W([1-9]\d*+)")
_ASSIGNED = Stop(False, "Its weights were assigned.")
_TRYING = Stop(False, "Decays are being tried: this is the best of them so far.")
_BUSY = "this network is being trained just now: wait for it to end, or train a clone()"
# Nobody expects anything of the first steps, if they did not end of themselves.
_BEFORE_JUDGEMENT = 100


@check_calls
class NeuralNetwork:
    """A neural network from a formula and a data frame.

    Parameters
    ----------
    formula : str
        As in R: ``"Species ~ ."``, ``"y ~ a * log(b) - 1"``, ``"cbind(y1, y2) ~ a"`` for several
        responses, ``"n ~ a + offset(log(time))"``. Names mean columns of the data, else built-in
        functions, else ``env``; never variables of the caller.
    data : DataFrame or dict of columns
        Or a structured array, or a table with a method ``to_pandas``, as pyarrow and polars have.
        Rows that miss a value which the formula uses, or have 0 trials, are dropped, with a
        warning. Columns that the formula does not use may have any names.
    hidden : int or list of int
        Units of each hidden layer; 0: none, which makes the network a GLM.
    skip : bool
        Whether the columns of X also go straight to the outputs, past the hidden layers.
    family : str or Family, optional
        ``"softmax"`` (default for classes), ``"binomial"`` (one logistic output: two classes, the
        second of them; ``cbind(successes, failures)``; or proportions, with the trials as
        weights), ``"gaussian"`` (default for numbers) or ``"poisson"``.
    activation : str, Activation or list of them
        ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"``, ``"elu"``, ``"softplus"``,
        ``"silu"``, ``"identity"``, or a record of `neuralnet.activations`; a list names one for
        each hidden layer.
    decay : float, list of float or "cv", optional
        Penalty ``decay * sum(theta**2)``, as in R's nnet; a list gives one for each matrix of
        weights. ``"cv"``: chosen by cross-validated deviance when the network is trained, with
        any optimizer. None: 0, unless `train` chooses.
    mixture : float
        The share of the penalty in absolute values, from 0 to 1:
        ``decay * sum((1 - mixture) * theta**2 + mixture * abs(theta))``. These draw weights to
        exactly 0, and need a first-order optimizer.
    penalize_bias : bool, optional
        Whether the penalty lies on the intercept and on the biases of every layer too, as in R's
        nnet. None: True, but False where a decay is chosen and there is no hidden layer.
    penalty_factor : dict, optional
        What multiplies ``decay`` for the weights of single terms of the formula, as in
        ``{"age": 0, "poly(x, 3)": 2}``: those by which the first layer, and with ``skip`` the
        outputs too, read the columns of the term.
    weights : str or array, optional
        Case weights, a column's name or one for each row: a weight of 2 is a row twice.
    class_weight : {"balanced"} or dict, optional
        What rows of each class weigh besides, in the loss alone: ``"balanced"`` gives all classes
        the same total weight, a dict names weights by class.
    subset : str, mask or positions, optional
        Rows to train on: a condition such as ``"age > 40"``, the name of a column of True and
        False, one True or False for each row, or positions.
    offset : str, list of str or array, optional
        Numbers added to the scores, as by ``offset(...)`` in the formula: the name of a column, a
        list with one for each output, or an array (n,) or (n, K), which new rows have none of.
    scale : bool, optional
        Optimize, penalize and start in the coordinates of standardized numeric columns (and of a
        standardized numeric response). All that is shown stays in raw units. None: False, until
        automatic training chooses.
    init : float, str or callable, optional
        Start: the standard deviation of normal weights, ``"glorot"``, ``"he"``, ``"uniform"``
        (within 0.7 of 0, as in R's nnet), or ``(rng, shape) -> array``. None: 0.01, until automatic
        training draws starts of its own. Weights of levels that no training row has start at 0.
    seed : int or numpy.random.Generator, optional
        For the start, mini-batches and rows held out. NumPy's global generator is never touched.
    env : dict, optional
        Functions and values that the formula may name.
    na_action : {"drop", "raise"}
        What happens to rows that miss a value which the formula uses, a weight or an offset.
    engine : {"numpy", "compiled"}, optional
        What computes loss and gradient. ``"compiled"``, machine code by numba, makes a training of
        many thousand iterations on few rows several times as fast, and uses all processors on many.
        It is compiled once on each machine, which takes half a minute, and then loaded from disk in
        half a second. None: NumPy, always.
    dtype : {"float64", "float32"}
        What NumPy computes loss and gradient in; weights and sums stay float64.

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
    >>> net = net.train(trace=0)
    >>> net.accuracy() > 0.95, net.converged, net.decay in list(net.tuning["decay"])
    (True, True, True)
    >>> by_hand = NeuralNetwork("Species ~ .", data=load_iris(), hidden=5, seed=1)
    >>> by_hand.train(3000, learn_rate=0.001, trace=0).accuracy() > 0.95
    True
    """

    # Of a cross-validation, which an interrupt is to end as a whole.
    _is_fold = False

    def __init__(
        self,
        formula: str,
        data: Any,
        hidden: int | Sequence[int] = 5,
        *,
        family: str | Family | None = None,
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        skip: bool = False,
        decay: float | Sequence[float] | str | None = None,
        mixture: float = 0.0,
        penalize_bias: bool | None = None,
        penalty_factor: Mapping[str, float] | None = None,
        weights: str | ArrayLike | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        offset: str | Sequence[str] | ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        scale: bool | None = None,
        init: float | str | Callable[..., ArrayLike] | None = None,
        seed: int | np.random.Generator | None = None,
        env: Mapping[str, Any] | None = None,
        na_action: str = "drop",
        engine: str | None = None,
        dtype: str = "float64",
    ) -> None:
        sizes = check_hidden(hidden)
        if check_flag("skip", skip) and not sizes:
            raise ValueError(
                "skip=True leads past hidden layers, and hidden=0 has none: inputs go straight to "
                "the outputs as it is. Leave skip out."
            )
        model = build_model(
            formula,
            data,
            sizes,
            family=find_family(family),
            activations=find_activations(activation, len(sizes)),
            skip=skip,
            given=check_settings(decay, init, scale, penalize_bias, layers=len(sizes) + 1),
            mixture=check_share("mixture", mixture),
            penalty_factor=penalty_factor,
            weights=weights,
            class_weight=class_weight,
            offset=offset,
            subset=subset,
            env=env,
            na_action=na_action,
            engine=engine,
            dtype=dtype,
        )
        self._begin(model, make_generator(seed))

    def _begin(self, model: Model, generator: np.random.Generator) -> None:
        """Draw weights, and take up that nothing happened yet."""
        theta = _freeze(model.draw(generator))
        self._model = model
        self._state = State(theta, None, None, generator.bit_generator.state, 0)
        self._history = History()
        self._output: tuple[Matrix, Matrix] | None = None
        self._stop: Stop | None = None
        self._ends: tuple[End, ...] = ()
        self._tuning: Tuning | None = None
        self._alone = Exclusion(_BUSY)

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
    def decay(self) -> float | list[float]:
        """What was used: a number, or a list with one for each matrix of weights."""
        decay = self._model.used.decays
        return list(decay) if isinstance(decay, tuple) else decay

    @property
    def engine(self) -> str:
        """What computes loss and gradient, ``"numpy"`` or ``"compiled"``."""
        return self._model.engine

    @property
    def dtype(self) -> str:
        """What loss and gradient are computed in."""
        return self._model.dtype

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
    def Y(self) -> pd.Series | pd.DataFrame:
        """The response as it came, (n,); a DataFrame for those that ``cbind`` joins."""
        return self._model.rows.labels.copy()

    # Weights --------------------------------------------------------------------------------

    @property
    def theta(self) -> Matrix:
        """All weights in one vector (P,), row by row, layer after layer; read-only."""
        return self._state.theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._assign(read_vector("theta", values, self._state.theta.size))

    @property
    def W(self) -> tuple[Matrix, ...]:
        """The weight matrices as read-only views of theta."""
        return self._model.perceptron.unflatten(self._state.theta)

    def coef(self) -> dict[str, pd.DataFrame]:
        """Weights as labelled frames, ``{"W1": ..., "W2": ...}``.

        ``net.W1 = frame`` takes such a frame by its labels, in whatever order they stand.
        """
        return self._model.label_weights([W.copy() for W in self.W])

    def __getattr__(self, name: str) -> Any:
        # Copies are asked for names before they hold anything.
        if name.startswith("_") or "_model" not in vars(self):
            raise AttributeError(name)
        layer = self._layer(name)
        if layer is None:
            hint = explain_attribute(name, dir(self), CALLS)
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {quote(name)}{hint}"
            )
        return self.W[layer]

    def __setattr__(self, name: str, value: Any) -> None:
        layer = self._layer(name)
        if layer is not None:
            matrices, names = list(self.W), self._model.weight_names[layer]
            matrices[layer] = read_matrix(name, value, *names)
            self._assign(self._model.perceptron.flatten(tuple(matrices)))
        elif name.startswith("_") or name == "theta":
            object.__setattr__(self, name, value)
        else:
            settable = ["theta", *(f"W{i}" for i, _ in enumerate(self.W, start=1))]
            shown = quote(name)
            there = name in dir(self)
            what = f"{shown} is read-only" if there else f"no attribute {shown}"
            told = find_argument(name, CALLS)
            if there and not told.startswith(f"{name}="):
                hint = ""  # W is no misspelt argument.
            else:
                hint = f" {told}." if told else suggest(name, settable)
            raise AttributeError(f"{what}: only {', '.join(settable)} can be set.{hint}")

    def __dir__(self) -> list[str]:
        names = {name for name in dir(type(self)) if not name.startswith("_")}
        return sorted(names | {f"W{layer}" for layer, _ in enumerate(self.W, start=1)})

    def _layer(self, name: str) -> int | None:
        """Which matrix is called W1, W2, ...; None for any other name."""
        match = _WEIGHTS.fullmatch(name)
        # Python makes no numbers of thousands of digits.
        number = int(match[1]) if match and len(match[1]) < 10 else 0
        return number - 1 if 0 < number <= len(self.W) else None

    def _assign(self, theta: Matrix) -> None:
        self._alone.run(
            lambda: self._commit(_state=self._state.restart(theta), _stop=_ASSIGNED),
        )

    def _commit(self, **fields: Any) -> None:
        """Set attributes that belong together: all at once, as an interrupt sees it."""
        vars(self).update(fields)

    # Forward, backward ----------------------------------------------------------------------

    @property
    def output(self) -> Matrix:
        """Means (n, K) for the training rows at the current theta."""
        stored = self._output
        if stored is not None and stored[0] is self._state.theta:
            return stored[1]
        return _freeze(self.fit())

    def fit(self, data: Any = None, *, unseen: str = "error") -> Matrix:
        """Means (n, K) of a forward pass; stores nothing.

        Parameters
        ----------
        data : DataFrame, dict or (n, D) design matrix, optional
            None: the training rows. Rows that miss a value give nan.
        unseen : {"error", "missing"}
            As in `predict`.
        """
        return self._model.means(self._state.theta, data, unseen)

    def feedforward(self) -> NeuralNetwork:
        """Store ``output``; returns self."""
        self._output = (self._state.theta, _freeze(self.fit()))
        return self

    def backpropagate(self, learn_rate: float = 0.01) -> NeuralNetwork:
        """One step of gradient descent from the current theta; returns self."""
        rate = check_number("learn_rate", learn_rate, above=True)

        def work() -> None:
            course = make_course(self._model, self._state, learn_rate=rate)
            last = self._run(course, 1, Reporter(0, None, False, 1))
            assert last is not None
            if self._conclude(last, course, False, 1).grave and last.failed:
                warn(self.message, ConvergenceWarning)

        self._alone.run(partial(self._model.compute, work))
        return self

    @property
    def gradient(self) -> tuple[Matrix, ...]:
        """Gradient of the penalized loss, as matrices shaped like ``W``."""
        return self._model.perceptron.unflatten(self.objective()[1])

    def layers(self, data: Any = None, *, unseen: str = "error") -> tuple[Layer, ...]:
        """Every array of a forward and backward pass, layer by layer.

        Parameters
        ----------
        data : DataFrame or dict, optional
            None: the training rows. Rows that miss a value are left out, with a warning.
        unseen : {"error", "missing"}
            As in `accuracy`.

        Returns
        -------
        tuple of Layer
            With ``z``, ``h``, ``delta`` and ``dW``; in the last layer ``z`` are the scores and
            ``h`` the means. Without the response in ``data``, ``delta`` and ``dW`` are None.
        """
        return self._model.layers(self._state.theta, data, unseen)

    def objective(self, theta: ArrayLike | None = None) -> tuple[float, Matrix]:
        """Penalized loss and its gradient (P,)."""
        theta = self._at(theta)
        return self._model.compute(partial(self._model.objective.in_raw_units, theta))

    def hessian(self, theta: ArrayLike | None = None) -> Matrix:
        """Second derivatives of the penalized loss, (P, P), exact.

        Raises
        ------
        ValueError
            Where an activation has no curvature, and with an L1 penalty.
        """
        check_second_order(self._model, "hessian()")
        P = self._state.theta.size
        check_memory(f"second derivatives by {P:,} weights", P * P, "Take fewer hidden units")
        theta = self._at(theta)
        run = partial(self._model.objective.hessian_in_raw_units, theta)
        return self._model.compute(run, hessian=True)

    def _at(self, theta: ArrayLike | None) -> Matrix:
        size = self._state.theta.size
        return self._state.theta if theta is None else read_vector("theta", theta, size)

    # Training -------------------------------------------------------------------------------

    def train(
        self,
        iterations: float | None = None,
        learn_rate: float | Schedule | Callable[[int], float] | None = None,
        tolerance: float | str | None = "default",
        trace: float = 100,
        *,
        optimizer: str | Optimizer | None = None,
        batch_size: int | None = None,
        validation: Any = None,
        patience: int | None = None,
        unseen: str = "error",
        relative_tolerance: float | None = None,
        gradient_tolerance: float | None = None,
        restarts: int | None = None,
        groups: Any = None,
        rule: str = "min",
        n_jobs: int | None = None,
        callback: Callable[[NeuralNetwork, int], Any] | None = None,
        progress: bool = False,
        checkpoint: Any = None,
        every: int = 1000,
    ) -> NeuralNetwork:
        """Train: with nothing chosen, automatically; else by hand.

        Automatic where none of ``iterations``, ``learn_rate``, ``tolerance`` and ``optimizer`` is
        given. What was left open here and at construction is then chosen by a rule from the sizes
        of table and network (see Notes); nothing that was given is overridden. `message` says what
        was chosen, `tuning` what was tried. A new network starts anew; one whose weights were
        trained or assigned goes on from these, and one that has chosen keeps its choice.

        By hand it goes on from where the network stands, by the optimizer named; else by gradient
        descent, as in the articles.

        Parameters
        ----------
        iterations : int, optional
            Most updates to make; each takes all rows once, with mini-batches too. None: 10,000, or
            what the rule says.
        learn_rate : float, Schedule or function of the iteration, optional
            None: the optimizer's own, 0.01 for gradient descent. The loss is a sum over rows, so
            that good rates are smaller the more rows there are; with ``scale=True``, an optimizer
            that is given by name takes no more than the table allows. `neuralnet.schedules` has
            rates that fall; a function takes the iteration, counted from 1 where this very
            function began to be used.
        tolerance : float or "default", optional
            Stop after the first update whose loss before was below, in the units of the loss; None,
            0 or less: never. ``"default"``: 0.01 for gradient descent on classes, as in the
            articles, and never for everything else.
        trace : int
            Print loss and accuracy every so many iterations, or where training is automatic a line
            for each stage; 0: silent.
        optimizer : str or Optimizer, optional
            ``"gradient_descent"``, ``"momentum"``, ``"nesterov"``, ``"adam"``, ``"rprop"``,
            ``"lbfgs"``, ``"newton"``, or a record of `neuralnet.optimizers`. None: gradient
            descent, or where training is automatic what the rule says.
        batch_size : int, optional
            Update after every so many rows, shuffled anew in each iteration; None: after all. The
            loss of an iteration is then a running one, added up over the batches while the weights
            move, as the trace says; accuracy and validation loss are of the weights before it.
        validation : float, row positions, mask, Index or DataFrame, optional
            Rows to hold out and to watch: a share of them drawn at random (of each class alike;
            the same rows while the share is the same), positions or a mask in the data as given,
            labels of its index, or other data. Training ends on the weights of the lowest loss
            on them; ``history`` has it as a sum over these rows. Beside the loss of other rows, in
            trace, messages and `plot_loss`, both are per row (by weight).
        patience : int, optional
            Stop when that loss has not fallen for so many iterations; None: 100.
        unseen : {"error", "missing"}
            What a level of a predictor is that a data frame in ``validation`` holds and training
            never sees: an error, or a missing value, so that its row is left out.
        relative_tolerance : float, optional
            Stop when ten iterations in a row have changed the penalized loss by no more than this
            share of it.
        gradient_tolerance : float, optional
            Stop when max abs gradient <= gradient_tolerance * loss of an intercept alone, where the
            gradient is that by weights of standardized columns and of a standardized numeric
            response: the same in any units. None: never; lbfgs and newton stop all the same where
            a further step promises less than 1e-12 of that loss.
        restarts : int, optional
            Starts to train from: the present weights, then new ones from ``init``. (Where training
            is automatic and the network new, all are new, but for what the search has found.) The
            best end is kept, by the loss on rows held out where there are any, else by the
            penalized loss; `restarts` has them all. None: 1, or what the rule says.
        groups : array-like or str, optional
            Rows that belong together, such as those of one patient: a label for each row of the
            data, or the name of a column of the formula. No group is parted by the folds that
            choose the decay; a share that ``validation`` draws parts them.
        rule : {"min", "1se"}
            Which decay is chosen: that of the least deviance on rows held out, or the greatest
            within a standard error of it.
        n_jobs : int, optional
            Processes that share folds and starts; 1: none but this one; -1: one a processor.
            None: threads of this process, as many as the environment's NEURALNET_THREADS says or
            one a processor, where a table is so large that they gain. No number changes with it.
            Processes take seconds to begin, so that they pay for long trainings alone. What the
            network and these options hold of your own has to be defined in a module, and a script
            has to begin its work below ``if __name__ == "__main__":``. Starts with mini-batches, a
            callback or a checkpoint are run one after the other.
        callback : callable, optional
            ``callback(net, iteration)`` after each update; True stops, with restarts that start.
            There ``net`` is a twin of this network, which becomes the best of them at the end.
        progress : bool
            Show a bar with the loss and the time left in place of the trace; needs tqdm. Automatic
            training shows one by itself, where tqdm is there, once two seconds have passed.
        checkpoint : path, optional
            A file to save to, as `save` does, at the start, after every so many iterations, and at
            the end. From it ``NeuralNetwork.load(path, data)`` goes on to the same bits, even if
            this process is killed.
        every : int
            Save after each iteration whose number is a multiple of this.

        Returns
        -------
        NeuralNetwork
            Itself. ``converged`` and ``message`` say how it ended.

        Raises
        ------
        TypeError, ValueError
            For an argument that makes no sense, and for options that do not go together.
        RuntimeError
            Where this network is being trained already; also from within its callback.
        KeyboardInterrupt
            Where training is interrupted in a script; in an interactive session the network is
            returned. Either way, and after any other error, it holds the weights and the history
            of its last whole iteration, from which ``train`` goes on.

        Warns
        -----
        DataWarning
            Where columns of X differ in spread by more than a factor of 1,000, or a mean is more
            than 1,000 times its spread (without ``scale=True``), and where columns are exactly
            collinear, without hidden layers and decay.
        ConvergenceWarning
            Where the loss became infinite or not a number; and after training that ended of
            itself, or with a hundred iterations behind it, where the network is hardly better than
            an intercept (`message` says it at any; one likely cause is named, with what to do), and
            where, without hidden layers, separation or quasi-separation lets weights grow without
            end.
        OverconfidenceWarning
            Where rows held out are predicted worse than by an intercept alone, though those
            trained on are not; by hand, where more weights than rows, without a penalty, fit these
            almost without error.
        InterruptWarning
            Where training was interrupted in an interactive session.

        Notes
        -----
        Automatic training standardizes columns and draws starts by Glorot's rule. Its decay, of 11
        from 0.001 to 100, has the least deviance on rows held out, in 5 folds stratified by class.
        Biases are penalized too, but not the intercept where there is no hidden layer.
        With fewer than 10 rows a fold there are fewer folds; with fewer than 20 rows there are
        none, and the decay is 0.001. The sizes decide the rest, by the first line that holds:

        ========================================  =========================================
        rows times weights                        training
        ========================================  =========================================
        100,000 at most, of 60 weights at most    Newton, best of 10 starts: under 2 s
        60,000 at most, of 150 weights at most    Newton, best of 5 starts: under 5 s
        400,000 at most                           L-BFGS, best of 5 starts: under 5 s
        4 million at most                         L-BFGS, best of 2 starts: under 10 s
        100 million at most                       L-BFGS, best of 2 starts, the decay tried on
                                                  3 million of them: a minute at most
        more                                      Adam in mini-batches of 512 rows, 30
                                                  iterations at a rate that falls as a cosine,
                                                  ended by a tenth of the rows held out; 6
                                                  decays tried on 3 million of them: minutes
        ========================================  =========================================

        An L1 penalty takes Rprop, best of 3 starts, up to 4 million, and Adam beyond;
        ``batch_size`` takes Adam, 300 iterations up to 4 million, and a tenth of the rows held out;
        an activation with a kink, such as relu, takes L-BFGS in the place of Newton.
        Seconds are those of one processor of 2024 and play no part in any choice. The rule is the
        table of ``neuralnet/selection/rule.py``.

        Where the loss becomes infinite or not a number, the network goes back to the iteration of
        this call whose loss was lowest: that which is minimized, penalty included, or that on rows
        held out; with mini-batches the sum of what each met. Weights, history and all that
        training goes on from are then as if so many iterations had been asked for.
        """
        options = {
            "optimizer": optimizer,
            "learn_rate": learn_rate,
            "tolerance": tolerance,
            "relative_tolerance": relative_tolerance,
            "gradient_tolerance": gradient_tolerance,
            "batch_size": batch_size,
            "validation": validation,
            "patience": patience,
            "unseen": unseen,
        }
        start = self._state
        automatic = is_automatic(iterations, learn_rate, tolerance, optimizer)

        def work() -> None:
            jobs, lines = count_jobs(n_jobs), check_whole("trace", trace) > 0
            recipe = make_recipe(
                self._model,
                self._tuning,
                options,
                iterations=iterations,
                restarts=restarts,
                groups=groups,
                rule=rule,
                fresh=self._is_fresh,
                single=checkpoint is not None,
                automatic=automatic,
            )
            stages = make_stages(recipe, lines, check_flag("progress", progress))
            saver, tell = None, None
            if checkpoint is not None:
                saver = Checkpoint(self._save, checkpoint, every, recipe.starts)
            if recipe.automatic:
                tell = recipe.tell_progress(stages)
            by_hand = not recipe.automatic
            reporter = Reporter(
                trace if by_hand else 0,
                callback,
                progress and by_hand,
                recipe.iterations * recipe.starts,
                saver,
                tell,
            )
            with stages:
                self._follow(recipe, reporter, stages, jobs)

        try:
            hessian = automatic or optimizer is not None
            self._alone.run(partial(self._model.compute, work, hessian=hessian))
        except KeyboardInterrupt:
            # Whoever stops a cell of a notebook wants the network; a script is to stop.
            if self._is_fold or not hasattr(sys, "ps1"):
                raise
            warn(
                explain_return(self._state, self.message, self._state is not start),
                InterruptWarning,
            )
        return self

    def _follow(self, recipe: Recipe, reporter: Reporter, stages: StageReporter, jobs: int) -> None:
        """Choose what is to be chosen, then train."""
        state, model, tuning, stop = self._state, self._model, self._tuning, self._stop
        try:
            begun = renew(self._state, recipe)
            course = make_course(recipe.model, begun, **recipe.options)
            self._warn_of_columns(recipe.model, course)
            if reporter.checkpoint is not None:
                from . import storage

                storage.check_saveable(course.plan)
                reporter.checkpoint.begin(self._state, recipe.iterations)
            if recipe.search is None:
                first = None
                if recipe.automatic:
                    told = replace(tuning or Tuning(), words=recipe.tell(recipe.told))
                    self._commit(_model=recipe.model, _tuning=told)
            with self._gather(recipe, jobs) as crew:
                if recipe.search is not None:
                    course, first = self._choose(recipe, course, stages, crew)
                    if reporter.checkpoint is not None:
                        reporter.checkpoint.begin(self._state, recipe.iterations)
                starts = recipe.starts
                name = f"Training from {starts} starts" if starts > 1 else "Training"
                stages.begin(name, recipe.fits * starts)
                if not recipe.automatic:
                    stages.close()
                with reporter:
                    self._train(recipe, course, first, reporter, crew)
            if recipe.automatic:
                stages.end(self._tell_end())
            if reporter.checkpoint is not None:
                reporter.checkpoint.finish(self._stop)
        except BaseException as fault:
            if self._state is state:
                self._commit(_model=model, _tuning=tuning, _stop=stop)
            elif self._stop is _TRYING:
                # Weights of the choice, from which no training has made a step.
                self._commit(_stop=explain_choice(fault))
            raise

    def _gather(self, recipe: Recipe, jobs: int) -> Crew:
        """Who works on folds and starts: other processes where these are asked for."""
        if jobs < 2:
            return Crew(recipe.model, alone=jobs == 1)
        carrier = self._share(self._state)
        carrier._model = recipe.model
        # All that tasks hold besides: better refused now than in the middle.
        dump((recipe.options, recipe.search))
        return ProcessCrew(recipe.model, jobs, carrier, "_model")

    def _tell_end(self) -> str:
        accuracy = f", accuracy {self.accuracy():.3f}" if self.classes else ""
        return f"Trained to loss {self.compute_loss():.5g}{accuracy}"

    def _warn_of_columns(self, model: Model, course: Course) -> None:
        """Before the first training, of columns that are too unequal or exactly collinear."""
        if self._state.iteration:
            return
        if collinear := tell_dependencies(model):
            warn(collinear, DataWarning)
        # Without hidden units an optimizer that standardizes columns itself is not misled.
        safe = course.objective.standardized and not model.perceptron.activations
        if not safe and (unequal := compare_spreads(model)):
            warn(f"{unequal}: training may be slow or go astray. Pass scale=True.", DataWarning)

    def _choose(
        self, recipe: Recipe, course: Course, stages: StageReporter, crew: Crew
    ) -> tuple[Course, Matrix | None]:
        """The course with a decay that is chosen, and weights to start from, if there are any."""
        assert recipe.search is not None
        generator, theta = restore_generator(course.state.generator_state), None
        search, kept = recipe.search, course.kept
        with closing(choose_decay(recipe.model, search, kept, generator, stages, crew)) as choices:
            for found in choices:
                theta = found.theta
                state = replace(course.state, generator_state=generator.bit_generator.state)
                if theta is not None:
                    # An interrupt leaves the best fit so far.
                    start, known = self._state.restart(theta), found.tuning
                    self._commit(_model=found.model, _tuning=known, _state=start, _stop=_TRYING)
        tuning = replace(found.tuning, words=recipe.tell(found.tuning.words))
        self._commit(_model=found.model, _tuning=tuning, _stop=_TRYING)
        return make_course(found.model, state, **recipe.options), theta

    def _train(
        self,
        recipe: Recipe,
        course: Course,
        first: Matrix | None,
        reporter: Reporter,
        crew: Crew,
    ) -> None:
        """Train from one start or from several, and say what came of it."""
        before = self._state.iteration
        generator = restore_generator(course.state.generator_state)
        states = [] if recipe.fresh else [course.state]
        states += [] if first is None else [course.state.restart(first)]
        drawn = [self._model.draw(generator) for _ in range(recipe.starts - len(states))]
        states += map(course.state.restart, drawn)
        memory = generator.bit_generator.state
        if len(states) == 1:
            start = replace(states[0], generator_state=memory)
            last = self._run(replace(course, state=start), recipe.iterations, reporter)
        else:
            last = self._search(recipe, course, states, memory, reporter, crew)
        if last is None:
            return
        expected = self._state.iteration >= max(_BEFORE_JUDGEMENT, before + 1)
        tuning = self._tuning if recipe.automatic or recipe.search is not None else None
        told = tuning.words if tuning else ""
        # Rows held out say more than a comparison with an intercept on those trained on.
        tried = recipe.automatic and tuning is not None and bool(tuning.trials)
        judged = (expected or not last.asked) and not tried
        made = [last.state.iteration - before]
        if len(states) > 1:
            made = [end.iterations for end in self._ends]
        found = self._conclude(last, course, judged, sum(made), told)
        if found.grave:
            # Collinear columns were warned of before training.
            whole = self.message.removesuffix(f" {found.note}")
            warn(whole if last.failed else found.words, ConvergenceWarning)
        if last.failed:
            return
        validation, theta = course.plan.validation, self._state.theta
        vain, doubt = tried and finds_nothing(self._model, tuning), ""
        # By hand, training may end anywhere on the way: rows held out are in the history.
        if tuning is not None:
            doubt = judge_confidence(self._model, theta, tuning, validation, vain)
        elif judged and not found.grave:
            doubt = tell_memorizing(self._model, theta, course.rows)
        if doubt:
            assert self._stop is not None
            self._stop = Stop(self._stop.converged, f"{self._stop.message} {doubt}")
            warn(doubt, OverconfidenceWarning)

    def _run(self, course: Course, iterations: int, reporter: Reporter) -> Step | None:
        """Commit each state of the loop, then report it; returns the last step, if any."""
        last, asked, start = None, None, self._state
        try:
            turns = advance(course.objective, course.plan, course.state, iterations, reporter.pause)
            for last in turns:
                stop_if_abandoned()
                accuracy = reporter.measure(last, course)
                if last.updated:
                    self._history.extend(last.state.iteration - len(last.rows), last.rows, accuracy)
                # What ended former training says nothing of this state.
                self._commit(_state=last.state, _stop=None)
                asked = reporter.report(self, last, accuracy, course)
                # A turn that was broken off raises what it was in the next one.
                if asked and last.fault is None:
                    break
            if last is not None:
                last = finish(course.objective, course.plan, last, asked)
                self._commit(_state=last.state, _stop=last.stop)
        except AbandonedError:
            raise
        except BaseException as fault:
            if self._state is not start:
                self._commit(_stop=explain_fault(fault, self._state, reporter.calling))
            raise
        return last

    def _search(
        self,
        recipe: Recipe,
        course: Course,
        starts: Sequence[State],
        memory: Mapping[str, Any],
        reporter: Reporter,
        crew: Crew,
    ) -> Step | None:
        """Run twins of this network from several starts, and become the best of them."""
        if not recipe.iterations:
            return None
        first, found = self._make_twin(starts[0], memory), _Found(memory)

        def run(start: State) -> tuple[NeuralNetwork, Step]:
            twin = first if start is starts[0] else self._make_twin(start, found.memory)
            last = twin._run(replace(course, state=twin._state), recipe.iterations, within)
            assert last is not None
            return twin, last

        within = reporter
        try:
            # Mini-batches of one start go on with the generator where those before it left off.
            free = course.plan.batch_size is None
            if crew.far and free and reporter.may_wait:
                runs = self._send(recipe, starts, memory, reporter, crew)
            else:
                grain = self._model.grain if free and reporter.is_silent else 0
                if (threads := crew.count_threads(grain)) > 1:
                    within = reporter.defer()
                runs = map_in_order(run, starts, threads)
            with closing(runs):
                for twin, last in runs:
                    if within is not reporter:
                        reporter.count(last.state.iteration - course.state.iteration, last.loss)
                    end = measure_end(len(found.ends) + 1, last, course)
                    found = found.add(twin, last, end)
                    reporter.report_end(end, len(starts), course.plan.weights)
            assert found.best is not None
            self._become(found.best, found, found.best._stop)
        except BaseException as fault:
            if found.best is not None:
                told = explain_search(fault, len(found.ends), len(starts), reporter.calling)
                self._become(found.best, found, told)
            elif first._state.iteration > self._state.iteration:
                told = first._stop or explain_fault(fault, first._state, reporter.calling)
                self._become(first, found, told)
            raise
        return found.last

    def _make_twin(self, start: State, memory: Mapping[str, Any]) -> NeuralNetwork:
        twin = self._share(replace(start, generator_state=memory))
        # Whoever is called back by it may not train this network either.
        twin._alone = self._alone
        return twin

    def _send(
        self,
        recipe: Recipe,
        starts: Sequence[State],
        memory: Mapping[str, Any],
        reporter: Reporter,
        crew: Crew,
    ) -> Generator[tuple[NeuralNetwork, Step], None, None]:
        """The same in other processes."""
        order = _Order(recipe.options, recipe.iterations, vars(self._model.used), reporter.every)
        tasks = [(replace(start, generator_state=memory), self._history) for start in starts]
        with closing(crew.map(partial(_run_start, order), tasks, inf)) as parts:
            for (start, _), (state, history, stop, last) in zip(tasks, parts, strict=True):
                _freeze(state.theta)
                twin = self._make_twin(state, state.generator_state)
                twin._history, twin._stop = history, stop
                reporter.count(state.iteration - start.iteration, last.loss)
                yield twin, last

    def _become(self, twin: NeuralNetwork, found: _Found, stop: Stop | None) -> None:
        """Take over what a twin has learned; the generator's memory is that of the search."""
        self._commit(
            _state=replace(twin._state, generator_state=found.memory),
            _history=twin._history,
            _stop=stop,
            _ends=found.ends,
        )

    def _conclude(
        self, last: Step, course: Course, judged: bool, iterations: int, chosen: str = ""
    ) -> Finding:
        """Say in the message what was chosen, how it ended and what is likely to be wrong."""
        assert self._stop is not None
        found = diagnose(self._model, course, last, judged, self._history)
        faster = recommend_engine(self._model, course, iterations)
        if found.words or found.note or chosen or faster:
            # Neither weights that learned nothing nor those that grow without end are an optimum.
            converged = self._stop.converged and found.optimum
            # Where weights grow without end there is none to speak of.
            ending = "" if found.endless and not (last.asked or last.failed) else self._stop.message
            parts = filter(None, (chosen, ending, found.words, faster, found.note))
            self._stop = Stop(converged, " ".join(parts))
        return found

    @property
    def history(self) -> pd.DataFrame:
        """One row an iteration: its number, the loss before that update, traced accuracy.

        With rows held out also ``validation_loss``; with a schedule also ``learn_rate``. All are
        of the weights before the iteration, but for one: with mini-batches ``loss`` is a running
        loss, the sum of what each batch came to before its own update. Losses are sums over their
        rows: those trained on, and those held out.
        """
        # In this order: the first rows of a history stay where another thread goes on.
        n = self._state.iteration
        return self._history.frame(n)

    @property
    def restarts(self) -> pd.DataFrame:
        """How each start of the last ``train(restarts=...)`` ended, one row a start.

        Losses are sums over their rows: those trained on, and those held out.
        """
        return tabulate_ends(self._ends)

    @property
    def tuning(self) -> pd.DataFrame:
        """The decays that were tried, a row each; empty where none was.

        ``deviance`` is that on rows held out, by their weight, ``std_error`` its standard error
        over the folds, ``seconds`` what the fits took.
        """
        return tabulate_trials(self._tuning.trials if self._tuning else ())

    @property
    def _is_fresh(self) -> bool:
        """Whether the weights are as they were drawn, or only tried for a choice."""
        return self._stop != _ASSIGNED and not self._state.iteration

    @property
    def converged(self) -> bool:
        """Whether the last training ended at an optimum, by its optimizer's rule or a tolerance.

        Not where it ended by rows held out, or by a warning that nothing was learned.
        """
        return self._stop is not None and self._stop.converged

    @property
    def message(self) -> str:
        """Why the last training ended."""
        if self._stop is not None:
            return visible(self._stop.message, most=2_000)
        number = self._state.iteration
        return f"Training had not ended at iteration {number}." if number else "Not trained yet."

    # Judging --------------------------------------------------------------------------------

    def compute_loss(
        self, data: Any = None, penalty: bool = False, *, unseen: str = "error"
    ) -> float:
        """Half the weighted deviance at the current theta, a sum over rows.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        penalty : bool
            Whether ``decay`` and ``mixture`` count.
        unseen : {"error", "missing"}
            As in `accuracy`.
        """
        model, theta = self._model, self._state.theta
        loss = model.evaluate(theta, model.weigh(model.read_batch(data, unseen))).loss
        return loss + model.penalize(theta) if penalty else loss

    def accuracy(self, data: Any = None, *, unseen: str = "error") -> float:
        """Share of the rows, by case weight, whose class is predicted right.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows. Rows that miss a value are left out,
            with a warning that counts them.
        unseen : {"error", "missing"}
            What a level of a predictor that training never saw is: an error, or a missing value,
            so that its row is left out. A class that training never saw is an error: no
            prediction of it can be right.

        Raises
        ------
        ValueError
            Where the response is a number.
        """
        self._require_classes("accuracy()")
        model = self._model
        sums = model.evaluate(self._state.theta, model.read_batch(data, unseen))
        return sums.correct / sums.weight

    def confusion_matrix(self, data: Any = None, *, unseen: str = "error") -> pd.DataFrame:
        """Counts of true classes (rows) against predicted ones (columns).

        Rows and ``unseen`` are as in `accuracy`.
        """
        self._require_classes("confusion_matrix()")
        K = len(self.classes)
        check_memory(f"counts of {K:,} by {K:,} classes", K * K, "Use accuracy() instead")
        truth, predicted, w = self._model.classify(self._state.theta, data, unseen)
        return confusion_matrix(truth, predicted, self.classes, w)

    def metrics(
        self, data: Any = None, positive: Any = None, *, unseen: str = "error"
    ) -> pd.DataFrame | pd.Series:
        """Precision, recall, F1 and support of each class, accuracy and averages.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        positive : label, optional
            Only this class, as a Series with the accuracy.
        unseen : {"error", "missing"}
            As in `accuracy`.

        Notes
        -----
        As scikit-learn defines them. A share of nothing, such as the precision of a class that
        is never predicted, is 0.
        """
        self._require_classes("metrics()")
        table = self.confusion_matrix(data, unseen=unseen)
        if positive is None:
            return summarize_classification(table)
        return summarize_class(table, positive)

    def cross_validate(
        self,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        **training: Any,
    ) -> CrossValidation:
        """Judge by k-fold cross-validation how well networks like this one predict new rows.

        In each fold a new network of the same arguments is made from the other rows, trained by
        ``train(**training)``, and judged by the rows held out. This network stays as it is.

        Parameters
        ----------
        k : int
            Folds that the training rows are dealt to.
        repeats : int
            How often they are dealt anew.
        groups : array-like or str, optional
            Rows to be kept together, where new rows will be of groups not seen: a label for each
            row of the data as given, or the name of a column that the formula uses. A decay that
            is chosen in a fold is chosen with whole groups too.
        stratify : bool, optional
            Whether each fold has the classes in the shares that all rows have them in. None: where
            the response is a class.
        **training
            As `train` takes them; nothing: automatic training. What this network left open is
            chosen anew in each fold, whatever was chosen for itself.

        Returns
        -------
        CrossValidation
            With ``deviance`` and ``accuracy``, their standard errors, and a table of ``folds``.

        Raises
        ------
        TypeError, ValueError
            For an argument that makes no sense, one of `train` that is about a single training
            (``trace``, ``callback``, ``progress``, ``checkpoint``, ``every``), and, naming the
            fold, where a term of the formula cannot be made from its rows.

        Warns
        -----
        NeuralNetworkWarning
            Once for all that training in folds warned of, in the class of what it says if that is
            one.
        OverconfidenceWarning
            Where networks are worse than an intercept alone on the rows held out, and better on
            those trained on.

        Notes
        -----
        Levels and classes are those of the whole table; means, knots, standardized columns, decay
        and weights are learned from a fold's rows. Folds and starts are drawn from where the
        network's generator stands, which is not advanced: the same call gives the same bits.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> found = net.cross_validate(k=5, optimizer="newton")
        >>> found.folds["rows"].tolist(), found.accuracy > 0.95
        ([30, 30, 30, 30, 30], True)
        """
        dealt = self._deal(k, repeats, groups, stratify)
        return self._cross_validate(dealt, training)

    def compare(
        self,
        other: NeuralNetwork,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        **training: Any,
    ) -> Comparison:
        """Compare two networks by cross-validation on the same folds.

        Parameters
        ----------
        other : NeuralNetwork
            Of the same rows, response and weights; formula, layers and penalty may differ, and so
            may the families of classes.
        k, repeats, groups, stratify, **training
            As in `cross_validate`, for both.

        Returns
        -------
        Comparison
            The ``difference`` of the deviance per row, this network less the other, with its
            corrected standard error (Nadeau and Bengio, 2003), interval and p value; that of the
            accuracy; and the table of ``folds``.

        Raises
        ------
        TypeError, ValueError
            As `cross_validate`; and where the deviances would not be about the same.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> wide = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> narrow = NeuralNetwork("Species ~ Sepal.Width", load_iris(), hidden=0, decay=0.01)
        >>> found = wide.compare(narrow, k=5, optimizer="newton")
        >>> found.difference < 0, found.interval[1] < 0
        (True, True)
        """
        if not isinstance(other, NeuralNetwork):
            raise TypeError(
                f"compare() takes another NeuralNetwork, not {type(other).__name__}: make it with "
                "the arguments that you want to compare"
            )
        check_comparable(self._model, other._model)
        dealt = self._deal(k, repeats, groups, stratify)
        found = [net._cross_validate(dealt, training) for net in (self, other)]
        return compare(*found)

    def _deal(self, k: Any, repeats: Any, groups: Any, stratify: Any) -> Dealt:
        return deal(self._model, self._state.generator_state, k, repeats, groups, stratify)

    def _cross_validate(self, dealt: Dealt, training: Mapping[str, Any]) -> CrossValidation:
        check_training(training)
        options = {"trace": 0, **training}
        if dealt.labels is not None and chooses_decay(self._model, is_automatic(**training)):
            options["groups"] = dealt.labels

        def train(model: Model, generator: np.random.Generator) -> tuple[Model, Matrix]:
            net = object.__new__(type(self))
            net._begin(model, generator)
            net._is_fold = True
            net.train(**options)
            return net._model, net._state.theta

        return cross_validate(self._model, dealt, train)

    def _require_classes(self, what: str) -> None:
        if not self.classes:
            raise ValueError(
                f"{what} needs a response of classes; {cut(self._model.labels.response)} holds "
                "numbers"
            )

    # Predicting -----------------------------------------------------------------------------

    def predict(
        self, data: Any = None, type: str | None = None, *, unseen: str = "error"
    ) -> pd.Series | pd.DataFrame:
        """Predictions for new rows, in their order and with their index.

        Parameters
        ----------
        data : DataFrame or another table, dict, or Series as one row, optional
            None: the training rows. Needs no response. A row that misses a value is predicted as
            missing.
        type : {"class", "probs", "response", "link"}, optional
            ``class``: labels, ties to the first class. ``probs``: one column a class.
            ``response``: means; for binomial the probability of the second class. ``link``:
            scores. None: ``class`` for classes, else ``response``.
        unseen : {"error", "missing"}
            What a level that training never saw is: an error, or a missing value, with one warning
            for all rows.

        Raises
        ------
        TypeError, ValueError
            For a missing column, a level or a type that training never saw, another ``type``.
        """
        labels = self._model.labels
        kind = choose_kind(type, labels)
        values, index = self._model.read_scores(self._state.theta, data, unseen, kind)
        return label_predictions(kind, labels, values, index)

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
        unseen: str = "error",
        resolution: int = 300,
        ax: Any = None,
    ) -> Any:
        """Draw what is predicted over two predictors, with the data on top.

        All other predictors are held at one value each: those of ``at``, else the mean of the
        training rows, or their most frequent level. The values are written below the axes.

        Parameters
        ----------
        x, y : str, optional
            Predictors; None: the first ones, numbers before categories.
        at : dict, optional
            Values of other predictors, by name.
        data : DataFrame, optional
            Rows to show; None: the training rows. Those that miss a value are left out, with a
            warning.
        unseen : {"error", "missing"}
            As in `accuracy`.
        resolution : int
            Points of the grid along each axis.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        theta = self._state.theta
        from . import plots

        return plots.draw_regions(self._model, theta, x, y, at, data, unseen, resolution, ax)

    def plot_loss(self, *, ax: Any = None) -> Any:
        """Draw the loss, and traced accuracy, against iterations; returns the Axes.

        With rows held out, losses are drawn per row. With mini-batches that of the rows trained on
        is a running loss, see `history`.
        """
        from . import plots

        return plots.draw_loss(self._model, self.history, self._state.watch.weights, ax)

    def plot_tuning(self, *, ax: Any = None) -> Any:
        """Draw held-out deviance against decay, with its standard errors; returns the Axes.

        The decay that training chose is marked. A dashed line lies one standard error above the
        lowest deviance: what is below it is as good as the best, as far as the folds can tell.

        Raises
        ------
        ValueError
            If training chose no decay by cross-validation.
        """
        from . import plots

        return plots.plot_tuning(self.tuning, ax=ax)

    def plot_network(self, *, ax: Any = None) -> Any:
        """Draw inputs, hidden units and outputs with their weights; returns the Axes.

        Widths of lines are standardized weights, whatever ``scale`` is: each weight times the
        standard deviation, over the training rows, of the column or hidden unit that it multiplies.
        So the units of a column do not matter. Biases are those of centered columns and units;
        they do not set the scale of a layer, and are drawn no wider than its widest weight. A
        network loaded without its training rows is drawn with the weights as they are (with
        ``scale=True`` on standardized numeric columns), and the picture says so.
        """
        theta = self._state.theta
        from . import plots

        return plots.draw_diagram(self._model, theta, ax)

    def plot_confusion_matrix(
        self, data: Any = None, *, unseen: str = "error", ax: Any = None
    ) -> Any:
        """Draw the confusion matrix; returns the Axes.

        Rows and ``unseen`` are as in `accuracy`.
        """
        from . import plots

        return plots.plot_confusion_matrix(self.confusion_matrix(data, unseen=unseen), ax=ax)

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

    # Files ----------------------------------------------------------------------------------

    def save(self, path: Any, data: bool = False, fingerprint: bool = True) -> NeuralNetwork:
        """Write the network to a file; returns self.

        Parameters
        ----------
        path : str or path
            Such as ``"iris.nn"``. A file that is there is replaced once the new one is whole.
        data : bool
            Whether the training rows go along, in the columns that the formula uses. Without them
            no row is in the file.
        fingerprint : bool
            Whether digests go along by which `load` knows the training rows again, and ``train``
            the rows held out. By a digest, whoever can guess a whole table sees whether the guess
            is right. Without them `load` cannot tell whether the rows given to it are those of
            before, and says so; and with ``validation=`` what an optimizer and ``patience``
            remember begins anew. Means and ranges of columns, and all weights, are in any file.

        Raises
        ------
        OSError
            Where the file cannot be written; one that was there is as it was.
        TypeError
            Where a family, an activation, an optimizer or a level is an object of your own, which
            pickle can keep.
        ValueError
            With ``data=True`` where the network has no training rows, and where a formula, levels
            or text among the rows are longer than `load` would read.

        Warns
        -----
        FileWarning
            Where ``init`` or the learning rate is a function of your own, and goes without.

        Notes
        -----
        The file is a zip of ``network.json`` and arrays in NumPy's format, without pickle:
        ``numpy.load`` opens it. Its last 64 characters are the SHA-256 of all before.

        It is written beside ``path`` under a name that begins with ``.neuralnet-``, then renamed.
        Where a process is killed meanwhile, a later save to the same path removes what is left.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "iris.nn"
        >>> net = NeuralNetwork("Species ~ .", load_iris(), seed=1).save(path)
        >>> NeuralNetwork.load(path).predict(load_iris()).equals(net.predict())
        True
        """
        if check_flag("data", data) and self._model.training is None:
            raise ValueError("this network has no training rows to save: leave data=True out")
        check_flag("fingerprint", fingerprint)
        self._save(path, self._stop, rows=data, fingerprint=fingerprint)
        return self

    @classmethod
    def load(
        cls,
        path: Any,
        data: Any = None,
        *,
        weights: str | ArrayLike | None = None,
        offset: ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        env: Mapping[str, Any] | None = None,
        trusted: bool = False,
        limit: float = LIMIT,
    ) -> NeuralNetwork:
        """Read a network from a file that `save` or ``train(checkpoint=...)`` wrote.

        Parameters
        ----------
        path : str or path
        data : DataFrame or another table, optional
            The training rows: with them ``train`` goes on to the same bits as if it had never
            stopped. They are read as the file says; nothing is learned anew. Without them, and
            unless the file holds them, the network predicts and can be judged on other data.
        weights, offset, subset : optional
            Again, where they were arrays; columns and conditions are in the file.
        env : dict, optional
            The functions and values of your own that the formula names. No file holds them.
        trusted : bool
            Whether to take all expressions that a formula may hold. By default only plain ones
            are taken, which cannot run other code, fill the memory or go on for ever; so loading
            is safe whoever made the file.
        limit : int
            A file of more bytes is an error, before anything of it is read; 4 GiB by default.

        Raises
        ------
        CorruptFileError
            Where a single bit is wrong, it is no such file, or it shows another formula or other
            names than it runs. It is a ValueError.
        OSError
            Where the file cannot be read, and where it is a device or a pipe.
        ValueError
            For more bytes than ``limit``, a format of a later version, an expression that needs
            ``trusted=True``, a name of ``env`` or an array that is missing, and as the constructor
            for rows.

        Warns
        -----
        FileWarning
            Where ``data`` are not the rows that the network was trained on, or the file has no
            fingerprint to tell (``save(fingerprint=False)``), and where its engine needs numba,
            which is missing: NumPy takes over.
        """
        from . import storage

        return cls._make(
            storage.load(
                path,
                data,
                weights=weights,
                offset=offset,
                subset=subset,
                env=env,
                trusted=check_flag("trusted", trusted),
                limit=check_whole("limit", limit),
            )
        )

    def _save(self, path: Any, stop: Stop | None, *, rows: bool = False, **options: bool) -> None:
        from . import storage

        storage.save(self._list_contents(stop), path, rows=rows, **options)

    def _list_contents(self, stop: Stop | None) -> SavedNetwork:
        from .storage import SavedNetwork

        return SavedNetwork(self._model, self._state, self._history, stop, self._ends, self._tuning)

    @classmethod
    def _make(cls, contents: SavedNetwork) -> NeuralNetwork:
        net = object.__new__(cls)
        net._model, net._state, net._history = contents.model, contents.state, contents.history
        net._output, net._stop, net._ends = None, contents.stop, contents.ends
        net._tuning = contents.tuning
        net._alone = Exclusion(_BUSY)
        return net

    def __reduce__(self) -> tuple[Any, ...]:
        from . import storage

        return _revive, (type(self), *storage.to_parts(self._list_contents(self._stop)))

    # Copies and looks -----------------------------------------------------------------------

    def clone(self) -> NeuralNetwork:
        """A deep copy: state, history and data; nothing mutable is shared."""
        # Training goes on with an equal optimizer and schedule, which may only equal themselves.
        records = (self._state.optimizer, self._state.schedule)
        state = deepcopy(self._state, {id(record): record for record in records})
        state.theta.flags.writeable = False
        twin = self._share(state)
        twin._model = self._model.copy()
        return twin

    def _share(self, state: State) -> NeuralNetwork:
        """A network of the same fixed parts with a state and a history of its own."""
        twin = object.__new__(type(self))
        twin._model, twin._state, twin._history = self._model, state, self._history.copy()
        twin._output, twin._stop, twin._ends = None, self._stop, self._ends
        twin._tuning = self._tuning
        twin._alone = Exclusion(_BUSY)
        return twin

    def __copy__(self) -> NeuralNetwork:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> NeuralNetwork:
        return self.clone()

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        model, number = self._model, self._state.iteration
        count = f"{number} iteration{'s' * (number != 1)}"
        told, rows = f"After {count}. {self.message}", "no training rows"
        if model.training is not None:
            accuracy = f", accuracy {self.accuracy():.3f}" if self.classes else ""
            told = f"Loss {self.compute_loss():.5g}{accuracy} after {count}. {self.message}"
            rows = f"{self.nobs} rows"
        lines = [
            f"NeuralNetwork  {join_lines(self.formula)}",
            f"{model.perceptron.describe()}; {rows}, {self._state.theta.size} weights",
            *([f"Beside the formula: {model.beside}."] if model.beside else []),
            told,
        ]
        return lines, model.describe(self._state.theta)


def _revive(cls: type[NeuralNetwork], *parts: Any) -> NeuralNetwork:
    """What an unpickler calls."""
    from . import storage

    return cls._make(storage.from_parts(*parts))


class _Order(NamedTuple):
    """How another process is to train from a start."""

    options: Mapping[str, Any]
    iterations: int
    settings: Mapping[str, Any]
    trace: int


def _run_start(
    order: _Order, model: Model, task: tuple[State, History]
) -> tuple[State, History, Stop | None, Step]:
    """Train a network of the model from a start, and say where it came to."""
    from .storage import SavedNetwork

    model, (state, history) = model.configure(**order.settings), task
    net = NeuralNetwork._make(SavedNetwork(model, state, history, None, (), None))
    reporter = Reporter(order.trace, None, False, order.iterations)
    course = make_course(model, state, **order.options)
    last = model.compute(partial(net._run, course, order.iterations, reporter), hessian=True)
    assert last is not None
    return net._state, net._history, net._stop, last


class _Found(NamedTuple):
    """What a search has come to: exchanged as a whole, so that its parts always match."""

    memory: Mapping[str, Any]
    ends: tuple[End, ...] = ()
    best: NeuralNetwork | None = None
    last: Step | None = None

    def add(self, twin: NeuralNetwork, last: Step, end: End) -> _Found:
        """The same after one more start."""
        memory = twin._state.generator_state
        lowest = min((each.rank for each in self.ends), default=None)
        if lowest is None or end.rank < lowest:
            return _Found(memory, (*self.ends, end), twin, last)
        return self._replace(memory=memory, ends=(*self.ends, end))


def _freeze(array: Matrix) -> Matrix:
    array.flags.writeable = False
    return array
