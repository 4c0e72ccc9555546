"""What is said of a point where an optimizer may end."""

import re
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from neuralnet.optimizers import Newton, NewtonState
from neuralnet.optimizers.convergence import UNRESOLVED, bound_decrease, judge
from neuralnet.optimizers.newton_decrement import is_idle

GRADIENT = np.array([0.0, -2e-4])
STATE = NewtonState(
    evaluations=5, value=3.0, gradient=GRADIENT, radius=1.0, predicted_decrease=1.0, reference=2.0
)


def tell(tolerance=1e-12, gradient_tolerance=0.0, **changes):
    return judge(replace(STATE, **changes), tolerance, gradient_tolerance)


def test_before_the_first_step_nothing_is_said():
    assert tell(reference=nan, stalled=True) is None
    assert Newton().check_convergence(Newton().init(GRADIENT), nan) is None


def test_while_there_is_something_to_gain_it_goes_on():
    assert tell() is None
    assert tell(remaining_decrease=1e-11) is None


def test_what_is_left_is_told_as_a_share():
    stop = tell(remaining_decrease=1e-12)
    assert stop.converged
    assert stop.message.startswith("At an optimum: a further step promises 5e-13 of the loss")


@pytest.mark.parametrize("changes", [{"remaining_decrease": 1e-13}, {"stalled": True}])
def test_what_cannot_be_told_is_not_converged(changes):
    assert tell(resolved=False, **changes) is UNRESOLVED


@pytest.mark.parametrize(("tolerance", "ends"), [(1e-4, True), (0.99e-4, False), (0.0, False)])
def test_the_gradient_is_a_share_too(tolerance, ends):
    stop = tell(gradient_tolerance=tolerance)
    assert (stop is not None) == ends
    assert not ends or (stop.converged and "0.0002, is within 0.0001 of the loss" in stop.message)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"predicted_decrease": 1e-17},
            "as low as rounding lets it be.* promises 5e-18 of the loss",
        ),
        (
            {"predicted_decrease": 1e-3},
            "one promises 0.0005 of the loss .*: a long, flat valley, a",
        ),
        ({"predicted_decrease": nan}, "not finite"),
        ({"gradient": np.array([inf, 0.0])}, "not finite"),
    ],
)
def test_no_progress_is_told_by_its_cause(changes, told):
    stop = tell(stalled=True, **changes)
    assert not stop.converged
    assert re.search(told, stop.message)


def test_an_objective_with_a_floor_leaves_no_more_than_what_lies_above():
    def free(theta):
        return 0.0, theta

    assert np.isnan(bound_decrease(free, 3.0))
    free.floor = 1.0
    assert bound_decrease(free, 3.0) == 2.0


def test_weights_without_any_curvature_are_idle():
    assert is_idle(np.diag([1.0, 0.0]))
    assert is_idle(np.diag([1.0, 1e-40]))
    assert not is_idle(np.diag([1.0, 1e-20]))
