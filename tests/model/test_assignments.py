"""Assignment of weights: by the labels of a frame, and by position without labels."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net, take_snapshot

from neuralnet import NeuralNetwork, load_iris

HIDDEN = {"two layers": [3, 2], "one layer": 3, "none": 0}


@pytest.fixture
def net():
    return NeuralNetwork("Species ~ .", load_iris(), hidden=3, skip=True, seed=1)


def shuffle(frame, rows=True, columns=True):
    rng = np.random.default_rng(5)
    places = [
        rng.permutation(n) if move else np.arange(n)
        for n, move in zip(frame.shape, (rows, columns), strict=True)
    ]
    return frame.iloc[places[0], places[1]]


@case_by_case("rows", [False, True])
@case_by_case("columns", [False, True])
@case_by_case("hidden", HIDDEN)
@case_by_case("skip", [False, True])
def test_frames_of_coef_come_back_in_any_order(hidden, skip, rows, columns):
    skip = skip and hidden != "none"
    made = [make_net(hidden=HIDDEN[hidden], skip=skip, init=1.0, seed=seed) for seed in (1, 2)]
    source, target = made
    for name, frame in source.coef().items():
        setattr(target, name, shuffle(frame, rows, columns))
        assert np.array_equal(getattr(target, name), frame.to_numpy())
    assert target.theta.tobytes() == source.theta.tobytes()


def test_frame_is_copied_and_stays_as_it_was(net):
    frame = shuffle(net.coef()["W1"])
    before = frame.copy()
    net.W1 = frame
    frame.iloc[:, :] = 9.0
    assert (net.W1 != 9.0).all()
    net.W1 = before
    pd.testing.assert_frame_equal(net.coef()["W1"].loc[before.index, before.columns], before)


def test_numbers_as_classes_are_labels(net):
    table = pd.DataFrame({"y": pd.Categorical([3, 1, 2] * 4), "x": np.arange(12.0)})
    net = NeuralNetwork("y ~ x", table, 0, seed=1)
    frame = pd.DataFrame([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], ["Intercept", "x"], [3, 1, 2])
    net.W1 = frame
    assert net.W1.tolist() == [[2.0, 3.0, 1.0], [5.0, 6.0, 4.0]]


def test_arrays_without_labels_are_matched_by_position(net):
    numbers = np.arange(15.0).reshape(5, 3)
    names = net.coef()["W1"]
    for index, columns in ((None, None), (names.index, None), (None, names.columns)):
        net.W1 = np.zeros((5, 3))
        net.W1 = pd.DataFrame(numbers, index, columns)
        assert np.array_equal(net.W1, numbers)
    net.theta = pd.Series(np.arange(net.theta.size))
    assert np.array_equal(net.theta, np.arange(net.theta.size))


def test_tables_of_other_libraries_have_names_of_columns(net):
    polars = pytest.importorskip("polars")
    numbers = np.arange(15.0).reshape(5, 3)
    net.W1 = polars.DataFrame(numbers, schema=["h2", "h3", "h1"])
    assert np.array_equal(net.W1, numbers[:, [2, 0, 1]])
    with pytest.raises(ValueError, match="'column_0', 'column_1', 'column_2' where there is no"):
        net.W1 = polars.DataFrame(numbers)


DIFFERENT = {
    "another row": (
        lambda frame: frame.rename(index={"Petal.Width": "Petal.With"}),
        r"W1 goes by the labels of a frame, and the one given has 'Petal\.With' where there is no "
        r"such row and no row 'Petal\.Width': label it as coef\(\)\['W1'\] is, or pass "
        r"frame\.to_numpy\(\) to go by position",
    ),
    "another column": (
        lambda frame: frame.rename(columns={"h3": "h4"}),
        r"'h4' where there is no such column and no column 'h3'",
    ),
    "a row twice": (
        lambda frame: frame.iloc[[0, 1, 2, 3, 3]],
        r"has no row 'Petal\.Width'",
    ),
    "turned around": (lambda frame: frame.iloc[:3].T, r"W1 has shape \(5, 3\).*shape \(3, 3\)"),
    "numbers from 1": (
        lambda frame: frame.set_axis(range(1, 6)),
        "has 1, 2, 3, 4, 5 where there is no such row",
    ),
    "numbers turned around": (
        lambda frame: frame.set_axis(range(4, -1, -1)),
        "has 4, 3, 2, 1, 0 where there is no such row",
    ),
    "pairs": (
        lambda frame: frame.set_axis(pd.MultiIndex.from_product([["a"], list("bcdef")])),
        "where there is no such row",
    ),
    "too few": (lambda frame: frame.iloc[1:], r"W1 has shape \(5, 3\)"),
    "missing": (lambda frame: frame.replace(frame.iloc[0, 0], np.nan), "W1 must be finite"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_other_labels_are_refused(what, net):
    change, reported = DIFFERENT[what]
    frame, before = change(net.coef()["W1"]), take_snapshot(net)
    with pytest.raises(ValueError, match=reported):
        net.W1 = frame
    assert take_snapshot(net) == before


def test_text_is_refused_as_a_weight(net):
    with pytest.raises(TypeError, match=r"W1 must be an array of numbers of shape \(5, 3\)"):
        net.W1 = net.coef()["W1"].astype(object).replace(net.W1[0, 0], "many")


def test_duplicate_names_are_matched_by_order():
    """A column may have the name of a hidden unit."""
    table = load_iris().rename(columns={"Sepal.Length": "h1"})
    net = NeuralNetwork("Species ~ .", table, hidden=2, skip=True, seed=1)
    frame = net.coef()["W2"]
    assert list(frame.index).count("h1") == 2
    net.W2 = frame + 1.0
    assert np.array_equal(net.W2, frame.to_numpy() + 1.0)
    net.W2 = (frame + 1.0)[["virginica", "setosa", "versicolor"]]
    assert np.array_equal(net.W2, frame.to_numpy() + 1.0)
    before = take_snapshot(net)
    with pytest.raises(ValueError, match="rows of one name, 'h1', in disorder"):
        net.W2 = frame.iloc[::-1]
    assert take_snapshot(net) == before


@pytest.mark.parametrize("method", ["theta", "objective", "hessian"])
def test_series_with_labels_is_no_theta(method, net):
    """Labels of a vector of all weights do not identify them, so the order cannot be checked."""
    series = pd.Series(net.theta).iloc[::-1]
    before = take_snapshot(net)
    with pytest.raises(ValueError, match=r"theta goes by position.*labels, 38, 37, 36, .*to_numpy"):
        setattr(net, "theta", series) if method == "theta" else getattr(net, method)(series)
    assert take_snapshot(net) == before


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_match_frames_by_labels_too(again, net, tmp_path):
    frame = net.coef()["W2"] + 1.0
    twin = again(net)
    twin.W2 = shuffle(frame)
    loaded = NeuralNetwork.load(net.save(tmp_path / "net.nn") and tmp_path / "net.nn")
    loaded.W2 = shuffle(frame)
    assert np.array_equal(twin.W2, frame) and np.array_equal(loaded.W2, frame)
