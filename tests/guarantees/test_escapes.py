"""Control characters in names from tables and files never reach a terminal or a page."""

import re
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from forgery import find_record, forge
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.errors import messages
from neuralnet.errors.messages import cut, listing, shorten, visible
from neuralnet.model.display import join_lines

# Set the window title, clear the screen, hide text, reverse its direction, return in the line.
HOSTILE = {
    "title": "\x1b]0;owned\x07",
    "clear": "\x1b[2J",
    "C1": "\x9b8m",
    "delete": "ab\x7f\x08\x08",
    "bidi": "\u202eevil\u2066",
    "marks": "\u200f\u061c\u200b",
    "lines": "a\nb\r\u2028c\u2029d\x85e\x0bf",
    "html": "<script>alert(1)</script>&\x1b[1m",
}
N = 24


def make_table(bad):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            f"y{bad}": np.resize([f"u{bad}", "v", "w"], N),
            f"a{bad}": rng.uniform(1, 2, N),
            f"g{bad}": np.resize([f"p{bad}", "q"], N),
            "b": rng.uniform(1, 2, N),
        },
        index=pd.Index([f"row{bad}{k}" for k in range(N)], name=f"id{bad}"),
    )


def quote(name):
    return "`" + re.sub(r"([`\\])", r"\\\1", name) + "`"


def make_net(bad, **options):
    table = make_table(bad)
    a, g = quote(f"a{bad}"), quote(f"g{bad}")
    return NeuralNetwork(f"{quote(f'y{bad}')} ~ {a} + log({a}) + {g}", table, 2, seed=1, **options)


def check(text):
    assert all(line.isprintable() for line in text.split("\n")), repr(text)
    text.encode()


each_name = pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)


@each_name
def test_display_of_a_network_is_printable(bad, capsys):
    net = make_net(bad).train(20, trace=10, optimizer="rprop")
    text = repr(net)
    print(net)
    check(text)
    check(capsys.readouterr().out.replace("\t", ""))
    # A line break in a name does not start a line.
    plain = repr(make_net("").train(20, trace=0, optimizer="rprop"))
    assert len(text.splitlines()) == len(plain.splitlines())
    assert visible(f"a{bad}") in text
    # Text is aligned by its displayed length.
    table = next(block for block in text.split("\n\n") if block.startswith("W1")).splitlines()[1:]
    assert len(table) == 5 and len({*map(len, table)}) == 1
    html = net._repr_html_()
    check(html)
    assert "<script>" not in html and html.count("<tr") == make_net("")._repr_html_().count("<tr")
    # The names themselves do not change.
    assert net.coef()["W2"].columns.tolist()[0] == f"u{bad}"
    assert net.predict(type="probs").index[0] == f"row{bad}0"
    assert net.x_names[0] == "Intercept" and "[T.q]" in net.x_names[-1]
    assert net.metrics().by_class.index[0] == f"u{bad}"
    check(repr(net.metrics()))
    check(net.metrics()._repr_html_())


@each_name
def test_pictures_hold_no_control_characters(bad):
    """matplotlib has no glyph for them, and prints them in its warning."""
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    net = make_net(bad).train(20, trace=0, optimizer="rprop")
    for draw in (net.plot_regions, net.plot_network, net.plot_confusion_matrix):
        figure = Figure(figsize=(16, 12))  # so large that no name is shortened
        draw(ax=figure.add_subplot())
        figure.draw_without_rendering()
        words = [text.get_text() for text in figure.findobj(Text)]
        assert all(word.isprintable() for word in words)
        assert visible(f"u{bad}") in words or any(visible(bad) in word for word in words)


def collect(call):
    """Return the messages of the errors and warnings of a call."""
    with warnings.catch_warnings(record=True) as reported:
        warnings.simplefilter("always")
        try:
            call()
        except Exception as fault:
            reported = [*reported, fault]
    return [str(getattr(each, "message", each)) for each in reported]


