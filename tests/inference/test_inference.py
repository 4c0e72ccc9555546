"""The record of inference: coefficients and intervals of R, and what it refuses, in words."""

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table, take_snapshot
from r_models import GLMS, MODELS, assert_agrees, infer

from neuralnet import NeuralNetwork, load_iris
from neuralnet.inference import Inference
from neuralnet.inference.members import INTERNAL


@pytest.mark.parametrize("name", GLMS)
def test_coefficients_and_wald_intervals_agree_with_r(name):
    found, model = infer(name), MODELS[name]
    assert_agrees(found.params, model["coef"])
    assert_agrees(found.params / found.bse, model["statistic"])
    intervals = found.confint()
    assert [*intervals.columns] == ["lower", "upper"]
    assert_agrees(intervals, model["confint_wald"])
    assert intervals.index.equals(found.params.index)


def test_intervals_are_as_wide_as_their_level():
    found = infer("mtcars")
    narrow, wide = found.confint(0.5), found.confint(0.99)
    half = (narrow["upper"] - narrow["lower"]) / 2
    assert_agrees(half, 0.6744897501960817 * found.bse, 1e-12)
    half = (wide["upper"] - wide["lower"]) / 2
    assert_agrees(half, 2.5758293035489004 * found.bse, 1e-12)
    robust = found.confint(kind="HC3")
    half = (robust["upper"] - robust["lower"]) / 2
    assert_agrees(half, 1.959963984540054 * np.sqrt(np.diag(found.vcov("HC3"))), 1e-12)


def test_the_record_changes_nothing_and_is_frozen():
    net = make_net("softmax", hidden=2, decay=0.1).train(optimizer="newton", trace=0)
    before = take_snapshot(net)
    found = net.inference()
    found.bse, found.vcov("HC3"), found.confint(), repr(found)
    assert take_snapshot(net) == before
    with pytest.raises(AttributeError):
        found.theta = net.theta
    # It stays that of these weights.
    params = found.params.copy()
    net.train(5, trace=0)
    pd.testing.assert_series_equal(found.params, params)


def test_the_record_lists_what_users_need():
    found = infer("mtcars")
    listed = dir(found)
    assert {"params", "vcov", "slopes", "test_terms", "summary", "judgement"} <= set(listed)
    assert not {"covary", "curvature", "list_fits", "_compute_errors"} & set(listed)
    assert all(hasattr(found, name) for name in [*listed, *INTERNAL["Inference"]])
    # The page of the reference leaves out the same.
    page = (Path(__file__).parents[2] / "notebooks/reference/pages/inference.md").read_text("utf-8")
    hidden = re.findall(r'"!\^\((.*)\)\$"', page)
    assert [set(each.split("|")) for each in hidden] == [*INTERNAL.values()]


def test_a_summary_can_be_pickled():
    found = infer("mtcars").summary()
    assert str(pickle.loads(pickle.dumps(found))) == str(found)


def test_the_record_shows_what_may_be_inferred():
    assert repr(infer("mtcars")) == (
        "<Inference: 32 rows, edf 5.0, log-likelihood -71.235; inference is possible>"
    )
    net = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0)
    assert repr(net.inference()).endswith("; nothing may be inferred>")


def test_a_network_from_a_file_with_its_rows_has_the_same(tmp_path):
    net = make_net("poisson", hidden=0).train(optimizer="newton", trace=0)
    net.save(tmp_path / "a.nn")
    again = NeuralNetwork.load(tmp_path / "a.nn", data=make_table())
    assert isinstance(again.inference(), Inference)
    pd.testing.assert_frame_equal(again.inference().vcov(), net.inference().vcov())


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_imputed_columns_are_columns():
    table = make_table().astype({"x1": float})
    table.loc[table.index[:5], "x1"] = np.nan
    net = NeuralNetwork("cost ~ x1 + x2", table, 0, na_action="impute")
    found = net.train(optimizer="newton", trace=0).inference()
    assert found.nobs == 36
    filled = pd.DataFrame(net.X, columns=[f"z{i}" for i in range(net.X.shape[1])])
    filled["cost"] = table["cost"].to_numpy()
    same = NeuralNetwork(f"cost ~ {' + '.join(filled.columns[1:-1])}", filled, 0)
    same = same.train(optimizer="newton", trace=0).inference()
    assert_agrees(found.bse, same.bse)


