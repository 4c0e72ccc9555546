"""Imports go down, never sideways or up, and every package of others has its doors.

A new module gets a row in ``LAYERS``: the modules of ours that it may import, all of them in the
layers above its own row, and the packages of others. The standard library is open to all.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import neuralnet

BELOW = "everything below"

LAYERS: list[dict[str, tuple[str, str]]] = [
    {
        "blas": ("", "threadpoolctl"),
        "exclusion": ("", ""),
        "integers": ("", "numpy pandas"),
        "memory": ("", ""),
        "messages": ("", ""),
        "quoting": ("", ""),
    },
    {
        "archive": ("messages", "numpy"),
        "arguments": ("messages", ""),
        "batches": ("", "numpy"),
        "coordinates": ("", "numpy"),
        "curvature": ("", "numpy"),
        "datasets": ("", "numpy pandas"),
        "disk": ("memory messages", ""),
        "display": ("messages quoting", "pandas"),
        "elementwise": ("integers memory", "numpy pandas"),
        "foreign": ("integers", "numpy pandas"),
        "history": ("", "numpy pandas"),
        "kinds": ("", "numpy pandas"),
        "metrics": ("integers messages", "numpy pandas"),
        "penalties": ("", "numpy"),
        "polynomials": ("", "numpy"),
        "plots.canvas": ("messages", "numpy matplotlib"),
        "progress": ("", "tqdm"),
        "protocols": ("", "numpy"),
        "separable": ("", "numpy"),
        "synonyms": ("messages", ""),
        "tables": ("messages", "numpy pandas"),
        "transforms": ("integers", "numpy pandas patsy"),
        "workspace": ("", "numpy"),
    },
    {
        "calls": ("synonyms", ""),
        "functions": ("elementwise kinds polynomials transforms", "numpy patsy"),
        "plots.panels": ("plots.canvas", "numpy"),
    },
    {
        "bounds": ("functions kinds messages", "numpy"),
        "memories": ("functions kinds polynomials transforms", "numpy patsy"),
        "plots.labels": ("messages plots.canvas plots.panels", "numpy"),
    },
    {
        "activations": ("arguments protocols", "numpy"),
        "collinearity": ("coordinates workspace", "numpy"),
        "expressions": ("bounds functions integers messages transforms", "numpy pandas patsy"),
        "families": ("messages protocols", "numpy"),
        "plots.columns": ("plots.canvas", "numpy"),
        "plots.confusion": ("messages plots.canvas plots.labels plots.panels", "numpy pandas"),
        "plots.loss": ("plots.canvas plots.labels plots.panels", "numpy pandas"),
        "plots.tuning": ("plots.canvas plots.labels plots.panels", "numpy pandas"),
        "plots.regions": ("messages plots.canvas plots.labels plots.panels", "numpy"),
        "assignments": ("foreign messages", "numpy pandas"),
        "schedules": ("arguments protocols", ""),
        "selection.tuning": ("", "pandas"),
        "settings": ("arguments", ""),
        "side_by_side": ("arguments messages", "numpy"),
        "stages": ("progress", ""),
        "optimality": ("protocols separable", "numpy"),
        "stopping": ("protocols", "numpy"),
        "variables": ("foreign integers messages", "numpy pandas"),
    },
    {"algebra": ("expressions messages", "patsy")},
    {
        "formula": ("algebra arguments expressions messages quoting", "patsy"),
        "initialization": ("arguments protocols", "numpy"),
        "beginnings": ("optimality protocols", "numpy"),
        "line_search": ("optimality protocols", "numpy"),
        "quadratics": ("optimality separable", "numpy"),
        "squares": ("separable", "numpy"),
        "perceptron": (
            "activations batches curvature families memory protocols workspace",
            "numpy",
        ),
        "plots.diagram": (
            "messages plots.canvas plots.columns plots.labels plots.panels",
            "numpy",
        ),
        "predictions": ("arguments families messages variables", "numpy pandas"),
        "tallies": ("integers messages variables", "numpy pandas"),
        "text_kinds": ("messages variables", "pandas"),
        "trials": ("families messages", "numpy"),
        "vetting": ("bounds expressions functions kinds messages", ""),
    },
    {"lbfgs": ("arguments beginnings line_search optimality protocols", "numpy")},
    {
        "newton": (
            "arguments beginnings lbfgs optimality protocols quadratics separable squares",
            "numpy",
        ),
    },
    {
        "optimizers": ("arguments lbfgs newton protocols", "numpy"),
        "plots": ("plots.confusion plots.diagram plots.loss plots.regions plots.tuning", ""),
        "hidden_units": ("batches coordinates perceptron workspace", "numpy"),
        "rates": ("batches perceptron protocols workspace", "numpy"),
        "runners": ("batches perceptron protocols side_by_side workspace", "numpy"),
        "spreads": ("coordinates perceptron workspace", "numpy"),
        "terms": ("expressions formula messages variables", "numpy pandas patsy"),
    },
    {
        "chunks": ("expressions integers messages tallies terms variables", "numpy pandas"),
        "compiled.inputs": ("activations families perceptron", "numpy"),
        "compiled.scalars": ("", "numpy numba"),
        "objective": (
            "batches coordinates penalties perceptron protocols runners",
            "numpy",
        ),
        "own_parts": ("activations families messages optimizers protocols", "numpy"),
    },
    {"compiled.kernel": ("compiled.inputs compiled.scalars", "numpy numba")},
    {
        "compiled.hessian": (
            "compiled.inputs compiled.kernel compiled.scalars families",
            "numpy",
        ),
        "compiled.loops": ("compiled.kernel compiled.scalars optimizers", "numpy"),
    },
    {
        "compiled.runner": (
            "batches compiled.hessian compiled.inputs compiled.loops families perceptron "
            "protocols runners workspace",
            "numpy",
        ),
    },
    {"compiled": ("compiled.runner", "")},
    {
        "choices": (
            "activations arguments compiled families optimizers own_parts perceptron protocols "
            "runners schedules",
            "numpy",
        ),
        "offsets": ("expressions messages terms variables", "numpy pandas"),
        "penalty_factors": ("arguments expressions formula messages terms", "numpy"),
        "responses": (
            "chunks expressions integers messages tallies terms variables",
            "numpy pandas",
        ),
        "subsets": (
            "expressions formula integers messages quoting terms variables",
            "numpy pandas",
        ),
        "states": ("coordinates objective protocols schedules stopping", "numpy"),
    },
    {
        "cases": ("arguments messages offsets subsets variables", "numpy pandas"),
        "turns": ("arguments objective own_parts protocols states stopping", "numpy"),
    },
    {
        "training": ("coordinates objective own_parts protocols states stopping turns", ""),
        "suspicions": (
            "chunks expressions formula kinds memory messages responses terms text_kinds variables",
            "numpy pandas",
        ),
    },
    {
        "design": (
            "cases chunks expressions formula messages offsets responses suspicions terms "
            "variables",
            "numpy pandas",
        ),
    },
    {
        "model": (
            "activations arguments batches blas cases choices collinearity coordinates design "
            "display expressions families initialization memory messages newton objective "
            "penalties penalty_factors perceptron predictions rates runners settings trials "
            "variables workspace",
            "numpy pandas",
        ),
    },
    {
        "conditioning": ("batches coordinates memory objective penalties", "numpy"),
        "pictures": ("coordinates messages model plots spreads variables", "numpy pandas"),
        "separation": ("batches coordinates families model workspace", "numpy"),
        "relearning": (
            "batches cases chunks coordinates design expressions messages model responses subsets "
            "variables",
            "patsy",
        ),
        "selection.confidence": ("batches model objective selection.tuning", "numpy"),
        "selection.folds": ("arguments foreign messages model states variables", "numpy pandas"),
    },
    {
        "plans": (
            "arguments batches choices conditioning coordinates memory messages model objective "
            "protocols rates stopping subsets states",
            "numpy pandas",
        ),
    },
    {
        "causes": ("coordinates hidden_units messages model plans rates workspace", "numpy"),
        "engines": ("choices coordinates model objective optimizers plans", "numpy"),
        "reports": ("arguments display messages plans progress protocols states", "numpy pandas"),
    },
    {
        "diagnosis": (
            "causes history messages model objective optimality penalties plans protocols "
            "separation states",
            "numpy pandas",
        ),
        "selection.rule": ("lbfgs model newton optimizers plans protocols schedules", ""),
        "selection.search": (
            "batches model plans protocols relearning side_by_side states training",
            "numpy",
        ),
    },
    {"selection.words": ("coordinates model selection.search selection.tuning", "")},
    {
        "selection.automatic": (
            "arguments model progress selection.folds selection.rule selection.search "
            "selection.tuning selection.words settings stages states",
            "numpy",
        ),
        "selection.cross_validation": (
            "chunks display messages model protocols relearning selection.confidence "
            "selection.folds selection.search stages",
            "numpy pandas",
        ),
        "selection.decay": (
            "model relearning selection.folds selection.rule selection.search selection.tuning "
            "selection.words side_by_side stages",
            "numpy",
        ),
    },
    {
        "selection.comparison": (
            "display messages model protocols selection.cross_validation",
            "numpy pandas",
        ),
    },
    {
        "selection": (
            "selection.automatic selection.comparison selection.confidence "
            "selection.cross_validation selection.decay selection.folds selection.tuning",
            "",
        ),
    },
    {
        "records": (
            "activations cases coordinates families initialization lbfgs memory newton "
            "optimizers penalties perceptron predictions protocols reports schedules "
            "selection.tuning settings stopping tables states variables",
            "numpy pandas",
        ),
    },
    {
        "proofs": ("design expressions formula functions transforms", "numpy pandas patsy"),
        "agreement": (
            "arguments coordinates initialization model offsets penalty_factors predictions "
            "records selection.tuning settings states",
            "numpy pandas",
        ),
        "formats": ("penalties perceptron records", "numpy"),
    },
    {
        "blueprints": (
            "design expressions formula functions kinds memories messages offsets proofs records "
            "responses tables terms transforms variables",
            "numpy patsy",
        ),
    },
    {
        "contents": (
            "agreement archive blueprints cases coordinates formats history messages model "
            "perceptron predictions protocols records reports selection.tuning settings tables "
            "states",
            "numpy pandas patsy",
        ),
    },
    {
        "files": (
            "archive blueprints cases contents disk expressions initialization memory messages "
            "model records states vetting",
            "numpy",
        ),
    },
    {"network": (BELOW, "numpy pandas")},
    {"__init__": (BELOW, "")},
    {"__main__": (BELOW, "")},
]

LEVELS = {name: level for level, layer in enumerate(LAYERS) for name in layer}
FOLDER = Path(neuralnet.__file__).parent
FILES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(FOLDER.rglob("*.py"))
}


def read_imports(source: str, *folder: str) -> Iterator[str]:
    """Yield the dotted names that a module in ``neuralnet/folder`` imports, anywhere in it.

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


