"""Tables to learn from: the articles' iris, hotdogs and planar, and generators of more like them.

The bundled tables are the csv files beside this one. Knows no formula and no network.
"""

from .tables import load_hotdogs, load_iris, load_planar, planar_flower, two_spirals

__all__ = ["load_hotdogs", "load_iris", "load_planar", "planar_flower", "two_spirals"]
