"""The sides: each library's estimator at its defaults, and the columns in the form it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

XGBOOST, LIGHTGBM, CATBOOST = "xgboost", "LightGBM", "CatBoost"
HISTGB, DROP_IN, PRESET = "HistGradientBoosting", "gridfold", "gridfold, tabular"

Frames = tuple[pd.DataFrame, pd.DataFrame]
Side = Callable[[pd.DataFrame, pd.DataFrame, bool, int], tuple[Any, Frames]]


def xgboost(train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int) -> Any:
    """xgboost, with the category columns as they are."""
    from xgboost import XGBClassifier, XGBRegressor

    made = XGBClassifier if classes else XGBRegressor
    return made(enable_categorical=True, random_state=seed), (train, test)


def lightgbm(train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int) -> Any:
    """LightGBM, which knows category columns by itself."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    made = LGBMClassifier if classes else LGBMRegressor
    return made(random_state=seed, verbose=-1), (train, test)


def catboost(train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int) -> Any:
    """CatBoost, which takes text and has no gaps in it."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    made = CatBoostClassifier if classes else CatBoostRegressor
    columns = _categories(train)
    model = made(cat_features=columns, random_seed=seed, verbose=False, allow_writing_files=False)
    return model, tuple(
        X.assign(**{c: X[c].astype(object).fillna("missing").astype(str) for c in columns})
        for X in (train, test)
    )


def hist_gradient_boosting(
    train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int
) -> Any:
    """scikit-learn's, which takes at most 255 categories: of more, the rarest are made one."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    made = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    for c in _categories(train):
        if len(train[c].cat.categories) > 255:
            common = train[c].value_counts().index[:254]
            train, test = (X.assign(**{c: _with_others(X[c], common)}) for X in (train, test))
    return made(random_state=seed), (train, test)


def drop_in(train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int) -> Any:
    """gridfold's estimator in the place of xgboost's."""
    return _gridfold(classes)(enable_categorical=True, random_state=seed), (train, test)


def preset(train: pd.DataFrame, test: pd.DataFrame, classes: bool, seed: int) -> Any:
    """gridfold's estimator with its preset."""
    return _gridfold(classes)(preset="tabular", random_state=seed), (train, test)


SIDES: dict[str, Side] = {
    XGBOOST: xgboost,
    LIGHTGBM: lightgbm,
    CATBOOST: catboost,
    HISTGB: hist_gradient_boosting,
    DROP_IN: drop_in,
    PRESET: preset,
}


def _gridfold(classes: bool) -> Any:
    from gridfold.boosting import XGBClassifier, XGBRegressor

    return XGBClassifier if classes else XGBRegressor


def _categories(X: pd.DataFrame) -> list[str]:
    return list(X.select_dtypes("category"))


def _with_others(column: pd.Series, common: pd.Index) -> pd.Series:
    text = column.astype(object)
    text = text.where(text.isin(common) | text.isna(), "others")
    return text.astype(pd.CategoricalDtype([*common, "others"]))
