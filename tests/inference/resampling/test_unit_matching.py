"""Matching of hidden units: exact assignments, and networks that are the same function."""

import numpy as np
from loops import case_by_case
from networks import make_net
from scipy.optimize import linear_sum_assignment

from neuralnet.inference import Inference
from neuralnet.inference.resampling.unit_matching import UnitMatching, assign


@case_by_case("n", range(13))
def test_assignment_is_optimal(n):
    rng = np.random.default_rng(n)
    # Whole numbers have ties.
    for costs in (*rng.normal(size=(15, n, n)), *rng.integers(-2, 3, (15, n, n)).astype(float)):
        found = assign(costs)
        assert sorted(found) == list(range(n))
        rows, columns = linear_sum_assignment(costs)
        np.testing.assert_allclose(
            costs[np.arange(n), found].sum(), costs[rows, columns].sum(), rtol=1e-12, atol=1e-12
        )


def rearrange(matrices, skip, activation, rng):
    """The same function with hidden units in another order, of tanh with other signs."""
    matrices = [each.copy() for each in matrices]
    for layer in range(len(matrices) - 1):
        units = matrices[layer].shape[1]
        order = rng.permutation(units)
        signs = rng.choice([-1.0, 1.0], units) if activation == "tanh" else np.ones(units)
        matrices[layer] = matrices[layer][:, order] * signs
        above = matrices[layer + 1]
        above[1 : 1 + units] = above[1 : 1 + units][order] * signs[:, None]
    return matrices


@case_by_case("activation", ["tanh", "sigmoid", "relu"])
@case_by_case("family,hidden,skip", [("softmax", [4, 3], False), ("gaussian", [5], True)])
def test_the_same_function_has_the_same_parameters(activation, family, hidden, skip):
    net = make_net(family, hidden, activation=activation, skip=skip, init=1.0)
    model, theta = net._model, net.theta
    found = Inference(model, theta)
    matching, rng = UnitMatching(model, theta, found.parameters), np.random.default_rng(1)
    for _ in range(5):
        other = model.perceptron.flatten(tuple(rearrange(net.W, skip, activation, rng)))
        assert not np.array_equal(other, theta)
        np.testing.assert_allclose(matching.transform(other), found.params, rtol=1e-12, atol=1e-14)


def test_units_are_those_with_the_nearest_activations():
    net = make_net("gaussian", 4, activation="tanh", init=1.0)
    model, rng = net._model, np.random.default_rng(3)
    found = Inference(model, net.theta)
    other = net.theta + rng.normal(size=net.theta.size)
    H, G = ((np.tanh(net.X @ model.perceptron.unflatten(each)[0])) for each in (net.theta, other))
    distances = np.minimum(
        ((H[:, :, None] - G[:, None, :]) ** 2).sum(0), ((H[:, :, None] + G[:, None, :]) ** 2).sum(0)
    )
    mine, theirs = linear_sum_assignment(distances)
    matched = UnitMatching(model, net.theta, found.parameters).transform(other)
    W1, W2 = model.perceptron.unflatten(other)
    flips = np.sign((H[:, mine] * G[:, theirs]).sum(0))
    arranged = model.perceptron.flatten(
        (W1[:, theirs] * flips, np.concatenate([W2[:1], W2[1:][theirs] * flips[:, None]]))
    )
    np.testing.assert_allclose(matched, found.parameters.transform(arranged), rtol=1e-12)
