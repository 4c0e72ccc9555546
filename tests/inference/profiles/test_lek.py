"""Lek's profile: predictions of rows that are written by hand."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table

from neuralnet import NeuralNetwork


def test_others_are_held_at_their_quantiles():
    """By case weight; levels at the one of most rows, an offset's column at its mean."""
    table = make_table().assign(
        w=np.resize([1.0, 3.0, 0.0], 36),
        kind=np.resize(["a", "b", "c", "c", "a", "c", "c"], 36),
        size=np.resize([4, 6, 8], 36),
        e=np.linspace(1.0, 2.0, 36),
    )
    net = NeuralNetwork(
        "cost ~ x1 + x2 + kind + C(size) + offset(e)", table, 2, weights="w", init=0.8, seed=1
    ).train(3, 1e-3, trace=0)
    found = net.explain().lek_profile("x1", [0.0, 0.3, 1.0], {"x1": [-1.0, 2.0]})
    rows = table.loc[np.repeat(table.index, table["w"].astype(int))]
    assert rows["kind"].value_counts().idxmax() != rows["kind"].iloc[0]
    held = pd.DataFrame(
        {
            "x1": [-1.0, 2.0] * 3,
            "x2": np.quantile(rows["x2"], [0.0, 0.3, 1.0]).repeat(2),
            "kind": rows["kind"].value_counts().idxmax(),
            "size": rows["size"].value_counts().idxmax(),
            "e": 1.5,
        }
    )
    np.testing.assert_allclose(found["estimate"], net.predict(held), rtol=1e-12)
    assert found["quantile"].tolist() == [0.0, 0.0, 0.3, 0.3, 1.0, 1.0]
    assert found["value"].tolist() == [-1.0, 2.0] * 3
    assert found.columns.tolist() == ["term", "value", "quantile", "estimate"]


def test_levels_and_classes_have_profiles():
    net = NeuralNetwork("species ~ x1 + x2 + kind", make_table(), 2, init=0.8, seed=1)
    found = net.train(3, 1e-3, trace=0).explain().lek_profile("kind", [0.5])
    table = make_table()
    medians = table[["x1", "x2"]].median()
    held = pd.DataFrame({"kind": ["a", "b", "c"], "x1": medians["x1"], "x2": medians["x2"]})
    wanted = np.asarray(net.predict(held, type="probs"))
    np.testing.assert_allclose(found["estimate"], wanted.T.ravel(), rtol=1e-12)
    link = net.explain().lek_profile("kind", [0.5], type="link")
    eta = np.asarray(net.predict(held, type="link"))
    np.testing.assert_allclose(link["estimate"], (eta[:, 1:] - eta[:, :1]).T.ravel(), rtol=1e-12)


def test_dates_are_held_at_their_mean():
    table = make_table().assign(when=pd.date_range("2024-01-01", periods=36, freq="11D"))
    net = NeuralNetwork("cost ~ x1 + month(when)", table, 2, init=0.8, seed=1)
    found = net.train(3, 1e-3, trace=0).explain().lek_profile("x1", [0.1], {"x1": [0, 1]})
    held = pd.DataFrame({"x1": [0.0, 1.0], "when": table["when"].mean()})
    np.testing.assert_allclose(found["estimate"], net.predict(held), rtol=1e-12)


@case_by_case(
    "at, error",
    [(0.5, TypeError), ([], TypeError), ([2], ValueError), (["a"], TypeError), ([None], TypeError)],
)
def test_shares_are_checked(at, error):
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 1).train(1, 1e-3, trace=0)
    with pytest.raises(error, match="at must be"):
        net.explain().lek_profile("x1", at)


def test_an_offset_of_the_training_rows_alone_is_refused():
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 1, offset=np.ones(36))
    explained = net.train(1, 1e-3, trace=0).explain()
    with pytest.raises(ValueError, match="offset was given as numbers for the training rows"):
        explained.lek_profile("x1")
    # Rows of the table keep theirs.
    found = explained.partial_dependence("x1", {"x1": [0.0, 1.0]})
    bare = NeuralNetwork("cost ~ x1 + x2", make_table(), 1)
    bare.theta = net.theta
    wanted = bare.explain().partial_dependence("x1", {"x1": [0.0, 1.0]})["estimate"] + 1.0
    np.testing.assert_allclose(found["estimate"], wanted, rtol=1e-12)
