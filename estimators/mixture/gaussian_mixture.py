"""Mixtures of Gaussians, by expectation and maximization."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from sklearn import mixture
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..arrays import Array, Namespace, find_place, place_of, to_numpy
from ..base import OnDevice
from ..cluster.rows import Rows
from ..door import Opened, open_door
from .em import log_probabilities, rows_about, shares_of, step
from .gaussians import Gaussians, moved
from .initial import checked_inits, initial, second_moment


@dataclass
class Run:
    """What EM comes to from one start; `lower_bounds` are those of its steps."""

    gaussians: Gaussians
    lower_bounds: list[float] = field(default_factory=list)
    converged: bool = False

    @property
    def lower_bound(self) -> float:
        """The last of them, minus infinity where no step was taken."""
        return self.lower_bounds[-1] if self.lower_bounds else -float("inf")


class GaussianMixture(OnDevice, mixture.GaussianMixture):
    """Density `p(x) = sum_k w_k N(x; m_k, C_k)`, fitted by expectation and maximization.

    A step goes once through the rows, block by block, with two matrix products per component:
    rows whitened by the Cholesky factor of its precision, and their second moments by shares.
    Rows are taken less their mean throughout. Draws are those of scikit-learn: the same seed gives
    the same start.

    Parameters are those of `sklearn.mixture.GaussianMixture`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". All of them have a kernel here.

    Attributes
    ----------
    weights_ : array of shape (n_components,), dtype of X
    means_ : array of shape (n_components, n_features)
    covariances_, precisions_, precisions_cholesky_ : arrays
        Of shape (n_components, n_features, n_features), (n_features, n_features),
        (n_components, n_features) or (n_components,), by `covariance_type`.
    lower_bound_ : float
        The mean log-likelihood of the rows before the last step.
    lower_bounds_ : list of float
    converged_ : bool
    n_iter_ : int
    fallback_ : None
    """

    weights_: Any
    means_: Any
    covariances_: Any
    precisions_: Any
    precisions_cholesky_: Any

    def fit(self, X: Any, y: Any = None) -> GaussianMixture:
        """Find the parameters; of `n_init` starts those of the largest likelihood.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.

        Raises
        ------
        ValueError
            When there are fewer rows than components, or a covariance is not positive definite.
        """
        self._validate_params()
        data = open_door(self, X, None, None, find_place(self.device, X))
        self._fit_arrays(data)
        self.fallback_ = None
        return self

    def fit_predict(self, X: Any, y: Any = None) -> Any:
        """Find the parameters, and return the number of the likeliest component of each row."""
        return self.fit(X).predict(X)

    def _fit_arrays(self, data: Opened) -> None:
        _enough_rows(self, data.X.shape[0])
        given = checked_inits(self, data.X.shape[1])
        random_state = check_random_state(self.random_state)
        rows = rows_about(data.X, data.xp.mean(data.X, axis=0), data.xp)
        total = second_moment(rows) if self.covariance_type == "tied" else None
        again = self.warm_start and hasattr(self, "converged_")
        best: Run | None = None
        for i in range(1 if again else self.n_init):
            self._print_verbose_msg_init_beg(i)
            if again:
                start, bound = self._gaussians(data.X, rows.shift), self.lower_bound_
            else:
                start, bound = initial(self, given, rows, random_state, total), -float("inf")
            run = self._run(rows, start, bound, total)
            if best is None or run.lower_bound > best.lower_bound:
                best = run
        assert best is not None
        if not best.converged and self.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, "
                "or increase max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
                stacklevel=3,
            )
        self._set_fitted(best, rows)

    def _run(self, rows: Rows, start: Gaussians, bound: float, total: Array | None) -> Run:
        """Take steps until the lower bound changes by less than `tol`."""
        run = Run(start)
        for n_iter in range(1, self.max_iter + 1):
            run.gaussians, lower_bound = step(rows, run.gaussians, self.reg_covar, total)
            change, bound = lower_bound - bound, lower_bound
            run.lower_bounds.append(lower_bound)
            self._print_verbose_msg_iter_end(n_iter, change)
            if abs(change) < self.tol:
                run.converged = True
                break
        if self.max_iter > 0:
            self._print_verbose_msg_init_end(bound, run.converged)
        return run

    def _set_fitted(self, run: Run, rows: Rows) -> None:
        found = moved(run.gaussians, rows.shift, rows.place, rows.X.dtype)
        self.weights_, self.means_ = found.weights, found.means
        self.covariances_, self.precisions_cholesky_ = found.covariances, found.factors
        self.precisions_ = rows.place.put(run.gaussians.precisions(), rows.X.dtype)
        self.converged_, self.n_iter_ = run.converged, len(run.lower_bounds)
        self.lower_bound_, self.lower_bounds_ = run.lower_bound, run.lower_bounds

    def _gaussians(self, X: Array, shift: Array) -> Gaussians:
        """Return the fitted parameters where X is, in float64, the means less `shift`."""
        place = place_of(X)
        names = ("weights_", "means_", "covariances_", "precisions_cholesky_")
        arrays = [place.put(getattr(self, name), place.xp.float64) for name in names]
        arrays[1] = arrays[1] - shift
        return Gaussians(self.covariance_type, *arrays)

    def _in_blocks(self, X: Array, xp: Namespace, answer: Any) -> Array:
        """Concatenate `answer(logs)` for the weighted log-probabilities of blocks of rows."""
        means, weights = self._here("means_", X), self._here("weights_", X)
        rows = rows_about(X, weights @ means, xp)
        gaussians = self._gaussians(X, rows.shift)
        parts = log_probabilities(rows, gaussians, answer)
        return xp.concat([xp.astype(p, X.dtype, copy=False) for p in parts])

    def _parent_answers(self, X: Any) -> bool:
        return False  # ours is faster on the host too, in bounded memory

    def predict(self, X: Any) -> Any:
        """Return the number of the likeliest component of each row, int64, where X is."""

        def kernel(X: Array, xp: Namespace) -> Array:
            means, weights = self._here("means_", X), self._here("weights_", X)
            rows = rows_about(X, weights @ means, xp)
            gaussians = self._gaussians(X, rows.shift)
            return xp.concat(
                list(log_probabilities(rows, gaussians, lambda logs: xp.argmax(logs, axis=0)))
            )

        return self._answer("predict", X, "means_", kernel)

    def predict_proba(self, X: Any) -> Any:
        """Return each component's share of a row, of shape (n_samples, n_components)."""

        def kernel(X: Array, xp: Namespace) -> Array:
            return self._in_blocks(X, xp, lambda logs: shares_of(logs, xp)[1].T)

        return self._answer("predict_proba", X, "means_", kernel)

    def score_samples(self, X: Any) -> Any:
        """Return the log-likelihood of each row, of shape (n_samples,), where X is."""

        def kernel(X: Array, xp: Namespace) -> Array:
            return self._in_blocks(X, xp, lambda logs: shares_of(logs, xp)[0])

        return self._answer("score_samples", X, "means_", kernel)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-likelihood of the rows."""
        likelihoods = self.score_samples(X)
        return float(place_of(likelihoods).xp.mean(likelihoods))

    def sample(self, n_samples: int = 1) -> tuple[Any, Any]:
        """Draw rows and the components they are of, where the model is.

        Returns
        -------
        X : array of shape (n_samples, n_features), float64
        y : array of shape (n_samples,), int64
        """
        check_is_fitted(self)
        place = place_of(self.means_)
        X, y = self._parent.sample(self.to_sklearn(), n_samples)
        return place.put(X), place.put(to_numpy(y))


def _enough_rows(model: GaussianMixture, n_samples: int) -> None:
    if n_samples < 2:
        raise ValueError(
            f"Found array with {n_samples} sample(s) (shape=({n_samples}, {model.n_features_in_}))"
            f" while a minimum of 2 is required by {type(model).__name__}."
        )
    if n_samples < model.n_components:
        raise ValueError(
            "Expected n_samples >= n_components but got n_components = "
            f"{model.n_components}, n_samples = {n_samples}"
        )
