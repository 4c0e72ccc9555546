"""Why training may have gone wrong: each cause where it is one, and not where it is none."""

import warnings

import numpy as np
import pandas as pd
import pytest
from networks import OPTIMIZERS, make_net, make_table

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.optimizers import GradientDescent, Stop
from neuralnet.training.causes import find_cause
from neuralnet.training.column_scales import compare_spreads
from neuralnet.training.evidence import Evidence
from neuralnet.training.intercept_comparison import assess
from neuralnet.training.options import prepare_run
from neuralnet.training.separation import is_separated

QUIET = {"trace": 0, "tolerance": None}
RNG = np.random.default_rng(3)
TABLE = make_table()
# Words by which each cause is known.
UNSCALED, FLAT = "in spread", "saturated"


def name_cause(net):
    """What lies in columns and units alone."""
    course = prepare_run(net._model, net._state)
    return find_cause(
        Evidence(net._model, course, net.theta, np.empty(0), None), learned_nothing=False
    )


# Hardly better than an intercept --------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "begun", "baseline", "expected"),
    [
        (98.9, 120.0, 100.0, None),
        (98.9, 90.0, 100.0, None),
        (0.0, 0.0, 0.0, None),
        (99.1, 120.0, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (99.1, 99.1, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (199.0, 220.0, 100.0, "hardly learned anything yet. Try {}more iterations"),
        (200.0, 120.0, 100.0, "it rose, from 120. Start again with {}"),
        (201.0, 220.0, 100.0, "it is far above. Start again with {}"),
    ],
)
@pytest.mark.parametrize(
    ("rated", "advice"),
    [
        (True, {"hardly": "another learn_rate, ", "it": "a smaller learn_rate"}),
        (False, {"hardly": "", "it": "another optimizer"}),
    ],
)
def test_hardly_better_than_an_intercept_is_said(loss, begun, baseline, expected, rated, advice):
    words = assess(loss, begun, baseline, rated)
    if expected is None:
        assert words == ""
    else:
        assert f"at loss {loss:g}, not 1 % below the {baseline:g} that" in words
        assert expected.format(advice[expected.split()[0]]) in words


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_advice_names_a_rate_only_where_there_is_one(optimizer):
    """A response that nothing explains."""
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": np.repeat([0.0, 1.0], 20)})
    net = NeuralNetwork("y ~ x", table, 1, family="gaussian", seed=1, init="glorot", scale=True)
    with pytest.warns(UserWarning, match="not 1 % below the 5 that") as caught:
        net.train(100, optimizer=optimizer, **QUIET)
    rated = optimizer in ("gradient_descent", "momentum", "nesterov", "adam")
    assert ("learn_rate" in str(caught[0].message)) == rated
    assert caught[0].filename == __file__


def test_class_weights_count_in_what_an_intercept_alone_reaches():
    """With balanced classes it is log(2) a row, however rare one of them is."""
    x = RNG.normal(size=400)
    table = pd.DataFrame({"x": x, "y": RNG.random(400) < 1 / (1 + np.exp(3.0 - x))})
    net = NeuralNetwork("y ~ x", table, 0, family="binomial", class_weight="balanced", seed=1)
    assert net._model.baseline == pytest.approx(400 * np.log(2), rel=1e-12)
    net.train(300, 1e-3, **QUIET)
    assert net.compute_loss() < 0.99 * 400 * np.log(2)


# Spreads --------------------------------------------------------------------------------------


def make_wide(factor, formula="cost ~ a + b", **options):
    """Column b spreads by so much more than a."""
    a = np.resize([-1.0, 1.0], 36)
    table = TABLE.assign(a=a, b=np.resize([-factor, -factor, factor, factor], 36))
    return NeuralNetwork(formula, table, 2, seed=1, **options)


@pytest.mark.parametrize(("factor", "told"), [(1000.0, False), (1001.0, True), (1 / 1001, True)])
def test_spreads_further_apart_than_a_thousand_are_reported(factor, told):
    words = compare_spreads(make_wide(factor)._model)
    if not told:
        assert words == ""
        return
    wide, narrow = ("b", "a") if factor > 1 else ("a", "b")
    large, small = max(1.0, factor), min(1.0, factor)
    assert words == (
        f"the columns of X differ in spread by a factor of 1,001: {wide} has a standard deviation "
        f"of {large:.3g}, {narrow} one of {small:.3g}"
    )


@pytest.mark.parametrize(
    "net",
    [
        lambda: make_wide(1e6, scale=True),
        lambda: make_wide(1e6, "cost ~ a"),
        lambda: make_wide(1e6, "cost ~ 1"),
        lambda: make_wide(1e6, "cost ~ standardize(a) + standardize(b)"),
        # A constant has no spread to compare, be it as large as it will.
        lambda: make_wide(1e6, "cost ~ a + I(0 * b + 1e9)"),
    ],
    ids=["scaled", "one column", "none", "standardized", "constant"],
)
def test_spreads_that_do_no_harm_are_not_reported(net):
    assert compare_spreads(net()._model) == ""


def test_spread_beyond_all_numbers_is_reported_without_warnings_of_numpy():
    with pytest.warns(UserWarning) as caught:
        make_wide(1e200).train(1, 1e-300, **QUIET)
    assert "differ in spread" in str(caught[0].message)
    assert all(warning.category is DataWarning for warning in caught)


def test_spreads_are_reported_before_the_first_training_only():
    net = make_wide(5000.0)
    with pytest.warns(UserWarning, match="by a factor of 5,000: b has") as caught:
        net.train(1, 1e-9, **QUIET)
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message).endswith(": training may be slow or go astray. Pass scale=True.")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(1, 1e-9, **QUIET)
        net.theta = np.zeros_like(net.theta)
        net.train(1, 1e-9, **QUIET)
        make_wide(5000.0, scale=True).train(1, 1e-9, **QUIET)
        make_wide(500.0).train(1, 1e-9, **QUIET)


