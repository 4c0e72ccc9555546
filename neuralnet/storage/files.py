"""Save and load networks: files, training rows, and user-defined objects that a file leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

from patsy import PatsyError

from ..design import make_row_options, read_model_frame
from ..errors import (
    MEMORY_LIMIT,
    FileWarning,
    UntrustedError,
    cut,
    listing,
    quote,
    shorten,
    visible,
    warn,
)
from ..formula import Expression, check_condition, check_expression, check_length
from ..model import Model, replace_rows
from ..perceptron import UnsavedInit
from ..training import Fit, TrainingOptions
from .archive import pack, refuse, unpack
from .design import list_env
from .disk import read_file, write_file
from .encoding import Decoder, Encoder
from .network import decode_network, encode_network
from .records import is_record


def save(
    network: Fit, path: Any, *, rows: bool, fingerprint: bool = True, tell: bool = True
) -> None:
    """Write a file atomically.

    Parameters
    ----------
    network : Fit
    path : path
    rows : bool
        Whether to store the training rows.
    fingerprint : bool
        Whether to store digests that identify the training rows.
    tell : bool
        Whether to warn of parts that the file leaves out.

    Raises
    ------
    OSError
        Where it cannot be written.
    TypeError
        Where a file cannot hold some part.
    ValueError
        Where formula or rows are larger than a file may hold.
    """
    content, warnings = encode_file(network, rows, fingerprint)
    write_file(path, content)
    if tell:
        for message in warnings:
            warn(message, FileWarning)


def encode_file(network: Fit, rows: bool, fingerprint: bool) -> tuple[bytes, list[str]]:
    """Return the bytes of a file, and a message for each part that it leaves out."""
    _check_formula(network.model.design.formula.text)
    network, warnings = _remove_unsaveable(network)
    encoder = Encoder()
    document = encode_network(network, encoder, rows, fingerprint)
    return pack(document, encoder.arrays), warnings


def load(
    path: Any,
    data: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    trusted: bool = False,
    limit: int = MEMORY_LIMIT,
) -> Fit:
    """Read a file; see `NeuralNetwork.load`."""
    content, name = read_file(path, limit)
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"env must be a dict such as {{'squash': f}}, not {quote(env)}")
    env = env or {}
    network = decode_file(content, name, env, trusted)
    given = {"weights": weights, "offset": offset, "subset": subset}
    if data is not None:
        return _add_rows(network, data, given, env, trusted)
    if network.model.trained_on:
        _compare_fingerprints(network.model, network.model.trained_on)
    if without_rows := [each for each, value in given.items() if value is not None]:
        raise ValueError(f"{without_rows[0]}= belongs to rows: pass data= too")
    return network


def decode_file(content: bytes, name: str, env: Mapping[str, Any], trusted: bool) -> Fit:
    """Return the network of a file; raise an error with a remedy where none can be made."""
    document, arrays = unpack(content, name)
    check = None if trusted else check_expression
    try:
        _check_formula(document["design"]["formula"])
        names = list_env(document["design"])
    except Exception as fault:
        refuse(name, fault)
    if missing := [each for each in names if each not in env]:
        raise ValueError(
            f"the formula in {cut(name)} uses the user-defined {listing(missing)}, which no file "
            f"holds: pass env={{{shorten(missing[0])}: ...}}"
        )
    try:
        return decode_network(document, Decoder(arrays), env, check)
    except UntrustedError as fault:
        raise _shorten(fault) from None
    except MemoryError:
        raise
    except Exception as fault:
        if not names:
            refuse(name, fault)
        if not isinstance(fault, PatsyError):
            # A file that can be read with other functions is not damaged.
            try:
                decode_network(document, Decoder(arrays), dict.fromkeys(names, _stand_in), check)
            except Exception:
                refuse(name, fault)
        raise ValueError(
            f"the formula in {cut(name)} cannot be evaluated: {visible(fault, most=200)}. Pass in "
            "env= the functions with which the network was made"
        ) from None


def _stand_in(*values: Any) -> Any:
    """Return the first argument, in place of a user-defined function."""
    return values[0]


def _check_formula(text: Any) -> None:
    """Raise where a formula is no text, or too long to be parsed when a file is loaded."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError(
            f"the formula is longer than {_LONGEST:,} characters: a dot stands for all columns"
        )


# Characters of a formula. patsy parses some thousands in a tenth of a second.
_LONGEST = 100_000


