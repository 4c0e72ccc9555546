"""Summaries: R's numbers without hidden units, what a refused fit shows, and how it is printed."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table
from r_models import GLMS, MODELS, MULTINOMS, assert_agrees, fit, infer

from neuralnet import NeuralNetwork, load_iris

TRAINING = {"optimizer": "newton", "trace": 0}
OPTIONS = {"decay": 0.2, "scale": True, "activation": "tanh"}
FLOAT = np.dtype(float)
FAMILIES = ("gaussian", "binomial", "softmax", "poisson")


@pytest.fixture(scope="module")
def nets():
    return {
        family: make_net(family, hidden=2, **OPTIONS).train(**TRAINING, restarts=3)
        for family in FAMILIES
    }


@pytest.fixture(scope="module")
def summaries(nets):
    return {family: net.summary() for family, net in nets.items()}


@pytest.mark.parametrize("name", GLMS)
def test_coefficients_are_those_of_summary_glm_in_r(name):
    table, model = infer(name).summary().weights, MODELS[name]
    columns = ["estimate", "std_error", "statistic", "p_value", "lower", "upper"]
    assert [*table.columns] == columns and set(table.dtypes) == {FLOAT}
    for ours, theirs in [
        ("estimate", "coef"),
        ("std_error", "std_error"),
        ("statistic", "statistic"),
        ("p_value", "p_value"),
    ]:
        assert_agrees(table[ours], model[theirs])


@pytest.mark.parametrize("name", MULTINOMS)
def test_coefficients_of_classes_are_contrasts_class_by_class(name):
    found, model = infer(name).summary(), MODELS[name]
    for place, each in enumerate(model["classes"][1:]):
        table = found.weights.xs(each, level="output")
        assert_agrees(table["estimate"], model["coef"][place], 1e-5)
        assert_agrees(table["std_error"], model["std_error"][place], 1e-5)
    # Printed as R prints them: all of a class, then all of the next.
    printed = [output for output, _ in found.tables[1].head.index]
    assert printed == sorted(printed, key=model["classes"].index)


@pytest.mark.parametrize("name", [name for name in GLMS if "*" not in MODELS[name]["formula"]])
def test_overall_tests_of_predictors_in_one_term_are_those_of_drop1_in_r(name):
    tests, reference = infer(name).summary().tests, MODELS[name]["drop1"]
    assert tests.index.names == ["term", "test"] and set(tests.dtypes) == {FLOAT}
    p_values = next(values for key, values in reference.items() if key.startswith("Pr"))
    wanted = dict(zip(reference["row"][1:], p_values[1:], strict=True))
    found = tests["p_value"].xs("overall", level="test")
    assert_agrees(found[list(wanted)], list(wanted.values()))


def test_overall_test_is_of_all_terms_that_contain_a_predictor():
    """Of ``wool * tension`` R's anova of the two fits."""
    tests = infer("warpbreaks").summary().tests
    assert tests.loc[("wool", "overall"), "df"] == 3
    assert tests.loc[("tension", "overall"), "df"] == 4
    sequence = MODELS["warpbreaks"]["anova_sequential"]
    # The terms enter in the order wool, tension, wool:tension: the last two are all of tension.
    rows = dict(zip(sequence["row"], sequence["Deviance"], strict=True))
    assert tests.loc[("tension", "overall"), "statistic"] == pytest.approx(
        rows["tension"] + rows["wool:tension"], rel=1e-6
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_effects_are_comparisons_and_slopes(nets, summaries, family):
    found, effects = nets[family].inference(), summaries[family].effects
    both = pd.concat([found.comparisons(), found.slopes(["x1", "x2"])])
    keys = [name for name in ("term", "contrast", "group") if name in both]
    numbers = ["estimate", "std_error", "statistic", "p_value", "lower", "upper"]
    assert [*effects.columns] == [*keys, *numbers]
    assert set(effects[numbers].dtypes) == {FLOAT}
    pd.testing.assert_frame_equal(
        effects.set_index(keys).sort_index(), both.set_index(keys).sort_index()
    )
    assert effects["term"].unique().tolist() == ["x1", "x2", "kind"]


@pytest.mark.parametrize("family", FAMILIES)
def test_block_of_a_predictor_has_effects_and_tests(summaries, family):
    table = summaries[family].tables[0].head
    letter = "t" if family == "gaussian" else "z"
    wanted = ["estimate", "std. error", letter, "2.5 %", "97.5 %", "p-value"]
    assert [*table.columns] == wanted
    rows = [label[1] for label in table.index if label[0] == "x1"]
    kinds = [re.sub(r"-?[\d.]+", "#", row) for row in rows]
    test = "F(#, #)" if family == "gaussian" else "chi#(#)"
    each = 3 if family == "softmax" else 1
    assert kinds == [
        *["# to #"] * each,
        *["slope"] * each,
        f"overall, {test}",
        f"nonlinear, {test}",
    ]
    levels = [label[1] for label in table.index if label[0] == "kind"]
    assert levels[:each] == ["b - a"] * each and not any("nonlinear" in row for row in levels)
    # A p-value is that of a test; effects have intervals.
    assert ((table["p-value"] == "") == (table["estimate"] != "")).all()


def test_titles_name_the_scale(summaries):
    titles = {family: each.tables[0].title for family, each in summaries.items()}
    assert titles == {
        "gaussian": "Average change of the mean of cost",
        "binomial": "Average change of the probability of win True",
        "softmax": "Average change of the probability of each class of species",
        "poisson": "Average change of the mean of count",
    }


def test_of_two_classes_effects_on_the_second_are_printed():
    """As with the family binomial, whose numbers they are."""
    formula = "win ~ x1 + x2 + kind"
    pair = [
        NeuralNetwork(formula, make_table(), 0, family=each, seed=1) for each in (None, "binomial")
    ]
    soft, one = (net.train(**TRAINING).summary() for net in pair)
    assert soft.tables[0].title == one.tables[0].title
    pd.testing.assert_frame_equal(soft.tables[0].head, one.tables[0].head)
    assert len(soft.effects) == 2 * len(one.effects)
    assert soft.tables[1].title == "Coefficients, of True against False"


@pytest.mark.parametrize(("kind", "groups"), [("HC3", None), ("cluster", "cyl")])
def test_robust_errors_are_those_of_vcov_and_comparisons(kind, groups):
    found, plain = infer("mtcars"), infer("mtcars").summary()
    robust = found.summary(kind=kind, groups=groups)
    errors = np.sqrt(np.diag(found.vcov(kind, groups)))
    assert_agrees(robust.weights["std_error"], errors, 1e-12)
    both = [found.comparisons, found.slopes]
    frames = [method(kind=kind, groups=groups) for method in both]
    wanted = pd.concat(frames).drop_duplicates(["term", "contrast"])
    keys = ["term", "contrast"]
    pd.testing.assert_frame_equal(
        robust.effects.set_index(keys).sort_index(), wanted.set_index(keys).sort_index()
    )
    assert (robust.effects["std_error"] != plain.effects["std_error"]).all()
    # The tests are those of the likelihood, and a line says which errors these are.
    pd.testing.assert_frame_equal(robust.tests, plain.tests)
    against = "dependence within 3 groups of rows" if groups else "another variance than the family"
    assert f"Standard errors by '{kind}', robust to {against}" in robust.lines[-1]
    assert robust.lines[:-1] == plain.lines
    assert repr(fit("mtcars").summary(kind=kind, groups=groups)) == repr(robust)


def test_weights_are_listed_on_request_and_without_hidden_units(nets, summaries):
    assert len(summaries["gaussian"].tables) == 1 and summaries["gaussian"].weights.empty
    found = nets["gaussian"].summary(weights=True)
    assert found.tables[1].title == "Weights"
    assert len(found.weights) == len(nets["gaussian"].theta)
    assert len(infer("mtcars").summary(weights=False).tables) == 1
    title = infer("survey").summary().tables[1].title
    assert title == "Coefficients, of each class against Freq"


def test_intervals_have_the_level(nets):
    found = nets["gaussian"].summary(level=0.9)
    assert [*found.tables[0].head.columns][3:5] == ["5 %", "95 %"]
    pd.testing.assert_series_equal(
        found.effects["upper"].iloc[:1],
        nets["gaussian"].inference().comparisons("x1", level=0.9)["upper"],
    )


def test_refused_fit_shows_likelihood_scores_and_reasons_alone():
    net = NeuralNetwork("Species ~ .", load_iris(), seed=1).train(9_999, 1e-4, trace=0)
    found = net.summary()
    assert found.tables == () and not len(found.effects) + len(found.tests) + len(found.weights)
    text = repr(found)
    assert text.startswith("NeuralNetwork  Species ~ .\n5 inputs - 5 sigmoid - 3 softmax outputs")
    assert "Log-likelihood" in text and "At the optimum" not in text and "p-value" not in text
    scores = re.search(r"training rows: accuracy (\S+), log loss (\S+), Brier score (\S+)", text)
    assert float(scores[1]) == pytest.approx(net.accuracy(), rel=1e-3)
    assert float(scores[2]) == pytest.approx(net.compute_loss() / 150, rel=1e-3)
    reasons = net.inference().judgement.reasons
    assert found.notes == tuple(f"No standard errors, effects or tests. {each}" for each in reasons)
    assert "decay='evidence'" in text


def test_refused_fit_of_numbers_shows_their_scores():
    net = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0)
    text = repr(net.summary())
    scores = re.search(r"training rows: R squared (\S+), RMSE (\S+), MAE (\S+)", text)
    residuals = net.residuals
    assert float(scores[2]) == pytest.approx(math.sqrt((residuals**2).mean()), rel=1e-3)
    assert float(scores[3]) == pytest.approx(residuals.abs().mean(), rel=1e-3)
    assert "train(optimizer='newton')" in text


