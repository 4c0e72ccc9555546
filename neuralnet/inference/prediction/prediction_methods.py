"""The predictions of a record of inference, with standard errors and intervals."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model
from ..effects.effects import Fit
from ..fit.judgement import Judgement
from ..fit.likelihood import Likelihood
from ..fit.requirements import check_requirements
from .averages import compute_link, fill_rows, predict_average
from .cross_conformal import FoldFits, fit_folds
from .errors import measure_errors, measure_spread
from .intervals import (
    Uncertain,
    find_confidence,
    find_prediction,
    read_prediction_rows,
    tabulate,
)
from .requests import Request
from .scales import Scale, choose_scale, is_shift_invariant, to_contrasts
