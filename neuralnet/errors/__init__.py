"""Argument checks, exceptions and warnings, the texts of messages, and limits of memory.

Also the options of the command line, whose words are checked in the same way.

For all other packages, so that they report errors alike: what was given, what is wanted, and the
remedy. Depends on none of them: it has no network, no formula and no table.
"""

from .arguments import (
    MOST_LAYERS,
    check_choice,
    check_decay,
    check_flag,
    check_formula,
    check_hidden,
    check_methods,
    check_number,
    check_signature,
    check_tolerance,
    check_whole,
    check_word,
    find_record,
    set_checked,
)
from .attribute_synonyms import explain_attribute
from .command_line import as_usage, is_unread, make_option, parse, read_hidden, read_number
from .exceptions import CorruptFileError, UntrustedError
from .floating_point import ignore_overflow
from .limits import CACHE_NUMBERS, MAX_EXACT_INTEGER, MEMORY_LIMIT, check_memory, is_rounded
from .messages import closest, cut, listing, pluralize, quote, shorten, suggest, visible
from .method_arguments import METHOD_ARGUMENTS, check_calls, check_record_calls, check_statistic
from .random_generator import make_generator
from .statistical_terms import explain_statistic
from .synonyms import find_argument
from .warnings import (
    ConvergenceWarning,
    DataWarning,
    FileWarning,
    InterruptWarning,
    NeuralNetworkWarning,
    OverconfidenceWarning,
    warn,
    warn_of_all,
)

__all__ = [
    "CACHE_NUMBERS",
    "MAX_EXACT_INTEGER",
    "MEMORY_LIMIT",
    "METHOD_ARGUMENTS",
    "MOST_LAYERS",
    "ConvergenceWarning",
    "CorruptFileError",
    "DataWarning",
    "FileWarning",
    "InterruptWarning",
    "NeuralNetworkWarning",
    "OverconfidenceWarning",
    "UntrustedError",
    "as_usage",
    "check_calls",
    "check_choice",
    "check_decay",
    "check_flag",
    "check_formula",
    "check_hidden",
    "check_memory",
    "check_methods",
    "check_number",
    "check_record_calls",
    "check_signature",
    "check_statistic",
    "check_tolerance",
    "check_whole",
    "check_word",
    "closest",
    "cut",
    "explain_attribute",
    "explain_statistic",
    "find_argument",
    "find_record",
    "ignore_overflow",
    "is_rounded",
    "is_unread",
    "listing",
    "make_generator",
    "make_option",
    "parse",
    "pluralize",
    "quote",
    "read_hidden",
    "read_number",
    "set_checked",
    "shorten",
    "suggest",
    "visible",
    "warn",
    "warn_of_all",
]
