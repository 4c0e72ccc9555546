"""Rows drawn again: exact counts, weights as repeated rows, whole groups and whole blocks."""

import numpy as np
import pytest
from loops import case_by_case

from neuralnet.inference.resampling.row_draws import RowDraws, draw_counts

W = np.array([2.0, 0.0, 1.0, 3.0, 1.0, 0.0])


class Grid:
    """A generator that draws each share of the rows once."""

    def random(self, n):
        return (np.arange(n) + 0.5) / n


@case_by_case("w", [W, np.ones(5), 0.5 * W, W / 7.0, np.array([0.2, 0.1])])
def test_each_share_drawn_once_gives_the_weights(w):
    """Where the sum is no whole number, rows count a share more: their sum is kept."""
    counts = draw_counts(w, Grid())
    assert counts.sum() == pytest.approx(w.sum(), rel=1e-14)
    assert not counts[w == 0.0].any()
    if (w == np.rint(w)).all():
        np.testing.assert_array_equal(counts, w)


@case_by_case("seed", range(20))
def test_a_weight_of_two_is_a_row_twice(seed):
    rows = np.repeat(np.arange(len(W)), W.astype(int))
    repeated = draw_counts(np.ones(len(rows)), np.random.default_rng(seed))
    together = np.bincount(rows, repeated, len(W))
    np.testing.assert_array_equal(draw_counts(W, np.random.default_rng(seed)), together)


def test_groups_are_drawn_whole():
    groups = np.array([0, 1, 1, 0, 2, 3, 3])
    w = np.array([1.0, 2.0, 0.0, 1.0, 3.0, 0.0, 0.0])
    seen = set()
    for seed in range(30):
        drawn = RowDraws(w, groups=groups).draw(np.random.default_rng(seed))
        counts = drawn[[0, 1, 4]] / w[[0, 1, 4]]
        np.testing.assert_array_equal(drawn[:5], counts[groups[:5]] * w[:5])
        # The last group has no weight, and is none.
        assert counts.sum() == 3
        seen.update(counts)
    assert seen == {0.0, 1.0, 2.0, 3.0}


@case_by_case("n,length", [(12, 3), (12, 1), (12, 12), (20, 4)])
def test_blocks_are_consecutive_and_whole(n, length):
    w = np.arange(1.0, n + 1.0)
    for seed in range(20):
        counts = RowDraws(w, blocks=length).draw(np.random.default_rng(seed)) / w
        blocks = 0
        while counts.any():
            # The first row that is left begins a block.
            first = int(np.flatnonzero(counts)[0])
            counts[first : first + length] -= 1.0
            assert (counts >= 0.0).all()
            blocks += 1
        assert blocks * length == n


class Starts:
    """A generator that draws known blocks, the first and the last possible one among them."""

    def integers(self, low, high, size):
        assert (low, high, size) == (0, 11, 4)
        return np.array([high - 1, low, 3, 5])


def test_the_last_block_is_cut():
    drawn = RowDraws(np.ones(14), blocks=4).draw(Starts())
    rows = [10, 11, 12, 13, 0, 1, 2, 3, 3, 4, 5, 6, 5, 6]
    np.testing.assert_array_equal(drawn, np.bincount(rows, minlength=14))
