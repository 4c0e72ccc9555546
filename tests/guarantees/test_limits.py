"""Numbers at the limits of floats and of memory: a finite result, or an error with a remedy.

All NumPy warnings are errors in these tests.
"""

import subprocess
import sys
import warnings
from itertools import product
from math import fsum, inf

import mpmath
import numpy as np
import pandas as pd
import pytest
from extent import cover_pairs
from loops import case_by_case

from neuralnet import NeuralNetwork, load_iris
from neuralnet.errors import ignore_overflow
from neuralnet.errors.limits import check_memory
from neuralnet.families import Binomial, Gaussian, GroupedBinomial, Poisson, Softmax
from neuralnet.optimizers import Newton
from neuralnet.perceptron.moments import measure_moments

QUIET = {"trace": 0, "tolerance": None}
LARGE = [0.0, 1.0, 30.0, 37.0, 700.0, 710.0, 746.0, 1e3, 1e8, 1e16, 1e100, 1e300, 1e307]


@pytest.fixture(autouse=True)
def _no_word_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        yield


# Scores ---------------------------------------------------------------------------------------


def digits(size):
    """Precision needed for differences of numbers of that size."""
    return 60 if abs(size) < 1e17 else 700


def log_of_sum(scores):
    """Logarithm of a sum of exponentials, at the required precision."""
    largest = max(scores)
    rest = [mpmath.exp(mpmath.mpf(each) - mpmath.mpf(largest)) for each in scores]
    return mpmath.mpf(largest) + mpmath.log(mpmath.fsum(rest))


@case_by_case("size", LARGE)
def test_softmax_is_right_for_scores_of_any_size(size):
    """To 1e-12 of the result with fifty digits; a naive softmax overflows from 710 on."""
    rows = [[size, 0.0, -size], [-size, 0.5, size], [0.0, -size, -size], [size, size, -size]]
    with mpmath.workdps(digits(size)):
        for eta in rows:
            total = log_of_sum(eta)
            mu = [float(mpmath.exp(mpmath.mpf(each) - total)) for each in eta]
            for code in range(3):
                loss, delta = Softmax().loss_and_delta(
                    np.array([eta]), np.array([code], dtype=np.intp), None
                )
                assert loss == pytest.approx(float(total - mpmath.mpf(eta[code])), rel=1e-12)
                expected = [m - (k == code) for k, m in enumerate(mu)]
                np.testing.assert_allclose(delta[0], expected, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(Softmax().mean(np.array([eta]))[0], mu, rtol=1e-12)


@case_by_case("size", LARGE)
@case_by_case("sign", [-1.0, 1.0])
def test_binomial_is_right_for_scores_of_any_size(size, sign):
    eta = sign * size
    with mpmath.workdps(digits(size)):
        mu = 1 / (1 + mpmath.exp(-mpmath.mpf(eta)))
        for y in (0.0, 1.0):
            loss, delta = Binomial().loss_and_delta(np.array([[eta]]), np.array([[y]]), None)
            exact = log_of_sum([0.0, eta if y == 0.0 else -eta])
            assert loss == pytest.approx(float(exact), rel=1e-12)
            assert delta[0, 0] == pytest.approx(float(mu) - y, rel=1e-12, abs=1e-15)


@case_by_case("size", LARGE[:-1])
@case_by_case("sign", [-1.0, 1.0])
@case_by_case(("successes", "trials"), [(0, 7), (2, 7), (7, 7), (1, 100)])
def test_grouped_binomial_is_right_for_scores_of_any_size(size, sign, successes, trials):
    """Negative log-likelihood minus that of the saturated model."""
    eta, failures = sign * size, trials - successes
    with mpmath.workdps(digits(size)):
        share = mpmath.mpf(successes) / trials
        best = mpmath.mpf(0)
        for count, part in ((successes, share), (failures, 1 - share)):
            best += count * mpmath.log(part) if count else 0
        exact = successes * log_of_sum([0.0, -eta]) + failures * log_of_sum([0.0, eta]) + best
        Y = GroupedBinomial().encode(np.array([[successes, failures]]))
        loss, delta = GroupedBinomial().loss_and_delta(np.array([[eta]]), Y, None)
        assert loss == pytest.approx(float(exact), rel=1e-12)
        mu = 1 / (1 + mpmath.exp(-mpmath.mpf(eta)))
        exact = float(trials * (mu - share))
        assert delta[0, 0] == pytest.approx(exact, rel=1e-12, abs=1e-12)


@case_by_case("eta", [-1e307, -746.0, -40.0, 0.0, 3.0, 700.0])
@case_by_case("y", [0.0, 1.0, 20.0, 1e300])
def test_poisson_is_accurate_in_the_range_of_floats(eta, y):
    with mpmath.workdps(digits(eta)):
        mu, count = mpmath.exp(mpmath.mpf(eta)), mpmath.mpf(y)
        exact = mu - count - count * (mpmath.mpf(eta) - (mpmath.log(count) if y else 0))
        expected = float(exact) if exact < mpmath.mpf("1.7e308") else inf
    with ignore_overflow():
        loss, delta = Poisson().loss_and_delta(np.array([[eta]]), np.array([[y]]), None)
    assert loss == pytest.approx(expected, rel=1e-12)
    assert delta[0, 0] == pytest.approx(float(mu) - y, rel=1e-12)


@pytest.mark.parametrize("family", [Gaussian(), Poisson()])
def test_loss_that_is_too_large_is_infinite(family):
    eta = np.array([[1e200], [1.0]])
    with ignore_overflow():
        assert family.loss_and_delta(eta, np.ones((2, 1)), None)[0] == inf
        assert family.loss_and_delta(eta, np.ones((2, 1)), np.array([0.0, 1.0]))[0] != -inf


# Tables ---------------------------------------------------------------------------------------


def make_table(n=30):
    a, b = np.random.default_rng(1).normal(size=(2, n))
    noise = np.random.default_rng(2).normal(size=n)
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "kind": np.where(a - b + noise > 0, "p", "q"),
            "apart": np.where(a > 0, "p", "q"),
            "cost": a - b + noise,
            "count": np.random.default_rng(4).poisson(2.0, n),
        }
    )


