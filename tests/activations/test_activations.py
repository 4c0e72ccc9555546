"""Activations against their definitions, and their derivatives against differences."""

import pickle

import numpy as np
import pytest
from instances import (
    INSTANCES,
    KINKED,
    OBJECTIVES,
    differentiate,
    draw_clear_of_kinks,
    draw_direction,
    find_kinked_sums,
    freeze,
)
from loops import case_by_case
from scipy.special import expit, log1p

from neuralnet.activations import ACTIVATIONS, Activation, Elu, Identity, LeakyRelu, Relu
from neuralnet.errors import ignore_overflow

DEFINITIONS = {
    "sigmoid": expit,
    "tanh": lambda z: np.expm1(2 * z) / (np.expm1(2 * z) + 2),
    "relu": lambda z: (z + np.abs(z)) / 2,
    "leaky_relu": lambda z: np.array([x if x > 0 else 0.01 * x for x in z]),
    "elu": lambda z: np.array([x if x > 0 else np.expm1(x) for x in z]),
    "softplus": lambda z: log1p(np.exp(z)),
    "silu": lambda z: z * expit(z),
    "identity": lambda z: z,
}
Z = freeze(np.linspace(-9.0, 9.0, 73))
KINDS = {
    **ACTIVATIONS,
    "leaky_relu(0.3)": LeakyRelu(0.3),
    "elu(0.4)": Elu(0.4),
    "elu(2.5)": Elu(2.5),
}

each = case_by_case("name", ACTIVATIONS)
each_kind = case_by_case("activation", KINDS.values(), ids=KINDS)


@each
def test_value_is_the_definition(name):
    np.testing.assert_allclose(
        ACTIVATIONS[name].value(Z), DEFINITIONS[name](Z), rtol=4e-16, atol=4e-16
    )


@each_kind
def test_slope_and_curvature_are_the_derivatives_of_the_value(activation):
    def slope(z):
        return activation.slope(z, activation.value(z))

    # Finite differences do not cross a kink: all kinks are at 0.
    z = freeze(Z[Z != 0.0]) if activation.name in KINKED else Z
    h = freeze(activation.value(z))
    np.testing.assert_allclose(slope(z), differentiate(activation.value, z, 1.0), atol=1e-10)
    np.testing.assert_allclose(activation.curvature(z, h), differentiate(slope, z, 1.0), atol=1e-10)


@pytest.mark.parametrize(
    ("activation", "slope", "curvature"),
    [
        (Relu(), 0.0, 0.0),
        (LeakyRelu(), 0.01, 0.0),
        (LeakyRelu(0.3), 0.3, 0.0),
        (Elu(), 1.0, 1.0),
        (Elu(0.4), 0.4, 0.4),
    ],
)
def test_at_the_kink_the_lower_side_counts(activation, slope, curvature):
    z = np.array([0.0, -0.0, -1e-300])
    h = activation.value(z)
    np.testing.assert_allclose(h, 0.0, atol=1e-300)
    np.testing.assert_array_equal(activation.slope(z, h), np.full(3, slope))
    np.testing.assert_array_equal(activation.curvature(z, h), np.full(3, curvature))


@each_kind
def test_largest_and_smallest_numbers_have_finite_values(activation):
    z = freeze(np.array([[-1.7e308, -1e300, -750.0, 0.0], [1.7e308, 1e300, 750.0, 5e-324]]))
    with ignore_overflow():
        h = activation.value(z)
    for result in (h, activation.slope(z, h), activation.curvature(z, h)):
        assert result.shape == z.shape
        assert np.isfinite(result).all()


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_bounded_activations_have_limit_1(name):
    with ignore_overflow():
        assert ACTIVATIONS[name].value(np.array([-1.7e308, 1.7e308]))[1] == 1.0


@pytest.mark.parametrize(
    ("name", "value", "slope", "curvature"),
    [
        ("sigmoid", 0.5, 0.25, 0.0),
        ("tanh", 0.0, 1.0, 0.0),
        ("softplus", np.log(2.0), 0.5, 0.25),
        ("silu", 0.0, 0.5, 0.5),
        ("identity", 0.0, 1.0, 0.0),
    ],
)
def test_smooth_activations_at_0(name, value, slope, curvature):
    activation, z = ACTIVATIONS[name], np.zeros(1)
    h = activation.value(z)
    assert h == pytest.approx([value], abs=1e-16)
    assert activation.slope(z, h) == pytest.approx([slope], abs=1e-16)
    assert activation.curvature(z, h) == pytest.approx([curvature], abs=1e-16)


@pytest.mark.parametrize("z", [-700.0, -40.0, -38.0])
def test_lower_tails_keep_all_their_digits(z):
    """Terms beyond exp(z) are of order exp(2 z), which is below rounding."""
    tail, z = np.exp(z), np.array([z])
    softplus, silu, elu = (ACTIVATIONS[name] for name in ("softplus", "silu", "elu"))
    h = softplus.value(z)
    for part in (h, softplus.slope(z, h), softplus.curvature(z, h)):
        np.testing.assert_allclose(part, tail, rtol=1e-15)
    h = silu.value(z)
    np.testing.assert_allclose(h, z * tail, rtol=1e-15)
    np.testing.assert_allclose(silu.slope(z, h), (1.0 + z) * tail, rtol=1e-15)
    np.testing.assert_allclose(silu.curvature(z, h), (2.0 + z) * tail, rtol=1e-15)
    h = elu.value(z)
    for part in (elu.slope(z, h), elu.curvature(z, h)):
        np.testing.assert_allclose(part, tail, rtol=1e-15)


