"""Training loop: stopping, recovery from non-finite losses, and bit-for-bit resumption."""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pytest
from instances import INSTANCES, assert_close, build_objective
from loops import case_by_case

from neuralnet.optimizers import LBFGS, OPTIMIZERS, Adam, GradientDescent, Momentum, Rprop, Stop
from neuralnet.optimizers.schedules import Constant, FunctionSchedule, InverseTimeDecay
from neuralnet.perceptron.batch import Sums
from neuralnet.perceptron.scaling import Unscaled
from neuralnet.training.loop import advance, finish
from neuralnet.training.state import State, TrainingOptions
from neuralnet.training.stopping import StoppingRules

GENERATOR = {"bit_generator": "PCG64"}
LIMIT_REACHED = Stop(False, "Reached the maximum number of iterations.")
NETWORKS = {instance.name: instance for instance in INSTANCES}


class Bowl:
    """``(theta - at)**2``, ``beyond`` farther than ``edge`` away; counts its calls."""

    scaling = Unscaled()

    def __init__(self, edge=np.inf, beyond=np.inf, at=0.0):
        self.edge, self.beyond, self.at, self.calls = edge, beyond, at, 0
        self.observe = None

    def __call__(self, theta):
        self.calls += 1
        away = theta - self.at
        value = float(away @ away)
        if self.observe is not None:
            self.observe(theta, 2.0 * away)
        return (value if value <= self.edge**2 else self.beyond), 2.0 * away

    def with_observer(self, observe):
        observed = copy(self)
        observed.observe = observe
        return observed

    def loss(self, value, theta):
        return value

    def run_steps(self, optimizer, theta, memory, updates, tolerance):
        return None

    def evaluate(self, theta):
        return Sums(self(theta)[0], np.empty(0), 1.0, np.nan)


class Patient(GradientDescent):
    """Stop once the value is at most 1."""

    def check_convergence(self, state, value):
        return Stop(True, "enough") if value <= 1.0 else None


def start(*theta):
    return State(np.array(theta, dtype=float), None, None, GENERATOR, 0)


def run(objective, optimizer, state, iterations, tolerance=None, **options):
    """All steps; the last one finished, or followed by the step that replaced it."""
    training_options = TrainingOptions(
        optimizer, rules=StoppingRules(tolerance=tolerance), **options
    )
    steps = list(advance(objective, training_options, state, iterations))
    if not steps:
        return []
    last = finish(objective, training_options, steps[-1])
    return [*steps[: -1 if last.updated or not steps[-1].updated else None], last]


