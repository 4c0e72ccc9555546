"""Formulas: R's dialect, parsed into terms, and the one table of functions that it may call.

Refuses to know what a design matrix or a network is, and to evaluate anything outside its table.
"""

from .expressions import parse_expression
from .factors import Column, Expression, Factor, join_names
from .functions import FUNCTIONS
from .integers import Integers, find_distinct, join, spell_levels
from .parser import Formula, add_hint, parse
from .placeholders import find_names, hide_columns
from .quoting import QUOTED
from .safety import check_condition, check_expression, check_length
from .signatures import MOST_COLUMNS
from .transforms.categories import box_categories
from .transforms.scale import Scale
from .transforms.standardize import Standardize
from .transforms.states import STATES, check_parts

__all__ = [
    "FUNCTIONS",
    "MOST_COLUMNS",
    "QUOTED",
    "STATES",
    "Column",
    "Expression",
    "Factor",
    "Formula",
    "Integers",
    "Scale",
    "Standardize",
    "add_hint",
    "box_categories",
    "check_condition",
    "check_expression",
    "check_length",
    "check_parts",
    "find_distinct",
    "find_names",
    "hide_columns",
    "join",
    "join_names",
    "parse",
    "parse_expression",
    "spell_levels",
]
