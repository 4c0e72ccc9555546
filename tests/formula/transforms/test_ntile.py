"""``ntile`` beside the definition that dplyr's manual states."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.formula.transforms.ntile import Ntile


def learn(x, n):
    found = Ntile()
    found.memorize_chunk(np.asarray(x, dtype=float), n)
    found.memorize_finish()
    return found


def list_groups(length, n):
    """Groups by rank: sizes differ by one at most, and larger groups come first."""
    sizes = [length // n + (group < length % n) for group in range(n)]
    return np.repeat(np.arange(1, n + 1), sizes)


@case_by_case("n", [2, 3, 4, 7, 10, 12])
@case_by_case("length", [1, 3, 10, 11, 24, 100])
def test_groups_are_those_of_ranks(length, n):
    x = np.random.default_rng(length).permutation(np.arange(length) ** 2.0)
    ranks = np.argsort(np.argsort(x))
    np.testing.assert_array_equal(learn(x, n).transform(x, n), list_groups(length, n)[ranks])


def test_equal_values_are_in_the_lowest_of_their_groups():
    x = [0, 0, 0, 0, 0, 1, 2, 3]
    assert learn(x, 4).transform(x, 4).tolist() == [1, 1, 1, 1, 1, 3, 4, 4]


def test_new_rows_are_compared_with_the_bounds_of_training():
    found = learn(np.arange(1, 9), 4)
    assert found.bounds.tolist() == [2, 4, 6]
    new = found.transform(np.array([-9, 2, 2.5, 4, 6.1, 99, np.nan]), 4)
    np.testing.assert_array_equal(new, [1, 1, 2, 2, 4, 4, np.nan])


def test_blocks_give_the_bounds_of_the_whole():
    x, parts = np.random.default_rng(0).normal(size=50), Ntile()
    for chunk in np.split(x, [4, 5, 17]):
        parts.memorize_chunk(chunk, 4)
    parts.memorize_finish()
    np.testing.assert_array_equal(parts.bounds, learn(x, 4).bounds)


def test_it_is_a_number_and_a_factor_by_factor():
    frame = pd.DataFrame({"y": np.arange(8.0), "x": np.arange(8.0)[::-1]})
    X = Design.fit("y ~ ntile(x, 4)", frame).read(frame).X
    assert X[:, 1].tolist() == [4, 4, 3, 3, 2, 2, 1, 1]
    design = Design.fit("y ~ factor(ntile(x, 4))", frame)
    assert design.x_names[1:] == tuple(f"factor(ntile(x, 4))[T.{k}]" for k in (2, 3, 4))
    assert design.read({"x": [-5, 99]}, response=False).X.tolist() == [[1, 0, 0, 0], [1, 0, 0, 1]]
    shifted = Design.fit("y ~ offset(ntile(x, 2))", frame).read(frame).offset
    assert shifted.ravel().tolist() == [2] * 4 + [1] * 4


@case_by_case(
    ("text", "message"),
    [
        ("ntile(x)", r"ntile in .* lacks n \(a whole number .*\): it takes x, n and no other"),
        ("ntile(n=4)", "names no column of the data: ntile takes x, n and no other"),
        ("ntile(x, 0)", "a whole number from 2 to 1,000 as n, not 0"),
        ("ntile(x, 1)", "as n, not 1"),
        ("ntile(x, 4.5)", "as n, not 4.5"),
        ("ntile(g, 4)", "column 'g' holds categories"),
        ("ntile(factor(x), 4)", r"not factor\(x\), which makes categories"),
        ("ntile(poly(x, 2), 4)", "ntile takes one column of numbers"),
        ("ntile(log(x - 2), 4)", "ntile needs numbers, and 2 rows have none"),
        ("ntiles(x, 4)", "did you mean 'ntile'"),
        ("qcut(x, 4)", r"factor\(ntile\(x, 4\)\) makes groups of equal size"),
    ],
)
def test_mistyped(text, message):
    frame = pd.DataFrame({"y": np.arange(8.0), "x": np.arange(8.0), "g": list("uv") * 4})
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", frame)
