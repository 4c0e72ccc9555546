"""Weights at which each figure of an iteration is evaluated, and other sums shown per row."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.training.state import restore_generator

TABLE = make_table()
HELD = [0, 5, 9, 14, 20, 30]
MASK = np.isin(np.arange(36), HELD)


def run(net, iterations, **options):
    """Train; returns the weights before each iteration, and the initial generator."""
    before, last = [], [(net.theta, net._fit.state.generator_state)]

    def look(each, _):
        before.append(last[-1])
        last.append((each.theta, each._fit.state.generator_state))

    net.train(iterations, callback=look, tolerance=None, **options)
    return before


def test_with_mini_batches_loss_is_running_and_all_else_of_the_weights_before(capsys):
    rate, size = 0.01, 7
    net = NeuralNetwork("cost ~ x1 + x2", TABLE, 0, seed=1, init=0.5)
    options = {"learn_rate": rate, "batch_size": size, "validation": HELD, "trace": 1}
    before = run(net, 4, **options)
    X, y = net.X[~MASK], net.Y.to_numpy()[~MASK]
    lines = capsys.readouterr().out.splitlines()
    for (theta, memory), row, line in zip(before, net.history.itertuples(), lines, strict=True):
        order = restore_generator(memory).permutation(30)
        running, beta = 0.0, theta.copy()
        for start in range(0, 30, size):
            some = order[start : start + size]
            error = X[some] @ beta - y[some]
            running += 0.5 * error @ error
            beta -= rate * X[some].T @ error
        errors = net.X @ theta - net.Y.to_numpy()
        held = 0.5 * errors[MASK] @ errors[MASK]
        np.testing.assert_allclose([row.loss, row.validation_loss], [running, held], rtol=1e-10)
        # It is the loss at neither end of the pass.
        for end in (theta, beta):
            assert abs(0.5 * np.sum((X @ end - y) ** 2) - running) > 1e-3 * running
        assert line == (
            f"Iteration {row.iteration}\tRunning loss per row {running / 30:.5g}"
            f"\tValidation loss per row {held / 6:.5g}"
        )


@pytest.mark.parametrize("batch_size", [None, 7])
def test_accuracy_and_validation_loss_are_of_the_weights_before(batch_size):
    net = make_net()
    before = run(net, 5, learn_rate=0.1, batch_size=batch_size, validation=HELD, trace=1)
    judge = make_net()
    for (theta, _), row in zip(before, net.history.itertuples(), strict=True):
        judge.theta = theta
        assert row.accuracy == judge.accuracy(TABLE[~MASK])
        np.testing.assert_allclose(row.validation_loss, judge.compute_loss(TABLE[MASK]), rtol=1e-12)
        if batch_size is None:
            np.testing.assert_allclose(row.loss, judge.compute_loss(TABLE[~MASK]), rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, "Iteration 1\tLoss "),
        ({"batch_size": 7}, "Iteration 1\tRunning loss "),
        # A batch of all rows changes the weights only after all rows are summed.
        ({"batch_size": 36}, "Iteration 1\tLoss "),
    ],
)
def test_without_rows_held_out_the_trace_has_the_sum(options, start, capsys):
    net = make_net().train(1, learn_rate=0.01, trace=1, **options)
    assert capsys.readouterr().out.startswith(f"{start}{net.history['loss'][0]:.5g}\tAccuracy ")


def test_messages_have_the_loss_on_rows_held_out_per_row():
    w = np.arange(36) % 3 + 1.0
    net = NeuralNetwork("species ~ x1 + x2", TABLE.assign(w=w), 4, weights="w", init=0.5, seed=1)
    net.train(200, optimizer="rprop", validation=HELD, patience=20, trace=0)
    lowest = net.history["validation_loss"].min() / w[MASK].sum()
    assert net.message.endswith(f"where the validation loss per row was lowest, {lowest:.5g}.")


def read_curves(net):
    axes = net.plot_loss(ax=Figure().add_subplot())
    names = [each.get_text() for each in axes.get_legend().get_texts()]
    return axes, dict(zip(names, axes.lines, strict=False))


def test_losses_of_other_rows_are_drawn_per_row():
    net = make_net("gaussian").train(5, 0.001, trace=0, validation=HELD)
    axes, curves = read_curves(net)
    assert axes.get_ylabel() == "loss per row"
    history, cost = net.history, TABLE["cost"]
    np.testing.assert_allclose(curves["loss"].get_ydata(), history["loss"] / 30)
    np.testing.assert_allclose(curves["validation"].get_ydata(), history["validation_loss"] / 6)
    # An intercept alone leaves half the variance per row.
    np.testing.assert_allclose(curves["intercept only"].get_ydata(), cost.var(ddof=0) / 2)


def test_without_rows_held_out_the_sum_is_drawn():
    net = make_net("gaussian").train(5, 0.001, trace=0)
    axes, curves = read_curves(net)
    assert axes.get_ylabel() == "loss"
    np.testing.assert_allclose(curves["loss"].get_ydata(), net.history["loss"])


@pytest.mark.parametrize("assigned", [False, True])
def test_iterations_on_all_rows_are_drawn_by_all_of_them(assigned):
    net = make_net("gaussian").train(3, 0.001, trace=0)
    net.train(3, 0.001, trace=0, validation=HELD)
    if assigned:
        net.theta = net.theta * 1.5
    net.train(3, 0.001, trace=0)
    _, curves = read_curves(net)
    rows = np.repeat([36, 30, 36], 3)
    np.testing.assert_allclose(curves["loss"].get_ydata(), net.history["loss"] / rows)
    held = net.history["validation_loss"].dropna()
    np.testing.assert_allclose(curves["validation"].get_ydata(), held / 6)


def test_other_data_are_drawn_per_row_too():
    other = pd.concat([TABLE] * 3)
    net = make_net("gaussian").train(3, 0.001, trace=0, validation=other)
    _, curves = read_curves(net)
    # The same rows three times: per row, the loss is the same.
    np.testing.assert_allclose(curves["loss"].get_ydata(), curves["validation"].get_ydata())
