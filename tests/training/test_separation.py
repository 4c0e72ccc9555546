"""Weights that diverge: complete and quasi-separation, and levels with a constant response.

The reference for the existence of a maximum is a linear program (Konis 2007), solved by scipy.
"""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from scipy.optimize import linprog

from neuralnet import ConvergenceWarning, NeuralNetwork, load_iris
from neuralnet.training.separation import find_recession, is_separated

QUIET = {"trace": 0, "tolerance": None}
RNG = np.random.default_rng(0)
LINE = pd.DataFrame({"x": np.repeat([1.0, 2.0, 3.0, 4.0], 10)}).assign(
    y=lambda t: np.where(t["x"] < 3, "a", "b")
)
LINE.loc[20:29, "y"] = np.resize(["a", "b"], 10)
LEVELS = pd.DataFrame({"g": np.repeat(list("abc"), 20), "x": RNG.normal(size=60) + 1e4}).assign(
    count=np.r_[RNG.poisson(3, 20), RNG.poisson(5, 20), np.zeros(20, dtype=int)],
    win=np.r_[RNG.random(40) > 0.5, np.ones(20, dtype=bool)],
    kind=np.array(list("uvw"))[np.r_[np.resize([0, 1, 2, 1], 40), np.resize([0, 1], 20)]],
    one=np.array(list("uvw"))[np.r_[np.resize([0, 1, 2, 1], 40), np.full(20, 2)]],
)
GROUPED = pd.DataFrame({"g": list("abcd"), "s": [3, 0, 5, 2], "f": [4, 6, 2, 3]})


