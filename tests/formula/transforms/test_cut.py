"""``cut``: breaks of training, values beyond them, and calls that are refused.

`test_factor_levels.py` compares intervals with R's.
"""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.errors import DataWarning
from neuralnet.formula.transforms.cut import Cut

FRAME = pd.DataFrame(
    {"y": np.arange(10.0) / 4, "x": np.arange(10.0), "z": np.r_[0.0, 1:10], "g": list("uv") * 5}
)


def make(text, frame=FRAME, **options):
    return NeuralNetwork(text, frame, 0, seed=1, **options)


def indicate(codes, k):
    return np.eye(k)[codes] * ([0] + [1] * (k - 1)) + np.eye(k)[0]


def test_values_beyond_the_range_of_training_are_in_the_outermost_intervals_with_a_warning():
    net = make("y ~ cut(x, 3)")
    with pytest.warns(DataWarning, match=r"^cut\(x, 3\): 'x' is outside .* in 2 rows; these"):
        X = net._model.design.read({"x": [-50, 0, 4, 9, 90]}, response=False).X
    np.testing.assert_array_equal(X, indicate([0, 0, 1, 2, 2], 3))


def test_several_terms_beyond_their_range_are_in_one_warning():
    net = make("y ~ cut(x, 3) + cut(log(z + 1), 2)")
    with pytest.warns(DataWarning, match="^2 terms put values outside of .* the outermost"):
        net.predict({"x": [50], "z": [-0.5]})


def test_values_outside_of_given_breaks_are_missing():
    with pytest.warns(DataWarning, match=r"4 of 10 rows dropped: .*\(cut\(x, c\(2, 5, 8\)\) 4\)"):
        net = make("y ~ cut(x, c(2, 5, 8))")
    assert net.X[:, 1].tolist() == [0, 0, 0, 1, 1, 1]
    reported = r"^2 of 6 rows are predicted as missing: no value of cut\(x, c\(2, 5, 8\)\)$"
    with pytest.warns(DataWarning, match=reported):
        new = net.predict({"x": [2, 2.5, 5, 5.5, 8, 9]})
    assert new.isna().tolist() == [True, False, False, False, False, True]


@pytest.mark.parametrize(
    ("options", "missing"),
    [("", [0]), (", include.lowest=TRUE", []), (", right=FALSE", [9]),
     (", right=FALSE, include_lowest=True", [])],
)  # fmt: skip
def test_the_ends_belong_to_one_interval_each(options, missing):
    found = Design.fit(f"y ~ cut(x, [0, 4, 9]{options})", FRAME).read(FRAME, response=False).X
    assert np.flatnonzero(np.isnan(found).any(axis=1)).tolist() == missing


def test_rows_are_dropped_once_for_several_reasons():
    frame = FRAME.assign(x=FRAME["x"].where(FRAME["x"] != 5))
    reported = r"^3 of 10 rows dropped: they have missing values \(cut\(z, \[0, 8\]\) 2, x 1\)\."
    with pytest.warns(DataWarning, match=reported):
        net = make("y ~ x + cut(z, [0, 8])", frame)
    assert net.X.shape == (7, 2)


def test_no_row_within_the_breaks():
    with pytest.raises(
        ValueError,
        match=r"of every factor; rows without: cut\(x, \[50, 60, 70\]\) 10",
    ):
        make("y ~ cut(x, [50, 60, 70])")


def test_interval_without_a_row_is_reported_and_stays_a_column():
    frame = FRAME.assign(x=FRAME["x"].where(FRAME["x"] > 0, -20.0))
    reported = r"^cut\(x, 4\) has no training row of '\(-12.8,-5.5\]': predictions"
    with pytest.warns(DataWarning, match=reported):
        net = make("y ~ cut(x, 4)", frame)
    assert net.X.shape == (10, 4) and not net.X[:, 1].any()


def test_class_whose_rows_are_all_dropped_is_reported():
    frame = FRAME.assign(c=list("aabbbbbbbb"))
    with (
        pytest.warns(DataWarning, match="2 of 10 rows dropped"),
        pytest.warns(DataWarning, match="the response c has no complete row of 'a'"),
    ):
        make("c ~ cut(x, [1, 5, 9])", frame)


def test_classes_are_intervals_in_order():
    net = make("cut(y, 3, labels=c('low', 'mid', 'high')) ~ x")
    assert list(net.classes) == ["low", "mid", "high"]
    assert net.Y.tolist() == ["low"] * 4 + ["mid"] * 3 + ["high"] * 3
    assert not net.predict().dtype.ordered
    assert make("cut(y, 3, ordered_result=TRUE) ~ x").predict().dtype.ordered


