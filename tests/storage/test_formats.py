"""Files of the current format stay readable, with the predictions of their network.

`formats/make.py` created the file; the expected numbers are those of the network before saving.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from neuralnet import NeuralNetwork
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


def test_there_is_a_file_of_the_present_format():
    assert [path.stem for path in FILES] == [f"format-{FORMAT}"]
    assert sum(path.stat().st_size for path in FOLDER.glob(f"format-{FORMAT}.*")) < 60_000


# Another machine may round the last bit of X differently.
@pytest.mark.filterwarnings("ignore:these are not the rows:UserWarning")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_predictions_of_the_file_are_reproduced(path):
    pytest.importorskip("scipy")
    table = MAKER.make_table()
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    compare(MAKER.describe(NeuralNetwork.load(path), table), expected["saved"])
    found = NeuralNetwork.load(path, table)
    compare(MAKER.describe(found, table), expected["saved"])
    further = MAKER.describe(MAKER.train(found), table)
    # Rounding differs between machines, and sixty iterations may amplify it.
    for name, values in expected["trained further"].items():
        if name in ("probs", "theta", "loss", "validation_loss"):
            np.testing.assert_allclose(further[name], values, rtol=0, atol=1e-8, err_msg=name)
