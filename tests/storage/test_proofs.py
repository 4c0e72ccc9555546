"""What a file shows is what runs: a forged formula, name or class is met when it is loaded."""

import warnings

import numpy as np
import pandas as pd
import pytest
from forgery import find_record, forge, open_file
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnet import CorruptFileError, NeuralNetwork
from neuralnet.activations import Elu, LeakyRelu
from neuralnet.errors.arguments import MOST_LAYERS
from neuralnet.storage.proofs import prove_design

RNG = np.random.default_rng(5)
N = 60
TABLE = pd.DataFrame(
    {
        "y": RNG.normal(size=N),
        "z": RNG.normal(size=N),
        "a": RNG.uniform(1, 2, N),
        "b": RNG.uniform(1, 2, N),
        "g": RNG.choice(["u", "v", "w"], N),
        "h": RNG.choice(["p", "q"], N),
        "k": RNG.integers(0, 3, N),
        "t": RNG.uniform(size=N) > 0.5,
        "o": pd.Categorical(RNG.choice(["lo", "mid", "hi"], N), ["lo", "mid", "hi"], ordered=True),
        # Names of functions are names of columns too.
        "log": RNG.uniform(1, 2, N),
        "factor": RNG.uniform(1, 2, N),
        "np": RNG.uniform(1, 2, N),
        "a b": RNG.uniform(1, 2, N),
        "e`f\\g": RNG.uniform(1, 2, N),
    }
)
FORMULAS = [
    *("y ~ .", "y ~ . - 1", "y ~ . - factor - log", "y ~ . - `a b` - np", "y ~ (. - log):a - a:b"),
    *("y ~ g * h * a", "y ~ g:h", "y ~ (a + b + g)^2 - a:g", "y ~ a %in% g", "y ~ h / a", "y ~ 1"),
    *("y ~ o + o:a", "y ~ I(o)", "y ~ C(o)", "y ~ C(o, Treatment('hi')):a", "y ~ C(C(o))"),
    *("y ~ C(g, Sum) + C(h, Helmert)", "y ~ C(g, Diff)", "y ~ C(contrast=Sum, data=g)", "y ~ C(t)"),
    *("y ~ C(k) + C(k, Poly):a", "y ~ C(g, [[0], [1], [5]])", "y ~ C(h, levels=['q', 'p'])"),
    *("y ~ factor(k) + factor", "y ~ t * h", "y ~ (a > 1.5):g", "y ~ ifelse(a > 1.5, 'x', 'z')"),
    *(
        "y ~ a + offset(log)",
        "y ~ . - a + offset(log(a))",
        "log(a) ~ Q('a b') + b",
        "y ~ a - `a b`",
    ),
    *("cbind(y, z) ~ a + offset(cbind(a, log(b)))", "C(k) ~ a", "k > 0 ~ a", "y ~ `e\\`f\\\\g`"),
    *("y ~ poly(a, 2):g + standardize(b)", "y ~ np.log(a) + np.maximum(a, b)", "y ~ I(a * pi)"),
    *("y ~ f(a) + g", "y ~ C(f(a), Sum):h", "y ~ own(a) + b", "y ~ I(a * c) - f(b)", "f(y) ~ a"),
]
ENV = {
    "f": lambda x: np.where(x > 1.5, "x", "z"),
    "own": lambda x: x**2,
    "c": 2.0,
}


def make_net(formula, table=TABLE, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return NeuralNetwork(formula, table, 1, seed=1, env=ENV, **options)


@pytest.mark.parametrize("formula", FORMULAS)
def test_file_of_every_formula_is_what_it_shows(formula, tmp_path):
    net = make_net(formula).save(tmp_path / "net.nn")
    found = NeuralNetwork.load(tmp_path / "net.nn", env=ENV)
    assert found.formula == formula and found.x_names == net.x_names


PARTS = [
    "a",
    "b",
    "g",
    "h",
    "o",
    "t",
    "`a b`",
    "log",
    "C(k)",
    "C(g, Sum)",
    "log(a)",
    "I(a > b)",
    ".",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("+-:*"), st.sampled_from(PARTS)), min_size=1, max_size=4))
def test_any_sum_of_products_is_read_again_as_it_was(parts):
    text = "a" + "".join(f" {sign} {part}" for sign, part in parts)
    try:
        net = make_net(f"y ~ {text}", TABLE.drop(columns=["z", "e`f\\g", "factor"]))
    except ValueError as fault:
        assert "no predictors" in str(fault) or "columns of X" in str(fault)
        return
    prove_design(net._model.design)


def set_all(old, new):
    """The formula wherever it is shown."""

    def change(document, arrays):
        for part, name in (
            (document, "formula"),
            (document, "expanded"),
            (document["design"], "formula"),
        ):
            assert old in part[name]
            part[name] = part[name].replace(old, new)

    return change


def set_columns(*pairs):
    def change(document, arrays):
        columns = document["design"]["columns"]
        places = [columns.index(old) for old, _ in pairs]
        for place, (_, new) in zip(places, pairs, strict=True):
            columns[place] = new

    return change


