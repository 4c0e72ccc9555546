"""The exact subproblem: its step against the exact minimum, and its predicted decrease."""

from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnet import NeuralNetwork
from neuralnet.optimizers.diagonal_subproblem import minimize_diagonal
from neuralnet.optimizers.exact_subproblem import LONG, SHORT, ExactSubproblem


def rotate(values, slopes):
    """A Hessian of these curvatures and a gradient of these slopes, along some other axes."""
    axes, _ = np.linalg.qr(np.random.default_rng(len(values)).normal(size=(len(values),) * 2))
    H = axes * values @ axes.T
    return 0.5 * (H + H.T), axes @ slopes


def value(H, gradient, step):
    return gradient @ step + step @ H @ step / 2


numbers = st.floats(-10, 10).map(lambda x: round(x, 3))


@given(
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8),
    st.sampled_from([1e-3, 0.1, 1.0, 30.0]),
    st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
)
def test_any_start_of_the_search_leads_to_a_fair_step(pairs, radius, multiplier_norm):
    values, slopes = np.array(sorted(pairs)).T
    H, gradient = rotate(values, slopes)
    step, decrease = ExactSubproblem(H, gradient, multiplier_norm).minimize(radius)
    scale = np.linalg.norm(gradient) * radius + np.abs(values).max() * radius**2
    assert np.linalg.norm(step) <= radius * (1 + 1e-12)
    assert decrease == pytest.approx(-value(H, gradient, step), rel=1e-9, abs=1e-12 * scale)
    exact = minimize_diagonal(values, slopes, radius)
    best = -(slopes @ exact + values @ exact**2 / 2)
    # A step of a share of the radius promises at least the square of that share; one that was too
    # long and is cut, at least the share that is left times 1 less half of it.
    share = min(SHORT**2, 1 / LONG - 1 / (2 * LONG))
    assert decrease >= share * best - 1e-9 * scale


@pytest.mark.parametrize("radius", [0.5, 3.0])
def test_a_gradient_without_the_direction_of_negative_curvature(radius):
    # Moré and Sorensen's hard case: by the shift that makes H singular, steps are too short.
    H, gradient = rotate(np.array([-2.0, 1.0, 3.0]), np.array([0.0, 0.3, -0.5]))
    step, decrease = ExactSubproblem(H, gradient).minimize(radius)
    along = np.array([0.0, -0.3 / 3.0, 0.5 / 5.0])
    length = np.linalg.norm(along)
    assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-9)
    room = radius**2 - length**2
    best = -(0.3 * along[1] - 0.5 * along[2] + (along[1] ** 2 + 3 * along[2] ** 2) / 2 - room)
    assert decrease == pytest.approx(best, rel=1e-9)


def test_a_minimum_inside_is_exact_and_has_no_multiplier():
    H, gradient = rotate(np.array([0.5, 2.0, 8.0]), np.array([1.0, -1.0, 4.0]))
    model = ExactSubproblem(H, gradient)
    step, decrease = model.minimize(10.0)
    np.testing.assert_allclose(step, -np.linalg.solve(H, gradient), rtol=1e-12)
    assert decrease == pytest.approx(-gradient @ step / 2, rel=1e-12)
    assert model.multiplier_norm == 0.0


@pytest.mark.parametrize("radius", [0.1, 1.0])
def test_a_search_that_starts_at_the_solution_keeps_it(radius):
    values, slopes = np.array([-1.0, 2.0, 8.0]), np.array([1.0, -1.0, 4.0])
    H, gradient = rotate(values, slopes)
    exact = minimize_diagonal(values, slopes, radius)
    left = np.linalg.norm(slopes + values * exact)
    model = ExactSubproblem(H, gradient, left)
    step, decrease = model.minimize(radius)
    assert decrease == pytest.approx(-(slopes @ exact + values @ exact**2 / 2), rel=1e-4)
    assert model.multiplier_norm == pytest.approx(left, rel=0.02)
    assert model.multiplier_norm == pytest.approx(np.linalg.norm(H @ step + gradient), rel=0.02)


def test_a_model_is_not_changed_by_its_minimum():
    H, gradient = rotate(np.array([-1.0, 2.0, 8.0]), np.array([1.0, -1.0, 4.0]))
    H.flags.writeable = gradient.flags.writeable = False
    model = ExactSubproblem(H, gradient)
    (first, *_), *others = (model.minimize(radius) for radius in (1.0, 0.1, 1e-3))
    assert all(np.linalg.norm(step) < np.linalg.norm(first) for step, *_ in others)
    np.testing.assert_array_equal(model.minimize(1.0)[0], first)


