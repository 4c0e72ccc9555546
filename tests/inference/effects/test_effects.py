"""Effects: R and statsmodels as the judges, algebra, and what must not change a number."""

import json
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.inference import Inference
from neuralnet.perceptron import jacobian

FOLDER = Path(__file__).parents[2] / "reference" / "statistics"
MODELS = {
    each["id"]: each
    for each in json.loads((FOLDER / "reference_public.json").read_text("utf-8"))["models"]
}
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "lower", "upper"]
FAMILIES = list(FORMULAS)


def fit(formula, table, hidden=0, **options):
    train = {"optimizer": "newton", "trace": 0, "tolerance": None, "gradient_tolerance": 1e-11}
    return NeuralNetwork(formula, table, hidden, seed=1, **options).train(**train)


@cache
def fit_family(family, hidden=2):
    """A small network at rest, with a penalty that determines it."""
    return make_net(family, hidden, decay=0.3).train(optimizer="newton", trace=0, tolerance=None)


def assert_same(found, wanted, rel=1e-8):
    """Compare the numbers of two tables of effects, in the same order."""
    assert len(found) == len(wanted)
    np.testing.assert_allclose(found[NUMBERS[:2]], wanted[NUMBERS[:2]], rtol=rel, atol=1e-12)
    np.testing.assert_allclose(found[NUMBERS[2:]], wanted[NUMBERS[2:]], rtol=100 * rel, atol=1e-9)


def infer_like_r(name):
    """Inference from R's model: at its maximum, or for nnet at its weights."""
    model = MODELS[name]
    table = pd.read_csv(FOLDER / model["data"])
    for column, levels in model["levels"].items():
        table[column] = pd.Categorical(table[column].astype(str), categories=levels)
    if "W1" not in model:
        return fit(model["formula"], table, family=model["family"], scale=True).inference()
    options = {name: model[name] for name in ("hidden", "family", "decay", "skip")}
    net = NeuralNetwork(model["formula"], table, **options)
    net.W1 = np.array(model["W1"])
    net.W2 = np.array(model["W2"]).reshape(net.W2.shape)
    return net.inference()


@pytest.mark.parametrize("name", MODELS)
def test_average_slopes_agree_with_r(name):
    wanted = pd.DataFrame(MODELS[name]["ame"])
    columns = [each for each in ("group", "estimate", "std_error") if each in wanted]
    if wanted["estimate"].map(np.ndim).any():
        wanted = wanted.explode(columns)
    found = infer_like_r(name).slopes()
    for column in {"term", "contrast", "group"} & {*wanted} & {*found}:
        assert found[column].tolist() == wanted[column].tolist()
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(found[column], wanted[column].astype(float), rtol=1e-6)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_average_slopes_agree_with_statsmodels(family):
    net = make_net(family, hidden=0).train(optimizer="newton", trace=0, tolerance=None)
    judge = {"binomial": sm.Logit, "poisson": sm.Poisson}[family]
    y = np.asarray(net.Y, dtype=float)
    wanted = judge(y, net.X).fit(disp=0, tol=1e-13).get_margeff().summary_frame().iloc[:2]
    found = net.inference().slopes(["x1", "x2"])
    np.testing.assert_allclose(found[NUMBERS[:4]], wanted.iloc[:, :4], rtol=1e-5)
    np.testing.assert_allclose(found[NUMBERS[4:]], wanted.iloc[:, 4:], rtol=1e-5)


def test_gaussian_tests_are_those_of_least_squares():
    net = fit("cost ~ x1 + x2", make_table())
    wanted = sm.OLS(net.Y.to_numpy(), net.X).fit()
    found = net.inference().slopes(level=0.9)
    for column, numbers in {
        "estimate": wanted.params,
        "std_error": wanted.bse,
        "statistic": wanted.tvalues,
        "p_value": wanted.pvalues,
        "lower": wanted.conf_int(0.1)[:, 0],
        "upper": wanted.conf_int(0.1)[:, 1],
    }.items():
        np.testing.assert_allclose(found[column], numbers[1:], rtol=1e-7)


