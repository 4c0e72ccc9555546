"""Folds for cross-validation: which rows are held out together, balanced by class and by group.

Knows of rows their number, their classes and their groups; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import adopt, check_order
from ..errors import check_flag, check_whole, cut, listing, quote
from ..model import Model
from ..training import restore_generator

Mask = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Dealt:
    """Training rows that are dealt to folds.

    Attributes
    ----------
    masks : list of (n,) masks
        The rows held out, k for each repeat.
    k, repeats : int
    seed : int
        Of what is drawn in the folds.
    labels : array or None
        The group of each row of the data as it was given; -1 where it is no training row.
    """

    masks: Sequence[Mask]
    k: int
    repeats: int
    seed: int
    labels: NDArray[np.intp] | None


def deal_folds(
    n: int,
    k: int,
    generator: np.random.Generator,
    *,
    codes: Codes | None = None,
    groups: Codes | None = None,
    repeats: int = 1,
) -> list[Mask]:
    """Deal n rows to k folds at random, and again for each repeat.

    Parameters
    ----------
    n, k : int
    generator : numpy.random.Generator
        The same state gives the same folds.
    codes : (n,) array of int, optional
        Classes, 0 and up, to stratify by.
    groups : (n,) array of int, optional
        Groups, 0 and up, whose rows stay together.
    repeats : int

    Returns
    -------
    list of (n,) masks
        The rows held out, k masks for each repeat; every row is in one of these k.

    Raises
    ------
    TypeError, ValueError
        Where there are fewer than 2 folds, or fewer rows or groups than folds.

    Notes
    -----
    Without groups, the sizes of two folds differ by a row at most, and so do their numbers of rows
    of each class. With groups, these are dealt one by one, the largest first, each to the fold
    that is smallest then: so sizes differ by no more than the largest group. With classes too it
    goes where it leaves the least chi-squared of the folds by class and size.

    Examples
    --------
    >>> folds = deal_folds(6, 3, np.random.default_rng(1), codes=np.array([0, 0, 0, 1, 1, 1]))
    >>> [int(held.sum()) for held in folds], [int(held[:3].sum()) for held in folds]
    ([2, 2, 2], [1, 1, 1])
    """
    k, repeats = check_whole("k", k, least=2), check_whole("repeats", repeats, least=1)
    if k > n:
        raise ValueError(f"k={k} folds need a row each at least; there are {n} rows")
    if groups is not None:
        found, groups = np.unique(groups, return_inverse=True)
        if len(found) < k:
            raise ValueError(
                f"k={k} folds of whole groups need a group each at least; the groups of {n} rows "
                f"are {len(found)}"
            )
        if len(found) == n:
            groups = None
    masks = []
    for _ in range(repeats):
        if groups is None:
            fold = _deal_rows(n, k, generator, codes)
        else:
            fold = _deal_groups(_count_classes(groups, codes), k, generator)[groups]
        masks += [fold == which for which in range(k)]
    return masks


def deal(
    model: Model,
    generator_state: Mapping[str, Any],
    k: Any,
    repeats: Any,
    groups: Any,
    stratify: bool | None,
) -> Dealt:
    """Deal the training rows of a model to folds.

    Parameters
    ----------
    model : Model
    generator_state : mapping
        Of the network's generator, which is not advanced: the same state gives the same folds.
    k, repeats : int
    groups : array-like, str or None
        As in `read_groups`.
    stratify : bool or None
        Whether folds have classes in the shares that all rows have them in; None: where there are
        classes.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what it takes.
    """
    codes = model.perceptron.family.codes(model.batch.Y)
    if stratify is not None and check_flag("stratify", stratify) and codes is None:
        raise ValueError(
            "stratify=True deals each class alike to all folds, and the response "
            f"{cut(model.labels.response)} holds numbers: leave it out"
        )
    generator, labels = restore_generator(generator_state), None
    seed = int(generator.integers(2**63))
    if groups is not None:
        groups = read_groups(groups, model)
        labels = np.full(len(model.model_frame.labels), -1, dtype=np.intp)
        labels[model.model_frame.positions] = groups
    masks = deal_folds(
        len(model.batch.X),
        k,
        np.random.default_rng([seed, 0]),
        codes=None if stratify is False else codes,
        groups=groups,
        repeats=repeats,
    )
    return Dealt(masks, int(k), int(repeats), seed, labels)


def read_groups(groups: Any, model: Model) -> Codes:
    """Codes (n,) of the groups that a model's training rows belong to, in order of appearance.

    Parameters
    ----------
    groups : array-like or str
        A label for each row of the data as it was given to the network, or the name of a column
        that the formula uses.
    model : Model

    Raises
    ------
    TypeError, ValueError
        Where it is neither, or where a training row has no label.
    """
    model_frame = model.model_frame
    if isinstance(groups, str):
        if groups not in model_frame.frame.columns:
            raise ValueError(
                f"groups={quote(groups)} is no column that the formula uses, and no other is "
                f"kept: pass the column itself, data[{quote(groups)}]"
            )
        labels = model_frame.frame[groups]
    else:
        labels = _read_labels(groups, model_frame.labels).iloc[model_frame.positions]
    if (missing := labels.isna().to_numpy()).any():
        rows = listing(model_frame.frame.index[missing][:1])
        raise ValueError(
            f"groups= misses a label in {missing.sum()} of {len(labels)} training rows, first in "
            f"row {rows}: give each row a group, a row alone one of its own"
        )
    try:
        codes, _ = pd.factorize(labels)
    except TypeError as fault:
        raise TypeError(f"labels of groups must be text or numbers: {fault}") from None
    return codes


def _read_labels(groups: Any, index: pd.Index) -> pd.Series:
    """The labels by position."""
    wanted = f"groups must be a label for each of {len(index)} rows of the data"
    try:
        labels = pd.Series(adopt(groups))
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}, or a column's name; not {type(groups).__name__}") from None
    if len(labels) != len(index):
        raise ValueError(f"{wanted}; this has {len(labels)}")
    check_order("groups", groups, index)
    return labels


def _deal_rows(n: int, k: int, generator: np.random.Generator, codes: Codes | None) -> Codes:
    """The fold of each row: dealt round robin, class after class, in random order."""
    order = generator.permutation(n)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[order] = generator.permutation(k)[np.arange(n) % k]
    return fold


def _count_classes(groups: Codes, codes: Codes | None) -> NDArray[np.intp]:
    """Rows (groups, 1 + classes): of all classes, then of each; without classes of one."""
    codes = np.zeros_like(groups) if codes is None else codes
    sizes, classes = np.bincount(groups), int(codes.max()) + 1
    counts = np.bincount(groups * classes + codes, minlength=len(sizes) * classes)
    return np.column_stack([sizes, counts.reshape(len(sizes), classes)])


def _deal_groups(
    counts: NDArray[np.intp], k: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """The fold of each group: the largest first, each to the fold that it unbalances least.

    Adding counts g to a fold that holds f raises the sum over folds and columns of the squared
    counts, each column over its total, by ``(g**2 + 2 f g) / total``: least where ``f @ (g /
    total)`` is. That sum is the chi-squared of equal shares, up to constants.
    """
    order = generator.permutation(len(counts))
    # Those of a size class after class, as single rows are dealt.
    shuffled = counts[order]
    order = order[np.lexsort((shuffled[:, 1:].argmax(axis=1), -shuffled[:, 0]))]
    weights = counts / np.maximum(counts.sum(axis=0), 1)
    held = np.zeros((k, counts.shape[1]))
    fold = np.empty(len(counts), dtype=np.intp)
    for group in order:
        fold[group] = which = int((held @ weights[group]).argmin())
        held[which] += counts[group]
    return generator.permutation(k)[fold]
