"""Passes of a perceptron: compared with a network written out by hand and with differences."""

import math
import pickle
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from instances import (
    INSTANCES,
    LAYERS,
    PAIRWISE,
    PAST,
    RESPONSES,
    assert_close,
    differentiate,
    draw_direction,
    pick_rows,
    split,
)
from loops import case_by_case

from neuralnet.activations import Sigmoid, Tanh
from neuralnet.families import Binomial, Gaussian, Poisson, Softmax
from neuralnet.perceptron.batch import Batch, Sums
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.second_derivatives import compute_hessian

every = case_by_case("instance", INSTANCES, ids=lambda instance: instance.name)
pairwise = case_by_case("instance", PAIRWISE, ids=lambda instance: instance.name)
KERNELS = [Perceptron.loss_and_gradient, Perceptron.evaluate, compute_hessian]


def read(result):
    """The result of a pass as one array."""
    if isinstance(result, Sums):
        return np.array([result.loss, result.weight, result.correct, *result.gradient])
    return result


def run(kernel, instance, batch):
    return read(kernel(instance.perceptron, instance.theta, batch))


@pytest.mark.parametrize(
    ("sizes", "skip", "shapes", "P", "words"),
    [
        ((5, 3), (), [(5, 3)], 15, "5 inputs - 3 softmax outputs"),
        ((5, 4, 3), (), [(5, 4), (5, 3)], 35, "5 inputs - 4 tanh - 3 softmax outputs"),
        (
            (2, 4, 3, 1),
            (),
            [(2, 4), (5, 3), (4, 1)],
            27,
            "2 inputs - 4 tanh - 3 tanh - 1 softmax output",
        ),
        (
            (5, 4, 3),
            (1, 2, 3, 4),
            [(5, 4), (9, 3)],
            47,
            "5 inputs - 4 tanh - 3 softmax outputs, inputs straight to outputs too",
        ),
        (
            (3, 4, 3, 1),
            (2,),
            [(3, 4), (5, 3), (5, 1)],
            32,
            "3 inputs - 4 tanh - 3 tanh - 1 softmax output, inputs straight to outputs too",
        ),
    ],
)
def test_matrices_have_rows_for_biases_and_for_columns_that_skip(sizes, skip, shapes, P, words):
    perceptron = Perceptron(sizes, (Tanh(),) * (len(sizes) - 2), Softmax(), skip)
    assert perceptron.shapes == tuple(shapes)
    assert perceptron.n_parameters == P
    assert perceptron.describe() == words


