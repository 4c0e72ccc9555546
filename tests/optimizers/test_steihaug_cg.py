"""Truncated conjugate gradients: the predicted decrease, beside the exact subproblem."""

import numpy as np
import pytest
from loops import case_by_case

from neuralnet.optimizers.exact_subproblem import ExactSubproblem
from neuralnet.optimizers.steihaug_cg import SteihaugCG


def model_value(H, gradient, step):
    return gradient @ step + step @ H @ step / 2


@case_by_case("kind", ["convex", "saddle"])
@case_by_case("radius", [0.01, 1.0, 1e4])
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
