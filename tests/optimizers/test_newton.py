"""Newton's method: the problem bank, saddle points, and where it cannot continue."""

from itertools import pairwise

import numpy as np
import pytest
from loops import case_by_case
from problems import Problem, bank, barrier, logistic, minimize, rosenbrock, rosenbrock_hessian
from scipy.optimize import minimize as scipy_minimize

from neuralnet.optimizers import Newton

each_problem = case_by_case("problem", bank(), ids=lambda problem: problem.name)
# Both ways to minimize the model: with the Hessian written out, and from its products alone.
each_way = case_by_case("dense_limit", [200, 0], ids=["dense", "products"])

# In training the caller turns such warnings off.
OVERFLOWS = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")


def find_minimum(problem):
    """Return the known minimum, else that of the trust-exact method of scipy."""
    if problem.argmin is not None:
        return np.array(problem.argmin), problem.least
    found = scipy_minimize(
        problem,
        problem.start,
        jac=True,
        hess=problem.hessian,
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    return found.x, found.fun


@each_way
@each_problem
def test_finds_the_minimum(problem, dense_limit):
    argmin, least = find_minimum(problem)
    theta, state, stop = minimize(Newton(dense_limit=dense_limit), problem)
    assert stop.converged
    np.testing.assert_allclose(theta, argmin, rtol=1e-6, atol=1e-6)
    assert state.value == pytest.approx(least, rel=1e-12, abs=1e-12)


@each_way
@each_problem
def test_the_gradient_of_the_state_is_that_at_the_new_theta(problem, dense_limit):
    theta, state, stop = minimize(Newton(dense_limit=dense_limit), problem)
    value, gradient = problem(theta)
    assert (value, gradient.tolist()) == (state.value, state.gradient.tolist())
    assert stop.converged
    decrease = gradient @ np.linalg.solve(problem.hessian(theta), gradient) / 2
    assert decrease <= 1e-12 * problem.reference
    assert stop.message.endswith("of the loss of an intercept alone, and 1e-12 counts as none.")


@each_problem
def test_a_tolerance_for_the_gradient_ends_it_sooner(problem):
    _, full, _ = minimize(Newton(), problem)
    theta, state, stop = minimize(Newton(gradient_tolerance=1e-3), problem)
    assert stop.converged and state.evaluations <= full.evaluations
    assert np.abs(problem(theta)[1]).max() <= 1e-3 * problem.reference


@each_way
@each_problem
def test_steps_stay_in_the_region_and_go_down(problem, dense_limit):
    optimizer, theta = Newton(dense_limit=dense_limit), np.array(problem.start)
    state, stop = optimizer.init(theta), None
    while not stop:
        moved, after, value = optimizer.step(problem, theta, state)
        assert np.linalg.norm(moved - theta) <= state.radius * (1 + 1e-12)
        # At the end rounding hides which of two values is lower.
        assert after.value <= value + 1e-15 * abs(value)
        assert after.value < value or after.predicted_decrease <= 1e-12 * problem.reference
        assert after.predicted_decrease >= 0.0
        theta, state, stop = moved, after, optimizer.check_convergence(after, value)


@each_way
@each_problem
def test_no_point_is_evaluated_twice(problem, dense_limit):
    problem.seen.clear()
    _, state, _ = minimize(Newton(dense_limit=dense_limit), problem)
    assert len(problem.seen) == state.evaluations
    assert len({theta.tobytes() for theta in problem.seen}) == state.evaluations


@each_way
def test_a_quadratic_takes_one_step(dense_limit):
    problem = bank()[1]
    theta, state, stop = minimize(Newton(radius=100.0, dense_limit=dense_limit), problem)
    assert stop.converged
    assert state.evaluations <= 3  # the step, and the one that confirms it
    np.testing.assert_allclose(theta, problem.argmin, rtol=1e-12)


def test_convergence_is_quadratic():
    problem, optimizer = logistic(), Newton()
    argmin, _ = find_minimum(problem)
    theta = np.array(problem.start)
    state, errors = optimizer.init(theta), []
    for _ in range(6):
        theta, state, _ = optimizer.step(problem, theta, state)
        errors.append(np.abs(theta - argmin).max())
    assert errors[-1] < 1e-8
    assert all(b < 5.0 * a**2 + 1e-8 for a, b in pairwise(errors))


def test_any_first_radius_converges():
    for radius in (1e-6, 1e-2, 1e2, 1e6):
        theta, _, stop = minimize(Newton(radius=radius), bank()[3])
        assert stop.converged
        np.testing.assert_allclose(theta, [1.0, 1.0], rtol=1e-5)


def saddle(theta):
    x, y = theta
    return float(x**2 + (y**2 - 1) ** 2), np.array([2 * x, 4 * y * (y**2 - 1)])


def saddle_hessian(theta):
    return np.diag([2.0, 12 * theta[1] ** 2 - 4])


@pytest.mark.parametrize("start", [[1.0, 0.0], [0.0, 0.0], [0.5, 1e-12]])
def test_saddle_points_are_left(start):
    problem = Problem("saddle", saddle, saddle_hessian, start)
    theta, _, stop = minimize(Newton(), problem)
    assert stop.converged
    np.testing.assert_allclose(np.abs(theta), [0.0, 1.0], atol=1e-6)


def test_many_parameters_need_products_only():
    problem = Problem("chain", rosenbrock, rosenbrock_hessian, [0.5] * 201)
    problem.hessian = lambda theta: pytest.fail("formed the Hessian")
    theta, _, stop = minimize(Newton(), problem)
    assert stop.converged
    np.testing.assert_allclose(theta, 1.0, rtol=1e-4)


def test_few_parameters_need_the_hessian_only():
    problem = logistic()
    problem.hessian_vector = lambda theta, v: pytest.fail("asked for a product")
    assert minimize(Newton(), problem)[2].converged


@each_way
def test_points_beyond_the_edge_are_tried_and_refused(dense_limit):
    problem = barrier()
    theta, _, stop = minimize(Newton(radius=100.0, dense_limit=dense_limit), problem)
    assert stop.converged
    assert min(tried.min() for tried in problem.seen) < 0.0
    np.testing.assert_allclose(theta, 1.0, rtol=1e-6)


@each_way
def test_wrong_derivatives_are_reported(dense_limit):
    wrong = Problem(
        "wrong", lambda theta: (theta @ theta, -2 * theta), lambda theta: np.eye(2), [1.0, 2.0]
    )
    theta, _, stop = minimize(Newton(dense_limit=dense_limit), wrong)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert "derivatives that are wrong" in stop.message


@each_way
def test_the_rounding_limit_of_the_loss_is_reported(dense_limit):
    level = Problem(
        "level", lambda theta: (1.0, np.full(2, 1e-9)), lambda theta: np.eye(2), [1.0, 2.0]
    )
    optimizer = Newton(tolerance=1e-30, dense_limit=dense_limit)
    theta, _, stop = minimize(optimizer, level)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert stop.message.startswith("The loss is as low as rounding lets it be")


@OVERFLOWS
@each_way
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("P", [1, 2, 5, 43])
def test_a_hessian_that_is_not_finite_is_reported(P, bad, dense_limit):
    problem = Problem(
        "lost",
        lambda theta: (float(theta @ theta), 2 * theta),
        lambda theta: np.full((P, P), bad),
        [1.0] * P,
    )
    theta, _, stop = minimize(Newton(dense_limit=dense_limit), problem, limit=3)
    assert theta.tolist() == [1.0] * P
    assert not stop.converged
    assert "not finite" in stop.message


def test_at_the_floor_the_gradient_decides():
    # Rounding hides the bowl under the large constant, but its gradient is still exact.
    deep = Problem(
        "deep",
        lambda theta: (1e12 + float(theta @ theta), 2 * theta),
        lambda theta: 2 * np.eye(2),
        [1e-3, -1e-3],
    )
    theta, _, stop = minimize(Newton(), deep)
    assert stop.converged
    np.testing.assert_allclose(theta, 0.0, atol=1e-6)