# Saturated units ------------------------------------------------------------------------------


def make_units(activation, first, hidden=3, formula="cost ~ x1 + x2"):
    """A network whose first matrix holds these biases, and ones."""
    net = NeuralNetwork(formula, TABLE, hidden, activation=activation, init=1.0, seed=1)
    W1 = np.ones_like(net.W1)
    W1[0] = first
    net.W1 = W1
    return net


@pytest.mark.parametrize(
    ("activation", "first", "flat"),
    [
        ("sigmoid", [0.0, 0.0, 30.0], 0),
        ("sigmoid", [0.0, 30.0, 30.0], 2),
        ("sigmoid", [-30.0, 30.0, 30.0], 3),
        ("tanh", [-30.0, 30.0, 30.0], 3),
        ("tanh", [0.0, 0.0, -30.0], 0),
        ("relu", [0.0, -30.0, -30.0], 2),
        ("relu", [-30.0, -30.0, -30.0], 3),
        ("relu", [30.0, 30.0, 30.0], 0),
        ("leaky_relu", [-30.0, -30.0, -30.0], 0),
        ("elu", [-30.0, -30.0, -30.0], 3),
        ("softplus", [-30.0, -30.0, -30.0], 3),
        ("identity", [-30.0, 30.0, -30.0], 0),
    ],
)
def test_units_without_a_slope_are_reported_where_they_are_the_most(activation, first, flat):
    cause = name_cause(make_units(activation, first))
    if not flat:
        assert cause == ""
        return
    assert cause.startswith(f"{flat} of 3 hidden units are saturated")
    assert cause.endswith("(pass init='glorot')")


def test_units_of_all_layers_count_together():
    net = make_net("gaussian", [4, 2])
    W1, W2 = net.W1.copy(), net.W2.copy()
    W1[0] = 40.0
    net.W1 = W1
    assert name_cause(net).startswith("4 of 6 hidden units")
    W1[0], W2[0] = 0.0, 40.0
    net.W1, net.W2 = W1, W2
    assert name_cause(net) == ""


def test_half_of_the_units_are_not_the_most():
    assert name_cause(make_units("sigmoid", [0.0, 0.0, 30.0, 30.0], hidden=4)) == ""


# Separation -----------------------------------------------------------------------------------


def make_separable(**options):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 3, "y": list("aabb") * 3})
    options = {"hidden": 0, "family": "binomial", "seed": 1} | options
    hidden = options.pop("hidden")
    return NeuralNetwork("y ~ x", table, hidden, **options)


def is_told_apart(net, theta):
    net.theta = theta
    return is_separated(net._model, net.theta)


