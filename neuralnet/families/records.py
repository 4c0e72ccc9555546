"""The records of families that a network's file may hold."""

from .binomial import Binomial, GroupedBinomial
from .gaussian import Gaussian, ScaledGaussian
from .poisson import Poisson
from .softmax import Softmax

RECORDS = (Softmax, Binomial, GroupedBinomial, Gaussian, ScaledGaussian, Poisson)
