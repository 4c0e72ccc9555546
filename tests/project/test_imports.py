"""Wings import downwards, never sideways or up, and each third-party package has its doors.

A wing is a folder of ``neuralnet/`` or a file beside the folders. ``WINGS`` lists them from the
lowest to the highest, each with the wings that it may import, all of them in rows above its own.
A new file inside a wing needs no row.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
from loops import case_by_case

import neuralnet

EVERYTHING = (
    "errors optimizers activations families formula metrics datasets design perceptron model"
)
EVERYTHING += " training inference selection plots storage"

WINGS = {
    "errors": "",
    "optimizers": "errors",
    "activations": "errors optimizers",
    "families": "errors optimizers",
    "formula": "errors",
    "metrics": "errors",
    "datasets": "errors",
    "design": "formula errors",
    "perceptron": "activations families optimizers errors",
    "model": "design perceptron metrics activations families optimizers formula errors",
    "training": "model design perceptron families optimizers errors",
    "inference": "training model design perceptron metrics activations families optimizers errors",
    "selection": "inference training model design perceptron optimizers errors",
    "plots": "model design perceptron metrics errors",
    "storage": "selection training model design perceptron formula optimizers families "
    "activations errors",
    "network": EVERYTHING,
    "sklearn": "network training design formula errors",
    "__init__": f"{EVERYTHING} network",
    "__main__": "network datasets activations families errors __init__",
}

# What may be imported from inside another wing: the compiled engine, which needs an extra.
SIDE_DOORS = {"perceptron/compiled/__init__"}

# Where a third-party package may be imported: in a whole wing or in single files.
DOORS = {
    "numpy": " ".join(WINGS),
    "pandas": "metrics datasets formula design perceptron model training inference "
    "selection plots storage network sklearn",
    "patsy": "formula design/matrix model/fold storage",
    "threadpoolctl": "perceptron/blas",
    "numba": "perceptron/compiled",
    "matplotlib": "plots/canvas __main__",
    "tqdm": "training/progress",
    "sklearn": "sklearn",
    "marginaleffects": "inference/effects/marginaleffects_model",
    "pyarrow": "design/foreign_tables",
    "polars": "inference/effects/marginaleffects_model",
}

FOLDER = Path(neuralnet.__file__).parent
FILES = {
    path.relative_to(FOLDER).with_suffix("").as_posix(): path
    for path in sorted(FOLDER.rglob("*.py"))
}


def find_wing(name: str) -> str:
    """Return the wing of a file or of a dotted name of ours; ``__init__`` for ``neuralnet``."""
    first = name.replace("/", ".").split(".")[0]
    return first if first in WINGS else "__init__"


def read_imports(source: str, *folder: str) -> Iterator[str]:
    """Yield the dotted names that a module in ``neuralnet/folder`` imports, at any level.

    ``from a import b`` gives ``a.b``, which may be a module or a name in one.
    """
    here = ["neuralnet", *folder]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def split_imports(name: str) -> tuple[set[str], set[str]]:
    """Return what a file imports of ours, without ``neuralnet.``, and the packages of others."""
    folder = Path(name).parent.parts
    dotted = set(read_imports(FILES[name].read_text("utf-8"), *folder))
    ours = {each for each in dotted if each.split(".")[0] == "neuralnet"}
    others = {each.split(".")[0] for each in dotted - ours} - sys.stdlib_module_names
    return {each.removeprefix("neuralnet").lstrip(".") for each in ours}, others


def find_file(dotted: str) -> str:
    """Return the file that a dotted name of ours lies in."""
    parts = dotted.split(".")
    while parts:
        for name in ("/".join(parts), "/".join([*parts, "__init__"])):
            if name in FILES:
                return name
        parts.pop()
    return "__init__"


@cache
def read_exports(wing: str) -> set[str]:
    """Return the names that other wings may import from a folder.

    Those in its ``__all__``, and those that users do not need: ``from .file import name as name``.
    """
    tree = ast.parse(FILES[f"{wing}/__init__"].read_text("utf-8"))
    names = set(import_module(f"neuralnet.{wing}").__all__)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names if alias.name == alias.asname}
    return names


@case_by_case("wing", WINGS)
def test_row_allows_only_wings_above_it(wing: str) -> None:
    above = [*WINGS][: [*WINGS].index(wing)]
    allowed = set(WINGS[wing].split()) - ({"__init__"} if wing == "__main__" else set())
    assert allowed <= set(above)
    assert any(find_wing(name) == wing for name in FILES), f"there is no wing {wing}"


@case_by_case("name", FILES)
def test_file_imports_only_wings_of_its_row(name: str) -> None:
    wing = find_wing(name)
    assert wing != "__init__" or name == "__init__", f"{name} is in no wing: give it a row in WINGS"
    ours, _ = split_imports(name)
    wrong = {find_wing(each) for each in ours} - {wing, *WINGS[wing].split()}
    assert not wrong, f"{name} may not import {sorted(wrong)}: see its row in WINGS"


@case_by_case("name", FILES)
def test_other_wings_are_entered_by_their_exported_names(name: str) -> None:
    """A name that a wing's ``__init__`` does not export is private to the wing."""
    for each in split_imports(name)[0]:
        wing, _, inside = each.partition(".")
        if not inside or wing == find_wing(name) or f"{wing}/__init__" not in FILES:
            continue
        exported = inside.partition(".")[0] in read_exports(wing)
        known = exported or find_file(each) in SIDE_DOORS
        assert known, f"{name} imports {inside}, which {wing}/__init__.py does not export"


