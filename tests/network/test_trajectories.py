"""Trajectories of the seeds in R, weight for weight: same start, iterations and numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuralnet import NeuralNetwork, load_hotdogs, load_iris, load_planar

REFERENCE = Path(__file__).parents[1] / "reference"
RUNS = json.loads((REFERENCE / "hotdogs_functional.json").read_text("utf-8"))
HOTDOGS = {run["hidden"]: run for run in RUNS}

# Early in these runs the loss is that of an intercept alone, and the network warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Training ended at loss")


def start_hotdogs(hidden):
    net = NeuralNetwork("class ~ x1 + x2", load_hotdogs(), hidden, family="binomial")
    net.W1, net.W2 = HOTDOGS[hidden]["w1_0"], HOTDOGS[hidden]["w2_0"]
    return net


def test_iris_class():
    run = json.loads((REFERENCE / "iris_r6.json").read_text("utf-8"))
    net = NeuralNetwork(run["formula"], data=load_iris(), hidden=run["hidden"])
    net.W1, net.W2 = run["W1_0"], run["W2_0"]
    done = 0
    for point in run["checkpoints"]:
        total = point["iteration"]
        net.train(total - done, learn_rate=run["learn_rate"], trace=total)
        done = total
        traced = net.history.iloc[-1]
        np.testing.assert_allclose(net.W1, point["W1"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(net.W2, point["W2"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(traced["loss"], point["loss_traced"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(traced["accuracy"], point["accuracy_traced"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(net.compute_loss(), point["loss_after"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(
            net.output[[0, 50, 100]], point["output_head"], rtol=0, atol=1e-10
        )
    assert done == 9999


# With 5 units the run becomes chaotic after about iteration 100.
@pytest.mark.parametrize(("hidden", "last"), [(30, 1000), (1, 1000), (5, 100)])
def test_hotdogs_functions(hidden, last):
    run = HOTDOGS[hidden]
    net = start_hotdogs(hidden)
    points = [point for point in run["checkpoints"] if point["iteration"] <= last]
    assert points[-1]["iteration"] == last
    done = 0
    for point in points:
        net.train(point["iteration"] - done, run["learn_rate"], trace=point["iteration"])
        done = point["iteration"]
        traced = net.history.iloc[-1]
        np.testing.assert_allclose(net.W1, point["w1"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(net.W2, point["w2"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(traced["loss"], point["loss_traced"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(traced["accuracy"], point["accuracy_traced"], rtol=0, atol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(("hidden", "ends"), [(30, {1.0}), (1, {0.685}), (5, {0.745, 0.76})])
def test_hotdogs_end_at_the_weights_of_the_article(hidden, ends):
    """After 100,000 iterations; with 5 units two states alternate."""
    net = start_hotdogs(hidden).train(99_999, HOTDOGS[hidden]["learn_rate"], trace=0)
    accuracies = {net.accuracy(), net.train(1, HOTDOGS[hidden]["learn_rate"], trace=0).accuracy()}
    assert {round(accuracy, 6) for accuracy in accuracies} == ends


def test_planar_functions():
    """The rate for the mean of the losses is n times that for their sum."""
    run = json.loads((REFERENCE / "planar_functional.json").read_text("utf-8"))
    train = load_planar("train")
    n = len(train)
    net = NeuralNetwork(
        "y ~ standardize(x1, ddof=1) + standardize(x2, ddof=1)",
        train,
        hidden=run["hidden"],
        family="binomial",
        activation="tanh",
    )
    # The seed's weights are (outputs, inputs), and its biases, which start at 0, are separate.
    bias = np.zeros((1, run["hidden"]))
    net.W1 = np.vstack([bias, np.transpose(run["W1_0"])])
    net.W2 = np.vstack([[[0.0]], np.transpose(run["W2_0"])])
    done = 0
    for point in run["checkpoints"]:
        net.train(point["iteration"] - done, run["learn_rate_of_mean_loss"] / n, trace=0)
        done = point["iteration"]
        W1 = np.vstack([point["b1"], np.transpose(point["W1"])])
        W2 = np.vstack([[[point["b2"]]], np.transpose(point["W2"])])
        np.testing.assert_allclose(net.W1, W1, rtol=0, atol=1e-9)
        np.testing.assert_allclose(net.W2, W2, rtol=0, atol=1e-9)
        cost = net.history["loss"].iloc[-1] / n
        np.testing.assert_allclose(cost, point["cost"], rtol=0, atol=1e-9)
    assert done == 1000


def test_logistic_regression_gets_134_hotdogs_right():
    net = NeuralNetwork("class ~ x1 + x2", load_hotdogs(), hidden=0, family="binomial")
    net.train(500, learn_rate=0.001, trace=0)
    assert round(net.accuracy() * net.nobs) == 134
    assert np.abs(net.gradient[0]).max() < 1e-3


def test_metrics_of_the_second_seed_by_hand(planar):
    """Precision divides by the predicted rows, recall by the actual ones."""
    net = NeuralNetwork("y ~ x1 + x2", planar, hidden=0, family="binomial", seed=1)
    net.train(200, learn_rate=0.001, trace=0)
    (true_negative, false_positive), (false_negative, true_positive) = (
        net.confusion_matrix().to_numpy()
    )
    scores = net.metrics(positive=1)
    assert scores["precision"] == true_positive / (true_positive + false_positive)
    assert scores["recall"] == true_positive / (true_positive + false_negative)
    assert scores["accuracy"] == (true_negative + true_positive) / len(planar)
