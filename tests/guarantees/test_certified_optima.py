"""``converged`` implies an optimum in any units: certified fits on shifted and scaled tables.

Certified values are from NIST's Statistical Reference Datasets (Longley, Wampler 1 to 5, Filip);
polynomials are also compared with NumPy's own fit in a centered basis.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from loops import case_by_case
from problems import write_powers

from neuralnet import DataWarning, NeuralNetwork

REFERENCE = Path(__file__).parents[1] / "reference"
QUIET = {"tolerance": None, "trace": 0}
each_optimizer = case_by_case("optimizer", ["newton", "lbfgs"])

LONGLEY = [
    *(-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683),
    *(-1.03322686717359, -0.0511041056535807, 1829.15146461355),
]
FILIP = [
    *(-1467.48961422980, -2772.17959193342, -2316.37108160893, -1127.97394098372),
    *(-354.478233703349, -75.1242017393757, -10.8753180355343, -1.06221498588947),
    *(-0.0670191154593408, -0.00246781078275479, -0.0000402962525080404),
]
# Population of the United States in millions, every ten years from 1790 (R's uspop).
POPULATION = [
    *(3.93, 5.31, 7.24, 9.64, 12.9, 17.1, 23.2, 31.4, 39.8, 50.2, 62.9, 76.0, 92.0, 105.7, 122.8),
    *(131.7, 151.3, 179.3, 203.2),
]
# Orthogonal to every polynomial up to degree 5 over 0, 1, ..., 20.
AWAY = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048]
AWAY = np.array(AWAY + AWAY[-2::-1], dtype=float)


def count_digits(found, right):
    """Number of correct decimal digits of the least accurate number."""
    return -np.log10(np.abs(np.asarray(found) / right - 1.0).max() + 1e-17)


@each_optimizer
def test_longley_raw(optimizer):
    table = sm.datasets.longley.load_pandas().data
    net = NeuralNetwork("TOTEMP ~ GNPDEFL + GNP + UNEMP + ARMED + POP + YEAR", table, 0, seed=1)
    net.train(optimizer=optimizer, **QUIET)
    assert net.converged, net.message
    assert 2 * net.compute_loss() == pytest.approx(836424.055505915, rel=1e-9)
    assert count_digits(net.W1[:, 0], LONGLEY) >= 9


@each_optimizer
@pytest.mark.parametrize("scale", [False, True])
def test_powers_of_a_year(optimizer, scale):
    table = pd.DataFrame({"t": 1790.0 + 10.0 * np.arange(19), "p": POPULATION})
    net = NeuralNetwork(write_powers("p", "t", 4), table, 0, scale=scale, seed=1)
    net.train(optimizer=optimizer, **QUIET)
    judge = np.polynomial.Polynomial.fit(table["t"], table["p"], 4)
    squares = ((table["p"] - judge(table["t"])) ** 2).sum()
    assert squares == pytest.approx(108.5158, abs=5e-5)
    assert net.converged, net.message
    assert 2 * net.compute_loss() == pytest.approx(squares, rel=1e-8)


@pytest.mark.parametrize(
    ("size", "coefficients"),
    [(0, 1.0), (0, 0.1), (1, 1.0), (100, 1.0), (10_000, 1.0)],
    ids=[f"wampler{number}" for number in range(1, 6)],
)
def test_wampler_is_as_accurate_as_lapack(size, coefficients):
    """Within a factor of 3 of the errors of LAPACK's least squares on this processor."""
    x, right = np.arange(21.0), coefficients ** np.arange(6)
    y = np.polynomial.Polynomial(right)(x) + size * AWAY
    assert [(AWAY * x**power).sum() for power in range(6)] == [0.0] * 6
    least_squares = np.linalg.lstsq(x[:, None] ** np.arange(6), y, rcond=None)[0]
    digits = count_digits(least_squares, right) - np.log10(3.0)
    table = pd.DataFrame({"x": x, "y": y})
    for seed in range(6):  # from some starts the last step gains less than the loss can show
        net = NeuralNetwork(write_powers("y", "x", 5), table, 0, seed=seed)
        net.train(optimizer="newton", **QUIET)
        assert net.converged, net.message
        assert count_digits(net.W1[:, 0], right) >= digits


def test_filip():
    """A polynomial of degree 10, whose normal equations lose all digits."""
    table = pd.read_csv(REFERENCE / "filip.csv")
    net = NeuralNetwork(write_powers("y", "x", 10), table, 0, seed=1)
    net.train(optimizer="newton", **QUIET)
    assert net.converged, net.message
    assert count_digits(net.W1[:, 0], FILIP) >= 7


