"""Pictures of a network's statistics: the numbers of its methods, with the right titles."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from networks import make_net, make_table, take_snapshot

from neuralnet import DataWarning, NeuralNetwork

FAMILIES = ("softmax", "binomial", "gaussian", "poisson")


@pytest.fixture(scope="module")
def nets():
    return {each: make_net(each, 2, decay=1.0).train(trace=0) for each in FAMILIES}


@pytest.fixture
def ax():
    return Figure().add_subplot()


def read_points(ax):
    return [line.get_xydata() for line in ax.lines if line.get_marker() not in ("None", "")]


METHODS = {
    "plot_effects": {},
    "plot_interval": {"x": "x1", "method": "delta"},
    "plot_residuals": {},
    "plot_calibration": {"bins": 4},
    "plot_importance": {"n": 2},
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_methods_draw_on_the_axes_given_and_change_nothing(method, family, nets, ax):
    net = nets[family]
    before = take_snapshot(net)
    assert getattr(net, method)(ax=ax, **METHODS[method]) is ax
    assert ax.has_data()
    assert take_snapshot(net) == before
    assert plt.get_fignums() == []


def test_effects_are_the_comparisons(nets, ax):
    net = nets["gaussian"]
    found = net.inference().comparisons(level=0.8)
    net.plot_effects(level=0.8, ax=ax)
    (points,) = read_points(ax)
    np.testing.assert_array_equal(points[:, 0], found["estimate"])
    ends = [each[:, 0] for each in ax.collections[0].get_segments()]
    np.testing.assert_allclose(ends, found[["lower", "upper"]])
    assert ax.get_xlabel() == "Average change of the mean of cost"


def test_each_of_several_classes_has_its_effects(nets, ax):
    net = nets["softmax"]
    net.plot_effects("x1", ax=ax)
    found = net.inference().comparisons("x1")["estimate"]
    np.testing.assert_array_equal([each[0, 0] for each in read_points(ax)], found)
    assert ax.get_xlabel() == "Average change of the probability"


@pytest.mark.parametrize("family", ["binomial", "softmax"])
def test_the_second_of_two_classes_is_drawn(family, ax):
    table = make_table()
    table["won"] = np.where(table["win"], "yes", "no")
    net = NeuralNetwork("won ~ x1 + x2", table, 2, family=family, decay=1.0, seed=1).train(trace=0)
    net.plot_effects("x1", ax=ax)
    found = net.inference().comparisons("x1")["estimate"].iloc[-1]
    assert [each[0, 0] for each in read_points(ax)] == [found]
    assert ax.get_xlabel() == "Average change of the probability of won = yes"
    ax = net.plot_interval("x1", ax=Figure().add_subplot(), interval=None, resolution=5)
    assert (len(ax.lines), ax.get_ylabel()) == (1, "Probability of won = yes")
    x = ax.lines[0].get_xdata()
    rows = pd.DataFrame({"x1": x, "x2": table["x2"].mean()})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), net.predict(rows, "probs")["yes"])
    ax = net.plot_residuals("pearson", ax=Figure().add_subplot())
    assert len([each for each in ax.collections if isinstance(each, PathCollection)]) == 1
    assert ax.get_xlabel() == "Fitted probability of won = yes"


@pytest.mark.parametrize("family", FAMILIES)
def test_curve_and_band_are_the_predictions_with_others_held(family, nets, ax):
    net, table = nets[family], make_table()
    options = {"interval": "confidence", "method": "delta", "level": 0.9}
    net.plot_interval("x1", at={"kind": "b"}, resolution=7, ax=ax, **options)
    x = np.linspace(table["x1"].min(), table["x1"].max(), 7)
    rows = pd.DataFrame({"x1": x, "x2": table["x2"].mean(), "kind": "b"})
    found = net.predict(rows, "response", **options)
    fits = found["fit"].to_numpy().reshape(7, -1)
    np.testing.assert_allclose(np.transpose([line.get_ydata() for line in ax.lines]), fits)
    bands = [each for each in ax.collections if isinstance(each, PolyCollection)]
    for k, band in enumerate(bands):
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == pytest.approx(found["lower"].to_numpy().reshape(7, -1)[:, k].min())
        assert heights.max() == pytest.approx(found["upper"].to_numpy().reshape(7, -1)[:, k].max())
    assert len(bands) == fits.shape[1]
    (note,) = ax.texts
    assert note.get_text().startswith("90 % confidence interval; others at x2 = ")


def test_levels_have_points_with_bars(nets, ax):
    net, table = nets["gaussian"], make_table()
    net.plot_interval("kind", method="delta", ax=ax)
    rows = pd.DataFrame({"kind": list("abc"), "x1": table["x1"].mean(), "x2": table["x2"].mean()})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), net.predict(rows))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]


def test_points_are_the_rows(nets, ax):
    table = make_table()
    nets["gaussian"].plot_interval("x2", interval=None, data=table[:9], ax=ax)
    (points,) = (each for each in ax.collections if isinstance(each, PathCollection))
    np.testing.assert_array_equal(points.get_offsets(), table[["x2", "cost"]][:9])
    assert ax.lines[0].get_xdata().max() == table["x2"][:9].max()


@pytest.mark.parametrize("against", ["fitted", "x2", "kind"])
def test_residuals_are_those_of_inference(against, nets, ax):
    net, table = nets["gaussian"], make_table()
    net.plot_residuals("response", against, ax=ax)
    drawn = np.asarray(ax.collections[0].get_offsets())
    np.testing.assert_array_equal(drawn[:, 1], net.residuals)
    if against != "kind":
        x = net.fitted if against == "fitted" else table[against]
        np.testing.assert_array_equal(drawn[:, 0], x)
    assert ax.get_ylabel() == "Response residual"


def test_quantile_residuals_are_drawn_beside_the_diagonal(nets, ax):
    nets["poisson"].plot_residuals(against="normal", ax=ax)
    drawn = np.asarray(ax.collections[0].get_offsets())
    found = nets["poisson"].inference().residuals("quantile")
    np.testing.assert_array_equal(drawn[:, 1], found)
    np.testing.assert_array_equal(*ax.lines[-1].get_xydata().T)


def test_rows_without_the_predictor_are_not_drawn(ax):
    table = make_table()
    table.iloc[[2, 5], 0] = np.nan
    with pytest.warns(DataWarning):
        net = NeuralNetwork("cost ~ x1 + x2", table, 0, na_action="impute").train(trace=0)
    with pytest.warns(DataWarning, match="2 of 36 rows not drawn: 'x1' is missing there"):
        net.plot_residuals("response", "x1", ax=ax)
    drawn = np.asarray(ax.collections[0].get_offsets())
    kept = table["x1"].notna()
    np.testing.assert_array_equal(drawn, np.column_stack([table["x1"], net.residuals])[kept])


def test_calibration_and_importance_are_those_of_their_records(nets, ax):
    net = nets["binomial"]
    net.plot_calibration(bins=4, ax=ax)
    found = net.inference().calibration(bins=4)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), found[["predicted", "observed"]])
    ax = net.plot_importance(n=3, measure="log_loss", seed=2, ax=Figure().add_subplot())
    found = net.explain().importance(3, "log_loss", 2).sort_values("estimate", ascending=False)
    np.testing.assert_array_equal(read_points(ax)[0][:, 0], found["estimate"])
    assert [label.get_text() for label in ax.get_yticklabels()] == found["term"].tolist()
    assert ax.get_xlabel() == "Increase of log loss"


# Shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["softmax", "binomial", "gaussian"])
@pytest.mark.parametrize(
    ("kind", "method"),
    [("partial", "partial_dependence"), ("ale", "accumulated_local_effects")],
)
def test_shapes_are_those_of_the_explanation(kind, method, family, nets, ax):
    net = nets[family]
    net.plot_shape("x1", kind, ax=ax)
    found = getattr(net.explain(), method)("x1")
    groups = len(ax.lines)
    assert groups == (3 if family == "softmax" else 1)
    np.testing.assert_array_equal(
        np.concatenate([line.get_xydata() for line in ax.lines]), found[["value", "estimate"]]
    )


def test_profile_has_a_curve_for_each_quantile(nets, ax):
    nets["gaussian"].plot_shape("x1", "lek", ax=ax)
    found = nets["gaussian"].explain().lek_profile("x1")
    drawn = np.concatenate([line.get_ydata() for line in ax.lines])
    np.testing.assert_array_equal(drawn, found["estimate"])
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert ax.get_legend().get_title().get_text() == "others at quantile"


def test_each_row_has_a_thin_curve_and_their_mean_a_thick_one(nets, ax):
    nets["gaussian"].plot_shape("x1", ice=True, ax=ax)
    *thin, thick = ax.lines
    assert len(thin) == 36
    assert max(line.get_linewidth() for line in thin) < thick.get_linewidth()
    np.testing.assert_allclose(
        np.mean([line.get_ydata() for line in thin], axis=0), thick.get_ydata()
    )


def test_levels_of_a_shape_are_points(nets, ax):
    nets["gaussian"].plot_shape("kind", ax=ax)
    found = nets["gaussian"].explain().partial_dependence("kind")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), found["estimate"])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]


# Regions of one predictor, and shades ---------------------------------------------------------


def test_regions_of_one_predictor_are_a_curve_with_a_band_where_it_is_known(ax):
    net = NeuralNetwork("cost ~ x1", make_table(), 2, decay=1.0, seed=1)
    net.plot_regions(ax=ax, resolution=9)
    assert not any(isinstance(each, PolyCollection) for each in ax.collections)
    ax = net.train(trace=0).plot_regions(ax=Figure().add_subplot(), resolution=9)
    assert any(isinstance(each, PolyCollection) for each in ax.collections)
    assert len(ax.lines[0].get_xdata()) == 9


@pytest.mark.parametrize("family", ["binomial", "softmax"])
def test_shade_is_the_probability_of_the_class(family, nets, ax):
    net = nets[family]
    net.plot_regions(shade=True, resolution=5, ax=ax)
    (veil,) = (each for each in ax.collections if hasattr(each, "get_coordinates"))
    corners = veil.get_coordinates()
    x = np.unique(corners[:, :, 0])[[0, -1]]  # the ends of the grid are its outer points
    y = np.unique(corners[:, :, 1])[[0, -1]]
    rows = pd.DataFrame({"x1": x, "x2": y, "kind": "a"})
    top, K = net.predict(rows, "probs").to_numpy().max(axis=1), len(net.classes)
    alpha = np.reshape(veil.get_alpha(), (5, 5))[[0, -1], [0, -1]]
    np.testing.assert_allclose(alpha, 0.92 * (1 - (top - 1 / K) / (1 - 1 / K)))
    assert ax.texts[0].get_text().startswith("paler where less sure; others at kind = a")


@pytest.mark.parametrize(
    ("method", "arguments", "error", "wanted"),
    [
        ("plot_interval", {"x": "x9"}, ValueError, "'x9' is no predictor"),
        ("plot_interval", {"x": 3}, TypeError, "x must be the name of a predictor, not 3"),
        ("plot_interval", {"x": "x1", "level": "a"}, TypeError, "level must be a number"),
        ("plot_interval", {"x": "x1", "interval": "all"}, ValueError, "interval must be one of"),
        ("plot_interval", {"x": "x1", "at": {"x1": 1}}, ValueError, "at= holds 'x1'"),
        ("plot_residuals", {"against": "x9"}, ValueError, "'x9' is no predictor"),
        ("plot_residuals", {"kind": "raw"}, ValueError, "kind must be one of"),
        ("plot_shape", {"variable": "x9"}, ValueError, "x9"),
        ("plot_shape", {"variable": "x1", "kind": "pdp"}, ValueError, "kind must be one of"),
        ("plot_shape", {"variable": "x1", "kind": "ale", "ice": True}, ValueError, "ice=True is"),
        ("plot_regions", {"shade": True}, ValueError, "shade=True is for classes"),
        ("plot_effects", {"variables": "x9"}, ValueError, "x9"),
    ],
)
def test_wrong_arguments_are_refused(method, arguments, error, wanted, nets, ax):
    with pytest.raises(error, match=wanted):
        getattr(nets["gaussian"], method)(ax=ax, **arguments)
    assert not ax.has_data()