@pytest.mark.parametrize("hidden", [0, 2])
@pytest.mark.parametrize("family", FAMILIES)
def test_weight_of_two_is_a_row_twice(family, hidden):
    table = make_table().assign(w=np.resize([1, 2, 3], 36))
    formula = {"softmax": "species", "binomial": "win", "gaussian": "cost", "poisson": "count"}
    options = {"family": family, "seed": 1} | (OPTIONS if hidden else {})
    options |= {"decay": 0.3}
    found = []
    for data, weights in [(table, "w"), (table.loc[table.index.repeat(table["w"])], None)]:
        net = NeuralNetwork(
            f"{formula[family]} ~ x1 + kind", data, hidden, weights=weights, **options
        )
        found.append(net.train(**TRAINING, restarts=3 if hidden else 1).summary(weights=True))
    # Units may have other names, as the random starts meet other copies of one optimum.
    pairs = [[each.weights.reset_index(drop=True) for each in found]]
    pairs += [[getattr(each, name) for each in found] for name in ("effects", "tests")]
    for pair in pairs:
        pd.testing.assert_frame_equal(*pair, rtol=1e-4, atol=1e-6)


def test_model_without_predictors_has_its_intercept_alone():
    net = NeuralNetwork("Sepal.Length ~ 1", load_iris(), hidden=0).train(**TRAINING)
    found, y = net.summary(), load_iris()["Sepal.Length"]
    assert found.effects.empty and found.tests.empty and len(found.tables) == 1
    assert found.weights.loc["Intercept", "std_error"] == pytest.approx(y.std() / math.sqrt(150))
    assert found.notes == ()


