"""What training goes on from, how it is to go, and what one turn of it came to: frozen records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..optimizers import Optimizer, Schedule, Stop
from ..perceptron import Objective, Scaling, Unscaled
from .stopping import Rules, Watch

Vector = NDArray[np.float64]

# Those whose state is plain numbers.
_BIT_GENERATORS = {
    name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}


@dataclass(frozen=True, eq=False)
class State:
    """All that training needs to go on from where it stands: the one committed record.

    Attributes
    ----------
    theta : (P,) array
        Raw weights; read-only.
    optimizer : Optimizer or None
        Whose state it is; None before training and after weights were assigned.
    optimizer_state : object
        Plain numbers and arrays.
    generator_state : mapping
        Of the network's random generator.
    iteration : int
        Updates so far.
    schedule : Schedule or None
        Of the learning rate, where it changes.
    schedule_state : object
        Plain numbers.
    watch : Watch
        What the stopping rules remember.
    split : tuple of (share, mask) or None
        The rows that were last held out at random, to be held out again.
    """

    theta: Vector
    optimizer: Optimizer | None
    optimizer_state: Any
    generator_state: Mapping[str, Any]
    iteration: int
    schedule: Schedule | None = None
    schedule_state: Any = None
    watch: Watch = field(default_factory=Watch)
    split: tuple[float, NDArray[np.bool_]] | None = None

    def restart(self, theta: Vector) -> State:
        """The same before training from other weights, read-only; the iterations stay counted."""
        theta.flags.writeable = False
        watch = Watch(weights=self.watch.weights)
        generator_state, iteration = self.generator_state, self.iteration
        return State(theta, None, None, generator_state, iteration, watch=watch, split=self.split)


@dataclass(frozen=True, eq=False)
class Plan:
    """How to train, whatever the number of iterations.

    Attributes
    ----------
    optimizer : Optimizer
    schedule : Schedule or None
        Gives the optimizer's learn_rate, iteration by iteration.
    rules : Rules
        What ends training besides the optimizer's own rule.
    batch_size : int or None
        Rows of a mini-batch; None: all rows at once.
    validation : Objective or None
        Of the rows held out.
    holdout : str
        A digest of those rows.
    weights : tuple of float
        Of the rows to train on and of those rows.
    gauge : Scaling
        That gradients are judged in, beside those of the objective.
    """

    optimizer: Optimizer
    schedule: Schedule | None = None
    rules: Rules = field(default_factory=Rules)
    batch_size: int | None = None
    validation: Objective | None = None
    holdout: str = ""
    weights: tuple[float, float] = (math.nan, math.nan)
    gauge: Scaling = field(default_factory=Unscaled)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the tolerance looks at what lies between two updates."""
        rules = self.rules
        return (
            self.schedule is None
            and self.batch_size is None
            and self.validation is None
            and rules.gradient_tolerance is None
            and not rules.remember
        )


class Lowest(NamedTuple):
    """Where the loss was lowest since training began: so many updates behind a state.

    Attributes
    ----------
    loss : float
        That is minimized, penalty included; with rows held out that on them.
    state : State
    updates : int
    """

    loss: float
    state: State
    updates: int


@dataclass(frozen=True, eq=False)
class Step:
    """One turn of the loop: an update, or several in a row between which nobody looks.

    Attributes
    ----------
    state : State
        After the last update; where the loss failed, the state that training falls back to.
    loss : float
        Before the last update, without penalty; nan where none was made. With mini-batches the sum
        of what each batch met.
    stop : Stop or None
        Why this is the last turn, if it is.
    asked : bool
        Whether it is the last turn because no more was asked for.
    failed : bool
        Whether the loss was no finite number.
    before : State or None
        Before the last update.
    validation_loss : float
        On the rows held out, before the last update.
    learn_rate : float
        That a schedule gave for it.
    rows : (updates, 3) array
        These three numbers for every update of the turn.
    fault : BaseException or None
        What broke the turn off behind its last update, and is raised next.
    lowest : Lowest or None
        Of this turn and those before it; None where no update was made.
    """

    state: State
    loss: float
    stop: Stop | None
    failed: bool = False
    before: State | None = None
    validation_loss: float = math.nan
    learn_rate: float = math.nan
    rows: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    fault: BaseException | None = None
    lowest: Lowest | None = None
    asked: bool = False

    @property
    def updated(self) -> bool:
        """Whether an update was made."""
        return not math.isnan(self.loss)


def restore_generator(generator_state: Mapping[str, Any]) -> Generator:
    """A generator that goes on where another one stood."""
    generator = Generator(_BIT_GENERATORS[generator_state["bit_generator"]]())
    generator.bit_generator.state = generator_state
    return generator
