"""Values of a command line, and hints for misspelled names."""

import argparse
import errno
import os

import pytest

from neuralnet.errors.command_line import (
    as_usage,
    is_unread,
    make_option,
    parse,
    read_hidden,
    read_number,
)


def test_hidden_layers_are_read():
    assert [read_hidden(text) for text in ("5", "16,8", "0")] == [5, [16, 8], 0]
    for text in ("x", "", "2.5", "-1", "3,x"):
        with pytest.raises((TypeError, ValueError), match="hidden must be"):
            read_hidden(text)
    assert [read_number(text) for text in ("3", "0.5", "cv")] == [3, 0.5, "cv"]


def test_faults_of_checks_are_wrong_usage():
    for fault in (TypeError("must be a"), ValueError("must be a")):

        def check(text, fault=fault):
            raise fault

        with pytest.raises(argparse.ArgumentTypeError, match="must be a"):
            as_usage(check)("b")
    assert make_option("type", "class", "probs")["type"]("probs") == "probs"
    with pytest.raises(argparse.ArgumentTypeError, match="Did you mean 'probs'"):
        make_option("type", "class", "probs")["type"]("proba")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (["shwo"], "no command 'shwo': there are show. Did you mean 'show'?"),
        (["show", "--dtaa", "x"], "no argument '--dtaa' is known here. Did you mean '--data'?"),
        (["show", "more"], "no argument 'more' is known here."),
    ],
)
def test_misspelled_names_get_a_hint(given, hint, capsys):
    parser = argparse.ArgumentParser("tool")
    show = parser.add_subparsers(required=True).add_parser("show")
    show.set_defaults(command="show")
    show.add_argument("--data")
    assert parse(parser, {"show": show}, ["show", "--data", "a"]).data == "a"
    with pytest.raises(SystemExit) as end:
        parse(parser, {"show": show}, given)
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: {hint}\n")


def test_closed_pipe_of_windows(monkeypatch):
    fault = OSError(errno.EINVAL, "Invalid argument")
    assert is_unread(BrokenPipeError()) and not is_unread(fault)
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        found = is_unread(fault), is_unread(OSError(errno.ENOENT, "no")), is_unread(ValueError())
    assert found == (True, False, False)
