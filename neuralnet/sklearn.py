"""Estimators of scikit-learn: a network behind ``fit(X, y)``, for pipelines and searches.

They read X and y, make a NeuralNetwork of them, and keep it as ``network_``. Parameters have the
names and the defaults of the network. Needs the extra ``sklearn``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .design import arrange_rows, as_frame, is_table
from .errors import ConvergenceWarning, check_flag, check_word, listing, pluralize, quote, warn
from .formula import Column
from .network import NeuralNetwork
from .training import LIMIT_REACHED

try:
    from sklearn import exceptions
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_array, check_consistent_length, check_random_state, column_or_1d
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "neuralnet.sklearn needs scikit-learn 1.7 or later: pip install "
        "'formula-neuralnet[sklearn]'"
    ) from error

__all__ = ["NeuralNetClassifier", "NeuralNetRegressor"]

Array = NDArray[Any]

# Parameters that the network and its training take under the same name.
_NETWORK = (
    *("hidden", "family", "activation", "skip", "decay", "mixture", "penalize_bias"),
    *("penalty_factor", "scale", "init", "env", "na_action", "engine", "dtype"),
)
_TRAINING = (
    *("optimizer", "iterations", "learn_rate", "tolerance", "relative_tolerance"),
    *("gradient_tolerance", "batch_size", "validation", "patience", "restarts", "rule"),
    *("n_jobs", "trace"),
)


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators do; they check and label the response themselves."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.na_action == "impute"
        tags.input_tags.string = tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Make a network of the rows, and train it.

        Parameters
        ----------
        X : DataFrame, another table or (n, p) array
            Numbers, text, categories; dates enter by ``formula``.
        y : (n,) array or Series
            Of a regressor also (n, K), for several responses.
        sample_weight : (n,) array, optional
            A weight of 2 is a row twice; rows of weight 0 are left out. Rows are repeated as whole
            weights say, up to 100,000 rows in all; other weights are case weights of the network.

        Returns
        -------
        estimator
            Itself.

        Raises
        ------
        TypeError, ValueError
            For an invalid parameter, table or weight.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            With the message of the network, where that warns, or where manual training has used up
            its iterations.
        """
        frame, y, w = self._read_rows(X, y, sample_weight, reset=True)
        if w is not None:
            frame, y, w = frame[w > 0], y[w > 0], w[w > 0]
        former = getattr(self, "network_", None)
        net = self._make(*arrange_rows(self._add_response(frame, y), w))
        if check_flag("warm_start", self.warm_start) and former is not None:
            _continue_from(net, former)
        _train(net, {name: getattr(self, name) for name in _TRAINING})
        return self._hold(net)

    def _partial_fit(self, X: Any, y: Any, w: Any, classes: Any = None) -> Self:
        """Take steps on new rows; see ``partial_fit`` of the subclasses."""
        first = not hasattr(self, "network_")
        frame, y, w = self._read_rows(X, y, w, reset=first)
        rows = self._add_response(frame, y, classes)
        w = np.ones(len(rows)) if w is None else w
        if classes is not None:
            rows, w = _add_classes(rows, w)
        if first:
            net = self._make(rows, w)
        else:
            net = self.network_
            net._take_rows(rows, w)
        options = {name: getattr(self, name) for name in ("learn_rate", "batch_size", "trace")}
        # Adam keeps its averages from one call to the next.
        net.train(self.iterations or 1, optimizer=self.optimizer or "adam", **options)
        return self._hold(net)

    def _make(self, rows: pd.DataFrame, w: Array | None, **changes: Any) -> NeuralNetwork:
        left = [Column(name).name() for name in self._responses]
        response = f"cbind({', '.join(left)})" if len(left) > 1 else left[0]
        right = "." if self.formula is None else _check_right_side(self.formula)
        options = {name: getattr(self, name) for name in _NETWORK} | changes
        check_word("na_action", self.na_action, ("impute", "raise"))
        seed = _make_seed(self.random_state)
        return NeuralNetwork(f"{response} ~ {right}", rows, weights=w, seed=seed, **options)

    def _hold(self, net: NeuralNetwork) -> Self:
        self.network_, self.n_iter_ = net, len(net.history)
        return self

    def _read_rows(
        self, X: Any, y: Any, sample_weight: Any, reset: bool
    ) -> tuple[pd.DataFrame, Array, Array | None]:
        """Predictors as a table, the response as an array, and weights; all of one length."""
        frame = self._read_predictors(X, reset, y=y)
        values = self._check_response(y)
        if reset:
            self._responses = _name_responses(y, values, frame)
        w = None
        if sample_weight is not None:
            w = check_array(sample_weight, ensure_2d=False, dtype=float, input_name="sample_weight")
            if w.ndim != 1:
                raise ValueError(f"sample_weight must be one number a row, not of shape {w.shape}")
            if (w < 0).any() or not w.any():
                raise ValueError("sample_weight must be 0 or more, and not all of it zero")
        check_consistent_length(frame, values, w)
        return frame, values, w

    def _read_predictors(self, X: Any, reset: bool, **response: Any) -> pd.DataFrame:
        """X as a table whose columns have the names of those of `fit`."""
        # A sparse dok_matrix of SciPy is a dict.
        if is_table(X) and not hasattr(X, "tocsr"):
            X = as_frame(X)
        else:
            if isinstance(X, list) and np.asarray(X).dtype.kind in "US":
                X = np.asarray(X, dtype=object)  # Numbers beside text stay numbers.
            X = check_array(X, dtype=None, ensure_all_finite="allow-nan", estimator=self)
        validate_data(self, X, reset=reset, skip_check_array=True, **response)
        default = [f"x{place}" for place in range(self.n_features_in_)]
        frame = pd.DataFrame(X)
        frame = frame.set_axis([*getattr(self, "feature_names_in_", default)], axis=1)
        if self.na_action != "impute" and (missing := frame.isna()).to_numpy().any():
            names, n = frame.columns[missing.any()], int(missing.any(axis=1).sum())
            raise ValueError(
                f"Input X contains NaN in {pluralize(n, 'row')}, in {listing(names)}: fill these "
                "values in, or take na_action='impute'"
            )
        return frame

    def _add_response(self, frame: pd.DataFrame, y: Array, classes: Any = None) -> pd.DataFrame:
        """The table with the response; classes are set here."""
        raise NotImplementedError

    def _check_response(self, y: Any) -> Array:
        raise NotImplementedError

    def _predict(self, X: Any, kind: Literal["probs", "response", "link"]) -> Array:
        """Predictions of a type of the network, none of them missing."""
        check_is_fitted(self, "network_")
        frame = self._read_predictors(X, reset=False)
        unseen: Literal["error", "missing"] = "missing" if self.na_action == "impute" else "error"
        values = np.asarray(self.network_.predict(frame, type=kind, unseen=unseen), dtype=float)
        missing = np.isnan(values.reshape(len(frame), -1)).any(axis=1)
        if missing.any():
            raise ValueError(
                f"{missing.sum()} of {pluralize(len(frame), 'row')} of X, first row "
                f"{missing.argmax()}, have no prediction, as the formula has no value there, and "
                "scikit-learn takes no missing one: give these rows other values"
            )
        return values


class NeuralNetClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A neural network classifier for scikit-learn.

    ``NeuralNetClassifier().fit(X, y)`` is the automatic first fit of `NeuralNetwork.train`:
    standardized columns, a cross-validated decay, the best of several starts. A ``hidden`` or a
    ``decay`` that is given, as in a grid search, is taken, and the rest is chosen. Giving
    ``optimizer``, ``iterations``, ``learn_rate`` or ``tolerance`` makes training manual: then
    ``decay=None`` is 0, and there is one start.

    Parameters
    ----------
    formula : str, optional
        The right side of a formula, such as ``"a * log(b)"``. None: all columns of X, whatever
        their names; of dates, and text that differs in every row, see `NeuralNetwork`. Columns of
        arrays are named x0, x1, ...
    hidden, family, activation, skip, decay, mixture, penalize_bias, penalty_factor, scale, init, \
env, engine, dtype
        As in `NeuralNetwork`. ``family``: ``"softmax"`` (None), or ``"binomial"`` for two classes.
    class_weight : {"balanced"} or dict, optional
        As in `NeuralNetwork`; a class that is not in the dict has weight 1.
    na_action : {"impute", "raise"}
        ``"impute"``: missing values, and in new rows levels that training never saw, get the median
        or the most frequent level, with a column that marks them where training rows have missing
        values. ``"raise"``: they are errors.
    optimizer, iterations, learn_rate, tolerance, relative_tolerance, gradient_tolerance, \
