"""Networks as files, pickles and copies for other processes: a document and arrays.

A file is safe to open, whatever its origin: nothing outside of the table of a formula's functions
runs. It stores the records of a fit, for `save`, pickle and skops; it trains and predicts nothing.
"""

from .files import check_saveable, load, save
from .pickles import from_parts, from_state, to_parts, to_state

__all__ = ["check_saveable", "from_parts", "from_state", "load", "save", "to_parts", "to_state"]
