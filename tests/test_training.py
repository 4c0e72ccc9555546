"""The loop: when it stops, what it keeps when the loss fails, and that it resumes bit by bit."""

from dataclasses import replace

import numpy as np
import pytest
from instances import INSTANCES, assert_close, build_objective

from neuralnet.batches import Sums
from neuralnet.coordinates import Raw
from neuralnet.objective import InMemory
from neuralnet.optimizers import LBFGS, OPTIMIZERS, Adam, GradientDescent, Momentum, Rprop
from neuralnet.protocols import Stop
from neuralnet.training import State, advance, assess

GENERATOR = {"bit_generator": "PCG64"}
NETWORKS = {instance.name: instance for instance in INSTANCES}


class Bowl:
    """``theta**2``, which is ``beyond`` outside of ``|theta| <= edge``; it counts its calls."""

    coordinates = Raw()

    def __init__(self, edge=np.inf, beyond=np.inf):
        self.edge, self.beyond, self.calls = edge, beyond, 0

    def __call__(self, theta):
        self.calls += 1
        value = float(theta @ theta)
        return (value if value <= self.edge**2 else self.beyond), 2.0 * theta

    def loss(self, value, theta):
        return value

    def evaluate(self, theta):
        return Sums(self(theta)[0], np.empty(0), 1.0, np.nan)


class Patient(GradientDescent):
    """Asks to stop once the value is at most 1."""

    def verdict(self, state, value):
        return Stop(True, "enough") if value <= 1.0 else None


def start(*theta):
    return State(np.array(theta, dtype=float), None, None, GENERATOR, 0)


def run(objective, optimizer, state, iterations, tolerance=None):
    return list(advance(objective, optimizer, state, iterations, tolerance))


@pytest.mark.parametrize(
    ("tolerance", "losses"),
    [
        (None, [16, 4, 1, 0.25, 0.0625]),
        (0.0, [16, 4, 1, 0.25, 0.0625]),
        (-1.0, [16, 4, 1, 0.25, 0.0625]),
        (0.5, [16, 4, 1, 0.25]),
        (1.0, [16, 4, 1, 0.25]),  # 1 is not below 1
        (1.01, [16, 4, 1]),
        (100.0, [16]),
    ],
)
def test_first_update_from_a_loss_below_the_tolerance_is_the_last(tolerance, losses):
    steps = run(Bowl(), GradientDescent(0.25), start(4.0), 5, tolerance)
    assert [step.loss for step in steps] == losses
    # The update is applied first: theta halves every time.
    assert [step.state.theta[0] for step in steps] == [2.0 ** (1 - i) for i in range(len(losses))]
    assert not any(step.stop or step.failed for step in steps[:-1])
    stop = steps[-1].stop
    if len(losses) == 5:
        assert stop is None
    else:
        assert stop.converged
        assert stop.message == f"The loss, {losses[-1]:g}, is below the tolerance, {tolerance:g}."


def test_optimizer_may_end_it():
    steps = run(Bowl(), Patient(0.25), start(4.0), 50)
    assert [step.loss for step in steps] == [16, 4, 1]
    assert steps[-1].stop == Stop(True, "enough")


def test_training_that_had_ended_does_not_go_on():
    objective = Bowl()
    *_, last = run(objective, LBFGS(), start(4.0, 1.0), 50)
    assert last.stop.converged and last.updated
    calls = objective.calls
    (again,) = run(objective, LBFGS(), last.state, 50)
    assert again.stop == last.stop
    assert not again.updated and not again.failed
    assert again.state is last.state
    assert objective.calls == calls


@pytest.mark.parametrize("iterations", [0, 1, 7])
def test_as_many_updates_as_asked_for(iterations):
    objective = Bowl()
    steps = run(objective, GradientDescent(0.25), start(4.0), iterations)
    assert [step.state.iteration for step in steps] == list(range(1, iterations + 1))
    # One pass for each update, and a look at where the last one ended.
    assert objective.calls == iterations + 1


