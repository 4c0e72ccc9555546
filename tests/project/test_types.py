"""Types: words of choices, returned types, and what pyright and mypy find in a user's lines."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from inspect import getdoc, isclass, isfunction, signature
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from loops import case_by_case
from test_reference import NAMES

import neuralnet
from neuralnet import NeuralNetwork, load_iris
from neuralnet.inference import Inference
from neuralnet.inference.members import INTERNAL

LINES = Path(__file__).parent / "typing" / "editors.py"
PACKAGE = Path(neuralnet.__file__).parent
# Names that only type checkers see: modules import them below `if TYPE_CHECKING`.
UNSEEN = {"Axes": object}
WORD = "no_such_word"
HIDDEN = set().union(*INTERNAL.values())


class Parameter(NamedTuple):
    """A parameter of a public function or method, with the words of its Literal type."""

    owner: type | None
    call: str
    name: str
    words: frozenset[str]


def list_functions() -> Iterator[tuple[type | None, str, Callable[..., Any]]]:
    """List the documented functions, constructors and methods, with the class of a method."""
    for found in map(resolve_name, NAMES):
        if isfunction(found):
            yield None, found.__name__, found
        elif isclass(found) and found.__module__.startswith("neuralnet"):
            for name in {*dir(found)} - HIDDEN:
                method = getattr(found, name, None)
                method = getattr(method, "__func__", method)
                # Of estimators, others are of scikit-learn.
                if (
                    isfunction(method)
                    and not name.startswith("_")
                    and method.__module__.startswith("neuralnet")
                ):
                    yield found, name, method
    yield NeuralNetwork, "__init__", NeuralNetwork.__init__


def find_words(hint: Any) -> frozenset[str]:
    """Find the words of all Literal types in a type."""
    if get_origin(hint) is Literal:
        return frozenset(word for word in get_args(hint) if isinstance(word, str))
    return frozenset().union(*map(find_words, get_args(hint)))


def list_choices() -> list[Parameter]:
    """List the parameters that take one of several words."""
    return [
        Parameter(owner, call, name, words)
        for owner, call, function in FUNCTIONS
        for name, hint in get_type_hints(function, localns=UNSEEN).items()
        if name != "return" and (words := find_words(hint))
    ]


FUNCTIONS = [*list_functions()]
CHOICES = list_choices()


# Choices ----------------------------------------------------------------------------------------

# What is documented with braces in the docstring, by the name of its parameter.
BRACES = re.compile(r"^ *(\w+(?:, \w+)*) : .*?\{(.+?)\}", re.MULTILINE)


@case_by_case("owner, call, function", FUNCTIONS)
def test_words_of_the_docstring_are_those_of_the_type(owner, call, function) -> None:
    documented = getdoc(owner if call == "__init__" else function) or ""
    hints = get_type_hints(function, localns=UNSEEN)
    for names, braces in BRACES.findall(documented.partition("\nReturns\n")[0]):
        for name in names.split(", "):
            assert find_words(hints[name]) == set(re.findall(r'"(\w+)"', braces)), name


@cache
def make_nets() -> dict[str, NeuralNetwork]:
    """Make trained networks of classes and of numbers, as some words are for one of them."""
    return {
        response: NeuralNetwork(
            f"{response} ~ Petal.Length", load_iris(), hidden=0, decay=0.1
        ).train(optimizer="newton", trace=0)
        for response in ("Species", "Sepal.Length")
    }


@cache
def find_owner(owner: type, response: str) -> Any:
    """Find the object that a method is called on."""
    net = make_nets()[response]
    if owner is NeuralNetwork:
        return net
    if owner is Inference:
        return net.inference()
    return net.explain() if hasattr(owner, "olden") else net.inference().bootstrap(2)


def call_wrongly(choice: Parameter, response: str) -> str:
    """Call with a word that is none; return the error."""
    net = make_nets()[response]
    given = {"x": "Petal.Length", "variable": "Petal.Length", "variables": "Petal.Length"}
    given |= {"small": net, "large": net, "data": load_iris(), "formula": "Species ~ ."}
    if choice.call == "train":
        given |= {"validation": load_iris(), "trace": 0}
    if choice.call == "__init__":
        function: Any = NeuralNetwork
    else:
        owner = choice.owner and find_owner(choice.owner, response)
        function = getattr(owner or neuralnet.datasets, choice.call, None) or getattr(
            neuralnet.inference, choice.call
        )
    names = signature(function).parameters
    arguments = {name: value for name, value in given.items() if name in names}
    with pytest.raises((TypeError, ValueError)) as caught:
        function(**arguments | {choice.name: WORD})
    return str(caught.value)


@case_by_case("choice", CHOICES, ids=lambda choice: f"{choice.call}({choice.name})")
def test_words_of_the_type_are_those_that_a_call_takes(choice: Parameter) -> None:
    """The error for another word lists the words; some are for classes or for numbers alone."""
    found = set()
    for response in make_nets():
        error = call_wrongly(choice, response)
        if error.startswith(choice.name):  # Not that a method is for classes alone.
            found |= set(re.findall(r"'(\w+)'", error)) - {WORD}
    assert found == choice.words


def test_choices_are_many() -> None:
    found = defaultdict(set)
    for choice in CHOICES:
        found[choice.name].add(choice.words)
    assert len(CHOICES) > 70 and len(found) > 20
    assert {"optimizer", "activation", "family", "type", "kind", "unseen"} <= found.keys()


# Returned types ---------------------------------------------------------------------------------

# Methods that return Any, and why.
UNTYPED = {
    "Inference.as_marginaleffects": "its class inherits from one of another package",
    "Optimizer.init": "each optimizer has a state of its own type",
    "Schedule.init": "so has each schedule",
    "Schedule.step": "so has each schedule",
}


def list_getters() -> Iterator[tuple[str, Callable[..., Any]]]:
    """List the functions of the attributes that documented classes compute."""
    for found in filter(isclass, map(resolve_name, NAMES)):
        for base in found.__mro__:
            for name, value in vars(base).items():
                getter = getattr(value, "fget", None) or getattr(value, "func", None)
                if isfunction(getter) and name not in HIDDEN and not name.startswith("_"):
                    yield f"{found.__name__}.{name}", getter


def test_public_methods_do_not_return_any() -> None:
    getters = dict(list_getters())
    assert getters["NeuralNetwork.W"] and getters["Inference.bse"]
    called = {f"{owner.__name__}.{call}" if owner else call: f for owner, call, f in FUNCTIONS}
    hints = {
        name: get_type_hints(function, localns=UNSEEN).get("return", Any)
        for name, function in (getters | called).items()
    }
    assert {name for name, hint in hints.items() if hint is Any} == set(UNTYPED)


def test_methods_that_change_a_network_return_its_class() -> None:
    for name in ("feedforward", "backpropagate", "train", "save", "clone", "update", "load"):
        method = getattr(NeuralNetwork, name)
        assert signature(method).return_annotation == "Self", name


# Type checkers ----------------------------------------------------------------------------------


def run(module: str, *arguments: object) -> str:
    """Run a type checker, as a module of this Python, and return what it prints."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    paths = {"PYTHONPATH": str(PACKAGE.parent), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=PACKAGE.parent, env=os.environ | paths
    )
    assert done.returncode in (0, 1) and not done.stderr, done.stdout + done.stderr
    return done.stdout


