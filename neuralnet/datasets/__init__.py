"""Data sets for examples: iris, hotdogs and planar, and generators of similar data; table files.

The bundled tables are csv files in this folder. The loaders and generators return DataFrames, and
`table_files` reads and writes the tables of the command line; they know no formula and no network.
"""

from .generators import planar_flower, two_spirals
from .table_files import check_output as check_output
from .table_files import check_target as check_target
from .table_files import read_table_file as read_table_file
from .table_files import write_table_file as write_table_file
from .tables import load_hotdogs, load_iris, load_planar

__all__ = ["load_hotdogs", "load_iris", "load_planar", "planar_flower", "two_spirals"]


def __dir__() -> list[str]:
    return __all__
