"""Tables of any format are what pandas reads, and errors name the file and a remedy."""

import io
import sys

import numpy as np
import pandas as pd
import pytest

from neuralnet.datasets.table_files import (
    check_output,
    check_target,
    read_table_file,
    write_table_file,
)

TABLE = pd.DataFrame(
    {"code": ["007", "é", "a,b"], "x": [0.1 + 0.2, 1e-300, np.nan], "n": [1, 2**53 + 1, 3]}
)


@pytest.mark.parametrize("end", [".csv", ".tsv", ".csv.gz", ".parquet", ".CSV"])
def test_written_tables_are_read_to_the_bit(end, tmp_path):
    path = str(tmp_path / f"a.b{end}")
    write_table_file(TABLE, path)
    found = read_table_file(path)
    exact = {"check_exact": True} if end == ".parquet" else {"rtol": 1e-15}
    pd.testing.assert_frame_equal(found, TABLE, check_dtype=end == ".parquet", **exact)


@pytest.mark.parametrize("end", [".jsonl", ".ndjson"])
def test_types_of_json_stay(end, tmp_path):
    """Where pandas would make a number of the text 007, and cut digits off."""
    path = tmp_path / f"a{end}"
    path.write_text('{"code":"007","x":0.30000000000000004}\n', encoding="utf-8")
    found = read_table_file(str(path))
    assert found["code"][0] == "007" and found["x"][0] == 0.1 + 0.2


def test_text_is_utf_8_with_one_line_end_everywhere(tmp_path, monkeypatch):
    """Files and standard output, as on Windows, where consoles have cp1252 and lines two ends."""
    shown = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr("os.linesep", "\r\n")
    write_table_file(TABLE[["code"]], "-")
    write_table_file(TABLE[["code"]], str(tmp_path / "a.csv"))
    expected = 'code\n007\né\n"a,b"\n'.encode()
    assert shown.buffer.getvalue() == (tmp_path / "a.csv").read_bytes() == expected
    given = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + expected), encoding="cp1252")
    monkeypatch.setattr(sys, "stdin", given)
    assert list(read_table_file("-")["code"]) == list(TABLE["code"])


def test_columns_of_two_levels_get_one_name(tmp_path):
    columns = pd.MultiIndex.from_product([["fit", "upper"], ["a", 1]])
    path = str(tmp_path / "a.parquet")
    write_table_file(pd.DataFrame([[1.0, 2.0, 3.0, 4.0]], columns=columns), path)
    assert list(read_table_file(path)) == ["fit.a", "fit.1", "upper.a", "upper.1"]


def test_missing_pyarrow_is_named(tmp_path, monkeypatch):
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    path = str(tmp_path / "a.parquet")
    with pytest.raises(ImportError, match=r"cannot write '.*': parquet needs pyarrow.*pip install"):
        write_table_file(TABLE, path)
    with pytest.raises(ImportError, match=r"cannot read '.*': parquet needs pyarrow.*pip install"):
        read_table_file(path)


FAULTY = {
    "a.csv": (b"", "No columns to parse from file"),
    "b.csv": (b"a\n1\n1,2\n", "Expected 1 fields in line 3, saw 2"),
    "c.csv": (b"a\n\xe9\n", "not UTF-8 text. Save it as UTF-8"),
    "d.parquet": (b"a,b", "Parquet"),
    "e.jsonl": (b'{"a":', "Expecting value"),
    "i.parquet.gz": (b"a,b", "is none of these"),
    "f.csv.gz": (b"a,b", "Not a gzipped file"),
    "g.xlsx": (b"a,b", "tables are read as .csv"),
    "h": (b"a,b", "is none of these"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_files(name, tmp_path):
    content, part = FAULTY[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((OSError, ValueError)) as caught:
        read_table_file(str(path))
    assert part in str(caught.value) and name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_places_that_do_not_exist(tmp_path):
    with pytest.raises(OSError, match=r"cannot read '.*no\.csv': No such file or directory$"):
        read_table_file(str(tmp_path / "no.csv"))
    with pytest.raises(OSError, match=r"cannot write '.*a\.csv': "):
        write_table_file(TABLE, str(tmp_path / "no" / "a.csv"))


def test_outputs_are_checked_by_their_name():
    assert check_output("-") == "-" and check_output("a.tsv") == "a.tsv"
    with pytest.raises(ValueError, match=r"written as \.csv, \.tsv, \.parquet, and 'a\.jsonl'"):
        check_output("a.jsonl")


def test_a_file_that_is_read_is_not_replaced(tmp_path):
    source = tmp_path / "rows.csv"
    source.write_text("a,b\n1,2\n", encoding="utf-8")
    check_target("-", str(source))
    check_target(str(tmp_path / "other.csv"), str(source), None)
    with pytest.raises(ValueError, match=r"'.*rows.csv' is a file that is read"):
        check_target(str(tmp_path / "." / "rows.csv"), "-", str(source))
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        check_target(str(tmp_path / "none" / "rows.csv"))
