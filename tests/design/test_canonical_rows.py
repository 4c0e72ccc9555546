import numpy as np
import pandas as pd
import pytest

from neuralnet.design import arrange_rows

TABLE = pd.DataFrame(
    {"a": [2.0, 1.0, 2.0, np.nan], "b": ["x", "y", None, "x"], "c": pd.Categorical(list("uvvu"))},
    index=[7, 3, 7, 1],
)


def test_order_depends_on_values_alone():
    one, _ = arrange_rows(TABLE, None)
    other, _ = arrange_rows(TABLE.iloc[[3, 1, 0, 2]], None)
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(
        one.sort_values(["a", "b"]), TABLE.sort_values(["a", "b"]), check_freq=False
    )


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1]])
def test_fractions_stay_with_their_rows(order):
    w = np.array([0.5, 2.0, 0.1, 1.5])
    rows, weights = arrange_rows(TABLE.iloc[order], w[order])
    assert set(zip(rows.index, weights, strict=True)) == {(7, 0.5), (3, 2.0), (7, 0.1), (1, 1.5)}
    assert rows.equals(arrange_rows(TABLE, w)[0])


def test_more_rows_than_a_table_should_have_stay_weights():
    rows, weights = arrange_rows(TABLE, np.array([1e9, 1.0, 1.0, 1.0]))
    assert sorted(weights) == [1.0, 1.0, 1.0, 1e9]
    assert len(rows) == 4


def test_containers_are_named():
    with pytest.raises(TypeError, match="a column holds lists"):
        arrange_rows(pd.DataFrame({"a": [[1], [2]]}), None)
