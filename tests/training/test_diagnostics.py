"""Diagnostics: the reported cause, and the weights that are reported as an optimum."""

import warnings

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.optimizers import GradientDescent, Stop
from neuralnet.training.causes import find_cause
from neuralnet.training.evidence import Evidence
from neuralnet.training.options import prepare_run

QUIET = {"trace": 0, "tolerance": None}
RNG = np.random.default_rng(3)
TABLE = make_table()
# Words that identify each cause.
UNSCALED, FLAT = "in spread", "saturated"


def name_cause(net):
    """Reported cause among those of columns and hidden units."""
    course = prepare_run(net._model, net._fit.state)
    return find_cause(
        Evidence(net._model, course, net.theta, np.empty(0), None), learned_nothing=False
    )


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
def test_first_cause_is_named_after_the_failure(response, hidden, trouble):
    """Very different column scales; saturated units and a high rate are consequences."""
    table = TABLE[:8].assign(a=np.resize([-1.0, 1.0], 8), b=np.resize([-5e3, -5e3, 5e3], 8))
    family = "poisson" if response == "count" else "gaussian"
    net = NeuralNetwork(f"{response} ~ a + b", table, hidden, family=family, seed=1, init=1.0)
    with pytest.warns(UserWarning) as caught:
        net.train(200, 5.0, **QUIET)
    first, last = (str(warning.message) for warning in caught)
    assert first.startswith("the columns of X differ in spread") and net.message.endswith(last)
    reported, cause = last.split(" Likely cause: ")
    assert reported.startswith(trouble)
    assert UNSCALED in cause and cause.endswith(" (pass scale=True).") and FLAT not in cause


class Stuck(GradientDescent):
    """Optimizer that stops after one step."""

    converged = False

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        return super().step(objective, theta, state)[0], 1, 1.0

    def check_convergence(self, state, value):
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
        reported = net.message.removeprefix("No way on.")
        assert reported.startswith("" if converged else " Likely cause: the columns of X differ in")
        assert converged == (reported == "")


def test_advice_comes_after_a_hundred_iterations_of_the_network():
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": np.repeat([0.0, 1.0], 20)})
    net = NeuralNetwork("y ~ x", table, 1, family="gaussian", seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(99, **QUIET).train(0)
    with pytest.warns(UserWarning, match="not 1 % below the 5 .* Likely cause: the weights are so"):
        net.train(1, **QUIET)
    # An intercept alone has nothing more to learn.
    alone = NeuralNetwork("y ~ 1", table, 0, family="gaussian", seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alone.train(200, **QUIET)


def test_what_was_tried_is_not_advised():
    net = NeuralNetwork("y ~ x", NOTHING, 1, init="glorot", scale=True, seed=1, family="gaussian")
    with pytest.warns(UserWarning, match="hardly learned anything yet") as caught:
        net.train(300, optimizer="gradient_descent", **QUIET)
    reported = str(caught[0].message)
    assert "more iterations or another seed." in reported
    assert "glorot" not in reported and "scale" not in reported


@case_by_case("scale", [1.0, 1e-6, 1e6])
@case_by_case(("decay", "mixture"), [(0.0, 0.0), (1e-3, 0.0), (1e-3, 1.0)])
@case_by_case("optimizer", ["gradient_descent", "momentum", "newton"])
def test_glm_at_its_optimum_reports_that_there_is_no_lower_loss(optimizer, decay, mixture, scale):
    """It learned no more than an intercept, which is not a failure of training."""
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 20), "y": scale * np.repeat([0.0, 1.0], 20)})
    options = {"decay": decay, "mixture": mixture, "scale": True, "seed": 1}
    net = NeuralNetwork("y ~ x", table, 0, family="gaussian", **options)
    if optimizer == "newton" and mixture:
        optimizer = "nesterov"
    net.train(3000, optimizer=optimizer, gradient_tolerance=1e-8, trace=0)
    # The loss of an intercept alone, and slightly more where that is penalized.
    assert net.compute_loss() == pytest.approx(5.0 * scale**2, rel=1e-6)
    assert net.message.endswith(
        f" Training ended at loss {net.compute_loss():.5g}, not 1 % below the "
        f"{5.0 * scale**2:.5g} that an intercept alone reaches: without hidden layers there is "
        "hardly a lower one."
    )


