"""Each column of the training rows is read once."""

import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork, load_iris
from neuralnet.design.columns import read_column
from neuralnet.design.levels import Values
from neuralnet.design.variable import Variable

IRIS = list(load_iris())


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of `read_column` by the name of the column, wherever it is imported."""
    counts: Counter[str] = Counter()

    def count(name: str, values: pd.Series, known: Variable | None = None) -> Values:
        counts[name] += 1
        return read_column(name, values, known)

    for name, module in [*sys.modules.items()]:
        if name.startswith("neuralnet.") and hasattr(module, "read_column"):
            monkeypatch.setattr(module, "read_column", count)
    return counts


def make_table() -> pd.DataFrame:
    number = np.arange(150)
    return load_iris().assign(
        w=1.0 + number % 2,
        shift=number / 150,
        kind=number % 3,
        wet=number % 4 > 1,
        size=pd.Categorical(np.array(["low", "high"])[number // 3 % 2], ["low", "high"]),
    )


def once(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 1)


@pytest.mark.parametrize(
    ("formula", "options", "expected"),
    [
        ("Species ~ .", {}, once(*make_table())),
        ("Sepal.Length ~ .", {}, once(*make_table())),
        ("wet ~ size + Petal.Width", {}, once("wet", "size", "Petal.Width")),
        (
            "Species ~ scale(center(Sepal.Length)) + poly(Sepal.Width, 2) * log(Petal.Length)",
            {},
            once("Species", "Sepal.Length", "Sepal.Width", "Petal.Length"),
        ),
        (
            "Sepal.Length ~ Species + C(kind, Sum) + offset(log(1 + shift))",
            {},
            once("Sepal.Length", "Species", "kind", "shift"),
        ),
        ("Sepal.Length ~ Species", {"weights": "w"}, once("Sepal.Length", "Species", "w")),
        ("Sepal.Length ~ Species", {"offset": "shift"}, once("Sepal.Length", "Species", "shift")),
        (
            "cbind(Sepal.Length, Sepal.Width) ~ Species",
            {"offset": np.arange(150.0), "weights": np.ones(150)},
            once("Sepal.Length", "Sepal.Width", "Species", "offset", "weights"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("rows", ["all", "some missing"])
def test_each_column_is_read_once(
    formula: str,
    options: dict[str, object],
    expected: dict[str, int],
    rows: str,
    reads: Counter[str],
) -> None:
    table = make_table()
    if rows == "all":
        NeuralNetwork(formula, table, 2, seed=1, **options)
    else:
        table.loc[[3, 70], "Species"] = None
        table.loc[80:90, ["Sepal.Length", "size"]] = None
        with pytest.warns(UserWarning, match="rows dropped"):
            NeuralNetwork(formula, table, 2, seed=1, **options)
    assert reads == expected


def test_imputed_columns_are_read_once(reads: Counter[str]) -> None:
    table = make_table()
    table.loc[[3, 70], "Sepal.Length"] = None
    table.loc[80:90, ["Petal.Width", "size"]] = None
    with pytest.warns(UserWarning, match="missing values imputed"):
        net = NeuralNetwork("Species ~ . + C(kind)", table, 2, seed=1, na_action="impute")
    assert reads == once(*table)
    reads.clear()
    net.predict(table)
    assert reads == once(*table.columns.drop("Species"))


def test_iris_is_read_in_five_calls(reads: Counter[str]) -> None:
    NeuralNetwork("Species ~ .", load_iris(), 2, seed=1)
    assert reads == once(*IRIS)
    assert reads.total() == 5


def test_columns_of_a_condition_are_read_in_all_rows_too(reads: Counter[str]) -> None:
    """Rows outside the subset do not decide what a column holds."""
    NeuralNetwork("Species ~ .", load_iris(), 2, subset="Petal.Width > 0.3", seed=1)
    assert reads == once(*IRIS) | {"Petal.Width": 2}


def test_response_that_is_an_expression_needs_a_second_pass(reads: Counter[str]) -> None:
    NeuralNetwork("log(Sepal.Length) ~ Species", load_iris(), 2, seed=1)
    assert reads == once("Sepal.Length", "Species") | {"log(Sepal.Length)": 2}


def test_new_rows_are_read_once(reads: Counter[str]) -> None:
    table = make_table()
    net = NeuralNetwork("Species ~ . - w", table, 2, seed=1)
    reads.clear()
    net.predict(table)
    assert reads == once(*(name for name in table if name not in ("Species", "w")))
