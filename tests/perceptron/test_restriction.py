"""Restriction: an objective of the free weights alone is the whole one along them."""

import numpy as np
import pytest
from instances import (
    INSTANCES,
    assert_close,
    build_objective,
    differentiate,
    draw_direction,
    pick_objectives,
)
from loops import case_by_case

from neuralnet.families import Gaussian
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.conditioning import standardize_objective
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.penalty import Penalty
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.restriction import FreeGradient, Restriction, restrict
from neuralnet.perceptron.scaling import Unscaled
from neuralnet.perceptron.standardization import fit_scaling


def restrict_some(objective, every):
    """Fix every second or third weight, the first intercept among them."""
    P = objective.perceptron.n_parameters
    mask = np.arange(P) % every != 0
    theta = np.random.default_rng(4).normal(0.0, 0.7, P)
    return restrict(objective, mask, theta), theta


def parametrize(chosen):
    """Objectives, each with one of the patterns in turn."""
    cases = [(each, 2 + turn % 2) for turn, each in enumerate(chosen.values())]
    return case_by_case(("objective", "every"), cases, ids=chosen)


@parametrize(pick_objectives())
def test_value_is_that_of_all_weights_with_the_fixed_ones_in_place(objective, every):
    restricted, theta = restrict_some(objective, every)
    scaling = restricted.scaling
    phi = scaling.from_raw(theta) + draw_direction(restricted.restriction.mask.sum(), 2)
    there = scaling.to_raw(phi)
    fixed = ~restricted.restriction.mask
    assert there[fixed].tobytes() == theta[fixed].tobytes()
    np.testing.assert_allclose(scaling.from_raw(there), phi, rtol=0, atol=1e-12)
    whole = objective.scaling.from_raw(there)
    np.testing.assert_allclose(restricted.restriction.embed(phi), whole, rtol=0, atol=1e-12)
    assert restricted(phi)[0] == pytest.approx(objective(whole)[0], rel=1e-12)
    value = restricted(phi)[0]
    expected = objective.evaluate(whole)
    assert restricted.loss(value, phi) == pytest.approx(expected.loss, rel=1e-10)
    assert restricted.evaluate(phi).loss == pytest.approx(expected.loss, rel=1e-12)
    np.testing.assert_equal(restricted.evaluate(phi).correct, expected.correct)
    assert restricted.penalty_in_raw_units(there) == objective.penalty_in_raw_units(there)


def is_smooth(name):
    return not any(word in name for word in ("elu", "mixture"))


@parametrize({name: each for name, each in pick_objectives().items() if is_smooth(name)})
def test_derivatives_are_those_along_the_free_weights(objective, every):
    restricted, theta = restrict_some(objective, every)
    phi = restricted.scaling.from_raw(theta)
    v = draw_direction(phi.size, 3)
    _, gradient = restricted(phi)
    along = differentiate(lambda p: restricted(p)[0], phi, v)
    assert gradient @ v == pytest.approx(along, rel=1e-6, abs=1e-8)
    product = differentiate(lambda p: restricted(p)[1], phi, v)
    assert_close(restricted.hessian_vector(phi, v), product, 1e-6)
    H = restricted.hessian(phi)
    assert_close(H @ v, product, 1e-6)
    assert H.shape == (phi.size, phi.size)


@pytest.mark.parametrize("every", [2, 3])
@pytest.mark.parametrize("scale", [False, True])
def test_gradients_and_directions_are_adjoint(scale, every):
    objective = build_objective(INSTANCES[-1], 0.3, scale)
    restricted, theta = restrict_some(objective, every)
    scaling, mask = restricted.restriction, restricted.restriction.mask
    v, g = draw_direction(mask.sum(), 5), draw_direction(mask.size, 6)
    moved = scaling.direction_to_raw(v)
    assert not moved[~mask].any()
    phi = scaling.from_raw(theta)
    np.testing.assert_allclose(
        scaling.to_raw(phi + v), scaling.to_raw(phi) + moved, rtol=0, atol=1e-12
    )
    assert g @ moved == pytest.approx(scaling.gradient_to_scaled(g) @ v, rel=1e-12)
    assert g @ scaling.embed_direction(v) == pytest.approx(scaling.pull(g) @ v, rel=1e-12)
    free = draw_direction(mask.sum(), 7)
    there = scaling.gradient_to_scaled(scaling.gradient_to_raw(free))
    np.testing.assert_allclose(there, free, rtol=0, atol=1e-12)
    of_free = FreeGradient(objective.scaling, mask, theta).gradient_to_scaled(g[mask])
    np.testing.assert_allclose(
        of_free, scaling.gradient_to_scaled(np.where(mask, g, 0.0)), rtol=0, atol=1e-12
    )


def test_hessian_of_few_weights_needs_no_whole_one(monkeypatch):
    objective = build_objective(INSTANCES[-1], 0.3, scale=False)
    P = objective.perceptron.n_parameters
    theta, mask = np.random.default_rng(4).normal(0.0, 0.7, P), np.zeros(P, dtype=bool)
    mask[[1, 5, P - 1]] = True
    expected = objective.hessian(theta)[np.ix_(mask, mask)]
    restricted = restrict(objective, mask, theta)
    monkeypatch.setattr(Objective, "hessian", None)
    assert_close(restricted.hessian(theta[mask]), expected, 1e-10)


def make_line(mean):
    """A line without a penalty, in standardized columns; its intercept is fixed."""
    rng = np.random.default_rng(1)
    x = rng.normal(mean, 1.0, (50, 2))
    X = np.column_stack([np.ones(50), x])
    Y = (x.sum(axis=1) + rng.normal(size=50))[:, None]
    perceptron = Perceptron((3, 1), (), Gaussian())
    batch = Batch(X, Y, None, None)
    return Objective(perceptron, (batch,), Penalty(), Unscaled()), batch


def test_least_squares_form_is_that_of_the_free_columns():
    objective, batch = make_line(3.0)
    raw = build_line_scaling(objective, batch)
    conditioned = standardize_objective(objective, raw, batch, None)
    mask, theta = np.array([False, True, True]), np.array([0.4, 0.0, 0.0])
    restricted = restrict(conditioned, mask, theta)
    phi = restricted.scaling.from_raw(theta)
    A, b = restricted.squares(phi)
    np.testing.assert_allclose(A.T @ A, restricted.hessian(phi), rtol=1e-12)
    np.testing.assert_allclose(A.T @ b, restricted(phi)[1], rtol=1e-12)


def build_line_scaling(objective, batch):
    numeric = np.array([False, True, True])
    return fit_scaling(objective.perceptron.shapes, batch.X, batch.Y, numeric, 0, None, ())


def test_only_a_fixed_bias_of_centered_columns_depends_on_others():
    objective, batch = make_line(3.0)
    scaling, theta = build_line_scaling(objective, batch), np.zeros(3)
    for fixed, dependent in ((0, True), (1, False), (2, False)):
        mask = np.arange(3) != fixed
        assert Restriction(scaling, mask, theta).dependent_biases.any() == dependent
        assert not Restriction(Unscaled(), mask, theta).dependent_biases.any()


def test_outputs_are_the_free_weights_of_the_last_layer():
    objective = build_objective(INSTANCES[-1], 0.3, scale=False)
    P, last = objective.perceptron.n_parameters, objective.outputs
    count = -last.start
    for fixed, left in ((last, 0), (slice(-2, None), count - 2), (slice(0, 1), count)):
        mask = np.ones(P, dtype=bool)
        mask[fixed] = False
        outputs = restrict(objective, mask, np.zeros(P)).outputs
        assert outputs == (slice(-left, None) if left else None)
