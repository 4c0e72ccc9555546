"""Small networks of every kind, which the tests of the numeric modules share.

Every family x activations x depth x weights x offset, and for the objective x decay x scale.
All arrays are read-only, so that a kernel that writes into its input fails wherever it is used.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from neuralnet.activations import ACTIVATIONS
from neuralnet.batches import Batch
from neuralnet.coordinates import Raw, standardize
from neuralnet.families import FAMILIES
from neuralnet.objective import InMemory, Objective
from neuralnet.perceptron import Perceptron

N, D = 14, 3

# Outputs, and n rows of a response as the formula would hand it over.
RESPONSES = {
    "softmax": (3, lambda rng, n: rng.permutation(np.arange(n) % 3)),
    "binomial": (1, lambda rng, n: rng.permutation(np.arange(n) % 2)),
    "gaussian": (2, lambda rng, n: rng.normal(3.0, 2.0, (n, 2))),
    "poisson": (2, lambda rng, n: rng.poisson(2.0, (n, 2))),
}

# No hidden layer, each activation alone, and each with the next in two layers.
_EACH = list(ACTIVATIONS.values())
LAYERS = [
    (),
    *((one,) for one in _EACH),
    *zip(_EACH, _EACH[1:] + _EACH[:1], strict=True),
]


@dataclass(frozen=True, eq=False)
class Instance:
    name: str
    perceptron: Perceptron
    theta: np.ndarray
    batch: Batch

    @property
    def family(self):
        return self.perceptron.family


def freeze(array):
    array.flags.writeable = False
    return array


def build_instance(family, activations, weighted, shifted):
    rng = np.random.default_rng(len(family) + 10 * len(activations))
    K, respond = RESPONSES[family]
    perceptron = Perceptron((D, *(4, 2)[: len(activations)], K), activations, FAMILIES[family])
    X = np.column_stack([np.ones(N), rng.normal(1.0, 2.0, N), rng.normal(-0.5, 0.3, N)])
    Y = perceptron.family.encode(respond(rng, N))
    w = np.append(rng.uniform(0.2, 3.0, N - 2), [0.0, 2.0])
    offset = rng.normal(0.0, 0.5, (N, K))
    theta = rng.normal(0.0, 0.5, perceptron.n_parameters)
    parts = [*(a.name for a in activations), "w" * weighted, "offset" * shifted]
    return Instance(
        "-".join([family, *filter(None, parts)]),
        perceptron,
        freeze(theta),
        Batch(
            freeze(X),
            freeze(Y),
            freeze(w) if weighted else None,
            freeze(offset) if shifted else None,
        ),
    )


def build_objective(instance, decay, scale):
    perceptron, batch = instance.perceptron, instance.batch
    coordinates = Raw()
    if scale:
        targets = perceptron.family.targets(batch.Y)
        numeric = np.arange(D) > 0
        coordinates = standardize(perceptron.shapes, batch.X, targets, numeric, 0, batch.w)
    return Objective(perceptron, InMemory(batch), decay, coordinates)


INSTANCES = [
    build_instance(*choice) for choice in product(FAMILIES, LAYERS, [False, True], [False, True])
]
OBJECTIVES = {
    f"{instance.name}{'-decay' * bool(decay)}{'-scale' * scale}": build_objective(
        instance, decay, scale
    )
    for instance, decay, scale in product(INSTANCES, [0.0, 0.3], [False, True])
}


def pick_rows(batch, rows):
    """Some rows of a batch, in the order given."""
    return Batch(*(None if part is None else part[rows] for part in batch))


def split(batch, cuts, rng):
    """The rows of a batch in random order, cut into parts."""
    return [pick_rows(batch, rows) for rows in np.split(rng.permutation(len(batch.X)), cuts)]


def draw_direction(P, seed):
    v = np.random.default_rng(seed).normal(size=P)
    return v / np.linalg.norm(v)


def differentiate(function, point, direction, step=1e-3):
    """The derivative of a function at a point along a direction, by a five-point difference."""
    at = {k: np.asarray(function(point + k * step * direction)) for k in (-2, -1, 1, 2)}
    return (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * step)


def assert_close(actual, expected, tolerance):
    """Within a tolerance relative to the largest entry; nan is expected where it is."""
    largest = np.nanmax(np.abs(expected))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)
