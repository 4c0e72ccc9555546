"""Likelihood, deviances and degrees of freedom: R and statsmodels as the judges."""

from math import inf, log

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from r_models import GLMS, MODELS, MULTINOMS, fit, infer, read_table

from neuralnet import NeuralNetwork

# Names in R of what the record has.
NAMES = {
    "llf": "loglik",
    "aic": "aic",
    "bic": "bic",
    "deviance": "deviance",
    "null_deviance": "null_deviance",
    "df_resid": "df_residual",
    "dispersion": "dispersion",
    "nobs": "nobs",
}


@pytest.mark.parametrize("name", GLMS)
def test_glm_agrees_with_r(name):
    found, model = infer(name), MODELS[name]
    for ours, theirs in NAMES.items():
        assert getattr(found, ours) == pytest.approx(model[theirs], rel=1e-10), ours
    gaussian = model["family"] == "gaussian"
    assert found.edf + gaussian == pytest.approx(model["loglik_df"], rel=1e-10)
    assert found.df_model == pytest.approx(model["df_null"] - model["df_residual"], rel=1e-10)
    assert found.likelihood.df_test == (found.df_resid if gaussian else inf)


@pytest.mark.parametrize("name", MULTINOMS)
def test_multinom_agrees_with_r(name):
    found, model = infer(name), MODELS[name]
    for ours, theirs in [("llf", "loglik"), ("aic", "aic"), ("deviance", "deviance")]:
        assert getattr(found, ours) == pytest.approx(model[theirs], rel=1e-10), ours
    assert found.bic == pytest.approx(model["bic_weights_as_rows"], rel=1e-10)
    assert found.edf == pytest.approx(model["loglik_df"], rel=1e-10)
    # Each of K - 1 scores has an intercept.
    free = len(model["classes"]) - 1
    assert found.df_model == pytest.approx(model["loglik_df"] - free, rel=1e-10)
    # The deviance of an intercept is that of the shares of the classes.
    shares = fit(name).Y.value_counts(normalize=True)
    expected = -2 * model["nobs"] * (shares * np.log(shares)).sum()
    assert found.null_deviance == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("offset", ["", " + offset(log(Holders))"])
def test_without_an_intercept_the_null_model_is_the_offset(offset):
    table = read_table("insurance")
    formula = f"Claims ~ District - 1{offset}"
    net = NeuralNetwork(formula, table, hidden=0, family="poisson")
    found = net.train(optimizer="newton", trace=0).inference()
    mu = table["Holders"] if offset else np.ones(len(table))
    expected = sm.families.Poisson().deviance(table["Claims"], mu)
    assert found.null_deviance == pytest.approx(expected, rel=1e-12)
    assert found.df_model == pytest.approx(4.0)
    given = {"offset": np.log(table["Holders"])} if offset else {}
    X = pd.get_dummies(table["District"], dtype=float)
    judge = sm.GLM(table["Claims"], X, family=sm.families.Poisson(), **given).fit(tol=1e-14)
    assert found.llf == pytest.approx(judge.llf, rel=1e-12)


def test_a_gaussian_without_an_intercept_has_the_sum_of_squares_as_null_deviance():
    table = read_table("mtcars")
    net = NeuralNetwork("mpg ~ wt + cyl - 1", table, hidden=0)
    found = net.train(optimizer="newton", trace=0).inference()
    assert found.null_deviance == pytest.approx((table["mpg"] ** 2).sum(), rel=1e-12)


def test_softmax_with_an_offset_agrees_with_its_definition():
    table = read_table("birthwt_race")
    shift = np.random.default_rng(1).normal(size=(len(table), 3))
    table[["a", "b", "c"]] = shift
    net = NeuralNetwork("race ~ age + offset(cbind(a, b, c))", table, hidden=0)
    found = net.train(optimizer="newton", trace=0).inference()
    eta = net.X @ net.W1 + shift
    own = eta[np.arange(len(eta)), table["race"].cat.codes]
    expected = (own - np.log(np.exp(eta).sum(axis=1))).sum()
    assert found.llf == pytest.approx(expected, rel=1e-12)
    assert found.edf == pytest.approx(4.0)
    assert found.null_deviance > found.deviance
    assert found.judgement.undetermined == 2


def test_proportions_of_weighted_trials_are_successes_and_failures():
    table = read_table("esoph")
    table["trials"] = table["ncases"] + table["ncontrols"]
    table["share"] = table["ncases"] / table["trials"]
    options = {"hidden": 0, "family": "binomial", "weights": "trials"}
    net = NeuralNetwork("share ~ agegp + alcgp + tobgp", table, **options)
    found, model = net.train(optimizer="newton", trace=0).inference(), MODELS["esoph"]
    for ours, theirs in NAMES.items():
        assert getattr(found, ours) == pytest.approx(model[theirs], rel=1e-10), ours
    for kind in ("HC0", "HC1", "HC3"):
        np.testing.assert_allclose(
            np.sqrt(np.diag(found.vcov(kind))), model[f"se_{kind}"], rtol=1e-9
        )


def test_a_dispersion_is_one_more_parameter():
    found = infer("mtcars")
    assert found.likelihood.n_estimated == pytest.approx(6.0)
    assert found.bic == pytest.approx(6.0 * log(32) - 2 * found.llf, rel=1e-12)
    # Unlike statsmodels, which does not count it.
    net = fit("mtcars")
    judge = sm.OLS(net.Y, net.X).fit()
    assert found.aic == pytest.approx(judge.aic + 2.0, rel=1e-12)
