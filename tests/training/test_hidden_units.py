"""Hidden units that are saturated or dead."""

import numpy as np
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.training.causes import find_cause
from neuralnet.training.evidence import Evidence
from neuralnet.training.options import prepare_run

TABLE = make_table()


def name_cause(net):
    """Reported cause among those of columns and hidden units."""
    training_run = prepare_run(net._model, net._fit.state)
    return find_cause(
        Evidence(net._model, training_run, net.theta, np.empty(0), None), learned_nothing=False
    )


def make_units(activation, first, hidden=3, formula="cost ~ x1 + x2"):
    """Network whose first weight matrix has these biases, and ones elsewhere."""
    net = NeuralNetwork(formula, TABLE, hidden, activation=activation, init=1.0, seed=1)
    W1 = np.ones_like(net.W1)
    W1[0] = first
    net.W1 = W1
    return net


@case_by_case(
    ("activation", "first", "flat"),
    [
        ("sigmoid", [0.0, 0.0, 30.0], 0),
        ("sigmoid", [0.0, 30.0, 30.0], 2),
        ("sigmoid", [-30.0, 30.0, 30.0], 3),
        ("tanh", [-30.0, 30.0, 30.0], 3),
        ("tanh", [0.0, 0.0, -30.0], 0),
        ("relu", [0.0, -30.0, -30.0], 2),
        ("relu", [-30.0, -30.0, -30.0], 3),
        ("relu", [30.0, 30.0, 30.0], 0),
        ("leaky_relu", [-30.0, -30.0, -30.0], 0),
        ("elu", [-30.0, -30.0, -30.0], 3),
        ("softplus", [-30.0, -30.0, -30.0], 3),
        ("identity", [-30.0, 30.0, -30.0], 0),
    ],
)
def test_units_without_a_slope_are_reported_where_they_are_a_majority(activation, first, flat):
    cause = name_cause(make_units(activation, first))
    if not flat:
        assert cause == ""
        return
    assert cause.startswith(f"{flat} of 3 hidden units are saturated")
    assert cause.endswith("(pass init='glorot')")


def test_units_of_all_layers_count_together():
    net = make_net("gaussian", [4, 2])
    W1, W2 = net.W1.copy(), net.W2.copy()
    W1[0] = 40.0
    net.W1 = W1
    assert name_cause(net).startswith("4 of 6 hidden units")
    W1[0], W2[0] = 0.0, 40.0
    net.W1, net.W2 = W1, W2
    assert name_cause(net) == ""


def test_half_of_the_units_is_no_majority():
    assert name_cause(make_units("sigmoid", [0.0, 0.0, 30.0, 30.0], hidden=4)) == ""
