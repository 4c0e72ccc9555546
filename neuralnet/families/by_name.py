"""The families that can be asked for by name."""

from __future__ import annotations

from .binomial import Binomial
from .family import Family
from .gaussian import Gaussian
from .poisson import Poisson
from .softmax import Softmax

FAMILIES: dict[str, Family] = {f.name: f for f in (Softmax(), Binomial(), Gaussian(), Poisson())}
