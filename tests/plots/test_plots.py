"""Plots: elements and their positions, read back from the Axes and from the drawn pixels."""

import copy
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import colors, pyplot
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuralnet.plots import (
    plot_calibration,
    plot_confusion_matrix,
    plot_effects,
    plot_importance,
    plot_interval,
    plot_loss,
    plot_network,
    plot_regions,
    plot_residuals,
    plot_surface,
    plot_tuning,
)
from neuralnet.plots.canvas import CLASS_COLORS, CLASS_MARKERS, lighten

X_NAMES = ["Intercept", "Petal.Length", "standardize(Sepal.Width)", "price in $ or $"]
CLASSES = ["Species[T.setosa]", "_versicolor", "Species[$virginica$]"]
X = np.array([-1.0, 0.0, 0.5, 1.0])
Y = np.array([0.0, 2.0, 1.0, 4.0])


@pytest.fixture(autouse=True)
def no_figure_left() -> Iterator[None]:
    yield
    pyplot.close("all")


def draw_regions(data: list[np.ndarray], ax: Axes | None) -> Axes:
    def predict(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(x > 0, 2, (y > 1).astype(int))

    return plot_regions(predict, *data, CLASSES, "Petal.Length", "x2", "Species", ax=ax)


def draw_surface(data: list[np.ndarray], ax: Axes | None) -> Axes:
    return plot_surface(np.add, *data, "Petal.Length", "x2", "log(price)", ax=ax)


def draw_loss(data: pd.DataFrame, ax: Axes | None) -> Axes:
    return plot_loss(data, baseline=4.0, ax=ax)


def draw_network(data: list[np.ndarray], ax: Axes | None) -> Axes:
    return plot_network(data, X_NAMES, CLASSES, ax=ax)


def make_history(losses: np.ndarray, every: int = 2) -> pd.DataFrame:
    iteration = np.arange(1, len(losses) + 1)
    accuracy = np.where(iteration % every == 0, iteration / len(losses), np.nan)
    return pd.DataFrame({"iteration": iteration, "loss": losses, "accuracy": accuracy})


def make_tuning(
    decays: list[float], deviances: list[float], errors: list[float] | float, chosen: int
) -> pd.DataFrame:
    tuning = pd.DataFrame({"decay": decays, "deviance": deviances, "std_error": errors})
    return tuning.assign(seconds=0.1, chosen=np.arange(len(decays)) == chosen)


def make_weights(*sizes: int) -> list[np.ndarray]:
    """Weights for layers of these sizes, those of the inputs with a bias."""
    rng = np.random.default_rng(5)
    rows = [sizes[0], *(size + 1 for size in sizes[1:-1])]
    return [rng.normal(size=shape) for shape in zip(rows, sizes[1:], strict=True)]


def make_table(counts: list[list[float]], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        counts, index=pd.Index(names, name="truth"), columns=pd.Index(names, name="predicted")
    )


def make_groups(**columns: list[float] | list[str]) -> pd.DataFrame:
    """Two rows for each class, with these columns."""
    return pd.DataFrame({"group": np.repeat(CLASSES, 2), **columns})


LIMITS = {"lower": [-1.0, 0.0] * 3, "upper": [1.0, 3.0] * 3}


PICTURES = {
    "regions": (draw_regions, [X, Y, np.array([0, 0, 1, 2])]),
    "surface": (draw_surface, [X, Y, np.array([1.0, 2.0, 0.0, 9.0])]),
    "loss": (draw_loss, make_history(np.array([5.0, 3.0, 2.5, 2.0]))),
    "tuning": (
        lambda table, ax: plot_tuning(table, ax=ax),
        make_tuning([0.0, 1e-3, 0.1, 10.0], [9.0, 1.0, 0.5, 0.8], 0.1, chosen=2),
    ),
    "network": (draw_network, make_weights(4, 5, 4, 3)),
    "confusion": (
        lambda table, ax: plot_confusion_matrix(table, ax=ax),
        make_table([[8, 1, 0], [0, 7, 2], [3, 0, 1234]], CLASSES),
    ),
    "effects": (
        lambda table, ax: plot_effects(table, "Change of $y$", "Species", ax=ax),
        make_groups(
            term=["Petal.Length", "$kind$"] * 3,
            contrast=["5.1 - 1.6", "$b$ - a"] * 3,
            estimate=[0.0, 1.0] * 3,
            **LIMITS,
        ),
    ),
    "importance": (
        lambda table, ax: plot_importance(table, "Loss of $r$", ax=ax),
        pd.DataFrame({"term": X_NAMES, "estimate": X + 1.0, "std_dev": 0.2}),
    ),
    "calibration": (
        lambda table, ax: plot_calibration(table, "mean of $y$", "Species", ax=ax),
        make_groups(predicted=[0.0, 2.0] * 3, observed=[0.5, 1.0] * 3, **LIMITS),
    ),
    "residuals": (
        lambda table, ax: plot_residuals(table, X, "price in $ or $", response_name="$s$", ax=ax),
        pd.DataFrame(np.outer(X, [1.0, -2.0, 0.5]), columns=CLASSES),
    ),
    "interval": (
        lambda table, ax: plot_interval(
            table, "price in $ or $", "log($y$)", held={"$x$": 1.5}, note="95 %", ax=ax
        ),
        make_groups(value=[0.0, 1.0] * 3, fit=[0.0, 1.0] * 3, **LIMITS),
    ),
}
every_picture = pytest.mark.parametrize(("draw", "data"), PICTURES.values(), ids=PICTURES)
Draw = Callable[..., Axes]


# --- what holds for all of them


def test_package_is_imported_without_matplotlib_which_is_named_where_it_is_missing() -> None:
    program = """
import sys
import pandas as pd
sys.modules["matplotlib"] = None  # an import of it now fails
from neuralnet.plots import plot_loss
try:
    plot_loss(pd.DataFrame({"iteration": [1], "loss": [2.0]}))
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'formula-neuralnet[plots]'" in done.stdout


@every_picture
def test_given_axes_are_used_and_nothing_else_is_touched(draw: Draw, data: object) -> None:
    given, before = copy.deepcopy(data), dict(matplotlib.rcParams)
    ax = Figure().add_subplot()
    assert draw(data, ax) is ax
    assert ax.has_data() or ax.texts
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before
    if isinstance(data, pd.DataFrame):
        pd.testing.assert_frame_equal(data, given)
    else:
        assert all(np.array_equal(old, new) for old, new in zip(given, data, strict=True))


@every_picture
def test_without_axes_one_new_figure_is_made(draw: Draw, data: object) -> None:
    ax = draw(data, None)
    assert pyplot.get_fignums() == [ax.figure.number]
    assert ax.figure.get_layout_engine() is not None  # keeps labels in when it is resized


@every_picture
def test_what_is_no_axes_is_refused(draw: Draw, data: object) -> None:
    for wrong in (Figure(), np.array([Figure().add_subplot()])):
        with pytest.raises(TypeError, match=f"a matplotlib Axes, not {type(wrong).__name__}"):
            draw(data, wrong)


@every_picture
@pytest.mark.parametrize("place", ["own", "small", "panel"])
def test_labels_are_never_cut_off(draw: Draw, data: object, place: str) -> None:
    if place == "own":
        ax = draw(data, None)
    elif place == "small":
        ax = draw(data, Figure(figsize=(4, 3)).add_subplot())
    else:
        ax = draw(data, Figure(figsize=(9, 5), layout="constrained").add_subplot(1, 2, 2))
    figure = ax.figure
    figure.draw_without_rendering()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    tolerance = 0.5 / figure.dpi  # half a pixel
    assert drawn.x0 > -tolerance and drawn.y0 > -tolerance
    assert drawn.x1 < width + tolerance and drawn.y1 < height + tolerance


@every_picture
def test_names_are_written_as_given(draw: Draw, data: object) -> None:
    ax = draw(data, Figure().add_subplot())
    for text in ax.figure.findobj(Text):
        if "$" in text.get_text() and "mathdefault" not in text.get_text():
            assert not text.get_parse_math()


# --- regions


def read_pixels(ax: Axes) -> np.ndarray:
    """Colors in [0, 1] of the drawn Axes, (height, width, 3), the first row at the bottom."""
    ax.figure.canvas.draw()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[::-1, :, :3] / 255
    x0, y0, x1, y1 = np.round(ax.get_window_extent().extents).astype(int)
    return pixels[y0:y1, x0:x1]


def pick(ax: Axes, kind: type) -> list:
    return [artist for artist in ax.collections if type(artist) is kind]


def test_regions_have_the_light_color_of_their_class() -> None:
    # Three bands, of the classes 1, 0, 2 from the bottom: 0 and 2 must touch without 1 between.
    ax = plot_regions(
        lambda x, y: np.select([y < 1, y < 2], [1, 0], 2),
        [0.0, 1.0],
        [0.0, 3.0],
        None,
        CLASSES,
        "x",
        "y",
        "z",
        ax=pyplot.figure().add_subplot(),
    )
    pixels = read_pixels(ax)
    low, high = ax.get_ylim()
    for height, k in ((0.5, 1), (1.5, 0), (2.5, 2)):
        row = int((height - low) / (high - low) * len(pixels))
        assert np.abs(pixels[row, 40] - lighten(CLASS_COLORS[k])).max() < 0.01
    upper = pixels[int((1.5 - low) / (high - low) * len(pixels)) : -5, 5:-5]
    assert np.abs(upper - lighten(CLASS_COLORS[1])).max(axis=2).min() > 0.05
    assert pick(ax, PathCollection) == []
    assert [text.get_text() for text in ax.get_legend().get_texts()] == CLASSES


def test_border_lies_where_the_prediction_changes_and_grid_reaches_beyond_the_data() -> None:
    asked = []

    def predict(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        asked.append((x, y))
        return (x > 0.3).astype(int)

    ax = plot_regions(
        predict, X, Y, [0, 0, 1, 1], ["a", "b"], "x", "y", "z", ax=Figure().add_subplot()
    )
    border = [lines for lines in pick(ax, QuadContourSet) if not lines.filled]
    vertices = np.vstack([path.vertices for path in border[0].get_paths()])
    assert len(border) == 1
    assert np.abs(vertices[:, 0] - 0.3).max() < 2.2 / 299  # one step of the grid
    ((grid_x, grid_y),) = asked
    assert (grid_x.min(), grid_x.max()) == pytest.approx((-1.1, 1.1))  # 5 % of the range
    assert (grid_y.min(), grid_y.max()) == pytest.approx((-0.2, 4.2))
    assert ax.get_xlim() == pytest.approx((-1.1, 1.1))
    assert ax.get_ylim() == pytest.approx((-0.2, 4.2))


def test_points_have_the_color_and_marker_of_their_class() -> None:
    codes = np.array([2, 0, 1, 0])
    ax = draw_regions([X, Y, codes], Figure().add_subplot())
    points = pick(ax, PathCollection)
    assert len(points) == 3
    for k, cloud in enumerate(points):
        assert np.array_equal(cloud.get_offsets(), np.column_stack([X, Y])[codes == k])
        assert colors.to_hex(cloud.get_facecolor()[0]).upper() == CLASS_COLORS[k]
    shapes = [cloud.get_paths()[0].vertices for cloud in points]
    assert all(not np.array_equal(one, other) for one, other in combinations(shapes, 2))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == CLASSES


def test_legend_of_regions_is_beside_them() -> None:
    ax = draw_regions([X, Y, np.array([0, 0, 1, 2])], None)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().x0 >= ax.get_window_extent().x1


def test_first_classes_differ_in_lightness_and_all_in_color_or_marker() -> None:
    def lightness(color: str) -> float:  # CIE L*, 0 to 100
        channels = np.array(colors.to_rgb(color))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16

    for one, other in combinations(CLASS_COLORS[:3], 2):
        assert abs(lightness(one) - lightness(other)) > 10
    pairs = {(CLASS_COLORS[k % 8], CLASS_MARKERS[k % 9]) for k in range(72)}
    assert len(pairs) == 72


def test_categorical_predictor_is_drawn_in_bands() -> None:
    codes, asked = np.array([0, 1, 2, 2]), []

    def predict(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        asked.append(x)
        return (x == 1).astype(int)

    ax = plot_regions(
        predict,
        codes,
        Y,
        [0, 1, 0, 0],
        ["no", "yes"],
        "dose",
        "y",
        "z",
        x_levels=["low", "rather high", "$"],
        ax=Figure().add_subplot(),
    )
    assert set(asked[0]) == {0, 1, 2}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["low", "rather high", "$"]
    assert ax.get_xlim() == pytest.approx((-0.5, 2.5), abs=1e-5)
    (border,) = [lines for lines in pick(ax, QuadContourSet) if not lines.filled]
    vertices = np.vstack([path.vertices for path in border.get_paths()])
    assert np.unique(vertices[:, 0].round(4)) == pytest.approx([0.5, 1.5])
    no, yes = (np.asarray(cloud.get_offsets()) for cloud in pick(ax, PathCollection))
    assert np.abs(no[:, 0] - codes[[0, 2, 3]]).max() <= 0.3
    assert np.abs(yes[:, 0] - 1).max() <= 0.3
    assert np.array_equal(no[:, 1], Y[[0, 2, 3]])
    assert no[1, 0] != no[2, 0]


def test_two_categorical_predictors_make_a_chessboard() -> None:
    codes = np.array([0, 1] * 20)
    ax = plot_regions(
        lambda x, y: (x + y) % 2,
        codes,
        codes,
        codes,
        ["no", "yes"],
        "dose",
        "sex",
        "z",
        x_levels=["low", "high"],
        y_levels=["female", "male"],
    )
    assert [label.get_text() for label in ax.get_yticklabels()] == ["female", "male"]
    cloud = np.asarray(pick(ax, PathCollection)[1].get_offsets()) - 1
    assert np.abs(cloud).max() <= 0.3
    assert abs(np.corrcoef(cloud.T)[0, 1]) < 0.5  # no line of points
    pixels = read_pixels(ax)
    for row, column, k in ((5, 5, 0), (5, -5, 1), (-5, 5, 1), (-5, -5, 0)):
        assert np.abs(pixels[row, column] - lighten(CLASS_COLORS[k])).max() < 0.01


def test_one_class_predicted_and_constant_predictors_are_drawn() -> None:
    ax = plot_regions(
        lambda x, y: np.zeros(len(x), int), [2.0], [3.0], [1], ["a", "b"], "x", "y", "z"
    )
    assert np.abs(read_pixels(ax)[20, 20] - lighten(CLASS_COLORS[0])).max() < 0.01
    assert ax.get_xlim() == pytest.approx((1.5, 2.5))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": Y[:3]}, "y has 3 values; 4 are needed"),
        ({"x": [0, 1, np.nan, np.inf]}, "2 of the 4 values of x are missing or infinite"),
        ({"x": np.ones((4, 1)), "y": Y}, r"x must be one column of numbers, not of shape \(4, 1\)"),
        ({"labels": [0, 1, 2, 0]}, "labels must be codes 0 to 1"),
        ({"labels": [0, 1, 0]}, r"labels must have shape \(4,\)"),
        ({"predict": lambda x, y: np.full(len(x), -1)}, "predict's codes must be codes 0 to 1"),
        ({"predict": lambda x, y: np.zeros((len(x), 1))}, r"predict returned shape \(90000, 1\)"),
        ({"resolution": 1}, "resolution must be a whole number from 2 to 2,000, not 1"),
        ({"x_levels": ["a", "b"]}, r"with 2 levels must be \[0, 1\]"),
    ],
)
def test_bad_input_to_regions_is_named(change: dict, message: str) -> None:
    arguments = {
        "predict": lambda x, y: (x > 0).astype(int),
        "x": X,
        "y": Y,
        "labels": [0, 1, 0, 1],
        "classes": ["a", "b"],
        "x_name": "x",
        "y_name": "y",
        "response_name": "z",
    }
    with pytest.raises(ValueError, match=message):
        plot_regions(**{**arguments, **change})
    assert pyplot.get_fignums() == []


# --- surface


def test_surface_and_points_share_one_scale() -> None:
    values = np.array([-3.0, 2.0, 0.0, 20.0])
    ax = plot_surface(
        lambda x, y: np.where(x < 0, 0.0, 10.0), X, Y, values, "x", "y", "price", ax=None
    )
    (surface,), (_, points) = pick(ax, QuadContourSet), pick(ax, PathCollection)
    assert np.array_equal(points.get_array(), values)
    assert np.array_equal(points.get_offsets(), np.column_stack([X, Y]))
    for drawn in (surface, points):
        assert drawn.get_cmap().name == "cividis"
        assert (drawn.norm.vmin, drawn.norm.vmax) == (-3, 20)
    assert (surface.levels[0], surface.levels[-1]) == pytest.approx((-3, 20))
    pixels, scale = read_pixels(ax), matplotlib.colormaps["cividis"]
    for column, mean in ((30, 0.0), (-30, 10.0)):
        # A filled contour has the color of the middle of its band, at most half a band away.
        near = [scale((mean + shift + 3) / 23)[:3] for shift in np.linspace(-0.8, 0.8, 50)]
        assert np.abs(pixels[30, column] - near).max(axis=1).min() < 0.01
    (bar,) = [axes for axes in ax.figure.axes if axes is not ax]
    assert bar.get_ylabel() == "price"


def test_surface_may_be_constant_and_without_points() -> None:
    ax = plot_surface(lambda x, y: 0 * x + 7, X, Y, None, "x", "y", "z", ax=Figure().add_subplot())
    assert pick(ax, PathCollection) == []
    assert len(ax.figure.axes) == 2


def test_surface_refuses_predictions_that_are_not_finite() -> None:
    with pytest.raises(ValueError, match="values of predict's means are missing or infinite"):
        plot_surface(lambda x, y: np.where(x > 0, np.nan, x), X, Y, None, "x", "y", "z")


# --- loss


def test_loss_accuracy_and_baseline_are_drawn_where_they_are() -> None:
    history = make_history(np.array([5.0, 3.0, 2.5, 2.0, 2.2]))
    ax = plot_loss(history, baseline=4.0, ax=Figure().add_subplot())
    loss, baseline = ax.lines
    assert loss.get_xdata().tolist() == history["iteration"].tolist()
    assert loss.get_ydata().tolist() == history["loss"].tolist()
    assert baseline.get_ydata() == [4.0, 4.0]
    assert baseline.get_linestyle() == "--"
    (twin,) = [axes for axes in ax.figure.axes if axes is not ax]
    assert twin.lines[0].get_xydata().tolist() == [[2, 0.4], [4, 0.8]]
    assert (ax.get_xlabel(), ax.get_ylabel(), twin.get_ylabel()) == (
        "iteration",
        "loss",
        "accuracy",
    )
    assert twin.lines[0].get_color() != loss.get_color()
    texts = ax.get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["loss", "intercept only", "accuracy"]


def test_loss_alone_has_no_legend_and_no_second_axis() -> None:
    history = make_history(np.array([5.0, 3.0]))
    for plain in (history.drop(columns="accuracy"), history.assign(accuracy=np.nan)):
        ax = plot_loss(plain, ax=Figure().add_subplot())
        assert ax.get_legend() is None
        assert ax.figure.axes == [ax]


@pytest.mark.parametrize(
    ("losses", "baseline", "scale"),
    [
        ([100.0, 1.0], None, "linear"),  # two decades, not more
        ([101.0, 1.0], None, "log"),
        ([101.0, 1.0], 50.0, "log"),
        ([101.0, 1.0], 0.0, "linear"),
        ([101.0, 0.0], None, "linear"),
        ([101.0, np.nan, 1.0, np.inf], None, "log"),
        ([np.nan], None, "linear"),
    ],
)
def test_loss_axis_is_logarithmic_over_two_decades(
    losses: list[float], baseline: float | None, scale: str
) -> None:
    history = make_history(np.array(losses))
    ax = plot_loss(history, baseline=baseline, ax=Figure().add_subplot())
    assert ax.get_yscale() == scale


@pytest.mark.parametrize("rows", [1, 10, 1000, 100_000])
@pytest.mark.parametrize("decades", [0.1, 4])
def test_legend_of_the_loss_covers_nothing(rows: int, decades: float) -> None:
    noise = np.random.default_rng(3).uniform(0, decades, rows)
    history = make_history(10**noise, every=max(rows // 10, 1))
    ax = plot_loss(history, baseline=history["loss"].max(), ax=Figure().add_subplot())
    ax.figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    for axes in ax.figure.axes:
        for line in axes.lines:
            points = line.get_transform().transform(line.get_xydata())
            assert points[:, 1].max() + 3 < legend.y0  # 3 pixels for half a marker
            assert points[:, 1].max() < ax.get_window_extent().y1
    assert legend.width < ax.get_window_extent().width


@pytest.mark.parametrize("rows", [1, 3, 100_000])
def test_iterations_are_whole_numbers(rows: int) -> None:
    ax = plot_loss(make_history(np.ones(rows)), ax=Figure().add_subplot())
    ticks = ax.get_xticks()
    assert np.array_equal(ticks, np.round(ticks))
    assert ax.xaxis.get_major_formatter()(100_000) == "100,000"


def test_bad_history_is_named() -> None:
    with pytest.raises(TypeError, match="history must be a DataFrame, not list"):
        plot_loss([1.0, 2.0])
    with pytest.raises(ValueError, match=r"no column 'loss', only \['iteration'\]"):
        plot_loss(pd.DataFrame({"iteration": [1]}))
    with pytest.raises(ValueError, match="no rows: train first"):
        plot_loss(make_history(np.array([])))
    assert pyplot.get_fignums() == []


# --- tuning

TRIED = ([0.0, 0.001, 0.1, 10.0], [3.0, 1.0, 0.8, 1.5], [0.4, 0.3, 0.25, 0.2])


def list_legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_deviance_its_standard_error_the_choice_and_the_limit_are_drawn_where_they_are() -> None:
    ax = plot_tuning(make_tuning(*TRIED, chosen=3), ax=Figure().add_subplot())
    (container,) = ax.containers
    curve, _, (bars,) = container.lines
    assert curve.get_xydata().tolist() == [list(pair) for pair in zip(*TRIED[:2], strict=True)]
    for bar, deviance, error in zip(bars.get_segments(), *TRIED[1:], strict=True):
        assert bar[:, 1].tolist() == [deviance - error, deviance + error]
    chosen, limit = (line for line in ax.lines if line not in (curve, *container.lines[1]))
    assert chosen.get_xydata().tolist() == [[10.0, 1.5]]
    # Of the lowest deviance, which is not that of the decay chosen.
    assert limit.get_ydata() == [0.8 + 0.25] * 2
    assert limit.get_linestyle() == "--"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Decay", "Deviance per row, held out")
    assert list_legend(ax) == ["mean ± standard error", "chosen: 10", "lowest + standard error"]


def test_rows_are_drawn_in_the_order_of_their_decays() -> None:
    table = make_tuning(*TRIED, chosen=3)
    shown = [plot_tuning(rows, ax=Figure().add_subplot()) for rows in (table, table[::-1])]
    first, second = ([line.get_xydata().tolist() for line in ax.lines] for ax in shown)
    assert first == second


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("decays", [[0.3], [1.0], [0.2, 0.5], [0.001, 0.1, 10.0], [1e-12, 1e4]])
def test_powers_of_ten_are_evenly_apart_and_0_is_left_of_them(
    decays: list[float], zero: bool
) -> None:
    every = [0.0] * zero + decays
    ax = plot_tuning(make_tuning(every, [1.0] * len(every), 0.1, 0), ax=Figure().add_subplot())
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == [f"{tick:g}" for tick in ax.get_xticks()]
    places = ax.transData.transform([(tick, 1.0) for tick in ax.get_xticks()])[:, 0]
    assert (labels[0] == "0") == zero
    assert len(places) - zero >= 2
    assert np.ptp(np.diff(places[int(zero) :])) < 1e-6
    assert (np.diff(places) > 0).all()
    low, high = ax.get_xlim()
    assert low < min(every) and max(every) < high
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_tuning_of_decay_0_alone_is_drawn() -> None:
    ax = plot_tuning(make_tuning([0.0], [1.0], 0.1, 0), ax=Figure().add_subplot())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0"]
    assert list_legend(ax)[1] == "chosen: 0"


def test_without_standard_errors_there_are_no_bars_and_no_limit() -> None:
    ax = plot_tuning(make_tuning(*TRIED[:2], np.nan, 2), ax=Figure().add_subplot())
    assert list_legend(ax) == ["mean", "chosen: 0.1"]
    heights = [line.get_ydata() for line in ax.lines if line.get_linestyle() == "--"]
    assert heights == []


def test_decays_whose_training_failed_are_dotted_lines() -> None:
    tuning = make_tuning([0.001, 0.01, 0.1, 1.0], [np.inf, np.nan, 0.8, 0.9], 0.1, 2)
    ax = plot_tuning(tuning, ax=Figure().add_subplot())
    assert list_legend(ax)[-1] == "not finite"
    failed = [line.get_xdata()[0] for line in ax.lines if line.get_color() == "#999999"]
    assert failed == [0.001, 0.01]


@pytest.mark.parametrize(
    ("deviances", "scale"),
    [
        ([10.0, 1.0], "linear"),  # one decade, not more
        ([10.1, 1.0], "log"),
        ([10.1, 0.0], "linear"),
        ([np.inf, 1.0], "linear"),
    ],
)
def test_deviance_axis_is_logarithmic_over_a_decade(deviances: list[float], scale: str) -> None:
    ax = plot_tuning(make_tuning([0.1, 1.0], deviances, 0.1, 1), ax=Figure().add_subplot())
    assert ax.get_yscale() == scale


@pytest.mark.parametrize("size", [(3, 2.5), (4, 3), (6.4, 4.8), (12, 5)])
@pytest.mark.parametrize("top", [1.1, 100.0])
def test_legend_of_the_tuning_covers_nothing(size: tuple[float, float], top: float) -> None:
    tuning = make_tuning([0.001, 0.01, 0.1], [top, 0.9, top], 0.1, 1)
    ax = plot_tuning(tuning, ax=Figure(figsize=size).add_subplot())
    ax.figure.draw_without_rendering()
    legend, frame = ax.get_legend().get_window_extent(), ax.get_window_extent()
    for line in ax.lines:
        assert line.get_transform().transform(line.get_xydata())[:, 1].max() < legend.y0
    assert legend.width < frame.width and legend.y0 > frame.y0


@pytest.mark.parametrize(
    ("tuning", "error", "message"),
    [
        (None, TypeError, "tuning must be a DataFrame, not NoneType"),
        (pd.DataFrame({"decay": [1.0]}), ValueError, "no column 'deviance', only \\['decay'\\]"),
        (make_tuning([], [], [], 0), ValueError, "no decay was tried, as where it was given or"),
        (make_tuning([-1.0], [1.0], [0.1], 0), ValueError, "decay must be at least 0, not -1"),
        (make_tuning([np.nan], [1.0], [0.1], 0), ValueError, "values of decay are missing"),
        (make_tuning([1.0], [1.0], [0.1], 5), ValueError, "one decay must be chosen, not 0 of"),
    ],
)
def test_bad_tuning_is_named(tuning: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        plot_tuning(tuning)
    assert pyplot.get_fignums() == []


# --- network diagram


def locate(ax: Axes) -> dict[str, tuple[float, float]]:
    """Positions of the nodes by name."""
    return {text.get_text(): tuple(getattr(text, "xy", text.get_position())) for text in ax.texts}


def test_every_weight_is_an_edge_colored_by_sign() -> None:
    weights = make_weights(4, 5, 4, 3)
    weights[1][2, 3] = 0
    ax = draw_network(weights, Figure().add_subplot())
    flat = np.concatenate([matrix.ravel() for matrix in weights])
    assert len(ax.lines) == len(flat) - 1
    found = [colors.to_hex(edge.get_color()).upper() for edge in ax.lines]
    assert found.count("#0072B2") == (flat > 0).sum()
    assert found.count("#E69F00") == (flat < 0).sum()
    dashed = [edge.get_linestyle() != "-" for edge in ax.lines]
    assert dashed == [color == "#E69F00" for color in found]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["negative", "positive"]
    assert ax.get_legend().get_title().get_text() == "line widths: weights"


@pytest.mark.parametrize(
    ("matrix", "row", "column", "source", "target"),
    [
        (0, 0, 1, "Intercept", "h2"),
        (0, 2, 0, "x2", "h1"),
        (1, 0, 1, "1", "b"),  # from the bias of the hidden layer
        (1, 2, 0, "h2", "a"),
    ],
)
def test_edge_joins_the_nodes_of_its_row_and_column(
    matrix: int, row: int, column: int, source: str, target: str
) -> None:
    weights = [np.zeros((3, 2)), np.zeros((3, 2))]
    weights[matrix][row, column] = -0.5
    ax = plot_network(weights, ["Intercept", "x1", "x2"], ["a", "b"], ax=Figure().add_subplot())
    (edge,) = ax.lines
    where = locate(ax)  # of the two nodes called 1, the hidden layer's is the last
    assert edge.get_xydata() == pytest.approx(np.array([where[source], where[target]]))


def test_width_is_relative_to_the_largest_weight_of_the_matrix() -> None:
    weights = [np.array([[1.0], [-4.0]]), np.array([[500.0], [2000.0]])]
    ax = plot_network(weights, ["Intercept", "x"], ["y"], ax=Figure().add_subplot())
    widths = [edge.get_linewidth() for edge in ax.lines]
    strengths = [edge.get_alpha() for edge in ax.lines]
    assert widths[0] == widths[2] < widths[1] == widths[3]
    assert strengths[0] == strengths[2] < strengths[1] == strengths[3]


@pytest.mark.parametrize("skip", [False, True])
def test_biases_change_no_other_edge_and_are_no_wider_than_the_widest(skip: bool) -> None:
    weights = make_weights(4, 5, 3)
    if skip:
        weights[1] = np.vstack([weights[1], np.ones((3, 3))])
    drawn = []
    for bias in (0.1, 1e6):
        weights[0][0] = weights[1][0] = bias
        ax = plot_network(weights, X_NAMES, CLASSES, skip=skip, ax=Figure().add_subplot())
        drawn.append(np.array([edge.get_linewidth() for edge in ax.lines]))
    small, large = drawn
    biases = np.isin(np.arange(len(small)), [*range(5), *range(20, 23)])
    assert np.array_equal(small[~biases], large[~biases])
    assert small.max() == large.max()
    assert (large[biases] == large.max()).all() and (small[biases] < small.max()).all()
    heights = np.array([edge.get_zorder() for edge in ax.lines])
    strengths = np.array([edge.get_alpha() for edge in ax.lines])
    assert heights[biases].max() <= heights[~biases].min()
    assert strengths[biases].max() <= strengths[~biases].min()


def test_biases_alone_are_drawn_by_their_own_size() -> None:
    weights, ax = [np.array([[1.0, 2.0]])], Figure().add_subplot()
    plot_network(weights, ["Intercept"], ["a", "b"], ax=ax)
    thin, wide = (edge.get_linewidth() for edge in ax.lines)
    assert thin < wide


def test_bias_nodes_follow_the_formula() -> None:
    for names, biases in ((["Intercept", "a", "b"], 2), (["a", "b", "c"], 1)):
        ax = plot_network(make_weights(3, 2, 1), names, ["y"], ax=Figure().add_subplot())
        assert [text.get_text() for text in ax.texts].count("1") == biases
        heights = [locate(ax)[name][1] for name in names]
        assert heights == sorted(heights, reverse=True)
    ax = plot_network(make_weights(3, 2), names, ["y", "z"], ax=Figure().add_subplot())
    assert "1" not in locate(ax)
    assert len(ax.lines) == 6


@pytest.mark.parametrize(("hidden", "more"), [(15, None), (16, "+4"), (30, "+18")])
def test_many_nodes_are_counted_instead_of_drawn(hidden: int, more: str | None) -> None:
    ax = plot_network(make_weights(2, hidden, 1), ["Intercept", "x"], ["y"])
    where = locate(ax)
    shown = [name for name in where if name.startswith("h") and name[1:].isdigit()]
    ends = [*range(1, 7), *range(hidden - 5, hidden + 1)]
    assert shown == [f"h{j}" for j in (ends if more else range(1, 16))]
    assert len(ax.lines) == 3 * len(shown) + 1
    assert [name for name in where if name.startswith("+")] == ([more] if more else [])


def test_long_names_stay_inside_the_axes_and_off_the_nodes() -> None:
    inputs = ["Intercept", *(f"standardize(np.log(predictor_{j}))" for j in range(40))]
    outputs = [f"a very long class name {j}" for j in range(20)]
    for ax in (None, Figure(figsize=(4, 3)).add_subplot()):
        ax = plot_network(make_weights(41, 100, 20), inputs, outputs, ax=ax)
        ax.figure.draw_without_rendering()
        frame = ax.get_window_extent()
        for text in ax.texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0 and box.x1 <= frame.x1
            assert frame.y0 <= box.y0 and box.y1 <= frame.y1
        first, last = ax.transData.transform([[0, 0], [2, 0]])[:, 0]
        for text in ax.texts:
            if text.get_text() in inputs:
                assert text.get_window_extent().x1 < first
            elif text.get_text() in outputs:
                assert text.get_window_extent().x0 > last


def test_skipping_edges_pass_below_the_hidden_layers() -> None:
    weights = [np.zeros((3, 2)), np.zeros((3, 4)), np.zeros((5 + 2, 2))]
    weights[2][6, 1] = 3.0  # below bias and four hidden units: x1, x2
    names = ["Intercept", "x1", "x2"]
    ax = plot_network(weights, names, ["a", "b"], skip=True, ax=Figure().add_subplot())
    (arc,) = ax.lines
    where, path = locate(ax), arc.get_xydata()
    assert path[0] == pytest.approx(where["x2"])
    assert path[-1] == pytest.approx(where["b"])
    for column, node in ((1, "h1.2"), (2, "h2.4")):
        assert np.interp(column, *path.T) < where[node][1] - 0.35
    assert path[:, 1].min() > ax.get_ylim()[0]


@pytest.mark.parametrize(
    ("shapes", "skip", "message"),
    [
        ([(3, 2), (3, 2)], False, "W1 has shape"),
        ([(2, 2), (2, 2)], False, r"W2 has shape \(2, 2\), .* require \(3, 2\)"),
        ([(2, 2), (3, 1)], False, r"W2 has shape \(3, 1\), .* require \(3, 2\)"),
        ([(2, 2), (3, 2)], True, r"W2 must have 3 \+ 1 rows, not 3"),
        ([(2, 2)], True, "needs a hidden layer"),
        ([(4,)], False, r"W1 must be a matrix of finite weights; it has shape \(4,\)"),
        ([], False, "weights is empty"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    shapes: list[tuple[int, ...]], skip: bool, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plot_network(
            [np.ones(shape) for shape in shapes], ["Intercept", "x"], ["a", "b"], skip=skip
        )
    assert pyplot.get_fignums() == []


def test_missing_weights_and_names_are_refused() -> None:
    with pytest.raises(ValueError, match="with 1 missing or infinite weight"):
        plot_network([np.array([[1.0], [np.nan]])], ["Intercept", "x"], ["y"])
    with pytest.raises(ValueError, match="not 0 input names"):
        plot_network([np.ones((0, 1))], [], ["y"])


# --- confusion matrix


def test_cells_show_counts_and_shares_with_the_truth_in_rows() -> None:
    table = make_table([[34, 7], [10, 30]], ["no", "yes"])
    ax = plot_confusion_matrix(table, ax=Figure().add_subplot())
    ax.figure.draw_without_rendering()
    assert [text.get_text() for text in ax.texts] == [
        *("34", "82.9 %", "7", "17.1 %"),
        *("10", "25.0 %", "30", "75.0 %"),
    ]
    seven, ten = ax.texts[2].get_window_extent(), ax.texts[4].get_window_extent()
    assert seven.y0 > ten.y1 and seven.x0 > ten.x1  # truth no, predicted yes: upper right
    (cells,) = ax.collections
    assert cells.get_array().ravel().tolist() == pytest.approx([34 / 41, 7 / 41, 10 / 40, 30 / 40])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["no", "yes"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["no", "yes"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "truth")


def test_weighted_counts_and_a_class_without_rows() -> None:
    table = make_table([[1.5, 1234567.0], [0, 0]], ["a", "b"])
    ax = plot_confusion_matrix(table, ax=Figure().add_subplot())
    words = [text.get_text() for text in ax.texts]
    assert words[0::2] == ["1.5", "1,234,567", "0", "0"]
    assert words[5::2] == ["\N{EN DASH}"] * 2


@pytest.mark.parametrize("classes", [1, 2, 3, 8])
def test_cell_texts_fit_and_can_be_read(classes: int) -> None:
    counts = np.random.default_rng(classes).integers(0, 99_999, (classes, classes))
    names = [f"a rather long class name {k}" for k in range(classes)]
    ax = plot_confusion_matrix(make_table(counts.tolist(), names))
    ax.figure.draw_without_rendering()
    (cells,) = ax.collections
    side = ax.get_window_extent().width / classes
    for text, fill in zip(ax.texts, cells.get_facecolors().repeat(2, axis=0), strict=True):
        assert text.get_window_extent().width < side
        light, dark = sorted((luminance(fill), luminance(text.get_color())), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, level AA


def luminance(color: object) -> float:
    """Relative luminance of a color, by the table of WCAG's definition."""
    total = 0.0
    for share, channel in zip((0.2126, 0.7152, 0.0722), colors.to_rgb(color), strict=True):
        low = channel <= 0.04045
        total += share * (channel / 12.92 if low else ((channel + 0.055) / 1.055) ** 2.4)
    return total


@pytest.mark.parametrize("width", [-0.5, 8])
def test_names_of_the_classes_do_not_run_into_each_other(width: float) -> None:
    names = ["setosa", "versicolor", "virginica"]
    ax = plot_confusion_matrix(
        make_table(np.eye(3).tolist(), names),
        ax=Figure(figsize=(width + 2, width + 2)).add_subplot(),
    )
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    slanted = ax.get_xticklabels()[0].get_rotation() != 0
    assert slanted == (width < 1)
    assert slanted or all(a.x1 < b.x0 for a, b in pairwise(boxes))


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (np.eye(2), TypeError, "table must be a DataFrame, not ndarray"),
        (pd.DataFrame(np.eye(2), index=["a", "b"]), ValueError, "every class once in both"),
        (pd.DataFrame(), ValueError, "every class once"),
        (make_table([[1, -1], [0, 1]], ["a", "b"]), ValueError, "negative or missing entry"),
        (make_table([[1, np.nan], [0, 1]], ["a", "b"]), ValueError, "negative or missing entry"),
    ],
)
def test_bad_tables_are_named(table: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        plot_confusion_matrix(table)
    assert pyplot.get_fignums() == []
