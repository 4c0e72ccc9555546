"""Data sets for examples: iris, hotdogs and planar, and generators of similar data.

The bundled tables are csv files in this folder. The loaders and generators return DataFrames; they
know no formula and no network.
"""

from .generators import planar_flower, two_spirals
from .tables import load_hotdogs, load_iris, load_planar

__all__ = ["load_hotdogs", "load_iris", "load_planar", "planar_flower", "two_spirals"]


def __dir__() -> list[str]:
    return __all__
