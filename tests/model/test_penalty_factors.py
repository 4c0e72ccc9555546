"""Penalty factors of terms: their names, and the optimum of the penalized loss.

Without a hidden layer the optimum is that of ridge regression, solved by linear algebra, or of the
lasso or logistic regression, compared with scikit-learn.
"""

import numpy as np
import pandas as pd
import pytest
from instances import assert_close, differentiate, draw_direction
from loops import case_by_case
from networks import FORMULAS, make_net, make_table
from sklearn.linear_model import Lasso, LogisticRegression

from neuralnet import NeuralNetwork
from neuralnet.training.options import prepare_run

FORMULA = "cost ~ x1 * kind + poly(x2, 2) + log(`a b`) + squash(x1, 2)"
ENV = {"squash": lambda x, by: x / (by + abs(x))}
QUIET = {"tolerance": None, "trace": 0}


def make_wide_table():
    return make_table().assign(**{"a b": np.linspace(1.0, 2.0, 36)})


def make_factors(given, formula=FORMULA, **options):
    """Factor of the decay for each column of X, by name."""
    options = {"hidden": 2, "seed": 1, "env": ENV} | options
    net = NeuralNetwork(formula, make_wide_table(), decay=1.0, penalty_factor=given, **options)
    found = net._model.penalty_factor
    return dict(
        zip(net.x_names, np.ones(len(net.x_names)) if found is None else found, strict=True)
    )


@case_by_case(
    ("given", "start"),
    [
        ("x1", "x1"),
        (" x1 ", "x1"),
        ("kind", "kind["),
        ("poly(x2, 2)", "poly("),
        ("poly( x2,2 )", "poly("),
        ("x1:kind", "x1:kind["),
        ("kind : x1", "x1:kind["),
        ("kind %in% x1", "x1:kind["),
        ("log(`a b`)", "log("),
        ("log(Q('a b'))", "log("),
        ("squash(x1,2)", "squash("),
    ],
)
def test_terms_are_named_as_in_the_formula(given, start):
    found = make_factors({given: 3})
    chosen = {name for name, number in found.items() if number == 3.0}
    crossed = ":" in start
    assert chosen
    assert chosen == {each for each in found if each.startswith(start) and (":" in each) == crossed}
    assert {number for name, number in found.items() if name not in chosen} == {1.0}


def test_each_term_has_its_own_factor():
    found = make_factors({"x1": 0, "kind": 0.5}, "cost ~ x1 + kind - 1")
    assert found == {"x1": 0.0, "kind[a]": 0.5, "kind[b]": 0.5, "kind[c]": 0.5}
    assert set(make_factors({}).values()) == {1.0}
    assert set(make_factors({}, "cost ~ .").values()) == {1.0}
    assert make_factors({"x2": 7}, "cost ~ . - species")["x2"] == 7.0


def test_a_column_called_intercept_is_no_intercept():
    table = make_table().assign(Intercept=np.arange(36.0))
    options = {"decay": 1.0, "seed": 1, "penalty_factor": {"Intercept": 5}}
    net = NeuralNetwork("cost ~ x1 + `Intercept`", table, 0, **options)
    assert net._model.penalty_factor.tolist() == [1.0, 1.0, 5.0]


@case_by_case(
    ("given", "error", "words"),
    [
        ("x1", TypeError, "penalty_factor must be a dict of terms .* not 'x1'"),
        ([1.0, 2.0], TypeError, "penalty_factor must be a dict"),
        ({1: 2.0}, TypeError, "name terms by strings, not 1"),
        ({"kin": 2}, ValueError, "'kin', which is no term .* Did you mean 'kind'. The terms are"),
        ({"kind[b]": 2}, ValueError, "no term of the formula.*'x1', 'kind', 'poly"),
        ({"poly(x2, 2)[1]": 2}, ValueError, "no term of the formula"),
        ({"poly(x2, 3)": 2}, ValueError, "no term .* Did you mean 'poly.x2, 2.'"),
        ({"species": 2}, ValueError, "no term of the formula"),
        ({"": 2}, ValueError, "names '', which is no term"),
        ({"cost ~ x1": 2}, ValueError, "no term of the formula"),
        ({"1": 2}, ValueError, "names the intercept, '1': penalize_bias=False"),
        ({"Intercept": 0}, ValueError, "names the intercept, 'Intercept': penalize_bias=False"),
        ({"(Intercept)": 0}, ValueError, "names the intercept"),
        ({"x1 * kind": 2}, ValueError, "several terms at once.* each of 'x1', 'kind', 'x1:kind'"),
        ({"x1:kind": 2, "kind:x1": 3}, ValueError, "names the term 'x1:kind' twice"),
        ({"x1": -1}, ValueError, r"penalty_factor\['x1'\] must be a number of at least 0, not -1"),
        ({"x1": np.inf}, ValueError, r"penalty_factor\['x1'\] must be a number"),
        ({"x1": "2"}, TypeError, r"penalty_factor\['x1'\] must be a number of at least 0, not '2'"),
        ({"x1": True}, TypeError, r"penalty_factor\['x1'\] must be a number"),
        ({"x1": None}, TypeError, r"penalty_factor\['x1'\] must be a number"),
    ],
)
def test_unknown_terms_and_invalid_factors_are_refused(given, error, words):
    with pytest.raises(error, match=words):
        make_factors(given)


