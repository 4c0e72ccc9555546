"""Networks against statisticians' programs: statsmodels without a hidden layer, R's nnet with one.

No hidden layer is the GLM, so coefficients, deviances and log-likelihoods agree; with one, at the
weights of nnet, the objective, the fitted rows and the Hessian do.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from neuralnet import NeuralNetwork
from neuralnet.batches import Batch
from neuralnet.families import Poisson
from neuralnet.objective import InMemory, Objective
from neuralnet.optimizers import LBFGS, Newton
from neuralnet.perceptron import Perceptron
from neuralnet.training import State, advance

NNET = json.loads((Path(__file__).parent / "reference" / "nnet_iris.json").read_text("utf-8"))
JUDGES = {
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gaussian": sm.families.Gaussian,
}
# Near an optimum the deviance has twice the digits of the coefficients: by default training stops
# where it has nine, and six of every coefficient take a smaller gradient.
TIGHT = {"newton": Newton(gradient_tolerance=1e-10), "lbfgs": LBFGS(gradient_tolerance=1e-10)}
optimizers = pytest.mark.parametrize("optimizer", TIGHT)


@dataclass(frozen=True)
class Table:
    """One of the tables that statsmodels ships, with the variables of a model of it."""

    name: str
    family: str
    response: str
    predictors: tuple[str, ...]
    scale: bool = True

    def load(self):
        """Response, predictors and whole case weights, a few of them 0."""
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
    for rule in (optimizer, TIGHT[optimizer]):
        net.train(tolerance=None, trace=0, optimizer=rule)
        assert net.converged
        assert 2 * net.compute_loss() == pytest.approx(judge.deviance, rel=1e-9)
    np.testing.assert_allclose(net.W1[:, 0], judge.params, rtol=1e-6)


@optimizers
@pytest.mark.parametrize("weighted", [False, True])
def test_offset_enters_as_in_a_poisson_regression(weighted, optimizer):
    data = Table("cpunish", "poisson", "EXECUTIONS", ("SOUTH", "DEGREE")).load()
    X = sm.add_constant(data[["SOUTH", "DEGREE"]]).to_numpy()
    y, w = data["EXECUTIONS"].to_numpy(), data["times"].to_numpy() if weighted else None
    offset = np.log(np.linspace(0.5, 20.0, len(y)))
    batch = Batch(X, y[:, None], w, offset[:, None])
    objective = Objective(Perceptron((3, 1), (), Poisson()), InMemory(batch))
    *_, last = advance(objective, TIGHT[optimizer], State(np.zeros(3), None, None, {}, 0), 500)
    judge = sm.GLM(y, X, family=sm.families.Poisson(), offset=offset, freq_weights=w)
    judge = judge.fit(tol=1e-14)
    assert last.stop.converged
    np.testing.assert_allclose(last.state.theta, judge.params, rtol=1e-6)
    assert 2 * objective.evaluate(last.state.theta).loss == pytest.approx(judge.deviance, rel=1e-9)


@optimizers
def test_softmax_without_hidden_layer_is_the_multinomial_logit(optimizer):
    data = sm.datasets.anes96.load_pandas().data
    predictors = ["logpopul", "selfLR", "age", "educ", "income"]
    net = NeuralNetwork(
        f"C(PID) ~ {' + '.join(predictors)}", data, hidden=0, scale=True, seed=1
    ).train(tolerance=None, trace=0, optimizer=TIGHT[optimizer])
    judge = sm.MNLogit(data["PID"], sm.add_constant(data[predictors])).fit(
        method="newton", tol=1e-12, disp=0
    )
    assert net.converged
    assert -net.compute_loss() == pytest.approx(-1461.9227472481, abs=1e-8)
    # Only differences of the columns are told by the data; statsmodels holds the first at 0.
    np.testing.assert_allclose(net.W1[:, 1:] - net.W1[:, :1], judge.params, rtol=1e-6)
    probabilities = net.predict(data.head(), type="probs")
    np.testing.assert_allclose(probabilities, judge.predict()[:5], rtol=1e-6)


@optimizers
def test_softmax_without_hidden_layer_is_multinom_of_r(iris, optimizer):
    reference = NNET["multinom_sepal_width"]
    net = NeuralNetwork("Species ~ Sepal.Width", iris, hidden=0, seed=1)
    net.train(tolerance=None, trace=0, optimizer=TIGHT[optimizer])
    assert net.classes == reference["classes"]
    assert net.compute_loss() == pytest.approx(reference["value"], rel=1e-9)
    contrasts = (net.W1[:, 1:] - net.W1[:, :1]).T
    np.testing.assert_allclose(contrasts, reference["coef"], rtol=1e-6)
    # With the first class held at 0, as R has it, the information is the rest of the Hessian.
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
