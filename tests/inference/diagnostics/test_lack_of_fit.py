"""Lack of fit: a regression on Jacobian and powers, Teräsvirta's test, and size by simulation."""

import sys
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from loops import case_by_case
from networks import make_net, make_table
from r_models import assert_agrees, infer

from neuralnet import NeuralNetwork, load_iris
from neuralnet.inference.diagnostics.lack_of_fit import describe_lack_of_fit

TRAINING = {"optimizer": "newton", "trace": 0}
SEPALS = "Sepal.Length ~ Petal.Length + Sepal.Width"


@case_by_case("name", ["mtcars", "pima_tr", "insurance", "esoph", "survey"])
def test_of_a_glm_it_is_terasvirtas(name):
    found, other = infer(name).lack_of_fit().iloc[0], infer(name).nonlinearity(resamples=1)
    for column in ("statistic", "df"):
        assert found[column] == pytest.approx(getattr(other, column), rel=1e-6)
    assert found["p_value"] == pytest.approx(other.added.test.p_value, rel=1e-6)
    assert found["deviance"] == infer(name).deviance


def test_of_a_network_it_is_a_regression_on_jacobian_and_powers():
    """By statsmodels, without and with the powers and products of two columns."""
    net = NeuralNetwork(SEPALS, load_iris(), 1, decay=0.01, seed=1).train(**TRAINING)
    perceptron, theta = net.inference().model.perceptron, net.theta
    steps = 1e-5 * np.eye(len(theta))
    ends = [[perceptron.scores(theta + s * each, net.X)[:, 0] for each in steps] for s in (-1, 1)]
    J = (np.array(ends[1]) - ends[0]).T / 2e-5
    x, z = ((net.X[:, 1:] - net.X[:, 1:].mean(axis=0)) / net.X[:, 1:].std(axis=0)).T
    powers = np.column_stack([x**2, x * z, z**2, x**3, x**2 * z, x * z**2, z**3])
    residuals = net.residuals.to_numpy()
    small = sm.OLS(residuals, J).fit(method="qr")
    large = sm.OLS(residuals, np.hstack([J, powers])).fit(method="qr")
    F, p, df = large.compare_f_test(small)
    found = net.inference().lack_of_fit().loc["lack of fit"]
    assert_agrees([found["statistic"], found["p_value"]], [F, p])
    assert [found["df"], found["df_resid"]] == [df, large.df_resid] == [7, 138]


def test_summary_advises_more_units_where_it_rejects():
    small = NeuralNetwork(SEPALS, load_iris(), 1, decay=0.01, seed=1).train(**TRAINING)
    found = small.inference().lack_of_fit().iloc[0]
    assert found["p_value"] < 0.05
    advice = small.summary().notes[-1]
    assert f"(F {found['statistic']:.3g} on 7 df, p = {found['p_value']:.2g})" in advice
    assert "Take more units than it needs: let decay='evidence' shrink them." in advice
    # A GLM has `nonlinearity` for it, and a network that is large enough no advice.
    glm = NeuralNetwork(SEPALS, load_iris(), 0).train(**TRAINING).inference()
    assert glm.lack_of_fit()["p_value"].item() < 0.05
    assert describe_lack_of_fit(glm) == ""
    large = make_net("gaussian", 3, decay=0.3).train(**TRAINING).inference()
    assert large.lack_of_fit()["p_value"].item() > 0.05
    assert describe_lack_of_fit(large) == ""


def test_a_fit_that_is_not_at_rest_is_refused():
    found = make_net("gaussian", 2, decay=0.2).train(3, trace=0).inference()
    for call in (found.lack_of_fit, lambda: found.cooks_distance):
        with pytest.raises(ValueError, match=r"cannot be given\. The "):
            call()


def test_columns_of_which_nothing_is_left_have_no_test():
    """All powers of two indicators of one category are the indicators."""
    net = NeuralNetwork("cost ~ kind", make_table(), 0).train(**TRAINING)
    (found,) = net.inference().lack_of_fit().to_dict("records")
    assert found["df"] == 0 and np.isnan(found["statistic"]) and np.isnan(found["p_value"])


@pytest.fixture
def sizes(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import sizes

    yield sizes
    del sys.modules["sizes"], sys.modules["simulation"]


@pytest.mark.long
def test_size_holds(sizes):
    """Of 40 tables at most 7 at 5 %: a test of size 8 % has more with probability 2 %."""
    cell = sizes.CELLS["lack of fit size, gaussian, [2], n = 500"]
    assert sum(cell(seed)["rejected at 5 %"] for seed in range(40)) <= 7
    cell = sizes.CELLS["lack of fit power, bump, gaussian, [2], n = 500"]
    assert all(cell(seed)["rejected at 5 %"] for seed in range(4))
