"""Networks with several responses, with successes and failures, and with proportions."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table
from scipy.special import expit, rel_entr

from neuralnet import NeuralNetwork

QUIET = {"tolerance": None, "trace": 0}
TRIALS = np.arange(36) % 4 + 1
PAIRS = {
    "gaussian": "cbind(cost, log(weight)) ~ x1 + x2 + kind",
    "poisson": "cbind(count, more) ~ x1 + x2 + kind",
}
pairs = pytest.mark.parametrize("family", PAIRS)


def make_counts():
    """Table of the other tests with further responses."""
    table, rng = make_table(), np.random.default_rng(11)
    won = rng.binomial(TRIALS, expit(table["x1"]))
    return table.assign(
        weight=np.exp(0.3 * table["x2"] + rng.normal(size=36)),
        more=rng.poisson(3.0, 36),
        won=won,
        lost=TRIALS - won,
        trials=TRIALS,
        share=won / TRIALS,
    )


def make_pair(family="gaussian", hidden=3, **options):
    options = {"init": 0.5, "seed": 1, "family": family} | options
    return NeuralNetwork(PAIRS[family], make_counts(), hidden, **options)


def make_grouped(left="cbind(won, lost)", hidden=3, data=None, **options):
    options = {"init": 0.5, "seed": 1, "family": "binomial"} | options
    data = make_counts() if data is None else data
    return NeuralNetwork(f"{left} ~ x1 + x2 + kind", data, hidden, **options)


# Several responses ------------------------------------------------------------------------------


@pairs
def test_outputs_are_named_after_the_responses_as_typed(family):
    net, table = make_pair(family), make_counts()
    names = ["cost", "log(weight)"] if family == "gaussian" else ["count", "more"]
    numbers = table.assign(**{"log(weight)": np.log(table["weight"])})[names]
    assert (net.family, net.output.shape, net.classes) == (family, (36, 2), [])
    pd.testing.assert_frame_equal(net.Y, numbers)
    assert list(net.coef()["W2"].columns) == names
    for shown in (net.predict(), net.fitted, net.residuals, net.predict(type="link")):
        assert list(shown.columns) == names
        assert shown.index.equals(table.index)
    np.testing.assert_allclose(net.fitted + net.residuals, numbers, rtol=1e-12)
    np.testing.assert_array_equal(net.predict(), net.output)
    assert names[1] in repr(net)


def test_gaussian_is_the_default_of_several_numbers():
    table = make_counts()
    net = NeuralNetwork(PAIRS["gaussian"], table, seed=1)
    assert net.family == "gaussian"
    with pytest.warns(UserWarning, match=r"cbind\(won, lost\) has 5 .* Name family='binomial'"):
        assert NeuralNetwork("cbind(won, lost) ~ x1", table, seed=1).family == "gaussian"


@pairs
def test_loss_is_the_sum_over_responses(family):
    """Equal to two networks of one response each, with block-diagonal weights."""
    both = make_pair(family, 0)
    table = make_counts()
    left = PAIRS[family].split(" ~ ")[0][6:-1].split(", ")
    alone = [
        NeuralNetwork(f"{one} ~ x1 + x2 + kind", table, 0, family=family, seed=1) for one in left
    ]
    for place, net in enumerate(alone):
        net.theta = both.W1[:, place]
        np.testing.assert_allclose(both.output[:, place], net.output[:, 0], rtol=1e-13)
    assert both.compute_loss() == pytest.approx(sum(net.compute_loss() for net in alone), rel=1e-13)
    baseline = sum(net._model.baseline for net in alone)
    assert both._model.baseline == pytest.approx(baseline, rel=1e-13)


def test_dot_leaves_out_every_response():
    table = make_counts()[["cost", "x1", "weight", "x2"]]
    net = NeuralNetwork("cbind(cost, log(weight)) ~ .", table, seed=1)
    assert net.x_names == ["Intercept", "x1", "x2"]


@pytest.mark.parametrize("scale", [False, True])
def test_scaling_of_responses_keeps_their_units(scale):
    net, twin = make_pair(scale=scale), make_pair(scale=False)
    twin.theta = net.theta
    np.testing.assert_array_equal(net.output, twin.output)
    before = net.compute_loss()
    assert net.train(50, 0.005, **QUIET).compute_loss() < before


@pairs
def test_rows_missing_in_training_and_in_new_data(family):
    table = make_counts().astype({"count": float})
    holes = table.copy()
    holes.loc[holes.index[[2, 9]], ["cost", "count"]] = np.nan
    kept = table.drop(index=table.index[[2, 9]])
    with pytest.warns(UserWarning, match="2 of 36 rows dropped"):
        net = NeuralNetwork(PAIRS[family], holes, 2, family=family, seed=1, init=0.5)
    twin = NeuralNetwork(PAIRS[family], kept, 2, family=family, seed=1, init=0.5)
    assert net.compute_loss() == twin.compute_loss()
    assert net.Y.index.equals(kept.index)
    np.testing.assert_array_equal(net.predict(holes).notna(), True)
    with pytest.warns(UserWarning, match="2 of 36 rows left out"):
        assert net.compute_loss(holes) == pytest.approx(net.compute_loss(kept), rel=1e-13)


@pairs
def test_no_row_one_row_and_no_response(family):
    net, table = make_pair(family), make_counts()
    assert net.predict(table[:0]).shape == (0, 2)
    assert list(net.predict(table[:0]).columns) == list(net.Y.columns)
    new = table[["x1", "x2", "kind"]]
    whole = net.predict(new)
    np.testing.assert_allclose(whole, net.predict(), rtol=1e-13)
    for row in (new.iloc[4], new.iloc[4].to_dict(), new.iloc[[4]]):
        np.testing.assert_allclose(net.predict(row), whole.iloc[[4]], rtol=1e-12)
    assert net.layers(new)[-1].delta is None
    assert net.layers(table)[-1].delta.shape == (36, 2)


def test_clone_copies_the_responses():
    net = make_pair()
    twin, Y = net.clone(), net.Y
    Y.iloc[:] = 0.0
    pd.testing.assert_frame_equal(net.Y, twin.Y)
    assert net.Y.to_numpy().any()
    assert twin.train(5, 0.001, **QUIET).compute_loss() < net.compute_loss()


def test_surface_of_several_responses_is_that_of_the_first(monkeypatch):
    asked = {}

    def listen(predict, x, y, values, x_name, y_name, response, **options):
        asked.update(predict=predict, values=values, response=response)

    monkeypatch.setattr("neuralnet.plots.model_plots.plot_surface", listen)
    net, table = make_pair(), make_counts()
    net.plot_regions()
    np.testing.assert_array_equal(asked["values"], table["cost"])
    assert asked["response"] == "cost"
    rows = table[["x1", "x2"]].assign(kind="a")
    drawn = asked["predict"](rows["x1"].to_numpy(), rows["x2"].to_numpy())
    np.testing.assert_allclose(drawn, net.predict(rows)["cost"], rtol=1e-12)


# Successes and failures -------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, np.arange(36) % 3])
def test_loss_is_half_the_deviance_of_the_shares(weights):
    net, table = make_grouped(weights=weights), make_counts()
    mu, share = net.output[:, 0], table["share"]
    rows = TRIALS * (rel_entr(share, mu) + rel_entr(1 - share, 1 - mu))
    w = np.ones(36) if weights is None else weights
    assert net.compute_loss() == pytest.approx(w @ rows, rel=1e-13)
    assert net.compute_loss(table) == pytest.approx(rows.sum(), rel=1e-13)
    best = np.average(share, weights=w * TRIALS)
    baseline = w * TRIALS @ (rel_entr(share, best) + rel_entr(1 - share, 1 - best))
    assert net._model.baseline == pytest.approx(baseline, rel=1e-13)


def test_successes_and_failures_are_proportions_with_trials_for_weights():
    net, twin = make_grouped(), make_grouped("share", weights="trials")
    assert net.family == twin.family == "binomial"
    assert twin.compute_loss() == pytest.approx(net.compute_loss(), rel=1e-13)
    for one, other in ((net.hessian(), twin.hessian()), (net.objective()[1], twin.objective()[1])):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    for each in (net, twin):
        each.train(20, 0.01, **QUIET)
    np.testing.assert_allclose(net.theta, twin.theta, rtol=1e-9)


def test_trials_are_rows():
    """A network of classes with one row per trial has the same loss and gradient."""
    table = make_counts()
    one = table.loc[table.index.repeat(TRIALS)]
    outcomes = [np.repeat(["yes", "no"], pair) for pair in zip(table.won, table.lost, strict=True)]
    rows = make_grouped("win", data=one.assign(win=np.concatenate(outcomes)))
    net = make_grouped()
    assert rows.classes == ["no", "yes"]
    assert rows.theta.tobytes() == net.theta.tobytes()
    np.testing.assert_allclose(net.objective()[1], rows.objective()[1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(net.hessian(), rows.hessian(), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
def test_display_of_a_network_of_proportions():
    net, table = make_grouped(), make_counts()
    assert (net.output.shape, net.classes) == ((36, 1), [])
    pd.testing.assert_frame_equal(net.Y, table[["won", "lost"]])
    assert list(net.coef()["W2"].columns) == ["won"]
    for kind in (None, "response"):
        chance = net.predict(table, type=kind)
        assert chance.name == "won"
        np.testing.assert_allclose(chance, expit(net.predict(type="link")), rtol=1e-13)
    np.testing.assert_allclose(net.fitted + net.residuals, table["share"])
    for call in (net.accuracy, net.confusion_matrix):
        with pytest.raises(ValueError, match=r"\(\) needs a response of classes; cbind\(won, lost"):
            call()
    for kind in ("class", "probs"):
        with pytest.raises(ValueError, match="needs a response of classes"):
            net.predict(type=kind)
    assert make_grouped("share").predict().name == "share"
    assert "1 binomial output" in repr(net)


def test_perfect_fit_has_zero_loss():
    table = make_counts().assign(sure=np.arange(36) % 3 * 5, none=(np.arange(36) % 3 == 0) * 4)
    net = NeuralNetwork("cbind(sure, none) ~ I(none > 0)", table, 0, family="binomial", seed=1)
    net.theta = [1000.0, -2000.0]
    assert net.compute_loss() == 0.0


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
@case_by_case(
    ("left", "kind"),
    [
        ("win", "classes"),
        ("I(1 * win)", "classes"),
        ("I(1 + win)", "classes"),
        ("I(1.5 + win)", "classes"),
        ("share", "numbers"),
        ("I(share / 2)", "numbers"),
        ("I(0.3 + 0 * x1)", "numbers"),
        ("I(0.5 * win)", "numbers"),
        ("cbind(win, 1 - win)", "numbers"),
    ],
)
def test_numbers_are_classes_or_proportions(left, kind):
    net = make_grouped(left)
    assert (net.family, net.output.shape) == ("binomial", (36, 1))
    assert len(net.classes) == (2 if kind == "classes" else 0)


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
def test_proportions_of_new_data_may_all_be_0_or_1():
    net, table = make_grouped("share"), make_counts().assign(share=np.arange(36) % 2)
    mu = net.output[:, 0]
    loss = -np.log(np.where(table["share"] == 1, mu, 1 - mu)).sum()
    assert net.compute_loss(table) == pytest.approx(loss, rel=1e-12)
    with pytest.raises(ValueError, match=r"proportions in \[0, 1\]; row 104 has 1.5"):
        net.compute_loss(table.assign(share=np.where(np.arange(36) == 4, 1.5, 0.5)))


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
@pytest.mark.parametrize("left", ["cbind(won, lost)", "share"])
@pytest.mark.parametrize("hidden", [0, 3])
def test_gradient_and_hessian_are_derivatives(left, hidden):
    net = make_grouped(left, hidden, weights=np.arange(36) % 3 + 0.5, decay=0.1, offset="x2")
    steps = 1e-5 * np.eye(net.theta.size)
    for function, derivative in (
        (lambda theta: net.objective(theta)[0], net.objective()[1]),
        (lambda theta: net.objective(theta)[1], net.hessian()),
    ):
        rises = [function(net.theta + step) - function(net.theta - step) for step in steps]
        largest = np.abs(derivative).max()
        np.testing.assert_allclose(np.array(rises) / 2e-5, derivative, rtol=0, atol=1e-7 * largest)


def test_surface_of_proportions_shows_the_shares(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "neuralnet.plots.model_plots.plot_surface",
        lambda *given, **options: asked.update(given=given),
    )
    make_grouped().plot_regions()
    np.testing.assert_allclose(asked["given"][3], make_counts()["share"])
    assert asked["given"][6] == "won"
