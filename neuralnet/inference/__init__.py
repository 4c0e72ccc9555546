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
from .evidence import (
    FIRST_DECAY,
    FixedPoint,
    find_evidence_decay,
    find_fixed_point,
    measure_log_evidence,
    refit,
)
from .inference import Inference, infer
from .judgement import Judgement
from .nonlinearity import Nonlinearity
from .optima import tabulate_ends
from .requirements import explain_refusal
from .summary import Summary

__all__ = [
    "FIRST_DECAY",
    "FixedPoint",
    "Inference",
    "Judgement",
    "Nonlinearity",
    "Summary",
    "anova",
    "chi2_tail",
    "explain_refusal",
    "f_tail",
    "find_evidence_decay",
    "find_fixed_point",
    "infer",
    "measure_log_evidence",
    "normal_quantile",
    "normal_tail",
    "refit",
    "t_quantile",
    "t_tail",
    "tabulate_ends",
]
