"""Networks for pickle and for skops.

Pickles are parts: a document, arrays, and user-defined objects. A state is the bytes of a file with
the training rows, for formats that are to be safe to open: it holds no user-defined object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ..errors import shorten
from ..training import Fit
from .archive import FORMAT
from .encoding import Decoder, Encoder
from .files import decode_file, encode_file
from .network import decode_network, encode_network


def to_parts(network: Fit) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[Any]]:
    """Return the document, the arrays and the external objects, among them the training rows."""
    external_objects: list[Any] = []
    encoder = Encoder(external_objects)
    document = encode_network(network, encoder, network.model.training is not None)
    return document, encoder.arrays, external_objects


def from_parts(
    document: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    external_objects: Sequence[Any],
) -> Fit:
    """Return the network of the parts that `to_parts` gave.

    Raises
    ------
    ValueError
        Where a newer version of neuralnet wrote them.
    """
    if document["format"] > FORMAT:
        raise ValueError(
            f"this pickle has format {document['format']}, of "
            f"{shorten(document['versions'], most=200)}; this version of neuralnet reads formats "
            f"up to {FORMAT}: install a newer one"
        )
    return decode_network(document, Decoder(arrays, external_objects), {}, None)


def to_state(network: Fit) -> bytes:
    """Return the bytes of a file of the network and its training rows.

    Raises
    ------
    TypeError
        Where it has user-defined parts, or expressions that need ``trusted=True``.
    """
    try:
        content, left_out = encode_file(network, network.model.training is not None, True)
        from_state(content)
    except (TypeError, ValueError) as fault:
        left_out = [str(fault)]
    if left_out:
        raise TypeError(
            f"skops cannot hold this network: {left_out[0]}. joblib and pickle hold all of it"
        )
    return content


def from_state(content: bytes) -> Fit:
    """Return the network of the bytes that `to_state` gave; they are safe to open, as a file is.

    Raises
    ------
    CorruptFileError, UntrustedError, ValueError
        As `load`.
    """
    return decode_file(content, "the state of a NeuralNetwork", {}, False)