batch_size, patience, restarts, rule, n_jobs
        As in `NeuralNetwork.train`.
    validation : float, optional
        Share of the rows to hold out.
    trace : int
        As in `NeuralNetwork.train`, by default nothing is printed.
    warm_start : bool
        Whether `fit` starts from the weights of the last one, which has the same columns.
    random_state : int, RandomState or Generator, optional
        An int is the ``seed`` of the network. None: drawn from NumPy's global generator.

    Attributes
    ----------
    network_ : NeuralNetwork
        With formula, coefficients, ``summary()``, plots and all else. Its rows are in an order that
        depends on their values alone, so that the fit does not depend on the order of X; its index
        has their labels or numbers in X.
    classes_ : array
        Sorted.
    n_iter_ : int
        Iterations of the start that was kept.
    n_features_in_ : int
    feature_names_in_ : array
        If all columns of X have strings for names.

    Examples
    --------
    >>> from neuralnet import load_iris
    >>> from neuralnet.sklearn import NeuralNetClassifier
    >>> iris = load_iris()
    >>> X, y = iris.drop(columns="Species"), iris["Species"]
    >>> model = NeuralNetClassifier(hidden=2, decay=0.1, random_state=1).fit(X, y)
    >>> model.score(X, y) > 0.95, model.network_.formula
    (True, 'Species ~ .')
    """

    def __init__(
        self,
        formula: str | None = None,
        hidden: int | Sequence[int] = 5,
        *,
        family: Any = None,
        activation: Any = "sigmoid",
        skip: bool = False,
        decay: float | Sequence[float] | str | None = None,
        mixture: float = 0.0,
        penalize_bias: bool | None = None,
        penalty_factor: Mapping[str, float] | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        scale: bool = True,
        init: Any = "glorot",
        env: Mapping[str, Any] | None = None,
        na_action: str = "impute",
        engine: str | None = None,
        dtype: str = "float64",
        optimizer: Any = None,
        iterations: float | None = None,
        learn_rate: Any = None,
        tolerance: float | str | None = "default",
        relative_tolerance: float | None = None,
        gradient_tolerance: float | None = None,
        batch_size: int | None = None,
        validation: float | None = None,
        patience: int | None = None,
        restarts: int | None = None,
        rule: str = "min",
        n_jobs: int | None = None,
        trace: float = 0,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.__dict__.update({name: each for name, each in locals().items() if name != "self"})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = self.family != "binomial"
        return tags

    def _check_response(self, y: Any) -> Array:
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
        labels: Array = column_or_1d(y, warn=True)
        check_classification_targets(labels)
        if self.family == "binomial" and type_of_target(labels) != "binary":
            raise ValueError(
                "Only binary classification is supported by family='binomial', and y has classes "
                f"{listing(np.unique(labels))}: leave family out"
            )
        return labels

    def _add_response(self, frame: pd.DataFrame, y: Array, classes: Any = None) -> pd.DataFrame:
        found = np.unique(y)
        self.classes_ = found if classes is None else classes
        if unknown := set(found.tolist()) - set(self.classes_.tolist()):
            raise ValueError(
                f"y has {listing(unknown)}, not among the classes, {listing(self.classes_)}"
            )
        labels = pd.Categorical(y, categories=self.classes_)
        return frame.assign(**{self._responses[0]: labels})

    def _make(self, rows: pd.DataFrame, w: Array | None, **changes: Any) -> NeuralNetwork:
        weights = self.class_weight
        if isinstance(weights, Mapping):
            weights = dict.fromkeys(self.classes_.tolist(), 1.0) | dict(weights)
        return super()._make(rows, w, class_weight=weights, **changes)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> NeuralNetClassifier:
        """Take steps on new rows from the present weights; the first call makes the network.

        Columns, levels, means and scales are those of the first call. A call is one iteration, or
        ``iterations``, of Adam, or ``optimizer``, on these rows, with the whole penalty;
        ``decay=None`` is 0.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array, optional
            All classes, of which the first call needs not have a row; that call needs them.

        Returns
        -------
        NeuralNetClassifier
            Itself.
        """
        if classes is None and not hasattr(self, "network_"):
            raise ValueError("classes must be passed on the first call to partial_fit")
        given = self.classes_ if classes is None else np.unique(classes)
        if hasattr(self, "network_") and not np.array_equal(given, self.classes_):
            raise ValueError(
                f"classes={listing(given)} are not those of the first call, "
                f"{listing(self.classes_)}: leave classes out, or begin with a new estimator"
            )
        return self._partial_fit(X, y, sample_weight, given)

    def predict(self, X: Any) -> Array:
        """Predict classes; ties go to the first class."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def predict_proba(self, X: Any) -> Array:
        """Probabilities (n, K), in the order of ``classes_``."""
        return self._predict(X, "probs")

    def decision_function(self, X: Any) -> Array:
        """Log odds ``log(p / (1 - p))`` of each class (n, K), or of the second of two (n,)."""
        eta = self._predict(X, "link")
        if eta.ndim == 1:
            return eta
        others = [np.delete(eta, place, axis=1) for place in range(eta.shape[1])]
        odds: Array = eta - np.column_stack([np.logaddexp.reduce(each, axis=1) for each in others])
        return odds[:, 1] if odds.shape[1] == 2 else odds


class NeuralNetRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A neural network regressor for scikit-learn, of one or several responses.

    As `NeuralNetClassifier`, with ``family="gaussian"`` for None, ``"poisson"`` for counts, or
    ``"binomial"`` for proportions, of which ``sample_weight`` are the trials.

    Parameters
    ----------
    formula, hidden, family, activation, skip, decay, mixture, penalize_bias, penalty_factor, \
scale, init, env, na_action, engine, dtype, optimizer, iterations, learn_rate, tolerance, \
relative_tolerance, gradient_tolerance, batch_size, validation, patience, restarts, rule, \
n_jobs, trace, warm_start, random_state
        As in `NeuralNetClassifier`.

    Attributes
    ----------
    network_, n_iter_, n_features_in_, feature_names_in_
        As those of `NeuralNetClassifier`.

    Examples
    --------
    >>> from neuralnet import load_iris
    >>> from neuralnet.sklearn import NeuralNetRegressor
    >>> iris = load_iris()
    >>> model = NeuralNetRegressor("Species * Petal.Length", hidden=0, decay=0.1)
    >>> model.fit(iris.drop(columns="Sepal.Length"), iris["Sepal.Length"]).network_.formula
    'Sepal.Length ~ Species * Petal.Length'
    """

    def __init__(
        self,
        formula: str | None = None,
        hidden: int | Sequence[int] = 5,
        *,
        family: Any = None,
        activation: Any = "sigmoid",
        skip: bool = False,
        decay: float | Sequence[float] | str | None = None,
        mixture: float = 0.0,
        penalize_bias: bool | None = None,
        penalty_factor: Mapping[str, float] | None = None,
        scale: bool = True,
        init: Any = "glorot",
        env: Mapping[str, Any] | None = None,
        na_action: str = "impute",
        engine: str | None = None,
        dtype: str = "float64",
        optimizer: Any = None,
        iterations: float | None = None,
        learn_rate: Any = None,
        tolerance: float | str | None = "default",
        relative_tolerance: float | None = None,
        gradient_tolerance: float | None = None,
        batch_size: int | None = None,
        validation: float | None = None,
        patience: int | None = None,
        restarts: int | None = None,
        rule: str = "min",
        n_jobs: int | None = None,
        trace: float = 0,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.__dict__.update({name: each for name, each in locals().items() if name != "self"})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.family in (None, "gaussian")
        tags.target_tags.positive_only = self.family == "poisson"
        return tags

    def _check_response(self, y: Any) -> Array:
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
        try:
            y = y.astype(float)
        except ValueError:
            raise ValueError(
                f"y must be numbers for a regressor, and holds {listing(np.unique(y), most=3)}: "
                "NeuralNetClassifier predicts classes"
            ) from None
        numbers: Array = y.ravel() if y.size == len(y) else y
        return numbers

    def _add_response(self, frame: pd.DataFrame, y: Array, classes: Any = None) -> pd.DataFrame:
        return frame.assign(**dict(zip(self._responses, np.atleast_2d(y.T), strict=True)))

    def _make(self, rows: pd.DataFrame, w: Array | None, **changes: Any) -> NeuralNetwork:
        return super()._make(rows, w, family=self.family or "gaussian", **changes)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> NeuralNetRegressor:
        """Take steps on new rows from the present weights; the first call makes the network.

        As `NeuralNetClassifier.partial_fit`.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> Array:
        """Predict means (n,), or (n, K) of several responses."""
        return self._predict(X, "response")


