"""Activations against their definitions, and their derivatives against differences."""

import numpy as np
import pytest
from instances import differentiate, freeze
from scipy.special import expit

from neuralnet.activations import ACTIVATIONS, Activation

DEFINITIONS = {
    "sigmoid": expit,
    "tanh": lambda z: np.expm1(2 * z) / (np.expm1(2 * z) + 2),
}
Z = freeze(np.linspace(-9.0, 9.0, 73))

each = pytest.mark.parametrize("name", ACTIVATIONS)


@each
def test_value_is_the_definition(name):
    np.testing.assert_allclose(ACTIVATIONS[name].value(Z), DEFINITIONS[name](Z), atol=4e-16)


@each
def test_slope_and_curvature_are_the_derivatives_of_the_value(name):
    activation = ACTIVATIONS[name]
    h = freeze(activation.value(Z))

    def slope(z):
        return activation.slope(z, activation.value(z))

    np.testing.assert_allclose(slope(Z), differentiate(activation.value, Z, 1.0), atol=1e-10)
    np.testing.assert_allclose(activation.curvature(Z, h), differentiate(slope, Z, 1.0), atol=1e-10)


@each
def test_largest_and_smallest_numbers_raise_no_warning(name):
    activation = ACTIVATIONS[name]
    z = freeze(np.array([[-1.7e308, -750.0, 0.0], [1.7e308, 750.0, 5e-324]]))
    h = activation.value(z)
    for result in (h, activation.slope(z, h), activation.curvature(z, h)):
        assert result.shape == z.shape
        assert np.isfinite(result).all()
    assert np.abs(h).max() == 1.0


@each
def test_name_is_the_key(name):
    assert ACTIVATIONS[name].name == name


def test_curvature_may_be_left_out_but_not_the_slope():
    class Value:
        def value(self, z):
            return z

    class Slope(Value):
        def slope(self, z, h):
            return np.ones_like(z)

    assert isinstance(Slope(), Activation)
    assert not isinstance(Value(), Activation)
