"""The objective: its value from its parts, its derivatives, and the penalty counted once."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from instances import (
    INSTANCES,
    assert_close,
    build_objective,
    differentiate,
    draw_clear_of_kinks,
    draw_direction,
    pick_objectives,
    split,
)
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.activations import Sigmoid
from neuralnet.errors import ignore_overflow
from neuralnet.families import Gaussian
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.penalty import Penalty
from neuralnet.perceptron.perceptron import Perceptron

NAMED = {instance.name: instance for instance in INSTANCES}
SKIPPING = "softmax-sigmoid-tanh-skip"
PARTS = case_by_case("name", [SKIPPING, f"{SKIPPING}-w-offset", "gaussian-w"])
DECAYS = case_by_case("decay", [0.7, (0.3, 0.0, 0.7)], ids=["decay", "decays"])


def parametrize(*words):
    """Objectives whose name has one of the words, each pair of values of two factors."""
    chosen = pick_objectives(*words)
    return case_by_case("objective", chosen.values(), ids=chosen)


def draw_phi(objective):
    batch, to_raw = objective.batch, objective.scaling.to_raw
    rng = np.random.default_rng(8)
    return draw_clear_of_kinks(rng, objective.perceptron, batch.X, to_raw)


def add_up_penalty(objective, phi):
    """The squares and the absolute values, weight by weight."""
    penalty = objective.penalty
    decays, share = np.broadcast_to(penalty.decay, phi.shape), penalty.mixture
    each = zip(decays, phi, strict=True)
    return sum(d * ((1 - share) * p**2 + share * abs(p)) for d, p in each)


@parametrize()
def test_value_is_the_loss_in_its_unit_plus_the_penalty(objective):
    phi = draw_phi(objective)
    batch = objective.batch
    theta, unit = objective.scaling.to_raw(phi), objective.scaling.loss_scale
    loss = objective.perceptron.evaluate(theta, batch).loss
    penalty = add_up_penalty(objective, phi)
    value, _ = objective(phi)
    assert value == pytest.approx(loss / unit + penalty, rel=1e-13)
    assert objective.penalty_in_raw_units(theta) == pytest.approx(penalty * unit, rel=1e-10)
    assert objective.loss(value, phi) == pytest.approx(loss, rel=1e-12)
    assert objective.evaluate(phi).loss == loss


@parametrize()
def test_derivatives_agree_with_differences(objective):
    """Those of all but the L1 part, which the optimizer reads from ``l1_weight``."""
    phi = draw_phi(objective)
    _, gradient = objective(phi)
    H = objective.hessian(phi)
    assert_close(H, H.T, 1e-14)

    def smooth(p):
        return objective(p)[0] - float((objective.l1_weight * np.abs(p)).sum())

    v = draw_direction(phi.size, 0)
    assert gradient @ v == pytest.approx(differentiate(smooth, phi, v), rel=1e-7)
    along = differentiate(lambda p: objective(p)[1], phi, v)
    assert_close(H @ v, along, 1e-7)
    assert_close(objective.hessian_vector(phi, v), along, 1e-7)


@parametrize("scale", "mixture")
def test_raw_units_are_those_of_the_loss_and_of_theta(objective):
    theta = objective.scaling.to_raw(draw_phi(objective))
    value, gradient = objective.in_raw_units(theta)
    batch = objective.batch
    loss = objective.perceptron.evaluate(theta, batch).loss
    assert value == pytest.approx(loss + objective.penalty_in_raw_units(theta), rel=1e-10)
    # Away from 0 absolute values have a slope like all else; see ``draw_clear_of_kinks``.
    v = draw_direction(theta.size, 1)
    assert gradient @ v == pytest.approx(
        differentiate(lambda t: objective.in_raw_units(t)[0], theta, v), rel=1e-7
    )
    along = differentiate(lambda t: objective.in_raw_units(t)[1], theta, v)
    assert_close(objective.hessian_in_raw_units(theta) @ v, along, 1e-7)


@pytest.mark.parametrize("scale", [False, True])
def test_gradient_at_a_zero_weight_excludes_the_l1_part(scale):
    objective = build_objective(NAMED[SKIPPING], 0.3, scale, mixture=0.5)
    phi, scaling = draw_phi(objective), objective.scaling
    phi[::2] = 0.0
    _, gradient = objective(phi)
    _, shown = objective.in_raw_units(scaling.to_raw(phi))
    assert_close(
        scaling.gradient_to_scaled(shown) / scaling.loss_scale,
        gradient + 0.15 * np.sign(phi),
        1e-12,
    )


@parametrize("decay")
def test_penalty_counts_once_for_any_batches(objective):
    phi, v = draw_phi(objective), draw_direction(objective.perceptron.n_parameters, 1)
    batch = objective.batch
    parts = split(batch, [0, 1, 9], np.random.default_rng(2))
    parted = replace(objective, batches=parts)
    value, gradient = objective(phi)
    assert parted(phi)[0] == pytest.approx(value, rel=1e-12)
    assert_close(parted(phi)[1], gradient, 1e-12)
    assert_close(parted.hessian(phi), objective.hessian(phi), 1e-12)
    assert_close(parted.hessian_vector(phi, v), objective.hessian_vector(phi, v), 1e-12)


@PARTS
@DECAYS
@case_by_case("scale", [False, True])
@case_by_case("size", [1, 4, 14, 100])
def test_minibatches_have_each_row_once_and_their_share_of_the_penalty(name, decay, scale, size):
    whole = build_objective(NAMED[name], decay, scale, mixture=0.4)
    phi, v = draw_phi(whole), draw_direction(whole.perceptron.n_parameters, 1)
    batch, n = whole.batch, 14
    order = np.random.default_rng(2).permutation(n)
    parts = list(whole.split_minibatches(order, size))
    assert whole.n_rows == n
    assert [part.n_rows for part in parts] == [size] * (n // size) + [n % size] * (n % size > 0)
    met = [part.batch for part in parts]
    for number in range(len(batch)):
        if batch[number] is None:
            assert all(each[number] is None for each in met)
        else:
            gathered = np.concatenate([each[number] for each in met])
            np.testing.assert_array_equal(gathered, batch[number][order])

    weights = [len(each.X) if each.w is None else each.w.sum() for each in met]
    shares = [part.share for part in parts]
    np.testing.assert_allclose(shares, np.array(weights) / sum(weights), rtol=1e-12)
    assert sum(shares) == pytest.approx(1.0, rel=1e-12)
    assert sum(part(phi)[0] for part in parts) == pytest.approx(whole(phi)[0], rel=1e-12)
    assert_close(sum(part(phi)[1] for part in parts), whole(phi)[1], 1e-12)
    assert_close(sum(part.l1_weight for part in parts), whole.l1_weight, 1e-12)
    assert_close(sum(part.hessian(phi) for part in parts), whole.hessian(phi), 1e-12)
    products = [part.hessian_vector(phi, v) for part in parts]
    assert_close(sum(products), whole.hessian_vector(phi, v), 1e-12)
    theta = whole.scaling.to_raw(phi)
    penalties = [part.penalty_in_raw_units(theta) for part in parts]
    assert sum(penalties) == pytest.approx(whole.penalty_in_raw_units(theta), rel=1e-12)
    raw = [part.in_raw_units(theta) for part in parts]
    assert sum(value for value, _ in raw) == pytest.approx(whole.in_raw_units(theta)[0], rel=1e-12)
    assert_close(sum(slope for _, slope in raw), whole.in_raw_units(theta)[1], 1e-12)
    losses = [part.loss(part(phi)[0], phi) for part in parts]
    assert sum(losses) == pytest.approx(whole.evaluate(phi).loss, rel=1e-11)


@PARTS
@pytest.mark.parametrize("chosen", [[3, 0, 7], np.arange(14) % 3 == 1], ids=["rows", "mask"])
def test_picked_rows_are_an_objective_of_those_alone(name, chosen):
    whole = build_objective(NAMED[name], 0.7, scale=True, mixture=0.4)
    rows, phi = np.array(chosen), draw_phi(whole)
    batch, some = whole.batch, whole.pick(rows).batch
    for part, all_of_it in zip(some, batch, strict=True):
        np.testing.assert_equal(part, None if all_of_it is None else all_of_it[rows])
    # The penalty is no sum over rows: those who learn from fewer rows have all of it.
    penalty, unit = add_up_penalty(whole, phi), whole.scaling.loss_scale
    loss = whole.perceptron.evaluate(whole.scaling.to_raw(phi), some).loss / unit
    assert whole.pick(rows)(phi)[0] == pytest.approx(loss + penalty, rel=1e-12)
    quarter = whole.pick(rows, 0.25)
    assert quarter(phi)[0] == pytest.approx(loss + penalty / 4, rel=1e-12)
    assert quarter.scaling is whole.scaling


def test_gaussian_optimum_with_decay_is_ridge_regression():
    rng = np.random.default_rng(6)
    X, Y = np.column_stack([np.ones(20), rng.normal(size=(20, 2))]), rng.normal(size=(20, 1))
    perceptron = Perceptron((3, 1), (), Gaussian())
    objective = Objective(perceptron, (Batch(X, Y),), Penalty(0.25))
    # Half the sum of squares plus decay |theta|^2, so that the ridge is twice the decay.
    ridge = np.linalg.solve(X.T @ X + 0.5 * np.eye(3), X.T @ Y)[:, 0]
    np.testing.assert_allclose(objective(ridge)[1], 0.0, atol=1e-12)
    assert_close(objective.hessian(ridge), X.T @ X + 0.5 * np.eye(3), 1e-14)


@pytest.mark.parametrize("scale", [False, True])
def test_gradient_is_a_fresh_array(scale):
    objective = build_objective(INSTANCES[0], 0.0, scale)
    phi = draw_phi(objective)
    _, gradient = objective(phi)
    expected = gradient.copy()
    objective(phi + 1.0)
    np.testing.assert_array_equal(gradient, expected)


def test_overflow_is_an_infinite_value():
    """Check the value; callers turn NumPy's warnings off, see `Model.compute`."""
    perceptron = Perceptron((1, 1, 1), (Sigmoid(),), Gaussian())
    objective = Objective(perceptron, (Batch(np.ones((1, 1)), np.ones((1, 1))),))
    phi = np.array([1.0, 1e200, 1e200])
    with ignore_overflow():
        assert objective(phi)[0] == np.inf
        assert objective.evaluate(phi).loss == np.inf


