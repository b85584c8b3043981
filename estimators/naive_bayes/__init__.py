"""Naive Bayes: estimators, and shared fits over their smoothing."""

from .counted import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB
from .gaussian_nb import GaussianNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
