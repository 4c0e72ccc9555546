"""Argument checks: valid values are converted, invalid ones raise with what is wanted."""

import re
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.errors.arguments import (
    check_choice,
    check_decay,
    check_flag,
    check_hidden,
    check_number,
    check_tolerance,
    check_whole,
)

NUMBERS = "a number of at least 0"
WHOLE = "a whole number of at least 0"
HIDDEN = "hidden must be a number of units such as 5, a list such as"
TABLE = {"adam": 1, "newton": 2}


@case_by_case(
    ("check", "value", "expected"),
    [
        (check_number, 2, 2.0),
        (check_number, 0, 0.0),
        (check_number, np.float32(0.5), 0.5),
        (check_number, np.int8(3), 3.0),
        (check_number, Fraction(1, 4), 0.25),
        (check_whole, 1e4, 10_000),
        (check_whole, 0, 0),
        (check_whole, np.int64(7), 7),
        (check_whole, np.float64(7.0), 7),
        (check_hidden, 0, ()),
        (check_hidden, 5, (5,)),
        (check_hidden, np.int32(5), (5,)),
        (check_hidden, [], ()),
        (check_hidden, [16, 8], (16, 8)),
        (check_hidden, (np.int64(3),), (3,)),
    ],
)
def test_valid_values_are_converted(check, value, expected):
    found = check(value) if check is check_hidden else check("option", value)
    assert found == expected
    assert type(found) is type(expected)
    if check is check_hidden:
        assert all(type(size) is int for size in found)


@case_by_case(
    ("check", "value", "error", "wanted"),
    [
        (check_number, -1e-9, ValueError, NUMBERS),
        (check_number, np.nan, ValueError, NUMBERS),
        (check_number, np.inf, ValueError, NUMBERS),
        (check_number, "1", TypeError, NUMBERS),
        (check_number, None, TypeError, NUMBERS),
        (check_number, True, TypeError, NUMBERS),
        (check_number, 1j, TypeError, NUMBERS),
        (check_number, Decimal(1), TypeError, NUMBERS),
        (check_number, np.ones(1), TypeError, NUMBERS),
        (check_whole, 2.5, ValueError, WHOLE),
        (check_whole, -1, ValueError, WHOLE),
        (check_whole, np.nan, ValueError, WHOLE),
        (check_whole, np.inf, ValueError, WHOLE),
        (check_whole, "10", TypeError, WHOLE),
        (check_whole, None, TypeError, WHOLE),
        (check_whole, False, TypeError, WHOLE),
    ],
)
def test_invalid_numbers_raise_with_what_is_wanted(check, value, error, wanted):
    with pytest.raises(error) as caught:
        check("option", value)
    assert str(caught.value) == f"option must be {wanted}, not {value!r}"


@case_by_case(
    ("options", "good", "bad", "wanted"),
    [
        ({"least": 1.0}, 1.0, 0.999, "a number of at least 1"),
        ({"above": True}, 1e-300, 0.0, "a number above 0"),
        ({"least": 1.0, "above": True}, 1.001, 1.0, "a number above 1"),
        ({"most": 1.0}, 1.0, 1.001, "a number from 0 to 1"),
        ({"most": 1.0}, 0.0, -0.1, "a number from 0 to 1"),
        ({"most": 1.0, "below": True}, 0.0, 1.0, "a number of at least 0 and below 1"),
        ({"most": 1.0, "above": True}, 1.0, 0.0, "a number above 0 and at most 1"),
        ({"most": 1.0, "above": True, "below": True}, 0.5, 1.0, "a number above 0 and below 1"),
    ],
)
def test_bounds_of_numbers(options, good, bad, wanted):
    assert check_number("rate", good, **options) == good
    with pytest.raises(ValueError, match=f"^rate must be {wanted}, not {bad}$"):
        check_number("rate", bad, **options)


def test_bounds_of_whole_numbers():
    assert check_whole("parts", 2, least=2) == 2
    with pytest.raises(ValueError, match=r"^parts must be a whole number of at least 2, not 1$"):
        check_whole("parts", 1, least=2)


@pytest.mark.parametrize("value", [0, 0.25, 1, np.float32(0.5)])
def test_share_is_a_number_from_0_to_1(value):
    found = check_number("mixture", value, most=1.0)
    assert found == value and type(found) is float