def test_penalty_beyond_floats_is_refused():
    with pytest.raises(ValueError, match="decay times penalty_factor is beyond what floats hold"):
        NeuralNetwork("cost ~ x1", make_table(), 1, decay=1e200, penalty_factor={"x1": 1e200})


# Penalty -------------------------------------------------------------------------------------

OPTIONS = {
    "one decay": {"decay": 0.3},
    "one a layer": {"decay": [0.5, 0.25]},
    "biases free": {"decay": 0.3, "penalize_bias": False},
    "terms": {"decay": 0.3, "penalty_factor": {"kind": 2.0, "x1": 0.0}},
    "all of it": {
        "decay": [0.5, 0.25],
        "penalize_bias": False,
        "penalty_factor": {"kind": 2.0, "x1": 0.0},
        "mixture": 0.25,
    },
}
each_option = case_by_case("options", OPTIONS.values(), ids=OPTIONS)


def add_up(net, options):
    """Penalty of raw weights, computed from the names of their rows."""
    mixture, total = options.get("mixture", 0.0), 0.0
    for layer, frame in enumerate(net.coef().values()):
        decay = options["decay"]
        decay = decay[layer] if isinstance(decay, list) else decay
        for name, row in zip(frame.index, frame.to_numpy(), strict=True):
            term = name.partition("[")[0]
            number = decay * options.get("penalty_factor", {}).get(term, 1.0)
            if name == "Intercept" and not options.get("penalize_bias", True):
                number = 0.0
            total += number * ((1 - mixture) * row**2 + mixture * abs(row)).sum()
    return total


@each_option
@pytest.mark.parametrize("skip", [False, True], ids=["plain", "skip"])
@pytest.mark.parametrize("formula", ["cost ~ x1 + x2 + kind", "cost ~ x1 + x2 + kind - 1"])
def test_penalty_is_the_sum_over_rows_by_their_names(options, skip, formula):
    net = NeuralNetwork(formula, make_table(), 3, skip=skip, init=0.5, seed=1, **options)
    found = net.compute_loss(penalty=True) - net.compute_loss()
    assert found == pytest.approx(add_up(net, options), rel=1e-12)


@pytest.mark.parametrize("penalize_bias", [True, False])
def test_without_a_hidden_layer_the_intercept_is_the_bias(penalize_bias):
    net = make_net("softmax", 0, decay=0.3, penalize_bias=penalize_bias)
    free = 0.0 if penalize_bias else (net.W1[0] ** 2).sum()
    expected = 0.3 * ((net.theta**2).sum() - free)
    found = net.compute_loss(penalty=True) - net.compute_loss()
    assert found == pytest.approx(expected, rel=1e-12)


def test_decay_stays_one_number_without_unpenalized_weights():
    for options in ({}, {"penalize_bias": True}, {"penalty_factor": None}):
        assert make_net(decay=0.3, **options)._model.penalty.decay == 0.3
    table = make_table()
    net = NeuralNetwork("cost ~ x1 - 1", table, 0, decay=0.3, penalize_bias=False, seed=1)
    assert type(net._model.penalty.decay) is float
    assert not make_net(penalize_bias=False, penalty_factor={"kind": 2})._model.penalty


@each_option
@pytest.mark.parametrize("scale", [False, True], ids=["raw", "scaled"])
@pytest.mark.parametrize("skip", [False, True], ids=["plain", "skip"])
@pytest.mark.parametrize("family", FORMULAS)
def test_derivatives_are_those_of_the_penalized_loss(options, scale, skip, family):
    net = make_net(family, 5, scale=scale, skip=skip, activation="tanh", **options)
    theta, v = net.theta + 0.05, draw_direction(len(net.theta), 3)
    slope = differentiate(lambda at: net.objective(at)[0], theta, v)
    assert net.objective(theta)[1] @ v == pytest.approx(slope, rel=1e-8, abs=1e-8)
    if not options.get("mixture"):
        curve = differentiate(lambda at: net.objective(at)[1], theta, v)
        assert_close(net.hessian(theta) @ v, curve, 1e-8)


