"""Random generators from the argument ``seed``."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import Generator

from .messages import quote


def make_generator(seed: Any) -> Generator:
    """Return a random generator for a seed.

    An int gives the same numbers each time, a Generator is returned as it is, and None gives a
    generator with an unpredictable seed. NumPy's global random state is not used.

    Raises
    ------
    TypeError
        If ``seed`` is of another type.
    ValueError
        If it is negative.
    """
    if seed is None or isinstance(seed, Generator):
        return np.random.default_rng(seed)
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, a numpy.random.Generator or None, not {quote(seed)}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {quote(seed)}")
    return np.random.default_rng(int(seed))
