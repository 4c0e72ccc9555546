"""Hessian, Fisher information and effective degrees of freedom: R, differences and algebra."""

import time

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from extent import ALL, count_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import PAIRWISE, assert_close
from networks import make_net, make_table
from r_models import MODELS, NETS, assert_agrees, fit, infer

from neuralnet import NeuralNetwork
from neuralnet.inference.fit.curvature import find_undetermined, find_variances
from neuralnet.perceptron import split_jacobian
from neuralnet.perceptron.second_derivatives import compute_hessian


def to_raw(found, matrix):
    """A matrix of second derivatives by phi, as one by theta."""
    scaling = found.curvature.scaling
    return scaling.gradient_to_raw(scaling.gradient_to_raw(matrix).T) * scaling.loss_scale


def assert_near(H, expected, tolerance):
    """Compare matrices of second derivatives in units in which the diagonal is 1.

    So are weights of any unit compared alike, and entries whose terms cancel out are compared with
    what they are a sum of: with 3 classes R has some of these to 6e-7 of themselves alone.
    """
    expected = np.array(expected)
    units = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        H / np.outer(units, units), expected / np.outer(units, units), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize("name", NETS)
def test_net_agrees_with_nnet(name):
    found, model = infer(name), MODELS[name]
    assert_near(fit(name).hessian(), model["hessian"], 1e-7)
    assert_near(to_raw(found, found.curvature.hessian), model["hessian"], 1e-7)
    assert_near(to_raw(found, found.curvature.fisher), model["fisher"], 1e-5)
    unpenalized = to_raw(found, found.curvature.hessian - found.curvature.penalty)
    units = np.sqrt(np.diag(np.array(model["hessian"])))
    difference = unpenalized - np.array(model["hessian_without_penalty"])
    assert (np.abs(difference) / np.outer(units, units)).max() < 1e-7
    assert found.edf == pytest.approx(model["edf"], abs=1e-5)
    assert found.dispersion == pytest.approx(model["dispersion"], rel=1e-6)
    assert_near(found.covary() / found.dispersion, model["inverse"], 1e-6)
    assert found.judgement.distance < 1e-4


@pytest.mark.parametrize("family", ["softmax", "binomial", "gaussian", "poisson"])
@pytest.mark.parametrize("options", [{"scale": True}, {}], ids=["scaled", "raw"])
def test_curvature_is_that_of_the_objective(family, options):
    net = make_net(family, hidden=[2, 2], decay=[0.3, 0.1, 0.2], skip=True, **options)
    net.train(5, trace=0)
    found, P = net.inference(), net.theta.size
    np.testing.assert_allclose(
        to_raw(found, found.curvature.hessian), net.hessian(), rtol=1e-9, atol=1e-9
    )
    gradient = found.curvature.scaling.gradient_to_raw(found.curvature.gradient)
    np.testing.assert_allclose(
        gradient * found.curvature.scaling.loss_scale, net.objective()[1], rtol=1e-9, atol=1e-9
    )
    without = NeuralNetwork(
        net.formula, make_table(), [2, 2], family=family, decay=0, skip=True, **options
    )
    without.theta = net.theta
    penalty = to_raw(found, found.curvature.penalty)
    np.testing.assert_allclose(penalty, net.hessian() - without.hessian(), rtol=1e-7, atol=1e-7)
    assert 0.0 <= found.edf <= P


@pytest.mark.parametrize("instance", PAIRWISE, ids=lambda instance: instance.name)
def test_fisher_information_is_the_expected_hessian(instance):
    """The Hessian is linear in the response: its mean is that at the mean of the response."""
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    mu = perceptron.mean(theta, batch.X, batch.offset)
    Y = np.hstack([mu, batch.Y[:, 1:]]) if hasattr(instance.family, "trials") else mu
    expected = compute_hessian(perceptron, theta, batch._replace(Y=Y))
    F = 0.0
    for rows, eta, J in split_jacobian(perceptron, theta, batch.X, batch.offset):
        V = find_variances(perceptron.family, eta, batch.pick(rows))
        F += np.einsum("nkp,nkl,nlq->pq", J, V, J)
    assert_close(F, expected, 1e-12)


def test_edf_of_a_linear_smoother_is_the_trace_of_its_hat_matrix():
    net = make_net("gaussian", hidden=0, decay=0.7, penalize_bias=False)
    net.train(optimizer="newton", trace=0)
    X, penalty = net.X, np.diag([0.0, *[1.4] * 4])
    hat = X @ np.linalg.solve(X.T @ X + penalty, X.T)
    assert net.inference().edf == pytest.approx(np.trace(hat), rel=1e-10)


