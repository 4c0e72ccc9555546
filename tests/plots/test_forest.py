"""Forest plots: points and bars are the numbers of the table, in its order from the top down."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from neuralnet.plots import plot_effects, plot_importance

EFFECTS = pd.DataFrame(
    {
        "term": ["x", "x", "kind", "kind"],
        "contrast": ["2 - 1", "2 - 1", "b - a", "b - a"],
        "group": ["no", "yes", "no", "yes"],
        "estimate": [0.5, -0.5, -1.0, 1.0],
        "lower": [0.2, -0.9, -3.0, np.nan],
        "upper": [0.9, 0.1, 1.0, np.nan],
    }
)


@pytest.fixture
def ax():
    return Figure().add_subplot()


def read_points(ax):
    """Points of each group, (rows, 2), and the ends of their bars."""
    points = [line.get_xydata() for line in ax.lines if line.get_marker() not in ("None", "")]
    bars = [
        np.array([segment[:, 0] for segment in each.get_segments() if len(segment)])
        for each in ax.collections
        if isinstance(each, LineCollection)
    ]
    return points, bars


def read_labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_each_contrast_is_a_line_with_a_point_and_a_bar_for_each_group(ax):
    plot_effects(EFFECTS, "Change", "win", ax=ax)
    points, bars = read_points(ax)
    assert read_labels(ax) == ["x: 2 - 1", "kind: b - a"]
    np.testing.assert_allclose([each[:, 0] for each in points], [[0.5, -1.0], [-0.5, 1.0]])
    np.testing.assert_array_equal(np.round([each[:, 1] for each in points]), [[0, 1]] * 2)
    assert (points[0][:, 1] < points[1][:, 1]).all()  # no group hides another
    np.testing.assert_allclose(bars[0], [[0.2, 0.9], [-3.0, 1.0]])
    np.testing.assert_allclose(bars[1][0], [-0.9, 0.1])  # a missing limit has no bar
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first line is on top


def test_one_group_has_no_legend(ax):
    plot_effects(EFFECTS[EFFECTS["group"] == "no"].drop(columns="group"), ax=ax)
    assert ax.get_legend() is None
    assert len(read_points(ax)[0]) == 1


def test_averages_of_parts_of_the_rows_are_lines_of_their_own(ax):
    table = EFFECTS.drop(columns="group").assign(season=["dry", "wet"] * 2)
    plot_effects(table, ax=ax)
    assert read_labels(ax)[:2] == ["x: 2 - 1, season = dry", "x: 2 - 1, season = wet"]


def test_terms_are_sorted_by_importance_with_a_standard_deviation_to_each_side(ax):
    table = pd.DataFrame(
        {"term": ["a", "b", "c"], "estimate": [0.1, 3.0, -1.0], "std_dev": [0.1, 0.5, 0.2]}
    )
    plot_importance(table, ax=ax)
    (points,), (bars,) = read_points(ax)
    assert read_labels(ax) == ["b", "c", "a"]
    np.testing.assert_allclose(points, [[3.0, 0], [-1.0, 1], [0.1, 2]])
    np.testing.assert_allclose(bars, [[2.5, 3.5], [-1.2, -0.8], [0.0, 0.2]], atol=1e-12)


@pytest.mark.parametrize(
    ("table", "error", "wanted"),
    [
        ([1, 2], TypeError, "effects must be a DataFrame, not list"),
        (EFFECTS.drop(columns="lower"), ValueError, "effects has no column 'lower'"),
        (EFFECTS[:0], ValueError, "nothing to draw: effects has no rows"),
        (pd.concat([EFFECTS, EFFECTS]), ValueError, "average=False; take their averages"),
    ],
)
def test_other_tables_are_refused(table, error, wanted, ax):
    with pytest.raises(error, match=wanted):
        plot_effects(table, ax=ax)
