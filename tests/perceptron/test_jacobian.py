"""Jacobian of the scores: compared with differences and with backpropagation."""

import tracemalloc

import numpy as np
import pytest
from instances import (
    INSTANCES,
    PAIRWISE,
    assert_close,
    differentiate,
    draw_direction,
)

from neuralnet.activations import Tanh
from neuralnet.families import Gaussian, Softmax
from neuralnet.perceptron import jacobian as module
from neuralnet.perceptron.jacobian import compute_jacobian, split_jacobian
from neuralnet.perceptron.perceptron import Perceptron

every = pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.name)
pairwise = pytest.mark.parametrize("instance", PAIRWISE, ids=lambda instance: instance.name)


@every
def test_jacobian_agrees_with_differences_and_backpropagation(instance):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    eta, J = compute_jacobian(perceptron, theta, batch.X, batch.offset)
    expected = perceptron.scores(theta, batch.X, batch.offset)
    assert_close(eta, expected, 1e-14)
    for seed in range(2):
        v = draw_direction(theta.size, seed)
        along = differentiate(lambda t: perceptron.scores(t, batch.X, batch.offset), theta, v)
        assert_close(J @ v, along, 1e-7)
    _, delta = instance.family.loss_and_delta(eta, batch.Y, batch.w)
    gradient = perceptron.loss_and_gradient(theta, batch).gradient
    assert_close(np.einsum("nkp,nk->p", J, delta), gradient, 1e-13)


@pairwise
@pytest.mark.parametrize("rows_at_once", [1, 5])
def test_blocks_of_rows_give_the_same(instance, rows_at_once, monkeypatch):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    numbers = perceptron.sizes[-1] * perceptron.n_parameters
    monkeypatch.setattr(module, "_BLOCK_NUMBERS", rows_at_once * numbers)
    blocks = [*split_jacobian(perceptron, theta, batch.X, batch.offset)]
    lengths = [rows.stop - rows.start for rows, *_ in blocks]
    assert set(lengths[:-1]) == {rows_at_once}
    eta, J = compute_jacobian(perceptron, theta, batch.X, batch.offset)
    assert_close(np.concatenate([each for _, each, _ in blocks]), eta, 1e-14)
    assert_close(np.concatenate([each for *_, each in blocks]), J, 1e-14)


@pytest.mark.parametrize("sizes", [(10, 6, 6), (60, 2, 1), (4, 8, 7, 6, 2), (200, 50, 40)])
def test_blocks_take_no_more_memory_for_more_rows(sizes):
    perceptron = Perceptron(sizes, (Tanh(),) * (len(sizes) - 2), Gaussian())
    theta, peaks = np.zeros(perceptron.n_parameters), []
    most = max(1, module._BLOCK_NUMBERS // (sizes[-1] * theta.size))
    for n in (2 * most, 4 * most):
        X = np.ones((n, sizes[0]))
        tracemalloc.start()
        for _ in split_jacobian(perceptron, theta, X):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.01 * peaks[0] + 50_000
    # Two blocks at most, the one that is made and the one before, with what they are made of.
    assert peaks[1] < 8 * 5 * module._BLOCK_NUMBERS


def test_no_rows_have_a_jacobian_of_no_rows():
    perceptron = Perceptron((3, 2, 3), (Tanh(),), Softmax(), skip=(1, 2))
    theta = np.ones(perceptron.n_parameters)
    eta, J = compute_jacobian(perceptron, theta, np.empty((0, 3)))
    assert (eta.shape, J.shape) == ((0, 3), (0, 3, 21))
    ((rows, _, J),) = split_jacobian(perceptron, theta, np.empty((0, 3)))
    assert rows == slice(0, 0)
    assert J.shape == (0, 3, 21)


def test_a_jacobian_beyond_memory_is_refused():
    perceptron = Perceptron((3, 2, 1), (Tanh(),), Gaussian())
    X = np.broadcast_to(np.ones(3), (10**14, 3))
    with pytest.raises(ValueError, match=r"100,000,000,000,000 rows by 9 weights .*Ask for fewer"):
        compute_jacobian(perceptron, np.ones(9), X)
