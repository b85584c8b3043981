"""Mixtures of Gaussians."""

from .gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture"]
