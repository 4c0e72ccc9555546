"""Log evidence against numerical integration, and the fixed point of MacKay's updates."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.activations import Tanh
from neuralnet.inference import (
    Inference,
    find_evidence_decay,
    find_fixed_point,
    measure_log_evidence,
)
from neuralnet.inference.evidence import TOLERANCE, refit
from neuralnet.optimizers import Newton

FAMILIES = {"gaussian": "y", "binomial": "g", "softmax": "g", "poisson": "k"}


def make_table(n=120, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    score = np.tanh(2.0 * a) - 0.5 * b
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "y": 3.0 + 2.0 * score + rng.normal(size=n),
            "g": np.where(score + rng.logistic(size=n) > 0, "yes", "no"),
            "k": rng.poisson(np.exp(0.5 * score)),
        }
    )


def make(family="gaussian", right="a + b", hidden=2, data=None, **options):
    options = {"decay": "evidence", "activation": "tanh", "family": family, "seed": 1} | options
    data = make_table() if data is None else data
    return NeuralNetwork(f"{FAMILIES[family]} ~ {right}", data, hidden, **options)


def standardize_weights(net):
    return net._model.scaling.from_raw(net.theta)


@pytest.mark.parametrize("hidden", [0, 2, [2, 2]])
@pytest.mark.parametrize("family", FAMILIES)
def test_fixed_point_is_fixed(family, hidden):
    """MacKay's update, by what is public, gives the decay that is used."""
    net = make(family, hidden=hidden).train(trace=0)
    found = net.inference()
    unit = net._model.scaling.loss_scale
    phi = standardize_weights(net)
    update = found.dispersion / unit * found.edf / (2.0 * (phi @ phi))
    np.testing.assert_allclose(update, net.decay, rtol=2 * TOLERANCE)
    if family == "gaussian":
        np.testing.assert_allclose(found.dispersion, found.deviance / (120 - found.edf))
    assert found.judgement.allows and found.judgement.distance < 1e-6
    assert found.judgement.undetermined == 0 and found.decay_source == "evidence"
    np.testing.assert_allclose(np.diag(found.curvature.penalty), 2.0 * net.decay)


def integrate(net, dispersion):
    """Log of the integral of likelihood times prior over one or two weights, on a fine grid."""
    model, decay = net._model, net.decay
    scaling = model.scaling
    s = dispersion / scaling.loss_scale
    center = standardize_weights(net)
    spread = np.sqrt(np.diag(s * np.linalg.inv(net.inference().curvature.hessian)))
    points, step = np.linspace(-8.0, 8.0, 65, retstep=True)
    grid = np.stack(np.meshgrid(*[points] * center.size, indexing="ij"), -1)
    phi = center + grid.reshape(-1, center.size) * spread
    n = net.inference().nobs
    losses = np.array([model.evaluate(scaling.to_raw(each), model.batch).loss for each in phi])
    if model.perceptron.family.name == "gaussian":
        logs = -losses / dispersion - 0.5 * n * np.log(2.0 * np.pi * dispersion)
    else:
        logs = -losses + net.inference().llf + 0.5 * net.inference().deviance
    prior = -decay / s * (phi**2).sum(axis=1) + 0.5 * center.size * np.log(decay / s / np.pi)
    logs = logs + prior
    return logs.max() + np.log(np.exp(logs - logs.max()).sum() * np.prod(step * spread))


@pytest.mark.parametrize("right", ["a - 1", "a"])
@pytest.mark.parametrize(("family", "tolerance"), [("gaussian", 1e-8), ("binomial", 0.01)])
def test_evidence_is_the_integral_over_the_weights(family, tolerance, right):
    """Exact for gaussian weights; else but for terms of the order of 1 / n."""
    net = make(family, right, hidden=0, data=make_table(300)).train(trace=0)
    found = net.inference()
    np.testing.assert_allclose(
        found.log_evidence, integrate(net, found.dispersion), atol=tolerance, rtol=0
    )


def test_evidence_of_poisson_counts_has_their_constants():
    net = make("poisson", "a", hidden=0).train(trace=0)
    found = net.inference()
    np.testing.assert_allclose(found.log_evidence, integrate(net, 1.0), atol=0.02, rtol=0)


@pytest.mark.parametrize("options", [{"scale": False}, {"decay": [0.2, 0.5]}, {"decay": 0.4}])
def test_evidence_of_a_given_penalty_is_that_of_its_prior(options):
    """By the formula in the coordinates of the penalty, from the Hessian in raw ones."""
    net = make("binomial", **({"decay": 0.3, "scale": True, "init": "glorot"} | options))
    net.train(300, optimizer="newton", trace=0)
    found, scaling = net.inference(), net._model.scaling
    C = scaling.direction_to_raw(np.eye(net.theta.size))
    H = C @ net.hessian() @ C.T
    precisions = 2.0 * np.broadcast_to(net._model.penalty.decay, net.theta.size)
    phi = standardize_weights(net)
    wanted = found.llf - precisions @ phi**2 / 2.0
    wanted += 0.5 * (np.log(precisions).sum() - np.linalg.slogdet(H)[1])
    np.testing.assert_allclose(found.log_evidence, wanted, rtol=1e-8)
    np.testing.assert_allclose(measure_log_evidence(net._model, net.theta), wanted, rtol=1e-8)