def test_theta_holds_the_matrices_row_by_row():
    perceptron = Perceptron((2, 2, 1), (Sigmoid(),), Gaussian())
    theta = np.arange(7.0)
    W1, W2 = perceptron.unflatten(theta)
    np.testing.assert_array_equal(W1, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(W2, [[4], [5], [6]])
    assert np.shares_memory(W1, theta) and np.shares_memory(W2, theta)
    np.testing.assert_array_equal(perceptron.flatten((W1, W2)), theta)
    stack = np.arange(21.0).reshape(3, 7)
    assert [m.shape for m in perceptron.unflatten(stack)] == [(3, 2, 2), (3, 3, 1)]
    np.testing.assert_array_equal(perceptron.flatten(perceptron.unflatten(stack)), stack)


def test_forward_pass_is_that_of_two_units_written_out():
    perceptron = Perceptron((2, 2, 1), (Sigmoid(),), Binomial())
    W1, W2 = np.array([[0.1, -0.2], [0.3, 0.4]]), np.array([[0.5], [-0.6], [0.7]])
    x, y = 1.5, 1.0
    h1 = 1 / (1 + math.exp(-(0.1 + 0.3 * x)))
    h2 = 1 / (1 + math.exp(-(-0.2 + 0.4 * x)))
    eta = 0.5 - 0.6 * h1 + 0.7 * h2
    mu = 1 / (1 + math.exp(-eta))
    theta, batch = perceptron.flatten((W1, W2)), Batch(np.array([[1.0, x]]), np.array([[y]]))

    first, last = perceptron.layers(theta, batch)
    np.testing.assert_allclose(first.z, [[0.1 + 0.3 * x, -0.2 + 0.4 * x]])
    np.testing.assert_allclose(first.h, [[h1, h2]])
    np.testing.assert_allclose(last.z, [[eta]])
    np.testing.assert_allclose(last.h, [[mu]])
    np.testing.assert_allclose(last.delta, [[mu - y]])
    np.testing.assert_allclose(last.dW, (mu - y) * np.array([[1.0], [h1], [h2]]))
    delta1, delta2 = -0.6 * (mu - y) * h1 * (1 - h1), 0.7 * (mu - y) * h2 * (1 - h2)
    np.testing.assert_allclose(first.delta, [[delta1, delta2]])
    np.testing.assert_allclose(first.dW, [[delta1, delta2], [delta1 * x, delta2 * x]])
    sums = perceptron.loss_and_gradient(theta, batch)
    assert sums.loss == pytest.approx(-math.log(mu))
    assert (sums.weight, sums.correct) == (1.0, float(mu > 0.5))


def test_columns_that_skip_are_more_inputs_of_the_last_matrix():
    perceptron = Perceptron((3, 1, 2), (Tanh(),), Gaussian(), skip=(2, 1))
    W1 = np.array([[0.1], [-0.3], [0.2]])
    W2 = np.array([[0.5, -0.4], [0.6, 0.7], [-0.8, 0.9], [1.1, -1.2]])
    theta = perceptron.flatten((W1, W2))
    x = np.array([1.0, 1.5, -2.0])
    z = 0.1 - 0.3 * 1.5 + 0.2 * -2.0
    h = math.tanh(z)
    eta = np.array([0.5, -0.4]) + h * W2[1] - 2.0 * W2[2] + 1.5 * W2[3]
    delta = eta - [1.0, 2.0]

    batch = Batch(x[None], np.array([[1.0, 2.0]]))
    first, last = perceptron.layers(theta, batch)
    np.testing.assert_allclose(first.z, [[z]])
    np.testing.assert_allclose(first.h, [[h]])
    np.testing.assert_allclose(last.z, [eta])
    np.testing.assert_allclose(last.dW, np.outer([1.0, h, -2.0, 1.5], delta))
    back = (W2[1] @ delta) * (1 - h * h)
    np.testing.assert_allclose(first.delta, [[back]])
    np.testing.assert_allclose(first.dW, back * x[:, None])
    assert perceptron.evaluate(theta, batch).loss == pytest.approx(delta @ delta / 2)


@case_by_case("depth", [1, 2])
@case_by_case("family", RESPONSES)
def test_network_whose_hidden_units_lead_nowhere_is_the_glm(family, depth):
    network = next(
        one
        for one in INSTANCES
        if one.name == "-".join([family, *("sigmoid", "tanh")[:depth], "skip-w-offset"])
    )
    wide, batch, K = network.perceptron, network.batch, network.perceptron.sizes[-1]
    glm = Perceptron((3, K), (), wide.family)
    straight = np.random.default_rng(5).normal(size=(3, K))
    matrices = [W.copy() for W in wide.unflatten(network.theta)]
    units = wide.sizes[-2]
    matrices[-1][:] = np.vstack([straight[:1], np.zeros((units, K)), straight[1:]])
    theta = wide.flatten(tuple(matrices))
    assert_close(
        wide.mean(theta, batch.X, batch.offset),
        glm.mean(straight.ravel(), batch.X, batch.offset),
        1e-14,
    )
    ours = wide.loss_and_gradient(theta, batch)
    theirs = glm.loss_and_gradient(straight.ravel(), batch)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-13)
    np.testing.assert_equal(ours.correct, theirs.correct)
    *before, last = wide.unflatten(ours.gradient)
    for dW in before:
        np.testing.assert_array_equal(dW, 0.0)
    rows = [0, *range(1 + units, 3 + units)]
    assert_close(last[rows].ravel(), theirs.gradient, 1e-13)
    positions = wide.unflatten(np.arange(theta.size))[-1][rows].ravel()
    H = compute_hessian(wide, theta, batch)[np.ix_(positions, positions)]
    assert_close(H, compute_hessian(glm, straight.ravel(), batch), 1e-13)


@every
def test_gradient_agrees_with_differences(instance):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    gradient = perceptron.loss_and_gradient(theta, batch).gradient
    for seed in range(3):
        v = draw_direction(theta.size, seed)
        along = differentiate(lambda t: perceptron.evaluate(t, batch).loss, theta, v)
        assert gradient @ v == pytest.approx(along, rel=1e-7)


@pairwise
def test_any_partition_of_the_rows_gives_the_same_sums(instance):
    rng = np.random.default_rng(3)
    for cuts in ([7], [0, 1, 5], range(1, len(instance.batch.X))):
        parts = split(instance.batch, list(cuts), rng)
        for kernel in KERNELS:
            sums = (kernel(instance.perceptron, instance.theta, part) for part in parts)
            gathered = read(reduce(add, sums))
            assert_close(gathered, run(kernel, instance, instance.batch), 1e-12)


@pairwise
def test_weight_is_the_number_of_times_that_a_row_is_there(instance):
    times = np.random.default_rng(4).permutation(np.arange(len(instance.batch.X)) % 4)
    weighted = instance.batch._replace(w=times.astype(float))
    unweighted = instance.batch._replace(w=None)
    repeated = pick_rows(unweighted, np.repeat(np.arange(len(times)), times))
    for kernel in KERNELS:
        expected = run(kernel, instance, repeated)
        assert_close(run(kernel, instance, weighted), expected, 1e-12)


