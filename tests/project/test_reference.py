"""The pages of the API reference name existing objects and cover every public name."""

import re
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType

import pytest
from loops import case_by_case

import neuralnet
import neuralnet.sklearn
from neuralnet.activations import ACTIVATIONS
from neuralnet.families import FAMILIES
from neuralnet.optimizers import OPTIMIZERS

FOLDER = Path(__file__).parents[2] / "notebooks" / "reference"
PAGES = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("pages/*.md"))}
MODULES = [name for name in neuralnet.__all__ if isinstance(getattr(neuralnet, name), ModuleType)]
NAMES = [name for text in PAGES.values() for name in re.findall(r"^::: (\S+)$", text, re.MULTILINE)]


@case_by_case("name", NAMES)
def test_documented_name_exists_and_has_a_docstring(name: str) -> None:
    assert resolve_name(name).__doc__


def test_each_public_name_is_documented() -> None:
    documented = [resolve_name(name) for name in NAMES]
    public = [getattr(neuralnet, name) for name in neuralnet.__all__]
    modules = [each for each in public if isinstance(each, ModuleType)]
    for each in [each for each in public if each not in modules]:
        assert each in documented, f"{each.__name__} is on no page of notebooks/reference/pages"


@case_by_case("module", [*MODULES, "sklearn"])
def test_names_of_a_module_are_those_of_its_page(module: str) -> None:
    """``__all__`` and ``dir()`` list the documented names, on which users rely, and no others."""
    found = getattr(neuralnet, module)
    names = {each for each in found.__all__ if not isinstance(getattr(found, each), ModuleType)}
    prefix = f"neuralnet.{module}."
    assert names == {each.removeprefix(prefix) for each in NAMES if each.startswith(prefix)}
    assert dir(found) == sorted(found.__all__)


@pytest.mark.parametrize("table", [ACTIVATIONS, FAMILIES, OPTIMIZERS])
def test_each_record_with_a_name_is_public(table: dict[str, object]) -> None:
    for each in map(type, table.values()):
        public = getattr(neuralnet, each.__module__.split(".")[1]).__all__
        assert each.__name__ in public


def test_navigation_lists_each_page() -> None:
    navigation = (FOLDER / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    assert sorted(re.findall(r": (\S+\.md)$", navigation, re.MULTILINE)) == sorted(PAGES)
