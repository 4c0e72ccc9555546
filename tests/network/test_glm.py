"""Comparison with statistical software: statsmodels without a hidden layer, R's nnet with one.

Without a hidden layer the network is a GLM, so coefficients, deviances and log-likelihoods agree;
with one, the objective, the fitted rows and the Hessian agree at the weights of nnet.
"""

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.special
import statsmodels.api as sm
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork

NNET = json.loads((Path(__file__).parents[1] / "reference" / "nnet_iris.json").read_text("utf-8"))
JUDGES = {
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gaussian": sm.families.Gaussian,
}
# The deviance has twice as many correct digits as the coefficients: nine by default. Six digits
# of every coefficient require a smaller gradient.
optimizers = case_by_case("optimizer", ["newton", "lbfgs"])


@dataclass(frozen=True)
class Table:
    """Table of statsmodels, with the variables of a model."""

    name: str
    family: str
    response: str
    predictors: tuple[str, ...]
    scale: bool = True

    def load(self):
        """Response, predictors and integer case weights, a few of them 0."""
        data = getattr(sm.datasets, self.name).load_pandas().data[:1000]
        table = data[[self.response, *self.predictors]].astype(float)
        return table.assign(times=np.arange(len(table)) % 5 * 1.0)


TABLES = [
    Table("spector", "binomial", "GRADE", ("GPA", "TUCE", "PSI")),
    Table("spector", "binomial", "GRADE", ("GPA", "TUCE", "PSI"), scale=False),
    Table("anes96", "binomial", "vote", ("logpopul", "selfLR", "age", "educ", "income")),
    Table("cpunish", "poisson", "EXECUTIONS", ("INCOME", "PERPOVERTY", "SOUTH", "DEGREE")),
    Table("randhie", "poisson", "mdvis", ("lncoins", "fmde", "physlm", "disea"), scale=False),
    Table("stackloss", "gaussian", "STACKLOSS", ("AIRFLOW", "WATERTEMP", "ACIDCONC")),
    Table("ccard", "gaussian", "AVGEXP", ("AGE", "INCOME", "INCOMESQ", "OWNRENT"), scale=False),
]


@optimizers
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "table", TABLES, ids=lambda table: f"{table.name}-{table.family}{'-scale' * table.scale}"
)
def test_no_hidden_layer_is_the_glm(table, weighted, optimizer):
    data = table.load()
    net = NeuralNetwork(
        f"{table.response} ~ {' + '.join(table.predictors)}",
        data,
        hidden=0,
        family=table.family,
        weights="times" if weighted else None,
        scale=table.scale,
        seed=1,
    )
    judge = sm.GLM(
        data[table.response],
        sm.add_constant(data[list(table.predictors)]),
        family=JUDGES[table.family](),
        freq_weights=data["times"] if weighted else None,
    ).fit(tol=1e-14)
    train(net, optimizer)
    assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
    np.testing.assert_allclose(net.W1[:, 0], judge.params, rtol=1e-6)


def train(net, optimizer):
    net.train(tolerance=None, trace=0, optimizer=optimizer)
    assert net.converged
    return net


@optimizers
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if table.name != "anes96"],
    ids=lambda table: f"{table.name}-{table.family}{'-scale' * table.scale}",
)
def test_offset_enters_as_in_a_glm(table, weighted, optimizer):
    data = table.load()
    data["exposure"] = np.linspace(0.5, 20.0, len(data))[::-1]
    formula = f"{table.response} ~ {' + '.join(table.predictors)} + offset(log(exposure))"
    weights = "times" if weighted else None
    net = train(
        NeuralNetwork(
            formula, data, 0, family=table.family, weights=weights, scale=table.scale, seed=1
        ),
        optimizer,
    )
    X = sm.add_constant(data[list(table.predictors)])
    judge = sm.GLM(
        data[table.response],
        X,
        family=JUDGES[table.family](),
        offset=np.log(data["exposure"]),
        freq_weights=data["times"] if weighted else None,
    ).fit(tol=1e-14)
    np.testing.assert_allclose(net.W1[:, 0], judge.params, rtol=1e-6)
    assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
    assert 2 * net._model.baseline == pytest.approx(judge.null_deviance, rel=1e-9)
    new = data[:7].assign(exposure=np.linspace(1.0, 3.0, 7)).drop(columns=table.response)
    means = judge.predict(X[:7], offset=np.log(new["exposure"]))
    np.testing.assert_allclose(net.predict(new, type="response"), means, rtol=1e-6)


