"""Tables of other libraries: the same numbers from each, and no column that nobody named."""

import datetime
import sys
import warnings
from collections import Counter, namedtuple
from collections.abc import Callable, Sequence
from dataclasses import make_dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design import foreign_tables
from neuralnet.design.design import Design
from neuralnet.design.foreign_tables import Table
from neuralnet.design.frames import as_frame

duckdb = pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
ds = pytest.importorskip("pyarrow.dataset")


class Stream:
    """A table of which nothing is known but that it gives a stream of Arrow."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


# Of an Arrow table, for any of its types of columns.
FROM_ARROW = {
    "arrow": lambda table: table,
    "batches": lambda table: pa.Table.from_batches(table.to_batches(max_chunksize=2)),
    "batch": lambda table: table.combine_chunks().to_batches()[0],
    "reader": lambda table: pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
    "dataset": lambda table: ds.dataset(table),
    "stream": Stream,
    "dict of arrow": lambda table: {name: table[name] for name in table.column_names},
    "pandas": lambda table: pd.DataFrame(
        {
            name: pd.array(column.combine_chunks(), dtype=pd.ArrowDtype(column.type))
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    ),
    "duckdb": lambda table: duckdb.from_arrow(table),
}
FROM_POLARS = {
    "polars": lambda table: table,
    "lazy": lambda table: table.lazy(),
    "dict of polars": lambda table: {name: table[name] for name in table.columns},
}
# Of a dict of lists.
FROM_LISTS = {
    "dict of lists": dict,
    "list of dicts": lambda lists: [
        dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)
    ],
    "named tuples": lambda lists: [
        namedtuple("Row", lists)(*row) for row in zip(*lists.values(), strict=True)
    ],
    "dataclasses": lambda lists: [
        make_dataclass("Record", lists)(*row) for row in zip(*lists.values(), strict=True)
    ],
}


class Kind(NamedTuple):
    """A type of columns: its values, and what NumPy or pandas hold in their place."""

    values: Sequence[Any]
    polars: Any
    arrow: Any
    plain: Callable[[list[Any]], Any] = lambda values: np.array(values, dtype=float)
    terms: str = "{0}"


def to_text(values: list[Any]) -> Any:
    return pd.Series(values, dtype=object)


def to_times(values: list[Any]) -> Any:
    return np.array(values, dtype="datetime64[us]")


SINGLE = np.array([0.1, 0.2, 0.3, -4.0], dtype=np.float32).tolist()
TEXT = ["b", "a", "c", "a"]
TIMES = [datetime.datetime(2020, 1, 2, 3, 4), datetime.datetime(1969, 12, 31, 23, 59, 59, 5)]
TIMES += [datetime.datetime(2024, 2, 29), datetime.datetime(1700, 3, 1)]
DATES = [each.date() for each in TIMES]
UTC = [each.replace(tzinfo=datetime.UTC) for each in TIMES]
CENTS = [Decimal("1.25"), Decimal("0.10"), Decimal("-3.30"), Decimal("123456789012.34")]
KINDS = {
    "int8": Kind([1, -2, 3, 127], pl.Int8, pa.int8()),
    "int16": Kind([1, -2, 3, 2**15 - 1], pl.Int16, pa.int16()),
    "int32": Kind([1, -2, 3, 2**31 - 1], pl.Int32, pa.int32()),
    "int64": Kind([1, -2, 3, 2**53 + 1], pl.Int64, pa.int64()),
    "uint8": Kind([1, 2, 3, 255], pl.UInt8, pa.uint8()),
    "uint16": Kind([1, 2, 3, 2**16 - 1], pl.UInt16, pa.uint16()),
    "uint32": Kind([1, 2, 3, 2**32 - 1], pl.UInt32, pa.uint32()),
    "uint64": Kind([1, 2, 3, 2**64 - 1], pl.UInt64, pa.uint64()),
    "float32": Kind(SINGLE, pl.Float32, pa.float32()),
    "float64": Kind([0.1, 0.2, 0.3, -4.0], pl.Float64, pa.float64()),
    "bool": Kind([True, False, True, True], pl.Boolean, pa.bool_(), to_text),
    "text": Kind(TEXT, pl.String, pa.string(), to_text),
    "large_text": Kind(TEXT, pl.String, pa.large_string(), to_text),
    "categories": Kind(TEXT, pl.Categorical, pa.dictionary(pa.int32(), pa.string()), to_text),
    "enum": Kind(
        TEXT, pl.Enum(["a", "b", "c"]), pa.dictionary(pa.int8(), pa.large_string()), to_text
    ),
    "dates": Kind(DATES, pl.Date, pa.date32(), to_times, "days({0}) + month({0})"),
    "times": Kind(TIMES, pl.Datetime("us"), pa.timestamp("us"), to_times, "days({0}) + hour({0})"),
    "times_of_a_zone": Kind(
        UTC,
        pl.Datetime("us", "UTC"),
        pa.timestamp("us", "UTC"),
        lambda values: pd.Series(values, dtype="datetime64[us, UTC]"),
        "days({0}) + hour({0})",
    ),
    "decimals": Kind(CENTS, pl.Decimal(20, 2), pa.decimal128(20, 2)),
}


def make_arrow(values: list[Any], kind: Any) -> Any:
    if not pa.types.is_dictionary(kind):
        return pa.array(values, kind)
    levels = sorted({*values} - {None})
    codes = [None if each is None else levels.index(each) for each in values]
    codes = pa.array(codes, kind.index_type)
    return pa.DictionaryArray.from_arrays(codes, pa.array(levels), ordered=kind.ordered)


@pytest.fixture(autouse=True)
def session() -> None:
    # What duckdb gives is in the time zone of its session.
    duckdb.sql("set timezone = 'UTC'")


@case_by_case("gap", [False, True])
def test_every_library_gives_the_same_bits_of_every_type(gap: bool) -> None:
    blank = [None] if gap else []
    lists = {name: [*kind.values, *blank] for name, kind in KINDS.items()}
    y = np.arange(4.0 + gap)
    arrow = pa.table({**{n: make_arrow(lists[n], k.arrow) for n, k in KINDS.items()}, "y": y})
    series = {name: pl.Series(lists[name], dtype=kind.polars) for name, kind in KINDS.items()}
    polars = pl.DataFrame({**series, "y": y})
    tables = {name: make(arrow) for name, make in FROM_ARROW.items()}
    tables |= {name: make(polars) for name, make in FROM_POLARS.items()}
    tables |= {name: make({**lists, "y": y.tolist()}) for name, make in FROM_LISTS.items()}
    plain = {name: kind.plain(lists[name]) for name, kind in KINDS.items()}
    formula = "y ~ " + " + ".join(kind.terms.format(name) for name, kind in KINDS.items())
    wanted = read_columns(formula, pd.DataFrame({**plain, "y": y}))
    assert len(wanted) == 1 + 10 + 1 + 4 * 2 + 3 * 2 + 1
    for library, table in tables.items():
        found = read_columns(formula, table)
        assert list(found) == list(wanted), library
        wrong = [name for name, column in wanted.items() if found[name] != column]
        assert not wrong, f"{library}: {wrong}"


def read_columns(formula: str, table: Any) -> dict[str, bytes]:
    """The bits of each column of X."""
    frame = as_frame(table)
    with warnings.catch_warnings():
        # Whole numbers of 2**53 and beyond are rounded, with a warning.
        warnings.simplefilter("ignore")
        design = Design.fit(formula, frame)
        X = design.read(frame).X
    return {name: column.tobytes() for name, column in zip(design.x_names, X.T, strict=True)}


def test_large_integers_of_polars_are_whole() -> None:
    if hasattr(pl, "Int128"):
        table = pl.DataFrame({"k": pl.Series([2**53 + 1, None], dtype=pl.Int128)})
        assert as_frame(table)["k"].tolist() == [2**53 + 1, None]


ODD = {
    "list": ([[1], [2, 3], [1]], pl.List(pl.Int64), pa.list_(pa.int64())),
    "struct": ([{"a": 1}, {"a": 2}, {"a": 1}], pl.Struct({"a": pl.Int64}), None),
    "binary": ([b"a", b"b", b"c"], pl.Binary, pa.binary()),
    "duration": ([datetime.timedelta(k) for k in range(3)], pl.Duration("us"), pa.duration("us")),
}


@case_by_case("name", ODD)
def test_odd_columns_are_refused_where_the_formula_names_them(name: str) -> None:
    x, polars, arrow = ODD[name]
    y, a = [1.5, 2.0, 4.0], [0.5, 0.1, 0.7]
    arrow = pa.table({"x": pa.array(x, arrow), "y": y, "a": a})
    polars = pl.DataFrame({"x": pl.Series(x, dtype=polars), "y": y, "a": a})
    tables = {library: make(arrow) for library, make in FROM_ARROW.items()}
    tables |= {library: make(polars) for library, make in FROM_POLARS.items()}
    for library, table in tables.items():
        assert NeuralNetwork("y ~ a", table, hidden=0).nobs == 3, library
        if library != "reader":
            with pytest.raises(TypeError, match=r"column 'x' (is|holds) "):
                NeuralNetwork("y ~ .", table, hidden=0)


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the conversions of each column."""
    counts: Counter[str] = Counter()

    def make(names: Sequence[Any], convert: Callable[..., pd.DataFrame]) -> Table:
        def count(chosen: Sequence[Any]) -> pd.DataFrame:
            frame = convert(chosen)
            counts.update(frame.columns)
            return frame

        return Table(names, count)

    monkeypatch.setattr(foreign_tables, "Table", make)
    return counts


RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(RNG.normal(size=(30, 6)), columns=["y", "a", "b", "s", "o", "unused"])
FRAME["w"] = RNG.integers(1, 3, size=30).astype(float)
SOURCES = {
    "polars": lambda: pl.DataFrame(dict(FRAME.items())),
    "lazy": lambda: pl.DataFrame(dict(FRAME.items())).lazy(),
}
for library in ("arrow", "batch", "reader", "dataset", "stream", "duckdb"):
    SOURCES[library] = partial(
        lambda make: make(pa.table(dict(FRAME.items()))), FROM_ARROW[library]
    )


@case_by_case("name", SOURCES)
def test_only_named_columns_are_converted_and_each_once(
    name: str, conversions: Counter[str]
) -> None:
    def check(names: str) -> None:
        assert conversions == dict.fromkeys(names.split(), 1)
        conversions.clear()

    make, options = SOURCES[name], {"weights": "w", "subset": "s > -1", "offset": "o"}
    net = NeuralNetwork("y ~ a + exp(b)", make(), 2, seed=1, **options)
    check("y a b w s o")
    frame = NeuralNetwork("y ~ a + exp(b)", FRAME, 2, seed=1, **options)
    assert net.X.tobytes() == frame.X.tobytes()
    pd.testing.assert_series_equal(net.predict(make()), frame.predict(FRAME))
    check("a b o")
    assert net.compute_loss(make()) == frame.compute_loss(FRAME)
    check("y a b o w")
    net.layers(make())
    check("y a b o w")
    net.train(1, validation=make(), trace=0)
    check("y a b o w")
    NeuralNetwork("y ~ .", make(), hidden=0)
    check("y a b s o unused w")


