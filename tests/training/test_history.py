"""History of training: its columns, and its number of rows."""

import numpy as np
import pandas as pd
from loops import case_by_case

from neuralnet.training.history import History


def put(history, row, loss, accuracy, validation_loss, learn_rate):
    """Set one row."""
    history.extend(row, np.array([[loss, validation_loss, learn_rate]]), accuracy)


def write(rows, history=None, validation_loss=np.nan, learn_rate=np.nan):
    history = History() if history is None else history
    for row in rows:
        put(history, row, float(row), row / 1000, validation_loss, learn_rate)
    return history


@case_by_case("n", [0, 1, 255, 256, 257, 2000])
def test_rows_come_back_as_they_were_written(n):
    expected = pd.DataFrame(
        {
            "iteration": np.arange(1, n + 1),
            "loss": np.arange(n, dtype=float),
            "accuracy": np.arange(n) / 1000,
        }
    )
    pd.testing.assert_frame_equal(write(range(n)).frame(n), expected)


def test_discarded_rows_are_overwritten():
    history = write(range(5))
    put(history, 3, 99.0, np.nan, np.nan, np.nan)
    frame = history.frame(4)
    assert frame["loss"].tolist() == [0.0, 1.0, 2.0, 99.0]
    assert frame["accuracy"].isna().tolist() == [False, False, False, True]


def test_frame_and_copy_are_independent():
    history = write(range(3))
    frame, twin = history.frame(3), history.copy()
    frame.loc[0, "loss"] = -1.0
    put(twin, 1, -1.0, -1.0, -1.0, -1.0)
    write(range(3, 300), twin)
    assert history.frame(3)["loss"].tolist() == [0.0, 1.0, 2.0]
    assert twin.frame(300)["loss"].iloc[[0, 1, 299]].tolist() == [0.0, -1.0, 299.0]


def test_columns_not_requested_are_not_shown():
    history = write(range(3))
    assert list(history.frame(3)) == ["iteration", "loss", "accuracy"]
    # A single value creates a column; its other rows are missing.
    put(history, 2, 2.0, np.nan, np.nan, 0.5)
    assert history.frame(3)["learn_rate"].isna().tolist() == [True, True, False]
    assert list(history.frame(2)) == ["iteration", "loss", "accuracy"]
    put(history, 0, 0.0, np.nan, 7.0, np.nan)
    assert list(history.frame(3)) == [
        "iteration",
        "loss",
        "accuracy",
        "validation_loss",
        "learn_rate",
    ]
    assert history.frame(3)["validation_loss"].tolist()[0] == 7.0


def test_loss_and_accuracy_are_shown_even_if_missing():
    history = History()
    put(history, 0, np.nan, np.nan, np.nan, np.nan)
    frame = history.frame(1)
    assert list(frame) == ["iteration", "loss", "accuracy"]
    assert frame[["loss", "accuracy"]].isna().all(axis=None)
