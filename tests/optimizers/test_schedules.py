"""Schedules: their rates from algebra, and the properties of all of them."""

import copy
import math
import pickle
import re
from dataclasses import FrozenInstanceError, is_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.optimizers.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    FunctionSchedule,
    InverseTimeDecay,
    ReduceOnPlateau,
    StepDecay,
)
from neuralnet.optimizers.schedules.plateau import PlateauState


def halve(t):
    """A user-defined rate that can be pickled."""
    return 0.1 / t


# One of each, made anew at each call.
MAKERS = {
    "constant": lambda: Constant(0.1),
    "step": lambda: StepDecay(0.1, every=3),
    "exponential": lambda: ExponentialDecay(0.1, factor=0.9),
    "inverse time": lambda: InverseTimeDecay(0.1, decay_rate=0.5),
    "cosine": lambda: CosineDecay(0.1, iterations=20, warmup=4, least=0.001),
    "plateau": lambda: ReduceOnPlateau(0.1, patience=2),
    "own": lambda: FunctionSchedule(halve),
}
every = case_by_case("make", MAKERS.values(), ids=MAKERS)

# Falls, stays, rises, and is lost.
LOSSES = [9.0, 5.0, 5.0, 5.0, 5.0, 6.0, 4.0, 4.0, math.nan, math.inf, 4.0, 3.0]


def run(schedule, losses, state=None):
    """Return the rates of updates with these losses, and the last state."""
    state = schedule.init() if state is None else state
    rates = []
    for loss in losses:
        rates.append(schedule.rate(state))
        state = schedule.step(state, loss)
    return rates, state


def list_rates(schedule, n):
    return run(schedule, [1.0] * n)[0]


# --- what holds for all of them


@every
def test_rates_are_plain_positive_numbers_that_repeat(make):
    rates, _ = run(make(), LOSSES)
    assert all(type(rate) is float and 0.0 < rate < math.inf for rate in rates)
    assert run(make(), LOSSES)[0] == rates


@every
def test_computing_a_rate_changes_no_state(make):
    schedule, state = make(), make().init()
    assert schedule.rate(state) == schedule.rate(state) == list_rates(make(), 1)[0]
    assert state == make().init()


@every
@pytest.mark.parametrize("pause", [1, 4, 9])
def test_schedule_continues_from_a_saved_state(make, pause):
    rates, end = run(make(), LOSSES)
    first, state = run(make(), LOSSES[:pause])
    for kept in (state, copy.deepcopy(state), pickle.loads(pickle.dumps(state))):
        assert kept == state
        rest, other_end = run(pickle.loads(pickle.dumps(make())), LOSSES[pause:], kept)
        assert first + rest == rates
        assert other_end == end


@every
def test_equal_options_make_equal_records(make):
    assert make() == make() == copy.deepcopy(make()) == pickle.loads(pickle.dumps(make()))
    assert len({make(), make()}) == 1
    others = [other() for other in MAKERS.values() if other is not make]
    assert make() not in others


@every
def test_records_and_states_are_frozen(make):
    schedule = make()
    _, state = run(schedule, LOSSES)
    for record in filter(is_dataclass, (schedule, state)):
        (name, *_) = record.__dataclass_fields__
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, 0.5)
    assert isinstance(state, int | PlateauState)


@pytest.mark.parametrize(
    "make",
    [
        lambda number: StepDecay(number(0.5), every=number(2), factor=number(0.25)),
        lambda number: ExponentialDecay(number(0.5), number(0.5)),
        lambda number: InverseTimeDecay(number(0.5), number(2)),
        lambda number: CosineDecay(number(0.5), number(10), number(2), number(0.125)),
        lambda number: ReduceOnPlateau(number(0.5), number(0.5), number(3), number(0.25)),
    ],
)
def test_options_of_any_numeric_type_become_plain_numbers(make):
    assert repr(make(np.float32)) == repr(make(np.float64)) == repr(make(float))
    assert make(np.float32) == make(float)


@pytest.mark.parametrize(
    "schedule",
    [
        StepDecay(0.1, every=1, factor=1e-3),
        ExponentialDecay(0.1, factor=0.5),
        InverseTimeDecay(1e-300, decay_rate=1e300),
        CosineDecay(1e-300, iterations=10**9),
        CosineDecay(0.1, iterations=10**9, warmup=10**9 - 1),
    ],
)
def test_rate_is_positive_at_any_iteration(schedule):
    for t in (1, 2, 10**3, 10**6, 10**9, 10**12):
        assert 0.0 < schedule.rate(t) <= schedule.learn_rate


# --- each of them


def test_constant_rate_stays():
    assert list_rates(Constant(0.3), 5) == [0.3] * 5


def test_step_decay_decreases_every_n_updates():
    assert list_rates(StepDecay(1.0, every=3, factor=0.1), 9) == pytest.approx(
        [1.0] * 3 + [0.1] * 3 + [0.01] * 3, rel=1e-14
    )
    assert list_rates(StepDecay(0.8, every=1), 4) == [0.8, 0.4, 0.2, 0.1]


