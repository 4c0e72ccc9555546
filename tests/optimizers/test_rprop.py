"""Rprop: steps computed by hand, without and with an L1 penalty."""

import numpy as np
import pytest
from problems import Kinked, rosenbrock, scripted, walk

from neuralnet.optimizers import Rprop


def test_rprop_follows_signs_and_takes_a_bad_step_back():
    # Lengths 1, 2; then a change of sign: back by 2, length 1, the sign forgotten; then 1, 2;
    # and a gradient of 0 neither moves nor changes the length, nor does the step after it.
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, scripted(3, 1, -5, -4, -1, 0, 7), 0.0, 7)
    assert path.ravel().tolist() == [-1.0, -3.0, -1.0, 0.0, 2.0, 2.0, 0.0]


def test_rprop_treats_each_parameter_by_itself():
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, scripted([1, 1], [1, -1], [1, -1]), [0.0, 0.0], 3)
    assert path.tolist() == [[-1.0, -1.0], [-3.0, 0.0], [-7.0, 0.5]]


def test_rprop_keeps_lengths_within_bounds():
    up = walk(Rprop(first=1.0, most=3.0, grow=2.0), scripted(-1, -1, -1, -1), 0.0, 4)
    assert np.diff(up.ravel(), prepend=0.0).tolist() == [1.0, 2.0, 3.0, 3.0]
    turns = scripted(-1, 1, 1, -1, -1, 1, 1)
    down = walk(Rprop(first=1.0, least=0.4, shrink=0.5), turns, 0.0, 7)
    np.testing.assert_allclose(
        np.diff(down.ravel(), prepend=0.0), [1, -1, -0.5, 0.5, 0.4, -0.4, -0.4], rtol=1e-14
    )


@pytest.mark.parametrize("place", [1e-7, 3e3])
def test_rprop_finds_a_minimum_in_any_units(place):
    """Weights of columns in small units are tiny, those of a response in large ones huge."""

    def bowl(theta):
        scaled = theta / place - np.array([1.0, -2.0])
        return float((scaled**2).sum()), 2.0 * scaled / place

    path = walk(Rprop(), bowl, [0.0, 0.0], 400)
    assert bowl(np.asarray(path[-1]))[0] < 1e-4


def test_rprop_does_not_depend_on_the_scale_of_the_loss():
    def scaled(theta):
        value, gradient = rosenbrock(theta)
        return 1024 * value, 1024 * gradient

    paths = [walk(Rprop(), f, [-1.2, 1.0], 100) for f in (rosenbrock, scaled)]
    assert np.array_equal(*paths)


def test_rprop_stops_at_zero_and_stays_where_both_ways_go_up():
    # Downhill from 1/2 by steps of 1 is beyond 0; there a slope of 1/2 is too little for 1.
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, Kinked(scripted(0.5, 0.5, -0.5, 0.5), 1.0), 0.5, 4)
    assert path.ravel().tolist() == [0.0, 0.0, 0.0, 0.0]


def test_rprop_leaves_zero_for_a_slope_that_is_steeper_than_the_penalty():
    optimizer = Rprop(first=0.25, shrink=0.5, grow=2.0)
    # At 0 the slope is -2, then beyond it -3 + 1.
    path = walk(optimizer, Kinked(scripted(-3, -3), 1.0), 0.0, 2)
    assert path.ravel().tolist() == [0.25, 0.75]
    # A step that ended at 0 is taken back by no more than it was long.
    back = walk(optimizer, Kinked(scripted(0.5, -4), 1.0), 0.125, 2)
    assert back.ravel().tolist() == [0.0, 0.125]