@pytest.mark.parametrize("mixture", [0.0, 0.5, 1.0])
def test_no_decay_adds_nothing_to_any_bit(mixture):
    plain = build_objective(NAMED[SKIPPING], 0.0, scale=True)
    idle = replace(plain, penalty=Penalty(0.0, mixture))
    phi = draw_phi(plain)
    (value, gradient), (same, too) = plain(phi), idle(phi)
    assert (value, gradient.tobytes()) == (same, too.tobytes())
    assert plain.loss(value, phi) == idle.loss(value, phi)
    assert idle.l1_weight == 0.0


def test_loss_is_not_lost_beside_a_huge_penalty():
    """The difference of value and penalty would be rounding alone."""
    objective = build_objective(INSTANCES[0], decay=0.0, scale=False)
    heavy = replace(objective, penalty=Penalty(1e20))
    phi = draw_phi(objective)
    value, _ = heavy(phi)
    lost = value - heavy.penalty.value(phi)
    assert lost != pytest.approx(objective.evaluate(phi).loss, rel=1e-3)
    assert heavy.loss(value, phi) == objective.evaluate(phi).loss


# Against R's nnet ----------------------------------------------------------------------------

SKIP = json.loads((Path(__file__).parents[1] / "reference" / "nnet_skip.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("family", "formula", "squares"),
    [
        ("softmax", "Species ~ .", 1.0),
        ("binomial", "I(Species == 'virginica') ~ . - Species", 1.0),
        # R's nnet takes the whole sum of squares.
        ("gaussian", "Sepal.Length ~ . - Species", 2.0),
    ],
)
def test_columns_that_skip_are_those_of_nnet(iris, family, formula, squares):
    reference = SKIP[family]
    decay = reference["decay"] / squares
    net = NeuralNetwork(formula, iris, 2, family=family, decay=decay, skip=True, seed=1)
    # For each unit its bias, then its inputs; for each output the hidden units come between.
    positions = net._model.perceptron.unflatten(np.arange(net.theta.size))
    order = np.concatenate([matrix.T.ravel() for matrix in positions])
    theta = np.empty(net.theta.size)
    theta[order] = reference["wts"]
    net.theta = theta
    value, gradient = net.objective()
    assert squares * value == pytest.approx(reference["value"], rel=1e-9)
    rows = np.array(reference["rows"]) - 1
    np.testing.assert_allclose(net.output[rows], reference["fitted"], rtol=1e-9)
    expected = np.array(reference["hess"])
    H = squares * net.hessian()[np.ix_(order, order)]
    np.testing.assert_allclose(H, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    v = draw_direction(theta.size, 1)
    along = differentiate(lambda t: net.objective(t)[0], theta, v)
    assert gradient @ v == pytest.approx(along, rel=1e-7)
