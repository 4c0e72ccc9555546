"""Automatic training: what stands in the place of all that the user left open.

Decides by the sizes of table and network alone; what was given is never overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np

from ..errors import check_choice, check_whole
from ..model import CHOSEN, Model
from ..training import PATIENCE, StageReporter, State, find_tqdm
from .defaults import DECAYS, FOLDS, Rule, find_rule, settle
from .descriptions import tell_fits
from .folds import read_groups
from .regularization_path import Search
from .tuning import Tuning

# Without a choice: the articles' gradient descent.
MANUAL = {"optimizer": "gradient_descent"}
ITERATIONS = 10_000


def is_automatic(
    iterations: Any = None,
    learn_rate: Any = None,
    tolerance: Any = "default",
    optimizer: Any = None,
    **others: Any,
) -> bool:
    """Whether ``train`` with such options is to choose: where none of the four was given."""
    left = isinstance(tolerance, str) and tolerance == "default"
    return left and iterations is None and learn_rate is None and optimizer is None


def chooses_decay(model: Model, automatic: bool) -> bool:
    """Whether training is to choose the decay."""
    return model.given.decay == CHOSEN or (automatic and model.given.decay is None)


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes
    ----------
    model : Model
        With the settings to train with, but for a decay that is to be chosen.
    options : mapping
        Of `plans.make_course`.
    iterations : int
        Of each start, at most.
    starts : int
    fresh : bool
        Whether all starts are drawn; else the first is where the network stands.
    search : Search or None
        How the decay is chosen; None: it is known.
    automatic : bool
    told : str
        What is to be said of a decay that is known.
    fits : float
        How many fits that try a decay one start is worth, in time.
    """

    model: Model
    options: Mapping[str, Any]
    iterations: int
    starts: int
    fresh: bool = False
    search: Search | None = None
    automatic: bool = False
    told: str = ""
    fits: float = 1.0

    @property
    def work(self) -> float:
        """Of all fits, in fits that try a decay."""
        tried = 0.0 if self.search is None else self.search.work
        return tried + self.fits * self.starts

    def tell_progress(self, stages: StageReporter) -> Callable[[int, float], None]:
        """What a bar of stages is told of each turn of training."""
        each, least = self.fits / self.iterations, inf

        def advance(updates: int, loss: float) -> None:
            nonlocal least
            least = min(least, loss)
            stages.advance(updates * each, f"loss {least:.5g}")

        return advance

    def tell(self, decay: str) -> str:
        """What was chosen, given what is to be said of the decay."""
        if not self.automatic:
            return f"{decay}."
        options = self.options
        fits = tell_fits(
            self.model, options["optimizer"], options["batch_size"], self.starts, self.fresh
        )
        return f"{decay}; {fits}."


def make_recipe(
    model: Model,
    tuning: Tuning | None,
    options: Mapping[str, Any],
    *,
    iterations: Any,
    restarts: Any,
    groups: Any,
    rule: Any,
    fresh: bool,
    single: bool,
    automatic: bool,
) -> Recipe:
    """Check what was given, and put something in the place of what was not.

    Parameters
    ----------
    model : Model
    tuning : Tuning or None
        What was chosen before: it is kept, but where groups or another rule are given.
    options : mapping
        Of `plans.make_course`; None where nothing was given.
    iterations, restarts : int or None
    groups : array-like, str or None
        Rows to be kept together in folds.
    rule : {"min", "1se"}
        By which a decay is chosen, see `Search`.
    fresh : bool
        Whether weights are as they were made, neither trained nor assigned.
    single : bool
        Whether there can be one start only.
    automatic : bool

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what it takes.
    """
    restarts = None if restarts is None else check_whole("restarts", restarts, least=1)
    check_choice("rule", rule, dict.fromkeys(("min", "1se")))
    codes = None if groups is None else read_groups(groups, model)
    known = tuning is not None and tuning.complete and codes is None and rule == "min"
    asked = chooses_decay(model, automatic)
    if not asked and (codes is not None or rule != "min"):
        raise ValueError(
            "groups= and rule= are about how a decay is chosen, and here none is: leave them out, "
            "or make the network without decay= or with decay='cv'"
        )
    given = {name: value for name, value in options.items() if value is not None}
    how = {"groups": codes, "rule": rule} if asked and not known else None
    if not automatic:
        iterations = ITERATIONS if iterations is None else check_whole("iterations", iterations)
        return _plan_by_hand(model, {**MANUAL, **given}, iterations, restarts or 1, how)
    return _plan(model, given, restarts, how, fresh, single)