# Optimum ---------------------------------------------------------------------------------------

N = 80
NAMES = list("abcd")
FACTORS = {"none": None, "terms": {"a": 0, "c": 3.0}}
each_factor = case_by_case("factor", FACTORS.values(), ids=FACTORS)
each_bias = case_by_case("penalize_bias", [True, False], ids=["biases", "free biases"])


def make_badly_scaled():
    """Four columns in very different units, two of them correlated, and a response."""
    rng = np.random.default_rng(1)
    Z = rng.normal(size=(N, 4))
    Z[:, 1] += 0.8 * Z[:, 0]
    X = [0.0, 5e5, 2e-2, -30.0] + Z * [1.0, 1e4, 1e-3, 1.0]
    score = Z @ [2.0, -1.0, 0.5, 0.0]
    table = pd.DataFrame(X, columns=NAMES)
    return table.assign(y=1e3 + 100.0 * score + 50.0 * rng.normal(size=N), z=score + 0.5 > 0)


def list_factors(penalize_bias, factor):
    return np.array([float(penalize_bias), *((factor or {}).get(name, 1.0) for name in NAMES)])


def solve_ridge(X, y, weights):
    """Minimize half a sum of squares plus ``weights @ theta**2``, with normalized columns."""
    A = np.vstack([X, np.diag(np.sqrt(2.0 * weights))])
    lengths = np.linalg.norm(A, axis=0)
    A /= lengths
    return np.linalg.solve(A.T @ A, A.T @ np.append(y, np.zeros(len(weights)))) / lengths


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs"])
@each_bias
@each_factor
def test_gaussian_without_hidden_layer_is_ridge_regression(optimizer, penalize_bias, factor):
    table, decay = make_badly_scaled(), 2.0
    options = {"decay": decay, "penalize_bias": penalize_bias, "penalty_factor": factor}
    net = NeuralNetwork("y ~ a + b + c + d", table, 0, seed=1, **options)
    net.train(1000, optimizer=optimizer, **QUIET)
    X = np.column_stack([np.ones(N), table[NAMES]])
    if penalize_bias:
        expected = solve_ridge(X, table["y"], decay * list_factors(True, factor))
    else:
        # The unpenalized intercept absorbs the means, without loss of precision.
        means = table[NAMES].mean().to_numpy()
        slopes = solve_ridge(
            X[:, 1:] - means,
            table["y"] - table["y"].mean(),
            decay * list_factors(False, factor)[1:],
        )
        expected = np.append(table["y"].mean() - means @ slopes, slopes)
    assert net.converged
    np.testing.assert_allclose(net.theta, expected, rtol=1e-7)


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs"])
@each_bias
@each_factor
def test_with_scale_it_is_ridge_regression_on_standardized_columns(
    optimizer, penalize_bias, factor
):
    table, decay = make_badly_scaled(), 2.0
    options = {"decay": decay, "penalize_bias": penalize_bias, "penalty_factor": factor}
    net = NeuralNetwork("y ~ a + b + c + d", table, 0, seed=1, scale=True, **options)
    net.train(1000, optimizer=optimizer, **QUIET)
    numbers = table[[*NAMES, "y"]]
    means, spreads = numbers.mean(), numbers.std(ddof=0)
    Z = ((numbers - means) / spreads).to_numpy()
    X = np.column_stack([np.ones(N), Z[:, :4]])
    phi = solve_ridge(X, Z[:, 4], decay * list_factors(penalize_bias, factor))
    slopes = phi[1:] * spreads["y"] / spreads[NAMES].to_numpy()
    bias = means["y"] + spreads["y"] * phi[0] - means[NAMES].to_numpy() @ slopes
    assert net.converged
    np.testing.assert_allclose(net.theta, np.append(bias, slopes), rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs"])
@pytest.mark.parametrize("scale", [False, True], ids=["raw", "scaled"])
@each_factor
def test_binomial_without_hidden_layer_is_logistic_regression(optimizer, scale, factor):
    table, decay = make_badly_scaled(), 0.5
    factor = {name: number or 0.25 for name, number in (factor or {}).items()}
    options = {"family": "binomial", "decay": decay, "scale": scale, "seed": 1}
    net = NeuralNetwork(
        "z ~ a + b + c + d", table, 0, penalize_bias=False, penalty_factor=factor, **options
    ).train(1000, optimizer=optimizer, **QUIET)
    center, spread = table[NAMES].mean().to_numpy(), table[NAMES].std(ddof=0).to_numpy()
    # Columns are scaled so that one common penalty is the required one for each.
    unit = (spread if scale else np.ones(4)) * np.sqrt(list_factors(False, factor)[1:])
    judge = LogisticRegression(C=0.5 / decay, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    judge.fit((table[NAMES].to_numpy() - center) / unit, table["z"])
    slopes = judge.coef_[0] / unit
    assert net.converged
    np.testing.assert_allclose(net.W1[1:, 0], slopes, rtol=1e-6)
    np.testing.assert_allclose(net.W1[0, 0], judge.intercept_[0] - center @ slopes, rtol=1e-6)


def test_l1_penalty_applies_to_terms_and_not_to_the_intercept():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, 4))
    y = 3.0 + X @ [2.0, -1.0, 0.2, 0.0] + rng.normal(size=N)
    table = pd.DataFrame(X, columns=NAMES).assign(y=y)
    factor = {"a": 0.25, "c": 2.0, "d": 1.5}
    options = {"decay": 15.0, "mixture": 1.0, "penalize_bias": False, "penalty_factor": factor}
    net = NeuralNetwork("y ~ a + b + c + d", table, 0, seed=1, **options)
    net.train(3000, learn_rate=0.005, **QUIET)
    unit = list_factors(False, factor)[1:]
    judge = Lasso(alpha=15.0 / N, tol=1e-14, max_iter=100_000).fit(X / unit, y)
    assert (judge.coef_ == 0.0).tolist() == [False, False, True, True]
    np.testing.assert_array_equal(net.W1[1:, 0] == 0.0, judge.coef_ == 0.0)
    np.testing.assert_allclose(net.W1[1:, 0], judge.coef_ / unit, rtol=0, atol=1e-8)
    assert net.W1[0, 0] == pytest.approx(judge.intercept_, abs=1e-8)


