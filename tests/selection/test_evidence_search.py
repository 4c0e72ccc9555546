"""``decay="evidence"`` in training: what it needs, what it keeps, and where it stands."""

import warnings

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.errors import ConvergenceWarning
from neuralnet.optimizers import LBFGS, Newton
from neuralnet.selection import evidence_search


def make_table(n=100, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-2.0, 2.0, size=(2, n))
    y = np.sin(2.0 * a) + a * b / 2.0 + 0.4 * rng.normal(size=n)
    g = np.where(y > 0, "yes", "no")
    return pd.DataFrame({"a": a, "b": b, "y": y, "g": g, "z": y + rng.normal(size=n)})


def make(formula="y ~ a + b", hidden=3, data=None, **options):
    options = {"activation": "tanh", "decay": "evidence", "seed": 1} | options
    return NeuralNetwork(formula, make_table() if data is None else data, hidden, **options)


def test_start_of_the_highest_evidence_is_kept():
    net = make().train(trace=0, restarts=10)
    table = net.restarts
    place = int(table["evidence"].argmax())
    assert len(table) == 10 and table["optimum"].iloc[place] == 1
    assert table["decay"].iloc[place] == net.decay
    np.testing.assert_allclose(net.inference().log_evidence, table["evidence"].max(), rtol=1e-9)
    np.testing.assert_allclose(net.inference().edf, table["edf"].iloc[place], rtol=1e-6)
    assert net.converged and net.tuning.empty
    # All ends are optima with the decay that was kept.
    for end in net._fit.ends:
        twin = net.clone()
        twin.theta = end.theta
        assert twin.clone().train(1, optimizer="newton", trace=0).inference().judgement.allows
        np.testing.assert_allclose(end.penalized_loss, twin.compute_loss(penalty=True))
        assert np.abs(twin.objective()[1]).max() < 1e-4


@pytest.mark.parametrize("hidden", [0, 3])
def test_automatic_training_and_newton_by_name_are_the_same(hidden):
    one, two = (
        make(hidden=hidden).train(trace=0, **options) for options in ({}, {"optimizer": "newton"})
    )
    assert one.theta.tobytes() == two.theta.tobytes() and one.decay == two.decay
    assert len(one.restarts) == (4 if hidden else 1)
    used = one._model.used
    assert used.scale and used.penalize_bias and used.init == "glorot"
    assert f"decay {one.decay:.4g} (evidence)" in repr(one)
    assert f"decay {one.decay:.4g} by evidence" in one.message
    given = make(hidden=hidden).train(trace=0, optimizer=Newton())
    np.testing.assert_allclose(given.decay, one.decay)


def test_another_training_keeps_the_decay_and_more_starts_search_again():
    net = make().train(trace=0)
    decay, theta = net.decay, net.theta
    net.train(trace=0)
    assert net.decay == decay and np.array_equal(net.theta, theta)
    assert "Kept decay" in net.message
    net.train(5, optimizer="adam", trace=0)
    assert net.decay == decay and not np.array_equal(net.theta, theta)
    net.theta = theta
    net.train(trace=0, restarts=6)
    table = net.restarts
    assert len(table) == 6
    # The present weights are the first start, and begin at their own fixed point.
    np.testing.assert_allclose(table["decay"].iloc[0], decay, rtol=1e-5)
    assert net.inference().log_evidence >= table["evidence"].iloc[0] - 1e-9


@pytest.mark.parametrize("options", [{"n_jobs": 1}, {"n_jobs": 2}])
def test_processes_change_no_bit(options):
    one, two = make().train(trace=0), make().train(trace=0, **options)
    assert one.theta.tobytes() == two.theta.tobytes() and one.decay == two.decay
    assert one.restarts.equals(two.restarts)


