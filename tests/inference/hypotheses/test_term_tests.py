"""Tests of terms: R's drop1, explicit regressions, identities, errors, and size by simulation."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from neuralnet import NeuralNetwork
from neuralnet.inference.hypotheses.refits import specify
from neuralnet.inference.hypotheses.score_tests import run_score_test
from neuralnet.inference.hypotheses.term_tests import find_terms

FOLDER = Path(__file__).parents[2] / "reference" / "statistics"
MODELS = {
    each["id"]: each
    for each in json.loads((FOLDER / "reference_public.json").read_text("utf-8"))["models"]
}
GLMS = [name for name, each in MODELS.items() if "drop1" in each]
MULTINOMIAL = [name for name, each in MODELS.items() if "drop1_by_refit" in each]
TRAINING = {"optimizer": "newton", "trace": 0}


def fit_reference(name, **options):
    reference = MODELS[name]
    data = pd.read_csv(FOLDER / reference["data"])
    for column, levels in reference["levels"].items():
        data[column] = pd.Categorical(data[column].astype(str), categories=levels)
    options = {"hidden": 0, "family": reference["family"]} | options
    return NeuralNetwork(reference["formula"], data, **options).train(**TRAINING)


def make_table(n=150, seed=3):
    rng = np.random.default_rng(seed)
    x, z, u = rng.normal(size=(3, n))
    g = pd.Categorical(rng.permutation(np.resize(["a", "b", "c"], n)))
    eta = 1.5 * np.tanh(x) - 0.8 * z + 0.5 * (g.codes == 1)
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "u": u,
            "g": g,
            "y": eta + 0.8 * rng.normal(size=n),
            "win": eta + rng.logistic(size=n) > 0,
            "kind": np.array(["low", "mid", "top"])[
                np.argmax(np.stack([0 * eta, eta, -0.5 * eta]) + rng.gumbel(size=(3, n)), axis=0)
            ],
            "count": rng.poisson(np.exp(0.4 * eta)),
            "w": rng.integers(1, 4, size=n),
        }
    )


RESPONSES = {"gaussian": "y", "binomial": "win", "softmax": "kind", "poisson": "count"}


def fit(family, table, right="x + z + u + g", hidden=2, **options):
    options = {"decay": 0.2, "scale": True, "activation": "tanh", "seed": 1} | options
    formula = f"{RESPONSES[family]} ~ {right}"
    net = NeuralNetwork(formula, table, hidden=hidden, family=family, **options)
    return net.train(**TRAINING, restarts=3) if hidden else net.train(**TRAINING)


def read(reference, key):
    return np.array([np.nan if each is None else each for each in reference[key]], dtype=float)


@pytest.mark.parametrize("name", GLMS)
def test_terms_of_a_glm_are_those_of_drop1_in_r(name):
    reference, table = MODELS[name]["drop1"], fit_reference(name).inference().drop1()
    statistic = "F value" if "F value" in reference else "LRT"
    p_value = next(key for key in reference if key.startswith("Pr"))
    assert table.index[0] == "<none>" and len(table) == len(reference["row"])
    for ours, theirs in [
        ("df", "Df"),
        ("deviance", "Deviance"),
        ("aic", "AIC"),
        ("statistic", statistic),
        ("p_value", p_value),
    ]:
        assert_allclose(table[ours], read(reference, theirs), rtol=1e-6)


@pytest.mark.parametrize("name", MULTINOMIAL)
def test_terms_of_a_multinomial_model_are_refits_in_r(name):
    table = fit_reference(name).inference().test_terms().iloc[1:]
    reference = pd.DataFrame(MODELS[name]["drop1_by_refit"]).set_index("term")
    for ours, theirs in [("deviance", "deviance"), ("statistic", "LRT"), ("aic", "AIC")]:
        assert_allclose(table[ours], reference[theirs], rtol=1e-6)
    assert_allclose(table["df"], reference["df"])
    assert_allclose(table["p_value"], reference["p_value"], rtol=1e-5)


def test_gaussian_test_is_a_regression_of_residuals_on_jacobian_and_columns():
    """With NumPy alone, from a network made and trained without the term."""
    table = make_table()
    small = fit("gaussian", table, "x + z + g")
    whole = fit("gaussian", table)
    # The same optimum, whatever the starts.
    smaller = specify(whole.inference().model).without(
        np.flatnonzero(np.array(whole.x_names) == "u")
    )
    refit = smaller.fit(8, np.random.default_rng(1))
    assert_allclose(refit.value, small.objective()[0], rtol=1e-6)

    theta, n = refit.theta, len(table)
    steps = 1e-5 * np.eye(len(theta))
    X = smaller.batch.X
    J = np.column_stack(
        [
            (
                smaller.perceptron.scores(theta + step, X)
                - smaller.perceptron.scores(theta - step, X)
            )[:, 0]
            / 2e-5
            for step in steps
        ]
    )
    u = table["u"].to_numpy()
    others = [table["x"], table["z"], table["g"] == "b", table["g"] == "c"]
    others = [(each - each.mean()) / each.std(ddof=0) for each in others]
    u = (u - u.mean()) / u.std()
    Z = np.column_stack([u, u**2, u**3, *(u * each for each in others)])
    residual = (table["y"] - smaller.perceptron.scores(theta, X)[:, 0]).to_numpy()

    def squares(A):
        Q = np.linalg.qr(A)[0]
        return np.sum((residual - Q @ (Q.T @ residual)) ** 2)

    before, after = squares(J), squares(np.hstack([J, Z]))
    df_resid = n - J.shape[1] - Z.shape[1]
    F = (before - after) / Z.shape[1] / (after / df_resid)
    found = whole.inference().test_terms("u", starts=8).loc["u"]
    assert (found["df"], found["df_resid"]) == (Z.shape[1], df_resid)
    assert found["statistic"] == pytest.approx(F, rel=1e-5)
    assert found["p_value"] == pytest.approx(stats.f.sf(F, Z.shape[1], df_resid), rel=1e-4)


@pytest.mark.parametrize("family", ["binomial", "poisson", "softmax"])
def test_score_test_of_a_column_of_a_glm_is_rao_s(family):
    """By the information of all columns, at the fit without one."""
    table = make_table()
    whole = fit(family, table, hidden=0, decay=0.0).inference()
    found = whole.test_terms("u", method="score").loc["u"]
    spec = specify(whole.model)
    place = list(whole.model.design.x_names).index("u")
    small = spec.without(np.array([place]))
    theta = small.fit(1, np.random.default_rng(0)).theta
    X, K = spec.batch.X, spec.perceptron.sizes[-1]
    mu = small.perceptron.mean(theta, small.batch.X)
    y = spec.perceptron.family.observed_means(spec.batch.Y, K)
    free = range(1, K) if K > 1 else range(1)
    information = np.block(
        [[(X * (spec_variance(mu, a, b, family))[:, None]).T @ X for b in free] for a in free]
    )
    score = np.concatenate([X.T @ (y - mu)[:, a] for a in free])
    assert found["statistic"] == pytest.approx(
        score @ np.linalg.solve(information, score), rel=1e-6
    )
    assert found["df"] == len(free)
    # Asymptotically the likelihood ratio.
    ratio = whole.test_terms("u").loc["u"]
    assert found["statistic"] == pytest.approx(ratio["statistic"], rel=0.1, abs=0.1)


def spec_variance(mu, a, b, family):
    if family == "poisson":
        return mu[:, 0]
    return mu[:, a] * ((a == b) - mu[:, b])


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax", "poisson"])
@pytest.mark.parametrize("hidden", [0, 2])
def test_weight_of_two_is_a_row_twice(family, hidden):
    table = make_table(90)
    twice = table.loc[table.index.repeat(table["w"])]
    weighted = fit(family, table, hidden=hidden, weights="w").inference().test_terms()
    repeated = fit(family, twice, hidden=hidden).inference().test_terms()
    assert_allclose(weighted, repeated, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax"])
def test_order_of_rows_and_units_of_columns_change_nothing(family):
    table = make_table()
    wanted = fit(family, table).inference().test_terms()
    other = table.sample(frac=1.0, random_state=1)
    other["x"], other["u"] = 1000.0 * other["x"] + 5e3, other["u"] / 50.0 - 3.0
    if family == "gaussian":
        other["y"] = 30.0 * other["y"] + 100.0
        wanted["deviance"] *= 900.0
    assert_allclose(fit(family, other).inference().test_terms(), wanted, rtol=1e-5, atol=1e-8)


def test_order_of_classes_changes_nothing():
    table = make_table()
    wanted = fit("softmax", table).inference().test_terms(starts=20)
    table["kind"] = pd.Categorical(table["kind"], ["top", "low", "mid"])
    found = fit("softmax", table).inference().test_terms(starts=20)
    assert_allclose(found, wanted, rtol=1e-5, atol=1e-8)


def test_powers_of_indicators_are_no_degrees_of_freedom():
    found = fit("gaussian", make_table()).inference().test_terms()
    # g: two columns, and their products with x, z and u.
    assert found.loc["g", "df"] == 2 + 2 * 3
    assert found.loc["u", "df"] == 3 + 2 + 2


def test_many_columns_have_products_with_principal_components():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.normal(size=(120, 12)), columns=[f"x{i}" for i in range(12)])
    table["y"] = table["x0"] + rng.normal(size=120)
    net = NeuralNetwork("y ~ .", table, hidden=2, decay=0.5, scale=True, seed=1).train(**TRAINING)
    found = net.inference().test_terms("x3")
    assert found.loc["x3", "df"] == 12  # a tenth of the rows


def test_terms_inside_interactions_are_not_tested():
    net = fit("gaussian", make_table(), "x * g + u", hidden=0, decay=0.0)
    assert [*net.inference().test_terms().index] == ["<none>", "u", "x:g"]


def test_smaller_network_keeps_the_constant_that_a_factor_gave():
    table = make_table()
    whole = specify(fit("gaussian", table, "g + x - 1").inference().model)
    small = whole.without(np.arange(3))
    assert small.intercept == 0
    assert_allclose(small.batch.X, np.column_stack([np.ones(len(table)), table["x"]]))
    alone = specify(fit("gaussian", table, "x").inference().model).without(np.array([1]))
    assert alone.is_glm and alone.perceptron.sizes == (1, 1)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "softmax"])
def test_last_column_is_tested_against_the_offset_alone(family):
    table = make_table()
    options = {"hidden": 0, "decay": 0.0}
    found = fit(family, table, "x - 1", **options).inference()
    ratio, score = found.test_terms(), found.test_terms(method="score")
    family_of, Y = found.model.perceptron.family, found.model.batch.Y
    K = found.model.perceptron.sizes[-1]
    alone = family_of.loss_and_delta(np.zeros((len(table), K)), Y, None)
    assert ratio.loc["x", "deviance"] == pytest.approx(2.0 * alone[0])
    assert score.loc["x", "df"] == ratio.loc["x", "df"] == max(1, K - 1)
    if family == "gaussian":  # Both are the same regression.
        assert score.loc["x", "statistic"] == pytest.approx(ratio.loc["x", "statistic"])
    # A network without columns is a constant, whatever its penalty.
    net = fit(family, table, "x - 1").inference().test_terms()
    null = found.model.baseline
    assert net.loc["x", "deviance"] == pytest.approx(2.0 * null)


def test_collinear_term_has_no_test():
    table = make_table()
    table["twice"] = 2.0 * table["x"]
    net = NeuralNetwork("y ~ x + twice", table, hidden=0, decay=0.5).train(**TRAINING)
    found = net.inference().test_terms(method="score")
    assert (found["df"] == 0.0).all() and found[["statistic", "p_value"]].isna().all(axis=None)


def test_columns_inside_the_span_have_no_test():
    net = fit("gaussian", make_table(), hidden=0, decay=0.0)
    spec = specify(net.inference().model)
    found = run_score_test(spec, net.theta, spec.batch.X @ np.ones((spec.batch.X.shape[1], 2)))
    assert (found.df, np.isnan(found.p_value)) == (0, True)


def test_repeated_calls_give_the_same_bits_and_change_nothing():
    found = fit("binomial", make_table()).inference()
    first = found.test_terms()
    pd.testing.assert_frame_equal(first, found.drop1(), check_exact=True)
    pd.testing.assert_frame_equal(first.loc[["u"]], found.test_terms(["u"]), check_exact=True)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"scope": "q"}, ValueError, "'q', which is no term of the formula"),
        ({"scope": 3}, TypeError, "scope must be the name of a term, or a list of them"),
        ({"method": "wald"}, ValueError, "Wald test on the weights .* 38 to 88 % of tables"),
        ({"method": "likelihood"}, ValueError, "not chi-squared: .*Use method='score'"),
        ({"method": "lr"}, ValueError, "method must be one of 'likelihood', 'score'"),
        ({"starts": 0}, ValueError, "starts must be a whole number of at least 1"),
    ],
)
def test_errors_say_what_to_do(options, error, words):
    found = fit("gaussian", make_table()).inference()
    with pytest.raises(error, match=words):
        found.test_terms(**options)


def test_part_of_an_interaction_is_refused():
    net = fit("gaussian", make_table(), "x * g", hidden=0, decay=0.0)
    with pytest.raises(ValueError, match=r"x is part of x:g, .*: test x:g, or take it out"):
        net.inference().test_terms("x")
    assert [*find_terms(net.inference().model, ["x:g"])] == ["x:g"]


def test_fit_that_is_not_at_rest_is_refused():
    net = NeuralNetwork("y ~ x + z", make_table(), hidden=2, decay=0.2, scale=True, seed=1)
    net.train(3, optimizer="adam", trace=0)
    with pytest.raises(ValueError, match="tests of terms cannot be given"):
        net.inference().test_terms()


@pytest.fixture
def sizes(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import sizes

    yield sizes
    del sys.modules["sizes"], sys.modules["simulation"]


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_size_of_an_idle_term_holds(sizes, family):
    """Of 60 tables at most 9 at 5 %: a test of size 8 % has more with probability 2 %."""
    cell = sizes.CELLS[f"term size, {family}, [2], n = 500"]
    assert sum(cell(seed)["rejected at 5 %"] for seed in range(60)) <= 9
    # Wald tests and likelihood ratios would reject in 6 to 25 % here, and 38 to 88 % with 5 units.


def test_bump_is_found(sizes):
    cell = sizes.CELLS["term power, bump, gaussian, [5], n = 500"]
    assert all(cell(seed)["rejected at 5 %"] for seed in range(5))