@optimizers
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("left", ["cbind(NABOVE, NBELOW)", "share"])
def test_successes_and_failures_are_those_of_a_glm(left, shifted, weighted, optimizer):
    data = sm.datasets.star98.load_pandas().data
    predictors = ["LOWINC", "PERASIAN", "PERBLACK", "PERHISP", "PTRATIO"]
    counts = data[["NABOVE", "NBELOW"]]
    data["trials"] = counts.sum(axis=1)
    data["share"] = data["NABOVE"] / data["trials"]
    times = np.arange(len(data)) % 5 * 1.0 if weighted else np.ones(len(data))
    shift = np.sin(np.arange(len(data))) * shifted
    tried = times > 0
    dropped = left == "share" and weighted
    with pytest.warns(DataWarning, match="61 of 303 rows drop") if dropped else nullcontext():
        net = NeuralNetwork(
            f"{left} ~ {' + '.join(predictors)}",
            data,
            0,
            family="binomial",
            weights=times if left != "share" else times * data["trials"],
            offset=shift if shifted else None,
            scale=True,
            seed=1,
        )
    train(net, optimizer)
    X = sm.add_constant(data[predictors])
    judges = [
        sm.GLM(counts, X, family=sm.families.Binomial(), offset=shift, var_weights=times),
        sm.GLM(
            data["share"],
            X,
            family=sm.families.Binomial(),
            offset=shift,
            var_weights=times * data["trials"],
        ),
    ]
    for judge in judges:
        judge = judge.fit(tol=1e-14)
        np.testing.assert_allclose(net.W1[:, 0], judge.params, rtol=1e-6)
        assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
        assert 2 * net._model.baseline == pytest.approx(judge.null_deviance, rel=1e-9)
        fitted = judge.fittedvalues[tried] if dropped else judge.fittedvalues
        np.testing.assert_allclose(net.fitted, fitted, rtol=1e-7)


def test_successes_and_failures_of_r():
    """R 4.2: glm(cbind(s, f) ~ x, binomial, weights = 1:4); the third row has no trials."""
    data = pd.DataFrame({"s": [1, 2, 0, 3], "f": [3, 2, 0, 0], "x": [1.0, 2.0, 3.0, 4.0]})
    with pytest.warns(DataWarning, match="1 of 4 rows dropped: they have 0 trials"):
        net = NeuralNetwork(
            "cbind(s, f) ~ x", data, 0, family="binomial", weights=[1, 2, 3, 4], seed=1
        )
    train(net, "newton")
    np.testing.assert_allclose(net.W1[:, 0], [-3.61521644102, 1.94573924636], rtol=1e-6)
    assert 2 * net.compute_loss() == pytest.approx(0.741772058091, rel=1e-9)
    assert 2 * net._model.baseline == pytest.approx(13.3855520261, rel=1e-9)


@optimizers
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_several_responses_are_a_least_squares_fit_each(scale, weighted, optimizer):
    data = Table("ccard", "gaussian", "AVGEXP", ("AGE", "INCOME", "OWNRENT")).load()
    net = train(
        NeuralNetwork(
            "cbind(AVGEXP, log(INCOME)) ~ AGE + OWNRENT",
            data,
            0,
            weights="times" if weighted else None,
            scale=scale,
            seed=1,
        ),
        optimizer,
    )
    X = sm.add_constant(data[["AGE", "OWNRENT"]])
    w = data["times"] if weighted else np.ones(len(data))
    judges = [sm.WLS(y, X, w).fit() for y in (data["AVGEXP"], np.log(data["INCOME"]))]
    for place, judge in enumerate(judges):
        np.testing.assert_allclose(net.W1[:, place], judge.params, rtol=1e-6)
        np.testing.assert_allclose(net.predict().iloc[:, place], judge.predict(X), rtol=1e-6)
    # With scale=True each response counts in units of its own variance.
    variances = [judge.centered_tss / w.sum() if scale else 1.0 for judge in judges]
    squares = [judge.ssr / variance for judge, variance in zip(judges, variances, strict=True)]
    assert 2 * net.compute_loss() == pytest.approx(sum(squares), rel=1e-9)


@pytest.mark.filterwarnings("ignore:the response .* no whole number")
@optimizers
@pytest.mark.parametrize("weighted", [False, True])
def test_several_counts_are_a_poisson_regression_each(weighted, optimizer):
    data = sm.datasets.randhie.load_pandas().data[:1000].assign(times=np.arange(1000) % 5 * 1.0)
    predictors = ["lncoins", "fmde", "physlm"]
    shifts = np.sin(np.arange(2000.0)).reshape(1000, 2)
    net = train(
        NeuralNetwork(
            f"cbind(mdvis, disea) ~ {' + '.join(predictors)}",
            data,
            0,
            family="poisson",
            weights="times" if weighted else None,
            offset=shifts,
            seed=1,
        ),
        optimizer,
    )
    deviance = 0.0
    for place, response in enumerate(["mdvis", "disea"]):
        judge = sm.GLM(
            data[response],
            sm.add_constant(data[predictors]),
            family=sm.families.Poisson(),
            offset=shifts[:, place],
            freq_weights=data["times"] if weighted else None,
        ).fit(tol=1e-14)
        np.testing.assert_allclose(net.W1[:, place], judge.params, rtol=1e-6)
        deviance += judge.deviance
    assert 2 * net.compute_loss() == pytest.approx(deviance, rel=1e-9)


