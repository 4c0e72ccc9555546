"""Measures of networks, by scikit-learn and statsmodels; weights, thresholds, and the display."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as judge
import statsmodels.api as sm
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import DataWarning, NeuralNetwork

OVERALL = [
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
]
RESPONSES = {"softmax": "species", "binomial": "win", "gaussian": "cost", "poisson": "count"}


def make_rare(n=400, seed=1):
    """Make rows of which 3 % are of the second class, and a network that predicts none of it."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    table["ill"] = np.where(np.argsort(np.argsort(table["a"] + table["b"])) >= n - 12, "yes", "no")
    table["w"] = rng.integers(1, 4, n).astype(float)
    net = NeuralNetwork("ill ~ a", table, 0, family="binomial", seed=1)
    net.theta = [-4.0, 0.9]
    return net, table


def compute_expected(net, table, w=None, threshold=None):
    """Compute scikit-learn's measures of a network's probabilities, by name."""
    truth = table[RESPONSES.get(net.family, "y")] if "ill" not in table else table["ill"]
    P = net.predict(table, type="probs")
    codes = np.array([net.classes.index(each) for each in truth])
    two = P.shape[1] == 2
    predicted = P.to_numpy().argmax(axis=1)
    if threshold is not None:
        predicted = (P.iloc[:, 1] > threshold).astype(int).to_numpy()
    average = "binary" if two else "macro"
    scores = judge.precision_recall_fscore_support(
        codes, predicted, average=average, sample_weight=w, zero_division=np.nan
    )
    areas = [
        (
            judge.roc_auc_score(codes == k, P.iloc[:, k], sample_weight=w),
            judge.average_precision_score(codes == k, P.iloc[:, k], sample_weight=w),
        )
        for k in range(P.shape[1])
    ]
    area = areas[1] if two else np.mean(areas, axis=0)
    squares = (P.to_numpy() - np.eye(P.shape[1])[codes]) ** 2
    brier = np.average(squares[:, 1] if two else squares.sum(axis=1), weights=w)
    return dict(
        zip(
            OVERALL,
            [
                judge.accuracy_score(codes, predicted, sample_weight=w),
                judge.balanced_accuracy_score(codes, predicted, sample_weight=w),
                *scores[:3],
                *area,
                judge.log_loss(codes, P, labels=range(P.shape[1]), sample_weight=w),
                brier,
            ],
            strict=True,
        )
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", ["softmax", "binomial"])
def test_measures_of_classes_are_those_of_scikit_learn(family, weighted):
    table = make_table().assign(w=1.0 + np.arange(36) % 3)
    net = NeuralNetwork(
        FORMULAS[family],
        table,
        3,
        family=family,
        weights="w" if weighted else None,
        seed=1,
        init=1.0,
    )
    w = table["w"] if weighted else None
    expected = compute_expected(net, table, w)
    for data in (None, table):
        found = net.metrics(data).overall
        assert list(found.index) == OVERALL
        np.testing.assert_allclose(found, [expected[name] for name in OVERALL], rtol=1e-10)
    loss = 2.0 * net.compute_loss() / (36 if w is None else w.sum())
    assert 2.0 * found["log_loss"] == pytest.approx(loss, rel=1e-12)
    assert found["accuracy"] == pytest.approx(net.accuracy(), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_threshold_is_that_of_the_probability_of_the_second_class(weighted):
    net, table = make_rare()
    w = table["w"] if weighted else None
    net = NeuralNetwork("ill ~ a", table, 0, family="binomial", weights="w" if weighted else None)
    net.theta = [-4.0, 0.9]
    for threshold in (0.02, 0.1, 0.5, 0.9):
        expected = compute_expected(net, table, w, threshold)
        found = net.metrics(table, threshold=threshold)
        np.testing.assert_allclose(found.overall, [expected[name] for name in OVERALL], rtol=1e-10)
        labels = np.where(net.predict(table, type="response") > threshold, "yes", "no")
        predicted = net.predict(table, threshold=threshold)
        assert predicted.tolist() == labels.tolist() and predicted.dtype == net.predict().dtype
        counts = judge.confusion_matrix(table["ill"], labels, sample_weight=w)
        ours = net.confusion_matrix(table, threshold=threshold)
        np.testing.assert_allclose(ours, counts)
        share = judge.accuracy_score(table["ill"], labels, sample_weight=w)
        assert net.accuracy(table, threshold=threshold) == pytest.approx(share, rel=1e-12)
    pd.testing.assert_series_equal(net.metrics(threshold=0.5).overall, net.metrics().overall)


def test_threshold_of_two_softmax_classes_is_that_of_the_second():
    _, table = make_rare()
    net = NeuralNetwork("ill ~ a", table, 0, seed=1)
    net.W1 = [[2.0, -2.0], [-0.45, 0.45]]
    one, _ = make_rare()
    pd.testing.assert_series_equal(
        net.predict(table, threshold=0.1), one.predict(table, threshold=0.1)
    )
    text = repr(net.metrics(threshold=0.1))
    assert "'yes' is predicted where its probability is above 0.1" in text


def test_rare_class_that_is_never_predicted_is_shown_beside_the_baseline():
    net, table = make_rare()
    found = net.metrics(table)
    assert not (net.predict(table) == "yes").any()
    assert np.isnan(found.overall["precision"]) and found.overall["recall"] == 0.0
    assert found.overall["roc_auc"] > 0.8 > found.baseline["roc_auc"] == 0.5
    assert found.baseline["average_precision"] == pytest.approx(0.03)
    assert found.overall["average_precision"] > 0.1
    entropy = -0.03 * np.log(0.03) - 0.97 * np.log(0.97)
    assert found.baseline["log_loss"] == pytest.approx(entropy, rel=1e-12)
    assert found.baseline["brier"] == pytest.approx(0.03 * 0.97, rel=1e-12)
    assert found.baseline["accuracy"] == 0.97 and found.baseline["balanced_accuracy"] == 0.5
    text = repr(found)
    assert "No row is predicted as 'yes': its precision is undefined" in text
    assert f"threshold={found.best_threshold}" in text
    best = net.metrics(table, threshold=found.best_threshold)
    assert best.overall["f1"] == pytest.approx(found.best_f1, rel=1e-12)
    assert "undefined" not in repr(best)


def test_class_without_rows_is_undefined_and_left_out():
    net, table = make_net(), make_table()
    rows = table[table["species"] != "large"]
    found = net.metrics(rows)
    here, place = found.by_class.loc["large"], net.classes.index("large")
    predicted = (net.predict(rows) == "large").sum()
    assert here["support"] == 0.0
    assert here[["recall", "roc_auc", "average_precision"]].isna().all()
    assert np.isnan(here["precision"]) == (predicted == 0)
    P = net.predict(rows, type="probs")
    others = [name for name in net.classes if name != "large"]
    areas = [judge.roc_auc_score(rows["species"] == name, P[name]) for name in others]
    assert found.overall["roc_auc"] == pytest.approx(np.mean(areas))
    codes = np.array([net.classes.index(each) for each in rows["species"]])
    expected = judge.log_loss(codes, P, labels=range(3))
    assert found.overall["log_loss"] == pytest.approx(expected)
    assert found.by_class["brier"].iloc[place] == pytest.approx((P["large"] ** 2).mean())
    assert "No row is of 'large'" in repr(found)


@pytest.mark.parametrize("family", ["softmax", "binomial"])
def test_one_row_and_rows_of_one_class(family):
    net, table = make_net(family), make_table()
    name = RESPONSES[family]
    for rows in (table[:1], table[table[name] == table[name].iloc[0]]):
        found = net.metrics(rows)
        assert np.isnan(found.overall["roc_auc"])
        assert found.overall["accuracy"] == net.accuracy(rows)
        assert np.isfinite(found.overall["log_loss"])
        assert found.baseline["log_loss"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("family", FORMULAS)
def test_rows_without_weight_have_no_measures(family):
    table = make_table().assign(w=1.0)
    net = NeuralNetwork(FORMULAS[family], table, 2, family=family, weights="w", seed=1)
    # The only row with a weight misses a value.
    rows = table.assign(w=np.eye(36)[0], x1=table["x1"].where(np.arange(36) > 0))
    with pytest.warns(DataWarning, match="1 of 36 rows left out"):
        found = net.metrics(rows)
    if net.classes:
        assert found.overall.isna().all() and found.baseline.isna().all()
        with pytest.warns(DataWarning, match="1 of 36 rows left out"):
            assert np.isnan(net.accuracy(rows))
    else:
        assert found.isna().all()


def test_weights_of_classes_have_no_effect():
    plain = make_net("binomial")
    weighed = make_net("binomial", class_weight={False: 1.0, True: 9.0})
    assert weighed.compute_loss() != plain.compute_loss()
    pd.testing.assert_series_equal(weighed.metrics().overall, plain.metrics().overall)
    pd.testing.assert_series_equal(weighed.metrics().baseline, plain.metrics().baseline)


def test_positive_class_has_its_own_measures():
    net, table = make_net(init=1.0), make_table()
    P = net.predict(type="probs")
    for name in net.classes:
        truth, found = table["species"] == name, net.metrics(positive=name)
        assert found.name == name
        assert list(found.index) == [*OVERALL, "prevalence", "support"]
        assert found["roc_auc"] == pytest.approx(judge.roc_auc_score(truth, P[name]))
        brier = judge.brier_score_loss(truth, P[name])
        assert found["brier"] == pytest.approx(brier)
        assert (found["support"], found["prevalence"]) == (truth.sum(), truth.mean())
        assert found["accuracy"] == pytest.approx(net.accuracy())
        assert found["log_loss"] == net.metrics().overall["log_loss"]


def test_offset_is_part_of_the_baseline():
    """An intercept alone beside the offset, as statsmodels fits it."""
    table = make_table()
    net = NeuralNetwork("win ~ x1 + offset(x2)", table, 0, family="binomial", seed=1)
    null = sm.GLM(table["win"] * 1.0, np.ones(36), sm.families.Binomial(), offset=table["x2"])
    p = null.fit(tol=1e-14).fittedvalues
    baseline = net.metrics().baseline
    assert baseline["log_loss"] == pytest.approx(judge.log_loss(table["win"], p), rel=1e-8)
    assert baseline["roc_auc"] == pytest.approx(judge.roc_auc_score(table["win"], p))


# Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_measures_of_numbers_are_those_of_scikit_learn(family, weighted):
    table = make_table().assign(w=1.0 + np.arange(36) % 3)
    net = NeuralNetwork(
        FORMULAS[family], table, 2, family=family, weights="w" if weighted else None, seed=1
    )
    y, mu, w = table[RESPONSES[family]], net.predict(table), table["w"] if weighted else None
    power = {"gaussian": 0, "poisson": 1}[family]
    expected = {
        "r2": judge.r2_score(y, mu, sample_weight=w),
        "rmse": np.sqrt(judge.mean_squared_error(y, mu, sample_weight=w)),
        "mae": judge.mean_absolute_error(y, mu, sample_weight=w),
        "deviance": judge.mean_tweedie_deviance(y, mu, sample_weight=w, power=power),
        "deviance_explained": judge.d2_tweedie_score(y, mu, sample_weight=w, power=power),
    }
    for found in (net.metrics(), net.metrics(table)):
        assert found.name == y.name and list(found.index) == list(expected)
        np.testing.assert_allclose(found, list(expected.values()), rtol=1e-10)


def test_deviance_is_explained_beside_the_offset():
    """As 1 - deviance / null deviance of glm, whose null model has the offset too."""
    table = make_table().assign(time=np.linspace(1.0, 3.0, 36))
    net = NeuralNetwork("count ~ x1 + offset(log(time))", table, 0, family="poisson", decay=0)
    net.train(optimizer="newton", trace=0)
    X, offset = sm.add_constant(table[["x1"]]), np.log(table["time"])
    fit = sm.GLM(table["count"], X, sm.families.Poisson(), offset=offset).fit(tol=1e-14)
    expected = 1.0 - fit.deviance / fit.null_deviance
    assert net.metrics()["deviance_explained"] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_several_responses_have_a_column_each(family):
    table = make_table().assign(other=np.arange(36.0) % 5)
    net = NeuralNetwork("cbind(count, other) ~ x1 + x2", table, 2, family=family, seed=1)
    found, mu = net.metrics(), net.predict()
    power = {"gaussian": 0, "poisson": 1}[family]
    for name in ("count", "other"):
        expected = judge.mean_tweedie_deviance(table[name], mu[name], power=power)
        assert found.loc["deviance", name] == pytest.approx(expected)
        expected = judge.d2_tweedie_score(table[name], mu[name], power=power)
        assert found.loc["deviance_explained", name] == pytest.approx(expected)
        assert found.loc["r2", name] == pytest.approx(judge.r2_score(table[name], mu[name]))
    folds = net.cross_validate(3, iterations=3, optimizer="rprop").folds
    assert {"r2_count", "r2_other", "rmse_count", "mae_other"} <= set(folds)


@pytest.mark.parametrize("constant", [0.1, 0.0])
def test_constant_response_has_no_share_explained(constant):
    net = make_net("gaussian")
    found = net.metrics(make_table().assign(cost=constant))
    assert found[["r2", "deviance_explained"]].isna().all()
    assert np.isfinite(found[["rmse", "mae", "deviance"]]).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_trials_are_rows_of_the_table_that_lists_them(weighted):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"x": rng.normal(size=20), "won": rng.integers(0, 4, 20)})
    table["lost"], table["w"] = rng.integers(1, 5, 20), rng.integers(1, 4, 20) * 1.0
    options = {"hidden": 0, "family": "binomial", "seed": 1, "weights": "w" if weighted else None}
    net = NeuralNetwork("cbind(won, lost) ~ x", table, **options)
    single = pd.concat(
        [
            table.loc[table.index.repeat(table[name])].assign(y=name == "won")
            for name in ("won", "lost")
        ]
    )
    other = NeuralNetwork("y ~ x", single, **options)
    net.theta = other.theta = [0.3, -0.7]
    found, expected = net.metrics(), other.metrics().overall
    for name in ("roc_auc", "average_precision", "log_loss", "brier"):
        assert found[name] == pytest.approx(expected[name], rel=1e-10)
    share, mu = table["won"] / (table["won"] + table["lost"]), net.predict()
    w = (table["won"] + table["lost"]) * (table["w"] if weighted else 1.0)
    assert found["r2"] == pytest.approx(judge.r2_score(share, mu, sample_weight=w))
    loss = 2.0 * net.compute_loss() / (table["w"].sum() if weighted else 20)
    assert found["deviance"] == pytest.approx(loss)
    shares = NeuralNetwork(
        "share ~ x", table.assign(share=share, n=w), 0, family="binomial", weights="n"
    )
    shares.theta = net.theta
    names = ["r2", "rmse", "mae", "deviance_explained", "roc_auc", "log_loss"]
    np.testing.assert_allclose(shares.metrics()[names], found[names], rtol=1e-10)


# The object, and errors -----------------------------------------------------------------------


def test_object_is_copied_and_pickled():
    found = make_rare()[0].metrics()
    for twin in (copy.deepcopy(found), copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert repr(twin) == repr(found) and twin._repr_html_() == found._repr_html_()
    with pytest.raises(AttributeError):
        found.rows = 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("roc_auc", r"it is \.overall\['roc_auc'\]"),
        ("round", r"its table of the classes is \.by_class"),
        ("loc", r"that of all together \.overall"),
        ("by_clas", r"Did you mean 'by_class'\?"),
        ("nonsense", "no attribute 'nonsense'$"),
    ],
)
def test_other_attributes_lead_to_the_tables(name, hint):
    with pytest.raises(AttributeError, match=hint):
        getattr(make_rare()[0].metrics(), name)


