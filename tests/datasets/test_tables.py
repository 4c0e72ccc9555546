"""The bundled tables: their files, shapes and types, and known rows."""

import csv
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris as load_iris_of_sklearn
from statsmodels.api import GLM, add_constant, families

from neuralnet.datasets import load_hotdogs, load_iris, load_planar

SPECIES = ["setosa", "versicolor", "virginica"]
# name of the file, what loads it, its shape, the classes and how many rows each of them has
TABLES = [
    ("iris", load_iris, (150, 5), {"setosa": 50, "versicolor": 50, "virginica": 50}),
    ("hotdogs", load_hotdogs, (200, 3), {"not hot dog": 100, "hot dog": 100}),
    ("planar", load_planar, (400, 3), {0: 200, 1: 200}),
    ("planar_train", lambda: load_planar("train"), (320, 3), {0: 159, 1: 161}),
    ("planar_test", lambda: load_planar("test"), (80, 3), {0: 41, 1: 39}),
]
NAMES = [name for name, *_ in TABLES]


def read_lines(name):
    """Read a bundled table with nothing but the standard library."""
    text = (resources.files("neuralnet.datasets") / f"{name}.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(text.splitlines())
    return head, rows


@pytest.mark.parametrize(("name", "load", "shape", "sizes"), TABLES, ids=NAMES)
def test_table_has_its_shape_and_types(name, load, shape, sizes):
    table = load()
    response = table.columns[-1]
    assert table.shape == shape
    assert table.index.equals(pd.RangeIndex(shape[0]))
    assert (table.dtypes.iloc[:-1] == np.float64).all()
    # The dtype that a user of this pandas gets for the same categories, in this order.
    assert table[response].dtype == pd.CategoricalDtype(list(sizes))
    assert table[response].cat.categories.tolist() == list(sizes)
    assert not table[response].cat.ordered
    assert not table.isna().any(axis=None)
    assert table[response].value_counts().to_dict() == sizes


@pytest.mark.parametrize(("name", "load", "shape", "sizes"), TABLES, ids=NAMES)
def test_table_is_the_file_to_the_last_bit(name, load, shape, sizes):
    head, rows = read_lines(name)
    table = load()
    assert table.columns.tolist() == head
    numbers = [[float(cell) for cell in row[:-1]] for row in rows]
    assert np.array_equal(table.iloc[:, :-1].to_numpy(), numbers)
    assert table.iloc[:, -1].astype(str).tolist() == [row[-1] for row in rows]


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        (load_iris, 0, [5.1, 3.5, 1.4, 0.2, "setosa"]),
        (load_iris, 149, [5.9, 3.0, 5.1, 1.8, "virginica"]),
        (load_hotdogs, 0, [7.95880238072575, -6.19467897824502, "not hot dog"]),
        (load_planar, 1, [0.15870990398255372, -1.4821709003683443, 0]),
    ],
)
def test_some_rows_by_hand(table, row, expected):
    assert table().iloc[row].tolist() == expected


def test_iris_agrees_with_the_copy_of_scikit_learn():
    theirs = load_iris_of_sklearn()
    iris = load_iris()
    assert np.array_equal(iris.iloc[:, :-1].to_numpy(), theirs.data)
    assert np.array_equal(iris["Species"].cat.codes, theirs.target)
    assert theirs.target_names.tolist() == SPECIES


def test_logistic_regression_gets_134_hotdogs_right():
    hotdogs = load_hotdogs()
    y = (hotdogs["class"] == "hot dog").astype(float)
    fit = GLM(y, add_constant(hotdogs[["x1", "x2"]]), family=families.Binomial()).fit()
    assert ((fit.fittedvalues > 0.5) == (y == 1)).sum() == 134  # as the first article prints


def test_train_and_test_parts_are_a_partition_of_planar():
    whole = load_planar()
    parts = pd.concat([load_planar("train"), load_planar("test")], ignore_index=True)
    apart = np.abs(
        parts[["x1", "x2"]].to_numpy()[:, None, :] - whole[["x1", "x2"]].to_numpy()[None, :, :]
    )
    same = (apart <= 1e-14 * np.abs(whole[["x1", "x2"]].to_numpy())).all(axis=2)  # 15 digits
    assert (same.sum(axis=1) == 1).all()
    assert (same.sum(axis=0) == 1).all()
    place = same.argmax(axis=1)
    assert (whole["y"].cat.codes.to_numpy()[place] == parts["y"].cat.codes.to_numpy()).all()
    assert not np.array_equal(place, np.sort(place))


@pytest.mark.parametrize("load", [row[1] for row in TABLES], ids=NAMES)
def test_every_call_gives_a_fresh_frame(load):
    spoiled, kept = load(), load()
    spoiled.iloc[:, 0] = -1.0
    del spoiled[spoiled.columns[1]]
    pd.testing.assert_frame_equal(load(), kept)


@pytest.mark.parametrize("part", ["tests", "Train", None, 0, ["train"]])
def test_unknown_part_is_named_with_the_known_ones(part):
    with pytest.raises(ValueError, match=r"part must be one of 'all', 'train', 'test'") as caught:
        load_planar(part)
    assert repr(part) in str(caught.value)
