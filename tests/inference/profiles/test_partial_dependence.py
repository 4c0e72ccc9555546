"""Partial dependence and ICE: scikit-learn as the judge, and predictions of changed rows."""

import numpy as np
import pandas as pd
import pytest
from networks import FORMULAS, make_net, make_table
from sklearn.inspection import partial_dependence
from sklearn_judge import Classes, Numbers

from neuralnet import NeuralNetwork
from neuralnet.errors import DataWarning

PREDICTORS = ["x1", "x2", "kind"]


def train(formula, table, hidden=2, **options):
    net = NeuralNetwork(formula, table, hidden, seed=1, init=0.8, **options)
    return net.train(3, 1e-3, trace=0)


def judge(net, table, features, values, kind, response, **options):
    wrapped = (Classes if net.classes else Numbers)(net)
    return partial_dependence(
        wrapped,
        table[PREDICTORS],
        features,
        custom_values=values,
        kind=kind,
        method="brute",
        response_method=response,
        **options,
    )[kind]


GRIDS = [
    {"x1": np.array([-1.0, 0.25, 2.0])},
    {"kind": np.array(["a", "b", "c"], dtype=object)},
    {"x2": np.array([-0.5, 0.5]), "x1": np.array([-1.0, 0.25, 2.0])},
    {"kind": np.array(["c", "a"], dtype=object), "x1": np.array([0.0, 1.0])},
]


@pytest.mark.parametrize("family", ["gaussian", "softmax"])
def test_averages_and_curves_are_those_of_sklearn(family):
    net, table = make_net(family).train(10, 1e-3, trace=0), make_table()
    explained, response = net.explain(), "predict_proba" if family == "softmax" else "auto"
    for grid in GRIDS:
        names = [*grid]
        for kind, ice in {"average": False, "individual": True}.items():
            wanted = judge(net, table, names, grid, kind, response, categorical_features=["kind"])
            found = explained.partial_dependence(names, grid, ice=ice)
            np.testing.assert_allclose(found["estimate"], wanted.ravel(), rtol=1e-12)
        assert found["row"].tolist()[:: np.prod(wanted.shape[2:])] == [*table.index] * len(wanted)
        shown = [f"{each}{end}" for end in ["", "2"][: len(names)] for each in ("term", "value")]
        groups = ["group"] if family == "softmax" else []
        assert found.columns.tolist() == [*shown, "row", *groups, "estimate"]
        for end, name in zip(["", "2"], names, strict=False):
            assert (found[f"term{end}"] == name).all()
            assert {*found[f"value{end}"]} == {*grid[name]}


def test_case_weights_are_those_of_sklearn():
    table = make_table().assign(w=np.resize([1.0, 0.0, 2.5], 36))
    net = train(FORMULAS["gaussian"], table, weights="w")
    grid = {"x1": np.array([-1.0, 0.0, 1.0])}
    wanted = judge(net, table, ["x1"], grid, "average", "auto", sample_weight=table["w"])
    found = net.explain().partial_dependence("x1", grid)
    np.testing.assert_allclose(found["estimate"], wanted.ravel(), rtol=1e-12)


def test_curves_of_sklearn_on_its_default_grid():
    """Its quantiles are others than ours, and its points are evenly spaced between them too."""
    net, table = make_net("gaussian").train(3, 1e-3, trace=0), make_table()
    wanted = partial_dependence(
        Numbers(net), table[PREDICTORS], ["x1"], grid_resolution=7, percentiles=(0, 1)
    )
    values = wanted["grid_values"][0]
    found = net.explain().partial_dependence("x1", {"x1": values})
    np.testing.assert_allclose(found["estimate"], wanted["average"].ravel(), rtol=1e-12)


def test_scores_of_classes_are_compared_with_the_first():
    net, table = make_net("softmax").train(10, 1e-3, trace=0), make_table()
    found = net.explain().partial_dependence("x1", {"x1": [0, 1]}, type="link")
    wanted = [np.asarray(net.predict(table.assign(x1=x), type="link")) for x in (0.0, 1.0)]
    wanted = np.array([(each[:, 1:] - each[:, :1]).mean(axis=0) for each in wanted])
    np.testing.assert_allclose(found["estimate"], wanted.T.ravel(), rtol=1e-12)
    assert found["group"].tolist() == [each for each in net.classes[1:] for _ in range(2)]


@pytest.mark.parametrize("method", ["partial_dependence", "accumulated_local_effects"])
def test_integer_weights_are_repeated_rows(method):
    table = make_table().assign(w=np.resize([1.0, 3.0, 0.0, 2.0], 36))
    net = train(FORMULAS["poisson"], table, weights="w", family="poisson")
    repeated = table.loc[np.repeat(table.index, table["w"].astype(int))].drop(columns="w")
    for name in PREDICTORS:
        found = getattr(net.explain(), method)(name)
        wanted = getattr(net.explain(repeated), method)(name)
        numbers = ["estimate"] if name == "kind" else ["estimate", "value"]
        np.testing.assert_allclose(found[numbers], wanted[numbers], rtol=1e-11, atol=1e-13)


def test_rows_without_a_number_are_left_out():
    table = make_table().assign(u=lambda d: d.x1 + 3.0, v=lambda d: d.x1 + 2.0 + 0.5 * d.x2 % 0.4)
    net = train("cost ~ log(u - v) + x2", table)
    with pytest.warns(DataWarning, match="no number in up to .* of 36 rows"):
        found = net.explain().partial_dependence("u", {"u": [2.0, 9.0]})
    with pytest.warns(DataWarning, match="no number"):
        curves = net.explain().partial_dependence("u", {"u": [2.0, 9.0]}, ice=True)
    known = (table["v"] < 2.0).to_numpy()
    assert 0 < known.sum() < 36
    some = net.predict(table[known].assign(u=2.0))
    every = net.predict(table.assign(u=9.0))
    np.testing.assert_allclose(found["estimate"], [some.mean(), every.mean()], rtol=1e-12)
    assert curves["estimate"].isna().to_numpy()[::2].tolist() == (~known).tolist()
    assert curves["estimate"][1::2].notna().all()


def test_offsets_of_a_column_change_with_it():
    table = make_table().assign(e=lambda d: d.x1**2)
    net = train("cost ~ e + offset(e) + x2", table)
    found = net.explain().partial_dependence("e", {"e": [1.0, 3.0]})
    wanted = [net.predict(table.assign(e=e)).mean() for e in (1.0, 3.0)]
    np.testing.assert_allclose(found["estimate"], wanted, rtol=1e-12)


def test_result_is_tidy_in_all_families():
    for family in FORMULAS:
        net = make_net(family).train(3, 1e-3, trace=0)
        found = net.explain().partial_dependence("kind")
        assert found.index.equals(pd.RangeIndex(len(found)))
        assert found["value"].dtype == pd.CategoricalDtype(["a", "b", "c"])
        assert found["estimate"].dtype == np.float64
        assert ("group" in found) == (family == "softmax")
