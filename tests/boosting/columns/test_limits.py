"""What xgboost cannot do with categories is an error that names them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.boosting.columns import Columns

FRAME = pd.DataFrame({"number": [1.0, 2.0], "text": ["b", "a"], "group": [30, 10]})
COLUMNS = Columns.learn(FRAME, ["group"])
NUMBERS = Columns.learn(FRAME[["number", "group"]])


@pytest.mark.parametrize("missing", [None, np.nan, -1, -999.0, 0.5, 3, np.inf])
def test_missing_that_is_no_code_is_fine(missing):
    COLUMNS.check_params({"missing": missing})
    NUMBERS.check_params({"missing": 0})


def test_missing_that_is_the_code_of_a_category_is_an_error():
    with pytest.raises(ValueError, match=r"missing=0 would .* column 'text' .* and 'a' by 0\. Lea"):
        COLUMNS.check_params({"missing": 0})
    with pytest.raises(ValueError, match=r"missing=1\.0 would .* column 'text' .* and 'b' by 1\."):
        COLUMNS.check_params({"missing": 1.0})
    with pytest.raises(ValueError, match=r"column 'text' .* and one not seen by 2\."):
        COLUMNS.check_params({"missing": 2})
    with pytest.raises(ValueError, match=r"column 1 .* and 'a' by 0"):
        Columns.learn(FRAME.to_numpy(dtype=object)).check_params({"missing": 0})


@pytest.mark.parametrize("params", [{"booster": "gblinear"}, {"tree_method": "exact"}])
def test_what_takes_no_categories_is_named_with_the_columns(params):
    ((name, value),) = params.items()
    with pytest.raises(
        ValueError, match=f"{name}='{value}', .* X has them in the columns 'text', 'group'"
    ):
        COLUMNS.check_params(params)
    NUMBERS.check_params(params)
    COLUMNS.check_params({"booster": "dart", "tree_method": "approx"})


@pytest.mark.filterwarnings("ignore:.*`booster=.*is deprecated:UserWarning")  # from 3.4
@pytest.mark.parametrize("params", [{"booster": "gblinear"}, {"tree_method": "exact"}])
def test_xgboost_refuses_the_same(params):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    model = xgboost.XGBRegressor(n_estimators=2, enable_categorical=True, n_jobs=1, **params)
    with pytest.raises(ValueError, match="categorical"):
        model.fit(COLUMNS.for_training(FRAME), [1.0, 2.0])


def test_xgboost_takes_a_category_for_missing():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    made = COLUMNS.for_training(FRAME)[["text"]]
    assert xgboost.DMatrix(made, enable_categorical=True).num_nonmissing() == 2
    assert xgboost.DMatrix(made, enable_categorical=True, missing=0).num_nonmissing() == 1
