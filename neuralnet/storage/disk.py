"""Bytes from the disk and to it: only of files, no more than allowed, and whole or not at all.

Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import stat
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import MEMORY_LIMIT, quote

# A temporary file is called after its target, its machine and its process, each as a fixed number
# of hex digits or as a number, and after 64 random bits, so that no name is used twice.
_TEMPORARY = re.compile(
    r"\.neuralnet-([0-9a-f]{16})-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f]{16}\.tmp"
)
# Seconds after which no save is still at work.
_DAY = 86_400.0


def read_file(path: Any, limit: int = MEMORY_LIMIT) -> tuple[bytes, str]:
    """All bytes of a file, no more than so many, and its path as text.

    Raises
    ------
    TypeError
        Where it is no path.
    OSError
        Where it cannot be read, in words.
    ValueError
        Where it is larger.
    """
    place = _as_path(path)
    try:
        return _read(place, limit), str(place)
    except OSError as fault:
        raise _explain(fault, f"cannot read {quote(str(place))}", place) from None


def _read(place: Path, limit: int) -> bytes:
    # To open a device may do something already. What is another thing by the time it is opened is
    # met behind it, and opening waits for nobody.
    _check_regular(place.stat().st_mode)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(place, flags), "rb") as file:
        found = os.fstat(file.fileno())
        _check_regular(found.st_mode)
        if found.st_size > limit:
            raise ValueError(
                f"{quote(str(place))} has {found.st_size:,} bytes, and no more than {limit:,} are "
                "read: pass a higher limit= where you trust that it is a network"
            )
        return file.read(found.st_size)


def write_file(path: Any, content: bytes) -> None:
    """Write a file whole: what stood there before stays until all new bytes are on the disk.

    Temporary files that killed processes left of earlier saves to it are removed before.

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
    temporary = place.with_name(_name_temporary(place))
    try:
        mode = _check_place(place)
        # Before the new bytes: the disk may be full of them.
        _remove_leftovers(place)
        _write(temporary, content, mode)
        os.replace(temporary, place)
        _settle_folder(place.parent)
    except BaseException as fault:
        # A file that was there already is somebody else's.
        if not isinstance(fault, FileExistsError):
            with suppress(OSError):
                temporary.unlink()
        if not isinstance(fault, OSError):
            raise
        told = f"cannot save to {quote(str(given))}; what stood there is as it was"
        raise _explain(fault, told, given) from None


def _as_path(path: Any) -> Path:
    try:
        place = Path(path)
    except TypeError:
        raise TypeError(f"path must be the name of a file, not {quote(path)}") from None
    try:
        bad = b"\0" in os.fsencode(place)
    except UnicodeEncodeError:
        bad = True
    if bad:
        raise ValueError(
            f"path must be the name of a file, and {quote(str(place))} holds a character that no "
            "name of a file has: take the null character, or the half of a character, out"
        )
    return place


def _check_place(place: Path) -> int | None:
    """The permissions of the file that is there; None where nothing is."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "a folder of this name is in the way")
    _check_regular(mode)
    return stat.S_IMODE(mode)


def _check_regular(mode: int) -> None:
    """Raise OSError for what has no end, or gives what it has only once."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is a device or a pipe, not a file")


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


def _name_temporary(place: Path) -> str:
    target, machine = _digest_target(place), _digest_machine()
    return f".neuralnet-{target}-{machine}-{os.getpid()}-{secrets.token_hex(8)}.tmp"


def _digest_target(place: Path) -> str:
    return sha256(os.fsencode(os.path.normcase(place.name))).hexdigest()[:16]


def _digest_machine() -> str:
    """Where a number stands for one process: the machine, and on Linux the container."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _remove_leftovers(place: Path) -> None:
    """Remove temporary files of the same target whose process is gone, or of more than a day ago.

    Their names are never used again, so that what is left over cannot become somebody's meanwhile.
    What cannot be removed is no reason not to save.
    """
    target, machine = _digest_target(place), _digest_machine()
    with suppress(OSError), os.scandir(place.parent) as entries:
        for entry in entries:
            name = _TEMPORARY.fullmatch(entry.name)
            if name is None or name[1] != target:
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                gone = name[2] == machine and _is_gone(int(name[3]))
                if stat.S_ISREG(status.st_mode) and (gone or time.time() - status.st_mtime > _DAY):
                    os.unlink(entry.path)


def _is_gone(process: int) -> bool:
    """Whether no process of this machine has the number; False where nobody can tell."""
    # On Windows, os.kill(process, 0) would interrupt it.
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # It is another user's, or no number of a process.
        return False
    return False


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
        why = f"there is no folder {quote(str(path.parent))}"
    elif fault.errno is None:
        return OSError(f"{what}: {why}")
    name = str(path)
    # Python shows it behind the words, as long as it is.
    named = [name] if quote(name) == repr(name) else []
    return OSError(fault.errno, f"{what}: {why}", *named)
