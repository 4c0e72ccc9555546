"""The arguments of each public method, and a decorator that explains wrong ones.

The signatures and docstrings of the decorated methods do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, TypeVar

from .synonyms import explain_argument, explain_positions

T = TypeVar("T")

# The names of the arguments of each public method, and of the constructor as NeuralNetwork. Where
# several methods have an argument, a hint names the first of them in this order.
METHOD_ARGUMENTS: dict[str, list[str]] = {
    name: [] for name in ("NeuralNetwork", "train", "predict")
}
# The method that takes what another one passes on, by the name of its keyword arguments.
_PASSED_ON = {"training": "train", "changes": "NeuralNetwork"}


def check_calls(cls: type[T]) -> type[T]:
    """Decorate a class: explain wrong arguments of its constructor and its public methods.

    Methods of its base classes are included.
    """
    for base in cls.__mro__[:-1]:
        for name, method in list(vars(base).items()):
            if name != "__init__" and (name.startswith("_") or isinstance(method, property)):
                continue
            call = cls.__name__ if name == "__init__" else name
            if isinstance(method, classmethod | staticmethod):
                checked: Any = type(method)(_check_call(call, method.__func__))
            else:
                checked = _check_call(call, method)
            function = getattr(method, "__func__", method)
            # Python's own errors name a method by this.
            function.__qualname__ = f"{cls.__name__}.{name}"
            setattr(base, name, checked)
    return cls


def _check_call(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method so that a call with wrong arguments raises with the intended ones."""
    parameters = signature(function).parameters.values()
    bound = [each.name for each in parameters if each.name in ("self", "cls")]
    names = [each.name for each in parameters if each.kind is not Parameter.VAR_KEYWORD]
    names = names[len(bound) :]
    for each in parameters:
        if each.kind is Parameter.VAR_KEYWORD:
            more = METHOD_ARGUMENTS[_PASSED_ON[each.name]]
            names += [name for name in more if name not in names]
    METHOD_ARGUMENTS[call] = names
    most = sum(each.kind is Parameter.POSITIONAL_OR_KEYWORD for each in parameters)
    known = frozenset(names)

    def explain(args: tuple[Any, ...], options: dict[str, Any]) -> str:
        wrong = [
            explain_argument(call, name, METHOD_ARGUMENTS) for name in options if name not in known
        ]
        counts = most - len(bound), len(args) - len(bound)
        return " ".join(wrong) or explain_positions(call, names, *counts)

    def checked(*args: Any, **options: Any) -> Any:
        if options.keys() <= known and len(args) <= most:
            return function(*args, **options)
        raise TypeError(explain(args, options))

    # doctest collects only functions whose globals are those of the module that it reads.
    code, closure = checked.__code__, checked.__closure__
    return wraps(function)(FunctionType(code, function.__globals__, call, None, closure))