# The predicted decrease ------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.1, 10.0])
def test_remaining_decrease_is_half_the_gradient_times_the_newton_step(radius):
    H, gradient = rotate(np.array([0.5, 2.0, 8.0]), np.array([1.0, -1.0, 4.0]))
    left, resolved = ExactSubproblem(H, np.ones(3)).predict_decrease(gradient, radius, np.inf)
    assert left == pytest.approx(gradient @ np.linalg.solve(H, gradient) / 2, rel=1e-12)
    assert resolved


def test_remaining_decrease_along_negative_curvature_is_bounded_by_the_radius():
    H, gradient = rotate(np.array([-2.0, 1.0]), np.array([0.3, 0.5]))
    left, _ = ExactSubproblem(H, gradient).predict_decrease(gradient, 3.0, np.inf)
    values, slopes = np.array([-2.0, 1.0]), np.array([0.3, 0.5])
    exact = minimize_diagonal(values, slopes, 3.0)
    best = -(slopes @ exact + values @ exact**2 / 2)
    # Other axes than those of H, and not at right angles: about as much.
    assert 0.5 * best <= left <= 1.5 * best


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_remaining_decrease_does_not_depend_on_the_units_of_weights(unit):
    H, gradient = rotate(np.array([0.5, 2.0, 8.0]), np.array([1.0, -1.0, 4.0]))
    units = np.array([unit, 1.0, 1.0 / unit])
    model = ExactSubproblem(H * units * units[:, None], gradient * units)
    left, resolved = model.predict_decrease(gradient * units, 1.0, np.inf)
    assert resolved
    assert left == pytest.approx(gradient @ np.linalg.solve(H, gradient) / 2, rel=1e-9)


def make_squares(small):
    """Rows of a Hessian with a curvature of small**2, which the Hessian itself cannot hold."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 30))
    return np.column_stack([a, a + small * b])


@pytest.mark.parametrize(("small", "resolved"), [(1e-3, True), (1e-9, False), (0.0, True)])
def test_a_curvature_lost_in_rounding_is_distinguished_from_none(small, resolved):
    A = make_squares(small)
    model = ExactSubproblem(A.T @ A, np.zeros(2), multiply=lambda v: A.T @ (A @ v))
    assert model.predict_decrease(np.zeros(2), 1.0, np.inf) == (0.0, resolved)
    assert model.is_doubtful == (small < 1e-3)


def test_a_hessian_that_is_not_finite_is_not_resolved():
    model = ExactSubproblem(np.full((2, 2), np.nan), np.ones(2))
    assert model.predict_decrease(np.ones(2), 1.0, np.inf)[1] is False
    assert model.is_doubtful


# Without floating-point flags -----------------------------------------------------------------


@contextmanager
def without_flags():
    """Make NumPy's linear algebra return nan where it would raise, as in WebAssembly."""
    failed = Counter()

    def keep_quiet(name, function):
        def run(*arrays):
            try:
                return function(*arrays)
            except np.linalg.LinAlgError:
                failed[name] += 1
                return np.full_like(arrays[-1], np.nan)

        return run

    with pytest.MonkeyPatch.context() as patch:
        for name in ("cholesky", "solve"):
            patch.setattr(np.linalg, name, keep_quiet(name, getattr(np.linalg, name)))
        yield failed


@pytest.mark.parametrize("seed", range(1, 5))
def test_newton_needs_no_error_to_be_raised(seed, iris):
    def train():
        net = NeuralNetwork("Species ~ .", iris, hidden=5, decay=5e-4, init="uniform", seed=seed)
        return net.train(optimizer="newton", trace=0)

    with without_flags() as failed:
        net = train()
    assert failed["cholesky"] > 0
    assert net.theta.tobytes() == train().theta.tobytes()


@pytest.mark.parametrize("curvature", [-1.0, 0.0])
def test_a_missing_curvature_is_found_without_an_error(curvature):
    H, gradient = rotate(np.array([curvature, 0.0, 2.0]), np.array([0.3, 1.0, -1.0]))
    exact, decrease = ExactSubproblem(H, gradient).minimize(0.5)
    with without_flags() as failed:
        step, predicted = ExactSubproblem(H, gradient).minimize(0.5)
    assert failed and predicted == decrease
    assert step.tobytes() == exact.tobytes()