@pytest.mark.parametrize("z", [38.0, 40.0, 700.0])
def test_upper_tails_keep_all_their_digits(z):
    """Curvature there is exp(-z), as is the difference from the straight line."""
    tail, z = np.exp(-z), np.array([z])
    softplus, silu = ACTIVATIONS["softplus"], ACTIVATIONS["silu"]
    for activation in (softplus, silu):
        h = activation.value(z)
        np.testing.assert_array_equal(h, z)
        np.testing.assert_allclose(activation.slope(z, h), 1.0, rtol=1e-14)
    np.testing.assert_allclose(softplus.curvature(z, softplus.value(z)), tail, rtol=1e-14)
    np.testing.assert_allclose(silu.curvature(z, silu.value(z)), (2.0 - z) * tail, rtol=1e-14)


@pytest.mark.parametrize("smooth", ["softplus", "silu"])
def test_far_from_0_they_equal_relu(smooth):
    z = np.array([-800.0, -1e300, 800.0, 1e300])
    np.testing.assert_array_equal(ACTIVATIONS[smooth].value(z), Relu().value(z))


def test_options_lead_to_other_activations():
    ours = LeakyRelu(0.0), LeakyRelu(1), Elu(0.0)
    for activation, other in zip(ours, (Relu(), Identity(), Relu()), strict=True):
        h = other.value(Z)
        np.testing.assert_array_equal(activation.value(Z), h)
        z = Z[Z != 0.0]
        np.testing.assert_array_equal(activation.slope(z, z), other.slope(z, z))
        np.testing.assert_array_equal(activation.curvature(z, z), other.curvature(z, z))


@each_kind
def test_weighted_sums_and_units_are_arrays_apart(activation):
    z = np.linspace(-1.0, 1.0, 5)
    h = activation.value(z)
    assert not np.shares_memory(z, h)
    for derivative in (activation.slope(z, h), activation.curvature(z, h)):
        assert not np.shares_memory(derivative, z) and not np.shares_memory(derivative, h)


@each_kind
def test_missing_numbers_stay_missing(activation):
    """Training detects divergence by a loss that is nan."""
    assert np.isnan(activation.value(np.array([np.nan]))).all()


@each_kind
def test_records_are_values(activation):
    assert pickle.loads(pickle.dumps(activation)) == activation
    assert len({activation, pickle.loads(pickle.dumps(activation))}) == 1


@case_by_case(
    ("make", "error", "words"),
    [
        (lambda: LeakyRelu(-0.1), ValueError, r"leak must be a number from 0 to 1, not -0\.1"),
        (lambda: LeakyRelu(1.5), ValueError, r"leak must be a number from 0 to 1, not 1\.5"),
        (lambda: LeakyRelu(np.nan), ValueError, "leak .* not nan"),
        (lambda: LeakyRelu("small"), TypeError, "leak .* not 'small'"),
        (lambda: LeakyRelu(True), TypeError, "leak .* not True"),
        (lambda: Elu(-1.0), ValueError, r"alpha must be a number of at least 0, not -1\.0"),
        (lambda: Elu(np.inf), ValueError, "alpha .* not inf"),
        (lambda: Elu(None), TypeError, "alpha .* not None"),
    ],
)
def test_impossible_options_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


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


STEPS = np.linspace(-2e-3, 2e-3, 9)  # the range of ``differentiate``


def assert_clear(perceptron, X, thetas):
    """Require that no weighted sum near a kink changes sign between these thetas."""
    signs = [np.sign(find_kinked_sums(perceptron, theta, X)) for theta in thetas]
    assert signs[0].size and signs[0].all()
    assert all((sign == signs[0]).all() for sign in signs)


def pick_kinked(networks):
    """Networks with a kink; every activation that has one must occur."""
    names = [{activation.name for activation in one.perceptron.activations} for one in networks]
    assert set().union(*names) >= set(KINKED)
    return [one for one, found in zip(networks, names, strict=True) if found & set(KINKED)]


def test_differences_by_theta_cross_no_kink():
    for instance in pick_kinked(INSTANCES):
        theta, X = instance.theta, instance.batch.X
        for v in (draw_direction(theta.size, seed) for seed in range(3)):
            assert_clear(instance.perceptron, X, [theta + step * v for step in STEPS])


def test_differences_of_objectives_cross_no_kink():
    for objective in pick_kinked(OBJECTIVES.values()):
        batch, to_raw = objective.batch, objective.scaling.to_raw
        rng = np.random.default_rng(8)
        phi = draw_clear_of_kinks(rng, objective.perceptron, batch.X, to_raw)
        theta = to_raw(phi)
        for v in (draw_direction(phi.size, seed) for seed in range(3)):
            for thetas in (
                [to_raw(phi + step * v) for step in STEPS],
                [theta + step * v for step in STEPS],
            ):
                assert_clear(objective.perceptron, batch.X, thetas)
