"""Trace, progress bar and callbacks: their output, and calls that are not allowed in them."""

import sys
import threading
import warnings

import numpy as np
import pytest
from loops import case_by_case
from networks import OPTIMIZERS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.optimizers import Stop
from neuralnet.training.loop import advance, finish
from neuralnet.training.options import prepare_run
from neuralnet.training.restart_results import measure_restart
from neuralnet.training.state import StepResult
from neuralnet.training.trace_and_callback import Reporter

QUIET = {"trace": 0, "tolerance": None}
ROWS = [0, 5, 9, 14, 20, 30]


# Callbacks ------------------------------------------------------------------------------------


@case_by_case("optimizer", OPTIMIZERS)
def test_callback_sees_the_network_after_each_update(optimizer):
    net, twin, seen = make_net(), make_net(), []

    def look(each, number):
        assert each is net
        seen.append((number, each.theta, each.history, each.compute_loss(), repr(each)))

    net.train(4, optimizer=optimizer, callback=look, **QUIET)
    for number in range(1, 5):
        twin.train(1, optimizer=optimizer, **QUIET)
        reported, theta, history, loss, text = seen[number - 1]
        assert reported == number
        assert theta.tobytes() == twin.theta.tobytes()
        assert history.equals(twin.history)
        assert loss == twin.compute_loss()
        assert f"after {number} iteration" in text
    net.train(2, optimizer=optimizer, callback=look, **QUIET)
    assert [number for number, *_ in seen] == [1, 2, 3, 4, 5, 6]


def test_only_true_stops_training():
    answers = [None, False, 0, 1, "yes", np.array(1.0), [True]]
    for answer in answers:
        assert len(make_net().train(3, callback=lambda n, i, a=answer: a, **QUIET).history) == 3
    net = make_net().train(9, callback=lambda n, i: i == 4, **QUIET)
    assert (len(net.history), net.converged) == (4, False)
    assert net.message.startswith("The callback asked to stop after iteration 4.")
    assert net.theta.tobytes() == make_net().train(4, **QUIET).theta.tobytes()
    assert len(net.train(3, **QUIET).history) == 7


def test_rule_satisfied_at_the_same_time_is_the_reason():
    net = make_net().train(40, 0.01, **QUIET)
    net.train(9, tolerance=net.compute_loss() + 1e-6, trace=0, callback=lambda n, i: True)
    assert net.converged and "tolerance" in net.message
    assert len(net.history) == 41


@pytest.mark.parametrize("answer", [True, np.True_, np.float64(2.0) > 1.0])
def test_numpy_true_stops_too(answer):
    assert len(make_net().train(9, callback=lambda n, i: answer, **QUIET).history) == 1


def test_callback_that_stops_leaves_the_best_weights_too():
    options = {"optimizer": "rprop", "validation": ROWS, "patience": 999, **QUIET}
    net = make_net(hidden=4).train(999, callback=lambda each, i: i == 60, **options)
    best = net.history["validation_loss"].argmin()
    assert 0 < best < 59
    assert net.theta.tobytes() == make_net(hidden=4).train(best, **options).theta.tobytes()
    assert net.message.startswith("The callback asked to stop after iteration 60. The weights of")


@case_by_case("fault", [ZeroDivisionError, KeyboardInterrupt, StopIteration])
@case_by_case("options", [{}, {"validation": ROWS}, {"batch_size": 10}])
def test_exception_in_a_callback_leaves_a_consistent_network(fault, options):
    options = {"optimizer": "momentum", **options, **QUIET}
    net, twin, thetas = make_net(), make_net(), []

    def fail(each, number):
        thetas.append(each.theta)
        if number == 4:
            raise fault

    with pytest.raises(fault):
        net.train(9, callback=fail, **options)
    twin.train(4, callback=lambda each, _: thetas.append(each.theta), **options)
    assert net.theta is thetas[3]
    assert thetas[3].tobytes() == thetas[7].tobytes()
    assert net.history.equals(twin.history)
    what = f"The callback raised {fault.__name__}"
    what = "Interrupted" if fault is KeyboardInterrupt else what
    assert net.message.startswith(f"{what} after iteration 4.") and not net.converged
    assert net.train(3, **options).theta.tobytes() == twin.train(3, **options).theta.tobytes()
    assert net.history.equals(twin.history)


INTERFERING = {
    "train": lambda net: net.train(1, **QUIET),
    "train nothing": lambda net: net.train(0),
    "search": lambda net: net.train(1, restarts=2, **QUIET),
    "backpropagate": lambda net: net.backpropagate(),
    "theta": lambda net: setattr(net, "theta", np.zeros(27)),
    "W1": lambda net: setattr(net, "W1", np.zeros((5, 3))),
}


