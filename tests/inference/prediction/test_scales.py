"""Scales of intervals: log odds by their definition, and gradients by central differences."""

import numpy as np
import pytest
from scipy.special import expit, logit, softmax

from neuralnet.inference.prediction.scales import OddsScale

RNG = np.random.default_rng(4)
LINK = RNG.normal(scale=3.0, size=(7, 3))
SCALE = OddsScale()


def test_log_odds_are_those_of_the_probabilities():
    p = softmax(np.insert(LINK, 0, 0.0, axis=1), axis=1)
    odds = SCALE.transform(LINK)
    np.testing.assert_allclose(odds, logit(p), rtol=1e-12)
    np.testing.assert_allclose(SCALE.report(odds), p, rtol=1e-13)
    np.testing.assert_allclose(SCALE.find_slopes(odds), p * (1.0 - p), rtol=1e-12)


def test_log_odds_far_out_keep_their_digits():
    """Where a probability is 1 or 0 to the last bit, by the definition in scores."""
    odds = SCALE.transform(np.array([[800.0, 5.0], [-900.0, -900.0]]))
    wanted = [[-800.0, 800.0 - np.log1p(np.exp(5.0)), -795.0]]
    wanted.append([900.0 - np.log(2.0), -900.0, -900.0])
    np.testing.assert_allclose(odds, wanted, rtol=1e-13)
    assert SCALE.report(odds).tolist() == expit(odds).tolist()


def test_gradients_are_derivatives():
    direction, h = RNG.normal(size=LINK.shape), 1e-6
    found = SCALE.transform_gradients(LINK, direction[:, :, None])[:, :, 0]
    ahead, behind = (SCALE.transform(LINK + step * direction) for step in (h, -h))
    np.testing.assert_allclose(found, (ahead - behind) / (2.0 * h), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("first", [1, 2, 3])
def test_another_first_class_changes_nothing(first):
    scores = np.insert(LINK, 0, 0.0, axis=1)
    order = np.roll(np.arange(4), -first)
    moved = scores[:, order]
    other = SCALE.transform(moved[:, 1:] - moved[:, :1])
    np.testing.assert_allclose(other, SCALE.transform(LINK)[:, order], rtol=1e-12)
