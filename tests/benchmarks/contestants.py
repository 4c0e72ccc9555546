"""Contestants of the benchmark of first fits, each called as a new user would call it.

All get the same rows, and peers get the columns of our formula. Packages that are not installed
are skipped and listed. Probabilities of peers are clipped to [1e-15, 1 - 1e-15], because forests
and nnet return exact 0s and 1s; ours are not clipped.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from measure import find_package, find_rscript, run_r

from neuralnet import NeuralNetwork

TINY = 1e-15
INNER = 5
ALPHAS = np.logspace(-4, 2, 7)
PENALTIES = np.logspace(-4, 4, 17)
MOST = 10_000
TREES = 500


@dataclass(frozen=True, eq=False)
class Fold:
    """Training and test rows, as tables and as arrays.

    Attributes
    ----------
    formula : str
    train, test : DataFrame
        For contestants that read formulas.
    X, X_new : (n, D - 1) and (m, D - 1) arrays
        Columns of the formula without the intercept.
    Y, Y_new : (n,) and (m,) arrays
        Numbers, or codes of classes from 0.
    K : int
        Number of classes; 0 for a numeric response.
    seed : int
        Seed of all random numbers.
    truth : (m,) or (m, K) array or None
        True means of the test rows, where they are known.
    """

    formula: str
    train: pd.DataFrame
    test: pd.DataFrame
    X: np.ndarray
    X_new: np.ndarray
    Y: np.ndarray
    Y_new: np.ndarray
    K: int
    seed: int
    truth: np.ndarray | None = None


class Fit(NamedTuple):
    """Predicted means of the test rows, (m,) or (m, K), and the training time.

    Seconds are processor time, which other programs affect little; for contestants on one thread
    without it, wall-clock time.
    """

    means: np.ndarray
    seconds: float


def fit_ours(fold: Fold) -> Fit:
    """Our network with default options; the time includes reading the formula."""
    start = process_time()
    network = NeuralNetwork(fold.formula, fold.train, seed=fold.seed).train(trace=0)
    taken = process_time() - start
    means = network.predict(fold.test, type="probs" if fold.K else "response")
    return Fit(means.to_numpy(dtype=float), taken)


def fit_linear(fold: Fold) -> Fit:
    """GLM without penalty: least squares or logistic regression."""
    linear = find_package("sklearn.linear_model")
    if fold.K:
        return _fit(fold, _scale(linear.LogisticRegression(C=np.inf, max_iter=MOST)))
    return _fit(fold, linear.LinearRegression())


def fit_penalized(fold: Fold) -> Fit:
    """Ridge or logistic regression on scaled columns, the penalty chosen by cross-validation."""
    linear = find_package("sklearn.linear_model")
    if not fold.K:
        return _fit(fold, _scale(linear.RidgeCV(PENALTIES)))
    options = {"Cs": PENALTIES[::2], "scoring": "neg_log_loss", "max_iter": MOST}
    return _fit(fold, _scale(linear.LogisticRegressionCV(cv=_cut(fold), **options)))


def fit_mlp(fold: Fold) -> Fit:
    """scikit-learn's MLP with default options, on scaled columns."""
    return _fit(fold, _make_mlp(fold))


def fit_tuned_mlp(fold: Fold) -> Fit:
    """scikit-learn's MLP with its penalty chosen by cross-validation."""
    search = find_package("sklearn.model_selection").GridSearchCV
    name = "mlpclassifier__alpha" if fold.K else "regressor__mlpregressor__alpha"
    scoring = "neg_log_loss" if fold.K else "neg_mean_squared_error"
    return _fit(fold, search(_make_mlp(fold), {name: ALPHAS}, scoring=scoring, cv=_cut(fold)))


