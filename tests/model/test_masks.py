"""Masks: how they are given, and what is said of wrong ones."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net

from neuralnet.model import read_mask

NET = make_net(hidden=2)
MODEL, P = NET._model, NET.theta.size
SHAPES = {name: frame.shape for name, frame in NET.coef().items()}


def fix(name, row, column):
    """The mask that fixes one weight."""
    position = np.arange(P).reshape(-1)
    matrices = dict(zip(NET.coef(), MODEL.perceptron.unflatten(position), strict=True))
    mask = np.ones(P, dtype=bool)
    mask[int(matrices[name][row, column])] = False
    return mask


@pytest.mark.parametrize("given", [np.array, list, pd.Series, tuple])
def test_vector_is_in_the_order_of_theta(given):
    mask = fix("W2", 1, 2)
    found = read_mask(MODEL, given(mask))
    np.testing.assert_array_equal(found, mask)
    assert not found.flags.writeable


def test_given_array_stays_the_callers():
    mask = fix("W1", 0, 0)
    found = read_mask(MODEL, mask)
    mask[:] = True
    np.testing.assert_array_equal(found, fix("W1", 0, 0))


def test_matrices_that_are_left_out_are_trained():
    part = np.ones(SHAPES["W2"], dtype=bool)
    part[1, 2] = False
    np.testing.assert_array_equal(read_mask(MODEL, {"W2": part}), fix("W2", 1, 2))


def test_one_value_is_for_a_whole_matrix():
    found = MODEL.perceptron.unflatten(read_mask(MODEL, {"W1": False}))
    assert not found[0].any() and found[1].all()


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_frame_goes_by_its_labels(dtype):
    frame = NET.coef()["W1"].notna()
    frame.loc["x2", frame.columns[1]] = False
    expected = fix("W1", frame.index.get_loc("x2"), 1)
    shuffled = frame.iloc[::-1, ::-1].astype(dtype)
    np.testing.assert_array_equal(read_mask(MODEL, {"W1": shuffled}), expected)


@pytest.mark.parametrize("mask", [None, np.ones(P, dtype=bool), {}, {"W1": True}])
def test_nothing_fixed_is_no_mask(mask):
    assert read_mask(MODEL, mask) is None


TRUE = np.ones(P, dtype=bool)
FRAME = NET.coef()["W1"].notna()
UNKNOWN = FRAME.astype("boolean")
UNKNOWN.loc["x1"] = pd.NA


@case_by_case(
    ("mask", "error", "text"),
    [
        (np.ones(P), TypeError, rf"mask must be True for .* of shape \({P},\)"),
        ([1] * P, TypeError, "mask must be True for each weight to train and False for"),
        ([1, 0] * 5, TypeError, r"numbers, of dtype int\d+: write array != 0 if 0 means fixed"),
        (tuple(NET.W1 > 0 for _ in range(2)), ValueError, rf"shape \({P},\), .* \(2, 5, 2\)"),
        ((NET.W1 > 0, NET.W2 > 0), TypeError, r"or a dict of matrices such as \{'W1'"),
        ([True, None] * 5, TypeError, "must be True"),
        ([np.nan] * P, TypeError, "must be True"),
        ("W1", TypeError, "not 'W1'"),
        (True, ValueError, rf"shape \({P},\), .* has shape \(\)"),
        ([[True], [True, False]], TypeError, "must be True"),
        (TRUE[1:], ValueError, rf"shape \({P},\), .* has shape \({P - 1},\)"),
        (~TRUE, ValueError, "fixes every weight"),
        ({"W1": False, "W2": False}, ValueError, "fixes every weight"),
        (FRAME, TypeError, r"mask=\{'W1': frame\}"),
        (pd.Series(TRUE, index=[f"w{i}" for i in range(P)]), ValueError, "labels, 'w0', 'w1'"),
        ({"W3": True}, ValueError, "'W3', which is no weight matrix .* 'W1', 'W2'"),
        ({"w1": True}, ValueError, "'w1'.*Did you mean 'W1'"),
        ({1: True}, ValueError, "1, which is no weight matrix"),
        ({"W1": TRUE}, ValueError, rf"mask of W1 must have shape \(5, 2\).* shape \({P},\)"),
        ({"W1": NET.coef()["W1"]}, TypeError, "mask of W1 must be True"),
        ({"W1": FRAME.rename({"x1": "x9"})}, ValueError, "'x9' where there is no such row"),
        ({"W1": UNKNOWN}, TypeError, "mask of W1 must be True"),
        ({"W1": None}, TypeError, "mask of W1 must be True"),
        ({"W1": 0}, TypeError, "mask of W1 must be True"),
    ],
)
def test_wrong_masks(mask, error, text):
    with pytest.raises(error, match=text):
        read_mask(MODEL, mask)
