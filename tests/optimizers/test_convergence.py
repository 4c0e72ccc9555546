"""The convergence criterion of L-BFGS and Newton's method."""

import re
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from problems import barrier

from neuralnet.optimizers import Newton
from neuralnet.optimizers.convergence import UNRESOLVED, bound_decrease, check_criteria, try_point
from neuralnet.optimizers.newton import NewtonState

GRADIENT = np.array([0.0, -2e-4])
STATE = NewtonState(
    evaluations=5, value=3.0, gradient=GRADIENT, radius=1.0, predicted_decrease=1.0, reference=2.0
)


def check(tolerance=1e-12, gradient_tolerance=0.0, **changes):
    return check_criteria(replace(STATE, **changes), tolerance, gradient_tolerance)


def test_before_the_first_step_it_continues():
    assert check(reference=nan, stalled=True) is None
    assert Newton().check_convergence(Newton().init(GRADIENT), nan) is None


def test_a_large_remaining_decrease_continues():
    assert check() is None
    assert check(remaining_decrease=1e-11) is None


def test_remaining_decrease_is_reported_as_a_share():
    stop = check(remaining_decrease=1e-12)
    assert stop.converged
    assert stop.message.startswith("At an optimum: a further step promises 5e-13 of the loss")


@pytest.mark.parametrize("changes", [{"remaining_decrease": 1e-13}, {"stalled": True}])
def test_an_unresolved_minimum_is_not_converged(changes):
    assert check(resolved=False, **changes) is UNRESOLVED


@pytest.mark.parametrize(("tolerance", "ends"), [(1e-4, True), (0.99e-4, False), (0.0, False)])
def test_the_gradient_is_a_share_too(tolerance, ends):
    stop = check(gradient_tolerance=tolerance)
    assert (stop is not None) == ends
    assert not ends or (stop.converged and "0.0002, is within 0.0001 of the loss" in stop.message)


@pytest.mark.parametrize(
    ("changes", "message"),
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
def test_no_progress_is_explained_by_its_cause(changes, message):
    stop = check(stalled=True, **changes)
    assert not stop.converged
    assert re.search(message, stop.message)


def test_a_floor_bounds_the_decrease():
    def free(theta):
        return 0.0, theta

    assert np.isnan(bound_decrease(free, 3.0))
    free.floor = 1.0
    assert bound_decrease(free, 3.0) == 2.0


def test_a_trial_out_of_bounds_counts_as_infinite_and_does_not_warn():
    value, gradient = try_point(barrier(), np.array([1.0, -1.0]))
    assert value == np.inf
    assert gradient.tolist() == [0.0, 2.0]
    assert try_point(lambda theta: (1.0, np.array([np.nan])), np.ones(1))[0] == np.inf
