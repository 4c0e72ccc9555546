"""The generators: points on the curves of the bundled tables, seeds, and bad arguments."""

import numpy as np
import pytest
from loops import case_by_case
from scipy.stats import ks_2samp

from neuralnet.datasets import load_hotdogs, load_planar, planar_flower, two_spirals

GENERATORS = [two_spirals, planar_flower]


def draw_flower(points, k, angle_noise, radius_noise):
    """Return the points of both halves of the rose with radius 4 sin(k t)."""
    angle = np.concatenate([np.linspace(0, 3.12, points), np.linspace(3.12, 6.24, points)])
    angle = angle + angle_noise
    radius = 4 * np.sin(k * angle) + radius_noise
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


def is_near_spiral(table, turns, noise):
    """Return the mask of points in a square of width ``noise`` up and right of their spiral."""
    t = np.linspace(np.pi / 2, np.pi / 2 + 2 * np.pi * turns, 20_001)
    slack = (t[1] - t[0]) * t[-1]  # the largest distance between two points of the curve
    side = np.where(table["class"] == "hot dog", 1.0, -1.0)[:, None]
    right = table["x1"].to_numpy()[:, None] - side * t * np.cos(t)
    up = table["x2"].to_numpy()[:, None] + side * t * np.sin(t)
    inside = [(-slack <= d) & (d <= noise + slack) for d in (right, up)]
    return (inside[0] & inside[1]).any(axis=1)


def test_planar_satisfies_the_equation_of_the_flower():
    legacy = np.random.RandomState(1)
    noise = 0.2 * legacy.standard_normal((2, 2, 200))  # class, (angle, radius), point
    expected = draw_flower(200, 4, noise[:, 0].ravel(), noise[:, 1].ravel())
    np.testing.assert_allclose(load_planar()[["x1", "x2"]], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("noise", "petals"), [(0, 8), (0.2, 8), (0.05, 12)])
def test_points_of_the_flower_satisfy_its_equation(noise, petals):
    angle_noise, radius_noise = noise * np.random.default_rng(5).standard_normal((2, 100))
    expected = draw_flower(50, petals // 2, angle_noise, radius_noise)
    drawn = planar_flower(100, noise=noise, petals=petals, seed=5)[["x1", "x2"]]
    np.testing.assert_allclose(drawn, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("petals", [4, 8, 12, 20])
def test_flower_has_the_requested_number_of_petals(petals):
    table = planar_flower(4000, noise=0, petals=petals, seed=1)
    radius = np.hypot(table["x1"], table["x2"])
    direction = np.arctan2(table["x1"], table["x2"]) % (2 * np.pi)
    # k is even, so the radius of a rose is the same function of the direction on both its sides.
    np.testing.assert_allclose(radius, np.abs(4 * np.sin(petals / 2 * direction)), atol=1e-10)
    petal = (direction[radius > 3.9] // (2 * np.pi / petals)).astype(int)
    assert sorted(set(petal)) == list(range(petals))
    classes_of_petal = table[radius > 3.9].groupby(petal)["y"].nunique()
    assert (classes_of_petal == 1).all()


def test_hotdogs_satisfy_the_equation_of_the_spirals():
    assert is_near_spiral(load_hotdogs(), turns=1.5, noise=1.0).all()
    assert not is_near_spiral(load_hotdogs(), turns=1.2, noise=1.0).all()


@pytest.mark.parametrize(("turns", "noise"), [(1.5, 1.0), (1.5, 0.0), (0.75, 0.5), (3, 2.0)])
def test_points_of_the_spirals_satisfy_their_equation(turns, noise):
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
def test_generated_frame_has_the_format_of_the_loaded_one(generate, load, settings):
    table = load()
    more = generate(seed=1)
    assert more.equals(generate(len(table), **settings, seed=1))  # the defaults
    assert more.shape == table.shape
    assert more.dtypes.equals(table.dtypes)
    assert more.iloc[:, -1].equals(table.iloc[:, -1])  # the same classes in the same rows
    assert more.index.equals(table.index)


@case_by_case("generate", GENERATORS)
@case_by_case(("n", "sizes"), [(2, [1, 1]), (7, [4, 3]), (np.int64(10), [5, 5])])
def test_first_class_has_one_point_more_for_an_odd_n(generate, n, sizes):
    table = generate(n, seed=1)
    assert table.iloc[:, -1].cat.codes.tolist() == [0] * sizes[0] + [1] * sizes[1]
    assert np.isfinite(table[["x1", "x2"]].to_numpy()).all()


@pytest.mark.parametrize("generate", GENERATORS)
def test_seed_determines_the_points(generate):
    first = generate(50, seed=1)
    assert first.equals(generate(50, seed=1))
    assert first.equals(generate(50, seed=np.random.default_rng(1)))
    assert not first.equals(generate(50, seed=2))
    assert not generate(50).equals(generate(50))
    shared = np.random.default_rng(1)
    assert first.equals(generate(50, seed=shared))
    assert not first.equals(generate(50, seed=shared))  # the generator has advanced


@pytest.mark.parametrize("generate", GENERATORS)
@pytest.mark.parametrize("seed", [None, 3])
def test_global_random_state_is_left_alone(generate, seed):
    before = np.random.get_state()
    generate(20, seed=seed)
    after = np.random.get_state()
    assert before[2:] == after[2:]
    assert np.array_equal(before[1], after[1])


@case_by_case("generate", GENERATORS)
@case_by_case(
    ("arguments", "error", "message"),
    [
        ({"n": 1}, ValueError, "n must be a whole number of at least 2, not 1"),
        ({"n": -5}, ValueError, "n must be .*, not -5"),
        ({"n": 10.5}, ValueError, "n must be .*, not 10.5"),
        ({"n": "10"}, TypeError, "n must be .*, not '10'"),
        ({"n": 10**18}, ValueError, "n must be .* and at most 1e15"),
        ({"n": 10**12}, ValueError, "points would take .* GiB.* Draw fewer"),
        ({"noise": -0.1}, ValueError, "noise must be a number from 0 to 1e.06, not -0.1"),
        ({"noise": float("nan")}, ValueError, "noise must be .*, not nan"),
        ({"noise": float("inf")}, ValueError, "noise must be .*, not inf"),
        ({"noise": "much"}, TypeError, "noise must be .*, not 'much'"),
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
    error = TypeError if isinstance(turns, str) else ValueError
    with pytest.raises(error, match=r"turns must be a number above 0 and at most 1e\+06, not"):
        two_spirals(turns=turns)


@case_by_case("petals", [0, -4, 3, 6, 8.5, "8", 4 * 10**400])
def test_bad_petals_are_named(petals):
    error = TypeError if isinstance(petals, str) else ValueError
    with pytest.raises(error, match=r"petals must be a .*, not"):
        planar_flower(petals=petals)
