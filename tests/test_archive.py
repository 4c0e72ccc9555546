"""The bytes of a file: what goes in comes out, any other bit is refused, it is written whole."""

import errno
import io
import json
import os
import stat
import struct
import subprocess
import sys
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from neuralnet import CorruptFileError, archive
from neuralnet.archive import FORMAT, pack, read_file, unpack, write_file

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
    """Bytes that end in their digest, as those of whoever makes a file on purpose would."""
    return content + sha256(content).hexdigest().encode()


def build(members, **options):
    """A sealed zip of such members, whatever they are."""
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


HEAD = json.dumps({"format": 1}).encode()


def test_what_goes_in_comes_out():
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


def test_any_flipped_bit_is_met():
    for place in range(0, 8 * len(CONTENT), 7):
        broken = bytearray(CONTENT)
        broken[place // 8] ^= 1 << place % 8
        with pytest.raises(CorruptFileError, match=r"x\.nn is damaged.*nothing was loaded"):
            unpack(bytes(broken), "x.nn")


def test_any_truncation_is_met():
    for length in range(0, len(CONTENT), 5):
        with pytest.raises(CorruptFileError):
            unpack(CONTENT[:length], "x.nn")
    with pytest.raises(CorruptFileError):
        unpack(CONTENT + b" ", "x.nn")


DEEP = b'{"format":1,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD_ARRAYS = {
    "pickled objects": make_npy(plain("(1,)", "|O"), b"cos\nsystem\n"),
    "code in the header": make_npy("__import__('os').system('touch canary') or " + plain("(1,)")),
    "code for a shape": make_npy(plain("(print(1),)"), b"0" * 8),
    "rows beyond all memory": make_npy(plain("(1000000000000,)"), b"0" * 8),
    "sizes whose product overflows": make_npy(plain("(4294967296, 4294967296)"), b""),
    "huge digits": make_npy(plain(f"({'9' * 5000},)"), b"0" * 8),
    "negative size": make_npy(plain("(-1,)"), b"0" * 8),
    "negative sizes": make_npy(plain("(-1, -1)"), b"0" * 8),
    "fewer numbers than told": make_npy(plain("(3,)"), b"0" * 16),
    "more numbers than told": make_npy(plain("(1,)"), b"0" * 16),
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
    "a key that stands twice": build([("network.json", b'{"format":1,"format":1}')]),
    "nan": build([("network.json", b'{"format":1,"a":NaN}')]),
    "infinity": build([("network.json", b'{"format":1,"a":-Infinity}')]),
    "deep nesting": build([("network.json", DEEP)]),
    "an endless number": build([("network.json", b'{"format":1,"a":' + b"9" * 10_000 + b"}")]),
    "no format": build([("network.json", b"{}")]),
    "format 0": build([("network.json", b'{"format":0}')]),
    "format true": build([("network.json", b'{"format":true}')]),
    "format as text": build([("network.json", b'{"format":"1"}')]),
    **{
        f"an array: {name}": build([("network.json", HEAD), ("a.npy", content)])
        for name, content in BAD_ARRAYS.items()
    },
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_made_on_purpose_is_refused(name, tmp_path, monkeypatch):
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
    # Every entry of the directory points at the first member; the others are cut out.
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


def test_sizes_of_members_must_be_their_own():
    content = bytearray(build([("network.json", HEAD), ("a.npy", make_npy(plain("(0,)")))])[:-64])
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 2**31)
    with pytest.raises(CorruptFileError):
        unpack(seal(bytes(content)), "x.nn")


def test_newer_format_is_refused_by_name():
    document = {"format": FORMAT + 1, "versions": {"neuralnet": "9.1"}, "strange": {"a": 1}}
    content = build([("network.json", json.dumps(document)), ("a.npy", b"who knows")])
    with pytest.raises(ValueError, match=r"x.nn has format 2.*'9.1'.*up to 1") as caught:
        unpack(content, "x.nn")
    assert not isinstance(caught.value, CorruptFileError)


# Writing --------------------------------------------------------------------------------------


