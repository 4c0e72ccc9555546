"""Frames, indexes and dtypes round-trip exactly, or an error gives the reason."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.storage import frames as tables
from neuralnet.storage.encoding import Decoder, Encoder
from neuralnet.storage.frames import (
    decode_dtype,
    decode_frame,
    decode_index,
    encode_dtype,
    encode_frame,
    encode_index,
)

COLUMNS = {
    **{
        name: np.arange(4).astype(name) for name in ("int8", "uint64", "float32", "float16", "bool")
    },
    "float": np.array([np.nan, np.inf, -0.0, 5e-324]),
    "text": ["a", "é", "", "a"],
    "objects": pd.Series(["a", "b", "b", "a"], dtype=object),
    "mixed": pd.Series([1, 1.0, True, "x"], dtype=object),
    "booleans as objects": pd.Series([True, False, True, True], dtype=object),
    "Int64": pd.array([1, None, 2**62 + 1, -3], dtype="Int64"),
    "UInt64": pd.array([1, None, 2**64 - 1, 3], dtype="UInt64"),
    "Float32": pd.array([1.5, None, 2.5, -3], dtype="Float32"),
    "boolean": pd.array([True, None, False, True], dtype="boolean"),
    "string": pd.array(["a", None, "b", "a"], dtype="string"),
    "category": pd.Categorical(["b", None, "a", "b"], ["b", "a", "unused"]),
    "ordered": pd.Categorical([3, 1, 1, 3], [3, 1], ordered=True),
    "of floats": pd.Categorical([0.5, 1.5, 0.5, 0.5]),
    "of booleans": pd.Categorical([True, False, True, True]),
    "dates": pd.DatetimeIndex([pd.Timestamp("2024-02-29 08:30:15.25"), None, pd.NaT, "1969-12-31"]),
    "dates in seconds": pd.to_datetime(["2024-02-29", None, "1900-01-01", "2024-01-01"]).as_unit(
        "s"
    ),
    "dates in a zone": pd.to_datetime(
        ["2024-10-27 00:30", None, "2024-10-27 01:30", "2024-01-01 00:00"], utc=True
    ).tz_convert("Europe/Berlin"),
    "intervals": pd.cut([1.0, 2.0, 3.0, 4.0], [0, 2, 4]),
    "intervals to the left": pd.cut([1, 2, 3, 4], [0, 2.5, 5], right=False),
}


def through_a_file(parts):
    """Encode parts as in a file, and decode them."""
    encoder = Encoder()
    written = encoder.encode(parts)
    return Decoder(encoder.arrays).decode(written)


@case_by_case("name", COLUMNS)
def test_columns_come_back(name):
    frame = pd.DataFrame({name: COLUMNS[name]})
    found = decode_frame(through_a_file(encode_frame(frame)))
    pd.testing.assert_frame_equal(found, frame, check_exact=True)
    for a, b in zip(found[name], frame[name], strict=True):
        assert type(a) is type(b)
    if frame[name].dtype.kind == "f" and isinstance(frame[name].dtype, np.dtype):
        assert found[name].to_numpy().tobytes() == frame[name].to_numpy().tobytes()


@pytest.mark.parametrize(
    "dtype", ["int64[pyarrow]", "double[pyarrow]", "bool[pyarrow]", "string[pyarrow]"]
)
def test_arrow_comes_back(dtype):
    pytest.importorskip("pyarrow")
    values = {"bool": [True, False, None], "stri": ["a", "b", None]}.get(dtype[:4], [1, 2, None])
    frame = pd.DataFrame({"a": pd.array(values, dtype=dtype)})
    pd.testing.assert_frame_equal(decode_frame(through_a_file(encode_frame(frame))), frame)


def test_frame_without_rows_or_columns_comes_back():
    for frame in (pd.DataFrame(index=range(3)), pd.DataFrame({"a": np.empty(0), "b": []})):
        pd.testing.assert_frame_equal(decode_frame(through_a_file(encode_frame(frame))), frame)


INDEXES = [
    pd.RangeIndex(7, 1, -2, name="n"),
    pd.Index([1.5, np.nan, -0.0]),
    pd.Index([True, False]),
    pd.Index(["a", "b", None], name=3),
    pd.Index(["a", 1, 2.5], dtype=object),
    pd.Index([2**63], dtype="uint64"),
    pd.to_datetime(["1900-01-01", "2020-02-29"]).as_unit("s").rename("when"),
    pd.DatetimeIndex(["2020-01-01 00:00:00.000000001", None]),
]


@case_by_case("index", INDEXES, ids=str)
def test_indexes_come_back(index):
    found = decode_index(through_a_file(encode_index(index)))
    pd.testing.assert_index_equal(found, index, exact=True)
    assert found.dtype == index.dtype


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1 + 2j, 3]),
        pd.period_range("2020-01", periods=2, freq="M"),
        pd.Series([[1], [2]]),
        pd.Series([pd.Timestamp("2020-01-01"), 2], dtype=object),
    ],
    ids=lambda values: str(type(values).__name__),
)
def test_other_columns_say_what_to_do(values):
    with pytest.raises(TypeError, match=r"column 'a' (is|holds) .*a file cannot hold: .*data=True"):
        encode_frame(pd.DataFrame({"a": values}))


def test_name_of_an_index_must_be_plain():
    with pytest.raises(TypeError, match="the name of the index holds tuple"):
        encode_index(pd.Index([1, 2], name=("a", "b")))


def test_text_of_a_newer_pandas_is_read_as_objects(monkeypatch):
    """A file written with pandas 3 may contain its dtype str, which pandas 2 does not have."""
    parts = ["string", "pyarrow", False]

    def refuse(storage, **options):
        raise TypeError("no such text here")

    monkeypatch.setattr(tables.pd, "StringDtype", refuse)
    assert decode_dtype(parts) == np.dtype(object)
    column = ["text", np.array([1, 0, -1]), ["u", "v"], parts]
    frame = decode_frame({"columns": [["a", column]], "index": {"range": [0, 3, 1], "name": None}})
    assert frame["a"].tolist() == ["v", "u", None]


def test_text_without_pyarrow_is_still_text(monkeypatch):
    given = pd.StringDtype

    def refuse(storage, **options):
        if storage != "python":
            raise ImportError("no pyarrow")
        return given(storage)

    monkeypatch.setattr(tables.pd, "StringDtype", refuse)
    assert decode_dtype(["string", "pyarrow", True]) == given("python")


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("c16"),
        pd.CategoricalDtype(pd.period_range("2020", periods=2)),
        pd.PeriodDtype("D"),
    ],
    ids=str,
)
def test_dtypes_without_parts(dtype):
    assert encode_dtype(dtype) is None


@case_by_case(
    "parts",
    [
        ["numpy", "object_"],
        ["numpy", "O,O"],
        ["numpy", "M8[ns]"],
        ["dates", "D", ""],
        ["dates", "ns", 1],
        ["dates", "ns", "dateutil//etc/localtime"],
        ["dates", "ns", "Nowhere/Land"],
        ["dates", "ns", "../../etc/localtime"],
        ["extension", "period[D]"],
        ["extension", "int64[pyarrow]; import os"],
        ["string", "os", True],
        ["module", "os"],
        ["category", {"range": [0, 10**15, 1], "name": None}, False],
        [],
        ["numpy"],
        ["numpy", 3],
    ],
    ids=str,
)
def test_unknown_dtypes_are_refused(parts):
    with pytest.raises((ValueError, TypeError)):
        decode_dtype(parts)


def test_numeric_levels_have_a_limit_that_text_has_not():
    """pandas finds them by hash, and the author of a file could make all hashes equal."""
    most = 20_000
    for levels, fits in ((range(most), True), (range(most + 1), False)):
        parts = encode_dtype(pd.CategoricalDtype(list(levels)))
        assert (parts is not None) == fits
        forged = ["category", {"numbers": np.array(levels), "name": None}, False]
        if fits:
            assert decode_dtype(forged).categories.tolist() == list(levels)
        else:
            with pytest.raises(ValueError, match=r"no more than 20,000 levels .* not 20,001"):
                decode_dtype(forged)
    text = pd.CategoricalDtype([str(level) for level in range(most + 1)])
    assert decode_dtype(encode_dtype(text)) == text
