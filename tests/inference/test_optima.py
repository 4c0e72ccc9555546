"""Different optima of several starts: numbers, evidence, and which of them count."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.inference.optima import find_optima, find_reach, number_optima, tabulate_ends
from neuralnet.training import RestartResult


def make_table(n=150, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-2.0, 2.0, size=(2, n))
    y = np.sin(2.0 * a) + a * b / 2.0 + 0.4 * rng.normal(size=n)
    return pd.DataFrame({"a": a, "b": b, "y": y, "g": np.where(y > 0, "yes", "no")})


def make(left="y", **options):
    options = {
        "hidden": 3,
        "activation": "tanh",
        "decay": 0.1,
        "scale": True,
        "init": "glorot",
        "seed": 1,
    } | options
    return NeuralNetwork(f"{left} ~ a + b", make_table(), **options)


def arrange(net, order, signs):
    """Theta with the units of the hidden layer in another order and with other signs."""
    W1, W2 = net.W
    last = np.vstack([W2[:1], W2[1:][order] * np.array(signs)[:, None]])
    return np.concatenate([(W1[:, order] * signs).ravel(), last.ravel()])


def make_end(net, theta, number=1):
    twin = net.clone()
    twin.theta = theta
    penalized = twin.compute_loss(penalty=True)
    return RestartResult(number, twin.compute_loss(), penalized, np.nan, 5, True, "", twin.theta)


@pytest.mark.parametrize(("activation", "signs"), [("tanh", (1, -1, -1)), ("sigmoid", (1, 1, 1))])
def test_order_and_signs_of_units_make_no_other_optimum(activation, signs):
    net = make(activation=activation).train(400, optimizer="newton", trace=0)
    rng = np.random.default_rng(2)
    theta = arrange(net, [2, 0, 1], signs)
    rounded = theta * (1.0 + 1e-7 * rng.normal(size=theta.size))
    moved = theta * (1.0 + 0.1 * rng.normal(size=theta.size))
    ends = [make_end(net, each, k) for k, each in enumerate((moved, net.theta, theta, rounded), 1)]
    assert number_optima(net._model, ends) == [2, 1, 1, 1]
    assert len(find_optima(net._model, net.theta, ends)) == 1


@pytest.mark.parametrize("left", ["y", "g"])
def test_optima_are_the_different_ends_near_the_best_evidence(left):
    net = make(left, hidden=5, decay=0.02).train(400, optimizer="newton", restarts=12, trace=0)
    table, found = net.restarts, net.inference()
    assert table["optimum"].nunique() > 1
    best = table["penalized_loss"].argmin()
    assert table["optimum"].iloc[best] == 1
    by_number = table.groupby("optimum")
    # Equal numbers mean equal losses, and other numbers other losses.
    assert (by_number["penalized_loss"].agg(np.ptp) < 1e-6).all()
    evidence = by_number["evidence"].max().dropna().sort_values(ascending=False)
    kept = evidence[evidence >= evidence.max() - find_reach(net._model)]
    assert [each.evidence for each in found.ranked_optima] == kept.tolist()
    assert len(found.optima) == len(kept)
    for theta, value in zip(found.optima, kept, strict=True):
        twin = net.clone()
        twin.theta = theta
        twin.train(1, optimizer="newton", trace=0)
        np.testing.assert_allclose(twin.inference().log_evidence, value, rtol=1e-6)


@pytest.mark.parametrize("left", ["y", "g"])
def test_without_evidence_optima_are_near_the_lowest_penalized_loss(left):
    """With kinks. A gaussian likelihood is that at the variance of the highest likelihood."""
    net = make(left, hidden=4, activation="relu").train(150, optimizer="lbfgs", trace=0, restarts=8)
    table, model = net.restarts, net._model
    assert table["evidence"].isna().all()
    value = table.groupby("optimum")["penalized_loss"].min().sort_values()
    gap = value - value.min() if left == "g" else 75.0 * np.log(value / value.min())
    assert find_reach(model) == 150 / 16
    kept = value[gap <= 150 / 16]
    assert len(kept) > 1
    twin, found = net.clone(), []
    for theta in net.inference().optima:
        twin.theta = theta
        found.append(twin.compute_loss(penalty=True))
    np.testing.assert_allclose(found, kept, rtol=1e-9)
    assert np.array_equal(net.inference().optima[0], net.theta)


def test_few_rows_allow_eight_units():
    net = make().train(1, trace=0)
    few = net._model.with_rows(net._model.rows.pick(np.arange(150) < 40), net._model.model_frame)
    assert find_reach(few) == 8.0


def test_fit_that_was_trained_on_is_its_only_optimum():
    net = make(hidden=5, decay=0.02).train(400, optimizer="newton", restarts=12, trace=0)
    assert len(net.inference().optima) > 1
    net.train(3, optimizer="adam", trace=0)
    assert len(net.inference().optima) == 1
    assert np.array_equal(net.inference().optima[0], net.theta)
    alone = make().train(400, optimizer="newton", trace=0)
    assert np.array_equal(alone.inference().optima[0], alone.theta)
    assert np.isfinite(alone.inference().ranked_optima[0].evidence)


def test_starts_without_a_penalty_have_no_evidence():
    net = make(decay=0.0, hidden=1).train(400, optimizer="newton", restarts=4, trace=0)
    assert net.restarts["evidence"].isna().all()
    ranked = net.inference().ranked_optima
    assert np.isnan([each.evidence for each in ranked]).all()
    assert np.array_equal(ranked[0].theta, net.theta)


def test_softmax_scores_that_are_all_shifted_are_the_same():
    net = make("g", family="softmax", decay=0.0, hidden=0).train(optimizer="newton", trace=0)
    shifted = net.W1 + np.array([[2.0], [0.3], [-1.0]])
    ends = [make_end(net, net.theta), make_end(net, shifted.ravel(), 2)]
    assert number_optima(net._model, ends) == [1, 1]


def test_without_rows_losses_tell_optima_apart(tmp_path):
    net = make(hidden=5, decay=0.02).train(400, optimizer="newton", restarts=9, trace=0)
    bare = NeuralNetwork.load(net.save(tmp_path / "a.nn") and tmp_path / "a.nn")
    table = tabulate_ends(bare._model, bare._fit.ends)
    assert table["evidence"].isna().all() and net.restarts["evidence"].notna().any()
    assert table["optimum"].nunique() > 1
    assert table.drop(columns="evidence").equals(net.restarts.drop(columns="evidence"))


def test_effects_average_over_the_optima_of_a_fit():
    """Two optima that four starts end at: each is at rest with the decay that was kept."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-2.0, 2.0, (60, 2))
    y = np.sin(2.0 * x[:, 0]) + x[:, 1] ** 2 + 0.3 * rng.normal(size=60)
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})
    net = NeuralNetwork("y ~ a + b", table, hidden=3, decay="evidence", seed=1)
    found = net.train(trace=0, restarts=8).inference()
    assert len(found.optima) > 1
    single = [replace(found, theta=theta).slopes() for theta in found.optima]
    estimates = np.array([each["estimate"] for each in single])
    variances = np.array([each["std_error"] ** 2 for each in single])
    mixed = found.slopes(method="ensemble")
    np.testing.assert_allclose(mixed["estimate"], estimates.mean(axis=0), rtol=1e-9)
    within, between = variances.mean(axis=0), estimates.var(axis=0)
    np.testing.assert_allclose(mixed["std_error"] ** 2, within + between, rtol=1e-9)
