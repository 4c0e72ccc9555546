"""Choice of the decay by evidence: MacKay's fixed point from several starts, the best kept."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..inference import FIRST_DECAY, FixedPoint, explain_refusal, find_fixed_point, refit
from ..model import EVIDENCE, Model, read_mask
from ..optimizers import Newton, find_optimizer
from ..training import RestartResult, StageReporter, WorkerPool
from .decay_choice import DecayChoice
from .defaults import EVIDENCE_OPTIMIZER
from .descriptions import describe_fixed_point
from .tuning import Tuning

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class EvidenceSearch:
    """Options of a search for the fixed point of the highest evidence.

    Attributes
    ----------
    optimizer : Newton
    max_updates : int
        Largest number of updates of each fit, of which each decay needs one.
    starts : int
    decay : float or None
        At which the present weights, which are the first start, were fitted before; None: all
        starts are drawn.
    """

    optimizer: Newton
    max_updates: int
    starts: int
    decay: float | None = None
    # Decays are tried on all rows.
    max_cells: float = inf

    @property
    def work(self) -> float:
        """Number of starts."""
        return float(self.starts)


def check_decay_choice(model: Model) -> None:
    """Raise ValueError where a network cannot have the decay that it is to choose."""
    if model.given.decay == EVIDENCE and (refusal := explain_refusal(model)):
        raise ValueError(refusal)


def check_evidence_options(model: Model, options: Mapping[str, Any], automatic: bool) -> Newton:
    """Return the optimizer of a search by evidence.

    Raises
    ------
    ValueError
        For options of ``train`` that do not go with it, with the remedy.
    """
    check_decay_choice(model)
    default = "newton" if automatic else "gradient_descent"
    given = options.get("optimizer", default)
    found = find_optimizer(given)
    if not isinstance(found, Newton):
        raise ValueError(
            f"decay='evidence' is found around Newton's method, not {type(found).__name__}: call "
            "train() or train(optimizer='newton'), or make the network with decay='cv', which any "
            "optimizer takes"
        )
    for name, why in _NOT_TAKEN.items():
        value = options.get(name)
        if value is None or (name == "mask" and read_mask(model, value) is None):
            continue
        raise ValueError(
            f"decay='evidence' {why}: leave {name}= out, or make the network with a number as decay"
        )
    return EVIDENCE_OPTIMIZER if isinstance(given, str) else found


_NOT_TAKEN = {
    "batch_size": "needs the second derivatives of all rows in each step",
    "validation": "is found on all rows, and needs none held out",
    "mask": "is found for all weights at once",
}


def choose_by_evidence(
    model: Model,
    search: EvidenceSearch,
    theta: Vector,
    generator: np.random.Generator,
    stages: StageReporter,
    workers: WorkerPool,
) -> Generator[DecayChoice, None, None]:
    """Find the fixed point of the decay from each start, and choose that of the highest evidence.

    ``theta`` are the present weights. See `choose_decay` for the other parameters.

    Yields
    ------
    DecayChoice
        A provisional choice after each start; the last one is final.
    """
    stages.begin(f"Finding the decay from {pluralize(search.starts, 'start')}", search.work)
    starts = [] if search.decay is None else [(theta, search.decay)]
    starts += [(model.draw(generator), FIRST_DECAY) for _ in range(search.starts - len(starts))]
    found: list[FixedPoint] = []
    # Closed at once after an interrupt, so that no thread continues.
    with closing(workers.map(partial(_find, search=search), starts, model.grain)) as points:
        for point in points:
            found.append(point)
            best = max(found, key=lambda each: each.rank)
            stages.advance(1.0, f"decay {best.decay:.3g}, log evidence {best.evidence:.5g}")
            yield DecayChoice(model.configure(decay=best.decay), best.theta, Tuning(complete=False))
    used = model.configure(decay=best.decay)
    best.theta.flags.writeable = False
    ends = tuple(
        _measure_end(used, search, number, point, point is best)
        for number, point in enumerate(found, start=1)
    )
    text = describe_fixed_point(best, len(found))
    stages.end(text)
    warning = ""
    if best.message:
        warning = f"{text}. Give a number as decay, or 'cv', which cross-validates it."
    yield DecayChoice(used, best.theta, Tuning(summary=text), ends, warning)


def _find(model: Model, start: tuple[Vector, float], search: EvidenceSearch) -> FixedPoint:
    """Find the fixed point from a start, in any thread or process."""
    work = partial(find_fixed_point, model, *start, search.optimizer, search.max_updates)
    return model.compute(work, hessian=True)


def _measure_end(
    model: Model, search: EvidenceSearch, number: int, point: FixedPoint, is_best: bool
) -> RestartResult:
    """Measure the end of a start, fitted on with the decay that was chosen, as losses compare so.

    Its decay, effective degrees of freedom and evidence are those of its own fixed point.
    """
    theta, steps = point.theta, point.steps
    if not is_best:
        theta, more = refit(model, theta, search.optimizer, search.max_updates)
        steps += more
        theta.flags.writeable = False
    loss = model.evaluate(theta, model.batch).loss
    how = f"the decay came to rest after {pluralize(point.updates, 'update')}"
    message = point.message or how
    return RestartResult(
        number,
        loss,
        loss + model.penalize(theta),
        nan,
        steps,
        point.at_rest,
        f"{message[0].upper()}{message[1:]}.",
        theta,
        point.decay,
        point.edf,
        point.evidence,
    )
