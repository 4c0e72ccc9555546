"""The starting point: one that is far off is lowered by the weights of the last layer."""

import numpy as np
from problems import Problem, bank

from neuralnet.optimizers import LBFGS
from neuralnet.optimizers.starting_point import find_starting_point


def test_a_start_far_above_an_intercept_is_lowered_by_the_last_layer_first():
    """A product of weights: with a huge outer one, a step in both drives the inner one away."""

    def product(theta):
        inner, outer = np.tanh(theta[0]), theta[1]
        gap = inner * outer - 1.0
        slopes = np.array([outer * (1 - inner**2), inner])
        return 0.5 * float(gap**2), gap * slopes

    problem = Problem("product", product, None, [0.5, 1e4])
    problem.outputs = slice(-1, None)
    start = find_starting_point(problem, np.array(problem.start), LBFGS())
    assert start.given_value == product(problem.start)[0]
    assert start.theta[0] == 0.5
    assert start.value <= 2.0
    value, gradient = product(start.theta)
    assert (value, gradient.tolist()) == (start.value, start.gradient.tolist())
    assert start.evaluations == len(problem.seen)


def test_a_start_that_is_not_far_off_is_left_alone():
    problem = bank()[3]
    problem.outputs = slice(-1, None)
    theta = np.array(problem.start)
    problem.reference = problem(theta)[0] / 2.0
    start = find_starting_point(problem, theta, LBFGS())
    assert start.theta is theta and start.evaluations == 1
    assert start.given_value == start.value == 2.0 * problem.reference


def test_a_start_that_is_infinite_is_halved():
    def steep(theta):
        with np.errstate(over="ignore"):
            value = float(np.exp(theta).sum())
        return value, np.exp(np.minimum(theta, 700.0))

    problem = Problem("steep", steep, None, [2e4, 1.0])
    problem.outputs, problem.hidden, problem.reference = slice(-2, None), False, 1e3
    start = find_starting_point(problem, np.array(problem.start), LBFGS())
    assert np.isinf(start.given_value) and start.reported_value == start.value <= 2e3
    assert start.theta.tolist() == [2e4 / 2**12, 1 / 2**12]
