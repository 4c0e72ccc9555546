"""One file that holds a document and arrays: the bytes, and nothing of what they mean.

A zip of ``network.json`` and one ``.npy`` an array, which ends in its own digest. Whatever is not
exactly so is refused before it is believed; a file is written whole or not at all.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import secrets
import stat
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMAT", "Arrays", "CorruptFileError", "pack", "read_file", "unpack", "write_file"]

FORMAT = 1
Arrays = Mapping[str, NDArray[Any]]

_DOCUMENT = "network.json"
# Hex digits of the digest: the comment of the zip, which is the end of the file.
_DIGITS = 64
# Equal contents give equal bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_MOST_JSON = 64_000_000
_MEMBER = re.compile(r"[a-z][a-z0-9_]{0,60}\.npy")
_HEADER = re.compile(
    rb"\{'descr': '([<|])([fiub])([1248])', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,18}, )*(?:\d{1,18},?)?)\), \} *\n"
)


class CorruptFileError(ValueError):
    """A file that is damaged, or is no file of a network; nothing was loaded."""


def pack(document: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a file; the document is made of what JSON knows, without nan."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_DOCUMENT, _DATE), text.encode("ascii"))
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, _store(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getbuffer())
        archive.comment = b"0" * _DIGITS
    content = buffer.getbuffer()[:-_DIGITS]
    return b"".join([content, sha256(content).hexdigest().encode()])


def _store(array: NDArray[Any]) -> NDArray[Any]:
    """Row by row, the lowest byte first."""
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def unpack(content: bytes, path: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The document and the arrays, fresh, of a file's bytes; ``path`` is named in errors.

    Raises
    ------
    CorruptFileError
        Where a bit is wrong, or anything is not as `pack` writes it.
    ValueError
        For a format that is newer than this.
    """
    view = memoryview(content)
    if len(content) < _DIGITS or content[-_DIGITS:] != _digest(view[:-_DIGITS]):
        refuse(path, "its digest does not match what it holds")
    try:
        members = _read_members(content)
        document = _read_document(members.pop(_DOCUMENT))
    except Exception as fault:
        refuse(path, f"{type(fault).__name__}: {fault}")
    _check_format(document, path)
    try:
        return document, {name[:-4]: _read_array(part) for name, part in members.items()}
    except Exception as fault:
        refuse(path, f"{type(fault).__name__}: {fault}")


def refuse(path: str, why: str) -> NoReturn:
    """Raise the one error for files that are not to be believed."""
    raise CorruptFileError(
        f"{path} is damaged, or no file that NeuralNetwork.save wrote ({why}); nothing was "
        "loaded from it"
    ) from None


def _digest(content: memoryview) -> bytes:
    return sha256(content).hexdigest().encode()


def _read_members(content: bytes) -> dict[str, bytes]:
    """Stored members by name: their sizes are those of the bytes that are there."""
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
    if len(text) > _MOST_JSON:
        raise ValueError("a document of too many bytes")
    document = json.loads(
        text.decode("ascii"), object_pairs_hook=_join_pairs, parse_constant=_refuse_constant
    )
    if not isinstance(document, dict):
        raise TypeError("a document that is no object")
    return document


def _join_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    joined = dict(pairs)
    if len(joined) < len(pairs):
        raise ValueError("a key that stands twice")
    return joined


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} among the numbers")


def _check_format(document: Mapping[str, Any], path: str) -> None:
    number = document.get("format")
    if type(number) is not int or number < 1:
        refuse(path, "it names no format")
    if number > FORMAT:
        writer = str(document.get("versions"))[:200]
        raise ValueError(
            f"{path} has format {number}, written with {writer}; this version of neuralnet reads "
            f"formats up to {FORMAT}: install a newer one"
        )


def _read_array(member: bytes) -> NDArray[Any]:
    """An array of numbers, of which as many are there as its header says."""
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


def read_file(path: Any) -> tuple[bytes, str]:
    """All bytes of a file, and its path as text.

    Raises
    ------
    TypeError
        Where it is no path.
    OSError
        Where it cannot be read, in words.
    """
    place = _as_path(path)
    try:
        return place.read_bytes(), str(place)
    except OSError as fault:
        raise _explain(fault, f"cannot read {str(place)!r}", place) from None


def write_file(path: Any, content: bytes) -> None:
    """Write a file whole: what stood there before stays until all new bytes are on the disk.

    Raises
    ------
    TypeError
        Where it is no path.
    OSError
        Where it cannot be written, in words; what stood there is as it was.
    """
    given = _as_path(path)
    # Behind a link the file is replaced, not the link.
    place = Path(os.path.realpath(given))
    temporary = place.with_name(f".neuralnet-{secrets.token_hex(8)}.tmp")
    try:
        mode = _check_place(place)
        _write(temporary, content, mode)
        os.replace(temporary, place)
        _settle_folder(place.parent)
    except BaseException as fault:
        with suppress(OSError):
            temporary.unlink()
        if not isinstance(fault, OSError):
            raise
        told = f"cannot save to {str(given)!r}; what stood there is as it was"
        raise _explain(fault, told, given) from None


def _as_path(path: Any) -> Path:
    try:
        return Path(path)
    except TypeError:
        raise TypeError(f"path must be the name of a file, not {path!r}") from None


def _check_place(place: Path) -> int | None:
    """The permissions of the file that is there; None where nothing is."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "a folder of this name is in the way")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is a device or a pipe, not a file")
    return stat.S_IMODE(mode)


def _write(temporary: Path, content: bytes, mode: int | None) -> None:
    # As open() makes a file: readable by others as far as the user's mask lets them.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with open(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        with suppress(OSError):
            temporary.chmod(mode)


def _settle_folder(folder: Path) -> None:
    """Put the new name on the disk too, where the system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _explain(fault: OSError, what: str, path: Path) -> OSError:
    why = fault.strerror or str(fault)
    if isinstance(fault, FileNotFoundError) and not path.parent.is_dir():
        why = f"there is no folder {str(path.parent)!r}"
    elif fault.errno is None:
        return OSError(f"{what}: {why}")
    return OSError(fault.errno, f"{what}: {why}", str(path))
