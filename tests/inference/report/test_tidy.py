"""Tidy tables: broom's columns and R's numbers without hidden units, effects and tests else."""

import json

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table
from r_models import FOLDER, MODELS, assert_agrees, infer

from neuralnet import NeuralNetwork, load_iris

BROOM = json.loads((FOLDER / "broom.json").read_text("utf-8"))
TABLES = [name for name in BROOM if name != "versions"]
NUMBERS = ["estimate", "std_error", "statistic", "p_value"]
LIMITS = ["conf_low", "conf_high"]
OPTIONS = {"decay": 0.2, "scale": True, "activation": "tanh"}
TRAINING = {"optimizer": "newton", "trace": 0}
FLOAT = np.dtype(float)


def rename(columns):
    return {name.replace(".", "_"): values for name, values in columns.items()}


@pytest.fixture(scope="module")
def nets():
    families = ("gaussian", "binomial", "softmax", "poisson")
    return {
        family: make_net(family, hidden=2, **OPTIONS).train(**TRAINING, restarts=2)
        for family in families
    }


@pytest.mark.parametrize("name", TABLES)
def test_coefficients_are_those_of_broom(name):
    wanted, tolerance = rename(BROOM[name]["tidy"]), 1e-5 if name == "survey" else 1e-6
    found = infer(name).tidy(conf_int="conf_low" in wanted)
    assert [*found.columns] == [*wanted] and len(found) == len(wanted["term"])
    for column in set(wanted) & {*NUMBERS, *LIMITS}:
        assert found[column].dtype == FLOAT
        assert_agrees(found[column], wanted[column], tolerance)
    if "y_level" in wanted:
        assert found["y_level"].astype(str).tolist() == wanted["y_level"]
        assert found["y_level"].dtype == infer(name).model.labels.dtype
    bare = [term.replace("[T.", "").replace("]", "") for term in found["term"]]
    assert bare == [term.strip("()") for term in wanted["term"]]


def test_level_and_exponentials_are_those_of_broom():
    found = infer("mtcars").tidy(conf_int=True, conf_level=0.9)
    for column in LIMITS:
        assert_agrees(found[column], rename(BROOM["mtcars"]["tidy_90"])[column])
    for name in ("pima_tr", "insurance", "esoph"):
        wanted, record = rename(BROOM[name]["exponentiated"]), infer(name)
        found = record.tidy(exponentiate=True, conf_int=True)
        for column in NUMBERS:
            assert_agrees(found[column], wanted[column])
        plain = record.tidy(conf_int=True)
        np.testing.assert_allclose(np.log(found[LIMITS]), plain[LIMITS], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", TABLES)
def test_measures_are_those_of_broom(name):
    wanted = rename(BROOM[name].get("glm", BROOM[name]["glance"]))
    found = infer(name).glance()
    assert found.shape[0] == 1 and set(found.dtypes) == {FLOAT}
    if name != "survey":
        assert [*found.columns][: len(wanted)] == [*wanted]
    for column, values in wanted.items():
        assert_agrees(found[column], values)


def test_measures_of_a_network_are_those_of_its_record(nets):
    record = nets["binomial"].inference()
    row = nets["binomial"].glance().loc[0]
    assert row["edf"] == record.edf and row["decay"] == 0.2 and row["dispersion"] == 1.0
    assert row["log_evidence"] == record.log_evidence and np.isfinite(record.log_evidence)
    assert row["df_residual"] + row["edf"] == pytest.approx(row["nobs"]) == 36
    layers = make_net("gaussian", hidden=2, decay=[0.1, 0.2], scale=True).train(**TRAINING)
    assert np.isnan(layers.glance().loc[0, "decay"])


def test_a_network_has_a_row_for_each_effect_and_class_with_the_test_of_its_term(nets):
    for family, net in nets.items():
        found, record = net.tidy(conf_int=True), net.inference()
        effects, tests = record.comparisons(), record.summary().tests.xs("overall", level="test")
        first = ["y_level"] if family == "softmax" else []
        assert [*found.columns] == [*first, "term", "contrast", *NUMBERS, *LIMITS]
        assert set(found.dtypes[[*NUMBERS, *LIMITS]]) == {FLOAT}
        pairs = {"estimate": "estimate", "std_error": "std_error"}
        pairs |= {"conf_low": "lower", "conf_high": "upper", "contrast": "contrast"}
        pairs |= {"y_level": "group"} if first else {}
        for ours, theirs in pairs.items():
            assert found[ours].tolist() == effects[theirs].tolist()
        for column in ("statistic", "p_value"):
            wanted = tests[column][found["term"]].tolist()
            assert found[column].tolist() == wanted


def test_weights_of_a_network_are_its_params_without_p_values(nets):
    record = nets["softmax"].inference()
    found = record.tidy("weights")
    assert [*found.columns] == ["term", *NUMBERS] and found["p_value"].isna().all()
    assert found["estimate"].tolist() == record.params.tolist()
    assert found["std_error"].tolist() == record.bse.tolist()
    names = [f"{source}->{target}" for _, source, target in record.params.index]
    assert found["term"].tolist() == names and "x1->" in found["term"][2]


def test_effects_of_a_model_without_hidden_units_are_listed_on_request():
    found = infer("pima_tr").tidy("effects")
    effects = infer("pima_tr").comparisons()
    assert found["estimate"].tolist() == effects["estimate"].tolist()
    drop = MODELS["pima_tr"]["drop1"]
    assert_agrees(found["p_value"], drop["Pr(>Chi)"][1:])


def test_predictor_without_effects_has_its_test_alone():
    table = load_iris().assign(when=pd.date_range("2024-01-01", periods=150))
    net = NeuralNetwork("Sepal.Length ~ days(when) + Petal.Width", table, hidden=0)
    found = net.train(**TRAINING).tidy("effects").set_index("term")
    assert np.isnan(found.loc["when", "estimate"]) and found.loc["when", "p_value"] > 0.0
    assert found["contrast"].tolist()[0] == "" and found.loc["Petal.Width", "estimate"] > 0.0


def test_refused_fit_has_measures_alone():
    net = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0)
    with pytest.raises(ValueError, match=r"standard errors cannot be given.*newton"):
        net.tidy()
    assert np.isfinite(net.glance().loc[0, "logLik"])


def test_wrong_arguments_are_named(nets):
    net = nets["gaussian"]
    for options, words in [
        ({"what": "terms"}, "what must be one of 'weights', 'effects', not 'terms'"),
        ({"exponentiate": True}, "exponentiate=True is for the coefficients"),
        ({"conf_level": 95}, "level must be"),
    ]:
        with pytest.raises(ValueError, match=words):
            net.tidy(**options)
    with pytest.raises(TypeError, match="conf_int must be True or False"):
        net.tidy(conf_int="yes")
    only = NeuralNetwork("cost ~ 1", make_table(), hidden=0).train(**TRAINING)
    with pytest.raises(ValueError, match=r"ask for tidy\('weights'\)"):
        only.tidy("effects")
    assert only.tidy()["term"].tolist() == ["Intercept"]