def compare_lines(found: dict[int, set[str]], column: int) -> None:
    """Compare the lines in which a type checker found rules broken with those marked as wrong."""
    lines = LINES.read_text("utf-8").splitlines()
    marks = {n: line.partition("  # wrong: ")[2] for n, line in enumerate(lines, start=1)}
    wanted = {n: mark.split(", ")[column] for n, mark in marks.items() if mark}
    assert {n: lines[n - 1] for n in wanted.keys() - found.keys()} == {}, "not found"
    assert {lines[n - 1]: found[n] for n in found.keys() - wanted.keys()} == {}, "found wrongly"
    for n, rule in wanted.items():
        assert rule in found[n], lines[n - 1]


@pytest.mark.long
def test_pyright_finds_the_wrong_lines_and_no_others() -> None:
    output = run("pyright", "--outputjson", "--pythonpath", sys.executable, LINES)
    found = defaultdict(set)
    for each in json.loads(output)["generalDiagnostics"]:
        found[each["range"]["start"]["line"] + 1].add(each.get("rule"))
    compare_lines(found, 0)


@pytest.mark.long
def test_mypy_finds_the_wrong_lines_and_no_others(tmp_path: Path) -> None:
    options = ("--strict", "--config-file=", "--no-error-summary", "--cache-dir", tmp_path)
    found = defaultdict(set)
    for line in run("mypy", *options, LINES).splitlines():
        if match := re.match(rf".*{LINES.name}:(\d+): error: .*\[([\w-]+)\]$", line):
            found[int(match[1])].add(match[2])
    compare_lines(found, 1)


# Names that are not known, and why.
UNKNOWN = {
    "neuralnet.formula.transforms": "classes of patsy, which has no types",
    "neuralnet.perceptron.compiled": "functions that numba compiles",
    "neuralnet.sklearn": "bases and errors of scikit-learn, which has no types",
}


@pytest.mark.long
def test_types_of_public_names_are_known() -> None:
    arguments = ("--verifytypes", "neuralnet", "--ignoreexternal", "--outputjson")
    output = run("pyright", *arguments, "--pythonpath", sys.executable)
    symbols = json.loads(output)["typeCompleteness"]["symbols"]
    assert len(symbols) > 4_000
    unknown = {each["name"] for each in symbols if each["isExported"] and not each["isTypeKnown"]}
    assert {name for name in unknown if not name.startswith(tuple(UNKNOWN))} == set()
