"""Calibrated probabilities: what a classifier says, corrected by what came true out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils.validation import check_array

_EDGE = float(np.finfo(np.float32).eps)  # closer to 1 float32 knows no probability


@dataclass(frozen=True)
class Calibrator:
    """A fitted correction of class probabilities, see `fit_calibrator`."""

    method: str
    corrector: Any  # scikit-learn's pair of a classifier and its calibrators

    def apply(self, proba: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities.

        Parameters
        ----------
        proba : float ndarray of shape (n_samples, n_classes)
            Of the same model, or of the average of the models that the calibrator was fitted for.

        Returns
        -------
        ndarray of the same shape and dtype
            Each row sums to 1; computed in float64.
        """
        if not len(proba):  # scikit-learn's calibrators refuse none
            return proba
        calibrated = self.corrector.predict_proba(_scores(self.method, _normalised(proba)))
        return calibrated.astype(proba.dtype, copy=False)


def fit_calibrator(
    method: str, proba: np.ndarray, codes: np.ndarray, sample_weight: np.ndarray | None = None
) -> Calibrator:
    """Fit a correction of probabilities on rows that the model has not seen.

    - "isotonic": for each class the increasing function of its probability that has the least
      squared error (Zadrozny and Elkan, KDD 2002). It may answer exactly 0 and 1.
    - "sigmoid": for each class `1 / (1 + exp(a s + b))` of its log odds `s = log(p / (1 - p))`,
      by the likelihood with Platt's targets (Platt 1999, section 2.2).
    - "temperature": `softmax(log(p) / T)` with the T of least log loss (Guo et al., ICML 2017,
      section 4.2). It leaves the order of the classes as it is.

    The first two correct one class against the rest and normalise. The numbers are those of
    scikit-learn's `CalibratedClassifierCV` for a classifier that answers with these probabilities;
    for "sigmoid", with these log odds: a sigmoid of the probability itself has no way to leave
    probabilities that are right as they are.

    Parameters
    ----------
    method : {"isotonic", "sigmoid", "temperature"}
    proba : float ndarray of shape (n_samples, n_classes)
        Out-of-fold probabilities.
    codes : int ndarray of shape (n_samples,)
        The class of each row: 0, 1, ..., n_classes - 1.
    sample_weight : ndarray of shape (n_samples,), optional

    Raises
    ------
    ValueError
        When the probabilities are not finite, or no row is of some class.
    """
    proba = check_array(proba, dtype=np.float64, input_name="out-of-fold probabilities")
    _check_classes(codes, proba.shape[1])
    scores, rows = _scores(method, _normalised(proba)), np.arange(len(codes))
    model = _LogOdds() if method == "sigmoid" else _Probabilities()
    # One split that trains on all rows and holds out all: the model has nothing to learn.
    fitted = CalibratedClassifierCV(
        model, method=method, ensemble=True, cv=[(rows, rows)], n_jobs=1
    ).fit(scores, codes, sample_weight)
    return Calibrator(method, fitted.calibrated_classifiers_[0])


class _Given(ClassifierMixin, BaseEstimator):
    """Stands for a classifier whose answers are known: they are its X."""

    # Weights are for the calibration. Said here for when metadata routing is on.
    __metadata_request__fit = {"sample_weight": False}  # noqa: RUF012

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> _Given:
        """Learn the classes; `sample_weight` is taken, for scikit-learn warns where it is not."""
        self.classes_ = np.unique(y)
        return self


class _Probabilities(_Given):
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return X


class _LogOdds(_Given):
    def decision_function(self, X: np.ndarray) -> np.ndarray:
        return X[:, 1] if X.shape[1] == 2 else X


def _scores(method: str, proba: np.ndarray) -> np.ndarray:
    """Return what the calibrators learn from: probabilities, or log odds of each class."""
    if method != "sigmoid":
        return proba
    return logit(np.clip(proba, _EDGE, 1.0 - _EDGE))


def _normalised(proba: np.ndarray) -> np.ndarray:
    """Return float64 rows that sum to 1.

    In float32 a probability may be a hair above 1, and scikit-learn takes numbers above 1 for
    logits.
    """
    proba = np.clip(proba.astype(np.float64), 0.0, 1.0)
    return proba / proba.sum(axis=1, keepdims=True)


def _check_classes(codes: np.ndarray, n_classes: int) -> None:
    lacking = np.flatnonzero(np.bincount(codes, minlength=n_classes) == 0)
    if len(lacking):
        raise ValueError(
            f"calibration needs out-of-fold rows of every class, and class number {lacking[0]} "
            f"of {n_classes} (in the order of classes_) has none."
        )
