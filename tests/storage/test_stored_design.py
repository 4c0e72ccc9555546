"""A file contains the formula that is run: forged formulas, names and classes are rejected."""

import json
import warnings

import numpy as np
import pandas as pd
import patsy
import pytest
from forgery import find_record, forge, open_file
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet import CorruptFileError, NeuralNetwork
from neuralnet.activations import Elu, LeakyRelu
from neuralnet.errors.arguments import MOST_LAYERS
from neuralnet.storage.design import decode_design, encode_design
from neuralnet.storage.encoding import Decoder, Encoder

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
        # Names of functions are also names of columns.
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
    *("y ~ relevel(g, 'v') + cut(a, 4)", "y ~ cut(b, c(-Inf, 1.5, Inf), right=FALSE):h"),
    *(
        "y ~ ntile(a, 4) + factor(ntile(b, 3))",
        "y ~ interaction(g, h, drop=TRUE)",
        "y ~ pool(k, 9)",
    ),
    *("cut(y, 3) ~ a", "relevel(g, 'w') ~ a", "pool(g, 5) ~ a", "factor(k, levels=c(2, 0, 1)) ~ a"),
    *(
        "y ~ C(cut(log(a), 3), Sum)",
        "y ~ relevel(pool(g, 9), 'v')",
        "y ~ interaction(cut(a, 2), t)",
    ),
    *("y ~ factor(g, levels=['w', 'u', 'v'], labels=c('x', 'y', 'x')) + as.factor(k)",),
    *("y ~ f(a) + g", "y ~ C(f(a), Sum):h", "y ~ own(a) + b", "y ~ I(a * c) - f(b)", "f(y) ~ a"),
    *("y ~ a + b - I(a * c)", "y ~ g - C(g, own) - own(a)"),
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


@case_by_case("formula", FORMULAS)
def test_file_of_every_formula_contains_the_formula_shown(formula, tmp_path):
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
def test_any_sum_of_products_round_trips(parts):
    text = "a" + "".join(f" {sign} {part}" for sign, part in parts)
    try:
        net = make_net(f"y ~ {text}", TABLE.drop(columns=["z", "e`f\\g", "factor"]))
    except ValueError as fault:
        assert "no predictors" in str(fault) or "columns of X" in str(fault)
        return
    encoder, design = Encoder(), net._model.design
    document = json.loads(json.dumps(encode_design(design, encoder)))
    found = decode_design(document, Decoder(encoder.arrays), {}, None, len(net.x_names))
    assert found.x_names == design.x_names and found.formula == design.formula
    assert found.read(TABLE).X.tobytes() == net.X.tobytes()


def set_design(**parts):
    return lambda document, arrays: document["design"].update(parts)


def set_formula(old, new):
    def change(document, arrays):
        assert old in document["design"]["formula"]
        document["design"]["formula"] = document["design"]["formula"].replace(old, new)

    return change


def set_expression(**parts):
    def change(document, arrays):
        assert set(parts) <= set(document["design"]["expressions"][0])
        document["design"]["expressions"][0].update(parts)

    return change


def set_field(record, **parts):
    def change(document, arrays):
        fields = find_record(document, record)
        assert set(parts) <= set(fields)
        fields.update(parts)

    return change


def swap_expressions(document, arrays):
    document["design"]["expressions"].reverse()


def add_levels(document, arrays):
    """The coding, a matrix with a row and a column for each level, would take 128 GiB."""
    for variable in document["design"]["variables"]:
        fields = variable["record"][1]
        if fields["name"] == "g":
            fields["levels"] = {"tuple": [*"uvw", *(f"{k:x}" for k in range(2**17))]}


def set_low(value):
    """Set the lower end of the range of the first column."""

    def change(document, arrays):
        document["design"]["variables"][0]["record"][1]["low"] = value

    return change


