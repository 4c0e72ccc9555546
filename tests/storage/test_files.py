"""Save and load: the same bits in a new process, and training that continues."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forgery import open_file
from loops import case_by_case
from networks import FORMULAS, OPTIMIZERS, make_net, make_table
from wide_tables import FORMULAE, make_wide

from neuralnet import CorruptFileError, NeuralNetwork, load_iris
from neuralnet.activations import Tanh
from neuralnet.errors.exceptions import UntrustedError
from neuralnet.families import Gaussian
from neuralnet.optimizers import Adam, GradientDescent, schedules

QUIET = {"trace": 0, "tolerance": None}
NO_ROWS = r"was loaded without its training rows: NeuralNetwork\.load\(path, data=\.\.\.\)"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.nn"


SPLINES = ("bs(", "cr(", "cc(", "te(")
PREDICT = """
import json, sys
import pandas as pd
from neuralnet import NeuralNetwork
folder, names = sys.argv[1], json.loads(sys.argv[2])
table = pd.read_pickle(folder + "/table.pkl")
for name in names:
    net = NeuralNetwork.load(f"{folder}/{name}.nn")
    print(net.predict(table, type="link").to_numpy().tobytes().hex())
    print(repr(net.predict(table.head(5)).tolist() if net.classes else None))
"""


def test_predictions_are_the_same_in_a_new_process(tmp_path):
    """New rows too: other values, in another order, fewer rows."""
    pytest.importorskip("scipy")
    table = make_wide()
    new = pd.concat([table[40:], table[:10]])
    new.loc[new.index[3], "a"] = np.nan
    new.to_pickle(tmp_path / "table.pkl")
    expected, names = [], []
    for number, formula in enumerate(FORMULAE.values()):
        net = NeuralNetwork(formula, table, 3, seed=number, init=0.3, scale=number % 2 == 0)
        net.save(tmp_path / f"{number}.nn")
        names.append(str(number))
        expected.append(net.predict(new, type="link").to_numpy().tobytes().hex())
        expected.append(repr(net.predict(new.head(5)).tolist() if net.classes else None))
    command = [sys.executable, "-c", PREDICT, str(tmp_path), json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for formula, one, two in zip(
        np.repeat([*FORMULAE], 2), expected, done.stdout.splitlines(), strict=True
    ):
        assert one == two, formula


@pytest.mark.parametrize("name", FORMULAE)
def test_rows_come_back_to_the_bit(name, path):
    pytest.importorskip("scipy")
    table = make_wide().set_index(np.arange(60)[::-1] * 2)
    net = NeuralNetwork(FORMULAE[name], table, 2, seed=1).save(path, data=True)
    found = NeuralNetwork.load(path)
    assert found.X.tobytes() == net.X.tobytes()
    equal = pd.testing.assert_frame_equal if net.Y.ndim == 2 else pd.testing.assert_series_equal
    equal(found.Y, net.Y)
    assert found.classes == net.classes and found.x_names == net.x_names
    equal = (
        pd.testing.assert_frame_equal if net.fitted.ndim == 2 else pd.testing.assert_series_equal
    )
    equal(found.fitted, net.fitted)
    again = NeuralNetwork.load(path, table)
    assert again.X.tobytes() == net.X.tobytes()


INDEXES = {
    "range": pd.RangeIndex(3, 39, name="case"),
    "numbers": pd.Index(np.arange(36) * 0.5),
    "text": pd.Index([f"row {i}" for i in range(36)], name="who"),
    "objects": pd.Index([f"row {i}" for i in range(35)] + [7], dtype=object),
    "dates": pd.date_range("2020-02-27", periods=36),
    "seconds": pd.date_range("2020-02-27", periods=36, unit="s", name="when"),
    "twice the same": pd.Index([1] * 36),
}


@pytest.mark.parametrize("name", INDEXES)
def test_index_comes_back(name, path):
    table = make_table().set_axis(INDEXES[name])
    table.iloc[1, 0] = np.nan
    with pytest.warns(UserWarning, match="1 of 36 rows dropped"):
        net = NeuralNetwork(FORMULAS["gaussian"], table, 2, seed=1)
    found = NeuralNetwork.load(net.save(path, data=True) and path)
    pd.testing.assert_index_equal(found.Y.index, net.Y.index)
    pd.testing.assert_series_equal(found.fitted, net.fitted)


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        (pd.MultiIndex.from_arrays([range(36), range(36)]), "MultiIndex"),
        (pd.date_range("2020-01-01", periods=36, tz="UTC"), "DatetimeIndex"),
        (pd.period_range("2020-01", periods=36, freq="M"), "PeriodIndex"),
        (pd.CategoricalIndex(list("ab") * 18), "CategoricalIndex"),
        (pd.Index([(i,) for i in range(36)], tupleize_cols=False), "tuple"),
    ],
)
def test_other_indexes_say_what_to_do(index, kind, path):
    net = NeuralNetwork(FORMULAS["gaussian"], make_table().set_axis(index), 2, seed=1)
    with pytest.raises(TypeError, match=rf"{kind}.*reset_index\(\).*without data=True"):
        net.save(path, data=True)
    assert not path.exists()
    assert NeuralNetwork.load(net.save(path) and path).predict(make_table()).size == 36


def make_exact():
    """Floats with all digits significant."""
    table = make_table()
    table["x1"] = np.nextafter(table["x1"], 2.0)
    return table


COURSES = {
    "all rows": {},
    "mini-batches": {"batch_size": 7},
    "rows held out": {"validation": 0.25},
    "both": {"batch_size": 7, "validation": 0.25},
    "rows held out by position": {"validation": [0, 5, 7]},
    "a schedule": {"learn_rate": schedules.CosineDecay(0.01, iterations=9, warmup=2)},
    "a plateau": {
        "learn_rate": schedules.ReduceOnPlateau(0.01, patience=2, threshold=0.5),
        "validation": 0.25,
    },
    "a plateau with batches": {
        "learn_rate": schedules.ReduceOnPlateau(0.01, patience=2, threshold=0.5),
        "batch_size": 7,
    },
    "relative tolerance": {"relative_tolerance": 1e-9},
    "patience": {"validation": 0.25, "patience": 4},
}


def list_courses():
    for optimizer in OPTIMIZERS:
        for name, options in COURSES.items():
            second = optimizer in ("lbfgs", "newton", "rprop")
            if not (second and {"batch_size", "learn_rate"} & {*options}):
                yield optimizer, name


@case_by_case(("optimizer", "name"), [*list_courses()])
def test_training_continues_to_the_same_bits(optimizer, name, path):
    options = {**QUIET, "optimizer": optimizer, **COURSES[name]}
    table = make_exact()
    net = NeuralNetwork(
        FORMULAS["softmax"], table, 3, init=0.5, seed=1, decay=0.01, scale=len(name) % 2 == 0
    )
    net.train(4, **options).save(path)
    found = NeuralNetwork.load(path, table)
    net.train(6, **options)
    found.train(6, **options)
    assert found.theta.tobytes() == net.theta.tobytes()
    pd.testing.assert_frame_equal(found.history, net.history, check_exact=True)
    assert (found.message, found.converged) == (net.message, net.converged)


GO_ON = """
import json, sys
import pandas as pd
from neuralnet import NeuralNetwork, schedules
folder = sys.argv[1]
table = pd.read_pickle(folder + "/table.pkl")
for optimizer, options in json.loads(sys.argv[2]):
    net = NeuralNetwork.load(f"{folder}/{optimizer}.nn", table)
    net.train(6, optimizer=optimizer, trace=0, tolerance=None, **options)
    print(net.theta.tobytes().hex(), net.history.to_json(double_precision=15))