def list_names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_is_written_and_written_over(tmp_path):
    path = tmp_path / "a.nn"
    for content in (b"one", b"two"):
        write_file(path, content)
        assert read_file(str(path)) == (content, str(path))
    assert list_names(tmp_path) == ["a.nn"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_permissions_are_those_of_open(tmp_path):
    path, judge = tmp_path / "a.nn", tmp_path / "judge"
    before = os.umask(0o027)
    try:
        write_file(path, b"1")
        judge.write_bytes(b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(judge.stat().st_mode) == 0o640
    path.chmod(0o600)
    write_file(path, b"2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_link_stays_a_link(tmp_path):
    folder = tmp_path / "far"
    folder.mkdir()
    write_file(folder / "a.nn", b"1")
    (tmp_path / "link.nn").symlink_to(folder / "a.nn")
    write_file(tmp_path / "link.nn", b"2")
    assert (tmp_path / "link.nn").is_symlink()
    assert (folder / "a.nn").read_bytes() == b"2"
    assert list_names(folder) == ["a.nn"]


def test_errors_of_places(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_bytes(b"1")
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(IsADirectoryError, match=r"cannot save to .*a folder of this name"):
        write_file(tmp_path / "folder", b"2")
    with pytest.raises(NotADirectoryError, match="cannot save to"):
        write_file(tmp_path / "file" / "a.nn", b"2")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere'"):
        write_file(tmp_path / "nowhere" / "a.nn", b"2")
    with pytest.raises(OSError, match="cannot save to"):
        write_file(tmp_path / ("a" * 300), b"2")
    with pytest.raises(TypeError, match="path must be the name of a file, not 3"):
        write_file(3, b"2")
    with pytest.raises(FileNotFoundError, match=r"cannot read '.*a\.nn'"):
        read_file(tmp_path / "a.nn")
    with pytest.raises(OSError, match="cannot read"):
        read_file(tmp_path / "folder")
    assert list_names(tmp_path) == ["file", "folder"]
    assert list_names(tmp_path / "folder") == ["kept"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices")
def test_device_is_not_replaced():
    with pytest.raises(OSError, match="a device or a pipe"):
        write_file("/dev/null", b"1")
    assert not Path("/dev/null").is_file()


FAULTS = {
    "full disk": ("fsync", OSError(errno.ENOSPC, "No space left on device")),
    "full disk at last": ("replace", OSError(errno.ENOSPC, "No space left on device")),
    "read-only folder": ("open", PermissionError(errno.EACCES, "Permission denied")),
    "Ctrl-C": ("fsync", KeyboardInterrupt()),
    "no memory": ("replace", MemoryError()),
}


@pytest.mark.parametrize("name", FAULTS)
def test_failure_leaves_the_old_file_and_no_other(name, tmp_path, monkeypatch):
    path = tmp_path / "a.nn"
    write_file(path, b"old")
    function, fault = FAULTS[name]

    def fail(*given, **options):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(archive.os, function, fail)
        with pytest.raises(type(fault)) as caught:
            write_file(path, b"new")
    if isinstance(fault, OSError):
        assert caught.value.errno == fault.errno
        assert "what stood there is as it was" in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list_names(tmp_path) == ["a.nn"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_full_device_is_told(tmp_path, monkeypatch):
    """A disk that is really full: every byte goes to /dev/full."""
    path, given = tmp_path / "a.nn", os.open
    write_file(path, b"old")
    monkeypatch.setattr(archive.os, "open", lambda *_: given("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left on device"):
        write_file(path, b"new" * 10**6)
    assert path.read_bytes() == b"old"


WRITER = """
import os, random, signal, sys, time
import numpy as np
from neuralnet.archive import pack, unpack, write_file
path, rounds, seen = sys.argv[1], int(sys.argv[2]), set()
chance = random.Random(3)
for start in range(rounds):
    child = os.fork()
    if not child:
        number = 1000 * start
        while True:
            number += 1
            document = {"format": 1, "versions": {}, "number": number}
            write_file(path, pack(document, {"a": np.full(20_000, float(number))}))
    time.sleep(chance.uniform(0.0, 0.1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open(path, "rb") as file:
        document, arrays = unpack(file.read(), path)
    seen.add(document["number"])
    assert (arrays["a"] == document["number"]).all()
print(len(seen))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_process_killed_while_it_saves_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.nn"
    write_file(path, pack({"format": 1, "versions": {}, "number": 0}, {"a": np.zeros(9)}))
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path), "30"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3