@optimizers
@pytest.mark.parametrize("written", [False, True])
def test_softmax_with_an_offset_for_each_class_is_the_multinomial_logit(iris, written, optimizer):
    shifts = np.random.default_rng(3).normal(size=(150, 3))
    iris[["a", "b", "c"]] = shifts
    formula = "Species ~ Sepal.Width" + " + offset(cbind(a, b, c))" * written
    net = NeuralNetwork(formula, iris, 0, offset=None if written else ["a", "b", "c"], seed=1)
    train(net, optimizer)
    X, Y = net.X, np.eye(3)[iris["Species"].astype("category").cat.codes]

    def write_score(contrasts):
        B = np.column_stack([np.zeros(2), contrasts.reshape(2, 2)])
        return (X.T @ (scipy.special.softmax(X @ B + shifts, axis=1) - Y))[:, 1:].ravel()

    judge = scipy.optimize.root(write_score, np.zeros(4), tol=1e-13)
    assert np.abs(judge.fun).max() < 1e-8
    np.testing.assert_allclose(net.W1[:, 1:] - net.W1[:, :1], judge.x.reshape(2, 2), rtol=1e-6)
    new = iris[::10].drop(columns="Species")
    B = np.column_stack([np.zeros(2), judge.x.reshape(2, 2)])
    expected = scipy.special.softmax(X[::10] @ B + shifts[::10], axis=1)
    np.testing.assert_allclose(net.predict(new, type="probs"), expected, rtol=1e-6)


@optimizers
def test_softmax_without_hidden_layer_is_the_multinomial_logit(optimizer):
    data = sm.datasets.anes96.load_pandas().data
    predictors = ["logpopul", "selfLR", "age", "educ", "income"]
    net = NeuralNetwork(
        f"C(PID) ~ {' + '.join(predictors)}", data, hidden=0, scale=True, seed=1
    ).train(tolerance=None, trace=0, optimizer=optimizer)
    judge = sm.MNLogit(data["PID"], sm.add_constant(data[predictors])).fit(
        method="newton", tol=1e-12, disp=0
    )
    assert net.converged
    assert -net.compute_loss() == pytest.approx(-1461.9227472481, abs=1e-8)
    # Only differences of the columns are identified; statsmodels fixes the first at 0.
    np.testing.assert_allclose(net.W1[:, 1:] - net.W1[:, :1], judge.params, rtol=1e-6)
    probabilities = net.predict(data.head(), type="probs")
    np.testing.assert_allclose(probabilities, judge.predict()[:5], rtol=1e-6)


@optimizers
def test_softmax_without_hidden_layer_is_multinom_of_r(iris, optimizer):
    reference = NNET["multinom_sepal_width"]
    net = NeuralNetwork("Species ~ Sepal.Width", iris, hidden=0, seed=1)
    net.train(tolerance=None, trace=0, optimizer=optimizer)
    assert net.classes == reference["classes"]
    assert net.compute_loss() == pytest.approx(reference["value"], rel=1e-9)
    contrasts = (net.W1[:, 1:] - net.W1[:, :1]).T
    np.testing.assert_allclose(contrasts, reference["coef"], rtol=1e-6)
    # With the first class fixed at 0, as in R, the information is the rest of the Hessian.
    H = net.hessian().reshape(2, 3, 2, 3)[:, 1:, :, 1:].transpose(1, 0, 3, 2).reshape(4, 4)
    errors = np.sqrt(np.diag(np.linalg.inv(H))).reshape(2, 2)
    np.testing.assert_allclose(errors, reference["se"], rtol=1e-6)


def order_as_nnet(net):
    """Positions in theta of nnet's weights: for each unit its bias, then its inputs."""
    positions = np.arange(net.theta.size)
    D, H = net.W1.shape
    first, last = positions[: D * H].reshape(D, H), positions[D * H :].reshape(net.W2.shape)
    return np.concatenate([first.T.ravel(), last.T.ravel()])


@pytest.mark.parametrize(
    ("name", "decay", "rows"),
    [("nnet_softmax", 0.0005, slice(5)), ("nnet_decayed", 0.05, [0, 59, 119])],
)
def test_network_at_the_weights_of_nnet_is_that_of_nnet(iris, name, decay, rows):
    reference = NNET[name]
    assert reference["decay"] == decay
    net = NeuralNetwork("Species ~ .", iris, hidden=reference["size"], decay=decay, seed=1)
    order, theta = order_as_nnet(net), np.empty(net.theta.size)
    theta[order] = reference["wts"]
    net.theta = theta
    assert net.compute_loss(penalty=True) == pytest.approx(reference["value"], rel=1e-6)
    assert net.objective()[0] == pytest.approx(reference["value"], rel=1e-6)
    np.testing.assert_allclose(net.output[rows], reference["fitted"], rtol=0, atol=1e-6)
    expected = np.array(reference["hess"])
    H = net.hessian()[np.ix_(order, order)]
    np.testing.assert_allclose(H, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
