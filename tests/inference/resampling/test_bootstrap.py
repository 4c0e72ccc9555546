"""The bootstrap: closed forms, errors by hand from its weights, and what must not change a bit."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table

from neuralnet import ConvergenceWarning, NeuralNetwork
from neuralnet.inference import Bootstrap, Inference
from neuralnet.inference.resampling.resamples import Resamples

NUMBERS = ["estimate", "std_error"]


@cache
def fit(family="softmax", hidden=2, activation="tanh"):
    net = make_net(family, hidden, decay=0.3, activation=activation)
    return net.train(optimizer="newton", trace=0, tolerance=None)


@cache
def boot(family="softmax"):
    return fit(family).inference().bootstrap(7)


def test_the_record_lists_what_users_need():
    listed = dir(boot())
    assert {"params", "vcov", "confint", "slopes", "thetas", "n_failed"} <= set(listed)
    assert not {"finite", "parameters", "uncertainty", "_compute"} & set(listed)


def test_any_number_of_processes_gives_the_same_bits():
    net = fit("binomial")
    single = net.inference().bootstrap(5, seed=3)
    several = net.inference().bootstrap(5, seed=3, n_jobs=2)
    np.testing.assert_array_equal(single.thetas, several.thetas)
    # Each resample has a seed of its own.
    longer = net.inference().bootstrap(7, seed=3)
    np.testing.assert_array_equal(longer.thetas[:5], single.thetas)
    assert len(np.unique(longer.thetas[:, 0])) == 7


@case_by_case("hidden", [0, 2])
def test_a_weight_of_two_is_a_row_twice(hidden):
    table = make_table().assign(times=np.resize([1, 2, 0, 3], 36))
    repeated = table.loc[table.index.repeat(table["times"])]
    options = {"hidden": hidden, "decay": 0.3, "activation": "tanh", "seed": 1}
    thetas = []
    for data, weights in ((table, "times"), (repeated, None)):
        net = NeuralNetwork("count ~ x1 + x2", data, family="poisson", weights=weights, **options)
        net.train(optimizer="newton", trace=0, tolerance=None)
        thetas.append(net.inference().bootstrap(5).thetas)
    np.testing.assert_allclose(*thetas, rtol=1e-6, atol=1e-7)


def test_errors_of_least_squares_are_those_of_white():
    rng, n = np.random.default_rng(2), 1_000
    x = rng.normal(size=(n, 2))
    y = x[:, 0] + np.exp(0.5 * x[:, 1]) * rng.normal(size=n)
    table = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1]})
    net = NeuralNetwork("y ~ a + b", table, hidden=0).train(optimizer="newton", trace=0)
    found = net.inference()
    resamples = found.bootstrap(800)
    draws = resamples.draws.to_numpy()
    squares = (draws - draws.mean(axis=0)) ** 2
    noise = squares.std(axis=0) / np.sqrt(len(draws))
    white = np.diag(found.vcov("HC0"))
    # A relative difference of p / n remains.
    assert (np.abs(squares.mean(axis=0) - white) < 4.0 * noise + 3.0 / n * white).all()
    # The noise itself is small enough to tell these errors from those of equal variances.
    assert (np.abs(white - np.diag(found.vcov())) > 4.0 * noise).any()


@case_by_case("family", FORMULAS)
def test_errors_of_effects_are_deviations_over_the_weights(family):
    found, resamples = fit(family).inference(), boot(family)
    singles = [Inference(found.model, theta) for theta in (found.theta, *resamples.thetas)]
    rows = make_table().iloc[[2, 5, 30]]
    calls = [
        ("slopes", {}),
        ("slopes", {"variables": "x1", "type": "link", "by": "kind"}),
        ("comparisons", {"variables": "kind", "average": False}),
        ("predictions", {"data": rows, "average": False}),
        ("predictions", {"by": "kind"}),
    ]
    for name, options in calls:
        table = getattr(resamples, name)(**options)
        values = [estimate(each, name, options) for each in singles]
        np.testing.assert_allclose(table["estimate"], values[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            table["std_error"], np.std(values[1:], axis=0, ddof=1), rtol=1e-9
        )
        width = 1.959963984540054 * table["std_error"]
        np.testing.assert_allclose(table["upper"] - table["estimate"], width, rtol=1e-9)
        columns = getattr(found, name)(**options).columns
        assert table.columns.tolist() == columns.tolist()


def estimate(record, name, options):
    """The estimates of a fit that need not be at rest."""
    vars(record)["judgement"] = fit().inference().judgement
    return getattr(record, name)(**options)["estimate"].to_numpy()


def test_of_a_population_the_rows_have_a_variance_too():
    resamples, net = boot("gaussian"), fit("gaussian")
    sample = resamples.predictions(target="population")["std_error"][0]
    fixed = resamples.predictions()["std_error"][0]
    assert sample**2 - fixed**2 == pytest.approx(np.var(net.output, ddof=1) / 36, rel=1e-10)


def test_errors_of_weights_are_deviations_of_matched_units():
    resamples, found = boot(), fit().inference()
    pd.testing.assert_series_equal(resamples.params, found.params)
    V = np.cov(resamples.draws.to_numpy(), rowvar=False)
    np.testing.assert_allclose(resamples.vcov(), V, rtol=1e-12)
    np.testing.assert_allclose(resamples.bse, np.sqrt(np.diag(V)), rtol=1e-12)
    limits = resamples.confint(0.9)
    np.testing.assert_allclose(limits["upper"] - found.params, 1.6448536269514722 * resamples.bse)
    np.testing.assert_allclose(limits.mean(axis=1), found.params)
    assert resamples.vcov().index.equals(found.params.index)


def test_what_is_not_determined_has_no_error():
    table = make_table().assign(x3=lambda d: d["x1"] + d["x2"])
    net = NeuralNetwork("cost ~ x1 + x2 + x3 + kind", table, hidden=0)
    with pytest.warns(UserWarning, match="collinear"):
        net.train(optimizer="newton", trace=0)
    found = net.inference()
    resamples = found.bootstrap(5)
    assert resamples.bse.isna().tolist() == found.bse.isna().tolist()
    assert resamples.bse.isna().sum() == 3
    missing = [found.slopes(method=method)["std_error"].isna() for method in ("delta", "bootstrap")]
    assert missing[0].tolist() == missing[1].tolist()


def test_the_default_bootstrap_is_made_once(monkeypatch):
    found, calls = fit("gaussian").inference(), []
    wanted = boot("gaussian")
    monkeypatch.setattr(Inference, "bootstrap", lambda self: calls.append(1) or wanted)
    pd.testing.assert_frame_equal(found.slopes(method="bootstrap"), wanted.slopes())
    pd.testing.assert_frame_equal(found.comparisons(method="bootstrap"), wanted.comparisons())
    np.testing.assert_array_equal(found.draw_thetas(), wanted.thetas)
    assert len(calls) == 1


def test_kinks_and_absolute_penalties_have_errors_from_resamples():
    for options in ({"activation": "relu"}, {"mixture": 0.5}):
        net = make_net("gaussian", 2, decay=0.3, **options).train(trace=0)
        resamples = Inference(net._model, net.theta).bootstrap(4)
        assert (resamples.slopes()["std_error"] > 0.0).all()
        assert not resamples.n_unconverged
        assert repr(resamples).endswith("each refitted from a new random start; 0 failed>")


def test_failed_refits_are_counted_and_left_out(monkeypatch):
    fresh, number = Resamples.fit, iter(range(100))

    def fail(resamples, seed):
        one = fresh(resamples, seed)
        place = next(number)
        if place % 4 == 1:
            return one._replace(theta=np.full_like(one.theta, np.nan), converged=False)
        return one._replace(converged=place % 4 != 2, lacks=place == 0)

    monkeypatch.setattr(Resamples, "fit", fail)
    said = "of 8 resamples 1 lack a level of a column or a class, .* 2 did not .* 2 have no fit"
    with pytest.warns(ConvergenceWarning, match=said):
        resamples = fit().inference().bootstrap(8)
    assert (resamples.n, resamples.n_failed, resamples.n_unconverged) == (8, 2, 2)
    assert "2 failed, 2 did not converge" in repr(resamples)
    assert len(resamples.draws) == 6
    assert np.isfinite(resamples.slopes()[NUMBERS]).all(axis=None)
    monkeypatch.setattr(
        Resamples, "fit", lambda self, seed: fresh(self, seed)._replace(theta=np.full(2, np.nan))
    )
    with pytest.raises(ValueError, match="3 of 3 resamples have no fit with finite weights"):
        fit().inference().bootstrap(3)


def test_an_interrupt_leaves_the_record_whole(monkeypatch):
    found = fit().inference()

    def interrupt(resamples, seed):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Resamples, "fit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            found.draw_thetas()
    assert "default_bootstrap" not in vars(found)
    assert isinstance(found.bootstrap(2), Bootstrap)


def test_a_fit_far_from_its_optimum_is_said():
    net = make_net("gaussian", 2, decay=0.3).train(3, trace=0)
    with pytest.warns(ConvergenceWarning, match="standard errors from an optimum.*'newton'"):
        net.inference().bootstrap(2)


@case_by_case(
    "options,message",
    [
        ({"n": 1}, "n must be a whole number"),
        ({"start": "warm"}, "start must be"),
        ({"groups": "kind", "blocks": 3}, "give one of them"),
        ({"blocks": 37}, "blocks must be"),
        ({"groups": ["a"] * 36}, "at least two groups"),
        ({"groups": "where"}, "no column"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"progress": 3}, "progress must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        fit().inference().bootstrap(**options)


def test_the_default_bootstrap_takes_no_covariance():
    found = fit().inference()
    for options in ({"kind": "HC1"}, {"groups": "kind"}):
        with pytest.raises(ValueError, match="method='bootstrap' takes neither"):
            found.slopes(method="bootstrap", **options)
    assert "default_bootstrap" not in vars(found)
