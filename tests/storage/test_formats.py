"""Files of earlier formats stay readable: one of each is kept, with what its network predicted.

`formats/make.py` made them; the numbers are those of the network that was never saved.
"""

import importlib.util
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from forgery import find_record, forge
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.errors.exceptions import CorruptFileError
from neuralnet.model.settings import Settings
from neuralnet.perceptron.initialization import Uniform
from neuralnet.storage.archive import FORMAT

FOLDER = Path(__file__).parents[1] / "formats"
FILES = sorted(FOLDER.glob("format-*.nn"))


def import_maker():
    spec = importlib.util.spec_from_file_location("make_formats", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = import_maker()


def compare(found, expected):
    assert {*found} == {*expected}
    for name, values in expected.items():
        if isinstance(values, list) and not isinstance(np.ravel(values)[0], str):
            np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-12, err_msg=name)
        else:
            assert found[name] == values


def test_there_is_a_file_of_each_format():
    assert [path.stem for path in FILES] == [f"format-{each}" for each in range(1, FORMAT + 1)]
    assert sum(path.stat().st_size for path in FOLDER.glob(f"format-{FORMAT}.*")) < 60_000


# Another machine may compute the last bit of X otherwise.
@pytest.mark.filterwarnings("ignore:these are not the rows:UserWarning")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_read_as_it_was_meant(path):
    pytest.importorskip("scipy")
    table = MAKER.make_table()
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    compare(MAKER.describe(NeuralNetwork.load(path), table), expected["saved"])
    found = NeuralNetwork.load(path, table)
    compare(MAKER.describe(found, table), expected["saved"])
    further = MAKER.describe(MAKER.train(found), table)
    # Rounding differs from machine to machine, and sixty iterations may carry it on.
    for name, values in expected["trained further"].items():
        if name in ("probs", "theta", "loss", "validation_loss"):
            np.testing.assert_allclose(further[name], values, rtol=0, atol=1e-8, err_msg=name)


def test_scale_of_an_earlier_file_divides_as_it_did(tmp_path):
    """It was another name of standardize, which divides by n, and with other arguments."""
    table, path = make_table(), tmp_path / "net.nn"
    options = {"family": "gaussian", "init": 0.5, "seed": 1, "hidden": 2}
    old = NeuralNetwork("cost ~ standardize(x1) + standardize(x2, ddof=2):kind", table, **options)
    net = NeuralNetwork("cost ~ scale(x1) + scale(x2, ddof=2):kind", table, **options)
    net.save(path)

    def go_back(document, arrays):
        for factor in document["design"]["factors"]:
            for transform in factor.get("transforms", {}).values():
                transform["class"] = transform["class"].replace("Scale", "Standardize")

    for _ in range(2):
        forge(path, go_back)
        found = NeuralNetwork.load(path)
        assert found.x_names == net.x_names
        for rows in (table, table.iloc[[3]]):
            assert found.fit(rows).tobytes() == old.fit(rows).tobytes()
            assert not np.allclose(found.fit(rows), net.fit(rows))
        found.save(path)
    assert pickle.loads(pickle.dumps(found)).fit(table).tobytes() == old.fit(table).tobytes()


# Format 1 ------------------------------------------------------------------------------------


def test_first_format_left_nothing_open():
    model = NeuralNetwork.load(FOLDER / "format-1.nn")._model
    assert model.given == model.used == Settings((0.01, 0.0, 0.02), "glorot", True, True)
    assert (model.mixture, model.penalty_factor) == (0.1, None)


def go_back(document, arrays):
    """Write a document as the first format had it."""
    used = document.pop("used")["record"][1]
    penalty = {"decay": used["decay"], "mixture": document.pop("mixture")}
    document["penalty"] = {"record": ["Penalty", penalty]}
    document["init"], document["format"] = used["init"], 1
    document["selection"] = document.pop("row_options")
    document["balance"] = document.pop("class_weights")
    del document["given"], document["penalty_factor"]


@pytest.mark.parametrize("init", [0.3, "he", Uniform(0.5)])
@pytest.mark.parametrize("scale", [False, True])
def test_one_decay_for_all_is_read_from_the_first_format(init, scale, tmp_path):
    net = make_net(decay=0.3, init=init, scale=scale).train(3, tolerance=None, trace=0)
    path = tmp_path / "net.nn"
    net.save(path)
    forge(path, go_back)
    found = NeuralNetwork.load(path, make_table())
    assert found._model.given == found._model.used == net._model.used
    for each in (net, found):
        each.train(3, restarts=2, tolerance=None, trace=0)
    assert found.theta.tobytes() == net.theta.tobytes()


def set_decay(make):
    def change(document, arrays):
        arrays["decay"] = make(arrays["decay"].copy())

    return change


def set_part(record, **parts):
    return lambda document, arrays: find_record(document, record).update(parts)


@pytest.mark.parametrize(
    "change",
    [
        set_decay(lambda decay: decay[1:]),
        set_decay(lambda decay: decay[None]),
        set_decay(lambda decay: np.append(decay[:-1], 7.0)),
        set_decay(lambda decay: -decay),
        set_decay(lambda decay: np.full(decay.shape, np.nan)),
        set_decay(lambda decay: np.full(decay.shape, np.inf)),
        set_part("Penalty", decay=-1.0),
        set_part("Penalty", decay="cv"),
        set_part("Penalty", mixture=2.0),
        set_part("Perceptron", sizes={"tuple": [15, 5, 3, -3]}),
        set_part("Perceptron", sizes={"tuple": []}),
        lambda document, arrays: document.update(penalty=7),
        lambda document, arrays: document.update(scaling=7),
        lambda document, arrays: document.update(init={"array": "theta"}),
        lambda document, arrays: document.pop("penalty"),
    ],
)
def test_what_is_strange_in_the_first_format_is_refused(change, tmp_path):
    path = tmp_path / "net.nn"
    path.write_bytes((FOLDER / "format-1.nn").read_bytes())
    forge(path, change)
    with pytest.raises(CorruptFileError):
        NeuralNetwork.load(path)


@pytest.mark.parametrize("number", [1, 2])
def test_document_is_in_the_format_that_it_names(number, tmp_path):
    path = tmp_path / "net.nn"
    path.write_bytes((FOLDER / f"format-{number}.nn").read_bytes())
    forge(path, lambda document, arrays: document.update(format=3 - number))
    with pytest.raises(CorruptFileError):
        NeuralNetwork.load(path)