@pytest.mark.filterwarnings("ignore::neuralnet.ConvergenceWarning")
@settings(max_examples=count_examples(60))
@given(
    family=st.sampled_from(["softmax", "binomial", "gaussian", "poisson"]),
    hidden=st.sampled_from([0, 1, 3, [2, 2]]),
    decay=st.sampled_from([1e-6, 1e-2, 1.0, 1e4]),
    activation=st.sampled_from(["tanh", "sigmoid", "softplus"]),
    scale=st.booleans(),
    skip=st.booleans(),
    seed=st.integers(0, 99),
)
def test_edf_is_within_0_and_p_and_variances_are_positive(
    family, hidden, decay, activation, scale, skip, seed
):
    net = make_net(
        family,
        hidden,
        decay=decay,
        activation=activation,
        scale=scale,
        skip=skip and hidden != 0,
        seed=seed,
    )
    net.train(20, optimizer="newton", trace=0)
    found = net.inference()
    assert 0.0 <= found.edf <= net.theta.size * (1 + 1e-12)
    if found.judgement.allows:
        for kind in ("hessian", "HC0", "cluster"):
            groups = np.arange(36) % 4 if kind == "cluster" else None
            V = found.covary(kind, groups)
            assert (np.diag(V) >= 0.0).all()
            assert np.linalg.eigvalsh(V)[0] >= -1e-9 * np.abs(V).max()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"hidden": 0}, 5),
        ({"hidden": 3}, 4),
        ({"hidden": [3, 2]}, 3),
        ({"hidden": 2, "skip": True}, 3 + 4),
        ({"hidden": 2, "decay": 0.1}, 0),
        ({"hidden": 2, "decay": 0.1, "penalize_bias": False}, 1),
        ({"hidden": 2, "decay": 0.1, "penalize_bias": False, "scale": True}, 1),
        ({"hidden": 2, "decay": [0.1, 0.0]}, 3),
        ({"hidden": 2, "decay": [0.0, 0.1]}, 0),
    ],
)
def test_shifts_of_softmax_are_known(options, expected):
    model = make_net("softmax", **options)._model
    penalty = np.diag(np.broadcast_to(model.penalty.curvature, model.perceptron.n_parameters))
    assert find_undetermined(model, model.standard, penalty).shape[1] == expected


