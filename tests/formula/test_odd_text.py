"""Any text is parsed as a formula or a condition, or refused with an explanation."""

import warnings

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.design.subset import read_subset
from neuralnet.errors.warnings import DataWarning

TABLE = pd.DataFrame(
    {
        "y": np.arange(8.0) % 3,
        "x": np.arange(8.0) + 1,
        "t": [True, False, False, True] * 2,
        "g": list("uvwuvwuv"),
        "a b": np.arange(8.0) ** 2,
    }
)
TOKENS = [
    *("y", "x", "t", "g", "a b", "`a b`", "zz", "1", "0.5", "1e", "0x", "'u'", "'", '"', "`"),
    *("~", "+", "-", "*", "**", "/", "//", ":", "^", "%in%", "%", "&", "|", "!", "@", ">>", "->"),
    *("==", "<", "=", ":=", "(", ")", "[", "]", "{", "}", ",", ".", "..", ";", "#", "\\", "$"),
    *(" ", "  ", "\t", "\n", "\x00", "lambda", "if", "else", "not", "in", "is", "for", "await"),
    *("yield", "None", "True", "log(", "I(", "C(", "offset(", "cbind(", "center(", "scale(", "f'"),
]


def learn(formula):
    Design.fit(formula, TABLE).read(TABLE)


READERS = {
    "right": lambda text: learn(f"y ~ {text}"),
    "left": lambda text: learn(f"{text} ~ 1"),
    "call": lambda text: learn(f"y ~ log({text})"),
    "offset": lambda text: learn(f"y ~ x + offset({text})"),
    "cbind": lambda text: learn(f"cbind({text}, y) ~ x"),
    "offset of cbind": lambda text: learn(f"y ~ x + offset(cbind(y, {text}))"),
    "subset": lambda text: read_subset(text, TABLE, None),
}
ODD = [
    *("~t", " ~t", "~(x > 1)", "~~t", "*t", "**t", "t if", "t if x", "t if x else y", "lambda: t"),
    *("t := 1", "(t := 1)", "  t", "\tt", "\nt", "t\n", "t # why", "#", "t;x", "t =", "t = 1", "."),
    *("x >", "(t", "t)", "await t", "yield t", "[t for t in x]", "f'{t}'", "1_", "0x", "a b", ""),
]


def read(kind, text):
    """Return whether a text is parsed; raise any error that is not one of this package."""
    try:
        READERS[kind](text)
    except (ValueError, TypeError) as fault:
        assert type(fault) in (ValueError, TypeError), text
        assert len(str(fault)) > 20, text
        return False
    return True


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
@case_by_case("kind", READERS)
@case_by_case("text", ODD, ids=ascii)
def test_odd_expression_is_parsed_or_refused(kind, text):
    read(kind, text)


@case_by_case("kind", READERS)
def test_any_few_tokens_are_parsed_or_refused(kind):
    rng = np.random.default_rng(13)
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for _ in range(300):
            outcomes.add(read(kind, "".join(rng.choice(TOKENS, rng.integers(1, 6)))))
    assert False in outcomes


@pytest.mark.parametrize(
    ("subset", "same"),
    [
        ("~t", "!t"),
        (" ~t", "!t"),
        ("~(x > 3)", "x <= 3"),
        ("~~t", "t"),
        ("x > 3 & ~t", "x > 3 & !t"),
    ],
)
def test_tilde_is_not_in_a_condition_as_it_is_in_pandas(subset, same):
    found, wanted = (read_subset(text, TABLE, None).tolist() for text in (subset, same))
    assert found == wanted and any(found)


def test_tilde_in_calls_is_refused_or_computed():
    with pytest.raises(TypeError, match=r"offset\(~t\) must hold numbers; ~t holds False, True"):
        NeuralNetwork("y ~ x + offset(~t)", TABLE, hidden=0, family="gaussian")
    with pytest.raises(ValueError, match=r"~ join comparisons, .* and take no numbers"):
        NeuralNetwork("cbind(~y, x) ~ g", TABLE, hidden=0, family="gaussian")
    net = NeuralNetwork("I(~t) ~ x", TABLE, hidden=0)
    assert net.predict(type="probs").shape == (8, 2)


@pytest.mark.parametrize(
    ("subset", "name"),
    [("a b > 3", "a b"), ("log(a b) > 1", "a b"), ("t & a b > 3", "a b"), ("1st > 0", "1st")],
)
def test_condition_hints_at_backticks_too(subset, name):
    table = TABLE.assign(**{"1st": TABLE["x"]})
    with pytest.raises(ValueError, match=rf" in backticks: `{name}`$"):
        read_subset(subset, table, None)
    with pytest.raises(ValueError, match="unknown name 'zz'") as caught:
        read_subset("g == 'a b' & zz > 1", table, None)
    assert "backticks" not in str(caught.value)
