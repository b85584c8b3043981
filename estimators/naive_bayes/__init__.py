"""Naive Bayes: estimators, and shared fits over their smoothing."""

from .categorical import CategoricalNB
from .counted import BernoulliNB, ComplementNB, MultinomialNB
from .gaussian_nb import GaussianNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
