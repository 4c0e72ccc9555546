"""The Newton decrement; see also the tests of the exact subproblem."""

import numpy as np

from neuralnet.optimizers.newton_decrement import is_idle


def test_weights_without_any_curvature_are_idle():
    assert is_idle(np.diag([1.0, 0.0]))
    assert is_idle(np.diag([1.0, 1e-40]))
    assert not is_idle(np.diag([1.0, 1e-20]))
