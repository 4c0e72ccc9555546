"""Small panels of a grid: all text is inside its panel, large enough, and does not overlap."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.text import Text

from neuralnet.plots import (
    plot_confusion_matrix,
    plot_loss,
    plot_network,
    plot_regions,
    plot_surface,
    plot_tuning,
)
from neuralnet.plots.panels import MIN_FONT_SIZE, find_panel

LONG = [f"a rather long class name {k}" for k in range(30)]
COLUMNS = [f"measurement number {j} (mm)" for j in range(40)]
SPECIES = ["setosa", "versicolor", "virginica"]
IRIS = ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"]
RNG = np.random.default_rng(2)
X, Y, CODES = RNG.normal(size=60), RNG.normal(size=60), np.arange(60) % 30
HELD = dict(zip(COLUMNS[2:], RNG.normal(size=38), strict=True))


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    pyplot.close("all")


def draw_network(ax, *sizes, names=COLUMNS, classes=LONG, skip=False):
    inputs = ["Intercept", *names]
    shapes = [(len(inputs), sizes[0])]
    shapes += [(a + 1, b) for a, b in zip(sizes, [*sizes[1:], len(classes)], strict=True)]
    if skip:
        shapes[-1] = (shapes[-1][0] + len(names), len(classes))
    weights = [RNG.normal(size=shape) for shape in shapes]
    caption = "line widths: weights times standard deviations"
    plot_network(weights, inputs, classes, skip=skip, caption=caption, ax=ax)


def draw_confusion(ax, names):
    counts = RNG.integers(0, 999, (len(names), len(names)))
    labels = [pd.Index(names, name=name) for name in ("truth", "predicted")]
    plot_confusion_matrix(pd.DataFrame(counts, *labels), ax=ax)


def draw_regions(ax, classes, held=None, **levels):
    def predict(x, y):
        return (x > 0).astype(int)

    x, codes = CODES % 3 if levels else X, CODES % len(classes)
    options = {"held": held, "resolution": 9, "ax": ax, **levels}
    plot_regions(predict, x, Y, codes, classes, *COLUMNS[:2], "Species", **options)


def draw_surface(ax):
    plot_surface(np.add, X, Y, X, *COLUMNS[:2], "price in a currency", held=HELD, ax=ax)


def draw_loss(ax, columns):
    iterations = np.arange(1, 100_001, 5000)
    history = pd.DataFrame({"iteration": iterations, "loss": np.linspace(9e4, 8e4, 20)})
    history = history.assign(accuracy=0.5, validation_loss=7e4)
    plot_loss(history[["iteration", "loss", *columns]], baseline=9.5e4, ax=ax)


def draw_tuning(ax):
    decays = np.array([0.0, *10.0 ** np.arange(-6, 3)])
    table = {"decay": decays, "deviance": np.linspace(1, 4, 10) ** 2, "std_error": 0.1}
    plot_tuning(pd.DataFrame(table).assign(chosen=decays == 1), ax=ax)


PICTURES = {
    "network": lambda ax: draw_network(ax, 30),
    "deep network": lambda ax: draw_network(ax, 6, 4, names=IRIS, classes=SPECIES),
    "skipping network": lambda ax: draw_network(ax, 5, names=IRIS, classes=SPECIES, skip=True),
    "confusion": lambda ax: draw_confusion(ax, SPECIES),
    "large confusion": lambda ax: draw_confusion(ax, LONG),
    "regions": lambda ax: draw_regions(ax, SPECIES, {"Petal.Length": 3.758, "Petal.Width": 1.2}),
    "many regions": lambda ax: draw_regions(ax, LONG, HELD),
    "levels": lambda ax: draw_regions(ax, SPECIES, x_levels=LONG[:3]),
    "surface": draw_surface,
    "loss": lambda ax: draw_loss(ax, ["accuracy"]),
    "validation": lambda ax: draw_loss(ax, ["accuracy", "validation_loss"]),
    "tuning": draw_tuning,
}


def read_texts(axes):
    """Return the visible texts."""
    ticks = []
    for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
        if not axis.get_visible():
            continue
        low, high = sorted(axis.get_view_interval())
        labels = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
        ticks += [label for place, label in labels if low <= place <= high]
    titles = [axes.xaxis.label, axes.yaxis.label] if axes.axison else []
    legend = axes.get_legend()
    names = [] if legend is None else [legend.get_title(), *legend.get_texts()]
    written = [*titles, *axes.texts, *ticks, *names]
    return [text for text in written if text.get_visible() and text.get_text().strip()]


def overlap(one: Text, other: Text) -> bool:
    """Return True where texts overlap by more than a pixel; slanted ones along the axis."""
    a, b = (text.get_window_extent() for text in (one, other))
    if one.get_rotation() % 90 and one.get_rotation() == other.get_rotation():
        apart = abs(a.x1 - b.x1) * np.sin(np.radians(one.get_rotation()))  # both end at their tick
        size = min(one.get_fontsize(), other.get_fontsize())
        return apart < size * one.figure.dpi / 72 - 1
    if one.get_rotation() % 90 or other.get_rotation() % 90:
        return False
    return min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1


@pytest.mark.parametrize("grid", [(2, 2), (3, 4)])
@pytest.mark.parametrize("name", PICTURES)
def test_text_of_a_small_panel_is_inside_it_and_can_be_read(name, grid):
    figure, panels = pyplot.subplots(*grid, figsize=(6, 4))
    drawn = []
    for axes in (panels[0, 0], panels[-1, -1]):
        box, before = find_panel(axes).box, set(figure.axes)
        PICTURES[name](axes)
        drawn.append((box, [axes, *(set(figure.axes) - before)]))
    figure.draw_without_rendering()
    for box, family in drawn:
        texts = [text for axes in family for text in read_texts(axes)]
        assert len(texts) > 4
        for text in texts:
            extent = text.get_window_extent()
            inside = (*(extent.min - box[:2]), *(box[2:] - extent.max))
            assert min(inside) > -1, f"{text.get_text()} leaves the panel by {-min(inside):.0f}"
            numbers = text in family[0].texts and ("confusion" in name or "network" in name)
            least = MIN_FONT_SIZE - 1 if numbers else MIN_FONT_SIZE
            assert text.get_fontsize() >= least - 1e-9, text.get_text()
        for one, other in combinations(texts, 2):
            assert not overlap(one, other), (one.get_text(), other.get_text())


@pytest.mark.parametrize("name", ["network", "deep network", "skipping network"])
def test_nodes_and_lines_are_finer_in_a_small_panel(name):
    widest = []
    for size in ((6, 4), (1.5, 1.3)):
        axes = pyplot.figure(figsize=size).add_subplot()
        PICTURES[name](axes)
        widest.append(max(line.get_linewidth() for line in axes.lines))
    assert widest[1] < 0.6 * widest[0]


def test_drawing_twice_shrinks_once():
    axes = pyplot.subplots(3, 4, figsize=(6, 4))[1][1, 1]
    sizes = []
    for _ in range(2):
        draw_tuning(axes)
        sizes.append(axes.xaxis.label.get_fontsize())
    assert sizes[0] == sizes[1] >= MIN_FONT_SIZE


def test_panels_of_a_grid_meet_and_fill_the_figure():
    figure, panels = pyplot.subplots(2, 3, figsize=(6, 4))
    boxes = [[find_panel(axes).box for axes in row] for row in panels]
    x0, y0, x1, y1 = figure.bbox.extents
    assert (boxes[0][0][0], boxes[-1][-1][1]) == pytest.approx((x0, y0))
    assert (boxes[-1][-1][2], boxes[0][0][3]) == pytest.approx((x1, y1))
    for row in boxes:
        assert row[0][2] == pytest.approx(row[1][0]) and row[1][2] == pytest.approx(row[2][0])
    assert boxes[0][1][1] == pytest.approx(boxes[1][1][3])
    alone = pyplot.figure().add_axes((0.2, 0.2, 0.5, 0.5))
    assert find_panel(alone).box == pytest.approx(alone.figure.bbox.extents)


@pytest.mark.parametrize("ratios", [None, (1, 2, 1)])
def test_panels_of_equal_axes_have_text_of_equal_size(ratios):
    _, panels = pyplot.subplots(2, 3, figsize=(6, 4), width_ratios=ratios)
    scales = [find_panel(axes).scale for axes in panels.ravel()]
    assert scales[0] == pytest.approx(scales[2]) == pytest.approx(scales[3])
    assert (scales[1] == pytest.approx(scales[0])) == (ratios is None)
    assert max(scales) < 1


# Values of other predictors ---------------------------------------------------------------------


def read_note(axes):
    (note,) = (text.get_text() for text in axes.texts)
    return note.replace("\n", " ")


def test_where_others_are_held_is_written_below_the_axes():
    axes = pyplot.figure(figsize=(6.4, 4.8)).add_subplot()
    draw_regions(axes, SPECIES, {"Sepal.Width": 3.05733, "color": "$red$", "win": True})
    assert read_note(axes) == "others at Sepal.Width = 3.057, color = $red$, win = True"
    assert not axes.texts[0].get_parse_math()
    axes.figure.draw_without_rendering()
    note, title = (text.get_window_extent() for text in (axes.texts[0], axes.xaxis.label))
    assert note.y1 <= title.y0 + 1


def test_of_many_held_the_first_are_written_and_the_others_counted():
    axes = pyplot.figure(figsize=(6.4, 4.8)).add_subplot()
    draw_regions(axes, SPECIES, HELD)
    note = read_note(axes)
    shown = note.count(" = ")
    assert note.startswith(f"others at {COLUMNS[2]} = {HELD[COLUMNS[2]]:.4g}, ")
    assert note.endswith(f", {38 - shown} more") and shown > 1


def test_nothing_is_written_where_nothing_is_held():
    axes = pyplot.figure().add_subplot()
    draw_regions(axes, SPECIES)
    assert list(axes.texts) == []
