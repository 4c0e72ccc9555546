"""Stop reasons of training that an exception ended: what was raised, where, and what is kept."""

from __future__ import annotations

from ..optimizers import Stop
from .state import State


def explain_interruption(error: BaseException, state: State, in_callback: bool) -> Stop:
    """The stop reason of a training that an exception ended, in the callback or elsewhere."""
    return Stop(False, f"{_name_error(error, in_callback)} after iteration {state.iteration}.")


def explain_interrupted_search(
    error: BaseException, ended: int, starts: int, in_callback: bool
) -> Stop:
    """The stop reason of restarts that an exception interrupted after ``ended`` starts."""
    where = f"in start {ended + 1} of {starts}; the best before it is kept."
    if ended == starts:
        where = f"after the last of {starts} starts; the best of them is kept."
    return Stop(False, f"{_name_error(error, in_callback)} {where}")


def explain_interrupted_choice(error: BaseException) -> Stop:
    """The stop reason where decays were compared, before the final training."""
    text = f"{_name_error(error, False)} while a decay was chosen; the best fit so far is kept."
    return Stop(False, text)


def explain_resumption(state: State, message: str, moved: bool) -> str:
    """A warning that an interrupted network is whole; ``moved``: whether its state changed."""
    if not moved:
        return f"Interrupted before another iteration had ended; nothing is changed. {message}"
    return f"{message} The network is whole: train() continues from iteration {state.iteration}."


def _name_error(error: BaseException, in_callback: bool) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted"
    if in_callback:
        return f"The callback raised {type(error).__name__}"
    if isinstance(error, MemoryError):
        return "Ran out of memory"
    return f"{type(error).__name__} ended training"