def rescale(**factors):
    return lambda table: table.assign(**{name: table[name] * f for name, f in factors.items()})


TABLES = {
    "plain": lambda table: table,
    "1e150": rescale(a=1e150),
    "1e-150": rescale(a=1e-150),
    "both": rescale(a=1e150, b=1e-150),
    "squares overflow": rescale(a=1e160),
    "squares vanish": rescale(a=1e-170),
    "floats end": lambda table: table.assign(a=np.where(table["a"] > 0, 1e308, -1e308)),
    "far from 0": lambda table: table.assign(a=1e150),
    "constant": lambda table: table.assign(b=3.0),
    "collinear": lambda table: table.assign(c=table["a"], d=2.0 * table["a"] - table["b"]),
    "few rows": lambda table: table.iloc[[0, 3, 5]].assign(
        **{f"z{i}": np.random.default_rng(i).normal(size=3) for i in range(6)}
    ),
}
RESPONSES = {
    "softmax": "kind",
    "separable": "apart",
    "binomial": "kind",
    "gaussian": "cost",
    "poisson": "count",
}


def visit(net, table):
    """Call all read-only methods; the Hessian may overflow with an error."""
    for look in (
        lambda: repr(net) and net._repr_html_(),
        lambda: net.history,
        lambda: net.predict(table),
        lambda: net.predict(table, type="link"),
        lambda: (net.compute_loss(), net.compute_loss(table, penalty=True)),
        lambda: net.accuracy() if net.classes else None,
        lambda: (net.residuals, net.layers(), net.gradient, net.objective()),
        lambda: net.backpropagate(1e-3),
    ):
        look()
    try:
        assert np.isfinite(net.hessian()).all()
    except ValueError as error:
        assert "too large for a float" in str(error)


