"""Every public method that takes data takes the tables of other libraries, and reads each once."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table
from test_wrong_values import list_arguments

from neuralnet import NeuralNetwork

duckdb = pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
ds = pytest.importorskip("pyarrow.dataset")

TABLE = make_table().reset_index(drop=True)
# A type that no formula takes, which nobody names.
ARROW = pa.Table.from_pandas(TABLE, preserve_index=False).append_column("odd", pa.array([[1]] * 36))
TABLES = {
    "reader": lambda: ARROW.to_reader(max_chunksize=10),
    "arrow": lambda: ARROW,
    "dataset": lambda: ds.dataset(ARROW),
    "polars": lambda: pl.DataFrame(ARROW),
    "lazy": lambda: pl.DataFrame(ARROW).lazy(),
    "duckdb": lambda: duckdb.from_arrow(ARROW),
    "dict": lambda: dict(TABLE.items()),
    "records": lambda: TABLE.astype(object).to_dict("records"),
    "structured": lambda: TABLE.to_records(index=False),
}
FORMULA = "win ~ x1 + x2 + kind"
# What else a call needs.
BESIDE = {
    "predict": {"se_fit": True},
    "simulate": {"seed": 1},
    "plot_interval": {"x": "x1"},
    "plot_shape": {"variable": "x1"},
    "plot_effects": {"variables": "x1"},
    "inference.slopes": {"by": "count"},
}
# `save` takes a flag of this name, and `load` a file too.
METHODS = [
    method
    for method, name in list_arguments()
    if name == "data" and method not in ("save", "load", "__init__", "update")
]


def train(data):
    net = NeuralNetwork(FORMULA, data, hidden=0, family="binomial", decay=0.01, seed=1)
    return net.train(optimizer="newton", trace=0)


NET = train(TABLE)


def call(method, data):
    options = BESIDE.get(method, {})
    if method.startswith("inference."):
        return getattr(NET.inference(), method.removeprefix("inference."))(data=data, **options)
    found = getattr(NET, method)(data=data, **options)
    return found.importance(n=2, seed=1) if method == "explain" else found


def spell(found):
    """What a call gave, as text that can be compared; of a picture the numbers drawn."""
    if isinstance(found, pd.DataFrame | pd.Series):
        return found.drop(columns=["odd", *TABLE], errors="ignore").to_csv()
    if isinstance(found, plt.Axes):
        drawn = [np.asarray(line.get_xydata()).tolist() for line in found.lines]
        drawn += [np.asarray(each.get_offsets()).tolist() for each in found.collections]
        plt.close(found.figure)
        return str(drawn)
    return np.array_repr(found) if isinstance(found, np.ndarray) else repr(found)


@case_by_case("method", METHODS)
def test_every_method_reads_a_stream_once(method):
    assert spell(call(method, TABLES["reader"]())) == spell(call(method, TABLE))


@case_by_case("name", TABLES)
def test_every_table_is_taken(name):
    make = TABLES[name]
    net = train(make())
    assert net.theta.tobytes() == NET.theta.tobytes()
    for method in ("predict", "metrics", "layers", "augment", "inference.slopes"):
        assert spell(call(method, make())) == spell(call(method, TABLE)), method


@case_by_case("name", TABLES)
def test_every_table_is_taken_beside_a_network(name, tmp_path):
    make = TABLES[name]
    found = [NET.clone().train(2, validation=data, trace=0).history for data in (make(), TABLE)]
    pd.testing.assert_frame_equal(*found)
    update = NET.update("~ . - x2", data=make())
    np.testing.assert_array_equal(update.X, np.delete(NET.X, 2, axis=1))
    NET.save(tmp_path / "net.nn")
    again = NeuralNetwork.load(tmp_path / "net.nn", make())
    assert again.X.tobytes() == NET.X.tobytes()
