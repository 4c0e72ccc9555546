"""Groups of rows: labels of the user, read in the order of the data."""

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.model import read_groups

TABLE = pd.DataFrame(
    {
        "y": [1.5, 2.5, 0.5, 4.5, 3.5, 2.0],
        "x": [1.0, np.nan, 3.0, 4.0, 5.0, 6.0],
        "site": list("bbacab"),
    },
    index=[f"r{i}" for i in range(6)],
)
LABELS = ["p", "q", "p", "r", "q", "p"]


@pytest.fixture
def model():
    """Build a model of the rows 0, 2, 3 and 4: row 1 lacks x, and row 5 is not in the subset."""
    with pytest.warns(UserWarning, match="1 of 5 rows dropped"):
        net = NeuralNetwork("y ~ x + site", TABLE, 1, subset=np.arange(6) < 5, seed=1)
    return net._model


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        tuple(LABELS),
        np.array(LABELS),
        pd.Series(LABELS),
        pd.Series(LABELS, index=TABLE.index),
        pd.Categorical(LABELS, ["r", "q", "p"]),
        [7, 2, 7, 5, 2, 7],
        pd.array([7, None, 7, 5, 2, None], dtype="Int64"),
        [2**60, 1, 2**60, 2**60 + 1, 1, None],
        pd.to_datetime(["2001", "2002", "2001", "2003", "2002", "2001"]),
        [1, 0, 1, "1", 0, 1],
    ],
    ids=lambda labels: type(labels).__name__,
)
def test_groups_are_read_by_the_rows_of_the_data(labels, model):
    np.testing.assert_array_equal(read_groups(labels, model), [0, 0, 1, 2])


def test_groups_may_be_a_column_of_the_formula(model):
    np.testing.assert_array_equal(read_groups("site", model), [0, 1, 2, 1])


@pytest.mark.parametrize(
    ("labels", "error", "reported"),
    [
        ("patient", ValueError, r"groups='patient' .* pass the column itself, data\['patient'\]"),
        ("sites", ValueError, r"pass the column itself, data\['sites'\]"),
        (LABELS[:4], ValueError, "a label for each of 6 rows of the data; this has 4"),
        (3, ValueError, "a label for each of 6 rows of the data; this has 1"),
        (["p", "q", None, "r", "q", "p"], ValueError, "misses .* in 1 of 4 .* row 'r2'"),
        ([1.0, 2.0, np.nan, np.nan, 1.0, 1.0], ValueError, "in 2 of 4 training rows"),
        (pd.Series(LABELS, TABLE.index[::-1]), ValueError, "groups is a Series .* another order"),
        (np.ones((6, 2)), TypeError, "or a column's name; not ndarray"),
        ([[1], [1], [1], [2], [2], [2]], TypeError, "labels of groups must be text or numbers"),
    ],
)
def test_invalid_groups_are_refused(labels, error, reported, model):
    with pytest.raises(error, match=reported):
        read_groups(labels, model)
