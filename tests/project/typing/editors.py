"""Lines as a user types them: right ones, and wrong ones that an editor is to find.

Type checkers read this file and nothing runs it: see ``test_types.py``. ``# wrong: RULE, CODE``
names the rule of pyright and the error code of mypy that find the line.
"""

from typing import Any, assert_type

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neuralnet import NeuralNetwork, load_iris, load_planar, schedules
from neuralnet.activations import Tanh
from neuralnet.families import Poisson
from neuralnet.inference import Bootstrap, Explanation, Inference, Summary, anova
from neuralnet.optimizers import Adam
from neuralnet.selection import CrossValidation

iris = load_iris()
new = {"Sepal.Length": [5.1]}

# Construction -----------------------------------------------------------------------------------

net = NeuralNetwork("Species ~ .", data=iris, hidden=5)
NeuralNetwork("y ~ .", new, [3, 2], activation=["tanh", Tanh()], family=Poisson(), decay="cv")
NeuralNetwork("y ~ .", new, 0, decay=[0.1], init="glorot", scale=True, seed=1, weights="w")
NeuralNetwork("y ~ .", new, family="binomial", class_weight="balanced", na_action="impute")
NeuralNetwork("y ~ .", new, engine="compiled", dtype="float64", init=lambda rng, shape: [[0.0]])

NeuralNetwork("y ~ .", new, activation="rleu")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, activation=["tahn"])  # wrong: reportArgumentType, list-item
NeuralNetwork("y ~ .", new, family="possion")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, decay="evidense")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, init="golrot")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, na_action="omit")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, class_weight="equal")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, engine="torch")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, dtype="float16")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, hidden="5")  # wrong: reportArgumentType, arg-type
NeuralNetwork("y ~ .", new, hiden=5)  # wrong: reportCallIssue, call-arg
load_planar("trian")  # wrong: reportArgumentType, arg-type

# Training and attributes ------------------------------------------------------------------------

assert_type(net.train(), NeuralNetwork)
assert_type(net.feedforward().backpropagate(0.1).train(1e4, trace=0).clone(), NeuralNetwork)
assert_type(NeuralNetwork.load("iris.nn").save("copy.nn"), NeuralNetwork)
net.train(optimizer="adam", learn_rate=schedules.CosineDecay(0.1, iterations=9), rule="1se")
net.train(optimizer=Adam(), learn_rate=lambda iteration: 1 / iteration, tolerance=None)
net.train(callback=lambda net, iteration: net.accuracy() > 0.9)

net.train(optimizer="adma")  # wrong: reportArgumentType, arg-type
net.train(tolerance="defualt")  # wrong: reportArgumentType, arg-type
net.train(rule="2se")  # wrong: reportArgumentType, arg-type
net.train(iteration=10)  # wrong: reportCallIssue, call-arg
net.train(callback=lambda net, i: net.acuracy())  # wrong: reportAttributeAccessIssue, attr-defined
net.train().sumary()  # wrong: reportAttributeAccessIssue, attr-defined

Matrix = NDArray[np.float64]
assert_type(net.X, Matrix)
assert_type(net.output, Matrix)
assert_type(net.theta, Matrix)
assert_type(net.W, tuple[Matrix, ...])
assert_type(net.W1, Matrix)
assert_type(net.W3, Matrix)
assert_type(net.Y, pd.Series | pd.DataFrame)
assert_type(net.history, pd.DataFrame)
assert_type(net.hidden, tuple[int, ...])
net.W2 = [[0.0], [1.0]]
net.W2 = pd.DataFrame(net.W[-1])
net.theta = np.zeros(3)

print(net.hiden)  # wrong: reportAttributeAccessIssue, attr-defined
print(net.W0)  # wrong: reportAttributeAccessIssue, attr-defined
print(net.weights)  # wrong: reportAttributeAccessIssue, attr-defined
net.theta_ = np.zeros(3)  # wrong: reportAttributeAccessIssue, attr-defined
net.output = net.X  # wrong: reportAttributeAccessIssue, misc
net.W1 = {"a": 1}  # wrong: reportAttributeAccessIssue, assignment

# Predictions and measures -----------------------------------------------------------------------

