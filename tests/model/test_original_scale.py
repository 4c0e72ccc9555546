"""predict(type="original"): the scale of y where the left side is a function of y."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from neuralnet import NeuralNetwork, load_iris
from neuralnet.errors import DataWarning, FileWarning

R = json.loads((Path(__file__).parents[1] / "reference" / "smearing.json").read_text("utf-8"))
NEW = {"Sepal.Length": [5.0, 6.0, 7.0], "Species": ["setosa", "versicolor", "virginica"]}
IRIS = load_iris().assign(w=np.arange(1, 151) % 3 + 1)
RNG = np.random.default_rng(5)


def fit(formula, data=IRIS, **options):
    net = NeuralNetwork(formula, data, hidden=0, **options)
    return net.train(optimizer="newton", trace=0)


def smear(net, inverse):
    """Duan's estimate for the training rows, by hand."""
    mu, e = net.predict().to_numpy(), net.residuals.to_numpy()
    return inverse(mu[:, None] + e).mean(axis=1)


@pytest.mark.parametrize(
    ("case", "formula", "weights"),
    [
        ("log", "log(Petal.Width) ~ Sepal.Length + Species", None),
        ("log_weighted", "log(Petal.Width) ~ Sepal.Length + Species", "w"),
        ("log1p", "log1p(10 * Petal.Width) ~ Sepal.Length", None),
        ("sqrt", "sqrt(Petal.Width) ~ Sepal.Length", None),
        ("linear", "I(Petal.Width / 1000) ~ Sepal.Length", None),
    ],
)
def test_lm_and_the_smearing_estimate_of_r(case, formula, weights):
    predicted = fit(formula, weights=weights).predict(NEW, type="original")
    assert predicted.name == "Petal.Width"
    assert_allclose(predicted, R[case], rtol=1e-11)


def test_linear_transforms_change_no_prediction():
    """Least squares does not depend on the units of the response."""
    wanted = fit("Petal.Width ~ Sepal.Length").predict(NEW)
    for left in ("scale(Petal.Width)", "center(Petal.Width)", "I(3 - Petal.Width)"):
        assert_allclose(fit(f"{left} ~ Sepal.Length").predict(NEW, type="original"), wanted)


def test_without_a_transform_the_original_is_the_response():
    net = fit("Petal.Width ~ Sepal.Length")
    assert net.predict(NEW, type="original").equals(net.predict(NEW))
    assert "original" not in repr(net)


def test_several_responses_each_have_their_own_inverse():
    net = fit("cbind(log(Petal.Width), Petal.Length, I(10 * Sepal.Width)) ~ Sepal.Length")
    found = net.predict(NEW, type="original")
    assert list(found) == ["Petal.Width", "Petal.Length", "Sepal.Width"]
    single = fit("log(Petal.Width) ~ Sepal.Length").predict(NEW, type="original")
    assert_allclose(found["Petal.Width"], single, rtol=1e-9)
    assert_allclose(found["Petal.Length"], net.predict(NEW)["Petal.Length"], rtol=0)
    assert "gives Petal.Width, Sepal.Width" in repr(net)


def test_hidden_layers_offset_and_missing_rows():
    data = pd.DataFrame({"x": RNG.normal(size=60), "o": RNG.normal(size=60)})
    data["y"] = np.exp(1 + data["x"] + data["o"] + RNG.normal(scale=0.5, size=60))
    net = NeuralNetwork("log(y) ~ x + offset(o)", data, hidden=2, decay=0.1, seed=1)
    net.train(20, optimizer="newton", trace=0)
    assert_allclose(net.predict(type="original"), smear(net, np.exp), rtol=1e-12)
    new = pd.DataFrame({"x": [0.1, np.nan], "o": [0.2, 0.3]}, index=["a", "b"])
    found = net.predict(new, type="original")
    assert found.index.tolist() == ["a", "b"] and found.isna().tolist() == [False, True]


