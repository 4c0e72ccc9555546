"""Defaults of automatic training: their table is that of the README, and sizes select from it."""

import re
from pathlib import Path

from loops import case_by_case

from neuralnet import NeuralNetwork, load_iris
from neuralnet.selection.defaults import (
    DECAYS,
    DEFAULTS,
    FOLDS,
    MIN_FOLD_ROWS,
    SMALL_TABLE_DECAY,
    find_defaults,
)

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
UNITS = {"million": 1e6, "": 1.0}


def read_rows():
    """Limits, optimizer and starts of each line of the table in the README, in its order."""
    table = README.partition("| rows times weights | optimizer |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    for bound, optimizer, starts, *_ in rows:
        numbers = re.findall(r"(\d[\d,]*)( million)?", bound)
        cells, weights = float("inf"), float("inf")
        if "L1" in bound:
            numbers = numbers[1:]
        if numbers:
            number, unit = numbers[0]
            cells = float(number.replace(",", "")) * UNITS[unit.strip()]
        if "weights" in bound:
            weights = float(numbers[1][0])
        yield cells, weights, re.search(r"`(\w+)`", optimizer)[1], int(starts)


def test_readme_has_the_table_of_defaults():
    documented = sorted(read_rows())
    wanted = [
        (each.max_cells, each.max_weights, type(each.optimizer).__name__.lower(), each.starts)
        for each in DEFAULTS
    ]
    assert documented == sorted(wanted)
    text = " ".join(README.split())
    assert f"of {len(DECAYS)} decays from {DECAYS[0]:g} to {DECAYS[-1]:g}" in text
    assert f"in {FOLDS} folds stratified by class" in text
    assert f"fewer folds where a fold would have fewer than {MIN_FOLD_ROWS} rows" in text
    with_few = f"with fewer than {2 * MIN_FOLD_ROWS} rows no folds, and decay {SMALL_TABLE_DECAY:g}"
    assert with_few in text


@case_by_case(
    ("arguments", "rows", "batch_size", "wanted"),
    [
        ({}, 150, None, "Newton"),
        ({"hidden": 12}, 150, None, "Newton"),
        ({"hidden": 12}, 5_000, None, "LBFGS"),
        ({"hidden": 100}, 150, None, "LBFGS"),
        ({}, 1_000_000, None, "LBFGS"),
        ({}, 10_000_000, None, "Adam"),
        ({}, 150, 20, "Adam"),
        ({"activation": "relu"}, 150, None, "LBFGS"),
        ({"mixture": 0.5, "decay": 1.0}, 150, None, "Rprop"),
        ({"mixture": 0.5, "decay": 1.0}, 10_000_000, None, "Adam"),
    ],
)
def test_sizes_and_what_was_given_decide(arguments, rows, batch_size, wanted):
    model = NeuralNetwork("Species ~ .", load_iris(), **arguments)._model
    assert type(find_defaults(model, rows, batch_size).optimizer).__name__ == wanted