ASKS = {
    "metrics": lambda net, t: net.metrics(threshold=t),
    "accuracy": lambda net, t: net.accuracy(threshold=t),
    "confusion_matrix": lambda net, t: net.confusion_matrix(threshold=t),
    "predict": lambda net, t: net.predict(threshold=t),
    "plot_confusion_matrix": lambda net, t: net.plot_confusion_matrix(threshold=t),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_invalid_thresholds_are_refused(ask):
    net = make_net("binomial")
    before = take_snapshot(net)
    for threshold in (0.0, 1.0, -0.1, 50, np.nan, np.inf):
        with pytest.raises(ValueError, match="threshold must be a number above 0 and below 1, not"):
            ask(net, threshold)
    for threshold in ("0.5", [0.1], True):
        with pytest.raises(TypeError, match="threshold must be a number above 0 and below 1, not"):
            ask(net, threshold)
    assert take_snapshot(net) == before
    with pytest.raises(ValueError, match=r"of two classes .*, and species has 3: \['small'"):
        ask(make_net(), 0.3)


def test_numbers_have_no_threshold_and_no_positive_class():
    net = make_net("gaussian")
    for call in (net.metrics, net.predict):
        with pytest.raises(ValueError, match=r"cost holds numbers\. Leave it out"):
            call(threshold=0.3)
    with pytest.raises(ValueError, match="positive= needs a response of classes; cost holds num"):
        net.metrics(positive=1)
    binary = make_net("binomial")
    for kind in ("probs", "response", "link"):
        with pytest.raises(ValueError, match=f"type='{kind}' predicts none: leave one of them out"):
            binary.predict(type=kind, threshold=0.3)
    with pytest.raises(ValueError, match=r"positive is 'yes'; give one of the classes \[False, T"):
        binary.metrics(positive="yes")
    with pytest.raises(ValueError, match=r"positive is .*; give one of the classes"):
        binary.metrics(None, binary.Y)
    with pytest.raises(TypeError, match="no argument 'cutoff'; did you mean threshold="):
        binary.metrics(cutoff=0.3)
    with pytest.raises(AttributeError, match=r"ROC AUC and R squared are in net\.metrics"):
        binary.auc  # noqa: B018


def test_scores_that_overflow_are_an_error():
    net = make_net("gaussian", hidden=0)
    net.theta = np.full(net.theta.size, 1e308)
    table = make_table().assign(x1=1e10, x2=-1e10)
    with pytest.raises(ValueError, match="no number is predicted for 36 of 36 rows"):
        net.metrics(table)
