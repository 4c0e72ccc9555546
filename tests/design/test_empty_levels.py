"""Classes with hardly any training row."""

import warnings

import numpy as np
import pandas as pd
import pytest

from neuralnet import DataWarning, NeuralNetwork


def make(classes):
    table = pd.DataFrame({"id": classes, "x": np.linspace(-1, 1, len(classes))})
    return NeuralNetwork("id ~ x", table, 0, seed=1)


@pytest.mark.parametrize("n", [3, 60])
def test_as_many_classes_as_rows_are_reported(n):
    reported = (
        rf"^the response id has {n} classes in {n} rows, {n} of them in one row only, .* is it a "
        r"row identifier\? Join rare classes, as in pool\(id, 20\) ~ ..., or make it a number$"
    )
    with pytest.warns(DataWarning, match=reported):
        make([f"n{k}" for k in range(n)])


@pytest.mark.parametrize(
    ("counts", "warns"),
    [([1, 1, 1, 2], True), ([1, 1, 1, 2, 2, 2], False), ([1, 1], False), ([1, 1, 1, 9, 9], True)],
)
def test_more_than_half_of_more_than_two_classes(counts, warns):
    classes = np.repeat([f"c{k}" for k in range(len(counts))], counts)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make(classes)
    assert [" in one row only, " in str(each.message) for each in caught] == [True] * warns
