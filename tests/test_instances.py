"""Shared instances: coverage of the pairwise subset."""

from itertools import product

import extent
import pytest
from extent import cover_pairs, list_pairs
from instances import FAMILIES, INSTANCES, OBJECTIVES, PAIRWISE, list_factors, pick_objectives

from neuralnet.activations import ACTIVATIONS


def list_fitting(instances):
    """Family and activation, one layer at a time; None if there is no layer."""
    for family, first, second, *_ in map(list_factors, instances):
        yield from ((family, first), (family, second))


def test_pairwise_instances_have_each_value_and_each_family_with_each_activation():
    for whole, part in zip(
        *(zip(*map(list_factors, group), strict=True) for group in (INSTANCES, PAIRWISE)),
        strict=True,
    ):
        assert {*whole} == {*part}
    families = {type(family).__name__ for family in FAMILIES.values()}
    assert {*list_fitting(PAIRWISE)} == {*product(families, [None, *ACTIVATIONS])}
    layers = {instance.perceptron.activations for instance in PAIRWISE}
    assert layers == {instance.perceptron.activations for instance in INSTANCES}


@pytest.mark.parametrize("words", [(), ("decay",), ("scale", "mixture")], ids=str)
def test_pairwise_objectives_have_each_penalty_and_scale_with_each_family(words):
    def list_kinds(names):
        for name in names:
            factors, parts = list_factors(OBJECTIVES[name]), {*name.split("-")}
            yield factors[0], "-".join(sorted(parts & {"decay", "decays", "mixture"}))
            yield factors[0], "scale" in parts

    whole = [name for name in OBJECTIVES if not words or any(word in name for word in words)]
    assert {*list_kinds(pick_objectives(*words))} == {*list_kinds(whole)}


@pytest.mark.parametrize("sizes", [(2, 2), (3, 2, 2), (4, 3, 3, 2)], ids=str)
def test_each_pair_of_values_is_covered_by_a_part_of_the_cases(monkeypatch, sizes):
    cases = [*product(*map(range, sizes))]
    monkeypatch.setattr(extent, "ALL", True)
    assert cover_pairs(cases, tuple) == cases
    monkeypatch.setattr(extent, "ALL", False)
    part = cover_pairs(cases, tuple)
    assert set().union(*map(list_pairs, part)) == set().union(*map(list_pairs, cases))
    assert sizes[0] * sizes[1] <= len(part) <= len(cases) // max(1, len(sizes) - 1)