FORGERIES = {
    "another formula": set_formula("log(a)", "log(b)"),
    "a formula of fewer terms": set_formula(" + log(a)", ""),
    "a formula of more terms": set_formula("log(a)", "log(a) + I(b * a)"),
    "a formula of one term more": set_formula("log(a)", "log(a) + a"),
    "a formula with an intercept less": set_formula("b + g", "b + b:g + 0"),
    "a formula of products": set_formula("b + g", "b * g"),
    "a formula of another response": set_formula("y ~", "log(y) ~"),
    "a formula of two responses": set_formula("y ~", "cbind(y, a) ~"),
    "a formula of no response": set_formula("y ~", "~"),
    "a formula of no predictors": set_formula("y ~", "y ~ 0 - "),
    "a formula of another offset": set_formula("offset(b)", "offset(log(b))"),
    "a formula that cannot be parsed": set_formula("log(a)", "log(a"),
    "a formula with an escape": set_formula("log(a)", "\x1b[8mlog(a)"),
    "a formula that is no text": set_design(formula=3),
    "a column of the table more": set_design(table_columns=["y", "a", "b", "g", "z"]),
    "a column of the table less": set_design(table_columns=["y", "a", "b"]),
    "a column of the table twice": set_design(table_columns=["y", "a", "a", "b", "g"]),
    "a column of the table that is no text": set_design(table_columns=["y", "a", "b", "g", 3]),
    "an offset of a column that is not there": set_design(offset=["z"]),
    "an offset that is no column": set_design(offset=["log(a)"]),
    "another function": set_expression(code="sqrt(a)"),
    "expressions in another order": swap_expressions,
    "no expressions": set_design(expressions=[]),
    "an expression of more columns": set_expression(size=2),
    "an expression of no columns": set_expression(size=0),
    "an expression of fewer than no columns": set_expression(size=-1),
    "an expression of endless columns": set_expression(size=10**12),
    "an expression of true columns": set_expression(size=True),
    "an expression without a size": set_expression(size=None),
    "levels for numbers": set_expression(size={"tuple": ["u", "v", "w"]}),
    "more levels than are coded": add_levels,
    "a column without a range": set_low({"float": "nan"}),
    "a column of an infinite range": set_low({"float": "inf"}),
    "another family": set_field("Gaussian", name="poisson"),
    "another activation": set_field("Sigmoid", name="relu"),
    "a response of another name": set_field("Labels", response="z"),
    "an output of another name": set_field("Labels", outputs={"tuple": ["z"]}),
    "a response of another type": set_field("Labels", dtype={"dtype": ["numpy", "int8"]}),
    "an order of classes that is not there": set_field("Labels", ordered=True),
}


@pytest.fixture
def path(tmp_path):
    make_net("y ~ b + g + log(a) + standardize(a) + offset(b)").save(tmp_path / "net.nn")
    return tmp_path / "net.nn"


DATED = TABLE.assign(
    d=pd.date_range("2024-01-01", periods=N, freq="17h", tz="Europe/Berlin"),
    e=[f"2024-0{1 + k % 9}-11" for k in range(N)],
    name=[f"id {k}" for k in range(N)],
)
OF_DATES = [
    *("y ~ days(d) + C(month(d))", "y ~ . + hour(d)", "y ~ .:a + C(name) - C(name) + year(e)"),
    *("days(e) ~ a + offset(month(d))", "cbind(y, hour(d)) ~ .", "y ~ . - d - year(e)"),
]


@pytest.mark.parametrize("formula", OF_DATES)
def test_file_of_formulas_of_dates(formula, tmp_path):
    net = make_net(formula, DATED).save(tmp_path / "net.nn")
    found = NeuralNetwork.load(tmp_path / "net.nn", env=ENV)
    assert found.formula == formula and found.x_names == net.x_names
    new = DATED.assign(d=DATED["d"].dt.tz_convert("UTC"))
    np.testing.assert_array_equal(found.predict(new), net.predict(DATED))


def set_date(**parts):
    def change(document, arrays):
        records = [each["record"][1] for each in document["design"]["variables"]]
        (dates,) = (each for each in records if each["kind"] == "date")
        dates.update(parts)

    return change


OF_DATES_FORGED = {
    "a zone that is a file": set_date(zone="dateutil//etc/localtime"),
    "a zone that is no text": set_date(zone=3),
    "dates of no time": set_date(low={"float": "-inf"}),
    "dates in the wrong order": set_date(low=3e9, high=1e9),
    "a typical date that is none": set_date(typical="2024-02-30"),
    "a typical date that is a number": set_date(typical=3.0),
    "dates that are numbers": set_date(kind="number", typical=3.0),
    "a formula without dates": set_formula("days(d)", "log(d)"),
    "a dot that leaves out another column": set_design(left_out=["a"]),
    "a dot that leaves out nothing": set_design(left_out=[]),
    "a dot that leaves out no column": set_design(left_out=[3]),
}


