"""Data sets for examples: iris, hotdogs and planar, and generators of similar data.

The bundled tables are csv files in this folder. The loaders and generators return DataFrames, as do
the readers of the user's own files; they know no formula and no network.
"""

from .generators import planar_flower, two_spirals
from .table_files import check_output as check_output
from .table_files import read_table as read_table
from .table_files import write_table as write_table
from .tables import load_hotdogs, load_iris, load_planar

__all__ = ["load_hotdogs", "load_iris", "load_planar", "planar_flower", "two_spirals"]


def __dir__() -> list[str]:
    return __all__
