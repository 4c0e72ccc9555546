"""Statistical inference: what may be said of a fit, its covariance, tests and effects.

Pure functions of arrays and numbers. Trains nothing, and knows no formula, no file, no plot and no
network object.
"""

from .distributions import (
    chi2_tail,
    f_tail,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)

__all__ = [
    "chi2_tail",
    "f_tail",
    "normal_quantile",
    "normal_tail",
    "t_quantile",
    "t_tail",
]