@pytest.mark.parametrize("name", OF_DATES_FORGED)
def test_forged_dates_are_refused(name, tmp_path):
    make_net("y ~ .:b + days(d) + C(name) - C(name)", DATED).save(tmp_path / "net.nn")
    forge(tmp_path / "net.nn", OF_DATES_FORGED[name])
    with pytest.raises(CorruptFileError):
        NeuralNetwork.load(tmp_path / "net.nn", trusted=True)


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name, path):
    before = open_file(path)
    forge(path, FORGERIES[name])
    assert repr(open_file(path)) != repr(before)
    for trusted in (False, True):
        with pytest.raises(CorruptFileError) as caught:
            NeuralNetwork.load(path, trusted=trusted)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 500


def test_formula_that_is_shown_is_the_one_that_runs(path):
    def change(document, arrays):
        set_formula("log(a)", "sqrt(b)")(document, arrays)
        set_expression(code="sqrt(b)")(document, arrays)

    forge(path, change)
    found = NeuralNetwork.load(path)
    assert "sqrt(b)" in found.formula and "log(a)" not in repr(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = NeuralNetwork.load(path, TABLE)
    column = found.X[:, found.x_names.index("sqrt(b)")]
    assert column.tobytes() == np.sqrt(TABLE["b"]).to_numpy().tobytes()


def test_products_of_levels_beyond_the_memory_limit_are_refused(tmp_path):
    """Three columns of a thousand levels each would have 10^9 columns in X."""
    table = TABLE.assign(k=TABLE["k"].astype(str))
    path = tmp_path / "net.nn"
    make_net("y ~ g + h + k", table).save(path)

    def change(document, arrays):
        document["design"]["formula"] = "y ~ g:h:k"
        for variable in document["design"]["variables"]:
            fields = variable["record"][1]
            fields["levels"] = {"tuple": [fields["typical"], *map(str, range(1_000, 2_000))]}

    forge(path, change)
    with pytest.raises(CorruptFileError, match="more columns than the network has inputs"):
        NeuralNetwork.load(path)


def test_codings_beyond_the_memory_limit_are_refused(tmp_path, monkeypatch):
    """Each of two columns has a coding of 50 x 50 numbers."""
    monkeypatch.setattr("neuralnet.errors.limits.MEMORY_LIMIT", 8 * 4_000)
    path = tmp_path / "net.nn"
    make_net("y ~ g + h").save(path)

    def set_levels(count):
        def change(document, arrays):
            for variable in document["design"]["variables"][:count]:
                fields = variable["record"][1]
                fields["levels"] = {"tuple": [fields["typical"], *map(str, range(49))]}

        return change

    for count, message in ((1, "layers of another size"), (2, "codings of levels would take")):
        forge(path, set_levels(count))
        with pytest.raises(CorruptFileError, match=message):
            NeuralNetwork.load(path)


@pytest.mark.parametrize("levels", [1, 2])
def test_products_of_many_columns_are_refused(levels, tmp_path):
    """patsy splits a product of k categories into up to 2^k parts."""
    names = [f"c{k}" for k in range(30)]
    table = TABLE.assign(**dict.fromkeys(names, TABLE["h"]))
    path = tmp_path / "net.nn"
    make_net(f"y ~ {' + '.join(names)}", table).save(path)

    def change(document, arrays):
        document["design"]["formula"] = f"y ~ {':'.join(names)}"
        for variable in document["design"]["variables"]:
            fields = variable["record"][1]
            fields["levels"] = {"tuple": [fields["typical"], "z"][:levels]}

    forge(path, change)
    with pytest.raises(CorruptFileError, match="more columns than the network has inputs"):
        NeuralNetwork.load(path)


class Steps:
    """User-defined coding."""

    def code_with_intercept(self, levels):
        return patsy.ContrastMatrix(np.eye(len(levels)) * 2, [f"[{x}]" for x in levels])

    def code_without_intercept(self, levels):
        n = len(levels)
        return patsy.ContrastMatrix(np.tri(n)[:, 1:], [f"[>{x}]" for x in levels[1:]])


def test_user_defined_codings_and_categories_come_back(tmp_path):
    """Loading calls user-defined functions with one row of training values."""
    lookup = dict(zip(TABLE["a"], np.resize(["x", "y"], N), strict=True))
    calls = []

    def find(values):
        calls.append(len(values))
        return np.array([lookup[value] for value in values])

    env = {"find": find, "step": Steps(), "own": lambda x: calls.append(0) or x**2}
    formula = "y ~ C(find(a), Sum):b + find(a) + C(g, step) + C(g, step):own(b) + own(b)"
    path = tmp_path / "net.nn"
    net = NeuralNetwork(formula, TABLE, 2, seed=1, env=env).save(path)
    calls.clear()
    found = NeuralNetwork.load(path, env=env)
    assert {*calls} == {1}
    assert found.x_names == net.x_names
    assert found.predict(TABLE).equals(net.predict(TABLE))
    assert found.predict(TABLE[5:9]).equals(net.predict(TABLE[5:9]))


def test_user_defined_function_that_fails_is_reported(tmp_path):
    path = tmp_path / "net.nn"
    NeuralNetwork("y ~ f(a)", TABLE, 2, seed=1, env=ENV).save(path)

    def fail(values):
        raise KeyError("no such value")

    with pytest.raises(ValueError, match=r"cannot be evaluated: f\(a\): .*env=") as caught:
        NeuralNetwork.load(path, env={"f": fail})
    assert not isinstance(caught.value, CorruptFileError)


@pytest.mark.parametrize(
    ("classes", "forged", "dtype"),
    [
        ([0, 1, 2], [0, 1, 2], "bool"),
        ([0, 1, 256], [0, 1, 256], "uint8"),
        ([0, 1, 2], [False, True, 2], "int64"),
        ([0, 1, 2], [0.0, 1.0, 2.0], "int64"),
    ],
)
def test_classes_are_kept_verbatim(classes, forged, dtype, tmp_path):
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


def test_number_of_layers_has_a_limit(path):
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
    """Return the first paragraph of a network's display."""
    return repr(net).split("\n\n")[0]


@pytest.mark.parametrize("formula", ["y ~ a + b", "y ~ a + b + offset(z)"])
def test_offset_beside_the_formula_is_shown(formula, tmp_path):
    net = NeuralNetwork(formula, TABLE, 0, seed=1)
    path = tmp_path / "net.nn"
    net.save(path)
    honest = show(NeuralNetwork.load(path))

    def add(document, arrays):
        document["design"]["offset"] = ["b"]

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
    forge(tmp_path / "net.nn", lambda d, arrays: d["design"].update(offset=["a", "b"]))
    with pytest.raises(CorruptFileError, match="offset has 2 columns"):
        NeuralNetwork.load(tmp_path / "net.nn")


@case_by_case(
    ("options", "words"),
    [
        ({"weights": "b"}, "weights 'b'"),
        ({"weights": [1.0, 2.0] * 30}, "weights row by row"),
        ({"offset": np.ones(N)}, "offset row by row"),
        ({"offset": "e`f\\g"}, "offset `e\\`f\\\\g`"),
        ({"subset": "b > 1.2"}, "subset 'b > 1.2'"),
        ({"subset": TABLE["b"] > 1.2}, "subset row by row"),
        ({"class_weight": {"p": 1.0, "q": 2.5}}, "class_weight 1, 2.5"),
        ({"decay": [0.5, 0.25]}, "decay 0.5, 0.25"),
        ({"decay": 0.5, "mixture": 0.25}, "decay 0.5, mixture 0.25"),
        ({"scale": True}, "scale True"),
        ({"weights": "b", "scale": True}, "weights 'b', scale True"),
    ],
)
def test_options_beside_the_formula_are_shown(options, words, tmp_path):
    net = make_net("h ~ a", family="binomial", **options)
    assert f"\nBeside the formula: {words}.\n" in show(net)
    net.save(tmp_path / "net.nn")
    assert f"\nBeside the formula: {words}.\n" in show(NeuralNetwork.load(tmp_path / "net.nn"))


def test_activations_with_other_options_are_displayed_differently():
    assert "- 1 leaky_relu -" in show(make_net("y ~ a", activation="leaky_relu"))
    assert "- 1 leaky_relu(leak=0.3) -" in show(make_net("y ~ a", activation=LeakyRelu(0.3)))
    assert "- 1 elu(alpha=2.0) -" in show(make_net("y ~ a", activation=Elu(2)))
