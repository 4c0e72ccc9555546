"""Rows of new data that have all columns, and that a term or the response gives no value."""

import numpy as np
import pandas as pd
import pytest

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.design import as_frame
from neuralnet.design.design import Design
from neuralnet.design.missing_rows import MissingRows, count_without_value
from neuralnet.design.model_frame import read_model_frame

n = 24
TABLE = pd.DataFrame(
    {
        "y": np.arange(1.0, n + 1) * 7 % 11 + 1,
        "x": np.arange(1.0, n + 1),
        "z": np.arange(n) % 5 + 1.0,
        "g": list("abc") * 8,
    }
)
NEW = TABLE.head(6).assign(
    x=[-1.0, 0, 30, 4, np.nan, -2], z=[1, 2, 3, -1, -1, -3], g=["a", "b", "c", "a", "new", "b"]
)


def count(text, data=NEW, unseen=None, response=False):
    design = Design.fit(text, TABLE)
    matrices = design.read(data, response=response, unseen=unseen)
    return count_without_value(matrices, design.terms, design.offsets)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("y ~ log(x)", {"log(x)": 3}),
        # A row counts once, for the first term.
        ("y ~ log(x) + sqrt(z)", {"log(x)": 3, "sqrt(z)": 1}),
        ("y ~ z + log(x):z", {"z:log(x)": 3}),
        ("y ~ poly(log(x), 2)", {"poly(log(x), 2)": 3}),
        ("y ~ cut(x, c(0, 12, 24))", {"cut(x, c(0, 12, 24))": 4}),
        ("y ~ cut(x, c(0, 24, 12)) + sqrt(z)", {"cut(x, c(0, 24, 12))": 4, "sqrt(z)": 1}),
        ("y ~ z + offset(log(x))", {"offset(log(x))": 3}),
        ("y ~ x + z", {}),
    ],
)
def test_rows_are_counted_by_the_term_without_a_value(text, counts):
    assert count(text) == counts


@pytest.mark.parametrize(
    ("text", "name", "rows"),
    [
        ("log(x) ~ z", "log(x)", 3),
        ("cbind(log(x), y) ~ z", "cbind(log(x), y)", 3),
        ("cut(x, c(0, 12, 24)) ~ z", "cut(x, c(0, 12, 24))", 4),
        ("factor(g, levels=c('a', 'b', 'c')) ~ z", "factor(g, levels=c('a', 'b', 'c'))", 1),
    ],
)
def test_a_response_without_a_value_is_counted_where_its_column_is_there(text, name, rows):
    assert count(text, response=True) == {name: rows}


def test_one_warning_for_all_terms():
    net = NeuralNetwork("y ~ log(x) + sqrt(z)", TABLE, 0, seed=1)
    reported = (
        r"^4 of 6 rows are predicted as missing: 3 for no value of log\(x\), 1 for no value of "
        r"sqrt\(z\)$"
    )
    with pytest.warns(DataWarning, match=reported) as caught:
        assert net.predict(NEW).isna().tolist() == [True, True, False, True, True, True]
    assert len(caught) == 1 and caught[0].filename == __file__
    reported = r"^5 of 6 rows left out: 1 for missing values, 3 for no value of log\(x\), 1 for no"
    with pytest.warns(DataWarning, match=reported):
        found = net.compute_loss(NEW)
    np.testing.assert_allclose(found, net.compute_loss(NEW.iloc[[2]]), rtol=1e-12)


def test_missing_columns_alone_are_predicted_as_missing_without_a_warning():
    net = NeuralNetwork("y ~ log(x)", TABLE, 0, seed=1)
    assert net.predict({"x": [np.nan, 1.0]}).isna().tolist() == [True, False]


def test_many_terms_are_a_short_warning():
    text = " + ".join(f"log(x - {k / 10})" for k in range(9))
    net = NeuralNetwork(f"y ~ {text}", TABLE, 0, decay=0.1, seed=1)
    with pytest.warns(DataWarning) as caught:
        net.predict({"x": np.arange(9) / 10})
    assert "9 of 9 rows are" in str(caught[0].message) and str(caught[0].message).endswith(", ...")


def test_rows_that_imputation_would_keep_are_counted():
    holes = TABLE.assign(
        x=TABLE["x"].where(TABLE.index > 2), z=TABLE["z"].where(TABLE.index % 8 > 0)
    )
    frame = read_model_frame(as_frame(holes))
    design = Design.fit("y ~ x + z", TABLE)
    missing = MissingRows(frame, design.all_variables, {"cut(y)": 1}, n - 6)
    assert (missing.n, missing.describe()) == (6, "cut(y) 1, x 3, z 3")
    assert missing.count_imputable(design.fillable) == 5
    assert missing.count_imputable({"x"}) == 2 and missing.count_imputable(()) == 0
