"""Curves with bands, and the data: what is drawn is what was given."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure

from neuralnet.plots import plot_interval

X = np.array([0.0, 1.0, 3.0])
CURVE = pd.DataFrame({"value": X, "fit": [0.2, 0.5, 0.6]})
BAND = CURVE.assign(lower=[0.1, 0.3, 0.5], upper=[0.4, 0.7, 0.9])


@pytest.fixture
def ax():
    return Figure().add_subplot()


def find(ax, kind):
    return [each for each in ax.collections if isinstance(each, kind)]


def test_curve_and_band_are_the_numbers_of_the_table(ax):
    plot_interval(BAND, "x", "y", ax=ax)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), BAND[["value", "fit"]])
    (band,) = find(ax, PolyCollection)
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices}
    assert {*zip(X, BAND["lower"], strict=True), *zip(X, BAND["upper"], strict=True)} <= corners
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("x", "y", None)


def test_without_limits_there_is_no_band(ax):
    plot_interval(CURVE, "x", "y", ax=ax)
    assert find(ax, PolyCollection) == []


def test_each_group_has_a_curve_and_a_line_of_the_legend(ax):
    table = pd.concat([BAND.assign(group="a"), BAND.assign(group="b", fit=0.1)])
    plot_interval(table, "x", "y", response_name="kind", ax=ax)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [0.1] * 3)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_legend().get_title().get_text() == "kind"


def test_levels_are_points_with_bars(ax):
    plot_interval(BAND.assign(value=[0.0, 1.0, 2.0]), "x", "y", levels=["a", "b", "c"], ax=ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), BAND["fit"])
    (bars,) = find(ax, LineCollection)
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, BAND[["lower", "upper"]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]


def test_numbers_are_points_at_their_values(ax):
    plot_interval(BAND, "x", "y", points=(X, [7.0, 8.0, 9.0]), ax=ax)
    (points,) = find(ax, PathCollection)
    np.testing.assert_array_equal(points.get_offsets(), np.column_stack([X, [7.0, 8.0, 9.0]]))


def test_two_classes_are_ticks_below_0_and_above_1(ax):
    plot_interval(BAND, "x", "y", points=(X, [0.0, 1.0, 0.0]), classes=True, ax=ax)
    (ticks,) = find(ax, PathCollection)
    places = np.asarray(ticks.get_offsets())
    np.testing.assert_array_equal(places[:, 0], X)
    assert (places[[0, 2], 1] < 0).all() and places[1, 1] > 1


def test_several_classes_are_ticks_in_a_line_each_below_the_curves(ax):
    table = pd.concat([BAND.assign(group=name) for name in "abc"])
    plot_interval(table, "x", "y", points=(X, np.eye(3)[[1, 0, 1]]), classes=True, ax=ax)
    ticks = [np.asarray(each.get_offsets()) for each in find(ax, PathCollection)]
    assert [each[:, 0].tolist() for each in ticks] == [[1.0], [0.0, 3.0], []]
    assert 0 > ticks[0][0, 1] > ticks[1][0, 1]


@case_by_case("K", [1, 8])
def test_lines_of_classes_beyond_the_curves_have_no_numbers(K):
    ax = Figure((3, 8)).add_subplot()
    table = pd.concat([BAND.assign(group=k) for k in range(K)])
    plot_interval(table, "x", "y", points=(X, np.eye(3, 8)[:, :K]), classes=True, ax=ax)
    low, high = ax.get_ylim()
    assert low < -0.05 and ax.get_yticks()[0] == 0.0
    assert 0.5 < ax.get_yticks()[-1] <= min(high, 1.0)


def test_note_says_what_the_band_is_and_where_others_are_held(ax):
    plot_interval(BAND, "x", "y", held={"z": 1.5}, note="95 % confidence interval", ax=ax)
    (note,) = ax.texts
    said = note.get_text().replace("\n", " ")
    assert said == "95 % confidence interval; others at z = 1.5"


def test_note_may_stand_alone(ax):
    (note,) = plot_interval(BAND, "x", "y", note="95 %", ax=ax).texts
    assert note.get_text() == "95 %"


def test_table_without_a_column_is_refused(ax):
    with pytest.raises(ValueError, match="curves has no column 'fit'"):
        plot_interval(CURVE.drop(columns="fit"), "x", "y", ax=ax)
