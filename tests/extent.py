"""Number of cases: a part of those of costly tests, all where ``NEURALNET_TESTS=all``."""

import os
from itertools import combinations

ALL = os.environ.get("NEURALNET_TESTS") == "all"


def list_pairs(factors):
    """Pairs of factors with their values."""
    return {*combinations(enumerate(factors), 2)}


def cover_pairs(cases, describe):
    """The cases that cover each pair of values of two factors, chosen greedily; all where ``ALL``.

    ``describe`` returns the values of the factors of a case. The next case is always the one with
    the most pairs that are in no case before it, and of several the first.
    """
    if ALL:
        return cases
    pairs = [list_pairs(describe(case)) for case in cases]
    missing, chosen = set().union(*pairs), []
    while missing:
        best = max(range(len(cases)), key=lambda i: len(missing & pairs[i]))
        chosen.append(best)
        missing -= pairs[best]
    return [cases[i] for i in sorted(chosen)]


def count_examples(number):
    """The number of examples that Hypothesis draws: a third of it, or where ``ALL`` all."""
    return number if ALL else number // 3
