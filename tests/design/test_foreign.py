"""Tables of other libraries: no order of rows, no missing value and no library changes a level."""

import datetime
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.design.frames import as_frame

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")

N = 40
TEXT = np.array(["v", "u", "w", "u"] * (N // 4))
A = np.linspace(-1, 1, N)
BIG = 2**53 + 1


class Foreign:
    """A table of yet another library, whose dictionaries follow the order of appearance."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def to_pandas(self) -> pd.DataFrame:
        return self.frame


class Modin(Foreign):
    """A table that behaves like one of pandas."""

    iloc = None


def appearing(values: np.ndarray) -> pd.Categorical:
    return pd.Categorical(values, list(dict.fromkeys(values)))


def arrow(values: np.ndarray) -> object:
    return pa.array(values.tolist()).dictionary_encode()


MAKERS = {
    "polars": lambda g: pl.DataFrame({"a": A, "g": pl.Series(g, dtype=pl.Categorical)}),
    "polars in a dict": lambda g: {"a": A, "g": pl.Series(g, dtype=pl.Categorical)},
    "arrow": lambda g: pa.table({"a": A, "g": arrow(g)}),
    "arrow of batches": lambda g: pa.RecordBatch.from_pydict({"a": pa.array(A), "g": arrow(g)}),
    "arrow in a dict": lambda g: {"a": A, "g": arrow(g)},
    "arrow in pandas": lambda g: pd.DataFrame(
        {"a": A, "g": pd.array(arrow(g), dtype=pd.ArrowDtype(arrow(g).type))}
    ),
    "any other": lambda g: Foreign(pd.DataFrame({"a": A, "g": appearing(g)})),
    "arrow text": lambda g: pa.table({"a": A, "g": pa.array(g.tolist())}),
    "polars text": lambda g: pl.DataFrame({"a": A, "g": g}),
}


@case_by_case("name", MAKERS)
def test_shuffled_rows_change_no_level(name: str) -> None:
    make = MAKERS[name]
    for g in (TEXT, TEXT[::-1], np.sort(TEXT)):
        table = make(g)
        assert Design.fit("a ~ g", table).x_names == ("Intercept", "g[T.v]", "g[T.w]")
        response = Design.fit("g ~ a", table).response
        assert response.classes == ("u", "v", "w")
        assert not response.ordered


@case_by_case("name", MAKERS)
def test_shuffled_rows_keep_the_sign_of_a_slope(name: str) -> None:
    g = np.where(A + 0.3 * np.sin(9 * A) > 0, "yes", "no")
    for rows in (np.arange(N), np.arange(N)[::-1]):
        table = MAKERS[name](g[rows])
        if isinstance(table, dict):
            table["a"] = A[rows]
        else:
            table = as_frame(table).assign(a=A[rows])
        net = NeuralNetwork("g ~ a", table, hidden=0, family="binomial", decay=0.1)
        net.train(optimizer="newton", trace=0)
        assert net.classes == ["no", "yes"]
        assert net.coef()["W1"].loc["a"].item() > 0
        assert net.predict(MAKERS[name](g)).dtype == net.predict().dtype
    assert net.predict({"a": [0.9]}).tolist() == ["yes"]


@case_by_case("name", MAKERS)
def test_new_rows_and_chunks_go_by_value(name: str) -> None:
    make = MAKERS[name]
    design = Design.fit("a ~ g", make(TEXT))
    few = as_frame(make(TEXT)).iloc[:3]
    for table in (make(TEXT), make(TEXT[::-1]), few):
        wanted = Design.fit("a ~ g", pd.DataFrame({"a": A, "g": TEXT})).read(as_frame(table))
        np.testing.assert_array_equal(design.read(table).X, wanted.X)
    pieces = [make(TEXT), make(np.where(TEXT == "u", "x", TEXT)), make(TEXT[::-1])]
    chunked = Design.fit("a ~ g", lambda: iter(pieces))
    assert chunked.x_names == ("Intercept", "g[T.v]", "g[T.w]", "g[T.x]")


def test_objects_that_behave_as_pandas_keep_their_categories() -> None:
    table = Modin(pd.DataFrame({"a": A, "g": appearing(TEXT)}))
    assert Design.fit("g ~ a", table).response.classes == ("v", "u", "w")
    assert Design.fit("g ~ a", table.frame).response.classes == ("v", "u", "w")


def test_enum_of_polars_is_unordered_in_the_order_given() -> None:
    kind = pl.Enum(["w", "u", "v"])
    for g in (TEXT, TEXT[::-1]):
        for table in (
            pl.DataFrame({"a": A, "g": pl.Series(g, dtype=kind)}),
            {"a": A, "g": pl.Series(g, dtype=kind)},
        ):
            design = Design.fit("a ~ g", table)
            assert design.x_names == ("Intercept", "g[T.u]", "g[T.v]")
            response = Design.fit("g ~ a", table).response
            assert (response.classes, response.ordered) == (("w", "u", "v"), False)
    gaps = pl.DataFrame({"g": pl.Series(["v", None, "w"], dtype=kind)})
    assert as_frame(gaps)["g"].isna().tolist() == [False, True, False]


def test_arrow_says_whether_a_dictionary_is_ordered() -> None:
    codes = pa.array(np.arange(N) % 3, pa.int32())
    for ordered in (False, True):
        kind = pa.DictionaryArray.from_arrays(codes, pa.array(["w", "u", "v"]), ordered=ordered)
        series = pd.Series(pd.array(kind, dtype=pd.ArrowDtype(kind.type)))
        for table in (pa.table({"a": A, "g": kind}), pd.DataFrame({"a": A, "g": series})):
            response = Design.fit("g ~ a", table).response
            wanted = ("w", "u", "v") if ordered else ("u", "v", "w")
            assert (response.classes, response.ordered) == (wanted, ordered)


def test_arrow_dictionaries_of_several_pieces_in_pandas() -> None:
    kind = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    pieces = [pd.Series(pd.array(g, dtype=kind)) for g in (["b", None], ["a", "b"])]
    table = pd.DataFrame({"a": A[:4], "g": pd.concat(pieces, ignore_index=True)})
    read = Design.fit("a ~ g", table).read(table)
    np.testing.assert_array_equal(read.X, [[1, 1], [np.nan, np.nan], [1, 0], [1, 1]])
    assert len(as_frame(table)) == 4


@pytest.mark.parametrize("kind", ["int64", "uint64", "int8", "uint16"])
def test_integers_beside_missing_values_are_exact(kind: str) -> None:
    top = int(np.iinfo(kind).max)
    numbers = [top, None, top - 1]
    name = kind.replace("int", "Int").replace("uI", "UI")
    tables = {
        "polars": pl.DataFrame({"k": pl.Series(numbers, dtype=getattr(pl, name))}),
        "polars in a dict": {"k": pl.Series(numbers, dtype=getattr(pl, name))},
        "arrow": pa.table({"k": pa.array(numbers, kind)}),
        "arrow in a dict": {"k": pa.array(numbers, kind)},
        "masked": {"k": np.ma.masked_array([top, 0, top - 1], [0, 1, 0], dtype=kind)},
        "structured": np.ma.masked_array(
            [(top,), (0,), (top - 1,)], [(0,), (1,), (0,)], dtype=[("k", kind)]
        ),
    }
    for table in tables.values():
        column = as_frame(table)["k"]
        assert str(column.dtype) in (name, "Int64", "UInt64")
        assert column.isna().tolist() == [False, True, False]
        assert [column[0], column[2]] == [top, top - 1]
    whole = {"k": pa.array([1, 2], kind)}, pa.table({"k": pa.array([1, 2], kind)})
    for table in (*whole, {"k": pl.Series([1, 2], dtype=getattr(pl, name))}):
        assert as_frame(table)["k"].dtype == kind


def test_arrow_tables_of_pandas_keep_their_index_and_names() -> None:
    frame = pd.DataFrame({"k": [BIG, None], "g": ["v", "u"]}, dtype=object)
    frame = frame.astype({"k": "Int64", "g": pd.CategoricalDtype(["v", "u"])})
    frame.index = pd.Index(["r", "s"], name="row")
    found = as_frame(pa.Table.from_pandas(frame))
    pd.testing.assert_frame_equal(found, frame.assign(g=frame["g"].cat.set_categories(["u", "v"])))
    two = Foreign(pd.concat([frame, frame.iloc[:, :1]], axis=1))
    assert as_frame(two).columns.tolist() == ["k", "g", "k"]
    assert as_frame(two)["g"].cat.categories.tolist() == ["u", "v"]


def test_integers_in_a_list_are_exact_beside_missing_values() -> None:
    assert as_frame({"k": [BIG, None, BIG + 1]})["k"].tolist()[::2] == [BIG, BIG + 1]
    assert as_frame({"k": (BIG, np.nan)})["k"].iloc[0] == BIG
    assert as_frame({"k": [None, np.int64(BIG)]})["k"].iloc[1] == BIG
    assert as_frame({"k": [1, 2]})["k"].dtype == np.int64
    assert as_frame({"k": [1, None]})["k"].dtype == np.float64
    assert as_frame({"k": [1.5, None]})["k"].dtype == np.float64


def test_columns_of_polars() -> None:
    table = pl.DataFrame(
        {
            "f": [1.5, None],
            "t": [True, None],
            "s": ["x", None],
            "date": [datetime.date(2020, 1, 1), None],
            "time": [datetime.time(1), None],
            "list": [[1], [2, 3]],
            "struct": [{"a": 1}, {"a": None}],
            "decimal": [Decimal("1.5"), None],
            "bytes": [b"a", None],
            "none": [None, None],
            "array": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        }
    )
    frame = as_frame(table)
    assert frame.columns.tolist() == table.columns
    assert frame["f"].isna().tolist() == [False, True]
    assert frame["s"].isna().tolist() == [False, True]
    assert frame["date"].dtype.kind == "M"
    assert frame["list"].tolist() == [[1], [2, 3]]
    assert as_frame(pl.DataFrame()).shape == (0, 0)
    assert len(as_frame(table.head(0))) == 0


def test_polars_needs_no_pyarrow() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
import polars as pl
from neuralnet import NeuralNetwork
table = pl.DataFrame({
    "y": [1.5, 2, None, 4, 5, 7], "s": ["a", "b", None, "b", "a", "a"], "t": [True, False] * 3,
    "e": pl.Series(["z", "y"] * 3, dtype=pl.Enum(["z", "y"])),
    "c": pl.Series(["r", "q", "p"] * 2, dtype=pl.Categorical),
}).filter(pl.col("y").is_not_null())
print(NeuralNetwork("y ~ s + t + e + c", table, hidden=0).x_names)
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[0] == str(
        ["Intercept", "s[T.b]", "t[T.True]", "e[T.y]", "c[T.q]", "c[T.r]"]
    )
