"""Display of a network as text and HTML, and its readability."""

import re

import numpy as np
import pandas as pd
import pytest
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork, load_iris
from neuralnet.training.trace_and_callback import print_trace


def make_wide(columns=40, rows=200, classes=12):
    """Columns and classes with names longer than a line."""
    rng = np.random.default_rng(0)
    names = [f"a rather long column name {k}" for k in range(columns)]
    table = pd.DataFrame(rng.normal(size=(rows, columns)), columns=names)
    table["y"] = [f"class number {k % classes}" for k in range(rows)]
    return NeuralNetwork("y ~ .", table, hidden=[30, 20], seed=1)


def read_cells(table):
    """Cells of the body of an HTML table, by row."""
    rows = re.findall("<tr.*?</tr>", table.split("<tbody>")[1], re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


@pytest.mark.parametrize("family", FORMULAS)
def test_text_shows_formula_shapes_family_loss_and_first_rows(family):
    net = make_net(family).backpropagate(0.001)
    text = repr(net)
    assert FORMULAS[family] in text
    assert family in text
    assert f"{net.compute_loss():.5g}" in text
    assert ("accuracy" in text) == bool(net.classes)
    assert "36 rows" in text
    assert "after 1 iteration." in text
    for name in ("X", "W1", "W2", "output"):
        assert f"{name} {getattr(net, name).shape}" in text
    for name in (*net.x_names, "h1", *map(str, net.coef()["W2"].columns)):
        assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text), name


def test_text_shows_the_first_rows_and_says_how_many_more():
    net = make_net("gaussian")
    block = next(b for b in repr(net).split("\n\n") if b.startswith("output"))
    rows = re.findall(r"^(\d+) +(\S+)$", block, re.MULTILINE)
    assert [int(case) for case, _ in rows] == [100 + k for k in range(len(rows))]
    np.testing.assert_allclose([float(mu) for _, mu in rows], net.output[: len(rows), 0], rtol=5e-4)
    assert f"... {36 - len(rows)} more rows" in block
    for name, frame in net.coef().items():
        block = next(b for b in repr(net).split("\n\n") if b.startswith(name))
        assert len(block.splitlines()) == 2 + len(frame)
        assert "more rows" not in block


@pytest.mark.parametrize("hidden", [0, 3, [3, 2]])
def test_text_has_one_block_for_each_matrix(hidden):
    net = make_net(hidden=hidden)
    titles = [block.split()[0] for block in repr(net).split("\n\n")]
    weights = [f"W{k}" for k in range(1, len(net.W) + 1)]
    assert titles == ["NeuralNetwork", "X", *weights, "output"]


def test_text_says_how_training_went():
    net = make_net(decay=0.1)
    assert "after 0 iterations" in repr(net)
    net.train(optimizer="newton", trace=0)
    assert net.message in repr(net)
    assert f"after {len(net.history)} iterations" in repr(net)


def test_wide_and_long_networks_stay_readable():
    text = repr(make_wide())
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 50
    # Omitted columns are marked, and the last one follows the mark.
    assert re.search(r"h1\.1 .*\.\.\. .*h1\.30$", text, re.MULTILINE)
    assert re.search(r"class number 0 .*\.\.\. .*class number 9$", text, re.MULTILINE)


def test_single_long_names_are_never_cut():
    name = "x" * 130
    table = make_table().rename(columns={"x1": name})
    assert name in repr(NeuralNetwork(f"cost ~ {name}", table, 0, seed=1))


def test_html_has_the_same_facts_in_tables():
    net = make_net("softmax", 2)
    html = net._repr_html_()
    assert FORMULAS["softmax"] in html
    assert f"{net.compute_loss():.5g}" in html
    for name in ("X", "W1", "W2", "output"):
        assert f"{name} {getattr(net, name).shape}" in html
    tables = [read_cells(part) for part in re.findall(r"<table.*?</table>", html, re.DOTALL)]
    for body, matrix in zip(tables, (net.X, net.W1, net.W2, net.output), strict=True):
        rows = [[float(cell) for cell in row[1:]] for row in body]
        np.testing.assert_allclose(rows, matrix[: len(rows)], rtol=5e-4)
    assert [row[0] for row in tables[2]] == ["Intercept", "h1", "h2"]


def test_html_is_escaped():
    table = make_table().assign(species=["<b>", "a&b", "c"] * 12).rename(columns={"x1": "x<1"})
    html = NeuralNetwork("species ~ `x<1`", table, seed=1)._repr_html_()
    assert "<b>" not in html
    assert "x<1" not in html
    assert "&lt;b&gt;" in html
    assert "`x&lt;1`" in html


def test_notebooks_show_the_html():
    formatters = pytest.importorskip("IPython.core.formatters")
    net = make_net()
    shown, _ = formatters.DisplayFormatter().format(net)
    assert shown == {"text/plain": repr(net), "text/html": net._repr_html_()}


def test_display_changes_nothing():
    net = NeuralNetwork("Species ~ .", load_iris(), seed=1)
    assert repr(net) == repr(net)
    assert net.history.empty


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((1000, 147.1234, 0.6734), "Iteration 1000\tLoss 147.12\tAccuracy 0.673"),
        ((1, 1e-9, 1.0), "Iteration 1\tLoss 1e-09\tAccuracy 1.000"),
        ((20, 3.0, np.nan), "Iteration 20\tLoss 3"),
        ((2, 3.5, np.nan, 1.25), "Iteration 2\tLoss per row 3.5\tValidation loss per row 1.25"),
        (
            (3, 123456.7, 0.5, 0.000012345678),
            "Iteration 3\tLoss per row 1.2346e+05\tAccuracy 0.500"
            "\tValidation loss per row 1.2346e-05",
        ),
        (
            (4, 3.5, 0.25, np.inf),
            "Iteration 4\tLoss per row 3.5\tAccuracy 0.250\tValidation loss per row inf",
        ),
        (
            (5, 3.5, 0.25, 3.0, (7.0, 4.0)),
            "Iteration 5\tLoss per row 0.5\tAccuracy 0.250\tValidation loss per row 0.75",
        ),
        (
            (6, 3.5, 0.25, np.nan, (np.nan, np.nan), True),
            "Iteration 6\tRunning loss 3.5\tAccuracy 0.250",
        ),
    ],
)
def test_line_of_trace_leaves_out_what_is_not_known(numbers, line, capsys):
    print_trace(*numbers)
    assert capsys.readouterr() == (f"{line}\n", "")


def test_html_aligns_numbers_to_the_right_and_labels_to_the_left():
    head, body = make_net()._repr_html_().split("</details>")[1].split("<tbody>")
    assert set(re.findall(r"<th (style=\".*?;)", head)) == {'style="text-align: right;'}
    assert set(re.findall(r"<th (style=\".*?;)", body)) == {'style="text-align: left;'}
    assert set(re.findall(r"<td (style=\".*?;)", body)) == {'style="text-align: right;'}
