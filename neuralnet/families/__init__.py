"""Families of generalized linear models as output layers: encoding, mean, loss and derivatives.

There is one family in each file. A family takes scores eta and an encoded response; it knows no
weights, no hidden layers and no data frame.
"""

from .binomial import Binomial, GroupedBinomial
from .by_name import FAMILIES, find_family
from .family import Contrast, Family
from .gaussian import Gaussian
from .poisson import Poisson
from .records import RECORDS
from .softmax import Softmax

__all__ = [
    "FAMILIES",
    "RECORDS",
    "Binomial",
    "Contrast",
    "Family",
    "Gaussian",
    "GroupedBinomial",
    "Poisson",
    "Softmax",
    "find_family",
]
