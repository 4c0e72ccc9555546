"""Every notebook runs from top to bottom, and is committed with the outputs of such a run."""

import os
import shutil
import time
from pathlib import Path

# On a new machine matplotlib lists the fonts once, and says so where that takes five seconds. The
# list is made and stored here, before a notebook would show that line.
import matplotlib.font_manager  # noqa: F401
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 300

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read_cells(path: Path) -> list[NotebookNode]:
    """Return the code cells that are not empty."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def list_kinds(cell: NotebookNode) -> set[str]:
    """Return the kinds of a cell's outputs: names of streams and types of displayed data."""
    streams = {output.name for output in cell.outputs if output.output_type == "stream"}
    return streams.union(*(output.data for output in cell.outputs if "data" in output))


def read_stderr(cell: NotebookNode) -> str:
    """Return the text that a cell wrote to standard error."""
    streams = (each for each in cell.outputs if each.output_type == "stream")
    return "".join(each.text for each in streams if each.name == "stderr")


def run_notebook(path: Path, folder: Path) -> NotebookNode:
    """Run a notebook in a fresh kernel, with pictures inline; more than SECONDS is an error.

    Progress bars are off, because they appear only on slow machines.
    """
    for table in FOLDER.glob("*.csv"):
        shutil.copy(table, folder)
    notebook = nbformat.read(path, as_version=4)
    end = time.monotonic() + SECONDS
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout_func=lambda cell: max(1, int(end - time.monotonic())),
        resources={"metadata": {"path": str(folder)}},
    )
    shown = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "TQDM_DISABLE": "1"}
    return client.execute(env={**os.environ, **shown})


def test_all_notebooks_exist() -> None:
    names = {path.stem for path in NOTEBOOKS}
    assert names == {"beyond_the_seeds", "hotdogs", "iris", "planar", "statistics", "storms"}


@each_notebook
def test_committed_notebook_is_one_clean_run(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    cells = read_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    errors = [
        output.ename for cell in cells for output in cell.outputs if output.output_type == "error"
    ]
    assert errors == []
    assert any(cell.outputs for cell in cells)


@pytest.mark.long
@each_notebook
def test_notebook_runs_and_shows_the_committed_kinds_of_output(path: Path, tmp_path: Path) -> None:
    fresh = tmp_path / path.name
    nbformat.write(run_notebook(path, tmp_path), fresh)
    for old, new in zip(read_cells(path), read_cells(fresh), strict=True):
        assert list_kinds(old) == list_kinds(new), (
            f"{path.name}: run it again:\n{old.source}\n{read_stderr(new)}"
        )
