"""Argument checks: each returns the converted value, or raises with what is wanted."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from inspect import isfunction, signature
from numbers import Integral, Real
from typing import Any, TypeVar

from .limits import MEMORY_LIMIT
from .messages import cut, pluralize, quote, suggest

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

# Names that other packages use for our choices, by their name there.
_EQUIVALENTS = {
    word: ours
    for ours, words in {
        "binomial": "bernoulli binary logit binary_crossentropy log_loss",
        "gaussian": "normal mse squared_error mean_squared_error sse",
        "drop": "omit na.omit na_omit exclude na.exclude dropna",
        "gradient_descent": "sgd gd backprop",
        "identity": "linear",
        "impute": "fill fillna mean median mode na.roughfix simple simpleimputer",
        "lbfgs": "bfgs l-bfgs l-bfgs-b",
        "newton": "newton-cg newton-raphson irls nls",
        "probs": "prob proba probability posterior raw",
        "raise": "error fail na.fail",
        "rprop": "rprop+ rprop- rprop_plus",
        "sigmoid": "logistic expit",
        "silu": "swish",
        "softmax": "multinomial multinom categorical categorical_crossentropy ce crossentropy",
    }.items()
    for word in words.split()
}

# The largest whole number of any argument: all up to it are exact as floats.
MOST_WHOLE = 10**15
# Hidden layers. Gradients vanish long before this depth.
MOST_LAYERS = 1_000


def check_number(
    name: str,
    value: Any,
    *,
    least: float = 0.0,
    most: float = math.inf,
    above: bool = False,
    below: bool = False,
) -> float:
    """Return a finite number of the interval from ``least`` to ``most``.

    Parameters
    ----------
    name : str
        Of the argument, for the error.
    value : object
    least, most : float
        The ends of the interval.
    above, below : bool
        Whether the lower and the upper end are excluded.

    Raises
    ------
    TypeError
        For a value that is no real number.
    ValueError
        For a number outside the interval.

    Examples
    --------
    >>> check_number("momentum", 0.9, most=1.0, below=True)
    0.9
    >>> check_number("factor", 0, most=1.0, above=True)
    Traceback (most recent call last):
        ...
    ValueError: factor must be a number above 0 and at most 1, not 0
    """
    real = isinstance(value, Real) and not isinstance(value, bool)
    if real:
        number = _to_float(value)
        high_enough = number > least if above else number >= least
        low_enough = number < most if below else number <= most
        if math.isfinite(number) and high_enough and low_enough:
            return number
    wanted = _describe_interval(least, most, above, below)
    raise (ValueError if real else TypeError)(f"{name} must be {wanted}, not {quote(value)}")


def _to_float(value: Any) -> float:
    """Convert a real number; one beyond all floats is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _describe_interval(least: float, most: float, above: bool, below: bool) -> str:
    """Describe an interval, as in "a number of at least 0 and below 1"."""
    if most < math.inf and not (above or below):
        return f"a number from {least:g} to {most:g}"
    upper = f" and {'below' if below else 'at most'} {most:g}" if most < math.inf else ""
    return f"a number {'above' if above else 'of at least'} {least:g}{upper}"


def check_whole(name: str, value: Any, *, least: int = 0, most: int = MOST_WHOLE) -> int:
    """Return a whole number from ``least`` to ``most``; floats without a fraction count, as 1e4."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if real and least <= (number := _to_float(value)) <= most and number.is_integer():
        return int(number)
    if most < MOST_WHOLE:
        wanted = f"from {least:,} to {most:,}"
    else:
        beyond = real and most < value < math.inf
        wanted = f"of at least {least}{' and at most 1e15' if beyond else ''}"
    raise (ValueError if real else TypeError)(
        f"{name} must be a whole number {wanted}, not {quote(value)}"
    )


def check_tolerance(value: Any) -> float | None:
    """Return a tolerance: a number, which may be infinite, or None."""
    complaint = f"tolerance must be a number, None or 'default', not {quote(value)}"
    if value is None:
        return None
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(complaint)
    if math.isnan(number := _to_float(value)):
        raise ValueError(complaint)
    return number


def check_flag(name: str, value: Any) -> bool:
    """Return a flag: True or False, and nothing that only equals one."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {quote(value)}")
    return value


def check_formula(formula: Any, data: Any = None) -> str:
    """Return a formula, which must be a string.

    ``data`` is the next argument of the call: a string there suggests that the two were swapped.
    """
    if isinstance(formula, str):
        return formula
    shown = type(formula).__name__ if hasattr(formula, "shape") else quote(formula)
    swapped = f": it comes first, as in NeuralNetwork({quote(data)}, data)"
    raise TypeError(
        f"the formula must be a string such as 'y ~ x', not {shown}"
        f"{swapped if isinstance(data, str) else ''}"
    )


