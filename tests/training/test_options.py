"""From options to a plan: which rows are held out and watched, and how the others are dealt."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from networks import FORMULAS, OPTIMIZERS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Adam, GradientDescent
from neuralnet.optimizers.schedules import Constant
from neuralnet.training.options import make_course

QUIET = {"trace": 0, "tolerance": None}
TABLE = make_table()
ROWS = [0, 5, 9, 14, 20, 30]
MASK = np.isin(np.arange(36), ROWS)


def read_held(net, validation):
    """Which training rows are held out, as a mask."""
    course = make_course(net._model, net._state, validation=validation)
    held = course.plan.validation.batches.batch.X
    assert len(held) + len(course.rows.X) == net.nobs
    return np.array([(row == held).all(axis=1).any() for row in net.X]), course.state


def run_watched(net, iterations=8, **options):
    """Train; the weights before each update and after the last."""
    thetas = [net.theta]
    net.train(iterations, callback=lambda each, _: thetas.append(each.theta), **QUIET, **options)
    return thetas


# What is held out -----------------------------------------------------------------------------

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
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("build", BUILDS)
def test_history_holds_the_loss_of_the_rows_held_out_and_the_best_weights_are_kept(build, way):
    net = make_net(**BUILDS[build])
    held = read_held(net, WAYS[way]["validation"])[0] if way == "share" else MASK
    thetas = run_watched(net, learn_rate=0.03, **WAYS[way])
    found = net.history["validation_loss"].to_numpy()
    # The same rows, judged by a network of their own weights.
    judge = make_net(**BUILDS[build])
    batch = judge._model.apply_class_weights(judge._model.batch).pick(held)
    if way == "data frame" and build == "weights":
        batch = batch._replace(w=None)  # new rows count once
    losses = [judge._model.perceptron.evaluate(theta, batch).loss for theta in thetas]
    np.testing.assert_allclose(found, losses[:-1], rtol=1e-12)
    best = int(np.argmin(losses))
    assert net.theta.tobytes() == thetas[best].tobytes()
    if best == len(thetas) - 1:
        assert "are kept" not in net.message
    else:
        told = f"The weights of iteration {best} are kept, where the validation loss per row was "
        assert f"{told}lowest, {losses[best] / batch.weight:.5g}." in net.message
    assert len(net.history) == len(thetas) - 1 == (8 if way != "patience" else len(thetas) - 1)


def test_loss_on_a_data_frame_is_what_compute_loss_says():
    net = make_net("gaussian")
    fresh = TABLE.assign(cost=TABLE["cost"] + 1.0)
    net.train(1, validation=fresh, **QUIET)
    expected = make_net("gaussian").compute_loss(fresh)
    assert net.history["validation_loss"].tolist() == [expected]
    # All rows are trained on.
    assert net.history["loss"].tolist() == [make_net("gaussian").compute_loss()]


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("family", FORMULAS)
def test_rows_held_out_never_touch_the_weights(family, batch_size):
    """Training is that on a table without them, whatever their response."""
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
    """In the copy of a network that was interrupted they are nowhere but in its memory."""

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


@pytest.mark.parametrize("share", [0.03, 0.1, 1 / 3, 0.5, 0.77, 0.97])
@pytest.mark.parametrize("family", FORMULAS)
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


def test_share_is_drawn_under_the_networks_own_generator():
    before = np.random.get_state()[1].tobytes()
    first, second, other = (read_held(make_net(seed=seed), 0.3)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert np.random.get_state()[1].tobytes() == before
    # Every row has its chance.
    net, drawn = make_net("gaussian"), np.zeros(36)
    for seed in range(200):
        state = replace(net._state, generator_state=np.random.PCG64(seed).state)
        drawn += make_course(net._model, state, validation=0.3).state.split[1]
    assert (np.abs(drawn / 200 - 10 / 36) < 0.15).all()


def test_share_is_drawn_again_only_if_it_differs():
    net = make_net()

    def read_split(share):
        net.train(2, validation=share, **QUIET)
        return net._state.split[1].copy()

    first = read_split(0.3)
    assert np.array_equal(read_split(0.3), first)
    net.train(2, **QUIET).train(2, validation=ROWS, **QUIET)
    net.theta = make_net(seed=9).theta
    assert np.array_equal(read_split(0.3), first)
    other = read_split(0.5)
    assert other.sum() == 18
    assert not np.array_equal(read_split(0.3), first)
    assert np.array_equal(net.clone()._state.split[1], net._state.split[1])


def test_rows_drawn_may_be_named_to_go_on_with_them():
    """The same rows are the same task, however they are asked for."""
    net = make_net().train(4, validation=0.3, optimizer="momentum", **QUIET)
    twin, rows = net.clone(), np.flatnonzero(net._state.split[1])
    net.train(4, validation=0.3, optimizer="momentum", **QUIET)
    twin.train(4, validation=rows, optimizer="momentum", **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)


def test_no_iterations_draw_nothing():
    net, twin = make_net(), make_net()
    net.train(0, validation=0.3, batch_size=5, **QUIET)
    assert net._state.split is None
    options = {"validation": 0.2, "batch_size": 5, **QUIET}
    assert net.train(3, **options).theta.tobytes() == twin.train(3, **options).theta.tobytes()


# Ways to name rows ----------------------------------------------------------------------------

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


@pytest.mark.parametrize("form", FORMS)
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
    """Rows were dropped, for a missing value and for a missing weight, before and among these."""
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


def test_label_that_stands_for_several_rows_means_all_of_them():
    table = TABLE.set_axis(np.arange(36) // 2)
    nets = [NeuralNetwork("cost ~ x1 + x2", table, 2, init=0.5, seed=1) for _ in range(2)]
    nets[0].train(3, validation=pd.Index([0, 4]), **QUIET)
    nets[1].train(3, validation=[0, 1, 8, 9], **QUIET)
    assert nets[0].history.equals(nets[1].history)


@pytest.mark.parametrize(("heavy", "words"), [(3, "out"), (0, "back to train on")])
def test_rows_without_any_weight_are_none(heavy, words):
    w = np.zeros(36)
    w[[heavy, 1, 2]] = 1.0
    held = {"out": [10, 11], "back to train on": [0, 1, 2, 20]}[words]
    net = NeuralNetwork("cost ~ x1", TABLE, 2, weights=w, seed=1)
    with pytest.raises(ValueError, match=f"holds no row {words}, of 36 that are complete"):
        net.train(2, validation=held, **QUIET)


# Mini-batches ---------------------------------------------------------------------------------


def deal_by_hand(rng, n, size):
    order = rng.permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]


@pytest.mark.parametrize("size", [1, 7, 12, 35, 36, 50])
@pytest.mark.parametrize("weighted", [False, True])
def test_epochs_of_least_squares_by_hand(size, weighted):
    """The share of the penalty is the share of the weight; seven rows of 36 leave one over."""
    w = np.resize([1.0, 2.0, 0.5], 36) if weighted else np.ones(36)
    first = np.linspace(-0.4, 0.5, 5)[:, None]
    net = NeuralNetwork(
        "cost ~ x1 + x2 + kind",
        TABLE,
        0,
        decay=(0.3,),
        weights=w if weighted else None,
        init=lambda rng, shape: first,
        seed=8,
    )
    watched = []

    class Watching(Constant):
        def step(self, t, loss):
            watched.append(loss)
            return t + 1

    net.train(3, Watching(0.01), batch_size=size, **QUIET)
    rng, W, X, y = np.random.default_rng(8), first, net.X, TABLE[["cost"]].to_numpy()
    losses, penalties = [], []
    for _ in range(3):
        losses.append(0.0)
        penalties.append(0.0)
        for rows in deal_by_hand(rng, 36, size):
            delta = w[rows, None] * (X[rows] @ W - y[rows])
            losses[-1] += 0.5 * float((delta * (X[rows] @ W - y[rows])).sum())
            share = w[rows].sum() / w.sum()
            penalties[-1] += share * 0.3 * float((W**2).sum())
            W = W - 0.01 * (X[rows].T @ delta + share * 2 * 0.3 * W)
    np.testing.assert_allclose(net.W1, W, rtol=1e-12)
    np.testing.assert_allclose(net.history["loss"], losses, rtol=1e-12)
    # What schedules and rules watch is the penalized loss.
    np.testing.assert_allclose(watched, np.add(losses, penalties), rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}, {"scale": True}])
@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adam"])
def test_epochs_are_the_optimizers_own_steps_on_slices(optimizer, options):
    net = make_net(decay=0.1, mixture=0.3, **options)
    record = {"momentum": "Momentum", "nesterov": "Nesterov", "adam": "Adam"}[optimizer]
    step = getattr(__import__("neuralnet.optimizers", fromlist=[record]), record)(0.004)
    whole, state = net._model.objective, net._state
    rng = np.random.default_rng(1)
    rng.bit_generator.state = state.generator_state
    phi = whole.coordinates.from_raw(state.theta)
    memory = step.init(phi)
    w = next(whole.batches()).w
    w = np.ones(36) if w is None else w
    for _ in range(2):
        for rows in deal_by_hand(rng, 36, 10):
            part = whole.pick(rows, w[rows].sum() / w.sum())
            phi, memory, _ = step.step(part, phi, memory)
    net.train(2, 0.004, batch_size=10, optimizer=optimizer, **QUIET)
    np.testing.assert_allclose(net.theta, whole.coordinates.to_raw(phi), rtol=1e-10)
    assert net._state.generator_state == rng.bit_generator.state


def test_all_rows_in_one_batch_are_the_same_up_to_rounding():
    nets = [make_net(decay=0.1).train(5, batch_size=size, **QUIET) for size in (None, 36, 1000)]
    assert nets[1].theta.tobytes() == nets[2].theta.tobytes()
    np.testing.assert_allclose(nets[0].theta, nets[1].theta, rtol=1e-12)
    np.testing.assert_allclose(nets[0].history["loss"], nets[1].history["loss"], rtol=1e-12)


def test_rows_are_shuffled_anew_under_the_networks_own_generator():
    before = np.random.get_state()[1].tobytes()
    seen = []

    class Watching(GradientDescent):
        def step(self, objective, theta, state):
            seen.append(objective.batches.batch.X)
            return super().step(objective, theta, state)

    net = make_net("gaussian")
    net.train(2, optimizer=Watching(0.001), batch_size=10, **QUIET)
    assert np.random.get_state()[1].tobytes() == before
    assert [len(X) for X in seen] == [10, 10, 10, 6] * 2
    epochs = np.vstack(seen[:4]), np.vstack(seen[4:])
    assert not np.array_equal(*epochs)
    for epoch in epochs:
        assert sorted(map(tuple, epoch)) == sorted(map(tuple, net.X))
    assert len(net.history) == 2


class Quitting(Adam):
    """Adam that ends badly in the second batch of the third epoch."""

    fault = KeyboardInterrupt

    def step(self, objective, theta, state):
        if state.steps == 9:
            raise self.fault
        return super().step(objective, theta, state)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError])
def test_epoch_that_is_broken_off_leaves_the_last_whole_one(fault):
    options = {"batch_size": 10, "validation": 0.1, **QUIET}
    quitting = type("Quitting", (Quitting,), {"fault": fault})
    net, twin = make_net(), make_net().train(2, optimizer="adam", **options)
    thetas = []
    with pytest.raises(fault):
        net.train(
            10,
            optimizer=quitting(),
            callback=lambda each, _: thetas.append(each.theta),
            **options,
        )
    assert net.theta.tobytes() == thetas[1].tobytes()
    assert len(net.history) == 2 and len(thetas) == 2
    told = "Interrupted" if fault is KeyboardInterrupt else "ZeroDivisionError ended training"
    assert net.message.startswith(f"{told} after iteration 2.")
    assert net.history.equals(twin.history)
    # The rows go on in the order that they would have had.
    assert net._state.generator_state == twin._state.generator_state


def test_batch_whose_loss_fails_leaves_a_whole_epoch():
    """The loss at the start of that pass was fine: a smaller rate is what helps."""
    net, twin = make_net("gaussian", 0), make_net("gaussian", 0)
    with pytest.warns(UserWarning, match="infinite at iteration 1; .* weights of iteration 0,"):
        net.train(5, 1e200, batch_size=6, trace=0)
    assert "learn_rate well below 1e+200" in net.message
    assert net.theta.tobytes() == twin.theta.tobytes() and net.history.empty
    with pytest.warns(UserWarning, match="learn_rate well below 1e\\+300, "):
        net.clone().train(5, lambda t: [1e-9, 1e300][t - 1], batch_size=6, trace=0)
    with pytest.warns(UserWarning, match="infinite at iteration") as caught:
        net.train(5000, 5.0, batch_size=6, trace=0)
    broken, kept = map(int, re.findall(r"iteration (\d+)", str(caught[0].message)))
    assert kept == len(net.history) == 0 < broken
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_start_without_a_finite_loss_is_told_as_such_with_mini_batches_too():
    net = make_net("poisson", 0)
    net.theta = np.full(5, 1e5)
    with pytest.warns(UserWarning, match="infinite where training starts; nothing is changed"):
        net.train(5, batch_size=6, trace=0)
    assert net.history.empty and (net.theta == 1e5).all()


# Records --------------------------------------------------------------------------------------


def test_optimizer_of_ones_own_is_asked_what_it_can():
    parts = {"needs_curvature": False, "init": None, "step": None, "verdict": None}
    net = make_net()
    for options, words in [
        ({"batch_size": 5}, "leave batch_size out"),
        ({"learn_rate": 0.1}, "takes no learn_rate"),
        ({"learn_rate": lambda t: 0.1}, "takes no learn_rate"),
    ]:
        with pytest.raises(ValueError, match=words):
            net.train(1, optimizer=SimpleNamespace(**parts), **options)
    with pytest.raises(ValueError, match="SimpleNamespace cannot minimize an L1 penalty"):
        make_net(decay=1.0, mixture=0.5).train(1, optimizer=SimpleNamespace(**parts))


@pytest.mark.filterwarnings("ignore:Training ended at loss")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_plan_leaves_the_table_of_optimizers_alone(optimizer):
    """Rates and tolerances of one call are gone in the next."""
    expected = make_net().train(3, optimizer=optimizer, **QUIET).theta.tobytes()
    rated = {"learn_rate": 0.5} if optimizer in ("adam", "momentum", "nesterov") else {}
    make_net().train(3, optimizer=optimizer, gradient_tolerance=10.0, **rated, **QUIET)
    assert make_net().train(3, optimizer=optimizer, **QUIET).theta.tobytes() == expected
