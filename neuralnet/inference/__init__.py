"""Statistical inference: what may be said of a fit, its covariance, tests and effects.

Pure functions of arrays and numbers. Trains nothing, and knows no formula, no file, no plot and no
network object.
"""

from .analysis_of_deviance import anova
from .distributions import (
    chi2_tail,
    f_tail,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)
from .inference import Inference, infer
from .judgement import Judgement
from .nonlinearity import Nonlinearity

__all__ = [
    "Inference",
    "Judgement",
    "Nonlinearity",
    "anova",
    "chi2_tail",
    "f_tail",
    "infer",
    "normal_quantile",
    "normal_tail",
    "t_quantile",
    "t_tail",
]
