"""Properties: optional attributes of activations and families, and their defaults."""

from neuralnet.activations import ACTIVATIONS, Sigmoid
from neuralnet.families import FAMILIES
from neuralnet.perceptron import read_activation, read_family
from neuralnet.perceptron.properties import ActivationProperties, FamilyProperties


class Cube:
    """A user-defined activation without optional attributes."""

    def value(self, z):
        return z**3

    def slope(self, z, h):
        return 3.0 * z**2


class Bent(Cube):
    name, kinked, is_odd = "bent", True, True

    def curvature(self, z, h):
        return 6.0 * z


class Plain:
    """A user-defined family without optional attributes."""


class Free(Plain):
    is_shift_invariant = True

    def log_likelihood(self, loss, Y, w):
        return -loss


def test_what_is_not_declared_has_its_default():
    assert read_activation(Cube()) == ActivationProperties("Cube")
    assert read_family(Plain()) == FamilyProperties(False, False, False)


def test_what_is_declared_is_read():
    assert read_activation(Bent()) == ActivationProperties("bent", True, True, False, True)
    assert not read_activation(Bent()).is_smooth and not read_activation(Cube()).is_smooth
    assert read_activation(Sigmoid()).is_smooth
    # A likelihood takes two methods.
    assert read_family(Free()) == FamilyProperties(is_shift_invariant=True)


def test_ours_declare_what_their_formulas_say():
    found = {name: read_activation(each) for name, each in ACTIVATIONS.items()}
    assert [name for name, each in found.items() if each.kinked] == ["relu", "leaky_relu"]
    assert [name for name, each in found.items() if each.is_odd] == ["tanh", "identity"]
    assert [name for name, each in found.items() if each.is_linear] == ["identity"]
    assert all(each.has_curvature and each.name == name for name, each in found.items())
    families = {name: read_family(each) for name, each in FAMILIES.items()}
    assert [name for name, each in families.items() if each.has_dispersion] == ["gaussian"]
    assert [name for name, each in families.items() if each.is_shift_invariant] == ["softmax"]
    assert all(each.has_likelihood for each in families.values())
