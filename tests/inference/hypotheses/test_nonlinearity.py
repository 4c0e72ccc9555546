"""Does the network beat the GLM? Teräsvirta's test in R, regressions, resamples, and words."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from networks import make_net
from numpy.testing import assert_allclose
from scipy import stats

from neuralnet import NeuralNetwork
from neuralnet.inference.hypotheses.added_columns import AddedColumns
from neuralnet.inference.hypotheses.cross_validated_gain import Gain
from neuralnet.inference.hypotheses.nonlinearity import Nonlinearity
from neuralnet.inference.hypotheses.parametric_bootstrap import BootstrapTest
from neuralnet.inference.hypotheses.score_tests import HypothesisTest

FOLDER = Path(__file__).parents[2] / "reference" / "statistics"
TRAINING = {"optimizer": "newton", "trace": 0}


def make_table(n=120, seed=2):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    eta = np.sin(2.0 * x) + 0.5 * z
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "y": eta + 0.5 * rng.normal(size=n),
            "win": eta + rng.logistic(size=n) > 0,
            "kind": np.array(["low", "mid", "top"])[
                np.argmax(np.stack([0 * eta, eta, -z]) + rng.gumbel(size=(3, n)), axis=0)
            ],
            "count": rng.poisson(np.exp(0.5 * eta)),
            "w": rng.integers(1, 4, size=n),
        }
    )


RESPONSES = {"gaussian": "y", "binomial": "win", "softmax": "kind", "poisson": "count"}


def fit(family, table, right="x + z", hidden=0, **options):
    formula = f"{RESPONSES[family]} ~ {right}"
    net = NeuralNetwork(formula, table, hidden=hidden, family=family, seed=1, **options)
    return net.train(**TRAINING).inference()


def fit_net(family, table, **options):
    return fit(family, table, hidden=2, activation="tanh", decay=0.2, scale=True, **options)


def test_gaussian_test_is_terasvirta_s_of_r():
    reference = json.loads((FOLDER / "terasvirta.json").read_text("utf-8"))
    data = pd.read_csv(FOLDER / reference["data"])
    net = NeuralNetwork(reference["formula"], data, hidden=0).train(**TRAINING)
    found = net.inference().nonlinearity()
    assert found.added.likelihood_ratio == pytest.approx(reference["chisq"], rel=1e-10)
    assert (found.df, found.df_resid) == (reference["df"], reference["df_resid"])
    assert found.statistic == pytest.approx(reference["F"], rel=1e-10)
    assert found.p_value == pytest.approx(reference["F_p_value"], rel=1e-9)


def add_products(table):
    x, z = table["x"], table["z"]
    X = np.column_stack([np.ones(len(table)), x, z])
    return X, np.column_stack([X, x * x, x * z, z * z, x**3, x * x * z, x * z * z, z**3])


@pytest.mark.parametrize("weights", [None, "w"])
def test_gaussian_test_is_the_f_test_of_a_regression(weights):
    table = make_table()
    rows = table if weights is None else table.loc[table.index.repeat(table["w"])]
    X, A = add_products(rows)
    F, p, _ = sm.OLS(rows["y"].to_numpy(), A).fit().compare_f_test(sm.OLS(rows["y"], X).fit())
    found = fit("gaussian", table, weights=weights).nonlinearity()
    assert_allclose([found.statistic, found.p_value], [F, p], rtol=1e-8)


@pytest.mark.parametrize(
    ("family", "judge", "response"),
    [("binomial", sm.families.Binomial(), "win"), ("poisson", sm.families.Poisson(), "count")],
)
def test_score_statistic_is_that_of_statsmodels(family, judge, response):
    table = make_table()
    X, A = add_products(table)
    y = table[response].astype(float).to_numpy()
    glm = sm.GLM(y, X, family=judge).fit(tol=1e-12)
    statistic, p, df = glm.model.score_test(glm.params, exog_extra=A[:, 3:])
    found = fit(family, table).nonlinearity()
    assert found.statistic == pytest.approx(float(np.squeeze(statistic)), rel=1e-6)
    assert found.df == df == 7
    assert found.added.test.p_value == pytest.approx(float(np.squeeze(p)), rel=1e-6)
    # Of 99 resamples, within five standard errors of chi-squared.
    assert abs(found.p_value - np.squeeze(p)) < 5.0 * np.sqrt(0.25 / 99)
    assert 100 * found.p_value == pytest.approx(round(100 * found.p_value))


def test_softmax_statistic_is_that_of_the_information_of_all_columns():
    table = make_table()
    net = NeuralNetwork("kind ~ x + z", table, hidden=0).train(**TRAINING)
    A = add_products(table)[1]
    mu = net.predict(type="probs").to_numpy()
    y = pd.get_dummies(table["kind"]).to_numpy(dtype=float)
    blocks = [
        [(A * (mu[:, a] * ((a == b) - mu[:, b]))[:, None]).T @ A for b in (1, 2)] for a in (1, 2)
    ]
    score = np.concatenate([A.T @ (y - mu)[:, a] for a in (1, 2)])
    found = net.inference().nonlinearity()
    assert found.df == 14
    assert found.statistic == pytest.approx(
        score @ np.linalg.solve(np.block(blocks), score), rel=1e-6
    )


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax", "poisson"])
def test_weight_of_two_is_a_row_twice(family):
    """In resamples too, which draw a response for each unit of weight."""
    table = make_table(60)
    twice = table.loc[table.index.repeat(table["w"])]
    weighted = fit_net(family, table, weights="w").nonlinearity(folds=0, bootstrap=3)
    repeated = fit_net(family, twice).nonlinearity(folds=0, bootstrap=3)
    assert_allclose(weighted.to_frame(), repeated.to_frame(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax"])
def test_order_of_rows_and_units_of_columns_change_no_statistic(family):
    table = make_table()
    wanted = fit(family, table).nonlinearity()
    other = table.sample(frac=1.0, random_state=3)
    other["x"] = 100.0 * other["x"] + 700.0
    found = fit(family, other).nonlinearity()
    assert (found.df, found.df_resid) == (wanted.df, wanted.df_resid)
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-8)


def test_order_of_classes_changes_no_statistic():
    table = make_table()
    wanted = fit("softmax", table).nonlinearity()
    table["kind"] = pd.Categorical(table["kind"], ["top", "low", "mid"])
    assert fit("softmax", table).nonlinearity().statistic == pytest.approx(wanted.statistic)


@pytest.mark.parametrize(
    ("n", "columns", "df"),
    [
        (200, 3, 6 + 10),  # all products of two and three
        (100, 4, 10 + 4),  # products of two, and cubes
        (100, 9, 2 * 9),  # squares and cubes
        (40, 9, 2 * 5),  # of five principal components
    ],
)
def test_products_are_at_most_a_quarter_of_the_rows(n, columns, df):
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(n, columns + 1))).add_prefix("v")
    net = NeuralNetwork(f"v{columns} ~ .", table, hidden=0).train(**TRAINING)
    assert net.inference().nonlinearity().df == df


def test_two_factors_are_tested_by_their_interaction():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({name: np.resize(["a", "b"], 80) for name in "pq"})
    table["q"] = rng.permutation(table["q"])
    table["y"] = 1.0 * ((table["p"] == "a") == (table["q"] == "a")) + rng.normal(size=80)
    found = NeuralNetwork("y ~ p + q", table, hidden=0).train(**TRAINING).inference()
    product = NeuralNetwork("y ~ p * q", table, hidden=0).train(**TRAINING).inference()
    wanted = product.test_terms().loc["p:q"]
    assert (found.nonlinearity().df, found.nonlinearity().statistic) == (
        1,
        pytest.approx(wanted["statistic"]),
    )


def test_nothing_to_add_is_no_test():
    table = pd.DataFrame({"g": np.resize(["a", "b"], 40), "y": np.sqrt(np.arange(40.0))})
    found = NeuralNetwork("y ~ g", table, hidden=0).train(**TRAINING).inference().nonlinearity()
    assert found.df == 0 and np.isnan(found.p_value)
    assert "no test" in found.conclusion


def test_all_three_answers_of_a_network_that_wins():
    found = fit_net("gaussian", make_table()).nonlinearity(bootstrap=19)
    assert found.bootstrap.p_value == pytest.approx(0.05) and found.bootstrap.statistic > 0.0
    assert found.gain.n_folds == 10
    assert found.gain.deviance > 2.0 * found.gain.std_error > 0.0
    assert found.conclusion.endswith("So the network beats the GLM.")
    table = found.to_frame()
    assert [*table.index] == ["terasvirta", "likelihood_ratio", "cv_gain"]
    assert found.conclusion in repr(found)
    assert "<strong>The GLM does not hold" in found._repr_html_()


def test_deviance_of_the_glm_is_cross_validated():
    """Of the GLM as by regressions without each row."""
    table = make_table(60)
    found = fit_net("gaussian", table).nonlinearity(folds=60).gain
    errors = []
    for place in table.index:
        x = sm.add_constant(table[["x", "z"]])
        rest = sm.OLS(table["y"].drop(place), x.drop(place)).fit()
        errors.append(table["y"][place] - float(rest.predict(x.loc[[place]]).iloc[0]))
    assert found.n_folds == 60
    assert found.glm_deviance == pytest.approx(np.sum(np.square(errors)), rel=1e-8)
    assert 0.0 < found.deviance < found.glm_deviance


def test_repeated_calls_give_the_same_bits():
    found = fit_net("binomial", make_table())
    first = found.nonlinearity(bootstrap=3, folds=3).to_frame()
    second = found.nonlinearity(bootstrap=3, folds=3).to_frame()
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def make_record(p_value, gain=None, bootstrap=None, df=7):
    test = HypothesisTest(1.234, df, 22.0, p_value)
    return Nonlinearity(AddedColumns(test, p_value, 3.0, 0), bootstrap, gain)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            make_record(0.3),
            r"^Nothing speaks against the GLM \(F 1.23 on 7 df, p = 0.3\)\. The GLM",
        ),
        (make_record(0.01), "powers and products of its columns matter .* for a network to find.$"),
        (make_record(np.nan), "separates the classes.*: no test. Whether .* is not known.$"),
        (
            make_record(0.3, Gain(-5.0, 2.0, 50.0, 10)),
            r"In 10-fold .* 10.0 % higher than the GLM's \(standard error 4.0 %\). So the GLM is",
        ),
        (make_record(0.3, Gain(5.0, 2.0, 50.0, 10)), "10.0 % lower.* though no test says that"),
        (make_record(0.01, Gain(5.0, 3.0, 50.0, 5)), "5-fold.* this network hardly predicts bett"),
        (make_record(0.01, Gain(5.0, 2.0, 50.0, 10)), "So the network beats the GLM.$"),
        (
            make_record(0.3, None, BootstrapTest(12.0, 0.02, 99)),
            "likelihood ratio .* p = 0.02 by 99 resamples. There is something for a network",
        ),
    ],
)
def test_conclusion_answers_from_what_was_computed(record, words):
    assert re.search(words, record.conclusion)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bootstrap": 9}, "this one has no hidden units: it is the GLM"),
        ({"folds": 1}, "folds must be 2 or more, or 0 for none"),
        ({"resamples": 0}, "resamples must be a whole number of at least 1"),
        ({"bootstrap": -1}, "bootstrap must be a whole number of at least 0"),
    ],
)
def test_errors_say_what_to_do(options, words):
    found = fit("gaussian", make_table(40))
    with pytest.raises(ValueError, match=words):
        found.nonlinearity(**options)


def test_bootstrap_of_broken_weights_is_refused():
    table = make_table(40)
    table["w"] = table["w"] + 0.5
    with pytest.raises(ValueError, match="weights must be whole numbers"):
        fit("binomial", table, weights="w").nonlinearity()
    assert np.isfinite(fit("gaussian", table, weights="w").nonlinearity().p_value)


def test_counts_and_proportions_have_the_same_statistic():
    rng = np.random.default_rng(1)
    x, m = rng.normal(size=80), rng.integers(2, 9, size=80)
    table = pd.DataFrame({"x": x, "m": m, "k": rng.binomial(m, 1 / (1 + np.exp(-x)))})
    table["l"], table["share"] = table["m"] - table["k"], table["k"] / table["m"]
    options = {"hidden": 0, "family": "binomial"}
    counts = NeuralNetwork("cbind(k, l) ~ x", table, **options).train(**TRAINING)
    shares = NeuralNetwork("share ~ x", table, weights="m", **options).train(**TRAINING)
    a, b = (each.inference().nonlinearity() for each in (counts, shares))
    assert (a.statistic, a.df) == (pytest.approx(b.statistic), 2)
    assert a.p_value == pytest.approx(b.p_value)  # the same draws
    assert abs(a.p_value - stats.chi2.sf(a.statistic, 2)) < 0.25


@pytest.fixture
def sizes(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import sizes

    yield sizes
    del sys.modules["sizes"], sys.modules["simulation"]


@pytest.mark.long
@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_size_under_the_glm_holds(sizes, family):
    """Of 60 tables at most 9 at 5 %: a test of size 8 % has more with probability 2 %.

    The likelihood ratio of a binomial response rejects in 29 % at this size.
    """
    cell = sizes.CELLS[f"nonlinearity size, {family}, n = 100"]
    assert sum(cell(seed)["rejected at 5 %"] for seed in range(60)) <= 9


def test_glm_is_tested_beside_any_network():
    """The test fits no network, so that it does not matter what this one is."""
    tests = []
    for options in ({"activation": "relu", "decay": 0.1}, {"hidden": 0}):
        net = make_net("gaussian", **{"scale": True, **options}).train(5, trace=0)
        if "activation" in options:
            with pytest.raises(
                ValueError, match=r"nonlinearity\(folds=0\) tests the GLM by itself"
            ):
                net.inference().nonlinearity()
        tests.append(net.inference().nonlinearity(folds=0).p_value)
    assert tests[0] == pytest.approx(tests[1], rel=1e-8)