def find_module(dotted: str, modules: set[str]) -> str:
    """Return the module of ours that a dotted name lies in, ``neuralnet`` being ``__init__``."""
    name = dotted.removeprefix("neuralnet").lstrip(".")
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or "__init__"


def split_imports(name: str) -> tuple[set[str], set[str]]:
    """Return what a module imports of ours and of others, the standard library left out."""
    path = FILES[name]
    folder = path.relative_to(FOLDER).parent.parts
    dotted = set(read_imports(path.read_text("utf-8"), *folder))
    ours = {each for each in dotted if each.split(".")[0] == "neuralnet"}
    others = {each.split(".")[0] for each in dotted - ours} - sys.stdlib_module_names
    return {find_module(each, set(FILES)) for each in ours}, others


def list_allowed(name: str) -> set[str]:
    inside = LAYERS[LEVELS[name]][name][0]
    if inside == BELOW:
        return {other for other, level in LEVELS.items() if level < LEVELS[name]}
    return set(inside.split())


@pytest.mark.parametrize("name", FILES)
def test_module_imports_only_what_its_row_allows(name: str) -> None:
    assert name in LEVELS, f"neuralnet.{name} has no place yet: give it a row in LAYERS, above."
    ours, others = split_imports(name)
    wrong = sorted(ours - list_allowed(name))
    assert not wrong, f"neuralnet.{name} may not import {wrong}: see its row in LAYERS"
    strange = sorted(others - set(LAYERS[LEVELS[name]][name][1].split()))
    assert not strange, f"neuralnet.{name} is no door to {strange}: see its row in LAYERS"


