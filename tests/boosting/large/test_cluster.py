"""The client of the user's cluster."""

from __future__ import annotations

import pandas as pd
import pytest

pytest.importorskip("xgboost", reason="xgboost is not installed")
dd = pytest.importorskip("dask.dataframe", reason="dask[dataframe] is not installed")
pytest.importorskip("distributed", reason="distributed is not installed")

from gridfold.boosting import XGBRegressor  # noqa: E402


def test_without_a_client_it_is_said():
    rows = dd.from_pandas(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), npartitions=1)
    with pytest.raises(ValueError, match=r"no Dask client .*distributed.Client\(address\)"):
        XGBRegressor().fit(rows, "b")
