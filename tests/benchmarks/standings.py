"""Summarize first fits: a table of scores, and summaries over all tables."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean, median
from typing import NamedTuple

from measure import show_seconds
from report import format_cells

# Contestants that are neither a linear model nor a network.
OTHERS = ("forest", "boosting", "truth")
NEAR = 0.05
# Lower bound of the score of a fold, so that one infinite loss does not dominate a mean.
FLOOR = -1.0


class Standing(NamedTuple):
    """Results of one table.

    Attributes
    ----------
    name : str
    rows, columns, classes : int
        Columns of the formula without the intercept; 0 classes for a numeric response.
    scores, seconds : dict of str to list of float
        By contestant, one number per fold.
    """

    name: str
    rows: int
    columns: int
    classes: int
    scores: dict[str, list[float]]
    seconds: dict[str, list[float]]

    def mean(self, player: str) -> float:
        """Mean score over folds, each at least -1."""
        return fmean(max(score, FLOOR) for score in self.scores[player])

    def is_near(self, player: str) -> bool:
        """True if first, or within 0.05 of the best linear model or network."""
        rivals = [self.mean(name) for name in self.scores if name not in OTHERS]
        return self.mean(player) >= max(rivals) - NEAR


def describe_group(standings: list[Standing]) -> str:
    """Markdown table of tables by contestants, followed by summaries."""
    met = {player: None for standing in standings for player in standing.scores}
    heads = ["table", "rows", "columns", "classes", *met]
    lines = [
        [
            standing.name,
            f"{standing.rows:,}",
            str(standing.columns),
            str(standing.classes or ""),
            *(show(standing, player) for player in met),
        ]
        for standing in standings
    ]
    full = [player for player in met if all(player in each.scores for each in standings)]
    for title, sum_up in SUMS.items():
        cells = (sum_up(standings, player) if player in full else "" for player in met)
        lines.append([title, "", "", "", *cells])
    return format_cells([heads, *lines])


def describe_gap(standing: Standing, player: str, rival: str) -> str:
    """Mean lead of one contestant over another, in words; empty if one is missing."""
    if not {player, rival} <= {*standing.scores}:
        return ""
    gap = standing.mean(player) - standing.mean(rival)
    side = "ahead of" if gap >= 0.0 else "behind"
    return f"- {standing.name}: {player} {abs(gap):.3f} {side} {rival}."


def show(standing: Standing, player: str) -> str:
    """Formatted mean score, or an empty string."""
    return f"{standing.mean(player):.3f}" if player in standing.scores else ""


def _average(standings: list[Standing], player: str) -> str:
    return f"{fmean(standing.mean(player) for standing in standings):.3f}"


def _count_near(standings: list[Standing], player: str) -> str:
    return f"{sum(standing.is_near(player) for standing in standings)} of {len(standings)}"


def _find_lowest_table(standings: list[Standing], player: str) -> str:
    return f"{min(standing.mean(player) for standing in standings):.3f}"


def _find_lowest_fold(standings: list[Standing], player: str) -> str:
    return f"{min(min(standing.scores[player]) for standing in standings):.3f}"


def _find_median_seconds(standings: list[Standing], player: str) -> str:
    return show_seconds(median(s for standing in standings for s in standing.seconds[player]))


def _find_longest(standings: list[Standing], player: str) -> str:
    return show_seconds(max(max(standing.seconds[player]) for standing in standings))


SUMS: dict[str, Callable[[list[Standing], str], str]] = {
    "mean": _average,
    f"near the best linear model or network (within {NEAR})": _count_near,
    "lowest table": _find_lowest_table,
    "lowest fold": _find_lowest_fold,
    "seconds a fit, median": _find_median_seconds,
    "seconds a fit, longest": _find_longest,
}
