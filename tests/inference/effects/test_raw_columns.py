"""Columns as other packages vary them: written and read again, they give the same X."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.inference.effects.raw_columns import describe_columns

N = 12
TABLE = pd.DataFrame(
    {
        "y": np.linspace(0.0, 1.0, N) ** 2,
        "a b": np.linspace(-1.0, 2.0, N),
        "whole": np.arange(N, dtype="int64") % 5,
        "text": np.resize(["u", "v", "w"], N),
        "flag": np.resize([True, False, False], N),
        "kind": pd.Categorical(np.resize([3, 1, 2], N), categories=[3, 2, 1]),
        "cut": pd.cut(np.linspace(0.0, 1.0, N), [-1.0, 0.5, 2.0]),
        "code": np.resize([4.0, 6.5, 8.0], N),
        "when": pd.date_range("2024-01-01", periods=N),
    }
)
KINDS = {
    "`a b`": "number",
    "whole": "number",
    "text": "levels",
    "flag": "boolean",
    "kind": "levels",
    "cut": "levels",
    "C(code)": "levels",
    "days(when)": "date",
    "log(y)": "number",
}


@case_by_case("term", KINDS)
def test_a_column_that_was_written_is_read_as_it_was(term):
    formula = f"`a b` ~ {term}" if term == "log(y)" else f"y ~ {term}"
    model = NeuralNetwork(formula, TABLE[1:], hidden=0)._model
    (name,) = model.design.formula.columns
    column = describe_columns(model)[name]
    assert column.kind == KINDS[term]
    written = column.write(model.model_frame.frame)
    assert {type(each) for each in written} <= {float, bool, str}
    again = pd.DataFrame({name: column.read(written)})
    assert np.array_equal(model.design.read(again, response=False).X, model.rows.X)


def test_levels_keep_their_order_and_missing_values_stay_missing():
    table = TABLE.astype({"text": object})
    table.loc[2, "text"] = table.loc[3, "kind"] = table.loc[4, "a b"] = None
    model = NeuralNetwork("y ~ text + kind + `a b` + C(code)", TABLE, hidden=0)._model
    columns = describe_columns(model)
    names = {name: columns[name].names for name in ("text", "kind", "code")}
    assert names == {"text": ["u", "v", "w"], "kind": ["3", "2", "1"], "code": ["4", "6.5", "8"]}
    for name, row in [("text", 2), ("kind", 3), ("a b", 4)]:
        written = columns[name].write(table)
        assert [place for place, each in enumerate(written) if each is None] == [row]
        assert np.flatnonzero(pd.isna(columns[name].read(written))).tolist() == [row]


def test_levels_of_the_same_text_are_an_error():
    table = TABLE.assign(mixed=pd.Categorical([1, "1"] * 6, categories=[1, "1"]))
    columns = describe_columns(NeuralNetwork("y ~ mixed", table, hidden=0)._model)
    with pytest.raises(ValueError, match="column 'mixed' has different levels that are the same"):
        _ = columns["mixed"].names
