import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from math import sqrt

import numpy as np
import pytest
from problems import bank, barrier, logistic, minimize, quadratic, rosenbrock
from scipy.optimize import minimize as scipy_minimize

from neuralnet.lbfgs import LBFGS
from neuralnet.newton import Newton
from neuralnet.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Nesterov, Rprop
from neuralnet.protocols import Stop, judge_progress, try_point

everyone = pytest.mark.parametrize("name", OPTIMIZERS)


def scripted(*gradients):
    """Make an objective that gives these gradients one after the other, wherever it is asked."""
    left = iter(gradients)
    return lambda theta: (0.0, np.atleast_1d(np.array(next(left), dtype=float)))


def walk(optimizer, objective, theta, steps):
    """Every theta on the way, the start left out."""
    theta, state, path = np.atleast_1d(np.array(theta, dtype=float)), None, []
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state, _ = optimizer.step(objective, theta, state)
        path.append(theta)
    return np.array(path)


# Each rule, worked by hand ------------------------------------------------------------------


def test_gradient_descent_subtracts_the_gradient_times_the_rate():
    theta, gradient = np.array([0.1, -7.3, 1e5]), np.array([0.3, 1.7, -2.9])
    path = walk(GradientDescent(0.013), scripted(gradient, gradient), theta, 2)
    assert np.array_equal(path[0], theta - 0.013 * gradient)
    assert np.array_equal(path[1], path[0] - 0.013 * gradient)


def test_momentum_adds_half_the_last_step():
    # velocities -1/2, then -1/4 - 1, then -5/8 + 1/2
    path = walk(Momentum(0.5, momentum=0.5), scripted(1, 2, -1), 0.0, 3)
    assert path.ravel().tolist() == [-0.5, -1.75, -1.875]


def test_nesterov_takes_the_gradient_where_momentum_leads():
    problem, rate, momentum = bank()[3], 0.0005, 0.8
    behind, velocity, expected = np.array(problem.start), np.zeros(2), []
    for _ in range(20):
        _, gradient = rosenbrock(behind + momentum * velocity)
        velocity = momentum * velocity - rate * gradient
        behind = behind + velocity
        expected.append(behind + momentum * velocity)
    path = walk(Nesterov(rate, momentum), problem, problem.start, 20)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


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


def test_adams_decay_stays_out_of_the_averages():
    plain, decayed = Adam(learn_rate=0.5), Adam(learn_rate=0.5, decay=0.2)
    theta = np.array([10.0])
    moved, state, _ = plain.step(scripted(3), theta, plain.init(theta))
    shrunk, decayed_state, _ = decayed.step(scripted(3), theta, decayed.init(theta))
    assert shrunk[0] == pytest.approx(moved[0] - 0.5 * 0.2 * 10.0, rel=1e-14)
    assert (decayed_state.mean, decayed_state.square) == (state.mean, state.square)


def test_rprop_follows_signs_and_takes_a_bad_step_back():
    # Lengths 1, 2; then a change of sign: back by 2, length 1, the sign forgotten; then 1, 2;
    # and a gradient of 0 neither moves nor changes the length, nor does the step after it.
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, scripted(3, 1, -5, -4, -1, 0, 7), 0.0, 7)
    assert path.ravel().tolist() == [-1.0, -3.0, -1.0, 0.0, 2.0, 2.0, 0.0]


def test_rprop_treats_each_parameter_by_itself():
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, scripted([1, 1], [1, -1], [1, -1]), [0.0, 0.0], 3)
    assert path.tolist() == [[-1.0, -1.0], [-3.0, 0.0], [-7.0, 0.5]]


def test_rprop_keeps_lengths_within_bounds():
    up = walk(Rprop(first=1.0, most=3.0, grow=2.0), scripted(-1, -1, -1, -1), 0.0, 4)
    assert np.diff(up.ravel(), prepend=0.0).tolist() == [1.0, 2.0, 3.0, 3.0]
    turns = scripted(-1, 1, 1, -1, -1, 1, 1)
    down = walk(Rprop(first=1.0, least=0.4, shrink=0.5), turns, 0.0, 7)
    np.testing.assert_allclose(
        np.diff(down.ravel(), prepend=0.0), [1, -1, -0.5, 0.5, 0.4, -0.4, -0.4], rtol=1e-14
    )


