"""Properties of all optimizers, and their options."""

import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import numpy as np
import pytest
from loops import case_by_case
from problems import bank, barrier, logistic, minimize, quadratic
from scipy.optimize import minimize as scipy_minimize

from neuralnet.optimizers import (
    LBFGS,
    OPTIMIZERS,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    Rprop,
    Stop,
    read_capabilities,
)

everyone = case_by_case("name", OPTIMIZERS)
FIRST_ORDER = ("gradient_descent", "momentum", "nesterov", "adam", "rprop")
first_order = case_by_case("name", FIRST_ORDER)

# In training the caller turns such warnings off.
OVERFLOWS = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")


@pytest.mark.parametrize(
    ("optimizer", "steps"),
    [
        (GradientDescent(0.1), 2_000),
        (Momentum(0.02), 2_000),
        (Nesterov(0.02), 2_000),
        (Adam(0.05), 3_000),
        (Rprop(), 2_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_first_order_reaches_the_minimum_of_a_convex_loss(optimizer, steps):
    problem = logistic()
    expected = scipy_minimize(
        problem, problem.start, jac=True, hess=problem.hessian, method="trust-exact"
    )
    theta, _, stop = minimize(optimizer, problem, steps)
    assert stop is None
    assert problem(theta)[0] == pytest.approx(expected.fun, rel=1e-9)
    np.testing.assert_allclose(theta, expected.x, atol=1e-5)


@OVERFLOWS
@everyone
@pytest.mark.parametrize("problem", bank(), ids=lambda problem: problem.name)
def test_the_value_is_that_at_the_old_theta(name, problem):
    optimizer, theta = OPTIMIZERS[name], np.array(problem.start)
    state = optimizer.init(theta)
    for _ in range(4):
        moved, state, value = optimizer.step(problem, theta, state)
        with np.errstate(over="ignore", invalid="ignore"):
            np.testing.assert_equal(value, problem.value_and_gradient(theta)[0])
        theta = moved


@everyone
def test_nothing_is_changed_in_place(name):
    optimizer, problem = OPTIMIZERS[name], logistic()
    theta = np.array(problem.start)
    state = optimizer.init(theta)
    for _ in range(15):
        theta.flags.writeable = False
        for array in arrays(state):
            array.flags.writeable = False
        moved, after, _ = optimizer.step(problem, theta, state)
        assert not any(np.shares_memory(moved, array) for array in arrays(after))
        theta, state = moved, after


def arrays(state):
    values = (getattr(state, field.name) for field in fields(state))
    return [value for value in values if isinstance(value, np.ndarray)]


@everyone
@pytest.mark.parametrize("make", [logistic, barrier])
def test_training_resumes_with_the_same_bits(name, make):
    optimizer, problem = OPTIMIZERS[name], make()

    def run(stops):
        theta = np.array(problem.start)
        state = optimizer.init(theta)
        for step in range(12):
            if step in stops:  # as if written to a file and read in another session
                kept = {f.name: getattr(state, f.name) for f in fields(state)}
                assert all(type(v) in (int, float, bool, np.ndarray) for v in kept.values())
                theta, state = theta.copy(), type(state)(**pickle.loads(pickle.dumps(kept)))
            theta, state, _ = optimizer.step(problem, theta, state)
        return theta, state

    (theta, state), (again, resumed) = run(()), run((0, 1, 5, 11))
    assert theta.tobytes() == again.tobytes()
    assert [a.tobytes() for a in arrays(state)] == [a.tobytes() for a in arrays(resumed)]


@OVERFLOWS
@everyone
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_is_handed_back(name, bad):
    optimizer, theta = OPTIMIZERS[name], np.ones(3)
    moved, state, value = optimizer.step(
        lambda theta: (bad, np.full(3, bad)), theta, optimizer.init(theta)
    )
    assert moved.shape == (3,)
    np.testing.assert_equal(value, bad)
    assert optimizer.check_convergence(state, value) is None


@everyone
def test_records_are_frozen_and_compare_by_their_options(name):
    optimizer = OPTIMIZERS[name]
    assert is_dataclass(optimizer)
    assert replace(optimizer) == optimizer == pickle.loads(pickle.dumps(optimizer))
    option = fields(optimizer)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(optimizer, option, 1.0)


def test_capabilities_of_each_optimizer():
    rated = {name for name, o in OPTIMIZERS.items() if hasattr(o, "learn_rate")}
    assert rated == {"gradient_descent", "momentum", "nesterov", "adam"}
    assert [name for name, o in OPTIMIZERS.items() if o.needs_curvature] == ["newton"]
    takers = {name for name, o in OPTIMIZERS.items() if read_capabilities(o).takes_l1}
    assert takers == set(FIRST_ORDER)
    dealt = {name for name, o in OPTIMIZERS.items() if read_capabilities(o).takes_batches}
    assert dealt == takers - {"rprop"}
    straight = {name for name, o in OPTIMIZERS.items() if read_capabilities(o).follows_gradient}
    assert straight == {"gradient_descent", "momentum", "nesterov"}
    assert OPTIMIZERS["gradient_descent"] == GradientDescent(learn_rate=0.01)


def test_options_become_plain_numbers():
    optimizer = Momentum(np.float32(0.5), np.float64(0.25))
    assert (type(optimizer.learn_rate), type(optimizer.momentum)) == (float, float)
    assert LBFGS(memory=5.0) == LBFGS(memory=5)
    assert type(LBFGS(memory=5.0).memory) is int


@case_by_case(
    ("record", "option", "given", "error"),
    [
        (GradientDescent, "learn_rate", 0, ValueError),
        (GradientDescent, "learn_rate", -0.1, ValueError),
        (GradientDescent, "learn_rate", np.nan, ValueError),
        (GradientDescent, "learn_rate", np.inf, ValueError),
        (GradientDescent, "learn_rate", "0.1", TypeError),
        (GradientDescent, "learn_rate", True, TypeError),
        (GradientDescent, "learn_rate", None, TypeError),
        (Momentum, "momentum", 1.0, ValueError),
        (Nesterov, "momentum", -0.5, ValueError),
        (Adam, "beta1", 1.0, ValueError),
        (Adam, "beta2", -0.1, ValueError),
        (Adam, "epsilon", 0.0, ValueError),
        (Adam, "decay", -1.0, ValueError),
        (Adam, "decay", "much", TypeError),
        (Rprop, "first", 1e-11, ValueError),
        (Rprop, "least", 0.0, ValueError),
        (Rprop, "most", 0.01, ValueError),
        (Rprop, "shrink", 0.0, ValueError),
        (Rprop, "shrink", 1.0, ValueError),
        (Rprop, "grow", 1.0, ValueError),
        (LBFGS, "memory", 0, ValueError),
        (LBFGS, "memory", 2.5, ValueError),
        (LBFGS, "memory", "ten", TypeError),
        (LBFGS, "gradient_tolerance", -1e-6, ValueError),
        (Newton, "gradient_tolerance", np.nan, ValueError),
        (Newton, "radius", 0.0, ValueError),
        (Newton, "dense_limit", -1, ValueError),
    ],
)
def test_an_impossible_option_is_named(record, option, given, error):
    with pytest.raises(error, match=rf"^{option} must be .*, not {given!r}"):
        record(**{option: given})


def test_a_stop_is_a_frozen_record():
    with pytest.raises(FrozenInstanceError):
        Stop(True, "Done.").converged = False


@case_by_case(
    "optimizer", [*OPTIMIZERS.values(), Newton(dense_limit=0)], ids=lambda o: type(o).__name__
)
@case_by_case("curvatures", [[1.0, 2.0], [0.0, 0.0]], ids=["minimum", "flat"])
def test_start_with_a_zero_gradient_stays(optimizer, curvatures):
    problem = quadratic("there already", curvatures, [0.0, 0.0])
    theta, _, stop = minimize(optimizer, problem, 3)
    assert theta.tolist() == [0.0, 0.0]
    assert stop is None or stop.converged
