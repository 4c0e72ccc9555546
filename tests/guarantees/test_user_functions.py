"""A user-defined function of a wrong signature or result is named, with what it is called with."""

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table, take_snapshot

from neuralnet import CorruptFileError, NeuralNetwork

TABLE = make_table()


class Ramp:
    name = "ramp"

    def value(self, z):
        return np.maximum(z, 0.0)

    def slope(self, z, h):
        return (z > 0) * 1.0


class Bent(Ramp):
    def slope(self, h):
        return (h > 0) * 1.0


class Flat(Ramp):
    def value(self):
        return 0.0


class Descent:
    needs_curvature = False

    def init(self, theta):
        return 0

    def step(self, objective, theta, state):
        value, gradient = objective(theta)
        return theta - 1e-3 * gradient, state, value

    def check_convergence(self, state, value):
        return None


class Forgetful(Descent):
    def step(self, objective, theta):
        return theta


class Eager(Descent):
    def init(self):
        return 0


class Rates:
    def init(self):
        return 1

    def rate(self):
        return 0.1

    def step(self, t, loss):
        return t + 1


def build(formula="species ~ x1 + x2", **options):
    return NeuralNetwork(formula, TABLE, hidden=2, seed=1, **options)


CALLS = {
    "callback": (
        lambda net: net.train(1, callback=lambda net: None, trace=0),
        "callback is called as callback(net, iteration), but the given one takes (net)",
    ),
    "callback of more": (
        lambda net: net.train(1, callback=lambda net, n, loss: None, trace=0),
        "callback(net, iteration), but the given one takes (net, n, loss): missing 'loss'",
    ),
    "init": (
        lambda net: build(init=lambda shape: np.zeros(shape)),
        "init is called as init(rng, shape), but the given one takes (shape)",
    ),
    "rate": (
        lambda net: net.train(1, lambda: 0.1, trace=0),
        "learn_rate is called as learn_rate(iteration), but the given one takes ()",
    ),
    "schedule": (
        lambda net: net.train(1, Rates(), trace=0),
        "learn_rate Rates: rate is called as but the given one takes ()",
    ),
    "slope": (
        lambda net: build(activation=Bent()),
        "activation Bent: slope is called as slope(z, h), but the given one takes (h)",
    ),
    "value": (
        lambda net: build(activation=[Flat()]),
        "activation Flat: value is called as value(z), but the given one takes ()",
    ),
    "step": (
        lambda net: net.train(1, optimizer=Forgetful(), trace=0),
        "optimizer Forgetful: step is called as step(objective, theta, state), but",
    ),
    "state": (
        lambda net: net.train(1, optimizer=Eager(), trace=0),
        "optimizer Eager: init is called as init(theta), but the given one takes ()",
    ),
}


@case_by_case("case", CALLS)
def test_functions_of_a_wrong_signature_are_named_before_they_are_called(case):
    call, wanted = CALLS[case]
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(TypeError) as caught:
        call(net)
    assert [each for each in wanted.split() if each not in str(caught.value)] == []
    assert take_snapshot(net) == before


def test_functions_that_take_more_by_default_or_any_arguments_are_called():
    net = make_net()
    seen = []
    net.train(2, callback=lambda *values: seen.append(values[1]), trace=0)
    net.train(1, callback=lambda net, n, file=None: seen.append(n), trace=0)
    net.train(1, learn_rate=lambda t, low=1e-3: low, trace=0)
    assert seen == [1, 2, 3]


def test_a_user_defined_optimizer_is_told_how_to_take_mini_batches():
    net = make_net()
    with pytest.raises(ValueError, match=r"takes no mini-batches.* write takes_batches = True"):
        net.train(1, optimizer=Descent(), batch_size=9, trace=0)
    Descent.takes_batches = True
    try:
        assert len(net.train(1, optimizer=Descent(), batch_size=9, trace=0).history) == 1
    finally:
        del Descent.takes_batches


@pytest.mark.parametrize("name", ["lbfgs", "newton", "rprop"])
def test_other_optimizers_are_told_nothing_of_the_sort(name):
    with pytest.raises(ValueError, match="compares one step with the next") as caught:
        make_net().train(1, optimizer=name, batch_size=9, trace=0)
    assert "takes_batches" not in str(caught.value)


def test_a_user_defined_optimizer_is_told_how_to_take_an_l1_penalty():
    net = make_net(decay=0.1, mixture=0.5)
    with pytest.raises(ValueError, match=r"cannot minimize an L1 .* write takes_l1 = True"):
        net.train(1, optimizer=Descent(), trace=0)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda v: 3, r"f\(x1\) gives the single value 3 for 36 rows"),
        (lambda v: None, r"f\(x1\) gives the single value None"),
        (lambda v: "a", r"f\(x1\) gives the single value 'a'"),
        (lambda v: v[1:], r"f\(x1\) gives 35 values for 36 rows"),
        (lambda v: 1 / 0, r"f\(x1\)'?: ZeroDivisionError"),
        (lambda: 1, r"f\(x1\)'?: TypeError: .*argument"),
    ],
)
@pytest.mark.parametrize("formula", ["species ~ f(x1) + x2", "f(x1) ~ x2"])
def test_functions_of_env_are_named_with_what_they_gave(formula, function, said, tmp_path):
    path = tmp_path / "net.nn"
    build(formula, env={"f": np.tanh}).save(path)
    with pytest.raises(ValueError, match=said) as caught:
        NeuralNetwork.load(path, TABLE, env={"f": function})
    assert not isinstance(caught.value, CorruptFileError)


def test_text_where_training_saw_numbers_is_named(tmp_path):
    path = tmp_path / "net.nn"
    build("species ~ f(x1) + x2", env={"f": np.tanh}).save(path)
    with pytest.raises(ValueError, match=r"f\(x1\) gives .*'a'.* and gave numbers in training"):
        NeuralNetwork.load(path, env={"f": lambda v: ["a"] * len(v)}).predict(TABLE)


@pytest.mark.parametrize("wrong", [5, None, "tanh"])
def test_what_is_no_function_is_not_called_a_damaged_file(wrong, tmp_path):
    path = tmp_path / "net.nn"
    build("species ~ f(x1) + x2", env={"f": np.tanh}).save(path)
    with pytest.raises(ValueError, match=r"'f', which is no function. Pass in env=") as caught:
        NeuralNetwork.load(path, env={"f": wrong})
    assert not isinstance(caught.value, CorruptFileError)
    with pytest.raises(TypeError, match="env must be a dict such as"):
        NeuralNetwork.load(path, env=[np.tanh])
