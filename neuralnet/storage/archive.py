"""The bytes of a file: a zip of ``network.json`` and one ``.npy`` file for each array.

The file ends with the SHA-256 digest of all bytes before it. Anything but this layout is refused
before it is used, and anything too large before it is read.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..errors import CorruptFileError, cut, shorten, visible

FORMAT = 2
Arrays = Mapping[str, NDArray[Any]]

_DOCUMENT = "network.json"
# Hex digits of the digest. They are the comment of the zip, which is the end of the file.
_DIGITS = 64
# The date of all members is constant, so that equal contents give equal bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
# Limits of a document: bytes, values, levels of nesting, and integers of more than 64 bits, of
# which a random generator has two. Such integers can be chosen to share one hash, which makes a
# dict or a set of n of them cost n squared.
_MOST_JSON, _MOST_VALUES, _DEEPEST, _MOST_HUGE = 64_000_000, 5_000_000, 100, 1_000
# The quantifiers are possessive, so that no text is scanned twice: a string that is not closed
# goes up to the end.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\(?s:.))*+"?+')
_HUGE = re.compile(rb"\d{21,}+")
_BRACKETS = np.zeros(256, dtype=np.int8)
_BRACKETS[list(b"[{")], _BRACKETS[list(b"]}")] = 1, -1
_MEMBER = re.compile(r"[a-z][a-z0-9_]{0,60}\.npy")
_HEADER = re.compile(
    rb"\{'descr': '([<|])([fiub])([1248])', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,18}+, )*+(?:\d{1,18}+,?+)?+)\), \} *+\n"
)


def pack(document: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    document : mapping
        Of JSON's types, without nan.
    arrays : mapping of str to array

    Raises
    ------
    ValueError
        Where the document is too large for `unpack`.
    """
    text = json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii")
    if excess := _find_excess(text):
        raise ValueError(
            f"the network cannot be in a file: {excess}. Save without data=True, or give its "
            "columns fewer levels"
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_DOCUMENT, _DATE), text)
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, _store(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getbuffer())
        archive.comment = b"0" * _DIGITS
    content = buffer.getbuffer()[:-_DIGITS]
    return b"".join([content, sha256(content).hexdigest().encode()])


def _store(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in row-major order and little-endian."""
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def unpack(content: bytes, path: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the document and new arrays of a file's bytes.

    Parameters
    ----------
    content : bytes
    path : str
        The name of the file in errors.

    Raises
    ------
    CorruptFileError
        Where a bit is wrong, or anything is not as `pack` writes it.
    ValueError
        For a newer format.
    """
    view = memoryview(content)
    if len(content) < _DIGITS or content[-_DIGITS:] != _digest(view[:-_DIGITS]):
        refuse(path, "its digest does not match what it holds")
    try:
        members = _read_members(content)
        document = _read_document(members.pop(_DOCUMENT))
    except Exception as fault:
        refuse(path, fault)
    _check_format(document, path)
    try:
        return document, {name[:-4]: _read_array(part) for name, part in members.items()}
    except Exception as fault:
        refuse(path, fault)


def refuse(path: str, why: str | Exception) -> NoReturn:
    """Raise CorruptFileError with a message of one line, whatever the file holds."""
    reason = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
    raise CorruptFileError(
        f"{cut(path)} is damaged, or no file that NeuralNetwork.save wrote "
        f"({visible(reason, most=200)}); nothing was loaded from it"
    ) from None


def _digest(content: memoryview) -> bytes:
    return sha256(content).hexdigest().encode()


def _read_members(content: bytes) -> dict[str, bytes]:
    """Return the members by name; none is compressed, and their sizes add up to the file's."""
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > len(content):
            raise ValueError("members that overlap")
        for info in infos:
            if info.filename in members or info.orig_filename != info.filename:
                raise ValueError("two members of one name")
            if info.filename != _DOCUMENT and not _MEMBER.fullmatch(info.filename):
                raise ValueError("a member of a strange name")
            stored = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits
            if not stored or info.compress_size != info.file_size:
                raise ValueError("a member that is not stored as it is")
            members[info.filename] = archive.read(info)
    return members


def _read_document(text: bytes) -> dict[str, Any]:
    if excess := _find_excess(text):
        raise ValueError(excess)
    document = json.loads(
        text.decode("ascii"), object_pairs_hook=_join_pairs, parse_constant=_refuse_constant
    )
    if not isinstance(document, dict):
        raise TypeError("a document that is no object")
    return document


def _find_excess(text: bytes) -> str:
    """Return the limit that the text of a document exceeds, before it is parsed; '' for none."""
    if len(text) > _MOST_JSON:
        return f"a document of more than {_MOST_JSON:,} bytes"
    bare = _TEXT.sub(b"", text)
    if sum(map(bare.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        return f"a document of more than {_MOST_VALUES:,} values"
    steps = _BRACKETS[np.frombuffer(bare, np.uint8)]
    if np.cumsum(steps[steps != 0], dtype=np.int32).max(initial=0) > _DEEPEST:
        return f"values within values, more than {_DEEPEST} deep"
    if sum(1 for _ in _HUGE.finditer(bare)) > _MOST_HUGE:
        return f"more than {_MOST_HUGE:,} whole numbers beyond 64 bits"
    return ""


def _join_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    joined = dict(pairs)
    if len(joined) < len(pairs):
        raise ValueError("a key that is there twice")
    return joined


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} among the numbers")


def _check_format(document: Mapping[str, Any], path: str) -> None:
    number = document.get("format")
    if type(number) is not int or number < FORMAT:
        refuse(path, "it names no format that is read")
    if number > FORMAT:
        writer = shorten(document.get("versions"), most=200)
        raise ValueError(
            f"{cut(path)} has format {number}, written with {writer}; this version of neuralnet "
            f"reads formats up to {FORMAT}: install a newer one"
        )


def _read_array(member: bytes) -> NDArray[Any]:
    """Return an array of numbers, of the size in its header."""
    if member[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("an array of another version")
    (length,) = struct.unpack_from("<H", member, 8)
    start = 10 + length
    header = _HEADER.fullmatch(member[10:start])
    if header is None:
        raise ValueError("an array whose header is not plain")
    dtype = np.dtype(f"{header[1].decode()}{header[2].decode()}{header[3].decode()}")
    shape = tuple(int(size) for size in header[4].decode().split(",") if size.strip())
    if prod(shape) * dtype.itemsize != len(member) - start:
        raise ValueError("an array of another size than its header says")
    native = dtype.newbyteorder("=")
    return np.frombuffer(member, dtype, offset=start).reshape(shape).astype(native)