def test_separation_is_every_row_right_at_almost_no_loss():
    steep = [-250.0, 100.0]
    assert is_told_apart(make_separable(), steep)
    assert not is_told_apart(make_separable(), [-2.5, 1.0])  # all right, but no certainty
    assert not is_told_apart(make_separable(), [-350.0, 100.0])  # certain, but wrong
    assert not is_told_apart(make_separable(decay=1e-9), steep)
    assert is_told_apart(make_separable(family="softmax"), [125.0, -125.0, -50.0, 50.0])
    deep = make_separable(hidden=1)
    assert not is_told_apart(deep, [-250.0, 100.0, -250.0, 500.0])
    numbers = NeuralNetwork("y ~ x", {"x": [1.0, 2.0, 4.0], "y": [0.5, 1.0, 2.0]}, 0)
    assert not is_told_apart(numbers, [0.0, 0.5])


@pytest.mark.parametrize("scale", [False, True])
def test_weights_that_no_penalty_holds_may_separate(scale):
    """Only these grow without end: an intercept alone, or a term that tells nothing, does not."""
    steep = [-250.0, 100.0]
    free = {"decay": 1e-9, "penalize_bias": False, "scale": scale}
    assert not is_told_apart(make_separable(**free), steep)
    assert is_told_apart(make_separable(**free, penalty_factor={"x": 0}), steep)
    table = make_separable().X[:, 1]
    table = pd.DataFrame({"x": table, "z": np.resize([0.0, 1.0], 12), "y": list("aabb") * 3})
    for term, told in [("x", True), ("z", False)]:
        options = {**free, "penalty_factor": {term: 0}, "family": "binomial"}
        net = NeuralNetwork("y ~ x + z", table, 0, **options)
        assert is_told_apart(net, [*steep, 0.1]) == told


def test_row_that_is_wrong_is_no_separation_however_little_it_weighs():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 2.4], "y": list("aabbb")})
    w = np.array([1e6, 1e6, 1e6, 1e6, 1e-3])
    net = NeuralNetwork("y ~ x", table, 0, family="binomial", weights=w, seed=1)
    assert not is_told_apart(net, [-250.0, 100.0])
    assert net.compute_loss() < 1e-3 * net._model.baseline
    assert is_told_apart(net, [-235.0, 100.0])


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs", "rprop"])
def test_separation_is_reported_with_a_remedy(optimizer):
    net = make_separable()
    with pytest.warns(UserWarning, match="separated without error.*decay=1e-3") as caught:
        net.train(500, optimizer=optimizer, **QUIET)
    assert [warning.filename for warning in caught] == [__file__]
    told = (
        "The classes can be separated without error, so that the weights grow without end: some "
        "decay, such as decay=1e-3, keeps them finite."
    )
    assert str(caught[0].message) == told and net.message.endswith(told)
    assert not net.converged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_separable(decay=1e-3).train(500, optimizer=optimizer, **QUIET)


# Which causes are named -----------------------------------------------------------------------


def test_healthy_network_has_no_causes():
    for family in ("softmax", "gaussian", "poisson", "binomial"):
        net = make_net(family, 2 if family != "softmax" else 1).train(99, 0.02, **QUIET)
        assert net.compute_loss() < 0.99 * net._model.baseline
        assert name_cause(net) == ""
        assert net.message == "Reached the maximum number of iterations."


@pytest.mark.parametrize(
    ("response", "hidden", "trouble"),
    [("count", 3, "Training ended at loss "), ("cost", 0, "The loss became infinite at")],
)
def test_first_cause_is_named_behind_what_went_wrong(response, hidden, trouble):
    """Columns that lie far apart; that units are saturated and the rate is too high follows."""
    table = TABLE[:8].assign(a=np.resize([-1.0, 1.0], 8), b=np.resize([-5e3, -5e3, 5e3], 8))
    family = "poisson" if response == "count" else "gaussian"
    net = NeuralNetwork(f"{response} ~ a + b", table, hidden, family=family, seed=1, init=1.0)
    with pytest.warns(UserWarning) as caught:
        net.train(200, 5.0, **QUIET)
    first, last = (str(warning.message) for warning in caught)
    assert first.startswith("the columns of X differ in spread") and net.message.endswith(last)
    told, cause = last.split(" Likely cause: ")
    assert told.startswith(trouble)
    assert UNSCALED in cause and cause.endswith(" (pass scale=True).") and FLAT not in cause


class Stuck(GradientDescent):
    """One step, and no way on."""

    converged = False

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        return super().step(objective, theta, state)[0], 1, 1.0

    def verdict(self, state, value):
        return Stop(self.converged, "No way on.") if state else None


