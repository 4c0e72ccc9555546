"""The bundled tables are what they are said to be, and the generators draw more of the same."""

import csv
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from sklearn.datasets import load_iris as load_iris_of_sklearn
from statsmodels.api import GLM, add_constant, families

from neuralnet.datasets import load_hotdogs, load_iris, load_planar, planar_flower, two_spirals

SPECIES = ["setosa", "versicolor", "virginica"]

# name of the file, what loads it, its shape, the classes and how many rows each of them has
TABLES = [
    ("iris", load_iris, (150, 5), {"setosa": 50, "versicolor": 50, "virginica": 50}),
    ("hotdogs", load_hotdogs, (200, 3), {"not hot dog": 100, "hot dog": 100}),
    ("planar", load_planar, (400, 3), {0: 200, 1: 200}),
    ("planar_train", lambda: load_planar("train"), (320, 3), {0: 159, 1: 161}),
    ("planar_test", lambda: load_planar("test"), (80, 3), {0: 41, 1: 39}),
]
NAMES = [name for name, *_ in TABLES]
GENERATORS = [two_spirals, planar_flower]


def read_lines(name):
    """Read a bundled table with nothing but the standard library."""
    text = (resources.files("neuralnet.datasets") / f"{name}.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(text.splitlines())
    return head, rows


@pytest.mark.parametrize(("name", "load", "shape", "sizes"), TABLES, ids=NAMES)
def test_table_has_its_shape_and_types(name, load, shape, sizes):
    table = load()
    response = table.columns[-1]
    assert table.shape == shape
    assert table.index.equals(pd.RangeIndex(shape[0]))
    assert (table.dtypes.iloc[:-1] == np.float64).all()
    # The dtype that a user of this pandas gets for the same categories, in this order.
    assert table[response].dtype == pd.CategoricalDtype(list(sizes))
    assert table[response].cat.categories.tolist() == list(sizes)
    assert not table[response].cat.ordered
    assert not table.isna().any(axis=None)
    assert table[response].value_counts().to_dict() == sizes


@pytest.mark.parametrize(("name", "load", "shape", "sizes"), TABLES, ids=NAMES)
def test_table_is_the_file_to_the_last_bit(name, load, shape, sizes):
    head, rows = read_lines(name)
    table = load()
    assert table.columns.tolist() == head
    numbers = [[float(cell) for cell in row[:-1]] for row in rows]
    assert np.array_equal(table.iloc[:, :-1].to_numpy(), numbers)
    assert table.iloc[:, -1].astype(str).tolist() == [row[-1] for row in rows]


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        (load_iris, 0, [5.1, 3.5, 1.4, 0.2, "setosa"]),
        (load_iris, 149, [5.9, 3.0, 5.1, 1.8, "virginica"]),
        (load_hotdogs, 0, [7.95880238072575, -6.19467897824502, "not hot dog"]),
        (load_planar, 1, [0.15870990398255372, -1.4821709003683443, 0]),
    ],
)
def test_some_rows_by_hand(table, row, expected):
    assert table().iloc[row].tolist() == expected


def test_iris_agrees_with_the_copy_of_scikit_learn():
    theirs = load_iris_of_sklearn()
    iris = load_iris()
    assert np.array_equal(iris.iloc[:, :-1].to_numpy(), theirs.data)
    assert np.array_equal(iris["Species"].cat.codes, theirs.target)
    assert theirs.target_names.tolist() == SPECIES


def test_logistic_regression_gets_134_hotdogs_right():
    hotdogs = load_hotdogs()
    y = (hotdogs["class"] == "hot dog").astype(float)
    fit = GLM(y, add_constant(hotdogs[["x1", "x2"]]), family=families.Binomial()).fit()
    assert ((fit.fittedvalues > 0.5) == (y == 1)).sum() == 134  # as the first article prints


def test_parts_are_one_shuffle_of_planar():
    whole = load_planar()
    parts = pd.concat([load_planar("train"), load_planar("test")], ignore_index=True)
    apart = np.abs(
        parts[["x1", "x2"]].to_numpy()[:, None, :] - whole[["x1", "x2"]].to_numpy()[None, :, :]
    )
    same = (apart <= 1e-14 * np.abs(whole[["x1", "x2"]].to_numpy())).all(axis=2)  # 15 digits
    assert (same.sum(axis=1) == 1).all()
    assert (same.sum(axis=0) == 1).all()
    place = same.argmax(axis=1)
    assert (whole["y"].cat.codes.to_numpy()[place] == parts["y"].cat.codes.to_numpy()).all()
    assert not np.array_equal(place, np.sort(place))