@case_by_case(
    ("value", "error"),
    [
        (1.001, ValueError),
        (-0.1, ValueError),
        (np.nan, ValueError),
        (np.inf, ValueError),
        ("half", TypeError),
        (True, TypeError),
    ],
)
def test_invalid_share_is_refused(value, error):
    with pytest.raises(error) as caught:
        check_number("mixture", value, most=1.0)
    assert str(caught.value) == f"mixture must be a number from 0 to 1, not {value!r}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (0, 0.0), (-3, -3.0), (np.inf, np.inf), (np.float32(0.5), 0.5)],
)
def test_tolerance_is_any_number_or_none(value, expected):
    found = check_tolerance(value)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "error"), [(np.nan, ValueError), ("a", TypeError), (True, TypeError), (1j, TypeError)]
)
def test_invalid_tolerance_is_refused(value, error):
    with pytest.raises(error) as caught:
        check_tolerance(value)
    assert str(caught.value) == f"tolerance must be a number, None or 'default', not {value!r}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0.0), (np.float32(0.5), 0.5), ([1, 0.5], (1.0, 0.5)), ((0, np.int64(2)), (0.0, 2.0))],
)
def test_decay_is_one_number_or_one_for_each_matrix(value, expected):
    found = check_decay(value, 2)
    assert found == expected and type(found) is type(expected)
    if isinstance(found, tuple):
        assert all(type(each) is float for each in found)


@case_by_case(
    ("value", "error", "message"),
    [
        ([1.0], ValueError, "decay names 1 layer, but there are 2 matrices of weights: "),
        ([], ValueError, "decay names 0 layers, but there are 2 "),
        ([1.0, -1.0], ValueError, "decay must be a number of at least 0, not -1.0"),
        ([1.0, "a"], TypeError, "decay must be a number of at least 0, not 'a'"),
        (-1.0, ValueError, "decay must be a number of at least 0, not -1.0"),
        (np.ones(2), TypeError, "decay must be a number of at least 0, not array"),
        (None, TypeError, "decay must be a number of at least 0, not None"),
    ],
)
def test_invalid_decay_is_refused(value, error, message):
    with pytest.raises(error) as caught:
        check_decay(value, 2)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("value", [True, False])
def test_flag_is_true_or_false(value):
    assert check_flag("scale", value) is value


@pytest.mark.parametrize("value", [1, 0, None, "True", np.ones(1)])
def test_values_equal_to_a_flag_are_refused(value):
    with pytest.raises(TypeError) as caught:
        check_flag("scale", value)
    assert str(caught.value) == f"scale must be True or False, not {value!r}"


def test_choice_is_looked_up():
    assert check_choice("optimizer", "newton", TABLE) == 2


@pytest.mark.parametrize(
    ("value", "hint"),
    [("adm", " Did you mean 'adam'?"), ("Newton", " Did you mean 'newton'?"), ("xyz", "")],
)
def test_misspelt_choice_gets_a_hint(value, hint):
    with pytest.raises(ValueError) as caught:
        check_choice("optimizer", value, TABLE)
    assert str(caught.value) == f"optimizer must be one of 'adam', 'newton', not {value!r}.{hint}"


@case_by_case(
    ("hidden", "error", "what"),
    [
        (-1, ValueError, "0 for none; not -1"),
        ([5, 0], ValueError, r"0 for none; not [5, 0]"),
        (5.0, TypeError, "not 5.0"),
        ("5", TypeError, "not '5'"),
        (None, TypeError, "not None"),
        (True, TypeError, "not True"),
        ([5, 2.5], TypeError, "2.5 is not a whole number"),
        ([True], TypeError, "True is not a whole number"),
    ],
)
def test_invalid_layers_are_refused(hidden, error, what):
    with pytest.raises(error) as caught:
        check_hidden(hidden)
    assert str(caught.value).startswith(HIDDEN)
    assert str(caught.value).endswith(what)


@case_by_case(
    ("argument", "word", "meant"),
    [
        ("family", "multinomial", "softmax"),
        ("family", "binary_crossentropy", "binomial"),
        ("family", "MSE", "gaussian"),
        ("activation", "logistic", "sigmoid"),
        ("activation", "linear", "identity"),
        ("activation", "swish", "silu"),
        ("optimizer", "sgd", "gradient_descent"),
        ("optimizer", "rprop+", "rprop"),
        ("type", "raw", "probs"),
        ("type", "proba", "probs"),
        ("family", "logit", "binomial"),
    ],
)
def test_choices_of_other_packages_are_translated(argument, word, meant):
    net = make_net()
    calls = {
        "optimizer": lambda: net.train(1, optimizer=word),
        "type": lambda: net.predict(type=word),
    }
    build = partial(NeuralNetwork, "species ~ x1", make_table(), **{argument: word})
    with pytest.raises(ValueError, match=f"not {re.escape(repr(word))}. Did you mean '{meant}'?"):
        calls.get(argument, build)()
