"""The objective: its value from its parts, its derivatives, and the penalty counted once."""

from dataclasses import replace

import numpy as np
import pytest
from instances import (
    INSTANCES,
    OBJECTIVES,
    assert_close,
    build_objective,
    differentiate,
    draw_direction,
    split,
)

from neuralnet.activations import Sigmoid
from neuralnet.batches import Batch
from neuralnet.families import Gaussian
from neuralnet.objective import InMemory, Objective
from neuralnet.perceptron import Perceptron


def parametrize(word=""):
    """Every objective whose name has the word."""
    chosen = {name: objective for name, objective in OBJECTIVES.items() if word in name}
    return pytest.mark.parametrize("objective", chosen.values(), ids=chosen)


def draw_phi(objective):
    return np.random.default_rng(8).normal(0.0, 0.5, objective.perceptron.n_parameters)


@parametrize()
def test_value_is_the_loss_in_its_unit_plus_the_penalty(objective):
    phi = draw_phi(objective)
    (batch,) = objective.batches()
    theta, unit = objective.coordinates.to_raw(phi), objective.coordinates.unit
    loss = objective.perceptron.evaluate(theta, batch).loss
    penalty = objective.decay * sum(p * p for p in phi)
    value, _ = objective(phi)
    assert value == pytest.approx(loss / unit + penalty, rel=1e-13)
    assert objective.penalty(phi) == pytest.approx(penalty, rel=1e-13)
    assert objective.penalty_in_raw_units(theta) == pytest.approx(penalty * unit, rel=1e-10)
    assert objective.loss(value, phi) == pytest.approx(loss, rel=1e-12)
    assert objective.evaluate(phi).loss == loss


@parametrize()
def test_derivatives_agree_with_differences(objective):
    phi = draw_phi(objective)
    _, gradient = objective(phi)
    H = objective.hessian(phi)
    assert_close(H, H.T, 1e-14)
    for seed in range(2):
        v = draw_direction(phi.size, seed)
        assert gradient @ v == pytest.approx(
            differentiate(lambda p: objective(p)[0], phi, v), rel=1e-7
        )
        along = differentiate(lambda p: objective(p)[1], phi, v)
        assert_close(H @ v, along, 1e-7)
        assert_close(objective.hessian_vector(phi, v), along, 1e-7)


@parametrize("scale")
def test_raw_units_are_those_of_the_loss_and_of_theta(objective):
    theta = objective.coordinates.to_raw(draw_phi(objective))
    value, gradient = objective.in_raw_units(theta)
    (batch,) = objective.batches()
    loss = objective.perceptron.evaluate(theta, batch).loss
    assert value == pytest.approx(loss + objective.penalty_in_raw_units(theta), rel=1e-10)
    v = draw_direction(theta.size, 1)
    assert gradient @ v == pytest.approx(
        differentiate(lambda t: objective.in_raw_units(t)[0], theta, v), rel=1e-7
    )
    along = differentiate(lambda t: objective.in_raw_units(t)[1], theta, v)
    assert_close(objective.hessian_in_raw_units(theta) @ v, along, 1e-7)


@parametrize("decay")
def test_penalty_counts_once_however_the_rows_come(objective):
    phi, v = draw_phi(objective), draw_direction(objective.perceptron.n_parameters, 1)
    (batch,) = objective.batches()
    parts = split(batch, [0, 1, 9], np.random.default_rng(2))
    parted = replace(objective, batches=lambda: iter(parts))
    value, gradient = objective(phi)
    assert parted(phi)[0] == pytest.approx(value, rel=1e-12)
    assert_close(parted(phi)[1], gradient, 1e-12)
    assert_close(parted.hessian(phi), objective.hessian(phi), 1e-12)
    assert_close(parted.hessian_vector(phi, v), objective.hessian_vector(phi, v), 1e-12)


@pytest.mark.parametrize("scale", [False, True])
def test_shares_of_the_penalty_add_up(scale):
    whole = build_objective(INSTANCES[-1], 0.7, scale)
    phi = draw_phi(whole)
    (batch,) = whole.batches()
    parts = split(batch, [4, 9], np.random.default_rng(2))
    total = batch.w.sum()
    shared = [replace(whole, batches=InMemory(part), share=part.w.sum() / total) for part in parts]
    assert sum(one(phi)[0] for one in shared) == pytest.approx(whole(phi)[0], rel=1e-12)
    assert_close(sum(one(phi)[1] for one in shared), whole(phi)[1], 1e-12)
    assert_close(sum(one.hessian(phi) for one in shared), whole.hessian(phi), 1e-12)


def test_gaussian_optimum_with_decay_is_ridge_regression():
    rng = np.random.default_rng(6)
    X, Y = np.column_stack([np.ones(20), rng.normal(size=(20, 2))]), rng.normal(size=(20, 1))
    objective = Objective(Perceptron((3, 1), (), Gaussian()), InMemory(Batch(X, Y)), decay=0.25)
    # Half the sum of squares plus decay |theta|^2, so that the ridge is twice the decay.
    ridge = np.linalg.solve(X.T @ X + 0.5 * np.eye(3), X.T @ Y)[:, 0]
    np.testing.assert_allclose(objective(ridge)[1], 0.0, atol=1e-12)
    assert_close(objective.hessian(ridge), X.T @ X + 0.5 * np.eye(3), 1e-14)


@pytest.mark.parametrize("scale", [False, True])
def test_gradient_is_a_fresh_array(scale):
    objective = build_objective(INSTANCES[0], 0.0, scale)
    phi = draw_phi(objective)
    _, gradient = objective(phi)
    expected = gradient.copy()
    objective(phi + 1.0)
    np.testing.assert_array_equal(gradient, expected)


def test_overflow_is_an_infinite_value_and_no_warning():
    perceptron = Perceptron((1, 1, 1), (Sigmoid(),), Gaussian())
    objective = Objective(perceptron, InMemory(Batch(np.ones((1, 1)), np.ones((1, 1)))))
    phi = np.array([1.0, 1e200, 1e200])
    assert objective(phi)[0] == np.inf
    assert objective.evaluate(phi).loss == np.inf


def test_loss_is_not_lost_beside_a_huge_penalty():
    """The difference of value and penalty would be rounding alone."""
    objective = build_objective(INSTANCES[0], decay=0.0, scale=False)
    heavy = replace(objective, decay=1e20)
    phi = draw_phi(objective)
    value, _ = heavy(phi)
    assert value - heavy.penalty(phi) != pytest.approx(objective.evaluate(phi).loss, rel=1e-3)
    assert heavy.loss(value, phi) == objective.evaluate(phi).loss
