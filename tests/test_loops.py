"""Cases in one test: all of them run, and those that fail are named."""

from inspect import signature

import loops
import pytest
from loops import case_by_case

WORDS = ["one", "two", "three"]


@pytest.fixture(autouse=True)
def _in_one_test(monkeypatch):
    monkeypatch.setattr(loops, "ALL", False)


def test_all_cases_run_with_their_names_and_with_fixtures():
    seen = []

    @case_by_case("a", [1, 2])
    @case_by_case(("b", "c"), [(3, 4), (5, 6)])
    def check(a, b, c, shared):
        seen.append((a, b, c, shared))

    assert [*signature(check).parameters] == ["shared"]
    check(shared=0)
    assert seen == [(1, 3, 4, 0), (1, 5, 6, 0), (2, 3, 4, 0), (2, 5, 6, 0)]


@pytest.mark.parametrize(
    ("ids", "failed"),
    [(None, "'one'; 'three'"), (["A", "B", "C"], "A; C"), (str.upper, "ONE; THREE")],
)
def test_error_of_the_first_case_names_those_that_failed(ids, failed):
    seen = []

    @case_by_case("word", WORDS, ids=ids)
    def check(word):
        seen.append(word)
        assert word == "two"

    with pytest.raises(AssertionError, match="one") as caught:
        check()
    assert seen == WORDS
    assert caught.value.__notes__ == [f"in 2 of 3 cases: {failed}"]


def test_warning_that_is_missing_fails():
    @case_by_case("word", WORDS)
    def check(word):
        with pytest.warns(UserWarning):
            pass

    with pytest.raises(pytest.fail.Exception, match="DID NOT WARN") as caught:
        check()
    assert caught.value.__notes__ == ["in 3 of 3 cases: 'one'; 'two'; 'three'"]


def test_no_cases_and_unknown_names_are_refused():
    with pytest.raises(AssertionError, match="without cases"):
        case_by_case("word", [])
    with pytest.raises(AssertionError, match="no argument"):
        case_by_case("words", WORDS)(lambda word: None)


def test_each_case_is_a_test_if_all_are_asked_for(monkeypatch):
    monkeypatch.setattr(loops, "ALL", True)

    @case_by_case("word", WORDS)
    def check(word):
        """Never run."""

    (mark,) = check.pytestmark
    assert (mark.name, *mark.args) == ("parametrize", "word", WORDS)
