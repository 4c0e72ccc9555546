"""What first fits came to: a table of scores, and what they come to over all tables."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean, median
from typing import NamedTuple

from measure import show_seconds
from report import format_cells

# What is neither a linear model nor a network.
OTHERS = ("forest", "boosting", "truth")
NEAR = 0.05
# A fold counts for no less in a mean, so that one infinite loss is not all that a mean tells.
FLOOR = -1.0


class Standing(NamedTuple):
    """How a table was fitted.

    Attributes
    ----------
    name : str
    rows, columns, classes : int
        Columns of the formula without the intercept; 0 classes are numbers.
    scores, seconds : dict of str to list of float
        By contestant, one a fold.
    """

    name: str
    rows: int
    columns: int
    classes: int
    scores: dict[str, list[float]]
    seconds: dict[str, list[float]]

    def mean(self, player: str) -> float:
        """The mean score over folds, each at least -1."""
        return fmean(max(score, FLOOR) for score in self.scores[player])

    def is_near(self, player: str) -> bool:
        """Whether first, or within 0.05 of the best linear model or network."""
        rivals = [self.mean(name) for name in self.scores if name not in OTHERS]
        return self.mean(player) >= max(rivals) - NEAR


def describe_group(standings: list[Standing]) -> str:
    """A Markdown table: tables by contestants, then what sums them up."""
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
    """How far one is ahead of another, in words; nothing where one is missing."""
    if not {player, rival} <= {*standing.scores}:
        return ""
    gap = standing.mean(player) - standing.mean(rival)
    side = "ahead of" if gap >= 0.0 else "behind"
    return f"- {standing.name}: {player} {abs(gap):.3f} {side} {rival}."


def show(standing: Standing, player: str) -> str:
    """A mean score, or nothing."""
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