def train(formula, data, family, optimizer="newton", **options):
    """Trained network, and the warnings at the end of training."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net = NeuralNetwork(formula, data, 0, family=family, seed=1, **options)
        net.train(optimizer=optimizer, trace=0)
    return net, [str(each.message) for each in caught if each.category is ConvergenceWarning]


LEVELS["z"] = np.resize([1.0, 2.0, 3.0, 4.0, 5.0], 60)
LEVELS["few"] = np.where(LEVELS["z"] > 1, 0, np.arange(60) % 4)
REPORTED = [
    ("few ~ z", LEVELS, "poisson", "z fits 48 of 60 rows the better", "z"),
    ("y ~ x", LINE, "binomial", "x separates 30 of 40 rows without error", "x"),
    ("y ~ x", LINE, "softmax", "x separates 30 of 40 rows without error", "x"),
    ("count ~ g + x", LEVELS, "poisson", "with g = 'c' all 20 rows have count = 0", "g[T.c]"),
    ("win ~ g + x", LEVELS, "binomial", "with g = 'c' all 20 rows have win = True", "g[T.c]"),
    ("win ~ g + x - 1", LEVELS, "binomial", "with g = 'c' all 20 rows have win = True", "g[c]"),
    ("kind ~ g", LEVELS, "softmax", "with g = 'c' all 20 rows are never 'w'", "g[T.c]"),
    ("one ~ g", LEVELS, "softmax", "with g = 'c' all 20 rows are 'w'", "g[T.c]"),
    ("cbind(s, f) ~ g", GROUPED, "binomial", "with g = 'b' the only row has no success", "g[T.b]"),
]
CONSTANT = LEVELS.assign(zero=0, true=True, three=3)


@case_by_case(("formula", "data", "family", "reported", "column"), REPORTED)
@case_by_case("optimizer", ["newton", "lbfgs"])
def test_diverging_weights_are_reported(formula, data, family, reported, column, optimizer):
    net, (message,) = train(formula, data, family, optimizer)
    assert message.startswith(f"Quasi-separation: {reported}")
    # Columns that were reported are not reported again.
    growing = f"the weights of {column}" if "with g" in reported else "its weights"
    assert f"so that {growing} grow without end" in message
    assert net.message.endswith(message) and not net.converged
    assert "optimum" not in net.message


def test_levels_are_named_where_the_message_holds_for_all_their_rows():
    """Setosa is separated by the petals, and each color includes some."""
    iris = load_iris().assign(col=np.resize(["red", "blue", "blue"], 150))
    _, messages = train("Species ~ .", iris, "softmax")
    assert len(messages) == 1 and "separate 'setosa' without error" in messages[0]
    assert "with col" not in messages[0]


def test_levels_with_different_responses_are_named_together():
    table = pd.DataFrame({"g": np.repeat(list("abc"), 20)})
    table["y"] = np.r_[np.ones(20), np.zeros(20), np.resize([0, 1], 20)].astype(bool)
    _, (message,) = train("y ~ g", table, "binomial")
    reported = "with g = 'a' or 'b', in each of these levels all rows have the same response, "
    assert message.startswith(f"Quasi-separation: {reported}")


@pytest.mark.parametrize(
    ("formula", "family", "value"),
    [
        ("zero ~ g + x", "poisson", "zero = 0"),
        ("true ~ g + x", "binomial", "true = True"),
        ("true ~ 1", "binomial", "true = True"),
        ("cbind(three, zero) ~ g", "binomial", "no failure"),
        ("cbind(zero, three) ~ g", "binomial", "no success"),
    ],
)
def test_constant_response_is_no_separation(formula, family, value):
    net, messages = train(formula, CONSTANT, family)
    reported = f"The response is the same in every row ({value}): there is nothing to learn."
    assert messages == [reported] and net.message == reported


def test_collinear_columns_are_warned_of_once():
    table = LEVELS.assign(twice=2 * LEVELS["x"])
    net, (message,) = train("count ~ g + x + twice", table, "poisson")
    assert "Quasi-separation" in message and "collinear" not in message
    assert net.message.count("Exactly collinear") == 1


@case_by_case(("formula", "data", "family", "reported", "column"), REPORTED)
def test_decay_is_the_remedy_that_is_named(formula, data, family, reported, column):
    net, messages = train(formula, data, family, decay=1e-3)
    assert messages == [] and net.converged


def test_counts_above_0_at_two_values_hold_both_weights():
    """Counts at z = 1 and z = 2 determine the mean there, and hence the line through both."""
    table = LEVELS.assign(few=np.where(LEVELS["z"] > 2, 0, 1 + np.arange(60) % 4))
    net, messages = train("few ~ z", table, "poisson")
    assert messages == [] and net.converged


def test_merged_levels_are_the_other_remedy():
    merged = LEVELS.assign(g=LEVELS["g"].replace("c", "b"))
    net, messages = train("count ~ g", merged, "poisson")
    assert messages == [] and net.converged


@pytest.mark.parametrize("scale", [False, True])
def test_only_weights_without_a_penalty_grow(scale):
    free = {"decay": 0.1, "penalize_bias": False, "scale": scale}
    assert train("win ~ g + x", LEVELS, "binomial", **free)[1] == []
    assert train("win ~ g + x", LEVELS, "binomial", **free, penalty_factor={"x": 0})[1] == []
    reported = train("win ~ g + x", LEVELS, "binomial", **free, penalty_factor={"g": 0})[1]
    assert len(reported) == 1 and "with g = 'c'" in reported[0]


def test_rows_held_out_do_not_count():
    """The rows that overlap are held out, so that all others are separated."""
    net, _ = train("y ~ x", LINE, "binomial")
    model, every = net._model, net._model.batch
    assert find_recession(model, net.theta, every).rows.sum() == 30
    some = every.pick(np.r_[0:20, 21, 30:40])
    assert find_recession(model, net.theta, some).rows.sum() == 30
    mixed = train("y ~ x", LINE.assign(y=np.resize(["a", "b"], 40)), "binomial")[0]
    assert find_recession(mixed._model, mixed.theta, mixed._model.batch) is None


def has_maximum(X, y):
    """True if the likelihood has a maximum: no direction separates the classes (Konis)."""
    A = np.where(y, 1.0, -1.0)[:, None] * X
    found = linprog(-A.sum(axis=0), A_ub=-A, b_ub=np.zeros(len(A)), bounds=[(-1.0, 1.0)] * len(X.T))
    return -found.fun < 1e-7


@case_by_case("seed", range(40))
def test_random_tables_of_few_rows_are_reported_as_by_a_linear_program(seed):
    """Integers, so that rows lie on boundaries."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 40))
    table = pd.DataFrame(rng.integers(0, 4, size=(n, 3)), columns=list("abc"))
    table["y"] = rng.random(n) < 1 / (1 + np.exp(-3.0 * (table["a"] - table["b"])))
    if table["y"].nunique() < 2:
        table.loc[0, "y"] = not table.loc[0, "y"]
    net, messages = train("y ~ a + b + c", table, "binomial")
    reported = any(re.search("Quasi-separation|separated without error", each) for each in messages)
    assert reported != has_maximum(net.X, table["y"].to_numpy())


