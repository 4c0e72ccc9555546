"""Predictions with errors: R and statsmodels as judges, algebra, ensembles and resamples."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from loops import case_by_case
from networks import FORMULAS, make_net, make_table
from r_models import GLMS, MODELS, MULTINOMS, fit, read_table
from scipy.special import expit, logit
from scipy.stats import nbinom, norm, t

from neuralnet import NeuralNetwork
from neuralnet.inference.resampling.bootstrap_methods import BootstrapMethods

NEW = make_table().iloc[[7, 3, 20, 33]][["x1", "x2", "kind"]]


@cache
def train(family, hidden=2):
    """A small network at rest; shared, as predictions change none."""
    return make_net(family, hidden, decay=0.3).train(optimizer="newton", trace=0, tolerance=None)


@cache
def train_ensemble(left="y"):
    """A network whose starts ended at several optima."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-2.0, 2.0, size=(2, 150))
    y = np.sin(2.0 * a) + a * b / 2.0 + 0.4 * rng.normal(size=150)
    g = np.where(y > 1.0, "high", np.where(y < -1.0, "low", "mid"))
    table = pd.DataFrame({"a": a, "b": b, "y": y, "g": g})
    options = {"activation": "tanh", "decay": 0.02, "scale": True, "init": "glorot", "seed": 1}
    net = NeuralNetwork(f"{left} ~ a + b", table, 4, **options)
    return net.train(400, optimizer="newton", restarts=6, trace=0)


GRID = pd.DataFrame({"a": [-1.5, 0.0, 0.4, 1.9], "b": [1.0, -0.3, 0.0, -1.9]})


def twin(net, theta):
    """The network with the weights of another optimum, and no ends."""
    other = net.clone()
    other.theta = theta
    return other.train(0, optimizer="newton", trace=0)


# Judges ---------------------------------------------------------------------------------------


@case_by_case("name", GLMS)
def test_errors_of_glms_are_those_of_r(name):
    model, rows = MODELS[name], read_table(name).iloc[MODELS[name]["predict_rows"]]
    found = fit(name).predict(rows, type="link", se_fit=True)
    np.testing.assert_allclose(found["fit"], model["predict_link"], rtol=1e-6)
    np.testing.assert_allclose(found["se_fit"], model["predict_link_se"], rtol=1e-6)
    if wanted := model.get("interval_prediction"):
        found = fit(name).predict(rows, interval="prediction")
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


@case_by_case("name", MULTINOMS)
def test_errors_of_probabilities_are_those_of_multinom(name):
    model, rows = MODELS[name], read_table(name).iloc[MODELS[name]["predict_rows"]]
    found = fit(name).predict(rows, se_fit=True, interval="confidence")
    np.testing.assert_allclose(found["se_fit"], model["predict_probs_se"], rtol=1e-5)
    # The interval is symmetric in log odds, with the error that follows from that one.
    p = found["fit"]
    width = norm.ppf(0.975) * found["se_fit"] / (p * (1.0 - p))
    np.testing.assert_allclose(found["lower"], expit(logit(p) - width), rtol=1e-9)
    np.testing.assert_allclose(found["upper"], expit(logit(p) + width), rtol=1e-9)


def test_intervals_of_least_squares_are_those_of_statsmodels():
    table = make_table().assign(w=np.resize([1.0, 2.0, 3.0], 36))
    net = NeuralNetwork("cost ~ x1 + x2", table, 0, scale=True).train(optimizer="newton", trace=0)
    design = lambda data: sm.add_constant(data[["x1", "x2"]])  # noqa: E731
    judge = sm.OLS(table["cost"], design(table)).fit().get_prediction(design(NEW))
    wanted = judge.summary_frame(0.1)
    found = net.predict(NEW, se_fit=True, interval="confidence", level=0.9)
    columns = ["mean", "mean_se", "mean_ci_lower", "mean_ci_upper"]
    np.testing.assert_allclose(found, wanted[columns], rtol=1e-7)
    found = net.predict(NEW, se_fit=True, interval="prediction", level=0.9)
    columns[2:] = ["obs_ci_lower", "obs_ci_upper"]
    np.testing.assert_allclose(found, wanted[columns], rtol=1e-7)


