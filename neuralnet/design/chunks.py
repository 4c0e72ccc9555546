"""Rows that come in pieces: frames, and the blocks of complete rows cut from them.

A whole frame is one piece. Blocks are cut by the number of the row alone, so that what is summed
in them is the same to the last bit however the rows are cut. Knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from ..errors import check_signature, pluralize
from ..formula import concatenate_numbers
from .complete_columns import ColumnReader, CompleteColumns, read_complete
from .frames import as_frame, make_native
from .summaries import BLOCK_ROWS
from .variable import Variable

# Each call starts a pass.
Blocks = Callable[[], Iterator[CompleteColumns]]
_EXAMPLE = "lambda: pd.read_csv(path, chunksize=100_000)"


@dataclass(frozen=True, eq=False)
class Chunks:
    """Frames of the rows, in order, which can be read several times.

    Attributes
    ----------
    make : callable
        Gives the frames, afresh at each call.
    whole : bool
        Whether there is only one frame, in memory, whose columns are read once.
    """

    make: Callable[[], Any]
    whole: bool

    @classmethod
    def open(cls, data: Any) -> Chunks:
        """Chunks of a whole table, or of a callable that gives an iterator of tables.

        Raises
        ------
        TypeError
            For anything else, such as an iterator, which can be read once only.
        """
        if isinstance(data, Iterator):
            raise TypeError(
                f"a {type(data).__name__} can be gone through once, and learning may need several "
                f"passes: give a function that makes a fresh one at each call, as {_EXAMPLE}"
            )
        if callable(data):
            check_signature("the function of frames", data)
            return cls(data, whole=False)
        reader = data if isinstance(data, ColumnReader) else _read_frame(data)
        return cls(lambda: (reader,), whole=True)

    def start(self) -> tuple[list[Any], Iterator[tuple[str, ColumnReader]]]:
        """Start a pass: the names of the columns, and the iterator of `read`."""
        frames = self.read()
        first = next(frames, None)
        if first is None:
            raise ValueError("the function gave no frames: there is nothing to learn from")
        return list(first[1].frame.columns), chain([first], frames)

    def read(self) -> Generator[tuple[str, ColumnReader], None, None]:
        """Yield each frame after its name in errors, which is empty for a whole frame."""
        frames = self.make()
        if isinstance(frames, pd.DataFrame | Mapping | str) or not isinstance(frames, Iterable):
            raise TypeError(
                f"the function must give an iterator of frames, as {_EXAMPLE} does; it gave a "
                f"{type(frames).__name__}"
            )
        try:
            for number, chunk in enumerate(frames, 1):
                if self.whole:
                    yield "", chunk
                    continue
                where = f"chunk {number}"
                with prefix_errors(where):
                    reader = _read_frame(chunk)
                yield where, reader
        finally:
            # A reader of a file that is not read to its end would keep it open.
            close = getattr(frames, "close", None)
            if callable(close):
                close()

    def blocks(self, variables: Mapping[str, Variable], n_rows: int) -> Blocks:
        """Return a callable that starts a pass over blocks of the complete rows.

        All blocks have `BLOCK_ROWS` rows but the last. A pass over other than ``n_rows`` rows is a
        ValueError.
        """

        def read_pieces() -> Iterator[tuple[CompleteColumns, int]]:
            count = 0
            for where, reader in self.read():
                with prefix_errors(where):
                    columns, complete = read_complete(variables, reader)
                count += len(reader.frame)
                yield columns, int(complete.sum())
            if count != n_rows:
                raise ValueError(
                    f"the function gave {pluralize(n_rows, 'row')} when called first and {count} "
                    "when "
                    "called again: it must make a fresh iterator of the same frames at each call, "
                    f"as {_EXAMPLE} does"
                )

        if not self.whole:
            return lambda: cut_blocks(read_pieces())
        pieces = cache(lambda: list(read_pieces()))
        return lambda: cut_blocks(pieces())


def _read_frame(data: Any) -> ColumnReader:
    return ColumnReader(make_native(as_frame(data)))


@contextmanager
def prefix_errors(where: str) -> Iterator[None]:
    """Put ``where``, such as the name of a chunk, before the message of an error."""
    try:
        yield
    except (TypeError, ValueError) as fault:
        if not where:
            raise
        kind = TypeError if isinstance(fault, TypeError) else ValueError
        raise kind(f"{where}: {fault}") from None


def cut_blocks(pieces: Iterable[tuple[CompleteColumns, int]]) -> Iterator[CompleteColumns]:
    """Cut columns, given with their numbers of rows, into blocks of `BLOCK_ROWS` rows.

    The last block may have fewer rows.
    """
    held: list[CompleteColumns] = []
    count = 0
    for columns, n in pieces:
        start = 0
        while start < n:
            stop = min(n, start + BLOCK_ROWS - count)
            held.append({name: column[start:stop] for name, column in columns.items()})
            count += stop - start
            start = stop
            if count == BLOCK_ROWS:
                yield _join(held)
                held, count = [], 0
    if held:
        yield _join(held)


def _join(parts: Sequence[CompleteColumns]) -> CompleteColumns:
    if len(parts) == 1:
        return parts[0]
    return {name: _concatenate([part[name] for part in parts]) for name in parts[0]}


def _concatenate(columns: Sequence[Any]) -> Any:
    first = columns[0]
    if not isinstance(first, pd.Categorical):
        return concatenate_numbers(columns)
    codes = np.concatenate([column.codes for column in columns])
    return pd.Categorical.from_codes(codes, dtype=first.dtype)
