"""Values of a command line, read and checked as the arguments of functions are."""

from __future__ import annotations

import errno
import os
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .arguments import check_hidden, check_word
from .messages import quote, suggest

# An option in a line of usage.
_OPTION = re.compile(r"--[\w-]+")


def as_usage(check: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a check whose errors argparse reports as wrong usage, with their text."""

    def read(text: str) -> Any:
        try:
            return check(text)
        except (TypeError, ValueError) as fault:
            raise ArgumentTypeError(str(fault)) from None

    return read


def make_option(name: str, *choices: str) -> dict[str, Any]:
    """Return the settings that argparse takes for an argument of a few values."""
    check = as_usage(lambda text: check_word(name, text, choices))
    return {"type": check, "metavar": "NAME", "help": ", ".join(choices)}


def read_number(text: str) -> Any:
    """Return the number that a text is; else the text.

    Examples
    --------
    >>> read_number("5"), read_number("1e-3"), read_number("cv")
    (5, 0.001, 'cv')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def read_hidden(text: str) -> Any:
    """Return the argument ``hidden`` from a number, or from several with commas between them.

    Raises
    ------
    TypeError, ValueError
        As `check_hidden`.

    Examples
    --------
    >>> read_hidden("16,8"), read_hidden("0")
    ([16, 8], 0)
    """
    sizes = [read_number(each) for each in text.split(",")]
    hidden = sizes if len(sizes) > 1 else sizes[0]
    check_hidden(hidden)
    return hidden


def parse(
    parser: ArgumentParser, commands: Mapping[str, ArgumentParser], given: Sequence[str]
) -> Namespace:
    """Parse a command line; exit with code 2, and a similar name where one is misspelled.

    Parameters
    ----------
    parser : ArgumentParser
        It sets ``command``.
    commands : mapping of str to ArgumentParser
        Those of its commands.
    given : sequence of str
    """
    first = next((each for each in given if not each.startswith("-")), "")
    if first and first not in commands:
        hint = suggest(first, commands)
        parser.error(f"no command {quote(first)}: there are {', '.join(commands)}.{hint}")
    options, rest = parser.parse_known_args(given)
    if rest:
        command = commands[options.command]
        known = _OPTION.findall(command.format_usage())
        command.error(f"no argument {quote(rest[0])} is known here.{suggest(rest[0], known)}")
    return options


def is_unread(fault: BaseException) -> bool:
    """Report if a write failed because the reader closed the pipe; Windows has an error of its own.

    Examples
    --------
    >>> is_unread(BrokenPipeError()), is_unread(FileNotFoundError())
    (True, False)
    """
    closed = os.name == "nt" and isinstance(fault, OSError) and fault.errno == errno.EINVAL
    return closed or isinstance(fault, BrokenPipeError)
