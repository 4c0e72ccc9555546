"""Compare first fits with peers: ``python tests/benchmarks/first_fit.py [--quick] [options]``.

Measures the accuracy of a fit with default options. Scores are 1 - deviance / null deviance of the
test rows, where the null deviance is that of the mean or class shares of the training rows: R
squared for numbers, explained log loss for classes; 0 is an intercept alone, 1 is perfect. Each
table is split into 5 folds, stratified for classes; the large tables into one.

A complete run at full size writes ``first_fit.md`` in this folder; any run writes the file given by
``--to``. Peers are slow: with ``--json`` their results are stored, and only ours are recomputed.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import os
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NEURALNET_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import pandas as pd
from contestants import CONTESTANTS, Fold
from large_table import make_fold
from measure import HERE, Skip
from real_tables import TABLES, Table, split
from report import describe_machine
from standings import FLOOR, Standing, describe_gap, describe_group

from neuralnet import NeuralNetwork

OURS = "ours"
LARGE = {"large numbers": False, "large classes": True}
PLAYERS = {
    "large": (OURS, "linear", "boosting", "truth"),
    "ordinary": tuple(name for name in CONTESTANTS if name != "truth"),
}
PLAYERS["tiny"] = PLAYERS["ordinary"]
PACKAGES = ("numpy", "pandas", "scikit-learn", "statsmodels", "torch", "pytabkit")
# Maximum number of rows of a table in a quick run.
SMALL = 350
MEANING = (
    "Scores are 1 - deviance / null deviance of rows kept back, the mean of 5 folds, each counted "
    f"as {FLOOR:g} where it is below; the lowest fold is reported as it is. Seconds are the "
    "processor's for a fit on one thread, choices of its own included."
)

# Score and seconds by table, contestant and fold.
Figures = dict[str, dict[str, dict[str, list[float]]]]


def main(arguments: list[str]) -> None:
    """Run the requested tables and contestants."""
    names = [*TABLES, *LARGE]
    parser = ArgumentParser(prog="python tests/benchmarks/first_fit.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one fold of small tables")
    parser.add_argument("--tables", metavar="A,B", help=f"of {', '.join(names)}")
    parser.add_argument("--contestants", metavar="A,B", help=f"of {', '.join(CONTESTANTS)}")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the tables to this file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures of peers here")
    asked = parser.parse_args(arguments)
    for name, known in (("tables", names), ("contestants", [*CONTESTANTS])):
        chosen = getattr(asked, name).split(",") if getattr(asked, name) else known
        if unknown := set(chosen) - set(known):
            parser.error(f"no {name} {', '.join(sorted(unknown))}: there are {', '.join(known)}")
        setattr(asked, name, [each for each in known if each in chosen])
    if asked.quick and asked.json:
        parser.error("--json keeps the figures of full sizes: leave out --quick")
    whole = not asked.quick and asked.tables == names and asked.contestants == [*CONTESTANTS]
    text = run(asked)
    print(text)
    if path := asked.to or (HERE / "first_fit.md" if whole else None):
        path.write_text(f"{text}\n", encoding="utf-8")


def run(asked: Namespace) -> str:
    """Fit all folds without stored results, and format the report."""
    kept: Figures = {}
    if asked.json and asked.json.exists():
        kept = json.loads(asked.json.read_text(encoding="utf-8"))
    groups: dict[str, list[Standing]] = {}
    skipped: dict[str, None] = {}
    for name in asked.tables:
        group = TABLES[name].group if name in TABLES else "large"
        try:
            folds = [*open_folds(name, asked.quick)]
        except Skip as missing:
            skipped[f"{name}: {missing}"] = None
            continue
        if not folds:
            continue
        figures = kept.setdefault(name, {})
        for player in (each for each in PLAYERS[group] if each in asked.contestants):
            try:
                compete(player, folds, figures)
            except Skip as missing:
                skipped[f"{player}: {missing}"] = None
            if asked.json:
                asked.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        groups.setdefault(group, []).append(stand(name, folds, figures, asked.contestants))
    return describe(groups, [*skipped])


def describe(groups: dict[str, list[Standing]], skipped: list[str]) -> str:
    """Report in Markdown: the machine, a table for each group, and missing peers."""
    parts = [f"{describe_machine(PACKAGES)}. {MEANING}"]
    for group, standings in groups.items():
        parts.append(f"### {group}\n\n{describe_group(standings)}")
    gaps = (describe_gap(each, OURS, "boosting") for each in groups.get("large", []))
    parts.append("\n".join(filter(None, gaps)))
    if skipped:
        parts.append(f"Skipped: {'; '.join(skipped)}.")
    return "\n\n".join(filter(None, parts))


def open_folds(name: str, quick: bool) -> Iterator[Fold]:
    """Folds of a table; a quick run shrinks large tables and takes one fold of small ones."""
    if name in LARGE:
        yield make_fold(LARGE[name], *((2000, 10) if quick else (200_000, 50)))
        return
    table = TABLES[name]
    data = table.load()
    if not quick:
        yield from cut(table, data)
    elif len(data) <= SMALL:
        yield next(cut(table, data))


def cut(table: Table, data: pd.DataFrame) -> Iterator[Fold]:
    """Split a table into folds; of these formulas only factor levels depend on the data."""
    with warnings.catch_warnings():
        # Some pixels of the digits are 0 in every row.
        warnings.simplefilter("ignore")
        network = NeuralNetwork(table.formula, data)
    X, Y = network.X[:, 1:], data[table.response].to_numpy()
    if network.classes:
        Y = pd.Categorical(Y, network.classes).codes.astype(int)
    for seed, (train, test) in enumerate(split(data[table.response])):
        yield Fold(
            formula=table.formula,
            train=data.iloc[train].reset_index(drop=True),
            test=data.iloc[test].reset_index(drop=True),
            X=X[train],
            X_new=X[test],
            Y=Y[train],
            Y_new=Y[test],
            K=len(network.classes),
            seed=seed,
        )


def compete(player: str, folds: list[Fold], figures: dict[str, dict[str, list[float]]]) -> None:
    """Fit the folds without stored results; ours are always refitted."""
    if player == OURS:
        figures[player] = {}
    for fold in folds:
        if str(fold.seed) in figures.get(player, {}):
            continue
        fit = CONTESTANTS[player](fold)
        figures.setdefault(player, {})[str(fold.seed)] = [score(fold, fit.means), fit.seconds]


def score(fold: Fold, means: np.ndarray) -> float:
    """1 - deviance / null deviance of the test rows; -inf if the loss is not finite."""
    if fold.K:
        shares = np.bincount(fold.Y, minlength=fold.K) / len(fold.Y)
        with np.errstate(divide="ignore"):
            loss = -np.log(means[np.arange(len(means)), fold.Y_new]).sum()
        null = -np.log(shares[fold.Y_new]).sum()
    else:
        loss = ((fold.Y_new - means) ** 2).sum()
        null = ((fold.Y_new - fold.Y.mean()) ** 2).sum()
    return float(1.0 - loss / null) if np.isfinite(loss) else -np.inf


def stand(
    name: str,
    folds: list[Fold],
    figures: dict[str, dict[str, list[float]]],
    contestants: list[str],
) -> Standing:
    """Results of a table, from the contestants that fitted all of its folds."""
    seeds = [str(fold.seed) for fold in folds]
    full = {
        player: [figures[player][seed] for seed in seeds]
        for player in contestants
        if all(seed in figures.get(player, {}) for seed in seeds)
    }
    rows = len(folds[0].Y) + len(folds[0].Y_new)
    scores, seconds = (
        {player: [pair[i] for pair in pairs] for player, pairs in full.items()} for i in (0, 1)
    )
    line = {player: round(fmean(values), 3) for player, values in scores.items()}
    print(f"{name}: {line}", file=sys.stderr, flush=True)
    return Standing(name, rows, folds[0].X.shape[1], folds[0].K, scores, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
