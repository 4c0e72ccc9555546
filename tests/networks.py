"""Small networks of every family, and snapshots to check that a call changes nothing.

Shared by the tests of the public object.
"""

import numpy as np
import pandas as pd

from neuralnet import NeuralNetwork

FORMULAS = {
    "softmax": "species ~ x1 + x2 + kind",
    "binomial": "win ~ x1 + x2 + kind",
    "gaussian": "cost ~ x1 + x2 + kind",
    "poisson": "count ~ x1 + x2 + kind",
}
OPTIMIZERS = ("gradient_descent", "momentum", "nesterov", "adam", "rprop", "lbfgs", "newton")


def make_table(n=36):
    """Two numbers, a category, and a response for each family that depends on them."""
    rng = np.random.default_rng(5)
    x1, x2 = rng.normal(size=(2, n))
    score = x1 - x2 + rng.normal(size=n)
    levels = ["small", "middle", "large"]
    species = pd.cut(score, [-np.inf, -0.7, 0.7, np.inf], labels=levels, ordered=False)
    return pd.DataFrame(
        {
            "x1": x1,
            "x2": x2,
            "kind": rng.permutation(np.resize(["a", "b", "c"], n)),
            "species": species,
            "win": score > 0,
            "cost": 3.0 + score,
            "count": rng.poisson(np.exp(0.5 * score)),
        },
        index=pd.Index(np.arange(100, 100 + n), name="case"),
    )


def make_net(family="softmax", hidden=3, **options):
    """Build a network on that table; weights are large enough for every term to matter."""
    options = {"init": 0.5, "seed": 1, "family": family} | options
    return NeuralNetwork(FORMULAS[family], make_table(), hidden, **options)


def take_snapshot(net, **training):
    """All that a user can see of a network, and the bits of its next two iterations."""
    ahead = net.clone().train(2, tolerance=None, trace=0, **training)
    return (
        *(each.tobytes() for each in (net.X, net.theta, net.output, ahead.theta)),
        net.Y.to_csv(),
        net.history.to_csv(),
        net.message,
        net.converged,
        repr(net),
    )
