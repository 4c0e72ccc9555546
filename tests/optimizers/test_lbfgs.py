"""L-BFGS: the problem bank, what it remembers, and where it cannot continue."""

from dataclasses import replace

import numpy as np
import pytest
from loops import case_by_case
from problems import Problem, bank, barrier, minimize, quadratic, rosenbrock
from scipy.optimize import minimize as scipy_minimize

from neuralnet.optimizers.lbfgs import LBFGS, find_direction

each_problem = case_by_case("problem", bank(), ids=lambda problem: problem.name)

# In training the caller turns such warnings off.
OVERFLOWS = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")


def find_minimum(problem):
    """Return the known minimum, else that of the L-BFGS-B method of scipy."""
    if problem.argmin is not None:
        return np.array(problem.argmin), problem.least
    found = scipy_minimize(
        problem, problem.start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 0.0}
    )
    return found.x, found.fun


@each_problem
def test_finds_the_minimum(problem):
    argmin, least = find_minimum(problem)
    theta, state, stop = minimize(LBFGS(), problem)
    assert stop.converged
    np.testing.assert_allclose(theta, argmin, rtol=1e-6, atol=1e-6)
    assert state.value == pytest.approx(least, rel=1e-12, abs=1e-12)


@each_problem
def test_the_gradient_of_the_state_is_that_at_the_new_theta(problem):
    theta, state, stop = minimize(LBFGS(), problem)
    value, gradient = problem(theta)
    assert (value, gradient.tolist()) == (state.value, state.gradient.tolist())
    assert stop.converged
    decrease = gradient @ np.linalg.solve(problem.hessian(theta), gradient) / 2
    assert decrease <= 1e-12 * problem.reference
    assert stop.message.endswith("of the loss of an intercept alone, and 1e-12 counts as none.")


@each_problem
def test_a_tolerance_for_the_gradient_ends_it_sooner(problem):
    _, full, _ = minimize(LBFGS(), problem)
    theta, state, stop = minimize(LBFGS(gradient_tolerance=1e-3), problem)
    assert stop.converged and state.evaluations <= full.evaluations
    assert np.abs(problem(theta)[1]).max() <= 1e-3 * problem.reference


@each_problem
def test_every_step_meets_the_strong_wolfe_conditions(problem):
    optimizer, theta = LBFGS(), np.array(problem.start)
    state, stop, steps = optimizer.init(theta), None, 0
    while not stop:
        moved, state, value = optimizer.step(problem, theta, state)
        if state.n_small_steps:  # what is left to gain is rounding
            break
        after, slopes = problem(moved)
        before = problem(theta)[1]
        slope = before @ (moved - theta)
        assert slope < 0.0
        assert after <= value + 1e-4 * slope + 10 * np.finfo(float).eps * value
        assert abs(slopes @ (moved - theta)) <= 0.9 * abs(slope)
        theta, stop, steps = moved, optimizer.check_convergence(state, value), steps + 1
    assert steps > 1


@each_problem
def test_no_point_is_evaluated_twice(problem):
    problem.seen.clear()
    optimizer, theta, stop = LBFGS(), np.array(problem.start), None
    state = optimizer.init(theta)
    # Small steps are between points that differ in their last bits, and may come back to one.
    while not (stop or state.n_small_steps):
        theta, state, value = optimizer.step(problem, theta, state)
        stop = optimizer.check_convergence(state, value)
        assert len(problem.seen) == state.evaluations
    assert state.evaluations > 1
    assert len({theta.tobytes() for theta in problem.seen}) == state.evaluations


def test_a_step_costs_about_one_evaluation():
    problem, optimizer = quadratic("wide", list(np.geomspace(1, 1e3, 30)), [1.0] * 30), LBFGS()
    _, state, stop = minimize(optimizer, problem, limit=20)
    assert stop is None
    assert state.evaluations <= 25