assert_type(net.predict(), pd.Series | Any)
net.predict(new).equals(net.predict(new))
assert_type(net.predict(new, "class"), pd.Series)
assert_type(net.predict(type="class", threshold=0.4), pd.Series)
assert_type(net.predict(new, type="probs", unseen="missing"), pd.DataFrame)
assert_type(net.predict(new, type="response"), pd.Series | Any)
assert_type(net.predict(new, se_fit=True), pd.DataFrame)
assert_type(net.predict(new, "link", interval="confidence", level=0.9), pd.DataFrame)
assert_type(net.predict(new, interval="prediction", method="conformal"), pd.DataFrame)
assert_type(net.metrics(positive="setosa"), pd.Series)
assert_type(net.metrics(new, "setosa"), pd.Series)
net.metrics().round(3)
net.metrics().overall.loc["accuracy"]
assert_type(net.confusion_matrix(new), pd.DataFrame)
assert_type(net.cross_validate(5, optimizer="newton"), CrossValidation)


def ask(interval: bool, words: str) -> None:
    """Arguments that are known only when the program runs."""
    assert_type(net.predict(se_fit=interval), pd.Series | Any)
    net.predict(type=words)  # wrong: reportArgumentType, call-overload


net.predict(new, type="prob")  # wrong: reportArgumentType, call-overload
net.predict(new, "probs", unseen="drop")  # wrong: reportArgumentType, call-overload
net.predict(new, interval="credible")  # wrong: reportArgumentType, call-overload
net.predict(new, se_fit=True, method="jackknife")  # wrong: reportArgumentType, call-overload
net.accuracy(unseen="ignore")  # wrong: reportArgumentType, arg-type

# Inference --------------------------------------------------------------------------------------

found = net.inference()
assert_type(found, Inference)
assert_type(net.summary(kind="HC3"), Summary)
assert_type(found.vcov("cluster", groups="id"), pd.DataFrame)
assert_type(found.confint(0.9, kind="sandwich"), pd.DataFrame)
assert_type(found.residuals("quantile"), pd.Series | pd.DataFrame)
assert_type(found.slopes(method="bootstrap", target="population", type="link"), pd.DataFrame)
assert_type(found.bootstrap(start="fit"), Bootstrap)
assert_type(found.test_terms(method="score"), pd.DataFrame)
assert_type(found.step("both").formula, str)
assert_type(net.tidy("effects", conf_int=True), pd.DataFrame)
assert_type(net.augment(type="link", interval="confidence"), pd.DataFrame)
assert_type(net.explain(), Explanation)
assert_type(net.explain().importance(measure="rmse"), pd.DataFrame)
assert_type(net.explain().olden(by="term"), pd.DataFrame)
assert_type(anova(net, found, method="likelihood"), pd.DataFrame)
assert_type(net.plot_shape("x", "ale", type="link"), Axes)
assert_type(net.plot_regions(ax=net.plot_residuals("pearson")), Axes)

found.vcov("HC2")  # wrong: reportArgumentType, arg-type
found.confint(kind="sandwhich")  # wrong: reportArgumentType, arg-type
found.residuals("devience")  # wrong: reportArgumentType, arg-type
found.slopes(target="sample")  # wrong: reportArgumentType, arg-type
found.comparisons(method="delat")  # wrong: reportArgumentType, arg-type
found.predictions(type="probs")  # wrong: reportArgumentType, arg-type
found.bootstrap(start="cold")  # wrong: reportArgumentType, arg-type
found.bootstrap().slopes(type="lnik")  # wrong: reportArgumentType, arg-type
found.test_terms(method="wald")  # wrong: reportArgumentType, arg-type
found.step("forward")  # wrong: reportArgumentType, arg-type
print(found.coefficients)  # wrong: reportAttributeAccessIssue, attr-defined
net.tidy("coefs")  # wrong: reportArgumentType, arg-type
net.augment(type="class")  # wrong: reportArgumentType, arg-type
net.explain().importance(measure="mse")  # wrong: reportArgumentType, arg-type
net.explain().garson(by="row")  # wrong: reportArgumentType, arg-type
net.explain().partial_dependence("x", type="log")  # wrong: reportArgumentType, arg-type
anova(net, found, method="lrt")  # wrong: reportArgumentType, arg-type
anova(net, iris)  # wrong: reportArgumentType, arg-type
net.plot_shape("x", "pdp")  # wrong: reportArgumentType, arg-type
net.plot_interval("x", interval="credible")  # wrong: reportArgumentType, arg-type
net.plot_effects(method="jackknife")  # wrong: reportArgumentType, arg-type
net.plot_loss(ax="left")  # wrong: reportArgumentType, arg-type