def test_glm_that_claims_to_have_converged_elsewhere_is_reported():
    """At a very small rate the loss hardly changes, but the gradient is not zero."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=50)
    net = NeuralNetwork("y ~ x", pd.DataFrame({"x": x, "y": 2.0 * x}), 0, seed=1)
    with pytest.warns(UserWarning, match="not 1 % below .*learn_rate=1e-09 is too low"):
        net.train(500, 1e-9, relative_tolerance=1e-6, trace=0)
    assert len(net.history) == 11 and net.message.startswith("The loss changed by no more than")
    assert not net.converged


# Unpredictable responses, and networks that start at the optimum of an intercept alone.
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
    reported = (
        f"Training ended at loss {loss:.5g}, not 1 % below the 5 that an intercept alone reaches"
    )
    assert str(caught[0].message) == net.message
    assert net.message.endswith(f"similar size. {reported}.")


@pytest.mark.parametrize("unit", [1e-12, 1e-5, 1.0, 1e5])
def test_advice_does_not_depend_on_the_responses_unit(unit):
    table = NOTHING.assign(y=unit * (3.0 + NOTHING["y"]))
    options = {"family": "gaussian", "init": "glorot", "scale": True, "seed": 1}
    net = NeuralNetwork("y ~ x", table, 1, **options).train(9, 1e-9, **QUIET)
    assert f"not 1 % below the {5.0 * unit**2:.5g} that an intercept alone" in net.message


@case_by_case("w", [1e-8, 1.0])
@case_by_case("family", ["softmax", "binomial", "gaussian", "poisson"])
def test_advice_does_not_depend_on_the_size_of_weights(family, w):
    net = make_net(family, weights=np.full(36, w), init="glorot")
    net.train(9, 1e-9, **QUIET)
    assert "that an intercept alone reaches" in net.message


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
@case_by_case("value", [0.1, 1e-9, 123456.7])
@case_by_case("family", ["gaussian", "poisson"])
def test_response_that_does_not_vary_has_nothing_to_learn(family, value):
    """Differences from the mean are rounding errors."""
    x = RNG.normal(size=97)
    net = NeuralNetwork("y ~ x", pd.DataFrame({"x": x, "y": value}), 0, family=family, scale=True)
    assert net._model.baseline == 0.0
    net.train(9, 1e-9, **QUIET)
    assert net.message == "Reached the maximum number of iterations."


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_baseline_beside_an_offset_is_the_same_by_any_weights(family):
    """The loss is linear in the case weights."""
    heavy, light = (
        make_net(family, weights=np.full(36, w), offset="x2")._model.baseline for w in (1.0, 1e-8)
    )
    assert light == pytest.approx(1e-8 * heavy, rel=1e-12)


@pytest.mark.parametrize("scale", [False, True])
def test_tolerance_above_what_an_intercept_reaches_is_reported(scale):
    rng = np.random.default_rng(0)
    small = pd.DataFrame(rng.normal(size=(100, 2)), columns=["x", "y"]) / [1.0, 1000.0]
    least = 0.5 * 99 * small["y"].var()
    reported = (
        f"tolerance is above the loss of an intercept alone, {least:.3g}, .* Pass tolerance=0"
    )
    net = NeuralNetwork("y ~ x", small, scale=scale, seed=1)
    with pytest.warns(UserWarning, match=reported):
        net.train(tolerance=0.01, trace=0)
    assert len(net.history) == 1
    net = NeuralNetwork("y ~ x", small, scale=scale, seed=1)
    net.train(50, trace=0)
    assert len(net.history) == 50
