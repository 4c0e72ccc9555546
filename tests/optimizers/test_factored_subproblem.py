"""The factored subproblem: its step against least squares, and its predicted decrease."""

import numpy as np
import pytest

from neuralnet.optimizers.exact_subproblem import ExactSubproblem
from neuralnet.optimizers.factored_subproblem import FactoredSubproblem

rng = np.random.default_rng(1)
A, b = rng.normal(size=(30, 4)), rng.normal(size=30)


def test_the_step_to_the_minimum_is_that_of_least_squares():
    step, decrease = FactoredSubproblem(A, b).minimize(1e6)
    exact = np.linalg.lstsq(A, -b, rcond=None)[0]
    np.testing.assert_allclose(step, exact, rtol=1e-12)
    assert decrease == pytest.approx((b @ b - (A @ exact + b) @ (A @ exact + b)) / 2, rel=1e-12)


@pytest.mark.parametrize("radius", [1e-3, 0.05, 0.2])
def test_within_a_radius_it_agrees_with_the_exact_subproblem(radius):
    step, decrease = FactoredSubproblem(A, b).minimize(radius)
    assert np.linalg.norm(step) <= radius * (1 + 1e-12)
    gradient, H = A.T @ b, A.T @ A
    assert decrease == pytest.approx(-(gradient @ step + step @ H @ step / 2), rel=1e-9)
    assert decrease >= 0.98 * ExactSubproblem(H, gradient).minimize(radius)[1]


@pytest.mark.parametrize("small", [1e-6, 1e-10])
def test_nearly_collinear_columns_keep_half_their_digits(small):
    """The direction that the product A'A has lost is found, with the digits that A has of it."""
    near = np.column_stack([A[:, 0], A[:, 0] + small * A[:, 1]])
    right = np.array([3.0, -2.0])
    step, _ = FactoredSubproblem(near, -near @ right).minimize(1e6)
    np.testing.assert_allclose(step, right, rtol=1e-15 / small)


def test_collinear_columns_take_the_shortest_step():
    twice = np.column_stack([A[:, 0], 2.0 * A[:, 0]])
    step, decrease = FactoredSubproblem(twice, b).minimize(1e6)
    along = -(A[:, 0] @ b) / (A[:, 0] @ A[:, 0])
    np.testing.assert_allclose(step, [along / 5, 2 * along / 5], rtol=1e-12)
    assert decrease == pytest.approx((A[:, 0] @ b) ** 2 / (A[:, 0] @ A[:, 0]) / 2, rel=1e-12)


@pytest.mark.parametrize(("small", "expected"), [(1e-9, True), (4e-14, False), (0.0, True)])
def test_singular_values_at_the_rounding_error_are_not_resolved(small, expected):
    near = np.column_stack([A[:, 0], A[:, 0] + small * A[:, 1]])
    left, resolved = FactoredSubproblem(near, b).predict_decrease(np.zeros(2), 1.0, np.inf)
    assert (left, resolved) == (0.0, expected)


def test_remaining_decrease_with_another_gradient():
    gradient = rng.normal(size=4)
    left, resolved = FactoredSubproblem(A, b).predict_decrease(gradient, 1.0, np.inf)
    assert resolved
    assert left == pytest.approx(gradient @ np.linalg.solve(A.T @ A, gradient) / 2, rel=1e-9)


def test_fewer_rows_than_weights_take_the_shortest_step():
    wide, heights = rng.normal(size=(2, 5)), np.array([1.0, -2.0])
    step, decrease = FactoredSubproblem(wide, heights).minimize(1e6)
    np.testing.assert_allclose(step, np.linalg.lstsq(wide, -heights, rcond=None)[0], rtol=1e-12)
    assert decrease == pytest.approx(heights @ heights / 2, rel=1e-12)
    assert FactoredSubproblem(wide, heights).predict_decrease(np.zeros(5), 1.0, np.inf) == (
        0.0,
        True,
    )
