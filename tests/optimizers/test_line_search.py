"""The line search: the strong Wolfe conditions from any first step, and cubic interpolation."""

import numpy as np
import pytest
from loops import case_by_case
from problems import bank

from neuralnet.optimizers.line_search import Point, minimize_cubic, search_line

each_problem = case_by_case("problem", bank(), ids=lambda problem: problem.name)


@case_by_case("scale", [1e-8, 1e-3, 1.0, 1e3, 1e8])
@case_by_case("problem", [bank()[0], bank()[3], bank()[6]], ids=lambda p: p.name)
def test_the_line_search_copes_with_any_first_step(problem, scale):
    theta = np.array(problem.start)
    value, gradient = problem(theta)
    direction = -scale * gradient / np.abs(gradient).max()
    start = Point(0.0, value, float(gradient @ direction), theta, gradient)
    found, trials = search_line(problem, start, direction)
    assert found.value <= value + 1e-4 * found.length * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert np.array_equal(found.theta, theta + found.length * direction)
    assert found.slope == float(problem(found.theta)[1] @ direction)
    assert trials <= 20


def test_a_flat_point_that_is_hardly_lower_is_refused():
    # -t (1 - t)**2, tilted a little: at 1 it is flat and 1e-6 below the start.
    def line(theta):
        t = theta[0]
        value = -t + (2 - 3e-6) * t**2 - (1 - 2e-6) * t**3
        return value, np.array([-1 + 2 * (2 - 3e-6) * t - 3 * (1 - 2e-6) * t**2])

    start = Point(0.0, 0.0, -1.0, np.zeros(1), np.array([-1.0]))
    found, trials = search_line(line, start, np.ones(1))
    assert found.value <= -1e-4 * found.length
    assert abs(found.slope) <= 0.9
    assert trials > 1


@pytest.mark.parametrize(("left", "right"), [(0.0, 2.0), (2.0, 0.0), (-0.5, 0.5), (0.5, -0.5)])
def test_the_lowest_point_of_a_cubic(left, right):
    def visit(t):
        return Point(t, t**3 - 3 * t, 3 * t**2 - 3, np.zeros(1), np.zeros(1))

    assert minimize_cubic(visit(left), visit(right)) == pytest.approx(1.0, rel=1e-12)


def test_a_cubic_without_a_lowest_point():
    rising = [Point(t, t**3 + t, 3 * t**2 + 1, np.zeros(1), np.zeros(1)) for t in (0.0, 1.0)]
    assert np.isnan(minimize_cubic(*rising))


def test_the_line_search_does_not_go_uphill():
    theta = np.array([1.0])
    start = Point(0.0, 1.0, 2.0, theta, np.array([2.0]))
    assert search_line(lambda theta: pytest.fail("evaluated"), start, np.ones(1)) == (None, 0)
