"""Records that refer to a model: copies are the record, and pickles are refused in words."""

import copy
import pickle

import pytest
from r_models import fit

MAKERS = {
    "Inference": lambda net: net.inference(),
    "Bootstrap": lambda net: net.inference().bootstrap(2, seed=1),
    "Explanation": lambda net: net.explain(),
}


@pytest.mark.parametrize("name", MAKERS)
def test_record_is_its_own_copy_and_is_not_pickled(name):
    found = MAKERS[name](fit("mtcars"))
    assert copy.copy(found) is copy.deepcopy(found) is found
    wanted = rf"{name} is not stored: pickle or save the network, which gives it again by .*\(\)"
    with pytest.raises(TypeError, match=wanted) as refused:
        pickle.dumps(found)
    # What it advises to keep is there, and can be pickled.
    for call in str(refused.value).partition("as ")[2].split(" or "):
        kept = found
        for part in call.split("."):
            kept = getattr(kept, part.removesuffix("()"))
            kept = kept() if part.endswith("()") else kept
        pickle.dumps(kept)
