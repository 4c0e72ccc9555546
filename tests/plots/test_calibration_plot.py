"""Calibration: points and limits are the numbers of the table, beside the diagonal."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from neuralnet.plots import plot_calibration

TABLE = pd.DataFrame(
    {
        "predicted": [0.1, 0.5, 0.9],
        "observed": [0.0, 0.6, 1.0],
        "lower": [0.0, 0.3, 0.7],
        "upper": [0.2, 0.8, 1.0 - 1e-17],
    }
)


def test_bins_are_points_with_limits_and_the_diagonal_is_where_both_are_equal():
    ax = plot_calibration(TABLE, "probability", ax=Figure().add_subplot())
    curve, diagonal = ax.lines
    np.testing.assert_array_equal(curve.get_xydata(), TABLE[["predicted", "observed"]])
    ends = [segment[:, 1] for segment in ax.collections[0].get_segments()]
    np.testing.assert_allclose(ends, TABLE[["lower", "upper"]], atol=1e-12)
    np.testing.assert_array_equal(*diagonal.get_xydata().T)
    assert ax.get_xlim() == ax.get_ylim()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Predicted probability", "Observed share")
    assert ax.get_legend() is None


def test_each_group_has_a_curve():
    table = pd.concat([TABLE.assign(group="a"), TABLE.assign(group="b", observed=0.5)])
    ax = plot_calibration(table, "mean", "kind", ax=Figure().add_subplot())
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [0.5] * 3)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_ylabel() == "Observed mean"
