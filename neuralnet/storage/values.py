"""Plain values and the package's own frozen records as a document and arrays, and back.

One table names every class that may stand in a document; of others nothing is ever made. Values
come back as they were, to the bit; what comes back must fit the fields it is for.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import activations, families, optimizers
from ..activations import Activation
from ..design import RowOptions, Variable
from ..errors import check_memory
from ..families import Family
from ..model import Labels, Settings
from ..optimizers import Optimizer, Schedule, Stop, schedules
from ..perceptron import (
    LayerScaling,
    Penalty,
    Perceptron,
    Scaled,
    Scaling,
    Uniform,
    UnsavedInit,
    Unscaled,
)
from ..selection import Trial, Tuning
from ..training import RestartResult, State, StoppingState
from .frames import describe_dtype, make_dtype

RECORDS: dict[str, type[Any]] = {
    record.__name__: record
    for record in (
        *(families.Softmax, families.Binomial, families.GroupedBinomial),
        *(families.Gaussian, families.Poisson),
        *map(type, activations.ACTIVATIONS.values()),
        *map(type, optimizers.OPTIMIZERS.values()),
        *(optimizers.GradientDescentState, optimizers.MomentumState, optimizers.AdamState),
        *(optimizers.RpropState, optimizers.LBFGSState, optimizers.NewtonState),
        *(schedules.Constant, schedules.StepDecay, schedules.ExponentialDecay),
        *(schedules.InverseTimeDecay, schedules.CosineDecay, schedules.ReduceOnPlateau),
        *(schedules.PlateauState, State, StoppingState, Stop, RestartResult),
        *(
            Penalty,
            Unscaled,
            LayerScaling,
            Scaled,
            Uniform,
            UnsavedInit,
            Perceptron,
            Labels,
            RowOptions,
            Settings,
            Trial,
            Tuning,
            Variable,
        ),
    )
}
# What an object must have to stand where a field asks for one of these.
_METHODS: dict[Any, tuple[str, ...]] = {
    Family: tuple(name for name in vars(Family) if not name.startswith("_")),
    Activation: ("value", "slope"),
    Optimizer: ("init", "step", "check_convergence"),
    Schedule: ("init", "rate", "step"),
    Scaling: (
        "loss_scale",
        "to_raw",
        "from_raw",
        "gradient_to_scaled",
        "gradient_to_raw",
        "direction_to_raw",
    ),
}
# Arrays that are called so in a file are easy to find there.
_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_ODD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


def is_record(value: Any) -> bool:
    """Whether a value is a record of the package's own, under the name that its class has."""
    record = type(value).__name__
    if RECORDS.get(record) is not type(value):
        return False
    name = _find_name(record)
    return name is None or value.name == name


@cache
def _find_name(record: str) -> str | None:
    """What records of a class are called, where all of them are called the same."""
    found = RECORDS[record]
    named = [each for each in fields(found) if each.name == "name"] if is_dataclass(found) else []
    return next((each.default for each in named if each.default is not MISSING), None)


class Writer:
    """Turns values into a document, and keeps the arrays that stand in it.

    Parameters
    ----------
    own : list or None
        Takes objects that have no place in a document; None: they are an error.
    """

    def __init__(self, own: list[Any] | None = None) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self.own = own
        # With the arrays themselves: the id of one that is gone is another's.
        self._written: dict[int, tuple[NDArray[Any], dict[str, Any]]] = {}

    def write(self, value: Any, what: str = "") -> Any:
        """What stands for a value; ``what`` it is called in errors.

        Raises
        ------
        TypeError
            Where nothing may stand for it.
        """
        if isinstance(value, np.generic) and not isinstance(value, str):
            if value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
                return {"scalar": [value.dtype.str[1:], self.write(value.item())]}
            return self.keep(value, what)
        if isinstance(value, float):
            return value if np.isfinite(value) else {"float": str(float(value))}
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | str):
            return int(value) if isinstance(value, int) else str(value)
        if isinstance(value, np.ndarray):
            return self._write_array(value, what)
        if is_record(value):
            parts = {name: getattr(value, name) for name in _list_fields(type(value).__name__)}
            written = {name: self.write(part, name) for name, part in parts.items()}
            return {"record": [type(value).__name__, written]}
        if type(value) is tuple:
            return {"tuple": [self.write(part, what) for part in value]}
        if type(value) is list:
            return [self.write(part, what) for part in value]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {"dict": [[self.write(k), self.write(v, str(k))] for k, v in value.items()]}
        if isinstance(value, pd.Interval):
            return {"interval": [self.write(value.left), self.write(value.right), value.closed]}
        if isinstance(value, np.dtype | pd.api.extensions.ExtensionDtype):
            told = describe_dtype(value)
            return self.keep(value, what) if told is None else {"dtype": self.write(told)}
        return self.keep(value, what)

    def _write_array(self, value: NDArray[Any], what: str) -> Any:
        if value.dtype.kind not in "fiub" or value.dtype.itemsize > 8:
            return self.keep(value, what)
        found = self._written.get(id(value))
        if found is not None:
            return found[1]
        name = what if _NAME.fullmatch(what) and what not in self.arrays else ""
        name = name or f"array_{len(self.arrays)}"
        node: dict[str, Any] = {"array": name}
        if value.dtype == np.bool_ and value.ndim == 1:
            self.arrays[name], node = np.packbits(value), {"mask": [name, len(value)]}
        else:
            self.arrays[name] = value
        self._written[id(value)] = value, node
        return node

    def keep(self, value: Any, what: str) -> Any:
        """What stands for an object that is handed on as it is; raises as `write` does."""
        if self.own is None:
            raise TypeError(
                f"{what or 'something'} is a {type(value).__name__}, and a file holds numbers, "
                "text and what neuralnet itself defines. pickle.dump(net, file) keeps objects of "
                "your own too"
            )
        self.own.append(value)
        return {"own": len(self.own) - 1}