@cache
def list_mistakes(bad):
    """Yield invalid calls of every kind, whose messages quote a name."""
    table, net = make_table(bad), make_net(bad)
    y, a, g = f"y{bad}", f"a{bad}", f"g{bad}"
    numbers = NeuralNetwork(f"{quote(a)} ~ b", table, 0, seed=1)

    def make(formula, data=table, **options):
        return lambda: NeuralNetwork(formula, data, 1, seed=1, **options)

    a_, g_, y_ = map(quote, (a, g, y))
    missing = table.assign(**{a: [np.nan] + [1.0] * (N - 1)})
    many = pd.DataFrame({g: [f"{k}{bad}" for k in range(1500)], "b": np.arange(1500.0)})
    return {
        "unknown column": make(f"{y_} ~ {quote('c' + bad)}"),
        "unknown name": make(f"b ~ c + '{bad}'"),
        "unreadable": make(f"{y_} ~ ({a_}"),
        "stray": make(f"{y_} ~ {a_} {bad}"),
        "response as predictor": make(f"{a_} ~ {a_} + b"),
        "twice": make(f"cbind({a_}, {a_}) ~ b"),
        "no finite number": make(f"{y_} ~ log({a_} - {a_})"),
        "text in arithmetic": make(f"{y_} ~ log({g_})"),
        "not as long": make(f"{y_} ~ f({a_})", env={"f": lambda x: x[:3]}),
        "no term": make(f"{y_} ~ f({a_})", env={"f": lambda x: 1 / 0}),
        "raises": make(f"{y_} ~ f({a_})", env={"f": lambda x: {}[bad]}),
        "own error": make(f"{y_} ~ f({a_})", env={"f": lambda x: int(bad)}),
        "offset of text": make(f"{a_} ~ b + offset({g_})"),
        "offsets that differ": make(
            f"cbind({a_}, b) ~ {g_} + offset(cbind({a_}, b)) + offset(cbind({a_}, b, {a_}))"
        ),
        "offset too short": make(f"b ~ {g_} + offset(f({a_}))", env={"f": lambda x: x[:2]}),
        "classes for numbers": make(f"{y_} ~ b", family="gaussian"),
        "one class": make(f"{y_} ~ b", table[table[y] == "v"]),
        "a response of two columns": make(f"poly({a_}, 2) ~ b"),
        "a response that is no number": make(f"log({a_} - 9) ~ b"),
        "many levels": make(f"b ~ {g_}", many),
        "many classes": make(f"{g_} ~ b", many),
        "missing": make(f"{y_} ~ {a_}", missing),
        "missing refused": make(f"{y_} ~ {a_}", missing, na_action="raise"),
        "all missing": make(f"{y_} ~ {a_}", table.assign(**{a: np.nan})),
        "infinite": make(f"{y_} ~ {a_}", table.assign(**{a: np.inf})),
        "constant": make(f"{y_} ~ {a_} + b", table.assign(**{a: 1.0})),
        "spread": lambda: make(f"{y_} ~ {a_} + b", table.assign(**{a: table[a] * 1e9}))().train(
            200, trace=0
        ),
        "dates": make(f"{y_} ~ {a_}", table.assign(**{a: pd.Timestamp("2020")})),
        "unused level": make(
            f"{y_} ~ {g_}",
            table.assign(**{g: pd.Categorical(table[g], ["q", f"p{bad}", f"r{bad}"])}),
        ),
        "weights": make(f"{y_} ~ b", weights=a, data=table.assign(**{a: -1.0})),
        "weights unknown": make(f"{y_} ~ b", weights=f"w{bad}"),
        "class weight": make(f"{y_} ~ b", class_weight={f"u{bad}": 1}),
        "subset": make(f"{y_} ~ b", subset=f"{a_} > 9"),
        "subset unreadable": make(f"{y_} ~ b", subset=f"{a_} > "),
        "subset no truth": make(f"{y_} ~ b", subset=f"log({a_})"),
        "family": make(f"{y_} ~ b", family=bad),
        "whole numbers": make(f"f({a_}) ~ b", env={"f": lambda x: np.resize([1.0, 2.0], N)}),
        "columns of other length": make("b ~ 1", {a: [1.0], "b": [1.0, 2.0]}),
        "poisson below 0": make(f"I({a_} - 9) ~ b", family="poisson"),
        "new level": lambda: net.predict(table.assign(**{g: f"new{bad}"})),
        "new levels": lambda: net.predict(table.assign(**{g: f"new{bad}"}), unseen="missing"),
        "text for numbers": lambda: net.predict(table.assign(**{a: bad})),
        "numbers for text": lambda: net.predict(table.assign(**{g: 1.0})),
        "no column": lambda: net.predict(table.drop(columns=a)),
        "classes of numbers": lambda: numbers.predict(type="class"),
        "positive number": lambda: numbers.metrics(positive=bad),
        "threshold": lambda: numbers.metrics(threshold=bad),
        "kind": lambda: net.predict(type=bad),
        "attribute": lambda: getattr(net, "x" + bad),
        "setting": lambda: setattr(net, "x" + bad, 1),
        "optimizer": lambda: net.train(1, optimizer=bad),
        "positive": lambda: net.metrics(positive=bad),
        "regions": lambda: net.plot_regions(x=bad),
        "design matrix": lambda: net.fit(np.ones((3, 1))),
        "path": lambda: NeuralNetwork.load(bad.replace("/", "")),
        "a file of dates": lambda: NeuralNetwork(
            f"{a_} ~ b", table.set_index(pd.Index([(k, bad) for k in range(N)])), 1
        ).save("/dev/null/x", data=True),
    }


