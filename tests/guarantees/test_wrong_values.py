"""Every argument of every public method refuses what it cannot take, in a few words."""

import inspect
from functools import cache

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.inference import Explanation, Inference
from neuralnet.inference.members import INTERNAL

TABLE = make_table()
FLAGS = (
    "skip penalize_bias scale penalty progress stratify trusted fingerprint correction average ice "
    "outgoing se_fit standardized conf_int exponentiate shade"
)
CHOICES = (
    "unseen rule type na_action engine dtype optimizer family activation class_weight mask kind "
    "target method measure interval start what direction"
)
SIZES = (
    "iterations trace patience every restarts k repeats batch_size n_jobs resolution limit n "
    "bootstrap resamples folds starts bins blocks"
)
NUMBERS = (
    "learn_rate tolerance relative_tolerance gradient_tolerance mixture decay init seed hidden "
    "threshold level conf_level"
)
# What takes tables, names, arrays or functions, each checked in a test of its own.
OTHERS = (
    "formula data penalty_factor weights offset subset env theta validation groups callback "
    "checkpoint path at x y ax other positive variables variable contrast by scope grid against"
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
# What means something else in another method; sizes are read by `read_sizes`, tested beside it.
KINDS |= {("save", "data"): "flag", ("compare_hidden", "hidden"): "other"}

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
# Methods of a network that need a fit.
INFERRED = ["summary", "tidy", "augment", "predict"]
INFERRED += [*(f"plot_{what}" for what in ["effects", "interval", "residuals"])]
INFERRED += [f"plot_{what}" for what in ["calibration", "importance", "shape"]]
# Families of networks that take the argument, where softmax does not.
FAMILY = {"threshold": "binomial"}

FITTED = make_net("gaussian", hidden=0).train(optimizer="newton", trace=0)


def list_arguments():
    for method, function in inspect.getmembers(NeuralNetwork, inspect.isfunction):
        public = not method.startswith("_") or method == "__init__"
        if public and method not in ("sigmoid", "dsigmoid", "softmax"):
            yield from ((method, name) for name in list_names(function))
    yield from (("load", name) for name in list_names(NeuralNetwork.load))
    for method, function in inspect.getmembers(Inference, inspect.isfunction):
        # What the record's own functions ask it for is not for users.
        if not method.startswith("_") and method not in INTERNAL["Inference"]:
            yield from ((f"inference.{method}", name) for name in list_names(function))
    for method, function in inspect.getmembers(Explanation, inspect.isfunction):
        if not method.startswith("_"):
            yield from ((f"explain.{method}", name) for name in list_names(function))


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
    if method.startswith("inference."):
        return getattr(FITTED.inference(), method.removeprefix("inference."))(**options)
    if method.startswith("explain."):
        name = method.removeprefix("explain.")
        column = {"partial_dependence": "variables", "importance": "scope"}.get(name, "variable")
        first = {} if name in ("garson", "olden") else {column: "x1"}
        return getattr(FITTED.explain(), name)(**{**first, **options})
    first = {"plot_interval": {"x": "x1"}, "plot_shape": {"variable": "x1"}}.get(method, {})
    return getattr(FITTED if method in INFERRED else net, method)(**{**first, **options})


def test_every_argument_has_a_kind():
    assert [each for each in ARGUMENTS if each not in KINDS and each[1] not in KINDS] == []
    assert len(CHECKED) > 50


@cache
def save_once(family, path):
    """Return a network, its snapshot and its file: every refused call leaves them so."""
    net = make_net(family).save(path)
    return net, take_snapshot(net), path.read_bytes()


@case_by_case(("method", "name"), CHECKED, ids=[*map(".".join, CHECKED)])
def test_wrong_values_are_refused_in_a_few_words(method, name, tmp_path):
    family = FAMILY.get(name, "softmax")
    path = tmp_path / f"{family}.nn"
    net, before, content = save_once(family, path)
    for value in WRONG[find_kind(method, name)]:
        with pytest.raises((TypeError, ValueError)) as caught:
            call(net, path, method, **BESIDE.get(name, {}), **{name: value})
        said = str(caught.value)
        assert name in said, said
        assert len(said) < 600, said
        assert "\n" not in said
    assert take_snapshot(net) == before
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("train", {"iterations": 1, "restarts": 10**9}, "1,000,000,000 starts of 27 weights would"),
        ("train", {"restarts": 10**12}, "GiB.* Take fewer restarts"),
        ("cross_validate", {"repeats": 10**9, "k": 5}, "GiB.* Repeat fewer times"),
        ("compare", {"repeats": 10**14}, "GiB.* Repeat fewer times"),
        ("train", {"iterations": 1, "restarts": 10**4, "n_jobs": 10**4}, "n_jobs must be .* to 60"),
        ("plot_regions", {"resolution": 10**6}, "resolution must be .* to 2,000"),
        ("train", {"validation": 10**400}, "validation=<an int of about 400 digits> is no share"),
    ],
)
def test_sizes_are_refused_before_memory_is_taken(method, options, said, tmp_path, monkeypatch):
    monkeypatch.setattr("neuralnet.training.workers.count_processors", lambda: 2)
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(ValueError, match=said):
        call(net, tmp_path / "net.nn", method, **options)
    assert take_snapshot(net) == before