def test_queries_compute_no_other_column() -> None:
    lazy = pl.LazyFrame({"y": [1.5, 2.0, 4.0], "a": [0.5, 0.1, 0.7]}).with_columns(
        bad=pl.col("a").map_elements(lambda a: 1 / 0, return_dtype=pl.Float64)
    )
    relation = duckdb.sql(
        "select y + 0.5 as y, y / 2 + y * y as a, error('no') as bad from range(3) t(y)"
    )
    for table in (lazy, relation):
        net = NeuralNetwork("y ~ a", table, hidden=0)
        assert net.nobs == 3
        assert len(net.predict(table)) == 3


def make_reader() -> Any:
    return SOURCES["reader"]()


def test_reader_is_read_once_and_says_so() -> None:
    reader = make_reader()
    for formula, options in [("y ~ aa", {}), ("y ~ a", {"weights": "ww"}), ("y ~", {})]:
        with pytest.raises(ValueError):
            NeuralNetwork(formula, reader, hidden=0, **options)
    with pytest.raises(ValueError, match=r"unknown name 'zz'"):
        NeuralNetwork("y ~ a", make_reader(), hidden=0, subset="zz > 1")
    net = NeuralNetwork("y ~ a", reader, hidden=0, seed=1)
    assert net.nobs == 30
    with pytest.raises(ValueError, match=r"gives no rows. It can be read once.*read_all\(\)"):
        net.predict(reader)
    # The training rows are what is left of it.
    assert net.update("~ . + exp(a)").x_names == ["Intercept", "a", "exp(a)"]
    again = net.update("~ . + b", data=make_reader())
    assert again.x_names == ["Intercept", "a", "b"]


