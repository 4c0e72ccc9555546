"""Hints for names of other packages and for misspelt names."""

import copy
import inspect
import pickle
import subprocess
import sys
from doctest import DocTestFinder

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.errors import attribute_synonyms, synonyms
from neuralnet.errors.attribute_synonyms import explain_attribute
from neuralnet.errors.method_arguments import METHOD_ARGUMENTS
from neuralnet.errors.synonyms import ARGUMENTS, explain_argument
from neuralnet.network import cross_validation, evaluation, files

TABLE = make_table()


def build(**options):
    return NeuralNetwork("species ~ x1 + x2", TABLE, **options)


TO_BUILD = {
    "hidden=?": "size units n_hidden hidden_layer_sizes hiden hidden_layer",
    "decay=?": "alpha weight_decay l2 dekay",
    "init=?": "rang Wts init_",
    "seed=?": "random_state sede",
    "weights=?": "sample_weight weigths",
    "data=?": "newdata X df",
    "activation=?": "act_fct act.fct activaton",
    "na_action=?": "na.action na_actoin impute imputer fillna",
    "iterations= of train()?": "epochs max_iter n_iter maxit stepmax num_epochs",
    "learn_rate= of train()?": "lr learning_rate eta learning_rate_init learningrate",
    "optimizer= of train()?": "solver algorithm",
    "gradient_tolerance= of train()?": "threshold",
    "restarts= of train()?": "rep",
    "trace= of train()?": "verbose lifesign",
    "validation= of train()?": "early_stopping validation_split",
    "it is an argument of train().": "learn_rate iterations optimizer trace batch_size",
    "it is an argument of predict().": "type",
    "follow from the family": "linout linear.output softmax",
    "formula names the response": "y target",
}
TO_TRAIN = {
    "did you mean iterations=?": "epochs max_iter n_iter maxit iteration",
    "did you mean learn_rate=?": "lr learning_rate eta learn_rat",
    "did you mean trace=?": "verbose",
    "did you mean validation=?": "early_stopping validation_data",
    "did you mean hidden= of NeuralNetwork()?": "size units",
    "it is an argument of NeuralNetwork().": "decay hidden seed weights",
}


def each(table):
    return [(name, answer) for answer, names in table.items() for name in names.split()]


@case_by_case(("name", "answer"), each(TO_BUILD))
def test_constructor_explains_a_wrong_argument(name, answer):
    with pytest.raises(TypeError) as caught:
        build(**{name: 1})
    expected = str(caught.value)
    assert expected.startswith(f"NeuralNetwork() has no argument {name!r}") and answer in expected


@case_by_case(("name", "answer"), each(TO_TRAIN))
def test_train_explains_a_wrong_argument_and_changes_nothing(name, answer):
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(TypeError) as caught:
        net.train(**{name: 1})
    expected = str(caught.value)
    assert expected.startswith(f"train() has no argument {name!r}") and answer in expected
    assert take_snapshot(net) == before


@case_by_case(
    ("call", "expected"),
    [
        (lambda net: net.predict(newdata=TABLE), "predict() has no argument 'newdata'; did you "),
        (lambda net: net.accuracy(X=TABLE), "accuracy() has no argument 'X'; did you mean data=?"),
        (lambda net: net.backpropagate(lr=1), "did you mean learn_rate=?"),
        (lambda net: net.fit(epochs=1), "did you mean iterations= of train()?"),
        (lambda net: net.compare(net, cv=3), "compare() has no argument 'cv'; did you mean k=?"),
        (lambda net: net.cross_validate(maxit=3), "did you mean iterations=?"),
        (lambda net: net.clone(deep=True), "clone() has no argument 'deep', nor any other."),
        (lambda net: NeuralNetwork.load("a", newdata=1), "load() has no argument 'newdata'; did "),
        (lambda net: net.sigmoid(xx=1), "sigmoid() has no argument 'xx'; did you mean x=?"),
        (lambda net: net.train(zzz=1), "'zzz'; it takes iterations, learn_rate, tolerance, trace,"),
        (
            lambda net: build(size=2, maxit=3),
            "NeuralNetwork() has no argument 'size'; did you mean hidden=? NeuralNetwork() has no "
            "argument 'maxit'; did you mean iterations= of train()?",
        ),
        (
            lambda net: net.train(1, 2, 0, 0, "adam"),
            "4 arguments by position (iterations, learn_rate, tolerance, trace), not 5; name "
            "others, optimizer=...",
        ),
        (lambda net: net.fit(TABLE, TABLE["species"]), "train() trains"),
        (lambda net: net.accuracy(TABLE, TABLE["species"]), "data holds the response too"),
        (lambda net: net.clone(1), "clone() takes no argument by position, not 1"),
        (
            lambda net: NeuralNetwork(TABLE, "species ~ x1"),
            "the formula must be a string such as 'y ~ x', not DataFrame: it comes first, as in "
            "NeuralNetwork('species ~ x1', data)",
        ),
        (lambda net: NeuralNetwork(TABLE[["x1"]], TABLE["species"]), "'y ~ x', not DataFrame"),
        (lambda net: NeuralNetwork(np.ones((3, 2)), np.ones(3)), "'y ~ x', not ndarray"),
    ],
)
def test_every_method_explains_wrong_arguments(call, expected):
    with pytest.raises(TypeError) as caught:
        call(make_net())
    assert expected in str(caught.value)


