"""Display in a REPL and a notebook: text and HTML from labelled tables.

Names from a table or a file may contain anything: they are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from ..errors import visible
from ..formula import QUOTED

_WIDTH, _MOST_COLUMNS = 100, 8
# Numbers and their titles are to the right, labels of rows to the left, on the first of several.
_CELL, _ROW_LABEL = re.compile(r"<(td|th)(?=>)"), re.compile(r"<(th)(?=[ >])")
_NUMBER = r'<\1 style="text-align: right; padding: 1px 8px"'
_LABEL = r'<\1 style="text-align: left; vertical-align: top; padding: 1px 8px"'
# Blanks inside quoted names are kept.
_SPACE = re.compile(rf"(?P<quoted>{QUOTED})|[ \t\r\n]++")


def head(n: int) -> slice:
    """Return the rows to show: all of a few, else the first three."""
    return slice(n if n <= 8 else 3)


def join_lines(formula: str) -> str:
    """Join the lines of a formula."""

    def join(match: re.Match[str]) -> str:
        return " " if match["quoted"] is None and "\n" in match[0] else match[0]

    return _SPACE.sub(join, formula).strip()


class MatrixHead(NamedTuple):
    """The name, the shape and the first rows of a matrix, as a labelled frame."""

    name: str
    shape: tuple[int, ...]
    head: pd.DataFrame
    # Whether HTML shows it at once.
    is_open: bool = False

    @property
    def title(self) -> str:
        """Name and shape."""
        return f"{self.name} {self.shape}"

    @property
    def more(self) -> str:
        """A line that counts the rows left out; never just one, see ``head``."""
        hidden = self.shape[0] - len(self.head)
        return f"\n... {hidden} more rows" if hidden else ""


class Table(NamedTuple):
    """A table of a report, shown whole: a title and a frame, of text or numbers."""

    title: str
    head: pd.DataFrame
    is_open: bool = True
    more: str = ""


def render_text(summary: Sequence[str], matrices: Sequence[MatrixHead | Table]) -> str:
    """Render a summary and the heads of matrices, or tables, as text."""
    blocks = ["\n".join(map(visible, summary))]
    for matrix in matrices:
        blocks.append(f"{matrix.title}\n{_tabulate(matrix.head)}{matrix.more}")
    return "\n\n".join(blocks)


def render_html(summary: Sequence[str], matrices: Sequence[MatrixHead | Table]) -> str:
    """Render them as HTML, the matrices collapsed and tables open."""
    from html import escape

    first, *rest = (escape(visible(line)) for line in summary)
    lines = "<br>".join([f"<strong>{first}</strong>", *rest])
    parts = [f'<div style="margin-bottom: 8px">{lines}</div>']
    for matrix in matrices:
        table = _show_labels(matrix.head).to_html(
            max_cols=_MOST_COLUMNS, border=0, float_format=_number
        )
        table = _align("\n".join(map(visible, table.split("\n"))))
        opened, title = " open" if matrix.is_open else "", escape(visible(matrix.title))
        parts.append(f"<details{opened}><summary>{title}</summary>{table}{matrix.more}</details>")
    return "\n".join(parts)


def _align(html: str) -> str:
    """Align the cells of an HTML table, whose style differs from one notebook to the next."""
    columns, tbody, rows = html.partition("<tbody>")
    columns, rows = _CELL.sub(_NUMBER, columns), _ROW_LABEL.sub(_LABEL, rows)
    return columns + tbody + _CELL.sub(_NUMBER, rows)


def _show_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Escape the labels of a table, before columns are aligned by their length."""

    def show(label: object) -> object:
        return visible(label) if isinstance(label, str) else label

    return table.rename(index=show, columns=show).rename_axis(index=show, columns=show)


def _tabulate(table: pd.DataFrame) -> str:
    """Render as many columns as fit in a line, from the left and from the right."""
    table = _show_labels(table)
    for columns in range(_MOST_COLUMNS, 0, -2):
        text = table.to_string(max_cols=columns, float_format=_number)
        if text.index("\n") <= _WIDTH:
            break
    # Labels may be objects of any kind.
    return "\n".join(map(visible, text.split("\n")))


def _number(value: float) -> str:
    return f"{value:.4g}"