def test_remembers_the_latest_steps_and_no_more():
    optimizer, problem = LBFGS(memory=3), bank()[3]
    theta, path = np.array(problem.start), []
    state = optimizer.init(theta)
    for step in range(8):
        moved, state, _ = optimizer.step(problem, theta, state)
        path.append(moved - theta)
        theta = moved
        assert len(state.steps) == len(state.changes) == min(step + 1, 3)
    assert np.array_equal(state.steps, path[-3:])


@pytest.mark.parametrize("memory", [1, 2, 30])
def test_any_history_length_converges(memory):
    theta, _, stop = minimize(LBFGS(memory), bank()[3])
    assert stop.converged
    np.testing.assert_allclose(theta, [1.0, 1.0], rtol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 9])
def test_the_direction_is_that_of_the_bfgs_matrix(k):
    # Written out: H becomes V.T @ H @ V + s s.T / (y s), with V = I - y s.T / (y s).
    rng = np.random.default_rng(k)
    steps, curvature = rng.normal(size=(k, 6)), rng.normal(size=(6, 6))
    changes = steps @ (curvature @ curvature.T + np.eye(6))
    gradient = rng.normal(size=6)
    H = np.eye(6) * (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for s, y in zip(steps, changes, strict=True):
        V = np.eye(6) - np.outer(y, s) / (y @ s)
        H = V.T @ H @ V + np.outer(s, s) / (y @ s)
    np.testing.assert_allclose(find_direction(gradient, steps, changes), -H @ gradient, rtol=1e-9)


def test_points_beyond_the_edge_are_tried_and_refused():
    problem = barrier()
    theta, _, stop = minimize(LBFGS(), problem)
    assert stop.converged
    assert min(tried.min() for tried in problem.seen) < 0.0
    np.testing.assert_allclose(theta, 1.0, rtol=1e-6)


@OVERFLOWS
def test_a_loss_close_to_overflow_does_no_harm():
    problem = bank()[7]
    problem.start = [26.5, 0.0, 0.0]  # exp(702)
    theta, _, stop = minimize(LBFGS(), problem)
    assert stop.converged
    np.testing.assert_allclose(theta, 0.0, atol=1e-6)


def test_converged_is_relative_to_a_large_loss():
    problem = quadratic("high", [1.0, 9.0], [4.0, 5.0], least=1e4)
    problem.reference = 1e4
    _, state, stop = minimize(LBFGS(gradient_tolerance=1e-5), problem)
    assert stop.converged
    assert "within 1e-05 of the loss of an intercept alone" in stop.message
    assert 1e-5 < np.abs(state.gradient).max() <= 0.1


def test_wrong_derivatives_are_reported():
    wrong = Problem("wrong", lambda theta: (float(theta @ theta), -2 * theta), None, [1.0, 2.0])
    theta, _, stop = minimize(LBFGS(), wrong)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert "derivatives that are wrong" in stop.message


def test_the_rounding_limit_of_the_loss_is_reported():
    level = Problem("level", lambda theta: (1.0, np.full(2, 1e-9)), None, [1.0, 2.0])
    theta, _, stop = minimize(LBFGS(tolerance=1e-30), level)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert stop.message.startswith("The loss is as low as rounding lets it be")


def test_a_gradient_that_is_not_finite_is_reported():
    lost = Problem("lost", lambda theta: (1.0, np.array([np.nan, 1.0])), None, [1.0, 2.0])
    theta, _, stop = minimize(LBFGS(), lost)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert "not finite" in stop.message


def test_history_with_an_ascent_direction_is_dropped():
    optimizer, theta = LBFGS(), np.array([-1.2, 1.0])
    value, gradient = rosenbrock(theta)
    uphill = replace(
        optimizer.init(theta),
        evaluations=1,
        value=value,
        gradient=gradient,
        steps=np.ones((1, 2)),
        changes=-np.ones((1, 2)),
    )
    moved, state, _ = optimizer.step(rosenbrock, theta, uphill)
    assert state.value < value
    assert np.array_equal(state.steps, [moved - theta])
