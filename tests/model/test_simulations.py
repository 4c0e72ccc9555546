"""``simulate``: random responses from the fitted distribution."""

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.families import Gaussian

TABLE = make_table().assign(w=np.resize([1.0, 4.0], 36), fails=np.arange(36) % 4)
N = 1_000
# Standard errors that moments may be off: beyond 5 is one row in two million, and seeds are fixed.
SURE = 5.0


def fit(formula, **options):
    options = {"hidden": 0, "seed": 1, **options}
    return NeuralNetwork(formula, TABLE, **options).train(optimizer="newton", trace=0)


def check_moments(drawn, mean, variance):
    """Compare moments in each row with those of the distribution, within the sampling error."""
    drawn = np.asarray(drawn, dtype=float)
    n = drawn.shape[1]
    assert (np.abs(drawn.mean(axis=1) - mean) <= SURE * np.sqrt(variance / n)).all()
    deviations = (drawn - np.asarray(mean)[:, None]) ** 2
    error = deviations.std(axis=1) / np.sqrt(n)
    assert (np.abs(deviations.mean(axis=1) - variance) <= SURE * error + 1e-12).all()


def test_numbers_have_the_residual_variance_of_a_linear_model():
    """sigma as R's ``sigma(lm(...))`` has it, and the variance sigma^2 / w."""
    for options in ({}, {"weights": "w"}):
        net = fit("cost ~ x1 + x2", **options)
        w = TABLE["w"].to_numpy() if options else np.ones(36)
        X = np.column_stack([np.ones(36), TABLE[["x1", "x2"]]]) * np.sqrt(w)[:, None]
        y = TABLE["cost"] * np.sqrt(w)
        squares = np.linalg.lstsq(X, y, rcond=None)[1][0]
        drawn = net.simulate(N, seed=1)
        check_moments(drawn, net.fitted, squares / (36 - 3) / w)


def test_hidden_layers_and_collinear_columns():
    net = make_net("gaussian", seed=2).train(20, trace=0)
    variance = np.full(36, np.mean(np.square(net.residuals)))
    check_moments(net.simulate(N, seed=1), net.fitted, variance)
    table = TABLE.assign(twice=2 * TABLE["x1"])
    with pytest.warns(UserWarning, match="collinear"):
        both = NeuralNetwork("cost ~ x1 + twice", table, 0).train(optimizer="newton", trace=0)
    single = fit("cost ~ x1")
    np.testing.assert_allclose(both.simulate(2, seed=5), single.simulate(2, seed=5), rtol=1e-6)


def test_classes_have_their_probabilities():
    for family, formula in (("softmax", "species ~ x1"), ("binomial", "win ~ x1")):
        net = fit(formula, family=family, decay=0.1)
        drawn = net.simulate(200, seed=1)
        assert drawn.dtypes.eq(net.Y.dtype).all() and drawn.index.equals(net.Y.index)
        for label, p in net.predict(type="probs").items():
            check_moments(drawn.to_numpy(dtype=object) == label, p, p * (1 - p))


def test_counts_have_their_mean_as_variance():
    net = fit("count ~ x1 + offset(x2)", family="poisson", weights="w")
    drawn = net.simulate(N, seed=1)
    assert drawn.dtypes.eq(np.int64).all()
    check_moments(drawn, net.fitted, net.fitted)


@pytest.mark.filterwarnings("ignore:.* rows .*they have 0 trials")
def test_successes_and_failures_have_the_trials_of_their_rows():
    net = fit("cbind(count, fails) ~ x1", family="binomial")
    drawn = net.simulate(N, seed=1)
    first = drawn["sim_1"]
    assert list(first) == ["count", "fails"] and first.index.equals(net.Y.index)
    trials = net.Y.sum(axis=1)
    won, lost = (drawn.xs(name, axis=1, level=1) for name in first)
    np.testing.assert_array_equal(won.to_numpy() + lost.to_numpy(), [[t] * N for t in trials])
    check_moments(won, trials * net.fitted, trials * net.fitted * (1 - net.fitted))
    new = pd.DataFrame({"x1": [0.0, np.nan, 1.0], "count": [3, 1, 2], "fails": [4, 1, 0]})
    with pytest.warns(UserWarning, match="1 of 3 rows left out"):
        later = net.simulate(2, seed=1, data=new)["sim_2"]
    assert later.sum(axis=1, skipna=False).fillna(-1).tolist() == [7, -1, 2]
    with pytest.raises(ValueError, match="count"):
        net.simulate(data=new[["x1"]])


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
def test_proportions_are_shares_of_their_trials():
    table = TABLE.assign(share=np.linspace(0, 1, 36), trials=np.resize([2, 5, 10], 36))
    net = NeuralNetwork("share ~ x1", table, 0, family="binomial", weights="trials", seed=1)
    drawn = net.train(optimizer="newton", trace=0).simulate(N, seed=1)
    check_moments(drawn, net.fitted, net.fitted * (1 - net.fitted) / table["trials"])
    halves = net.update(weights=table["trials"] + 0.5)
    with pytest.raises(ValueError, match="weights= trials, which must be whole numbers"):
        halves.simulate()


