"""Random generators from the argument ``seed``."""

import re

import numpy as np
import pytest

from neuralnet.errors.random_generator import make_generator


@pytest.mark.parametrize("seed", [0, 42, np.int64(42), 2**80])
def test_generator_is_that_of_the_seed(seed):
    expected = np.random.default_rng(int(seed)).normal(size=5)
    np.testing.assert_array_equal(make_generator(seed).normal(size=5), expected)


def test_generator_is_used_as_given_or_created():
    rng = np.random.default_rng(0)
    assert make_generator(rng) is rng
    assert make_generator(None).normal() != make_generator(None).normal()


@pytest.mark.parametrize(
    ("seed", "error"),
    [(-1, ValueError), (1.0, TypeError), ("1", TypeError), (True, TypeError), ([1, 2], TypeError)],
)
def test_impossible_seeds_are_refused(seed, error):
    with pytest.raises(error, match=re.escape(f", not {seed!r}")):
        make_generator(seed)
