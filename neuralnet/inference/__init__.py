"""Statistical inference: what may be said of a fit, its covariance, tests and effects.

Takes a model with its weights, and never changes them; tests fit smaller networks of their own, on
arrays. Knows no syntax of formulas, no file, no plot and no network object.
"""

from .diagnostics.residuals import ResidualKind as ResidualKind
from .distributions import chi2_tail as chi2_tail
from .distributions import f_tail as f_tail
from .distributions import normal_quantile as normal_quantile
from .distributions import normal_tail as normal_tail
from .distributions import t_quantile as t_quantile
from .distributions import t_tail as t_tail
from .effects.effect_methods import EffectErrors as EffectErrors
from .effects.effects import ScaleType as ScaleType
from .evidence import FIRST_DECAY as FIRST_DECAY
from .evidence import FixedPoint as FixedPoint
from .evidence import find_evidence_decay as find_evidence_decay
from .evidence import find_fixed_point as find_fixed_point
from .evidence import measure_log_evidence as measure_log_evidence
from .evidence import refit as refit
from .explanation import Explanation
from .explanation import explain as explain
from .fit.judgement import Judgement
from .fit.requirements import explain_refusal as explain_refusal
from .hypotheses.analysis_of_deviance import anova
from .hypotheses.nonlinearity import Nonlinearity
from .hypotheses.stepwise import StepwiseSelection
from .importance.scores import ImportanceMeasure as ImportanceMeasure
from .inference import Inference
from .inference import check_trained as check_trained
from .inference import infer as infer
from .optima import tabulate_ends as tabulate_ends
from .prediction.requests import IntervalType as IntervalType
from .prediction.requests import PredictionErrors as PredictionErrors
from .prediction.requests import read_request as read_request
from .report.summary import Summary
from .report.tidy import TidyRows as TidyRows
from .resampling.bootstrap import Bootstrap
from .weights.covariance import CovarianceKind as CovarianceKind

__all__ = [
    "Bootstrap",
    "Explanation",
    "Inference",
    "Judgement",
    "Nonlinearity",
    "StepwiseSelection",
    "Summary",
    "anova",
]


def __dir__() -> list[str]:
    return sorted(__all__)
