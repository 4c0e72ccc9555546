"""User-defined families, activations, optimizers and schedules: their results are checked."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork, activations, families, load_iris
from neuralnet.optimizers.first_order import FirstOrder
from neuralnet.perceptron import user_defined as own_parts
from neuralnet.perceptron.user_defined import check_activation, check_family
from neuralnet.training import updates

QUIET = {"trace": 0, "tolerance": None}


# Activations ----------------------------------------------------------------------------------


class Cube:
    """A third of the cube."""

    name = "cube"

    def value(self, z):
        return z**3 / 3.0

    def slope(self, z, h):
        return z**2

    def curvature(self, z, h):
        return 2.0 * z


def replace_method(base, name, function):
    """An object of a class with another method."""
    return type(f"Odd{base.__name__}", (base,), {name: function})()


ODD = {
    "float32": (
        lambda right: right.astype(np.float32),
        TypeError,
        "an array of float32 with shape",
    ),
    "whole numbers": (lambda right: right.astype(int), TypeError, "an array of int64 with shape"),
    "booleans": (lambda right: right > 0, TypeError, "an array of bool with shape"),
    "complex": (lambda right: right + 0j, TypeError, "an array of complex128 with shape"),
    "objects": (lambda right: right.astype(object), TypeError, "an array of object with shape"),
    "a list": (lambda right: right.tolist(), TypeError, "which is a list"),
    "a number": (lambda right: 1.0, TypeError, "1.0, which is a float"),
    "nothing": (lambda right: None, TypeError, "None, which is a NoneType"),
    "masked": (lambda right: np.ma.masked_array(right), TypeError, "a MaskedArray of float64"),
    "turned around": (lambda right: np.atleast_2d(right).T, ValueError, "an array of float64 with"),
    "an axis more": (
        lambda right: right[None],
        ValueError,
        r"an array of float64 with shape \(1, ",
    ),
    "one for all": (lambda right: right.ravel()[:1], ValueError, r"with shape \(1,\)"),
}


@case_by_case("what", ODD)
@case_by_case("name", ["value", "slope", "curvature"])
def test_activation_is_checked_when_the_network_is_made(name, what):
    change, kind, reported = ODD[what]
    odd = replace_method(Cube, name, lambda self, *given: change(getattr(Cube(), name)(*given)))
    reported = (
        rf"^activation 'cube': {name}\(.*\) of z with shape \(2, 3\) must return an array of "
        rf"float64 with shape \(2, 3\), not .*{reported}"
    )
    with pytest.raises(kind, match=reported):
        make_net(activation=["tanh", odd], hidden=[3, 2])


def overwrite(self, *given):
    given[-1][:] = 1.0
    return given[-1]


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("value", r"value\(z\) must leave z as it is"),
        ("slope", r"slope\(z, h\) must leave h as it is"),
        ("curvature", r"curvature\(z, h\) must leave h as it is"),
    ],
)
def test_activation_does_not_change_its_arguments(name, reported):
    with pytest.raises(
        ValueError, match=f"^activation 'cube': {reported}, and return a new array$"
    ):
        make_net(activation=replace_method(Cube, name, overwrite))


def test_subclass_of_a_family_is_named_by_its_class():
    class Mine(families.Gaussian):
        def mean(self, eta):
            return eta.astype(np.float32)

    with pytest.raises(TypeError, match=r"^family 'Mine': mean\(eta\)"):
        NeuralNetwork(FORMULAS["gaussian"], make_table(), family=Mine())


def test_valid_activations_are_accepted_and_called_no_more():
    calls = []

    class Counting(Cube):
        def value(self, z):
            calls.append(z.shape)
            return super().value(z)

    part = Counting()
    net = make_net(activation=part, hidden=[3, 2])
    # Once, although it is given twice.
    assert calls == [(2, 3)]
    net.train(3, 0.001, **QUIET)
    assert calls.count((2, 3)) == 1
    for twin in (net.clone(), copy.deepcopy(net)):
        twin.train(1, 0.001, **QUIET)
    assert calls.count((2, 3)) == 1
    assert np.isfinite(net.theta).all()


def test_network_with_a_user_defined_activation_can_be_pickled():
    net = make_net(activation=Cube()).train(3, 0.001, **QUIET)
    twin = pickle.loads(pickle.dumps(net))
    a, b = (each.train(3, 0.001, **QUIET).theta for each in (net, twin))
    assert a.tobytes() == b.tobytes()


def test_checking_draws_no_random_numbers():
    nets = [make_net(activation=part, seed=3) for part in (Cube(), "tanh")]
    assert nets[0].theta.tobytes() == nets[1].theta.tobytes()
    assert nets[0]._fit.state.generator_state == nets[1]._fit.state.generator_state


# Families -------------------------------------------------------------------------------------

Y3 = np.arange(12) % 3
CASES = {
    "softmax": (families.Softmax(), 3, Y3),
    "softmax of classes that are not there": (families.Softmax(), 4, np.zeros(12, int)),
    "binomial": (families.Binomial(), 1, Y3 % 2),
    "grouped": (families.GroupedBinomial(), 1, np.column_stack([Y3, 3.0 - Y3])),
    "gaussian": (families.Gaussian(), 1, np.sin(np.arange(12.0))),
    "gaussians": (families.Gaussian(), 3, np.sin(np.arange(36.0)).reshape(12, 3)),
    "one row": (families.Gaussian(), 1, np.ones(1)),
    "poisson": (families.Poisson(), 1, Y3.astype(float)),
}


@case_by_case("case", CASES)
@case_by_case("weighed", [False, True])
def test_families_of_the_package_pass(case, weighed):
    family, K, response = CASES[case]
    check_family(family, K, response, None, np.ones(len(response)) if weighed else None)


@case_by_case("activation", activations.ACTIVATIONS.values(), ids=lambda each: each.name)
def test_activations_of_the_package_pass(activation):
    check_activation(activation)


def make_own_family(name, change, base=families.Gaussian):
    """A family of which one method returns something else."""
    right = getattr(base, name)
    return replace_method(base, name, lambda self, *given: change(right(self, *given)))


def make_own_net(family, like="gaussian"):
    return NeuralNetwork(FORMULAS[like], make_table(), 3, family=family, seed=1)


SHAPES = {"mean": r"\(4, 3\)", "variance_product": r"\(4, 3\)", "mean_response": r"\(3,\)"}


@case_by_case("what", ODD)
@case_by_case("name", ["mean", "mean_response", "link", "variance_product", "observed_means"])
def test_family_is_checked_when_the_network_is_made(name, what):
    change, kind, reported = ODD[what]
    if what == "one for all":
        reported = "an array of float64 with shape"
    family = make_own_family(name, change)
    table = make_table().assign(a=1.0, b=np.arange(36.0))
    reported = (
        rf"^family 'OddGaussian': {name}\(.*\) of 4 rows and 3 outputs must return an array of "
        rf"float64 with shape {SHAPES.get(name, '')}.*, not .*{reported}"
    )
    with pytest.raises(kind, match=reported):
        NeuralNetwork("cbind(cost, a, b) ~ x1", table, 2, family=family)


LOSSES = {
    "no pair": (lambda pair: pair[0], r"must return a tuple \(loss, delta\), not .* is a float"),
    "three": (lambda pair: (*pair, 1), r"must return a tuple \(loss, delta\), not a tuple of 3"),
    "a list": (list, r"must return a tuple \(loss, delta\), not .* is a list"),
    "losses": (
        lambda pair: (np.ones(3), pair[1]),
        r"must return as its loss a number, not an array of",
    ),
    "no loss": (lambda pair: (None, pair[1]), "must return as its loss a number, not None"),
    "text": (lambda pair: ("low", pair[1]), "must return as its loss a number, not 'low', which"),
    "float32": (
        lambda pair: (pair[0], pair[1].astype("f")),
        r"must return as its delta an array of .* with shape \(3, 1\), not an array of float32",
    ),
    "flat": (
        lambda pair: (pair[0], pair[1].ravel()),
        r"must return as its delta an .* with shape \(3, 1\), not an .* with shape \(3,\)",
    ),
}


@case_by_case("what", LOSSES)
def test_loss_and_delta_are_checked(what):
    change, reported = LOSSES[what]
    reported = (
        rf"^family 'OddGaussian': loss_and_delta\(eta, Y, w\) of eta with shape \(3, 1\) {reported}"
    )
    with pytest.raises((TypeError, ValueError), match=reported):
        make_own_net(make_own_family("loss_and_delta", change))


@pytest.mark.parametrize("name", ["classify", "codes"])
@pytest.mark.parametrize("change", [lambda codes: codes * 1.0, lambda codes: codes[:, None]])
def test_classes_are_whole_numbers(name, change):
    family = make_own_family(name, change, families.Softmax)
    with pytest.raises((TypeError, ValueError), match=rf"{name}\(.*an array of whole numbers"):
        make_own_net(family, "softmax")


def test_responses_are_encoded_row_by_row():
    family = make_own_family("encode", lambda Y: Y[1:])
    reported = r"encode\(response, index\) must return an array with a row for each of 36 responses"
    with pytest.raises(TypeError, match=reported):
        make_own_net(family)


def test_methods_that_a_family_lacks_are_not_called():
    """Second derivatives are for some optimizers alone."""

    class Plain(families.Gaussian):
        def variance_product(self, mu, v, Y):
            raise NotImplementedError

    net, judge = make_own_net(Plain()), make_own_net("gaussian")
    for each in (net, judge):
        each.train(5, 0.0001, **QUIET)
    assert net.theta.tobytes() == judge.theta.tobytes()


# Optimizers -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plain(FirstOrder):
    """Gradient descent."""

    def init(self, theta):
        return ()

    def step(self, objective, theta, state):
        value, gradient = objective(theta)
        return theta - 0.001 * gradient, state, value


STEPS = {
    "two": (lambda made: made[:2], TypeError, r"a tuple \(new theta, .*\), not a tuple of 2"),
    "no tuple": (lambda made: list(made), TypeError, r"a tuple \(new theta, .*which is a list"),
    "theta alone": (
        lambda made: made[0],
        TypeError,
        r"a tuple \(new theta.*not an array of float64",
    ),
    "nothing": (lambda made: None, TypeError, r"a tuple \(new theta, .*not None"),
    "values": (lambda made: (*made[:2], made[0]), TypeError, "old theta a number"),
    "no value": (lambda made: (*made[:2], None), TypeError, "old theta a number"),
    "gradient first": (
        lambda made: (made[2], *made[1:]),
        TypeError,
        "must return as its new theta an array",
    ),
}


def check_that_training_is_refused(net, kind, reported, *given, **options):
    before = take_snapshot(net)
    with pytest.raises(kind, match=reported):
        net.train(*given, **options)
    assert take_snapshot(net) == before


@case_by_case("options", [{}, {"batch_size": 10}, {"validation": 0.25}, {"restarts": 2}])
@case_by_case("what", [*STEPS, *ODD])
def test_first_step_is_checked_and_leaves_the_network_as_it_was(what, options):
    if what in STEPS:
        change, kind, reported = STEPS[what]
    else:
        part, kind, reported = ODD[what]
        wanted = r"must return as its new theta an array of float64 with shape \(\d+,\), not "
        reported = rf"{wanted}.*{reported}"

        def change(made):
            return (part(made[0]), *made[1:])

    right = Plain.step
    odd = replace_method(Plain, "step", lambda self, *given: change(right(self, *given)))
    net = make_net("gaussian").train(2, optimizer="adam", **QUIET)
    reported = rf"^optimizer 'OddPlain': step\(objective, theta, state\) .*{reported}"
    # The held-out rows are drawn when they are first needed.
    check_that_training_is_refused(net, kind, reported, 5, optimizer=odd, **options, **QUIET)
    net.train(2, optimizer=Plain(), **QUIET)


def test_search_of_a_decay_leaves_the_network_as_it_was():
    odd = replace_method(Plain, "step", lambda self, *given: None)
    net = make_net("gaussian", decay="cv")
    check_that_training_is_refused(net, TypeError, "must return a tuple", 5, optimizer=odd, **QUIET)


@pytest.mark.parametrize("answer", [True, "enough", (True, "enough")])
def test_check_convergence_returns_none_or_a_stop(answer):
    odd = replace_method(Plain, "check_convergence", lambda self, state, value: answer)
    reported = (
        r"^optimizer 'OddPlain': check_convergence\(state, value\) must return None .*Stop\(conver"
    )
    check_that_training_is_refused(make_net(), TypeError, reported, 5, optimizer=odd, **QUIET)


def test_invalid_later_check_convergence_leaves_the_last_complete_iteration():
    seen = []

    def judge(self, state, value):
        seen.append(value)
        return True if len(seen) == 4 else None

    net, twin = make_net(), make_net().train(3, optimizer=Plain(), **QUIET)
    with pytest.raises(TypeError, match="check_convergence"):
        net.train(9, optimizer=replace_method(Plain, "check_convergence", judge), **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes() and len(net.history) == 3


@pytest.mark.parametrize("blink", [0.0, 1e9])
@pytest.mark.parametrize(
    ("change", "kind", "reported"),
    [
        (lambda theta: theta[:2], ValueError, r"with shape \(43,\), not an .*shape \(2,\)"),
        (lambda theta: theta.tolist(), TypeError, "which is a list"),
        (lambda theta: theta.astype(np.float32), TypeError, "array of float32"),
    ],
    ids=["shorter", "list", "float32"],
)
def test_invalid_later_step_leaves_the_last_complete_iteration(
    monkeypatch, change, kind, reported, blink
):
    # Turns of one update, and one turn for all.
    monkeypatch.setattr(updates, "BLINK", blink)
    steps = []

    def err(self, *given):
        steps.append(given)
        theta, state, value = Plain.step(self, *given)
        return change(theta) if len(steps) == 4 else theta, state, value

    data = load_iris()
    net, twin = (NeuralNetwork("Species ~ .", data, hidden=5, seed=1) for _ in range(2))
    twin.train(3, optimizer=Plain(), **QUIET)
    with pytest.raises(kind, match=f"^optimizer 'OddPlain': step.* as its new theta .*{reported}"):
        net.train(9, optimizer=replace_method(Plain, "step", err), **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes() and len(net.history) == 3
    net.train(2, optimizer=Plain(), **QUIET)


@pytest.mark.parametrize("own", [True, False])
def test_user_defined_optimizer_is_checked_at_each_step(monkeypatch, own):
    checks = []
    given = own_parts._check_array
    monkeypatch.setattr(own_parts, "_check_array", lambda *a, **o: checks.append(given(*a, **o)))
    steps = []

    def count(self, *given):
        steps.append(given)
        return Plain.step(self, *given)

    optimizer = "adam" if own else replace_method(Plain, "step", count)
    net = make_net().train(50, optimizer=optimizer, **QUIET)
    assert (len(steps), len(checks)) == ((0, 0) if own else (50, 50)) and len(net.history) == 50


# Schedules and starts ------------------------------------------------------------------------


class Falling:
    """A schedule."""

    def __init__(self, rate):
        self.given = rate

    def init(self):
        return 0

    def rate(self, state):
        return self.given

    def step(self, state, loss):
        return state + 1


@case_by_case("rate", [None, "fast", np.ones(2), -0.1, 0.0, np.nan, True])
def test_rate_of_a_user_defined_schedule_is_a_number(rate):
    reported = "the learn_rate that Falling gives iteration 1 must be a number above 0, not"
    net = make_net()
    check_that_training_is_refused(
        net, (TypeError, ValueError), reported, 3, Falling(rate), **QUIET
    )
    net.train(3, Falling(0.01), **QUIET)
    assert net.theta.tobytes() == make_net().train(3, 0.01, **QUIET).theta.tobytes()


def test_later_rate_of_a_user_defined_schedule_is_checked(monkeypatch):
    monkeypatch.setattr(updates, "BLINK", 1e9)
    late = type("Late", (Falling,), {"rate": lambda self, state: 0.01 if state < 3 else None})(0)
    net = make_net()
    with pytest.raises(TypeError, match="the learn_rate that Late gives iteration 4 must be"):
        net.train(9, late, **QUIET)
    assert len(net.history) == 3


@pytest.mark.parametrize("drawn", [np.ones(3), np.ones((9, 9)), None, "many", np.full((1, 1), 1j)])
def test_user_defined_init_is_checked(drawn):
    with pytest.raises((TypeError, ValueError), match="init"):
        make_net(init=lambda rng, shape: drawn)
