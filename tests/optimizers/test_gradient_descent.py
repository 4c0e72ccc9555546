"""Gradient descent: steps computed by hand, without and with an L1 penalty."""

import numpy as np
from problems import Kinked, scripted, walk

from neuralnet.optimizers import GradientDescent


def test_gradient_descent_subtracts_the_gradient_times_the_rate():
    theta, gradient = np.array([0.1, -7.3, 1e5]), np.array([0.3, 1.7, -2.9])
    path = walk(GradientDescent(0.013), scripted(gradient, gradient), theta, 2)
    assert np.array_equal(path[0], theta - 0.013 * gradient)
    assert np.array_equal(path[1], path[0] - 0.013 * gradient)


def test_gradient_descent_is_thresholded_by_rate_times_l1_weight():
    objective = Kinked(scripted([1.0, 1.0, -1.0, 0.0]), np.array([2.0, 0.5, 4.0, 0.0]))
    # After the gradient 2.5, 0.25, -0.5 and 3; then by 1, 0.25, 2 and nothing.
    path = walk(GradientDescent(0.5), objective, [3.0, 0.75, -1.0, 3.0], 1)
    assert path.tolist() == [[1.5, 0.0, 0.0, 3.0]]
