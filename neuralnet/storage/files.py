"""Save, load and carry over networks: what is told where something could not come along.

What a file holds is said elsewhere; here it meets the disk, the user's rows, and objects of the
user's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

from numpy.typing import NDArray

from ..design import read_cases, select
from ..errors import LIMIT, FileWarning, UntrustedError, cut, listing, shorten, visible, warn
from ..formula import Expression, check_length, vet_condition, vet_expression
from ..model import Model, drop_untried
from ..perceptron import Forgotten, Uniform
from ..training import Plan
from .archive import FORMAT, pack, refuse, unpack
from .design import list_env
from .disk import read_file, write_file
from .encoding import Decoder, Encoder
from .network import SavedNetwork, decode_network, encode_network
from .records import is_record


def save(
    network: SavedNetwork, path: Any, *, rows: bool, fingerprint: bool = True, tell: bool = True
) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    network : SavedNetwork
    path : path
    rows : bool
        Whether the training rows go along.
    fingerprint : bool
        Whether digests go along by which the rows are known again.
    tell : bool
        Whether to warn of what the file does not hold.

    Raises
    ------
    OSError
        Where it cannot be written.
    TypeError
        Where something in it cannot be in a file.
    ValueError
        Where the rows are asked for and are not there.
    """
    _check_formula(network.model.design.formula.text)
    kept, left_out = _leave_out(network)
    encoder = Encoder()
    document = encode_network(kept, encoder, rows, fingerprint)
    write_file(path, pack(document, encoder.arrays))
    if tell:
        for words in left_out:
            warn(words, FileWarning)


def load(
    path: Any,
    data: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    trusted: bool = False,
    limit: int = LIMIT,
) -> SavedNetwork:
    """Read a file; see `NeuralNetwork.load`."""
    content, name = read_file(path, limit)
    document, arrays = unpack(content, name)
    env = {} if env is None else env
    try:
        _check_formula(document["design"]["formula"])
        wanted = list_env(document["design"])
    except Exception as fault:
        refuse(name, fault)
    if missing := [each for each in wanted if each not in env]:
        raise ValueError(
            f"the formula in {cut(name)} uses {listing(missing)} of your own, which no file holds: "
            f"pass env={{{shorten(missing[0])}: ...}}"
        )
    try:
        network = decode_network(
            document, Decoder(arrays), env, None if trusted else vet_expression
        )
    except UntrustedError as fault:
        raise _shorten(fault) from None
    except MemoryError:
        raise
    except Exception as fault:
        refuse(name, fault)
    given = {"weights": weights, "offset": offset, "subset": subset}
    if data is not None:
        return _give_rows(network, data, given, env, trusted)
    if network.model.trained_on:
        _compare(network.model, network.model.trained_on)
    if useless := [each for each, value in given.items() if value is not None]:
        raise ValueError(f"{useless[0]}= belongs to rows: pass data= too")
    return network


def _check_formula(text: Any) -> None:
    """Raise where a formula is no text, or too long to be read again when a file is loaded."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError(
            f"the formula is longer than {_LONGEST:,} characters: a dot stands for all columns"
        )


# Characters of a formula: patsy reads some thousands in a tenth of a second.
_LONGEST = 100_000


def _shorten(fault: UntrustedError) -> UntrustedError:
    """The same on a line: it begins with the expression, and ends with what to do."""
    told = visible(fault)
    return UntrustedError(told if len(told) <= 900 else f"{told[:700]}...{told[-150:]}")


def to_parts(network: SavedNetwork) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[Any]]:
    """The document, the arrays and the objects of the user's own, training rows included."""
    own: list[Any] = []
    encoder = Encoder(own)
    document = encode_network(network, encoder, network.model.training is not None)
    return document, encoder.arrays, own


def from_parts(
    document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], own: Sequence[Any]
) -> SavedNetwork:
    """What `to_parts` took down.

    Raises
    ------
    ValueError
        Where a newer version of neuralnet did that.
    """
    if document["format"] > FORMAT:
        raise ValueError(
            f"this pickle has format {document['format']}, of "
            f"{shorten(document['versions'], most=200)}; this version of neuralnet reads formats "
            f"up to {FORMAT}: install a newer one"
        )
    return decode_network(document, Decoder(arrays, own), {}, None)


