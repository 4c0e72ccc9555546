"""Regular files are read up to a limit, and written atomically."""

import errno
import os
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from neuralnet.storage import disk
from neuralnet.storage.archive import pack
from neuralnet.storage.disk import read_file, write_file

# Reading --------------------------------------------------------------------------------------


def read_in_time(path, **options):
    """Read a file in a thread, and return its content or its error."""
    found = []

    def read():
        try:
            found.append(read_file(path, **options))
        except Exception as fault:
            found.append(fault)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)
    assert found, "it still waits"
    return found[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_pipe_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "a.nn"
    os.mkfifo(path)
    fault = read_in_time(path)
    assert isinstance(fault, OSError) and "a device or a pipe, not a file" in str(fault)
    # It is also rejected if it replaces a file after the check of its kind.
    regular = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda self, **options: regular)
    fault = read_in_time(path)
    assert isinstance(fault, OSError) and "a device or a pipe, not a file" in str(fault)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_device_is_never_opened(device, monkeypatch):
    """Opening a tape would rewind it."""
    monkeypatch.setattr(disk.os, "open", None)
    fault = read_in_time(device)
    assert isinstance(fault, OSError) and "cannot read" in str(fault)


def test_no_more_bytes_are_read_than_the_limit(tmp_path):
    path = tmp_path / "a.nn"
    path.write_bytes(b"12345")
    assert read_file(path, limit=5)[0] == b"12345"
    with pytest.raises(ValueError, match=r"has 5 bytes, and no more than 4 are read.*limit="):
        read_file(path, limit=4)
    # A sparse file needs no space on the disk, but its full size in memory.
    with path.open("r+b") as file:
        file.truncate(2**32 + 1)
    with pytest.raises(ValueError, match=r"4,294,967,297 bytes.*4,294,967,296 are read"):
        read_file(path)


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
    with pytest.raises(IsADirectoryError, match=r"cannot read .*this is a folder"):
        read_file(tmp_path / "folder")
    assert list_names(tmp_path) == ["file", "folder"]
    assert list_names(tmp_path / "folder") == ["kept"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices")
def test_device_is_not_replaced():
    with pytest.raises(OSError, match="a device or a pipe"):
        write_file("/dev/null", b"1")
    assert not Path("/dev/null").is_file()


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be opened there")
def test_new_name_is_synced_to_the_disk(tmp_path, monkeypatch):
    """If the folder is not written, a power failure loses the file or restores the old one."""
    done, given = [], {name: getattr(os, name) for name in ("fsync", "replace")}

    def note_sync(handle):
        status = os.fstat(handle)
        folder = stat.S_ISDIR(status.st_mode)
        done.append(("folder", status.st_ino) if folder else ("file", status.st_size))
        given["fsync"](handle)

    def note_move(*paths):
        done.append(("move",))
        given["replace"](*paths)

    monkeypatch.setattr(disk.os, "fsync", note_sync)
    monkeypatch.setattr(disk.os, "replace", note_move)
    write_file(tmp_path / "a.nn", b"12345")
    assert done == [("file", 5), ("move",), ("folder", tmp_path.stat().st_ino)]


@pytest.mark.parametrize("linked", [False, True])
def test_file_of_another_process_is_never_overwritten(linked, tmp_path, monkeypatch):
    """With a predictable temporary name, a symbolic link of that name could point anywhere."""
    monkeypatch.setattr(disk.secrets, "token_hex", lambda n: "known")
    other, trap = tmp_path / "other", tmp_path / disk._name_temporary(tmp_path / "a.nn")
    other.write_bytes(b"theirs")
    if linked:
        if os.name == "nt":
            pytest.skip("links need rights there")
        trap.symlink_to(other)
    else:
        trap.write_bytes(b"theirs")
    with pytest.raises(FileExistsError, match="cannot save to"):
        write_file(tmp_path / "a.nn", b"mine")
    assert other.read_bytes() == trap.read_bytes() == b"theirs"
    assert trap.is_symlink() == linked
    assert not (tmp_path / "a.nn").exists()


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
        patch.setattr(disk.os, function, fail)
        with pytest.raises(type(fault)) as caught:
            write_file(path, b"new")
    if isinstance(fault, OSError):
        assert caught.value.errno == fault.errno
        assert "what stood there is as it was" in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list_names(tmp_path) == ["a.nn"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_full_device_is_reported(tmp_path, monkeypatch):
    """Writes to /dev/full, a device that is always full."""
    path, given = tmp_path / "a.nn", os.open
    write_file(path, b"old")
    monkeypatch.setattr(disk.os, "open", lambda *_: given("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left on device"):
        write_file(path, b"new" * 10**6)
    assert path.read_bytes() == b"old"


WRITER = """
import os, random, signal, sys, time
import numpy as np
from neuralnet.storage.archive import pack, unpack
from neuralnet.storage.disk import write_file
path, rounds, seen = sys.argv[1], int(sys.argv[2]), set()
chance = random.Random(3)
for start in range(rounds):
    child = os.fork()
    if not child:
        number = 1000 * start
        while True:
            number += 1
            document = {"format": 2, "versions": {}, "number": number}
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
def test_process_killed_while_it_saves_leaves_a_complete_file(tmp_path):
    path = tmp_path / "a.nn"
    write_file(path, pack({"format": 2, "versions": {}, "number": 0}, {"a": np.zeros(9)}))
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path), "30"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3


# Remains of a killed save --------------------------------------------------------------------

HANGING_WRITER = """
import os, sys, time
from neuralnet.storage import disk
def hang(*paths):
    print("written", flush=True)
    time.sleep(600)
disk.os.replace = hang
disk.write_file(sys.argv[1], b"half")
"""


def start_writer(path):
    """Start a process that writes the temporary file of a target, and hangs."""
    child = subprocess.Popen(
        [sys.executable, "-c", HANGING_WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "written\n"
    return child


def end_writer(child):
    child.kill()
    child.wait()
    child.stdout.close()


def find_temporary(folder):
    (found,) = folder.glob("*.tmp")
    return found


@pytest.mark.skipif(os.name == "nt", reason="there only their age tells")
def test_leftovers_of_a_killed_process_are_removed_by_the_next_save_to_the_same_file(tmp_path):
    path = tmp_path / "a.nn"
    child = start_writer(path)
    try:
        write_file(path, b"1")
        # Its process is alive, and may still be writing.
        assert find_temporary(tmp_path).read_bytes() == b"half"
    finally:
        end_writer(child)
    write_file(tmp_path / "b.nn", b"2")
    assert find_temporary(tmp_path).read_bytes() == b"half"
    write_file(path, b"3")
    assert list_names(tmp_path) == ["a.nn", "b.nn"]
    assert path.read_bytes() == b"3"


def name_temporary(path, *, machine=None, process=None, monkeypatch):
    """Return the name of a temporary file of a process on a machine."""
    with monkeypatch.context() as patch:
        if machine is not None:
            patch.setattr(disk, "_digest_machine", lambda: machine)
        if process is not None:
            patch.setattr(disk.os, "getpid", lambda: process)
        return disk._name_temporary(path)


def find_free_process():
    """Return the number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.parametrize("machine", [None, "00000000"])
def test_others_are_removed_after_a_day(machine, tmp_path, monkeypatch):
    """Processes of another machine cannot be checked, and process numbers are reused."""
    path = tmp_path / "a.nn"
    process = os.getpid() if machine is None else find_free_process()
    name = name_temporary(path, machine=machine, process=process, monkeypatch=monkeypatch)
    left = tmp_path / name
    left.write_bytes(b"half")
    status = left.stat()
    for hours, names in ((23, [name, "a.nn"]), (25, ["a.nn"])):
        os.utime(left, (status.st_mtime - 3600 * hours,) * 2)
        write_file(path, b"1")
        assert list_names(tmp_path) == names


def test_only_temporary_files_are_removed(tmp_path, monkeypatch):
    path, kept = tmp_path / "a.nn", tmp_path / "kept"
    gone = {"process": find_free_process(), "monkeypatch": monkeypatch}
    name = name_temporary(path, **gone)
    folder, link = (tmp_path / name_temporary(path, **gone) for _ in range(2))
    parts = name.split("-")
    strange = [
        f"{name}.bak",
        f"x{name}",
        name[1:],
        name.upper(),
        name.replace(".tmp", ".nn"),
        ".neuralnet-0123456789abcdef.tmp",
        "-".join([*parts[:3], "0", parts[4]]),
        "-".join([*parts[:3], "9999999999", parts[4]]),
        "-".join([*parts[:3], "-1", parts[4]]),
        "-".join([parts[0], "0" * 16, *parts[2:]]),
    ]
    kept.write_bytes(b"kept")
    folder.mkdir()
    for each in strange:
        (tmp_path / each).write_bytes(b"theirs")
    if os.name != "nt":
        link.symlink_to(kept)
    before = list_names(tmp_path)
    write_file(path, b"1")
    assert list_names(tmp_path) == sorted([*before, "a.nn"])
    assert kept.read_bytes() == b"kept"


@pytest.mark.skipif(os.name == "nt", reason="there only their age tells")
def test_save_succeeds_where_leftovers_cannot_be_removed(tmp_path, monkeypatch):
    path = tmp_path / "a.nn"
    name = name_temporary(path, process=find_free_process(), monkeypatch=monkeypatch)
    (tmp_path / name).write_bytes(b"half")

    def fail(*paths):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(disk.os, "unlink", fail)
    write_file(path, b"1")
    assert list_names(tmp_path) == [name, "a.nn"]
    assert path.read_bytes() == b"1"


@pytest.mark.skipif(os.name == "nt", reason="numbers of processes mean other things there")
def test_process_of_another_user_is_there(monkeypatch):
    def refuse(process, signal):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(disk.os, "kill", refuse)
    assert not disk._has_ended(1)


def test_windows_is_sent_no_signal(monkeypatch):
    """On Windows os.kill(process, 0) is Ctrl-C."""
    with monkeypatch.context() as patch:
        patch.setattr(disk.os, "kill", None)
        patch.setattr(disk.os, "name", "nt")
        assert not disk._has_ended(1)


def test_windows_waits_for_a_program_that_has_the_file(tmp_path, monkeypatch):
    """A virus scanner locks a new file for a moment; elsewhere the error is final at once."""
    new, old, waited, given = tmp_path / "new", tmp_path / "old", [], os.replace

    def refuse(*paths, times):
        if len(waited) < times:
            raise PermissionError(errno.EACCES, "Access is denied")
        given(*paths)

    monkeypatch.setattr(disk.time, "sleep", waited.append)
    for system, times, pauses in (("nt", 3, 3), ("nt", 99, 7), ("posix", 1, 0)):
        new.write_bytes(b"new")
        old.write_bytes(b"old")
        waited.clear()
        with monkeypatch.context() as patch:
            patch.setattr(disk.os, "replace", partial(refuse, times=times))
            patch.setattr(disk.os, "name", system)
            try:
                disk._replace(new, old)
                content = b"new"
            except PermissionError:
                content = b"old"
        assert (len(waited), content) == (pauses, b"new" if times == 3 else b"old")
        assert old.read_bytes() == content
        assert sum(waited) < 2
