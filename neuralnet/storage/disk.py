"""Read and write the bytes of a file: regular files only, up to a limit, and atomically."""

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

# The name of a temporary file holds digests of its target and its machine, the number of its
# process, and 64 random bits, so that no name is used twice.
_TEMPORARY = re.compile(
    r"\.neuralnet-([0-9a-f]{16})-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f]{16}\.tmp"
)
# Seconds after which no save is still running.
_DAY = 86_400.0
# Seconds between attempts to replace a file on Windows, 1.3 in all.
_PAUSES = tuple(0.01 * 2**k for k in range(7))


def read_file(path: Any, limit: int = MEMORY_LIMIT) -> tuple[bytes, str]:
    """Return all bytes of a file, and its path as text.

    Parameters
    ----------
    path : path
    limit : int
        The largest number of bytes that is read.

    Raises
    ------
    TypeError
        Where it is no path.
    OSError
        Where it cannot be read; the message says why.
    ValueError
        Where the file is larger.
    """
    place = _as_path(path)
    try:
        return _read(place, limit), str(place)
    except OSError as fault:
        raise _explain(fault, f"cannot read {quote(str(place))}", place) from None


def _read(place: Path, limit: int) -> bytes:
    # Opening a device may have an effect, so that its kind is checked before. It is checked again
    # after, as another file may have taken its place; a pipe is opened without waiting.
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
    """Write a file atomically: the previous one stays until all new bytes are on the disk.

    Temporary files of earlier saves to it, left by killed processes, are removed first.

    Raises
    ------
    TypeError
        Where it is no path.
    OSError
        Where it cannot be written; the message says why, and the previous file is unchanged.
    """
    given = _as_path(path)
    # Of a link, the target is replaced, not the link.
    place = Path(os.path.realpath(given))
    temporary = place.with_name(_name_temporary(place))
    try:
        mode = _check_place(place)
        # First of all: leftovers may fill the disk.
        _remove_leftovers(place)
        _write(temporary, content, mode)
        _replace(temporary, place)
        _sync_folder(place.parent)
    except BaseException as fault:
        # A file that existed already belongs to another save.
        if not isinstance(fault, FileExistsError):
            with suppress(OSError):
                temporary.unlink()
        if not isinstance(fault, OSError):
            raise
        failed = f"cannot save to {quote(str(given))}; what stood there is as it was"
        raise _explain(fault, failed, given) from None


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
    """Return the permissions of the present file; None where there is none."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "a folder of this name is in the way")
    _check_regular(mode)
    return stat.S_IMODE(mode)


def _check_regular(mode: int) -> None:
    """Raise OSError for anything but a regular file: its bytes may have no end."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is a device or a pipe, not a file")


def _write(temporary: Path, content: bytes, mode: int | None) -> None:
    # The permissions of open(), which the user's mask restricts.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with open(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        with suppress(OSError):
            temporary.chmod(mode)


def _replace(temporary: Path, place: Path) -> None:
    """Give a new file the name of the previous one; on Windows, wait while another program has it.

    There a virus scanner, an indexer or a reader locks a file for a moment.
    """
    for pause in _PAUSES if os.name == "nt" else ():
        try:
            os.replace(temporary, place)
            return
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, place)


def _name_temporary(place: Path) -> str:
    target, machine = _digest_target(place), _digest_machine()
    return f".neuralnet-{target}-{machine}-{os.getpid()}-{secrets.token_hex(8)}.tmp"


def _digest_target(place: Path) -> str:
    return sha256(os.fsencode(os.path.normcase(place.name))).hexdigest()[:16]


def _digest_machine() -> str:
    """Digest the scope of process numbers: the machine, and on Linux the container."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _remove_leftovers(place: Path) -> None:
    """Remove temporary files of the same target whose process has ended, or older than a day.

    Names are never used twice, so that no other save can own one in the meantime. Files that
    cannot be removed are ignored.
    """
    target, machine = _digest_target(place), _digest_machine()
    with suppress(OSError), os.scandir(place.parent) as entries:
        for entry in entries:
            name = _TEMPORARY.fullmatch(entry.name)
            if name is None or name[1] != target:
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                ended = name[2] == machine and _has_ended(int(name[3]))
                if stat.S_ISREG(status.st_mode) and (ended or time.time() - status.st_mtime > _DAY):
                    os.unlink(entry.path)


def _has_ended(process: int) -> bool:
    """Return True where no process of this machine has the number; False where unknown."""
    # On Windows, os.kill(process, 0) would interrupt it.
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # It belongs to another user, or is no number of a process.
        return False
    return False


def _sync_folder(folder: Path) -> None:
    """Write the new name to the disk too, where the system can open a folder."""
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
    # Python appends the file name to the message, whatever its length and characters.
    named = [name] if quote(name) == repr(name) else []
    return OSError(fault.errno, f"{what}: {why}", *named)
