"""Stopping rules: their counts, thresholds and messages."""

from math import inf, nan

import numpy as np
import pytest
from loops import case_by_case
from networks import OPTIMIZERS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Stop
from neuralnet.training.stopping import StoppingRules, StoppingState

QUIET = {"trace": 0, "tolerance": None}
FIRST_ORDER = ("gradient_descent", "momentum", "nesterov", "adam", "rprop")


def observe(rules, values, state=None, held=None):
    """Pass a sequence of penalized losses to a rule; theta is the number of the update."""
    state = StoppingState() if state is None else state
    for number, value in enumerate(values):
        at = nan if held is None else held[number]
        state = rules.update(state, value, at, np.array([float(number)]), number)
    return state


# Loss -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tolerance", "loss", "stops"),
    [(0.5, 0.499, True), (0.5, 0.5, False), (0.0, -1.0, False), (-1.0, -2.0, False), (None, 0, 0)],
)
def test_loss_below_the_tolerance_is_converged(tolerance, loss, stops):
    stop = StoppingRules(tolerance=tolerance).check_step(loss, None)
    assert stop == (Stop(True, "The loss, 0.499, is below the tolerance, 0.5.") if stops else None)


# Relative change ------------------------------------------------------------------------------


@case_by_case(
    ("changes", "stops"),
    [
        ([0.01] * 10, True),
        ([0.01] * 9, False),
        ([-0.01] * 10, True),
        ([0.01] * 9 + [0.02], False),
        ([0.02] + [0.01] * 10, True),
        ([0.01] * 5 + [0.02] + [0.01] * 9, False),
        ([0.0] * 10, True),
    ],
)
def test_ten_consecutive_small_changes_end_training(changes, stops):
    """Each value differs from the one before by this share of itself."""
    values = [64.0]
    for change in changes:
        values.append(values[-1] / (1.0 - change))
    rules = StoppingRules(relative_tolerance=0.0101)
    stop = rules.check_history(observe(rules, values))
    assert bool(stop) == stops
    if stops:
        assert stop == Stop(
            True, "The loss changed by no more than 0.0101 of itself in each of 10 iterations."
        )


def test_relative_change_is_of_the_later_loss_and_may_equal_the_tolerance():
    """From 2 to 1 the change is 1 of the later loss; from 1 to 2 it is 0.5."""
    rules = StoppingRules(relative_tolerance=0.5)
    assert observe(rules, [1.0, 2.0]).n_small_changes == 1
    assert observe(rules, [2.0, 1.0]).n_small_changes == 0
    assert observe(StoppingRules(relative_tolerance=1.0), [2.0, 1.0]).n_small_changes == 1


def test_changes_counted_by_another_tolerance_do_not_count():
    wide, narrow = StoppingRules(relative_tolerance=0.1), StoppingRules(relative_tolerance=1e-6)
    state = observe(wide, [1.0] * 11)
    assert wide.check_history(state) and not narrow.check_history(state)
    assert observe(narrow, [1.0], state).n_small_changes == 1
    assert StoppingRules().check_history(state) is None


@case_by_case("optimizer", OPTIMIZERS)
def test_relative_tolerance_ends_training_of_every_optimizer(optimizer):
    options = {"optimizer": optimizer, **QUIET}
    # With more decay Newton's own rule applies before ten small changes in a row.
    decay, small = (1e-5, 0.1) if optimizer == "newton" else (0.1, 0.02)
    net = make_net(hidden=2, decay=decay).train(400, relative_tolerance=small, **options)
    assert net.converged
    last = len(net.history)
    assert 10 < last < 400
    assert f"no more than {small:g} of itself in each of 10 iterations" in net.message
    # The penalized loss before each update; ten small changes in a row for the first time.
    twin, values = make_net(hidden=2, decay=decay), []
    for _ in range(last):
        values.append(twin.compute_loss(penalty=True))
        twin.train(1, **options)
    assert twin.theta.tobytes() == net.theta.tobytes()
    quiet = np.abs(np.diff(values)) <= small * np.array(values[1:])
    runs = np.convolve(quiet, np.ones(10), "valid")
    assert runs.argmax() + 10 == len(quiet)
    assert runs.max() == 10
    # That rule still applies; training continues with a stricter one.
    assert net.train(5, relative_tolerance=small, **options).theta.tobytes() == twin.theta.tobytes()
    net.train(5, relative_tolerance=1e-9, **options)
    assert (len(net.history), net.converged) == (last + 5, False)


# Gradient -------------------------------------------------------------------------------------


