"""Models from whose fits nothing follows: their records, and what these still say."""

import tracemalloc
from math import isnan

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.families import Poisson
from neuralnet.inference import anova

TABLE = make_table()


class Rates:
    """A family of a user that has what training needs, and no more."""

    name = "rates"

    def for_classes(self, classes):
        return self

    def __getattr__(self, name):
        if name in ("log_likelihood", "mean_product"):
            raise AttributeError(name)
        return getattr(Poisson(), name)


class Cube:
    """An activation of a user that has a slope, and no more."""

    name = "cube"

    def value(self, z):
        return z**3

    def slope(self, z, h):
        return 3.0 * z**2


def train(*args, **options):
    return make_net(*args, **options).train(5, 1e-4, trace=0)


def train_on(formula, **options):
    return NeuralNetwork(formula, TABLE, 1, seed=1, **options).train(5, 1e-4, trace=0)


# A network, and what is said of it: what was given, what is wanted, and what to do.
OBSTACLES = {
    "L1": (
        lambda: train(decay=0.1, mixture=0.5),
        "An L1 penalty (mixture above 0) has no second derivatives where a weight is 0, and "
        "weights come to rest there. Only refits give intervals: inference().bootstrap(), and "
        "predict(interval='prediction'). Or "
        "make the network with mixture=0.",
    ),
    "no second derivatives": (
        lambda: train(activation=Cube()),
        "Activation 'cube' has no second derivatives: give it the method curvature(z, h), as "
        "neuralnet.activations.Activation describes it, or take another, such as 'tanh'.",
    ),
    "single precision": (
        lambda: train(dtype="float32"),
        "In single precision a fit does not come near enough to its optimum for standard errors: "
        "make the network with dtype='float64'.",
    ),
    "class weights": (
        lambda: train(class_weight="balanced"),
        "Class weights (class_weight=) change the loss so that it is no likelihood, and no "
        "standard errors follow from it: make the network without them. To count single rows "
        "several times, use weights=.",
    ),
    "too many weights": (
        lambda: train("poisson", hidden=1_000, init=1e-3),
        "Standard errors need several matrices of all pairs of weights, and this network has "
        "6,001 weights: a matrix alone takes 288 MB. At most 3,000 are allowed: take fewer hidden "
        "units.",
    ),
    "several numbers": (
        lambda: train_on("cbind(cost, x1) ~ x2"),
        "Each of 2 gaussian responses has a variance of its own, and the loss adds them up as if "
        "it were one: make a network for each response.",
    ),
    "a family without likelihood": (
        lambda: train_on("count ~ x1", family=Rates()),
        "Family 'rates' has no likelihood: give it the methods log_likelihood and mean_product, as "
        "neuralnet.families.Family describes them.",
    ),
}
NO_LIKELIHOOD = {"class weights", "several numbers", "a family without likelihood"}


@pytest.fixture(scope="module")
def nets():
    return {name: make() for name, (make, _) in OBSTACLES.items()}


@case_by_case("name", OBSTACLES)
def test_all_that_needs_standard_errors_is_refused_in_the_same_words(nets, name):
    found, said = nets[name].inference(), OBSTACLES[name][1]
    assert found.judgement.reasons == (said,) and not found.judgement.allows
    for ask in (
        lambda: found.bse,
        found.vcov,
        lambda: found.confint(kind="HC0"),
        found.slopes,
        found.comparisons,
        found.predictions,
        found.test_terms,
        found.nonlinearity,
    ):
        with pytest.raises(ValueError, match=r"cannot be given\. ") as caught:
            ask()
        assert str(caught.value).endswith(said)
    with pytest.raises(ValueError) as caught:
        anova(nets[name], nets[name])
    assert str(caught.value) == said


@case_by_case("name", OBSTACLES)
def test_likelihood_and_predictions_remain(nets, name):
    net = nets[name]
    found, shown = net.inference(), net.summary()
    assert all(isnan(getattr(found, each)) for each in ("edf", "aic", "bic", "df_resid"))
    assert isnan(found.log_evidence) and found.nobs == 36 and len(found.optima) == 1
    assert len(found.params) and repr(found).endswith("; nothing may be inferred>")
    if name == "class weights":
        assert isnan(found.deviance) and isnan(found.null_deviance)
    else:
        assert found.deviance == pytest.approx(2.0 * net.compute_loss(), rel=1e-6)
        assert found.null_deviance > 0.0
    assert isnan(found.llf) == (name in NO_LIKELIHOOD)
    text = "\n".join(shown.lines)
    assert "Effective degrees of freedom not computed; " in text
    assert "; AIC and BIC not computed" in text
    assert ("Log-likelihood not defined" in text) == isnan(found.llf)
    assert "nan" not in text and "Predictions of the training rows: " in text
    assert shown.notes == (f"No standard errors, effects or tests. {OBSTACLES[name][1]}",)
    assert shown.tables == () and shown.effects.empty and shown.tests.empty


def test_likelihood_is_that_of_the_same_weights_without_the_obstacle(nets):
    net = make_net()
    net.theta = nets["L1"].theta
    found, same = nets["L1"].inference(), net.inference()
    assert (found.llf, found.deviance) == (same.llf, same.deviance)
    assert found.null_deviance == same.null_deviance
    assert found.params.equals(same.params)


def test_measures_of_several_responses_are_named(nets):
    line, y = nets["several numbers"].summary().lines[-1], TABLE[["cost", "x1"]]
    errors = np.sqrt(((nets["several numbers"].output - y) ** 2).mean())
    assert f"RMSE {errors['cost']:.4g} (cost) and {errors['x1']:.4g} (x1)" in line


def test_no_matrix_of_all_pairs_of_weights_is_made(nets):
    net = nets["too many weights"]
    tracemalloc.start()
    net.summary(), net.inference().params
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * 8 * net.theta.size**2


def test_penalty_is_described_with_its_share(nets):
    assert "decay 0.1 (mixture 0.5)" in nets["L1"].summary().lines[2]
