"""NeuralNetwork: the class that users construct, inspect, train and predict with.

It holds one record, the fit, and commits to it what functions of the other packages return.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..activations import Activation, ActivationName, Sigmoid, find_activations
from ..design import ClassWeighting, NaAction
from ..errors import (
    ConvergenceWarning,
    InterruptWarning,
    check_calls,
    check_flag,
    check_hidden,
    check_memory,
    check_number,
    check_signature,
    check_whole,
    ignore_overflow,
    make_generator,
    pluralize,
    visible,
    warn,
)
from ..families import Family, FamilyName, Softmax, find_family
from ..inference import tabulate_ends
from ..model import (
    DecayChoice,
    EngineName,
    MatrixHead,
    ModelSpec,
    Precision,
    UnseenPolicy,
    build_model,
    check_settings,
    compute_layers,
    compute_means,
    describe,
    freeze,
    keep_arguments,
    read_numbers,
    read_vector,
    render_html,
    render_text,
)
from ..optimizers import Optimizer, OptimizerName, Schedule
from ..perceptron import InitRule, Layer
from ..selection import (
    DecayRule,
    Session,
    check_decay_choice,
    is_automatic,
    make_reporters,
    resolve_setup,
)
from ..training import (
    Checkpoint,
    Fit,
    Reporter,
    begin,
    check_second_order,
    conclude,
    count_jobs,
    describe_restarts,
    explain_resumption,
    prepare_run,
    run,
)
from .copies import Copies
from .cross_validation import CrossValidations
from .files import Files
from .pictures import Pictures
from .weights import Weights

Matrix = NDArray[np.float64]


@check_calls
class NeuralNetwork(Weights, Pictures, Copies, CrossValidations, Files):
    """A neural network from a formula and a data frame.

    Parameters
    ----------
    formula : str
        As in R: ``"Species ~ ."``, ``"y ~ a * log(b) - 1"``, ``"cbind(y1, y2) ~ a"`` for several
        responses, ``"n ~ a + offset(log(time))"``. Names mean columns of the data, else built-in
        functions, else ``env``; never variables of the caller. Dates, and text of ISO dates, enter
        by ``days(d)``, ``year(d)``, ``month(d)``, ``weekday(d)`` and ``hour(d)``. A dot leaves out
        dates, and text that differs in every row, with a warning that lists them.
    data : DataFrame or another table
        Or a dict of columns, a list of dicts, a structured array; a table of polars, Arrow or
        duckdb, of which only the columns that are named are converted, or another one with a method
        ``to_pandas`` or ``__arrow_c_stream__``. Rows with a missing value in a column that the
        formula uses, and rows of 0 trials, are dropped, with a warning; see ``na_action``. Columns
        that the formula does not use may have any names.
    hidden : int or list of int
        Units of each hidden layer; 0: none, which makes the network a GLM.
    skip : bool
        Whether the columns of X also connect directly to the outputs.
    family : str or Family, optional
        ``"softmax"`` (default for classes), ``"binomial"`` (one logistic output: two classes, the
        second of them; ``cbind(successes, failures)``; or proportions, with the trials as
        weights), ``"gaussian"`` (default for numbers) or ``"poisson"``.
    activation : str, Activation or list of them
        ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"``, ``"elu"``, ``"softplus"``,
        ``"silu"``, ``"identity"``, or a record of `neuralnet.activations`; a list has one for each
        hidden layer.
    decay : float, list of float, "cv" or "evidence", optional
        Penalty ``decay * sum(theta**2)``, as in R's nnet; a list has one for each weight matrix.
        ``"cv"``: chosen by cross-validated deviance when the network is trained, with any
        optimizer: for prediction. ``"evidence"``: one decay for all weights by the data
        themselves, MacKay's fixed point, which `train` finds around Newton's method: for
        standard errors, intervals and tests (see Notes). None: 0, unless `train` chooses.
    mixture : float
        The share of the penalty in absolute values, from 0 to 1:
        ``decay * sum((1 - mixture) * theta**2 + mixture * abs(theta))``. The L1 part makes weights
        exactly 0, and needs a first-order optimizer.
    penalize_bias : bool, optional
        Whether the intercept and the biases of every layer are penalized too, as in R's nnet.
        None: True, but False where a decay is chosen and there is no hidden layer.
    penalty_factor : dict, optional
        Factors of ``decay`` for the weights of single terms of the formula, as in
        ``{"age": 0, "poly(x, 3)": 2}``: the weights of the columns of the term in the first layer,
        and with ``skip`` in the last.
    weights : str or array, optional
        Case weights, the name of a column or one for each row: a weight of 2 counts a row twice.
        New data without that column is evaluated without weights, with a warning.
    class_weight : {"balanced"} or dict, optional
        Further weights of the rows by class, in the loss alone: ``"balanced"`` gives all classes
        the same total weight, a dict has weights by class.
    subset : str, mask or positions, optional
        Rows to train on: a condition such as ``"age > 40"``, the name of a column of True and
        False, one True or False for each row, or positions.
    offset : str, list of str or array, optional
        Numbers added to the scores, as by ``offset(...)`` in the formula: the name of a column, a
        list with one for each output, or an array (n,) or (n, K), which does not apply to new rows.
    scale : bool, optional
        Optimize, penalize and start in the coordinates of standardized numeric columns (and of a
        standardized numeric response). Everything shown is in the original units, but for the loss
        of several gaussian responses: each counts in it in units of its own standard deviation, so
        that one in small units is fitted too. None: False, until automatic training chooses.
    init : float, str or callable, optional
        Initial weights: the standard deviation of normal weights, ``"glorot"``, ``"he"``,
        ``"uniform"`` (within 0.7 of 0, as in R's nnet), or ``(rng, shape) -> array``. None: 0.01,
        until automatic training draws its own. Weights of levels without a training row are 0.
    seed : int or numpy.random.Generator, optional
        For initial weights, mini-batches and rows held out. NumPy's global generator is not used.
    env : dict, optional
        Functions and values that the formula may name.
    na_action : {"drop", "impute", "raise"}
        What happens to rows with a missing value in the formula, a weight or an offset.
        ``"impute"``: missing predictors get the median of their column, or its most frequent level,
        here and in new rows. A column ``is.na(x)`` of X is 1 where ``x`` was missing; columns that
        are missing in the same training rows share one. Rows without a response, a weight or an
        offset are dropped.
    engine : {"numpy", "compiled"}, optional
        Evaluates loss and gradient. ``"compiled"``, machine code by numba, makes a training of many
        thousand iterations on few rows several times as fast, and uses all processors on many rows.
        The first use on a machine compiles it (about 30 s); loading takes about 0.5 s.
        None: ``"numpy"``.
    dtype : {"float64", "float32"}
        Precision of loss and gradient with NumPy; weights and sums are always float64.

    Raises
    ------
    TypeError, ValueError
        For an invalid argument: what was given, what is wanted, and the remedy.

    Notes
    -----
    With ``decay="evidence"`` the penalty is a normal prior of the weights in standardized columns.
    `train`, or ``train(optimizer="newton")``, fits the weights by Newton's method and updates
    ``decay = dispersion * edf / (2 * sum(phi**2))`` in turn, from 0.3 until it is at rest, from
    each of 4 starts (``restarts``), and keeps that of the highest log evidence by Laplace's
    approximation (MacKay, 1992); `restarts` lists all. ``edf`` are the effective degrees of
    freedom, ``phi`` the weights for standardized columns and response, in units of whose loss it
    is. Intercept and biases of all layers are penalized too, without a hidden layer as well; there
    one start is enough. It is not the maximum of the evidence over a grid, which often lies at a
    network shrunk to almost nothing, nor one decay for each layer, as these drift apart. It needs
    standardized columns (None for ``scale`` is then True), smooth activations, double precision,
    one response and at most 3,000 weights.

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
        family: FamilyName | Family | None = None,
        activation: (
            ActivationName | Activation | Sequence[ActivationName | Activation]
        ) = "sigmoid",
        skip: bool = False,
        decay: float | Sequence[float] | DecayChoice | None = None,
        mixture: float = 0.0,
        penalize_bias: bool | None = None,
        penalty_factor: Mapping[str, float] | None = None,
        weights: str | ArrayLike | None = None,
        class_weight: ClassWeighting | Mapping[Any, float] | None = None,
        offset: str | Sequence[str] | ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        scale: bool | None = None,
        init: float | InitRule | Callable[..., ArrayLike] | None = None,
        seed: int | np.random.Generator | None = None,
        env: Mapping[str, Any] | None = None,
        na_action: NaAction = "drop",
        engine: EngineName | None = None,
        dtype: Precision = "float64",
    ) -> None:
        given = {name: value for name, value in locals().items() if name != "self"}
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
            mixture=check_number("mixture", mixture, most=1.0),
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
        model = build_model(spec)
        check_decay_choice(model)
        self._begin(begin(model, make_generator(seed)))
        self._arguments = keep_arguments(given)

    # Attributes -----------------------------------------------------------------------------

    @property
    def formula(self) -> str:
        """The formula as the caller typed it."""
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
        """The decay in use: a number, or a list with one for each weight matrix."""
        decay = self._model.used.decays
        return list(decay) if isinstance(decay, tuple) else decay

    @property
    def engine(self) -> str:
        """The engine that evaluates loss and gradient, ``"numpy"`` or ``"compiled"``."""
        return self._model.engine

    @property
    def dtype(self) -> str:
        """Precision of loss and gradient."""
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
        """The response as in the data, (n,); a DataFrame for several responses of ``cbind``."""
        return self._model.rows.labels.copy()

    # Forward, backward ----------------------------------------------------------------------

    @property
    def output(self) -> Matrix:
        """Means (n, K) for the training rows at the current theta."""
        stored = self._output
        if stored is not None and stored[0] is self._theta:
            return stored[1]
        return freeze(self.fit())

    def fit(self, data: Any = None, *, unseen: UnseenPolicy = "error") -> Matrix:
        """Compute the means (n, K) by a forward pass; store nothing.

        Parameters
        ----------
        data : DataFrame, dict or (n, D) design matrix, optional
            None: the training rows. Rows with a missing value give nan.
        unseen : {"error", "missing"}
            As in `predict`.
        """
        return compute_means(self._model, self._theta, data, unseen)

    def feedforward(self) -> Self:
        """Store ``output``; return self."""
        self._output = (self._theta, freeze(self.fit()))
        return self

    def backpropagate(self, learn_rate: float = 0.01) -> Self:
        """Make one step of gradient descent from the current theta; return self."""
        rate = check_number("learn_rate", learn_rate, above=True)

        def work() -> None:
            fit = self._fit
            training_run = prepare_run(fit.model, fit.state, learn_rate=rate)
            last = run(fit, training_run, 1, Reporter(0, None, False, 1))
            assert last is not None
            if conclude(fit, last, training_run, False, 1).serious and last.diverged:
                warn(self.message, ConvergenceWarning)

        self._lock.run(partial(self._model.compute, work))
        return self

    @property
    def gradient(self) -> tuple[Matrix, ...]:
        """Gradient of the penalized loss, as matrices with the shapes of ``W``."""
        return self._model.perceptron.unflatten(self.objective()[1])

    def layers(self, data: Any = None, *, unseen: UnseenPolicy = "error") -> tuple[Layer, ...]:
        """Compute all arrays of a forward and a backward pass, layer by layer.

        Parameters
        ----------
        data : DataFrame or another table, optional
            None: the training rows. Rows with a missing value are left out, with a warning.
        unseen : {"error", "missing"}
            As in `accuracy`.

        Returns
        -------
        tuple of Layer
            With ``z``, ``h``, ``delta`` and ``dW``; in the last layer ``z`` are the scores and
            ``h`` the means. If ``data`` has no response, ``delta`` and ``dW`` are None.
        """
        return compute_layers(self._model, self._theta, data, unseen)

    def objective(self, theta: ArrayLike | None = None) -> tuple[float, Matrix]:
        """Compute the penalized loss and its gradient (P,)."""
        theta = self._at(theta)
        return self._model.compute(partial(self._model.objective.in_raw_units, theta))

    def hessian(self, theta: ArrayLike | None = None) -> Matrix:
        """Compute the Hessian of the penalized loss, (P, P), exactly.

        Raises
        ------
        ValueError
            If an activation has no curvature, and with an L1 penalty.
        """
        check_second_order(self._model, "hessian()")
        P = self._theta.size
        check_memory(
            f"second derivatives by {pluralize(P, 'weight')}", P * P, "Take fewer hidden units"
        )
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
        tolerance: float | Literal["default"] | None = "default",
        trace: float = 100,
        *,
        optimizer: OptimizerName | Optimizer | None = None,
        batch_size: int | None = None,
        validation: Any = None,
        patience: int | None = None,
        unseen: UnseenPolicy = "error",
        mask: Any = None,
        relative_tolerance: float | None = None,
        gradient_tolerance: float | None = None,
        restarts: int | None = None,
        groups: Any = None,
        rule: DecayRule = "min",
        n_jobs: int | None = None,
        callback: Callable[[Self, int], Any] | None = None,
        progress: bool = False,
        checkpoint: Any = None,
        every: int = 1000,
    ) -> Self:
        """Train the network, automatically unless options are given; return self.

        Training is automatic if none of ``iterations``, ``learn_rate``, ``tolerance`` and
        ``optimizer`` is given. Arguments left open here and at construction are then chosen by a
        rule from the sizes of table and network (see Notes); no given argument is overridden.
        `message` reports the choice, `tuning` the decays that were tried. A new network starts from
        new weights; a network with trained or assigned weights continues from these, and keeps an
        earlier choice.

        Manual training continues from the current weights with the named optimizer; without one,
        with gradient descent, as in the articles.

        Parameters
        ----------
        iterations : int, optional
            Maximum number of passes over the rows: one update each, or with mini-batches several.
            None: 10,000, or that of the rule.
        learn_rate : float, Schedule or function of the iteration, optional
            None: the default of the optimizer, 0.01 for gradient descent. The loss is a sum over
            rows, so good rates are smaller for more rows; with ``scale=True``, an optimizer given
            by name has at most the largest stable rate. `neuralnet.schedules` has decreasing
            rates. A function gets the iteration, counted from 1 at its first call.
        tolerance : float or "default", optional
            Stop after the first update from a loss below this, in the units of the loss; None, 0
            or less: never. ``"default"``: 0.01 for gradient descent on classes, as in the
            articles; else never.
        trace : int
            Print loss and accuracy every ``trace`` iterations, or in automatic training a line for
            each stage; a line for the memory needed, if it is more than 1 GB; and, to standard
            error, one for the time left by the pace of the first iterations, if it is more than
            10 s. 0: nothing.
        optimizer : str or Optimizer, optional
            ``"gradient_descent"``, ``"momentum"``, ``"nesterov"``, ``"adam"``, ``"rprop"``,
            ``"lbfgs"``, ``"newton"``, or a record of `neuralnet.optimizers`. None: gradient
            descent, or in automatic training that of the rule.
        batch_size : int, optional
            Rows of a mini-batch, shuffled anew in each iteration; None: all rows. With mini-batches
            the loss of an iteration is a running loss, added up over the batches while the weights
            change; accuracy and validation loss are of the weights before the iteration.
        validation : float, row positions, mask, Index or DataFrame, optional
            Rows to hold out: a share drawn at random (the same share of each class; the same rows
            while the share is the same), positions or a mask in the data as given, labels of its
            index, or other data. Training ends with the weights of the lowest loss on these rows.
            ``history`` has this loss as a sum over the rows; the trace, messages and `plot_loss`
            show both losses per row (by weight).
        patience : int, optional
            Stop when the loss on held-out rows has not fallen for n iterations; None: 100.
        unseen : {"error", "missing"}
            A level of a predictor in the data of ``validation`` that training never sees is an
            error, or a missing value, so that its row is left out.
        mask : array of bool or dict, optional
            Weights to train, True; those that are False are fixed at their present values, as in
            R's nnet: an array (P,) in the order of `theta`, or a dict of matrices such as
            ``{"W1": ...}``, arrays of their shapes or frames labelled as `coef` is; of matrices
            that are left out, all weights are trained. It holds for this call alone: a training
            that is resumed from a file needs it again. With several starts the other weights are
            drawn. It needs a decay that is known.
        relative_tolerance : float, optional
            Stop when each of ten consecutive iterations has changed the penalized loss by at most
            this share of it.
        gradient_tolerance : float, optional
            Stop when max abs gradient <= gradient_tolerance * loss of an intercept alone, with the
            gradient for standardized columns and a standardized numeric response, so that units do
            not matter. None: never; lbfgs and newton also stop when the predicted decrease of a
            further step is below 1e-12 of that loss.
        restarts : int, optional
            Number of starts: the current weights, then new ones from ``init``. (In automatic
            training of a new network all are new, but for the weights that the choice of the decay
            ended with.) The best is kept, by the loss on held-out rows if there are any, else by
            the penalized loss; `restarts` lists them. None: 1, or that of the rule. A network
            with ``decay="evidence"`` finds its decay anew from so many starts.
        groups : array-like or str, optional
            Rows that belong together, such as those of one patient: a label for each row of the
            data, or the name of a column of the formula. The folds that choose the decay keep
            groups together; a share drawn by ``validation`` does not.
        rule : {"min", "1se"}
            The decay to choose: that of the lowest held-out deviance, or the largest within one
            standard error of it.
        n_jobs : int, optional
            Processes that share folds and starts, up to 60 or one for each processor, which -1
            means; 1: only this one.
            None: threads of this process where the table is so large that they help, as many as the
            environment variable NEURALNET_THREADS says, or one for each processor. Results do not
            depend on it. Processes take seconds to start, so they help only with long trainings.
            User-defined objects must be defined in a module, and a script must do its work below
            ``if __name__ == "__main__":``. Starts with mini-batches, a callback or a checkpoint run
            one after the other.
        callback : callable, optional
            ``callback(net, iteration)`` after each update; True stops training, or the current
            start. With restarts, ``net`` is a temporary copy of this network; the state of the
            best copy is adopted at the end.
        progress : bool
            Show a bar with the memory needed, the loss, and the time left, at most, instead of the
            trace; needs tqdm. Automatic training shows a bar after two seconds if tqdm is
            installed.
        checkpoint : path, optional
            A file to save to, as `save` does, at the start, every ``every`` iterations, and at the
            end. ``NeuralNetwork.load(path, data)`` continues from it to the same bits, even if this
            process is killed.
        every : int
            Save after each iteration whose number is a multiple of ``every``.

        Returns
        -------
        NeuralNetwork
            Itself. ``converged`` and ``message`` report how training ended.

        Raises
        ------
        TypeError, ValueError
            For an invalid argument, and for options that exclude each other.
        RuntimeError
            If this network is being trained already; also from within its callback.
        KeyboardInterrupt
            If training is interrupted in a script; in an interactive session the network is
            returned. In both cases, and after any other error, it has the history of all complete
            iterations, and the weights of the lowest penalized loss of this call (of gradient
            descent the last ones); with rows held out those of the lowest loss on these; with
            several starts those of the best start that had ended. ``train`` by the same optimizer
            continues from the last weights.

        Warns
        -----
        DataWarning
            If columns of X differ in spread by more than a factor of 1,000, or a mean is more than
            1,000 times its spread (without ``scale=True``); and, without hidden layers and decay,
            if columns are exactly collinear. If several responses that share hidden units differ in
            spread by more than a factor of 30 (without ``scale=True``).
        ConvergenceWarning
            If the loss became infinite or not a number. After at least 100 iterations, or training
            that a rule ended: if the network is hardly better than an intercept alone, with a
            likely cause and its remedy (`message` reports it always); and if, without hidden
            layers, separation or quasi-separation lets weights grow without end.
        OverconfidenceWarning
            If held-out rows are predicted worse than by an intercept alone, though the training
            rows are not; in manual training, if more weights than rows fit these almost without
            error and without a penalty.
        InterruptWarning
            If training was interrupted in an interactive session.

        Notes
        -----
        Automatic training standardizes columns and draws starts by Glorot's rule. It chooses the
        decay with the lowest held-out deviance in 5 folds stratified by class, of 11 from 0.001 to
        100. Biases are penalized too, but not the intercept if there is no hidden layer.
        With fewer than 10 rows for each fold there are fewer folds; with fewer than 20 rows there
        are none, and the decay is 0.001. The first line that holds decides the rest:

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
                                                  iterations with a cosine schedule, stopped
                                                  by a tenth of the rows held out; 6 decays
                                                  tried on 3 million of them: minutes
        ========================================  =========================================

        With ``decay="evidence"``: Newton, best of 4 starts, no folds; a second or less for 50
        weights and some hundred rows.

        With an L1 penalty: Rprop, best of 3 starts, up to 4 million, and Adam beyond. With
        ``batch_size``: Adam, 300 iterations up to 4 million, and a tenth of the rows held out. With
        an activation that has a kink, such as relu: L-BFGS instead of Newton.
        Seconds are those of one processor of 2024; no choice depends on time. The rule is the table
        in ``neuralnet/selection/defaults.py``.

        If the loss becomes infinite or not a number, the network returns to the iteration of this
        call with the lowest loss: the minimized one, penalty included, or that on held-out rows;
        with mini-batches the running loss. Weights, history and optimizer state are then as if n
        iterations had been asked for.

        With ``mask`` the optimizer sees the free weights alone, and ``converged`` says that they
        are at an optimum for the fixed ones. A penalty counts all weights. A fixed intercept is
        that of the columns as they are: with ``scale=True`` they are then only divided by their
        standard deviations. As an intercept alone may be out of reach, no comparison with it is
        made.

        Examples
        --------
        A line through a given point, by fixing its intercept:

        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> net.W1 = [[4.0], [0.0]]
        >>> net.train(optimizer="newton", mask=[False, True], trace=0).W1.round(3)
        array([[4.   ],
               [0.476]])
        >>> net.converged, net.message[-34:]
        (True, '1 of 2 weights was fixed by mask=.')
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
            "mask": mask,
        }
        automatic = is_automatic(iterations, learn_rate, tolerance, optimizer)
        fit, start, call = self._fit, self._fit.state, self._wrap(callback)

        search = {"iterations": iterations, "restarts": restarts, "groups": groups, "rule": rule}
        single = checkpoint is not None

        def work() -> None:
            jobs, lines = count_jobs(n_jobs), check_whole("trace", trace) > 0
            check_whole("every", every, least=1)
            how = {"fresh": self._is_fresh, "single": single, "automatic": automatic}
            setup = resolve_setup(fit.model, fit.tuning, options, **search, **how)
            save = Checkpoint(self._save, checkpoint, every, setup.starts) if single else None
            stages, reporter = make_reporters(setup, trace, progress, call, save)
            check = self._check_options
            Session(fit, setup, reporter, stages, jobs, self._hold, check, lines, progress).run()

        try:
            hessian = automatic or optimizer is not None
            self._lock.run(partial(fit.model.compute, work, hessian=hessian))
        except KeyboardInterrupt:
            # In a notebook the caller wants the network back; a script is to stop.
            if self._is_fold or not hasattr(sys, "ps1"):
                raise
            warn(
                explain_resumption(fit.state, self.message, fit.state is not start),
                InterruptWarning,
            )
        return self

    def _wrap(self, callback: Any) -> Any:
        """Return the callback as a function of a fit: this network's, or a copy's with restarts."""
        if not callable(callback):
            return callback  # The reporter raises the error.
        check_signature("callback", callback, "net", "iteration")
        net, handling = self, np.geterr()

        def call(fit: Fit, number: int) -> Any:
            nonlocal net
            if net._fit is not fit:
                # A callback must not train the network that is calling it.
                net = self if fit is self._fit else self._hold(fit, self._lock)
            # The caller's code gets the caller's handling of floating-point errors.
            with np.errstate(**handling):
                return callback(net, number)

        return call

    @property
    def history(self) -> pd.DataFrame:
        """Table of iterations: the number, the loss before the update, and traced accuracy.

        With rows held out also ``validation_loss``; with a schedule also ``learn_rate``. All are
        of the weights before the iteration, with one exception: with mini-batches ``loss`` is a
        running loss, the sum of the losses of the batches before their own updates. Losses are
        sums over the rows trained on, or over those held out.
        """
        # Read in this order: the first n rows do not change while another thread trains.
        n = self._fit.state.iteration
        return self._fit.history.frame(n)

    @property
    def restarts(self) -> pd.DataFrame:
        """Table of the starts of the last ``train(restarts=...)``: how each ended.

        Losses are sums over the rows trained on, or over those held out. ``evidence`` is the log
        evidence by Laplace's approximation, missing without a penalty on every weight and where
        the start did not end at an optimum. Starts with the same number in ``optimum`` ended at
        the same one, but for the order and the signs of hidden units; 1 is that of the best start.
        Where evidence chose the decay, ``decay``, ``edf`` and ``evidence`` are those of each
        start's own fixed point, and losses those with the decay that was kept.
        """
        model, ends, found = self._model, self._fit.ends, self._restarts
        if found is None or found[0] is not model or found[1] is not ends:
            found = self._restarts = model, ends, tabulate_ends(model, ends)
        return found[2].copy()

    @property
    def converged(self) -> bool:
        """True if the last training ended at an optimum, by its optimizer's rule or a tolerance.

        False if held-out rows ended it, or if a warning reports that nothing was learned.
        """
        return self._fit.stop is not None and self._fit.stop.converged

    @property
    def message(self) -> str:
        """The reason why the last training ended, and what it chose."""
        stop, number = self._fit.stop, self._fit.state.iteration
        if stop is not None:
            return visible(stop.message, most=2_000)
        return f"Training had not ended at iteration {number}." if number else "Not trained yet."

    # Functions of the articles --------------------------------------------------------------

    @staticmethod
    def sigmoid(x: ArrayLike) -> Matrix:
        """The logistic function, elementwise."""
        with ignore_overflow():
            return Sigmoid().value(read_numbers("x", x))

    @staticmethod
    def dsigmoid(x: ArrayLike) -> Matrix:
        """Slope of the logistic function where its *value* is x: ``x * (1 - x)``."""
        h = read_numbers("x", x)
        return Sigmoid().slope(h, h)

    @staticmethod
    def softmax(x: ArrayLike) -> Matrix:
        """``exp(x) / sum(exp(x))`` in each row."""
        return Softmax().mean(np.atleast_2d(read_numbers("x", x)))

    # Display --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        iteration = self._fit.state.iteration
        starts = describe_restarts(self._fit.ends, iteration)
        return describe(self._model, self._theta, iteration, self.message, starts)
