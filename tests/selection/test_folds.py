"""Folds of cross-validation: partitions, balanced by class and by group."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from loops import case_by_case
from sklearn.model_selection import StratifiedGroupKFold

from neuralnet.selection.folds import draw_folds


def draw(seed=1):
    return np.random.default_rng(seed)


def count(masks, codes):
    """Count the rows of each code in each fold (folds, codes)."""
    return np.array([np.bincount(codes[held], minlength=codes.max() + 1) for held in masks])


def check_partition(masks, n, k, repeats=1):
    assert len(masks) == k * repeats
    for start in range(0, len(masks), k):
        np.testing.assert_array_equal(np.sum(masks[start : start + k], axis=0), np.ones(n))
    assert all(held.any() and not held.all() for held in masks)


@st.composite
def tables(draw):
    """Draw classes, groups and a possible number of folds."""
    n = draw(st.integers(2, 60))
    codes = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    groups = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    return np.array(codes), np.array(groups), draw(st.integers(2, min(n, 12)))


@given(table=tables(), repeats=st.integers(1, 3), seed=st.integers(0, 99))
def test_sizes_and_classes_differ_by_a_row_at_most(table, repeats, seed):
    codes, _, k = table
    n = len(codes)
    for classes in (None, codes):
        masks = draw_folds(n, k, draw(seed), codes=classes, repeats=repeats)
        check_partition(masks, n, k, repeats)
        for start in range(0, len(masks), k):
            each = masks[start : start + k]
            assert np.ptp([held.sum() for held in each]) <= 1
            if classes is not None:
                assert np.ptp(count(each, codes), axis=0).max() <= 1


@given(table=tables(), seed=st.integers(0, 99), stratify=st.booleans())
def test_groups_stay_together(table, seed, stratify):
    codes, groups, k = table
    classes = codes if stratify else None
    if len(np.unique(groups)) < k:
        with pytest.raises(ValueError, match=f"k={k} folds of whole groups .* rows are in"):
            draw_folds(len(groups), k, draw(seed), codes=classes, groups=groups)
        return
    masks = draw_folds(len(groups), k, draw(seed), codes=classes, groups=groups)
    check_partition(masks, len(groups), k)
    assert (count(masks, groups) > 0).sum(axis=0).max() == 1
    if not stratify:
        largest = np.bincount(groups).max()
        assert np.ptp([held.sum() for held in masks]) <= largest


def test_groups_of_one_row_are_rows():
    codes = draw().integers(0, 3, 50)
    alone = draw_folds(50, 4, draw(7), codes=codes, groups=draw(2).permutation(50))
    np.testing.assert_array_equal(alone, draw_folds(50, 4, draw(7), codes=codes))


def test_groups_of_a_size_and_a_class_each_are_assigned_evenly():
    """Three classes of 10, 20 and 30 groups of 4 rows in 5 folds: 8, 16 and 24 rows in each."""
    group_class = draw(3).permutation(np.repeat([0, 1, 2], [10, 20, 30]))
    groups = draw(4).permutation(np.repeat(np.arange(60), 4))
    codes = group_class[groups]
    masks = draw_folds(240, 5, draw(5), codes=codes, groups=groups)
    np.testing.assert_array_equal(count(masks, codes), np.tile([8, 16, 24], (5, 1)))


def test_large_groups_are_filled_up_by_small_ones():
    """4 folds of 9 rows are possible: 9, 6 + 3, 5 + 4, and 9 groups of one row."""
    groups = np.repeat(np.arange(15), [9, 6, 5, 4, 3, *[1] * 9, 0])
    masks = draw_folds(36, 4, draw(), groups=groups)
    assert [held.sum() for held in masks] == [9, 9, 9, 9]


def measure_imbalance(masks, codes):
    """Chi-squared statistic of the folds by class, against equal shares."""
    counts = count(masks, codes)
    wanted = counts.sum(axis=0) / len(masks)
    return ((counts - wanted) ** 2 / wanted).sum()


def test_classes_in_groups_are_balanced_no_worse_than_by_scikit_learn():
    ours, theirs = [], []
    for seed in range(20):
        rng = draw(seed)
        groups = rng.integers(0, 30, 200)
        # Each group has mostly rows of one class.
        lean = rng.integers(0, 3, 30)
        codes = np.where(rng.random(200) < 0.6, lean[groups], rng.integers(0, 3, 200))
        ours.append(measure_imbalance(draw_folds(200, 5, rng, codes=codes, groups=groups), codes))
        split = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        held = [np.isin(np.arange(200), test) for _, test in split.split(codes, codes, groups)]
        theirs.append(measure_imbalance(held, codes))
    assert np.mean(ours) <= np.mean(theirs)


@pytest.mark.parametrize("groups", [None, np.arange(30) // 2])
def test_same_generator_gives_the_same_folds(groups):
    one, other = (draw_folds(30, 5, draw(9), groups=groups, repeats=2) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one[:5], one[5:])
    assert not np.array_equal(one, draw_folds(30, 5, draw(10), groups=groups, repeats=2))


def test_any_row_can_be_in_any_fold():
    """Over many draws each row is in each fold equally often, within five standard deviations."""
    counts = np.zeros((4, 10))
    for seed in range(400):
        counts += draw_folds(10, 4, draw(seed), codes=np.arange(10) % 2)
    assert np.abs(counts - 100).max() < 5 * np.sqrt(400 * 0.25 * 0.75)


def test_codes_of_groups_may_leave_numbers_out():
    groups = np.array([3, 3, 900, 900, 40, 40])
    masks = draw_folds(6, 3, draw(), groups=groups)
    assert sorted(groups[held].tolist() for held in masks) == [[3, 3], [40, 40], [900, 900]]


@case_by_case(
    ("n", "k", "options", "error", "reported"),
    [
        (9, 1, {}, ValueError, "k must be a whole number of at least 2, not 1"),
        (9, 2.5, {}, ValueError, "k must be a whole number"),
        (9, "3", {}, TypeError, "k must be a whole number"),
        (9, 10, {}, ValueError, "k=10 folds need at least one row each; there are 9 rows"),
        (9, 3, {"repeats": 0}, ValueError, "repeats must be a whole number of at least 1"),
        (4, 3, {"groups": np.array([0, 0, 1, 1])}, ValueError, "the 4 rows are in 2 groups"),
    ],
)
def test_impossible_folds_are_refused(n, k, options, error, reported):
    with pytest.raises(error, match=reported):
        draw_folds(n, k, draw(), **options)