def _shorten(fault: UntrustedError) -> UntrustedError:
    """Return the error with a message of one line, which keeps its start and its remedy."""
    message = visible(fault)
    return UntrustedError(message if len(message) <= 900 else f"{message[:700]}...{message[-150:]}")


def check_saveable(plan: TrainingOptions) -> None:
    """Fail before training if the result could not be saved.

    Raises
    ------
    TypeError
        Where a file cannot hold the optimizer.
    """
    Encoder().encode(plan.optimizer, "the optimizer")
    if plan.schedule is not None and not is_record(plan.schedule):
        warn(_NO_SCHEDULE, FileWarning)


_NO_SCHEDULE = (
    "the learning rate follows a user-defined function, which a file cannot hold: training of the "
    "loaded network counts the iterations of its schedule from 1"
)


def _remove_unsaveable(network: Fit) -> tuple[Fit, list[str]]:
    """Return the network without what a file cannot hold, and a warning for each such part."""
    model, state, warnings = network.model, network.state, []
    given, used = (
        replace(each, init=_make_saveable(each.init)) for each in (model.given, model.used)
    )
    if type(used.init) is UnsavedInit is not type(model.used.init):
        warnings.append(
            "init is a user-defined function, which a file cannot hold: the loaded network cannot "
            "train with restarts="
        )
    model = replace(model, given=given, used=used)
    if state.schedule is not None and not is_record(state.schedule):
        state = replace(state, schedule=None, schedule_state=None)
        warnings.append(_NO_SCHEDULE)
    for factor, memory in model.design.states.items():
        if isinstance(factor, Expression):
            parts = {name: vars(each) for name, each in memory["transforms"].items()}
            try:
                check_expression(factor, parts)
            except UntrustedError as fault:
                warnings.append(f"load() will want trusted=True for this file: {fault}")
    return replace(network, model=model, state=state), warnings


def _make_saveable(init: Any) -> Any:
    """Return an ``init`` that a file can hold, with a placeholder for a user-defined function."""
    if isinstance(init, Real):
        return float(init)
    return init if init is None or type(init) in (str, UnsavedInit) else UnsavedInit()


def _add_rows(
    network: Fit,
    data: Any,
    given: Mapping[str, Any],
    env: Mapping[str, Any],
    trusted: bool,
) -> Fit:
    """Return the network with training rows, which its own design reads."""
    model, selection = network.model, network.model.row_options
    if missing := [name for name in selection.arrays if given[name] is None]:
        raise ValueError(
            f"{missing[0]} was given row by row when this network was made, which its file does "
            f"not hold: pass {missing[0]}= beside data="
        )
    offset = given["offset"]
    if offset is not None and "offset" not in selection.arrays:
        raise ValueError("this network has no offset= of numbers: its formula says what it adds")
    weights = selection.weights if given["weights"] is None else given["weights"]
    subset, check_safety = given["subset"], None
    if subset is None and (subset := selection.subset) is not None and not trusted:
        check_safety = partial(check_condition, env=env)
        check_length(subset)
    try:
        model_frame = read_model_frame(
            data, weights, offset, subset, env, check_safety, lambda _: model.design.all_variables
        )
    except UntrustedError as fault:
        raise _shorten(fault) from None
    if model_frame.offset_names:
        raise TypeError("offset= must be numbers here, as when this network was made")
    options = make_row_options(weights, offset, subset, selection.na_action)
    model = replace_rows(model, model_frame, options)
    _compare_fingerprints(model, network.model.trained_on)
    state = network.state
    if state.split is not None and len(state.split[1]) != len(model.rows.X):
        state = replace(state, split=None)
    return replace(network, model=model, state=state)


def _compare_fingerprints(model: Model, fingerprint: str) -> None:
    """Warn where the rows are not, or may not be, those that the network was trained on."""
    if not fingerprint:
        warn(
            "this file holds no fingerprint of the training rows, so that the given rows cannot be "
            f"compared with them: if they differ, {_NOT_REPRODUCIBLE}",
            FileWarning,
        )
    elif model.fingerprint != fingerprint:
        warn(
            "these are not the rows that the network was trained on (rows, weights or offset "
            f"differ, or another platform rounds differently): {_NOT_REPRODUCIBLE}",
            FileWarning,
        )


_NOT_REPRODUCIBLE = "training can continue, but will not be bit-for-bit reproducible"
