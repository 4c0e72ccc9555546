import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import bank, barrier, logistic, minimize, quadratic, rosenbrock
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
from neuralnet.optimizers.convergence import try_point
from neuralnet.optimizers.proximal import clip_at_zero, l1_subgradient, soft_threshold

everyone = pytest.mark.parametrize("name", OPTIMIZERS)
FIRST_ORDER = ("gradient_descent", "momentum", "nesterov", "adam", "rprop")
first_order = pytest.mark.parametrize("name", FIRST_ORDER)


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


@pytest.mark.parametrize("place", [1e-7, 3e3])
def test_rprop_finds_a_minimum_in_any_units(place):
    """Weights of columns in small units are tiny, those of a response in large ones huge."""

    def bowl(theta):
        scaled = theta / place - np.array([1.0, -2.0])
        return float((scaled**2).sum()), 2.0 * scaled / place

    path = walk(Rprop(), bowl, [0.0, 0.0], 400)
    assert bowl(np.asarray(path[-1]))[0] < 1e-4


def test_rprop_does_not_see_the_scale_of_the_loss():
    def scaled(theta):
        value, gradient = rosenbrock(theta)
        return 1024 * value, 1024 * gradient

    paths = [walk(Rprop(), f, [-1.2, 1.0], 100) for f in (rosenbrock, scaled)]
    assert np.array_equal(*paths)


# The same with an L1 penalty, worked by hand -------------------------------------------------


class Kinked:
    """An objective with ``l1_weight`` besides what another one gives."""

    def __init__(self, objective, l1_weight):
        self.objective, self.l1_weight = objective, l1_weight

    def __call__(self, theta):
        return self.objective(theta)


def test_gradient_descent_is_drawn_to_zero_by_rate_times_absolute():
    objective = Kinked(scripted([1.0, 1.0, -1.0, 0.0]), np.array([2.0, 0.5, 4.0, 0.0]))
    # After the gradient 2.5, 0.25, -0.5 and 3; then by 1, 0.25, 2 and nothing.
    path = walk(GradientDescent(0.5), objective, [3.0, 0.75, -1.0, 3.0], 1)
    assert path.tolist() == [[1.5, 0.0, 0.0, 3.0]]


def test_momentum_forgets_the_motion_that_the_penalty_held_back():
    # To -1, drawn to -1/2: velocity -1/2. To -3/4, drawn to -1/4: velocity +1/4. To -1/8, which
    # is drawn to 0: velocity 1/4. On to 1/8, and back to 0.
    path = walk(Momentum(0.5, momentum=0.5), Kinked(scripted(2, 0, 0, 0, 0), 1.0), 0.0, 5)
    assert path.ravel().tolist() == [-0.5, -0.25, 0.0, 0.0, 0.0]


def test_nesterov_looks_ahead_from_where_the_penalty_left_it():
    # As published, with the proximal step where the plain one stands: from the point ahead.
    problem, rate, momentum, l1_weight = bank()[1], 0.1, 0.5, np.array([0.5, 3.0, 0.0])
    ahead = behind = np.array(problem.start)
    expected = []
    for _ in range(20):
        _, gradient = problem(ahead)
        straight = ahead - rate * gradient
        drawn = straight - np.clip(straight, -rate * l1_weight, rate * l1_weight)
        ahead, behind = drawn + momentum * (drawn - behind), drawn
        expected.append(ahead)
    path = walk(Nesterov(rate, momentum), Kinked(problem, l1_weight), problem.start, 20)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-15)


def test_adam_is_drawn_to_zero_at_the_rate_of_each_weight():
    # Corrected averages 1 and 1, and 3 and 9: sizes 2 and 4, of which the penalty is divided too.
    optimizer = Adam(learn_rate=1.0, beta1=0.5, beta2=0.5, epsilon=1.0)
    path = walk(optimizer, Kinked(scripted([1, 3]), 0.5), [2.0, 0.8], 1)
    np.testing.assert_allclose(path, [[2.0 - 1 / 2 - 0.5 / 2, 0.0]], rtol=1e-14)


def test_adams_own_decay_goes_before_the_penalty():
    optimizer = Adam(learn_rate=0.5, decay=0.2)
    plain = walk(optimizer, scripted(3), 10.0, 1)[0, 0]
    assert walk(optimizer, Kinked(scripted(3), 0.6), 10.0, 1)[0, 0] == pytest.approx(
        plain - 0.5 * 0.6 / 3, rel=1e-8
    )


def test_rprop_stops_at_zero_and_stays_where_both_ways_go_up():
    # Downhill from 1/2 by steps of 1 is beyond 0; there a slope of 1/2 is too little for 1.
    optimizer = Rprop(first=1.0, shrink=0.5, grow=2.0)
    path = walk(optimizer, Kinked(scripted(0.5, 0.5, -0.5, 0.5), 1.0), 0.5, 4)
    assert path.ravel().tolist() == [0.0, 0.0, 0.0, 0.0]