@pytest.mark.parametrize("load", [row[1] for row in TABLES], ids=NAMES)
def test_every_call_gives_a_fresh_frame(load):
    spoiled, kept = load(), load()
    spoiled.iloc[:, 0] = -1.0
    del spoiled[spoiled.columns[1]]
    pd.testing.assert_frame_equal(load(), kept)


@pytest.mark.parametrize("part", ["tests", "Train", None, 0, ["train"]])
def test_unknown_part_is_named_with_the_known_ones(part):
    with pytest.raises(ValueError, match=r"part is .*'all', 'train', 'test'") as caught:
        load_planar(part)
    assert repr(part) in str(caught.value)


# The laws by which the tables were made, written down a second time.


def draw_flower(points, k, angle_noise, radius_noise):
    """Both halves of the rose with radius 4 sin(k t), one after the other."""
    angle = np.concatenate([np.linspace(0, 3.12, points), np.linspace(3.12, 6.24, points)])
    angle = angle + angle_noise
    radius = 4 * np.sin(k * angle) + radius_noise
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


def is_near_spiral(table, turns, noise):
    """Whether each point lies in a square of width ``noise`` up and right of its spiral."""
    t = np.linspace(np.pi / 2, np.pi / 2 + 2 * np.pi * turns, 20_001)
    slack = (t[1] - t[0]) * t[-1]  # the curve goes no further than this between two of the t
    side = np.where(table["class"] == "hot dog", 1.0, -1.0)[:, None]
    right = table["x1"].to_numpy()[:, None] - side * t * np.cos(t)
    up = table["x2"].to_numpy()[:, None] + side * t * np.sin(t)
    inside = [(-slack <= d) & (d <= noise + slack) for d in (right, up)]
    return (inside[0] & inside[1]).any(axis=1)


def test_planar_follows_the_law_of_the_flower():
    legacy = np.random.RandomState(1)
    noise = 0.2 * legacy.standard_normal((2, 2, 200))  # class, (angle, radius), point
    expected = draw_flower(200, 4, noise[:, 0].ravel(), noise[:, 1].ravel())
    np.testing.assert_allclose(load_planar()[["x1", "x2"]], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("noise", "petals"), [(0, 8), (0.2, 8), (0.05, 12)])
