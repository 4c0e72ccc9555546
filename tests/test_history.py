"""The table of training: what was written, and only so many rows of it."""

import numpy as np
import pandas as pd
import pytest

from neuralnet.history import History


def write(rows, history=None):
    history = History() if history is None else history
    for row in rows:
        history.write(row, float(row), row / 1000)
    return history


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 2000])
def test_rows_come_back_as_they_were_written(n):
    expected = pd.DataFrame(
        {
            "iteration": np.arange(1, n + 1),
            "loss": np.arange(n, dtype=float),
            "accuracy": np.arange(n) / 1000,
        }
    )
    pd.testing.assert_frame_equal(write(range(n)).frame(n), expected)


def test_rows_beyond_those_that_count_are_written_over():
    history = write(range(5))
    history.write(3, 99.0, np.nan)
    frame = history.frame(4)
    assert frame["loss"].tolist() == [0.0, 1.0, 2.0, 99.0]
    assert frame["accuracy"].isna().tolist() == [False, False, False, True]


def test_frame_and_copy_are_their_own():
    history = write(range(3))
    frame, twin = history.frame(3), history.copy()
    frame.loc[0, "loss"] = -1.0
    twin.write(1, -1.0, -1.0)
    write(range(3, 300), twin)
    assert history.frame(3)["loss"].tolist() == [0.0, 1.0, 2.0]
    assert twin.frame(300)["loss"].iloc[[0, 1, 299]].tolist() == [0.0, -1.0, 299.0]
