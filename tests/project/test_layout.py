"""Tests mirror the package: tests/NAME/test_FILE.py tests neuralnet/NAME/FILE.py."""

from pathlib import Path

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


def find_source(name: str) -> Path:
    """Return the file of the package that a test file mirrors by its name."""
    path = PACKAGE / name
    return path.with_name(path.name.removeprefix("test_") + ".py")


@case_by_case("name", [each for each in FILES if each.split("/")[0] not in WHOLE])
def test_file_mirrors_a_file_of_the_package(name: str) -> None:
    assert find_source(name).is_file() != (name in EXCEPTIONS), (
        f"tests/{name}.py must be named after the file that it tests, or else be in EXCEPTIONS"
    )


def test_exceptions_exist() -> None:
    assert set(EXCEPTIONS) <= set(FILES)