@case_by_case("mistake", list_mistakes("\x1b[2J"))
def test_errors_and_warnings_are_printable_lines(mistake):
    for bad in (HOSTILE["title"], HOSTILE["lines"], HOSTILE["bidi"]):
        reported = collect(list_mistakes(bad)[mistake])
        assert reported, "no mistake"
        for words in reported:
            assert words.isprintable(), repr(words)


def test_message_from_a_file_is_one_line(tmp_path):
    path = tmp_path / "net.nn"
    make_net("").train(3, trace=0, restarts=2).save(path)
    bad = "".join(HOSTILE.values())

    def change(document, arrays):
        for record in ("Stop", "RestartResult"):
            find_record(document, record)["message"] = f"It has converged.{bad}" + "x" * 10**6

    forge(path, change)
    net = NeuralNetwork.load(path)
    assert net.message.startswith("It has converged.") and net.message.isprintable()
    assert len(net.message) < 10_000
    assert net.restarts["message"][1] == net.message
    check(repr(net))
    check(net._repr_html_())


@given(st.text(st.characters()))
def test_any_text_is_one_printable_line(text):
    assert visible(text).isprintable()
    visible(text).encode()
    assert visible(text) == text or not text.isprintable()
    assert len(visible(text, most=10)) <= 100
    assert shorten(text).isprintable() and listing([text]).isprintable()


def test_formula_in_several_lines_is_shown_in_one():
    assert join_lines("y ~ a +\n    b +\r\n\tc") == "y ~ a + b + c"
    assert join_lines("y ~ `a\nb` + C(g, 'u\nv')") == "y ~ `a\nb` + C(g, 'u\nv')"
    table = make_table("").rename(columns={"a": "one\ntwo"})
    text = repr(NeuralNetwork("y ~ b +\n  `one\ntwo`", table, 1, seed=1))
    assert text.splitlines()[0] == r"NeuralNetwork  y ~ b + `one\ntwo`"


LONG = "n" * 10_000


@case_by_case("mistake", list_mistakes("b"))
def test_long_texts_are_shortened_in_errors_and_warnings(mistake):
    usual = collect(list_mistakes("b")[mistake])
    long = collect(list_mistakes(LONG)[mistake])
    assert usual and long
    # A few names of a line or two each.
    assert max(map(len, long)) < max(map(len, usual)) + 8 * 300


