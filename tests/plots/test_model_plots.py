"""Plots of a network: the right rows and predictions, and a network that is not changed."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.plots import model_plots

SMALL = {"resolution": 20}
METHODS = {
    "plot_regions": SMALL,
    "plot_loss": {},
    "plot_network": {},
    "plot_confusion_matrix": {},
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture
def asked(monkeypatch):
    """Record the arguments of the functions that draw regions and surfaces."""
    calls = {}

    def listen(name):
        def draw(predict, x, y, values, *rest, **options):
            calls.update(kind=name, predict=predict, x=x, y=y, values=values, rest=rest, **options)

        return draw

    for name in ("plot_regions", "plot_surface"):
        monkeypatch.setattr(model_plots, name, listen(name))
    return calls


def make_mixed(response="species ~ kind + x1 + color + x2 + x3"):
    """Build a network with categorical columns between three numeric ones."""
    table = make_table()
    table["color"] = pd.Categorical(["red", "red", "blue"] * 12, ["blue", "red"])
    table["x3"] = np.linspace(0.0, 7.0, 36)
    return NeuralNetwork(response, table, init=0.5, seed=1), table


# The methods ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FORMULAS)
def test_methods_draw_on_the_axes_given_and_change_nothing(method, family, ax):
    net = make_net(family).train(5, 0.001, trace=2)
    if method == "plot_confusion_matrix" and not net.classes:
        with pytest.raises(ValueError, match="needs a response of classes"):
            net.plot_confusion_matrix(ax=ax)
        return
    before = take_snapshot(net)
    assert getattr(net, method)(ax=ax, **METHODS[method]) is ax
    assert ax.has_data() or ax.texts
    assert take_snapshot(net) == before
    assert plt.get_fignums() == []


@pytest.mark.parametrize("method", METHODS)
def test_methods_make_a_figure_of_their_own(method):
    net = make_net().train(5, 0.001, trace=0)
    axes = getattr(net, method)(**METHODS[method])
    assert plt.get_fignums() == [axes.figure.number]


@pytest.mark.parametrize("hidden", [0, 3, [3, 2]])
def test_network_is_drawn_with_its_names(hidden, ax):
    net = make_net(hidden=hidden)
    shown = {text.get_text() for text in net.plot_network(ax=ax).texts}
    assert {*net.x_names, *net.classes} <= shown


@pytest.mark.parametrize("hidden", [3, [3, 2]])
@pytest.mark.parametrize("formula", ["species ~ x1 + x2", "species ~ x1 + x2 - 1"])
def test_columns_that_skip_are_drawn_past_the_hidden_units(hidden, formula, ax):
    net = NeuralNetwork(formula, make_table(), hidden, skip=True, init=0.0)
    last = net.W[-1].copy()
    last[-1, 1] = 3.0
    setattr(net, f"W{len(net.W)}", last)
    # In centered columns the bias contains the mean of x2, and has a straight edge.
    (arc,) = (line for line in net.plot_network(ax=ax).lines if len(line.get_xdata()) > 2)
    places = {text.get_text(): getattr(text, "xy", text.get_position()) for text in ax.texts}
    (left, begins), *_, (right, ends) = arc.get_xydata()
    assert left < right
    assert (begins, ends) == pytest.approx((places["x2"][1], places["middle"][1]))


def test_loss_is_drawn_with_that_of_an_intercept_alone(iris, ax):
    net = NeuralNetwork("Species ~ .", iris, seed=1).train(40, 0.001, trace=0)
    curve, baseline = net.plot_loss(ax=ax).lines
    np.testing.assert_array_equal(curve.get_ydata(), net.history["loss"])
    np.testing.assert_allclose(baseline.get_ydata(), 150 * np.log(3))


def test_loss_of_an_untrained_network_is_refused(ax):
    with pytest.raises(ValueError, match="train first"):
        make_net().plot_loss(ax=ax)


def test_confusion_matrix_is_drawn_at_a_threshold(ax):
    net = make_net("binomial")
    counts = net.confusion_matrix(threshold=0.9).to_numpy().ravel()
    assert (counts != net.confusion_matrix().to_numpy().ravel()).any()
    shown = [text.get_text() for text in net.plot_confusion_matrix(threshold=0.9, ax=ax).texts]
    assert [int(text) for text in shown if text.isdigit()] == counts.tolist()


def test_confusion_matrix_is_drawn_for_new_rows_too(ax):
    net, table = make_net(), make_table()
    counts = net.confusion_matrix(table[:9]).to_numpy().ravel()
    shown = [text.get_text() for text in net.plot_confusion_matrix(table[:9], ax=ax).texts]
    assert [int(text) for text in shown if text.isdigit()] == counts.tolist()


# Regions: which predictors, which rows, what is held ------------------------------------------


def test_first_two_numbers_are_the_axes(asked):
    net, table = make_mixed()
    net.plot_regions()
    assert (asked["kind"], asked["rest"][1:]) == ("plot_regions", ("x1", "x2", "species"))
    np.testing.assert_array_equal(asked["x"], table["x1"])
    np.testing.assert_array_equal(asked["y"], table["x2"])
    assert [net.classes[code] for code in asked["values"]] == table["species"].tolist()
    assert (asked["x_levels"], asked["y_levels"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "axes"),
    [(["x3"], ("x3", "x1")), (["x1"], ("x1", "x2")), ([None, "x1"], ("x2", "x1"))],
)
def test_one_axis_may_be_named(given, axes, asked):
    make_mixed()[0].plot_regions(*given)
    assert asked["rest"][1:3] == axes


def test_others_are_held_at_mean_and_most_frequent_level(asked):
    net, table = make_mixed("cost ~ kind + x1 + color + x2 + x3")
    net.plot_regions("x1", "x3")
    x, y = np.array([-1.0, 0.0, 2.0]), np.array([0.0, 3.0, 7.0])
    typical = {"x2": table["x2"].mean(), "color": "red", "kind": "a"}
    rows = pd.DataFrame({"x1": x, "x3": y, **typical})
    np.testing.assert_allclose(asked["predict"](x, y), net.predict(rows), rtol=1e-12)


def test_others_are_held_where_at_says(asked):
    net, _ = make_mixed("cost ~ kind + x1 + color + x2 + x3")
    held = {"x2": -1.5, "color": "blue", "kind": "c"}
    net.plot_regions("x1", "x3", at=held)
    x, y = np.array([-1.0, 0.0, 2.0]), np.array([0.0, 3.0, 7.0])
    wanted = net.predict(pd.DataFrame({"x1": x, "x3": y, **held}))
    np.testing.assert_allclose(asked["predict"](x, y), wanted, rtol=1e-12)
    net.plot_regions("x1", "x3")
    assert not np.allclose(asked["predict"](x, y), wanted)


def test_picture_says_where_others_are_held(ax):
    net, table = make_mixed("cost ~ kind + x1 + color + x2 + x3")
    (note,) = net.plot_regions("x1", "x3", at={"color": "blue"}, ax=ax, **SMALL).texts
    said = note.get_text().replace("\n", " ").removeprefix("others at ").split(", ")
    assert sorted(said) == ["color = blue", "kind = a", f"x2 = {table['x2'].mean():.4g}"]


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_numbers_are_drawn_as_a_surface(family, asked):
    net, table = make_net(family), make_table()
    net.plot_regions()
    assert asked["kind"] == "plot_surface"
    np.testing.assert_array_equal(asked["values"], net.Y)
    rows = table[["x1", "x2"]].assign(kind="a")
    surface = asked["predict"](rows["x1"].to_numpy(), rows["x2"].to_numpy())
    np.testing.assert_allclose(surface, net.predict(rows), rtol=1e-12)


def test_categories_are_axes_with_their_levels(asked):
    net, table = make_mixed()
    net.plot_regions("color", "x2")
    assert asked["x_levels"] == ["blue", "red"]
    np.testing.assert_array_equal(asked["x"], (table["color"] == "red").astype(float))
    codes, y = np.array([0.0, 1.0, 1.0]), np.array([0.3, 0.3, -0.9])
    typical = {"x1": table["x1"].mean(), "x3": table["x3"].mean(), "kind": "a"}
    rows = pd.DataFrame({"color": ["blue", "red", "red"], "x2": y, **typical})
    assert [net.classes[k] for k in asked["predict"](codes, y)] == net.predict(rows).tolist()


@pytest.mark.parametrize("response", ["species", "cost"])
@pytest.mark.parametrize("pair", [("kind", "x1"), ("x1", "kind"), ("kind", "color")])
def test_categorical_axes_are_drawn(pair, response, ax):
    net, _ = make_mixed(f"{response} ~ kind + x1 + color + x2 + x3")
    net.plot_regions(*pair, ax=ax, **SMALL)
    for name, axis in zip(pair, (ax.xaxis, ax.yaxis), strict=True):
        levels = {"kind": ["a", "b", "c"], "color": ["blue", "red"]}.get(name)
        if levels:
            assert [label.get_text() for label in axis.get_ticklabels()] == levels


def test_booleans_are_axes_too(ax):
    net = NeuralNetwork("species ~ win + x1", make_table(), seed=1)
    net.plot_regions("x1", "win", ax=ax, **SMALL)
    assert [label.get_text() for label in ax.yaxis.get_ticklabels()] == ["False", "True"]


def test_axes_are_columns_of_the_data_not_terms(asked):
    table = make_table()
    net = NeuralNetwork("win ~ standardize(x1) + np.exp(x2) + x1:x2", table, seed=1)
    net.plot_regions()
    assert asked["rest"][1:3] == ("x1", "x2")
    codes = asked["predict"](table["x1"].to_numpy(), table["x2"].to_numpy())
    assert [net.classes[code] for code in codes] == net.predict(table).tolist()


def test_rows_of_new_data_are_shown_and_those_that_miss_a_value_are_not(ax):
    net, table = make_net(), make_table()[:10].astype({"species": object})
    table.iloc[[1, 4], 0] = np.nan
    table.iloc[6, 3] = None
    with pytest.warns(DataWarning, match="3 of 10 rows left out: missing values"):
        net.plot_regions(data=table, ax=ax, **SMALL)
    shown = [c for c in ax.collections if isinstance(c, PathCollection)]
    points = np.vstack([np.asarray(c.get_offsets()) for c in shown])
    wanted = table.drop(index=table.index[[1, 4, 6]])[["x1", "x2"]].to_numpy()
    assert sorted(points.tolist()) == sorted(wanted.tolist())


@pytest.mark.parametrize(
    ("arguments", "options", "wanted"),
    [
        (("x9",), {}, "'x9' is no predictor; they are 'x1', 'x2', 'kind'"),
        (("species",), {}, "'species' is no predictor"),
        (("x1", "x1"), {}, "two different predictors, not 'x1' twice"),
        ((), {"at": {"x1": 3}}, "at= holds 'x1'; it can hold 'kind'"),
        ((), {"at": {"nothing": 3}}, "at= holds 'nothing'"),
        ((), {"at": {"kind": "z"}}, "'z', which training never saw"),
        ((), {"at": ["kind"]}, "at must be a dict"),
        ((), {"resolution": 10**6}, "to 2,000, not 1000000"),
        ((), {"resolution": 1}, "resolution must be a whole number from 2 to 2,000, not 1"),
        ((), {"ax": "here"}, "ax must be a matplotlib Axes"),
    ],
)
def test_wrong_arguments_are_refused(arguments, options, wanted):
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises((ValueError, TypeError)) as caught:
        net.plot_regions(*arguments, **options)
    assert wanted in str(caught.value)
    assert take_snapshot(net) == before


@pytest.mark.parametrize(
    ("formula", "arguments"),
    [("cost ~ 1", {}), ("win ~ x1", {"y": "x1"}), ("win ~ x1", {"shade": True})],
)
def test_fewer_predictors_are_refused(formula, arguments):
    wanted = f"regions need two predictors; '{formula}' has fewer"
    with pytest.raises(ValueError, match=wanted):
        NeuralNetwork(formula, make_table(), hidden=0, seed=1).plot_regions(**arguments)


# Imputed values -------------------------------------------------------------------------------


def make_imputed():
    table = make_table()
    table.loc[[101, 104], "x1"] = np.nan
    table.loc[[104, 106], "kind"] = None
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork(
            "species ~ x1 + x2 + kind", table, 2, init=0.5, seed=1, na_action="impute"
        )
    return net, table


@pytest.mark.parametrize(
    ("axes", "left"), [(("x1", "x2"), [101, 104]), (("x2", "kind"), [104, 106])]
)
@pytest.mark.parametrize("given", [False, True])
def test_rows_whose_place_is_imputed_are_not_drawn(axes, left, given, asked):
    net, table = make_imputed()
    words = rf"^2 of 36 rows not drawn: '{axes[0]}' or '{axes[1]}' is missing there$"
    with pytest.warns(DataWarning, match=words):
        net.plot_regions(*axes, data=table if given else None)
    kept = table.drop(index=left)
    np.testing.assert_array_equal(asked["x"], kept[axes[0]])
    assert len(asked["y"]) == len(asked["values"]) == 34
    assert np.array_equal(asked["values"], kept["species"].cat.codes)
    assert list(asked["held"]) == [{"x1", "x2", "kind"}.difference(axes).pop()]


def test_a_level_never_seen_has_no_place(asked):
    net, table = make_imputed()
    new = table.head(9).assign(kind=["?", *table["kind"].iloc[1:9]])
    with pytest.warns(DataWarning) as reported:
        net.plot_regions("x2", "kind", data=new, unseen="missing")
    assert [str(each.message) for each in reported] == [
        "1 of 9 rows imputed, for levels that training never saw: column 'kind' '?'",
        "3 of 9 rows not drawn: 'x2' or 'kind' is missing there",
    ]
    assert asked["x"].tolist() == new["x2"].iloc[[1, 2, 3, 5, 7, 8]].tolist()


def test_rows_of_which_none_has_a_place():
    net, table = make_imputed()
    with pytest.raises(ValueError, match="no row can be drawn: 'x1' or 'x2' is missing in each of"):
        net.plot_regions("x1", "x2", data=table.loc[[101, 104]])


def test_another_predictor_may_be_held_missing(asked):
    net, _ = make_imputed()
    with pytest.warns(DataWarning, match="not drawn"):
        net.plot_regions("x1", "x2", at={"kind": None})
    wanted = net.predict({"x1": [0.5], "x2": [1.0], "kind": [None]})
    codes = asked["predict"](np.array([0.5]), np.array([1.0]))
    assert net._model.labels.classes[codes[0]] == wanted[0]


def test_diagram_names_indicators(ax):
    net, _ = make_imputed()
    net.plot_network(ax=ax)
    words = [text.get_text() for text in ax.texts]
    assert any("is.na(x1)" in word for word in words), words