def test_update_reads_a_query_again() -> None:
    for name in ("lazy", "duckdb", "dataset"):
        net = NeuralNetwork("y ~ a", SOURCES[name](), hidden=0)
        assert net.update("~ . + b").x_names == ["Intercept", "a", "b"]


def test_stream_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(pa.table({"a": [1]}))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"a Stream gives .* pip install pyarrow"):
        as_frame(stream)


@case_by_case("name", SOURCES)
def test_misspelled_columns_are_guessed_from_the_whole_table(name: str) -> None:
    make = SOURCES[name]
    net = NeuralNetwork("y ~ used", FRAME.assign(used=FRAME.a), hidden=0)
    with pytest.raises(
        ValueError, match=r"column 'used' is not in the data: did you mean 'unused'"
    ):
        net.predict(make())
    with pytest.raises(ValueError, match=r"unknown name 'unusd'.*'unused'"):
        NeuralNetwork("y ~ a", make(), hidden=0, subset="unusd > 1")
    with pytest.raises(ValueError, match=r"column 'unusd' .* did you mean 'unused'"):
        NeuralNetwork("y ~ a", make(), hidden=0, weights="unusd")


@case_by_case("name", SOURCES)
def test_rows_are_counted_where_no_column_is_needed(name: str) -> None:
    net = NeuralNetwork("y ~ 1", SOURCES[name](), hidden=0)
    other = NeuralNetwork("zz ~ 1", FRAME.assign(zz=FRAME.y), hidden=0)
    assert len(net.predict(SOURCES[name]())) == len(other.predict(SOURCES[name]())) == 30


def test_index_of_pandas_in_arrow_identifies_the_rows() -> None:
    frame = FRAME.set_axis([f"row {k}" for k in range(30)]).rename_axis("label")
    net = NeuralNetwork("y ~ a", frame, hidden=0)
    table = pa.Table.from_pandas(frame)
    for found in (table, ds.dataset(table), table.to_reader()):
        pd.testing.assert_series_equal(net.predict(found), net.predict(frame))
    assert NeuralNetwork("y ~ .", table, hidden=0).x_names[1:] == [*FRAME.columns[1:]]
    assert net.predict(SOURCES["polars"]()).index.equals(pd.RangeIndex(30))


def test_names_are_no_patterns() -> None:
    names = {"y": [1.5, 2.0, 4.0], "^.*$": [0.5, 0.1, 0.7], "*": [3.0, 1.0, 2.0]}
    for table in (pl.DataFrame(names), pl.LazyFrame(names), pa.table(names)):
        assert NeuralNetwork("y ~ `^.*$`", table, hidden=0).X[:, 1].tolist() == names["^.*$"]
    relation = duckdb.sql('select 1.5 as "a ""b""; --", 2 as y union all select 2.5, 3')
    assert as_frame(relation).columns.tolist() == ['a "b"; --', "y"]
    twice = pa.Table.from_arrays([pa.array([1.5, 2.0])] * 3, ["y", "k", "k"])
    assert NeuralNetwork("y ~ 1", twice, hidden=0).nobs == 2
    with pytest.raises(ValueError, match=r"2 columns named 'k'|non-unique column"):
        NeuralNetwork("y ~ k", twice, hidden=0)


def test_series_of_polars_is_a_column() -> None:
    net = NeuralNetwork("y ~ a", FRAME, hidden=0)
    found = net.predict(pl.Series("a", FRAME["a"].to_numpy()))
    pd.testing.assert_series_equal(found, net.predict(FRAME))


def test_enum_of_duckdb_keeps_its_order() -> None:
    relation = duckdb.sql(
        "select g::enum('w', 'u', 'v') as g, k as y from (values ('u', 1.5), ('v', 2), ('w', 4), "
        "(null, 5)) t(g, k)"
    )
    assert as_frame(relation)["g"].cat.categories.tolist() == ["w", "u", "v"]
    with pytest.warns(UserWarning, match="dropped"):
        assert NeuralNetwork("y ~ g", relation, hidden=0).x_names[1:] == ["g[T.u]", "g[T.v]"]


def test_records_hold_large_integers_and_gaps() -> None:
    frame = as_frame([{"k": 2**53 + 1, "t": "a"}, {"k": None}, {"k": 3, "t": "b"}])
    assert frame["k"].tolist()[::2] == [2**53 + 1, 3]
    assert frame["k"].isna().tolist() == [False, True, False]
    assert frame["t"].isna().tolist() == [False, True, False]
