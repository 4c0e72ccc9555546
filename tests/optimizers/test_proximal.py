"""Proximal steps: soft thresholding and subgradients from algebra, and L1 penalties of 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import Kinked, bank, quadratic, walk

from neuralnet.optimizers import OPTIMIZERS
from neuralnet.optimizers.proximal import clip_at_zero, l1_subgradient, soft_threshold

FIRST_ORDER = ("gradient_descent", "momentum", "nesterov", "adam", "rprop")
first_order = pytest.mark.parametrize("name", FIRST_ORDER)
numbers = st.floats(-5, 5).map(lambda x: round(x, 2))
weights = st.floats(0, 3).map(lambda x: round(x, 2))

# In training the caller turns such warnings off.
OVERFLOWS = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")


def none(theta):
    return 0.0, np.zeros(theta.size)


@OVERFLOWS
@first_order
@pytest.mark.parametrize("problem", bank(), ids=lambda problem: problem.name)
def test_no_bit_is_changed_where_there_is_no_l1_penalty(name, problem):
    optimizer = OPTIMIZERS[name]
    plain = walk(optimizer, problem, problem.start, 40)
    with_none = walk(optimizer, Kinked(problem, 0.0), problem.start, 40)
    assert plain.tobytes() == with_none.tobytes()


@first_order
def test_a_weight_without_penalty_is_not_thresholded(name):
    optimizer, problem = OPTIMIZERS[name], quadratic("alone", [2.0], [3.0])

    def both(theta):
        value, gradient = problem(theta[:1])
        return value, np.append(gradient, 0.5)

    alone = walk(optimizer, problem, [0.0], 40)
    beside = walk(optimizer, Kinked(both, np.array([0.0, 1.0])), [0.0, 1.0], 40)
    np.testing.assert_allclose(beside[:, 0], alone[:, 0], rtol=1e-12)
    assert not np.array_equal(beside[:, 1], walk(optimizer, both, [0.0, 1.0], 40)[:, 1])


@pytest.mark.parametrize("objective", [none, Kinked(none, 0.0), Kinked(none, np.float64(0.0))])
def test_without_an_l1_penalty_arrays_pass_untouched(objective):
    theta, gradient = np.array([1.0, -0.0]), np.array([-0.0, 2.0])
    assert soft_threshold(objective, theta, 0.5) is theta
    assert l1_subgradient(objective, theta, gradient) is gradient
    assert clip_at_zero(objective, theta, gradient) is gradient


@given(numbers, weights, weights)
def test_soft_threshold_is_the_proximal_step(theta, l1_weight, rate):
    # x minimizes (x - theta)**2 / 2 + rate * l1_weight * abs(x): its slope there holds 0.
    for weight in (l1_weight, np.array([l1_weight])):
        (x,) = soft_threshold(Kinked(none, weight), np.array([theta]), rate)
        bound = rate * l1_weight
        if x == 0.0:
            assert abs(theta) <= bound + 1e-12
        else:
            assert x - theta + bound * np.sign(x) == pytest.approx(0.0, abs=1e-12)


def test_soft_threshold_has_a_rate_for_each():
    theta = np.array([3.0, -3.0, 1.0])
    moved = soft_threshold(
        Kinked(none, np.array([1.0, 2.0, 2.0])), theta, np.array([0.5, 0.25, 1.0])
    )
    assert moved.tolist() == [2.5, -2.5, 0.0]


@given(st.lists(st.tuples(numbers, numbers, weights), min_size=1, max_size=5))
def test_l1_subgradient_is_the_subgradient_of_least_norm(each):
    theta, gradient, l1_weight = map(np.array, zip(*each, strict=True))
    theta[np.abs(theta) < 2.0] = 0.0
    slid = l1_subgradient(Kinked(none, l1_weight), theta, gradient)
    for t, g, a, found in zip(theta, gradient, l1_weight, slid, strict=True):
        # Away from 0 there is one subgradient, at 0 an interval of them.
        signs = [np.sign(t)] if t else np.linspace(-1.0, 1.0, 2001)
        assert abs(found) <= min(abs(g + a * sign) for sign in signs) + 1e-12
        assert abs(found - g) <= a + 1e-12
        if t:
            assert found == g + a * np.sign(t)


@given(numbers, numbers)
def test_clip_at_zero_stops_weights_that_change_sign(theta, moved):
    (stopped,) = clip_at_zero(Kinked(none, 0.5), np.array([theta]), np.array([moved]))
    assert stopped == (0.0 if theta * moved < 0.0 else moved)