@pairwise
def test_offset_is_added_to_the_scores_and_nowhere_else(instance):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    plain = perceptron.scores(theta, batch.X)
    offset = np.zeros_like(plain) if batch.offset is None else batch.offset
    np.testing.assert_array_equal(perceptron.scores(theta, batch.X, batch.offset), plain + offset)
    np.testing.assert_array_equal(
        perceptron.mean(theta, batch.X, batch.offset), instance.family.mean(plain + offset)
    )
    # The same number for all rows is a bias: the intercept's row, or row 0 of the last matrix.
    constant = np.linspace(0.3, -0.4, plain.shape[1])
    matrices = [W.copy() for W in perceptron.unflatten(theta)]
    matrices[-1][0] += constant
    moved = replace(instance, theta=perceptron.flatten(tuple(matrices)))
    shifted = batch._replace(offset=np.tile(constant, (len(batch.X), 1)))
    for kernel in KERNELS:
        expected = run(kernel, moved, batch._replace(offset=None))
        assert_close(run(kernel, instance, shifted), expected, 1e-12)


def test_one_column_of_offset_serves_every_output():
    perceptron = Perceptron((1, 2), (), Poisson())
    X, exposure = np.ones((3, 1)), np.array([[1.0], [10.0], [100.0]])
    mu = perceptron.mean(np.log([2.0, 3.0]), X, np.log(exposure))
    np.testing.assert_allclose(mu, exposure * [2.0, 3.0])


@pairwise
def test_all_passes_agree(instance):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    sums = perceptron.loss_and_gradient(theta, batch)
    short = perceptron.evaluate(theta, batch)
    assert (short.loss, short.weight) == (sums.loss, sums.weight)
    np.testing.assert_equal(short.correct, sums.correct)
    quick = perceptron.loss_and_gradient(theta, batch, count_correct=False)
    assert np.isnan(quick.correct)
    np.testing.assert_array_equal(quick.gradient, sums.gradient)
    layers = perceptron.layers(theta, batch)
    np.testing.assert_array_equal(
        perceptron.flatten(tuple(layer.dW for layer in layers)), sums.gradient
    )
    np.testing.assert_array_equal(layers[-1].z, perceptron.scores(theta, batch.X, batch.offset))
    np.testing.assert_array_equal(layers[-1].h, perceptron.mean(theta, batch.X, batch.offset))
    unknown = perceptron.layers(theta, batch._replace(Y=np.empty(len(batch.X))), known=False)
    for layer, without in zip(layers, unknown, strict=True):
        np.testing.assert_array_equal(without.z, layer.z)
        np.testing.assert_array_equal(without.h, layer.h)
        assert without.delta is None and without.dW is None


@pytest.mark.parametrize(("w", "weight", "correct"), [(None, 4.0, 3.0), ([1, 2, 4, 8], 15.0, 11.0)])
def test_rows_classified_right_count_by_their_weight(w, weight, correct):
    perceptron = Perceptron((1, 1), (), Binomial())
    X, Y = np.array([[1.0], [2.0], [3.0], [-1.0]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    batch = Batch(X, Y, None if w is None else np.array(w, dtype=float))
    sums = perceptron.evaluate(np.array([1.0]), batch)
    assert (sums.weight, sums.correct) == (weight, correct)


def test_numbers_are_never_classified_right_or_wrong():
    batch = Batch(np.ones((2, 1)), np.ones((2, 1)))
    assert np.isnan(Perceptron((1, 1), (), Gaussian()).evaluate(np.ones(1), batch).correct)


@case_by_case(
    ("layers", "skip"),
    [(layers, skip) for layers in LAYERS for skip in ([(), PAST] if layers else [()])],
    ids=lambda value: str(len(value)),
)
def test_sums_are_double_and_fresh_even_for_single_precision_rows(layers, skip):
    instance = next(
        one
        for one in INSTANCES
        if (one.perceptron.activations, one.perceptron.skip) == (layers, skip)
    )
    batch, single = instance.batch, instance.batch.X.astype(np.float32)
    compute = instance.perceptron.loss_and_gradient
    once, again = (compute(instance.theta, batch._replace(X=single)) for _ in range(2))
    assert once.gradient.dtype == np.float64
    assert not np.shares_memory(once.gradient, again.gradient)
    double = compute(instance.theta, batch._replace(X=single.astype(np.float64)))
    assert once.loss == pytest.approx(double.loss, rel=1e-13)
    assert_close(once.gradient, double.gradient, 1e-13)


def test_pickled_perceptron_is_the_same():
    perceptron = INSTANCES[-1].perceptron
    assert perceptron.skip
    assert perceptron != replace(perceptron, skip=())
    assert pickle.loads(pickle.dumps(perceptron)) == perceptron
