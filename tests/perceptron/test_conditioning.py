"""An objective over standardized columns equals the raw objective of the same weights."""

import numpy as np
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.training.options import prepare_run

each_family = case_by_case("family", FORMULAS)
LAYERS = [0, 3, [3, 2]]
SHAPES = [(0, False), (3, False), (3, True), ([3, 2], False), ([3, 2], True)]


def make_weights():
    return np.linspace(0.5, 2.0, len(make_table()))


def condition(net, optimizer="newton", **options):
    return prepare_run(net._model, net._fit.state, optimizer=optimizer, **options).objective


def scale_by_hand(net, objective, theta):
    """Value and gradient of the raw objective, with the scaling of the other one."""
    value, gradient = net.objective(theta)
    scaling = objective.scaling
    return value / scaling.loss_scale, scaling.gradient_to_scaled(gradient) / scaling.loss_scale


@each_family
@pytest.mark.parametrize(("hidden", "skip"), SHAPES)
@pytest.mark.parametrize("decay", [0.0, 0.3], ids=["free", "decay"])
@pytest.mark.parametrize("scale", [False, True], ids=["raw", "scale"])
def test_value_and_derivatives_are_those_of_the_raw_objective(family, hidden, decay, scale, skip):
    net = make_net(family, hidden, decay=decay, scale=scale, skip=skip, weights=make_weights())
    check(net)


@each_family
@pytest.mark.parametrize(("hidden", "skip"), SHAPES)
@pytest.mark.parametrize("penalize_bias", [True, False])
@pytest.mark.parametrize("factor", [None, {"x1": 0, "kind": 3}], ids=["all", "terms"])
def test_a_penalty_on_some_weights_is_carried_over(family, hidden, skip, penalize_bias, factor):
    options = {"penalize_bias": penalize_bias, "penalty_factor": factor, "skip": skip}
    decay = 0.3 if hidden in (0, 3) else [0.3, 0.0, 2.0]
    net = make_net(family, hidden, decay=decay, weights=make_weights(), **options)
    check(net)
    # Where all matrices see the columns alike, these are standardized themselves.
    assert condition(net).standardized


@case_by_case("hidden", LAYERS, ids=str)
@case_by_case("formula", ["cost ~ x1 + offset(x2)", "count ~ x1 + offset(x2)"])
def test_an_offset_is_carried_over(formula, hidden):
    family = "poisson" if formula.startswith("count") else "gaussian"
    check(NeuralNetwork(formula, make_table(), hidden, family=family, init=0.5, seed=1))


@pytest.mark.parametrize(("hidden", "skip"), SHAPES[:3])
def test_without_an_intercept_means_stay(hidden, skip):
    net = NeuralNetwork("cost ~ x1 + x2 - 1", make_table(), hidden, skip=skip, init=0.5, seed=1)
    check(net)


def check(net):
    objective = condition(net)
    scaling, theta = objective.scaling, net.theta + 0.1
    phi = scaling.from_raw(theta)
    wanted, slopes = scale_by_hand(net, objective, theta)
    value, gradient = objective(phi)
    assert value == pytest.approx(wanted, rel=1e-11)
    size = np.abs(slopes).max()
    np.testing.assert_allclose(gradient, slopes, rtol=1e-9, atol=1e-9 * size)
    H = (
        scaling.gradient_to_scaled(scaling.gradient_to_scaled(net.hessian(theta)).T)
        / scaling.loss_scale
    )
    size = np.abs(H).max()
    np.testing.assert_allclose(objective.hessian(phi), H, rtol=1e-8, atol=1e-9 * size)
    v = np.random.default_rng(1).normal(size=len(phi))
    np.testing.assert_allclose(objective.hessian_vector(phi, v), H @ v, rtol=1e-8, atol=1e-8 * size)
    twin = net.clone()
    twin.theta = theta
    assert objective.evaluate(phi).loss == pytest.approx(twin.compute_loss(), rel=1e-11)
    assert objective.loss(value, phi) == pytest.approx(twin.compute_loss(), rel=1e-9)


def test_columns_and_response_are_standardized():
    net = make_net("gaussian", 2)
    batch = condition(net).batch
    numbers = batch.X[:, net.x_names.index("x1")], batch.Y[:, 0]
    for each in numbers:
        assert each.mean() == pytest.approx(0.0, abs=1e-15 * len(each))
        assert each.std() == pytest.approx(1.0, rel=1e-14)
    # Codes of a category stay as they are.
    assert set(batch.X[:, net.x_names.index("kind[T.b]")]) == {0.0, 1.0}


def test_the_reference_is_the_loss_of_an_intercept_in_the_same_units():
    net = make_net("gaussian", 2)
    y = net.Y.to_numpy()
    objective = condition(net)
    baseline = ((y - y.mean()) ** 2).sum() / 2
    assert objective.reference * objective.scaling.loss_scale == pytest.approx(baseline, rel=1e-12)
    assert objective.reference == pytest.approx(len(y) / 2, rel=1e-12)
    # Of the rows to train on, their share.
    part = condition(net, validation=range(9))
    assert part.reference == pytest.approx(objective.reference * (len(y) - 9) / len(y), rel=1e-12)


def test_a_constant_response_has_no_reference():
    table = make_table().assign(cost=3.7)
    objective = condition(NeuralNetwork("cost ~ x1", table, 0, seed=1))
    assert objective.reference is None


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam", "rprop"])
def test_first_order_methods_get_the_original_objective(optimizer):
    net = make_net("gaussian", 2)
    assert condition(net, optimizer) is net._model.objective


@pytest.mark.parametrize("family", ["binomial", "gaussian", "poisson"])
def test_squares_are_the_root_of_the_derivatives(family):
    net = make_net(family, 0, weights=make_weights())
    objective = condition(net)
    phi = objective.scaling.from_raw(net.theta)
    A, b = objective.squares(phi)
    np.testing.assert_allclose(A.T @ A, objective.hessian(phi), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(A.T @ b, objective(phi)[1], rtol=1e-12, atol=1e-12)


def test_squares_are_none_with_hidden_units_or_penalty():
    nets = make_net("softmax", 0), make_net("poisson", 2), make_net("poisson", 0, decay=0.1)
    for net in nets:
        assert condition(net).squares is None
    # A row that is certain of the wrong class has a slope, and no curvature beside it.
    lost = make_net("binomial", 0)
    lost.theta = np.full(len(lost.theta), 1e5)
    objective = condition(lost)
    assert objective.squares(objective.scaling.from_raw(lost.theta)) is None
