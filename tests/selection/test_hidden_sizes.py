"""Networks of several sizes: each row is that network's own record and cross-validation."""

import numpy as np
import pandas as pd
import pytest
from networks import make_net, take_snapshot

from neuralnet.selection.hidden_sizes import SizeTrial, read_sizes, tabulate_sizes

SIZES = [0, 2, [1, 1]]
COLUMNS = ["hidden", "weights", "edf", "decay", "log_evidence"]


@pytest.fixture(scope="module")
def net():
    return make_net("gaussian", hidden=1, activation="tanh", decay=0.1)


@pytest.fixture(scope="module")
def table(net):
    before = take_snapshot(net)
    found = net.compare_hidden(SIZES, k=3)
    assert take_snapshot(net) == before
    return found


def test_rows_are_the_networks_with_a_decay_by_evidence(net, table):
    assert table["hidden"].tolist() == [0, 2, (1, 1)]
    for row, size in zip(table.itertuples(), SIZES, strict=True):
        other = net.update(hidden=size, decay="evidence")
        folds = net.compare(other, k=3).second
        record = other.train(trace=0).inference()
        wanted = [len(other.theta), record.edf, other.decay, record.log_evidence]
        assert [row.weights, row.edf, row.decay, row.log_evidence] == wanted
        assert [row.deviance, row.std_error] == [folds.deviance, folds.deviance_std_error]


def test_best_rows_are_marked(table):
    marks = {"best_evidence": "log_evidence", "best_deviance": "deviance"}
    assert [*table.columns] == [*COLUMNS, "deviance", "std_error", *marks]
    best = table["log_evidence"].idxmax(), table["deviance"].idxmin()
    for mark, place in zip(marks, best, strict=True):
        assert table.index[table[mark]].tolist() == [place] and table[mark].dtype == bool


def test_cross_validation_is_left_out_on_request(net, table):
    found = net.compare_hidden(SIZES, k=0)
    pd.testing.assert_frame_equal(found, table[[*COLUMNS, "best_evidence"]])


def test_a_network_without_evidence_is_never_the_best():
    trials = [
        SizeTrial(0, 3, 2.0, 0.1, np.nan, 1.0, 0.1),
        SizeTrial(1, 5, 3.0, 0.1, -9.0, 1.0, 0.1),
    ]
    found = tabulate_sizes(trials)
    assert found["best_evidence"].tolist() == [False, True]
    assert found["best_deviance"].tolist() == [True, True]


def test_sizes_are_read_as_the_constructor_does():
    assert read_sizes([0, [4], 4, (8, 4), []]) == [0, 4, (8, 4)]
    for wrong, words in [
        (5, r"hidden must be a list of the sizes to compare, such as \[0, 2, 5\].*not 5"),
        ([], "hidden must be a list of the sizes"),
        (["2"], "hidden must be a number of units"),
        ([True], "hidden must be a number of units"),
    ]:
        with pytest.raises(TypeError, match=words):
            read_sizes(wrong)


def test_wrong_options_are_named(net):
    for options, error, words in [
        ({"cv": False}, TypeError, "did you mean k="),
        ({"optimizer": "adam"}, ValueError, "decay='evidence' is found around Newton's method"),
        ({"checkpoint": "x.nn"}, TypeError, "checkpoint= belongs to a single training"),
        ({"k": 1}, ValueError, "k must be"),
    ]:
        with pytest.raises(error, match=words):
            net.compare_hidden([1], **options)
    with pytest.raises(ValueError, match="second derivatives, which 'relu' has not"):
        make_net("gaussian", activation="relu").compare_hidden([0, 2])
