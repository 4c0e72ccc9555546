"""Checkpoints: training that is killed continues from its file to the same bits."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from networks import FORMULAS, make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Adam
from neuralnet.storage import disk

QUIET = {"trace": 0, "tolerance": None}
SCRIPT = Path(__file__).parents[1] / "scripts" / "kill_training.py"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.nn"


def read(path):
    return NeuralNetwork.load(path, make_table())


def test_file_is_there_from_the_start_and_at_the_end(path):
    net, seen = make_net(), []
    net.train(3, **QUIET)

    def look(net, iteration):
        found = read(path)
        seen.append((iteration, len(found.history), found.message))

    net.train(7, checkpoint=path, every=4, callback=look, **QUIET)
    assert seen == [
        (4, 4, "Interrupted after iteration 4."),
        *((n, 4, "Interrupted after iteration 4.") for n in (5, 6, 7)),
        *((n, 8, "Interrupted after iteration 8.") for n in (8, 9)),
        (10, 8, "Interrupted after iteration 8."),
    ]
    found = read(path)
    assert len(found.history) == 10
    assert found.theta.tobytes() == net.theta.tobytes()
    assert found.message == net.message
    assert [each.name for each in path.parent.iterdir()] == ["run.nn"]


def test_no_row_is_in_it(path):
    make_net().train(3, checkpoint=path, **QUIET)
    with pytest.raises(ValueError, match="without its training rows"):
        _ = NeuralNetwork.load(path).X


def test_checkpoints_do_not_change_training(path):
    options = {"optimizer": "adam", "batch_size": 7, "validation": 0.25, **QUIET}
    net, twin = make_net(), make_net()
    net.train(9, checkpoint=path, every=2, **options)
    twin.train(9, **options)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)
    assert net.message == twin.message


COURSES = [
    ("gradient_descent", {}),
    ("adam", {"batch_size": 7, "validation": 0.25}),
    ("rprop", {"validation": 0.25, "patience": 5}),
    ("lbfgs", {"validation": 0.25}),
    ("newton", {"relative_tolerance": 1e-12}),
]


@pytest.mark.parametrize(("optimizer", "options"), COURSES)
@pytest.mark.parametrize("died", [1, 5, 6, 11])
def test_killed_training_resumes_from_its_file(optimizer, options, died, path):
    class Dead(BaseException):
        pass

    def die(net, iteration):
        if iteration == died:
            raise Dead

    options = {**QUIET, **options, "optimizer": optimizer}
    whole = make_net(scale=True, decay=0.01).train(12, **options)
    with pytest.raises(Dead):
        make_net(scale=True, decay=0.01).train(
            12, checkpoint=path, every=5, callback=die, **options
        )
    found = read(path)
    done = len(found.history)
    assert done == died - died % 5
    found.train(12 - done, checkpoint=path, every=5, **options)
    assert found.theta.tobytes() == whole.theta.tobytes()
    assert found.history.equals(whole.history)
    assert found.message == whole.message
    assert read(path).theta.tobytes() == whole.theta.tobytes()


def test_kill_after_the_last_iteration_loses_nothing(path):
    """The best weights are not restored yet then, and no further call of train could do it."""
    options = {"optimizer": "adam", "validation": 0.25, **QUIET}

    def die(net, iteration):
        if iteration == 12:
            raise KeyboardInterrupt

    whole = make_net(scale=True).train(12, **options)
    with pytest.raises(KeyboardInterrupt):
        make_net(scale=True).train(12, checkpoint=path, every=3, callback=die, **options)
    found = read(path)
    assert len(found.history) == 9
    found.train(3, **options)
    assert found.theta.tobytes() == whole.theta.tobytes()
    assert found.message == whole.message


def test_failure_to_save_does_not_change_training(path, monkeypatch):
    net = make_net()

    def fill(net, iteration):
        if iteration == 5:
            monkeypatch.setattr(disk, "_write", lambda *_: (_ for _ in ()).throw(OSError(28, "")))

    with pytest.raises(OSError, match="cannot save to"):
        net.train(20, checkpoint=path, every=3, callback=fill, **QUIET)
    assert len(read(path).history) == 3
    assert len(net.history) == 6
    assert net.theta.tobytes() == make_net().train(6, **QUIET).theta.tobytes()
    assert net.message == "OSError ended training after iteration 6."


def test_unsaveable_optimizer_fails_before_training(path, tmp_path):
    class Own(Adam):
        pass

    net = make_net()
    before = net.theta
    with pytest.raises(TypeError, match=r"the optimizer is a Own.*pickle"):
        net.train(5, optimizer=Own(), checkpoint=path, **QUIET)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        net.train(5, checkpoint=tmp_path / "nowhere" / "run.nn", **QUIET)
    with pytest.raises(IsADirectoryError):
        net.train(5, checkpoint=tmp_path, **QUIET)
    with pytest.raises(ValueError, match=r"restarts= runs several: train one start at a time"):
        net.train(5, checkpoint=path, restarts=2, **QUIET)
    with pytest.raises(ValueError, match="every must be a whole number of at least 1"):
        net.train(5, checkpoint=path, every=0, **QUIET)
    with pytest.raises(TypeError, match="path must be the name of a file"):
        net.train(5, checkpoint=7, **QUIET)
    assert net.theta is before and len(net.history) == 0
    assert not path.exists()
    net.train(2, **QUIET)


def test_user_defined_functions_are_reported_once_before_training(path):
    net = make_net(init=lambda rng, shape: rng.normal(size=shape))
    with pytest.warns(UserWarning) as reported:
        net.train(6, lambda t: 0.01 / t, checkpoint=path, every=2, **QUIET)
    assert [str(each.message).split(", which")[0] for each in reported] == [
        "the learning rate follows a user-defined function",
        "init is a user-defined function",
    ]
    assert len(read(path).history) == 6


def test_no_iterations_still_write_a_file(path):
    net = make_net().train(0, checkpoint=path, **QUIET)
    assert read(path).theta.tobytes() == net.theta.tobytes()


def test_column_weights_and_subset_need_only_the_data_again(path):
    table = make_table().assign(w=np.arange(1.0, 37.0))
    options = {"weights": "w", "subset": "x1 > -1", "seed": 1}
    whole = NeuralNetwork(FORMULAS["gaussian"], table, 2, **options).train(9, **QUIET)
    NeuralNetwork(FORMULAS["gaussian"], table, 2, **options).train(4, checkpoint=path, **QUIET)
    found = NeuralNetwork.load(path, table).train(5, **QUIET)
    assert found.theta.tobytes() == whole.theta.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_killed_training_ends_at_the_same_bits():
    """A few kills of each training; the script runs any number."""
    done = subprocess.run([sys.executable, SCRIPT, "6"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 kills" in done.stdout and "0 wrong" in done.stdout