def test_exponential_decay_is_a_geometric_series():
    rates = np.array(list_rates(ExponentialDecay(0.2, factor=0.99), 200))
    np.testing.assert_allclose(rates[1:] / rates[:-1], 0.99, rtol=1e-13)
    # Its sum is that of the series.
    assert rates.sum() == pytest.approx(0.2 * (1 - 0.99**200) / (1 - 0.99), rel=1e-12)
    assert list_rates(ExponentialDecay(0.2, factor=1.0), 3) == [0.2] * 3
    # As in the docstring, 0.999 halves it in 693 updates.
    slow = ExponentialDecay(1.0, factor=0.999)
    assert slow.rate(1 + 692) > 0.5 > slow.rate(1 + 693)


def test_inverse_time_decay_is_linear_in_its_reciprocal():
    rates = np.array(list_rates(InverseTimeDecay(0.2, decay_rate=0.25), 50))
    np.testing.assert_allclose(np.diff(1 / rates), 0.25 / 0.2, rtol=1e-12)
    assert rates[0] == 0.2
    assert rates[4] == pytest.approx(0.1, rel=1e-15)  # halved after 1 / 0.25 updates
    assert list_rates(InverseTimeDecay(0.2, decay_rate=0), 3) == [0.2] * 3


@pytest.mark.parametrize(("warmup", "least"), [(0, 0.0), (1, 0.0), (7, 0.0), (7, 0.02), (0, 0.2)])
def test_cosine_decay_is_half_a_wave_after_the_warmup(warmup, least):
    n = 40
    schedule = CosineDecay(0.2, n, warmup=warmup, least=least)
    rates = np.array(list_rates(schedule, n + 5))
    np.testing.assert_allclose(rates[:warmup], 0.2 * np.arange(1, warmup + 1) / max(1, warmup))
    down = rates[warmup:n]
    assert down[0] == pytest.approx(0.2, rel=1e-15)
    wave = np.cos(np.pi * np.arange(n - warmup) / (n - warmup))
    np.testing.assert_allclose(down, least + (0.2 - least) * (1 + wave) / 2, rtol=1e-12)
    # A whole half wave less its first point has a mean just in the middle.
    assert down[1:].mean() == pytest.approx((0.2 + least) / 2, rel=1e-12)
    assert rates[n - 1] > least or least == 0.2
    np.testing.assert_array_equal(rates[n:], rates[n - 1])


def test_cosine_decay_of_one_iteration():
    assert list_rates(CosineDecay(0.2, 1), 3) == [0.2] * 3


def test_plateau_is_n_consecutive_updates_without_improvement():
    schedule = ReduceOnPlateau(1.0, factor=0.1, patience=3)
    #         improved  ...twice no   again     three times no  and three more
    losses = [9.0, 8.0, 8.0, 8.5, 7.0, 7.0, 7.0, 7.1, 7.0, 7.0, 7.0, 1.0]
    rates, state = run(schedule, losses)
    assert rates == pytest.approx([1.0] * 8 + [0.1] * 3 + [0.01], rel=1e-14)
    assert state == PlateauState(pytest.approx(0.01), 1.0, 0)


def test_patience_of_one_reduces_at_once():
    rates, _ = run(ReduceOnPlateau(1.0, patience=1), [5.0, 5.0, 5.0, 4.0, 3.0])
    assert rates == [1.0, 1.0, 0.5, 0.25, 0.25]


def test_improvement_is_relative_to_the_best_loss():
    schedule = ReduceOnPlateau(1.0, patience=1, threshold=0.1)
    for unit in (1e-200, 1.0, 1e200):
        enough, _ = run(schedule, [10.0 * unit, 8.9 * unit, 8.0 * unit, 1.0])
        short, _ = run(schedule, [10.0 * unit, 9.1 * unit, 8.3 * unit, 1.0])
        assert enough == [1.0] * 4
        # 9.1 is short of 9, but 8.3 is not: small gains add up.
        assert short == [1.0, 1.0, 0.5, 0.5]
    still, _ = run(ReduceOnPlateau(1.0, patience=1, threshold=0.0), [1.0, 1.0 - 1e-15, 1.0])
    assert still == [1.0, 1.0, 1.0]


def test_perfect_fit_is_no_improvement_on_a_perfect_fit():
    rates, _ = run(ReduceOnPlateau(1.0, patience=1), [0.0, 0.0, 0.0])
    assert rates == [1.0, 1.0, 0.5]


def test_plateau_has_a_smallest_rate():
    rates = list_rates(ReduceOnPlateau(1.0, patience=1, least=0.3), 6)
    assert rates == [1.0, 1.0, 0.5, 0.3, 0.3, 0.3]
    _, state = run(ReduceOnPlateau(1.0, factor=1e-300, patience=1), [1.0] * 9)
    assert state.learn_rate > 0.0


