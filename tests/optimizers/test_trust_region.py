"""The radius of the trust region."""

import numpy as np
import pytest
from loops import case_by_case

from neuralnet.optimizers import Newton

# Both ways to minimize the model: with the Hessian written out, and from its products alone.
each_way = case_by_case("dense_limit", [200, 0], ids=["dense", "products"])


class Bowl:
    """A quadratic, for which the predicted decrease is exact; its minimum is at 1, 1."""

    def __call__(self, theta):
        return float((theta - 1.0) @ (theta - 1.0)), 2.0 * (theta - 1.0)

    def hessian(self, theta):
        return 2.0 * np.eye(2)

    def hessian_vector(self, theta, v):
        return 2.0 * v


@each_way
@pytest.mark.parametrize(("radius", "after"), [(10.0, 10.0), (2.0, 2.0), (0.1, 0.2), (0.5, 1.0)])
def test_region_grows_only_where_its_edge_held_a_good_step_back(radius, after, dense_limit):
    """Conn, Gould and Toint (2000), 6.1.1: a step inside is no evidence for larger ones."""
    optimizer = Newton(radius=radius, dense_limit=dense_limit)
    theta = np.zeros(2)
    moved, state, _ = optimizer.step(Bowl(), theta, optimizer.init(theta))
    assert np.linalg.norm(moved) == pytest.approx(min(radius, np.sqrt(2.0)), rel=1e-9)
    assert state.radius == pytest.approx(after, rel=1e-12)
