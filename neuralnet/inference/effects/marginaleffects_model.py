"""A fit as a model of the package marginaleffects, which is imported where one is asked for.

The package reads a formula, varies columns of a table, and takes derivatives of predictions by the
coefficients. Here its formula names columns alone, and a row is read by the network's own formula.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, listing, pluralize, warn
from ...model import read_matrices
from .effect_methods import EffectMethods
from .raw_columns import describe_columns

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Names of columns that the package adds to its tables, and takes in no other.
RESERVED = (
    *("rowid", "type", "group", "estimate", "std_error", "p_value", "s_value", "conf_low"),
    *("conf_high", "term", "contrast", "statistic"),
)


class FitAdapter:
    """What the package asks of a model, answered by a record of inference.

    Before `ModelAbstract` of the package among the bases of a class, which `make_model` makes.
    """

    model: EffectMethods

    def get_exog(self, newdata: Any) -> Floats:
        """X and the offset of rows of a polars table, side by side."""
        model = self.model.model
        columns = describe_columns(model)
        known = [name for name in newdata.columns if name in columns]
        frame = pd.DataFrame({name: columns[name].read(newdata[name].to_list()) for name in known})
        with warnings.catch_warnings():
            # Rows are read many times, with a column at other values.
            warnings.simplefilter("ignore", DataWarning)
            rows, _ = read_matrices(model, frame)
        return rows.X if rows.offset is None else np.hstack([rows.X, rows.offset])

    def get_predict(self, params: Vector, newdata: Any) -> Any:
        """Means of rows that `get_exog` read, at any coefficients, as a polars table."""
        import polars

        model = self.model.model
        rows = newdata if isinstance(newdata, np.ndarray) else self.get_exog(newdata)
        theta, D = self.model.parameters.invert(np.asarray(params)), model.perceptron.sizes[0]
        X, offset = rows[:, :D], rows[:, D:] if rows.shape[1] > D else None
        mu = model.map_scores(model.perceptron.family.mean, theta, np.ascontiguousarray(X), offset)
        n, outputs = len(mu), [str(each) for each in model.labels.outputs]
        rowid = polars.Series("rowid", np.tile(np.arange(n), mu.shape[1]), dtype=polars.Int32)
        table = polars.DataFrame([rowid, polars.Series("estimate", mu.T.ravel())])
        if len(outputs) == 1:
            return table
        groups = polars.Series("group", np.repeat(outputs, n), dtype=polars.Enum(outputs))
        return table.with_columns(groups)

    def get_vcov(self, vcov: Any = True) -> Floats | None:
        """Covariance of the coefficients: True, or a kind of `Inference.vcov`; False for none."""
        if vcov is False or vcov is None:
            return None
        return self.model.vcov("hessian" if vcov is True else vcov).to_numpy()

    @property
    def df_resid(self) -> float:
        """Degrees of freedom of t statistics; infinite for normal ones."""
        return float(self.model.likelihood.df_test)

    def get_df(self) -> float:
        """Residual degrees of freedom, of joint tests."""
        return float(self.model.df_resid)


def make_model(record: EffectMethods) -> Any:
    """Make the package's model of a fit; see `Inference.as_marginaleffects`."""
    record.judgement.require("effects")
    _check_columns(record)
    unknown = record.params.index[record.bse.isna()]
    if len(unknown):
        raise ValueError(
            f"the data do not determine {pluralize(len(unknown), 'coefficient')}, "
            f"[{listing(unknown)}], and the package would take any value of them for certain: "
            "leave out the columns that depend linearly on others"
        )
    try:
        from marginaleffects.classes import ModelAbstract, ModelVault

        table, response, predictors = _make_table(record)
    except ImportError as error:
        raise ImportError(
            "as_marginaleffects() needs the package marginaleffects: "
            "pip install 'formula-neuralnet[marginaleffects]'"
        ) from error
    # The package reads this formula to find columns, and to leave out incomplete rows.
    right = " + ".join(f"`{name}`" for name in predictors) or "1"
    vault = ModelVault(
        coef=record.params.to_numpy(),
        coefnames=np.array([_name_coefficient(each) for each in record.params.index]),
        formula=f"`{response}` ~ {right}",
        modeldata=table,
        package="neuralnet",
        vcov=record.vcov().to_numpy(),
        variable_names=[response, *predictors],
    )
    return type("NeuralNetworkModel", (FitAdapter, ModelAbstract), {})(record, vault)


def _name_coefficient(label: Any) -> str:
    if not isinstance(label, tuple):
        return str(label)
    *_, first, second = label
    return f"{first}->{second}" if len(label) > 2 else f"{second}: {first}"


def _check_columns(record: EffectMethods) -> None:
    """Raise ValueError for columns that the package cannot take."""
    model = record.model
    if "offset" in model.row_options.arrays:
        raise ValueError(
            "the offset was given as numbers for the training rows, and the package varies "
            "columns of a table: make the network with a column's name, offset='...'"
        )
    names = [*model.design.all_variables, model.row_options.weights]
    if taken := [name for name in names if name in RESERVED]:
        raise ValueError(
            f"the package marginaleffects takes no column named [{listing(taken)}], as its own "
            "tables have one: rename it in the data, and make the network anew"
        )


def _make_table(record: EffectMethods) -> tuple[Any, str, list[str]]:
    """The training rows as a polars table, the column of the response, and the predictors."""
    import polars

    model, series = record.model, []
    columns, frame = describe_columns(model), model.model_frame.frame
    for name, column in columns.items():
        dtypes = {"number": polars.Float64, "boolean": polars.Boolean, "date": polars.String}
        dtype = polars.Enum(column.names) if column.kind == "levels" else dtypes[column.kind]
        series.append(polars.Series(name, column.write(frame), dtype=dtype))
    weights = model.row_options.weights or "weights"
    if model.batch.w is not None and weights not in columns:
        series.append(polars.Series(weights, model.batch.w))
    names = [name for name in model.design.formula.columns if columns[name].kind != "date"]
    table = polars.DataFrame(series)
    complete = table.drop_nulls(names)
    if len(complete) < len(table):
        warn(
            f"{len(table) - len(complete)} of {pluralize(len(table), 'row')} left out: a predictor "
            "is missing, and the package varies values that are there",
            DataWarning,
        )
    return complete, next(iter(model.design.response.variables)), names
