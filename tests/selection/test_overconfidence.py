"""Memorization: more unpenalized weights than rows, which they fit without error."""

import warnings

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork, OverconfidenceWarning, load_hotdogs, load_iris

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": RNG.normal(size=40), "b": RNG.normal(size=40)}).assign(
    y=RNG.random(40) > 0.5
)


def train(hidden=30, table=TABLE, **options):
    training = {"optimizer": "newton", "iterations": 150} | options.pop("training", {})
    net = NeuralNetwork("y ~ a + b", table, hidden, **{"seed": 1, **options})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.train(**training, trace=0)
    return net, [str(w.message) for w in caught if w.category is OverconfidenceWarning]


@pytest.mark.parametrize(
    "training",
    [{"optimizer": "newton"}, {"optimizer": "adam", "learn_rate": 0.05, "iterations": 4_000}],
    ids=["newton", "adam"],
)
def test_memorized_rows_give_a_warning(training):
    net, (reported,) = train(training=training)
    assert reported.startswith("Overconfident: 152 weights fit 40 rows almost without error (loss ")
    assert "decay='cv'" in reported and net.message.endswith(reported)


def test_remedies_that_are_named_help():
    quick = {"optimizer": "lbfgs", "iterations": 100}
    chosen, reported = train(decay="cv", training=quick)
    assert not any("weights fit" in each for each in reported) and chosen.decay > 0.0
    assert train(3)[1] == []


def test_penalized_weights_do_not_count():
    free = {"decay": 1e-6, "penalize_bias": False}
    assert train(**free)[1] == []
    (reported,) = train(**free, penalty_factor={"a": 0, "b": 0})[1]
    # Two columns, 30 biases and 2 of the outputs are free.
    assert "92 weights without a penalty fit 40 rows" in reported


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_warning_does_not_depend_on_the_unit_of_a_numeric_response(unit):
    table = TABLE.assign(y=unit * RNG.normal(size=40))
    (reported,) = train(30, table, scale=True, init="glorot")[1]
    assert reported.startswith("Overconfident: 121 weights fit 40 rows")


def test_networks_of_the_articles_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NeuralNetwork("Species ~ .", load_iris(), seed=1).train(2_000, 1e-3, trace=0)
        NeuralNetwork("class ~ .", load_hotdogs(), 30, seed=1).train(2_000, 1e-3, trace=0)


def test_few_iterations_are_not_judged_and_parts_say_the_same():
    options = {"iterations": 4_000, "optimizer": "adam", "learn_rate": 0.05}
    whole, _ = train(training=options)
    parts, _ = train(training=options | {"iterations": 1_500})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts.train(2_500, 0.05, optimizer="adam", trace=0)
    assert parts.message == whole.message and "Overconfident" in whole.message


def test_without_hidden_layers_fewer_columns_are_the_remedy():
    table = pd.DataFrame(RNG.normal(size=(10, 20))).add_prefix("x").assign(y=RNG.normal(size=10))
    net = NeuralNetwork("y ~ .", table, 0, seed=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.train(optimizer="newton", trace=0)
    reported = [str(each.message) for each in caught if each.category is OverconfidenceWarning]
    assert len(reported) == 1 and reported[0].endswith("or take fewer columns.")
