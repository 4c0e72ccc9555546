"""``interaction``: combinations of levels; `test_factor_levels.py` compares them with R's."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.errors import DataWarning

FRAME = pd.DataFrame(
    {"y": np.arange(6.0) / 4, "g": list("uvuvuv"), "h": list("ppqqqq"), "k": [1, 1, 1, 2, 2, 2]}
)


def test_combinations_of_new_rows_have_their_columns():
    design = Design.fit("y ~ interaction(g, h) - 1", FRAME)
    assert design.x_names == tuple(f"interaction(g, h)[{k}]" for k in ("u.p", "v.p", "u.q", "v.q"))
    X = design.read({"g": ["v", "u"], "h": ["q", "p"]}, response=False).X
    np.testing.assert_array_equal(X, np.eye(4)[[3, 0]])


def test_levels_without_a_row_stay_unless_dropped():
    few = FRAME.assign(h=list("pqpqpq"))
    with pytest.warns(DataWarning, match=r"has no training row of 'v.p', 'u.q': predictions"):
        assert NeuralNetwork("y ~ interaction(g, h)", few, 0).X.shape == (6, 4)
    net = NeuralNetwork("y ~ interaction(g, h, drop=TRUE, sep='-')", few, 0)
    assert net.x_names[1:] == ["interaction(g, h, drop=TRUE, sep='-')[T.v-q]"]
    with pytest.raises(ValueError, match="holds 'v-p', which training never saw"):
        net.predict({"g": ["v"], "h": ["p"]})
    with pytest.warns(DataWarning, match="1 of 2 rows is predicted as missing"):
        new = net.predict({"g": ["v", "u"], "h": ["p", "p"]}, unseen="missing")
    assert new.isna().tolist() == [True, False]


def test_new_number_is_an_unseen_level():
    design = Design.fit("y ~ interaction(g, k)", FRAME)
    with pytest.raises(ValueError, match=r"holds 'u.7', which training never saw"):
        design.read({"g": ["u"], "k": [7]}, response=False)


def test_classes_are_combinations():
    net = NeuralNetwork("interaction(g, h) ~ y", FRAME, 0, seed=1)
    assert list(net.classes) == ["u.p", "v.p", "u.q", "v.q"]
    assert net.Y.tolist() == ["u.p", "v.p", "u.q", "v.q", "u.q", "v.q"]


def test_row_without_a_part_is_missing():
    design = Design.fit("y ~ interaction(g, cut(k, [0, 1, 2]))", FRAME)
    X = design.read({"g": ["u", "u"], "k": [1, 5]}, response=False).X
    assert np.isnan(X).any(axis=1).tolist() == [False, True]


@case_by_case(
    ("text", "message"),
    [
        ("interaction(g, h, 'a')", "as s3, not 'a'"),
        ("interaction(g, h, sep=1)", "interaction takes text as sep, not 1"),
        ("interaction(g, h, drop=5)", "True or False as drop, not 5"),
        (
            "interaction(g, h, lex.order=TRUE)",
            "takes one or more columns or expressions, sep=, drop= and no other",
        ),
        ("interaction(g, poly(k, 1))", "one column, and no matrix"),
        (
            "interaction(many, many2)",
            r"it has 40,000 levels, and no more than 10,000 .*pool\(g, 20\)",
        ),
        (
            "interaction(dots, more)",
            r"two combinations are both called 'a.b.c': write another sep=",
        ),
        ("interactions(g, h)", "did you mean 'interaction'"),
    ],
)
def test_mistyped(text, message):
    names = [f"l{k}" for k in range(200)]
    frame = pd.concat([FRAME] * 50, ignore_index=True).iloc[:200]
    frame = frame.assign(many=names, many2=names, dots=["a.b", "a"] * 100, more=["c", "b.c"] * 100)
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", frame)