@pytest.mark.parametrize("beyond", [np.inf, np.nan, -np.inf])
@pytest.mark.parametrize("iterations", [4, 5, 100])
def test_loss_that_fails_gives_back_the_last_good_weights(iterations, beyond):
    # theta: 1, -2, 4, -8, then 16, where there is no loss.
    *good, last = run(Bowl(10.0, beyond), GradientDescent(1.5), start(1.0), iterations)
    assert [step.loss for step in good] == [1, 4, 16, 64]
    assert last.failed and not last.updated
    assert all(step.updated and not step.failed for step in good)
    assert (last.state.iteration, last.state.theta[0]) == (3, -8.0)
    # What is kept is the very record that was committed then: so many history rows count.
    assert last.state is good[2].state
    assert not last.stop.converged
    assert "iteration 5" in last.stop.message
    assert "weights of iteration 3 are kept" in last.stop.message
    assert ("not a number" if np.isnan(beyond) else "infinite") in last.stop.message
    assert "learn_rate well below 1.5" in last.stop.message


def test_loss_that_does_not_fail_in_time_is_no_failure():
    steps = run(Bowl(10.0), GradientDescent(1.5), start(1.0), 3)
    assert steps[-1].state.theta[0] == -8.0
    assert steps[-1].stop is None


def test_weights_that_fail_at_once_stay_as_they_were():
    (step,) = run(Bowl(10.0), GradientDescent(1.5), start(20.0), 100)
    assert step.failed
    assert "infinite where training starts; nothing is changed" in step.stop.message
    assert (step.state.iteration, step.state.theta[0]) == (0, 20.0)


def test_training_that_stops_by_its_rule_still_ends_at_a_finite_loss():
    # 64 is below the tolerance, but the update from there leaves the bowl.
    steps = run(Bowl(10.0), GradientDescent(1.5), start(-8.0), 100, tolerance=100.0)
    assert steps[-1].failed and not steps[-1].stop.converged
    assert (steps[-1].state.iteration, steps[-1].state.theta[0]) == (0, -8.0)


def test_resumed_training_falls_back_to_where_it_stood():
    objective, optimizer = Bowl(10.0), GradientDescent(1.5)
    stood = run(objective, optimizer, start(1.0), 3)[-1].state
    last = run(objective, optimizer, stood, 100)[-1]
    assert last.failed
    assert (last.state.iteration, last.state.theta[0]) == (3, -8.0)


def test_rule_without_a_rate_is_not_told_of_one():
    last = run(Bowl(0.5), Rprop(), start(5.0), 3)[-1]
    assert last.failed
    assert "learn_rate" not in last.stop.message


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("network", ["softmax-sigmoid-tanh", "poisson-tanh-sigmoid-w"])
def test_resumed_training_gives_the_same_bits(network, name, scale):
    instance = NETWORKS[network]
    objective, optimizer = build_objective(instance, 0.01, scale), OPTIMIZERS[name]
    whole = run(objective, optimizer, start(*instance.theta), 7)
    assert len(whole) == 7
    for pause in (1, 3):
        parts = run(objective, optimizer, start(*instance.theta), pause)
        parts += run(objective, replace(optimizer), parts[-1].state, 7 - pause)
        for one, other in zip(whole, parts, strict=True):
            assert one.loss == other.loss
            assert one.state.iteration == other.state.iteration
            assert one.state.theta.tobytes() == other.state.theta.tobytes()


