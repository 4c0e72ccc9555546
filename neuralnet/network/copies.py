"""Copies of a network, and new networks of the same settings."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any, NoReturn, Self

from ..design import make_row_options, read_model_frame
from ..model import change_arguments, hide_unseen, recover_arguments, replace_rows
from ..training import restore_generator
from .holder import FitHolder


class Copies(FitHolder):
    """Methods of a network that make another one like it."""

    def clone(self) -> Self:
        """Return a deep copy: state, history and data; nothing mutable is shared.

        But for the caller's table, to which both have a reference for `update`.
        """
        state, model = self._fit.state, self._model
        # Training continues only with an equal optimizer and schedule, and a user-defined one may
        # equal nothing but itself.
        records = (state.optimizer, state.schedule)
        state = deepcopy(state, {id(record): record for record in records})
        state.theta.flags.writeable = False
        fit = self._fit.share(state)
        fit.commit(model=model.copy())
        net = self._hold(fit)
        net._arguments = self._arguments
        return net

    def __copy__(self) -> Self:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> Self:
        return self.clone()

    def __sklearn_clone__(self) -> NoReturn:
        """Raise, in place of the error of scikit-learn, which prints the whole network."""
        raise TypeError(
            "a NeuralNetwork is no estimator of scikit-learn, as its formula names the response: "
            "use NeuralNetClassifier or NeuralNetRegressor of neuralnet.sklearn, which have "
            "fit(X, y). A copy of this network is net.clone(), an untrained one net.update(seed=1)"
        )

    def _take_rows(self, data: Any, weights: Any) -> None:
        """Go on with other training rows, which the present design reads."""
        model, state = self._model, self._fit.state
        frame = hide_unseen(model, data) if model.row_options.na_action == "impute" else data
        options = make_row_options(weights, None, None, model.row_options.na_action)
        model = replace_rows(model, read_model_frame(frame, weights), options)
        self._lock.run(lambda: self._fit.commit(model=model, state=replace(state, split=None)))

    def update(self, formula: str | None = None, data: Any = None, **changes: Any) -> Self:
        """Return a new, untrained network with the same arguments but those given here.

        Parameters
        ----------
        formula : str, optional
            As R's ``update`` takes it: a dot on the left side is the present left side, a dot on
            the right side all present terms, with their intercept and offsets. ``". ~ . - x"``
            drops a term, ``"~ . + log(z)"`` adds one, ``"log(.) ~ ."`` transforms the response. A
            dot of the present formula, as in ``"y ~ ."``, means the columns that it stood for.
            None: the present formula, whose dot means the columns of ``data``.
        data : DataFrame or another table, optional
            None: the table that this network was made of; for one from a file, a pickle or a
            RecordBatchReader, the training rows in the columns of its formula.
        **changes
            Arguments of `NeuralNetwork`, as in ``hidden=3`` or ``seed=2``.

        Returns
        -------
        NeuralNetwork
            What the constructor makes of the arguments of this network and of those given here.
            What was left open there, such as ``decay``, is open again, whatever training chose.

        Raises
        ------
        TypeError, ValueError
            If nothing is to differ; as the constructor; if this network was loaded without its
            rows and ``data`` is not given; and with new data where weights, offset or subset had a
            value for each of the old rows and are not given again.

        Notes
        -----
        The constructor's ``seed`` is taken again if it was an int: the result is that of the
        constructor to the same bits. Otherwise the initial weights are drawn from where the random
        generator of this network is, which does not advance: the same call gives the same bits.

        A network keeps the table that it was made of, without a copy of its values. It is read
        again as it is then, like ``data`` by R's ``update``: values changed in place are seen
        (with pandas 3 they are not), columns replaced since are not. The query of a LazyFrame or
        a relation runs again.

        For a network from a file, ``class_weight="balanced"`` has become the weights by class.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ .", load_iris(), hidden=3, seed=1)
        >>> net.update(". ~ . - Species + log(Sepal.Width)").formula
        'Sepal.Length ~ Sepal.Width + Petal.Length + Petal.Width + log(Sepal.Width)'
        >>> wider = net.update("log(.) ~ .", hidden=5)
        >>> wider.formula.partition(" ~ ")[0], wider.hidden
        ('log(Sepal.Length)', (5,))
        >>> net.update(data=load_iris()[::2]).nobs
        75
        """
        model = self._model
        present = self._arguments or recover_arguments(model, rows=data is None)
        arguments = change_arguments(model, present, formula, data, changes)
        if arguments["seed"] is None and "seed" not in changes:
            arguments["seed"] = restore_generator(self._fit.state.generator_state)
        return type(self)(**arguments)