def test_date_has_tests_and_no_effects():
    table = load_iris().assign(when=pd.date_range("2024-01-01", periods=150))
    net = NeuralNetwork("Sepal.Length ~ days(when) + Petal.Width", table, hidden=0)
    found = net.train(**TRAINING).summary()
    assert found.effects["term"].unique().tolist() == ["Petal.Width"]
    assert ("when", "overall, F(1, 147)") in found.tables[0].head.index


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_blank_standard_errors_are_explained():
    net = NeuralNetwork("Sepal.Length ~ Petal.Length + I(2 * Petal.Length)", load_iris(), 0)
    found = net.train(**TRAINING).summary()
    assert found.weights["std_error"].isna().tolist() == [False, True, True]
    assert found.effects["std_error"].notna().all()
    named = "I(2 * Petal.Length) is a linear combination of Petal.Length."
    assert found.notes[-1].endswith(named)
    assert not any("combination" in note for note in infer("mtcars").summary().notes)


def test_tests_for_which_the_rows_are_too_few_are_blank_and_explained():
    net = make_net("gaussian", hidden=9, subset=np.arange(36) < 20, **OPTIONS).train(**TRAINING)
    found = net.summary()
    untested = found.tests["statistic"].isna()
    assert untested.to_dict() == {key: key in found.tables[0].head.index for key in untested.index}
    assert untested.any() and not untested.all()
    assert "no degrees of freedom" in found.notes[-1]


LONG = "a column with a name that is longer than a line of a table should be, <b>by far</b>"


@pytest.fixture(scope="module")
def odd():
    """Long and odd names, many digits, three classes."""
    table = make_table().rename(columns={"x1": LONG, "kind": "k\x1b[2K"})
    table["big"] = np.random.default_rng(1).normal(1e7, 1e6, 36)
    formula = f"species ~ `{LONG}` + `k\x1b[2K` + big"
    net = NeuralNetwork(formula, table, 2, seed=1, **OPTIONS)
    return net.train(**TRAINING).summary(weights=True)


def test_lines_have_at_most_100_characters_and_all_columns(odd, summaries):
    for found in (odd, *summaries.values(), *(infer(name).summary() for name in GLMS + MULTINOMS)):
        text = repr(found)
        assert max(map(len, text.split("\n"))) <= 100
        assert "p-value" in text and " ... " not in text
    assert "\x1b" not in repr(odd) and "\\x1b" in repr(odd)


def test_html_escapes_names_and_opens_tables(odd):
    html = odd._repr_html_()
    assert "<b>" not in html and "&lt;b&gt;" in html and "\x1b" not in html
    assert html.count("<details open>") == len(odd.tables) == 2
    for note in odd.notes:
        assert note.replace("'", "&#x27;") in html
    refused = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0).summary()
    assert (
        "<table" not in refused._repr_html_()
        and "<p>No standard errors, effects or tests." in refused._repr_html_()
    )


def test_same_call_gives_the_same_and_changes_nothing(nets):
    net = nets["binomial"]
    theta = net.theta.copy()
    assert repr(net.summary()) == repr(net.summary()) == repr(net.inference().summary())
    assert np.array_equal(net.theta, theta)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"weights": "yes"}, TypeError, "weights must be True or False"),
        ({"level": 95}, ValueError, "level must be"),
        ({"kind": "HC2"}, ValueError, "kind must be one of"),
        ({"groups": "kind"}, ValueError, "groups= is for kind='cluster'"),
        ({"starts": 0}, ValueError, "starts must be a whole number of at least 1"),
        ({"seed": -1}, ValueError, "seed must be"),
    ],
)
def test_wrong_arguments_are_named(nets, options, error, words):
    with pytest.raises(error, match=words):
        nets["gaussian"].summary(**options)