@pytest.mark.parametrize(
    ("first", "second", "goes_on"),
    [
        (Momentum(0.01, 0.9), Momentum(0.01, 0.9), True),
        (Momentum(0.01, 0.9), Momentum(0.002, 0.9), True),
        (Momentum(0.01, 0.9), Momentum(0.01, 0.5), False),
        (Adam(0.01), Adam(0.5), True),
        (Adam(0.01), Adam(0.01, beta1=0.8), False),
        (Momentum(0.01, 0.9), Adam(0.01), False),
        (Rprop(), Momentum(), False),
        (Rprop(), Rprop(), True),
        (Rprop(), Rprop(grow=1.1), False),
    ],
)
def test_only_another_rate_keeps_the_memory(first, second, goes_on):
    objective = Bowl()
    middle = run(objective, first, start(4.0, -1.0), 3)[-1].state
    memory = middle.optimizer_state if goes_on else second.init(middle.theta)
    expected, _, _ = second.step(objective, middle.theta, memory)
    (step,) = run(objective, second, middle, 1)
    np.testing.assert_array_equal(step.state.theta, expected)
    assert step.state.optimizer == second
    assert step.state.iteration == 4


def test_states_are_whole_and_stay_as_they_were():
    objective, begun = Bowl(), start(4.0, 1.0)
    kept = []
    for number, step in enumerate(advance(objective, Adam(), begun, 6), start=1):
        state = step.state
        assert state.iteration == number
        assert state.generator_state is GENERATOR
        assert state.optimizer == Adam()
        assert state.optimizer_state.steps == number
        assert not state.theta.flags.writeable
        kept.append((state, state.theta.copy(), state.optimizer_state.mean.copy()))
    for state, theta, mean in kept:
        np.testing.assert_array_equal(state.theta, theta)
        np.testing.assert_array_equal(state.optimizer_state.mean, mean)
    np.testing.assert_array_equal(begun.theta, [4.0, 1.0])
    assert (begun.iteration, begun.optimizer) == (0, None)


def test_nothing_happens_before_it_is_asked_for():
    objective = Bowl()
    steps = advance(objective, GradientDescent(), start(4.0), 100)
    assert objective.calls == 0
    next(steps)
    assert objective.calls == 1


@pytest.mark.parametrize("network", ["gaussian-sigmoid-tanh", "softmax-sigmoid-tanh-w"])
def test_scaling_is_training_on_standardized_columns(network):
    instance = NETWORKS[network]
    scaled = build_objective(instance, 0.01, scale=True)
    coordinates, batch = scaled.coordinates, instance.batch
    Z = (batch.X - coordinates.center) / coordinates.spread
    Y = batch.Y
    if instance.family.targets(Y) is not None:
        Y = (Y - coordinates.y_center) / coordinates.y_spread
    judge = replace(scaled, batches=InMemory(batch._replace(X=Z, Y=Y)), coordinates=Raw())
    optimizer, phi = GradientDescent(0.01), instance.theta
    ours = run(scaled, optimizer, start(*coordinates.to_raw(phi)), 20)
    theirs = run(judge, optimizer, start(*phi), 20)
    for one, other in zip(ours, theirs, strict=True):
        assert_close(coordinates.from_raw(one.state.theta), other.state.theta, 1e-10)
        assert one.loss == pytest.approx(other.loss * coordinates.unit, rel=1e-10)


@pytest.mark.parametrize(
    ("loss", "begun", "baseline", "expected"),
    [
        (98.9, 120.0, 100.0, None),
        (98.9, 90.0, 100.0, None),
        (0.0, 0.0, 0.0, None),
        (99.1, 120.0, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (99.1, 99.1, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (200.0, 120.0, 100.0, "it rose, from 120. Start again with {}"),
    ],
)
@pytest.mark.parametrize(
    ("optimizer", "rates"),
    [
        (GradientDescent(), {"hardly": "another learn_rate, ", "it": "a smaller learn_rate"}),
        (Rprop(), {"hardly": "", "it": "another optimizer"}),
    ],
)
def test_hardly_better_than_an_intercept_is_said(loss, begun, baseline, expected, optimizer, rates):
    words = assess(loss, begun, baseline, optimizer)
    if expected is None:
        assert words == ""
    else:
        assert f"at loss {loss:g}, not 1 % below the {baseline:g} that" in words
        assert expected.format(rates[expected.split()[0]]) in words