@pytest.mark.parametrize("name", LEVELS)
def test_row_of_the_table_is_a_module_and_goes_strictly_down(name: str) -> None:
    assert name in FILES, f"LAYERS places neuralnet.{name}, which is not there"
    strange = list_allowed(name) - set(LEVELS)
    assert not strange, f"the row of {name} allows {sorted(strange)}, which have no row"
    level = LEVELS[name]
    wrong = sorted(other for other in list_allowed(name) if LEVELS[other] >= level)
    assert not wrong, f"{name} is in layer {level}, and {wrong} not below it"


def test_each_module_stands_in_one_layer() -> None:
    assert len(LEVELS) == sum(map(len, LAYERS))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy as np, pandas.api", {"numpy", "pandas.api"}),
        ("from numpy.typing import NDArray", {"numpy.typing.NDArray"}),
        ("from .batches import Batch", {"neuralnet.batches.Batch"}),
        ("from . import display", {"neuralnet.display"}),
        ("import neuralnet.plots.canvas as c", {"neuralnet.plots.canvas"}),
        ("def f():\n    from neuralnet import plots", {"neuralnet.plots"}),
        ("if TYPE_CHECKING:\n    from .families import Family", {"neuralnet.families.Family"}),
        ("try:\n    import scipy\nexcept ImportError:\n    pass", {"scipy"}),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, found: set[str]) -> None:
    assert set(read_imports(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from .canvas import Axes", "neuralnet.plots.canvas.Axes"),
        ("from ..batches import Batch", "neuralnet.batches.Batch"),
        ("from .. import batches", "neuralnet.batches"),
    ],
)
def test_relative_imports_start_from_their_folder(source: str, found: str) -> None:
    assert list(read_imports(source, "plots")) == [found]


@pytest.mark.parametrize(
    ("dotted", "module"),
    [
        ("neuralnet.batches.Batch", "batches"),
        ("neuralnet.batches", "batches"),
        ("neuralnet.plots.canvas", "plots.canvas"),
        ("neuralnet.plots.plot_loss", "plots"),
        ("neuralnet.NeuralNetwork", "__init__"),
        ("neuralnet", "__init__"),
    ],
)
def test_dotted_names_lead_to_their_module(dotted: str, module: str) -> None:
    assert find_module(dotted, {"batches", "plots", "plots.canvas", "__init__"}) == module


def test_import_of_the_package_needs_no_extra() -> None:
    code = "import sys, neuralnet; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"neuralnet", "numpy", "pandas", "patsy"} <= loaded
    assert not loaded & {"matplotlib", "numba", "scipy", "sklearn", "statsmodels", "tqdm"}