def test_signatures_are_those_of_the_source():
    shown = inspect.signature(NeuralNetwork)
    assert list(shown.parameters)[:3] == ["formula", "data", "hidden"]
    assert shown.parameters["hidden"].default == 5
    for name in METHOD_ARGUMENTS:
        method = NeuralNetwork if name == "NeuralNetwork" else getattr(make_net(), name)
        kinds = {each.kind for each in inspect.signature(method).parameters.values()}
        assert inspect.Parameter.VAR_POSITIONAL not in kinds
        folds = name in ("cross_validate", "compare", "compare_hidden", "update")
        assert (inspect.Parameter.VAR_KEYWORD in kinds) == folds
        assert method.__doc__


def test_all_public_methods_are_checked():
    methods = inspect.getmembers(NeuralNetwork, inspect.isroutine)
    public = {name for name, _ in methods if not name.startswith("_")}
    assert public <= set(METHOD_ARGUMENTS)


def test_a_valid_call_looks_up_no_synonym(monkeypatch):
    def fail(*args):
        raise AssertionError("looked for a word")

    monkeypatch.setattr("neuralnet.errors.method_arguments.explain_argument", fail)
    monkeypatch.setattr("neuralnet.network.weights.explain_attribute", fail)
    net = build(hidden=2, seed=1).train(2, trace=0)
    net.predict(TABLE, type="probs")
    assert net.W1.shape == (3, 2)
    assert not hasattr(net, "_repr_png_")


def test_examples_of_checked_methods_are_found():
    found = {
        each.name.rpartition(".")[2]
        for module in (cross_validation, evaluation, files)
        for each in DocTestFinder().find(module)
        if each.examples
    }
    assert {"cross_validate", "compare", "metrics", "save"} <= found


# Attributes ------------------------------------------------------------------------------------

ATTRIBUTES = {
    "net.layers()[0].h": "H h1 a1",
    "net.layers()[0].z": "z1 Z",
    "net.layers()[1].z": "z2",
    "net.layers()[0].dW": "dW1",
    "net.layers()[1].delta": "delta2",
    "the last layer is that of W2": "W3 dW7 z3",
    "net.gradient": "dW grads",
    "net.W1[0]": "b1",
    "biases are the first row": "bias biases intercepts_ intercept_",
    "net.coef()": "weights coef_ coefs_ wts coefficients get_weights",
    "net.compute_loss()": "loss deviance",
    "net.compute_loss(data)": "score evaluate",
    "net.history['loss']": "losses cost_history loss_curve_",
    "type='probs'": "predict_proba",
    "type='link'": "decision_function",
    "print(net)": "info describe",
    "effects and tests are in net.inference()": "vcov bse pvalues confint slopes drop1 llf aic bic",
    "net.train() trains": "compile",
    "NeuralNetClassifier and NeuralNetRegressor of neuralnet.sklearn": "partial_fit get_params",
    "Did you mean 'W1'?": "w1",
    "Did you mean 'X'?": "x",
    "Did you mean 'Y'?": "y y_",
    "Did you mean 'fitted'?": "fitted_values fited net_result",
    "Did you mean 'classes'?": "classes_ lev",
    "Did you mean 'feedforward'?": "forward feed_forward",
    "Did you mean 'backpropagate'?": "backward step",
    "Did you mean 'hidden'?": "size n_hidden",
    "learn_rate= is an argument of train()": "lr learn_rate learning_rate",
    "iterations= is an argument of train()": "epochs iterations maxit",
    "activation= is an argument of NeuralNetwork()": "activation",
}


