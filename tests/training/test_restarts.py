"""Restarts: where the starts come from, which one is kept, and the resulting state."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, OPTIMIZERS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork, load_iris
from neuralnet.training.restart_results import RestartResult

REFERENCE = Path(__file__).parents[1] / "reference"
QUIET = {"trace": 0, "tolerance": None}
ROWS = [0, 5, 9, 14, 20, 30]
COLUMNS = ["loss", "penalized_loss", "iterations", "converged", "message"]


def make(**options):
    """Network whose starts can be reproduced from the same seed."""
    options = {"init": lambda rng, shape: rng.normal(size=shape), "seed": 7} | options
    return make_net("softmax", 2, **options)


def draw_starts(count):
    rng = np.random.default_rng(7)
    return [
        np.concatenate([rng.normal(size=(5, 2)).ravel(), rng.normal(size=(3, 3)).ravel()])
        for _ in range(count)
    ]


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case("options", [{}, {"validation": ROWS}])
def test_each_start_is_training_from_there_and_the_best_is_kept(optimizer, options):
    options = {"optimizer": optimizer, **options, **QUIET}
    net = make(decay=0.02)
    assert net.train(5, restarts=4, **options) is net
    twins = []
    for theta in draw_starts(4):
        twin = make(decay=0.02)
        if twins:
            twin.theta = theta
        assert twin.theta.tobytes() == theta.tobytes()
        twins.append(twin.train(5, **options))
    table = net.restarts
    assert set(table) == {*COLUMNS, *(["validation_loss"] if "validation" in options else [])}
    assert (table.index.name, table.index.tolist()) == ("start", [1, 2, 3, 4])
    assert table["loss"].nunique() == 4
    kept = ~np.isin(np.arange(36), ROWS) if "validation" in options else np.ones(36, bool)
    for row, twin in zip(table.itertuples(), twins, strict=True):
        loss = twin.compute_loss(make_table()[kept])
        penalty = twin.compute_loss(penalty=True) - twin.compute_loss()
        np.testing.assert_allclose(row.loss, loss, rtol=1e-12)
        np.testing.assert_allclose(row.penalized_loss, loss + penalty, rtol=1e-12)
        if "validation" in options:
            held = twin.compute_loss(make_table()[~kept])
            np.testing.assert_allclose(row.validation_loss, held, rtol=1e-12)
        assert row.iterations == 5 and twin.message.startswith(row.message)
    rank = "validation_loss" if "validation" in options else "penalized_loss"
    best = twins[table[rank].argmin()]
    assert net.theta.tobytes() == best.theta.tobytes()
    assert net.history.equals(best.history)
    assert (net.message, net.converged) == (best.message, best.converged)


def test_present_weights_are_the_first_start_and_their_history_continues():
    net = make().train(30, 0.02, **QUIET)
    begun, twin = net.history, net.clone()
    net.train(6, 0.02, restarts=3, **QUIET)
    assert net.restarts["loss"].iloc[0] == twin.train(6, 0.02, **QUIET).compute_loss()
    assert net.restarts["iterations"].tolist() == [6, 6, 6]
    # After 30 iterations it is far better than the others.
    assert net.restarts["loss"].argmin() == 0
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history) and net.history[:30].equals(begun)
    # From bad starting weights, another start is the best.
    net.theta = np.full(19, 3.0)
    net.train(6, 0.02, restarts=3, **QUIET)
    assert net.restarts["loss"].argmin() > 0
    assert net.history["iteration"].tolist() == [*range(1, 43)]
    assert net.history[:36].equals(twin.history)
    assert net.compute_loss() == net.restarts["loss"].min()


@pytest.mark.parametrize("options", [{}, {"batch_size": 10}, {"validation": 0.3, "batch_size": 10}])
def test_seeds_repeat_and_the_next_search_has_other_starts(options):
    one, other = (make().train(4, restarts=3, **options, **QUIET) for _ in range(2))
    assert one.restarts.equals(other.restarts)
    assert one.theta.tobytes() == other.theta.tobytes()
    one.train(4, restarts=3, **options, **QUIET)
    assert not one.restarts["loss"].iloc[1:].isin(other.restarts["loss"]).any()


def test_starts_do_not_share_their_mini_batches():
    """Three equal starts, except for the order of the rows."""
    net = make_net(init=lambda rng, shape: np.full(shape, 0.1))
    net.train(2, restarts=3, batch_size=5, **QUIET)
    assert net.restarts["loss"].nunique() == 3


def test_rows_drawn_to_be_held_out_are_the_same_in_all_starts():
    net = make_net(init=lambda rng, shape: np.full(shape, 0.1))
    net.train(2, restarts=3, validation=0.3, **QUIET)
    assert net.restarts[["loss", "validation_loss"]].nunique().tolist() == [1, 1]


def test_first_of_equal_restarts_is_kept():
    net = make_net(init=lambda rng, shape: np.full(shape, 0.1))
    twin = make_net(init=lambda rng, shape: np.full(shape, 0.1)).train(2, **QUIET)
    numbers = []
    net.train(2, restarts=3, callback=lambda each, _: numbers.append(each), **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_training_continues_from_the_best():
    options = {"optimizer": "momentum", **QUIET}
    net = make(decay=0.02).train(5, restarts=8, **options)
    best, place = make(decay=0.02), net.restarts["penalized_loss"].argmin()
    assert place > 0
    best.theta = draw_starts(8)[place]
    net.train(4, **options)
    best.train(5, **options).train(4, **options)
    assert net.theta.tobytes() == best.theta.tobytes()
    assert net.history.equals(best.history)


def test_table_is_that_of_the_last_search():
    net = make()
    assert net.restarts.empty and net.restarts.columns.tolist() == COLUMNS
    net.train(2, restarts=3, **QUIET)
    table = net.restarts
    assert net.clone().restarts.equals(table)
    mine = net.restarts
    mine.loc[1, "loss"] = 0.0
    assert net.restarts.equals(table)
    assert len(net.train(2, restarts=2, **QUIET).restarts) == 2


def test_starts_may_converge_or_fail():
    net = make(decay=0.1).train(400, restarts=3, optimizer="newton", **QUIET)
    assert net.restarts["converged"].all()
    assert (net.restarts["iterations"] < 400).all()
    assert net.converged
    # Converged weights remain as they are, and are one of the starts.
    best = net.compute_loss(penalty=True)
    net.train(400, restarts=2, optimizer="newton", **QUIET)
    assert net.restarts["iterations"][1] == 0
    assert net.compute_loss(penalty=True) <= best
    # A first start with a loss that is not finite loses to any other.
    counts = make_net("poisson", 0, seed=3)
    counts.theta = np.full(5, 1e5)
    counts.train(5, 1e-4, restarts=2, **QUIET)
    assert np.isinf(counts.restarts["loss"][1]) and counts.restarts["iterations"][1] == 0
    assert np.isfinite(counts.compute_loss())
    assert len(counts.history) == 5


def test_restart_with_a_nan_loss_is_not_the_best():
    ends = [
        RestartResult(1, 1.0, loss, held, 1, False, "")
        for loss, held in [(np.nan, np.nan), (3.0, np.nan), (9.0, 1.0)]
    ]
    assert [end.score for end in ends] == [np.inf, 3.0, 1.0]


@pytest.mark.filterwarnings("ignore:The loss")
def test_search_in_which_every_start_fails_leaves_the_first():
    net = make_net("poisson", 0, init=lambda rng, shape: np.full(shape, 1e5))
    before = net.theta
    net.train(5, restarts=3, **QUIET)
    assert np.array_equal(net.theta, before) and net.history.empty
    assert len(net.restarts) == 3 and not net.converged
    assert "infinite where training starts" in net.message


def test_no_iterations_make_no_starts():
    net = make().train(3, 0.02, restarts=2, **QUIET)
    before = take_snapshot(net, batch_size=5)
    table = net.restarts
    net.train(0, restarts=5)
    assert take_snapshot(net, batch_size=5) == before
    assert net.restarts.equals(table)


# Interrupts ---------------------------------------------------------------------------------


REPORTED = {
    KeyboardInterrupt: "Interrupted",
    ZeroDivisionError: "The callback raised ZeroDivisionError",
}


class Bell:
    """Callback that raises at its n-th call, counted over all starts."""

    def __init__(self, fault, at):
        self.fault, self.at, self.thetas = fault, at, []

    def __call__(self, net, iteration):
        self.thetas.append(net.theta)
        if len(self.thetas) == self.at:
            raise self.fault


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError])
def test_exception_in_the_first_start_keeps_its_last_weights(fault):
    net, twin = make(), make().train(3, 0.02, **QUIET)
    with pytest.raises(fault):
        net.train(5, 0.02, restarts=3, callback=Bell(fault, 3), **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)
    assert (net.message, net.converged) == (f"{REPORTED[fault]} after iteration 3.", False)
    assert net.restarts.empty
    assert (
        net.train(2, 0.02, **QUIET).theta.tobytes() == twin.train(2, 0.02, **QUIET).theta.tobytes()
    )


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError])
def test_exception_in_a_later_start_keeps_the_best_so_far(fault):
    net, whole = make(), make().train(5, 0.02, restarts=2, **QUIET)
    bell = Bell(fault, 12)
    with pytest.raises(fault):
        net.train(5, 0.02, restarts=9, callback=bell, **QUIET)
    assert net.restarts.equals(whole.restarts)
    assert net.theta.tobytes() == whole.theta.tobytes()
    assert net.history.equals(whole.history)
    assert not net.converged
    assert net.message == f"{REPORTED[fault]} in start 3 of 9; the best before it is kept."
    assert (
        net.train(2, 0.02, **QUIET).theta.tobytes() == whole.train(2, 0.02, **QUIET).theta.tobytes()
    )


def test_search_that_fails_at_once_leaves_all_as_it_was():
    net = make().train(3, 0.02, restarts=2, **QUIET)
    before, table = take_snapshot(net, batch_size=5), net.restarts
    with pytest.raises(ValueError, match="learn_rate of iteration 1"):
        net.train(5, lambda t: -1.0, restarts=3, batch_size=5, **QUIET)
    assert take_snapshot(net, batch_size=5) == before
    assert net.restarts.equals(table)


# Reports --------------------------------------------------------------------------------------


def test_callback_is_given_a_network_at_that_iteration():
    net, seen = make(), []
    net.train(
        3,
        0.02,
        restarts=2,
        callback=lambda each, number: seen.append((number, each.theta, len(each.history))),
        **QUIET,
    )
    for start, theta in enumerate(draw_starts(2)):
        twin = make()
        twin.theta = theta
        for number in (1, 2, 3):
            twin.train(1, 0.02, **QUIET)
            reported, given, rows = seen[3 * start + number - 1]
            assert (reported, rows) == (number, number)
            assert given.tobytes() == twin.theta.tobytes()


def test_callback_that_asks_to_stop_ends_that_start_alone():
    net = make()
    net.train(9, 0.02, restarts=3, callback=lambda each, number: number == 4, **QUIET)
    assert net.restarts["iterations"].tolist() == [4, 4, 4]
    assert set(net.restarts["message"]) == {"The callback asked to stop after iteration 4."}


def test_trace_shows_how_each_start_ended(capsys):
    net = make(decay=0.02).train(4, 0.02, restarts=2, trace=4, tolerance=None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [
        "Iteration 4",
        "Start 1 of 2",
        "Iteration 4",
        "Start 2 of 2",
    ]
    ends = net.restarts["penalized_loss"]
    assert [line.split("\t")[1:] for line in lines[1::2]] == [
        [f"Penalized loss {end:.5g}"] for end in ends
    ]
    net.train(1, 0.02, restarts=2, trace=100, validation=ROWS)
    first = net.restarts.loc[1]
    assert capsys.readouterr().out.splitlines()[0] == (
        f"Start 1 of 2\tPenalized loss per row {first.penalized_loss / (36 - len(ROWS)):.5g}"
        f"\tValidation loss per row {first.validation_loss / len(ROWS):.5g}"
    )
    net.train(1, 0.02, restarts=2, trace=0)
    assert capsys.readouterr().out == ""


def test_bar_counts_the_iterations_of_all_starts(capsys):
    make().train(4, 0.02, restarts=3, progress=True, tolerance=None)
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == [
        f"Start {number} of 3" for number in (1, 2, 3)
    ]
    assert "12/12" in err


# Against R ------------------------------------------------------------------------------------


@pytest.mark.long
def test_median_loss_of_newton_is_no_worse_than_that_of_nnet():
    """Twenty starts in [-0.7, 0.7] on iris, 5 units, decay 5e-4, as nnet's in the reference."""
    theirs = json.loads((REFERENCE / "nnet_iris.json").read_text("utf-8"))["dist_iris"]["values"]
    net = NeuralNetwork("Species ~ .", load_iris(), 5, decay=5e-4, init="uniform", seed=1)
    net.train(500, optimizer="newton", restarts=20, **QUIET)
    ends = net.restarts["penalized_loss"]
    assert len(theirs) == len(ends) == 20
    assert ends.median() <= np.median(theirs)
    assert net.compute_loss(penalty=True) == pytest.approx(ends.min(), rel=1e-12)


@pytest.mark.parametrize("family", FORMULAS)
def test_search_works_for_every_family(family):
    net = make_net(family, init="glorot").train(3, 1e-3, restarts=3, **QUIET)
    assert net.compute_loss() == net.restarts["loss"].min()
    pd.testing.assert_series_equal(
        net.restarts["loss"], net.restarts["penalized_loss"], check_names=False
    )


def test_the_display_says_of_which_starts_the_iterations_are():
    net = make(decay=0.02).train(5, restarts=4, optimizer="lbfgs", **QUIET)
    assert " after 5 iterations of the best of 4 starts (20 in all). " in repr(net)
    # Iterations of further training are not of a start.
    net.train(2, optimizer="lbfgs", **QUIET)
    assert " after 7 iterations. " in repr(net)
