"""Descriptions of fits: R's numbers, the source of the decay, and what a reader has to know."""

import re

import numpy as np
import pytest
from networks import make_net, make_table
from r_models import GLMS, MODELS, infer

from neuralnet import NeuralNetwork, load_iris
from neuralnet.inference.report.fit_description import describe_decay, describe_fit, list_notes

TRAINING = {"optimizer": "newton", "trace": 0}
FORMULA = "Sepal.Length ~ Petal.Length + Sepal.Width"


def read(text, name):
    """The number after a name, to half a unit of its last digit."""
    found = re.search(rf"\b{name} (-?[\d,.]*\d)", text)[1]
    decimals = len(found.partition(".")[2])
    return pytest.approx(float(found.replace(",", "")), abs=0.501 * 10.0**-decimals)


@pytest.mark.parametrize("name", GLMS)
def test_numbers_are_those_of_r_without_exponents(name):
    text, model = "\n".join(describe_fit(infer(name))), MODELS[name]
    for ours, theirs in [
        ("Log-likelihood", "loglik"),
        ("AIC", "aic"),
        ("BIC", "bic"),
        ("Deviance", "deviance"),
        ("alone", "null_deviance"),
    ]:
        assert model[theirs] == read(text, ours)
    assert "e+" not in text
    assert f"{model['formula']}\n" in text
    if model["family"] == "gaussian":
        assert model["dispersion"] == read(text, "dispersion")
        assert np.sqrt(model["dispersion"]) == read(text, "Residual standard error")
        assert f"on {model['df_residual']:.1f} degrees of freedom" in text
    else:
        assert "Residual" not in text


def test_case_weights_are_a_weight_of_rows():
    table = make_table().assign(w=np.resize([1.0, 2.0, 3.0], 36))
    net = NeuralNetwork("cost ~ x1", table, 0, weights="w").train(**TRAINING)
    lines = describe_fit(net.inference())
    assert lines[1] == "2 inputs - 1 gaussian output; 36 rows of weight 72, 2 weights"
    text = "\n".join(describe_fit(make_net("gaussian", 0).train(**TRAINING).inference()))
    assert "of weight" not in text


def test_dropped_rows_are_counted():
    table = make_table()
    table.loc[table.index[:3], "x1"] = np.nan
    with pytest.warns(UserWarning, match="3 of 36 rows dropped"):
        net = NeuralNetwork("cost ~ x1", table, 0)
    line = describe_fit(net.train(**TRAINING).inference())[1]
    assert "; 33 rows (3 with missing values left out), 2 weights" in line


def describe(**options):
    """Lines about a network with two units after automatic training, or by newton."""
    training = {"trace": 0} | options.pop("training", {})
    net = NeuralNetwork(FORMULA, load_iris(), 2, seed=1, **options)
    return net.train(**training)


@pytest.fixture(scope="module")
def chosen():
    """Networks by how their decay was chosen."""
    return {
        "cv": describe(decay="cv"),
        "automatic": describe(),
        "evidence": describe(decay="evidence"),
        "given": describe(decay=0.5, scale=True, training=TRAINING),
    }


@pytest.mark.parametrize("name", ["cv", "automatic"])
def test_decay_by_cross_validation_is_named_with_what_evidence_gives(chosen, name):
    found = chosen[name].inference()
    assert describe_decay(found) == f"decay {chosen[name].decay:.3g}, chosen by cross-validation"
    note = list_notes(found)[-1]
    assert "chosen by cross-validation, for prediction" in note and "given that choice" in note
    # From these weights evidence comes to the fixed point that training with it finds.
    value, edf = re.search(r"gives (\S+) with (\S+) effective degrees", note).groups()
    assert float(value) == pytest.approx(chosen["evidence"].decay, rel=0.01)
    assert float(edf) == pytest.approx(chosen["evidence"].inference().edf, abs=0.06)
    assert chosen[name].summary().notes[-1] == note


@pytest.mark.parametrize(("name", "words"), [("evidence", ", chosen by evidence"), ("given", "")])
def test_decay_that_was_not_cross_validated_has_no_note(chosen, name, words):
    found = chosen[name].inference()
    assert describe_decay(found) == f"decay {chosen[name].decay:.3g}{words}"
    assert len(list_notes(found)) == 1 and "cross-validation" not in list_notes(found)[0]


def test_other_decays_are_named():
    glm = NeuralNetwork(FORMULA, load_iris(), 0).train(**TRAINING).inference()
    assert describe_decay(glm) == "no decay"
    layers = describe(decay=(0.5, 0.25), scale=True, training=TRAINING).inference()
    assert describe_decay(layers) == "decay 0.5, 0.25"
    few = NeuralNetwork(FORMULA, load_iris().iloc[::10], 1, seed=1).train(trace=0).inference()
    assert describe_decay(few) == "decay 0.001, a default for few rows"


def test_evidence_of_a_ridge_regression_penalizes_its_intercept_too():
    net = NeuralNetwork(FORMULA, load_iris(), 0, seed=1).train(trace=0)
    (_, note) = list_notes(net.inference())
    evidence = NeuralNetwork(FORMULA, load_iris(), 0, decay="evidence").train(trace=0)
    assert f"gives {evidence.decay:.3g} with" in note


def test_evidence_that_does_not_apply_is_not_mentioned():
    """Evidence needs a prior of every weight."""
    factor = {"Petal.Length": 0.0}
    net = NeuralNetwork(FORMULA, load_iris(), 0, seed=1, penalty_factor=factor).train(trace=0)
    (_, note) = list_notes(net.inference())
    assert note.endswith("standard errors and intervals are given that choice.")


def test_optima_and_distance_are_described(chosen):
    net = describe(decay=0.05, scale=True, training=TRAINING | {"restarts": 6})
    found = net.inference()
    n = len(found.optima)
    optima = f"{n} {'optimum' if n == 1 else 'optima'} from 6 starts"
    assert describe_fit(found)[-1].endswith(f"; {optima}")
    assert describe_fit(found)[-1].startswith("At the optimum (within 0.001 standard errors), ")
    net = describe(decay=0.5, scale=True, training=TRAINING)
    net.theta = net.theta * (1.0 + 1e-4)
    moved = net.inference()
    assert 0.001 < moved.judgement.distance < 0.05
    assert f"({moved.judgement.distance:.2g} standard errors away)" in describe_fit(moved)[-1]
    assert "starts" not in describe_fit(moved)[-1]


def test_notes_explain_what_the_tables_show(chosen):
    net = list_notes(chosen["given"].inference())[0]
    glm = list_notes(NeuralNetwork(FORMULA, load_iris(), 0).train(**TRAINING).inference())[0]
    assert "'slope'" in net and "'overall'" in net and "'nonlinear'" in net
    assert "'slope'" in glm and "'overall'" in glm and "'nonlinear'" not in glm
    assert list_notes(chosen["given"].inference(), has_tests=False) == []
