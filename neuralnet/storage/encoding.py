"""Values as a document of JSON's types and arrays, and back, to the bit.

A table names every class that may be in a document; of others nothing is ever made. A decoded
value must fit the annotation of the field that it is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_memory
from .annotations import check_type
from .frames import decode_dtype, encode_dtype
from .records import RECORDS, is_record, list_fields

# Arrays get the name of their field where it fits this, so that they are easy to find in a file.
_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_ODD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


class Encoder:
    """Turn values into a document, and collect its arrays.

    Parameters
    ----------
    external_objects : list, optional
        Receives objects that a document cannot hold. None: they are an error.

    Attributes
    ----------
    arrays : dict of str to array
    """

    def __init__(self, external_objects: list[Any] | None = None) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self.external_objects = external_objects
        # Kept with the arrays themselves, as the id of a deleted array may be used again.
        self._encoded: dict[int, tuple[NDArray[Any], dict[str, Any]]] = {}

    def encode(self, value: Any, what: str = "") -> Any:
        """Return the node of a value.

        Parameters
        ----------
        value : object
        what : str
            Its name in errors, and that of its array.

        Raises
        ------
        TypeError
            Where a document cannot hold it and external objects are not taken.
        """
        if isinstance(value, np.generic) and not isinstance(value, str):
            if value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
                return {"scalar": [value.dtype.str[1:], self.encode(value.item())]}
            return self.keep(value, what)
        if isinstance(value, float):
            return value if np.isfinite(value) else {"float": str(float(value))}
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | str):
            return int(value) if isinstance(value, int) else str(value)
        if isinstance(value, np.ndarray):
            return self._encode_array(value, what)
        if is_record(value):
            name = type(value).__name__
            fields = {field: getattr(value, field) for field in list_fields(name)}
            return {"record": [name, {f: self.encode(part, f) for f, part in fields.items()}]}
        if type(value) is tuple:
            return {"tuple": [self.encode(part, what) for part in value]}
        if type(value) is list:
            return [self.encode(part, what) for part in value]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {"dict": [[self.encode(k), self.encode(v, str(k))] for k, v in value.items()]}
        if isinstance(value, pd.Interval):
            return {"interval": [self.encode(value.left), self.encode(value.right), value.closed]}
        if isinstance(value, np.dtype | pd.api.extensions.ExtensionDtype):
            parts = encode_dtype(value)
            return self.keep(value, what) if parts is None else {"dtype": self.encode(parts)}
        return self.keep(value, what)

    def _encode_array(self, value: NDArray[Any], what: str) -> Any:
        if value.dtype.kind not in "fiub" or value.dtype.itemsize > 8:
            return self.keep(value, what)
        if id(value) in self._encoded:
            return self._encoded[id(value)][1]
        name = what if _NAME.fullmatch(what) and what not in self.arrays else ""
        name = name or f"array_{len(self.arrays)}"
        node: dict[str, Any] = {"array": name}
        if value.dtype == np.bool_ and value.ndim == 1:
            self.arrays[name], node = np.packbits(value), {"mask": [name, len(value)]}
        else:
            self.arrays[name] = value
        self._encoded[id(value)] = value, node
        return node

    def keep(self, value: Any, what: str) -> Any:
        """Return the node of an external object, which is passed on as it is.

        Raises
        ------
        TypeError
            As `encode`.
        """
        if self.external_objects is None:
            raise TypeError(
                f"{what or 'something'} is a {type(value).__name__}, and a file holds numbers, "
                "text and what neuralnet itself defines. pickle.dump(net, file) keeps user-defined "
                "objects too"
            )
        self.external_objects.append(value)
        return {"external": len(self.external_objects) - 1}


class Decoder:
    """Make the values of a document; raise for any node that `Encoder` does not write.

    Parameters
    ----------
    arrays : mapping of str to array
    external_objects : sequence
        Those that `Encoder` collected.
    """

    def __init__(
        self, arrays: Mapping[str, NDArray[Any]], external_objects: Sequence[Any] = ()
    ) -> None:
        self._external_objects = external_objects
        self._arrays = {name: array.view(np.ndarray) for name, array in arrays.items()}
        for array in self._arrays.values():
            array.flags.writeable = False
        self._masks: dict[str, NDArray[np.bool_]] = {}

    def decode(self, node: Any, wanted: Any = Any) -> Any:
        """Return the value of a node; raise where it is not of the wanted type."""
        return check_type(self._decode(node), wanted)

    def _decode(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._decode(part) for part in node]
        if not isinstance(node, dict):
            return node
        ((kind, inside),) = node.items()
        return _KINDS[kind](self, inside)

    def _decode_tuple(self, inside: Any) -> tuple[Any, ...]:
        return tuple(map(self._decode, _check_list(inside)))

    def _decode_dict(self, inside: Any) -> dict[Any, Any]:
        # Keys are text alone: numbers can be chosen to share one hash, which makes a dict slow.
        read = {}
        for key, value in _check_list(inside):
            if not isinstance(key, str) or key in read:
                raise TypeError("a key that is no text, or is there twice")
            read[key] = self._decode(value)
        return read

    def _decode_array(self, name: Any) -> NDArray[Any]:
        return self._arrays[name]

    def _decode_mask(self, inside: Any) -> NDArray[np.bool_]:
        """Return booleans that are packed eight to a byte; bits beyond the last are 0."""
        name, length = inside
        # Unpacked once: otherwise many nodes of one small array would fill the memory.
        mask = self._masks.get(name)
        if mask is None:
            packed = self._arrays[name]
            if packed.dtype != np.uint8 or packed.ndim != 1:
                raise TypeError("a mask that is not made of bytes")
            made = sum(map(len, self._masks.values())) // 8
            check_memory("masks", made + len(packed), "Take fewer rows")
            mask = np.unpackbits(packed).view(np.bool_)
            mask.flags.writeable = False
            self._masks[name] = mask
        if type(length) is not int or not 0 <= len(mask) - length < 8 or mask[length:].any():
            raise ValueError("a mask of another length than it says")
        return mask[:length]

    def _decode_external(self, place: Any) -> Any:
        return self._external_objects[range(len(self._external_objects))[place]]

    def _decode_scalar(self, inside: Any) -> Any:
        dtype, value = inside
        found = np.dtype(dtype)
        if found.kind not in "fiub" or found.itemsize > 8 or found.str[1:] != dtype:
            raise ValueError("a scalar of a strange type")
        return found.type(self._decode(value))

    def _decode_interval(self, inside: Any) -> pd.Interval:
        left, right, closed = inside
        ends = self._decode(left), self._decode(right)
        # Pairs of large numbers can be chosen to share one hash; of 64 bits they are limited.
        if any(isinstance(end, int) and end.bit_length() > 64 for end in ends):
            raise ValueError("an interval that ends beyond all tables")
        return pd.Interval(*ends, closed)

    def _decode_record(self, inside: Any) -> Any:
        name, parts = inside
        hints = list_fields(name)
        record = RECORDS[name](**{p: self.decode(node, hints[p]) for p, node in parts.items()})
        if not is_record(record):
            raise ValueError(f"a {name} under the name of another")
        return record


_KINDS: dict[str, Callable[[Decoder, Any], Any]] = {
    "float": lambda decoder, text: _ODD[text],
    "tuple": Decoder._decode_tuple,
    "dict": Decoder._decode_dict,
    "array": Decoder._decode_array,
    "mask": Decoder._decode_mask,
    "external": Decoder._decode_external,
    "scalar": Decoder._decode_scalar,
    "interval": Decoder._decode_interval,
    "dtype": lambda decoder, inside: decode_dtype(decoder.decode(inside, list)),
    "record": Decoder._decode_record,
}


def _check_list(inside: Any) -> list[Any]:
    if not isinstance(inside, list):
        raise TypeError("no list where one must be")
    return inside
