"""Holdout: rows drawn at random, given by position or label, or another table; monitored loss."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.training.options import prepare_run

QUIET = {"trace": 0, "tolerance": None}
TABLE = make_table()
ROWS = [0, 5, 9, 14, 20, 30]
MASK = np.isin(np.arange(36), ROWS)


def read_held(net, validation):
    """Mask of the training rows that are held out."""
    training_run = prepare_run(net._model, net._fit.state, validation=validation)
    held = training_run.options.validation.batch.X
    assert len(held) + len(training_run.rows.X) == net.nobs
    return np.array([(row == held).all(axis=1).any() for row in net.X]), training_run.state


def run_watched(net, iterations=8, **options):
    """Train; returns the weights before each update and after the last."""
    thetas = [net.theta]
    net.train(iterations, callback=lambda each, _: thetas.append(each.theta), **QUIET, **options)
    return thetas


# Selection of held-out rows -------------------------------------------------------------------

BUILDS = {
    "plain": {},
    "penalty": {"decay": 0.3, "mixture": 0.5},
    "scale": {"scale": True, "decay": 0.1},
    "weights": {"weights": np.resize([1.0, 2.0, 0.5], 36)},
    "offset": {"family": "poisson", "offset": "x2"},
    "gaussian": {"family": "gaussian"},
    "binomial": {"family": "binomial", "class_weight": {True: 2.0, False: 0.5}},
    "balanced": {"class_weight": "balanced"},
}
WAYS = {
    "share": {"validation": 0.25},
    "mask": {"validation": MASK},
    "positions, mini-batches": {"validation": ROWS, "batch_size": 7},
    "data frame": {"validation": TABLE.iloc[ROWS]},
    "patience": {"validation": ROWS, "patience": 1},
}


@pytest.mark.filterwarnings("ignore:Training ended at loss")
@case_by_case("way", WAYS)
@case_by_case("build", BUILDS)
def test_history_holds_the_loss_of_the_rows_held_out_and_the_best_weights_are_kept(build, way):
    net = make_net(**BUILDS[build])
    held = read_held(net, WAYS[way]["validation"])[0] if way == "share" else MASK
    thetas = run_watched(net, learn_rate=0.03, **WAYS[way])
    found = net.history["validation_loss"].to_numpy()
    # Evaluate the same rows by a network with its own weights.
    judge = make_net(**BUILDS[build])
    batch = judge._model.apply_class_weights(judge._model.batch).pick(held)
    if way == "data frame" and build == "weights":
        batch = batch._replace(w=None)  # new rows have weight 1
    losses = [judge._model.perceptron.evaluate(theta, batch).loss for theta in thetas]
    np.testing.assert_allclose(found, losses[:-1], rtol=1e-12)
    best = int(np.argmin(losses))
    assert net.theta.tobytes() == thetas[best].tobytes()
    if best == len(thetas) - 1:
        assert "are kept" not in net.message
    else:
        reported = (
            f"The weights of iteration {best} are kept, where the validation loss per row was "
        )
        assert f"{reported}lowest, {losses[best] / batch.weight:.5g}." in net.message
    assert len(net.history) == len(thetas) - 1 == (8 if way != "patience" else len(thetas) - 1)


def test_loss_on_a_data_frame_equals_compute_loss():
    net = make_net("gaussian")
    fresh = TABLE.assign(cost=TABLE["cost"] + 1.0)
    net.train(1, validation=fresh, **QUIET)
    expected = make_net("gaussian").compute_loss(fresh)
    assert net.history["validation_loss"].tolist() == [expected]
    # All rows are trained on.
    assert net.history["loss"].tolist() == [make_net("gaussian").compute_loss()]


@case_by_case("batch_size", [None, 7])
@case_by_case("family", FORMULAS)
def test_rows_held_out_never_touch_the_weights(family, batch_size):
    """Training equals that on a table without the held-out rows, whatever their response."""
    formula = FORMULAS[family]
    response = formula.split(" ~")[0]
    other = TABLE.copy()
    other.loc[TABLE.index[ROWS], response] = other.loc[TABLE.index[ROWS[::-1]], response].to_numpy()
    if family in ("gaussian", "poisson"):
        other.loc[TABLE.index[ROWS], response] += 7
    without = TABLE[~MASK]
    paths = []
    for table, held in ((TABLE, ROWS), (other, ROWS), (without, None)):
        net = NeuralNetwork(formula, table, 3, family=family, init=0.5, seed=1, decay=0.1)
        options = {"batch_size": batch_size, "optimizer": "momentum"}
        paths.append(run_watched(net, validation=held, **options))
    assert not (other == TABLE).all(axis=None)
    for one, two, three in zip(*paths, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


def test_accuracy_that_is_traced_is_that_of_the_rows_trained_on(capsys):
    net = make_net().train(1, trace=1, validation=ROWS)
    loss, accuracy, held = net.history.loc[0, ["loss", "accuracy", "validation_loss"]]
    kept, out = TABLE[~MASK], TABLE[MASK]
    judge = make_net()
    assert accuracy == judge.accuracy(kept)
    np.testing.assert_allclose([loss, held], [judge.compute_loss(kept), judge.compute_loss(out)])
    losses = [f"{each:.5g}" for each in (loss / len(kept), held / len(out))]
    line = "Iteration 1\tLoss per row {}\tAccuracy {:.3f}\tValidation loss per row {}\n"
    assert capsys.readouterr().out == line.format(losses[0], accuracy, losses[1])


def test_weights_that_are_kept_are_read_only_in_a_copy_too():
    """In a copy of an interrupted network they exist only in its memory."""

    def fail(net, number):
        if number == 60:
            raise KeyboardInterrupt

    options = {"optimizer": "rprop", "validation": ROWS, "patience": 999, **QUIET}
    net, whole = make_net(hidden=4), make_net(hidden=4).train(62, **options)
    with pytest.raises(KeyboardInterrupt):
        net.train(70, callback=fail, **options)
    net = net.clone().train(2, **options)
    assert net.theta.tobytes() == whole.theta.tobytes()
    assert "are kept" in net.message
    with pytest.raises(ValueError, match="read-only"):
        net.theta[0] = 1.0


# Shares ---------------------------------------------------------------------------------------


@case_by_case("share", [0.03, 0.1, 1 / 3, 0.5, 0.77, 0.97])
@case_by_case("family", FORMULAS)
def test_share_is_that_of_each_class_within_a_row(family, share):
    net = make_net(family)
    held, _ = read_held(net, share)
    assert held.sum() == np.floor(36 * share + 1e-9)
    if family in ("softmax", "binomial"):
        for name in net.classes:
            mine = net.Y.eq(name).to_numpy()
            assert abs(held[mine].sum() - share * mine.sum()) < 1


def test_share_that_is_a_whole_number_of_rows_is_not_rounded_away():
    """In floating point 100 * 0.29 is less than 29."""
    net = NeuralNetwork("y ~ x", {"y": np.arange(100) / 7, "x": np.arange(100) / 3}, 0)
    for hundredths in range(1, 100):
        assert read_held(net, hundredths / 100)[0].sum() == hundredths


def test_share_is_drawn_by_the_generator_of_the_network():
    before = np.random.get_state()[1].tobytes()
    first, second, other = (read_held(make_net(seed=seed), 0.3)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert np.random.get_state()[1].tobytes() == before
    # Every row can be drawn.
    net, drawn = make_net("gaussian"), np.zeros(36)
    for seed in range(200):
        state = replace(net._fit.state, generator_state=np.random.PCG64(seed).state)
        drawn += prepare_run(net._model, state, validation=0.3).state.split[1]
    assert (np.abs(drawn / 200 - 10 / 36) < 0.15).all()


def test_share_is_drawn_again_only_if_it_differs():
    net = make_net()

    def read_split(share):
        net.train(2, validation=share, **QUIET)
        return net._fit.state.split[1].copy()

    first = read_split(0.3)
    assert np.array_equal(read_split(0.3), first)
    net.train(2, **QUIET).train(2, validation=ROWS, **QUIET)
    net.theta = make_net(seed=9).theta
    assert np.array_equal(read_split(0.3), first)
    other = read_split(0.5)
    assert other.sum() == 18
    assert not np.array_equal(read_split(0.3), first)
    assert np.array_equal(net.clone()._fit.state.split[1], net._fit.state.split[1])


def test_rows_drawn_may_be_named_to_go_on_with_them():
    """The same rows define the same task, whether drawn or given."""
    net = make_net().train(4, validation=0.3, optimizer="momentum", **QUIET)
    twin, rows = net.clone(), np.flatnonzero(net._fit.state.split[1])
    net.train(4, validation=0.3, optimizer="momentum", **QUIET)
    twin.train(4, validation=rows, optimizer="momentum", **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)


def test_no_iterations_draw_nothing():
    net, twin = make_net(), make_net()
    net.train(0, validation=0.3, batch_size=5, **QUIET)
    assert net._fit.state.split is None
    options = {"validation": 0.2, "batch_size": 5, **QUIET}
    assert net.train(3, **options).theta.tobytes() == twin.train(3, **options).theta.tobytes()


# Forms of row selectors -----------------------------------------------------------------------

FORMS = {
    "list": ROWS,
    "array": np.array(ROWS),
    "small ints": np.array(ROWS, dtype=np.uint8),
    "another order": ROWS[::-1],
    "nullable flags": pd.array(MASK, dtype="boolean"),
    "Series of positions": pd.Series(ROWS, index=range(50, 56)),
    "tuple": tuple(ROWS),
    "mask": MASK,
    "list of flags": MASK.tolist(),
    "Series of flags": pd.Series(MASK, index=TABLE.index),
    "Index": TABLE.index[ROWS],
    "Index in another order": TABLE.index[ROWS[::-1]],
}


@case_by_case("form", FORMS)
def test_rows_may_be_named_in_many_ways(form):
    expected = make_net().train(9, 0.02, validation=ROWS, **QUIET)
    net = make_net().train(9, 0.02, validation=FORMS[form], **QUIET)
    assert net.theta.tobytes() == expected.theta.tobytes()
    assert net.history.equals(expected.history)


def test_data_frame_of_held_out_rows_gives_the_same_on_a_table_without_them():
    expected = make_net().train(9, 0.02, validation=ROWS, **QUIET)
    net = NeuralNetwork(FORMULAS["softmax"], TABLE[~MASK], 3, init=0.5, seed=1)
    net.train(9, 0.02, validation=TABLE[MASK], **QUIET)
    assert net.theta.tobytes() == expected.theta.tobytes()
    assert net.history.equals(expected.history)
    as_dict = NeuralNetwork(FORMULAS["softmax"], TABLE[~MASK], 3, init=0.5, seed=1)
    columns = {name: column.tolist() for name, column in TABLE[MASK].items()}
    as_dict.train(9, 0.02, validation=columns, **QUIET)
    assert as_dict.history.equals(expected.history)


@pytest.mark.parametrize("form", ["positions", "mask", "Index"])
def test_rows_are_those_of_the_data_as_it_was_given(form):
    """Positions refer to the data before rows with missing values or weights are dropped."""
    table = TABLE.assign(times=np.where(np.arange(36) == 2, np.nan, 1.0))
    table.loc[table.index[[1, 9]], "x1"] = np.nan
    left = np.setdiff1d(np.arange(36), [1, 2, 9])
    with pytest.warns(UserWarning, match="3 of 36 rows dropped"):
        net = NeuralNetwork("cost ~ x1 + x2", table, 2, weights="times", init=0.5, seed=1)
    judge = NeuralNetwork("cost ~ x1 + x2", table.iloc[left], 2, weights="times", init=0.5, seed=1)
    rows = np.intersect1d(ROWS, left)
    named = {"positions": ROWS, "mask": MASK, "Index": table.index[rows]}[form]
    net.train(5, validation=named, **QUIET)
    judge.train(5, validation=np.searchsorted(left, rows), **QUIET)
    assert net.theta.tobytes() == judge.theta.tobytes()
    assert net.history.equals(judge.history)


def test_rows_with_a_missing_value_are_left_out_of_a_data_frame_too():
    fresh = TABLE.assign(x1=np.where(MASK, TABLE["x1"], np.nan))
    net = make_net()
    with pytest.warns(UserWarning, match="30 of 36 rows left out") as caught:
        net.train(2, validation=fresh, **QUIET)
    assert caught[0].filename == __file__
    expected = make_net().train(2, validation=TABLE[MASK], **QUIET)
    assert net.history.equals(expected.history)


def test_label_of_several_rows_means_all_of_them():
    table = TABLE.set_axis(np.arange(36) // 2)
    nets = [NeuralNetwork("cost ~ x1 + x2", table, 2, init=0.5, seed=1) for _ in range(2)]
    nets[0].train(3, validation=pd.Index([0, 4]), **QUIET)
    nets[1].train(3, validation=[0, 1, 8, 9], **QUIET)
    assert nets[0].history.equals(nets[1].history)


@pytest.mark.parametrize(("heavy", "words"), [(3, "out"), (0, "back to train on")])
def test_rows_of_total_weight_0_are_refused(heavy, words):
    w = np.zeros(36)
    w[[heavy, 1, 2]] = 1.0
    held = {"out": [10, 11], "back to train on": [0, 1, 2, 20]}[words]
    net = NeuralNetwork("cost ~ x1", TABLE, 2, weights=w, seed=1)
    with pytest.raises(ValueError, match=f"holds no row {words}, of 36 that are complete"):
        net.train(2, validation=held, **QUIET)
