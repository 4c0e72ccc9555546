"""Records of the training loop: resumable state, options, and the result of a step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..model import Smearing
from ..optimizers import Optimizer, Schedule, Stop
from ..perceptron import Objective, Scaling, Unscaled
from .stopping import StoppingRules, StoppingState

Vector = NDArray[np.float64]

# Those whose state is plain numbers.
_BIT_GENERATORS = {
    name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}


@dataclass(frozen=True, eq=False)
class State:
    """Everything that training needs to continue: the one committed record.

    Attributes
    ----------
    theta : (P,) array
        Raw weights; read-only.
    optimizer : Optimizer or None
        The optimizer that ``optimizer_state`` belongs to; None before training and after weights
        were assigned.
    optimizer_state : object
        Plain numbers and arrays.
    generator_state : mapping
        State of the network's random generator.
    iteration : int
        Number of updates so far.
    schedule : Schedule or None
        The schedule of the learning rate, where it changes.
    schedule_state : object
        Plain numbers.
    stopping : StoppingState
        State of the stopping rules.
    split : tuple of (share, mask) or None
        The rows that were last held out at random, to be held out again.
    mask : (P,) array of bool or None
        The weights that were last trained, where others were fixed: those that
        ``optimizer_state`` has entries for.
    smearing : Smearing or None
        Summary of the residuals of ``theta``, for a network from a file without its rows.
    """

    theta: Vector
    optimizer: Optimizer | None
    optimizer_state: Any
    generator_state: Mapping[str, Any]
    iteration: int
    schedule: Schedule | None = None
    schedule_state: Any = None
    stopping: StoppingState = field(default_factory=StoppingState)
    split: tuple[float, NDArray[np.bool_]] | None = None
    mask: NDArray[np.bool_] | None = None
    smearing: Smearing | None = None

    def restart(self, theta: Vector) -> State:
        """Reset to untrained weights, made read-only; the iteration count is kept."""
        theta.flags.writeable = False
        return State(
            theta,
            None,
            None,
            self.generator_state,
            self.iteration,
            stopping=StoppingState(weights=self.stopping.weights),
            split=self.split,
        )

    def evolve(self, **changes: Any) -> State:
        """Copy with changed fields.

        As `dataclasses.replace`, which takes twice as long: 5 % of a small network's update.
        """
        state = object.__new__(State)
        object.__setattr__(state, "__dict__", vars(self) | changes)
        return state


@dataclass(frozen=True, eq=False)
class TrainingOptions:
    """Checked options of training, except the number of iterations.

    Attributes
    ----------
    optimizer : Optimizer
    schedule : Schedule or None
        Gives the optimizer's learn_rate for each iteration.
    rules : StoppingRules
        Rules that stop training, besides the optimizer's own rule.
    batch_size : int or None
        Rows of a mini-batch; None: all rows at once.
    validation : Objective or None
        The objective on the rows held out.
    holdout : str
        A digest of those rows.
    weights : tuple of float
        Total weights of the rows to train on and of the rows held out.
    mask : (P,) array of bool or None
        The weights to train; None: all.
    gradient_scaling : Scaling
        The coordinates, besides those of the objective, in which gradients are compared with
        the gradient tolerance.
    """

    optimizer: Optimizer
    schedule: Schedule | None = None
    rules: StoppingRules = field(default_factory=StoppingRules)
    batch_size: int | None = None
    validation: Objective | None = None
    holdout: str = ""
    weights: tuple[float, float] = (math.nan, math.nan)
    mask: NDArray[np.bool_] | None = None
    gradient_scaling: Scaling = field(default_factory=Unscaled)

    @property
    def can_fuse(self) -> bool:
        """True if an engine may run several updates at once: only the tolerance is checked."""
        rules = self.rules
        return (
            self.schedule is None
            and self.batch_size is None
            and self.validation is None
            and rules.gradient_tolerance is None
            and not rules.needs_history
        )


class Lowest(NamedTuple):
    """The lowest loss since training began, and the weights that gave it.

    Attributes
    ----------
    loss : float
        The loss that is monitored: with the penalty; with rows held out, the loss on them.
    state : State
        An earlier state.
    updates : int
        Number of updates from that state to the weights.
    """

    loss: float
    state: State
    updates: int


@dataclass(frozen=True, eq=False)
class StepResult:
    """Result of a step of the loop: of one update, or of several in a row.

    Attributes
    ----------
    state : State
        After the last update; where the loss diverged, the state that training falls back to.
    loss : float
        Before the last update, without penalty; nan where none was made. With mini-batches the
        sum of their losses.
    stop : Stop or None
        The reason for stopping, if this is the last step.
    by_request : bool
        Whether the caller ended training, rather than a rule of the optimizer or of the options.
    diverged : bool
        Whether the loss was not finite.
    previous : State or None
        Before the last update.
    validation_loss : float
        On the rows held out, before the last update.
    learn_rate : float
        Learning rate of the last update, where a schedule gives it.
    metrics : (updates, 3) array
        Loss, validation loss and learning rate of each update.
    error : BaseException or None
        The exception that ended the step after its last update; it is raised by the next step.
    lowest : Lowest or None
        Of this step and those before it; None where no update was made.
    """

    state: State
    loss: float = math.nan
    stop: Stop | None = None
    diverged: bool = False
    previous: State | None = None
    validation_loss: float = math.nan
    learn_rate: float = math.nan
    metrics: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    error: BaseException | None = None
    lowest: Lowest | None = None
    by_request: bool = False

    @property
    def updated(self) -> bool:
        """True if an update was made."""
        return len(self.metrics) > 0


def restore_generator(generator_state: Mapping[str, Any]) -> Generator:
    """Make a random generator that continues from a saved state."""
    generator = Generator(_BIT_GENERATORS[generator_state["bit_generator"]]())
    generator.bit_generator.state = generator_state
    return generator
