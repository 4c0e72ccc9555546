"""Capabilities: optional attributes of optimizers, and their defaults."""

from dataclasses import dataclass, fields

from loops import case_by_case

from neuralnet.optimizers import LBFGS, OPTIMIZERS, Adam, Momentum, Newton
from neuralnet.optimizers.capabilities import Capabilities, has_option, read_capabilities


class Plain:
    """A user-defined optimizer without optional attributes."""

    needs_curvature = False

    def init(self, theta):
        return None

    def step(self, objective, theta, state):
        value, gradient = objective(theta)
        return theta - 0.1 * gradient, None, value

    def check_convergence(self, state, value):
        return None


@dataclass(frozen=True)
class Rated(Plain):
    """One with an option and two optional attributes."""

    takes_batches = True
    momentum = 0.5

    learn_rate: float = 0.1


def test_defaults_are_those_of_the_record():
    assert read_capabilities(Plain()) == Capabilities()


def test_declared_attributes_are_read_and_the_others_are_defaults():
    found = read_capabilities(Rated(0.2))
    assert found == Capabilities(takes_batches=True, momentum=0.5, learn_rate=0.2)


@case_by_case("name", OPTIMIZERS)
def test_attributes_of_our_optimizers_are_read_as_they_are(name):
    optimizer = OPTIMIZERS[name]
    found = read_capabilities(optimizer)
    for each in fields(Capabilities):
        if hasattr(optimizer, each.name):
            assert getattr(found, each.name) == getattr(optimizer, each.name)


def test_options_of_quasi_newton_methods_are_capabilities():
    assert read_capabilities(LBFGS(memory=7)).memory == 7
    assert read_capabilities(Newton(dense_limit=9)).dense_limit == 9
    assert read_capabilities(Momentum(momentum=0.3)).momentum == 0.3


def test_only_a_field_of_a_dataclass_is_an_option():
    assert has_option(Adam(), "learn_rate")
    assert has_option(Rated(), "learn_rate")
    assert not has_option(Rated(), "momentum")
    assert not has_option(Plain(), "learn_rate")
    assert not has_option(LBFGS(), "learn_rate")
