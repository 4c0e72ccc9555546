"""Formulas in R's dialect: parser, algebra of terms, table of functions, stateful transforms.

Turns text and the names of columns into a `Formula` of patsy terms. Knows no design matrix and no
network, and evaluates nothing outside its white list and its table of functions.
"""

from .date_parts import spell_date_functions
from .dialect import translate_code
from .evaluation import evaluate_factor, is_boxed, translate_errors, unbox
from .expressions import parse_expression, refuse_dates
from .factors import Column, Expression, Factor, join_names
from .functions import FUNCTIONS
from .indicators import Indicator, Missing
from .integers import Integers, concatenate_numbers, find_distinct, find_levels
from .inverses import Inverse, invert_expression
from .listed_levels import lists_levels
from .parser import Formula, add_backtick_hint, has_dot, parse
from .placeholders import find_names, hide_columns
from .quoting import QUOTED
from .safety import check_condition, check_expression, check_length
from .signatures import MOST_COLUMNS
from .transforms.states import TRANSFORM_STATES, check_transform_state
from .updates import update_formula

__all__ = [
    "FUNCTIONS",
    "MOST_COLUMNS",
    "QUOTED",
    "TRANSFORM_STATES",
    "Column",
    "Expression",
    "Factor",
    "Formula",
    "Indicator",
    "Integers",
    "Inverse",
    "Missing",
    "add_backtick_hint",
    "check_condition",
    "check_expression",
    "check_length",
    "check_transform_state",
    "concatenate_numbers",
    "evaluate_factor",
    "find_distinct",
    "find_levels",
    "find_names",
    "has_dot",
    "hide_columns",
    "invert_expression",
    "is_boxed",
    "join_names",
    "lists_levels",
    "parse",
    "parse_expression",
    "refuse_dates",
    "spell_date_functions",
    "translate_code",
    "translate_errors",
    "unbox",
    "update_formula",
]
