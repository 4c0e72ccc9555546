"""``relevel``: the first level, and calls that are refused; `test_factor_levels.py` has R's."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design

FRAME = pd.DataFrame(
    {
        "y": np.arange(6.0) / 4,
        "g": list("abcabc"),
        "x": [1.0, 2, 3] * 2,
        "t": [True, False] * 3,
        "o": pd.Categorical(list("abcabc"), ordered=True),
    }
)


@case_by_case(
    ("text", "levels"),
    [
        ("relevel(g, 'b')", ["a", "c"]),
        ("relevel(g, ref = 'c')", ["a", "b"]),
        ("relevel(x=g, ref='a')", ["b", "c"]),
        ("relevel(factor(x), 3)", ["1", "2"]),
        ("relevel(t, TRUE)", ["False"]),
        ("relevel(pool(x, 2), 3)", ["1", "2"]),
        ("relevel(relevel(g, 'b'), 'c')", ["b", "a"]),
        ("relevel(ifelse(x > 2, 'hi', 'lo'), 'lo')", ["hi"]),
    ],
)
def test_reference_has_no_column_and_the_others_keep_their_order(text, levels):
    design = Design.fit(f"y ~ {text}", FRAME)
    assert [name.rpartition("[T.")[2][:-1] for name in design.x_names[1:]] == levels
    X = design.read(FRAME, response=False).X
    np.testing.assert_array_equal(
        X[:, 1:].sum(axis=0), [2, 2] if len(levels) == 2 else X[:, 1].sum()
    )


def test_contrast_of_the_factor_remains():
    names = Design.fit("y ~ relevel(C(g, Sum), 'b')", FRAME).x_names
    assert names[1:] == ("relevel(C(g, Sum), 'b')[S.b]", "relevel(C(g, Sum), 'b')[S.a]")


def test_it_is_the_first_class():
    net = NeuralNetwork("relevel(g, 'b') ~ y", FRAME, 0, seed=1)
    assert list(net.classes) == ["b", "a", "c"] and net.Y.tolist() == list("abcabc")
    two = NeuralNetwork("relevel(t, TRUE) ~ y", FRAME, 0, family="binomial", seed=1)
    assert list(two.classes) == [True, False]


def test_new_level_is_an_error():
    design = Design.fit("y ~ relevel(g, 'b')", FRAME)
    with pytest.raises(ValueError, match="column 'g' holds 'z', which training never saw"):
        design.read({"g": ["z"]}, response=False)
    design = Design.fit("y ~ relevel(factor(x), 2)", FRAME)
    with pytest.raises(ValueError, match="holds 7, which training never saw"):
        design.read({"x": [7]}, response=False)


@case_by_case(
    ("text", "message"),
    [
        ("relevel(g, 'zz')", "'zz' is not among the levels: 'a', 'b', 'c'"),
        ("relevel(g, 2)", "2 is not among the levels: 'a', 'b', 'c'"),
        ("relevel(x, 1)", r"this holds numbers: write relevel\(factor\(...\), 1\)"),
        ("relevel(o, 'b')", "an ordered factor has no reference level"),
        ("relevel(g)", r"relevel in .* lacks ref \(one of the levels\): it takes x, ref and no"),
        ("relevel(g, b)", "unknown name 'b'"),
        ("relevel(g, x)", "one of the levels as ref, not x"),
        ("relevel(g, ['a', 'b'])", "one of the levels as ref"),
        ("relevel(g, None)", "one of the levels as ref, not None"),
        ("relevel(poly(x, 2), 1)", "one column, and no matrix"),
        ("Relevel(g, 'b')", "did you mean 'relevel'"),
        ("fct_relevel(g, 'b')", r"relevel\(g, 'b'\) puts a level first"),
    ],
)
def test_mistyped(text, message):
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", FRAME)
