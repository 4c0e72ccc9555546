"""Log evidence of a fit by Laplace's approximation, and the decay that MacKay's updates end at.

The penalty is read as a prior: weights phi in the coordinates of the penalty are normal with mean
0 and variance ``dispersion / (2 decay)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite, isnan, log1p, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..optimizers import Newton, minimize
from ..perceptron import Objective, read_family
from ..training import condition_objective, stop_if_abandoned
from .fit.curvature import Curvature, measure_curvature, sum_fisher
from .fit.judgement import judge
from .fit.likelihood import Likelihood, measure_likelihood
from .fit.requirements import explain_refusal, meets_requirements

Vector = NDArray[np.float64]

# Where updates begin, in units of the loss of standardized columns and response.
FIRST_DECAY = 0.3
# Relative change of the decay by an update at which it is at rest.
TOLERANCE = 1e-6
MOST_UPDATES = 200
# Updates of each fit by Newton's method.
MOST_STEPS = 500
# Decay per row below which there is no penalty, and above which nothing is left of the network:
# there the curvature of the loss is a small share of that of the penalty.
_LEAST, _MOST = 1e-8, 100.0


def compute_log_evidence(
    model: Model, theta: Vector, curvature: Curvature, likelihood: Likelihood
) -> float:
    """Compute the log evidence of a minimum of the penalized loss by Laplace's approximation.

    With weights phi (P,), dispersion s (1 for a family without one), log-likelihood l(s), Hessian H
    of the penalized loss and Hessian K of the penalty, which is ``2 decay I`` for a single decay,
    it is ``l(s) - penalty / s + log det(K / s) / 2 - log det(H / s) / 2``, in which s cancels from
    the determinants.

    Notes
    -----
    The integral over phi of likelihood times prior, with the second-order expansion of its
    logarithm at the minimum. The dispersion is plugged in, ``deviance / (n - edf)``. One minimum is
    counted, not its copies with hidden units in another order or with other signs; their number is
    the same for all fits of a network, and larger for wider networks. As a density of the response,
    the evidence changes with the unit of a numeric response, for all fits by the same number.

    Source: D. J. C. MacKay (1992), A practical Bayesian framework for backpropagation networks,
    Neural Computation 4, 448-472; the dispersion as in his Bayesian interpolation, ibid. 415-447.
    """
    _, log_prior = np.linalg.slogdet(curvature.penalty)
    determinants = 0.5 * (float(log_prior) - curvature.log_determinant)
    penalty = model.penalize(theta) / likelihood.dispersion
    return _evaluate_at_dispersion(likelihood) - penalty + determinants


def _evaluate_at_dispersion(likelihood: Likelihood) -> float:
    """Log-likelihood at ``deviance / (n - edf)``, from that at ``deviance / n``."""
    if not likelihood.has_dispersion:
        return likelihood.llf
    share = likelihood.edf / likelihood.nobs
    return likelihood.llf + 0.5 * likelihood.nobs * (log1p(-share) + share)


def measure_log_evidence(model: Model, theta: Vector) -> float:
    """Measure the log evidence of a fit; nan where it is not defined.

    It needs a penalty on every weight, and a fit from which inference is possible: at a minimum of
    the penalized loss of all training rows.
    """
    if not meets_requirements(model) or model.free.any():
        return nan
    curvature = model.compute(partial(measure_curvature, model, theta), hessian=True)
    likelihood = measure_likelihood(model, theta, curvature.effective_parameters)
    if not judge(model, theta, curvature, likelihood).allows:
        return nan
    return compute_log_evidence(model, theta, curvature, likelihood)


class FixedPoint(NamedTuple):
    """End of MacKay's updates from one start.

    Attributes
    ----------
    decay : float
    theta : (P,) array
        Weights of the minimum of the penalized loss with this decay.
    evidence : float
        Log evidence; nan where it is not defined.
    edf : float
        Effective degrees of freedom.
    updates : int
        Number of fits, each with another decay.
    steps : int
        Number of steps of Newton's method, of all fits together.
    message : str
        Why there is no fixed point; '' where the decay came to rest.
    """

    decay: float
    theta: Vector
    evidence: float
    edf: float
    updates: int
    steps: int
    message: str = ""

    @property
    def at_rest(self) -> bool:
        """True if another update would not change the decay."""
        return not self.message

    @property
    def rank(self) -> tuple[bool, float]:
        """Rank among other starts; the highest is the best."""
        return self.at_rest, self.evidence if isfinite(self.evidence) else -np.inf


def update_decay(decay: float, dispersion: float, edf: float, penalty: float) -> float:
    """Compute MacKay's update ``dispersion * edf / (2 * sum(phi**2))`` of a decay.

    All in units of the loss of the coordinates phi, in which the penalty is ``decay *
    sum(phi**2)``, or with factors in that sum.

    Examples
    --------
    >>> update_decay(decay=0.5, dispersion=2.0, edf=3.0, penalty=0.5 * 4.0)
    0.75
    """
    with np.errstate(all="ignore"):
        return float(np.divide(decay * dispersion * edf, 2.0 * penalty))


def find_fixed_point(
    model: Model,
    theta: Vector,
    decay: float = FIRST_DECAY,
    optimizer: Newton | None = None,
    most_steps: int = MOST_STEPS,
    advance: Callable[[], None] = stop_if_abandoned,
) -> FixedPoint:
    """Fit weights and one decay for all weights in turn, until MacKay's update changes it no more.

    Each fit by Newton's method starts at the end of the one before.

    Parameters
    ----------
    model : Model
        In standardized columns, with a penalty on every weight for any decay above 0.
    theta : (P,) array
        The start.
    decay : float
        Of the first fit.
    optimizer : Newton, optional
    most_steps : int
        Largest number of steps of each fit.
    advance : callable
        Called after each step; it may raise.

    Notes
    -----
    A fixed point is not the maximum of Laplace's evidence over a grid of decays, which is often at
    a network shrunk to almost nothing, as the evidence counts one of the many copies of a minimum.
    There is one decay for all layers: those of single layers move apart without end.
    """
    optimizer = optimizer or Newton()
    used, objective, steps, message = model, None, 0, ""
    for updates in range(1, MOST_UPDATES + 1):
        used = model.configure(decay=decay)
        if objective is None:
            objective = condition_objective(used, used.objective, used.batch)
        objective = replace(objective, penalty=used.penalty)
        theta, made = _minimize(objective, theta, optimizer, most_steps, advance)
        steps += made
        edf, new = _propose(used, objective, theta)
        message = _explain_end(decay, new, model.batch.weight)
        if message or abs(new - decay) <= TOLERANCE * decay:
            break
        if updates == MOST_UPDATES:
            message = (
                f"the decay had not come to rest after {updates} updates: the last one led from "
                f"{decay:.4g} to {new:.4g}"
            )
            break
        decay = min(new, _MOST * model.batch.weight)
    evidence = measure_log_evidence(used, theta)
    return FixedPoint(decay, theta, evidence, edf, updates, steps, message)


def refit(
    model: Model, theta: Vector, optimizer: Newton, most_steps: int = MOST_STEPS
) -> tuple[Vector, int]:
    """Minimize the penalized loss from theta; return the weights and the number of steps."""
    objective = condition_objective(model, model.objective, model.batch)
    return _minimize(objective, theta, optimizer, most_steps, stop_if_abandoned)


def _minimize(
    objective: Objective,
    theta: Vector,
    optimizer: Newton,
    most_steps: int,
    advance: Callable[[], None],
) -> tuple[Vector, int]:
    start = objective.scaling.from_raw(theta)
    phi, made, _ = minimize(objective, start, optimizer, most_steps, advance)
    return objective.scaling.to_raw(phi), made


def _propose(model: Model, objective: Objective, theta: Vector) -> tuple[float, float]:
    """Effective degrees of freedom of a fit, and the decay that MacKay's update gives."""
    scaling = objective.scaling
    phi, n = scaling.from_raw(theta), model.batch.weight
    F = sum_fisher(model, theta, model.batch, scaling)  # type: ignore[arg-type]
    A = F.copy()
    objective.penalty.add_curvature(A, 1.0)
    edf = float(np.trace(np.linalg.solve(A, F)))
    dispersion = 1.0
    if read_family(model.perceptron.family).has_dispersion:
        deviance = 2.0 * objective.evaluate(phi).loss / scaling.loss_scale
        dispersion = deviance / (n - edf) if n > edf else nan
    decay = float(np.max(model.used.decays))
    return edf, update_decay(decay, dispersion, edf, objective.penalty.value(phi))


def _explain_end(decay: float, new: float, n: float) -> str:
    """Say why updates have no fixed point; '' where they may have one."""
    if isnan(new):
        return "no degree of freedom is left for the dispersion, so that no decay follows from it"
    if decay >= _MOST * n and new >= decay:
        return (
            "the decay grew until nothing was left of the network: the columns say nothing of the "
            "response that evidence could tell from noise"
        )
    if new < _LEAST * n:
        return "the response is fitted without an error, so that the decay shrank to 0"
    return ""


def find_evidence_decay(model: Model, theta: Vector) -> FixedPoint | None:
    """Find the decay that evidence gives for a network whose decay was chosen in another way.

    By a few Newton fits from the weights at hand, with all weights penalized. None for a model to
    which evidence does not apply, see `explain_refusal`.
    """
    if model.training is None or explain_refusal(model):
        return None
    used = model.configure(scale=True, penalize_bias=True, decay=FIRST_DECAY)
    return model.compute(partial(find_fixed_point, used, theta), hessian=True)
