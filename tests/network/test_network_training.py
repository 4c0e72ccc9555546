"""Steps, training and resuming: the same bits for any split into calls, and the messages."""

import json
import re
import sys
import warnings
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, OPTIMIZERS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Adam, GradientDescent, Momentum
from neuralnet.optimizers.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    FunctionSchedule,
    InverseTimeDecay,
    ReduceOnPlateau,
    StepDecay,
)

REFERENCE = Path(__file__).parents[1] / "reference"
QUIET = {"trace": 0, "tolerance": None}


# One step -------------------------------------------------------------------------------------


@case_by_case("family", FORMULAS)
@case_by_case("options", [{}, {"decay": 0.1, "scale": True}])
def test_one_step_by_hand_is_one_iteration(family, options):
    net = make_net(family, **options)
    twin, third = net.clone(), net.clone()
    assert net.feedforward().backpropagate(0.01) is net
    assert twin.train(1, 0.01, trace=0) is twin
    third.backpropagate(0.01)
    assert net.theta.tobytes() == twin.theta.tobytes() == third.theta.tobytes()
    assert net.history.equals(twin.history)
    assert net.message == twin.message


def test_step_is_the_backward_pass_of_the_articles():
    net = make_net("softmax", 3)
    X, W1, W2 = net.X, net.W1, net.W2
    h = 1 / (1 + np.exp(-X @ W1))
    Y = (net.Y.to_numpy()[:, None] == np.array(net.classes)).astype(float)
    delta = net.output - Y
    dW2 = np.column_stack([np.ones(36), h]).T @ delta
    dW1 = X.T @ (h * (1 - h) * (delta @ W2[1:].T))
    net.backpropagate(0.05)
    np.testing.assert_allclose(net.W1, W1 - 0.05 * dW1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(net.W2, W2 - 0.05 * dW2, rtol=0, atol=1e-14)


def test_steps_by_hand_add_up_and_each_has_its_row():
    net, twin = make_net(), make_net()
    for _ in range(5):
        net.feedforward().backpropagate(0.02)
    twin.train(5, 0.02, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)
    assert net.message != make_net().message


def test_rate_of_a_step_is_a_hundredth_unless_given():
    bits = [make_net().backpropagate(*rate).theta.tobytes() for rate in ((), (0.01,), (0.02,))]
    assert bits[0] == bits[1] != bits[2]
    assert make_net().train(1, trace=0).theta.tobytes() == bits[0]


def test_step_reads_theta_not_an_output_stored_before():
    """Regression test for the seed's bug: an output one update older than the weights."""
    net, twin = make_net().feedforward(), make_net()
    for one in (net, twin):
        one.W1 = np.ones((5, 3))
    assert net.backpropagate().theta.tobytes() == twin.backpropagate().theta.tobytes()


# Resuming -------------------------------------------------------------------------------------


@case_by_case("scale", [False, True])
@case_by_case("optimizer", OPTIMIZERS)
def test_training_may_be_split_anywhere(optimizer, scale):
    options = {"optimizer": optimizer, **QUIET}
    whole = make_net(decay=0.01, scale=scale).train(7, **options)
    parts = make_net(decay=0.01, scale=scale)
    for iterations in (3, 0, 1, 3):
        assert parts.train(iterations, **options) is parts
        parts = parts.clone()
        parts.feedforward().predict()
    assert parts.theta.tobytes() == whole.theta.tobytes()
    assert parts.history.equals(whole.history)
    assert len(whole.history) == 7


def fall(t):
    return 0.02 / t


class Falling:
    """User-defined schedule without equality, also used as a callable object."""

    init, step = (lambda self: 1), (lambda self, t, loss: t + 1)

    def rate(self, t):
        return fall(t)

    __call__ = rate


ROWS = [0, 5, 9, 14, 20, 30]
# Options for every optimizer, and options for optimizers with a learning rate.
EVERYWHERE = {
    "share": {"validation": 0.3},
    "positions": {"validation": ROWS},
    "data frame": {"validation": make_table().iloc[ROWS]},
    "patience": {"validation": ROWS, "patience": 2},
    "relative tolerance": {"relative_tolerance": 0.5},
    "gradient tolerance": {"gradient_tolerance": 1e-3},
}
RATED = {
    "constant": {"learn_rate": Constant(0.02)},
    "step": {"learn_rate": StepDecay(0.02, every=3)},
    "exponential": {"learn_rate": ExponentialDecay(0.02, 0.9)},
    "inverse time": {"learn_rate": InverseTimeDecay(0.02, 0.5)},
    "cosine": {"learn_rate": CosineDecay(0.02, iterations=9, warmup=3)},
    "plateau": {"learn_rate": ReduceOnPlateau(0.2, patience=1, threshold=0.1)},
    "plateau of rows held out": {
        "learn_rate": ReduceOnPlateau(0.2, patience=1, threshold=0.1),
        "validation": 0.3,
    },
    "function": {"learn_rate": fall},
    "object as function": {"learn_rate": FunctionSchedule(Falling())},
    "object as schedule": {"learn_rate": Falling()},
    "mini-batches": {"batch_size": 10},
    "mini-batches, share": {"batch_size": 10, "validation": 0.3},
    "mini-batches, schedule": {"batch_size": 10, "learn_rate": StepDecay(0.02, every=3)},
    "mini-batches, patience": {"batch_size": 10, "validation": ROWS, "patience": 2},
}
BATCHED = ("gradient_descent", "momentum", "nesterov", "adam")
GOING_ON = [
    *((optimizer, name) for optimizer in OPTIMIZERS for name in EVERYWHERE),
    *((optimizer, name) for optimizer in BATCHED for name in RATED),
]


@pytest.mark.filterwarnings("ignore:Training ended at loss")
@case_by_case(
    ("optimizer", "name", "scale"),
    [(*each, turn % 2 == 0) for turn, each in enumerate(GOING_ON)],
)
def test_training_with_options_may_be_split_anywhere(optimizer, name, scale):
    mixture = 0.5 if optimizer in BATCHED else 0.0
    net = make_net(decay=0.01, scale=scale, mixture=mixture).train(2, 0.01, **QUIET)
    options = {"optimizer": optimizer, **QUIET, **(EVERYWHERE | RATED)[name]}
    whole = net.clone().train(12, **options)
    parts = net
    for iterations in (1, 0, 4, 7):
        assert parts.train(iterations, **options) is parts
        assert not parts.theta.flags.writeable
        parts = parts.clone()
        parts.feedforward().predict()
    assert parts.theta.tobytes() == whole.theta.tobytes()
    assert parts.history.equals(whole.history)
    assert (parts.message, parts.converged) == (whole.message, whole.converged)
    assert ("learn_rate" in whole.history) == ("learn_rate" in options)
    assert ("validation_loss" in whole.history) == ("validation" in options)


@pytest.mark.filterwarnings("ignore:Training ended at loss")
def test_training_may_be_split_after_it_has_ended():
    """Check that some of these runs end before the maximum number of iterations."""
    net = make_net(decay=0.01).train(2, 0.01, **QUIET)
    for name, optimizer in [("patience", "rprop"), ("relative tolerance", "gradient_descent")]:
        ended = net.clone().train(14, optimizer=optimizer, **QUIET, **EVERYWHERE[name])
        assert "maximum number" not in ended.message and len(ended.history) < 16


ANEW = {
    "another optimizer": ({"optimizer": "momentum"}, {"optimizer": "nesterov"}),
    "rows held out": ({"optimizer": "momentum"}, {"optimizer": "momentum", "validation": ROWS}),
    "no rows held out": ({"optimizer": "momentum", "validation": ROWS}, {"optimizer": "momentum"}),
    "other rows held out": (
        {"optimizer": "adam", "validation": ROWS},
        {"optimizer": "adam", "validation": [1, 2, 3]},
    ),
    "the same rows, but not held out": (
        {"optimizer": "lbfgs", "validation": ROWS},
        {"optimizer": "lbfgs", "validation": make_table().iloc[ROWS]},
    ),
    "lbfgs with rows held out": (
        {"optimizer": "lbfgs"},
        {"optimizer": "lbfgs", "validation": ROWS},
    ),
    "newton with rows held out": (
        {"optimizer": "newton"},
        {"optimizer": "newton", "validation": ROWS},
    ),
}


@case_by_case("case", ANEW)
def test_another_objective_resets_the_optimizer_state(case):
    first, second = ANEW[case]
    net = make_net(decay=0.01).train(6, **first, **QUIET)
    fresh = make_net(decay=0.01)
    fresh.theta = net.theta
    for one in (net, fresh):
        one.train(3, **second, **QUIET)
    assert net.theta.tobytes() == fresh.theta.tobytes()
    assert net.history["loss"].tolist()[6:] == fresh.history["loss"].tolist()


@pytest.mark.parametrize("name", [None, "share", "mini-batches", "object as schedule"])
def test_assignment_resets_the_optimizer_state(name):
    options = {"optimizer": "momentum", **QUIET, **(EVERYWHERE | RATED).get(name, {})}
    net, theta = make_net(decay=0.01), make_net(seed=5).theta
    net.train(4, **options)
    net.theta = theta
    fresh = make_net(decay=0.01)
    fresh.theta = theta
    if name in ("share", "mini-batches"):
        # The same generator at the same state, with the rows held out already.
        fresh._fit.state = replace(
            fresh._fit.state,
            generator_state=net._fit.state.generator_state,
            split=net._fit.state.split,
        )
    assert net.train(3, **options).theta.tobytes() == fresh.train(3, **options).theta.tobytes()
    assert net.history["iteration"].tolist() == [*range(1, 8)]


def test_another_schedule_starts_from_its_first_iteration():
    def read_rates(second):
        net = make_net().train(3, fall, optimizer="momentum", **QUIET)
        return net.train(2, second, optimizer="momentum", **QUIET).history["learn_rate"].tolist()

    begun = [fall(1), fall(2), fall(3)]
    assert read_rates(fall) == [*begun, fall(4), fall(5)]
    assert read_rates(lambda t: fall(t)) == [*begun, fall(1), fall(2)]
    assert read_rates(Constant(0.5)) == [*begun, 0.5, 0.5]
    np.testing.assert_array_equal(read_rates(0.5), [*begun, np.nan, np.nan])


@pytest.mark.parametrize("optimizer", BATCHED)
def test_schedule_trains_as_its_rates_one_by_one(optimizer):
    schedule = CosineDecay(0.02, iterations=9, warmup=3)
    net, twin = make_net(), make_net()
    net.train(5, schedule, optimizer=optimizer, **QUIET)
    rates = [schedule.rate(t) for t in range(1, 6)]
    assert net.history["learn_rate"].tolist() == rates
    for rate in rates:
        twin.train(1, rate, optimizer=optimizer, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert "learn_rate" not in twin.history


@case_by_case("odd", [-1.0, 0.0, np.nan, np.inf, "fast", None])
def test_invalid_rate_leaves_the_last_complete_iteration(odd):
    net, twin = make_net(), make_net().train(2, 0.01, **QUIET)
    with pytest.raises((TypeError, ValueError), match="the learn_rate of iteration 3 must be"):
        net.train(10, lambda t: 0.01 if t < 3 else odd, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert len(net.history) == 2
    fault = "TypeError" if odd in ("fast", None) else "ValueError"
    reported = f"{fault} ended training after iteration 2."
    assert (net.message, net.converged) == (reported, False)
    assert net.train(3, 0.01, **QUIET).theta.tobytes() == twin.train(3, **QUIET).theta.tobytes()


@case_by_case("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss_of_every_family(optimizer):
    for family in FORMULAS:
        net = make_net(family)
        before = net.compute_loss()
        assert net.train(30, optimizer=optimizer, **QUIET).compute_loss() < 0.98 * before


def test_optimizer_state_is_reset_by_another_optimizer_not_by_another_rate():
    net = make_net().train(5, optimizer="momentum", learn_rate=0.002, **QUIET)
    start = make_net()
    start.theta = net.theta

    def go_on(optimizer, **options):
        return [
            one.clone().train(2, optimizer=optimizer, **QUIET, **options) for one in (net, start)
        ]

    for optimizer in ("adam", "nesterov", "gradient_descent", Momentum(0.001, momentum=0.5)):
        onward, fresh = go_on(optimizer)
        assert onward.theta.tobytes() == fresh.theta.tobytes(), optimizer
    onward, fresh = go_on("momentum", learn_rate=0.001)
    assert not np.allclose(onward.theta, fresh.theta, rtol=0, atol=1e-6)


def test_optimizers_are_also_taken_as_records():
    named, record = make_net(), make_net()
    named.train(4, 0.02, optimizer="adam", **QUIET)
    record.train(4, optimizer=Adam(learn_rate=0.02), **QUIET)
    assert named.theta.tobytes() == record.theta.tobytes()
    beta = make_net().train(4, 0.02, optimizer=Adam(beta1=0.5), **QUIET)
    assert not np.allclose(beta.theta, named.theta)


@pytest.mark.parametrize("iterations", [20.0, np.int64(20), 2e1, True + 19])
def test_numbers_of_iterations_that_are_accepted(iterations):
    assert len(make_net().train(iterations, **QUIET).history) == 20


def test_no_iterations_change_nothing():
    net = make_net()
    before = net.theta.tobytes()
    assert net.train(0).theta.tobytes() == before
    assert net.history.empty
    assert list(net.history) == ["iteration", "loss", "accuracy"]


# History --------------------------------------------------------------------------------------


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case("options", [{}, {"decay": 0.2, "scale": True}])
def test_history_holds_the_loss_before_each_update_without_penalty(optimizer, options):
    net, losses = make_net("gaussian", **options), []
    for _ in range(5):
        losses.append(net.compute_loss())
        net.train(1, optimizer=optimizer, **QUIET)
    assert net.history["iteration"].tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(net.history["loss"], losses, rtol=1e-13)
    assert net.history["accuracy"].isna().all()


def test_history_holds_the_accuracy_before_the_update_where_it_was_traced(capsys):
    net = make_net("softmax").train(3, **QUIET)
    before = net.accuracy()
    net.train(7, learn_rate=0.02, trace=4, tolerance=None)
    table = net.history.set_index("iteration")
    assert table.index[table["accuracy"].notna()].tolist() == [4, 8]
    assert table["accuracy"][4] == before
    assert len(capsys.readouterr().out.splitlines()) == 2


# Trace ----------------------------------------------------------------------------------------


def test_trace_prints_the_documented_line(iris, capsys):
    """From R's starting weights at R's rate: the loss and accuracy that R reached there."""
    run = json.loads((REFERENCE / "iris_r6.json").read_text("utf-8"))
    net = NeuralNetwork(run["formula"], iris, run["hidden"])
    net.W1, net.W2 = run["W1_0"], run["W2_0"]
    net.train(1000, learn_rate=run["learn_rate"], trace=1000)
    assert capsys.readouterr() == ("Iteration 1000\tLoss 147.12\tAccuracy 0.673\n", "")


def test_trace_counts_over_calls(capsys):
    net = make_net().train(60, trace=0)
    assert capsys.readouterr().out == ""
    net.train(60, learn_rate=0.001).train(90, learn_rate=0.001, trace=50)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [f"Iteration {k}" for k in (100, 150, 200)]
    for line, number in zip(lines, (100, 150, 200), strict=True):
        loss, accuracy = net.history.set_index("iteration").loc[number]
        assert line.split("\t")[1:] == [f"Loss {loss:.5g}", f"Accuracy {accuracy:.3f}"]


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_trace_of_numbers_has_no_accuracy(family, capsys):
    make_net(family).train(2, 0.001, trace=1)
    assert re.fullmatch(
        r"Iteration 1\tLoss [\d.]+\nIteration 2\tLoss [\d.]+\n", capsys.readouterr().out
    )


def test_trace_is_flushed_line_by_line(monkeypatch):
    class Screen(StringIO):
        shown: ClassVar[list] = []

        def flush(self):
            self.shown.append(self.getvalue().count("\n"))

    monkeypatch.setattr(sys, "stdout", Screen())
    make_net().train(3, trace=1)
    assert Screen.shown == [1, 2, 3]


# Stopping -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:The tolerance is above the loss of an intercept")
def test_tolerance_applies_the_update_then_compares_the_loss_before_it():
    free = make_net("gaussian").train(30, 0.01, **QUIET)
    losses = free.history["loss"].to_numpy()
    assert (np.diff(losses) < 0).all()
    net = make_net("gaussian").train(30, 0.01, tolerance=losses[10:12].mean(), trace=0)
    assert len(net.history) == 12
    assert net.converged
    assert "tolerance" in net.message
    twin = make_net("gaussian").train(12, 0.01, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    # The penalty is not included.
    decayed = make_net("gaussian", decay=1.0)
    assert decayed.compute_loss() < 140 < decayed.compute_loss(penalty=True)
    assert len(decayed.train(30, 0.01, tolerance=140, trace=0).history) == 1
    # An equal loss is not below the tolerance.
    equal = make_net("gaussian").train(30, 0.01, tolerance=losses[10], trace=0)
    assert len(equal.history) == 12


@pytest.mark.parametrize("tolerance", [0, -1.0, None])
def test_no_tolerance_never_stops(tolerance):
    """All responses and all weights are 0: a perfect fit from the start."""
    table = make_table().assign(cost=0.0)
    net = NeuralNetwork("cost ~ x1", table, init=0)
    net.train(20, trace=0, tolerance=tolerance)
    assert (len(net.history), net.converged) == (20, False)
    net.train(20, trace=0, tolerance=0.01)
    assert (len(net.history), net.converged) == (21, True)


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case(
    ("family", "formula"),
    [
        ("softmax", "y ~ x"),
        ("binomial", "y ~ x"),
        ("binomial", "cbind(won, lost) ~ x"),
        ("gaussian", "x ~ y"),
        ("poisson", "won ~ y"),
    ],
)
def test_tolerance_is_the_articles_unless_given(family, formula, optimizer):
    """Every loss is below 0.01: it ends gradient descent on classes after one update."""
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": list("abab")})
    table = table.assign(won=[1, 0, 2, 1], lost=1, w=1e-4)
    articles = family in ("softmax", "binomial") and formula == "y ~ x"

    def train(**options):
        net = NeuralNetwork(formula, table, 2, family=family, weights="w", seed=1)
        assert net.compute_loss() < 0.01
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return net.train(3, optimizer=optimizer, trace=0, **options)

    for options in ({}, {"tolerance": "default"}):
        net = train(**options)
        ended = "below the tolerance, 0.01." in net.message
        assert ended == (articles and optimizer == "gradient_descent")
        assert (len(net.history) == 1) == ended or optimizer in ("lbfgs", "newton")
    assert "below the tolerance, 0.01." in train(tolerance=0.01).message
    assert "below the tolerance" not in train(tolerance=None).message


def test_tolerance_by_default_keeps_the_bits_of_the_articles():
    nets = [make_net("binomial").train(300, 0.05, trace=0, tolerance=t) for t in ("default", 0.01)]
    assert nets[0].theta.tobytes() == nets[1].theta.tobytes()
    rated = GradientDescent(0.05)
    net = make_net("binomial").train(300, optimizer=rated, trace=0)
    assert net.theta.tobytes() == nets[0].theta.tobytes()


@case_by_case(
    ("optimizer", "iterations"),
    [("newton", 1000), ("lbfgs", 1000), ("rprop", 10_000), ("adam", 3000)],
)
def test_numbers_of_any_size_are_trained_to_the_end(optimizer, iterations):
    rng = np.random.default_rng(1)
    x = np.linspace(-2.0, 2.0, 200)
    curve = 0.05 + 0.03 * np.sin(2.0 * x)
    table = pd.DataFrame({"x": x, "rate": curve + rng.normal(0.0, 0.003, 200)})
    total = ((table["rate"] - table["rate"].mean()) ** 2).sum()
    # The true curve explains as much; four units may also fit the noise.
    assert 0.980 < 1.0 - ((table["rate"] - curve) ** 2).sum() / total < 0.981
    options = {"scale": True, "init": "glorot", "seed": 3}
    net = NeuralNetwork("rate ~ x", table, 4, **options).train(
        iterations, optimizer=optimizer, trace=0
    )
    assert 1.0 - 2.0 * net.compute_loss() / total >= 0.98, net.message


@case_by_case("optimizer", ["lbfgs", "newton"])
@case_by_case("family", FORMULAS)
def test_second_order_optimizers_stop_at_the_optimum(family, optimizer):
    net = make_net(family, 2, decay=0.1).train(optimizer=optimizer, **QUIET)
    value, gradient = net.objective()
    assert net.converged, net.message
    assert np.abs(gradient).max() <= 1e-6 * max(1.0, value)
    assert len(net.history) < 300
    again = len(net.history)
    assert net.train(5, optimizer=optimizer, **QUIET).converged
    assert len(net.history) <= again + 1


def test_message_says_how_the_last_training_ended():
    net = make_net(decay=0.1)
    untrained = net.message
    used_up = net.train(3, **QUIET).message
    optimum = net.train(optimizer="newton", **QUIET).message
    assert len({untrained, used_up, optimum}) == 3
    assert net.converged
    assert net.train(1, **QUIET).converged is False
    assert used_up.startswith(net.message) and net.message.endswith("number of iterations.")


@pytest.mark.parametrize("optimizer", ["lbfgs", "newton"])
def test_converged_weights_are_unchanged(optimizer):
    net = make_net("binomial", 0).train(200, trace=0, optimizer=optimizer)
    theta, steps, message = net.theta, len(net.history), net.message
    assert net.converged and steps < 200
    net.train(200, trace=0, optimizer=optimizer)
    assert net.theta is theta
    assert (len(net.history), net.message, net.converged) == (steps, message, True)


def test_message_is_not_that_of_other_weights():
    net = make_net("binomial", 0).train(200, trace=0, optimizer="newton")
    assert net.converged
    net.W1 = np.zeros_like(net.W1)
    assert (net.message, net.converged) == ("Its weights were assigned.", False)