def fit_nnet(fold: Fold) -> Fit:
    """R's nnet with 5 units and decay 0.1, on scaled columns and a scaled numeric response."""
    find_rscript("nnet")
    center, spread = fold.X.mean(axis=0), _find_spread(fold.X)
    middle, unit = (0.0, 1.0) if fold.K else (fold.Y.mean(), _find_spread(fold.Y))
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (
            ("X", (fold.X - center) / spread),
            ("X_new", (fold.X_new - center) / spread),
            ("Y", (fold.Y - middle) / unit),
        ):
            np.savetxt(Path(folder) / name, values, fmt="%.17g")
        taken, *means = run_r("first_nnet.R", folder, fold.K, fold.seed)
    if not fold.K:
        return Fit(middle + unit * np.array(means), taken)
    return Fit(_keep_off_zero(np.reshape(means, (-1, fold.K))), taken)


def fit_realmlp(fold: Fold) -> Fit:
    """RealMLP with its tuned defaults, which include label smoothing.

    Without label smoothing and with early stopping by log loss, as its documentation recommends for
    log loss, it was worse on both tables that were tried.
    """
    pytabkit = find_package("pytabkit")
    make = pytabkit.RealMLP_TD_Classifier if fold.K else pytabkit.RealMLP_TD_Regressor
    return _fit(fold, make(device="cpu", random_state=fold.seed, n_threads=1, verbosity=0))


def fit_forest(fold: Fold) -> Fit:
    """Random forest of 500 trees."""
    return _fit_trees(fold, "RandomForest", n_estimators=TREES)


def fit_boosting(fold: Fold) -> Fit:
    """Histogram gradient boosting with default options."""
    return _fit_trees(fold, "HistGradientBoosting")


def know(fold: Fold) -> Fit:
    """True means, the best possible prediction."""
    assert fold.truth is not None
    return Fit(fold.truth, 0.0)


# In the order of the table's columns.
CONTESTANTS: dict[str, Callable[[Fold], Fit]] = {
    "ours": fit_ours,
    "linear": fit_linear,
    "penalized": fit_penalized,
    "scaled MLP": fit_mlp,
    "tuned MLP": fit_tuned_mlp,
    "R's nnet": fit_nnet,
    "RealMLP": fit_realmlp,
    "forest": fit_forest,
    "boosting": fit_boosting,
    "truth": know,
}


def _fit(fold: Fold, estimator: Any) -> Fit:
    start = process_time()
    with warnings.catch_warnings():
        # Peers warn of non-convergence and of deprecations.
        warnings.simplefilter("ignore")
        estimator.fit(fold.X, fold.Y)
        taken = process_time() - start
        if not fold.K:
            return Fit(np.ravel(estimator.predict(fold.X_new)), taken)
        return Fit(_keep_off_zero(estimator.predict_proba(fold.X_new)), taken)


def _fit_trees(fold: Fold, kind: str, **options: Any) -> Fit:
    ensemble = find_package("sklearn.ensemble")
    make = getattr(ensemble, f"{kind}{'Classifier' if fold.K else 'Regressor'}")
    return _fit(fold, make(random_state=fold.seed, **options))


def _make_mlp(fold: Fold) -> Any:
    networks = find_package("sklearn.neural_network")
    if fold.K:
        return _scale(networks.MLPClassifier(random_state=fold.seed))
    network = _scale(networks.MLPRegressor(random_state=fold.seed))
    scaler = find_package("sklearn.preprocessing").StandardScaler()
    wrap = find_package("sklearn.compose").TransformedTargetRegressor
    return wrap(network, transformer=scaler)


def _scale(estimator: Any) -> Any:
    scaler = find_package("sklearn.preprocessing").StandardScaler()
    return find_package("sklearn.pipeline").make_pipeline(scaler, estimator)


def _cut(fold: Fold) -> Any:
    """Inner cross-validation folds of the training rows."""
    found = find_package("sklearn.model_selection")
    kind = found.StratifiedKFold if fold.K else found.KFold
    return kind(INNER, shuffle=True, random_state=fold.seed)


def _find_spread(values: np.ndarray) -> np.ndarray:
    """Standard deviations of the columns; 1 for constant columns."""
    spread = values.std(axis=0)
    return np.where(spread > 0.0, spread, 1.0)


def _keep_off_zero(means: np.ndarray) -> np.ndarray:
    return np.clip(means, TINY, 1.0 - TINY)