def slide_by_hand(net, decay, mixture):
    """Gradient of the penalized loss by theta; at 0 the minimum-norm subgradient of the L1 part."""
    plain = np.concatenate([dW.ravel() for dW in make_gradient(net)])
    theta, pull = net.theta, decay * mixture
    smooth = plain + 2 * decay * (1 - mixture) * theta
    at_zero = np.sign(smooth) * np.maximum(np.abs(smooth) - pull, 0.0)
    return np.where(theta == 0, at_zero, smooth + pull * np.sign(theta))


def make_gradient(net):
    """Gradient without the penalty, from the arrays of a backward pass."""
    return [layer.dW for layer in net.layers()]


@case_by_case("mixture", [0.0, 0.8])
@case_by_case("optimizer", FIRST_ORDER)
def test_small_gradient_ends_first_order_training(optimizer, mixture):
    def make():
        return make_net("gaussian", 0, decay=1.0, mixture=mixture)

    rate = {"learn_rate": 0.1} if optimizer == "adam" else {}
    options = {"optimizer": optimizer, **rate, **QUIET}
    tolerance = 0.05
    net = make().train(3000, gradient_tolerance=tolerance, **options)
    last = len(net.history)
    assert net.converged, net.message
    assert 1 < last < 3000
    # Evaluated only where the last update began; with weights of standardized columns.
    twin, cost, X = make(), net.Y.to_numpy(), net.X
    bound = tolerance * 0.5 * ((cost - cost.mean()) ** 2).sum()
    numeric = np.isin(net.x_names, ["x1", "x2"])
    center, spread = np.where(numeric, [X.mean(0), X.std(0)], [[0.0], [1.0]])
    for number in range(1, last + 1):
        gradient = slide_by_hand(twin, 1.0, mixture)
        largest = np.abs(cost.std() * (gradient - center * gradient[0]) / spread).max()
        assert (largest <= bound) == (number == last)
        twin.train(1, **options)
    assert twin.theta.tobytes() == net.theta.tobytes()
    assert net.message == f"The largest gradient, {largest:.2g}, is within {bound:.2g} of zero."
    assert net.message.startswith("The largest gradient")


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_small_gradient_is_the_same_in_any_units_of_the_response(optimizer):
    """With ``scale=True`` the optimizer gets the same numbers, up to rounding."""
    ends = []
    for unit in (1.0, 2.0**-20, 2.0**20):
        table = make_table()
        table["cost"] *= unit
        net = NeuralNetwork("cost ~ x1 + x2", table, 2, scale=True, init="glorot", seed=1)
        net.train(5000, gradient_tolerance=1e-3, optimizer=optimizer, trace=0)
        ends.append((net.converged, len(net.history)))
    assert ends[0][0] and 10 < ends[0][1] < 5000
    assert ends[0] == ends[1] == ends[2]


@case_by_case("scale", [False, True])
@case_by_case("family", ["softmax", "binomial", "gaussian", "poisson"])
def test_small_gradient_is_the_same_by_any_weights(family, scale):
    """Rprop depends on signs only."""
    ends = []
    for w in (1.0, 2.0**-27):
        options = {"weights": np.full(36, w), "scale": scale}
        net = make_net(family, 1, **options)
        net.train(5000, gradient_tolerance=1e-2, optimizer="rprop", **QUIET)
        ends.append((net.converged, len(net.history), net.theta.tobytes()))
    assert ends[0][0] and 3 < ends[0][1] < 5000
    assert ends[0] == ends[1]


@pytest.mark.filterwarnings("ignore:Training ended at loss .* decay=300 is so high")
def test_gradient_rule_treats_zeros_of_l1_as_stationary():
    """With such a strong L1 penalty all weights are 0, where the plain gradient is large."""
    net = make_net("gaussian", 0, decay=300.0, mixture=1.0)
    net.train(5000, 1e-3, gradient_tolerance=1e-6, **QUIET)
    assert net.converged, net.message
    assert not net.theta.any()
    assert np.abs(np.concatenate([dW.ravel() for dW in make_gradient(net)])).max() > 10


@pytest.mark.parametrize("optimizer", ["lbfgs", "newton"])
def test_optimizers_with_their_own_rule_use_the_tolerance(optimizer):
    nets = {
        tolerance: make_net(hidden=2, decay=0.1).train(
            500, optimizer=optimizer, gradient_tolerance=tolerance, **QUIET
        )
        for tolerance in (1e-2, 1e-4, None)
    }
    assert all(net.converged for net in nets.values())
    assert len(nets[1e-2].history) < len(nets[1e-4].history) < len(nets[None].history)
    for tolerance in (1e-2, 1e-4):
        assert nets[tolerance].message.startswith("The largest gradient")
    # Training that ended by a loose tolerance continues without it as if it had never been given.
    nets[1e-2].train(500, optimizer=optimizer, **QUIET)
    assert nets[1e-2].theta.tobytes() == nets[None].theta.tobytes()
    assert nets[1e-2].history.equals(nets[None].history)