@case_by_case("decay", [0.3, 30.0])
@case_by_case("penalize_bias", [True, False])
@case_by_case("factor", [1.0, 0.0, 4.0])
def test_newton_sees_intercept_and_slope_apart(decay, penalize_bias, factor):
    """Centering and scaling of the columns makes the Hessian of ridge diagonal."""
    table = make_badly_scaled()[["a", "y"]].assign(a=lambda t: 7.0 + 3.0 * t["a"])
    options = {"penalize_bias": penalize_bias, "penalty_factor": {"a": factor}}
    net = NeuralNetwork("y ~ a", table, 0, decay=decay, seed=1, **options)
    objective = prepare_run(net._model, net._fit.state, optimizer="newton").objective
    H = objective.hessian(objective.scaling.from_raw(net.theta))
    expected = np.diag([N + 2.0 * decay * penalize_bias, N])
    np.testing.assert_allclose(H, expected, rtol=1e-10, atol=1e-10 * N)


# Display and storage ---------------------------------------------------------------------------


def test_repr_names_unpenalized_terms():
    shown = repr(make_net(decay=0.5, penalize_bias=False, penalty_factor={"kind": 0, "x1": 1}))
    assert (
        "Beside the formula: decay 0.5, penalize_bias False, penalty_factor {'kind': 0.0}.\n"
        in shown
    )
    assert "penal" not in repr(make_net(decay=0.5))


def test_files_and_copies_keep_the_factors(tmp_path):
    options = {"decay": [0.1, 0.2], "penalize_bias": False, "penalty_factor": {"kind": 0}}
    net = make_net(skip=True, **options).train(5, **QUIET)
    path = tmp_path / "net.nn"
    found = NeuralNetwork.load(net.save(path) and path, make_table())
    assert repr(found) == repr(net)
    for each in (found, net.clone()):
        assert (
            each.train(5, **QUIET).theta.tobytes() == net.clone().train(5, **QUIET).theta.tobytes()
        )
        assert not each._model.penalty_factor.flags.writeable


@pytest.mark.xdist_group("machine code")
def test_engines_agree_on_unpenalized_weights():
    pytest.importorskip("numba")
    options = {"decay": 0.3, "penalize_bias": False, "penalty_factor": {"kind": 2}}
    nets = [make_net(engine=engine, **options) for engine in ("numpy", "compiled")]
    for net in nets:
        net.train(50, **QUIET)
    np.testing.assert_allclose(nets[1].theta, nets[0].theta, rtol=1e-9, atol=1e-12)