def test_several_numbers():
    net = fit("cbind(cost, x2) ~ x1")
    drawn = net.simulate(N, seed=1)
    assert drawn.columns[:2].tolist() == [("sim_1", "cost"), ("sim_1", "x2")]
    for name in ("cost", "x2"):
        rest = net.residuals[name]
        variance = np.full(36, np.square(rest).sum() / 34)
        check_moments(drawn.xs(name, axis=1, level=1), net.fitted[name], variance)


def test_certain_means_are_certain_draws():
    net = make_net("binomial", hidden=0)
    net.theta = [800.0, 0.0, 0.0, 0.0, 0.0]
    assert net.simulate(3, seed=1).all(axis=None)
    net.theta = [-800.0, 0.0, 0.0, 0.0, 0.0]
    assert not net.simulate(3, seed=1).any(axis=None)
    counts = make_net("poisson", hidden=0)
    counts.theta = [-800.0, 0.0, 0.0, 0.0, 0.0]
    assert (counts.simulate(2) == 0).all(axis=None)
    counts.theta = [99.0, 0.0, 0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"counts of a mean of 9.88903e\+42 are too large"):
        counts.simulate()
    exact = NeuralNetwork("y ~ x", {"x": [0.0, 1.0, 2.0], "y": [1.5, 3.5, 5.5]}, 0)
    exact.theta = [1.5, 2.0]
    assert exact.simulate(seed=1)["sim_1"].tolist() == [1.5, 3.5, 5.5]


def test_new_rows_and_missing_ones():
    new = pd.DataFrame({"x1": [0.0, np.nan], "x2": 1.0, "kind": "a"}, index=["p", "q"])
    for family in ("softmax", "gaussian", "poisson"):
        net = make_net(family)
        drawn = net.simulate(2, seed=1, data=new)
        assert drawn.index.tolist() == ["p", "q"]
        assert drawn.isna().to_numpy().tolist() == [[False] * 2, [True] * 2]


def test_seeds():
    net = make_net("gaussian", seed=1)
    before = take_snapshot(net)
    first = net.simulate(2, seed=1)
    pd.testing.assert_frame_equal(first, net.simulate(2, seed=np.random.default_rng(1)))
    pd.testing.assert_series_equal(first["sim_1"], net.simulate(1, seed=1)["sim_1"])
    assert not net.simulate().equals(net.simulate())
    assert take_snapshot(net) == before


class Silent(Gaussian):
    draw = property()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "n must be a whole number of at least 1, not 0"),
        (("x",), "n must be a whole number of at least 1, not 'x'"),
        ((1.5,), "n must be a whole number"),
        ((1, "x"), "seed must be an int, a numpy.random.Generator or None, not 'x'"),
        ((10**12,), "responses of 36 rows"),
    ],
)
def test_invalid_arguments(arguments, message):
    with pytest.raises((TypeError, ValueError, MemoryError), match=message):
        make_net("gaussian").simulate(*arguments)


def test_unknown_variance(tmp_path):
    few = NeuralNetwork("y ~ x", {"x": [0.0, 1.0], "y": [1.5, 3.0]}, 0)
    with pytest.raises(ValueError, match="2 rows leave no degree of freedom to 2 parameters"):
        few.simulate()
    few.save(tmp_path / "few.nn")
    with pytest.raises(ValueError, match="loaded without its training rows"):
        NeuralNetwork.load(tmp_path / "few.nn").simulate(data={"x": [1.0]})
    with pytest.raises(ValueError, match="family 'gaussian' draws no responses: give it a method"):
        NeuralNetwork("cost ~ x1", TABLE, family=Silent()).simulate()
