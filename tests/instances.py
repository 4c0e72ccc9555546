"""Small networks of every kind, shared by the tests of the numeric modules.

Every family x activations x depth x skip x weights x offset, and for the objective x penalty, with
scale for every other one. With activations other than the first two, weights x offset and the
penalties alternate instead of being crossed. All arrays are read-only, so that a kernel that writes
into its input raises an error.

Derivatives are compared with differences for all instances, and everything else for ``PAIRWISE``,
which covers each pair of values of two factors.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from extent import cover_pairs

from neuralnet.activations import ACTIVATIONS
from neuralnet.families import FAMILIES as NAMED
from neuralnet.families import GroupedBinomial, ScaledGaussian
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.penalty import Penalty, expand_decay
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.scaling import Unscaled
from neuralnet.perceptron.standardization import fit_scaling

N, D = 14, 3
# All columns of X but the intercept.
PAST = (1, 2)

FAMILIES = {
    "grouped binomial": GroupedBinomial(),
    "gaussian in units": ScaledGaussian(spreads=(0.5, 20.0)),
    **NAMED,
}
# Number of outputs, and n rows of a response as the formula returns it.
RESPONSES = {
    "softmax": (3, lambda rng, n: rng.permutation(np.arange(n) % 3)),
    "binomial": (1, lambda rng, n: rng.permutation(np.arange(n) % 2)),
    "gaussian": (2, lambda rng, n: rng.normal(3.0, 2.0, (n, 2))),
    "gaussian in units": (2, lambda rng, n: rng.normal(3.0, [0.5, 20.0], (n, 2))),
    "poisson": (2, lambda rng, n: rng.poisson(2.0, (n, 2))),
    "grouped binomial": (1, lambda rng, n: rng.integers(0, 4, (n, 2))),
}


def list_layers(each):
    """Each activation alone, and each with the next in two layers."""
    return [*((one,) for one in each), *zip(each, each[1:] + each[:1], strict=True)]


_FIRST, _OTHERS = list(ACTIVATIONS.values())[:2], list(ACTIVATIONS.values())[2:]
LAYERS = [(), *list_layers(_OTHERS), *list_layers(_FIRST)]

# Slope or curvature is discontinuous at 0, so finite differences must not cross it.
KINKED = ("relu", "leaky_relu", "elu")

# Decay, for all matrices or (from the last one backwards) for each, and the L1 share.
PENALTIES = {
    "": (0.0, 0.0),
    "decay": (0.3, 0.0),
    "decays": ((0.3, 0.0, 0.7), 0.0),
    "decay-mixture": (0.3, 0.4),
}


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


def find_kinked_sums(perceptron, theta, X):
    """Weighted sums of units with a kink, as one flat array."""
    sums, _ = perceptron.forward(theta, X)
    units = zip(perceptron.activations, sums[:-1], strict=True)
    return np.concatenate([[], *(z.ravel() for a, z in units if a.name in KINKED)])


def draw_clear_of_kinks(rng, perceptron, X, to_raw=lambda theta: theta):
    """First random theta (or source of theta) without a sum near the kink of its unit.

    No weight is near 0 either, where its absolute value has a kink.
    """
    while True:
        drawn = rng.normal(0.0, 0.5, perceptron.n_parameters)
        drawn += 0.02 * np.sign(drawn)
        if (np.abs(find_kinked_sums(perceptron, to_raw(drawn), X)) > 0.02).all():
            return drawn


def build_instance(family, activations, skip, weighted, shifted):
    rng = np.random.default_rng(len(family) + 10 * len(activations))
    K, respond = RESPONSES[family]
    sizes = (D, *(4, 2)[: len(activations)], K)
    perceptron = Perceptron(sizes, activations, FAMILIES[family], PAST if skip else ())
    X = np.column_stack([np.ones(N), rng.normal(1.0, 2.0, N), rng.normal(-0.5, 0.3, N)])
    Y = perceptron.family.encode(respond(rng, N))
    w = np.append(rng.uniform(0.2, 3.0, N - 2), [0.0, 2.0])
    offset = rng.normal(0.0, 0.5, (N, K))
    theta = draw_clear_of_kinks(rng, perceptron, X)
    parts = [
        *(a.name for a in activations),
        "skip" * skip,
        "w" * weighted,
        "offset" * shifted,
    ]
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


def build_objective(instance, decay, scale, mixture=0.0):
    perceptron, batch = instance.perceptron, instance.batch
    scaling = Unscaled()
    if scale:
        targets = perceptron.family.scalable_response(batch.Y)
        numeric = np.arange(D) > 0
        scaling = fit_scaling(
            perceptron.shapes,
            batch.X,
            targets,
            numeric,
            0,
            batch.w,
            perceptron.skip,
            perceptron.spreads,
        )
    if isinstance(decay, tuple):
        decay = decay[-len(perceptron.shapes) :]
    penalty = Penalty(expand_decay(decay, perceptron.shapes), mixture)
    return Objective(perceptron, (batch,), penalty, scaling)


def take_turns(activations, turn, choices):
    """All choices, or for activations other than the first two a single one, in rotation."""
    return choices if set(activations) <= set(_FIRST) else [choices[turn % len(choices)]]


def list_instances():
    for turn, (family, layers) in enumerate(product(FAMILIES, LAYERS)):
        for weighted, shifted in take_turns(layers, turn, [*product([False, True], repeat=2)]):
            for skip in [False, True] if layers else [False]:
                yield build_instance(family, layers, skip, weighted, shifted)


def list_objectives():
    for turn, instance in enumerate(INSTANCES):
        for step, name in enumerate(
            take_turns(instance.perceptron.activations, turn, [*PENALTIES])
        ):
            # Shift every eight instances, because those differ in weights, offset and skip.
            scale = (turn + turn // 8 + step) % 2 == 1
            decay, mixture = PENALTIES[name]
            label = "-".join(filter(None, [instance.name, name, "scale" * scale]))
            yield label, build_objective(instance, decay, scale, mixture)


def list_factors(instance):
    """Family, activations of the first and the second layer, skip, weights and offset."""
    perceptron, batch = instance.perceptron, instance.batch
    first, second = [*(each.name for each in perceptron.activations), None, None][:2]
    given = (bool(perceptron.skip), batch.w is not None, batch.offset is not None)
    return (type(perceptron.family).__name__, first, second, *given)


def pick_objectives(*words):
    """Objectives with one of the words in their name, or all; pairwise as the instances.

    Their penalty and their scale are factors, too.
    """
    chosen = [name for name in OBJECTIVES if not words or any(word in name for word in words)]

    def describe(name):
        parts = name.split("-")
        penalty = tuple(part in parts for part in ("decay", "decays", "mixture"))
        return (*list_factors(OBJECTIVES[name]), penalty, "scale" in parts)

    return {name: OBJECTIVES[name] for name in cover_pairs(chosen, describe)}


INSTANCES = [*list_instances()]
PAIRWISE = cover_pairs(INSTANCES, list_factors)
OBJECTIVES = dict(list_objectives())


def pick_rows(batch, rows):
    """Selected rows of a batch, in the given order."""
    return Batch(*(None if part is None else part[rows] for part in batch))


def split(batch, cuts, rng):
    """Rows of a batch in random order, split into parts."""
    return [pick_rows(batch, rows) for rows in np.split(rng.permutation(len(batch.X)), cuts)]


def draw_direction(P, seed):
    v = np.random.default_rng(seed).normal(size=P)
    return v / np.linalg.norm(v)


def differentiate(function, point, direction, step=1e-3):
    """Derivative of a function at a point along a direction, by a five-point difference."""
    at = {k: np.asarray(function(point + k * step * direction)) for k in (-2, -1, 1, 2)}
    return (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * step)


def assert_close(actual, expected, tolerance):
    """Compare within a tolerance relative to the largest entry; nan must match nan."""
    largest = np.nanmax(np.abs(expected))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)
