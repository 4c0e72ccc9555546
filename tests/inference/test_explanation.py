"""Explanations: which networks have one, on which rows, and that they change nothing."""

import warnings

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.errors import DataWarning
from neuralnet.inference import Explanation

CURVES = ("partial_dependence", "accumulated_local_effects", "lek_profile")


def list_tables(explained, garson=True):
    yield explained.importance(2)
    yield explained.olden()
    yield from [explained.garson()] if garson else []
    for each in CURVES:
        options = {"bins": 3} if each == "accumulated_local_effects" else {"grid": 3}
        yield getattr(explained, each)("x1", **options)
        yield getattr(explained, each)("kind")


@case_by_case(
    "family, options",
    [
        ("gaussian", {"hidden": 0}),
        ("softmax", {"hidden": [3, 2]}),
        ("softmax", {"skip": True}),
        ("gaussian", {"activation": "relu"}),
        ("poisson", {"decay": 0.1, "mixture": 0.5}),
        ("softmax", {"decay": [0.1, 0.2], "dtype": "float32", "class_weight": "balanced"}),
        ("binomial", {"scale": True}),
    ],
)
def test_every_trained_network_has_one(family, options):
    """Also those whose standard errors are refused."""
    net = make_net(family, **options).train(3, 1e-3, trace=0)
    garson = "hidden" not in options and "skip" not in options
    for table in list_tables(net.explain(), garson):
        assert table["estimate"].notna().all()
        assert table.index.equals(pd.RangeIndex(len(table)))
        assert table["estimate"].dtype == np.float64
        assert ("group" in table) == (family == "softmax" and "std_dev" not in table)


@pytest.mark.parametrize("family", FORMULAS)
def test_explanations_change_nothing(family):
    net, table = make_net(family).train(3, 1e-3, trace=0), make_table()
    before = take_snapshot(net)
    explained = net.explain(table)
    assert isinstance(explained, Explanation)
    for found in list_tables(explained):
        assert len(found)
    assert take_snapshot(net) == before
    pd.testing.assert_frame_equal(table, make_table())


def test_explanation_stays_that_of_its_weights_and_rows():
    net, table = make_net("gaussian").train(3, 1e-3, trace=0), make_table()
    explained = net.explain(table)
    wanted = explained.importance(2), explained.partial_dependence("x1")
    net.train(3, 1e-3, trace=0)
    table["x1"] = 0.0
    pd.testing.assert_frame_equal(explained.importance(2), wanted[0])
    pd.testing.assert_frame_equal(explained.partial_dependence("x1"), wanted[1])


def test_network_from_a_file_needs_rows(tmp_path):
    net = make_net("softmax").train(3, 1e-3, trace=0)
    net.save(tmp_path / "net")
    loaded = NeuralNetwork.load(tmp_path / "net")
    with pytest.raises(ValueError, match=r"without its training rows: .* explain\(data\)"):
        loaded.explain()
    tables = zip(list_tables(loaded.explain(make_table())), list_tables(net.explain()), strict=True)
    for found, wanted in tables:
        pd.testing.assert_frame_equal(found, wanted)


def test_networks_and_rows_that_have_none():
    with pytest.raises(ValueError, match=r"not trained.*call train"):
        make_net().explain()
    net = make_net("gaussian").train(1, 1e-3, trace=0)
    with pytest.raises(ValueError, match="the data has no rows"):
        net.explain(make_table().head(0))
    with pytest.raises(ValueError, match="x1"):
        net.explain(make_table().drop(columns="x1"))
    weighted = NeuralNetwork(FORMULAS["gaussian"], make_table().assign(w=1.0), weights="w")
    weighted.train(1, 1e-3, trace=0)
    missing = make_table().assign(w=np.resize([0.0, 1.0], 36))
    missing.loc[missing["w"] > 0.0, "x1"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="no row has a case weight above 0"):
            weighted.explain(missing)


def test_levels_never_seen_are_errors_or_missing():
    net, table = make_net("gaussian").train(2, 1e-3, trace=0), make_table()
    strange = table.assign(kind=["new", *table["kind"][1:]])
    with pytest.raises(ValueError, match="'new', which training never saw"):
        net.explain(strange)
    with pytest.warns(DataWarning, match="1 of 36 rows left out"):
        explained = net.explain(strange, unseen="missing")
    for found, wanted in zip(
        list_tables(explained), list_tables(net.explain(table[1:])), strict=True
    ):
        pd.testing.assert_frame_equal(found, wanted)
    holes = table.assign(kind=table["kind"].mask(table["x1"] > 1.0))
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork(FORMULAS["gaussian"], holes, 2, na_action="impute", seed=1)
    with pytest.warns(DataWarning, match="imputed, for levels"):
        explained = net.train(2, 1e-3, trace=0).explain(strange, unseen="missing")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert all(found["estimate"].notna().all() for found in list_tables(explained))


def test_text_names_the_rows_and_the_methods():
    text = repr(make_net().train(1, 1e-3, trace=0).explain(make_table().head(7)))
    assert text.startswith("<Explanation: 7 rows; importance(), ")
    assert all(f"{name}()" in text for name in (*CURVES, "olden", "garson"))
