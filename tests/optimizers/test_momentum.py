"""Momentum and Nesterov: steps computed by hand, without and with an L1 penalty."""

import numpy as np
from problems import Kinked, bank, rosenbrock, scripted, walk

from neuralnet.optimizers import Momentum, Nesterov


def test_momentum_adds_half_the_last_step():
    # velocities -1/2, then -1/4 - 1, then -5/8 + 1/2
    path = walk(Momentum(0.5, momentum=0.5), scripted(1, 2, -1), 0.0, 3)
    assert path.ravel().tolist() == [-0.5, -1.75, -1.875]


def test_nesterov_takes_the_gradient_where_momentum_leads():
    problem, rate, momentum = bank()[3], 0.0005, 0.8
    behind, velocity, expected = np.array(problem.start), np.zeros(2), []
    for _ in range(20):
        _, gradient = rosenbrock(behind + momentum * velocity)
        velocity = momentum * velocity - rate * gradient
        behind = behind + velocity
        expected.append(behind + momentum * velocity)
    path = walk(Nesterov(rate, momentum), problem, problem.start, 20)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


def test_velocity_includes_the_thresholding():
    # To -1, drawn to -1/2: velocity -1/2. To -3/4, drawn to -1/4: velocity +1/4. To -1/8, which
    # is drawn to 0: velocity 1/4. On to 1/8, and back to 0.
    path = walk(Momentum(0.5, momentum=0.5), Kinked(scripted(2, 0, 0, 0, 0), 1.0), 0.0, 5)
    assert path.ravel().tolist() == [-0.5, -0.25, 0.0, 0.0, 0.0]


def test_nesterov_looks_ahead_from_the_thresholded_point():
    # As published, with the proximal step in place of the plain one, from the lookahead point.
    problem, rate, momentum, l1_weight = bank()[1], 0.1, 0.5, np.array([0.5, 3.0, 0.0])
    ahead = behind = np.array(problem.start)
    expected = []
    for _ in range(20):
        _, gradient = problem(ahead)
        straight = ahead - rate * gradient
        drawn = straight - np.clip(straight, -rate * l1_weight, rate * l1_weight)
        ahead, behind = drawn + momentum * (drawn - behind), drawn
        expected.append(ahead)
    path = walk(Nesterov(rate, momentum), Kinked(problem, l1_weight), problem.start, 20)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-15)
