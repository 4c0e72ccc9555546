"""Forged files: their contents are wrong, but their digest is correct."""

from unittest.mock import patch

from neuralnet.storage import archive
from neuralnet.storage.archive import pack, unpack


def open_file(path):
    """Return the document and the arrays of a file."""
    return unpack(path.read_bytes(), str(path))


def forge(path, change):
    """Rewrite a file by ``change(document, arrays)``, with a valid digest."""
    document, arrays = open_file(path)
    change(document, arrays)
    # Forgers can write data that `pack` would reject.
    with patch.object(archive, "_find_excess", lambda text: ""):
        path.write_bytes(pack(document, arrays))


def find_record(node, name):
    """Return the fields of the first record of that name in a document."""
    if isinstance(node, dict):
        found = node.get("record")
        if isinstance(found, list) and found[0] == name:
            return found[1]
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        if (found := find_record(part, name)) is not None:
            return found
    return None
