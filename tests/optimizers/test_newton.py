from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import Problem, bank, barrier, logistic, minimize, rosenbrock, rosenbrock_hessian
from scipy.optimize import brentq
from scipy.optimize import minimize as scipy_minimize

from neuralnet.optimizers import Newton
from neuralnet.optimizers.diagonal_subproblem import minimize_diagonal
from neuralnet.optimizers.exact_subproblem import ExactSubproblem
from neuralnet.optimizers.steihaug_cg import SteihaugCG

each_problem = pytest.mark.parametrize("problem", bank(), ids=lambda problem: problem.name)
# Both ways to minimize the model: with the Hessian written out, and from its products alone.
each_way = pytest.mark.parametrize("dense_limit", [200, 0], ids=["dense", "products"])


def judge(problem):
    """Give the minimum as algebra has it, else as scipy's trust-exact does."""
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


def model_value(H, gradient, step):
    return gradient @ step + step @ H @ step / 2


# The problem bank ---------------------------------------------------------------------------


@each_way
@each_problem
def test_finds_the_minimum(problem, dense_limit):
    argmin, least = judge(problem)
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
    argmin, _ = judge(problem)
    theta = np.array(problem.start)
    state, errors = optimizer.init(theta), []
    for _ in range(6):
        theta, state, _ = optimizer.step(problem, theta, state)
        errors.append(np.abs(theta - argmin).max())
    assert errors[-1] < 1e-8
    assert all(b < 5.0 * a**2 + 1e-8 for a, b in pairwise(errors))


def test_a_first_region_of_any_size_gets_there():
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


# Where it cannot go on ----------------------------------------------------------------------


@each_way
def test_derivatives_that_are_wrong_are_told(dense_limit):
    wrong = Problem(
        "wrong", lambda theta: (theta @ theta, -2 * theta), lambda theta: np.eye(2), [1.0, 2.0]
    )
    theta, _, stop = minimize(Newton(dense_limit=dense_limit), wrong)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert "derivatives that are wrong" in stop.message


@each_way
def test_the_floor_of_the_loss_is_told(dense_limit):
    level = Problem(
        "level", lambda theta: (1.0, np.full(2, 1e-9)), lambda theta: np.eye(2), [1.0, 2.0]
    )
    optimizer = Newton(tolerance=1e-30, dense_limit=dense_limit)
    theta, _, stop = minimize(optimizer, level)
    assert theta.tolist() == [1.0, 2.0]
    assert not stop.converged
    assert stop.message.startswith("The loss is as low as rounding lets it be")


@each_way
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("P", [1, 2, 5, 43])
def test_a_hessian_that_is_not_finite_is_told(P, bad, dense_limit):
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


# The model and its minimum ------------------------------------------------------------------

numbers = st.floats(-10, 10).map(lambda x: round(x, 3))


@given(
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8),
    st.sampled_from([1e-3, 0.1, 1.0, 30.0]),
)
def test_the_minimum_within_a_radius(pairs, radius):
    values, slopes = np.array(sorted(pairs)).T
    step = minimize_diagonal(values, slopes, radius)
    assert np.linalg.norm(step) <= radius * (1 + 1e-12)
    best = best_value(values, slopes, radius)
    got = slopes @ step + values @ step**2 / 2
    assert got <= 0.98 * best + 1e-9 * radius**2  # the judge's own distance from the pole


def best_value(values, slopes, radius):
    """Give the least value of the model, from its dual: concave in one shift, no hard case."""

    def dual(shift):
        curved = values + shift
        used = slopes != 0.0
        return -np.sum(slopes[used] ** 2 / curved[used]) / 2 - shift * radius**2 / 2

    def slope(shift):
        used = slopes != 0.0
        return np.sum((slopes[used] / (values + shift)[used]) ** 2) - radius**2

    lowest = max(0.0, -values[0]) + 1e-9
    highest = lowest + np.linalg.norm(slopes) / radius + 1.0
    return dual(lowest if slope(lowest) <= 0.0 else brentq(slope, lowest, highest))


