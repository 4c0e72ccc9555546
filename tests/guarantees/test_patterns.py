"""Regular expressions: matching time is linear in the length of the text, for any text."""

import ast
import importlib
import pkgutil
import re
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forgery import forge
from loops import case_by_case

import neuralnet
from neuralnet import CorruptFileError, NeuralNetwork
from neuralnet.formula.parser import parse
from neuralnet.formula.placeholders import find_names, hide_columns
from neuralnet.model.display import join_lines
from neuralnet.storage.archive import _find_excess

PACKAGE = Path(neuralnet.__file__).parent
PATTERNS = {
    f"{each.name.partition('.')[2]}.{name}": value
    for each in pkgutil.walk_packages(neuralnet.__path__, "neuralnet.")
    if not each.name.endswith("__main__")
    for name, value in vars(importlib.import_module(each.name)).items()
    if isinstance(value, re.Pattern)
}
EACH = re.compile("(?s:.)")
# Maximum time, as a multiple of the linear time to match each character separately.
MUCH = 40
# Openings that are followed by endless repetition.
STARTS = ["", '"', "'", "`", "Q(", "Q('", "'shape': ("]


def measure(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def list_units(pattern):
    """Short texts to repeat: the signs and words of a pattern."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    words = re.findall(r"[a-z_]{2,}", source)
    signs = {*"1a_. \t\n\r\"'`\\()=$,", *re.findall(r"[^\w\s?*+|^:]", source)}
    return sorted({*map("".join, product(signs, repeat=2)), *words})


def search(pattern, text):
    for match in pattern.finditer(text):
        match.end()
    pattern.fullmatch(text)


def test_patterns_are_where_they_are_found():
    """Patterns are defined at module level; those inside functions would be missed here."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "re":
                assert node.attr in ("compile", "IGNORECASE", "Match", "Pattern", "VERBOSE"), (
                    path.name
                )
    assert {"formula.placeholders.LEXEME", "storage.archive._TEXT"} <= {*PATTERNS}


@pytest.mark.long
@case_by_case("pattern", PATTERNS.values(), ids=PATTERNS)
def test_time_of_a_pattern_is_linear_in_the_text(pattern):
    """Test all texts at a short length, then the slowest at ten and a hundred times that."""
    texts = list(product(STARTS, list_units(pattern)))
    for length, slowest in ((300, 40), (3_000, 8), (30_000, 0)):
        plain = "ab c" * (length // 4)
        reference = min(measure(lambda plain=plain: search(EACH, plain)) for _ in range(9))
        ratios = {}
        for start, unit in texts:
            text = start + unit * (length // len(unit)) + "a\0"
            given = text.encode() if isinstance(pattern.pattern, bytes) else text
            for _ in range(5):
                ratio = measure(lambda given=given: search(pattern, given)) / reference
                if ratio <= MUCH:
                    break
                # Repeat slow measurements, since other programs run on the machine too.
                reference = measure(lambda plain=plain: search(EACH, plain))
            else:
                raise AssertionError(f"{start!r}, and {unit!r} up to {length} characters")
            ratios[start, unit] = ratio
        texts = sorted(ratios, key=ratios.__getitem__, reverse=True)[:slowest]


TABLE = pd.DataFrame({"y": np.arange(12.0), "a": np.arange(12.0) % 5, "b": np.arange(12.0) % 7})


def try_to(call):
    try:
        return call()
    except ValueError as fault:
        return fault


def hide(formula, names):
    return hide_columns(formula, names, {})


USES = {
    "number": lambda n: parse("y ~ a + " + "1" * n + "a", ["y", "a"]),
    "number in an offset": lambda n: parse(f"y ~ a + offset(b + {'1' * n}a)", ["y", "a", "b"]),
    "names of a number": lambda n: find_names("y ~ a + " + "1" * n + "a"),
    "escapes": lambda n: parse('y ~ a + "' + '\\"' * n, ["y", "a"]),
    "escapes in backticks": lambda n: find_names("y ~ a + `" + "\\`" * n),
    # Here and next not parse(): the tokenizer of Python 3.12 is quadratic in the length of a line.
    "dots": lambda n: find_names("y ~ " + "a." * n) and hide("y ~ " + "a." * n + "(b)", ["y"]),
    "names": lambda n: hide("y ~ " + "a\t" * n, ["y", "a"]),
    "condition": lambda n: NeuralNetwork("y ~ a", TABLE, subset="a > " + "1" * n + "a"),
    "escapes in a condition": lambda n: NeuralNetwork("y ~ a", TABLE, subset='a > "' + '\\"' * n),
    "document": lambda n: _find_excess(b'{"' + b'\\"' * n),
    "blanks": lambda n: join_lines("y ~ a + " + " " * n + "b"),
    "attribute": lambda n: hasattr(NeuralNetwork("y ~ a", TABLE, 0), "W" + "1" * n),
}


@case_by_case("use", USES.values(), ids=USES)
def test_time_of_a_use_grows_as_its_text_does(use):
    """16 times the text may take about 16 times as long, not 256 or 4,096 times."""
    try_to(lambda: use(100))
    for _ in range(5):
        short, long = (measure(lambda n=n: try_to(lambda: use(n))) for n in (1_000, 16_000))
        if long < 64 * short:
            return
    raise AssertionError(f"{long / short:.0f} times as long")


def test_numbers_that_end_in_letters_are_no_names():
    assert find_names("y ~ 12a + 1e5b + .5c + 0x1F + 1_000 + e5") == {"y": True, "e5": True}
    with pytest.raises(ValueError, match="cannot read"):
        parse("y ~ 12a", ["y", "a"])


def test_unterminated_text_is_refused_with_an_explanation():
    for text in ('y ~ "b', "y ~ 'b", "y ~ `b", 'y ~ Q("b', "y ~ C(b, 'u\\'", 'y ~ b + "\\'):
        with pytest.raises(ValueError, match="cannot read"):
            parse(text, ["y", "b"])


def test_strings_and_lines_of_a_formula_stay_what_they_are():
    assert join_lines("y ~ a +  b \n\n + c") == "y ~ a +  b + c"
    assert join_lines("C(g, 'it\\'s\n') + b \r\n + c") == "C(g, 'it\\'s\n') + b + c"


def test_file_whose_formula_is_a_number_without_end(tmp_path):
    NeuralNetwork("y ~ a", TABLE, 0).save(tmp_path / "net.nn")

    def change(document, arrays):
        document["design"]["formula"] = "y ~ a + " + "1" * 20_000 + "a"

    forge(tmp_path / "net.nn", change)
    with pytest.raises(CorruptFileError, match="damaged"):
        NeuralNetwork.load(tmp_path / "net.nn")
