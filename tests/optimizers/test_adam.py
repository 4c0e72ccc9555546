"""Adam: steps computed by hand, without and with an L1 penalty."""

from math import sqrt

import numpy as np
import pytest
from problems import Kinked, scripted, walk

from neuralnet.optimizers import Adam


def test_adam_divides_the_mean_by_the_root_of_the_square():
    # Averages 1/2 and 1/2, both 1 once corrected; then 7/4 and 19/4, corrected by 3/4.
    optimizer = Adam(learn_rate=1.0, beta1=0.5, beta2=0.5, epsilon=1.0)
    path = walk(optimizer, scripted(1, 3), 0.0, 2).ravel()
    np.testing.assert_allclose(path, [-0.5, -0.5 - (7 / 3) / (sqrt(19 / 3) + 1)], rtol=1e-14)


def test_adam_corrects_each_average_by_its_own_beta():
    # After one step the corrected averages are the gradient and its square, whatever the betas.
    optimizer = Adam(learn_rate=1.0, beta1=0.9, beta2=0.6, epsilon=2.0)
    path = walk(optimizer, scripted(-3), 0.0, 1)
    assert path[0, 0] == pytest.approx(3 / (3 + 2), rel=1e-14)


def test_weight_decay_of_adam_is_not_in_the_averages():
    plain, decayed = Adam(learn_rate=0.5), Adam(learn_rate=0.5, decay=0.2)
    theta = np.array([10.0])
    moved, state, _ = plain.step(scripted(3), theta, plain.init(theta))
    shrunk, decayed_state, _ = decayed.step(scripted(3), theta, decayed.init(theta))
    assert shrunk[0] == pytest.approx(moved[0] - 0.5 * 0.2 * 10.0, rel=1e-14)
    assert (decayed_state.mean, decayed_state.square) == (state.mean, state.square)


def test_adam_is_thresholded_at_the_rate_of_each_weight():
    # Corrected averages 1 and 1, and 3 and 9: sizes 2 and 4, of which the penalty is divided too.
    optimizer = Adam(learn_rate=1.0, beta1=0.5, beta2=0.5, epsilon=1.0)
    path = walk(optimizer, Kinked(scripted([1, 3]), 0.5), [2.0, 0.8], 1)
    np.testing.assert_allclose(path, [[2.0 - 1 / 2 - 0.5 / 2, 0.0]], rtol=1e-14)


def test_weight_decay_of_adam_precedes_the_l1_step():
    optimizer = Adam(learn_rate=0.5, decay=0.2)
    plain = walk(optimizer, scripted(3), 10.0, 1)[0, 0]
    assert walk(optimizer, Kinked(scripted(3), 0.6), 10.0, 1)[0, 0] == pytest.approx(
        plain - 0.5 * 0.6 / 3, rel=1e-8
    )