@each_optimizer
def test_a_mean_far_above_the_spread(optimizer):
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, 200)
    table = pd.DataFrame({"x": 3.0 * u, "y": rng.random(200) < 1 / (1 + np.exp(-3 * u))})
    judge = sm.GLM(table["y"], sm.add_constant(table["x"]), family=sm.families.Binomial()).fit(
        tol=1e-14
    )
    for shift in (0.0, 2_460_000.5):
        moved = table.assign(x=table["x"] + shift)
        net = NeuralNetwork("y ~ x", moved, 0, family="binomial", seed=1)
        net.train(optimizer=optimizer, **QUIET)
        assert net.converged, net.message
        assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
        assert net.W1[1, 0] == pytest.approx(judge.params["x"], rel=1e-6)


@each_optimizer
@pytest.mark.parametrize("weight", [1e-8, 1e8])
@pytest.mark.parametrize("family", ["binomial", "poisson", "gaussian", "softmax"])
def test_equal_weights_of_any_size_change_nothing(family, weight, optimizer):
    rng = np.random.default_rng(3)
    x = rng.normal(size=100)
    classes = rng.random(100) < 1 / (1 + np.exp(-x))
    y = classes if family in ("binomial", "softmax") else rng.poisson(np.exp(0.3 * x))
    table = pd.DataFrame({"x": x, "y": y, "w": weight})
    fits = [
        NeuralNetwork("y ~ x", table, 0, family=family, weights=weights, seed=1).train(
            optimizer=optimizer, **QUIET
        )
        for weights in (None, "w")
    ]
    assert all(net.converged for net in fits)
    plain, weighed = (net.predict(type="response") for net in fits)
    np.testing.assert_allclose(weighed, plain, rtol=1e-6, atol=1e-7)
    assert fits[1].compute_loss() == pytest.approx(weight * fits[0].compute_loss(), rel=1e-10)


@case_by_case("size", [1e-5, 1e5])
@case_by_case("seed", range(4))
def test_a_response_of_any_scale_is_fitted_equally_well(size, seed):
    x = np.random.default_rng(seed).uniform(-2, 2, 200)
    table = pd.DataFrame({"x": x, "y": size * np.sin(2 * x)})
    net = NeuralNetwork("y ~ x", table, hidden=4, seed=seed)
    net.train(500, optimizer="newton", **QUIET)
    assert share_explained(net, table["y"]) > 0.99


@each_optimizer
def test_a_response_of_small_numbers_is_fitted_to_the_optimum(optimizer):
    x = np.linspace(-2, 2, 200)
    rate = 0.05 + 0.03 * np.sin(2 * x) + np.random.default_rng(1).normal(scale=0.003, size=200)
    net = NeuralNetwork(
        "rate ~ x", pd.DataFrame({"x": x, "rate": rate}), 4, scale=True, init="glorot", seed=1
    )
    net.train(3000, optimizer=optimizer, **QUIET)
    assert share_explained(net, rate) == pytest.approx(0.98, abs=0.005)


def share_explained(net, response):
    return 1.0 - 2.0 * net.compute_loss() / ((response - np.mean(response)) ** 2).sum()


def test_an_unresolved_optimum_is_not_converged():
    """The curvature along one direction is positive, but less than the Hessian's rounding error."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 50))
    table = pd.DataFrame({"a": a, "b": a + 1e-9 * b, "y": np.arange(50) % 3})
    net = NeuralNetwork("C(y) ~ a + b", table, 0, seed=1).train(optimizer="newton", **QUIET)
    assert not net.converged
    assert "too ill-conditioned to tell whether this is the optimum" in net.message


@each_optimizer
def test_exactly_flat_directions_do_not_prevent_convergence(optimizer):
    """Softmax scores are invariant to shifts, and one column is the sum of two others."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 50))
    table = pd.DataFrame({"a": a, "b": b, "c": a + b, "y": rng.integers(3, size=50)})
    whole, part = (
        NeuralNetwork(f"C(y) ~ {right}", table, 0, seed=1) for right in ("a + b + c", "a + b")
    )
    with pytest.warns(DataWarning, match="c is a linear combination of a and b"):
        whole.train(optimizer=optimizer, **QUIET)
    part.train(optimizer=optimizer, **QUIET)
    assert whole.converged and part.converged, whole.message
    assert whole.compute_loss() == pytest.approx(part.compute_loss(), rel=1e-12)


