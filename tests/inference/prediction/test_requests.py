"""Arguments of predictions that do not exist or do not go together: each error names a remedy."""

from functools import cache

import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork

MISTAKES = {
    "interval": ({"interval": "conf"}, "interval must be one of 'confidence', 'prediction'"),
    "flag": ({"se_fit": 1}, "se_fit must be True or False, not 1"),
    "level": ({"interval": "confidence", "level": 95}, "level must be a number .* not 95"),
    "method": ({"se_fit": True, "method": "boot"}, "Did you mean 'bootstrap'"),
    "lone level": ({"level": 0.9}, "level= is that of an interval"),
    "lone method": ({"method": "delta"}, "method='delta' says how errors are found: ask for"),
    "original": ({"type": "original", "se_fit": True}, "undo the function of the response"),
    "averaged original": (
        {"type": "original", "method": "ensemble"},
        "averages over the residuals of one network",
    ),
    "conformal means": (
        {"interval": "confidence", "method": "conformal"},
        "use interval='prediction', or method='bootstrap'",
    ),
    "scores": ({"interval": "prediction", "type": "link"}, "one of responses, not of scores"),
}


@cache
def train(family="gaussian"):
    return make_net(family, 0).train(optimizer="newton", trace=0)


@case_by_case("case", MISTAKES)
def test_mistakes_are_named(case):
    options, said = MISTAKES[case]
    with pytest.raises((TypeError, ValueError), match=said):
        train().predict(make_table(), **options)


@case_by_case("family", ["softmax", "binomial"])
def test_classes_have_no_prediction_interval(family):
    net = train(family)
    with pytest.raises(ValueError, match=r"a predicted class has no standard error"):
        net.predict(type="class", se_fit=True)
    with pytest.raises(ValueError, match=r"holds classes, which have no interval"):
        net.predict(interval="prediction")
    with pytest.raises(ValueError, match=r"threshold= is for predicted classes"):
        train("binomial").predict(se_fit=True, threshold=0.3)


def test_proportions_have_none_either():
    table = make_table().assign(a=[1, 2] * 18, b=[2, 1] * 18)
    net = NeuralNetwork("cbind(a, b) ~ x1", table, 0, family="binomial")
    net.train(optimizer="newton", trace=0)
    with pytest.raises(ValueError, match=r"for families 'gaussian' and 'poisson'"):
        net.predict(interval="prediction")


def test_an_untrained_network_has_no_errors():
    with pytest.raises(ValueError, match=r"was not trained"):
        make_net("gaussian", 2).predict(se_fit=True)
    # Its predictions have an average, of one network.
    net = make_net("gaussian", 2)
    assert net.predict(method="ensemble").equals(net.predict())


def test_fits_that_allow_no_errors_name_another_method():
    table = make_table().assign(other=lambda d: d["cost"] ** 2)
    two = NeuralNetwork("cbind(cost, other) ~ x1", table, 0).train(optimizer="newton", trace=0)
    with pytest.raises(ValueError, match=r"2 gaussian responses .* take method='bootstrap'"):
        two.predict(se_fit=True)
    with pytest.raises(ValueError, match=r"2 gaussian responses .* take method='conformal'"):
        two.predict(interval="prediction", method="delta")
    kinked = make_net("gaussian", 2, activation="relu", decay=0.1).train(50, trace=0)
    with pytest.raises(ValueError, match=r"'relu' has a kink.* take method='bootstrap'"):
        kinked.predict(interval="confidence")