@pytest.mark.parametrize("converged", [False, True])
def test_optimizer_that_is_stuck_names_a_cause_without_a_warning(converged):
    net = NeuralNetwork("cost ~ x1 + I(1e4 * x2)", TABLE[:9], 0, seed=1)
    net.theta = np.linalg.lstsq(net.X, net.Y.to_numpy()[:, None], rcond=None)[0].ravel()
    spread = "(?s)the columns of X differ in spread"
    with pytest.warns(DataWarning, match=spread):
        net.clone().train(1, 1e-300, **QUIET)
    optimizer = type("Stuck", (Stuck,), {"converged": converged})(1e-300)
    for number in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error" if number else "ignore")
            net.train(200, optimizer=optimizer, **QUIET)
        assert (len(net.history), net.converged) == (1, converged)
        told = net.message.removeprefix("No way on.")
        assert told.startswith("" if converged else " Likely cause: the columns of X differ in")
        assert converged == (told == "")


def test_advice_comes_after_a_hundred_iterations_of_the_network():
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": np.repeat([0.0, 1.0], 20)})
    net = NeuralNetwork("y ~ x", table, 1, family="gaussian", seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(99, **QUIET).train(0)
    with pytest.warns(UserWarning, match="not 1 % below the 5 .* Likely cause: the weights are so"):
        net.train(1, **QUIET)
    # An intercept has nothing more to learn.
    alone = NeuralNetwork("y ~ 1", table, 0, family="gaussian", seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alone.train(200, **QUIET)


def test_what_was_tried_is_not_advised():
    net = NeuralNetwork("y ~ x", NOTHING, 1, init="glorot", scale=True, seed=1, family="gaussian")
    with pytest.warns(UserWarning, match="hardly learned anything yet") as caught:
        net.train(300, optimizer="gradient_descent", **QUIET)
    told = str(caught[0].message)
    assert "more iterations or another seed." in told
    assert "glorot" not in told and "scale" not in told


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(("decay", "mixture"), [(0.0, 0.0), (1e-3, 0.0), (1e-3, 1.0)])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "newton"])
def test_glm_at_its_optimum_reports_that_there_is_no_lower_loss(optimizer, decay, mixture, scale):
    """It has learned no more than an intercept, and that is no fault of the training."""
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": scale * np.repeat([0.0, 1.0], 20)})
    options = {"decay": decay, "mixture": mixture, "scale": True, "seed": 1}
    net = NeuralNetwork("y ~ x", table, 0, family="gaussian", **options)
    if optimizer == "newton" and mixture:
        optimizer = "nesterov"
    net.train(3000, optimizer=optimizer, gradient_tolerance=1e-8, trace=0)
    # What an intercept alone reaches, and a little more where that is penalized.
    assert net.compute_loss() == pytest.approx(5.0 * scale**2, rel=1e-6)
    assert net.message.endswith(
        f" Training ended at loss {net.compute_loss():.5g}, not 1 % below the "
        f"{5.0 * scale**2:.5g} that an intercept alone reaches: without hidden layers there is "
        "hardly a lower one."
    )


