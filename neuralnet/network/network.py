"""NeuralNetwork: the class that users construct, inspect, train and predict with.

It holds one record, the fit, and commits to it what functions of the other wings return.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..activations import Activation, Sigmoid, find_activations
from ..errors import (
    CALLS,
    ConvergenceWarning,
    InterruptWarning,
    check_calls,
    check_flag,
    check_hidden,
    check_memory,
    check_number,
    check_share,
    check_whole,
    explain_attribute,
    find_argument,
    quote,
    suggest,
    visible,
    warn,
)
from ..families import Family, Softmax, find_family
from ..model import (
    MatrixHead,
    ModelSpec,
    build_model,
    check_settings,
    choose_kind,
    compute_layers,
    compute_means,
    compute_residuals,
    compute_scores,
    describe,
    label_predictions,
    label_weights,
    name_weights,
    read_matrix,
    read_vector,
    render_html,
    render_text,
)
from ..optimizers import Optimizer, Schedule, Stop
from ..perceptron import Layer, make_generator
from ..selection import Session, is_automatic, make_recipe, make_stages
from ..training import (
    Checkpoint,
    Fit,
    Reporter,
    begin,
    check_second_order,
    conclude,
    count_jobs,
    explain_return,
    make_course,
    run,
    tabulate_ends,
)
from .files import Files
from .pictures import Pictures

Matrix = NDArray[np.float64]
_WEIGHTS = re.compile(r"W([1-9]\d*+)")
_ASSIGNED = Stop(False, "Its weights were assigned.")


@check_calls
class NeuralNetwork(Pictures, Files):
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
        spec = ModelSpec(
            formula,
            data,
            sizes,
            find_activations(activation, len(sizes)),
            skip,
            find_family(family),
            check_settings(decay, init, scale, penalize_bias, layers=len(sizes) + 1),
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
        self._begin(begin(build_model(spec), make_generator(seed)))

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
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._assign(read_vector("theta", values, self._theta.size))

    @property
    def W(self) -> tuple[Matrix, ...]:
        """The weight matrices as read-only views of theta."""
        return self._model.perceptron.unflatten(self._theta)

    def coef(self) -> dict[str, pd.DataFrame]:
        """Weights as labelled frames, ``{"W1": ..., "W2": ...}``.

        ``net.W1 = frame`` takes such a frame by its labels, in whatever order they stand.
        """
        return label_weights(self._model, [W.copy() for W in self.W])

    def __getattr__(self, name: str) -> Any:
        # Copies are asked for names before they hold anything.
        if name.startswith("_") or "_fit" not in vars(self):
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
            matrices, names = list(self.W), name_weights(self._model)[layer]
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
        fit = self._fit
        self._lock.run(lambda: fit.commit(state=fit.state.restart(theta), stop=_ASSIGNED))

    # Forward, backward ----------------------------------------------------------------------

    @property
    def output(self) -> Matrix:
        """Means (n, K) for the training rows at the current theta."""
        stored = self._output
        if stored is not None and stored[0] is self._theta:
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
        return compute_means(self._model, self._theta, data, unseen)

    def feedforward(self) -> NeuralNetwork:
        """Store ``output``; returns self."""
        self._output = (self._theta, _freeze(self.fit()))
        return self

    def backpropagate(self, learn_rate: float = 0.01) -> NeuralNetwork:
        """One step of gradient descent from the current theta; returns self."""
        rate = check_number("learn_rate", learn_rate, above=True)

        def work() -> None:
            fit = self._fit
            course = make_course(fit.model, fit.state, learn_rate=rate)
            last = run(fit, course, 1, Reporter(0, None, False, 1))
            assert last is not None
            if conclude(fit, last, course, False, 1).grave and last.failed:
                warn(self.message, ConvergenceWarning)

        self._lock.run(partial(self._model.compute, work))
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
        return compute_layers(self._model, self._theta, data, unseen)

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
        P = self._theta.size
        check_memory(f"second derivatives by {P:,} weights", P * P, "Take fewer hidden units")
        theta = self._at(theta)
        run = partial(self._model.objective.hessian_in_raw_units, theta)
        return self._model.compute(run, hessian=True)

    def _at(self, theta: ArrayLike | None) -> Matrix:
        size = self._theta.size
        return self._theta if theta is None else read_vector("theta", theta, size)

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
        automatic = is_automatic(iterations, learn_rate, tolerance, optimizer)
        fit, start = self._fit, self._fit.state

        def work() -> None:
            jobs, lines = count_jobs(n_jobs), check_whole("trace", trace) > 0
            recipe = make_recipe(
                fit.model,
                fit.tuning,
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
            saver = None
            if checkpoint is not None:
                saver = Checkpoint(self._save, checkpoint, every, recipe.starts)
            reporter = Reporter(
                0 if recipe.automatic else trace,
                self._wrap(callback),
                progress and not recipe.automatic,
                recipe.iterations * recipe.starts,
                saver,
                recipe.tell_progress(stages) if recipe.automatic else None,
            )
            Session(fit, recipe, reporter, stages, jobs, self._hold, self._check_plan).run()

        try:
            hessian = automatic or optimizer is not None
            self._lock.run(partial(fit.model.compute, work, hessian=hessian))
        except KeyboardInterrupt:
            # In a notebook the caller wants the network back; a script is to stop.
            if self._is_fold or not hasattr(sys, "ps1"):
                raise
            warn(explain_return(fit.state, self.message, fit.state is not start), InterruptWarning)
        return self

    def _wrap(self, callback: Any) -> Any:
        """Return the callback as a function of a fit: this network's, or a copy's with restarts."""
        if not callable(callback):
            return callback  # The reporter refuses it.
        net = self

        def call(fit: Fit, number: int) -> Any:
            nonlocal net
            if net._fit is not fit:
                # Nobody may train this network from within its own callback.
                net = self if fit is self._fit else self._hold(fit, self._lock)
            return callback(net, number)

        return call

    @property
    def history(self) -> pd.DataFrame:
        """One row an iteration: its number, the loss before that update, traced accuracy.

        With rows held out also ``validation_loss``; with a schedule also ``learn_rate``. All are
        of the weights before the iteration, but for one: with mini-batches ``loss`` is a running
        loss, the sum of what each batch came to before its own update. Losses are sums over their
        rows: those trained on, and those held out.
        """
        # Read in this order: the first n rows do not change while another thread trains.
        n = self._fit.state.iteration
        return self._fit.history.frame(n)

    @property
    def restarts(self) -> pd.DataFrame:
        """How each start of the last ``train(restarts=...)`` ended, one row a start.

        Losses are sums over their rows: those trained on, and those held out.
        """
        return tabulate_ends(self._fit.ends)

    @property
    def _is_fresh(self) -> bool:
        """Whether the weights are as they were drawn, or only tried for a choice."""
        return self._fit.stop != _ASSIGNED and not self._fit.state.iteration

    @property
    def converged(self) -> bool:
        """Whether the last training ended at an optimum, by its optimizer's rule or a tolerance.

        Not where it ended by rows held out, or by a warning that nothing was learned.
        """
        return self._fit.stop is not None and self._fit.stop.converged

    @property
    def message(self) -> str:
        """Why the last training ended."""
        stop, number = self._fit.stop, self._fit.state.iteration
        if stop is not None:
            return visible(stop.message, most=2_000)
        return f"Training had not ended at iteration {number}." if number else "Not trained yet."

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
        values, index = compute_scores(self._model, self._theta, data, unseen, kind)
        return label_predictions(kind, labels, values, index)

    @property
    def fitted(self) -> pd.Series | pd.DataFrame:
        """Means of the training rows, ``predict(type="response")``."""
        return self.predict(type="response")

    @property
    def residuals(self) -> pd.Series | pd.DataFrame:
        """Response less fitted mean; a class counts as 0 or 1 in each output."""
        return compute_residuals(self._model, self._theta)

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

    # Copies and display ---------------------------------------------------------------------

    def clone(self) -> NeuralNetwork:
        """Return a deep copy: state, history and data; nothing mutable is shared."""
        state, model = self._fit.state, self._model
        # Training continues only with an equal optimizer and schedule, and a user-defined one may
        # equal nothing but itself.
        records = (state.optimizer, state.schedule)
        state = deepcopy(state, {id(record): record for record in records})
        state.theta.flags.writeable = False
        fit = self._fit.share(state)
        fit.commit(model=model.copy())
        return self._hold(fit)

    def __copy__(self) -> NeuralNetwork:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> NeuralNetwork:
        return self.clone()

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), *self._take_apart())

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        return describe(self._model, self._theta, self._fit.state.iteration, self.message)


def _revive(cls: type[NeuralNetwork], *parts: Any) -> NeuralNetwork:
    """Rebuild a network from the parts of a pickle."""
    return cls._put_together(*parts)


def _freeze(array: Matrix) -> Matrix:
    array.flags.writeable = False
    return array
