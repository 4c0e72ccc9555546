"""Exactly collinear columns are reported, and nearly collinear ones are not."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from problems import write_powers

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.model.collinearity import Dependency, find_dependencies

RNG = np.random.default_rng(3)
N = 60
TABLE = pd.DataFrame({"a": RNG.normal(size=N), "b": 7.0 * RNG.normal(size=N)}).assign(
    c=lambda t: 2.0 * t["a"],
    total=lambda t: t["a"] + t["b"] + 3.0,
    near=lambda t: t["a"] + 1e-9 * RNG.normal(size=N),
    far=lambda t: 1e6 + t["a"],
    p=np.resize([1.0, 0.0, 0.0], N),
    q=np.resize([0.0, 1.0, 0.0], N),
    r=np.resize([0.0, 0.0, 1.0], N),
    g=np.resize(list("ab"), N),
    h=np.resize(list("xyyy"), N),
    y=lambda t: t["a"] - t["b"] + RNG.normal(size=N),
)
UNIQUE = (
    "Their weights are not unique. The fitted values are, and predictions for new rows in which "
    "the columns depend on each other in the same way: leave columns out, or use some decay."
)

REFERENCE = Path(__file__).parents[1] / "reference"


def tell(formula, **options):
    """Warnings of training, and the network."""
    net = NeuralNetwork(formula, TABLE, options.pop("hidden", 0), seed=1, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.train(100, optimizer="newton", trace=0)
    return [str(each.message) for each in caught if each.category is DataWarning], net


@case_by_case("scale", [False, True])
@case_by_case(
    ("right", "reported"),
    [
        ("a + c", "c is a linear combination of a"),
        ("c + b + a", "a is a linear combination of c"),
        ("a + b + total", "total is a linear combination of a and b"),
        ("a + b + total - 1", None),
        ("a + far", "far is a linear combination of a"),
        ("p + q + r", "r is a linear combination of p and q"),
        ("p + q + r - 1", None),
        ("b + a + near", None),
        ("g * h", "g[T.b]:h[T.y] is a linear combination of g[T.b]"),
        ("a + I(0 * b)", "I(0 * b) is 0 in all rows"),
    ],
)
def test_dependent_columns_are_named(right, reported, scale):
    messages, net = tell(f"y ~ {right}", scale=scale)
    if reported is None:
        assert messages == [] and "collinear" not in net.message
        return
    expected = f"Exactly collinear columns: {reported}. {UNIQUE}"
    assert expected in messages
    # Such columns alone do not prevent convergence; columns far from 0 do.
    assert (net.converged or "far" in right) and net.message.endswith(f" {expected}")


@pytest.mark.parametrize(
    "options", [{"decay": 0.1}, {"hidden": 2}, {"decay": 0.1, "penalize_bias": False}], ids=str
)
def test_harmless_collinear_columns_are_not_reported(options):
    messages, net = tell("y ~ a + c", **options)
    assert messages == [] and "collinear" not in net.message


def test_only_columns_without_a_penalty_matter():
    free = {"decay": 0.1, "penalize_bias": False}
    assert tell("y ~ a + c", **free, penalty_factor={"a": 0, "c": 0})[0] != []
    assert tell("y ~ a + c", **free, penalty_factor={"a": 0})[0] == []


def test_predictions_are_those_without_the_dependent_column():
    whole, part = (tell(f"y ~ {right}")[1] for right in ("a + b + total", "a + b"))
    np.testing.assert_allclose(whole.fitted, part.fitted, rtol=1e-9, atol=1e-9)


def test_collinearity_is_reported_before_the_first_training_only():
    _, net = tell("y ~ a + c")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(5, optimizer="newton", trace=0)
    assert "Exactly collinear columns: c" in net.message


def test_polynomials_whose_weights_are_certified_are_not_collinear():
    filip = NeuralNetwork(
        write_powers("y", "x", 10), pd.read_csv(REFERENCE / "filip.csv"), 0, seed=1
    )
    assert filip._model.dependencies == ()


@case_by_case("shift", [0.0, 1e3, 1e6])
@case_by_case("n", [30, 20_000])
def test_rank_does_not_depend_on_the_means_of_columns(shift, n):
    a, b = RNG.normal(size=(2, n)) + shift
    X = np.stack([np.ones(n), a, b, 0.1 * a - 3.0 * b, a + 1e-4 * RNG.normal(size=n)], axis=1)
    assert find_dependencies(X, 0, np.arange(5)) == (Dependency(3, (1, 2)),)


def test_column_far_from_0_makes_no_others_collinear():
    """The tolerance for rounding depends only on the columns concerned."""
    rng = np.random.default_rng(5)
    a = rng.normal(size=200)
    near = a + 1e-6 * rng.normal(size=200)
    stamp = 1.7e9 + 10.0 * rng.normal(size=200)
    X = np.stack([np.ones(200), stamp, a, near], axis=1)
    assert find_dependencies(X, 0, np.arange(4)) == ()
    (found,) = find_dependencies(np.column_stack([X, stamp - 3.0]), 0, np.arange(5))
    assert found == (4, (1,))


def test_level_without_a_response_is_not_collinear():
    """That level was reported when the network was built."""
    table = TABLE.assign(y=TABLE["y"].where(TABLE["h"] != "x"), h=TABLE["h"].replace("y", "a"))
    table.loc[::6, "h"] = "b"
    table.loc[table["h"] == "x", "y"] = np.nan
    with pytest.warns(DataWarning):
        net = NeuralNetwork("y ~ a + h", table, 0, seed=1)
    assert not net.X[:, list(net.x_names).index("h[T.x]")].any()
    net.train(100, optimizer="newton", trace=0)
    assert "collinear" not in net.message