def check_decay(decay: Any, layers: int) -> float | tuple[float, ...]:
    """Return the penalty's factor: a number of at least 0, or one for each matrix of weights."""
    if not isinstance(decay, list | tuple):
        return check_number("decay", decay)
    if len(decay) != layers:
        raise ValueError(
            f"decay names {pluralize(len(decay), 'layer')}, but there "
            f"{'is' if layers == 1 else 'are'} {pluralize(layers, 'matrix', 'matrices')} of "
            "weights: give one number for all, or one for each of W1, W2, ..."
        )
    return tuple(check_number("decay", number) for number in decay)


def check_word(name: str, value: Any, words: Collection[Word]) -> Word:
    """Return one of several words, such as those of a Literal type by ``get_args``.

    A string of another type, such as NumPy's, becomes the word that it equals.
    """
    text = value if isinstance(value, str) else ""
    for word in words:
        if word == text:
            return word
    ours = _EQUIVALENTS.get(text.casefold())
    hint = f" Did you mean {ours!r}?" if ours in words else suggest(text, words)
    raise ValueError(
        f"{name} must be one of {', '.join(map(repr, words))}, not {quote(value)}.{hint}"
    )


def check_choice(name: str, value: Any, table: Mapping[Word, T]) -> T:
    """Return the entry of a table by its name."""
    return table[check_word(name, value, table)]


def check_hidden(hidden: Any) -> tuple[int, ...]:
    """Return the sizes of the hidden layers from an int, a list of ints, or 0 for none."""
    wanted = "hidden must be a number of units such as 5, a list such as [16, 8], or 0 for none"
    if isinstance(hidden, Integral) and not isinstance(hidden, bool):
        sizes = [hidden] if hidden else []
    elif isinstance(hidden, list | tuple):
        sizes = list(hidden)
    else:
        raise TypeError(f"{wanted}; not {quote(hidden)}")
    if len(sizes) > MOST_LAYERS:
        raise ValueError(f"{wanted}; no more than {MOST_LAYERS:,} layers, not {len(sizes):,}")
    for size in sizes:
        if not isinstance(size, Integral) or isinstance(size, bool):
            raise TypeError(f"{wanted}; {quote(size)} is not a whole number")
        if not 1 <= int(size) <= MOST_WHOLE:
            limit = f"{MEMORY_LIMIT / 2**30:,.0f} GiB"
            many = f", whose weights would take more than {limit}: take fewer hidden units"
            raise ValueError(f"{wanted}; not {quote(hidden)}{many if int(size) > 0 else ''}")
    return tuple(int(size) for size in sizes)


def check_signature(what: str, function: Any, *arguments: str) -> None:
    """Raise TypeError where a user-defined function does not take the arguments it will be given.

    Parameters
    ----------
    what : str
        Its name in the call, as ``"callback"`` or ``"activation 'ramp': slope"``.
    function : callable
        One whose signature Python does not know passes.
    *arguments : str
        Their names, for the error.

    Examples
    --------
    >>> check_signature("callback", lambda net, iteration: None, "net", "iteration")
    >>> check_signature("callback", lambda net: None, "net", "iteration")
    Traceback (most recent call last):
        ...
    TypeError: callback is called as callback(net, iteration), but the given one takes (net): ...
    """
    try:
        known = signature(function)
    except (TypeError, ValueError):
        return
    try:
        known.bind(*arguments)
    except TypeError as fault:
        name = what.split()[-1]
        raise TypeError(
            f"{what} is called as {name}({', '.join(arguments)}), but the given one takes "
            f"{cut(known)}: {fault}"
        ) from None


def set_checked(record: object, **options: float) -> None:
    """Set checked options in a frozen dataclass, from its ``__post_init__``.

    The checks convert ``2`` and ``np.float32(2)`` to ``2.0``, so that equal options give equal
    records.
    """
    for name, value in options.items():
        object.__setattr__(record, name, value)


def check_methods(what: str, record: Any, protocol: type) -> None:
    """Check the signatures of those methods of a user-defined record that a protocol has."""
    for name, wanted in vars(protocol).items():
        if isfunction(wanted) and not name.startswith("_") and hasattr(record, name):
            arguments = [each for each in signature(wanted).parameters if each != "self"]
            check_signature(f"{what}: {name}", getattr(record, name), *arguments)


def find_record(
    name: str, value: Any, table: Mapping[str, Any], methods: tuple[str, ...], protocol: type
) -> Any:
    """Return the record of a name in a table; an object with the methods is returned as it is.

    ``protocol`` has the signatures that a user-defined object is checked for.
    """
    if isinstance(value, str):
        return check_choice(name, value, table)
    if isinstance(value, type) and all(hasattr(value, method) for method in methods):
        raise TypeError(
            f"{name} must be an object, not a class: write {value.__name__}(), not {value.__name__}"
        )
    if not all(hasattr(value, method) for method in methods):
        raise TypeError(
            f"{name} must be one of {', '.join(map(repr, table))}, or an object with "
            f"{', '.join(methods)}; not {quote(value)}"
        )
    if type(value) not in map(type, table.values()):
        check_methods(f"{name} {type(value).__name__}", value, protocol)
    return value
