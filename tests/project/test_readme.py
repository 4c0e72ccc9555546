"""The README's Python runs in reading order, as one session, and its links and map are valid.

A block with ``>>>`` is a doctest; one without is executed, and a block of text after it is its
output. Failures name the README's line.
"""

import contextlib
import doctest
import io
import re
import tomllib
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from test_imports import WINGS

from neuralnet import NeuralNetwork, __version__

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
NOT_RUN = {"bash", "r", "text"}
FENCED = re.compile(r"^```(.*)\n([\s\S]*?)^```$", re.MULTILINE)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


class Block(NamedTuple):
    """A fenced block: its language, its text, and the number of lines before that text."""

    language: str
    text: str
    above: int


def read_blocks(document: str) -> Iterator[Block]:
    for match in FENCED.finditer(document):
        yield Block(match[1].strip(), match[2], document.count("\n", 0, match.start(2)))


def run_block(block: Block, session: dict[str, Any], name: str = README.name) -> None:
    """Run a block of Python in the namespace of a session; a failing doctest fails the test."""
    if ">>> " not in block.text:
        padded = "\n" * block.above + block.text
        exec(compile(padded, name, "exec"), session)
        return
    examples = doctest.DocTestParser().get_doctest(block.text, {}, name, name, block.above)
    examples.globs = session
    report: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(
        examples, out=report.append, clear_globs=False
    )
    if failed:
        pytest.fail("".join(report), pytrace=False)


@pytest.mark.xdist_group("machine code")
def test_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {"__name__": "__main__"}
    printed = ""
    languages = []
    for block in read_blocks(README.read_text("utf-8")):
        languages.append(block.language)
        if block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as caught:
                run_block(block, session)
            printed = caught.getvalue()
        if block.language == "text":
            assert printed.split() == block.text.split(), f"README.md:{block.above}: not printed"
    assert {"python", "text"} <= set(languages), "the README shows no Python, or nothing printed"


def test_each_block_says_what_it_is() -> None:
    document = README.read_text("utf-8")
    blocks = list(read_blocks(document))
    assert document.count("\n```") == 2 * len(blocks), "a fence of the README is not closed"
    for block in blocks:
        assert block.language in {"python", *NOT_RUN}, (
            f"README.md:{block.above}: {block.language!r} is neither python nor in {NOT_RUN}"
        )


# A call that causes each message of the README's table of messages, by the part shown there.
CLASSES = pd.DataFrame({"x": np.arange(40.0), "bill length": 1.0, "sex": ["f", "m"] * 20})
NAMES = [f"flower {k}" for k in range(40)]
COUNTS = CLASSES.assign(rank=[1, 2, 3, 2] * 10)
MESSAGES = {
    "unknown name": lambda: NeuralNetwork("sex ~ bill_lenght", CLASSES),
    "cannot read": lambda: NeuralNetwork("sex ~ bill length", CLASSES),
    "rows dropped: they have missing values": lambda: NeuralNetwork(
        "sex ~ x", CLASSES.assign(x=CLASSES["x"].mask(CLASSES["x"] > 30))
    ),
    "distinct whole numbers, and is trained as a number": lambda: NeuralNetwork("rank ~ x", COUNTS),
    "The loss became infinite": lambda: NeuralNetwork("x ~ sex", CLASSES, seed=1).train(
        500, learn_rate=1.0, trace=0
    ),
    "'.' leaves out": lambda: NeuralNetwork("x ~ .", CLASSES.assign(name=NAMES)),
    "which is no ISO date": lambda: NeuralNetwork(
        "x ~ month(when)", CLASSES.assign(when="31.01.2024")
    ),
    "which training never saw": lambda: NeuralNetwork("x ~ sex", CLASSES).predict({"sex": ["?"]}),
    "join levels of few rows into one": lambda: NeuralNetwork(
        "x ~ name", pd.DataFrame({"x": np.arange(99.0), "name": [f"name {k}" for k in range(99)]})
    ),
}


def test_messages_of_the_readme_are_those_of_the_package() -> None:
    table = README.read_text("utf-8").split("| part of the message |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`.*`) \| .* \| .* \|$", table, re.MULTILINE)
    quoted = [key for row in rows for key in re.findall("`([^`]*)`", row)]
    assert quoted == list(MESSAGES)
    for key, cause in MESSAGES.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            message = ""
            try:
                cause()
            except ValueError as error:
                message = str(error)
        assert any(key in text for text in (message, *(str(each.message) for each in caught))), key


def test_backticks_read_a_name_with_a_space() -> None:
    assert "``Species ~ `bill length` ``" in README.read_text("utf-8")
    net = NeuralNetwork("sex ~ `bill length` + x", CLASSES.assign(**{"bill length": range(40)}))
    assert "`bill length`" in net.x_names


def test_wheel_has_the_name_that_the_readme_installs() -> None:
    (wheel,) = re.findall(r"dist/(\S+)\.whl", README.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert wheel == f"{project['name'].replace('-', '_')}-{__version__}-py3-none-any"


def test_links_lead_to_files() -> None:
    prose = FENCED.sub("", README.read_text("utf-8"))
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    local = {link for link in links if "://" not in link}
    assert {link for link in local if not (ROOT / link).exists()} == set()


def test_map_lists_each_entry_of_the_package_in_the_order_of_imports() -> None:
    """An entry of the map imports only entries below it, and none is missing."""
    table = README.read_text("utf-8").split("| entry | purpose |\n|---|---|\n")[1].split("\n\n")[0]
    listed = re.findall(r"^\| `([^`]+)` \| ", table, re.MULTILINE)
    folder = ROOT / "neuralnet"
    there = {f"{path.name}/" for path in folder.iterdir() if (path / "__init__.py").exists()}
    there |= {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert sorted(listed) == sorted(there)
    order = [name.removesuffix("/").removesuffix(".py") for name in listed]
    for place, wing in enumerate(order):
        allowed = set(WINGS[wing].split()) - {"__init__"}
        assert allowed <= set(order[place + 1 :]), f"{wing} imports entries above it in the map"


def test_files_named_by_the_readme_exist() -> None:
    """Paths in backticks start at the root or in ``neuralnet/``; NAME stands for a new file."""
    document = FENCED.sub("", README.read_text("utf-8"))
    paths = re.findall(r"`([\w./-]+/[\w./-]*\.?\w*)`", document)
    folders = (ROOT, ROOT / "neuralnet")
    made = {"neuralnet-pictures/", "notebooks/reference/site/index.html", ".venv/bin"}
    for path in {path for path in paths if "NAME" not in path} - made:
        assert any((folder / path).exists() for folder in folders), f"README.md: no {path}"


SAMPLE = """# Title

```python
x = 1
```

```bash
exit 1
```

```python
>>> x + 1
2
>>> x + 2
4
```
"""


def test_a_wrong_output_is_reported_with_its_line() -> None:
    first, second = (block for block in read_blocks(SAMPLE) if block.language == "python")
    session: dict[str, Any] = {}
    run_block(first, session, "SAMPLE.md")
    with pytest.raises(pytest.fail.Exception, match=r'"SAMPLE.md", line 14') as caught:
        run_block(second, session, "SAMPLE.md")
    assert "x + 2" in str(caught.value)
    assert "x + 1" not in str(caught.value)


def test_an_error_is_reported_with_its_line() -> None:
    with pytest.raises(NameError) as caught:
        run_block(Block("python", "a = 1\nb\n", above=20), {}, "SAMPLE.md")
    last = traceback.extract_tb(caught.tb)[-1]
    assert (last.filename, last.lineno) == ("SAMPLE.md", 22)