class Reader:
    """Makes the values of a document; anything strange in it raises.

    Parameters
    ----------
    arrays : mapping of str to array
    own : sequence
        The objects that had no place in the document.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], own: Sequence[Any] = ()) -> None:
        self._own = own
        self._arrays = {name: array.view(np.ndarray) for name, array in arrays.items()}
        for array in self._arrays.values():
            array.flags.writeable = False
        self._masks: dict[str, NDArray[np.bool_]] = {}

    def read(self, node: Any, wanted: Any = Any) -> Any:
        """The value that a node stands for, of the type that is wanted."""
        value = self._read(node)
        if not fits(value, wanted):
            raise TypeError(f"a {type(value).__name__} in place of {wanted}"[:200])
        return value

    def _read(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._read(part) for part in node]
        if not isinstance(node, dict):
            return node
        ((kind, inside),) = node.items()
        return _KINDS[kind](self, inside)

    def _read_tuple(self, inside: Any) -> tuple[Any, ...]:
        return tuple(map(self._read, _check_list(inside)))

    def _read_dict(self, inside: Any) -> dict[Any, Any]:
        # Python gives numbers of anyone's choice the same hash, and text a new one in each process.
        read = {}
        for key, value in _check_list(inside):
            if not isinstance(key, str) or key in read:
                raise TypeError("a key that is no text, or stands twice")
            read[key] = self._read(value)
        return read

    def _read_array(self, name: Any) -> NDArray[Any]:
        return self._arrays[name]

    def _read_mask(self, inside: Any) -> NDArray[np.bool_]:
        """True and False, of which a byte holds eight; rows beyond the last are False."""
        name, length = inside
        # Made once: a few bytes that stand often would fill the memory.
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

    def _read_own(self, place: Any) -> Any:
        return self._own[range(len(self._own))[place]]

    def _read_scalar(self, inside: Any) -> Any:
        dtype, value = inside
        found = np.dtype(dtype)
        if found.kind not in "fiub" or found.itemsize > 8 or found.str[1:] != dtype:
            raise ValueError("a scalar of a strange type")
        return found.type(self._read(value))

    def _read_interval(self, inside: Any) -> pd.Interval:
        left, right, closed = inside
        ends = self._read(left), self._read(right)
        # Of few numbers of 64 bits, many pairs with the same hash; of larger ones there are few.
        if any(isinstance(end, int) and end.bit_length() > 64 for end in ends):
            raise ValueError("an interval that ends beyond all tables")
        return pd.Interval(*ends, closed)

    def _read_record(self, inside: Any) -> Any:
        name, parts = inside
        hints = _list_fields(name)
        record = RECORDS[name](**{p: self.read(node, hints[p]) for p, node in parts.items()})
        if not is_record(record):
            raise ValueError(f"a {name} under the name of another")
        return record


_KINDS: dict[str, Callable[[Reader, Any], Any]] = {
    "float": lambda reader, text: _ODD[text],
    "tuple": Reader._read_tuple,
    "dict": Reader._read_dict,
    "array": Reader._read_array,
    "mask": Reader._read_mask,
    "own": Reader._read_own,
    "scalar": Reader._read_scalar,
    "interval": Reader._read_interval,
    "dtype": lambda reader, inside: make_dtype(reader.read(inside, list)),
    "record": Reader._read_record,
}


def _check_list(inside: Any) -> list[Any]:
    if not isinstance(inside, list):
        raise TypeError("no list where one must be")
    return inside


@cache
def _list_fields(name: str) -> dict[str, Any]:
    """Names and types of the fields of a frozen record or a named tuple."""
    record = RECORDS[name]
    hints = get_type_hints(record)
    if is_dataclass(record):
        return {field.name: hints[field.name] for field in fields(record)}
    names: tuple[str, ...] = record._fields
    return {name: hints[name] for name in names}


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is of an annotated type.

    Examples
    --------
    >>> fits((1.5, 2), tuple[float, ...]), fits((1.5, "2"), tuple[float, ...])
    (True, False)
    """
    if wanted is Any:
        return True
    origin, inside = get_origin(wanted), get_args(wanted)
    if hasattr(wanted, "__value__"):  # an alias by "type", as NDArray is one since NumPy 2.5
        return fits(value, wanted.__value__[inside] if inside else wanted.__value__)
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in inside)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        wants = inside[:1] * len(value) if inside[-1] is ... else inside
        return len(wants) == len(value) and all(map(fits, value, wants))
    if origin is np.ndarray:
        # ndarray[shape, dtype[float64]]
        (scalar,) = get_args(inside[1])
        kind = "fiub" if scalar in (Any, np.generic) else np.dtype(scalar).kind
        return isinstance(value, np.ndarray) and value.dtype.kind in kind
    if wanted in _METHODS:
        return all(hasattr(value, name) for name in _METHODS[wanted])
    if wanted in (int, float):
        kinds = (int, np.integer, *((float, np.floating) if wanted is float else ()))
        return isinstance(value, kinds) and not isinstance(value, bool)
    kind = wanted if origin is None else origin
    return callable(value) if kind is Callable else isinstance(value, kind)
