"""Nonlinearity: whether a network beats the GLM of its columns.

By a test of powers and products, a bootstrapped likelihood ratio, and a cross-validated gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pandas as pd

from ...model import MatrixHead, Model, render_html, render_text
from .added_columns import AddedColumns, run_added_columns
from .cross_validated_gain import Gain, measure_gain
from .parametric_bootstrap import BootstrapTest, bootstrap_ratio
from .refits import specify
from .score_tests import find_contrasts
from .tested_columns import expand_terasvirta, standardize_tested

# Level of the sentence, and standard errors from which a gain is called one.
_LEVEL, _CLEAR = 0.05, 2.0


@dataclass(frozen=True, eq=False, repr=False)
class Nonlinearity:
    """Whether a network beats the GLM of the same columns.

    Attributes
    ----------
    added : AddedColumns
        Teräsvirta's test: powers and products of the columns, added to the GLM.
    bootstrap : BootstrapTest or None
        The likelihood ratio of the network, with the GLM inside, by the parametric bootstrap.
    gain : Gain or None
        In cross-validated deviance.
    """

    added: AddedColumns
    bootstrap: BootstrapTest | None
    gain: Gain | None

    @property
    def statistic(self) -> float:
        """Teräsvirta's test: F for a gaussian response, else the score statistic."""
        return self.added.test.statistic

    @property
    def df(self) -> int:
        """Number of coefficients that it tests."""
        return self.added.test.df

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom of F; infinite else."""
        return self.added.test.df_resid

    @property
    def p_value(self) -> float:
        """P-value of Teräsvirta's test, by resamples where it is no F test."""
        return self.added.p_value

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table.

        One row each for Teräsvirta's test, the bootstrapped likelihood ratio and the gain in
        cross-validated deviance, where they were computed.
        """
        test, n = self.added.test, self.added.n_resamples or nan
        rows = {"terasvirta": [test.statistic, test.df, test.df_resid, n, nan, self.p_value]}
        if (ratio := self.bootstrap) is not None:
            n = float(ratio.n_resamples)
            rows["likelihood_ratio"] = [ratio.statistic, nan, nan, n, nan, ratio.p_value]
        if (gain := self.gain) is not None:
            rows["cv_gain"] = [gain.deviance, nan, nan, nan, gain.std_error, nan]
        columns = ["statistic", "df", "df_resid", "n_resamples", "std_error", "p_value"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)

    @property
    def conclusion(self) -> str:
        """The answer in words, from what was computed."""
        parts = [self._describe_test()]
        if self.bootstrap is not None:
            parts.append(
                "The network's likelihood ratio against the GLM has p = "
                f"{self.bootstrap.p_value:.2g} by {self.bootstrap.n_resamples} resamples."
            )
        if self.gain is not None:
            parts.append(_describe_gain(self.gain))
        return " ".join([*parts, self._answer()])

    def _describe_test(self) -> str:
        p, test = self.p_value, self.added.test
        if not test.df:
            return "No power or product of the columns adds anything to the GLM: no test."
        if isnan(p):
            return "The GLM separates the classes, or leaves no row to test it: no test."
        name = "F" if np.isfinite(test.df_resid) else "score statistic"
        found = f"{name} {test.statistic:.3g} on {test.df} df, p = {p:.2g}"
        if p < _LEVEL:
            return f"The GLM does not hold: powers and products of its columns matter ({found})."
        return f"Nothing speaks against the GLM ({found})."

    def _answer(self) -> str:
        """The last sentence: from the test, and from the gain where there is one."""
        values = [self.p_value, nan if self.bootstrap is None else self.bootstrap.p_value]
        tested = [each for each in values if not isnan(each)]
        found, gain = any(each < _LEVEL for each in tested), self.gain
        if gain is None and self.df and not tested:
            return "Whether a network would do better is not known."
        if gain is None:
            return "There is something for a network to find." if found else "The GLM is enough."
        if gain.deviance > _CLEAR * gain.std_error:
            if found or not tested:
                return "So the network beats the GLM."
            return "So the network predicts better, though no test says that the GLM is wrong."
        if found:
            return "So there is something to find, but this network hardly predicts better."
        return "So the GLM is enough."

    def __repr__(self) -> str:
        return render_text([self.conclusion], [self._make_head()])

    def _repr_html_(self) -> str:
        return render_html([self.conclusion], [self._make_head()])

    def _make_head(self) -> MatrixHead:
        table = self.to_frame().dropna(axis=1, how="all")
        return MatrixHead("nonlinearity", table.shape, table)


def _describe_gain(gain: Gain) -> str:
    share, error = (100.0 * each / gain.glm_deviance for each in (gain.deviance, gain.std_error))
    word = "lower" if share >= 0.0 else "higher"
    return (
        f"In {gain.n_folds}-fold cross-validation the network's deviance is {abs(share):.1f} % "
        f"{word} than the GLM's (standard error {error:.1f} %)."
    )


def measure_nonlinearity(
    model: Model, bootstrap: int, resamples: int, folds: int, starts: int, seed: int
) -> Nonlinearity:
    """Compare a network with the GLM of its columns; see `Inference.nonlinearity`."""
    net = specify(model)
    glm, is_net = net.as_glm(), bool(model.perceptron.activations)
    batch = glm.batch
    columns = np.setdiff1d(np.arange(batch.X.shape[1]), [glm.intercept])
    Z = standardize_tested(batch, columns, center=glm.intercept is not None)
    Z = expand_terasvirta(Z, batch, len(find_contrasts(glm)))
    added = run_added_columns(glm, Z, resamples, seed)
    ratio = gain = None
    if bootstrap:
        if not is_net:
            raise ValueError(
                "bootstrap= compares the network with the GLM, and this one has no hidden units: "
                "it is the GLM. Leave bootstrap= out"
            )
        ratio = bootstrap_ratio(glm, net.with_skip(), bootstrap, starts, seed)
    if folds and is_net:
        gain = measure_gain(model, folds, starts, seed)
    return Nonlinearity(added, ratio, gain)
