"""Covariances and leverage: R and statsmodels as the judges, and rows that are repeated."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from networks import make_net, make_table
from r_models import GLMS, MODELS, MULTINOMS, assert_agrees, fit, infer, read_table

from neuralnet import NeuralNetwork
from neuralnet.inference.fit.curvature import measure_curvature, sum_fisher
from neuralnet.inference.weights.covariance import (
    compute_leverage,
    compute_row_scores,
    sandwich,
    to_raw_covariance,
)

SANDWICHES = ["HC0", "HC1", "HC3"]
NUMBERS = [
    "nobs",
    "llf",
    "deviance",
    "null_deviance",
    "edf",
    "df_model",
    "df_resid",
    "dispersion",
    "aic",
    "bic",
]
CLUSTERED = [name for name in GLMS if MODELS[name]["cluster"]]


@pytest.mark.parametrize("name", GLMS)
def test_covariance_agrees_with_r(name):
    found, model = infer(name), MODELS[name]
    assert_agrees(found.vcov(), model["vcov"])
    assert_agrees(found.bse, model["std_error"])
    for kind in SANDWICHES:
        assert_agrees(found.vcov(kind), model[f"vcov_{kind}"])
        assert_agrees(np.sqrt(np.diag(found.vcov(kind))), model[f"se_{kind}"])


@pytest.mark.parametrize("name", CLUSTERED)
@pytest.mark.parametrize(("correction", "kind"), [(False, "HC0"), (True, "HC1")])
def test_covariance_by_clusters_agrees_with_r(name, correction, kind):
    model, labels = MODELS[name], read_table(name)[MODELS[name]["cluster"]]
    for groups in (labels, [*labels], labels.cat.codes.to_numpy()):
        V = infer(name).vcov("cluster", groups, correction=correction)
        assert_agrees(V, model[f"vcov_cluster_{kind}"])
    errors = infer(name).confint(0.95, "cluster", labels, correction=correction)
    half = (errors["upper"] - errors["lower"]) / 2 / 1.959963984540054
    assert_agrees(half, model[f"se_cluster_{kind}"])


@pytest.mark.parametrize("name", MULTINOMS)
def test_covariance_of_classes_agrees_with_r(name):
    found, model = infer(name), MODELS[name]
    # Class after class, as R has them; its weights are good to about 1e-7.
    shape = len(model["names"]), len(model["classes"]) - 1
    places = np.arange(np.prod(shape)).reshape(shape).T.ravel()
    outputs = found.params.index.get_level_values("output")[places]
    assert list(outputs) == list(np.repeat(model["classes"][1:], shape[0]))
    assert_agrees(found.params.iloc[places], np.ravel(model["coef"]))
    assert_agrees(found.bse.iloc[places], np.ravel(model["std_error"]))
    assert_agrees(found.vcov().iloc[places, places], model["vcov"])
    assert_agrees(found.confint().iloc[places], np.concatenate(model["confint_wald"]))


def test_sandwiches_of_classes_agree_with_scores_of_statsmodels():
    found, net = infer("survey"), fit("survey")
    judge = sm.MNLogit(net.Y.cat.codes.to_numpy(), net.X).fit(method="newton", disp=0, tol=1e-12)
    bread = np.asarray(judge.cov_params())
    S = judge.model.score_obs(np.ravel(judge.params, order="F"))
    groups = np.arange(len(S)) % 9
    sums = np.array([S[groups == each].sum(axis=0) for each in range(9)])
    free = len(net.classes) - 1
    places = np.arange(bread.shape[0]).reshape(-1, free).T.ravel()
    for kind, labels, rows in [("HC0", None, S), ("sandwich", None, S), ("cluster", groups, sums)]:
        V = found.vcov(kind, labels, correction=False).iloc[places, places]
        assert_agrees(V, bread @ rows.T @ rows @ bread)


@pytest.mark.parametrize("name", GLMS)
def test_leverage_agrees_with_r(name):
    found = infer(name)
    leverage = compute_leverage(found.model, found.theta, found.curvature)
    assert_agrees(leverage, MODELS[name]["hat"])


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_weights_of_glms_agree_with_frequency_weights_of_statsmodels(family):
    table = make_table().assign(times=np.resize([1, 2, 3, 0], 36))
    net = make_net(family, hidden=0, weights=table["times"]).train(optimizer="newton", trace=0)
    found = net.inference()
    judges = {"gaussian": "Gaussian", "binomial": "Binomial", "poisson": "Poisson"}
    glm = sm.GLM(
        np.asarray(net.Y, dtype=float),
        net.X,
        family=getattr(sm.families, judges[family])(),
        freq_weights=table["times"].to_numpy(),
    ).fit(tol=1e-14)
    assert_agrees(found.params, glm.params)
    assert_agrees(found.bse, glm.bse)
    assert found.df_resid == pytest.approx(glm.df_resid)
    assert found.dispersion == pytest.approx(glm.scale, rel=1e-10)
    assert found.deviance == pytest.approx(glm.deviance, rel=1e-10)
    assert found.null_deviance == pytest.approx(glm.null_deviance, rel=1e-10)
    if family != "gaussian":  # there statsmodels has another estimate of the variance
        assert found.llf == pytest.approx(glm.llf, rel=1e-10)


NETS = {
    "no hidden layer": ("gaussian", {"hidden": 0}),
    "grouped": ("gaussian", {"hidden": 2, "decay": 0.1}),
    "classes": ("softmax", {"hidden": 2, "decay": 0.1}),
    "two classes, scaled": ("binomial", {"hidden": 2, "decay": 0.1, "scale": True}),
    "counts, two layers": ("poisson", {"hidden": [2, 2], "decay": 0.1, "activation": "tanh"}),
    "skip": ("gaussian", {"hidden": 1, "decay": 0.1, "skip": True, "scale": True}),
}


@pytest.mark.parametrize("case", NETS)
def test_a_weight_of_2_is_a_row_twice(case):
    family, options = NETS[case]
    times = np.resize([2, 1, 3, 1, 0], 36)
    once = make_net(family, weights=times, **options).train(optimizer="newton", trace=0)
    rows = np.repeat(np.arange(36), times)
    table = make_table().iloc[rows].reset_index(drop=True)
    again = NeuralNetwork(once.formula, table, family=family, **options)
    again.theta = once.theta
    one, two = once.inference(), again.inference()
    for name in NUMBERS:
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9), name
    assert one.nobs == times.sum()
    assert one.judgement.allows
    assert_agrees(one.bse, two.bse, 1e-7)
    for kind in ["hessian", *SANDWICHES]:
        assert_agrees(one.vcov(kind), two.vcov(kind), 1e-7)
    # The last group has rows of weight 0 alone.
    groups = np.where(times == 0, 9, np.arange(36) % 5)
    for correction in (False, True):
        assert_agrees(
            one.vcov("cluster", groups, correction=correction),
            two.vcov("cluster", groups[rows], correction=correction),
            1e-7,
        )
    single, double = (
        compute_leverage(each.model, each.theta, each.curvature) for each in (one, two)
    )
    assert_agrees(single[rows], double, 1e-8)
    assert double.sum() == pytest.approx(two.edf)


def test_scores_sum_to_the_gradient():
    net = make_net("softmax", hidden=2, weights=np.arange(36) / 9.0)
    net.train(3, trace=0)
    found = net.inference()
    S = compute_row_scores(found.model, found.theta, found.curvature)
    raw = found.curvature.scaling.gradient_to_raw(S) * found.curvature.scaling.loss_scale
    np.testing.assert_allclose(np.arange(36) / 9.0 @ raw, net.objective()[1], rtol=1e-9, atol=1e-10)


def test_blocks_of_rows_give_the_same_covariance(monkeypatch):
    net = make_net("softmax", hidden=2, decay=0.1).train(optimizer="newton", trace=0)
    groups = np.arange(36) % 7
    kinds = [(kind, None) for kind in ("hessian", *SANDWICHES)] + [("cluster", groups)]
    whole = [net.inference().vcov(*each) for each in kinds]
    monkeypatch.setattr("neuralnet.perceptron.jacobian._BLOCK_NUMBERS", 500)
    for expected, each in zip(whole, kinds, strict=True):
        assert_agrees(net.inference().vcov(*each), expected, 1e-9)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax", "poisson"])
def test_hc3_leaves_out_a_row_at_a_time(family):
    """By a step of Fisher scoring from the fit to all rows, in place of a leverage."""
    net = make_net(family, hidden=0, decay=0.2).train(optimizer="newton", trace=0)
    found = net.inference()
    curvature = found.curvature
    batch, moves = found.model.batch, []
    A = curvature.fisher + curvature.penalty
    for row in range(36):
        one = batch.pick(slice(row, row + 1))
        F = sum_fisher(found.model, net.theta, one, curvature.scaling)
        S = compute_row_scores(found.model, net.theta, curvature)[row]
        moves.append(curvature.inverse @ A @ np.linalg.solve(A - F, S))
    V = to_raw_covariance(curvature, np.array(moves).T @ np.array(moves))
    assert_agrees(found.covary("HC3"), V, 1e-8)


def test_a_row_of_leverage_1_has_no_hc3():
    table = make_table()
    table.loc[103, "kind"] = "alone"
    net = NeuralNetwork("cost ~ x1 + kind", table, hidden=0).train(optimizer="newton", trace=0)
    found = net.inference()
    assert np.isfinite(found.vcov("HC1")).all(axis=None)
    with pytest.raises(ValueError, match=r"without row 103 some weights .* leverage is 1 .*'HC1'"):
        found.vcov("HC3")


def test_a_correction_needs_residual_degrees_of_freedom():
    options = {"hidden": 9, "decay": 1e-4, "activation": "tanh", "weights": np.full(36, 0.2)}
    found = make_net("softmax", **options).train(optimizer="newton", trace=0).inference()
    assert found.edf > found.nobs
    assert np.isfinite(found.vcov("HC0")).all(axis=None)
    with pytest.raises(ValueError, match=r"'HC1' divides by .* take kind='HC0'"):
        found.vcov("HC1")
    with pytest.raises(ValueError, match=r"'cluster' divides by .* take correction=False"):
        found.vcov("cluster", np.arange(36) % 9)


def test_a_sandwich_takes_little_memory_for_more_rows(monkeypatch):
    """No array has a number for each row and weight, of which there are many more than columns."""
    monkeypatch.setattr("neuralnet.perceptron.jacobian._BLOCK_NUMBERS", 50_000)
    rng, peaks = np.random.default_rng(1), []
    for n in (3_000, 6_000):
        table = pd.DataFrame(rng.normal(size=(n, 5)), columns=[*"abcde"])
        table["y"] = np.tanh(table["a"]) + rng.normal(size=n)
        net = NeuralNetwork("y ~ .", table, 20, activation="tanh", decay=0.1, init=0.5, seed=1)
        net.train(1, 1e-9, trace=0)
        found, groups = net.inference(), np.arange(n) % 50
        curvature = found.curvature
        tracemalloc.start()
        measure_curvature(found.model, net.theta)
        for kind in SANDWICHES:
            sandwich(found.model, net.theta, curvature, kind)
        sandwich(found.model, net.theta, curvature, "cluster", groups)
        compute_leverage(found.model, net.theta, curvature)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 8 * 3_000 * net.theta.size / 2