def test_rprop_leaves_zero_for_a_slope_that_is_steeper_than_the_penalty():
    optimizer = Rprop(first=0.25, shrink=0.5, grow=2.0)
    # At 0 the slope is -2, then beyond it -3 + 1.
    path = walk(optimizer, Kinked(scripted(-3, -3), 1.0), 0.0, 2)
    assert path.ravel().tolist() == [0.25, 0.75]
    # A step that ended at 0 is taken back by no more than it was long.
    back = walk(optimizer, Kinked(scripted(0.5, -4), 1.0), 0.125, 2)
    assert back.ravel().tolist() == [0.0, 0.125]


@first_order
@pytest.mark.parametrize("problem", bank(), ids=lambda problem: problem.name)
def test_no_bit_is_changed_where_there_is_no_l1_penalty(name, problem):
    optimizer = OPTIMIZERS[name]
    plain = walk(optimizer, problem, problem.start, 40)
    with_none = walk(optimizer, Kinked(problem, 0.0), problem.start, 40)
    assert plain.tobytes() == with_none.tobytes()


@first_order
def test_a_weight_without_penalty_does_not_feel_that_of_others(name):
    optimizer, problem = OPTIMIZERS[name], quadratic("alone", [2.0], [3.0])

    def both(theta):
        value, gradient = problem(theta[:1])
        return value, np.append(gradient, 0.5)

    alone = walk(optimizer, problem, [0.0], 40)
    beside = walk(optimizer, Kinked(both, np.array([0.0, 1.0])), [0.0, 1.0], 40)
    np.testing.assert_allclose(beside[:, 0], alone[:, 0], rtol=1e-12)
    assert not np.array_equal(beside[:, 1], walk(optimizer, both, [0.0, 1.0], 40)[:, 1])


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
    assert optimizer.check_convergence(state, value) is None


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


# What they share ----------------------------------------------------------------------------


numbers = st.floats(-5, 5).map(lambda x: round(x, 2))
weights = st.floats(0, 3).map(lambda x: round(x, 2))


def none(theta):
    return 0.0, np.zeros(theta.size)


@pytest.mark.parametrize("objective", [none, Kinked(none, 0.0), Kinked(none, np.float64(0.0))])
def test_without_an_l1_penalty_arrays_pass_untouched(objective):
    theta, gradient = np.array([1.0, -0.0]), np.array([-0.0, 2.0])
    assert soft_threshold(objective, theta, 0.5) is theta
    assert l1_subgradient(objective, theta, gradient) is gradient
    assert clip_at_zero(objective, theta, gradient) is gradient


@given(numbers, weights, weights)
def test_soft_threshold_is_the_proximal_step(theta, l1_weight, rate):
    # x minimizes (x - theta)**2 / 2 + rate * l1_weight * abs(x): its slope there holds 0.
    for weight in (l1_weight, np.array([l1_weight])):
        (x,) = soft_threshold(Kinked(none, weight), np.array([theta]), rate)
        bound = rate * l1_weight
        if x == 0.0:
            assert abs(theta) <= bound + 1e-12
        else:
            assert x - theta + bound * np.sign(x) == pytest.approx(0.0, abs=1e-12)


def test_soft_threshold_has_a_rate_for_each():
    theta = np.array([3.0, -3.0, 1.0])
    moved = soft_threshold(
        Kinked(none, np.array([1.0, 2.0, 2.0])), theta, np.array([0.5, 0.25, 1.0])
    )
    assert moved.tolist() == [2.5, -2.5, 0.0]


@given(st.lists(st.tuples(numbers, numbers, weights), min_size=1, max_size=5))
def test_l1_subgradient_is_the_subgradient_of_least_norm(each):
    theta, gradient, l1_weight = map(np.array, zip(*each, strict=True))
    theta[np.abs(theta) < 2.0] = 0.0
    slid = l1_subgradient(Kinked(none, l1_weight), theta, gradient)
    for t, g, a, found in zip(theta, gradient, l1_weight, slid, strict=True):
        # Away from 0 there is one subgradient, at 0 an interval of them.
        signs = [np.sign(t)] if t else np.linspace(-1.0, 1.0, 2001)
        assert abs(found) <= min(abs(g + a * sign) for sign in signs) + 1e-12
        assert abs(found - g) <= a + 1e-12
        if t:
            assert found == g + a * np.sign(t)


@given(numbers, numbers)
def test_clip_at_zero_stops_what_would_pass_zero(theta, moved):
    (stopped,) = clip_at_zero(Kinked(none, 0.5), np.array([theta]), np.array([moved]))
    assert stopped == (0.0 if theta * moved < 0.0 else moved)


def test_a_trial_out_of_bounds_counts_as_infinite_and_does_not_warn():
    value, gradient = try_point(barrier(), np.array([1.0, -1.0]))
    assert value == np.inf
    assert gradient.tolist() == [0.0, 2.0]
    assert try_point(lambda theta: (1.0, np.array([np.nan])), np.ones(1))[0] == np.inf


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
