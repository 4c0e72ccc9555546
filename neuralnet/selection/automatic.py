"""Automatic training: options and settings for all that the user left open.

The sizes of table and network alone decide; what the user gave is never overridden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from ..errors import check_memory, check_whole, check_word, pluralize
from ..inference import FIRST_DECAY
from ..model import CHOSEN, EVIDENCE, Model, read_groups, read_mask
from ..optimizers import Newton
from ..training import State
from .defaults import (
    DECAYS,
    EVIDENCE_DEFAULTS,
    FOLDS,
    TrainingDefaults,
    choose_settings,
    find_defaults,
)
from .evidence_search import EvidenceSearch, check_evidence_options
from .one_standard_error import DecayRule
from .regularization_path import GridSearch
from .training_setup import TrainingSetup
from .tuning import Tuning

# Manual training is the gradient descent of the original articles.
MANUAL = {"optimizer": "gradient_descent"}
ITERATIONS = 10_000


def is_automatic(
    iterations: Any = None,
    learn_rate: Any = None,
    tolerance: Any = "default",
    optimizer: Any = None,
    **others: Any,
) -> bool:
    """Return True where ``train`` got none of these four options, and so chooses them itself."""
    left = isinstance(tolerance, str) and tolerance == "default"
    return left and iterations is None and learn_rate is None and optimizer is None


def chooses_decay(model: Model, automatic: bool) -> bool:
    """Return True where training has to choose the decay."""
    return model.given.decay == CHOSEN or (automatic and model.given.decay is None)


def resolve_setup(
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
) -> TrainingSetup:
    """Check the options of ``train``, and choose a value for each that is None.

    Parameters
    ----------
    model : Model
    tuning : Tuning or None
        A former choice, which is used again unless groups or another rule are given.
    options : mapping
        Options of `prepare_run`; None where the user gave none.
    iterations, restarts : int or None
    groups : array-like, str or None
        Groups of rows to keep together in folds, see `read_groups`.
    rule : {"min", "1se"}
        By which a decay is chosen, see `pick_decay`.
    fresh : bool
        True where the weights were neither trained nor assigned since they were drawn.
    single : bool
        True where only one start is possible.
    automatic : bool

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what it takes.
    """
    restarts = None if restarts is None else check_whole("restarts", restarts, least=1)
    check_word("rule", rule, get_args(DecayRule))
    codes = None if groups is None else read_groups(groups, model)
    choice = _resolve_choice(chooses_decay(model, automatic), tuning, codes, rule)
    if choice is not None:
        _check_mask(model, options.get("mask"))
    given = {name: value for name, value in options.items() if value is not None}
    iterations = None if iterations is None else check_whole("iterations", iterations)
    if model.given.decay == EVIDENCE and iterations != 0 and (restarts or not _is_known(tuning)):
        optimizer = check_evidence_options(model, given, automatic)
        present = None if fresh else _find_present_decay(model, tuning)
        setup = _set_up_evidence(model, given, iterations, restarts, optimizer, present)
    elif not automatic:
        iterations = ITERATIONS if iterations is None else iterations
        setup = _set_up_manual(model, {**MANUAL, **given}, iterations, restarts or 1, choice)
    else:
        setup = _set_up_automatic(model, given, restarts, choice, fresh, single)
    P = model.perceptron.n_parameters
    what = f"{pluralize(setup.starts, 'start')} of {pluralize(P, 'weight')}"
    # The vector of each start, and its row in the table of restarts.
    check_memory(what, setup.starts * (P + 100), "Take fewer restarts")
    return setup


def _check_mask(model: Model, mask: Any) -> None:
    """Raise where weights are to be fixed in folds, which draw weights of their own."""
    if read_mask(model, mask) is None:
        return
    remedy = "make the network with a number as decay"
    if model.given.decay is None:
        remedy += (
            ", such as decay=0, or name an optimizer, as in train(optimizer='lbfgs', mask=...)"
        )
    raise ValueError(
        "mask= fixes weights at values that the networks of the folds, by which the decay is "
        f"chosen, do not have: {remedy}"
    )


def _resolve_choice(
    chooses: bool, tuning: Tuning | None, groups: Any, rule: str
) -> dict[str, Any] | None:
    """Options of the grid search; None where the decay is given, or known from a former choice."""
    if not chooses:
        if groups is not None or rule != "min":
            raise ValueError(
                "groups= and rule= are about how a decay is cross-validated, and here none is: "
                "leave them out, or make the network without decay= or with decay='cv'"
            )
        return None
    known = _is_known(tuning) and groups is None and rule == "min"
    return None if known else {"groups": groups, "rule": rule}


def _is_known(tuning: Tuning | None) -> bool:
    return tuning is not None and tuning.complete


def _find_present_decay(model: Model, tuning: Tuning | None) -> float:
    """The decay with which the present weights were fitted, if evidence chose it."""
    decay = model.used.decays
    return decay if _is_known(tuning) and isinstance(decay, float) and decay else FIRST_DECAY


def _set_up_evidence(
    model: Model,
    given: Mapping[str, Any],
    iterations: int | None,
    restarts: int | None,
    optimizer: Newton,
    present: float | None,
) -> TrainingSetup:
    """Set up a search for the decay by evidence, and training from its best end.

    ``present``: the decay at which the first start, the present weights, begins; None: all starts
    are drawn.
    """
    model = model.configure(**choose_settings(model, decay_is_chosen=False), decay=FIRST_DECAY)
    defaults = EVIDENCE_DEFAULTS
    # Without hidden units the loss is convex, and all starts end at the same minimum.
    several = present is None and model.perceptron.activations
    starts = restarts or (defaults.starts if several else 1)
    most = iterations or defaults.iterations
    options = {**defaults.options, **given, "optimizer": optimizer}
    search = EvidenceSearch(optimizer, most, starts, present)
    return TrainingSetup(model, options, most, 1, fresh=True, search=search, automatic=True)


def _set_up_manual(
    model: Model,
    options: dict[str, Any],
    iterations: int,
    starts: int,
    choice: dict[str, Any] | None,
) -> TrainingSetup:
    """Set up manual training, with a choice of the decay where there are options for one."""
    search = None
    if choice is not None and iterations:
        # Early stopping would hold rows out of the folds a second time.
        fit = {name: options[name] for name in {*options} - {"validation", "patience"}}
        search = GridSearch(DECAYS, fit, iterations, FOLDS, fits_all_rows=False, **choice)
        settings = choose_settings(model, decay_is_chosen=True)
        if "penalize_bias" in settings:
            model = model.configure(penalize_bias=settings["penalize_bias"])
    return TrainingSetup(model, options, iterations, starts, search=search)


def _set_up_automatic(
    model: Model,
    given: Mapping[str, Any],
    restarts: int | None,
    choice: dict[str, Any] | None,
    fresh: bool,
    single: bool,
) -> TrainingSetup:
    """Set up automatic training by the defaults for the sizes of table and network."""
    chooses = chooses_decay(model, automatic=True)
    known = chooses or model.given.decay == EVIDENCE
    model = model.configure(**choose_settings(model, chooses))
    if choice is not None:
        # Any positive decay will do here: which optimizers are suitable depends on there being one.
        model = model.configure(decay=DECAYS[-1])
    defaults = find_defaults(model, len(model.batch.X), given.get("batch_size"))
    # Without hidden units the loss is convex, and all starts end at the same minimum.
    several = fresh and not single and model.perceptron.activations
    return TrainingSetup(
        model,
        {**defaults.options, **given},
        defaults.iterations,
        restarts or (defaults.starts if several else 1),
        fresh,
        None if choice is None else _make_search(defaults, choice, fresh),
        True,
        _describe_known(model, known) if choice is None else "",
        _estimate_fit_cost(defaults, model),
    )


def restart_schedule(state: State, setup: TrainingSetup) -> State:
    """Restart the default learning-rate schedule where former training has run it to its end."""
    schedule = setup.options.get("learn_rate")
    ended = setup.automatic and schedule is not None and state.schedule == schedule
    if ended and state.schedule_state > setup.iterations:
        return replace(state, schedule=None, schedule_state=None)
    return state


def _describe_known(model: Model, chosen: bool) -> str:
    decay = ", ".join(f"{each:g}" for each in np.ravel(model.used.decays))
    return f"Kept decay {decay}, chosen before" if chosen else f"Took decay {decay} as given"


def _estimate_fit_cost(defaults: TrainingDefaults, model: Model) -> float:
    cells = len(model.batch.X) * model.perceptron.n_parameters
    rows, updates = cells / defaults.search_cells, defaults.iterations / defaults.search_updates
    return max(1.0, rows) * max(1.0, updates)


def _make_search(
    defaults: TrainingDefaults, choice: Mapping[str, Any], fits_all_rows: bool
) -> GridSearch:
    options = {
        "optimizer": defaults.search_optimizer,
        "relative_tolerance": defaults.relative_tolerance,
    }
    return GridSearch(
        defaults.decays,
        {name: value for name, value in options.items() if value is not None},
        defaults.search_updates,
        FOLDS,
        max_cells=defaults.search_cells,
        fits_all_rows=fits_all_rows,
        **choice,
    )
