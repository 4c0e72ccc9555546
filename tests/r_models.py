"""Models that R fitted, and the same networks; see ``reference/README.md``.

Networks are fitted once and shared: tests change none of them.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Newton

FOLDER = Path(__file__).parent / "reference" / "statistics"
MODELS = {
    each["id"]: each
    for each in json.loads((FOLDER / "reference_public.json").read_text("utf-8"))["models"]
}
NETS = [name for name in MODELS if name.startswith("nnet")]
MULTINOMS = [
    name for name, each in MODELS.items() if each["family"] == "softmax" and "coef" in each
]
GLMS = [name for name in MODELS if name not in NETS + MULTINOMS]


def read_table(name):
    """The data of a model, with R's order of levels."""
    model = MODELS[name]
    table = pd.read_csv(FOLDER / model["data"])
    for column, levels in model["levels"].items():
        table[column] = pd.Categorical(table[column].astype(str), categories=levels)
    return table


@cache
def fit(name):
    """The network of a model: at R's weights if it has hidden units, else fitted by newton."""
    model, table = MODELS[name], read_table(name)
    if name not in NETS:
        net = NeuralNetwork(model["formula"], table, hidden=0, family=model["family"])
        # Nearer to the optimum than by default, for the digits of small coefficients.
        return net.train(optimizer=Newton(tolerance=1e-20), trace=0)
    given = {key: model[key] for key in ("hidden", "family", "decay", "skip")}
    net = NeuralNetwork(model["formula"], table, **given)
    net.W1 = np.array(model["W1"])
    net.W2 = np.array(model["W2"]).reshape(net.W2.shape)
    return net


@cache
def infer(name):
    """The record of inference of that network."""
    return fit(name).inference()


def assert_agrees(actual, expected, tolerance=1e-6):
    """Compare number by number, relative; numbers that are almost 0 beside others, absolute."""
    expected = np.asarray(expected, dtype=float)
    smallest = 1e-2 * tolerance * np.abs(expected).max()
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=smallest)