"""


def test_training_continues_in_a_new_process(tmp_path):
    table = make_exact()
    table.to_pickle(tmp_path / "table.pkl")
    courses = [
        ("adam", {"batch_size": 7, "validation": 0.25}),
        ("lbfgs", {"validation": 0.25}),
        ("newton", {}),
        ("rprop", {"patience": 3, "validation": 0.25}),
    ]
    expected = []
    for optimizer, options in courses:
        net = NeuralNetwork(FORMULAS["softmax"], table, 3, init=0.5, seed=1, scale=True)
        net.train(4, optimizer=optimizer, **QUIET, **options).save(tmp_path / f"{optimizer}.nn")
        net.train(6, optimizer=optimizer, **QUIET, **options)
        history = net.history.to_json(double_precision=15)
        expected.append(f"{net.theta.tobytes().hex()} {history}")
    command = [sys.executable, "-c", GO_ON, str(tmp_path), json.dumps(courses)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.Philox])
def test_generator_of_any_kind_comes_back(kind, path):
    generator = np.random.Generator(kind(5))
    net = make_net(seed=generator).train(2, batch_size=5, **QUIET)
    found = NeuralNetwork.load(net.save(path) and path, make_table())
    thetas = [each.train(2, batch_size=5, **QUIET).theta for each in (net, found)]
    assert thetas[0].tobytes() == thetas[1].tobytes()


@pytest.mark.parametrize("family", FORMULAS)
@pytest.mark.parametrize("skip", [False, True])
def test_every_family(family, skip, path):
    net = make_net(family, [3, 2], skip=skip, scale=True, activation=["tanh", "elu"])
    net.train(5, optimizer="adam", **QUIET).save(path)
    found, table = NeuralNetwork.load(path), make_table()
    assert found.compute_loss(table) == net.compute_loss(table)
    assert found.compute_loss(table, penalty=True) == net.compute_loss(table, penalty=True)
    assert found.family == net.family and found.hidden == net.hidden
    for name in net.coef():
        pd.testing.assert_frame_equal(found.coef()[name], net.coef()[name], check_exact=True)
    if family == "softmax":
        assert found.accuracy(table) == net.accuracy(table)
        ours, theirs = net.metrics(table), found.metrics(table)
        pd.testing.assert_frame_equal(theirs.by_class, ours.by_class, check_exact=True)
        assert repr(theirs) == repr(ours)


def test_precision_is_saved(path):
    net = make_net(dtype="float32").train(4, optimizer="adam", **QUIET).save(path)
    found, without = NeuralNetwork.load(path, make_table()), NeuralNetwork.load(path)
    for each in (found, without, without.clone()):
        assert (each.engine, each.dtype) == (net.engine, net.dtype)
    thetas = [each.train(4, optimizer="adam", **QUIET).theta for each in (net, found)]
    assert thetas[0].tobytes() == thetas[1].tobytes()


def test_grouped_binomial(path):
    table = pd.DataFrame({"won": [3, 1, 4], "lost": [1, 5, 9], "x": [1.0, 2.0, 3.5]})
    net = NeuralNetwork("cbind(won, lost) ~ x", table, 2, family="binomial", seed=1)
    found = NeuralNetwork.load(net.save(path) and path, table)
    assert found.compute_loss() == net.compute_loss() == found.compute_loss(table)


# Without rows ---------------------------------------------------------------------------------

NEEDS_ROWS = {
    "X": lambda net: net.X,
    "Y": lambda net: net.Y,
    "nobs": lambda net: net.nobs,
    "output": lambda net: net.output,
    "fit": lambda net: net.fit(),
    "feedforward": lambda net: net.feedforward(),
    "backpropagate": lambda net: net.backpropagate(),
    "gradient": lambda net: net.gradient,
    "layers": lambda net: net.layers(),
    "objective": lambda net: net.objective(),
    "hessian": lambda net: net.hessian(),
    "train": lambda net: net.train(1, trace=0),
    "train with batches": lambda net: net.train(1, trace=0, batch_size=5, optimizer="adam"),
    "train with rows held out": lambda net: net.train(1, trace=0, validation=0.5),
    "compute_loss": lambda net: net.compute_loss(),
    "accuracy": lambda net: net.accuracy(),
    "metrics": lambda net: net.metrics(),
    "confusion_matrix": lambda net: net.confusion_matrix(),
    "predict": lambda net: net.predict(),
    "fitted": lambda net: net.fitted,
    "residuals": lambda net: net.residuals,
    "plot_regions": lambda net: net.plot_regions(),
    "plot_confusion_matrix": lambda net: net.plot_confusion_matrix(),
}


@case_by_case("name", NEEDS_ROWS)
def test_methods_that_need_rows_report_it(name, path):
    found = NeuralNetwork.load(make_net().train(3, **QUIET).save(path) and path)
    before = found.theta, found.message, len(found.history)
    with pytest.raises(ValueError, match=NO_ROWS):
        NEEDS_ROWS[name](found)
    assert (found.theta, found.message, len(found.history)) == before


def test_no_row_is_in_the_file(path):
    table = make_table()
    table["x1"] = np.round(table["x1"], 3) + 0.0004321
    table["species"] = table["species"].astype(str)
    table.index = [f"Mrs Smith {i}" for i in range(36)]
    net = NeuralNetwork(FORMULAS["softmax"], table, 3, seed=1).train(3, **QUIET)
    content = net.save(path) and path.read_bytes()
    assert b"Smith" not in content
    assert max(array.size for array in open_file(path)[1].values()) == net.theta.size
    inside = [value.tobytes() for value in table["x1"].to_numpy() if value.tobytes() in content]
    # The extremes are in the file, as the training range.
    assert inside == []
    document = open_file(path)[0]
    assert document["rows"] is None
    texts = sum(repr(float(value)) in json.dumps(document) for value in table["x1"])
    assert texts <= 2
    assert b"Smith" in (net.save(path, data=True) and path.read_bytes())


def test_network_without_rows_predicts_and_saves(path, tmp_path):
    net = make_net(decay=0.1, init="glorot").train(5, optimizer="adam", **QUIET)
    found = NeuralNetwork.load(net.save(path) and path)
    table = make_table()
    for each in (
        found,
        found.clone(),
        NeuralNetwork.load(found.save(tmp_path / "two.nn") and tmp_path / "two.nn"),
    ):
        assert each.theta.tobytes() == net.theta.tobytes()
        pd.testing.assert_frame_equal(each.history, net.history)
        assert each.predict(table).equals(net.predict())
        assert each.fit(net.X).tobytes() == net.output.tobytes()
        assert each.message == net.message
        text = repr(each)
        assert "no training rows, 27 weights" in text and "W2 (4, 3)" in text
        assert "After 5 iterations" in text
        assert "X (36" not in text and "output (36" not in text
        assert each._repr_html_().startswith("<")
        each.W1 = np.ones((5, 3))
        assert (each.W1 == 1).all() and each.message == "Its weights were assigned."
    # The file that was saved without rows still identifies them.
    again = NeuralNetwork.load(tmp_path / "two.nn", table)
    assert again.X.tobytes() == net.X.tobytes()
    with pytest.raises(ValueError, match="no training rows to save"):
        found.save(path, data=True)


def test_plots_without_rows(path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    found = NeuralNetwork.load(make_net().train(3, **QUIET).save(path) and path)
    table = make_table()
    for axes in (
        found.plot_loss(),
        found.plot_network(),
        found.plot_regions(data=table),
        found.plot_confusion_matrix(table),
    ):
        assert axes.figure is not None
    pyplot.close("all")


# Rows given again -----------------------------------------------------------------------------


def test_rows_are_read_by_the_design_of_the_file(path):
    table = make_table()
    formula = "cost ~ standardize(x1) + kind"
    net = NeuralNetwork(formula, table, 2, seed=1)
    found = NeuralNetwork.load(net.save(path) and path, table)
    assert found.X.tobytes() == net.X.tobytes()
    other = table.head(20).assign(x1=table["x1"] * 100)
    with pytest.warns(UserWarning, match="^these are not the rows that the network was trained on"):
        found = NeuralNetwork.load(path, other)
    assert found.nobs == 20
    mean, spread = table["x1"].mean(), table["x1"].std(ddof=0)
    column = found.x_names.index("standardize(x1)")
    np.testing.assert_allclose(found.X[:, column], (other["x1"] - mean) / spread, rtol=1e-12)
    assert np.isfinite(found.train(2, **QUIET).theta).all()


@pytest.mark.parametrize("change", ["value", "response", "weight", "order"])
def test_other_rows_are_reported(change, path):
    table = make_table().assign(w=np.arange(1.0, 37.0))
    net = NeuralNetwork(FORMULAS["gaussian"], table, 2, weights="w", seed=1).save(path)
    other = table.copy()
    places = {"value": "x1", "response": "cost", "weight": "w"}
    if change == "order":
        other = other[::-1]
    else:
        column = other.columns.get_loc(places[change])
        other.iloc[7, column] = np.nextafter(other.iloc[7, column], np.inf)
    with pytest.warns(UserWarning, match="these are not the rows"):
        NeuralNetwork.load(path, other)
    assert NeuralNetwork.load(path, table.assign(more=1)).nobs == net.nobs


def test_selection_comes_from_the_file(path):
    table = make_table().assign(w=np.arange(1.0, 37.0), t=np.linspace(1, 2, 36))
    net = NeuralNetwork(
        "count ~ x1",
        table,
        2,
        family="poisson",
        weights="w",
        offset="t",
        subset="x2 > -1 & kind != 'c'",
        seed=1,
    ).train(3, **QUIET)
    found = NeuralNetwork.load(net.save(path) and path, table)
    assert found.nobs == net.nobs < 36
    for each in (net, found):
        each.train(3, validation=[1, 2, 3, 5], optimizer="adam", **QUIET)
    assert found.theta.tobytes() == net.theta.tobytes()
    without = NeuralNetwork.load(net.save(path) and path)
    assert without.predict(table).equals(net.predict(table))
    assert without.compute_loss(table) == net.compute_loss(table)
    with pytest.raises(ValueError, match="'t' is not in the data"):
        without.predict(table.drop(columns="t"))


def test_arrays_must_be_given_again(path):
    table = make_table()
    given = {
        "weights": np.arange(1.0, 37.0),
        "offset": np.linspace(0, 1, 36),
        "subset": np.arange(36) % 5 > 0,
    }
    net = NeuralNetwork("count ~ x1", table, 2, family="poisson", seed=1, **given).save(path)
    for name in given:
        rest = {other: value for other, value in given.items() if other != name}
        with pytest.raises(ValueError, match=f"^{name} was given row by row .*pass {name}= beside"):
            NeuralNetwork.load(path, table, **rest)
        with pytest.raises(ValueError, match=rf"{name}= belongs to rows: pass data="):
            NeuralNetwork.load(path, **{name: given[name]})
    with pytest.raises(TypeError, match="offset= must be numbers here"):
        NeuralNetwork.load(path, table, **{**given, "offset": "x1"})
    found = NeuralNetwork.load(path, table, **given)
    for each in (net, found):
        each.train(5, optimizer="newton", **QUIET)
    assert found.theta.tobytes() == net.theta.tobytes()
    without = NeuralNetwork.load(path)
    with pytest.raises(ValueError, match="the offset was given as numbers"):
        without.predict(table)
    with_rows = NeuralNetwork.load(net.save(path, data=True) and path)
    assert with_rows.fitted.equals(net.fitted)
    assert with_rows.compute_loss() == net.compute_loss()
    plain = NeuralNetwork("count ~ x1", table, 2, family="poisson", seed=1).save(path)
    with pytest.raises(ValueError, match="no offset= of numbers"):
        NeuralNetwork.load(path, table, offset=given["offset"])
    assert plain.nobs == 36


def test_class_weights_are_saved(path):
    table = make_table()
    net = NeuralNetwork(
        FORMULAS["softmax"], table, 2, class_weight={"small": 1, "middle": 2.5, "large": 3}, seed=1
    )
    found = NeuralNetwork.load(net.save(path) and path)
    assert found.compute_loss(table) == net.compute_loss()
    assert NeuralNetwork.load(path, table).compute_loss() == net.compute_loss()


def test_incomplete_rows_are_dropped_as_before(path):
    table = make_table()
    table.iloc[4, 0] = np.nan
    with pytest.warns(UserWarning, match="1 of 36 rows dropped"):
        net = NeuralNetwork(FORMULAS["gaussian"], table, 2, seed=1).save(path)
    with pytest.warns(UserWarning, match="1 of 36 rows dropped"):
        found = NeuralNetwork.load(path, table)
    assert found.X.tobytes() == net.X.tobytes()
    for each in (net, found):
        each.train(3, validation=[3, 4, 5], **QUIET)
    assert found.theta.tobytes() == net.theta.tobytes()
    strict = NeuralNetwork(FORMULAS["gaussian"], make_table(), 2, na_action="raise").save(path)
    with pytest.raises(ValueError, match="na_action='raise'"):
        NeuralNetwork.load(path, table)
    assert strict.nobs == 36


def test_file_without_fingerprint_confirms_no_guess_of_the_rows(path):
    """Two untrained networks with different rows produce the same file."""
    table, contents = make_table(), []
    for rows in (table, table.assign(x1=table["x1"] * (1 + 1e-12))):
        net = NeuralNetwork(FORMULAS["gaussian"], rows, 2, seed=1)
        net.save(path, fingerprint=False)
        contents.append(open_file(path)[0])
        # The design contains means and ranges of the columns, which differ.
        del contents[-1]["design"]
        assert contents[-1]["fingerprint"] == ""
    assert contents[0] == contents[1]
    net.save(path)
    assert open_file(path)[0]["fingerprint"] == net._model.fingerprint


def test_digest_of_rows_held_out_is_left_out_too(path):
    table = make_table()
    held = table.iloc[:9]
    net = make_net("gaussian")
    net.train(20, optimizer="adam", validation=held, **QUIET).save(path, fingerprint=False)
    digest = net._fit.state.stopping.holdout
    assert len(digest) == 16
    text = json.dumps(open_file(path)[0])
    assert digest not in text and net._model.fingerprint not in text
    # The network itself is unchanged.
    assert net._fit.state.stopping.holdout == digest


def test_training_continues_from_a_file_without_fingerprint(path):
    """The same rows give the same bits, although nothing can verify that they are the same."""
    net = make_net("gaussian").train(10, optimizer="adam", batch_size=7, **QUIET)
    net.save(path, fingerprint=False)
    assert NeuralNetwork.load(path).predict(make_table()).equals(net.predict())
    with pytest.warns(UserWarning, match="^this file holds no fingerprint of the training rows"):
        found = NeuralNetwork.load(path, make_table())
    more = {"optimizer": "adam", "batch_size": 7, **QUIET}
    assert found.train(10, **more).theta.tobytes() == net.train(10, **more).theta.tobytes()
    # A file with its rows needs no fingerprint.
    net.save(path, data=True, fingerprint=False)
    assert NeuralNetwork.load(path).X.tobytes() == net.X.tobytes()
    # A network without a fingerprint is saved without one.
    net.save(path, fingerprint=False)
    NeuralNetwork.load(path).save(path)
    assert open_file(path)[0]["fingerprint"] == ""
    with pytest.raises(TypeError, match="fingerprint must be"):
        net.save(path, fingerprint="no")


def test_training_restarts_without_the_digest_of_the_rows_held_out(path):
    """The states of optimizer and `patience` belong to rows that cannot be identified."""
    more = {"optimizer": "adam", "validation": make_table().iloc[:9], "patience": 99, **QUIET}
    net = make_net("gaussian").train(30, **more)
    twin = net.clone().train(3, **more)
    thetas = {}
    for fingerprint in (True, False):
        net.save(path, fingerprint=fingerprint)
        with warnings.catch_warnings(record=True) as reported:
            warnings.simplefilter("always")
            found = NeuralNetwork.load(path, make_table())
        assert len(reported) == (not fingerprint)
        thetas[fingerprint] = found.train(3, **more).theta.tobytes()
        assert len(found.history) == 33
    assert thetas[True] == twin.theta.tobytes() != thetas[False]


def test_data_of_other_columns_are_refused(path):
    make_net().save(path)
    with pytest.raises(ValueError, match="column 'x2' is not in the data"):
        NeuralNetwork.load(path, make_table().drop(columns="x2"))
    with pytest.raises(ValueError, match="holds 'new'"):
        NeuralNetwork.load(path, make_table().assign(kind="new"))
    with pytest.raises(TypeError, match="must be a pandas DataFrame"):
        NeuralNetwork.load(path, 3)


def test_given_rows_replace_those_in_the_file(path):
    net = make_net().save(path, data=True)
    with pytest.warns(UserWarning, match="these are not the rows"):
        assert NeuralNetwork.load(path, make_table().head(20)).nobs == 20
    assert NeuralNetwork.load(path).nobs == net.nobs == 36


# User-defined objects -------------------------------------------------------------------------


def squash(values):
    return values / (1 + np.abs(values))


def test_user_defined_functions_are_given_again_by_name(path):
    table = make_table()
    options = {"env": {"squash": squash, "k": np.float64(2.0)}, "seed": 1}
    net = NeuralNetwork("cost ~ squash(x1 * k)", table, 2, **options, subset="squash(x2) > -1")
    net.save(path)
    for env in (None, {}, {"squash": squash}):
        with pytest.raises(
            ValueError, match=r"user-defined 'k'.*, which no file holds.*env=\{'k': \.\.\.\}"
        ):
            NeuralNetwork.load(path, env=env)
    for env in ({"k": 2.0},):
        with pytest.raises(ValueError, match=r"user-defined 'squash'.*env=\{'squash': \.\.\.\}"):
            NeuralNetwork.load(path, env=env)
    found = NeuralNetwork.load(path, env=options["env"])
    assert found.predict(table).equals(net.predict(table))
    assert NeuralNetwork.load(path, table, env=options["env"]).X.tobytes() == net.X.tobytes()
    assert "squash" not in str(open_file(path)[1])


class Steep(Tanh):
    pass


class OwnGaussian(Gaussian):
    pass


class OwnAdam(Adam):
    pass


OWN = {
    "activations": {"activation": Steep()},
    "family": {"family": OwnGaussian()},
}


@pytest.mark.parametrize("name", OWN)
def test_user_defined_parts_are_refused_by_name(name, path):
    path.write_bytes(b"old")
    net = NeuralNetwork(FORMULAS["gaussian"], make_table(), 2, seed=1, **OWN[name])
    with pytest.raises(TypeError, match=f"^{name} is a .*(Steep|OwnGaussian).*pickle"):
        net.save(path)
    assert path.read_bytes() == b"old"


def test_user_defined_optimizer_is_refused_by_name(path):
    net = make_net().train(2, optimizer=OwnAdam(), **QUIET)
    with pytest.raises(TypeError, match=r"^optimizer is a OwnAdam.*pickle"):
        net.save(path)
    assert not path.exists()
    net.theta = net.theta.copy()
    assert NeuralNetwork.load(net.save(path) and path).theta.tobytes() == net.theta.tobytes()


def test_user_defined_init_is_left_out_with_a_warning(path):
    net = make_net(init=lambda rng, shape: rng.normal(size=shape))
    with pytest.warns(UserWarning, match="^init is a user-defined function.*restarts="):
        net.save(path)
    found = NeuralNetwork.load(path, make_table())
    with pytest.raises(ValueError, match="init of this network was a function"):
        found.train(2, restarts=2, **QUIET)
    assert found.train(2, **QUIET).theta.tobytes() == net.train(2, **QUIET).theta.tobytes()
    assert NeuralNetwork.load(found.save(path) and path).theta.tobytes() == found.theta.tobytes()


@pytest.mark.parametrize("init", [0.3, np.float32(0.5), 1, "glorot", "he", "uniform"])
def test_other_inits_are_saved(init, path):
    net = make_net(init=init)
    found = NeuralNetwork.load(net.save(path) and path, make_table())
    for each in (net, found):
        each.train(2, restarts=3, **QUIET)
    assert found.theta.tobytes() == net.theta.tobytes()
    pd.testing.assert_frame_equal(found.restarts, net.restarts)
    again = NeuralNetwork.load(found.save(path) and path)
    pd.testing.assert_frame_equal(again.restarts, net.restarts)


def test_user_defined_schedule_is_left_out_with_a_warning(path):
    net = make_net().train(3, lambda t: 0.1 / t, **QUIET)
    with pytest.warns(UserWarning, match="^the learning rate follows a user-defined function"):
        net.save(path)
    found = NeuralNetwork.load(path, make_table())
    assert found.history.equals(net.history)
    assert (
        found.train(1, 0.01, **QUIET).theta.tobytes() == net.train(1, 0.01, **QUIET).theta.tobytes()
    )


DEEP = " + 1" * 120


@pytest.mark.parametrize(
    "formula",
    [f"cost ~ I(x1{DEEP})", f"I(cost{DEEP}) ~ x1", f"cost ~ x1 + offset(x1{DEEP})"],
    ids=["predictor", "response", "offset"],
)
def test_formula_that_needs_trust_is_reported_when_saved(formula, path):
    table = make_table()
    net = NeuralNetwork(formula, table, 2, seed=1)
    with pytest.warns(UserWarning, match=r"^load\(\) will want trusted=True.*too deeply"):
        net.save(path)
    with pytest.raises(UntrustedError, match=r"'.* \+ 1 .*'.*trusted=True"):
        NeuralNetwork.load(path)
    assert NeuralNetwork.load(path, trusted=True).predict(table).equals(net.predict(table))


def test_dates_as_levels_say_what_to_do(path):
    table = make_table()
    table["day"] = pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"] * 18))
    with pytest.raises(TypeError, match=r"'day' has the level Timestamp.*text or numbers.*pickle"):
        NeuralNetwork("cost ~ day", table, 2, seed=1).save(path)


# Display and errors ---------------------------------------------------------------------------


def test_save_returns_the_network_and_changes_nothing(path):
    net = make_net().train(3, batch_size=5, **QUIET)
    bits = net.theta.tobytes(), net.message, net.clone().train(2, batch_size=5, **QUIET).theta
    assert net.save(str(path)) is net
    assert net.save(path) is net
    assert bits[:2] == (net.theta.tobytes(), net.message)
    assert net.train(2, batch_size=5, **QUIET).theta.tobytes() == bits[2].tobytes()


def test_saving_twice_gives_the_same_bytes(path, tmp_path):
    net = make_net().train(3, **QUIET).save(path)
    other = tmp_path / "other.nn"
    assert (net.clone().save(other) and other).read_bytes() == path.read_bytes()
    assert NeuralNetwork.load(path).save(other) and other.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("what", ["text", "empty", "zip", "npz"])
def test_file_of_another_kind_is_refused(what, path):
    if what == "npz":
        with path.open("wb") as file:
            np.savez(file, a=np.arange(3))
    else:
        path.write_bytes(
            {"text": b"a,b\n1,2\n", "empty": b"", "zip": b"PK\x05\x06" + bytes(18)}[what]
        )
    with pytest.raises(CorruptFileError, match=r"net\.nn is damaged.*nothing was loaded"):
        NeuralNetwork.load(path)
    assert issubclass(CorruptFileError, ValueError)


def test_arguments_are_checked(path):
    net = make_net()
    with pytest.raises(TypeError, match="data must be True or False"):
        net.save(path, data=make_table())
    with pytest.raises(TypeError, match="path must be the name of a file"):
        net.save(None)
    net.save(path)
    with pytest.raises(TypeError, match="trusted must be True or False"):
        NeuralNetwork.load(path, trusted=1)
    with pytest.raises(FileNotFoundError, match="cannot read"):
        NeuralNetwork.load(path.with_name("nothing.nn"))
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        net.save(path.with_name("nowhere") / "net.nn")


@pytest.mark.parametrize("rows", [False, True])
def test_masks_take_one_bit_for_each_row(rows, path):
    """Masks of held-out rows, of boolean columns and of missing values."""
    n = 100_000
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"y": rng.normal(size=n), "z": rng.normal(size=n)})
    masks, numbers = 1, 0
    if rows:
        table["on"] = rng.random(n) < 0.5
        table["off"] = pd.array(rng.random(n) < 0.5, dtype="boolean")
        masks, numbers = 1 + 1 + 2, 2
    net = NeuralNetwork("y ~ .", table, 2, seed=1).train(1, validation=0.25, **QUIET)
    net.save(path, data=rows)
    few = NeuralNetwork("y ~ .", table[:100], 2, seed=1).train(1, validation=0.25, **QUIET)
    few.save(path.with_name("few.nn"), data=rows)
    rest = path.with_name("few.nn").stat().st_size
    assert path.stat().st_size < n / 8 * masks + 8 * n * numbers + rest
    found = NeuralNetwork.load(path) if rows else NeuralNetwork.load(path, table)
    a, b = (each.train(2, validation=0.25, **QUIET).theta for each in (net, found))
    assert np.array_equal(a, b)


def test_file_is_small_and_plain(path):
    net = NeuralNetwork("Species ~ .", load_iris(), seed=1).train(100, optimizer="adam", trace=0)
    assert (net.save(path) and path.stat().st_size) < 20_000
    with np.load(path, allow_pickle=False) as found:
        assert found["theta"].tobytes() == net.theta.tobytes()
        assert np.array_equal(found["loss"], net.history["loss"])


def test_subclass_comes_back_as_itself(path):
    class Mine(NeuralNetwork):
        pass

    net = Mine(FORMULAS["gaussian"], make_table(), 2, seed=1).save(path)
    assert type(Mine.load(path)) is Mine is type(net)
    assert type(NeuralNetwork.load(path)) is NeuralNetwork


def test_user_defined_optimizer_of_an_earlier_training_is_not_saved(path):
    """A network trained with a built-in optimizer since then can be saved."""
    net = make_net().train(2, optimizer=OwnAdam(), **QUIET).train(2, **QUIET).save(path)
    found = NeuralNetwork.load(path, make_table())
    assert isinstance(found._fit.state.optimizer, GradientDescent)
    assert found.train(2, **QUIET).theta.tobytes() == net.train(2, **QUIET).theta.tobytes()


def test_path_may_be_anything_that_is_one(path):
    net = make_net()
    for given in (path, str(path), Path(path)):
        assert NeuralNetwork.load(net.save(given) and given).formula == net.formula


def test_missing_engine_is_replaced_by_numpy_with_a_warning(tmp_path, monkeypatch):
    path = tmp_path / "fast.nn"
    net = make_net(engine="compiled").save(path)
    monkeypatch.setattr("neuralnet.storage.network.find_spec", lambda name: None)
    with pytest.warns(UserWarning, match=r"needs numba.*formula-neuralnet\[fast\]"):
        again = NeuralNetwork.load(path)
    assert again.engine == "numpy"
    assert list(again.theta) == list(net.theta)
