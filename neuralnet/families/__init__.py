"""Families of generalized linear models as output layers: encoding, mean, loss and derivatives.

There is one family in each file. A family takes scores eta and an encoded response; it knows no
weights, no hidden layers and no data frame.
"""

from .binomial import Binomial
from .by_name import FAMILIES
from .by_name import FamilyName as FamilyName
from .by_name import find_family as find_family
from .family import Contrast as Contrast
from .family import Family
from .gaussian import Gaussian
from .gaussian import ScaledGaussian as ScaledGaussian
from .grouped_binomial import GroupedBinomial
from .incomplete_functions import beta_ratio as beta_ratio
from .incomplete_functions import gamma_ratios as gamma_ratios
from .poisson import Poisson
from .records import RECORDS as RECORDS
from .softmax import Softmax

__all__ = [
    "FAMILIES",
    "Binomial",
    "Family",
    "Gaussian",
    "GroupedBinomial",
    "Poisson",
    "Softmax",
]


def __dir__() -> list[str]:
    return __all__
