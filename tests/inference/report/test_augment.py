"""Augmented tables: broom's columns and R's numbers, and predictions and residuals of networks."""

import json

import numpy as np
import pandas as pd
import pytest
from networks import make_net, make_table
from r_models import FOLDER, assert_agrees, infer, read_table

from neuralnet import DataWarning, NeuralNetwork

BROOM = json.loads((FOLDER / "broom.json").read_text("utf-8"))
OPTIONS = {"decay": 0.2, "scale": True, "activation": "tanh"}
TRAINING = {"optimizer": "newton", "trace": 0}
INFLUENCE = [".hat", ".cooksd", ".std.resid"]


@pytest.fixture(scope="module")
def nets():
    return {
        family: make_net(family, hidden=2, **OPTIONS).train(**TRAINING)
        for family in ("gaussian", "binomial", "softmax", "poisson")
    }


@pytest.mark.parametrize("name", ["mtcars", "pima_tr", "insurance", "esoph"])
def test_columns_of_the_training_rows_are_those_of_broom(name):
    wanted = BROOM[name]["augment"]
    found = infer(name).augment(type="link", se_fit=True)
    added = [".fitted", ".se.fit", ".resid", *INFLUENCE]
    assert [column for column in found if column in wanted] == added
    for column in added:
        assert found[column].dtype == np.dtype(float)
        assert_agrees(found[column], wanted[column])
    new = infer(name).augment(read_table(name).head(4), type="link", se_fit=True)
    for column, values in BROOM[name]["augment_new"].items():
        assert_agrees(new[column], values)


def test_columns_are_predictions_residuals_and_influence(nets):
    for family, net in nets.items():
        found, record = net.augment(se_fit=True), net.inference()
        pd.testing.assert_frame_equal(
            found[[*record.model.model_frame.frame]], record.model.model_frame.frame
        )
        means = net.predict(type="response")
        names = [f".fitted_{each}" for each in means] if family == "softmax" else [".fitted"]
        assert np.array_equal(found[names].to_numpy(), means.to_numpy().reshape(36, -1))
        errors = found[[name.replace("fitted", "se.fit") for name in names]].to_numpy()
        wanted = record.predictions(average=False)["std_error"].to_numpy()
        np.testing.assert_allclose(errors.T.ravel(), wanted, rtol=1e-10)
        assert found[".resid"].tolist() == record.residuals("deviance").tolist()
        assert found[".hat"].tolist() == record.leverage.tolist()
        assert found[".cooksd"].tolist() == record.cooks_distance.tolist()
        assert (".std.resid" in found) == (family != "softmax")
        if family in ("binomial", "softmax"):
            pd.testing.assert_series_equal(found[".class"], net.predict(), check_names=False)
        assert found.index.equals(make_table().index)


def test_new_rows_keep_their_order_and_incomplete_ones(nets):
    table = make_table(6)
    table.iloc[1, table.columns.get_loc("x1")] = np.nan
    for family, net in nets.items():
        (response,) = net.inference().model.design.response.variables
        data = table.astype({response: object})
        data.iloc[3, data.columns.get_loc(response)] = None
        if family in ("gaussian", "poisson"):
            data[response] = data[response].astype(float)
        found = net.augment(data, type="link", se_fit=True)
        assert found.index.equals(table.index) and ".hat" not in found
        numbers = [name for name in found if name.startswith((".fitted", ".se.fit"))]
        assert found[numbers].isna().any(axis=1).tolist() == [False, True, *[False] * 4]
        assert found[".resid"].isna().tolist() == [False, True, False, True, False, False]
        with pytest.warns(DataWarning, match="1 of 6 rows"):
            scores = net.inference().predictions(data, average=False, type="link")
        fitted = found[[name for name in numbers if "fitted" in name]].dropna().to_numpy()
        np.testing.assert_allclose(fitted.T.ravel(), scores["estimate"], rtol=1e-12)
        without = net.augment(table.drop(columns=response).dropna())
        assert ".resid" not in without and len(without) == 5


def test_residuals_of_training_rows_are_the_same_as_new_data(nets):
    for net in nets.values():
        both = net.augment(), net.augment(make_table())
        np.testing.assert_allclose(both[0][".resid"], both[1][".resid"], rtol=1e-12, atol=1e-14)


def test_proportions_with_trials_have_their_residuals():
    table = read_table("esoph")
    table["n"] = table["ncases"] + table["ncontrols"]
    table["share"] = table["ncases"] / table["n"]
    net = NeuralNetwork("share ~ agegp + alcgp + tobgp", table, 0, family="binomial", weights="n")
    found = net.train(**TRAINING)
    joined = infer("esoph").augment()[".resid"]
    assert_agrees(found.augment()[".resid"], joined)
    assert_agrees(found.augment(table)[".resid"], joined)


def test_refused_fit_has_predictions_and_no_influence():
    net = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0)
    found = net.augment()
    assert found[INFLUENCE].isna().all(axis=None) and found[".resid"].notna().all()
    assert found[".fitted"].tolist() == net.predict().tolist()
    with pytest.raises(ValueError, match="standard errors of predictions cannot be given"):
        net.augment(se_fit=True)


def test_wrong_arguments_are_named(nets):
    net = nets["gaussian"]
    with pytest.raises(ValueError, match="type must be one of 'response', 'link'"):
        net.augment(type="class")
    with pytest.raises(TypeError, match="se_fit must be True or False"):
        net.augment(se_fit="yes")
    with pytest.raises(ValueError, match=r"has a column '\.fitted', which augment\(\) would add"):
        net.augment(net.augment(make_table()))