@case_by_case(
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
    # The update is applied before the check: theta is halved each time.
    assert [step.state.theta[0] for step in steps] == [2.0 ** (1 - i) for i in range(len(losses))]
    assert not any(step.stop or step.diverged for step in steps[:-1])
    stop = steps[-1].stop
    if len(losses) == 5:
        assert stop == LIMIT_REACHED
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
    assert not again.updated and not again.diverged
    assert again.state.theta is last.state.theta
    assert again.state.optimizer_state is last.state.optimizer_state
    assert again.state.iteration == last.state.iteration
    assert objective.calls == calls


@pytest.mark.parametrize("iterations", [0, 1, 7])
def test_number_of_updates_is_the_requested_one(iterations):
    objective = Bowl()
    steps = run(objective, GradientDescent(0.25), start(4.0), iterations)
    assert [step.state.iteration for step in steps] == list(range(1, iterations + 1))
    # One pass per update, and one evaluation at the end of the last one.
    assert objective.calls == (iterations + 1 if iterations else 0)


@case_by_case("beyond", [np.inf, np.nan, -np.inf])
@case_by_case("iterations", [4, 5, 100])
def test_loss_that_fails_gives_back_the_weights_of_the_lowest_loss(iterations, beyond):
    # theta: 2, 1, -2, 4, then -8, where the loss is not finite.
    options = {"schedule": FunctionSchedule(lambda t: 0.25 if t == 1 else 1.5)}
    *good, last = run(Bowl(5.0, beyond), GradientDescent(), start(2.0), iterations, **options)
    assert [step.loss for step in good] == [4, 1, 4, 16]
    assert last.diverged and not last.updated
    assert all(step.updated and not step.diverged for step in good)
    assert (last.state.iteration, last.state.theta[0]) == (1, 1.0)
    # The earlier record is restored as a whole, with its number of history rows.
    assert last.state is good[0].state
    assert not last.stop.converged
    what = "not a number" if np.isnan(beyond) else "infinite"
    assert last.stop.message == (
        f"The loss became {what} at iteration 5; training is back at the weights of iteration 1, "
        "where the loss was lowest. Try a learn_rate well below 1.5, scale=True, or columns whose "
        "values are of similar size."
    )


def test_loss_that_does_not_fail_in_time_is_no_failure():
    steps = run(Bowl(10.0), GradientDescent(1.5), start(1.0), 3)
    assert steps[-1].state.theta[0] == -8.0
    assert steps[-1].stop == LIMIT_REACHED


def test_weights_that_fail_at_once_stay_as_they_were():
    (step,) = run(Bowl(10.0), GradientDescent(1.5), start(20.0), 100)
    assert step.diverged
    assert "infinite where training starts; nothing is changed" in step.stop.message
    assert (step.state.iteration, step.state.theta[0]) == (0, 20.0)


def test_training_that_stops_by_its_rule_still_ends_at_a_finite_loss():
    # 64 is below the tolerance, but the update from there leaves the bowl.
    steps = run(Bowl(10.0), GradientDescent(1.5), start(-8.0), 100, tolerance=100.0)
    assert steps[-1].diverged and not steps[-1].stop.converged
    assert (steps[-1].state.iteration, steps[-1].state.theta[0]) == (0, -8.0)


def test_resumed_training_falls_back_to_its_start():
    """Lower losses of earlier calls are not considered."""
    objective, optimizer = Bowl(10.0), GradientDescent(1.5)
    stood = run(objective, optimizer, start(1.0), 3)[-1].state
    last = run(objective, optimizer, stood, 100)[-1]
    assert last.diverged
    assert (last.state.iteration, last.state.theta[0]) == (3, -8.0)


@pytest.mark.parametrize("pause", [1, 2, 3, 5, 100])
def test_lowest_loss_does_not_depend_on_the_grouping_of_updates(pause):
    """theta: 8, 4, 2, 1, -2, 4, -8, then 16; the minimum is found for any step length."""
    options = TrainingOptions(
        GradientDescent(), FunctionSchedule(lambda t: 0.25 if t <= 3 else 1.5)
    )
    *_, last = advance(Bowl(10.0), options, start(8.0), 100, lambda iteration: pause)
    assert last.diverged
    assert (last.state.iteration, last.state.theta[0], last.state.schedule_state) == (3, 1.0, 4)


def test_first_of_equal_losses_is_kept():
    """theta: 2, -2, 2, then a loss that is not finite."""
    schedule = FunctionSchedule(lambda t: 1.0 if t <= 2 else 99.0)
    last = run(Bowl(10.0), GradientDescent(), start(2.0), 50, schedule=schedule)[-1]
    assert last.diverged and last.state.iteration == 0


def test_exception_in_the_search_for_the_lowest_loss_is_raised():
    """The last complete step is committed."""

    class Tired(GradientDescent):
        calls = 0

        def step(self, objective, theta, state):
            Tired.calls += 1
            if Tired.calls == 9:
                raise MemoryError
            return super().step(objective, theta, state)

    schedule = FunctionSchedule(lambda t: 0.25 if t <= 3 else 1.5)
    steps = advance(
        Bowl(10.0), TrainingOptions(Tired(), schedule), start(8.0), 100, lambda iteration: 100
    )
    first = next(steps)
    assert (first.state.iteration, first.state.theta[0]) == (7, 16.0)
    with pytest.raises(MemoryError):
        next(steps)


def test_no_rate_is_named_for_an_optimizer_without_one():
    last = run(Bowl(0.5), Rprop(), start(5.0), 3)[-1]
    assert last.diverged
    assert "learn_rate" not in last.stop.message


@case_by_case("scale", [False, True])
@case_by_case("name", OPTIMIZERS)
@case_by_case("network", ["softmax-sigmoid-tanh", "poisson-tanh-sigmoid-w"])
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


@case_by_case(
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
def test_another_rate_alone_keeps_the_optimizer_state(first, second, goes_on):
    objective = Bowl()
    middle = run(objective, first, start(4.0, -1.0), 3)[-1].state
    memory = middle.optimizer_state if goes_on else second.init(middle.theta)
    expected, _, _ = second.step(objective, middle.theta, memory)
    (step,) = run(objective, second, middle, 1)
    np.testing.assert_array_equal(step.state.theta, expected)
    assert step.state.optimizer == second
    assert step.state.iteration == 4


def test_states_are_complete_and_immutable():
    objective, begun = Bowl(), start(4.0, 1.0)
    kept = []
    for number, step in enumerate(advance(objective, TrainingOptions(Adam()), begun, 6), start=1):
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


def test_generator_is_lazy():
    objective = Bowl()
    steps = advance(objective, TrainingOptions(GradientDescent()), start(4.0), 100)
    assert objective.calls == 0
    next(steps)
    assert objective.calls == 1


@case_by_case(
    "network", ["gaussian-sigmoid-tanh", "softmax-sigmoid-tanh-w", "gaussian-sigmoid-tanh-skip-w"]
)
@case_by_case("mixture", [0.0, 0.5])
def test_scaling_is_training_on_standardized_columns(network, mixture):
    instance = NETWORKS[network]
    scaled = build_objective(instance, 0.01, scale=True, mixture=mixture)
    scaling, batch = scaled.scaling, instance.batch
    reading = scaling.layers[0]
    Z = (batch.X - reading.center) / reading.spread
    Y = batch.Y
    if instance.family.scalable_response(Y) is not None:
        Y = (Y - scaling.y_center) / scaling.y_spread
    judge = replace(scaled, batches=(batch._replace(X=Z, Y=Y),), scaling=Unscaled())
    optimizer, phi = GradientDescent(0.01), instance.theta
    ours = run(scaled, optimizer, start(*scaling.to_raw(phi)), 20)
    theirs = run(judge, optimizer, start(*phi), 20)
    for one, other in zip(ours, theirs, strict=True):
        assert_close(scaling.from_raw(one.state.theta), other.state.theta, 1e-10)
        assert one.loss == pytest.approx(other.loss * scaling.loss_scale, rel=1e-10)


# Schedules ------------------------------------------------------------------------------------


def test_schedule_sets_the_rate_of_each_update():
    """Each step multiplies theta by 1 - 2 * rate."""
    rates = [0.25, 0.125, 0.375]
    schedule = FunctionSchedule(lambda t: rates[t - 1])
    steps = run(Bowl(), GradientDescent(7.0), start(4.0), 3, schedule=schedule)
    assert [step.learn_rate for step in steps] == rates
    assert [step.state.theta[0] for step in steps] == [2.0, 1.5, 0.375]
    # The stored optimizer is the given one.
    assert all(step.state.optimizer == GradientDescent(7.0) for step in steps)


def test_schedule_watches_the_penalized_loss_or_that_of_rows_held_out():
    seen = []

    @dataclass(frozen=True)
    class Watching(Constant):
        def step(self, t, loss):
            seen.append(loss)
            return t + 1

    run(Bowl(), GradientDescent(), start(4.0), 3, schedule=Watching(0.25))
    assert seen == [16.0, 4.0, 1.0]
    seen.clear()
    run(Bowl(), GradientDescent(), start(4.0), 3, schedule=Watching(0.25), validation=Bowl(at=1.0))
    assert seen == [9.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("second", "rates"),
    [
        (InverseTimeDecay(0.25, 1.0), [1 / 16, 1 / 20]),
        (InverseTimeDecay(0.25, 0.5), [1 / 4, 1 / 6]),
        (None, [np.nan, np.nan]),
    ],
)
def test_only_an_equal_schedule_continues(second, rates):
    begun = run(Bowl(), Momentum(), start(4.0), 3, schedule=InverseTimeDecay(0.25, 1.0))[-1].state
    steps = run(Bowl(), Momentum(), begun, 2, schedule=second)
    np.testing.assert_array_equal([step.learn_rate for step in steps], rates)
    # The momentum continues to move theta.
    still = replace(begun, optimizer_state=Momentum().init(begun.theta))
    assert steps[0].state.theta != run(Bowl(), Momentum(), still, 1, schedule=second)[0].state.theta


def test_another_optimizer_restarts_its_schedule():
    schedule = InverseTimeDecay(0.25, 1.0)
    begun = run(Bowl(), Momentum(), start(4.0), 3, schedule=schedule)[-1].state
    (step,) = run(Bowl(), Adam(), begun, 1, schedule=schedule)
    assert step.learn_rate == 0.25


def test_rate_that_the_schedule_gave_is_the_one_to_lower():
    schedule = FunctionSchedule(lambda t: [1.5, 2.5, 3.5, 4.5, 5.5][t - 1])
    # theta: 1, -2, 8, -48; beyond 40 the loss is not finite, and the first one is the lowest.
    for iterations in (3, 4):
        last = run(Bowl(40.0), GradientDescent(0.125), start(1.0), iterations, schedule=schedule)[
            -1
        ]
        assert last.diverged and (last.state.iteration, last.state.theta[0]) == (0, 1.0)
        assert "at iteration 4; training is back at the weights of iteration 0" in last.stop.message
        assert "learn_rate well below 3.5, " in last.stop.message


# Rows held out --------------------------------------------------------------------------------

# theta: 4, 2, 1, 0.5, ...; loss on held-out rows: 9, 1, 0, 0.25, 0.5625, 0.765625, ...
KEPT = "The weights of iteration 2 are kept, where the validation loss was lowest, 0."


def hold_out(state, iterations, patience=3, at=1.0, holdout="rows", rate=0.25, **rules):
    options = TrainingOptions(
        GradientDescent(rate),
        rules=StoppingRules(patience=patience, **rules),
        validation=Bowl(at=at),
        holdout=holdout,
    )
    steps = list(advance(Bowl(), options, state, iterations))
    return [*steps[:-1], finish(Bowl(), options, steps[-1])]


@pytest.mark.parametrize(
    ("patience", "updates", "theta", "message"),
    [
        (1, 4, 1.0, f"The validation loss has not fallen for 1 iteration. {KEPT}"),
        (3, 6, 1.0, f"The validation loss has not fallen for 3 iterations. {KEPT}"),
        (30, 10, 1.0, f"{LIMIT_REACHED.message} {KEPT}"),
    ],
)
def test_weights_with_the_lowest_loss_on_rows_held_out_are_kept(patience, updates, theta, message):
    steps = hold_out(start(4.0), 10, patience)
    expected = [(2.0 ** (2 - i) - 1) ** 2 for i in range(updates)]
    assert [step.validation_loss for step in steps] == expected
    last = steps[-1]
    assert (last.state.iteration, last.state.theta[0]) == (updates, theta)
    assert last.stop == Stop(False, message)
    assert not last.state.theta.flags.writeable
    assert (last.state.stopping.best_iteration, last.state.stopping.theta_to_resume[0]) == (
        2,
        2.0 ** (2 - updates),
    )


@pytest.mark.parametrize("iterations", [1, 2])
def test_latest_weights_stay_where_they_are_the_best(iterations):
    last = hold_out(start(4.0), iterations)[-1]
    assert (last.state.theta[0], last.stop) == (2.0 ** (2 - iterations), LIMIT_REACHED)
    assert last.state.stopping.theta_to_resume is None


def test_equal_loss_on_rows_held_out_is_no_better():
    """From -1 to 1: equally far from 0."""
    last = hold_out(start(-1.0), 1, at=0.0, rate=1.0)[-1]
    assert (last.state.theta[0], last.state.stopping.theta_to_resume[0]) == (-1.0, 1.0)


def test_training_continues_from_the_last_weights_not_from_the_best():
    stood = hold_out(start(4.0), 4, patience=30)[-1].state
    assert (stood.theta[0], stood.stopping.theta_to_resume[0]) == (1.0, 0.25)
    onward = hold_out(stood, 2, patience=30)
    assert onward[0].previous.theta[0] == 0.25 and onward[0].state.theta[0] == 0.125
    assert (onward[-1].state.theta[0], onward[-1].state.iteration) == (1.0, 6)


def test_latest_weights_that_are_the_best_are_where_it_continues():
    """theta: 4, -2, 1, -0.5; in the second run the latest weights are kept."""
    state, kept = start(4.0), []
    for _ in range(3):
        state = hold_out(state, 1, patience=30, at=1.2, rate=0.75)[-1].state
        kept.append(
            (
                state.theta[0],
                None
                if state.stopping.theta_to_resume is None
                else state.stopping.theta_to_resume[0],
            )
        )
    assert kept == [(4.0, -2.0), (1.0, None), (1.0, -0.5)]


def test_exhausted_patience_stays_so_until_it_is_increased():
    stood = hold_out(start(4.0), 50, patience=2)[-1]
    for patience in (2, 1):
        (again,) = hold_out(stood.state, 50, patience)
        assert not again.updated and again.state.theta is stood.state.theta
        assert again.stop == stood.stop
    more = hold_out(stood.state, 50, patience=5)
    assert len(more) == 3
    assert (more[-1].state.theta[0], more[-1].state.iteration) == (1.0, 8)


def test_other_rows_held_out_start_from_the_best_weights():
    stood = hold_out(start(4.0), 5)[-1].state
    other = hold_out(stood, 1, at=-1.0, holdout="others")[-1]
    assert other.previous.theta[0] == 1.0
    assert other.previous.stopping.best == np.inf
    assert (other.state.stopping.best, other.state.stopping.best_iteration) == (4.0, 5)


def test_optimizer_that_remembers_a_loss_forgets_it_with_other_rows():
    """L-BFGS at the optimum of all rows is not at the optimum of a part of them."""
    *_, ended = run(Bowl(), LBFGS(), start(4.0), 50)
    assert ended.stop.converged
    steps = run(Bowl(at=1.0), LBFGS(), ended.state, 50, holdout="rows", validation=Bowl(at=1.0))
    assert steps[0].updated and steps[-1].stop.converged
    assert steps[-1].state.theta[0] == pytest.approx(1.0, abs=1e-6)


def test_loss_on_rows_held_out_that_is_never_finite_keeps_nothing():
    options = TrainingOptions(
        GradientDescent(0.25),
        rules=StoppingRules(patience=30),
        validation=Bowl(edge=0.0),
        holdout="rows",
    )
    *_, last = advance(Bowl(), options, start(4.0), 5)
    last = finish(Bowl(), options, last)
    assert (last.state.theta[0], last.stop) == (0.125, LIMIT_REACHED)


def diverge(state, schedule, pause=100, at=1.0):
    options = TrainingOptions(
        GradientDescent(),
        FunctionSchedule(schedule),
        rules=StoppingRules(patience=99),
        validation=Bowl(at=at),
        holdout="rows",
    )
    *_, last = advance(Bowl(20.0), options, state, 100, lambda iteration: pause)
    last = finish(Bowl(20.0), options, last)
    assert last.diverged and not last.stop.converged
    return last


@pytest.mark.parametrize("pause", [1, 100])
def test_loss_on_rows_held_out_is_the_one_that_counts_after_a_divergence(pause):
    """theta: 4, 2, 1, -2, 4, ...; the overall minimum is at 1, that of the held-out rows at 2."""
    last = diverge(start(4.0), lambda t: 0.25 if t <= 2 else 1.5, pause, at=2.2)
    assert (last.state.iteration, last.state.theta[0], last.state.schedule_state) == (1, 2.0, 2)
    assert last.state.stopping.theta_to_resume is None
    assert "training is back at the weights of iteration 1, where" in last.stop.message
    assert "are kept" not in last.stop.message


def test_best_weights_of_former_training_outlast_a_divergence():
    """theta: 4, 2, 1, 0.5, of which 1 is kept; then 0.5, -1, 2, ..., no better on those rows."""
    stood = hold_out(start(4.0), 3, patience=99)[-1].state
    assert (stood.iteration, stood.theta[0], stood.stopping.theta_to_resume[0]) == (3, 1.0, 0.5)
    last = diverge(stood, lambda t: 1.5)
    state = last.state
    assert (state.iteration, state.theta[0], state.stopping.theta_to_resume[0]) == (3, 1.0, 0.5)
    assert last.stop.message.endswith(
        " The weights of iteration 2 are kept, where the validation loss was lowest, 0."
    )


def test_unchecked_updates_reset_the_count_of_small_changes():
    """Updates change almost nothing: five counted, one not, and five more are not ten in a row."""
    option_sets = [
        TrainingOptions(GradientDescent(1e-9), rules=StoppingRules(relative_tolerance=r))
        for r in (0.1, None)
    ]
    state = start(4.0)
    for options, iterations in [(option_sets[0], 6), (option_sets[1], 1), (option_sets[0], 6)]:
        *_, last = advance(Bowl(), options, state, iterations)
        assert last.stop is None
        state = last.state
    assert state.stopping.n_small_changes == 5


# Gradients ------------------------------------------------------------------------------------


class Searching(GradientDescent):
    """Evaluate the objective elsewhere before and after theta."""

    needs_curvature = True

    def step(self, objective, theta, state):
        objective(theta + 1.0)
        moved, state, value = super().step(objective, theta, state)
        objective(theta - 1.0)
        assert objective.hessian(theta) == 2.0
        return moved, state, value


def test_gradient_is_judged_where_the_update_began():
    bowl = Bowl()
    bowl.hessian = lambda theta: 2.0
    options = TrainingOptions(Searching(0.25), rules=StoppingRules(gradient_tolerance=0.25))
    # theta: 4, 2, ..., 0.125; the gradient is twice that, and at 1 - 1 it is 0.
    *_, last = advance(bowl, options, start(4.0), 50)
    assert (last.state.iteration, last.stop.converged) == (6, True)
    assert last.stop.message == "The largest gradient, 0.25, is within 0.25 of zero."


class Hasty(GradientDescent):
    """Stop where the value is at most 1, or nan."""

    def check_convergence(self, state, value):
        return None if value > 1.0 else Stop(True, "enough")


def test_optimizer_is_not_judged_before_its_first_step():
    steps = run(Bowl(), Hasty(0.25), start(4.0), 50)
    assert [step.loss for step in steps] == [16, 4, 1]
    (again,) = run(Bowl(), Hasty(0.25), steps[-1].state, 50)
    assert not again.updated