FORMULAS = {
    "no sides": "{}",
    "name": "y ~ {}",
    "reserved": "y ~ __column_0__ + {}",
    "stray": "y ~ b + {} + $",
    "left side": "y + {} ~ b",
    "dot at the left": "cbind(., {}) ~ b",
    "twice": "cbind(b, b) ~ {}",
    "number": "y ~ 2 + {}",
    "number of many digits": "y ~ 2" + "2" * 4000 + " + b",
    "power": "y ~ (b + y)^{}",
    "offset": "y ~ b:offset(b) + {}",
    "two in an offset": "y ~ b + offset(b, {})",
    "no column": "y ~ log(1) + {}",
    "call of a column": "y ~ b({}) + b",
    "dot": "y ~ log(.) + {}",
    "word": "y ~ log(cbind(b)) + {}",
    "whole column": "y ~ mean(b) + {}",
    "no response": "~ {}",
    "attribute": "y ~ b.{}",
    "function": "y ~ {}(b)",
    "unread": "y ~ ({}",
    "quoted": "y ~ `{}`",
    "string": "y ~ '{}'",
    "no predictor": "y ~ 0 + I(b",
}


@case_by_case("formula", FORMULAS.values(), ids=FORMULAS)
def test_long_formula_is_shortened_in_errors(formula):
    table = pd.DataFrame({"y": np.arange(9.0), "b": np.arange(9.0) % 4})
    reported = collect(lambda: NeuralNetwork(formula.format(LONG), table, 0))
    reported += collect(lambda: NeuralNetwork("y ~ b", table, 0, subset=formula.format(LONG)))
    assert len(reported) > 1 and max(map(len, reported)) < 1500


def test_quotes_are_closed_where_a_name_is_shortened():
    assert messages.quote("a b") == "'a b'" and cut("a b") == "a b"
    assert messages.quote(LONG) == "'" + "n" * 197 + "...'" and cut(LONG) == "n" * 197 + "..."
    assert messages.quote("\x1b" * 300).isprintable() and messages.quote([1, 2]) == "[1, 2]"


@pytest.mark.parametrize("bad", [*HOSTILE.values(), LONG], ids=[*HOSTILE, "long"])
@pytest.mark.parametrize("content", [b"nothing", None], ids=["damaged", "missing"])
def test_paths_in_errors_are_printable(bad, content, tmp_path):
    name = bad.replace("/", "")[:200]
    folder = tmp_path / name / name[:50]
    if content:
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
    net = make_net("")
    calls = [lambda: NeuralNetwork.load(folder / name), lambda: net.save(folder)]
    if content:
        calls += [lambda: NeuralNetwork.load(folder / name, limit=1)]
    for call in calls:
        reported = collect(call)
        assert reported and all(words.isprintable() for words in reported), reported
    if bad == LONG:
        reported = collect(lambda: NeuralNetwork.load(LONG)) + collect(lambda: net.save(LONG))
        reported += collect(lambda: NeuralNetwork.load([LONG]))
        assert len(reported) == 3 and max(map(len, reported)) < 1000


def test_newer_format_is_reported_with_a_printable_path(tmp_path):
    path = tmp_path / "\x1b[31mred.nn"
    make_net("").save(path)
    forge(path, lambda document, arrays: document.update(format=9))
    with pytest.raises(ValueError, match="has format 9") as reported:
        NeuralNetwork.load(path)
    assert str(reported.value).isprintable()


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"], ids=["null", "half"])
def test_impossible_path_is_refused_with_an_explanation(name, tmp_path):
    net = make_net("")
    for call in (net.save, NeuralNetwork.load):
        with pytest.raises(ValueError, match="path must be the name of a file") as reported:
            call(tmp_path / name)
        assert str(reported.value).isprintable()