@case_by_case(("name", "answer"), each(ATTRIBUTES))
def test_unknown_attributes_get_a_hint(name, answer):
    net = make_net()
    with pytest.raises(AttributeError) as caught:
        getattr(net, name)
    expected = str(caught.value)
    assert (
        expected.startswith(f"'NeuralNetwork' object has no attribute {name!r}")
        and answer in expected
    )
    assert not hasattr(net, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lr", "learn_rate= is an argument of train()."),
        ("W", "'W' is read-only: only theta, W1, W2 can be set."),
        ("decay", "'decay' is read-only: only theta, W1, W2 can be set. decay= is an argument of "),
    ],
)
def test_arguments_set_as_attributes_get_a_hint(name, expected):
    with pytest.raises(AttributeError) as caught:
        setattr(make_net(), name, 1)
    assert expected in str(caught.value)
    assert name != "W" or str(caught.value) == expected


def test_names_without_a_suggestion():
    """Without hidden layers there are no units, and 'model' is no synonym."""
    net = build(hidden=0, seed=1)
    for name in ("H", "hidden_values"):
        with pytest.raises(AttributeError, match=f"attribute '{name}': there is no hidden layer$"):
            getattr(net, name)
    with pytest.raises(AttributeError, match=r"attribute 'model'$"):
        net.model  # noqa: B018
    with pytest.raises(TypeError, match=r"'batch'; did you mean batch_size= of train\(\)\?$"):
        build(batch=3)


def test_named_arrays_are_those_of_the_pass():
    net = make_net()
    (W1, W2), first = net.W, net.layers()[0]
    # h = sigmoid(X W1), and delta by backpropagation from that of the outputs.
    np.testing.assert_allclose(first.z, net.X @ W1, rtol=1e-12)
    np.testing.assert_allclose(first.h, 1 / (1 + np.exp(-net.X @ W1)), rtol=1e-12)
    back = net.layers()[1].delta @ W2[1:].T
    np.testing.assert_allclose(first.delta, first.h * (1 - first.h) * back, rtol=1e-10)


def test_every_hint_names_an_existing_argument_or_attribute():
    net = make_net()
    known = {each for names in METHOD_ARGUMENTS.values() for each in names}
    for ours in synonyms._ARGUMENTS:
        assert " " in ours or ours in known, ours
    for ours in attribute_synonyms._ATTRIBUTES:
        assert " " in ours or hasattr(net, ours), ours
    # No word is in two rows, and none is an existing name.
    for table in (synonyms._ARGUMENTS, attribute_synonyms._ATTRIBUTES):
        words = [word.casefold() for row in table.values() for word in row.split()]
        assert len(words) == len(set(words))
        # Those of plot_regions(), predict() and summary(), which train() does not take.
        assert known & set(ARGUMENTS) == {
            "x",
            "y",
            "threshold",
            "starts",
            "kind",
            "method",
        }
    assert not set(dir(net)) & set(attribute_synonyms._KNOWN)


def test_copies_and_half_built_networks_have_no_other_names():
    net = make_net()
    for twin in (copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(twin.theta, net.theta)
    empty = NeuralNetwork.__new__(NeuralNetwork)
    for name in ("foo", "W", "W1", "theta", "__deepcopy__x"):
        assert not hasattr(empty, name)


def test_hints_without_a_network():
    calls = {"Net": ["hidden"], "train": ["iterations"]}
    assert (
        explain_argument("train", "q", calls) == "train() has no argument 'q'; it takes iterations."
    )
    assert explain_attribute("qqq", ["W1"], calls) == ""
    assert explain_attribute("w" * 10_000, ["W1"], calls) == ""


def test_the_interpreter_adds_no_second_suggestion():
    code = (
        "import pandas as pd; from neuralnet import NeuralNetwork;"
        "d = pd.DataFrame({'y': [0.5, 1.5, 2.0, 0.1], 'x': [1.0, 2.0, 3.0, 4.0]});"
        "NeuralNetwork('y ~ x', d).lr"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith("has no attribute 'lr': learn_rate= is an argument of train()")
