"""Number of cases: a part of those of costly tests, all with ``NEURALNET_TESTS=all``."""

import os
from itertools import combinations

ALL = os.environ.get("NEURALNET_TESTS") == "all"


def list_pairs(factors):
    """Pairs of factors with their values."""
    return {*combinations(enumerate(factors), 2)}


def cover_pairs(cases, describe):
    """Choose cases greedily to cover each pair of values of two factors; all cases with ``ALL``.

    ``describe`` returns the values of the factors of a case. The next case is always the one with
    the most uncovered pairs, and the first of them in a tie.
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
    """Number of examples that Hypothesis draws: a third of n, or n with ``ALL``."""
    return number if ALL else number // 3
