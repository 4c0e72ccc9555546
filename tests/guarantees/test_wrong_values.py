"""Every argument of every public method refuses what it cannot take, in a few words."""

import inspect

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork

TABLE = make_table()
FLAGS = "skip penalize_bias scale penalty progress stratify trusted fingerprint"
CHOICES = "unseen rule type na_action engine dtype optimizer family activation class_weight"
SIZES = "iterations trace patience every restarts k repeats batch_size n_jobs resolution limit"
NUMBERS = (
    "learn_rate tolerance relative_tolerance gradient_tolerance mixture decay init seed hidden"
)
# What takes tables, names, arrays or functions, each checked in a test of its own.
OTHERS = (
    "formula data penalty_factor weights offset subset env theta validation groups callback "
    "checkpoint path at x y ax other positive"
)
KINDS = {
    name: kind
    for kind, names in {
        "flag": FLAGS,
        "choice": CHOICES,
        "size": SIZES,
        "number": NUMBERS,
        "other": OTHERS,
    }.items()
    for name in names.split()
}
# Flags that mean something else in another method.
KINDS |= {("save", "data"): "flag"}

LONG = list(range(1000))
FRAME = pd.DataFrame(np.ones((300, 40)))
STRANGE = [LONG, FRAME, FRAME.to_numpy(), object(), {"a": LONG}, "no such value" * 100]
WRONG = {
    "flag": [*STRANGE, "no", "True", 0, 1, np.True_],
    "choice": [*STRANGE, "no", 3, True],
    "size": [*STRANGE, "3", -2, 2.5, 10**400, 1e300, np.nan, True, 1j],
    "number": [*STRANGE, "no", np.nan, True, 1j],
}
# What else a call needs, so that the argument is read.
BESIDE = {
    "patience": {"validation": 0.3, "iterations": 1},
    "every": {"iterations": 1},
}


def list_arguments():
    for method, function in inspect.getmembers(NeuralNetwork, inspect.isfunction):
        public = not method.startswith("_") or method == "__init__"
        if public and method not in ("sigmoid", "dsigmoid", "softmax"):
            yield from ((method, name) for name in list_names(function))
    yield from (("load", name) for name in list_names(NeuralNetwork.load))


def list_names(function):
    return [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.name != "self" and each.kind is not inspect.Parameter.VAR_KEYWORD
    ]


ARGUMENTS = list(list_arguments())


def find_kind(method, name):
    return KINDS.get((method, name)) or KINDS[name]


CHECKED = [each for each in ARGUMENTS if find_kind(*each) != "other"]


def call(net, path, method, **options):
    if method == "__init__":
        return NeuralNetwork("species ~ x1 + x2", TABLE, **options)
    if method == "load":
        return NeuralNetwork.load(path, **options)
    if method == "save":
        return net.save(path, **options)
    if method == "compare":
        return net.compare(net, **options)
    return getattr(net, method)(**options)


def test_every_argument_has_a_kind():
    assert [each for each in ARGUMENTS if each not in KINDS and each[1] not in KINDS] == []
    assert len(CHECKED) > 50


@pytest.mark.parametrize(("method", "name"), CHECKED, ids=map(".".join, CHECKED))
def test_wrong_values_are_refused_in_a_few_words(method, name, tmp_path):
    net, path = make_net(), tmp_path / "net.nn"
    net.save(path)
    before, content = take_snapshot(net), path.read_bytes()
    for value in WRONG[find_kind(method, name)]:
        with pytest.raises((TypeError, ValueError)) as caught:
            call(net, path, method, **BESIDE.get(name, {}), **{name: value})
        said = str(caught.value)
        assert name in said, said
        assert len(said) < 600, said
        assert "\n" not in said
    assert take_snapshot(net) == before
    assert path.read_bytes() == content
