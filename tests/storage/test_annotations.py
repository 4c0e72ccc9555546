"""Values are checked against the type annotations of their fields."""

import sys
from typing import Any

import numpy as np
import pytest
from loops import case_by_case
from numpy.typing import NDArray

from neuralnet import optimizers
from neuralnet.activations import Activation, Tanh
from neuralnet.families import Family, Gaussian
from neuralnet.optimizers import Schedule, schedules
from neuralnet.storage.annotations import check_type, fits

Floats = np.ndarray[Any, np.dtype[np.float64]]


@case_by_case(
    ("value", "wanted", "is_one"),
    [
        (1, int, True),
        (True, int, False),
        (1.0, int, False),
        (1, float, True),
        (np.float64(1), float, True),
        (True, float, False),
        ("1", float, False),
        (None, float | None, True),
        ((1, 2), tuple[int, ...], True),
        ([1, 2], tuple[int, ...], False),
        ((1, 2, 3), tuple[int, int], False),
        ((), tuple[int, ...], True),
        (np.ones(2), Floats, True),
        (np.ones(2, dtype=int), Floats, False),
        (np.ones(2), NDArray[np.float64], True),
        (np.ones(2, dtype=int), NDArray[np.float64], False),
        ([1.0], NDArray[np.float64], False),
        (np.ones(2, dtype=int), NDArray[Any], True),
        (np.array(["a"]), NDArray[Any], False),
        ((np.ones(2), None), tuple[NDArray[np.bool_] | None, ...], False),
        ((np.ones(2, dtype=bool), None), tuple[NDArray[np.bool_] | None, ...], True),
        (optimizers.Adam(), optimizers.Optimizer, True),
        (Tanh(), optimizers.Optimizer, False),
        (Tanh(), Activation, True),
        (optimizers.Adam(), Activation, False),
        (Gaussian(), Family, True),
        (Tanh(), Family, False),
        (schedules.StepDecay(0.1, every=3), Schedule, True),
        (optimizers.Adam(), Schedule, False),
        (print, Any, True),
    ],
)
def test_types_of_fields(value, wanted, is_one):
    assert fits(value, wanted) is is_one


@pytest.mark.skipif(sys.version_info < (3, 12), reason="aliases by 'type' are of Python 3.12")
def test_type_aliases_are_resolved():
    names = {}
    exec("type Number = int | float; type Many[T] = tuple[T, ...]", names)
    assert fits(1.5, names["Number"]) and not fits("1", names["Number"])
    assert fits((1, 2), names["Many"][int]) and not fits((1, "2"), names["Many"][int])


def test_value_of_another_type_is_refused_by_name():
    assert check_type((1, 2), tuple[int, ...]) == (1, 2)
    with pytest.raises(TypeError, match=r"^a str in place of .*int"):
        check_type("1", int)