@pytest.mark.parametrize("steep", [1.0, 5.0, 20.0])
def test_rare_and_nearly_separated_classes_have_a_maximum(steep):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"x": rng.normal(size=2_000)})
    table["y"] = rng.random(2_000) < 1 / (1 + np.exp(-steep * (table["x"] - 2.0)))
    net, messages = train("y ~ x", table, "binomial")
    assert has_maximum(net.X, table["y"].to_numpy())
    assert messages == [] and net.converged


def test_collinear_columns_alone_are_no_separation():
    table = LINE.assign(z=2 * LINE["x"], y=np.resize(["a", "b"], 40))
    net, messages = train("y ~ x + z", table, "binomial")
    assert messages == [] or "Quasi" not in messages[0]
    assert find_recession(net._model, net.theta, net._model.batch) is None


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_separation_is_reported_in_any_unit(unit):
    _, (message,) = train("y ~ x", LINE.assign(x=unit * LINE["x"]), "binomial")
    assert "Quasi-separation: x separates 30 of 40 rows" in message


def test_steps_of_a_hundred_iterations_are_not_judged():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NeuralNetwork("y ~ x", LINE, 0, family="binomial", seed=1).train(50, 0.01, trace=0)


# Complete separation --------------------------------------------------------------------------


def make_separable(**options):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 3, "y": list("aabb") * 3})
    options = {"hidden": 0, "family": "binomial", "seed": 1} | options
    hidden = options.pop("hidden")
    return NeuralNetwork("y ~ x", table, hidden, **options)


def is_separated_at(net, theta):
    net.theta = theta
    return is_separated(net._model, net.theta)


def test_separation_is_every_row_right_at_almost_no_loss():
    steep = [-250.0, 100.0]
    assert is_separated_at(make_separable(), steep)
    assert not is_separated_at(make_separable(), [-2.5, 1.0])  # all right, but not certain
    assert not is_separated_at(make_separable(), [-350.0, 100.0])  # certain, but wrong
    assert not is_separated_at(make_separable(decay=1e-9), steep)
    assert is_separated_at(make_separable(family="softmax"), [125.0, -125.0, -50.0, 50.0])
    deep = make_separable(hidden=1)
    assert not is_separated_at(deep, [-250.0, 100.0, -250.0, 500.0])
    numbers = NeuralNetwork("y ~ x", {"x": [1.0, 2.0, 4.0], "y": [0.5, 1.0, 2.0]}, 0)
    assert not is_separated_at(numbers, [0.0, 0.5])


@pytest.mark.parametrize("scale", [False, True])
def test_unpenalized_weights_may_separate(scale):
    """Only unpenalized weights can diverge; an intercept or an uninformative term does not."""
    steep = [-250.0, 100.0]
    free = {"decay": 1e-9, "penalize_bias": False, "scale": scale}
    assert not is_separated_at(make_separable(**free), steep)
    assert is_separated_at(make_separable(**free, penalty_factor={"x": 0}), steep)
    table = make_separable().X[:, 1]
    table = pd.DataFrame({"x": table, "z": np.resize([0.0, 1.0], 12), "y": list("aabb") * 3})
    for term, reported in [("x", True), ("z", False)]:
        options = {**free, "penalty_factor": {term: 0}, "family": "binomial"}
        net = NeuralNetwork("y ~ x + z", table, 0, **options)
        assert is_separated_at(net, [*steep, 0.1]) == reported


def test_misclassified_row_of_any_weight_is_no_separation():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 2.4], "y": list("aabbb")})
    w = np.array([1e6, 1e6, 1e6, 1e6, 1e-3])
    net = NeuralNetwork("y ~ x", table, 0, family="binomial", weights=w, seed=1)
    assert not is_separated_at(net, [-250.0, 100.0])
    assert net.compute_loss() < 1e-3 * net._model.baseline
    assert is_separated_at(net, [-235.0, 100.0])


@pytest.mark.parametrize("optimizer", ["newton", "lbfgs", "rprop"])
def test_separation_is_reported_with_a_remedy(optimizer):
    net = make_separable()
    with pytest.warns(UserWarning, match="separated without error.*decay=1e-3") as caught:
        net.train(500, optimizer=optimizer, **QUIET)
    assert [warning.filename for warning in caught] == [__file__]
    reported = (
        "The classes can be separated without error, so that the weights grow without end: some "
        "decay, such as decay=1e-3, keeps them finite."
    )
    assert str(caught[0].message) == reported and net.message.endswith(reported)
    assert not net.converged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_separable(decay=1e-3).train(500, optimizer=optimizer, **QUIET)