def check_plan(plan: Plan) -> None:
    """Meet before training what `save` would say of it afterwards.

    Raises
    ------
    TypeError
        Where the optimizer cannot be in a file.
    """
    Encoder().encode(plan.optimizer, "the optimizer")
    if plan.schedule is not None and not is_record(plan.schedule):
        warn(_NO_SCHEDULE, FileWarning)


_NO_SCHEDULE = (
    "the learning rate follows a function of your own, which the file does not hold: training that "
    "goes on from it counts the iterations of its schedule anew"
)


def _leave_out(network: SavedNetwork) -> tuple[SavedNetwork, list[str]]:
    """What a file can hold of a network, and words for the rest."""
    model, state, told = network.model, network.state, []
    given, used = (replace(s, init=_keep_init(s.init)) for s in (model.given, model.used))
    if type(used.init) is Forgotten is not type(model.used.init):
        told.append(
            "init is a function of your own, which the file does not hold: the network from it "
            "cannot train with restarts="
        )
    model = replace(model, given=given, used=used)
    if state.schedule is not None and not is_record(state.schedule):
        state = replace(state, schedule=None, schedule_state=None)
        told.append(_NO_SCHEDULE)
    for factor, memory in model.design.states.items():
        if isinstance(factor, Expression):
            parts = {name: vars(each) for name, each in memory["transforms"].items()}
            try:
                vet_expression(factor, parts)
            except UntrustedError as fault:
                told.append(f"load() will want trusted=True for this file: {fault}")
    return replace(network, model=model, state=state), told


def _keep_init(init: Any) -> Any:
    """What a file can hold of how weights are drawn."""
    if isinstance(init, Real):
        return float(init)
    return init if init is None or type(init) in (str, Uniform, Forgotten) else Forgotten()


def _give_rows(
    network: SavedNetwork,
    data: Any,
    given: Mapping[str, Any],
    env: Mapping[str, Any],
    trusted: bool,
) -> SavedNetwork:
    """The network with rows to train on, as its own design reads them."""
    model, selection = network.model, network.model.selection
    if missing := [name for name in selection.arrays if given[name] is None]:
        raise ValueError(
            f"{missing[0]} was given row by row when this network was made, which its file does "
            f"not hold: pass {missing[0]}= beside data="
        )
    offset = given["offset"]
    if offset is not None and "offset" not in selection.arrays:
        raise ValueError("this network has no offset= of numbers: its formula says what it adds")
    weights = selection.weights if given["weights"] is None else given["weights"]
    subset, vet = given["subset"], None
    if subset is None and (subset := selection.subset) is not None and not trusted:
        vet = partial(vet_condition, env=env)
        check_length(subset)
    try:
        cases = read_cases(data, weights, offset, subset, env, vet)
    except UntrustedError as fault:
        raise _shorten(fault) from None
    if cases.offset_names:
        raise TypeError("offset= must be numbers here, as when this network was made")
    rows, cases = model.design.read_training(cases, selection.na_action)
    rows, cases = drop_untried(model.perceptron.family, rows, cases)
    model = replace(model, selection=select(weights, offset, subset, selection.na_action))
    model = model.take(rows, cases)
    _compare(model, network.model.trained_on)
    state = network.state
    if state.split is not None and len(state.split[1]) != len(rows.X):
        state = replace(state, split=None)
    return replace(network, model=model, state=state)


def _compare(model: Model, fingerprint: str) -> None:
    if not fingerprint:
        warn(
            "this file holds no fingerprint of the rows that the network was trained on, so that "
            "nobody can tell whether these are they: where they are not, training goes on, but not "
            "to the same bits",
            FileWarning,
        )
    elif model.fingerprint != fingerprint:
        warn(
            "these are not the rows that the network was trained on, or not their weights or "
            "offset, or another machine makes other numbers of them: training goes on, but not "
            "to the same bits",
            FileWarning,
        )
