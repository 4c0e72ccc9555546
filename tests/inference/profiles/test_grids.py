"""Grids: numbers, levels and dates, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_table

from neuralnet import NeuralNetwork
from neuralnet.errors import DataWarning


@pytest.fixture(scope="module")
def table():
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(36) * 10, "D")
    return make_table().assign(
        count4=np.resize([4, 6, 8], 36),
        flag=np.resize([True, False, False], 36),
        size=pd.Categorical(np.resize(["S", "L", "M"], 36), ["S", "M", "L"], ordered=True),
        when=days,
        e=1.0,
        w=np.resize([1.0, 3.0, 0.0], 36),
    )


@pytest.fixture(scope="module")
def explained(table):
    formula = "cost ~ x1 + log(x2 + 9) + C(count4) + flag + size + kind + month(when) + offset(e)"
    return NeuralNetwork(formula, table, 2, seed=1, weights="w").train(2, 1e-3, trace=0).explain()


def test_numbers_lie_evenly_between_quantiles_by_case_weight(table, explained):
    repeated = table["x1"].repeat(table["w"].astype(int))
    wanted = np.linspace(*np.quantile(repeated, [0.05, 0.95]), 7)
    found = explained.partial_dependence("x1", 7)["value"]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    whole = explained.lek_profile("x1", [0.5], 7)["value"]
    wanted = np.linspace(repeated.min(), repeated.max(), 7)
    np.testing.assert_allclose(whole, wanted, rtol=1e-12)


def test_few_different_numbers_are_the_grid(table, explained):
    counted = np.sort(table["x1"][table["w"] > 0.0])
    found = explained.partial_dependence("x1", 24)["value"]
    assert found.tolist() == counted.tolist()


@case_by_case(
    "name, wanted",
    [
        ("count4", [4.0, 6.0, 8.0]),
        ("flag", [False, True]),
        ("size", ["S", "M", "L"]),
        ("kind", ["a", "b", "c"]),
    ],
)
def test_levels_are_all_on_the_grid(explained, name, wanted):
    found = explained.partial_dependence(name)["value"]
    assert found.tolist() == wanted
    if name == "size":
        assert found.cat.ordered


def test_dates_lie_evenly_over_their_range(table, explained):
    found = explained.partial_dependence("when", 3)["value"]
    assert found.dtype == "datetime64[us]"
    first, last = table["when"].iloc[[0, -1]]
    assert found.tolist() == [first, first + (last - first) / 2, last]
    given = {"when": ["2024-03-01", pd.Timestamp("2024-05-01")]}
    found = explained.partial_dependence("when", given)["estimate"]
    one = explained.partial_dependence(
        "when", {"when": pd.to_datetime(["2024-03-05", "2024-05-09"])}
    )
    assert found.tolist() == one["estimate"].tolist()  # of the same months


@case_by_case(
    "arguments, message",
    [
        (("x1", 1), "grid must be a whole number of at least 2, not 1"),
        (("x1", {"x1": [3.0]}), "grid of 'x1' must be a list of two values or more"),
        (("x1", {"x1": [3.0, np.nan]}), "grid of 'x1' must be a number"),
        (("x1", {"x2": [3.0, 4.0]}), "grid names 'x2', and the columns that change are 'x1'"),
        (("kind", {"kind": ["a", "d"]}), "holds 'd'; the levels are"),
        (("count4", {"count4": [4, 5]}), "holds 5; the levels are"),
        (("when", {"when": ["1.5.2024", "2024-06-01"]}), "must be ISO dates"),
        (("e",), "variables='e': the column is only in the offset"),
        (("cost",), "variables='cost' is the response"),
        (("x11",), "no predictor of the formula: did you mean 'x1'"),
        ((["x1", "x1"],), "two different ones"),
        ((["x1", "x2", "kind"],), "one column, or two"),
    ],
)
def test_errors_say_what_to_give(explained, arguments, message):
    with pytest.raises(ValueError, match=message):
        explained.partial_dependence(*arguments)


@case_by_case(
    "arguments, message",
    [
        (("x1", [1.0, 2.0]), r"a dict of columns and their values, as in grid=\{'x1'"),
        (("x1", "many"), "grid must be a whole number"),
        ((3,), "variables must be the name of a column"),
    ],
)
def test_other_types_are_refused(explained, arguments, message):
    with pytest.raises(TypeError, match=message):
        explained.partial_dependence(*arguments)


def test_a_column_with_one_value_has_no_shape(table):
    net = NeuralNetwork("cost ~ x1 + kind", table, 2, seed=1).train(2, 1e-3, trace=0)
    same = net.explain(table.assign(x1=2.0))
    with pytest.raises(ValueError, match=r"'x1' has one value in these rows, 2\.0"):
        same.partial_dependence("x1")
    with pytest.raises(ValueError, match=r"'x1' has one value, 2\.0, in these rows"):
        same.accumulated_local_effects("x1")
    assert len(same.partial_dependence("x1", {"x1": [1.0, 2.0]})) == 2
    with pytest.raises(ValueError, match="'kind' has one value, 'a', in these rows"):
        net.explain(table.assign(kind="a")).accumulated_local_effects("kind")


def test_imputed_values_have_no_place_on_the_grid(table):
    missing = table.assign(x1=table["x1"].mask(np.arange(36) % 6 == 0))
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork("cost ~ x1 + x2", missing, 2, seed=1, na_action="impute")
    found = net.train(2, 1e-3, trace=0).explain()
    wanted = np.linspace(*np.nanquantile(missing["x1"], [0.05, 0.95]), 5)
    np.testing.assert_allclose(found.partial_dependence("x1", 5)["value"], wanted, rtol=1e-12)
    known = missing["x1"].notna().to_numpy()
    effects = found.accumulated_local_effects("x1", 4)
    alone = net.explain(missing[known]).accumulated_local_effects("x1", 4)
    pd.testing.assert_frame_equal(effects, alone)