TRAININGS = {
    "some": [(0, "newton"), (2, "adam")],
    "others": [(0, "lbfgs"), (2, "rprop"), (2, "newton")],
}


# Each table with each family and scale, and each of their pairs with each list of trainings.
@pytest.mark.parametrize(
    ("name", "family", "scale", "trainings"),
    cover_pairs(
        [*product(TABLES, RESPONSES, [False, True], TRAININGS)],
        lambda case: (case[:2], case[::2], case[1:3], case[3]),
    ),
    ids=str,
)
def test_training_on_odd_columns_ends_in_finite_weights(name, family, scale, trainings):
    table = TABLES[name](make_table())
    columns = [each for each in table if len(each) <= 2]
    formula = f"{RESPONSES[family]} ~ {' + '.join(columns)}"
    known = None if family == "separable" else family
    for hidden, optimizer in TRAININGS[trainings]:
        net = NeuralNetwork(formula, table, hidden, family=known, scale=scale, seed=1)
        first = net.theta
        net.train(6, optimizer=optimizer, trace=0)
        assert np.isfinite(net.theta).all()
        # A true overflow is reported, and the last weights with a finite loss are restored.
        lost = "infinite" in net.message or "not a number" in net.message
        assert np.isfinite(net.compute_loss()) or (lost and net.theta is first)
    visit(net, table)


