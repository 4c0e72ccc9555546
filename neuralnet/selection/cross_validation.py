"""Cross-validation: a model trained in folds of its rows, and judged by the rows held out.

How a fold is trained comes in as a function; nothing here trains, and no model is changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import prefix_errors
from ..errors import NeuralNetworkWarning, OverconfidenceWarning, cut, unwarned, warn
from ..model import MatrixHead, Model, head, join_lines, part, render_html, render_text
from ..training import StageReporter
from .confidence import tell_overconfidence
from .folds import Dealt
from .search import judge

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Trains a model with a generator of its own; gives it back with what was chosen, and its weights.
Train = Callable[[Model, np.random.Generator], tuple[Model, Vector]]

# Of `NeuralNetwork.train`: what is about a single training.
_SINGLE = ("callback", "checkpoint", "every", "progress", "trace")


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """What cross-validation found.

    Attributes
    ----------
    folds : DataFrame
        One row for each fold of each repeat: ``repeat`` and ``fold``, counted from 1; ``rows``
        held out; on these the ``deviance`` per row, that of an ``intercept`` alone, and, for
        classes, the ``accuracy``; the ``decay`` that was used, a list where each matrix of weights
        has its own.
    deviance, intercept : float
        Deviance per row held out, of the network and of an intercept alone, over all folds.
    accuracy : float
        Share of the rows held out whose class is predicted right; nan for numbers.
    deviance_std_error, accuracy_std_error : float
        Their standard errors.
    k, repeats : int
        Folds of each repeat, and repeats.
    network : str
        Its formula and layers in words.

    Notes
    -----
    The loss is half the deviance; a row counts by its case weight, and for the deviance, as in
    ``compute_loss``, by the weight of its class too. ``deviance`` is the sum over all rows held out
    over the sum of their weights: the mean over folds, each by its weight. With s the standard
    deviation of the k * repeats values of single folds (divisor k * repeats - 1), the standard
    error is ``s / sqrt(k)``: repeats make the mean steadier, but from the same rows, so that
    no more is known. The folds share most rows that they are trained on, so that it is rather too
    small (Bengio and Grandvalet, 2004, show that no unbiased estimate exists).
    """

    folds: pd.DataFrame
    deviance: float
    deviance_std_error: float
    intercept: float
    accuracy: float
    accuracy_std_error: float
    k: int
    repeats: int
    network: str

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        many = f", dealt {self.repeats} times" if self.repeats > 1 else ""
        lines = [
            f"CrossValidation  {self.network}",
            f"{self.k} folds{many}; on the rows held out:",
            f"deviance per row {self.deviance:.4g}, standard error {self.deviance_std_error:.2g}; "
            f"of an intercept alone {self.intercept:.4g}",
        ]
        if "accuracy" in self.folds:
            error = f"standard error {self.accuracy_std_error:.2g}"
            lines.append(f"accuracy {self.accuracy:.3f}, {error}")
        shown = self.folds.iloc[head(len(self.folds))]
        return lines, [MatrixHead("folds", self.folds.shape, shown)]


class _Judged(NamedTuple):
    """A fold: losses and weights of the rows held out, deviances per row of the others."""

    rows: int
    weight: float
    loss: float
    intercept: float
    cases: float
    correct: float
    trained: float
    baseline: float
    decay: Any


def check_training(training: Mapping[str, Any]) -> None:
    """Raise TypeError for options of ``train`` that are not for training in folds."""
    if single := sorted(set(_SINGLE) & set(training)):
        are = "belongs" if len(single) == 1 else "belong"
        raise TypeError(
            f"{', '.join(f'{name}=' for name in single)} {are} to a single training, and folds "
            "are trained silently, one network each: leave it out"
        )


def cross_validate(model: Model, dealt: Dealt, train: Train) -> CrossValidation:
    """Train in each fold, and judge by the rows held out.

    Parameters
    ----------
    model : Model
        What earlier training chose for it does not count: only what was given.
    dealt : Dealt
    train : callable
        ``train(model, generator) -> (model, theta)``.

    Raises
    ------
    TypeError, ValueError
        Naming the fold.

    Warns
    -----
    NeuralNetworkWarning
        Once where training in folds warned, in the class of what it says if that is one.
    OverconfidenceWarning
        Where predictions are overconfident.
    """
    opened = model.configure(**vars(model.given.resolve()))
    most = len(dealt.masks)
    with _gather_warnings(model, most), StageReporter(most, lines=False) as stages:
        stages.begin(f"Cross-validating in {most} folds", most)

        def work(which: int) -> _Judged:
            with prefix_errors(_name_fold(which, dealt)):
                judged = _judge_fold(opened, dealt, which, train)
            stages.advance(1, f"deviance {2.0 * judged.loss / judged.weight:.3g}")
            return judged

        judged = [work(which) for which in range(most)]
    if doubt := _judge_confidence(judged):
        warn(doubt, OverconfidenceWarning)
    return _summarize(model, dealt, judged)


def _name_fold(which: int, dealt: Dealt) -> str:
    repeat, fold = divmod(which, dealt.k)
    again = f" of repeat {repeat + 1}" if dealt.repeats > 1 else ""
    return f"in fold {fold + 1} of {dealt.k}{again}"


def _judge_fold(model: Model, dealt: Dealt, which: int, train: Train) -> _Judged:
    held = dealt.masks[which]
    fold, cases = part(model, held)
    batch = fold.apply_class_weights(cases)
    if not batch.weight > 0:
        raise ValueError(
            f"none of the {len(batch.X)} rows held out has a weight above 0: take fewer folds"
        )
    fold, theta = train(fold, np.random.default_rng([dealt.seed, 1 + which]))
    own = fold.apply_class_weights(fold.batch)
    sums = fold.evaluate(theta, cases)
    return _Judged(
        len(batch.X),
        batch.weight,
        judge(fold, theta, batch),
        fold.judge_intercept(batch),
        sums.weight,
        sums.correct,
        2.0 * judge(fold, theta, own) / own.weight,
        2.0 * fold.baseline / own.weight,
        fold.used.decays,
    )


@contextmanager
def _gather_warnings(model: Model, folds: int) -> Iterator[None]:
    """One warning in place of those of all folds, which counts them.

    Nothing is asked of the thread that warns, so folds may be trained side by side.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", category=NeuralNetworkWarning)
        yield
    ours = [each for each in caught if issubclass(each.category, NeuralNetworkWarning)]
    for each in caught:
        if each not in ours:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if ours:
        kinds = {c for each in ours if issubclass(c := each.category, NeuralNetworkWarning)}
        many = f"{len(ours)} warnings" if len(ours) > 1 else "1 warning"
        first = "the first" if len(ours) > 1 else "it says"
        warn(
            f"{many} from training {cut(model.design.formula.text)} in {folds} folds; {first}: "
            f"{ours[0].message}",
            kinds.pop() if len(kinds) == 1 else NeuralNetworkWarning,
        )


