"""Residuals: R's, and identities where R has none."""

import numpy as np
import pytest
from instances import FAMILIES, RESPONSES
from loops import case_by_case
from r_models import GLMS, MODELS, assert_agrees, infer

from neuralnet.families import Binomial, Poisson, Softmax
from neuralnet.inference.diagnostics.residuals import (
    KINDS,
    compute_deviance,
    compute_pearson,
    compute_response,
    compute_working,
)

RATES = {kind: function for kind, function in KINDS.items() if function is not None}


@case_by_case("name", GLMS)
@case_by_case("kind", RATES)
def test_residuals_of_glms_are_rs(name, kind):
    assert_agrees(infer(name).residuals(kind), MODELS[name]["residuals"][kind])


def draw(name, n=40):
    rng = np.random.default_rng(3)
    K, respond = RESPONSES[name]
    return FAMILIES[name], rng.normal(size=(n, K)), FAMILIES[name].encode(respond(rng, n))


@case_by_case("name", [name for name in FAMILIES if name != "gaussian in units"])
def test_squares_of_deviance_residuals_are_the_deviance_of_each_row(name, monkeypatch):
    family, eta, Y = draw(name)
    rows = [2 * family.loss_and_delta(eta[[i]], Y[[i]], None)[0] for i in range(len(eta))]
    with monkeypatch.context() as patch:
        # One call for each row would take minutes for a million rows.
        patch.setattr(type(family), "loss_and_delta", None)
        found = compute_deviance(family, eta, Y)
    np.testing.assert_allclose((found**2).sum(axis=1), rows, rtol=1e-12)
    if found.shape == eta.shape:
        response = compute_response(family, eta, Y)
        assert (np.sign(found) * np.sign(response) >= 0.0).all()
    else:
        assert name == "softmax" and (found > 0.0).all()


def test_each_class_has_the_pearson_residual_of_a_binomial_response():
    family, eta, Y = draw("softmax")
    found = compute_pearson(family, eta, Y)
    for k in range(3):
        own = np.log(np.exp(eta[:, [k]]) / np.exp(np.delete(eta, k, axis=1)).sum(axis=1)[:, None])
        expected = compute_pearson(Binomial(), own, (k == Y)[:, None].astype(float))
        np.testing.assert_allclose(found[:, [k]], expected, rtol=1e-9)


def test_a_mean_at_its_limit_leaves_no_residual():
    """Beyond floats: the probability is 1 and the variance 0."""
    eta, Y = np.array([[50.0], [-800.0]]), np.array([[1.0], [0.0]])
    with np.errstate(under="ignore"):
        assert not compute_pearson(Binomial(), eta, Y).any()
        assert not compute_pearson(Softmax(), eta * [0, 20], Y[:, 0].astype(int)).any()
        assert not compute_pearson(Poisson(), eta[1:], Y[1:]).any()


def test_several_classes_have_no_working_residuals():
    with pytest.raises(ValueError, match=r"one score.*'softmax' has one for each class.*binomial"):
        compute_working(*draw("softmax"))


def test_a_family_without_derivatives_of_the_mean_has_some_residuals():
    class Bare:
        """What a user may give to train."""

        name = "bare"
        mean, observed_means = Poisson().mean, Poisson().observed_means
        loss_and_delta = Poisson().loss_and_delta

    _, eta, Y = draw("poisson")
    bare, whole = (
        each(Bare(), eta[:, :1], Y[:, :1]) for each in (compute_deviance, compute_response)
    )
    np.testing.assert_array_equal(whole, compute_response(Poisson(), eta, Y)[:, :1])
    np.testing.assert_allclose(bare, compute_deviance(Poisson(), eta, Y)[:, :1], rtol=1e-12)
    with pytest.raises(ValueError, match=r"'bare' has no derivative of the mean: .*mean_product"):
        compute_pearson(Bare(), eta, Y)
