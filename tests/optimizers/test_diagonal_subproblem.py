"""The diagonal trust-region subproblem: its minimum against the dual problem, and known steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case
from scipy.optimize import brentq

from neuralnet.optimizers.diagonal_subproblem import minimize_diagonal

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
    assert got <= 0.98 * best + 1e-9 * radius**2  # the reference is this far from the pole


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


@case_by_case("values", [[-0.5, 1.0, 4.0], [1.0, 2.0, 3.0], [-2.0, -1.0, 50.0]])
@case_by_case("beyond", [1e-3, 0.1, 3.0])
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
