"""Attacks on `load`: each file is rejected, and none of them runs code."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from code_attacks import ATTACKS as EXPRESSIONS
from forgery import find_record, forge
from loops import case_by_case

from neuralnet import CorruptFileError, DataWarning, NeuralNetwork
from neuralnet.errors.exceptions import UntrustedError
from neuralnet.formula.safety import MOST_TRANSFORMS

TABLE = pd.DataFrame(
    {
        "y": list("ababab"),
        "a": [1.0, 2.0, 3.0, 5.0, 4.0, 2.5],
        "b": [3.0, 1.0, 2.0, 1.5, 2.5, 1.0],
        "g": list("uuvvww"),
    }
)


@pytest.fixture(scope="module")
def net():
    """Return a network with parts of every kind."""
    formula = "y ~ log(a) + standardize(b) + poly(a, 2) + g"
    made = NeuralNetwork(formula, TABLE, 3, seed=1, scale=True, decay=[0.1, 0.2], init=0.5)
    return made.train(5, optimizer="adam", batch_size=2, validation=[0, 1], tolerance=None, trace=0)


@pytest.fixture
def path(net, tmp_path, monkeypatch):
    """Save it in an empty folder, where a file written by an attack is detected."""
    monkeypatch.chdir(tmp_path)
    net.save("net.nn", data=True)
    return tmp_path / "net.nn"


def find_expression(document, code="log"):
    return next(each for each in document["design"]["expressions"] if code in each["code"])


def set_code(code, **parts):
    """Replace ``log(a)`` by another expression, in the formula too."""

    def change(document, arrays):
        text = code.replace("__column_0__", "a").replace("__column_1__", "b")
        design, expression = document["design"], find_expression(document)
        design["formula"] = design["formula"].replace(expression["code"], text)
        expression.update(code=text, transforms={}, **parts)

    return change


def refuse(path, **options):
    """Require that loading fails within seconds, and return its error."""
    before, start = set(sys.modules), time.process_time()
    with pytest.raises((CorruptFileError, UntrustedError)) as caught:
        NeuralNetwork.load(path, **options)
    assert time.process_time() - start < 5
    assert [each.name for each in path.parent.iterdir()] == ["net.nn"], "the canary is there"
    assert not {"antigravity", "this"} & (set(sys.modules) - before)
    return caught.value


def test_file_itself_is_good(path, net):
    assert NeuralNetwork.load(path).theta.tobytes() == net.theta.tobytes()


@case_by_case("name", EXPRESSIONS)
def test_expressions(name, net, path):
    for code in (EXPRESSIONS[name], f"I({EXPRESSIONS[name]})"):
        net.save(path, data=True)
        forge(path, set_code(code))
        refuse(path)


@pytest.mark.parametrize("name", ["import", "attribute walk", "lambda", "Q", "call of a call"])
def test_trusted_files_run_no_other_code(name, path):
    forge(path, set_code(EXPRESSIONS[name]))
    refuse(path, trusted=True)


def test_trusted_expression_is_accepted(path, net):
    forge(path, set_code(f"log(a{' + 1' * 150})"))
    with pytest.raises(UntrustedError, match=r"'log\(a \+ 1 .*trusted=True"):
        NeuralNetwork.load(path, TABLE)
    with pytest.warns(UserWarning, match="not the rows"):
        found = NeuralNetwork.load(path, TABLE, trusted=True)
    assert np.allclose(found.X[:, 1], np.log(TABLE["a"] + 150))


def set_design(**parts):
    return lambda document, arrays: document["design"].update(parts)


def set_expression(of="log", **parts):
    return lambda document, arrays: find_expression(document, of).update(parts)


def set_transform(code, name, part):
    def change(document, arrays):
        (transform,) = find_expression(document, code)["transforms"].values()
        transform["parts"][name] = part

    return change


def mask_weights(choose):
    """Give the state a mask, chosen for the number of weights."""

    def change(document, arrays):
        mask = choose(len(arrays["theta"]))
        arrays["free"] = np.packbits(mask)
        find_record(document, "State")["mask"] = {"mask": ["free", len(mask)]}

    return change


def set_record(record, **parts):
    def change(document, arrays):
        fields = find_record(document, record)
        assert set(parts) <= set(fields)
        fields.update(parts)

    return change


def set_array(name, make):
    def change(document, arrays):
        arrays[name] = make(arrays[name])

    return change


def set_key(name, value):
    return lambda document, arrays: document.update({name: value})


def drop(name):
    return lambda document, arrays: document.pop(name)


def set_settings(both=("given", "used"), **parts):
    """Change the given settings, the settings in use, or both."""

    def change(document, arrays):
        for which in both:
            document[which]["record"][1].update(parts)

    return change


def set_generator(**parts):
    def change(document, arrays):
        pairs = find_record(document, "State")["generator_state"]["dict"]
        for pair in pairs:
            if pair[0] in parts:
                pair[1] = parts[pair[0]]

    return change


def set_rows(change_rows):
    def change(document, arrays):
        change_rows(document["rows"], arrays)

    return change


def set_column(name, parts):
    def change(document, arrays):
        columns = document["rows"]["frame"]["dict"][0][1]
        next(column for column in columns if column[0] == name)[1] = parts

    return change


def nest(depth):
    node = 1
    for _ in range(depth):
        node = [node]
    return node


def make_colliding(n=100_000):
    """Return numbers with equal 32-bit pandas hashes."""
    high = np.arange(n, dtype=np.int64)
    low = np.zeros_like(high)
    for _ in range(4):
        low = (high ^ (low << 11)) & 0xFFFFFFFF
    return np.random.default_rng(1).permutation((high << 33) | low)


COLLIDING = {
    "dtype": ["category", {"dict": [["numbers", {"array": "colliding"}], ["name", None]]}, False]
}
TUPLE = {"tuple": [3, 10**9, 2]}
FORGERIES = {
    # Classes and objects.
    "a record outside of the table": set_key("stop", {"record": ["Popen", {"args": "touch x"}]}),
    "a record of a module": set_key("stop", {"record": ["os.system", {"command": "touch x"}]}),
    "a record of a builtin": set_key("stop", {"record": ["eval", {"source": "1"}]}),
    "another kind of node": set_key("stop", {"pickle": "Y29zCnN5c3RlbQo="}),
    "a node of two kinds": set_key("stop", {"float": "nan", "tuple": []}),
    "a node of no kind": set_key("stop", {}),
    "an external object": set_settings(init={"external": 0}),
    "an object before the first": set_settings(init={"external": -1}),
    "a dtype that is code": set_settings(init={"dtype": ["extension", "__import__('os')"]}),
    "a dtype of objects": set_settings(init={"dtype": ["numpy", "object_"]}),
    "a scalar of objects": set_settings(init={"scalar": ["O", 1]}),
    "a scalar of text": set_settings(init={"scalar": ["U9", "a"]}),
    "a record in the wrong place": set_key(
        "perceptron", {"record": ["Unscaled", {"loss_scale": 1.0}]}
    ),
    "a field that is not there": set_record("Perceptron", sizes=TUPLE),
    "a method for a field": set_record("Adam", learn_rate="step"),
    "an optimizer beyond its options": set_record("Adam", beta1=7.0),
    "an optimizer in place of a family": set_record("Perceptron", family={"record": ["Rprop", {}]}),
    "a family in place of an activation": set_record(
        "Perceptron", activations={"tuple": [{"record": ["Softmax", {}]}]}
    ),
    # The generator is restored by its name, once.
    "a generator that is a function": set_generator(bit_generator="seed"),
    "a generator that is a module": set_generator(bit_generator="mtrand"),
    "a generator that saves": set_generator(bit_generator="set_state"),
    "a generator with a path": set_generator(bit_generator="../os"),
    "a generator as a number": set_generator(bit_generator=3),
    "a generator of another": set_generator(bit_generator="MT19937"),
    "a generator without state": set_generator(state=None),
    "a state beyond its bits": set_generator(state={"dict": [["state", 2**200], ["inc", 3]]}),
    "a negative state": set_generator(state={"dict": [["state", -1], ["inc", 3]]}),
    # Sizes.
    "theta of another length": set_array("theta", lambda theta: theta[:-1]),
    "theta as a matrix": set_array("theta", lambda theta: theta[:, None]),
    "theta as whole numbers": set_array("theta", lambda theta: theta.astype(int)),
    "sizes beyond all memory": set_record("Perceptron", sizes={"tuple": [9, 10**12, 2]}),
    "sizes whose product overflows": set_record("Perceptron", sizes={"tuple": [9, 2**63, 2]}),
    "negative sizes": set_record("Perceptron", sizes={"tuple": [9, -3, 2]}),
    "sizes of no layers": set_record("Perceptron", sizes={"tuple": []}),
    "sizes as text": set_record("Perceptron", sizes={"tuple": ["9", "3", "2"]}),
    "sizes that are true": set_record("Perceptron", sizes={"tuple": [9, True, 2]}),
    "columns that skip and are not there": set_record("Perceptron", skip={"tuple": [99]}),
    "an endless iteration": set_record("State", iteration=10**15),
    "a negative iteration": set_record("State", iteration=-1),
    "no iteration": set_record("State", iteration=None),
    "an optimizer's state of another length": set_array("mean", lambda mean: mean[:-1]),
    "an optimizer's state of another kind": set_record(
        "State", optimizer_state={"record": ["GradientDescentState", {}]}
    ),
    "an optimizer's state that is none": set_record("State", optimizer_state=None),
    "best weights of another length": set_array("theta_to_resume", lambda theta: theta[1:]),
    "kept weights of another length": set_record("StoppingState", best_theta={"array": "loss"}),
    "kept weights as a matrix": set_record("StoppingState", best_theta={"array": "theta_as_a_row"}),
    "a mask of numbers": set_record("State", mask={"array": "theta"}),
    "a mask of other weights": mask_weights(lambda P: np.arange(P - 1) > 0),
    "a mask that fixes every weight": mask_weights(lambda P: np.zeros(P, dtype=bool)),
    "a mask that fixes nothing": mask_weights(lambda P: np.ones(P, dtype=bool)),
    "a mask of fewer weights than the optimizer's": mask_weights(lambda P: np.arange(P) > 0),
    "a penalty of another length": set_settings(decay={"tuple": [0.1, 0.2, 0.3]}),
    "a penalty of no length": set_settings(decay={"tuple": []}),
    "a penalty in text": set_settings(["used"], decay="cv"),
    "a penalty by another word": set_settings(["given"], decay="evidence"),
    "a penalty of whole numbers": set_settings(decay=1),
    "a penalty as an array": set_settings(decay={"array": "theta"}),
    "no penalty": set_settings(["used"], decay=None),
    "another penalty than was given": set_settings(["used"], decay={"tuple": [0.1, 0.1]}),
    "another start than was given": set_settings(["used"], init=0.25),
    "no start": set_settings(["used"], init=None),
    "a start that is none": set_settings(["given"], init={"array": "theta"}),
    "a scale that is not there": set_settings(scale=False),
    "another scale than was given": set_settings(["given"], scale=False),
    "no scale": set_settings(["used"], scale=None),
    "a scale that is a number": set_settings(scale=1),
    "no word on biases": set_settings(["used"], penalize_bias=None),
    "another word on biases than was given": set_settings(["given"], penalize_bias=False),
    "settings of the wrong kind": set_key("used", {"record": ["Unscaled", {}]}),
    "a share that is true": set_key("mixture", True),
    "multipliers of other columns": set_key("penalty_factor", {"array": "theta"}),
    "multipliers that are whole numbers": set_key("penalty_factor", {"array": "ones"}),
    "multipliers as a matrix": set_key("penalty_factor", {"array": "theta_as_a_row"}),
    "multipliers within a term": set_key("penalty_factor", {"array": "uneven"}),
    "a multiplier of the intercept": set_key("penalty_factor", {"array": "tilted"}),
    "a multiplier below 0": set_key("penalty_factor", {"array": "below"}),
    "a multiplier that is no number": set_key("penalty_factor", {"array": "blank"}),
    "multipliers beyond all floats": lambda document, arrays: (
        set_key("penalty_factor", {"array": "endless"})(document, arrays),
        set_settings(decay={"tuple": [1e10, 0.2]})(document, arrays),
    ),
    "a history of other rows": set_array("loss", lambda loss: loss[:-1]),
    "a history of other columns": set_key("history", {"dict": [["profit", None]]}),
    "a class that is not there": set_record("Labels", classes={"tuple": ["a", "b", "c"]}),
    "a duplicate class": set_record("Labels", classes={"tuple": ["a", "a"]}),
    "an output more": set_record("Labels", outputs={"tuple": ["a", "b", "c"]}),
    "coordinates without a spread": set_array("spread", np.zeros_like),
    "coordinates of another length": set_array("center", lambda center: center[1:]),
    "coordinates of another matrix": set_record("LayerScaling", start=7),
    "coordinates of another shape": set_record("LayerScaling", shape={"tuple": [3, 3]}),
    "coordinates beyond the bias": set_record("Scaled", y_bias=99),
    "coordinates before the bias": set_record("Scaled", y_bias=-1),
    "columns scaled beyond the bias": set_record("LayerScaling", bias=99),
    "columns scaled just beyond the bias": set_record("LayerScaling", bias=7),
    "columns scaled before the bias": set_record("LayerScaling", bias=-1),
    "weights of classes that are not there": set_key("class_weights", {"array": "theta"}),
    "an engine that there is not": set_key("engine", "os"),
    "a precision that there is not": set_key("dtype", "object"),
    # The design.
    "no columns of the table": set_design(table_columns=[]),
    "columns of other names": set_design(table_columns=[0] * 5),
    "endless columns": set_design(table_columns=[str(i) for i in range(10**5)]),
    "no responses": set_design(responses=[]),
    "a response more": lambda document, arrays: document["design"]["responses"].append(
        document["design"]["responses"][0]
    ),
    "no variables": set_design(variables=[]),
    "no expressions": set_design(expressions=[]),
    "no external objects": set_design(env=None),
    "a formula that is none": set_design(formula=None),
    "an offset more": set_design(offset=["b"]),
    "an offset that is no text": set_design(offset=[3]),
    "an expression of other columns": set_expression(size=3),
    "an expression of endless columns": set_expression(size=10**12),
    "a function that is none": set_code("logg(__column_0__)"),
    "a transform more": set_expression(transforms={"_patsy_stobj0__bs__": {"class": "BS"}}),
    "a transform less": set_expression("poly", transforms={}),
    "a transform of another class": lambda document, arrays: find_expression(document, "poly")[
        "transforms"
    ]["_patsy_stobj0__poly__"].update({"class": "BS"}),
    "an attribute that is not remembered": set_transform("poly", "transform", 1),
    "an attribute with underscores": set_transform("poly", "__class__", 1),
    "an attribute as text": set_transform("poly", "alpha", "a" * 99),
    "a degree beyond all memory": set_transform("poly", "_degree", 10**12),
    "a negative degree": set_transform("poly", "_degree", -1),
    "a degree that is true": set_transform("poly", "_degree", True),
    "a mean as text": set_transform("standardize", "mean", "1"),
    "a level that is a list": set_record("Variable", levels={"tuple": [[1], [2]]}),
    "a duplicate level": set_record("Variable", levels={"tuple": ["a", "a"]}),
    "a column of no kind": set_record("Variable", kind="magic"),
    # Numbers with equal hashes: Python compares each of them with all others.
    "a dict of numbers for keys": set_key("history", {"dict": [[1, None]]}),
    "a dict of numbers with one hash": set_settings(
        init={"dict": [[k * (2**61 - 1), 0] for k in range(50_000)]}
    ),
    "a dict of tuples for keys": set_key("history", {"dict": [[{"tuple": [1]}, None]]}),
    "a dict with a duplicate key": set_settings(init={"dict": [["a", 1], ["a", 2]]}),
    "levels with one hash": set_record(
        "Variable", levels={"tuple": [k * (2**61 - 1) for k in range(50_000)]}
    ),
    "intervals with one hash": set_record(
        "Variable",
        levels={
            "tuple": [
                {"interval": [k * (2**61 - 1), j * (2**61 - 1), "left"]}
                for k in range(40)
                for j in range(k, 40)
            ]
        },
    ),
    "a dtype of levels with one hash": set_record("Variable", dtype=COLLIDING),
    "classes with one hash": lambda document, arrays: document["design"]["responses"][0].update(
        classes={"tuple": list(map(int, make_colliding()))}
    ),
    "rows chosen by what there is not": set_record("RowOptions", arrays={"tuple": ["rows"]}),
    "rows left out by what there is not": set_record("RowOptions", na_action="forget"),
    "deep nesting of values": set_settings(init=nest(500)),
    "deep nesting of tuples": set_settings(init={"tuple": [nest(300)]}),
    "an array that is not there": set_key("class_weights", {"array": "nowhere"}),
    "an array by a number": set_key("class_weights", {"array": 0}),
    # The rows.
    "fewer rows than the index": set_column("a", ["numbers", {"array": "short"}]),
    "rows beyond the table": set_rows(
        lambda rows, arrays: rows.update(positions={"array": "high"})
    ),
    "rows before the table": set_rows(lambda rows, arrays: rows.update(positions={"array": "low"})),
    "positions of other number": set_rows(
        lambda rows, arrays: rows.update(positions={"array": "few"})
    ),
    "positions that are no whole numbers": set_rows(
        lambda rows, arrays: rows.update(positions={"array": "negative"})
    ),
    "endless labels": set_rows(
        lambda rows, arrays: rows.update(
            labels={"dict": [["range", {"tuple": [0, 10**15, 1]}], ["name", None]]}
        )
    ),
    "negative weights": set_rows(lambda rows, arrays: rows.update(w={"array": "negative"})),
    "weights of other number": set_rows(lambda rows, arrays: rows.update(w={"array": "theta"})),
    "an offset of other number": set_rows(
        lambda rows, arrays: rows.update(offset={"array": "theta"})
    ),
    "no rows": set_rows(lambda rows, arrays: rows.pop("frame")),
    "a text without its code": set_column(
        "g", ["text", {"array": "huge"}, ["u", "v"], ["numpy", "object"]]
    ),
    "a category without its code": set_column("g", ["category", {"array": "huge"}, ["u", "v"]]),
    "a column of no kind among the rows": set_column("g", ["pickle", "gASVAAAA"]),
    "a column that is an object": set_column("g", ["objects", [{"external": 0}] * 6]),
    "a column of lists": set_column("g", ["objects", [[1], [2], [3], [4], [5], [6]]]),
    "a column of another length": set_column("a", ["numbers", {"array": "theta"}]),
    "a column as a matrix": set_column("a", ["numbers", {"array": "matrix"}]),
    "an endless index": lambda document, arrays: document["rows"]["frame"]["dict"][1].__setitem__(
        1, {"dict": [["range", [0, 10**15, 1]], ["name", None]]}
    ),
    **{f"no {name}": drop(name) for name in ("design", "perceptron", "state", "rows", "stop")},
    **{
        f"{name} is a number": set_key(name, 7)
        for name in (
            "design",
            "labels",
            "given",
            "used",
            "scaling",
            "row_options",
            "state",
            "ends",
        )
    },
}


@case_by_case("name", FORGERIES)
def test_forgeries(name, net, path):
    net.save(path, data=True)

    def change(document, arrays):
        arrays["negative"], arrays["matrix"] = np.full(6, -1.0), np.ones((6, 2))
        arrays["colliding"] = make_colliding()
        arrays["theta_as_a_row"] = arrays["theta"][None]
        arrays["huge"], arrays["short"] = np.full(6, 2**40), np.ones(3)
        arrays["high"], arrays["low"] = np.arange(6) + 99, np.arange(6) - 99
        arrays["few"] = np.arange(5)
        D = len(arrays["center"])
        arrays["ones"], arrays["uneven"] = np.ones(D, dtype=int), np.ones(D)
        # A single column of the two of poly(a, 2).
        arrays["uneven"][4] = 2.0
        arrays["tilted"], arrays["below"] = np.where(np.arange(D), 1.0, 2.0), np.full(D, -1.0)
        arrays["blank"], arrays["endless"] = np.full(D, np.nan), np.full(D, 1e305)
        arrays["below"][0] = arrays["blank"][0] = arrays["endless"][0] = 1.0
        FORGERIES[name](document, arrays)

    forge(path, change)
    refuse(path)


def test_too_many_knots_are_refused(tmp_path, monkeypatch):
    """Knots make a small file, and a matrix of the product of their counts."""
    pytest.importorskip("scipy")
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"y": np.arange(20.0), "a": np.arange(20.0), "b": np.arange(20.0) ** 2})
    net = NeuralNetwork("y ~ te(cr(a, df=4), cr(b, df=4))", table, 1, seed=1)
    net.save("net.nn")

    def change(document, arrays):
        for name in [name for name in arrays if arrays[name].shape == (4,)]:
            arrays[name] = np.linspace(0.0, 400.0, 5_000)

    path = tmp_path / "net.nn"
    assert NeuralNetwork.load(path).predict(table).equals(net.predict())
    forge(path, change)
    assert "too many columns" in str(refuse(path))


def test_condition_on_rows_is_checked_as_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = NeuralNetwork("y ~ a", TABLE, 1, seed=1, subset="a > 1.5")
    net.save("net.nn")
    path = tmp_path / "net.nn"
    assert NeuralNetwork.load(path, TABLE).nobs == 5
    wild = ["a > 9 ** 9 ** 9", "bs(a, df=1000) > 1", "a > (1 << 99999999)", "a > 1" + " " * 10**6]
    for condition in wild:
        forge(path, set_record("RowOptions", subset=condition))
        with pytest.raises(UntrustedError, match="trusted=True"):
            NeuralNetwork.load(path, TABLE)
    forge(path, set_record("RowOptions", subset="__import__('os').system('touch canary') == a"))
    for trusted in (False, True):
        with pytest.raises(ValueError, match=r"subset|__import__"):
            NeuralNetwork.load(path, TABLE, trusted=trusted)
    assert [each.name for each in tmp_path.iterdir()] == ["net.nn"]


def test_user_defined_names_are_looked_up_in_env_only(path):
    forge(path, set_code("system(__column_0__)"))
    refuse(path)
    forge(path, set_design(env={"system": None}))
    with pytest.raises(ValueError, match="user-defined 'system'"):
        NeuralNetwork.load(path)
    forge(path, set_design(env={"system": {"external": 0}}))
    with pytest.raises(ValueError, match="user-defined 'system'"):
        NeuralNetwork.load(path)
    refuse(path, env={"system": np.log})


def test_very_long_names_are_shortened_in_errors(path):
    hostile = "\x1b]0;owned\x07\n\u202e" + "x" * 10**6
    changes = (
        set_record("Stop", converged=hostile),
        set_key("engine", hostile),
        set_settings(init=hostile),
        set_key("stop", {"record": [hostile, {}]}),
        set_key("stop", {hostile: 1}),
        set_key("class_weights", {"array": hostile}),
        set_expression(code=hostile),
        set_code(f"log({hostile[:50_000]!r})"),
        set_code("__column_0__.x" + "x" * 5_000),
        set_design(table_columns=[hostile]),
        set_design(formula=hostile),
        set_record("State", generator_state={"dict": [["bit_generator", hostile]]}),
        set_column("g", [hostile, []]),
        set_column("g", ["text", {"array": "codes"}, [], [hostile]]),
    )
    content = path.read_bytes()
    for change in changes:
        path.write_bytes(content)
        forge(path, change)
        message = str(refuse(path))
        assert message.isprintable() and len(message) < 1_000, message[:2_000]


def test_user_defined_names_are_shortened_in_errors(path):
    forge(path, set_design(env={"\x1b[2J\n" + "x" * 10**6: None}))
    with pytest.raises(ValueError, match="user-defined") as caught:
        NeuralNetwork.load(path)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1_000


def test_formula_is_read_up_to_a_length(path):
    endless = "y ~ log(a)" + " + b" * 100_000

    def change(document, arrays):
        document["design"]["formula"] = endless

    forge(path, change)
    assert "longer than 100,000 characters" in str(refuse(path, trusted=True))
    net = NeuralNetwork("y ~ a + b" + " " * 100_000, TABLE, 1, seed=1)
    with pytest.raises(ValueError, match=r"longer than 100,000 characters"):
        net.save(path)


def test_file_is_read_up_to_its_limit(path):
    size = path.stat().st_size
    assert NeuralNetwork.load(path, limit=size).nobs == 6
    with pytest.raises(ValueError, match=rf"has {size:,} bytes, and no more than 100 are read"):
        NeuralNetwork.load(path, limit=100)
    with pytest.raises(ValueError, match="limit must be"):
        NeuralNetwork.load(path, limit=-1)
    with pytest.raises(TypeError, match="limit must be"):
        NeuralNetwork.load(path, limit="1 GB")


@pytest.mark.parametrize("more", [0, 1])
def test_caching_functions_have_a_bound(more, tmp_path):
    """Each is fast alone; thousands of them would take seconds per row."""
    text = " + ".join(["center(a)"] * (MOST_TRANSFORMS + more))
    net = NeuralNetwork(f"y ~ I({text})", TABLE, 1, seed=1)
    path = tmp_path / "net.nn"
    if not more:
        assert NeuralNetwork.load(net.save(path) and path).predict(TABLE).equals(net.predict())
        return
    with pytest.warns(UserWarning, match="will want trusted=True"):
        net.save(path)
    with pytest.raises(UntrustedError, match=f"more than {MOST_TRANSFORMS} functions"):
        NeuralNetwork.load(path)
    assert NeuralNetwork.load(path, trusted=True).predict(TABLE).equals(net.predict())


def test_random_damage_never_gives_a_wrong_network():
    """The script tries ten times as many by default."""
    script = Path(__file__).parents[1] / "scripts" / "fuzz_files.py"
    command = [sys.executable, script, "300", "30"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "300  flips: refused" in done.stdout and "30  truncations: refused" in done.stdout
    assert done.stdout.splitlines()[-1].split()[1:] == ["files", "tried,", "0", "wrong"]


def make_forgeries():
    """Return forgeries that earlier versions loaded, and that failed later."""

    def set_part(record, name, value):
        return lambda document, arrays: find_record(document, record).update({name: value})

    def fill(name, value):
        def change(document, arrays):
            arrays[name] = np.full(arrays[name].shape, value, dtype=float)

        return change

    def weigh(document, arrays):
        name = document["rows"]["w"]["array"]
        arrays[name] = np.zeros_like(arrays[name])

    def forget_weights(document, arrays):
        document["rows"]["w"] = None

    def blank(kind):
        def change(document, arrays):
            columns = dict(document["rows"]["frame"]["dict"])["columns"]
            name = next(each[1][1]["array"] for each in columns if each[1][0] == kind)
            values = arrays[name].astype(float)
            values[0] = -1 if kind == "text" else np.nan
            arrays[name] = values.astype(int) if kind == "text" else values

        return change

    def shorten(record, part):
        def change(document, arrays):
            node = find_record(document, record)[part]
            arrays[node["array"]] = arrays[node["array"]][:-1]

        return change

    def shorten_mask(rows):
        def change(document, arrays):
            mask = find_record(document, "State")["split"]["tuple"][1]["mask"]
            held = np.unpackbits(arrays[mask[0]], count=mask[1])[:rows]
            arrays[mask[0]], mask[1] = np.packbits(held), len(held)

        return change

    def lie_of_mask(by):
        def change(document, arrays):
            find_record(document, "State")["split"]["tuple"][1]["mask"][1] += by

        return change

    return {
        "no layers": set_part("Scaled", "layers", {"tuple": []}),
        "a reading elsewhere": set_part("LayerScaling", "start", 1),
        "no bias": set_part("Scaled", "y_bias", None),
        "no bias to read": set_part("LayerScaling", "bias", None),
        "no spread": set_part("Scaled", "y_spread", {"float": "nan"}),
        "a spread beyond its square": set_part("Scaled", "y_spread", 1e200),
        **{f"center {value}": fill("y_center", value) for value in (np.nan, np.inf, 1e308)},
        **{f"balance {value}": fill("class_weights", value) for value in (np.nan, np.inf, -1.0)},
        "no class weighs": fill("class_weights", 0.0),
        **{
            f"decay {value}": set_settings(decay={"tuple": [value, 0.2]})
            for value in ({"float": "nan"}, {"float": "inf"}, -1.0)
        },
        "a share of 2": set_key("mixture", 2.0),
        "rows of no weight": weigh,
        "weights gone": forget_weights,
        "a number missing": blank("numbers"),
        "a class missing": blank("text"),
        "a memory cut": shorten("LBFGSState", "changes"),
        "a row held out gone": shorten_mask(-1),
        "a row of bits held out gone": shorten_mask(-8),
        **{f"a mask that lies by {by}": lie_of_mask(by) for by in (-8, -7, 8, 2**62)},
    }


@pytest.mark.parametrize("what", make_forgeries())
def test_impossible_numbers_are_refused_when_a_file_is_loaded(what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = pd.concat([TABLE] * 5, ignore_index=True)
    table["b"] = np.random.default_rng(1).uniform(1, 3, len(table))
    options = {"class_weight": "balanced", "weights": "a", "decay": [0.1, 0.2], "scale": True}
    net = NeuralNetwork("y ~ a + b", table, 2, seed=1, **options)
    net.train(5, optimizer="lbfgs", validation=0.2, trace=0).save("net.nn", data=True)
    NeuralNetwork.load("net.nn").train(1, trace=0)
    forge(tmp_path / "net.nn", make_forgeries()[what])
    assert isinstance(refuse(tmp_path / "net.nn"), CorruptFileError)


def set_fill(name, fill):
    def change(document, arrays):
        variables = (each["record"][1] for each in document["design"]["variables"])
        next(each for each in variables if each["name"] == name)["fill"] = fill

    return change


IMPUTATIONS = {
    "text for a number": set_fill("a", "u"),
    "a truth value for a number": set_fill("a", True),
    "no number": set_fill("a", {"float": "nan"}),
    "an endless number": set_fill("a", {"float": "inf"}),
    "a number beyond floats": set_fill("a", 10**400),
    "a list": set_fill("a", [1.0]),
    "no level": set_fill("g", "z"),
    "a list for a level": set_fill("g", ["u"]),
    "a column that is not imputed": set_fill("b", None),
    "no column that is imputed": set_record("RowOptions", na_action="drop"),
    "an indicator of a response": set_design(missing_together=[["y"], ["g"]]),
    "an indicator of no column": set_design(missing_together=[["a"], []]),
    "an indicator that is text": set_design(missing_together=["a", "g"]),
    "an indicator of a number": set_design(missing_together=[[1], ["g"]]),
    "one indicator twice": set_design(missing_together=[["a"], ["a"]]),
    "more indicators than columns of X": set_design(missing_together=[["a"], ["b"], ["g"]]),
    "no indicators": set_design(missing_together=[]),
    "a number of indicators": set_design(missing_together=2),
}


@pytest.mark.parametrize("name", IMPUTATIONS)
def test_forged_imputation(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = TABLE.assign(
        a=TABLE["a"].mask(TABLE.index == 1), g=TABLE["g"].astype(object).mask(TABLE.index == 4)
    )
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork("y ~ a + b + g", table, 2, na_action="impute")
    net.save("net.nn")
    assert NeuralNetwork.load("net.nn").x_names == net.x_names
    forge(tmp_path / "net.nn", IMPUTATIONS[name])
    refuse(tmp_path / "net.nn")
