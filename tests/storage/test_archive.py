"""Archives: the bytes of a file round-trip, and any changed bit is detected."""

import io
import json
import struct
import time
import zipfile
from hashlib import sha256

import numpy as np
import pytest

from neuralnet import CorruptFileError
from neuralnet.storage import archive
from neuralnet.storage.archive import FORMAT, pack, unpack

DOCUMENT = {"format": FORMAT, "versions": {}, "list": [1, 2.5, None, "é", {"a": True}]}
ARRAYS = {
    "a": np.arange(6.0).reshape(2, 3).T,
    "b": np.array([], dtype=np.int8),
    "c": np.array(7, dtype=np.uint64),
    "d": np.array([True, False]),
    "e": np.array([1.0, np.nan, -np.inf, -0.0], dtype=">f4"),
}
CONTENT = pack(DOCUMENT, ARRAYS)


def seal(content):
    """Append the digest of the bytes, as a forger would."""
    return content + sha256(content).hexdigest().encode()


def build(members, **options):
    """Return a sealed zip archive with any members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as made:
        for name, content in members:
            made.writestr(name, content)
        made.comment = b"0" * 64
    return seal(buffer.getvalue()[:-64])


def make_npy(header, body=b"", magic=b"\x93NUMPY\x01\x00"):
    text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return magic + struct.pack("<H", len(text)) + text + body


def plain(shape, descr="<f8", order="False"):
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"


HEAD = json.dumps({"format": 2}).encode()


def test_document_and_arrays_round_trip():
    document, arrays = unpack(CONTENT, "x")
    assert document == DOCUMENT
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype.newbyteorder("=")
        assert array.shape == ARRAYS[name].shape
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.flags.writeable and array.flags.owndata
    assert np.signbit(arrays["e"][3])


def test_equal_contents_make_equal_bytes():
    time.sleep(0.01)
    assert pack(DOCUMENT, {name: array.copy() for name, array in ARRAYS.items()}) == CONTENT


def test_numpy_and_zip_open_it_without_pickle(tmp_path):
    path = tmp_path / "x.nn"
    path.write_bytes(CONTENT)
    with np.load(path, allow_pickle=False) as found:
        np.testing.assert_array_equal(found["a"], ARRAYS["a"])
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        assert json.loads(found.read("network.json")) == DOCUMENT
    assert CONTENT[-64:] == sha256(CONTENT[:-64]).hexdigest().encode()


def test_any_flipped_bit_is_refused():
    for place in range(0, 8 * len(CONTENT), 7):
        broken = bytearray(CONTENT)
        broken[place // 8] ^= 1 << place % 8
        with pytest.raises(CorruptFileError, match=r"x\.nn is damaged.*nothing was loaded"):
            unpack(bytes(broken), "x.nn")


def test_any_truncation_is_refused():
    for length in range(0, len(CONTENT), 5):
        with pytest.raises(CorruptFileError):
            unpack(CONTENT[:length], "x.nn")
    with pytest.raises(CorruptFileError):
        unpack(CONTENT + b" ", "x.nn")


DEEP = b'{"format":2,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD_ARRAYS = {
    "pickled objects": make_npy(plain("(1,)", "|O"), b"cos\nsystem\n"),
    "code in the header": make_npy("__import__('os').system('touch canary') or " + plain("(1,)")),
    "code for a shape": make_npy(plain("(print(1),)"), b"0" * 8),
    "rows beyond all memory": make_npy(plain("(1000000000000,)"), b"0" * 8),
    "sizes whose product overflows": make_npy(plain("(4294967296, 4294967296)"), b""),
    "huge digits": make_npy(plain(f"({'9' * 5000},)"), b"0" * 8),
    "negative size": make_npy(plain("(-1,)"), b"0" * 8),
    "negative sizes": make_npy(plain("(-1, -1)"), b"0" * 8),
    "fewer numbers than in the header": make_npy(plain("(3,)"), b"0" * 16),
    "more numbers than in the header": make_npy(plain("(1,)"), b"0" * 16),
    "structured": make_npy(plain("(1,)").replace("'<f8'", "[('a', '<f8')]"), b"0" * 8),
    "text": make_npy(plain("(1,)", "<U2"), b"0" * 8),
    "long double": make_npy(plain("(1,)", "<f16"), b"0" * 16),
    "complex": make_npy(plain("(1,)", "<c8"), b"0" * 8),
    "dates": make_npy(plain("(1,)", "<M8"), b"0" * 8),
    "other order": make_npy(plain("(2, 2)", order="True"), b"0" * 32),
    "other version": make_npy(plain("(1,)"), b"0" * 8, magic=b"\x93NUMPY\x03\x00"),
    "no header": b"\x93NUMPY\x01\x00\xff\xff",
    "empty": b"",
}
BAD = {
    "no zip": seal(b"some text"),
    "nothing": b"",
    "an empty zip": build([]),
    "no document": build([("a.npy", make_npy(plain("(1,)"), b"0" * 8))]),
    "a compressed member": build(
        [("network.json", HEAD), ("a.npy", b"0" * 10**6)], compression=zipfile.ZIP_DEFLATED
    ),
    "a path that leads out": build([("network.json", HEAD), ("../../etc/a.npy", b"")]),
    "an absolute path": build([("network.json", HEAD), ("/tmp/a.npy", b"")]),
    "a strange member": build([("network.json", HEAD), ("a.py", b"import os")]),
    "a pickle": build([("network.json", HEAD), ("a.pkl", b"")]),
    "no JSON": build([("network.json", b"{")]),
    "a list": build([("network.json", b"[1]")]),
    "not ASCII": build([("network.json", '{"é": 1}'.encode())]),
    "a duplicate key": build([("network.json", b'{"format":2,"format":2}')]),
    "nan": build([("network.json", b'{"format":2,"a":NaN}')]),
    "infinity": build([("network.json", b'{"format":2,"a":-Infinity}')]),
    "deep nesting": build([("network.json", DEEP)]),
    "an endless number": build([("network.json", b'{"format":2,"a":' + b"9" * 10_000 + b"}")]),
    "no format": build([("network.json", b"{}")]),
    "format 1": build([("network.json", b'{"format":1}')]),
    "format true": build([("network.json", b'{"format":true}')]),
    "format as text": build([("network.json", b'{"format":"1"}')]),
    **{
        f"an array: {name}": build([("network.json", HEAD), ("a.npy", content)])
        for name, content in BAD_ARRAYS.items()
    },
}


@pytest.mark.parametrize("name", BAD)
def test_forged_files_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CorruptFileError):
        unpack(BAD[name], "x.nn")
    assert list(tmp_path.iterdir()) == []


def test_two_members_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = build([("network.json", HEAD), ("network.json", HEAD)])
    with pytest.raises(CorruptFileError):
        unpack(content, "x.nn")


def test_members_that_overlap_are_refused():
    """As in Fifield's zip bomb, where many names share the same bytes."""
    member = make_npy(plain("(1000,)"), b"0" * 8000)
    names = [f"{letter}.npy" for letter in "abcdefgh"]
    content = build([("network.json", HEAD), *((name, member) for name in names)])[:-64]
    with zipfile.ZipFile(io.BytesIO(content + b"0" * 64)) as found:
        first = found.getinfo("a.npy").header_offset
        last = found.getinfo("h.npy").header_offset
    # Every entry of the directory points to the first member; the others are cut out.
    start = content.index(b"PK\x01\x02")
    directory = bytearray(content[start:])
    place = 0
    while (place := directory.find(b"PK\x01\x02", place)) >= 0:
        if directory[place + 46 : place + 51] != b"netwo":
            directory[place + 42 : place + 46] = struct.pack("<I", first)
        place += 4
    end = directory.index(b"PK\x05\x06")
    step = (last - first) // 7
    directory[end + 16 : end + 20] = struct.pack("<I", first + step)
    bomb = seal(content[: first + step] + bytes(directory))
    assert len(bomb) < len(content) / 3
    with pytest.raises(CorruptFileError, match="overlap"):
        unpack(bomb, "x.nn")


