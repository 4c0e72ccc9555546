"""Output layers as GLM families, one a file: encoding, mean, loss and its derivative.

A family gets scores eta and an encoded response. It knows no weights, no layers and no data frame.
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