@case_by_case("name", FILES)
def test_third_party_packages_are_imported_at_their_doors_only(name: str) -> None:
    _, others = split_imports(name)
    for package in others:
        assert package in DOORS, f"{name} imports {package}, which has no door"
        doors = DOORS[package].split()
        opened = [door for door in doors if name == door or name.startswith(f"{door}/")]
        assert opened, f"{name} is no door to {package}: those are {DOORS[package]}"


@case_by_case("wing", sorted({find_wing(name) for name in FILES}))
def test_no_cycle_inside_a_wing(wing: str) -> None:
    graph = {}
    for name in FILES:
        if find_wing(name) == wing:
            found = {find_file(each) for each in split_imports(name)[0]}
            graph[name] = {each for each in found if find_wing(each) == wing} - {name}
    TopologicalSorter(graph).prepare()  # raises CycleError


@case_by_case(
    ("source", "found"),
    [
        ("import numpy as np, pandas.api", {"numpy", "pandas.api"}),
        ("from numpy.typing import NDArray", {"numpy.typing.NDArray"}),
        ("from .batch import Batch", {"neuralnet.perceptron.batch.Batch"}),
        ("from . import engine", {"neuralnet.perceptron.engine"}),
        ("from ..families import Family", {"neuralnet.families.Family"}),
        ("import neuralnet.plots.canvas as c", {"neuralnet.plots.canvas"}),
        ("def f():\n    from neuralnet import plots", {"neuralnet.plots"}),
        ("if TYPE_CHECKING:\n    from .batch import Batch", {"neuralnet.perceptron.batch.Batch"}),
        ("try:\n    import scipy\nexcept ImportError:\n    pass", {"scipy"}),
    ],
)
def test_imports_are_found_at_any_level(source: str, found: set[str]) -> None:
    assert set(read_imports(source, "perceptron")) == found


@pytest.mark.parametrize(
    ("dotted", "file"),
    [
        ("perceptron.batch.Batch", "perceptron/batch"),
        ("perceptron.batch", "perceptron/batch"),
        ("plots.plot_loss", "plots/__init__"),
        ("NeuralNetwork", "__init__"),
        ("", "__init__"),
    ],
)
def test_dotted_names_lead_to_their_file(dotted: str, file: str) -> None:
    assert find_file(dotted) == file


def test_import_of_the_package_needs_no_extra() -> None:
    code = "import sys, neuralnet; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"neuralnet", "numpy", "pandas", "patsy"} <= loaded
    extras = {"marginaleffects", "matplotlib", "numba", "polars", "scipy", "tqdm"}
    assert not loaded & (extras | {"sklearn", "statsmodels"})