def load_without_rows(path):
    make_net("gaussian", hidden=0).train(5, 1e-4, trace=0).save(path)
    return NeuralNetwork.load(path)


def test_a_record_needs_training_and_rows(tmp_path):
    for net, said in [
        (
            make_net(),
            "this network was not trained, so that there is nothing to infer: call train() first",
        ),
        (
            load_without_rows(tmp_path / "a.nn"),
            "this network was loaded without its training rows: NeuralNetwork.load(path, data=...) "
            "gives them back to it",
        ),
    ]:
        with pytest.raises(ValueError) as caught:
            net.inference()
        assert str(caught.value) == said


GROUPS = np.arange(32) % 4
REFUSED_OPTIONS = {
    "an unknown kind": (
        {"kind": "HC2"},
        ValueError,
        "kind must be one of 'hessian', 'sandwich', 'HC0', 'HC1', 'HC3', 'cluster', not 'HC2'. "
        "Did you mean 'HC3'?",
    ),
    "a kind of lower case": ({"kind": "hc1"}, ValueError, "Did you mean 'HC1'?"),
    "a kind that is no text": ({"kind": 3}, ValueError, "kind must be one of .* not 3"),
    "no groups": (
        {"kind": "cluster"},
        ValueError,
        "kind='cluster' needs groups=: a label for each row, or the name of a column of the "
        "formula",
    ),
    "groups without clusters": (
        {"kind": "HC0", "groups": GROUPS},
        ValueError,
        "groups= is for kind='cluster'; kind='HC0' takes none",
    ),
    "groups of a wrong length": (
        {"kind": "cluster", "groups": GROUPS[:5]},
        ValueError,
        "groups must be a label for each of 32 rows of the data; this has 5",
    ),
    "one group": (
        {"kind": "cluster", "groups": np.zeros(32)},
        ValueError,
        "kind='cluster' needs at least two groups; all rows are of one",
    ),
    "a column that is not stored": (
        {"kind": "cluster", "groups": "am"},
        ValueError,
        r"groups='am' is no column that the formula uses, .* data\['am'\]",
    ),
    "a number as a flag": (
        {"kind": "cluster", "groups": GROUPS, "correction": 1},
        TypeError,
        "correction must be True or False, not 1",
    ),
}


@pytest.mark.parametrize("case", REFUSED_OPTIONS)
def test_wrong_options_are_refused_in_words(case):
    options, error, said = REFUSED_OPTIONS[case]
    for method in (infer("mtcars").vcov, infer("mtcars").confint):
        with pytest.raises(error, match=said.replace("?", r"\?").replace("(", r"\(")):
            method(**options)


@pytest.mark.parametrize("level", [0, 1, 0.0, 1.0, 95, -0.5, np.nan, np.inf, "a", None, True])
def test_a_level_is_between_0_and_1(level):
    said = "level must be a number above 0 and below 1, not "
    with pytest.raises((TypeError, ValueError), match=said):
        infer("mtcars").confint(level)


def test_groups_may_be_a_column_of_the_formula():
    found, table = infer("mtcars"), infer("mtcars").model.model_frame.frame
    by_name, by_label = found.vcov("cluster", "cyl"), found.vcov("cluster", table["cyl"])
    pd.testing.assert_frame_equal(by_name, by_label)


def test_iris_is_in_the_readme(iris):
    """The example of the docstring is the least-squares line."""
    net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
    found = net.train(optimizer="newton", trace=0).inference()
    X, y = net.X, iris["Sepal.Length"].to_numpy()
    beta, rss, *_ = np.linalg.lstsq(X, y, rcond=None)
    V = rss[0] / 148 * np.linalg.inv(X.T @ X)
    assert_agrees(found.params, beta, 1e-9)
    assert_agrees(found.vcov(), V, 1e-9)
