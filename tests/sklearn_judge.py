"""A network as an estimator of scikit-learn, which judges importance and partial dependence."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


class _Wrapped(BaseEstimator):
    def __init__(self, net):
        self.net = net

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y=None):
        raise AssertionError("a judge is given a network that was trained")


class Numbers(RegressorMixin, _Wrapped):
    """A network with one response of numbers."""

    def predict(self, X):
        return np.asarray(self.net.predict(X, type="response"))


class Classes(ClassifierMixin, _Wrapped):
    """A network with a response of classes."""

    @property
    def classes_(self):
        return np.array(self.net.classes)

    def predict(self, X):
        return np.asarray(self.net.predict(X, type="class"))

    def predict_proba(self, X):
        return np.asarray(self.net.predict(X, type="probs"))


def draw_like_sklearn(seed, n, repeats):
    """The rows whose values each row takes in the repeats of ``permutation_importance``.

    It shuffles the column of the repeat before, with the same seed for each column.
    """
    seed = np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1)
    generator, order, source = np.random.RandomState(seed), np.arange(n), np.arange(n)
    for _ in range(repeats):
        generator.shuffle(order)
        source = source[order]
        yield source