def test_each_theta_has_its_own_residuals():
    net = fit("log(Petal.Width) ~ Sepal.Length")
    net.predict(NEW, type="original")
    net.theta = net.theta + 0.5
    assert_allclose(net.predict(type="original"), smear(net, np.exp), rtol=1e-12)


def test_files_without_rows_predict_the_same_bits(tmp_path):
    net = fit("log(Petal.Width) ~ Sepal.Length")
    wanted = net.predict(NEW, type="original")
    for rows in (False, True):
        net.save(tmp_path / "net.nn", data=rows)
        loaded = NeuralNetwork.load(tmp_path / "net.nn")
        assert loaded.predict(NEW, type="original").equals(wanted)
    net.save(tmp_path / "net.nn")
    bare = NeuralNetwork.load(tmp_path / "net.nn")
    assert bare.save(tmp_path / "again.nn").predict(NEW, type="original").equals(wanted)
    assert NeuralNetwork.load(tmp_path / "again.nn").predict(NEW, type="original").equals(wanted)
    for copy in (net.clone(), pickle.loads(pickle.dumps(net)), pickle.loads(pickle.dumps(bare))):
        assert copy.predict(NEW, type="original").equals(wanted)
    bare.theta = net.theta + 0.5
    with pytest.raises(ValueError, match=r"weights were assigned .*load\(path, data\)"):
        bare.predict(NEW, type="original")
    assert bare.predict(NEW).notna().all()


def test_other_rows_bring_their_own_residuals(tmp_path):
    fit("log(Petal.Width) ~ Sepal.Length").save(tmp_path / "net.nn")
    with pytest.warns(FileWarning):
        other = NeuralNetwork.load(tmp_path / "net.nn", IRIS.iloc[:40])
    assert_allclose(other.predict(type="original"), smear(other, np.exp), rtol=1e-12)


def test_folds_learn_the_transform_of_the_response_anew():
    """The deviance of scale(y) is that of y in units of the spread of each fold's rows."""
    net = NeuralNetwork("scale(Petal.Width) ~ Sepal.Length", IRIS, hidden=0, seed=1)
    plain = NeuralNetwork("Petal.Width ~ Sepal.Length", IRIS, hidden=0, seed=1)
    found, wanted = (n.cross_validate(k=3, optimizer="newton").folds for n in (net, plain))
    spreads = np.sqrt(wanted["deviance"] / found["deviance"])
    assert spreads.nunique() == 3
    assert_allclose(spreads, IRIS["Petal.Width"].std(), rtol=0.1)


def test_a_mean_beyond_the_range_is_missing_with_a_warning():
    data = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0.1, 1.0, 1.9, 2.5]})
    net = fit("exp(y) ~ x", data)
    with pytest.warns(DataWarning, match=r"1 of 2 rows are predicted as missing.*exp\(y\)"):
        found = net.predict({"x": [-5.0, 3.0]}, type="original")
    assert found.isna().tolist() == [True, False]


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
def test_counts_and_linear_transforms_of_other_families():
    data = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "n": [2.0, 4.0, 4.0, 12.0]})
    net = fit("I(n / 2) ~ x", data, family="poisson")
    assert_allclose(net.predict(type="original"), 2 * net.predict())
    net = fit("sqrt(n) ~ x", data, family="poisson")
    with pytest.raises(ValueError, match=r"sqrt\(n\).*needs family='gaussian', not 'poisson'"):
        net.predict(type="original")
    assert "original" not in repr(net)


@pytest.mark.parametrize(
    ("formula", "kind", "message"),
    [
        ("Species ~ .", "original", r"'original' needs a response of numbers; Species .*'probs'"),
        ("I(Petal.Width**2) ~ .", "original", r"converted back .*numbers below and above 0"),
        ("log(Petal.Width + Petal.Length) ~ .", "original", "made of 2 columns"),
        ("log(Petal.Width) ~ .", "orginal", r"'original'"),
    ],
)
def test_errors_of_the_type(formula, kind, message):
    net = NeuralNetwork(formula, IRIS, hidden=0)
    with pytest.raises(ValueError, match=message):
        net.predict(type=kind)