REFUSED = {
    "scale": ({"scale": False}, "leave scale=False out"),
    "mixture": ({"mixture": 0.5}, "leave mixture= out"),
    "relu": ({"activation": "relu"}, "'tanh' or 'softplus'"),
    "single": ({"dtype": "float32"}, "dtype='float64'"),
    "biases": ({"penalize_bias": False}, "leave penalize_bias=False out"),
    "classes": ({"class_weight": "balanced", "formula": "g ~ a + b"}, "leave it out"),
    "large": ({"hidden": 1000}, "Take fewer hidden units"),
    "several": ({"formula": "cbind(y, z) ~ a + b"}, "network for each response"),
    "factor": ({"penalty_factor": {"a": 0}}, "no penalty_factor of 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_network_that_evidence_does_not_apply_to_is_refused(name):
    options, remedy = REFUSED[name]
    with pytest.raises(ValueError, match=r"decay='evidence' .*; or give a number") as caught:
        make(**options)
    assert remedy in str(caught.value)


TRAINING = {
    "optimizer": ({"optimizer": "lbfgs"}, "not LBFGS: call train"),
    "record": ({"optimizer": LBFGS()}, "not LBFGS"),
    "iterations": ({"iterations": 100}, "not GradientDescent"),
    "batch_size": ({"batch_size": 10}, "leave batch_size= out"),
    "validation": ({"validation": 0.2}, "leave validation= out"),
    "mask": ({"mask": np.arange(13) > 3}, "leave mask= out"),
    "groups": ({"groups": "a"}, "cross-validated"),
    "rule": ({"rule": "1se"}, "cross-validated"),
    "rate": ({"optimizer": "newton", "learn_rate": 0.1}, "takes no learn_rate"),
}


@pytest.mark.parametrize("name", TRAINING)
def test_training_that_evidence_does_not_go_with_is_refused(name):
    options, remedy = TRAINING[name]
    net = make()
    before = net.theta.copy(), repr(net)
    with pytest.raises(ValueError, match=remedy):
        net.train(trace=0, **options)
    assert np.array_equal(net.theta, before[0]) and repr(net) == before[1]


def test_word_for_decay_is_checked():
    with pytest.raises(ValueError, match="'evidence'"):
        make(decay="evidense")


@pytest.mark.parametrize("formula", ["y ~ a + b", "g ~ a + b"])
def test_noise_is_reported(formula):
    rng = np.random.default_rng(5)
    noise = make_table().assign(y=rng.normal(size=100))
    net = make("y ~ a + b", data=noise)
    with pytest.warns(ConvergenceWarning, match="nothing was left"):
        net.train(trace=0)
    assert not net.converged and "nothing was left" in net.message
    np.testing.assert_allclose(net.output, noise["y"].mean(), atol=0.05)


def test_folds_find_decays_of_their_own():
    net = make("z ~ y + a", hidden=0)
    seen = []
    original = evidence_search.describe_fixed_point

    def note(point, starts):
        seen.append(point.decay)
        return original(point, starts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence_search, "describe_fixed_point", note)
        found = net.cross_validate(k=4)
    assert len(set(seen)) == 4 and found.deviance > 0
    other = make("z ~ y", hidden=0)
    assert net.compare(other, k=4, optimizer="newton").first.deviance == found.deviance
    grouped = net.cross_validate(k=4, groups=np.arange(100) // 5)
    assert np.isfinite(grouped.deviance)


@pytest.mark.parametrize("data", [False, True])
def test_files_and_copies_carry_decay_and_ends(data, tmp_path):
    net = make().train(trace=0)
    path = tmp_path / "net.nn"
    net.save(path, data=data)
    loaded = NeuralNetwork.load(path) if data else NeuralNetwork.load(path, make_table())
    for other in (loaded, net.clone()):
        assert other.decay == net.decay and other._model.given.decay == "evidence"
        assert other.restarts.equals(net.restarts)
        one, two = net.inference(), other.inference()
        assert one.decay_source == two.decay_source == "evidence"
        assert [each.tobytes() for each in two.optima] == [each.tobytes() for each in one.optima]
        assert other.train(trace=0).theta.tobytes() == net.clone().train(trace=0).theta.tobytes()
    fresh = net.update(seed=2)
    assert fresh.decay == 0.0 and fresh._model.given.decay == "evidence"
    assert loaded.update(hidden=2).train(trace=0).decay > 0.0
    untrained = tmp_path / "untrained.nn"
    make().save(untrained)
    assert NeuralNetwork.load(untrained, make_table()).train(trace=0).decay == net.decay


@pytest.mark.parametrize("ended", [0, 2])
def test_interrupted_search_leaves_the_network_whole(ended, monkeypatch):
    whole, net = make().train(trace=0), make()
    start, calls = net.theta.copy(), []
    original = evidence_search.find_fixed_point

    def fail(*arguments):
        calls.append(1)
        if len(calls) > ended:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(evidence_search, "find_fixed_point", fail)
    with pytest.raises(KeyboardInterrupt):
        net.train(trace=0)
    monkeypatch.undo()
    if not ended:
        assert np.array_equal(net.theta, start) and net.decay == 0.0
        assert net.message == "Not trained yet."
    else:
        best = whole.restarts.iloc[:ended]["evidence"].idxmax()
        assert net.decay == whole.restarts["decay"][best]
        assert net.message.startswith("Interrupted while a decay was chosen")
        assert np.abs(net.objective()[1]).max() < 1e-4
    # Training begins the search anew, and ends where an undisturbed one does.
    again = net.train(trace=0)
    assert again.converged and again.decay > 0.0
    if not ended:
        assert again.theta.tobytes() == whole.theta.tobytes()


def test_trace_names_the_stages_and_trains_in_silence(capsys):
    make(hidden=2).train()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Chose decay ") and lines[1].startswith("Trained to loss")
    make(hidden=2).train(trace=0)
    assert capsys.readouterr().out == ""


def test_callback_and_checkpoint_see_the_end(tmp_path):
    seen = []
    path = tmp_path / "check.nn"
    net = make().train(trace=0, callback=lambda each, number: seen.append(each.decay))
    assert set(seen) == {net.decay}
    kept = make().train(trace=0, checkpoint=path)
    assert NeuralNetwork.load(path, make_table()).decay == kept.decay == net.decay


def test_no_iterations_choose_nothing():
    net = make().train(0, optimizer="newton", trace=0)
    assert net.decay == 0.0 and net.restarts.empty


def test_nothing_is_warned_of_in_a_common_training():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make("g ~ a + b", family="binomial").train(trace=0)