@case_by_case("restarts", [1, 2])
@case_by_case("name", INTERFERING)
def test_callback_may_not_train_or_assign(name, restarts):
    refused = []

    def interfere(each, number):
        for one in (net, each):
            before = (one.theta, one.history, one.message, one.converged)
            with pytest.raises(RuntimeError, match=r"being trained just now: .* a clone\(\)"):
                INTERFERING[name](one)
            after = (one.theta, one.history, one.message, one.converged)
            assert after[0] is before[0] and after[1].equals(before[1]) and after[2:] == before[2:]
        refused.append(number)

    net = make_net()
    net.train(3, restarts=restarts, callback=interfere, **QUIET)
    assert refused == [1, 2, 3] * restarts
    twin = make_net().train(3, restarts=restarts, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    # After training all of it is allowed again.
    INTERFERING[name](net)


def test_callback_may_train_a_clone_and_read_everything():
    losses = []

    def look(each, number):
        losses.append(each.clone().train(5, 0.02, **QUIET).compute_loss())
        each.predict(make_table())
        each.feedforward().objective()
        return len(losses) == 3

    net = make_net().train(9, 0.02, callback=look, **QUIET)
    history = make_net().train(9, 0.02, **QUIET).history["loss"]
    np.testing.assert_allclose(losses, history[6:9], rtol=1e-13)
    assert len(net.history) == 3


def test_two_threads_may_not_train_one_network():
    net, twin = make_net(), make_net().train(200, **QUIET)
    inside, onward = threading.Event(), threading.Event()

    def wait(each, number):
        if number == 3:
            inside.set()
            assert onward.wait(30)

    thread = threading.Thread(target=net.train, args=(200,), kwargs={"callback": wait, **QUIET})
    thread.start()
    assert inside.wait(30)
    try:
        for interfere in INTERFERING.values():
            with pytest.raises(RuntimeError, match="being trained just now"):
                interfere(net)
    finally:
        onward.set()
        thread.join()
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)


def test_network_is_free_again_however_training_ended():
    net = make_net()
    for options, fault in [
        ({"trace": -1}, ValueError),
        ({"callback": 3}, TypeError),
        ({"validation": 2.0}, ValueError),
        ({"learn_rate": lambda t: "fast"}, TypeError),
        ({"callback": lambda each, number: 1 / 0}, ZeroDivisionError),
    ]:
        with pytest.raises(fault):
            net.train(2, **{**QUIET, **options})
    assert len(net.train(1, **QUIET).history) == 2


# Trace and bar --------------------------------------------------------------------------------


def test_trace_reports_rows_held_out(capsys):
    net = make_net("gaussian").train(4, 0.001, trace=2, validation=ROWS)
    lines = [
        f"Iteration {row.iteration}\tLoss per row {row.loss / (36 - len(ROWS)):.5g}"
        f"\tValidation loss per row {row.validation_loss / len(ROWS):.5g}"
        for row in net.history[1::2].itertuples()
    ]
    assert capsys.readouterr().out.splitlines() == lines


def test_bar_replaces_the_trace(capsys):
    net = make_net().train(6, 0.02, trace=2, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "6/6" in err and f"loss {net.history['loss'].iloc[-1]:.5g}" in err
    # The history is complete, whatever the trace prints.
    assert net.history["accuracy"].notna().tolist() == [False, True] * 3


def test_bar_is_closed_by_an_interrupt(capsys):
    def fail(each, number):
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_net().train(6, 0.02, progress=True, callback=fail)
    assert capsys.readouterr().err.endswith("\n")


def test_bar_without_tqdm_names_the_extra_and_trains_nothing(monkeypatch):
    net = make_net()
    before = take_snapshot(net)
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"formula-neuralnet\[progress\]"):
        net.train(3, progress=True)
    assert take_snapshot(net) == before


def test_warnings_as_errors_leave_a_consistent_network():
    """Warnings are raised before the first step, and after the last one."""
    table = make_table().assign(x2=lambda t: 5000 * t["x2"])
    wide = NeuralNetwork("cost ~ x1 + x2", table, 2, seed=1)
    before = wide.theta
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="differ in spread"):
            wide.train(3, 1e-9, **QUIET)
        assert wide.theta is before and wide.history.empty
        net = make_net("gaussian", 0)
        with pytest.raises(UserWarning, match="infinite"):
            net.train(5000, 5.0, **QUIET)
    assert np.isfinite(net.compute_loss()) and "infinite" in net.message
    assert net.train(1, 1e-12, **QUIET).theta is not None


# Components -----------------------------------------------------------------------------------