def test_two_members_that_share_their_bytes_are_refused():
    """Together they are larger than the file, but less than twice as large."""
    member = make_npy(plain("(1000,)"), b"0" * 8000)
    content = build([("network.json", HEAD), ("a.npy", member), ("b.npy", member)])[:-64]
    with zipfile.ZipFile(io.BytesIO(content + b"0" * 64)) as found:
        first, second = (found.getinfo(name).header_offset for name in ("a.npy", "b.npy"))
    start = content.index(b"PK\x01\x02")
    step = start - second
    directory = bytearray(content[start:])
    place = directory.rindex(b"PK\x01\x02")
    directory[place + 42 : place + 46] = struct.pack("<I", first)
    directory[place + 46 : place + 51] = b"b.npy"
    end = directory.index(b"PK\x05\x06")
    directory[end + 16 : end + 20] = struct.pack("<I", start - step)
    bomb = seal(content[:second] + bytes(directory))
    assert len(bomb) < 2 * len(member) < 2 * len(bomb)
    with pytest.raises(CorruptFileError, match="overlap"):
        unpack(bomb, "x.nn")


def test_sizes_of_members_must_be_their_own():
    content = bytearray(build([("network.json", HEAD), ("a.npy", make_npy(plain("(0,)")))])[:-64])
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 2**31)
    with pytest.raises(CorruptFileError):
        unpack(seal(bytes(content)), "x.nn")


