"""The facts that stand in more than one file agree, and the public names are whole."""

import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

import neuralnet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FOR_DEVELOPERS = {"all", "dev", "test"}
EXTRAS = PROJECT["optional-dependencies"]
USER_EXTRAS = {name: lines for name, lines in EXTRAS.items() if name not in FOR_DEVELOPERS}


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


def test_extra_all_holds_every_extra_of_users() -> None:
    (line,) = EXTRAS["all"]
    assert Requirement(line).extras == set(USER_EXTRAS)


@pytest.mark.parametrize("line", sum(USER_EXTRAS.values(), PROJECT["dependencies"]))
def test_oldest_pin_is_the_floor(line: str) -> None:
    requirement, pins = Requirement(line), read_pins()
    (floor,) = (each.version for each in requirement.specifier if each.operator == ">=")
    assert requirement.specifier.contains(pins[requirement.name])
    assert f"{pins[requirement.name]}.".startswith(f"{floor}.")
