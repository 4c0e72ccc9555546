"""Design matrices: a formula and a data frame become X, Y, weights and offset.

For training rows and for new ones. Holds names, levels, missing rows and what transforms
learned. Knows no network and no optimizer.
"""

from .chunks import Memory, align, tell_where
from .columns import Unseen, Variable, make_nullable, read_complete
from .design import Design, Rows
from .foreign import adopt, read_foreign
from .frames import as_frame, check_order, make_native, pick_column
from .levels import make_categories
from .matrix import Terms
from .model_frame import Cases, Selection, read_cases, select
from .offset import Offset, add_offsets
from .records import RECORDS
from .response import Join, Response
from .subset import find_rows
from .weights import read_class_weight, read_weights

__all__ = [
    "RECORDS",
    "Cases",
    "Design",
    "Join",
    "Memory",
    "Offset",
    "Response",
    "Rows",
    "Selection",
    "Terms",
    "Unseen",
    "Variable",
    "add_offsets",
    "adopt",
    "align",
    "as_frame",
    "check_order",
    "find_rows",
    "make_categories",
    "make_native",
    "make_nullable",
    "pick_column",
    "read_cases",
    "read_class_weight",
    "read_complete",
    "read_foreign",
    "read_weights",
    "select",
    "tell_where",
]