def test_errors_are_those_of_the_covariance_that_is_asked_for():
    net = fit("cost ~ x1 + x2", make_table())
    found, groups = net.inference(), np.repeat(np.arange(9), 4)
    for kind, labels in {"HC0": None, "HC3": None, "cluster": groups}.items():
        V = found.vcov(kind, labels).to_numpy()
        errors = found.slopes(kind=kind, groups=labels)["std_error"]
        np.testing.assert_allclose(errors, np.sqrt(np.diag(V))[1:], rtol=1e-7)


@pytest.mark.parametrize(
    ("formula", "derive"),
    [
        ("cost ~ log(u) + x2", lambda d: {"log(u)": 1 / d.u}),
        ("cost ~ u + I(u**2)", lambda d: {"u": 1, "I(u ** 2)": 2 * d.u}),
        ("cost ~ u:x2 + u", lambda d: {"u": 1, "u:x2": d.x2}),
        (
            "cost ~ sqrt(u) * x2",
            lambda d: {"sqrt(u)": 0.5 / d.u**0.5, "sqrt(u):x2": 0.5 * d.x2 / d.u**0.5},
        ),
        (
            "cost ~ u * kind",
            lambda d: {"u": 1, "u:kind[T.b]": d.kind == "b", "u:kind[T.c]": d.kind == "c"},
        ),
    ],
)
def test_chain_rule_through_the_terms_of_a_formula(formula, derive):
    table = make_table().assign(u=np.geomspace(1e-4, 30, 36))
    net = fit(formula, table)
    found, b = net.inference(), net.theta
    V = found.covary()
    derived = {name: np.broadcast_to(each, 36) for name, each in derive(table).items()}
    assert derived.keys() < {*net.x_names}
    D = np.column_stack([derived.get(name, np.zeros(36)) for name in net.x_names])
    for average in (True, False):
        G = D.mean(axis=0) if average else D
        slopes = found.slopes("u", average=average)
        rel = 1e-6 if average else 1e-4
        np.testing.assert_allclose(slopes["estimate"], G @ b, rtol=rel)
        errors = np.sqrt(np.einsum("...p,pq,...q->...", G, V, G))
        np.testing.assert_allclose(slopes["std_error"], errors, rtol=rel)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("hidden", [3, [3, 2]])
