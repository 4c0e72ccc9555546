"""What other systems need is in the sources: encodings, and characters that any console has."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from loops import case_by_case

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("neuralnet", "tests", "notebooks")
    for path in (ROOT / folder).rglob("*.py")
)
# What these draw is in figures, which have fonts of their own.
DRAWN = "neuralnet/plots/"
# Ends of a range that text is searched for.
HALVES = ("\ud800", "\udfff")


def list_bare_calls(source: str) -> Iterator[str]:
    """Yield the calls that read or write text in the encoding of the system."""
    if not re.search(r"open\(|_text\(", source):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = {"open": 3, "read_text": 0, "write_text": 1}.get(name)
        given = [*node.args, *(each.value for each in node.keywords if each.arg == "mode")]
        modes = [each.value for each in given if isinstance(each, ast.Constant)]
        binary = any(isinstance(mode, str) and "b" in mode and len(mode) < 4 for mode in modes)
        if place is None or len(node.args) > place or binary or is_other(node.func):
            continue
        if "encoding" not in {each.arg for each in node.keywords}:
            yield f"{node.lineno}: {ast.unparse(node)}"


def is_other(function: ast.expr) -> bool:
    """Report if a method has the name of a function of files only."""
    owner = ast.unparse(function).rpartition(".")[0]
    return owner in {"os", "Chunks"}


def list_text(source: str) -> Iterator[str]:
    """Yield the strings of a source that are no docstrings; none where all of it is ascii."""
    if source.isascii():
        return
    tree = ast.parse(source)
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@case_by_case("name", SOURCES)
def test_text_is_read_and_written_in_a_named_encoding(name: str) -> None:
    """Windows has cp1252, and other systems what their user has set."""
    assert [*list_bare_calls((ROOT / name).read_text("utf-8"))] == []


def test_bare_calls_are_found() -> None:
    source = "open(a)\nopen(a, 'w')\np.read_text()\np.write_text(b)\np.open('r', newline='')"
    assert len([*list_bare_calls(source)]) == 5
    named = "open(a, 'rb')\np.read_text('utf-8')\np.write_text(b, 'utf-8')\nos.open(p, flags)"
    assert [*list_bare_calls(f"{named}\nopen(a, encoding='ascii')\np.open(mode='wb')")] == []


@case_by_case("name", [each for each in SOURCES if each.startswith("neuralnet/")])
def test_printed_text_is_ascii(name: str) -> None:
    """A console of cp1252 or of ascii shows it; names of a table are the user's."""
    if not name.startswith(DRAWN):
        words = list_text((ROOT / name).read_text("utf-8"))
        assert [text for text in words if not text.isascii() and text not in HALVES] == []


def test_strings_are_found() -> None:
    source = '"""Ä"""\ndef f():\n    "Ö"\n    return "Ü", f"é{1}", "a"'
    assert {*list_text(source)} == {"Ü", "é", "a"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_checkouts_have_the_same_line_ends_everywhere() -> None:
    command = ["git", "check-attr", "eol", "--", ".ci/run", "neuralnet/datasets/iris.csv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()] == ["lf", "lf"]