def test_start_is_evaluated_at_its_final_weights():
    net = make_net("gaussian", 0, decay=0.5, mixture=0.4)
    training_run = prepare_run(net._model, net._fit.state, learn_rate=0.002, validation=ROWS)
    *_, last = advance(training_run.objective, training_run.options, training_run.state, 7)
    end = measure_restart(
        3, finish(training_run.objective, training_run.options, last), training_run
    )
    theta = last.state.theta
    residuals = make_table()["cost"].to_numpy() - net.X @ theta
    held = np.isin(np.arange(36), ROWS)
    penalty = 0.5 * (0.6 * theta**2 + 0.4 * np.abs(theta)).sum()
    losses = [0.5 * (residuals[part] ** 2).sum() for part in (~held, held)]
    np.testing.assert_allclose(
        [end.loss, end.penalized_loss, end.validation_loss],
        [losses[0], losses[0] + penalty, losses[1]],
        rtol=1e-12,
    )
    assert end[:1] + end[4:] == (3, 7, False, "Reached the maximum number of iterations.")
    assert end.score == end.validation_loss


def test_progress_without_an_update_is_not_reported(capsys):
    net = make_net()
    step = StepResult(net._fit.state, np.nan, Stop(True, "It had ended."))
    with Reporter(1, lambda each, number: True, False, 1) as reporter:
        training_run = prepare_run(net._model, net._fit.state)
        assert np.isnan(reporter.measure(step, training_run))
        assert reporter.report(net, step, np.nan, training_run) is None
    assert capsys.readouterr().out == ""


def interrupt_in_callback(options):
    def fail(net, iteration):
        if iteration == 30:
            raise KeyboardInterrupt

    net = make_net(hidden=4, decay=1e-4)
    with pytest.raises(KeyboardInterrupt):
        net.train(99, callback=fail, **options)
    return net


def interrupt_in_a_pass(options):
    net, count = make_net(hidden=4, decay=1e-4), 0
    engine = net._model.objective.engine
    evaluate = engine.loss_and_gradient

    def fail(theta, batch):
        nonlocal count
        # Only one optimizer looks at one point alone in each iteration.
        count += net._fit.state.iteration >= 30
        if count == 2:
            raise KeyboardInterrupt
        return evaluate(theta, batch)

    engine.loss_and_gradient = fail
    with pytest.raises(KeyboardInterrupt):
        net.train(99, callback=lambda net, iteration: None, **options)
    del engine.loss_and_gradient
    return net


def stop_by_callback(options):
    return make_net(hidden=4, decay=1e-4).train(99, callback=lambda n, i: i == 30, **options)


STOPS = (interrupt_in_callback, interrupt_in_a_pass, stop_by_callback)


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case("stop", STOPS)
def test_stopping_keeps_the_last_weights_of_the_rows_trained_on(stop, optimizer):
    net = stop({"optimizer": optimizer, **QUIET})
    number, twin = len(net.history), make_net(hidden=4, decay=1e-4)
    assert number >= 30 or net.converged
    twin.train(number, optimizer=optimizer, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case("stop", STOPS)
def test_stopping_keeps_the_best_weights_of_rows_held_out(stop, optimizer):
    options = {"optimizer": optimizer, "validation": ROWS, "patience": 999, **QUIET}
    net, twin = stop(options), make_net(hidden=4, decay=1e-4)
    number = len(net.history)
    twin.train(number, **options)
    assert net.theta.tobytes() == twin.theta.tobytes()
    held = make_table().iloc[ROWS]
    losses = net.history["validation_loss"]
    np.testing.assert_array_less(net.compute_loss(held), losses.min() * (1 + 1e-12))
    if losses.argmin() < number - 1:
        assert f"The weights of iteration {losses.argmin()} are kept" in net.message
    # It continues from the last weights, as if nothing had happened.
    assert net.train(3, **options).history.equals(twin.train(3, **options).history)


def test_interrupt_message_names_the_best_weights():
    net = interrupt_in_callback({"optimizer": "rprop", "validation": ROWS, **QUIET})
    best = net.history["validation_loss"].argmin()
    reported = (
        f"The weights of iteration {best} are kept, where the validation loss per row was lowest"
    )
    assert net.message.startswith(f"Interrupted after iteration 30. {reported}")


def test_second_interrupt_leaves_the_last_weights(monkeypatch):
    def fail(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("neuralnet.training.fit.keep_best", fail)
    options = {"optimizer": "rprop", "validation": ROWS, **QUIET}
    net, seen = interrupt_in_callback(options), []
    make_net(hidden=4, decay=1e-4).train(30, callback=lambda n, i: seen.append(n.theta), **options)
    assert net.theta.tobytes() == seen[-1].tobytes()
    assert net.message == "Interrupted after iteration 30."