def test_newer_format_is_refused_by_name():
    document = {"format": FORMAT + 1, "versions": {"neuralnet": "9.1"}, "strange": {"a": 1}}
    content = build([("network.json", json.dumps(document)), ("a.npy", b"who knows")])
    words = rf"x.nn has format {FORMAT + 1},.*'9.1'.*up to {FORMAT}:"
    with pytest.raises(ValueError, match=words) as caught:
        unpack(content, "x.nn")
    assert not isinstance(caught.value, CorruptFileError)


EXCESS = {
    "values": (b"[" + b"0," * 6_000_000 + b"0]", "5,000,000 values"),
    "values in text": (b'["' + b"," * 6_000_000 + b'"]', ""),
    "bytes": (b'["' + b"a" * 64_000_000 + b'"]', "64,000,000 bytes"),
    "depth": (b"[" * 200 + b"]" * 200, "100 deep"),
    "depth in text": (b'["' + b"[" * 200 + b'"]', ""),
    "depth after a quote": (b'["\\"",' + b"[" * 200 + b"]" * 201, "100 deep"),
    "huge numbers": (json.dumps([k * (2**61 - 1) for k in range(50, 2000)]).encode(), "64 bits"),
    "numbers of 64 bits": (json.dumps([2**64 - k for k in range(2000)]).encode(), ""),
}


@pytest.mark.parametrize("name", EXCESS)
def test_too_large_document_is_refused_before_it_is_parsed(name, monkeypatch):
    part, excess = EXCESS[name]
    content = build([("network.json", b'{"format":2,"a":' + part + b"}")])
    if not excess:
        assert unpack(content, "x.nn")[0]["a"] == json.loads(part)
        return
    monkeypatch.setattr(archive.json, "loads", None)
    with pytest.raises(CorruptFileError, match=excess):
        unpack(content, "x.nn")


def test_document_that_could_not_be_read_is_not_written():
    deep = 1
    for _ in range(101):
        deep = [deep]
    with pytest.raises(ValueError, match=r"cannot be in a file: .*100 deep.*data=True"):
        pack({"format": 2, "a": deep}, {})
    assert unpack(pack({"format": 2, "a": deep[0][0]}, {}), "x.nn")[0]["a"] == deep[0][0]


def test_error_is_one_printable_line():
    key = "\x1b]0;owned\x07\n\u202e" + "x" * 10**6
    twice = json.dumps({"format": 2, "a": key})[:-1] + f",{json.dumps('a')}:1}}"
    for document in (twice, json.dumps({"format": key}), f'{{"format":2,{json.dumps(key)}'):
        with pytest.raises(CorruptFileError) as caught:
            unpack(build([("network.json", document.encode())]), "x.nn")
        assert str(caught.value).isprintable() and len(str(caught.value)) < 500
    newer = json.dumps({"format": FORMAT + 1, "versions": {"neuralnet": key}})
    with pytest.raises(ValueError, match="install a newer one") as caught:
        unpack(build([("network.json", newer.encode())]), "x.nn")
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500