def _plan_by_hand(
    model: Model, options: dict[str, Any], iterations: int, starts: int, how: dict[str, Any] | None
) -> Recipe:
    """The recipe of manual training; ``how``: of a decay that is to be chosen."""
    search = None
    if how is not None and iterations:
        # Folds hold rows out themselves.
        spared = {name: options[name] for name in {*options} - {"validation", "patience"}}
        search = Search(DECAYS, spared, iterations, FOLDS, complete=False, **how)
        if "penalize_bias" in (free := settle(model, chosen=True)):
            model = model.configure(penalize_bias=free["penalize_bias"])
    return Recipe(model, options, iterations, starts, search=search)


def _plan(
    model: Model,
    given: Mapping[str, Any],
    restarts: int | None,
    how: dict[str, Any] | None,
    fresh: bool,
    single: bool,
) -> Recipe:
    """The recipe of automatic training."""
    asked = chooses_decay(model, automatic=True)
    model = model.configure(**settle(model, asked))
    if how is not None:
        # Until one is chosen, any: whether there is one says which optimizers will do.
        model = model.configure(decay=DECAYS[-1])
    rule = find_rule(model, len(model.batch.X), given.get("batch_size"))
    # Without hidden units there is one valley, which all starts end in.
    several = fresh and not single and model.perceptron.activations
    return Recipe(
        model,
        {**rule.options, **given},
        rule.iterations,
        restarts or (rule.starts if several else 1),
        fresh,
        None if how is None else _plan_search(rule, how, fresh),
        True,
        _tell_known(model, asked) if how is None else "",
        _compare_work(rule, model),
    )


def renew(state: State, recipe: Recipe) -> State:
    """The state to begin with: a schedule of the rule that has come to its end begins again."""
    schedule = recipe.options.get("learn_rate")
    ended = recipe.automatic and schedule is not None and state.schedule == schedule
    if ended and state.schedule_state > recipe.iterations:
        return replace(state, schedule=None, schedule_state=None)
    return state


def make_stages(recipe: Recipe, lines: bool, shown: bool) -> StageReporter:
    """What tells of the stages; ``shown``: with a bar from the beginning."""
    if not recipe.automatic and recipe.search is None:
        return StageReporter(1.0, lines=False, patience=inf)
    if shown:
        find_tqdm()
    # By hand the bar is that of iterations, once the decay is chosen.
    patience = 0.0 if shown and recipe.automatic else PATIENCE if lines else inf
    return StageReporter(recipe.work, lines=lines, patience=patience)


def _tell_known(model: Model, asked: bool) -> str:
    decay = ", ".join(f"{each:g}" for each in np.ravel(model.used.decays))
    return f"Kept decay {decay}, chosen before" if asked else f"Took decay {decay} as given"


def _compare_work(rule: Rule, model: Model) -> float:
    cells = len(model.batch.X) * model.perceptron.n_parameters
    return max(1.0, cells / rule.tried) * max(1.0, rule.iterations / rule.updates)


def _plan_search(rule: Rule, how: Mapping[str, Any], complete: bool) -> Search:
    options = {"optimizer": rule.scout, "relative_tolerance": rule.relative_tolerance}
    given = {name: value for name, value in options.items() if value is not None}
    return Search(
        rule.decays, given, rule.updates, FOLDS, cells=rule.tried, complete=complete, **how
    )
