"""Tables and targets in the forms that xgboost's wrapper takes: the same model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from .pairs import X, Y, assert_same_model, pair

TARGET = Y["XGBRegressor"]
FULL = np.nan_to_num(X)


def table(rows: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list("abcde"))


def of_polars(rows: np.ndarray):
    return pytest.importorskip("polars", reason="polars is not installed").from_pandas(table(rows))


def of_arrow(rows: np.ndarray):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return pyarrow.table({name: rows[:, i] for i, name in enumerate("abcde")})


TABLES = {
    "list": lambda: FULL.tolist(),
    "tuples": lambda: tuple(map(tuple, FULL)),
    "objects": lambda: X.astype(object),
    "columns by number": lambda: pd.DataFrame(X),
    "columns of two levels": lambda: table(X).set_axis(
        pd.MultiIndex.from_product([["a"], range(5)]), axis=1
    ),
    "nullable": lambda: table(X).convert_dtypes(),
    "booleans": lambda: table(X > 0),
    "polars": lambda: of_polars(X),
    "arrow": lambda: of_arrow(X),
    "by columns": lambda: np.asfortranarray(X),
    "with steps": lambda: np.repeat(X, 2, axis=0)[::2],
    "long floats": lambda: X.astype(np.longdouble),
    "csc": lambda: sparse.csc_array(FULL),
}


@pytest.mark.parametrize("form", TABLES)
def test_a_table(form):
    rows = TABLES[form]()
    ours, theirs = (each.fit(rows, TARGET) for each in pair("XGBRegressor"))
    assert_same_model(ours, theirs)
    assert_array_equal(ours.predict(rows), theirs.predict(rows))


PER_ROW = {
    "list": lambda values: values.tolist(),
    "series": pd.Series,
    "series in another order of labels": lambda values: pd.Series(
        values, index=np.arange(len(values))[::-1]
    ),
    "frame": pd.DataFrame,
    "nullable": lambda values: pd.Series(values).convert_dtypes(),
    "objects": lambda values: values.astype(object),
    "column": lambda values: values[:, None],
    "polars": lambda values: of_polars(np.tile(values[:, None], 5))["a"],
    "arrow": lambda values: of_arrow(np.tile(values[:, None], 5))["a"],
}


@pytest.mark.parametrize("form", PER_ROW)
def test_a_target(form):
    y = PER_ROW[form](TARGET)
    ours, theirs = (each.fit(X, y) for each in pair("XGBRegressor"))
    assert_same_model(ours, theirs)


@pytest.mark.parametrize("parameter", ["sample_weight", "base_margin"])
@pytest.mark.parametrize("form", sorted(set(PER_ROW) - {"objects", "nullable", "column"}))
def test_what_goes_with_each_row(form, parameter):
    given = {parameter: PER_ROW[form](np.linspace(0.1, 2, len(X)))}
    ours, theirs = (each.fit(X, TARGET, **given) for each in pair("XGBRegressor"))
    assert_same_model(ours, theirs)
