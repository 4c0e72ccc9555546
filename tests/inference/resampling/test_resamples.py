"""Refits to resamples: other libraries' fits to the same rows, and rows that lack something."""

from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from loops import case_by_case
from networks import FORMULAS, make_net, make_table
from sklearn.linear_model import Lasso

from neuralnet import NeuralNetwork
from neuralnet.inference.resampling.resamples import prepare
from neuralnet.inference.resampling.row_draws import RowDraws

FAMILIES = {"gaussian": "Gaussian", "binomial": "Binomial", "poisson": "Poisson"}
SEEDS = np.random.SeedSequence(1).spawn(5)


def draw(draws, seed):
    """The rows of a resample, each as often as it was drawn."""
    counts = draws.draw(np.random.default_rng(seed))
    return np.repeat(np.arange(len(counts)), counts.astype(int))


@case_by_case("family", FAMILIES)
def test_refits_without_hidden_units_are_those_of_statsmodels(family):
    table = make_table(n=150).assign(shift=0.1, times=np.resize([1, 2, 0, 1], 150))
    table["shift"] *= np.arange(150) % 7
    formula = FORMULAS[family] + " + offset(shift)"
    net = NeuralNetwork(formula, table, hidden=0, family=family, weights="times")
    draws = RowDraws(table["times"].to_numpy(float))
    resamples, y = prepare(net._model, draws, None), np.asarray(net.Y, dtype=float)
    for seed in SEEDS:
        rows, found = draw(draws, seed), resamples.fit(seed)
        offset = table["shift"].to_numpy()[rows]
        judge = sm.GLM(y[rows], net.X[rows], getattr(sm.families, FAMILIES[family])(), offset)
        wanted = judge.fit(tol=1e-14, maxiter=100).params
        np.testing.assert_allclose(found.theta, wanted, rtol=1e-8, atol=1e-9)
        assert found.converged
        assert not found.lacks


@case_by_case("family", FORMULAS)
@case_by_case("hidden", [[2], [3, 2]])
def test_refits_of_networks_are_optima_of_the_resampled_table(family, hidden):
    options = {"decay": 0.1, "activation": "tanh", "scale": False}
    net, draws = make_net(family, hidden, **options), RowDraws(np.ones(36))
    resamples = prepare(net._model, draws, None)
    for seed in SEEDS[:3]:
        rows, found = draw(draws, seed), resamples.fit(seed)
        again = NeuralNetwork(
            FORMULAS[family], make_table().iloc[rows], hidden, family=family, **options
        )
        assert found.converged
        # The gradient at other weights of the same size gives the scale.
        gradient = again.objective(found.theta)[1]
        scale = np.abs(again.objective(found.theta + 0.1)[1]).max()
        assert np.abs(gradient).max() < 1e-5 * scale


def test_a_fit_at_its_optimum_stays_there():
    net = make_net("softmax", 2, decay=0.3).train(optimizer="newton", trace=0, tolerance=None)
    resamples = prepare(net._model, RowDraws(np.ones(36)), net.theta)
    objective = resamples.weigh(np.ones(36))
    theta, converged = resamples.minimize(objective, objective.scaling.from_raw(net.theta))
    assert converged
    np.testing.assert_allclose(theta, net.theta, rtol=1e-5, atol=1e-6)


def test_lasso_is_that_of_scikit_learn():
    table, decay = make_table(n=80), 8.0
    options = {"mixture": 1.0, "decay": decay, "scale": False, "penalize_bias": False}
    net = NeuralNetwork("cost ~ x1 + x2 + I(x1 * x2)", table, hidden=0, **options)
    draws = RowDraws(np.ones(80))
    resamples, zeros = prepare(net._model, draws, None), 0
    for seed in SEEDS:
        rows = draw(draws, seed)
        judge = Lasso(alpha=decay / len(rows), tol=1e-12, max_iter=100_000)
        wanted = judge.fit(net.X[rows, 1:], net.Y.to_numpy()[rows]).coef_
        found = resamples.fit(seed).theta[1:]
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5)
        zeros += (wanted == 0.0).sum()
    assert zeros


class Fixed(NamedTuple):
    """A resample that is not drawn."""

    w: np.ndarray

    def draw(self, generator):
        return self.w


@case_by_case("hidden", [0, 2])
@case_by_case("missing", [[0], [1], [0, 1], [2]])
def test_a_resample_may_lack_a_level_or_a_class(hidden, missing):
    table = make_table()
    table["kind"] = np.where(np.arange(36) == 0, "b", np.where(np.arange(36) % 2, "a", "c"))
    table["species"] = np.where(np.arange(36) == 1, "rare", table["species"].astype(str))
    net = NeuralNetwork("species ~ x1 + kind", table, hidden, decay=0.1)
    w = np.ones(36)
    w[missing] = 0.0
    found = prepare(net._model, Fixed(w), None).fit(SEEDS[0])
    assert found.converged
    assert found.lacks == bool({0, 1} & {*missing})
    if 0 in missing:
        # A level without a row is predicted as the reference level.
        W1 = net._model.perceptron.unflatten(found.theta)[0]
        assert not W1[net.x_names.index("kind[T.b]")].any()


def test_a_resample_without_weight_fails():
    net = make_net("gaussian", 2)
    found = prepare(net._model, Fixed(np.zeros(36)), None).fit(SEEDS[0])
    assert np.isnan(found.theta).all()
    assert not found.converged
