"""Hessian and Hessian-vector products: compared with differences and with each other."""

import tracemalloc

import numpy as np
import pytest
from instances import INSTANCES, PAIRWISE, assert_close, differentiate, draw_direction
from loops import case_by_case

from neuralnet.activations import Tanh
from neuralnet.families import Gaussian
from neuralnet.perceptron import second_derivatives as module
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.second_derivatives import compute_hessian, compute_hessian_vector

every = case_by_case("instance", INSTANCES, ids=lambda instance: instance.name)
pairwise = case_by_case("instance", PAIRWISE, ids=lambda instance: instance.name)


@every
def test_hessian_agrees_with_differences_of_the_gradient(instance):
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    H = compute_hessian(perceptron, theta, batch)
    np.testing.assert_array_equal(H, H.T)
    V = np.array([draw_direction(theta.size, seed) for seed in range(3)])
    for v, product in zip(V, compute_hessian_vector(perceptron, theta, V, batch), strict=True):
        along = differentiate(lambda t: perceptron.loss_and_gradient(t, batch).gradient, theta, v)
        assert_close(H @ v, along, 1e-8)
        assert_close(product, along, 1e-8)
        assert_close(compute_hessian_vector(perceptron, theta, v, batch), product, 1e-13)


@pairwise
def test_hessian_is_made_of_its_products(instance):
    """Two ways to the same numbers: Jacobians of all sums, and derivatives along directions."""
    perceptron, theta, batch = instance.perceptron, instance.theta, instance.batch
    products = compute_hessian_vector(perceptron, theta, np.eye(theta.size), batch)
    assert_close(compute_hessian(perceptron, theta, batch), products, 1e-14)


@pytest.mark.parametrize("rows_at_once", [1, 5, 10_000])
def test_hessian_is_the_same_in_pieces(monkeypatch, rows_at_once):
    instance = INSTANCES[-1]
    assert instance.perceptron.skip
    assert len(instance.batch.X) % 5
    whole = compute_hessian(instance.perceptron, instance.theta, instance.batch)
    monkeypatch.setattr(module, "choose_hessian_rows", lambda shapes: rows_at_once)
    pieces = compute_hessian(instance.perceptron, instance.theta, instance.batch)
    assert_close(pieces, whole, 1e-14)


@pytest.mark.parametrize("sizes", [(10, 6, 6), (60, 2, 1), (4, 8, 7, 6, 2)])
def test_hessian_takes_no_more_memory_for_more_rows(sizes):
    perceptron = Perceptron(sizes, (Tanh(),) * (len(sizes) - 2), Gaussian())
    theta, peaks = np.zeros(perceptron.n_parameters), []
    for n in (10_000, 30_000):
        batch = Batch(np.ones((n, sizes[0])), np.ones((n, sizes[-1])))
        tracemalloc.start()
        compute_hessian(perceptron, theta, batch)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 50_000
    assert peaks[1] < 8_000_000  # bytes, of which one array may take 800,000