def set_field(record, **parts):
    def change(document, arrays):
        fields = find_record(document, record)
        assert set(parts) <= set(fields)
        fields.update(parts)

    return change


def set_suffix(old, new):
    """A level's name, in the column and in its coding."""

    def change(document, arrays):
        columns = document["design"]["columns"]
        columns[:] = [name.replace(old, new) for name in columns]
        for _, subterms in document["design"]["codings"]:
            for _, contrasts, _ in subterms:
                for coding in contrasts.values():
                    coding[1] = [each.replace(old, new) for each in coding[1]]

    return change


def swap_code(document, arrays):
    factors = document["design"]["factors"]
    codes = [each for each in factors if "log" in each.get("code", "")]
    codes[0]["code"] = codes[0]["code"].replace("log", "sqrt")


def swap_terms(document, arrays):
    terms = document["design"]["terms"]
    terms[1], terms[2] = terms[2], terms[1]


def turn_coding(document, arrays):
    """The rows of one coding, so that a column means another level."""
    for _, subterms in document["design"]["codings"]:
        for _, contrasts, _ in subterms:
            for matrix, _ in contrasts.values():
                arrays[matrix["array"]] = arrays[matrix["array"]][::-1]


def add_levels(document, arrays):
    """So many that a matrix of a row and a column to each would take 128 GiB."""
    levels = {"tuple": [f"{k:x}" for k in range(2**17)]}
    design = document["design"]
    next(each for each in design["infos"] if each[1] == "categorical")[3] = levels
    for variable in design["variables"]:
        fields = variable["record"][1]
        if fields["name"] == "g":
            fields["levels"] = levels


def flip_ordered(document, arrays):
    for variable in document["design"]["variables"]:
        fields = variable["record"][1]
        fields["ordered"] = fields["name"] == "g"


FORGERIES = {
    "another formula": set_all("log(a)", "log(b)"),
    "a formula of fewer terms": set_all(" + log(a)", ""),
    "a term twice": lambda document, arrays: document["design"]["terms"].append(
        document["design"]["terms"][1]
    ),
    "a formula of more terms": set_all("log(a)", "log(a) + I(b * a)"),
    "a formula with an intercept less": set_all("log(a)", "log(a) - 1"),
    "a formula of another response": set_all("y ~", "log(y) ~"),
    "a formula of another offset": set_all("offset(b)", "offset(log(b))"),
    "an offset that stands in no formula": lambda document, arrays: document["design"][
        "offsets"
    ].append(document["design"]["terms"][3]),
    "an offset of the formula as one beside it": lambda document, arrays: document["design"].update(
        formula_offsets=0
    ),
    "a formula that nobody can read": set_all("log(a)", "log(a"),
    "a formula with an escape": set_all("log(a)", "\x1b[8mlog(a)"),
    "a formula beside the design": lambda document, arrays: document.update(formula="y ~ a"),
    "a formula written out otherwise": lambda document, arrays: document.update(expanded="y ~ 1"),
    "a formula in the design alone": lambda document, arrays: document["design"].update(
        formula="y ~ b + g + log(b) + offset(b)"
    ),
    "another function": swap_code,
    "columns of X that changed names": set_columns(("b", "log(a)"), ("log(a)", "b")),
    "a column of X of another name": set_columns(("b", "c")),
    "a column of X with an escape": set_columns(("b", "b\x1b[2J")),
    "levels that changed names": set_suffix("T.v", "T.w"),
    "another kind of coding": set_suffix("T.", "S."),
    "a coding of other numbers": turn_coding,
    "another order of levels": flip_ordered,
    "more levels than are coded": add_levels,
    "an order of columns beside that of the terms": lambda document, arrays: document["design"][
        "names"
    ].reverse(),
    "terms in another order": swap_terms,
    "another family": set_field("Gaussian", name="poisson"),
    "another activation": set_field("Sigmoid", name="relu"),
    "a response of another name": set_field("Labels", response="z"),
    "an output of another name": set_field("Labels", outputs={"tuple": ["z"]}),
    "a response of another type": set_field("Labels", dtype={"dtype": ["numpy", "int8"]}),
    "an order of classes that is not there": set_field("Labels", ordered=True),
}


@pytest.fixture
def path(tmp_path):
    make_net("y ~ b + g + log(a) + offset(b)").save(tmp_path / "net.nn")
    return tmp_path / "net.nn"


