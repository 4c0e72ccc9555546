"""Statistical terms: the names of R, statsmodels and marginaleffects for what inference gives.

They are looked up only after a wrong name was used, for the hint of the error.
"""

from __future__ import annotations

from collections.abc import Iterable

from .messages import find_near
from .synonyms import index_words, normalize

_NO_WALD = (
    "weights of a network have no Wald test that holds its size: test_terms() tests the terms of "
    "the formula, neuralnet.inference.anova(small, large) two networks"
)

# An argument, or a sentence where there is none; then its names in other packages.
_ARGUMENTS = {
    "kind": "type vcov vcov_ cov_type se_type robust use_correction",
    "groups": "cluster clusters cov_kwds cluster_id",
    "level": "conf_level conf_int ci level_ confidence",
    "data": "newdata new_data newx df datagrid exog at atexog",
    "variables": "variable dydx focal xvars",
    "contrast": "contrasts comparison",
    "by": "group groupby over",
    "type": "scale transform which_scale",
    "seed": "random_state rng random_seed",
    "method": "se_method",
    "scope": "terms term object",
    "resamples": "nsim n_sim reps n_boot",
    "starts": "restarts n_init nstart",
    "level= is the coverage of an interval, 1 - alpha": "alpha",
    "all weights are given: take rows of the result by their labels": "parm which cols column",
    "the family chooses the distribution, F for a gaussian response and chi-squared else, as R "
    "does for test='F' and test='Chisq'; method= is 'likelihood', 'score' or 'bootstrap'": (
        "test test_statistic"
    ),
    "correlations of the weights follow from vcov()": "correlation correlations corr cov2cor",
    "weights= of NeuralNetwork() are the case weights": "wts freq_weights case_weights",
    "numbers of a summary, unrounded, are in its effects, tests and weights": (
        "digits signif_stars signif_legend show_resids xname yname title slim"
    ),
}
STATISTICS = index_words(_ARGUMENTS)
"""The word of ours for each, or a sentence where there is none."""

# An attribute of the record of inference, or a sentence; then its names in other packages.
_ATTRIBUTES = {
    "vcov": "cov_params cov covariance vcovhc vcovcl sandwich cov_hc0 cov_hc1 cov_hc3 "
    "normalized_cov_params",
    "confint": "conf_int confint_default intervals confidence_intervals",
    "params": "coef coefs coef_ coefficients estimates estimate beta betas weights",
    "bse": "se std_error std_errors std_err stderr standard_errors",
    "statistics and p-values are in summary().weights where there is no hidden layer; "
    "test_terms() tests the terms of the formula": (
        "tvalues t_values zvalues z_values pvalues p_values tstat t_stats statistic p_value"
    ),
    _NO_WALD: "wald_test wald_test_terms t_test f_test lrtest waldtest linear_hypothesis",
    "neuralnet.inference.anova(small, large) compares two networks": (
        "anova anova_lm compare_lr_test compare_f_test"
    ),
    "llf": "loglik log_lik log_likelihood loglike llf_",
    "null_deviance": "deviance_null null",
    "nobs": "n n_obs nrow",
    "df_resid": "df_residual dof residual_df",
    "dispersion": "phi scale sigma2 s2 mse_resid",
    "the residual standard error is dispersion ** 0.5": "sigma rse",
    "edf": "df edof n_parameters",
    "drop1": "add1 dropterm",
    "step": "stepaic stepwise",
    "slopes": "get_margeff margeff margins marginal_effects avg_slopes ame dydx",
    "comparisons": "avg_comparisons contrasts",
    "predictions": "avg_predictions get_prediction marginal_means emmeans",
    "net.predict() predicts rows; predictions() has averages with standard errors": (
        "predict fit fitted fittedvalues fitted_values"
    ),
    "residuals": "resid resids resid_response resid_pearson resid_deviance residual",
    "residuals(kind, standardized=True) divides by the standard deviation": (
        "rstandard rstudent resid_studentized standardized_residuals"
    ),
    "leverage": "hat hatvalues hat_matrix_diag",
    "cooks_distance": "cooks cooksd influence get_influence",
    "the share of the deviance that is explained is 1 - deviance / null_deviance; R squared is in "
    "net.metrics()": "rsquared r_squared rsquared_adj r2 prsquared pseudo_rsquared",
    "second derivatives are net.hessian()": "hessian hess information observed_information",
    "the formula is net.formula": "formula call",
}
_KNOWN = index_words(_ATTRIBUTES)


def explain_statistic(name: str, names: Iterable[str]) -> str:
    """Return a hint for an unknown attribute of the record of inference; '' for none.

    Examples
    --------
    >>> explain_statistic("conf_int", ["confint", "vcov"])
    ". Did you mean 'confint'?"
    >>> explain_statistic("sigma", ["dispersion"])
    ': the residual standard error is dispersion ** 0.5'
    """
    normalized, existing = normalize(name), {each.casefold(): each for each in names}
    if normalized in existing:
        return f". Did you mean {existing[normalized]!r}?"
    ours = _KNOWN.get(normalized, "")
    if " " in ours:
        return f": {ours}"
    if ours in existing.values():
        return f". Did you mean {ours!r}?"
    near = find_near(name, existing, 1)
    return f". Did you mean {existing[near[0]]!r}?" if near else ""
