"""Real tables from scikit-learn, statsmodels and R, split into folds.

They were chosen by size and kind only, before any method was run on them: 100 to 6,400 rows,
classes and numbers about equally often. Tables of fewer than 100 rows form a separate group. This
module does not depend on networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from measure import HERE, find_package

REFERENCE = HERE.parent / "reference"
FOLDS = 5
PARTIES = (
    "strong Democrat",
    "weak Democrat",
    "leaning Democrat",
    "independent",
    "leaning Republican",
    "weak Republican",
    "strong Republican",
)
MODES = {1.0: "air", 2.0: "train", 3.0: "bus", 4.0: "car"}
YEARS = ("1960", "1970", "1980", "1990", "2000")
VISITORS = 5000


class Table(NamedTuple):
    """Table to learn from.

    Attributes
    ----------
    response : str
        Its column, text for classes; the formula is ``response ~ .``
    load : callable
        Returns the DataFrame, without missing values.
    group : str
        ``"ordinary"`` or ``"tiny"``.
    """

    response: str
    load: Callable[[], pd.DataFrame]
    group: str = "ordinary"

    @property
    def formula(self) -> str:
        """Formula of the response on all other columns."""
        return f"{self.response} ~ ."


def from_sklearn(name: str) -> Callable[[], pd.DataFrame]:
    """Table of scikit-learn, with class names, and column names that are valid in a formula."""

    def load() -> pd.DataFrame:
        found = getattr(find_package("sklearn.datasets"), f"load_{name}")(as_frame=True)
        table = found.frame.rename(columns=lambda column: column.replace(" ", "_").split("/")[0])
        if hasattr(found, "target_names"):
            table["target"] = np.asarray(found.target_names).astype(str)[table["target"]]
        return table

    return load


def from_statsmodels(name: str) -> pd.DataFrame:
    """Table of statsmodels."""
    return getattr(find_package("statsmodels.datasets"), name).load_pandas().data


def from_r(name: str) -> pd.DataFrame:
    """Table of R, without rows that have missing values."""
    return pd.read_csv(REFERENCE / f"{name}.csv").dropna().reset_index(drop=True)


def load_party() -> pd.DataFrame:
    """Party identification of American voters, by opinions and demographics."""
    table = from_statsmodels("anes96").drop(columns=["popul", "vote"])
    return table.assign(PID=np.array(PARTIES)[table["PID"].astype(int)])


def load_vote() -> pd.DataFrame:
    """Presidential vote of American voters."""
    table = from_statsmodels("anes96").drop(columns="popul")
    return table.assign(vote=np.where(table["vote"] == 1.0, "Dole", "Clinton"))


def load_affairs() -> pd.DataFrame:
    """Extramarital affairs of married women (yes or no); occupations are categories."""
    table = from_statsmodels("fair")
    text = {name: "o" + table[name].astype(int).astype(str) for name in table if "occup" in name}
    return table.assign(**text, affairs=np.where(table["affairs"] > 0.0, "some", "none"))


def load_mode() -> pd.DataFrame:
    """Travel mode between cities, by the cost and time of each mode: one row per traveler."""
    long = from_statsmodels("modechoice")
    long = long.assign(mode=long["mode"].map(MODES))
    person = long.groupby("individual")[["hinc", "psize"]].first()
    wide = long.pivot(index="individual", columns="mode", values=["ttme", "invc", "invt", "gc"])
    wide.columns = ["_".join(pair) for pair in wide.columns]
    chosen = long[long["choice"] == 1.0].set_index("individual")["mode"]
    # The terminal time of a car is always 0.
    return person.join(wide.drop(columns="ttme_car")).assign(mode=chosen).reset_index(drop=True)


def load_visits() -> pd.DataFrame:
    """Visits to a doctor in a year, as log(1 + visits): 5,000 rows drawn from 20,190."""
    table = from_statsmodels("randhie")
    table = table.iloc[np.random.default_rng(0).choice(len(table), VISITORS, replace=False)]
    visits = np.log1p(table.pop("mdvis"))
    return table.assign(visits=visits).reset_index(drop=True)


def load_schools() -> pd.DataFrame:
    """Share of pupils above the median in mathematics, by district; without product columns."""
    table = from_statsmodels("star98")
    share = table["NABOVE"] / (table["NABOVE"] + table["NBELOW"])
    plain = [name for name in table.columns[2:] if "_" not in name]
    return table[plain].assign(share=share)


def load_fertility() -> pd.DataFrame:
    """Children per woman in 2010, by the rates of earlier decades: one row per country."""
    table = from_statsmodels("fertility")[[*YEARS, "2010"]].dropna().reset_index(drop=True)
    return table.rename(columns={year: f"y{year}" for year in table})


def load_crime() -> pd.DataFrame:
    """Murders by state; without violent crimes, which include them."""
    return from_statsmodels("statecrime").drop(columns="violent").reset_index(drop=True)


def load_grades() -> pd.DataFrame:
    """Improvement of a student's grade (yes or no)."""
    table = from_statsmodels("spector")
    return table.assign(GRADE=np.where(table["GRADE"] == 1.0, "better", "same"))


TABLES = {
    "breast cancer": Table("target", from_sklearn("breast_cancer")),
    "wine": Table("target", from_sklearn("wine")),
    "iris": Table("target", from_sklearn("iris")),
    "digits": Table("target", from_sklearn("digits")),
    "party": Table("PID", load_party),
    "vote": Table("vote", load_vote),
    "affairs": Table("affairs", load_affairs),
    "travel mode": Table("mode", load_mode),
    "diabetes": Table("target", from_sklearn("diabetes")),
    "Boston": Table("medv", lambda: from_r("Boston")),
    "airquality": Table("Ozone", lambda: from_r("airquality")),
    "schools": Table("share", load_schools),
    "investment": Table("invest", lambda: from_statsmodels("grunfeld")),
    "food": Table("foodexp", lambda: from_statsmodels("engel")),
    "cancer deaths": Table("cancer", lambda: from_statsmodels("cancer")),
    "fertility": Table("y2010", load_fertility),
    "doctor visits": Table("visits", load_visits),
    "credit cards": Table(
        "AVGEXP", lambda: from_statsmodels("ccard").drop(columns="INCOMESQ"), "tiny"
    ),
    "crime": Table("murder", load_crime, "tiny"),
    "strikes": Table("duration", lambda: from_statsmodels("strikes"), "tiny"),
    "heart": Table("survival", lambda: from_statsmodels("heart"), "tiny"),
    "grades": Table("GRADE", load_grades, "tiny"),
    "Scotland": Table("YES", lambda: from_statsmodels("scotland"), "tiny"),
}


def split(response: pd.Series) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions of training and test rows for each of 5 folds.

    Every row is in one test set. Folds are balanced, also within each class; training rows are in
    random order, because some peers split them in order.
    """
    generator = np.random.default_rng(0)
    order = generator.permutation(len(response))
    if not pd.api.types.is_numeric_dtype(response):
        codes = pd.factorize(response, sort=True)[0]
        order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(len(response), dtype=int)
    fold[order] = np.arange(len(response)) % FOLDS
    for k in range(FOLDS):
        yield generator.permutation(np.flatnonzero(fold != k)), np.flatnonzero(fold == k)
