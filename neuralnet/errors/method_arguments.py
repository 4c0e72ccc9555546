"""The arguments of each public method, and a decorator that explains wrong ones.

The signatures and docstrings of the decorated methods do not change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, TypeVar

from .statistical_terms import STATISTICS
from .synonyms import explain_argument, explain_positions

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

# The names of the arguments of each public method, and of the constructor as NeuralNetwork. Where
# several methods have an argument, a hint names the first of them in this order.
METHOD_ARGUMENTS: dict[str, list[str]] = {
    name: [] for name in ("NeuralNetwork", "train", "predict")
}
# The same of the record of inference, and of functions that take records.
RECORD_ARGUMENTS: dict[str, list[str]] = {name: [] for name in ("vcov", "slopes", "test_terms")}
# The method that takes what another one passes on, by the name of its keyword arguments.
_PASSED_ON = {"training": "train", "changes": "NeuralNetwork"}


def check_calls(cls: type[T]) -> type[T]:
    """Decorate a class: explain wrong arguments of its constructor and its public methods.

    Methods of its base classes are included.
    """
    return _check_methods(cls, "__init__", METHOD_ARGUMENTS)


def check_record_calls(cls: type[T]) -> type[T]:
    """Decorate the record of inference: explain wrong arguments of its public methods."""
    return _check_methods(cls, "", RECORD_ARGUMENTS, STATISTICS)


def check_statistic(function: F) -> F:
    """Decorate a function that takes records of inference, likewise."""
    checked: Any = _check_call(function.__name__, function, RECORD_ARGUMENTS, STATISTICS)
    return checked  # type: ignore[no-any-return]


def _check_methods(
    cls: type[T], constructor: str, calls: dict[str, list[str]], *words: Mapping[str, str]
) -> type[T]:
    """Wrap the public methods of a class and its bases, and the constructor where it is named."""
    for base in cls.__mro__[:-1]:
        for name, method in list(vars(base).items()):
            if not isinstance(method, FunctionType | classmethod | staticmethod):
                continue
            if name != constructor and name.startswith("_"):
                continue
            call = cls.__name__ if name == constructor else name
            if isinstance(method, classmethod | staticmethod):
                checked: Any = type(method)(_check_call(call, method.__func__, calls, *words))
            else:
                checked = _check_call(call, method, calls, *words)
            function = getattr(method, "__func__", method)
            # Python's own errors name a method by this.
            function.__qualname__ = f"{cls.__name__}.{name}"
            setattr(base, name, checked)
    return cls


def _check_call(
    call: str,
    function: Callable[..., Any],
    calls: dict[str, list[str]],
    *words: Mapping[str, str],
) -> Callable[..., Any]:
    """Wrap a method so that a call with wrong arguments raises with the intended ones."""
    parameters = signature(function).parameters.values()
    bound = [each.name for each in parameters if each.name in ("self", "cls")]
    names = [each.name for each in parameters if each.kind is not Parameter.VAR_KEYWORD]
    names = names[len(bound) :]
    for each in parameters:
        if each.kind is Parameter.VAR_KEYWORD:
            more = calls[_PASSED_ON[each.name]]
            names += [name for name in more if name not in names]
    calls[call] = names
    most = sum(each.kind is Parameter.POSITIONAL_OR_KEYWORD for each in parameters)
    known = frozenset(names)

    def explain(args: tuple[Any, ...], options: dict[str, Any]) -> str:
        wrong = [
            explain_argument(call, name, calls, *words) for name in options if name not in known
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