def test_rows_of_a_response_outside_of_breaks_are_dropped():
    with pytest.warns(DataWarning, match=r"2 of 10 rows dropped: .*\(cut\(y, \[0, 1, 2\]\) 2\)"):
        net = make("cut(y, [0, 1, 2]) ~ x")
    assert list(net.classes) == ["(0,1]", "(1,2]"] and len(net.Y) == 8


def test_ordered_intervals_have_polynomials():
    assert Design.fit("y ~ cut(x, 3, ordered_result=TRUE)", FRAME).x_names[1:] == (
        "cut(x, 3, ordered_result=TRUE).Linear",
        "cut(x, 3, ordered_result=TRUE).Quadratic",
    )


@case_by_case(
    ("text", "columns"),
    [("C(cut(x, 3), Sum)", 2), ("cut(log(x + 1), 4)", 3), ("interaction(cut(x, 3), g)", 5),
     ("g:cut(x, 3)", 5), ("g*cut(x, 3)", 5), ("cut(scale(x), 3):z", 3), ("cut(ntile(x, 5), 2)", 1)],
)  # fmt: skip
def test_nested(text, columns):
    design = Design.fit(f"y ~ {text}", FRAME)
    X = design.read(FRAME, response=False).X
    assert X.shape == (10, 1 + columns) and np.linalg.matrix_rank(X) == 1 + columns
    one = design.read(FRAME.iloc[[7]], response=False).X
    np.testing.assert_array_equal(one, X[[7]])


def test_breaks_of_blocks_are_those_of_the_whole():
    parts, whole = Cut(), Cut()
    for chunk in np.split(FRAME["x"].to_numpy(), [2, 3]):
        parts.memorize_chunk(chunk, 4)
    whole.memorize_chunk(FRAME["x"].to_numpy(), 4)
    np.testing.assert_array_equal(parts.breaks, whole.breaks)
    assert parts.levels == whole.levels


def test_intervals_are_no_offset():
    with pytest.raises(TypeError, match=r"offset\(cut\(x, 3\)\) must hold numbers"):
        make("y ~ offset(cut(x, 3))")


@case_by_case(
    ("text", "message"),
    [
        ("cut(x)", r"cut in .* lacks breaks \(a whole .* numbers\): it takes x, breaks, labels=,"),
        ("cut(x, 1)", "a whole number of intervals from 2 to 1,000, or a list .*, not 1$"),
        ("cut(x, 2.5)", "as breaks, not 2.5"),
        ("cut(x, TRUE)", "as breaks, not True"),
        ("cut(x, z)", "as breaks, not z"),
        ("cut(x, [5])", r"breaks= takes two ends of an interval or more; .* as in cut\(x, 5\)"),
        ("cut(x, [8, 1, 1])", "breaks= has a number twice: 1.0, 1.0, 8.0"),
        ("cut(x, [1, 'a'])", "a list of up to 1,000 numbers, as breaks"),
        ("cut(x, [1, np.nan])", "a list of up to 1,000 numbers"),
        ("cut(x, 3, labels=['a', 'b'])", "labels= has 2 labels for 3 intervals"),
        ("cut(x, 3, labels=FALSE)", "a list of up to 10,000 labels, or None as labels, not False"),
        ("cut(x, 3, right=2)", "True or False as right, not 2"),
        ("cut(x, 3, include.lowst=TRUE)", "takes x, breaks, labels=, include_lowest="),
        ("cut(g, 3)", "column 'g' holds categories"),
        ("cut(C(x), 3)", r"not C\(x\), which makes categories"),
        ("cut(poly(x, 2), 3)", "cut takes one column of numbers"),
        ("cut(log(x), 3)", "need finite numbers, and 1 rows have none"),
        ("cut(x, 3) + Cut(x, 3)", "did you mean 'cut'"),
        ("cut(x, 0:10)", r"a range such as 0:10 is written seq\(0, 10\)"),
        ("cut(x, quantile(x))", r"factor\(ntile\(x, 4\)\) makes groups of equal size"),
        ("cut(x, seq(0, 10, 0))", "seq makes 1 to 1,000 numbers"),
        ("cut(x, seq(0, 10, -1))", "seq makes 1 to 1,000 numbers"),
        ("cut(x, seq(0, 1e9))", "seq makes 1 to 1,000 numbers"),
        ("I(cut(x, 3) == 1)", "make categories for a term"),
    ],
)
def test_mistyped(text, message):
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", FRAME)