def test_evidence_is_not_defined_without_a_prior_or_an_optimum():
    options = {"scale": True, "init": "glorot"}
    free = make(decay=0.1, penalize_bias=False, **options)
    plain = make(decay=0.0, **options)
    short = make(decay=0.1, **options)
    for net, optimizer, count in (
        (free, "newton", 300),
        (plain, "newton", 300),
        (short, "adam", 3),
    ):
        net.train(count, optimizer=optimizer, trace=0)
        assert np.isnan(measure_log_evidence(net._model, net.theta))
        assert np.isnan(net.inference().log_evidence)


@pytest.mark.parametrize("family", ["gaussian", "softmax"])
def test_units_change_neither_decay_nor_fit(family):
    data = make_table()
    net = make(family).train(trace=0)
    other = data.assign(a=1e4 * data.a + 1e5, b=data.b / 300.0, y=50.0 * data.y - 7.0)
    moved = make(family, data=other).train(trace=0)
    np.testing.assert_allclose(moved.decay, net.decay, rtol=1e-5)
    one, two = net.inference(), moved.inference()
    shift = -120.0 * np.log(50.0) if family == "gaussian" else 0.0
    np.testing.assert_allclose(two.log_evidence, one.log_evidence + shift, rtol=1e-6)
    np.testing.assert_allclose(two.edf, one.edf, rtol=1e-4)
    unit = 50.0 if family == "gaussian" else 1.0
    start = 7.0 if family == "gaussian" else 0.0
    np.testing.assert_allclose((moved.output + start) / unit, net.output, rtol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_weight_of_2_is_a_row_twice(family):
    data = make_table().assign(w=np.arange(120) % 2 + 1.0)
    weighted = make(family, data=data, weights="w").train(trace=0)
    repeated = data.loc[data.index.repeat(data.w.astype(int))].reset_index(drop=True)
    twice = make(family, data=repeated).train(trace=0)
    np.testing.assert_allclose(weighted.decay, twice.decay, rtol=1e-5)
    one, two = (net.inference().log_evidence for net in (weighted, twice))
    np.testing.assert_allclose(one, two, rtol=1e-6)


def test_factors_of_the_penalty_are_factors_in_the_update():
    net = make(penalty_factor={"a": 3.0}).train(trace=0)
    found, phi = net.inference(), standardize_weights(net)
    factor = net._model.penalty.decay / net.decay
    np.testing.assert_allclose(np.unique(factor.round(12)), [1.0, 3.0], rtol=1e-12)
    s = found.dispersion / net._model.scaling.loss_scale
    np.testing.assert_allclose(s * found.edf / (2.0 * factor @ phi**2), net.decay, rtol=1e-5)


def test_start_without_a_fixed_point_says_so(monkeypatch):
    rng = np.random.default_rng(3)
    data = make_table()
    X = np.column_stack([np.ones(120), data.a, data.b])
    y = rng.normal(size=120)
    y -= X @ np.linalg.lstsq(X, y, rcond=None)[0]
    model = make(data=data.assign(y=y), hidden=0, scale=True, init="glorot")._model
    run = partial(find_fixed_point, model, model.draw(rng))
    noise = model.compute(run, hessian=True)
    assert not noise.at_rest and "nothing was left" in noise.message and noise.edf < 0.05
    exact = make(data=make_table().assign(y=lambda d: 1.0 + d.a), hidden=0, scale=True)
    found = exact._model.compute(partial(find_fixed_point, exact._model, exact.theta), hessian=True)
    assert not found.at_rest and "without an error" in found.message
    monkeypatch.setattr("neuralnet.inference.evidence.MOST_UPDATES", 2)
    model = make(scale=True, init="glorot")._model
    found = model.compute(partial(find_fixed_point, model, model.draw(rng)), hessian=True)
    assert found.updates == 2 and "not come to rest after 2 updates" in found.message


def test_decay_by_evidence_of_a_cross_validated_network():
    chosen = make(decay="cv", hidden=0, seed=2).train(trace=0)
    wanted = make(hidden=0).train(trace=0)
    assert not chosen._model.used.penalize_bias
    before = chosen.theta.copy()
    found = find_evidence_decay(chosen._model, chosen.theta)
    np.testing.assert_allclose(found.decay, wanted.decay, rtol=1e-5)
    assert np.array_equal(chosen.theta, before) and found.at_rest
    assert chosen.inference().decay_source == "cross-validation"
    single = make(decay="cv", dtype="float32").train(10, optimizer="adam", trace=0)
    assert find_evidence_decay(single._model, single.theta) is None


def test_refit_ends_at_the_optimum_of_another_decay():
    net = make().train(trace=0)
    model = net._model.configure(decay=2.0 * net.decay)
    theta, steps = model.compute(partial(refit, model, net.theta, Newton()), hessian=True)
    assert steps > 1 and Inference(model, theta).judgement.distance < 1e-6


def test_kinked_activation_of_ones_own_has_no_evidence():
    class Bent(Tanh):
        kinked = True

    with pytest.raises(ValueError, match="second derivatives"):
        make(activation=Bent())