def test_a_single_row_level_or_weight_is_counted_in_the_singular():
    one = TABLE.iloc[:1].assign(x1=np.nan)
    net = make_net()
    with pytest.raises(ValueError, match="none of 1 row is complete"):
        net.compute_loss(one)
    lonely = NeuralNetwork("cost ~ 1", TABLE, hidden=0)
    assert "1 input - 1 gaussian output; 36 rows, 1 weight\n" in repr(lonely)
    with pytest.raises(ValueError, match="decay names 2 layers, but there is 1 matrix of weights"):
        NeuralNetwork("cost ~ x1", TABLE, hidden=0, decay=[0.1, 0.2])


def test_class_weights_are_shown_rounded():
    net = NeuralNetwork("species ~ x1", TABLE.iloc[:31], hidden=1, class_weight="balanced")
    shown = next(line for line in repr(net).splitlines() if "class_weight" in line)
    weights = shown.partition("class_weight ")[2].rstrip(".").split(", ")
    totals = TABLE.iloc[:31]["species"].value_counts().reindex(net.classes)
    assert weights == [f"{31 / (len(totals) * n):.4g}" for n in totals]
    assert max(map(len, weights)) < 7


FUNCTION = NeuralNetwork.sigmoid
MISTAKES = {
    "weights of a table": (lambda net: build(weights=FRAME), "weights must be .* not <DataFrame"),
    "one weight": (lambda net: build(weights=5), "one number for each row, not 5"),
    "endless layer": (
        lambda net: build(hidden=10**400),
        "hidden .* not <an int of about 400",
    ),
    "no rows": (lambda net: net.accuracy(TABLE[:0]), "the data has no rows"),
    "positive of a table": (lambda net: net.metrics(positive=FRAME), "positive is <DataFrame of"),
    "x that is no name": (lambda net: net.plot_regions(3), "names of predictors, not 3"),
    "y that is no name": (lambda net: net.plot_regions("x1", ["x2"]), r"predictors, not \['x2'\]"),
    "a list at": (lambda net: net.plot_regions(at={"kind": [1, 2]}), r"at\['kind'\] .* one value"),
    "nothing at": (lambda net: net.plot_regions(at={"kind": None}), "one value, not None"),
    "huge theta": (lambda net: setattr(net, "theta", [10**400] * 27), r"\(27,\), not \[<an int of"),
    "theta of text": (lambda net: net.objective("a"), r"numbers of shape \(27,\), not 'a'"),
    "sigmoid of text": (lambda net: FUNCTION("a"), "x must be an array of numbers, not 'a'"),
    "sigmoid of nothing": (lambda net: FUNCTION(None), "an array of numbers, not None"),
    "softmax of text": (lambda net: net.softmax(["a"]), r"numbers, not \['a'\]"),
}


def build(**options):
    return NeuralNetwork("species ~ x1 + x2", TABLE, **options)


@case_by_case("case", MISTAKES)
def test_mistakes_are_named_by_their_argument(case):
    run, said = MISTAKES[case]
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises((TypeError, ValueError), match=said):
        run(net)
    assert take_snapshot(net) == before