def test_flowers_follow_their_law(noise, petals):
    angle_noise, radius_noise = noise * np.random.default_rng(5).standard_normal((2, 100))
    expected = draw_flower(50, petals // 2, angle_noise, radius_noise)
    drawn = planar_flower(100, noise=noise, petals=petals, seed=5)[["x1", "x2"]]
    np.testing.assert_allclose(drawn, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("petals", [4, 8, 12, 20])
def test_flower_has_as_many_petals_as_asked_for(petals):
    table = planar_flower(4000, noise=0, petals=petals, seed=1)
    radius = np.hypot(table["x1"], table["x2"])
    direction = np.arctan2(table["x1"], table["x2"]) % (2 * np.pi)
    # k is even, so the radius of a rose is the same function of the direction on both its sides.
    np.testing.assert_allclose(radius, np.abs(4 * np.sin(petals / 2 * direction)), atol=1e-10)
    petal = (direction[radius > 3.9] // (2 * np.pi / petals)).astype(int)
    assert sorted(set(petal)) == list(range(petals))
    classes_of_petal = table[radius > 3.9].groupby(petal)["y"].nunique()
    assert (classes_of_petal == 1).all()


def test_hotdogs_follow_the_law_of_the_spirals():
    assert is_near_spiral(load_hotdogs(), turns=1.5, noise=1.0).all()
    assert not is_near_spiral(load_hotdogs(), turns=1.2, noise=1.0).all()


@pytest.mark.parametrize(("turns", "noise"), [(1.5, 1.0), (1.5, 0.0), (0.75, 0.5), (3, 2.0)])
def test_spirals_follow_their_law(turns, noise):
    table = two_spirals(300, noise=noise, turns=turns, seed=7)
    assert is_near_spiral(table, turns, noise).all()
    assert not is_near_spiral(table, 0.8 * turns, noise).all()  # all turns are used
    if noise:
        assert not is_near_spiral(table, turns, 0.5 * noise).all()  # all noise is used


@pytest.mark.parametrize(
    ("table", "more"),
    [(load_hotdogs(), two_spirals(4000, seed=1)), (load_planar(), planar_flower(4000, seed=1))],
    ids=["hotdogs", "planar"],
)
def test_generated_points_are_distributed_as_the_table(table, more):
    response = table.columns[-1]
    for label in table[response].cat.categories:
        ours = more.loc[more[response] == label, ["x1", "x2"]].to_numpy()
        theirs = table.loc[table[response] == label, ["x1", "x2"]].to_numpy()
        for project in (lambda x: x[:, 0], lambda x: x[:, 1], lambda x: np.hypot(*x.T)):
            assert ks_2samp(project(ours), project(theirs)).pvalue > 0.01


@pytest.mark.parametrize(
    ("generate", "load", "settings"),
    [
        (two_spirals, load_hotdogs, {"noise": 1.0, "turns": 1.5}),
        (planar_flower, load_planar, {"noise": 0.2, "petals": 8}),
    ],
)
def test_generated_frame_looks_like_the_loaded_one(generate, load, settings):
    table = load()
    more = generate(seed=1)
    assert more.equals(generate(len(table), **settings, seed=1))  # the defaults
    assert more.shape == table.shape
    assert more.dtypes.equals(table.dtypes)
    assert more.iloc[:, -1].equals(table.iloc[:, -1])  # the same classes in the same rows
    assert more.index.equals(table.index)


@pytest.mark.parametrize("generate", GENERATORS)
@pytest.mark.parametrize(("n", "sizes"), [(2, [1, 1]), (7, [4, 3]), (np.int64(10), [5, 5])])
def test_first_class_has_the_odd_point(generate, n, sizes):
    table = generate(n, seed=1)
    assert table.iloc[:, -1].cat.codes.tolist() == [0] * sizes[0] + [1] * sizes[1]
    assert np.isfinite(table[["x1", "x2"]].to_numpy()).all()


@pytest.mark.parametrize("generate", GENERATORS)
def test_seed_decides_the_points(generate):
    first = generate(50, seed=1)
    assert first.equals(generate(50, seed=1))
    assert first.equals(generate(50, seed=np.random.default_rng(1)))
    assert not first.equals(generate(50, seed=2))
    assert not generate(50).equals(generate(50))
    shared = np.random.default_rng(1)
    assert first.equals(generate(50, seed=shared))
    assert not first.equals(generate(50, seed=shared))  # it goes on from where it stood


@pytest.mark.parametrize("generate", GENERATORS)
@pytest.mark.parametrize("seed", [None, 3])
def test_global_random_state_is_left_alone(generate, seed):
    before = np.random.get_state()
    generate(20, seed=seed)
    after = np.random.get_state()
    assert before[2:] == after[2:]
    assert np.array_equal(before[1], after[1])


@pytest.mark.parametrize("generate", GENERATORS)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 1}, ValueError, "n is 1; give a whole number, 2 or more"),
        ({"n": -5}, ValueError, "n is -5"),
        ({"n": 10.5}, ValueError, "n is 10.5"),
        ({"n": "10"}, ValueError, "n is '10'"),
        ({"noise": -0.1}, ValueError, "noise is -0.1; give a finite number, 0 or above"),
        ({"noise": float("nan")}, ValueError, "noise is nan"),
        ({"noise": float("inf")}, ValueError, "noise is inf"),
        ({"noise": "much"}, ValueError, "noise is 'much'"),
        ({"seed": -1}, ValueError, "seed must be 0 or more, not -1"),
        ({"seed": "one"}, TypeError, "seed must be an int, .* not 'one'"),
        ({"seed": 1.5}, TypeError, "seed must be an int, .* not 1.5"),
        ({"seed": np.random.RandomState(1)}, TypeError, r"numpy\.random\.Generator or None"),
    ],
)
def test_bad_argument_is_named(generate, arguments, error, message):
    with pytest.raises(error, match=message):
        generate(**arguments)


@pytest.mark.parametrize("turns", [0, -1, float("nan"), float("inf"), "two"])
def test_bad_turns_are_named(turns):
    with pytest.raises(ValueError, match=r"turns is .*; give a finite number above 0"):
        two_spirals(turns=turns)


@pytest.mark.parametrize("petals", [0, -4, 3, 6, 8.0, "8"])
def test_bad_petals_are_named(petals):
    with pytest.raises(ValueError, match=r"petals is .*; give a multiple of 4"):
        planar_flower(petals=petals)