def _name_responses(y: Any, values: Array, frame: pd.DataFrame) -> list[str]:
    """Names for the response in the formula: its own, unless predictors or formulas take them."""
    if isinstance(y, pd.DataFrame):
        names = list(y.columns)
    elif getattr(y, "name", None) is not None:
        names = [y.name]
    else:
        names = []
    n, taken = 1 if values.ndim == 1 else values.shape[1], set(frame.columns)
    usable = all(isinstance(name, str) and name and "`" not in name for name in names)
    if usable and len(names) == len(set(names) - taken) == n:
        return names
    stem = "y"
    while any(name.startswith(stem) for name in taken):
        stem += "_"
    return [stem] if n == 1 else [f"{stem}{place}" for place in range(n)]


def _check_right_side(formula: Any) -> str:
    if not isinstance(formula, str):
        raise TypeError(
            f"formula must be the right side of a formula, such as 'a + log(b)', or None for all "
            f"columns, not {quote(formula)}"
        )
    right = formula.strip().removeprefix("~").strip()
    if "~" in right:
        raise ValueError(
            f"formula={quote(formula)} has a left side, and here the response is the y of "
            f"fit(X, y): write {quote(right.rpartition('~')[2].strip())}"
        )
    return right


def _make_seed(random_state: Any) -> Any:
    """The seed of the network: an int or a Generator as it is, else drawn as scikit-learn does."""
    if isinstance(random_state, int | np.integer | np.random.Generator):
        return random_state
    return int(check_random_state(random_state).randint(2**31 - 1))


def _train(net: NeuralNetwork, options: dict[str, Any]) -> None:
    """Train; warn with the classes of scikit-learn, so that its filters apply."""
    share = options["validation"]
    if share is not None and not isinstance(share, Real):
        raise TypeError(f"validation must be a share of the rows, such as 0.1, not {quote(share)}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.train(**options)
    found: dict[str, Any] = {str(each.message): each.category for each in caught}
    unfinished = not net.converged and LIMIT_REACHED in net.message
    # Held-out rows choose the weights, whether an optimizer has come to rest or not.
    if unfinished and "validation_loss" not in net.history:
        found |= {net.message: ConvergenceWarning}
    for message, category in found.items():
        known = issubclass(category, ConvergenceWarning)
        warn(message, exceptions.ConvergenceWarning if known else category)


def _continue_from(net: NeuralNetwork, former: NeuralNetwork) -> None:
    """Give a new network the weights of a former one."""
    same = (net.x_names, net.hidden, net.classes) == (former.x_names, former.hidden, former.classes)
    if not same or net.theta.size != former.theta.size:
        raise ValueError(
            "warm_start=True continues with the columns, levels, units and classes of the last "
            "fit, and these are others: take warm_start=False, or a new estimator"
        )
    net.theta = former.theta


def _add_classes(rows: pd.DataFrame, w: Array) -> tuple[pd.DataFrame, Array]:
    """Add a row of weight 0 for each class without one: a network knows the classes of its rows."""
    name = rows.columns[-1]
    labels = rows[name].cat
    absent = np.setdiff1d(np.arange(len(labels.categories)), labels.codes)
    extra = rows.iloc[np.zeros(len(absent), dtype=np.intp)]
    codes = pd.Categorical.from_codes(absent, labels.categories)
    extra = extra.assign(**{name: codes})
    return pd.concat([rows, extra]), np.append(w, np.zeros(len(absent)))


def __dir__() -> list[str]:
    return sorted(__all__)