RAW = {
    "as it is": lambda a: a,
    "small": lambda a: 1e-8 * a,
    "large": lambda a: 1e6 * a,
    "far": lambda a: a + 1e6,
}


@each_optimizer
@pytest.mark.parametrize("move", RAW.values(), ids=RAW)
def test_a_penalty_in_raw_units_stays_so(move, optimizer):
    """The ridge optimum is least squares with an additional row for each penalized weight."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 150))
    table = pd.DataFrame({"a": move(a), "b": b, "y": a - b + rng.normal(size=150)})
    net = NeuralNetwork("y ~ a + b", table, 0, decay=0.3, seed=1)
    net.train(2000, optimizer=optimizer, **QUIET)
    A = np.vstack([net.X, np.sqrt(2 * 0.3) * np.eye(3)])
    y = np.append(table["y"], np.zeros(3))
    squares = ((A @ np.linalg.lstsq(A, y, rcond=None)[0] - y) ** 2).sum()
    assert net.converged, net.message
    assert 2 * net.objective()[0] == pytest.approx(squares, rel=1e-11)


@pytest.mark.parametrize("near", [1e-3, 1e-5, 1e-6])
def test_nearly_collinear_columns_of_softmax_differ_from_a_shift_of_all_scores(near):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 150))
    table = pd.DataFrame({"a": a, "b": b, "c": a + near * b, "k": rng.integers(3, size=150)})
    plain, close = (
        NeuralNetwork(f"C(k) ~ {right}", table, 0, seed=1).train(optimizer="newton", **QUIET)
        for right in ("a + b", "a + c")
    )
    assert plain.converged and close.converged, close.message
    assert close.compute_loss() == pytest.approx(plain.compute_loss(), rel=1e-10)


@pytest.mark.parametrize("scale", [False, True])
def test_no_optimizer_is_confidently_wrong_on_filip(scale):
    table = pd.read_csv(REFERENCE / "filip.csv")
    net = NeuralNetwork(write_powers("y", "x", 10), table, 0, scale=scale, seed=1)
    net.train(2000, optimizer="lbfgs", **QUIET)
    assert not net.converged or count_digits(net.W1[:, 0], FILIP) >= 7


@each_optimizer
@pytest.mark.parametrize(
    "move", [lambda a: a + 2_460_000.5, lambda a: 1e8 * a], ids=["far", "wide"]
)
def test_a_start_with_an_infinite_loss_is_lowered(move, optimizer):
    rng = np.random.default_rng(0)
    a = rng.normal(size=150)
    table = pd.DataFrame({"a": a, "p": rng.poisson(np.exp(1 + 0.3 * a))})
    judge = sm.GLM(table["p"], sm.add_constant(table["a"]), family=sm.families.Poisson()).fit(
        tol=1e-14
    )
    net = NeuralNetwork("p ~ a", table.assign(a=move(a)), 0, family="poisson", seed=1)
    net.train(optimizer=optimizer, **QUIET)
    assert net.converged, net.message
    assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
    assert np.isfinite(net.history["loss"]).all()


@each_optimizer
def test_saturated_units_are_no_optimum(optimizer):
    """Where no weight of a unit changes the loss, optimality cannot be determined."""
    x = np.linspace(-2, 2, 60)
    net = NeuralNetwork("y ~ x", pd.DataFrame({"x": x, "y": np.sin(x)}), 3, seed=1)
    net.W1 = np.array([[800.0, -900.0, 1000.0], [0.1, 0.2, 0.3]])
    with pytest.warns(UserWarning, match="saturated"):
        net.train(optimizer=optimizer, **QUIET)
    assert not net.converged
    assert "saturated units" in net.message


def test_a_perfect_fit_is_certified():
    table = pd.DataFrame({"x": np.linspace(-2, 2, 60), "y": 3.7})
    net = NeuralNetwork("y ~ x", table, 2, seed=1).train(optimizer="newton", **QUIET)
    assert net.converged, net.message


@each_optimizer
@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_single_precision_converges_to_its_rounding_error(family, optimizer):
    rng = np.random.default_rng(3)
    x = rng.normal(size=150)
    y = rng.random(150) < 1 / (1 + np.exp(-x)) if family == "binomial" else rng.poisson(np.exp(x))
    single, double = (
        NeuralNetwork(
            "y ~ x", pd.DataFrame({"x": x, "y": y}), 0, family=family, dtype=dtype, seed=1
        ).train(optimizer=optimizer, **QUIET)
        for dtype in ("float32", "float64")
    )
    assert single.converged, single.message
    np.testing.assert_allclose(single.W1, double.W1, rtol=1e-5, atol=1e-6)