def test_glm_that_claims_to_have_converged_elsewhere_is_reported():
    """So small a rate that the loss hardly changes: at rest it is not."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=50)
    net = NeuralNetwork("y ~ x", pd.DataFrame({"x": x, "y": 2.0 * x}), 0, seed=1)
    with pytest.warns(UserWarning, match="not 1 % below .*learn_rate=1e-09 is too low"):
        net.train(500, 1e-9, relative_tolerance=1e-6, trace=0)
    assert len(net.history) == 11 and net.message.startswith("The loss changed by no more than")
    assert not net.converged


# A response that nothing explains, and networks that begin where an intercept ends.
NOTHING = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": np.repeat([0.0, 1.0], 20)})


@pytest.mark.parametrize(
    ("options", "ended"),
    [
        ({"optimizer": "lbfgs"}, "."),
        ({"optimizer": "newton"}, "."),
        ({"learn_rate": 1e-9, "relative_tolerance": 1e-3}, "of itself in each of 10 iterations."),
        ({"learn_rate": 1e-9, "gradient_tolerance": 1.0}, "of zero."),
        ({"learn_rate": 1e-9, "validation": [0, 1, 20, 21], "patience": 2}, "are kept, where the"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_training_that_ended_of_itself_is_judged_at_any_iteration(options, ended):
    net = NeuralNetwork("y ~ x", NOTHING, 1, family="gaussian", init=1e-6, seed=1)
    W2 = net.W2.copy()
    W2[0] = 0.5
    net.W2 = W2
    with pytest.warns(UserWarning, match="not 1 % below the 5 that") as caught:
        net.train(98, **QUIET | options)
    assert len(net.history) < 98 and ended in net.message
    assert net.message.endswith(str(caught[0].message))


@pytest.mark.parametrize("how", ["used up", "callback", "step by step"])
def test_training_that_ended_as_asked_is_judged_in_the_message_alone(how):
    net = NeuralNetwork("y ~ x", NOTHING, 1, family="gaussian", seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if how == "used up":
            net.train(9, 1e-9, **QUIET)
        elif how == "callback":
            net.train(50, 1e-9, callback=lambda each, number: number == 9, **QUIET)
        else:
            for _ in range(9):
                net.train(1, 1e-9, **QUIET)
    assert len(net.history) == 9
    assert "not 1 % below the 5 that an intercept alone reaches" in net.message
    assert "Likely causes" not in net.message


def test_divergence_that_leaves_no_more_than_an_intercept_is_reported():
    net = NeuralNetwork("y ~ x", NOTHING, 0, family="gaussian", seed=1)
    with pytest.warns(UserWarning, match="The loss became infinite") as caught:
        net.train(5000, 5.0, **QUIET)
    loss = net.compute_loss()
    told = f"Training ended at loss {loss:.5g}, not 1 % below the 5 that an intercept alone reaches"
    assert str(caught[0].message) == net.message
    assert net.message.endswith(f"similar size. {told}.")


@pytest.mark.parametrize("unit", [1e-12, 1e-5, 1.0, 1e5])
def test_advice_does_not_depend_on_the_responses_unit(unit):
    table = NOTHING.assign(y=unit * (3.0 + NOTHING["y"]))
    options = {"family": "gaussian", "init": "glorot", "scale": True, "seed": 1}
    net = NeuralNetwork("y ~ x", table, 1, **options).train(9, 1e-9, **QUIET)
    assert f"not 1 % below the {5.0 * unit**2:.5g} that an intercept alone" in net.message


@pytest.mark.parametrize("w", [1e-8, 1.0])
@pytest.mark.parametrize("family", ["softmax", "binomial", "gaussian", "poisson"])
def test_advice_does_not_depend_on_the_size_of_weights(family, w):
    net = make_net(family, weights=np.full(36, w), init="glorot")
    net.train(9, 1e-9, **QUIET)
    assert "that an intercept alone reaches" in net.message


@pytest.mark.parametrize("value", [0.1, 1e-9, 123456.7])
@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_response_that_does_not_vary_has_nothing_to_learn(family, value):
    """What its mean is off by is rounding."""
    x = RNG.normal(size=97)
    net = NeuralNetwork("y ~ x", pd.DataFrame({"x": x, "y": value}), 0, family=family, scale=True)
    assert net._model.baseline == 0.0
    net.train(9, 1e-9, **QUIET)
    assert net.message == "Reached the maximum number of iterations."


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_baseline_beside_an_offset_is_the_same_by_any_weights(family):
    """The loss is linear in the weights."""
    heavy, light = (
        make_net(family, weights=np.full(36, w), offset="x2")._model.baseline for w in (1.0, 1e-8)
    )
    assert light == pytest.approx(1e-8 * heavy, rel=1e-12)


@pytest.mark.parametrize("scale", [False, True])
def test_tolerance_above_what_an_intercept_reaches_is_reported(scale):
    rng = np.random.default_rng(0)
    small = pd.DataFrame(rng.normal(size=(100, 2)), columns=["x", "y"]) / [1.0, 1000.0]
    least = 0.5 * 99 * small["y"].var()
    told = f"tolerance is above the loss of an intercept alone, {least:.3g}, .* Pass tolerance=0"
    net = NeuralNetwork("y ~ x", small, scale=scale, seed=1)
    with pytest.warns(UserWarning, match=told):
        net.train(tolerance=0.01, trace=0)
    assert len(net.history) == 1
    net = NeuralNetwork("y ~ x", small, scale=scale, seed=1)
    net.train(50, trace=0)
    assert len(net.history) == 50