def test_errors_are_those_of_differences_in_the_weights(family, hidden):
    """The gradient of averages of `predict`, by central differences in theta."""
    net = make_net(family, hidden, decay=0.5, activation="tanh")
    found = net.train(optimizer="newton", trace=0, tolerance=None).inference()
    table, twin = make_table(), net.clone()
    kind = "probs" if family == "softmax" else "response"
    up, down = table.assign(x1=0.7), table.assign(x1=-0.4)

    def compare(theta):
        twin.theta = theta
        high, low = (np.asarray(twin.predict(each, type=kind)) for each in (up, down))
        return np.atleast_1d((high - low).mean(axis=0))

    E = 1e-5 * np.eye(net.theta.size)
    G = np.array([(compare(net.theta + e) - compare(net.theta - e)) / 2e-5 for e in E])
    effects = found.comparisons("x1", contrast={"x1": (-0.4, 0.7)})
    assert effects["contrast"].unique().tolist() == ["0.7 - -0.4"]
    np.testing.assert_allclose(effects["estimate"], compare(net.theta), rtol=1e-10)
    errors = np.sqrt(np.einsum("pk,pq,qk->k", G, found.covary(), G))
    np.testing.assert_allclose(effects["std_error"], errors, rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_predictions_are_those_of_the_network(family):
    net = fit_family(family)
    found, table = net.inference(), make_table().head(5)
    kind = "probs" if family == "softmax" else "response"
    wanted = np.asarray(net.predict(table, type=kind)).reshape(5, -1)
    effects = found.predictions(table, average=False)
    np.testing.assert_allclose(effects["estimate"], wanted.T.ravel(), rtol=1e-12)
    assert effects.index.tolist() == [*table.index] * wanted.shape[1]
    averages = found.predictions(table)["estimate"]
    np.testing.assert_allclose(averages, wanted.mean(axis=0), rtol=1e-12)


def test_errors_of_predictions_agree_with_statsmodels():
    net = make_net("binomial", hidden=0).train(optimizer="newton", trace=0, tolerance=None)
    y = np.asarray(net.Y, dtype=float)
    wanted = sm.GLM(y, net.X, family=sm.families.Binomial()).fit(tol=1e-13).get_prediction()
    found = net.inference().predictions(average=False)
    np.testing.assert_allclose(found["std_error"], wanted.se_mean, rtol=1e-6)


def test_scores_of_classes_are_compared_with_the_first():
    net = make_net("softmax", hidden=0).train(optimizer="newton", trace=0, tolerance=None)
    found = net.inference()
    slopes = found.slopes(["x1", "x2"], type="link")
    assert slopes["group"].tolist() == [*net.classes[1:]] * 2
    rows = [each for each in found.params.index if each[1] in ("x1", "x2")]
    np.testing.assert_allclose(slopes["estimate"], found.params[rows], rtol=1e-7)
    np.testing.assert_allclose(slopes["std_error"], found.bse[rows], rtol=1e-7)


def test_several_responses_each_have_effects():
    table = make_table().assign(other=lambda d: d["count"].iloc[::-1].to_numpy())
    found = fit("cbind(count, other) ~ x1", table, family="poisson").inference()
    both, link = found.slopes(), found.slopes(type="link")
    assert both["group"].tolist() == ["count", "other"]
    for name, mean, score in zip(("count", "other"), both.index, link.index, strict=True):
        alone = fit(f"{name} ~ x1", table, family="poisson").inference()
        assert_same(both.loc[[mean]], alone.slopes(), rel=1e-6)
        assert_same(link.loc[[score]], alone.slopes(type="link"), rel=1e-6)


def test_effects_on_probabilities_add_up_to_zero():
    found = fit_family("softmax").inference()
    for effects in (found.slopes(), found.comparisons()):
        sums = effects.groupby(["term", "contrast"])["estimate"].sum()
        np.testing.assert_allclose(sums, 0.0, atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_order_of_rows_and_units_changes_nothing(family):
    net = fit_family(family)
    wanted = net.inference()
    shuffled = NeuralNetwork(
        FORMULAS[family], make_table().iloc[::-1], 2, family=family, decay=0.3, seed=1
    )
    shuffled.W1, shuffled.W2 = net.W1[:, ::-1], net.W2[[0, 2, 1]]
    for method in ("slopes", "comparisons", "predictions"):
        effects = getattr(shuffled.inference(), method)(by="kind", target="population")
        assert_same(effects, getattr(wanted, method)(by="kind", target="population"), rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_coordinates_of_the_optimizer_change_nothing(family):
    raw, scaled = (
        make_net(family, hidden=0, scale=scale)
        .train(optimizer="newton", trace=0, tolerance=None, gradient_tolerance=1e-11)
        .inference()
        for scale in (False, True)
    )
    assert_same(raw.slopes(), scaled.slopes(), rel=1e-6)
    assert_same(raw.comparisons(), scaled.comparisons(), rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_two_is_a_row_twice(family):
    table = make_table().assign(times=np.resize([1, 2, 3, 0], 36))
    options = {"hidden": 2, "family": family, "decay": 0.3, "seed": 1}
    weighted = NeuralNetwork(FORMULAS[family], table, weights="times", **options)
    weighted.train(optimizer="newton", trace=0, tolerance=None)
    repeated = NeuralNetwork(
        FORMULAS[family], table.loc[table.index.repeat(table["times"])], **options
    )
    repeated.theta = weighted.theta
    found, wanted = weighted.inference(), repeated.inference()
    for target in ("rows", "population"):
        for method in ("slopes", "comparisons", "predictions"):
            effects = getattr(found, method)(by="kind", target=target)
            assert_same(effects, getattr(wanted, method)(by="kind", target=target), rel=1e-6)
    # New data have weights if their column is there.
    assert_same(found.slopes(data=table), found.slopes())
    plain = found.slopes(data=table.drop(columns="times"))["estimate"]
    assert (np.abs(plain - found.slopes()["estimate"]) > 1e-6).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_groups_are_averages_over_their_rows(family):
    found, table = fit_family(family).inference(), make_table()
    for target in ("rows", "population"):
        both = found.slopes(by="kind", target=target)
        assert both.columns[-7] == "kind"
        for kind, some in both.groupby("kind", sort=False):
            rows = table[table["kind"] == kind]
            assert_same(some, found.slopes(data=rows, target=target))
    other = found.comparisons("x1", data=table.assign(half=np.arange(36) < 18), by="half")
    assert other["half"].drop_duplicates().tolist() == [False, True]
    assert other["half"].dtype == bool
    ordered = pd.CategoricalDtype(["c", "a", "b"])
    effects = found.predictions(table.astype({"kind": ordered}), by="kind")
    assert effects["kind"].dtype == ordered
    assert effects["kind"].drop_duplicates().tolist() == ["c", "a", "b"]


def test_rows_of_no_group_are_left_out():
    found, table = fit_family("gaussian").inference(), make_table()
    half = np.where(np.arange(36) < 18, "first", None)
    both = found.slopes("x1", data=table.assign(half=half), by="half")
    assert both["half"].tolist() == ["first"]
    assert_same(both, found.slopes("x1", data=table.head(18)))


@pytest.mark.parametrize("family", FAMILIES)
def test_variance_of_rows_is_added_for_the_population(family):
    found = fit_family(family).inference()
    rows, fixed = found.slopes("x1", average=False), found.slopes("x1")
    spread = rows.groupby("group" if "group" in rows else "term", sort=False, observed=True)
    spread = spread["estimate"].var()
    wanted = np.sqrt(fixed["std_error"] ** 2 + spread.to_numpy() / 36)
    population = found.slopes("x1", target="population")
    np.testing.assert_allclose(population["std_error"], wanted, rtol=1e-10)
    assert population["estimate"].tolist() == fixed["estimate"].tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_effects_at_single_rows(family):
    found, table = fit_family(family).inference(), make_table()
    rows = found.comparisons(average=False)
    K = 3 if family == "softmax" else 1
    assert len(rows) == 36 * 4 * K
    assert rows.index.name == "case"
    for label in (100, 117, 135):
        assert_same(rows.loc[[label]], found.comparisons(data=table.loc[[label]]))
    averages = rows.groupby(["term", "contrast", *["group"] * (K > 1)], sort=False, observed=True)
    np.testing.assert_allclose(
        averages["estimate"].mean(), found.comparisons()["estimate"], rtol=1e-10
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_of_rows_change_nothing(family, monkeypatch):
    found = fit_family(family).inference()
    asked = [{"by": "kind", "target": "population"}, {"average": False}]
    wanted = [found.slopes(**each) for each in asked]
    monkeypatch.setattr(jacobian, "_BLOCK_NUMBERS", 300)
    for each, effects in zip(asked, wanted, strict=True):
        assert_same(found.slopes(**each), effects, rel=1e-9)


def test_ensemble_is_the_mixture_of_its_optima(monkeypatch):
    nets = [
        make_net("gaussian", 2, decay=0.05, seed=seed, activation="tanh", init=2.0).train(
            optimizer="newton", trace=0, tolerance=None
        )
        for seed in range(1, 9)
    ]
    losses = [net.objective()[0] for net in nets]
    assert max(losses) > min(losses) + 1.0
    single = [nets[place].inference() for place in np.argsort(losses)[[0, -1]]]
    tables = [each.slopes(by="kind") for each in single]
    assert_same(single[0].slopes(by="kind", method="ensemble"), tables[0], rel=1e-15)
    fits = [each.list_fits("hessian", None, ensemble=False)[0] for each in single]
    monkeypatch.setattr(Inference, "list_fits", lambda self, *_, ensemble: fits)
    found = single[0].slopes(by="kind", method="ensemble")
    values, errors = (
        np.array([each[name] for each in tables]) for name in ("estimate", "std_error")
    )
    np.testing.assert_allclose(found["estimate"], values.mean(axis=0), rtol=1e-12)
    variance = (errors**2).mean(axis=0) + ((values[0] - values[1]) / 2) ** 2
    np.testing.assert_allclose(found["std_error"], np.sqrt(variance), rtol=1e-10)


def test_quartiles_are_the_default_of_comparisons():
    found, table = fit_family("poisson").inference(), make_table()
    low, high = table["x1"].quantile([0.25, 0.75])
    effects = found.comparisons("x1")
    assert effects["contrast"].tolist() == [f"{high:.6g} - {low:.6g}"]
    assert_same(effects, found.comparisons("x1", contrast={"x1": (low, high)}))
    net = make_net("poisson", 2, weights=np.resize([1, 2, 3, 0], 36), decay=0.3)
    weighted = net.train(optimizer="newton", trace=0, tolerance=None).inference()
    repeated = table["x1"].repeat(np.resize([1, 2, 3, 0], 36)).quantile([0.25, 0.75])
    shown = weighted.comparisons("x1")["contrast"].item()
    assert shown == f"{repeated[0.75]:.6g} - {repeated[0.25]:.6g}"


def test_levels_are_compared_with_the_first_or_with_another():
    table = make_table().assign(
        grade=np.resize([3, 1, 2, 2, 1], 36), flag=np.resize([True, False, True, True], 36)
    )
    table["size"] = pd.Categorical(np.resize(["s", "m", "l"], 36), ["s", "m", "l"])
    net = fit("cost ~ kind + C(grade) + flag + size", table)
    found = net.inference()
    effects = found.slopes()
    contrasts = ["b - a", "c - a", "2 - 1", "3 - 1", "True - False", "m - s", "l - s"]
    assert effects["contrast"].tolist() == contrasts
    wanted = dict(zip(net.x_names, net.theta, strict=True))
    assert len(wanted) == len(effects) + 1
    for effect in effects.itertuples():
        name = f"C({effect.term})" if effect.term == "grade" else effect.term
        coefficient = wanted[f"{name}[T.{effect.contrast.split(' - ')[0]}]"]
        assert effect.estimate == pytest.approx(coefficient, rel=1e-9)
    assert_same(found.comparisons(), effects)
    pair = found.comparisons("kind", contrast={"kind": ("c", "b")})
    assert pair["contrast"].tolist() == ["b - c"]
    assert pair["estimate"].item() == pytest.approx(wanted["kind[T.b]"] - wanted["kind[T.c]"])


def test_steps_stay_within_the_domain_of_the_formula():
    table = make_table().assign(u=np.r_[np.linspace(0, 1, 30), np.zeros(6)])
    # A polynomial of degree 2 is in the space of both splines; bs has no value outside its knots.
    for spline in ("bs(u, df=4)", "ns(u, 3)", "bs(u, df=4, lower_bound=0, upper_bound=1)"):
        net = fit(f"cost ~ {spline}", table)
        slopes = net.inference().slopes("u", average=False)
        assert slopes.notna().to_numpy().all()
        near, end = (net.predict({"u": [at]}).item() for at in (1 - 1e-6, 1.0))
        assert slopes.loc[129, "estimate"] == pytest.approx((end - near) / 1e-6, rel=1e-4)


def test_training_offset_is_kept_row_by_row():
    table = make_table().assign(exposure=np.linspace(0.5, 2, 36))
    named = fit("count ~ x1 + offset(log(exposure))", table, family="poisson").inference()
    given = fit("count ~ x1", table, family="poisson", offset=np.log(table["exposure"]))
    found = given.inference()
    assert_same(found.slopes(), named.slopes("x1"))
    assert_same(found.predictions(), named.predictions())
    assert_same(found.predictions(average=False), named.predictions(table, average=False))
    with pytest.raises(ValueError, match="the offset was given as numbers for the training rows"):
        found.slopes(data=table)
    # A column of the offset alone has a slope too: of exposure * rate it is the rate.
    rate = named.predictions(average=False)["estimate"].to_numpy() / table["exposure"]
    assert named.slopes("exposure")["estimate"].item() == pytest.approx(rate.mean(), rel=1e-7)
    assert named.slopes()["term"].tolist() == ["x1"]


def test_imputed_rows_have_no_slope_and_are_compared():
    table = make_table()
    table.loc[table.index[:4], "x1"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = fit("cost ~ x1 + x2", table, na_action="impute")
    found = net.inference()
    b = dict(zip(net.x_names, net.theta, strict=True))
    rows = found.slopes("x1", average=False)["estimate"]
    assert rows.isna().tolist() == [True] * 4 + [False] * 32
    assert found.slopes("x1")["estimate"].item() == pytest.approx(b["x1"], rel=1e-7)
    assert found.slopes("x2")["estimate"].item() == pytest.approx(b["x2"], rel=1e-7)
    effect = found.comparisons("x1", contrast={"x1": (0, 1)}, average=False)["estimate"]
    np.testing.assert_allclose(effect, b["x1"], rtol=1e-7)


def test_columns_without_a_slope_are_left_out_unless_named():
    table = make_table().assign(day=pd.date_range("2024-01-01", periods=36))
    found = fit("cost ~ x1 + cut(x2, 3) + days(day)", table).inference()
    assert found.slopes()["term"].tolist() == ["x1"]
    assert found.comparisons()["term"].tolist() == ["x1", "x2"]
    with pytest.raises(ValueError, match="variables='day': dates are no numbers"):
        found.comparisons("day")
    with pytest.raises(ValueError, match=r"variables='x2': the formula divides .* comparisons"):
        found.slopes(["x1", "x2"])
    with pytest.raises(ValueError, match="no predictor whose effect could be estimated"):
        fit("cost ~ days(day)", table).inference().slopes()


def test_what_the_data_do_not_determine_has_no_error():
    table = make_table().assign(twice=lambda d: 2.0 * d["x1"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fit("cost ~ x1 + twice + x2", table).inference()
    effects = found.slopes().set_index("term")
    assert effects["std_error"].isna().tolist() == [True, True, False]
    assert effects["estimate"].notna().all()
    wanted = fit("cost ~ x1 + x2", table).inference()
    assert_same(found.slopes("x2"), wanted.slopes("x2"), rel=1e-7)
    assert_same(found.predictions(), wanted.predictions(), rel=1e-7)
    assert found.predictions({"x1": [1], "twice": [1], "x2": [0]})["std_error"].isna().all()


def test_tables_have_fixed_columns_and_dtypes():
    found = fit_family("softmax").inference()
    effects = found.slopes("x1", by="kind")
    assert effects.columns.tolist() == ["term", "contrast", "group", "kind", *NUMBERS]
    assert effects["group"].dtype == make_table()["species"].dtype
    assert effects.dtypes[NUMBERS].tolist() == [np.dtype(float)] * 6
    assert effects.index.tolist() == list(range(9))
    assert fit_family("poisson").inference().predictions().columns.tolist() == NUMBERS
    rows = found.predictions(make_table()[["x1", "x2", "kind"]].to_dict("list"), average=False)
    assert rows.columns.tolist() == ["group", *NUMBERS]


def test_data_is_not_changed_and_no_step_warns():
    table = make_table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = fit("cost ~ ns(x1, 3) + kind", table)
    found, data = net.inference(), table.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found.slopes(data=data)
        found.comparisons(data=data, contrast={"x1": (-9, 9)})
    pd.testing.assert_frame_equal(data, table)
    with pytest.warns(UserWarning, match="1 of 36 rows left out"):
        found.slopes(data=table.assign(x1=table["x1"].where(table.index > 100)))


MISTAKES = {
    "unknown column": ({"variables": "x3"}, "'x3' is no predictor .* the columns are"),
    "term": ({"variables": "log(x1)"}, "is no predictor"),
    "response": ({"variables": ["x1", "cost"]}, "'cost' is the response: effects are"),
    "column that is not used": ({"variables": "win"}, "'win' is no predictor"),
    "number": ({"variables": 3}, "variables must be the name of a column or a list .* not 3"),
    "empty list": ({"variables": []}, "variables names no column"),
    "level": ({"level": 1.0}, "level must be"),
    "level of text": ({"level": "95%"}, "level must be"),
    "target": ({"target": "sample"}, "target must be one of 'rows', 'population', not"),
    "method": ({"method": "jackknife"}, "method must be one of 'delta', 'ensemble'"),
    "type": ({"type": "probs"}, "type must be one of 'response', 'link'"),
    "kind": ({"kind": "HC2"}, "kind must be one of"),
    "groups": ({"groups": [1]}, "groups= is for kind='cluster'"),
    "average": ({"average": 1}, "average must be True or False, not 1"),
    "rows of groups": ({"average": False, "by": "kind"}, "by= is for averages"),
    "rows of a population": ({"average": False, "target": "population"}, "is for averages"),
    "by list": ({"by": ["kind"]}, "by must be the name of a column, not"),
    "by unknown": ({"by": "kid"}, "by='kid' is no column .* did you mean 'kind'"),
    "no rows": ({"data": make_table()[:0]}, "the data has no rows"),
    "no table": ({"data": 3}, "the data must be a pandas DataFrame"),
    "by of a result": ({"data": make_table().assign(term=1), "by": "term"}, "by='term' is a col"),
}
CONTRASTS = {
    "pair": ((0, 1), "contrast must be a dict with two values for a column"),
    "three": ({"x1": (0, 1, 2)}, "two values for a column.* not .0, 1, 2. for 'x1'"),
    "one": ({"x1": 3}, "two values for a column.* not 3 for 'x1'"),
    "text": ({"x1": ("a", "b")}, "contrast of 'x1' must be a number"),
    "missing": ({"x1": (0, np.nan)}, "contrast of 'x1' must be a number"),
    "level": ({"kind": ("a", "z")}, "contrast of 'kind' .* levels .'a', 'b', 'c'., not 'z'"),
    "column": ({"x9": (0, 1)}, "contrast names 'x9', which is none of the variables"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_named(case):
    options, said = MISTAKES[case]
    with pytest.raises((TypeError, ValueError), match=said):
        fit_family("gaussian").inference().slopes(**options)


@pytest.mark.parametrize("case", CONTRASTS)
def test_wrong_contrasts_are_named(case):
    contrast, said = CONTRASTS[case]
    with pytest.raises((TypeError, ValueError), match=said):
        fit_family("gaussian").inference().comparisons(contrast=contrast)


@pytest.mark.parametrize("method", ["slopes", "comparisons", "predictions"])
def test_a_fit_that_is_not_at_rest_is_refused(method):
    net = make_net("gaussian", 2, decay=0.3).train(3, trace=0)
    with pytest.raises(ValueError, match="effects cannot be given"):
        getattr(net.inference(), method)()


@pytest.fixture
def intervals(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import intervals

    yield intervals
    del sys.modules["intervals"], sys.modules["simulation"]


@pytest.mark.long
def test_intervals_of_a_known_network_cover_its_effects(intervals):
    """A short version of the benchmark, of 15 tables with 3 slopes and 3 changes each.

    At a coverage of 95 % fewer than 37 of 45 have a probability below 0.001 if they are
    independent; so have predictions, which are of 40 points.
    """
    cell = intervals.CELLS["coverage, gaussian, one layer, [2], n = 500"]
    tables = pd.DataFrame([cell(seed) for seed in range(15)])
    shares = tables.map(lambda each: each[0]).mean()
    assert (shares >= 37 / 45).all(), shares


def test_two_values_and_equal_quartiles_go_from_the_smallest_to_the_largest():
    rare = np.arange(60) % 12 == 0
    count = np.where(rare, np.arange(60) % 7, 0)
    data = pd.DataFrame({"x": np.linspace(0, 1, 60), "rare": rare.astype(int), "count": count})
    data["y"] = data["x"] + data["rare"] + 0.1 * np.sin(9.0 * np.arange(60))
    net = NeuralNetwork("y ~ x + rare + count", data, hidden=0).train(optimizer="newton", trace=0)
    found = net.inference().comparisons().set_index("term")
    assert found["contrast"].tolist()[1:] == ["1 - 0", f"{count.max()} - 0"]
    assert found.loc["rare", "estimate"] == pytest.approx(net.inference().params["rare"])
    summary = str(net.inference().summary())
    assert "0 to 1" in summary and "0 to 0" not in summary