@pytest.mark.parametrize("name", FORGERIES)
def test_what_shows_another_thing_than_it_runs_is_refused(name, path):
    before = open_file(path)
    forge(path, FORGERIES[name])
    assert repr(open_file(path)) != repr(before)
    for trusted in (False, True):
        with pytest.raises(CorruptFileError) as caught:
            NeuralNetwork.load(path, trusted=trusted)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("classes", "forged", "dtype"),
    [
        ([0, 1, 2], [0, 1, 2], "bool"),
        ([0, 1, 256], [0, 1, 256], "uint8"),
        ([0, 1, 2], [False, True, 2], "int64"),
        ([0, 1, 2], [0.0, 1.0, 2.0], "int64"),
    ],
)
def test_classes_are_spelled_as_they_are(classes, forged, dtype, tmp_path):
    table = TABLE.assign(y=np.resize(classes, N))
    path = tmp_path / "net.nn"
    net = make_net("y ~ a", table, family="softmax").save(path)
    assert NeuralNetwork.load(path).predict(table).equals(net.predict())

    def change(document, arrays):
        labels = find_record(document, "Labels")
        labels.update(
            classes={"tuple": forged},
            outputs={"tuple": forged},
            dtype={"dtype": ["numpy", dtype]},
        )
        response = document["design"]["responses"][0]
        response["dtype"] = {"dtype": ["numpy", dtype]}
        if dtype != "int64":
            response["classes"] = {"tuple": forged}

    forge(path, change)
    with pytest.raises(CorruptFileError):
        NeuralNetwork.load(path)


def test_layers_have_a_bound(path):
    with pytest.raises(ValueError, match=r"no more than 1,000 layers, not 1,001"):
        NeuralNetwork("y ~ a", TABLE, [1] * (MOST_LAYERS + 1))
    count = MOST_LAYERS + 1

    def change(document, arrays):
        fields = find_record(document, "Perceptron")
        (one,) = fields["activations"]["tuple"]
        inputs, *_, outputs = fields["sizes"]["tuple"]
        fields["sizes"]["tuple"] = [inputs, *[1] * count, outputs]
        fields["activations"]["tuple"] = [one] * count
        arrays["theta"] = np.zeros(inputs + 2 * count)

    forge(path, change)
    with pytest.raises(CorruptFileError, match="more than 1,000 layers"):
        NeuralNetwork.load(path)


def show(net):
    """What a stranger is shown first of a network, without its matrices and its training."""
    return repr(net).split("\n\n")[0]


@pytest.mark.parametrize("formula", ["y ~ a + b", "y ~ a + b + offset(z)"])
def test_offset_beside_the_formula_is_shown(formula, tmp_path):
    net = NeuralNetwork(formula, TABLE, 0, seed=1)
    path = tmp_path / "net.nn"
    net.save(path)
    honest = show(NeuralNetwork.load(path))

    def add(document, arrays):
        factors = document["design"]["factors"]
        document["design"]["offsets"].append([factors.index({"column": "b"})])

    forge(path, add)
    found = NeuralNetwork.load(path)
    assert not np.allclose(found.fit(TABLE), net.fit(TABLE))
    assert show(found) != honest and "Beside the formula: offset b." in show(found)
    assert "Beside the formula: offset b." in found._repr_html_()
    NeuralNetwork(formula, TABLE, 0, seed=1, offset="b").save(tmp_path / "typed.nn")
    assert show(NeuralNetwork.load(tmp_path / "typed.nn")) == show(found)
    assert "Beside" not in honest


def test_offset_is_for_all_outputs_or_for_each(tmp_path):
    NeuralNetwork("y ~ a + b", TABLE, 0, seed=1).save(tmp_path / "net.nn")
    factors = open_file(tmp_path / "net.nn")[0]["design"]["factors"]
    places = [factors.index({"column": name}) for name in "ab"]
    forge(tmp_path / "net.nn", lambda d, arrays: d["design"].update(offsets=[places]))
    with pytest.raises(CorruptFileError, match="offset has 2 columns"):
        NeuralNetwork.load(tmp_path / "net.nn")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weights": "b"}, "weights 'b'"),
        ({"weights": [1.0, 2.0] * 30}, "weights row by row"),
        ({"offset": np.ones(N)}, "offset row by row"),
        ({"offset": "e`f\\g"}, "offset `e\\`f\\\\g`"),
        ({"subset": "b > 1.2"}, "subset 'b > 1.2'"),
        ({"subset": TABLE["b"] > 1.2}, "subset row by row"),
        ({"class_weight": {"p": 1.0, "q": 2.5}}, "class_weight 1.0, 2.5"),
        ({"decay": [0.5, 0.25]}, "decay 0.5, 0.25"),
        ({"decay": 0.5, "mixture": 0.25}, "decay 0.5, mixture 0.25"),
        ({"scale": True}, "scale True"),
        ({"weights": "b", "scale": True}, "weights 'b', scale True"),
    ],
)
def test_what_stands_beside_the_formula_is_shown(options, words, tmp_path):
    net = make_net("h ~ a", family="binomial", **options)
    assert f"\nBeside the formula: {words}.\n" in show(net)
    net.save(tmp_path / "net.nn")
    assert f"\nBeside the formula: {words}.\n" in show(NeuralNetwork.load(tmp_path / "net.nn"))


def test_activations_of_other_shape_look_different():
    assert "- 1 leaky_relu -" in show(make_net("y ~ a", activation="leaky_relu"))
    assert "- 1 leaky_relu(leak=0.3) -" in show(make_net("y ~ a", activation=LeakyRelu(0.3)))
    assert "- 1 elu(alpha=2.0) -" in show(make_net("y ~ a", activation=Elu(2)))
