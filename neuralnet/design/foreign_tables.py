"""Tables of other libraries, opened: their columns by name, and a DataFrame of those needed.

Libraries are recognized by their names and methods; none is imported but pyarrow, for streams of
Arrow that have no method of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..errors import closest, quote
from .foreign import find_library, read_arrow, read_duckdb, read_pandas, read_polars


@dataclass(frozen=True)
class Table:
    """A table of another library, of which nothing is converted yet.

    Attributes
    ----------
    names : sequence
        Of all its columns.
    convert : callable
        ``convert(names)`` gives a DataFrame with these columns; they are one at least if the table
        has any, so that the rows are counted.
    """

    names: Sequence[Any]
    convert: Callable[[Sequence[Any]], pd.DataFrame]

    def read(
        self, needed: Collection[str] | None = None, also: Collection[str] = ()
    ) -> pd.DataFrame:
        """Convert the columns that are needed, and those of ``also`` that there are.

        ``needed=None``: all columns.

        Raises
        ------
        ValueError
            Naming the first column that is needed and not there.
        """
        if needed is None:
            return self.convert(self.names)
        for name in needed:
            check_name(name, self.names)
        wanted = {*needed, *also}
        return self.convert([each for each in self.names if each in wanted] or self.names[:1])


def check_name(name: str, names: Collection[Any]) -> None:
    """Raise ValueError if a column is not in a table with these columns."""
    if name not in names:
        raise ValueError(f"column {quote(name)} is not in the data: {closest(name, list(names))}")


def open_table(data: Any) -> Table | None:
    """Open a table of another library; None for anything else, such as a single column.

    Tables are a DataFrame, a LazyFrame and a Series of polars, a Table, a RecordBatch, a
    RecordBatchReader and a Dataset of pyarrow, a relation of duckdb, and anything with a method
    ``to_pandas()`` or ``__arrow_c_stream__()``.
    """
    opener = _find_opener(data)
    return None if opener is None else opener(data)


def is_foreign(data: Any) -> bool:
    """True for a table that `open_table` opens, but for a single column."""
    return not hasattr(data, "dtype") and _find_opener(data) is not None


def _find_opener(data: Any) -> Callable[[Any], Table | None] | None:
    library = find_library(data)
    if library in ("pandas", "numpy") or isinstance(data, pd.DataFrame):
        return None
    if library == "polars":
        is_table = hasattr(data, "to_frame") or hasattr(data, "collect_schema")
        return _open_polars if is_table else None
    if library == "pyarrow":
        return _open_arrow if hasattr(data, "schema") else None
    if library.endswith("duckdb") and hasattr(data, "project"):
        return _open_duckdb
    if callable(getattr(data, "to_pandas", None)):
        return _open_pandas
    return _open_stream if hasattr(data, "__arrow_c_stream__") else None


def _open_polars(data: Any) -> Table:
    """Open a DataFrame, a LazyFrame, or a Series as the column of its name."""
    if hasattr(data, "collect"):
        columns = data.collect_schema().names()
        # These would select columns by a pattern.
        patterns = any(each == "*" or each.startswith("^") for each in columns)

        def collect(names: Sequence[Any]) -> pd.DataFrame:
            return read_polars((data if patterns else data.select(names)).collect(), names)

        return Table(columns, collect)
    frame = data if hasattr(data, "get_columns") else data.to_frame()
    return Table(frame.columns, lambda names: read_polars(frame, names))


def _open_arrow(data: Any) -> Table:
    """Open what has an Arrow schema; the index of pandas in it is no column."""
    metadata = data.schema.pandas_metadata or {}
    # A RangeIndex is a dict there.
    index = [each for each in metadata.get("index_columns", ()) if isinstance(each, str)]
    names = [each for each in data.schema.names if each not in index]

    def convert(chosen: Sequence[Any]) -> pd.DataFrame:
        kept = {*chosen, *index}
        if hasattr(data, "to_table"):
            return read_arrow(data.to_table([each for each in data.schema.names if each in kept]))
        table = _read_all(data) if hasattr(data, "read_all") else data
        # By position, as two columns may have the same name.
        places = [place for place, each in enumerate(data.schema.names) if each in kept]
        return read_arrow(table.select(places))

    return Table(names, convert)


def _read_all(reader: Any) -> Any:
    """Read a RecordBatchReader, which can be done once."""
    table = reader.read_all()
    if not len(table):
        raise ValueError(
            f"the {type(reader).__name__} gives no rows. It can be read once, even if the call "
            "then fails: make it anew, or keep its rows, table = reader.read_all()"
        )
    return table


def _open_duckdb(data: Any) -> Table:
    """Open a relation, whose query runs when it is converted."""

    def convert(names: Sequence[Any]) -> pd.DataFrame:
        quoted = (f'"{each.replace(chr(34), chr(34) * 2)}"' for each in names)
        return read_duckdb(data.project(", ".join(quoted)).df())

    return Table(data.columns, convert)


def _open_pandas(data: Any) -> Table | None:
    """Convert a table by its method ``to_pandas()``; None if that gives no DataFrame."""
    frame = read_pandas(data)
    return None if frame is None else Table(list(frame.columns), lambda names: frame)


def _open_stream(data: Any) -> Table:
    """Read anything that gives a stream of Arrow."""
    try:
        import pyarrow
    except ImportError:
        raise ImportError(
            f"a {type(data).__name__} gives its rows as a stream of Arrow, which pyarrow reads: "
            "pip install pyarrow"
        ) from None
    return _open_arrow(pyarrow.table(data))