COLLINEAR = {
    "a multiple": ("x1 + x3", lambda t: t["x1"] * 3, 1),
    "a sum": ("x1 + x2 + x3", lambda t: t["x1"] + t["x2"] - 5, 1),
    "with a factor": ("kind + x3", lambda t: 2.0 * (t["kind"] == "b"), 1),
    "zeros": ("x1 + x3", lambda t: 0.0 * t["x1"], 1),
    "without an intercept": ("x1 + x3 - 1", lambda t: t["x1"] * 3, 1),
    "none": ("x1 + x2 + x3", lambda t: t["x1"] * t["x2"], 0),
}


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
@pytest.mark.parametrize("case", COLLINEAR)
@pytest.mark.parametrize("hidden", [0, 2])
def test_dependent_columns_are_known(case, hidden):
    right, compute, expected = COLLINEAR[case]
    table = make_table()
    table["x3"] = compute(table)
    net = NeuralNetwork(f"cost ~ {right}", table, hidden, init=0.5, seed=1, activation="tanh")
    found = net.train(20, optimizer="newton", trace=0).inference()
    N = found.curvature.undetermined
    assert N.shape[1] == expected * max(1, hidden)
    np.testing.assert_allclose(N.T @ N, np.eye(N.shape[1]), atol=1e-12)
    # They change no score.
    moves = found.curvature.scaling.direction_to_raw(N.T.copy())
    for move in moves:
        net.theta, before = net.theta + 0.5 * move, net.output
        np.testing.assert_allclose(net.output, before, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_a_penalty_determines_a_direction_in_its_own_coordinates():
    """One column of two that are the same has a penalty, and then the other one is free of it."""
    table = make_table()
    table["x3"], table["x4"] = table["x1"] + 7.0, table["x1"] - 3.0
    for factor, expected in [({"x3": 1.0}, 1), ({"x3": 1.0, "x4": 1.0, "x1": 1.0}, 0)]:
        for scale in (False, True):
            net = NeuralNetwork(
                "cost ~ x1 + x3 + x4",
                table,
                0,
                decay=0.5,
                scale=scale,
                penalize_bias=False,
                penalty_factor={"x1": 0.0, "x3": 0.0, "x4": 0.0} | factor,
            )
            found = net.train(optimizer="newton", trace=0).inference()
            assert found.judgement.undetermined == expected
            assert found.judgement.allows


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_a_level_without_rows_is_undetermined():
    table = make_table()
    table["half"] = np.where(np.arange(36) % 2, "left", "right")
    table = table[(table["kind"] != "b") | (table["half"] == "left")]
    net = NeuralNetwork("cost ~ x1 + kind * half", table, 0)
    found = net.train(optimizer="newton", trace=0).inference()
    empty = found.bse.isna()
    assert [*empty.index[empty]] == ["kind[T.b]:half[T.right]"]
    assert found.vcov()[empty.to_numpy()].isna().all(axis=None)
    X = net.X[:, ~empty.to_numpy()]
    assert_agrees(found.bse[~empty], sm.OLS(net.Y.to_numpy(), X).fit().bse)


def test_units_of_columns_change_nothing_else():
    table = make_table()
    small = NeuralNetwork("cost ~ x1 + x2", table, 2, activation="tanh", init=0.5, seed=1)
    found = small.train(optimizer="newton", trace=0).inference()
    table["x1"] = 1_000.0 * table["x1"] + 3.0
    large = NeuralNetwork("cost ~ x1 + x2", table, 2, activation="tanh")
    C = np.eye(9)  # from the small net's theta to the large one's
    C[2:4, 2:4] /= 1_000.0
    C[0:2, 2:4] = -3.0 * C[2:4, 2:4]
    large.theta = C @ small.theta
    other = large.inference()
    for name in ["edf", "llf", "deviance", "aic", "bic", "dispersion", "null_deviance"]:
        assert getattr(other, name) == pytest.approx(getattr(found, name), rel=1e-8), name
    assert other.judgement.condition == pytest.approx(found.judgement.condition, rel=1e-6)
    assert other.judgement.reasons == found.judgement.reasons == ()
    for kind in ("hessian", "HC0", "HC3"):
        assert_agrees(other.covary(kind), C @ found.covary(kind) @ C.T)


@pytest.mark.parametrize("family", ["gaussian", "softmax"])
def test_raw_units_are_those_of_a_penalty_in_them(family):
    """scale=True on a table, and no scale on the table of standardized columns."""
    table = make_table()
    options = {"activation": "tanh", "decay": 0.1, "init": 0.5, "seed": 1}
    response = {"gaussian": "cost", "softmax": "species"}[family]
    net = NeuralNetwork(f"{response} ~ x1 + x2", table, 2, scale=True, **options)
    found = net.train(optimizer="newton", trace=0).inference()
    for column in ["x1", "x2", *["cost"] * (family == "gaussian")]:
        table[column] = (table[column] - table[column].mean()) / table[column].std(ddof=0)
    standard = NeuralNetwork(f"{response} ~ x1 + x2", table, 2, **options)
    scaling = net._model.scaling
    standard.theta = scaling.from_raw(net.theta)
    other = standard.inference()
    assert other.edf == pytest.approx(found.edf, rel=1e-9)
    C = np.array([scaling.direction_to_raw(each) for each in np.eye(net.theta.size)]).T
    for kind in ("hessian", "HC1"):
        assert_agrees(found.covary(kind), C @ other.covary(kind) @ C.T)
    # A scale of the response is not in the coordinates of units.
    assert [*found.parameters.order[0]] == [*other.parameters.order[0]]


def test_a_judgement_takes_a_few_passes_over_the_rows():
    """Compared with passes in the same process, as seconds depend on the machine and its load."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(30_000, 10)), columns=[f"x{i}" for i in range(10)])
    table["y"] = np.tanh(table["x0"]) + table["x1"] + rng.normal(size=len(table))
    net = NeuralNetwork("y ~ .", table, 10, activation="tanh", decay=0.1, init=0.5, seed=1)
    assert net.theta.size == 121
    net.train(1, 1e-9, trace=0)
    passes, judgements = [], []
    for _ in range(3):
        began = time.process_time()
        for _ in range(10):
            net.objective()
        passes.append((time.process_time() - began) / 10)
        found, began = net.inference(), time.process_time()
        assert not found.judgement.allows
        judgements.append(time.process_time() - began)
    # About 25 measured.
    assert min(judgements) < 80 * min(passes)


def test_thousands_of_weights_have_a_curvature():
    net = make_net("gaussian", hidden=333 if ALL else 150, decay=0.5, activation="tanh")
    net.train(1, trace=0, optimizer="adam")
    assert 0.0 < net.inference().edf < 36.0
