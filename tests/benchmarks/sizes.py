"""Sizes and powers of the tests of inference, by simulation.

Truth: ``eta = 1.5 tanh(x1 + x2 / 2) - 1.2 tanh(x2 - x3 + 0.3)``, a tanh net 3-2-K on independent
normal columns; x4 plays no part but in the cells of power and of linearity. With softmax the second
score is another combination of the same units.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from simulation import Cell, draw_response, reject

from neuralnet.activations import Tanh
from neuralnet.families import Binomial, Gaussian, Softmax
from neuralnet.inference.diagnostics.lack_of_fit import run_lack_of_fit_test
from neuralnet.inference.hypotheses.added_columns import run_added_columns
from neuralnet.inference.hypotheses.predictor_tests import make_linear
from neuralnet.inference.hypotheses.refits import Specification
from neuralnet.inference.hypotheses.term_tests import score_columns, score_terms
from neuralnet.inference.hypotheses.tested_columns import expand_terasvirta, standardize_tested
from neuralnet.perceptron import Batch, Perceptron

FAMILIES = {"gaussian": Gaussian(), "binomial": Binomial(), "softmax": Softmax()}
# About what decay="evidence" chooses for these tables.
DECAYS = {"gaussian": 0.15, "binomial": 0.45, "softmax": 0.5}
NETS = {"[2]": (2,), "[5]": (5,), "[3, 2]": (3, 2)}
# What x4 adds to the (first) score.
EFFECTS: dict[str, Callable[[Any], Any]] = {
    "idle": lambda x: 0.0 * x[3],
    "line": lambda x: 0.25 * x[3],
    "bump": lambda x: np.exp(-2.0 * x[3] ** 2),
    "product": lambda x: 0.4 * x[3] * x[0],
}
# What is added to a linear predictor.
CURVES: dict[str, Callable[[Any], Any]] = {
    "glm": lambda x: 0.0 * x[0],
    "product": lambda x: 0.5 * x[0] * x[1],
    "tanh": lambda x: 2.0 * np.tanh(2.0 * x[0]) - 1.5 * x[0],
    "sine": lambda x: np.sin(3.0 * x[2]),
}


def make_net(family: str, hidden: tuple[int, ...], X: Any, Y: Any) -> Specification:
    """Specify a tanh net of some columns and an intercept."""
    D = X.shape[1]
    K = 3 if family == "softmax" else 1
    perceptron = Perceptron((D + 1, *hidden, K), (Tanh(),) * len(hidden), FAMILIES[family])
    batch = Batch(np.insert(X, 0, 1.0, axis=1), Y)
    numeric = np.arange(D + 1) > 0
    return Specification(perceptron, batch, 0, numeric, DECAYS[family])


def draw_net(family: str, net: str, effect: str, n: int, seed: int) -> Specification:
    """Draw a table, and specify a net of its four columns."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((4, n))
    a, b = np.tanh(x[0] + 0.5 * x[1]), np.tanh(x[1] - x[2] + 0.3)
    scores = [1.5 * a - 1.2 * b + EFFECTS[effect](x)]
    if family == "softmax":
        scores.append(0.8 * a + 1.4 * b)
    return make_net(family, NETS[net], x.T, draw_response(family, scores, generator))


def measure_term(family: str, net: str, effect: str, n: int, seed: int) -> dict[str, float]:
    """Test x4 in a table."""
    whole = draw_net(family, net, effect, n, seed)
    (found,) = score_terms(whole, {"x4": np.array([4])}, 4, 1)
    return reject(found.test.p_value)


def measure_linearity(family: str, net: str, effect: str, n: int, seed: int) -> dict[str, float]:
    """Test in a table whether x4 enters in a line."""
    whole, column = draw_net(family, net, effect, n, seed), np.array([4])
    linear = make_linear(whole, column)
    fit = linear.fit(4, np.random.default_rng(1))
    return reject(score_columns("x4", whole, column, linear, fit).test.p_value)


def measure_lack_of_fit(family: str, net: str, effect: str, n: int, seed: int) -> dict[str, float]:
    """Test in a table whether the net itself lacks anything."""
    whole = draw_net(family, net, effect, n, seed)
    fit = whole.fit(4, np.random.default_rng(1))
    return reject(run_lack_of_fit_test(whole, fit.theta).p_value)


def measure_nonlinearity(family: str, curve: str, n: int, seed: int) -> dict[str, float]:
    """Teräsvirta's test of a GLM of three columns, from 99 resamples for classes."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((3, n))
    scores = [0.8 * x[0] - 0.5 * x[1] + CURVES[curve](x)]
    if family == "softmax":
        scores.append(0.5 * x[2] - 0.5 * x[0])
    glm = make_net(family, (), x.T, draw_response(family, scores, generator)).as_glm()
    tested = standardize_tested(glm.batch, np.array([1, 2, 3]))
    Z = expand_terasvirta(tested, glm.batch, 2 if family == "softmax" else 1)
    return reject(run_added_columns(glm, Z, 99, seed).p_value)


CELLS: dict[str, Cell] = {}
for _family in FAMILIES:
    for _net in NETS:
        CELLS[f"term size, {_family}, {_net}, n = 500"] = partial(
            measure_term, _family, _net, "idle", 500
        )
for _family in FAMILIES:
    for _effect in ("line", "bump", "product"):
        CELLS[f"term power, {_effect}, {_family}, [5], n = 500"] = partial(
            measure_term, _family, "[5]", _effect, 500
        )
for _family in FAMILIES:
    for _net in ("[2]", "[5]"):
        CELLS[f"linearity size, {_family}, {_net}, n = 500"] = partial(
            measure_linearity, _family, _net, "line", 500
        )
for _family in FAMILIES:
    CELLS[f"linearity power, bump, {_family}, [5], n = 500"] = partial(
        measure_linearity, _family, "[5]", "bump", 500
    )
for _family in FAMILIES:
    for _n in (100, 200, 500):
        CELLS[f"nonlinearity size, {_family}, n = {_n}"] = partial(
            measure_nonlinearity, _family, "glm", _n
        )
for _family in FAMILIES:
    for _curve in ("product", "tanh", "sine"):
        CELLS[f"nonlinearity power, {_curve}, {_family}, n = 200"] = partial(
            measure_nonlinearity, _family, _curve, 200
        )
for _family in FAMILIES:
    for _net in NETS:
        CELLS[f"lack of fit size, {_family}, {_net}, n = 500"] = partial(
            measure_lack_of_fit, _family, _net, "idle", 500
        )
for _family in FAMILIES:
    for _effect in ("bump", "product"):
        CELLS[f"lack of fit power, {_effect}, {_family}, [2], n = 500"] = partial(
            measure_lack_of_fit, _family, "[2]", _effect, 500
        )
