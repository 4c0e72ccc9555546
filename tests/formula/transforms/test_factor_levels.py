"""Levels, codes and columns of ``cut``, ``relevel``, ``interaction`` and ``factor`` beside R's.

`reference/factors.R` made what R says.
"""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.errors import DataWarning
from neuralnet.formula.transforms.factor_levels import LevelCounts, name_level, read_categories

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/factors.json").read_text("utf-8"))
TABLE = pd.DataFrame(REFERENCE["table"])
CALLS = {each["call"]: each for each in REFERENCE["calls"]}


@pytest.mark.filterwarnings("ignore:column '(constant|zero)' is constant")
@pytest.mark.filterwarnings("ignore:.* has no training row of")
@case_by_case("call", CALLS)
def test_levels_and_columns_are_rs(call):
    wanted = CALLS[call]
    design = Design.fit(f"y ~ {call}", TABLE)
    (info,) = design.terms.info.factor_infos.values()
    assert [str(level) for level in info.categories] == wanted["levels"]
    X = design.read(TABLE, response=False).X
    missing = np.array([code is None for code in wanted["codes"]])
    assert np.isnan(X).any(axis=1).tolist() == missing.tolist()
    np.testing.assert_array_equal(X[~missing], wanted["X"])
    # R's names have the expression before the level, too.
    names = [re.sub(r".*\[T\.(.*)\]", r"f\1", name) for name in design.x_names]
    assert names == ["Intercept", *wanted["names"][1:]]


@pytest.mark.filterwarnings("ignore:column '(constant|zero)' is constant")
@case_by_case("call", CALLS)
def test_rows_in_another_order_and_in_chunks_give_the_same(call):
    shuffled = TABLE.sample(frac=1, random_state=1)
    design = Design.fit(f"y ~ {call}", shuffled)
    X = Design.fit(f"y ~ {call}", TABLE).read(TABLE).X
    np.testing.assert_array_equal(design.read(TABLE).X, X)
    chunked = Design.fit(f"y ~ {call}", lambda: iter([TABLE[:7], TABLE[7:]]))
    np.testing.assert_array_equal(chunked.read(TABLE).X, X)


def test_unknown_values_are_behind_the_levels():
    found = read_categories(np.array([3.0, 1.0, 7.0, np.nan]), [1, 2, 3])
    assert found.categories.tolist() == [1, 2, 3, 7]
    assert found.codes.tolist() == [2, 0, 3, -1]
    text = read_categories(pd.Categorical(["b", "z"]), ["a", "b"])
    assert text.categories.tolist() == ["a", "b", "z"] and text.codes.tolist() == [1, 2]
    truth = read_categories(np.array([True, True]))
    assert truth.categories.tolist() == [False, True] and truth.codes.tolist() == [1, 1]


def test_floats_that_may_be_rounded_are_no_levels():
    with pytest.raises(ValueError, match="cannot tell whole numbers apart"):
        read_categories(np.array([2.0**53]), [2**53, 2**53 + 1])


def test_rows_of_levels_are_counted_over_blocks():
    counts = LevelCounts()
    for block in ([2.0, 1.0, 2.0], [1.5, 1.0]):
        counts.add(np.array(block))
    assert counts.finish() == {1.0: 2, 1.5: 1, 2.0: 2}
    counts = LevelCounts()
    for block in ("ab", "ca"):
        counts.add(pd.Categorical([*block], list("cba")))
    assert list(counts.finish().items()) == [("c", 1), ("b", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("level", "name"), [(1.5, "1.5"), (3, "3"), (1e20, "1e+20"), (0.1 + 0.2, "0.3"), ("a", "a")]
)
def test_numbers_are_named_with_15_digits_as_in_r(level, name):
    assert name_level(level) == name


class TestFactor:
    """R's ``factor(x, levels, labels)``."""

    frame = pd.DataFrame({"y": np.arange(6.0) / 4, "g": list("abcabc"), "k": [1, 2, 3] * 2})

    def test_values_that_are_no_levels_are_dropped_with_their_number(self):
        with pytest.warns(DataWarning, match=r"2 of 6 rows dropped: .*\(factor\(g, .*\) 2\)"):
            net = NeuralNetwork("y ~ factor(g, levels=c('b', 'a'))", self.frame, 0, seed=1)
        assert net.X.tolist() == [[1, 1], [1, 0], [1, 1], [1, 0]]
        with pytest.warns(DataWarning, match=r"2 of 6 rows are .* no value of factor\(g, levels="):
            assert net.predict(self.frame).isna().tolist() == [False, False, True] * 2
        with pytest.warns(DataWarning, match="2 of 6 rows left out"):
            net.compute_loss(self.frame)
        with pytest.warns(DataWarning, match=r"2 of 6 rows dropped: .*\(C\(k, levels=.*\) 2\)"):
            NeuralNetwork("y ~ C(k, levels=[3, 1])", self.frame, 0)

    def test_na_action_raise_refuses_them(self):
        with pytest.raises(ValueError, match=r"2 of 6 rows have missing values \(factor"):
            NeuralNetwork("y ~ factor(g, levels=['b', 'a'])", self.frame, na_action="raise")

    def test_order_of_classes(self):
        with pytest.warns(DataWarning, match="2 of 6 rows dropped"):
            net = NeuralNetwork("factor(g, levels=c('c', 'a')) ~ y", self.frame, 0, seed=1)
        assert list(net.classes) == ["c", "a"] and net.Y.tolist() == ["a", "c", "a", "c"]
        net = NeuralNetwork("factor(k, labels=['x', 'y', 'x'], ordered=TRUE) ~ y", self.frame, 0)
        assert list(net.classes) == ["x", "y"] and net.predict().dtype.ordered

    def test_level_without_a_row_is_reported(self):
        with pytest.warns(DataWarning, match=r"factor\(g, .*\) has no training row of 'z'"):
            NeuralNetwork("y ~ factor(g, levels=['a', 'b', 'c', 'z'])", self.frame, 0)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("factor(g, levels=['a', 'b', 'a'])", "names a level twice: 'a', 'b', 'a'"),
            ("factor(k, levels=['1', '2'])", "none of the values, which are 1, 2, 3: text is"),
            ("factor(g, labels=['x'])", "labels= has 1 labels for 3 levels"),
            ("factor(g, levels=['a', 'b'], labels=['x'])", "labels= has 1 labels for 2 levels"),
            ("factor(g, labels='x')", "a list of up to 10,000 labels, or None as labels, not 'x'"),
            ("factor(g, lvls=['a'])", "takes data, contrast=, levels=, labels=, ordered= and no"),
            ("factor(g, c('a', 'b'))", r"or levels=\[...\] by name"),
            ("factor(g, levels=c(a, b))", "unknown name 'a'"),
            ("factor(g, levels=c(y))", "numbers or text in the list of an argument"),
            ("factor(g, levels=c())", "levels= has none of the values"),
        ],
    )
    def test_mistyped(self, text, message):
        with pytest.raises(ValueError, match=message):
            Design.fit(f"y ~ {text}", self.frame)

    def test_a_new_number_is_unseen_and_not_missing(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            design = Design.fit("y ~ factor(k, labels=['x', 'y', 'z'])", self.frame)
        with pytest.raises(ValueError, match="holds 7, which training never saw"):
            design.read({"k": [1, 7]}, response=False)
