"""Random folds for k-fold cross-validation, stratified by class, with groups kept whole.

Knows of rows their number, their classes and their groups; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import (
    DataWarning,
    check_flag,
    check_memory,
    check_whole,
    cut,
    listing,
    pluralize,
    warn,
)
from ..model import Model, read_groups
from ..training import restore_generator

Mask = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class FoldAssignment:
    """Assignment of the training rows to k folds, in each of several repeats.

    Attributes
    ----------
    masks : list of (n,) masks
        The rows that each fold holds out, k masks for each repeat.
    k, repeats : int
        Number of folds in a repeat, and of repeats.
    seed : int
        Seed of the random numbers that training in the folds uses.
    groups : array or None
        Code of the group of each row of the data passed by the user; -1 in rows that are not used
        for training. None: no groups were given.
    """

    masks: Sequence[Mask]
    k: int
    repeats: int
    seed: int
    groups: NDArray[np.intp] | None


def draw_folds(
    n: int,
    k: int,
    generator: np.random.Generator,
    *,
    codes: Codes | None = None,
    groups: Codes | None = None,
    repeats: int = 1,
) -> list[Mask]:
    """Assign n rows to k folds at random, stratified by class, and again for each repeat.

    Parameters
    ----------
    n, k : int
        Number of rows, and of folds.
    generator : numpy.random.Generator
        The same state gives the same folds.
    codes : (n,) array of int, optional
        Codes of the classes, 0 and up, to stratify by.
    groups : (n,) array of int, optional
        Codes of the groups, 0 and up; the rows of a group are in the same fold.
    repeats : int
        Number of independent assignments.

    Returns
    -------
    list of (n,) masks
        The rows held out, k masks for each repeat; every row is in exactly one of these k.

    Raises
    ------
    TypeError, ValueError
        If there are fewer than 2 folds, or fewer rows or groups than folds.

    Notes
    -----
    Without groups, the sizes of two folds differ by at most one row, and so do their numbers of
    rows of each class. With groups, a greedy algorithm assigns them one by one, the largest first,
    each to the fold that is smallest at that point: sizes differ by at most the size of the largest
    group. With classes too, a group goes to the fold for which the chi-squared statistic of the
    folds by class and size stays smallest.

    Examples
    --------
    >>> folds = draw_folds(6, 3, np.random.default_rng(1), codes=np.array([0, 0, 0, 1, 1, 1]))
    >>> [int(held.sum()) for held in folds], [int(held[:3].sum()) for held in folds]
    ([2, 2, 2], [1, 1, 1])
    """
    k, repeats = check_whole("k", k, least=2), check_whole("repeats", repeats, least=1)
    if k > n:
        raise ValueError(
            f"k={k} folds need at least one row each; there {'is' if n == 1 else 'are'} "
            f"{pluralize(n, 'row')}"
        )
    # Each mask takes a byte a row, and is an object of about 100 bytes.
    what = f"the folds of {repeats:,} repeats"
    check_memory(what, k * repeats * (n + 100) // 8, "Repeat fewer times")
    if groups is not None:
        groups = _renumber_groups(groups, k)
    masks = []
    for _ in range(repeats):
        if groups is None:
            fold = _assign_rows(n, k, generator, codes)
        else:
            fold = _assign_groups(_count_classes(groups, codes), k, generator)[groups]
        masks += [fold == which for which in range(k)]
    return masks


def assign_folds(
    model: Model,
    generator_state: Mapping[str, Any],
    k: Any,
    repeats: Any,
    groups: Any,
    stratify: bool | None,
) -> FoldAssignment:
    """Assign the training rows of a model to folds.

    Parameters
    ----------
    model : Model
    generator_state : mapping
        State of the network's generator, which is not advanced: the same state gives the same
        folds.
    k, repeats : int
    groups : array-like, str or None
        As in `read_groups`.
    stratify : bool or None
        True: each fold has the classes in the same proportions as all rows. None: True where the
        response has classes.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what it takes.

    Warns
    -----
    DataWarning
        If a fold has no row of a class.
    """
    codes = model.perceptron.family.codes(model.batch.Y)
    if stratify is not None and check_flag("stratify", stratify) and codes is None:
        raise ValueError(
            "stratify=True divides each class equally among the folds, and the response "
            f"{cut(model.labels.response)} holds numbers: leave it out"
        )
    seed, all_groups = int(restore_generator(generator_state).integers(2**63)), None
    if groups is not None:
        groups = read_groups(groups, model)
        all_groups = np.full(len(model.model_frame.labels), -1, dtype=np.intp)
        all_groups[model.model_frame.positions] = groups
    masks = draw_folds(
        len(model.batch.X),
        k,
        np.random.default_rng([seed, 0]),
        codes=None if stratify is False else codes,
        groups=groups,
        repeats=repeats,
    )
    if codes is not None:
        _warn_of_absent_classes(masks, codes, model.labels.classes)
    return FoldAssignment(masks, int(k), int(repeats), seed, all_groups)


def _warn_of_absent_classes(masks: Sequence[Mask], codes: Codes, classes: Sequence[Any]) -> None:
    """Warn of folds in which a class has no row held out, as measures are undefined there."""
    counts = np.array([np.bincount(codes[held], minlength=len(classes)) for held in masks])
    lacking = (counts == 0).any(axis=1)
    if lacking.any():
        absent = [classes[int(place)] for place in np.flatnonzero((counts == 0).any(axis=0))]
        lack = "lacks" if lacking.sum() == 1 else "lack"
        few = f"{lacking.sum()} of {len(masks)} folds {lack}"
        few = "each fold lacks" if lacking.all() else few
        warn(
            f"{few} a class among the rows held out, of {listing(absent)}: measures of this class, "
            "such as its ROC AUC, are undefined there, and left out of averages and means. Fewer "
            "folds, k=, have more rows each",
            DataWarning,
        )


def _renumber_groups(groups: Codes, k: int) -> Codes | None:
    """Number the groups 0, 1, ... without gaps; None where each row is a group."""
    found, codes = np.unique(groups, return_inverse=True)
    if len(found) < k:
        raise ValueError(
            f"k={k} folds of whole groups need at least one group each; the {len(groups)} rows are "
            f"in {pluralize(len(found), 'group')}"
        )
    return None if len(found) == len(groups) else codes


def _assign_rows(n: int, k: int, generator: np.random.Generator, codes: Codes | None) -> Codes:
    """Assign shuffled rows to folds in turn, class after class; returns the fold of each row."""
    order = generator.permutation(n)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[order] = generator.permutation(k)[np.arange(n) % k]
    return fold


def _count_classes(groups: Codes, codes: Codes | None) -> NDArray[np.intp]:
    """Count the rows of each group (groups, 1 + classes): in total, then by class.

    Without classes all rows are of one class.
    """
    codes = np.zeros_like(groups) if codes is None else codes
    sizes, classes = np.bincount(groups), int(codes.max()) + 1
    counts = np.bincount(groups * classes + codes, minlength=len(sizes) * classes)
    return np.column_stack([sizes, counts.reshape(len(sizes), classes)])


def _assign_groups(
    counts: NDArray[np.intp], k: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Assign groups greedily, the largest first, each where it adds least to the imbalance.

    Adding counts g to a fold with counts f raises the sum over folds and columns of the squared
    counts, each column divided by its total, by ``(g**2 + 2 f g) / total``, which is smallest
    where ``f @ (g / total)`` is. Up to constants, that sum is the chi-squared statistic of equal
    shares. Returns the fold of each group.
    """
    order = generator.permutation(len(counts))
    # Groups of equal size are ordered by class, as single rows are.
    shuffled = counts[order]
    order = order[np.lexsort((shuffled[:, 1:].argmax(axis=1), -shuffled[:, 0]))]
    weights = counts / np.maximum(counts.sum(axis=0), 1)
    held_out = np.zeros((k, counts.shape[1]))
    fold = np.empty(len(counts), dtype=np.intp)
    for group in order:
        fold[group] = which = int((held_out @ weights[group]).argmin())
        held_out[which] += counts[group]
    return generator.permutation(k)[fold]