def test_a_new_row_of_a_weight_is_a_mean_of_so_many_responses():
    table = make_table().assign(w=np.resize([1.0, 2.0, 3.0], 36))
    net = NeuralNetwork("cost ~ x1", table, 0, weights="w").train(optimizer="newton", trace=0)
    ask = {"se_fit": True, "interval": "prediction"}
    found, record = net.predict(NEW.assign(w=[1, 4, 2, 1]), **ask), net.inference()
    noise = record.dispersion / np.array([1, 4, 2, 1])
    width = t.ppf(0.975, record.df_resid) * np.sqrt(found["se_fit"] ** 2 + noise)
    np.testing.assert_allclose(found["upper"] - found["fit"], width, rtol=1e-9)
    # Without the column each row counts once.
    pd.testing.assert_frame_equal(net.predict(NEW, **ask), net.predict(NEW.assign(w=1), **ask))


def test_counts_are_negative_binomial():
    net = train("poisson")
    found = net.predict(NEW, se_fit=True, interval="prediction", method="delta", level=0.8)
    shape = (found["fit"] / found["se_fit"]) ** 2
    for name, p in {"lower": 0.1, "upper": 0.9}.items():
        wanted = nbinom.ppf(p, shape, shape / (shape + found["fit"]))
        np.testing.assert_array_equal(found[name], wanted)


# Scales ---------------------------------------------------------------------------------------


@case_by_case("family", list(FORMULAS))
@case_by_case("kind", [None, "probs", "response", "link"])
def test_fit_is_what_is_predicted_without_errors(family, kind):
    """To the last bit, with labels, index and dtype; a row with a missing value is missing."""
    net, has_classes = train(family), family in ("softmax", "binomial")
    if kind == "probs" and not has_classes:
        return
    new = NEW.copy()
    new.iloc[1, 0] = np.nan
    found = net.predict(new, kind, se_fit=True, interval="confidence")
    wanted = net.predict(new, kind or ("probs" if has_classes else "response"))
    assert found.index.equals(new.index)
    assert found.iloc[1].isna().all() and not found.drop(index=new.index[1]).isna().any().any()
    assert list(dict.fromkeys(found.columns.get_level_values(0))) == [
        "fit",
        "se_fit",
        "lower",
        "upper",
    ]
    if family == "softmax" and kind == "link":
        wanted = wanted.iloc[:, 1:].sub(wanted.iloc[:, 0], axis=0)
    if isinstance(wanted, pd.Series):
        pd.testing.assert_series_equal(found["fit"], wanted, check_names=False, check_exact=True)
    else:
        pd.testing.assert_frame_equal(found["fit"], wanted, check_exact=True)
    lower, fitted, upper = (found[each].dropna() for each in ("lower", "fit", "upper"))
    assert ((lower < fitted) & (fitted < upper)).all(axis=None)


def test_intervals_are_those_of_the_scores_mapped_back():
    for family, mean in {"binomial": expit, "poisson": np.exp, "gaussian": lambda eta: eta}.items():
        net = train(family)
        link = net.predict(NEW, "link", se_fit=True, interval="confidence", level=0.9)
        found = net.predict(NEW, "response", se_fit=True, interval="confidence", level=0.9)
        for end in ("fit", "lower", "upper"):
            np.testing.assert_allclose(found[end], mean(link[end]), rtol=1e-12)
        slope = (mean(link["fit"] + 1e-6) - mean(link["fit"] - 1e-6)) / 2e-6
        np.testing.assert_allclose(found["se_fit"], slope * link["se_fit"], rtol=1e-8)
        record = net.inference()
        effects = record.predictions(NEW, average=False, type="link")
        np.testing.assert_allclose(link["se_fit"], effects["std_error"], rtol=1e-12)
        df = record.df_resid if family == "gaussian" else np.inf
        width = t.ppf(0.95, df) * link["se_fit"]
        np.testing.assert_allclose(link["upper"] - link["fit"], width, rtol=1e-9)


def test_two_classes_have_mirrored_intervals():
    net = train("binomial")
    found = net.predict(NEW, interval="confidence", se_fit=True)
    assert list(found["lower"]) == [False, True]
    np.testing.assert_allclose(found["lower"][False], 1.0 - found["upper"][True], rtol=1e-12)
    np.testing.assert_allclose(found["upper"][False], 1.0 - found["lower"][True], rtol=1e-12)
    assert found["se_fit"][False].equals(found["se_fit"][True].rename(False))


def test_the_first_class_does_not_matter():
    table = make_table()
    turned = table.assign(
        species=table["species"].cat.reorder_categories(["large", "small", "middle"])
    )
    found = []
    for each in (table, turned):
        net = NeuralNetwork("species ~ x1 + x2", each, 0, decay=0.1)
        net = net.train(optimizer="newton", trace=0, gradient_tolerance=1e-11)
        found.append(net.predict(NEW, se_fit=True, interval="confidence"))
    for part in ("se_fit", "lower", "upper"):
        order = list(found[0][part].columns)
        np.testing.assert_allclose(found[0][part], found[1][part][order], rtol=1e-6)


