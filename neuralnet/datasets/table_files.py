"""Files of tables: csv, tab-separated text, parquet and JSON lines, by file extension.

Text is UTF-8 with line ends as on Linux, whatever the system and its console.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from ..errors import quote, visible


def _read_lines(path: str) -> pd.DataFrame:
    # pandas would make a number of the text "007", and dates of columns by their names.
    with open(path, encoding="utf-8-sig") as file:
        return pd.DataFrame([json.loads(line) for line in file if line.strip()])


READERS: dict[str, Callable[..., Any]] = {
    ".csv": pd.read_csv,
    ".tsv": partial(pd.read_csv, sep="\t"),
    ".parquet": pd.read_parquet,
    ".jsonl": _read_lines,
    ".ndjson": _read_lines,
}
_TEXT: dict[str, Any] = {"index": False, "encoding": "utf-8", "lineterminator": "\n"}
WRITERS: dict[str, Callable[..., Any]] = {
    ".csv": partial(pd.DataFrame.to_csv, **_TEXT),
    ".tsv": partial(pd.DataFrame.to_csv, sep="\t", **_TEXT),
    ".parquet": partial(pd.DataFrame.to_parquet, index=False),
}
# After .csv and .tsv; pandas sees how by the same ends.
_COMPRESSED = {".bz2", ".gz", ".xz", ".zip"}


def read_table_file(path: str) -> pd.DataFrame:
    """Read a table as pandas does; ``-`` is csv from standard input.

    Raises
    ------
    ImportError
        If a package is missing.
    OSError
        If the file cannot be read.
    ValueError
        If its name has another end, or it holds no such table.
    """
    if path == "-":
        table = _run("read", "standard input", partial(pd.read_csv, sys.stdin.buffer))
    else:
        table = _run("read", path, partial(_find_format(path, READERS, "read"), path))
    return pd.DataFrame(table)


def write_table_file(table: pd.Series | pd.DataFrame, path: str) -> None:
    """Write a table without its index; ``-`` is csv to standard output.

    Names of columns with two levels are joined by a dot, as in ``fit.setosa``.

    Raises
    ------
    ImportError, OSError, ValueError
        As `read_table_file`.
    """
    frame = pd.DataFrame(table)
    frame.columns = pd.Index([_join_name(name) for name in frame.columns])
    if path != "-":
        _run("write", path, partial(_find_format(path, WRITERS, "written"), frame, path))
        return
    # A console of another encoding would change or refuse the text.
    sys.stdout.flush()
    WRITERS[".csv"](frame, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def check_output(path: str) -> str:
    """Return the path; raise ValueError where `write_table_file` has no format for its end."""
    if path != "-":
        _find_format(path, WRITERS, "written")
    return path


def check_target(path: str, *sources: str | None) -> None:
    """Check that a file can be written without replacing one that is read.

    Raises
    ------
    FileNotFoundError, ValueError
        Where there is no folder for it, and where it is one of the sources.
    """
    if path == "-":
        return
    place = Path(path)
    if not place.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {quote(str(place.parent))} to write into")
    for source in sources:
        if source and place.exists() and Path(source).exists() and place.samefile(source):
            raise ValueError(
                f"{quote(path)} is a file that is read, which writing would replace: give another "
                "name"
            )


def _find_format(path: str, formats: Mapping[str, Any], done: str) -> Any:
    name = PurePath(path.lower())
    plain = name.with_suffix("") if name.suffix in _COMPRESSED else name
    end = plain.suffix if plain == name or plain.suffix in (".csv", ".tsv") else name.suffix
    if end not in formats:
        raise ValueError(
            f"tables are {done} as {', '.join(formats)}, and {quote(path)} is none of these: "
            "convert the table, or correct its extension"
        )
    return formats[end]


def _join_name(name: Any) -> str:
    return ".".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _run(verb: str, path: str, work: Callable[[], Any]) -> Any:
    """Call pandas; its errors get the name of the file and a remedy, on one line."""
    what = f"cannot {verb} {quote(path) if path != 'standard input' else path}"
    try:
        return work()
    except ImportError as fault:
        if "pyarrow" not in str(fault):
            raise
        raise ImportError(
            f"{what}: parquet needs pyarrow. Install it by pip install pyarrow, or take csv"
        ) from None
    except OSError as fault:
        raise OSError(f"{what}: {visible(fault.strerror or fault, most=200)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{what}: it is not UTF-8 text. Save it as UTF-8") from None
    except ValueError as fault:
        why = visible(str(fault).strip().rstrip("."), most=200)
        raise ValueError(
            f"{what}: {why}. Check that the content of the file is what its extension says"
        ) from None
