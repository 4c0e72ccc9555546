"""Table with columns of every kind, and formulas that use them all."""

import numpy as np
import pandas as pd


def make_wide(n=60):
    """Columns of every kind, some of them with names that are not valid identifiers."""
    rng = np.random.default_rng(11)
    levels = ["low", "middle", "high"]
    return pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "z": rng.normal(size=n),
            "k": rng.permutation(np.resize(["u", "v", "w"], n)),
            "a": rng.uniform(0.1, 9.0, n),
            "b": rng.normal(size=n) * 1e3,
            "c": rng.integers(0, 9, n),
            "f": rng.normal(size=n).astype("float32"),
            "on": rng.random(n) < 0.5,
            "g": rng.permutation(np.resize(["u", "v", "w"], n)),
            "h": pd.Categorical(rng.permutation(np.resize(["p", "q"], n)), ["q", "p"]),
            "o": pd.Categorical(rng.permutation(np.resize(levels, n)), levels, ordered=True),
            "i": pd.array(rng.integers(0, 5, n), dtype="Int64"),
            "m": pd.array(rng.random(n) < 0.4, dtype="boolean"),
            "cut": pd.cut(rng.uniform(0, 3, n), [0, 1, 2, 3]),
            "years": pd.Categorical(rng.permutation(np.resize([1999, 2005, 2010], n))),
            "a b": rng.normal(size=n),
            "Sepal.Length": rng.uniform(1, 2, n),
            "class": rng.normal(size=n),
            "C": rng.normal(size=n),
            "log": rng.uniform(1, 2, n),
            "é": rng.normal(size=n),
            "it's `so\\": rng.normal(size=n),
            "Intercept": rng.normal(size=n),
            "a:b": rng.normal(size=n),
        }
    )


FORMULAE = {
    "the dot": "y ~ . - z - k",
    "squares": "y ~ (a + b + g + on)^2",
    "dot squared": "k ~ (a + b + h)^2 - a:b",
    "no intercept": "y ~ 0 + g + a",
    "an intercept alone": "y ~ 1",
    "categories at full rank": "y ~ 0 + g:h + a:g",
    "nested": "y ~ g / h + a %in% g",
    "B-spline": "y ~ bs(a, df=5) + bs(b, knots=[-500, 0, 500], degree=2, include_intercept=True)",
    "natural spline": "y ~ cr(a, df=4) + cr(b, df=4, constraints='center')",
    "cyclic spline": "y ~ cc(a, df=4) + g",
    "tensor product": "y ~ te(cr(a, df=4), cc(b, df=4), constraints='center')",
    "spline by level": "y ~ bs(a, df=4):g",
    "polynomials": "y ~ poly(a, 3) + poly(b, degree=2, raw=True)",
    "polynomial of a logarithm": "y ~ poly(log(a), 2)",
    "sums": "y ~ C(g, Sum) + C(h, Treatment('p'))",
    "Helmert": "y ~ C(g, Helmert) * a",
    "differences": "y ~ C(c, Diff)",
    "polynomial contrasts": "y ~ C(g, Poly) + C(o, Poly(scores=[1, 2, 5]))",
    "levels": "y ~ C(g, levels=['w', 'v', 'u'])",
    "a matrix of contrasts": "y ~ C(g, [[1, 0], [0, 1], [-1, -1]])",
    "ordered": "y ~ o + o:a",
    "numbers as categories": "y ~ factor(c) + C(i)",
    "levels of numbers": "y ~ years",
    "levels of intervals": "y ~ cut",
    "nested transforms": "y ~ standardize(center(a)) + scale(log(a), ddof=1)",
    "transforms of several": "y ~ center(a):standardize(b):g",
    "logarithms": "y ~ log(a) + np.log1p(a) + I(sqrt(a) ** 3) + exp(f)",
    "comparisons": "y ~ I(a > 2) + I(g == 'u') + I((a > 1) & ~(b < 0))",
    "booleans": "y ~ on + m + on:a",
    "nullable": "y ~ i + f + I(i / 2)",
    "ifelse": "y ~ ifelse(a > 3, 'high', 'low') + ifelse(on, a, b)",
    "strange names": "y ~ `a b` + Sepal.Length + class + C + log + é + `Intercept` + `a:b`",
    "strange names in calls": "y ~ log(Sepal.Length) + I(`a b` + C) + sqrt(log)",
    "quotes and backslashes": "y ~ Q('it\\'s `so\\\\')",
    "offset": "y ~ a + offset(log(a)) + offset(standardize(b))",
    "classes": "k ~ a + g",
    "ordered classes": "o ~ a + g",
    "classes that are true or false": "on ~ a + g",
    "classes that are numbers": "C(c) ~ a + b",
    "classes of a comparison": "(a > 4) ~ b",
    "logarithm of the response": "log(a) ~ b + g",
    "standardized response": "standardize(a) ~ b + g",
    "several responses": "cbind(y, log(a), center(z)) ~ b + g",
}