# Ensembles ------------------------------------------------------------------------------------


@case_by_case("left", ["y", "g"])
def test_ensemble_averages_means_over_the_optima(left):
    net = train_ensemble(left)
    optima = net.inference().optima
    assert len(optima) > 1
    twins = [twin(net, theta) for theta in optima]
    kind = "probs" if left == "g" else "response"
    mean = sum(each.predict(GRID, kind).to_numpy() for each in twins) / len(twins)
    found = net.predict(GRID, kind, method="ensemble")
    np.testing.assert_allclose(found, mean, rtol=1e-12)
    if left == "g":
        labels = np.array(net.classes)[mean.argmax(axis=1)]
        assert net.predict(GRID, method="ensemble").tolist() == labels.tolist()
        link = net.predict(GRID, "link", method="ensemble")
        np.testing.assert_allclose(np.exp(link), mean, rtol=1e-12)
    asked = net.predict(GRID, method="ensemble", interval="confidence")["fit"]
    np.testing.assert_array_equal(asked, found)


@case_by_case("left", ["y", "g"])
@case_by_case("method", ["ensemble", None])
def test_errors_of_an_ensemble_are_within_and_between_optima(left, method):
    """On the scale of the link, around what is reported: by default the best fit's prediction."""
    net = train_ensemble(left)
    found = net.predict(GRID, "link", se_fit=True, method=method)
    parts = [
        twin(net, theta).predict(GRID, "link", se_fit=True, method="delta")
        for theta in net.inference().optima
    ]
    within = np.mean([each["se_fit"] ** 2 for each in parts], axis=0)
    between = np.mean([(each["fit"] - found["fit"]) ** 2 for each in parts], axis=0)
    np.testing.assert_allclose(found["se_fit"], np.sqrt(within + between), rtol=1e-6)
    delta = net.predict(GRID, "link", se_fit=True, method="delta")
    if method is None:
        np.testing.assert_array_equal(found["fit"], delta["fit"])
    assert not np.allclose(found["se_fit"], delta["se_fit"], rtol=0.01)


def test_after_one_start_the_ensemble_is_the_network():
    net = train("softmax")
    ask = {"se_fit": True, "interval": "confidence"}
    pd.testing.assert_frame_equal(
        net.predict(NEW, "probs", method="ensemble"), net.predict(NEW, "probs")
    )
    for method in ("ensemble", None):
        found = net.predict(NEW, **ask, method=method)
        pd.testing.assert_frame_equal(found, net.predict(NEW, **ask, method="delta"))


# Resamples ------------------------------------------------------------------------------------


@case_by_case("family", ["softmax", "poisson"])
def test_bootstrap_takes_the_standard_deviation_of_its_draws(monkeypatch, family):
    record = train(family).inference()
    monkeypatch.setattr(BootstrapMethods, "default_bootstrap", record.bootstrap(12))
    net = train(family).clone()
    found = net.predict(NEW, "link", se_fit=True, interval="confidence", method="bootstrap")
    links = [twin(net, theta).predict(NEW, "link").to_numpy() for theta in record.draw_thetas()]
    if family == "softmax":
        links = [each[:, 1:] - each[:, :1] for each in links]
    wanted = np.std(links, axis=0, ddof=1)
    np.testing.assert_allclose(found["se_fit"], wanted, rtol=1e-9)
    width = norm.ppf(0.975) * wanted
    np.testing.assert_allclose(found["upper"] - found["fit"], width, rtol=1e-9)


# The record -----------------------------------------------------------------------------------


def test_the_record_is_kept_until_the_fit_changes():
    net = make_net("gaussian", 2, decay=0.3).train(optimizer="newton", trace=0)
    record = net.inference()
    before = net.predict(NEW, se_fit=True)
    assert net.inference() is record
    net.theta = net.theta * 1.1
    assert net.inference() is not record
    with pytest.raises(ValueError, match=r"of predictions cannot be given.*method='bootstrap'"):
        net.predict(NEW, se_fit=True)
    net.train(optimizer="newton", trace=0)
    np.testing.assert_allclose(net.predict(NEW, se_fit=True), before, rtol=1e-5)
    assert net.clone().inference() is not net.inference()
