"""What XGBoost's estimators say of their reasons: `explain` and importances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from ...estimators.arrays import Array, Place, is_foreign, place_of
from ...estimators.base import to_host
from ..columns import Columns
from ..columns.kinds import Numbers
from ..columns.names import order_of
from ..columns.tables import open_table
from ..uncertainty.quantiles import levels_of
from .contributions import n_outputs, shap_interactions, shap_values
from .explanation import Explanation
from .importances import permutation_importances, split_importances


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
            n_outputs values, times n_features for interactions. A block of 256 MiB comes on top.

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
        """
        check_is_fitted(self)
        place = self._model_place()
        matrix = _rows_in_blocks(self._columns.for_predict(X), place)
        n, p = matrix.shape
        k = n_outputs(self.boosters_[0], matrix) if n else 0
        _check_size(n, p, k, interactions, max_bytes)
        given = {"missing": self.missing, "base_margin": _margin(base_margin, n)}
        values, base_values = shap_values(self.boosters_, matrix, **given)
        pairs = shap_interactions(self.boosters_, matrix, **given) if interactions else None
        if k == 1:
            values, base_values = values[..., 0], base_values[:, 0]
            pairs = None if pairs is None else pairs[..., 0]
        home, names = place_of(X), self._names(p)
        return Explanation(
            home.put(values),
            home.put(base_values),
            home.put(_cells_of(matrix, self.missing)),
            names,
            output_names=self._output_names(k),
            interactions=None if pairs is None else home.put(pairs),
            cells=_cells(self._columns, X, names),
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
        return permutation_importances(
            self,
            _for_shuffling(self._columns, X),
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


def _rows_in_blocks(matrix: Any, place: Place) -> Any:
    """Return encoded rows in float32, as xgboost reads them: an array or a CSR matrix.

    Arrays on a device come to the model's.
    """
    with np.errstate(over="ignore"):  # float32 has infinity for 1e300
        if sparse.issparse(matrix):
            return matrix.tocsr().astype(np.float32, copy=False)
        if is_foreign(matrix):
            return place.put(matrix, dtype=place.xp.float32)
        return np.asarray(matrix, dtype=np.float32)


def _cells_of(matrix: Any, missing: float) -> Array:
    """Return the cells as an array, NaN where missing: a sparse matrix does not hold those."""
    if sparse.issparse(matrix):
        held, matrix = matrix.tocoo(), np.full(matrix.shape, np.nan, dtype=np.float32)
        matrix[held.row, held.col] = held.data
    if np.isnan(missing):
        return matrix
    xp = place_of(matrix).xp
    return xp.where(matrix == float(missing), np.nan, matrix)


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


def _cells(columns: Columns, X: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the columns of X that are not numbers, as they were given."""
    others = [j for j, kind in enumerate(columns.kinds) if not isinstance(kind, Numbers)]
    if not others:
        return {}
    table = pd.DataFrame(_in_order(columns, X))
    return {names[j]: table.iloc[:, j].to_numpy(dtype=object) for j in others}


def _in_order(columns: Columns, X: Any) -> Any:
    """Return a frame as a pandas frame of the columns of the fit, in their order; else an array."""
    table, names = open_table(X)
    if isinstance(table, pd.DataFrame) and columns.names is not None and names is not None:
        return table.iloc[:, order_of(columns.names, names)]
    return to_host(table)


def _for_shuffling(columns: Columns, X: Any) -> Any:
    """Return X as scikit-learn shuffles it: it takes no sparse X, and the names of pandas only."""
    if sparse.issparse(X):
        raise TypeError(
            "X is sparse, and permutation importance shuffles columns of dense X only: pass "
            "X.toarray(), of fewer rows if need be."
        )
    table = _in_order(columns, X)
    if isinstance(table, pd.DataFrame) and columns.names is None:
        return table.to_numpy(dtype=object)
    return table