# Rows held out --------------------------------------------------------------------------------


def test_patience_counts_updates_since_the_lowest_loss():
    rules = StoppingRules(patience=2)
    state = observe(rules, [0.0] * 4, held=[5.0, 3.0, 3.0, 4.0])
    assert (state.best, state.best_theta[0], state.best_iteration, state.n_since_best) == (
        3.0,
        1.0,
        1,
        2,
    )
    assert rules.check_history(state) == Stop(
        False, "The validation loss has not fallen for 2 iterations."
    )
    assert StoppingRules(patience=3).check_history(state) is None
    assert StoppingRules().check_history(state) is None
    better = observe(rules, [0.0], state, held=[2.9])
    assert (better.best, better.n_since_best) == (2.9, 0)


@pytest.mark.parametrize("odd", [nan, inf])
def test_loss_on_rows_held_out_that_is_not_finite_is_no_best(odd):
    state = observe(StoppingRules(patience=2), [0.0] * 2, held=[odd, odd])
    assert (state.best, state.best_theta, state.n_since_best) == (inf, None, 2)


def test_without_patience_rows_held_out_are_not_remembered():
    assert observe(StoppingRules(relative_tolerance=0.1), [1.0], held=[3.0]).best == inf
    assert not StoppingRules(tolerance=1.0, gradient_tolerance=1.0).needs_history


@case_by_case("optimizer", OPTIMIZERS)
def test_patience_ends_training_of_every_optimizer_at_its_best_weights(optimizer):
    rows, table = [0, 5, 9, 14, 20, 30], make_table()
    kept = []
    net = make_net(hidden=4)
    options = {"validation": rows, "optimizer": optimizer, **QUIET}
    thetas = [net.theta]
    net.train(3000, patience=7, callback=lambda each, _: kept.append(each.theta), **options)
    thetas += kept
    losses = net.history["validation_loss"].to_numpy()
    assert net.message.startswith("The validation loss has not fallen for 7 iterations.")
    assert not net.converged
    # The loss of the final weights counts too, although it is in no row.
    net.theta, found = thetas[-1], net.theta
    after = net.compute_loss(table.iloc[rows])
    best = int(np.append(losses, after).argmin())
    assert found.tobytes() == thetas[best].tobytes()
    assert len(losses) == losses.argmin() + 8
    # The first n in a row that are no better than the best before.
    running = np.minimum.accumulate(losses)
    waits = [i - np.flatnonzero(losses[: i + 1] == running[i])[0] for i in range(len(losses))]
    assert max(waits[:-1]) == 6 and waits[-1] == 7


def test_patience_is_a_hundred_unless_given():
    net = make_net(hidden=4).train(3000, 0.02, validation=[0, 5, 9, 14, 20, 30], **QUIET)
    assert net.message.startswith("The validation loss has not fallen for 100 iterations.")
    losses = net.history["validation_loss"].to_numpy()
    assert len(losses) == losses.argmin() + 101


# Combined rules -------------------------------------------------------------------------------


def test_first_satisfied_rule_ends_training_and_is_reported():
    options = {
        "tolerance": 20.0,
        "relative_tolerance": 5e-3,
        "gradient_tolerance": 1e-1,
        "optimizer": "rprop",
        "trace": 0,
    }
    ends = {}
    for name in ("tolerance", "relative_tolerance", "gradient_tolerance"):
        alone = {"tolerance": None, name: options[name], "optimizer": "rprop", "trace": 0}
        net = make_net(decay=0.01).train(2000, **alone)
        ends[name] = (len(net.history), net.message, net.converged)
    together = make_net(decay=0.01).train(2000, **options)
    assert (len(together.history), together.message, together.converged) == min(ends.values())


@pytest.mark.filterwarnings("ignore:The tolerance is above the loss of an intercept")
def test_a_tolerance_that_an_intercept_satisfies_is_no_optimum():
    net = make_net("gaussian", 0).train(5, 0.005, tolerance=1e9, trace=0)
    assert net.message.startswith("The loss, ") and not net.converged


def test_converged_is_about_the_rule_not_about_the_iterations():
    net = make_net("gaussian", 0)
    assert net.train(30, 0.005, **QUIET).converged is False
    assert net.message == "Reached the maximum number of iterations."
    within = 1.01 * net.compute_loss()
    assert net.train(5, 0.005, tolerance=within, trace=0).converged is True
    assert net.train(5, 0.005, **QUIET).converged is False


def test_perfect_fit_has_no_relative_change():
    net = NeuralNetwork("cost ~ x1", make_table().assign(cost=0.0), init=0)
    net.train(50, relative_tolerance=0.0, **QUIET)
    assert (len(net.history), net.converged) == (11, True)
