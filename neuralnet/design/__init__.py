"""Design matrices: a formula and a data frame become X, Y, weights and offset.

For training rows and for new ones. Owns names, levels, missing rows and the fitted states of
transforms. Does not depend on any network, family or optimizer.
"""

from .canonical_rows import arrange_rows
from .chunks import cut_blocks, prefix_errors
from .columns import make_nullable
from .complete_columns import ColumnReader, CompleteColumns, Unseen, read_complete
from .dates import check_zone, name_zone, read_dates
from .design import Design
from .empty_levels import warn_of_single_rows
from .foreign import adopt
from .formula_checks import find_coded, find_cut
from .frames import as_frame, check_order, is_table, list_names, make_native, pick_column
from .imputation import add_indicators, describe_imputed
from .levels import make_categories
from .matrix import Terms
from .missing_rows import count_without_value
from .model_frame import (
    NA_ACTIONS,
    ModelFrame,
    NaAction,
    RowOptions,
    make_row_options,
    read_model_frame,
)
from .model_matrices import ModelMatrices
from .offset import Offset, add_offsets
from .records import RECORDS
from .response import MultiResponse, Response
from .subset import find_rows
from .transform_fit import TransformFit
from .variable import KINDS, Variable
from .weights import ClassWeighting, read_class_weight, read_weights

__all__ = [
    "KINDS",
    "NA_ACTIONS",
    "RECORDS",
    "ClassWeighting",
    "ColumnReader",
    "CompleteColumns",
    "Design",
    "ModelFrame",
    "ModelMatrices",
    "MultiResponse",
    "NaAction",
    "Offset",
    "Response",
    "RowOptions",
    "Terms",
    "TransformFit",
    "Unseen",
    "Variable",
    "add_indicators",
    "add_offsets",
    "adopt",
    "arrange_rows",
    "as_frame",
    "check_order",
    "check_zone",
    "count_without_value",
    "cut_blocks",
    "describe_imputed",
    "find_coded",
    "find_cut",
    "find_rows",
    "is_table",
    "list_names",
    "make_categories",
    "make_native",
    "make_nullable",
    "make_row_options",
    "name_zone",
    "pick_column",
    "prefix_errors",
    "read_class_weight",
    "read_complete",
    "read_dates",
    "read_model_frame",
    "read_weights",
    "warn_of_single_rows",
]
