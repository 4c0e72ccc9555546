"""Networks as parts that pickle can store: a document, arrays, and user-defined objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ..errors import shorten
from ..training import Fit
from .archive import FORMAT
from .encoding import Decoder, Encoder
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
