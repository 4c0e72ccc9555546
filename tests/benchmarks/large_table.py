"""Large table with a known smooth truth that is neither linear nor a network nor a tree.

The truth is a weighted sum of functions of five columns each, from J. Friedman (1991), Multivariate
adaptive regression splines, Annals of Statistics 19, 1-67; the other half of the columns is noise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from contestants import Fold

# Explained share of the variance of a numeric response, and spread of the log odds.
EXPLAINED = 0.8
ODDS = 2.0


def make_fold(classes: bool, rows: int, columns: int) -> Fold:
    """Training rows, a tenth as many test rows, and the true means of the latter."""
    generator = np.random.default_rng(1)
    count = rows + rows // 10
    X = generator.uniform(size=(count, columns))
    weights = generator.uniform(0.5, 1.5, size=columns // 10)
    signal = sum(weight * bend(X[:, 5 * k : 5 * k + 5]) for k, weight in enumerate(weights))
    signal = (signal - signal.mean()) / signal.std()
    if classes:
        chance = 1.0 / (1.0 + np.exp(-ODDS * signal))
        Y = (generator.uniform(size=count) < chance).astype(int)
        truth, response = np.column_stack([1.0 - chance, chance]), np.array(["no", "yes"])[Y]
    else:
        noise = np.sqrt(1.0 / EXPLAINED - 1.0)
        Y = response = signal + noise * generator.normal(size=count)
        truth = signal
    table = pd.DataFrame(X, columns=[f"x{i}" for i in range(columns)]).assign(y=response)
    return Fold(
        formula="y ~ .",
        train=table[:rows],
        test=table[rows:],
        X=X[:rows],
        X_new=X[rows:],
        Y=Y[:rows],
        Y_new=Y[rows:],
        K=2 if classes else 0,
        seed=0,
        truth=truth[rows:],
    )


def bend(X: np.ndarray) -> np.ndarray:
    """Friedman's function of five columns in [0, 1]."""
    wave = 10.0 * np.sin(np.pi * X[:, 0] * X[:, 1])
    return wave + 20.0 * (X[:, 2] - 0.5) ** 2 + 10.0 * X[:, 3] + 5.0 * X[:, 4]
