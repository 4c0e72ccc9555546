"""anova of two models: R's for GLMs, a score test or a bootstrap for networks, and refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from neuralnet import NeuralNetwork
from neuralnet.inference import anova

FOLDER = Path(__file__).parents[2] / "reference" / "statistics"
MODELS = {
    each["id"]: each
    for each in json.loads((FOLDER / "reference_public.json").read_text("utf-8"))["models"]
    if each.get("anova_small")
}
TRAINING = {"optimizer": "newton", "trace": 0}


def read(reference, key):
    return np.array([np.nan if each is None else each for each in reference[key]], dtype=float)


@pytest.mark.parametrize("name", MODELS)
def test_two_glms_are_compared_as_by_r(name):
    reference = MODELS[name]
    data = pd.read_csv(FOLDER / reference["data"])
    for column, levels in reference["levels"].items():
        data[column] = pd.Categorical(data[column].astype(str), categories=levels)
    large = NeuralNetwork(reference["formula"], data, hidden=0, family=reference["family"])
    small = large.update(reference["anova_small"]["formula"])
    table = anova(small.train(**TRAINING), large.train(**TRAINING).inference())
    wanted = reference["anova_small"]
    statistic = "F" if "F" in wanted else "Deviance"
    p_value = next(key for key in wanted if key.startswith("Pr"))
    for ours, theirs in [
        ("df_resid", "Resid. Df"),
        ("deviance", "Resid. Dev"),
        ("df", "Df"),
        ("deviance_change", "Deviance"),
        ("statistic", statistic),
        ("p_value", p_value),
    ]:
        assert_allclose(table[ours], read(wanted, theirs), rtol=1e-6)


def make_table(n=120, seed=5):
    rng = np.random.default_rng(seed)
    x, z, u = rng.normal(size=(3, n))
    eta = 1.5 * np.tanh(1.5 * x) + 0.8 * z**2
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "u": u,
            "y": eta + 0.6 * rng.normal(size=n),
            "win": eta - 0.8 + rng.logistic(size=n) > 0,
            "w": rng.integers(1, 3, size=n),
        }
    )


def fit(formula, table, hidden=2, **options):
    options = {"decay": 0.2, "scale": True, "activation": "tanh", "seed": 1} | options
    return NeuralNetwork(formula, table, hidden=hidden, **options).train(**TRAINING)


def fit_glm(formula, table, **options):
    return NeuralNetwork(formula, table, hidden=0, **options).train(**TRAINING)


@pytest.mark.parametrize(("response", "family"), [("y", "gaussian"), ("win", "binomial")])
def test_networks_are_compared_by_the_score_test_of_the_added_columns(response, family):
    table = make_table()
    large = fit(f"{response} ~ x + z + u", table, family=family)
    small = fit(f"{response} ~ x + z", table, family=family)
    found = anova(small, large).loc["large"]
    wanted = large.inference().test_terms("u", starts=8).loc["u"]
    assert found["df"] == wanted["df"]
    assert_allclose(found[["statistic", "p_value"]], wanted[["statistic", "p_value"]], rtol=1e-4)


def test_a_glm_inside_a_network_is_tested_for_the_powers_of_the_added_column():
    table = make_table()
    found = anova(fit_glm("y ~ x", table), fit("y ~ x + z", table))
    assert found.loc["large", "df"] == 4  # z, its square and cube, and x z
    assert found.loc["large", "p_value"] < 1e-6


@pytest.mark.parametrize("weights", [None, "w"])
def test_bootstrap_finds_hidden_units_that_are_needed(weights):
    table = make_table()
    small = fit_glm("y ~ x + z", table, weights=weights)
    large = fit("y ~ x + z", table, weights=weights)
    found = anova(small, large, method="bootstrap", n=19, starts=2)
    assert found.loc["large", "p_value"] == pytest.approx(0.05)
    again = anova(small, large, method="bootstrap", n=19, starts=2)
    pd.testing.assert_frame_equal(found, again, check_exact=True)


def test_bootstrap_statistic_is_the_ratio_of_penalized_losses():
    table = make_table(60)
    small, large = fit("y ~ x", table), fit("y ~ x + z", table)
    found = anova(small, large, method="bootstrap", n=1, starts=20).loc["large", "statistic"]
    losses = [
        min(
            fit(f"y ~ {right}", table, init="glorot", seed=seed).objective()[0] for seed in range(8)
        )
        for right in ("x", "x + z")
    ]
    assert found == pytest.approx(60 * np.log(losses[0] / losses[1]), rel=1e-4)


def test_weight_of_two_is_a_row_twice():
    table = make_table(60)
    twice = table.loc[table.index.repeat(table["w"])]
    weighted, repeated = (
        anova(
            fit("win ~ x", data, family="binomial", **options),
            fit("win ~ x + z", data, family="binomial", **options),
        )
        for data, options in ((table, {"weights": "w"}), (twice, {}))
    )
    assert_allclose(weighted, repeated, rtol=1e-5)


TABLE = make_table(60)


@pytest.mark.parametrize(
    ("small", "large", "options", "words"),
    [
        (("y ~ x",), ("win ~ x",), {}, "have the families 'gaussian' and .*AIC and deviance"),
        (("y ~ x + z",), ("y ~ x",), {}, "the first model contains the second: call anova"),
        (("y ~ u",), ("y ~ x + z",), {}, "the models are not nested: columns of the first"),
        (("y ~ x",), ("u ~ x + z",), {}, "the response of the two models differ"),
        (("y ~ x",), ("y ~ I(2 * x)",), {}, "their columns span the same space"),
        (("y ~ x",), ("y ~ x + offset(u)",), {}, "the offsets of the two models differ"),
        (("y ~ x",), ("y ~ x + z",), {"method": "lr"}, "method must be one of 'likelihood', 'sc"),
        (("y ~ x",), ("y ~ x + z",), {"method": "wald"}, "does not hold its size"),
    ],
)
def test_errors_of_glms_say_what_to_do(small, large, options, words):
    families = {"win": "binomial"}
    models = (
        fit_glm(formula, TABLE, family=families.get(formula.split()[0]))
        for (formula,) in (small, large)
    )
    with pytest.raises(ValueError, match=words):
        anova(*models, **options)


def test_likelihood_ratio_of_networks_is_refused():
    small, large = fit("y ~ x", TABLE), fit("y ~ x + z", TABLE)
    with pytest.raises(ValueError, match=r"not chi-squared.*method='score'.*method='bootstrap'"):
        anova(small, large, method="likelihood")


def test_score_test_without_a_new_column_names_the_test_of_hidden_units():
    with pytest.raises(ValueError, match=r"inference\(\).nonlinearity\(\), or method='bootstrap'"):
        anova(fit_glm("y ~ x + z", TABLE), fit("y ~ x + z", TABLE))


def test_smaller_network_with_more_units_is_refused():
    with pytest.raises(ValueError, match=r"hidden layers \[3\], the second \[2\]"):
        anova(fit("y ~ x", TABLE, 3), fit("y ~ x + z", TABLE))


def test_other_rows_are_refused():
    small, large = fit_glm("y ~ x", TABLE), fit_glm("y ~ x + z", TABLE.iloc[:50])
    with pytest.raises(ValueError, match="fitted to 60 and 50 rows: rows with a missing"):
        anova(small, large)


def test_other_arguments_are_refused():
    with pytest.raises(TypeError, match="large must be a trained network, or what its inference"):
        anova(fit_glm("y ~ x", TABLE), "y ~ x + z")
