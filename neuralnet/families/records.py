"""The records of families that a network's file may hold."""

from .binomial import Binomial
from .gaussian import Gaussian, ScaledGaussian
from .grouped_binomial import GroupedBinomial
from .poisson import Poisson
from .softmax import Softmax

RECORDS = (Softmax, Binomial, GroupedBinomial, Gaussian, ScaledGaussian, Poisson)
