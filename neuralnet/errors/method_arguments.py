"""Public methods that answer a wrong argument with the one that is meant.

What they show as their signature stays the true one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, TypeVar

from .synonyms import explain_argument, explain_places

T = TypeVar("T")

# The names of the arguments of each public method; those of the constructor as NeuralNetwork.
# In this order a name is looked for that several have.
METHOD_ARGUMENTS: dict[str, list[str]] = {
    name: [] for name in ("NeuralNetwork", "train", "predict")
}


def check_calls(cls: type[T]) -> type[T]:
    """Class decorator: check the arguments of the constructor and of each public method."""
    for name, method in list(vars(cls).items()):
        if name != "__init__" and (name.startswith("_") or isinstance(method, property)):
            continue
        call = cls.__name__ if name == "__init__" else name
        if isinstance(method, classmethod | staticmethod):
            checked: Any = type(method)(_check_call(call, method.__func__))
        else:
            checked = _check_call(call, method)
        setattr(cls, name, checked)
    return cls


def _check_call(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    parameters = signature(function).parameters.values()
    bound = [each.name for each in parameters if each.name in ("self", "cls")]
    own = [each.name for each in parameters if each.kind is not Parameter.VAR_KEYWORD]
    own = own[len(bound) :]
    if len(own) + len(bound) < len(parameters):
        # ``**training`` of training in folds.
        own += [each for each in METHOD_ARGUMENTS["train"] if each not in own]
    METHOD_ARGUMENTS[call] = own
    most = sum(each.kind is Parameter.POSITIONAL_OR_KEYWORD for each in parameters)
    known = frozenset(own)

    def explain(args: tuple[Any, ...], given: dict[str, Any]) -> str:
        wrong = [
            explain_argument(call, name, METHOD_ARGUMENTS) for name in given if name not in known
        ]
        places = most - len(bound), len(args) - len(bound)
        return " ".join(wrong) or explain_places(call, own, *places)

    # It takes a microsecond or two, and one update of a small network some hundreds of these.
    def checked(*args: Any, **given: Any) -> Any:
        if given.keys() <= known and len(args) <= most:
            return function(*args, **given)
        raise TypeError(explain(args, given))

    # A function of the module of the method: doctest passes over those of others.
    code, closure = checked.__code__, checked.__closure__
    return wraps(function)(FunctionType(code, function.__globals__, call, None, closure))