@case_by_case("factor", [1e-150, 1.0, 1e150, 1e160, 1e-170, 1e300])
def test_unit_of_a_column_changes_nothing_under_scale(factor):
    """The optimizer gets the same numbers, whatever the unit of the column."""
    table = make_table()
    plain, other = (
        NeuralNetwork("kind ~ a + b", each, 2, scale=True, seed=1, init="glorot").train(
            20, optimizer="rprop", **QUIET
        )
        for each in (table, rescale(a=factor)(table))
    )
    np.testing.assert_allclose(
        plain.predict(type="probs"), other.predict(type="probs"), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(plain.history["loss"], other.history["loss"], rtol=1e-9)


@case_by_case("w", [None, np.array([1.0, 3.0, 0.0, 2.0])])
@case_by_case("unit", [5e-324, 1e-300, 1e-170, 1.0, 1e155, 1e307])
def test_moments_are_right_in_every_unit(w, unit):
    values = np.array([[1.0, 7.0], [4.0, 7.0], [-2.0, 9.0], [3.0, 7.0]])
    given = values * unit
    weights = np.ones(4) if w is None else w
    with mpmath.workdps(60):
        for column in range(2):
            each = [mpmath.mpf(float(v)) for v in given[:, column]]
            total = mpmath.mpf(fsum(weights))
            mean = sum(x * k for x, k in zip(each, map(mpmath.mpf, weights), strict=True)) / total
            square = sum(k * (x - mean) ** 2 for x, k in zip(each, weights, strict=True)) / total
            center, spread = (float(m[column]) for m in measure_moments(given, w))
            assert center == pytest.approx(float(mean), rel=1e-14, abs=5e-324)
            assert spread == pytest.approx(float(mpmath.sqrt(square)), rel=1e-14, abs=5e-324)


@pytest.mark.parametrize("factor", [1e160, 1e-170])
def test_response_with_an_extreme_standard_deviation_is_named(factor):
    table = rescale(cost=factor)(make_table())
    with pytest.raises(
        ValueError, match=r"the response has a standard deviation of .* nearer to 1"
    ):
        NeuralNetwork("cost ~ a", table, 0, scale=True)


def test_overflowing_loss_at_the_start_is_reported():
    net = NeuralNetwork("cost ~ a", rescale(cost=1e160)(make_table()), 0, seed=1)
    with pytest.warns(UserWarning, match="infinite where training starts; nothing is changed"):
        warnings.simplefilter("always", UserWarning)
        net.train(5, trace=0)
    assert net.history.empty and np.isfinite(net.theta).all()


@case_by_case("term", ["standardize(a)", "scale(a)", "poly(a, 2)"])
@case_by_case("factor", [1e-300, 1e160, 1e300])
def test_term_whose_square_overflows_is_named(term, factor):
    with pytest.raises(ValueError, match=r"\(a.*\)(\[[01]\])? is not a finite number in 30 rows"):
        NeuralNetwork(f"kind ~ {term}", rescale(a=factor)(make_table()), 2)


def test_one_row_is_fitted_exactly():
    table = make_table().iloc[:1]
    for family in ("gaussian", "poisson"):
        net = NeuralNetwork(f"{RESPONSES[family]} ~ a + b", table, 2, family=family, seed=1)
        net.train(200, optimizer="lbfgs", **QUIET)
        response = float(table[RESPONSES[family]].iloc[0])
        assert float(net.fitted.iloc[0]) == pytest.approx(response, rel=1e-4)
        visit(net, table)
    with pytest.raises(ValueError, match="has one class"):
        NeuralNetwork("kind ~ a + b", table, 2)


# Memory ---------------------------------------------------------------------------------------


def test_memory_limit_is_exact():
    check_memory("numbers", 2**29, "")
    with pytest.raises(
        ValueError, match=r"^numbers would take 4.0 GiB, .* 4 GiB .*\. Take less\.$"
    ):
        check_memory("numbers", 2**29 + 1, "Take less")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on addresses")
def test_too_large_arrays_are_refused_before_allocation():
    """Run in a process limited to 3 GiB of address space, more than the rest of the test needs."""
    code = """
import resource, warnings
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30,) * 2)
import numpy as np, pandas as pd
from neuralnet import NeuralNetwork, load_iris
from neuralnet.optimizers.newton import Newton

def refused(work, *words):
    try:
        work()
    except ValueError as error:
        assert "GiB" in str(error) and all(each in str(error) for each in words), error
    else:
        raise AssertionError(words)

iris = load_iris()
for hidden in (10**9, 10**30, [10**5, 10**5]):
    refused(lambda: NeuralNetwork("Species ~ .", iris, hidden), "weights", "fewer hidden units")
wide = NeuralNetwork("Species ~ .", iris, 130_000, seed=1)
refused(wide.hessian, "1,040,003 weights", "8,058.6 GiB")
refused(lambda: wide.train(1, optimizer=Newton(dense_limit=10**7)), "dense_limit")
refused(lambda: wide.layers(pd.concat([iris] * 50)), "fewer rows")
K = 30_000
codes = np.arange(2 * K) % K
table = pd.DataFrame({"y": np.char.add("c", codes.astype(str)), "x": codes / K})
many = NeuralNetwork("y ~ x", table, 2, seed=1)
# Classes alone are predicted in blocks, and need no such memory.
def predict():
    many.predict(type="probs")

for ask in (predict, many.layers, many.fit, lambda: many.output, lambda: many.residuals):
    refused(ask, "13.4 GiB" if ask != many.layers else "40.2 GiB", "fewer rows")
refused(lambda: many.confusion_matrix(table[:5]), "6.7 GiB", "accuracy()")
few = many.predict(table[:5], type="probs")
assert few.shape == (5, K) and np.allclose(few.sum(axis=1), 1.0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_newton_with_many_weights_allocates_no_hessian():
    net = NeuralNetwork("Species ~ .", load_iris(), 30_000, seed=1)
    with pytest.raises(ValueError, match=r"429\.2 GiB"):
        net.hessian()
    with pytest.raises(ValueError, match=r"429\.2 GiB, .* Give Newton a lower dense_limit"):
        net.train(1, optimizer=Newton(dense_limit=10**6))