def _judge_confidence(judged: Sequence[_Judged]) -> str:
    total = sum(fold.weight for fold in judged)
    return tell_overconfidence(
        2.0 * sum(fold.loss for fold in judged) / total,
        2.0 * sum(fold.intercept for fold in judged) / total,
        float(np.mean([fold.trained for fold in judged])),
        float(np.mean([fold.baseline for fold in judged])),
    )


def _summarize(model: Model, dealt: Dealt, judged: Sequence[_Judged]) -> CrossValidation:
    rows, weight, loss, intercept, cases, correct = np.array(
        [fold[:6] for fold in judged], dtype=float
    ).T
    number = np.arange(len(judged))
    decays = [fold.decay for fold in judged]
    columns = {
        "repeat": number // dealt.k + 1,
        "fold": number % dealt.k + 1,
        "rows": rows.astype(int),
        "deviance": 2.0 * loss / weight,
        "intercept": 2.0 * intercept / weight,
        "accuracy": correct / cases,
        "decay": [list(each) if isinstance(each, tuple) else each for each in decays],
    }
    classes = bool(model.labels.classes)
    if not classes:
        del columns["accuracy"]
    folds = pd.DataFrame(columns)
    return CrossValidation(
        folds,
        2.0 * float(loss.sum() / weight.sum()),
        _measure_error(folds["deviance"].to_numpy(), dealt.k),
        2.0 * float(intercept.sum() / weight.sum()),
        float(correct.sum() / cases.sum()) if classes else nan,
        _measure_error(folds["accuracy"].to_numpy(), dealt.k) if classes else nan,
        dealt.k,
        dealt.repeats,
        f"{join_lines(model.design.formula.text)}; {model.perceptron.describe()}",
    )


@unwarned
def _measure_error(values: Vector, k: int) -> float:
    """Standard error of the mean over folds; see `CrossValidation`."""
    return float(values.std(ddof=1)) / sqrt(k)
