"""What XGBoost's estimators say of their reasons: `explain` and importances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from ...estimators.arrays import place_of
from ...estimators.base import to_host
from ..columns import Columns
from ..uncertainty.quantiles import levels_of
from .contributions import n_outputs, shap_interactions, shap_values
from .explanation import Explanation
from .importances import permutation_importances, split_importances
from .tables import cells_as_given, cells_of, float_matrix, for_shuffling, require_rows


class Explained:
    """Stands before the xgboost class in the bases; its methods need a fitted estimator."""

    boosters_: Any
    missing: Any
    _columns: Columns
    _model_place: Any

    def explain(
        self,
        X: Any,
        *,
        interactions: bool = False,
        base_margin: Any = None,
        max_bytes: float = 8 * 2**30,
    ) -> Explanation:
        """Say what each column adds to the margin of each row: XGBoost's own tree SHAP values.

        They are computed where the model is; n_bags models give the mean of theirs. Of a linear
        booster, column j adds coefficient times cell.

        Parameters
        ----------
        X : array, table or sparse matrix of shape (n_samples, n_features)
            What `predict` takes.
        interactions : bool, default=False
            Whether SHAP interaction values are computed too: n_features times the work and memory.
        base_margin : array of shape (n_samples,) or (n_samples, n_outputs), optional
            Where the margin of each row begins.
        max_bytes : float, default=8 GiB
            The most that the result may take: 4 bytes for each of n_samples * n_features *
            n_outputs values, and n_features times as many interactions. On top come some 64 MiB,
            and 32 MiB for each booster.

        Returns
        -------
        explanation : Explanation
            Its arrays are in the library and on the device of X; for sparse X and tables in NumPy.

        Raises
        ------
        ValueError
            When the result would take more than `max_bytes`, or X has no rows.
        NotImplementedError
            When this xgboost has no SHAP values of the model: booster="dart" on a GPU,
            multi_strategy="multi_output_tree" before xgboost 3.4.
        TypeError
            When X is files or a Dask collection.

        Examples
        --------
        >>> from gridfold.boosting import XGBRegressor
        >>> model = XGBRegressor(n_estimators=1, learning_rate=1, reg_lambda=0, min_child_weight=0)
        >>> model.fit([[0, 5], [1, 5]], [3, 5]).explain([[1, 5]]).to_frame()
            f0   f1
        0  1.0  0.0
        """
        check_is_fitted(self)
        require_rows(X)
        place = self._model_place()
        matrix = float_matrix(self._columns.for_predict(X), place)
        n, p = matrix.shape
        k = n_outputs(self.boosters_[0], matrix) if n else 0
        _check_size(n, p, k, interactions, max_bytes)
        given = {"missing": self.missing, "base_margin": _margin(base_margin, n)}
        arrays = [*shap_values(self.boosters_, matrix, **given)]
        if interactions:
            arrays.append(shap_interactions(self.boosters_, matrix, **given))
        home, names = place_of(X), self._names(p)
        values, base_values, *pairs = [home.put(a[..., 0] if k == 1 else a) for a in arrays]
        return Explanation(
            values,
            base_values,
            home.put(cells_of(matrix, self.missing)),
            names,
            output_names=self._output_names(k),
            interactions=pairs[0] if interactions else None,
            cells=cells_as_given(self._columns, X, names),
            categorical=self._categorical(names),
            index=X.index if isinstance(X, pd.DataFrame) else None,
        )

    def importances(self, *, normalize: bool = False) -> pd.DataFrame:
        """Return how much the splits on each column do: XGBoost's gain, weight and cover.

        Unlike `feature_importances_`, rounds after the best one do not count where training was
        stopped early, as they do not for `predict`.

        Parameters
        ----------
        normalize : bool, default=False
            Divide each kind by its sum over the columns.

        Returns
        -------
        table : DataFrame of shape (n_features, n_kinds), float64
            A row per column, the largest gain on top. "gain" is the mean fall of the objective at
            a split on the column, "weight" the number of splits, "cover" the mean of the Hessian
            sum of the rows that reach them; "total_gain" and "total_cover" are sums. n_bags
            models give the mean. A linear booster has "weight" only: |coefficient|.
        """
        check_is_fitted(self)
        names = self._names(self._columns.n_features)
        return split_importances(self.boosters_, names, normalize=normalize)

    def permutation_importances(
        self,
        X: Any,
        y: Any,
        *,
        scoring: Any = None,
        n_repeats: int = 5,
        n_jobs: int | None = None,
        random_state: Any = None,
        sample_weight: Any = None,
    ) -> pd.DataFrame:
        """Return how much worse the score gets when a column of X is shuffled (Breiman 2001).

        The numbers are those of `sklearn.inspection.permutation_importance`.

        Parameters
        ----------
        X : array or table of shape (n_samples, n_features)
            Rows that the model was not trained on tell what helps it on new ones.
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        scoring : str or callable, optional
            The estimator's own `score` by default.
        n_repeats : int, default=5
            How often each column is shuffled.
        n_jobs, random_state, sample_weight
            Those of scikit-learn's function.

        Returns
        -------
        table : DataFrame of shape (n_features, 2), float64
            Mean and standard deviation ("mean", "std") over the repeats, in units of the score; a
            row per column, the largest mean on top.
        """
        check_is_fitted(self)
        require_rows(X)
        return permutation_importances(
            self,
            for_shuffling(self._columns, X),
            y,
            self._names(self._columns.n_features),
            scoring=scoring,
            n_repeats=n_repeats,
            n_jobs=n_jobs,
            random_state=random_state,
            sample_weight=to_host(sample_weight),
        )

    def _names(self, n_features: int) -> tuple[str, ...]:
        """The names of the columns; xgboost's "f0", "f1", ... where X had none."""
        return tuple(self._columns.names or (f"f{j}" for j in range(n_features)))

    def _output_names(self, k: int) -> tuple[Any, ...] | None:
        """The labels, quantile levels or numbers of `k` outputs; of one without a name None."""
        classes = getattr(self, "classes_", None)
        if classes is None:
            names = levels_of(self.boosters_[0]) or []
        else:  # the margin of a binary classifier is that of the second
            names = classes.tolist()[1 if k == 1 else 0 :]
        if len(names) == k:
            return tuple(names)
        return tuple(range(k)) if k > 1 else None

    def _categorical(self, names: Sequence[str]) -> frozenset[str]:
        types = self._columns.feature_types or ()
        return frozenset(name for name, kind in zip(names, types, strict=False) if kind == "c")


def _check_size(n: int, p: int, k: int, interactions: bool, max_bytes: float) -> None:
    if n == 0:
        raise ValueError("Found array with 0 sample(s): X has no rows to explain.")
    row = 4.0 * k * (p + p * p * interactions)
    if n * row <= max_bytes:
        return
    what = "SHAP values and interactions" if interactions else "SHAP values"
    raise ValueError(
        f"The {what} of {n} rows, {p} columns and {k} output(s) take {n * row:.3g} bytes, more "
        f"than max_bytes={max_bytes:.3g}. Explain at most {int(max_bytes // row)} rows at a time"
        f"{', or without interactions,' if interactions else ''} or raise max_bytes."
    )


def _margin(base_margin: Any, n: int) -> np.ndarray | None:
    if base_margin is None:
        return None
    base_margin = np.asarray(to_host(base_margin), dtype=np.float32)
    check_consistent_length(np.empty(n), base_margin)
    return base_margin