def test_rprop_does_not_see_the_scale_of_the_loss():
    def scaled(theta):
        value, gradient = rosenbrock(theta)
        return 1024 * value, 1024 * gradient

    paths = [walk(Rprop(), f, [-1.2, 1.0], 100) for f in (rosenbrock, scaled)]
    assert np.array_equal(*paths)


# What all of them owe -----------------------------------------------------------------------


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
    judge = scipy_minimize(
        problem, problem.start, jac=True, hess=problem.hessian, method="trust-exact"
    )
    theta, _, stop = minimize(optimizer, problem, steps)
    assert stop is None
    assert problem(theta)[0] == pytest.approx(judge.fun, rel=1e-9)
    np.testing.assert_allclose(theta, judge.x, atol=1e-5)


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


@everyone
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_is_handed_back(name, bad):
    optimizer, theta = OPTIMIZERS[name], np.ones(3)
    moved, state, value = optimizer.step(
        lambda theta: (bad, np.full(3, bad)), theta, optimizer.init(theta)
    )
    assert moved.shape == (3,)
    np.testing.assert_equal(value, bad)
    assert optimizer.verdict(state, value) is None


@everyone
def test_records_are_frozen_and_compare_by_their_options(name):
    optimizer = OPTIMIZERS[name]
    assert is_dataclass(optimizer)
    assert replace(optimizer) == optimizer == pickle.loads(pickle.dumps(optimizer))
    option = fields(optimizer)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(optimizer, option, 1.0)


def test_who_has_a_rate_and_who_needs_curvature():
    rated = {name for name, o in OPTIMIZERS.items() if hasattr(o, "learn_rate")}
    assert rated == {"gradient_descent", "momentum", "nesterov", "adam"}
    assert [name for name, o in OPTIMIZERS.items() if o.needs_curvature] == ["newton"]
    assert OPTIMIZERS["gradient_descent"] == GradientDescent(learn_rate=0.01)


def test_options_become_plain_numbers():
    optimizer = Momentum(np.float32(0.5), np.float64(0.25))
    assert (type(optimizer.learn_rate), type(optimizer.momentum)) == (float, float)
    assert LBFGS(memory=5.0) == LBFGS(memory=5)
    assert type(LBFGS(memory=5.0).memory) is int


@pytest.mark.parametrize(
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
        (Rprop, "first", 1e-9, ValueError),
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


# What they share ----------------------------------------------------------------------------


def test_a_trial_out_of_bounds_counts_as_infinite_and_does_not_warn():
    value, gradient = try_point(barrier(), np.array([1.0, -1.0]))
    assert value == np.inf
    assert gradient.tolist() == [0.0, 2.0]
    assert try_point(lambda theta: (1.0, np.array([np.nan])), np.ones(1))[0] == np.inf


def test_no_progress_is_told_by_its_cause():
    gradient = np.array([0.0, -2e-4])
    assert judge_progress(gradient, 1.0, promise=1.0, stuck=False) is None
    floor = judge_progress(gradient, 1.0, promise=1e-17, stuck=True)
    cliff = judge_progress(gradient, 1.0, promise=1e-3, stuck=True)
    lost = judge_progress(np.array([np.inf]), 1.0, promise=1.0, stuck=True)
    assert not (floor.converged or cliff.converged or lost.converged)
    assert "as low as rounding lets it be" in floor.message and "0.0002" in floor.message
    assert "flat valley, a kink" in cliff.message and "0.0002" in cliff.message
    assert "not finite" in lost.message


def test_a_stop_is_a_frozen_record():
    with pytest.raises(FrozenInstanceError):
        Stop(True, "Done.").converged = False


@pytest.mark.parametrize(
    "optimizer", [*OPTIMIZERS.values(), Newton(dense_limit=0)], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("curvatures", [[1.0, 2.0], [0.0, 0.0]], ids=["minimum", "flat"])
def test_who_starts_where_the_gradient_is_nil_stays(optimizer, curvatures):
    problem = quadratic("there already", curvatures, [0.0, 0.0])
    theta, _, stop = minimize(optimizer, problem, 3)
    assert theta.tolist() == [0.0, 0.0]
    assert stop is None or stop.converged
