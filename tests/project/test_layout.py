"""Files and functions are short, and tests mirror the package.

A file or a function beyond the limits holds two things: part it by a noun of the field.
tests/NAME/test_FILE.py tests neuralnet/NAME/FILE.py.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from loops import case_by_case

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "neuralnet"
# Folders of tests of the whole: of promises to users, and of the project's files.
WHOLE = {"guarantees", "project"}

# Files that mirror no single file, and why.
EXCEPTIONS = {
    "test_instances": "tests the instances that other tests share",
    "test_loops": "tests the loops over cases that other tests use",
    "activations/test_activations": "all activations have the same properties",
    "design/test_model_matrix": "compares formula, coding and columns of X with R",
    "design/test_read_once": "counts reads of columns by all files of the folder",
    "design/test_unseen": "unseen= works in every method of a network that takes data",
    "errors/test_quoting": "all errors show what was given in a few words",
    "families/test_families": "all families have the same properties",
    "formula/test_formula_updates": "formula/updates.py; pytest allows one test_updates.py",
    "formula/test_odd_text": "any text, as a formula and as a condition",
    "model/test_kept_arguments": "model/arguments.py; pytest allows one test_arguments.py",
    "network/test_divergence": "what a user sees when training fails",
    "network/test_glm": "networks without a hidden layer are the models of R and statsmodels",
    "network/test_network_dates": "dates from the formula to files and plots",
    "network/test_network_imputation": "na_action='impute' in every method of a network",
    "network/test_network_mask": "train(mask=) with every optimizer, against other software",
    "network/test_network_offsets": "offsets from formula and argument to predictions",
    "network/test_network_responses": "several responses from the formula to predictions",
    "network/test_network_training": "the methods train and feedforward together",
    "network/test_trajectories": "weights of the networks in R after training",
    "optimizers/test_optimizers": "all optimizers have the same properties",
    "optimizers/test_schedules": "all schedules have the same properties",
    "perceptron/test_compiled": "the folder compiled/, compared with NumPy",
    "perceptron/test_switches": "both sides of each limit that selects an algorithm",
    "plots/test_plots": "all plots from arrays have the same properties",
    "storage/test_formats": "files of earlier releases, in tests/formats",
    "storage/test_stored_design": "storage/design.py; pytest allows one test_design.py",
    "training/test_per_row": "history, trace, messages and plots show the same losses",
}
FILES = sorted(
    path.relative_to(TESTS).with_suffix("").as_posix() for path in TESTS.rglob("test_*.py")
)

# Entries of neuralnet/ beside __init__.py, __main__.py and py.typed; lines of a file; lines of a
# function from ``def`` to its end, without its docstring.
MOST_ENTRIES, MOST_LINES, MOST_OF_FUNCTION = 17, 300, 40
LONGER_FILES = {
    "network/network": (899, "the one class, with a method and its documentation for each task"),
    "sklearn": (600, "one module of two estimators, whose 31 parameters scikit-learn wants listed"),
}
_ARGUMENTS = "each of many arguments has a line in the signature"
LONGER_FUNCTIONS = {
    "network/network:NeuralNetwork.__init__": (60, _ARGUMENTS),
    "network/network:NeuralNetwork.train": (65, _ARGUMENTS),
}
SOURCES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path.read_text("utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}


def measure_functions(node: ast.AST, inside: str = "") -> Iterator[tuple[str, int]]:
    """Yield the dotted name of each function in a tree, and its lines without a docstring."""
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{inside}.{child.name}".lstrip(".")
            if not isinstance(child, ast.ClassDef):
                has_docstring = ast.get_docstring(child) is not None
                first, last = child.body[0].lineno, child.body[0].end_lineno
                docstring = range(first, last + 1) if has_docstring else ()
                yield name, child.end_lineno - child.lineno + 1 - len(docstring)
        yield from measure_functions(child, name)


def test_the_package_has_few_entries() -> None:
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert len(entries - {"__init__.py", "__main__.py", "py.typed"}) <= MOST_ENTRIES


@case_by_case("name", SOURCES)
def test_files_are_short(name: str) -> None:
    most, _ = LONGER_FILES.get(name, (MOST_LINES, ""))
    lines = len(SOURCES[name].splitlines())
    assert lines <= most, f"{name}.py has {lines} lines, more than {most}: it holds two things"


@case_by_case("name", SOURCES)
def test_functions_are_short(name: str) -> None:
    for function, lines in measure_functions(ast.parse(SOURCES[name])):
        most, _ = LONGER_FUNCTIONS.get(f"{name}:{function}", (MOST_OF_FUNCTION, ""))
        assert lines <= most, f"{function} of {name}.py has {lines} lines, more than {most}"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f(a):\n    return a", {"f": 2}),
        ('def f(\n    a,\n):\n    """Text.\n\n    More.\n    """\n    return a', {"f": 4}),
        ("class C:\n    async def f(self):\n        def g(): ...", {"C.f": 2, "C.f.g": 1}),
        ("if True:\n    @decorate\n    def f(): ...", {"f": 1}),
    ],
)
def test_lines_of_functions_are_counted_without_docstrings(
    source: str, lines: dict[str, int]
) -> None:
    assert dict(measure_functions(ast.parse(source))) == lines


def test_longer_files_and_functions_exist() -> None:
    assert set(LONGER_FILES) <= set(SOURCES)
    found = {
        f"{name}:{function}"
        for name in {each.split(":")[0] for each in LONGER_FUNCTIONS}
        for function, _ in measure_functions(ast.parse(SOURCES[name]))
    }
    assert set(LONGER_FUNCTIONS) <= found


def find_source(name: str) -> Path:
    """Return the file of the package that a test file mirrors by its name."""
    path = PACKAGE / name
    return path.with_name(path.name.removeprefix("test_") + ".py")


@case_by_case("name", [each for each in FILES if each.split("/")[0] not in WHOLE])
def test_file_mirrors_a_file_of_the_package(name: str) -> None:
    assert find_source(name).is_file() != (name in EXCEPTIONS), (
        f"tests/{name}.py must be named after the file that it tests, or else be in EXCEPTIONS"
    )


def test_test_files_that_mirror_no_file_exist() -> None:
    assert set(EXCEPTIONS) <= set(FILES)
