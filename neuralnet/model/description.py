"""Description of a network: names of its weights, its settings in words, and the REPL's display."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import describe_imputed
from ..errors import listing, pluralize, shorten
from ..formula import join_names
from ..perceptron import Scaled
from .display import MatrixHead, head, join_lines
from .labels import name_hidden_units
from .model import Model
from .original_scale import name_original
from .penalty_factors import name_penalty_factor
from .settings import EVIDENCE

Matrix = NDArray[np.float64]


def name_weights(model: Model) -> list[tuple[list[Any], list[Any]]]:
    """Return the names of the rows and columns of each weight matrix."""
    hidden = name_hidden_units(model.perceptron.sizes[1:-1])
    x_names = list(model.design.x_names)
    names = [x_names, *hidden, list(model.labels.outputs)]
    rows = [x_names, *(["Intercept", *layer] for layer in hidden)]
    rows[-1] += [x_names[column] for column in model.perceptron.skip]
    return list(zip(rows, names[1:], strict=True))


def label_weights(model: Model, matrices: Sequence[Matrix]) -> dict[str, pd.DataFrame]:
    """Return weight matrices as frames with names on rows and columns."""
    names = zip(matrices, name_weights(model), strict=True)
    return {
        f"W{layer}": pd.DataFrame(matrix, index=rows, columns=columns)
        for layer, (matrix, (rows, columns)) in enumerate(names, start=1)
    }


def describe(
    model: Model, theta: Matrix, iteration: int, message: str, starts: str = ""
) -> tuple[list[str], list[MatrixHead]]:
    """Return the lines of a network's display, and the heads of its matrices.

    ``starts`` says of which starts the iteration is, see `describe_restarts`.
    """
    count = f"{pluralize(iteration, 'iteration')}{starts}"
    end, rows = f"After {count}. {message}", "no training rows"
    if model.training is not None:
        end = f"{describe_loss(model, theta)} after {count}. {message}"
        rows = pluralize(len(model.rows.X), "row")
    settings, design, original = list_settings(model), model.design, name_original(model)
    imputed = describe_imputed(design.variables, design.terms.indicators)
    lines = [
        f"NeuralNetwork  {join_lines(design.formula.text)}",
        f"{model.perceptron.describe()}; {rows}, {pluralize(theta.size, 'weight')}",
        *([f"Beside the formula: {settings}."] if settings else []),
        *([f"{imputed}."] if imputed else []),
        *([original] if original else []),
        end,
    ]
    return lines, _list_heads(model, theta)


def describe_loss(model: Model, theta: Matrix) -> str:
    """Return the loss and the accuracy on the training rows, in words."""
    loss = model.evaluate(theta, model.apply_class_weights(model.batch)).loss
    if not model.labels.classes:
        return f"Loss {loss:.5g}"
    sums = model.evaluate(theta, model.batch)
    return f"Loss {loss:.5g}, accuracy {sums.correct / sums.weight:.3f}"


def list_settings(model: Model) -> str:
    """List the arguments beside the formula that affect training or predictions."""
    options, design = model.row_options, model.design
    offsets = design.offsets[len(design.formula.offsets) :]
    settings = {"offset": ", ".join(join_names(each.factors) for each in offsets)}
    chosen = {"weights": options.weights, "subset": options.subset}
    settings |= {name: shorten(text) for name, text in chosen.items() if text is not None}
    settings |= {name: "row by row" for name in options.arrays}
    settings["na_action"] = "impute" if options.na_action == "impute" else ""
    decays: list[float] = np.ravel(model.used.decays).tolist()
    factors = name_penalty_factor(model.penalty_factor, design.terms)
    settings |= {
        "class_weight": ""
        if model.class_weights is None
        else ", ".join(f"{each:.4g}" for each in model.class_weights),
        "decay": _describe_decay(model, decays),
        "mixture": str(model.mixture or ""),
        "penalize_bias": "" if model.used.penalize_bias else "False",
        "penalty_factor": shorten(factors, 200) if factors else "",
        "scale": "True" if isinstance(model.scaling, Scaled) else "",
    }
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value)


def _describe_decay(model: Model, decays: list[float]) -> str:
    """Return the decays in use, rounded where evidence chose one; empty where all are 0."""
    if not any(decays):
        return ""
    if model.given.decay == EVIDENCE:
        return f"{decays[0]:.4g} (evidence)"
    return listing(dict.fromkeys(decays))


def _list_heads(model: Model, theta: Matrix) -> list[MatrixHead]:
    """Return the heads of X, the weights and the output; without rows, of the weights alone."""
    heads = [
        MatrixHead(name, frame.shape, frame.iloc[head(len(frame))])
        for name, frame in label_weights(model, model.perceptron.unflatten(theta)).items()
    ]
    if model.training is None:
        return heads
    rows = model.rows
    shown = head(len(rows.X))
    index, offset = rows.index[shown], None if rows.offset is None else rows.offset[shown]
    X = pd.DataFrame(rows.X[shown], index=index, columns=list(model.design.x_names))
    mu = model.map_scores(model.perceptron.family.mean, theta, rows.X[shown], offset)
    means = pd.DataFrame(mu, index=index, columns=list(model.labels.outputs))
    first = MatrixHead("X", rows.X.shape, X)
    return [first, *heads, MatrixHead("output", (len(rows.X), mu.shape[1]), means)]