@pytest.mark.parametrize("values", [[-0.5, 1.0, 4.0], [1.0, 2.0, 3.0], [-2.0, -1.0, 50.0]])
@pytest.mark.parametrize("beyond", [1e-3, 0.1, 3.0])
def test_the_step_of_a_known_shift(values, beyond):
    # Chosen backwards: any s solves the problem of its own length whose slopes are these.
    values, step = np.array(values), np.array([0.3, -2.0, 1.0])
    shift = max(0.0, -values[0]) + beyond
    slopes, radius = -(values + shift) * step, np.linalg.norm(step)
    found = minimize_diagonal(values, slopes, radius)
    assert np.linalg.norm(found) <= radius * (1 + 1e-12)
    best, got = (slopes @ s + values @ s**2 / 2 for s in (step, found))
    assert got <= 0.99 * best


@pytest.mark.parametrize("flat", [0.0, 1e-17, -1e-17])
def test_a_flat_direction_without_slope_is_left_alone(flat):
    step = minimize_diagonal(np.array([flat, 2.0]), np.array([0.0, 2.0]), radius=5.0)
    assert step.tolist() == [0.0, -1.0]


def test_a_flat_direction_with_a_slope_is_followed_to_the_edge():
    step = minimize_diagonal(np.zeros(2), np.array([3.0, 4.0]), radius=10.0)
    np.testing.assert_allclose(step, [-6.0, -8.0], rtol=0.02)


def test_negative_curvature_without_slope_is_followed_to_the_edge():
    step = minimize_diagonal(np.array([-2.0, -2.0, 1.0]), np.zeros(3), radius=3.0)
    assert np.abs(step).tolist() == [3.0, 0.0, 0.0]


@pytest.mark.parametrize("kind", ["convex", "saddle"])
@pytest.mark.parametrize("radius", [0.01, 1.0, 1e4])
def test_predicted_decrease_is_that_of_the_model(kind, radius):
    rng = np.random.default_rng(3)
    A, gradient = rng.normal(size=(12, 12)), rng.normal(size=12)
    H = A @ A.T + np.eye(12) if kind == "convex" else A + A.T
    curvature = gradient @ H @ gradient
    length = radius / np.linalg.norm(gradient)
    if curvature > 0.0:
        length = min(length, gradient @ gradient / curvature)
    steepest = -model_value(H, gradient, -length * gradient)
    exact, decrease = ExactSubproblem(H, gradient).minimize(radius)
    rough, rough_decrease = SteihaugCG(lambda v: H @ v, gradient, scale=1.0).minimize(radius)
    for step, predicted in ((exact, decrease), (rough, rough_decrease)):
        assert np.linalg.norm(step) <= radius * (1 + 1e-9)
        assert predicted == pytest.approx(-model_value(H, gradient, step), rel=1e-9)
    assert decrease >= 0.98 * rough_decrease
    # Conn, Gould and Toint, theorem 7.5.1: never less than the best along the gradient.
    assert rough_decrease >= steepest * (1 - 1e-9)
    if kind == "saddle":
        assert np.linalg.norm(rough) == pytest.approx(radius, rel=1e-9)


def test_the_closer_the_minimum_the_closer_the_rough_step():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(40, 40))
    H, gradient = A @ A.T + np.eye(40), rng.normal(size=40)

    def left(size):
        model = SteihaugCG(lambda v: H @ v, size * gradient, scale=1.0)
        step, _ = model.minimize(1e6)
        return np.linalg.norm(H @ step + size * gradient) / np.linalg.norm(size * gradient)

    assert left(1.0) <= 0.5
    assert left(1e-8) <= 1e-3


# The trust region -----------------------------------------------------------------------------


class Bowl:
    """A quadratic, of which the model promises just what a step gives; its minimum is at 1, 1."""

    def __call__(self, theta):
        return float((theta - 1.0) @ (theta - 1.0)), 2.0 * (theta - 1.0)

    def hessian(self, theta):
        return 2.0 * np.eye(2)

    def hessian_vector(self, theta, v):
        return 2.0 * v


@each_way
@pytest.mark.parametrize(("radius", "after"), [(10.0, 10.0), (2.0, 2.0), (0.1, 0.2), (0.5, 1.0)])
def test_region_grows_only_where_its_edge_held_a_good_step_back(radius, after, dense_limit):
    """Conn, Gould and Toint (2000), 6.1.1: a step within says nothing of a larger one."""
    optimizer = Newton(radius=radius, dense_limit=dense_limit)
    theta = np.zeros(2)
    moved, state, _ = optimizer.step(Bowl(), theta, optimizer.init(theta))
    assert np.linalg.norm(moved) == pytest.approx(min(radius, np.sqrt(2.0)), rel=1e-9)
    assert state.radius == pytest.approx(after, rel=1e-12)
