"""Training options: capabilities of user-defined optimizers, and defaults that do not change."""

from types import SimpleNamespace

import pytest
from loops import case_by_case
from networks import OPTIMIZERS, make_net

QUIET = {"trace": 0, "tolerance": None}


def test_capabilities_of_a_user_defined_optimizer_are_read():
    parts = {"needs_curvature": False, "init": None, "step": None, "check_convergence": None}
    net = make_net()
    for options, words in [
        ({"batch_size": 5}, "leave batch_size out"),
        ({"learn_rate": 0.1}, "takes no learn_rate"),
        ({"learn_rate": lambda t: 0.1}, "takes no learn_rate"),
    ]:
        with pytest.raises(ValueError, match=words):
            net.train(1, optimizer=SimpleNamespace(**parts), **options)
    with pytest.raises(ValueError, match="SimpleNamespace cannot minimize an L1 penalty"):
        make_net(decay=1.0, mixture=0.5).train(1, optimizer=SimpleNamespace(**parts))


@pytest.mark.filterwarnings("ignore:Training ended at loss")
@case_by_case("optimizer", OPTIMIZERS)
def test_run_leaves_the_table_of_optimizers_alone(optimizer):
    """Rates and tolerances of one call do not affect the next."""
    expected = make_net().train(3, optimizer=optimizer, **QUIET).theta.tobytes()
    rated = {"learn_rate": 0.5} if optimizer in ("adam", "momentum", "nesterov") else {}
    make_net().train(3, optimizer=optimizer, gradient_tolerance=10.0, **rated, **QUIET)
    assert make_net().train(3, optimizer=optimizer, **QUIET).theta.tobytes() == expected
