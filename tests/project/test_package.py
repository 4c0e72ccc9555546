"""Facts that several files state agree, and the public names are complete."""

import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import pytest
from loops import case_by_case
from packaging.requirements import Requirement

import neuralnet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FOR_DEVELOPERS = {"all", "dev", "docs", "test"}
# Too large for other environments: ``.ci/run`` tests it in one of its own.
APART = {"marginaleffects"}
# Too large for who does not use it.
NOT_IN_ALL = {"sklearn"}
EXTRAS = PROJECT["optional-dependencies"]
USER_EXTRAS = {name: lines for name, lines in EXTRAS.items() if name not in FOR_DEVELOPERS | APART}


def read_pins() -> dict[str, str]:
    lines = (ROOT / "tests" / "oldest.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_public_names_are_all_listed() -> None:
    public = {
        name
        for name, value in vars(neuralnet).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public - set(neuralnet.__all__) == set()


def test_listed_names_are_sorted_and_there() -> None:
    assert neuralnet.__all__ == sorted(set(neuralnet.__all__))
    assert [name for name in neuralnet.__all__ if not hasattr(neuralnet, name)] == []


def test_dir_shows_the_public_names() -> None:
    assert sorted(dir(neuralnet)) == sorted([*neuralnet.__all__, "__version__"])


MODULES = (
    "activations",
    "datasets",
    "families",
    "inference",
    "metrics",
    "optimizers",
    "schedules",
)


@case_by_case("name", MODULES)
def test_public_module_lists_its_names(name: str) -> None:
    module = getattr(neuralnet, name)
    assert name in neuralnet.__all__ and isinstance(module, ModuleType)
    assert module.__all__ == sorted(set(module.__all__), key=module.__all__.index)
    assert [each for each in module.__all__ if not hasattr(module, each)] == []


@case_by_case("name", MODULES)
def test_public_module_is_imported_by_its_public_name(name: str) -> None:
    """Also ``neuralnet.schedules``, whose folder is inside of ``optimizers``."""
    assert import_module(f"neuralnet.{name}") is getattr(neuralnet, name)


def test_schedules_have_one_class_each_by_either_name() -> None:
    """Imports of both names in a new process, where none has been imported before."""
    code = (
        "import neuralnet.schedules, pickle; from neuralnet.schedules import CosineDecay;"
        "from neuralnet.optimizers import schedules; assert schedules.CosineDecay is CosineDecay;"
        "record = CosineDecay(0.1, 100); assert pickle.loads(pickle.dumps(record)) == record;"
        "assert 'CosineDecay' in __import__('pydoc').render_doc('neuralnet.schedules')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_in_the_readme_imports_from_its_place() -> None:
    """``schedules.StepDecay`` and ``neuralnet.schedules`` in backticks, and capitalized names."""
    text = (ROOT / "README.md").read_text("utf-8")
    text = re.sub(r"``.+?``|^```[\s\S]*?^```$", "", text, flags=re.MULTILINE)
    code = re.findall(r"`([^`]+)`", text)
    modules = "|".join(MODULES)
    dotted = {each for span in code for each in re.findall(rf"\b(?:{modules})\.\w+", span)}
    dotted = {each for each in dotted if not each.endswith(".py")}
    assert {"optimizers.Rprop", "schedules.StepDecay"} <= dotted
    assert [each for each in dotted if not resolves(neuralnet, each)] == []
    used = {each for span in code for each in re.findall(r"^neuralnet\.(\w+)", span)}
    assert used <= {*MODULES, "sklearn"}
    warned = {each for span in code for each in re.findall(r"^[A-Z]\w+(?:Error|Warning)$", span)}
    builtin = {"ValueError", "TypeError", "AttributeError", "UserWarning"}
    assert warned - builtin <= set(neuralnet.__all__)
    methods = {each for span in code for each in re.findall(r"^net\.(\w+)", span)}
    network = neuralnet.NeuralNetwork("Species ~ .", neuralnet.load_iris())
    assert [each for each in methods if not resolves(network, each)] == []


def resolves(owner: object, dotted: str) -> bool:
    """Report if a dotted name is an attribute of an object."""
    for name in dotted.split("."):
        if not hasattr(owner, name):
            return False
        owner = getattr(owner, name)
    return True


def test_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [neuralnet.__version__]
    assert metadata.version(PROJECT["name"]) == neuralnet.__version__


def test_type_checkers_may_trust_the_package() -> None:
    assert Path(neuralnet.__file__).with_name("py.typed").is_file()


def test_core_needs_three_packages() -> None:
    assert {Requirement(line).name for line in PROJECT["dependencies"]} == {
        "numpy",
        "pandas",
        "patsy",
    }


def test_extra_all_includes_every_extra_of_users() -> None:
    (line,) = EXTRAS["all"]
    assert Requirement(line).extras == set(USER_EXTRAS) - NOT_IN_ALL


@case_by_case("line", sum(USER_EXTRAS.values(), PROJECT["dependencies"]))
def test_oldest_pin_is_the_floor(line: str) -> None:
    requirement, pins = Requirement(line), read_pins()
    (floor,) = (each.version for each in requirement.specifier if each.operator == ">=")
    assert requirement.specifier.contains(pins[requirement.name])
    assert f"{pins[requirement.name]}.".startswith(f"{floor}.")


SHORT_OF_PACKAGES = """
import pytest
def test_one():
    pytest.importorskip("no_such_package")
@pytest.fixture
def broken():
    pytest.importorskip("no_such_package")
def test_two(broken):
    pass
@pytest.mark.skipif(True, reason="another")
def test_three():
    pass
"""


def test_skipping_because_a_package_is_missing_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_a.py").write_text(SHORT_OF_PACKAGES, encoding="utf-8")
    (tmp_path / "test_b.py").write_text(
        "import pytest; pytest.importorskip('no_such_package')", encoding="utf-8"
    )
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "--continue-on-collection-errors"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "1 failed, 1 skipped, 2 errors" in done.stdout
    assert "could not import 'no_such_package'" in done.stdout