@given(
    st.lists(st.integers(0, 40).map(float), max_size=60),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.25, 0.5]),
)
def test_plateau_agrees_with_a_count_over_all_losses(losses, patience, threshold):
    """The reference uses the whole record of losses instead of a state."""
    rates, _ = run(ReduceOnPlateau(1.0, 0.5, patience, threshold), losses)
    best, last, reductions, expected = math.inf, 0, 0, []
    for position, loss in enumerate(losses, start=1):
        expected.append(0.5**reductions)
        if loss < best - threshold * best or best == math.inf:
            best, last = loss, position
        elif position - last == patience:
            reductions, last = reductions + 1, position
    assert rates == expected


def test_user_defined_schedule_is_called_with_iterations_from_1():
    seen = []

    def rate(t):
        seen.append(t)
        return 1 / t

    assert list_rates(FunctionSchedule(rate), 4) == [1.0, 1 / 2, 1 / 3, 1 / 4]
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize("given_rate", [1, np.float32(0.5), np.int64(3), np.float64(0.1)])
def test_user_defined_rate_may_be_any_number(given_rate):
    (rate,) = list_rates(FunctionSchedule(lambda t: given_rate), 1)
    assert type(rate) is float and rate == given_rate


def test_error_of_a_user_defined_schedule_is_unchanged():
    with pytest.raises(ZeroDivisionError):
        list_rates(FunctionSchedule(lambda t: 1 / (3 - t)), 3)


# --- bad input


@case_by_case(
    ("answer", "error"),
    [
        (0.0, ValueError),
        (-0.1, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        (None, TypeError),
        ("0.1", TypeError),
        (True, TypeError),
        (0.1j, TypeError),
        ([0.1], TypeError),
    ],
)
def test_invalid_user_defined_rate_names_the_iteration(answer, error):
    schedule = FunctionSchedule(lambda t: 0.1 if t < 7 else answer)
    words = f"the learn_rate of iteration 7 must be a number above 0, not {answer!r}"
    assert list_rates(schedule, 6) == [0.1] * 6
    with pytest.raises(error, match=re.escape(words)):
        list_rates(schedule, 7)


REFUSED = {
    "Constant(0)": (ValueError, "learn_rate must be a number above 0, not 0"),
    "Constant('fast')": (TypeError, "learn_rate must be a number above 0, not 'fast'"),
    "Constant(True)": (TypeError, "learn_rate .* not True"),
    "StepDecay(-0.1, 3)": (ValueError, r"learn_rate .* not -0\.1"),
    "StepDecay(0.1, 0)": (ValueError, "every must be a whole number of at least 1, not 0"),
    "StepDecay(0.1, 2.5)": (ValueError, r"every .* not 2\.5"),
    "StepDecay(0.1, None)": (TypeError, "every .* not None"),
    "StepDecay(0.1, 3, 0)": (ValueError, "factor must be a number above 0 and at most 1, not 0"),
    "StepDecay(0.1, 3, 2)": (ValueError, "factor must be a number above 0 and at most 1, not 2"),
    "ExponentialDecay(nan, 0.9)": (ValueError, "learn_rate .* not nan"),
    "ExponentialDecay(0.1, 1.1)": (ValueError, r"factor .* at most 1, not 1\.1"),
    "ExponentialDecay(0.1, '0.9')": (TypeError, "factor .* not '0.9'"),
    "InverseTimeDecay(inf, 0.5)": (ValueError, "learn_rate .* not inf"),
    "InverseTimeDecay(0.1, -1)": (ValueError, "decay_rate must be a number of at least 0, not -1"),
    "CosineDecay(0, 10)": (ValueError, "learn_rate .* not 0"),
    "CosineDecay(0.1, 0)": (ValueError, "iterations must be a whole number of at least 1, not 0"),
    "CosineDecay(0.1, 10, -1)": (ValueError, "warmup must be a whole number .* not -1"),
    "CosineDecay(0.1, 10, 10)": (ValueError, "warmup must be below iterations, 10, not 10"),
    "CosineDecay(0.1, 10, 0, 0.2)": (ValueError, r"least .* at most learn_rate, 0\.1, not 0\.2"),
    "CosineDecay(0.1, 10, 0, -1)": (ValueError, "least must be a number of at least 0, not -1"),
    "ReduceOnPlateau(0)": (ValueError, "learn_rate .* not 0"),
    "ReduceOnPlateau(0.1, 1.5)": (ValueError, r"factor .* at most 1, not 1\.5"),
    "ReduceOnPlateau(0.1, 0.5, 0)": (ValueError, "patience must be a whole number .* not 0"),
    "ReduceOnPlateau(0.1, 0.5, 9, 1)": (ValueError, "threshold .* below 1, not 1"),
    "ReduceOnPlateau(0.1, 0.5, 9, -1)": (ValueError, "threshold .* at least 0 and below 1, not -1"),
    "ReduceOnPlateau(0.1, 0.5, 9, 0, 1)": (ValueError, r"least .* at most .* 0\.1, not 1"),
    "FunctionSchedule(0.1)": (TypeError, r"a function of the iteration.*; not 0\.1"),
}


@case_by_case("call", REFUSED)
def test_impossible_options_are_refused(call):
    error, words = REFUSED[call]
    with pytest.raises(error, match=words):
        eval(call, globals() | {"nan": math.nan, "inf": math.inf})
