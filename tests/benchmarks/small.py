"""Benchmark an iteration of train() on small data, including all overhead, against peers.

Gradient descent on iris (5 hidden units, softmax) and on the hotdogs (30, one logistic output),
all in float64 from the same weights at the same rate. Before timing, the loss of every peer after
500 iterations is checked against ours.
"""

from __future__ import annotations

from functools import partial

from measure import Lines, Row, compare, in_turns, make_network, seconds
from peers import Jax, Peer, PlainNumPy, Problem, ScikitLearn, SeedInR, Torch

from neuralnet import NeuralNetwork, load_hotdogs, load_iris

TABLES = {
    "iris": (("Species ~ .", load_iris(), 5), {}, 1e-3),
    "hotdogs": (("class ~ .", load_hotdogs(), 30), {"family": "binomial"}, 1e-3),
}
NAMES = {
    PlainNumPy: "a plain NumPy port",
    Jax: "JAX's jitted loop",
    Torch: "PyTorch, eager",
    ScikitLearn: "scikit-learn, SGD",
    SeedInR: "the R6 class in R",
}
# Bound of the ratio by engine and peer; None is for information.
WANTED = {
    "numpy": {PlainNumPy: 0.8, Torch: None, ScikitLearn: None, SeedInR: None},
    "compiled": {Jax: 1.0, SeedInR: None},
}
SAME = 1e-6
CHECKED = 500


def measure_small(lines: Lines) -> None:
    """Measure both tables, both engines and their peers."""
    for table in TABLES:
        for engine, peers in WANTED.items():
            for peer, wanted in peers.items():
                lines.add(
                    f"{table}, an iteration of train, {engine} / {NAMES[peer]}",
                    partial(race, lines, table, engine, peer),
                    wanted=wanted,
                )


def race(lines: Lines, table: str, engine: str, peer: type[Peer]) -> Row:
    """Seconds per iteration of ours and of a peer, alternately."""
    arguments, options, rate = TABLES[table]
    network = make_network(*arguments, engine=engine, seed=1, init=0.5, **options)
    other = peer(pose(network, rate))
    require_same(network, other, rate)
    count = lines.size(3000, 200)
    ours, theirs = in_turns(
        lines.repeats,
        lambda: seconds(lambda: network.train(count, rate, trace=0)) / count,
        lambda: other.train(count) / count,
    )
    if network.converged:
        raise AssertionError("the loss fell below the tolerance: fewer iterations were run")
    return compare(ours, theirs)


def pose(network: NeuralNetwork, rate: float) -> Problem:
    """Problem of a network, in the form that peers take."""
    classes = network.Y.map({label: code for code, label in enumerate(network.classes)})
    return Problem(network.X, classes.to_numpy(dtype=int), network.W1, network.W2, rate)


def require_same(network: NeuralNetwork, other: Peer, rate: float) -> None:
    """Require that both reach the same lower loss; otherwise their times are not comparable."""
    start = network.compute_loss()
    other.train(CHECKED)
    ours, theirs = network.train(CHECKED, rate, trace=0).compute_loss(), other.loss()
    if not (ours < 0.9 * start and abs(theirs - ours) <= SAME * ours):
        raise AssertionError(f"after {CHECKED} iterations the loss is {ours} here, {theirs} there")
