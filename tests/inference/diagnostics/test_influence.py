"""Leverage and Cook's distance: R, statsmodels, explicit steps, and rows that are repeated."""

import numpy as np
import pytest
import statsmodels.api as sm
from loops import case_by_case
from networks import make_net, make_table
from r_models import GLMS, MODELS, MULTINOMS, NETS, assert_agrees, fit, infer

from neuralnet import NeuralNetwork
from neuralnet.inference.fit.curvature import find_variances, sum_fisher
from neuralnet.inference.weights.covariance import compute_row_scores

TRAINING = {"optimizer": "newton", "trace": 0}


@case_by_case("name", GLMS)
def test_influence_on_glms_is_rs(name):
    found, model = infer(name), MODELS[name]
    assert_agrees(found.leverage, model["hat"])
    assert_agrees(found.cooks_distance, model["cooks"])
    for kind in ("deviance", "pearson"):
        assert_agrees(found.residuals(kind, standardized=True), model[f"rstandard_{kind}"])


@case_by_case("name, family", [("mtcars", "Gaussian"), ("pima_tr", "Binomial")])
def test_influence_is_that_of_statsmodels(name, family):
    found, net = infer(name), fit(name)
    y = np.asarray(found.model.batch.Y, dtype=float)[:, 0]
    glm = sm.GLM(y, net.X, family=getattr(sm.families, family)()).fit(tol=1e-14)
    judge = glm.get_influence()
    assert_agrees(found.leverage, judge.hat_matrix_diag)
    assert_agrees(found.cooks_distance, judge.cooks_distance[0])
    assert_agrees(found.residuals("pearson", standardized=True), judge.resid_studentized)
    for kind in ("response", "pearson", "deviance", "working"):
        assert_agrees(found.residuals(kind), getattr(glm, f"resid_{kind}"))


@case_by_case("name", [*GLMS, *MULTINOMS, *NETS])
def test_leverages_sum_to_the_effective_parameters(name):
    found = infer(name)
    assert found.leverage.sum() == pytest.approx(found.edf, rel=1e-9)
    most = len(found.model.labels.outputs) - bool(name in MULTINOMS or name == "nnet_softmax")
    assert found.leverage.between(0.0, most).all()


@case_by_case("family", ["gaussian", "binomial", "softmax", "poisson"])
def test_cooks_distance_is_the_length_of_a_step_without_the_row(family):
    net = make_net(family, hidden=1, decay=0.2, activation="tanh").train(**TRAINING, restarts=2)
    found = net.inference()
    curvature, model, lengths = found.curvature, found.model, []
    A, S = curvature.fisher + curvature.penalty, compute_row_scores(model, net.theta, curvature)
    for row in range(36):
        one = model.batch.pick(slice(row, row + 1))
        F = sum_fisher(model, net.theta, one, curvature.scaling)
        step = np.linalg.lstsq(A - F, S[row], rcond=1e-12)[0]
        lengths.append(step @ A @ step)
    scale = curvature.scaling.loss_scale / (found.dispersion * found.edf)
    assert_agrees(found.cooks_distance, scale * np.array(lengths))


def test_standardized_residuals_of_classes_have_the_deviation_that_the_fit_leaves():
    """By the multinomial model's explicit hat matrix, with all rows' scores at once."""
    found = infer("survey")
    batch, eta = found.model.batch, found.model.perceptron.scores(found.theta, fit("survey").X)
    V = find_variances(found.model.perceptron.family, eta, batch)[:, 1:, 1:]
    J = np.einsum("nd,kl->nkdl", batch.X, np.eye(2)).reshape(len(eta), 2, -1)
    inverse = np.linalg.inv(np.einsum("nkp,nkl,nlq->pq", J, V, J))
    left = V - V @ J @ inverse @ J.swapaxes(1, 2) @ V
    expected = found.residuals("response").iloc[:, 1:] / np.sqrt(np.einsum("nkk->nk", left))
    assert_agrees(found.residuals("pearson", standardized=True).iloc[:, 1:], expected)


@case_by_case(
    "family, options",
    [
        ("gaussian", {"hidden": 0}),
        ("softmax", {"hidden": 1, "decay": 0.1}),
        ("poisson", {"hidden": [2, 1], "decay": 0.2, "activation": "tanh", "scale": True}),
    ],
)
def test_a_weight_of_2_is_the_sum_of_two_rows(family, options):
    times = np.resize([2, 1, 3, 1, 0], 36)
    once = make_net(family, weights=times, **options).train(**TRAINING)
    rows = np.repeat(np.arange(36), times)
    table = make_table().iloc[rows].reset_index(drop=True)
    again = NeuralNetwork(once.formula, table, family=family, **options)
    again.theta = once.theta
    one, two = once.inference(), again.inference()
    for name in ("leverage", "cooks_distance"):
        single, double = getattr(one, name), getattr(two, name)
        assert_agrees(single, np.bincount(rows, double, minlength=36), 1e-8)
        assert (single[times == 0] == 0.0).all() and (single[times > 0] > 0.0).all()
    # But a residual is that of one row.
    assert_agrees(one.residuals("deviance").to_numpy()[rows], two.residuals("deviance"), 1e-8)
    for found, expected in [
        (each.residuals("pearson", standardized=True).to_numpy() for each in (one, two))
    ]:
        assert_agrees(found[rows], expected, 1e-8)


def test_trials_as_weights_are_those_of_cbind():
    table = make_table().assign(a=np.arange(36) % 3, b=np.arange(36) % 2 + 1)
    table = table.assign(n=table["a"] + table["b"])
    table = table.assign(p=table["a"] / table["n"])
    one = NeuralNetwork("cbind(a, b) ~ x1", table, 0, family="binomial").train(**TRAINING)
    two = NeuralNetwork("p ~ x1", table, 0, family="binomial", weights="n").train(**TRAINING)
    one, two = one.inference(), two.inference()
    for name in ("leverage", "cooks_distance"):
        assert_agrees(getattr(one, name), getattr(two, name), 1e-8)
    for kind in ("response", "pearson", "deviance", "working", "quantile"):
        assert_agrees(one.residuals(kind), two.residuals(kind), 1e-8)


def test_a_row_of_leverage_1_cannot_be_left_out():
    table = make_table()
    table.loc[103, "kind"] = "alone"
    found = NeuralNetwork("cost ~ x1 + kind", table, 0).train(**TRAINING).inference()
    assert found.leverage[103] == pytest.approx(1.0, abs=1e-12)
    # As in R.
    for each in (found.cooks_distance, found.residuals(standardized=True)):
        assert each.index[each.isna()].tolist() == [103]
